"""Two stored evaluations as ``compare`` wants them. Reads stores alone: no settings, no data."""

from __future__ import annotations

from pathlib import Path

from perfbench.errors import ConfigError
from perfbench.evaluation.figures.compare import Comparison, ScoredTask, compare
from perfbench.evaluation.judging.judged import judged
from perfbench.store import Run, open_run
from perfbench.types import Subtask


def compare_runs(a: Path, b: Path) -> Comparison:
    """Compare the evaluations in two results folders, paired by sample.

    Tasks are matched by data set if each run is of one model (which may differ), else by model and
    data set.

    Raises:
        StoreError: a folder holds no run.
        ConfigError: a run is no evaluation, or has no scores yet.
    """
    with open_run(a, read_only=True) as first, open_run(b, read_only=True) as second:
        sides = [_scored_subtasks(run) for run in (first, second)]
        single = all(len({subtask.model for subtask in side}) == 1 for side in sides)
        tasks = [
            [_task(run, subtask, single) for subtask in side]
            for run, side in zip((first, second), sides, strict=True)
        ]
    return compare(tasks[0], tasks[1])


def _scored_subtasks(run: Run) -> list[Subtask]:
    subtasks = run.answers.subtasks()
    if run.kind != "evaluation":
        raise ConfigError(f"{run.path} is a load test; perfbench compare takes two evaluations")
    found = [each for each in subtasks if _counts(each) and run.answers.scores(each.name)]
    if not found:
        raise ConfigError(
            f"{run.path} has no scores yet: perfbench eval --mode eval --reuse {run.path}"
        )
    return found


def _counts(subtask: Subtask) -> bool:
    """Whether it has a score of its own: not as one of several judges."""
    return subtask.judging is None or bool(subtask.judging.panel)


def _task(run: Run, subtask: Subtask, by_data_set: bool) -> ScoredTask:
    label = subtask.data_set if by_data_set else subtask.name
    rows = run.answers.scores(subtask.name)
    if subtask.judging is not None:  # What is stored are the verdicts of each judge.
        rows = list(judged(subtask, run, again=False).answers)
    return ScoredTask(label, rows, subtask.version, subtask.parts)
