"""MBPP: short functions from a sentence and three tests, judged by these.

Rows are ``task_id, text, code, test_setup_code, test_list``. One file holds all 974; its splits go
by ``task_id``, as its authors have them: 1 to 10 for examples, then 500 to test, 90 to validate and
the rest to train on. The test split is asked; ``subset_list`` names others.
"""

from __future__ import annotations

from perfbench.evaluation.fields import Row, integer, text, texts
from perfbench.evaluation.prompts import prompt_of
from perfbench.evaluation.task import Task
from perfbench.evaluation.tasks.programs import (
    DESCRIPTION,
    called,
    checked,
    optional_source,
    source,
)
from perfbench.types import Sample

SPLITS = {"prompt": (1, 10), "test": (11, 510), "validation": (511, 600), "train": (601, 974)}
"""First and last ``task_id``."""


def to_sample(row: Row, task: str, index: int) -> Sample:
    """A function to write."""
    shown, solution = texts(row, "test_list"), source(row, "code")
    imports = texts(row, "test_imports") if row.get("test_imports") else []
    tests = optional_source(row, "test") or "\n".join(shown)
    setup = optional_source(row, "test_setup_code")
    return Sample(
        id=f"{task}/{row.get('task_id', index)}",
        input=text(row, "text", "prompt"),
        target=solution,
        meta={
            "kind": "calls",
            "entry_point": called(shown, solution),
            "shown_tests": shown,
            "test_list": "\n".join(shown),
            "tests": checked("\n".join([*imports, setup, tests]), "test_list"),
        },
    )


def _keeps(row: Row, split: str, subset: str) -> bool:
    first, last = SPLITS[split if split in SPLITS and split != TASK.split else subset]
    return first <= integer(row, "task_id") <= last


TASK = Task(
    name="mbpp",
    title="MBPP: short Python functions from a sentence (Austin et al. 2021)",
    to_sample=lambda row, subset, index: to_sample(row, "mbpp", index),
    prompt=prompt_of(DESCRIPTION, "chat_prompt"),
    extractor="code",
    scorer="program",
    subsets=tuple(SPLITS),
    asked=("test",),
    keeps=_keeps,
    few_shot_split="prompt",
    few_shot_num=3,
    variants=DESCRIPTION,
    files={
        "test": "mbpp.jsonl|full/{subset}-*.parquet",
        "prompt": "mbpp.jsonl|full/prompt-*.parquet",
    },
    hub="google-research-datasets/mbpp",
    modelscope="opencompass/mbpp",
)
