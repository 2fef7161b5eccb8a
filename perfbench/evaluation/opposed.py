"""Two stored evaluations as ``compare`` wants them. Reads stores alone: no settings, no data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from perfbench.errors import ConfigError
from perfbench.evaluation.aggregate import Graded
from perfbench.evaluation.compare import Comparison, GradedTask, compare
from perfbench.store import Run, open_run


def compare_runs(a: Path, b: Path) -> Comparison:
    """Compare the evaluations in two results folders, paired by sample.

    Tasks are matched by data set if each run is of one model (which may differ), else by model and
    data set.

    Raises:
        StoreError: a folder holds no run.
        ConfigError: a run is no evaluation, or has no scores yet.
    """
    with open_run(a) as first, open_run(b) as second:
        sides = [_scored_subtasks(run) for run in (first, second)]
        single = all(len({spec["model"] for spec in side.values()}) == 1 for side in sides)
        tasks = [
            [_task(run, name, spec, single) for name, spec in side.items()]
            for run, side in zip((first, second), sides, strict=True)
        ]
    return compare(tasks[0], tasks[1])


def _scored_subtasks(run: Run) -> dict[str, dict[str, Any]]:
    subtasks = run.answers.subtasks()
    if run.kind != "evaluation":
        raise ConfigError(f"{run.path} is a load test; perfbench compare takes two evaluations")
    found = {name: spec for name, spec in subtasks.items() if run.answers.scores(name)}
    if not found:
        raise ConfigError(
            f"{run.path} has no scores yet: perfbench eval --mode eval --reuse {run.path}"
        )
    return found


def _task(run: Run, name: str, spec: dict[str, Any], by_data_set: bool) -> GradedTask:
    rows = [
        Graded(each.sample_id, each.score, each.subset, each.category, each.key[1])
        for each in run.answers.scores(name)
    ]
    return GradedTask(
        spec["dataset"] if by_data_set else name, rows, spec["version"], spec["parts"]
    )
