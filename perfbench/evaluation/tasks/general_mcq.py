"""Questions with options of your own: EvalScope's ``general_mcq``.

Columns ``question``, the options ``A`` to ``J`` (as many as there are), ``answer`` (a letter).
``<subset>_val.csv`` or ``.jsonl`` is asked, ``<subset>_dev`` gives few-shot examples.
"""

from __future__ import annotations

from perfbench.evaluation.fields import LETTERS, Row, letter_of, lettered, sample_id, text
from perfbench.evaluation.prompts import CHOICE, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample


def to_sample(row: Row, task: str, subset: str, index: int) -> Sample:
    """A question with lettered options."""
    choices = lettered(row)
    return Sample(
        id=sample_id(task, subset, index),
        input=text(row, "question"),
        target=letter_of(text(row, "answer").upper(), [*LETTERS[: len(choices)]]),
        choices=choices,
    )


TASK = Task(
    name="general_mcq",
    title="Questions with options of your own",
    to_sample=lambda row, subset, index: to_sample(row, "general_mcq", subset, index),
    prompt=prompt_of(CHOICE, "cot_chat_prompt"),
    extractor="choice",
    scorer="choice",
    subsets=(),
    split="val",
    few_shot_split="dev",
    variants=CHOICE,
    files={
        "val": "{subset}_val.csv|{subset}_val.jsonl",
        "dev": "{subset}_dev.csv|{subset}_dev.jsonl",
    },
)
