"""BigCodeBench: functions that use many libraries, judged by unit tests in their own process.

Rows are ``task_id, complete_prompt, instruct_prompt, code_prompt, canonical_solution, test,
entry_point, libs``. Such a verdict can be forged: program and tests share a process. A program
whose libraries are not installed where programs run is not judged.
"""

from __future__ import annotations

import ast

from perfbench.evaluation.fields import Row, optional, sample_id, text
from perfbench.evaluation.prompts import prompt_of, question
from perfbench.evaluation.task import Task, Variant
from perfbench.evaluation.tasks.programs import (
    COMPLETION,
    before,
    checked,
    optional_source,
    source,
    variants,
)
from perfbench.types import Sample


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    stub, entry_point = source(row, "complete_prompt", "prompt"), text(row, "entry_point")
    solution = optional_source(row, "canonical_solution")
    begun = optional_source(row, "code_prompt") or stub
    return Sample(
        id=sample_id("bigcodebench", subset, index),
        input=stub.strip(),
        target=begun + solution if solution else None,
        meta={
            "kind": "script",
            "task_id": str(row.get("task_id") or index),
            "entry_point": entry_point,
            "stub": stub,
            "setup": before(begun, entry_point),
            "tests": checked(source(row, "test"), "test"),
            "libraries": _libraries(row),
            "instruct_prompt": optional(row, "instruct_prompt") or "",
        },
    )


def _libraries(row: Row) -> list[str]:
    """The packages of a row, which the original writes as a Python list."""
    given = row.get("libs") or []
    if isinstance(given, str):
        try:
            given = ast.literal_eval(given)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            raise ValueError("'libs' must be a list of packages") from None
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ValueError("'libs' must be a list of packages")
    return given


def _instruct(sample: Sample) -> str:
    return str(sample.meta["instruct_prompt"]) or question(sample)


_INSTRUCT = variants(_instruct)
VARIANTS = {
    **COMPLETION,
    "bigcodebench_instruct": Variant(prompt=prompt_of(_INSTRUCT, "chat_prompt")),
    "bigcodebench_complete": Variant(prompt=prompt_of(COMPLETION, "chat_prompt")),
}

TASK = Task(
    name="bigcodebench",
    title="BigCodeBench: functions that use many libraries (Zhuo et al. 2024)",
    to_sample=_to_sample,
    prompt=prompt_of(VARIANTS, "chat_prompt"),
    extractor="code",
    scorer="program",
    variants=VARIANTS,
    folders=("big_code_bench", "bigcodebench-hard"),
    files={"test": "BigCodeBench*.jsonl|test.jsonl|data/*.parquet"},
    hub="bigcode/bigcodebench",
    note="its verdicts can be forged: a program and its tests share a process",
)
