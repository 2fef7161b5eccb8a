"""GSM8K: grade-school word problems; ``answer`` is a worked solution that ends in ``#### N``."""

from __future__ import annotations

import re

from perfbench.evaluation.fields import Row, sample_id, text
from perfbench.evaluation.prompts import MATH, prompt_of
from perfbench.evaluation.task import Task
from perfbench.types import Sample

_CALCULATION = re.compile(r"<<[^<>]*>>")
"""Calculator annotations of the original data: ``16-3=<<16-3=13>>13``."""


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    worked, mark, number = text(row, "answer").rpartition("####")
    answer = number.strip().replace(",", "")
    if not mark or not answer:
        raise ValueError("'answer' must end in '#### N', the right number")
    return Sample(
        id=sample_id("gsm8k", subset, index),
        input=text(row, "question"),
        target=answer,
        meta={"solution": _CALCULATION.sub("", worked).strip()},
    )


TASK = Task(
    name="gsm8k",
    title="GSM8K: grade-school maths word problems (Cobbe et al. 2021)",
    to_sample=_to_sample,
    prompt=prompt_of(MATH, "cot_chat_prompt"),
    extractor="number",
    scorer="number",
    few_shot_split="train",
    variants=MATH,
    files={
        "test": "test.jsonl|main/test-*.parquet",
        "train": "train.jsonl|train-200.jsonl|main/train-*.parquet",
    },
    hub="openai/gsm8k",
    modelscope="AI-ModelScope/gsm8k",
)
