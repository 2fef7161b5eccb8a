"""AIME 2024: 30 problems of a mathematics contest; every answer is a whole number, 0 to 999."""

from __future__ import annotations

from perfbench.evaluation.fields import Row, integer, optional, sample_id, text
from perfbench.evaluation.prompts import MATH, prompt_of
from perfbench.evaluation.task import Task, Variant
from perfbench.types import Sample


def to_sample(row: Row, task: str, subset: str, index: int) -> Sample:
    """One problem of an AIME, under any of the column names its copies use."""
    answer = integer(row, "answer", "gold_answer", "Answer")
    if not 0 <= answer <= 999:
        raise ValueError(f"'answer' is {answer}; an AIME answer is 0 to 999")
    return Sample(
        id=sample_id(task, subset, index),
        input=text(row, "problem", "question", "origin_prompt", "Problem"),
        target=str(answer),
        meta={"solution": optional(row, "solution", "Solution")},
    )


VARIANTS = {**MATH, "chat_prompt": Variant(prompt=prompt_of(MATH, "cot_chat_prompt"))}
"""Contest problems are always reasoned about, whether or not the name says ``cot``."""

TASK = Task(
    name="aime2024",
    title="AIME 2024: 30 contest problems with whole-number answers",
    to_sample=lambda row, subset, index: to_sample(row, "aime2024", subset, index),
    prompt=prompt_of(VARIANTS, "cot_chat_prompt"),
    extractor="number",
    scorer="number",
    variants=VARIANTS,
    folders=("aime", "aime24"),
    files={"test": "aime2024.jsonl|aime.jsonl|test.jsonl|data/train-*.parquet|*.parquet"},
    hub="HuggingFaceH4/aime_2024",
)
