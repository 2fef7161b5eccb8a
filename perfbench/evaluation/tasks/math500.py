"""MATH-500: competition problems; ``answer`` is LaTeX, ``solution`` the worked solution."""

from __future__ import annotations

from perfbench.evaluation.fields import Row, optional, sample_id, text
from perfbench.evaluation.prompts import MATH, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    return Sample(
        id=sample_id("math500", subset, index),
        input=text(row, "problem"),
        target=text(row, "answer"),
        meta={
            "subject": optional(row, "subject"),
            "level": optional(row, "level"),
            "solution": optional(row, "solution"),
        },
    )


TASK = Task(
    name="math500",
    title="MATH-500: 500 competition problems (Hendrycks et al. 2021, Lightman et al. 2023)",
    to_sample=_to_sample,
    prompt=prompt_of(MATH, "cot_chat_prompt"),
    extractor="math",
    scorer="math",
    variants=MATH,
    folders=("math", "MATH-500"),
    files={"test": "test_prm800k_500.jsonl|test.jsonl"},
    hub="HuggingFaceH4/MATH-500",
    modelscope="AI-ModelScope/MATH-500",
)
