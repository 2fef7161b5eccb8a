"""TruthfulQA, single right answer (MC1), as a question with options.

The right answer is the first of ``mc1_targets`` in every row, so the options are put in an order
drawn from the question's own text: the same in every run, and no letter is favoured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from perfbench.evaluation.fields import LETTERS, Row, mapping, sample_id, text, texts
from perfbench.evaluation.prompts import CHOICE, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    question = text(row, "question")
    marked = _marked(mapping(row, "mc1_targets"))
    right = [choice for choice, is_right in marked if is_right]
    if len(right) != 1 or not 2 <= len(marked) <= len(LETTERS):
        raise ValueError(f"'mc1_targets' marks {len(right)} of {len(marked)} options as right")
    marked.sort(key=lambda option: hashlib.sha256((question + option[0]).encode()).digest())
    choices = tuple(choice for choice, _ in marked)
    return Sample(
        id=sample_id("truthfulqa", subset, index),
        input=question,
        target=LETTERS[choices.index(right[0])],
        choices=choices,
    )


def _marked(targets: Mapping[str, object]) -> list[tuple[str, bool]]:
    """Options and whether each is right: two lists on the hub, text to 0 or 1 in the first file."""
    if "choices" in targets:
        labels = targets.get("labels")
        choices = texts(targets, "choices")
        if not isinstance(labels, list) or len(labels) != len(choices):
            raise ValueError("'mc1_targets' must hold as many labels as choices")
        return [(choice, label == 1) for choice, label in zip(choices, labels, strict=True)]
    return [(choice, label == 1) for choice, label in targets.items()]


TASK = Task(
    name="truthfulqa",
    title="TruthfulQA MC1: questions that invite a false answer (Lin et al. 2022)",
    to_sample=_to_sample,
    prompt=prompt_of(CHOICE, "cot_chat_prompt"),
    extractor="choice",
    scorer="choice",
    split="validation",
    variants=CHOICE,
    folders=("truthful_qa",),
    files={
        "validation": "multiple_choice/validation.jsonl|mc_task.json"
        "|multiple_choice/validation-*.parquet"
    },
    hub="truthfulqa/truthful_qa",
    modelscope="evalscope/truthful_qa",
)
