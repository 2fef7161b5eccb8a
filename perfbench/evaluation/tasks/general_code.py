"""Programs of your own data: a prompt, and tests or cases that judge what is answered to it.

Rows have ``prompt`` and one of

- ``entry_point`` and ``tests``: source text, or a list of asserts, that calls the entry point;
- ``entry_point`` and ``cases``: ``{"input": [arguments], "output": value}``;
- ``cases`` alone: ``{"input": text, "output": text}`` of a program that reads standard input.

``setup`` (source text) runs before the answer, ``solution`` is a right program: a row whose own
does not pass is refused before anything is asked, where programs are run in the same go. Every
file of the folder is a subset of its own.
"""

from __future__ import annotations

import json
from typing import Any

from perfbench.evaluation.fields import Row, optional, sample_id, text, texts
from perfbench.evaluation.prompts import prompt_of, question
from perfbench.evaluation.task import Task
from perfbench.evaluation.tasks.programs import checked, optional_source, variants
from perfbench.types import Sample


def _to_sample(row: Row, subset: str, index: int) -> Sample:
    entry_point = optional(row, "entry_point")
    meta: dict[str, Any] = {"setup": checked(optional_source(row, "setup"), "setup")}
    if entry_point is not None:
        meta["entry_point"] = entry_point
    if row.get("tests") is not None:
        if entry_point is None:
            raise ValueError("'tests' call an entry point: 'entry_point' must name it")
        tests = row["tests"]
        lines = "\n".join(texts(row, "tests")) if isinstance(tests, list) else text(row, "tests")
        meta |= {"kind": "calls", "tests": checked(lines, "tests")}
    elif row.get("cases") is not None:
        kind = "stdin" if entry_point is None else "cases"
        meta |= {"kind": kind, "cases": _cases(row, kind)}
    else:
        raise ValueError("needs 'tests', or 'cases'")
    target = optional_source(row, "solution", "canonical_solution") or None
    if target is not None:
        meta["check_target"] = True
    return Sample(
        id=sample_id("general_code", subset, index),
        input=text(row, "prompt", "query", "question"),
        target=target,
        meta=meta,
    )


def _cases(row: Row, kind: str) -> list[tuple[str, str]]:
    """Each case as LiveCodeBench writes them: text, or an argument in each line as JSON."""
    given = row["cases"]
    found = []
    for case in given if isinstance(given, list) else [None]:
        if not isinstance(case, dict) or not {"input", "output"} <= set(case):
            raise ValueError("'cases' must be a list of objects with 'input' and 'output'")
        asked, expected = case["input"], case["output"]
        if kind == "stdin":
            if not isinstance(asked, str) or not isinstance(expected, str):
                raise ValueError("'input' and 'output' of a case must be text")
            found.append((asked, expected))
        else:
            if not isinstance(asked, list):
                raise ValueError("'input' of a case must be the list of its arguments")
            found.append(("\n".join(map(json.dumps, asked)), json.dumps(expected)))
    if not found:
        raise ValueError("'cases' is empty: it needs at least one")
    return found


def _ask(sample: Sample) -> str:
    if "entry_point" in sample.meta:
        return f"{question(sample)}\n\nIt must be called `{sample.meta['entry_point']}`."
    return question(sample)


VARIANTS = variants(_ask)

TASK = Task(
    name="general_code",
    title="Programming problems of your own, judged by tests or cases",
    to_sample=_to_sample,
    prompt=prompt_of(VARIANTS, "chat_prompt"),
    extractor="code",
    scorer="program",
    subsets=(),
    variants=VARIANTS,
    files={"test": "{subset}.jsonl|{subset}.json"},
)
