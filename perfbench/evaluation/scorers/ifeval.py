"""IFEval: are the instructions of a prompt followed, strictly and loosely.

Strict judges the text as it is. Loose also accepts it without its first line, its last line, both,
or its asterisks: introductions and markdown are then no fault. The score is 1 if every instruction
of the prompt is followed strictly. Instruction-level accuracy over a data set is the mean of
``instructions_strict`` (``_loose``), the share that is followed, weighted by ``instructions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfbench.errors import WorkloadError
from perfbench.evaluation.scorers.instructions import CHECKS
from perfbench.types import Sample, Score

LIBRARIES = ("langdetect",)
"""Packages whose version is part of what this scorer does."""


def ifeval(answer: str, sample: Sample) -> Score:
    """Score one answer by ``meta["instruction_id_list"]`` and ``meta["kwargs"]``.

    Raises:
        WorkloadError: an instruction is unknown or lacks an argument.
    """
    names = list(sample.meta["instruction_id_list"])
    arguments = list(sample.meta["kwargs"])
    strict = []
    loose = []
    for name, given in zip(names, arguments, strict=True):
        present = {key: value for key, value in given.items() if value is not None}
        strict.append(_follows(answer, name, present, sample))
        loose.append(strict[-1] or any(_follows(v, name, present, sample) for v in _looser(answer)))
    missed = [name for name, followed in zip(names, strict, strict=True) if not followed]
    return Score(
        float(all(strict)),
        answer,
        why=f"not followed: {', '.join(missed)}" if missed else "every instruction followed",
        scorer="ifeval",
        metrics={
            "prompt_strict": float(all(strict)),
            "prompt_loose": float(all(loose)),
            "instructions": float(len(names)),
            "instructions_strict": sum(strict) / len(names) if names else 0.0,
            "instructions_loose": sum(loose) / len(names) if names else 0.0,
        },
    )


def _looser(answer: str) -> list[str]:
    lines = answer.split("\n")
    cut = [answer]
    cut += ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    return [*cut[1:], *(each.replace("*", "") for each in cut)]


def _follows(text: str, name: str, given: Mapping[str, Any], sample: Sample) -> bool:
    check = CHECKS.get(name)
    if check is None:
        raise WorkloadError(f"sample {sample.id}: unknown instruction {name!r}")
    if not text.strip():
        return False
    try:
        return check(text, given)
    except KeyError as error:
        raise WorkloadError(
            f"sample {sample.id}: instruction {name!r} lacks its argument {error}"
        ) from None
