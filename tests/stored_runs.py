"""Finished runs in a results folder, for pages to show: made without a service, in a moment."""

from __future__ import annotations

import hashlib
from pathlib import Path

from eval_builders import evaluated, questions
from report_builders import make_run

from perfbench.reports.evaluation import write_outputs
from perfbench.reports.write import report_page
from perfbench.store import open_run
from perfbench.store.summaries import summarise_point


def load_test(
    folder: Path, name: str, model: str = "simulated", failed_every: int = 0, report: bool = False
) -> Path:
    """A load test of two points, in a folder of this name."""
    run = make_run(folder, [(1, 30), (4, 60)], failed_every, model=model)
    with run:
        run.write_summary([summarise_point(run, point) for point in run.points()])
    path = run.path.rename(folder / name)
    if report:
        with open_run(path) as made:
            (path / "report.html").write_text(report_page(made), encoding="utf-8")
    return path


def evaluation(folder: Path, name: str, verdicts: str = "RRwpfcn", limit: int = 10) -> Path:
    """An evaluation of one data set with these verdicts over and over (see ``evaluated``)."""
    result = evaluated(folder, questions(limit=limit), [verdicts], datasets=["gsm8k"])
    with result.run as run:
        for scores in result.scores:
            run.answers.put_scores(scores.subtask.name, scores.answers)
        write_outputs(result, report=False)
    return result.run.path.rename(folder / name)


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder with a hash of what is in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
