"""Two to ten runs against each other: which may be compared, and what comes of it.

The first run is the baseline. Load tests are compared all at once, evaluations two at a time, both
with the project's own comparison; arenas stand side by side, with the battles that both held.
Knows no page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfbench.evaluation.arena.differing import Meeting, met_in_both
from perfbench.evaluation.figures.compare import Comparison
from perfbench.metrics.comparison import LoadTestComparison
from perfbench.reports.arena.comparison import side_by_side
from perfbench.server.library import Library
from perfbench.server.listed import Listed
from perfbench.server.refusal import Refusal
from perfbench.server.shelf import OpenedArena, Shelf
from perfbench.stored import compare_evaluations, compare_load_tests

MOST_RUNS = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it, by the kind of the runs."""

    runs: Sequence[Listed]
    """The baseline first."""
    load_tests: LoadTestComparison | None = None
    evaluations: Sequence[Comparison] = field(default_factory=tuple)
    """Of each other run with the baseline."""
    arenas: Sequence[OpenedArena] = field(default_factory=tuple)
    meetings: Sequence[Meeting] = field(default_factory=tuple)
    """Of each other arena with the baseline."""


async def chosen_runs(library: Library, names: Sequence[str]) -> list[Listed]:
    """The runs that are to be compared.

    Raises:
        Refusal: they are too few, too many or of several kinds, or one is not there.
    """
    names = list(dict.fromkeys(names))
    if not 2 <= len(names) <= MOST_RUNS:
        raise Refusal(422, f"2 to {MOST_RUNS} runs can be compared, not {len(names)}", "run")
    runs = await asyncio.to_thread(lambda: [library.look(name) for name in names])
    first = runs[0]
    for run in runs:
        if run.kind != first.kind:
            both = f"{first.name} is {_a(first.kind)}, {run.name} is {_a(run.kind)}"
            raise Refusal(422, f"runs of one kind can be compared: {both}", "run")
    return runs


async def compared(shelf: Shelf, library: Library, runs: Sequence[Listed]) -> Compared:
    """What differs between runs of one kind.

    Raises:
        PerfbenchError: one holds nothing to compare.
    """
    paths = [library.path(run.name) for run in runs]
    if runs[0].kind == "load test":
        found = await shelf.take("compared", paths, lambda: compare_load_tests(paths))
        return Compared(runs, load_tests=found)
    if runs[0].kind == "evaluation":
        comparisons = await shelf.take("compared", paths, lambda: _pairs(paths))
        return Compared(runs, evaluations=comparisons)
    arenas = [await shelf.arena(path) for path in paths]
    meetings = await asyncio.to_thread(_meetings, arenas)
    return Compared(runs, arenas=arenas, meetings=meetings)


def boards_of(found: Compared) -> list[tuple[str, list[Any]]]:
    """Arenas side by side: each model with its row of each leaderboard, ``None`` without one."""
    return side_by_side([each.found.arena for each in found.arenas])


def plain(found: Compared) -> dict[str, Any]:
    """The same for programs."""
    told: dict[str, Any] = {
        "kind": found.runs[0].kind,
        "baseline": found.runs[0].name,
        "runs": [run.name for run in found.runs],
    }
    if found.load_tests is not None:
        return {**told, "comparison": found.load_tests}
    if found.evaluations:
        return {**told, "comparisons": [_plain(each) for each in found.evaluations]}
    board = [{"model": model, "runs": rows} for model, rows in boards_of(found)]
    return {**told, "leaderboard": board, "battles": found.meetings}


def _plain(found: Comparison) -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "tasks": found.tasks,
        "only_a": found.only_a,
        "only_b": found.only_b,
    }


def _pairs(paths: Sequence[Path]) -> list[Comparison]:
    return [compare_evaluations(paths[0], other) for other in paths[1:]]


def _meetings(arenas: Sequence[OpenedArena]) -> list[Meeting]:
    bouts = [() if each.found.arena is None else each.found.arena.bouts for each in arenas]
    return [met_in_both(bouts[0], other) for other in bouts[1:]]


def _a(kind: str) -> str:
    return f"a {kind}" if kind == "load test" else f"an {kind}"
