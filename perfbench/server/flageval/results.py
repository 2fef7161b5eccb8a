"""What the runs of evaluations hold, as FlagEval's answers need it. Reads run folders, in any
thread; what was read is kept until the run changes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path

from perfbench.errors import PerfbenchError
from perfbench.evaluation.figures.compare import TaskComparison
from perfbench.evaluation.opposed import compare_runs
from perfbench.server.flageval.rules import Standing
from perfbench.store import Run, open_run
from perfbench.types import Subtask

_KEPT = 256


def standings(run: Path) -> Mapping[str, Standing]:
    """How far each data set of a run is, by name; nothing if the run cannot be read."""
    return _standings(run, _changed(run))


def comparison(baseline: Path, run: Path) -> Mapping[str, TaskComparison]:
    """The data sets of two runs against each other, by name; nothing if they cannot be compared."""
    return _comparison(baseline, run, _changed(baseline), _changed(run))


def _changed(run: Path) -> tuple[int, ...]:
    """What is another once a run has been written to."""
    files = [run / "run.db", run / "run.db-wal"]
    return tuple(file.stat().st_mtime_ns for file in files if file.exists())


@functools.lru_cache(_KEPT)
def _standings(path: Path, _: tuple[int, ...]) -> Mapping[str, Standing]:
    try:
        with open_run(path, read_only=True) as run:
            subtasks = run.answers.subtasks()
            return {each.data_set: _standing(run, each) for each in subtasks}
    except PerfbenchError:
        return {}


@functools.lru_cache(_KEPT)
def _comparison(
    baseline: Path, run: Path, _: tuple[int, ...], __: tuple[int, ...]
) -> Mapping[str, TaskComparison]:
    try:
        return {each.task: each for each in compare_runs(baseline, run).tasks}
    except PerfbenchError:
        return {}


def _standing(run: Run, subtask: Subtask) -> Standing:
    known = {question.hash for question in run.samples.of(subtask.name)}
    values = [
        each.score.value
        for each in run.answers.scores(subtask.name)
        if each.score.value is not None
    ]
    return Standing(
        subtask.data_set,
        wanted=subtask.samples * subtask.repeats,
        ended=sum(key in known for key, _ in run.answers.asked(subtask.name)),
        answered=sum(key in known for key, _ in run.answers.answered(subtask.name)),
        accuracy=math.fsum(values) / len(values) if values else None,
        version=subtask.version,
        parts=tuple(subtask.parts.items()),
        notes=subtask.notes,
    )
