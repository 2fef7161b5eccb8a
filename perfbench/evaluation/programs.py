"""From the program that an answer gives to the job that a sandbox runs: how samples of programs are
judged. Reads ``Sample.meta`` as ``tasks.programs`` has it; runs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from perfbench.errors import WorkloadError
from perfbench.evaluation.extraction.source import joined
from perfbench.evaluation.tasks.live_code_bench import unpacked
from perfbench.sandbox.jobs import CallCases, Calls, Job, Script, StdIn
from perfbench.types import Sample

REVISION = "2"
"""Of how programs are judged; raised when the same program may get another verdict."""


def job_of(answer: str, sample: Sample) -> Job:
    """What is to be run for an answer.

    Raises:
        WorkloadError: the sample does not say how, or its tests cannot be read.
    """
    kind = sample.meta.get("kind")
    make = _JOBS.get(str(kind))
    if make is None:
        known = ", ".join(_JOBS)
        raise WorkloadError(f"sample {sample.id}: how to judge it is {kind!r}; there are {known}")
    try:
        return make(answer, sample)
    except (KeyError, TypeError, ValueError) as error:
        raise WorkloadError(f"sample {sample.id} cannot be judged: {error}") from None


def _calls(answer: str, sample: Sample) -> Job:
    meta = sample.meta
    return Calls(
        code=answer,
        entry_point=str(meta["entry_point"]),
        tests=str(meta["tests"]),
        setup=str(meta.get("setup") or ""),
        reference=str(sample.target or ""),
    )


def _cases(answer: str, sample: Sample) -> Job:
    meta = sample.meta
    return CallCases(
        code=answer,
        entry_point=str(meta["entry_point"]),
        cases=tuple((_arguments(asked), json.loads(told)) for asked, told in _pairs(meta)),
        setup=str(meta.get("setup") or ""),
    )


def _stdin(answer: str, sample: Sample) -> Job:
    setup = str(sample.meta.get("setup") or "")
    return StdIn(_after(setup, answer), tuple(_pairs(sample.meta)))


def _script(answer: str, sample: Sample) -> Job:
    meta = sample.meta
    return Script(_after(str(meta.get("setup") or ""), answer), str(meta["tests"]))


def _after(setup: str, answer: str) -> str:
    """A program behind what it may take for granted; imports from ``__future__`` must be first."""
    if "__future__" in answer:
        return joined([setup, answer])
    return f"{setup}\n{answer}" if setup else answer


def _pairs(meta: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = [(str(asked), str(told)) for asked, told in meta.get("cases") or ()]
    pairs += unpacked(str(meta.get("packed_cases") or ""))
    if not pairs:
        raise ValueError("it has no cases")
    return pairs


def _arguments(lines: str) -> tuple[Any, ...]:
    """The arguments of a call: JSON, one in each line."""
    return tuple(json.loads(line) for line in lines.split("\n") if line.strip())


_JOBS: Mapping[str, Callable[[str, Sample], Job]] = {
    "calls": _calls,
    "cases": _cases,
    "stdin": _stdin,
    "script": _script,
}
