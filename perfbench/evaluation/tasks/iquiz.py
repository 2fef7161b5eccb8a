"""IQuiz: riddles of reason (IQ) and of tact (EQ) in Chinese, four options; EvalScope's example."""

from __future__ import annotations

from perfbench.evaluation.fields import Row, letter_of, sample_id, text, texts
from perfbench.evaluation.prompts import CHOICE_ZH, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    choices = tuple(texts(row, "choices"))
    return Sample(
        id=sample_id("iquiz", subset, index),
        input=text(row, "question"),
        target=letter_of(text(row, "answer"), [*"ABCDEFGHIJ"[: len(choices)]]),
        choices=choices,
        meta={"level": row.get("level")},
    )


TASK = Task(
    name="iquiz",
    title="IQuiz: reasoning (IQ) and tact (EQ) in Chinese, four options (ModelScope)",
    to_sample=_to_sample,
    prompt=prompt_of(CHOICE_ZH, "cot_chat_prompt"),
    extractor="choice",
    scorer="choice",
    subsets=("IQ", "EQ"),
    variants=CHOICE_ZH,
    files={"test": "{subset}.jsonl|{subset}/test.jsonl|{subset}/test-*.parquet"},
    modelscope="AI-ModelScope/IQuiz",
)
