"""Whether --search finds a capacity that is known, and in how many requests.

The simulator is set up so that its capacity follows from its settings; each case is searched with
several seeds, and once more by bisection with trials of a fixed number of requests, decided by the
figure of each trial. Bars: every answer within 5 % of the capacity, in fewer requests.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import Bar, conclude, print_table, run_main, say

from perfbench import PerfConfig, run_perf

TOKENS = 24
"""Of every answer."""
TOLERANCE = 0.05


@dataclass(frozen=True)
class Case:
    """A service whose capacity is known, and the objective that asks for it."""

    name: str
    variable: str
    slo: str
    least: int
    capacity: float
    simulator: dict[str, Any]


CASES = (
    # TPOT is the length of a step: 20 ms + 0.5 ms for each sequence.
    Case(
        "mean TPOT of a batch that grows",
        "parallel",
        "tpot_ms.mean<=40",
        4,
        40,
        {"step_ms": 20, "step_ms_per_sequence": 0.5, "max_batch": 1000},
    ),
    # Of 17 requests in flight one always waits, which is 5.9 % of them.
    Case(
        "p95 of TTFT with 16 places",
        "parallel",
        "ttft_ms.p95<=100",
        4,
        16,
        {"step_ms": 20, "step_ms_per_sequence": 0, "max_batch": 16},
    ),
    # 10 places, each taken for 24 steps of 20 ms.
    Case(
        "p95 of TTFT at a rate, 10 places",
        "rate",
        "ttft_ms.p95<=100",
        4,
        10 / (TOKENS * 0.020),
        {"step_ms": 20, "step_ms_per_sequence": 0, "max_batch": 10},
    ),
)


@dataclass
class Found:
    """What one way of searching came to."""

    answer: float | None
    requests: int
    trials: int


def settings(case: Case, seed: int, folder: Path) -> dict[str, Any]:
    """What both ways have in common."""
    return {
        "simulator": {**case.simulator, "prefill_rate": 1e8, "seed": seed},
        "max_tokens": TOKENS,
        "extra_args": {"ignore_eos": True},
        "seed": seed,
        "slo": [case.slo],
        "outputs_dir": folder,
        "report": False,
        "probe": False,
        **({"arrival": "constant"} if case.variable == "rate" else {}),
    }


def searched(case: Case, seed: int, folder: Path) -> Found:
    """By --search."""
    config = {**settings(case, seed, folder), "search": case.variable, "search_min": case.least}
    path = run_perf(PerfConfig(**config)).search
    assert path is not None
    return Found(path.answer, path.requests, len(path.trials))


def bisected(case: Case, seed: int, folder: Path, number: int) -> Found:
    """By doubling and halving, with as many requests in every trial."""
    found = Found(None, 0, 0)
    upper: float | None = None
    load = float(case.least)
    while True:
        warmup = math.ceil(load) if case.variable == "parallel" else 10
        config = {**settings(case, seed, folder), "number": number, "warmup": warmup}
        value = int(load) if case.variable == "parallel" else load
        (summary,) = run_perf(PerfConfig(**config, **{case.variable: [value]}))
        found.requests += number + warmup
        found.trials += 1
        assert summary.objectives is not None
        if summary.objectives[0].attained == "met":
            found.answer = load
        else:
            upper = load
        if found.answer is None or (upper is not None and upper / found.answer <= 1 + TOLERANCE):
            return found
        low = found.answer
        load = 2 * low if upper is None else math.sqrt(low * upper)
        if case.variable == "parallel":
            load = float(round(load))
            if load in (low, upper):
                return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Search, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--number", type=int, default=300, help="requests of a fixed trial")
    parser.add_argument("--fixed-seeds", type=int, default=1, help="seeds of the bisection")
    parser.add_argument("--check", action="store_true", help="status 1 if a bar is missed")
    given = parser.parse_args(arguments)
    rows, errors, ratios = [], [], []
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as folder:
        for case in CASES:
            fixed = [
                bisected(case, seed, Path(folder), given.number)
                for seed in range(given.fixed_seeds)
            ]
            rows += [_row(case, seed, "fixed trials", each) for seed, each in enumerate(fixed)]
            for seed in range(given.seeds):
                found = searched(case, seed, Path(folder))
                say(f"{case.name}, seed {seed}: {found}")
                rows.append(_row(case, seed, "--search", found))
                errors.append(_error(case, found))
                ratios += [found.requests / each.requests for each in fixed]
    head = ("case", "seed", "way", "capacity", "answer", "off", "requests", "trials")
    print_table(head, rows)
    bars = [Bar("largest distance from the capacity", 100 * max(errors), 5.0, "%")]
    if ratios:
        bars.append(Bar("most requests against fixed trials", max(ratios), 1.0, "times"))
    return conclude(bars, given.check)


def _error(case: Case, found: Found) -> float:
    return math.inf if found.answer is None else abs(found.answer / case.capacity - 1)


def _row(case: Case, seed: int, way: str, found: Found) -> tuple[object, ...]:
    off = f"{100 * _error(case, found):.1f}%"
    answer = None if found.answer is None else f"{found.answer:g}"
    capacity = f"{case.capacity:.4g}"
    return case.name, seed, way, capacity, answer, off, found.requests, found.trials


if __name__ == "__main__":
    run_main(main)
