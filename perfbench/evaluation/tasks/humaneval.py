"""HumanEval: 164 functions to complete from signature and docstring, judged by tests.

Rows are ``task_id, prompt, canonical_solution, test, entry_point``; ``test`` defines ``check``.
"""

from __future__ import annotations

from perfbench.evaluation.fields import Row, sample_id, text
from perfbench.evaluation.prompts import prompt_of
from perfbench.evaluation.task import Task
from perfbench.evaluation.tasks.programs import (
    COMPLETION,
    before,
    checked,
    optional_source,
    source,
)
from perfbench.types import Sample


def to_sample(row: Row, task: str, subset: str, index: int) -> Sample:
    """A function to complete."""
    stub, entry_point = source(row, "prompt"), text(row, "entry_point")
    solution = optional_source(row, "canonical_solution")
    test = source(row, "test")
    return Sample(
        id=sample_id(task, subset, index),
        input=stub.strip(),
        target=stub + solution if solution else None,
        meta={
            "kind": "calls",
            "task_id": str(row.get("task_id") or index),
            "entry_point": entry_point,
            "stub": stub,
            "setup": before(stub, entry_point),
            "tests": checked(f"{test}\n\ncheck({entry_point})\n", "test"),
        },
    )


TASK = Task(
    name="humaneval",
    title="HumanEval: Python functions from their docstrings (Chen et al. 2021)",
    to_sample=lambda row, subset, index: to_sample(row, "humaneval", subset, index),
    prompt=prompt_of(COMPLETION, "chat_prompt"),
    extractor="code",
    scorer="program",
    variants=COMPLETION,
    folders=("openai_humaneval",),
    files={
        "test": "HumanEval.jsonl|human-eval-v2-*.jsonl|test.jsonl|openai_humaneval/test-*.parquet"
    },
    hub="openai/openai_humaneval",
    modelscope="opencompass/humaneval",
)
