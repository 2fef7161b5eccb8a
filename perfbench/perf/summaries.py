"""Summaries from the store: the same figures whether the run has just ended or is old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfbench.store import Run
from perfbench.types import Point, Summary

if TYPE_CHECKING:
    from perfbench.metrics.columns import Columns


def summarise_point(run: Run, point: Point, columns: Columns | None = None) -> Summary:
    """The figures of one stored point; ``columns`` spares reading them again.

    Raises:
        StoreError: the run cannot be read.
    """
    from perfbench.driver.audit import audit
    from perfbench.metrics.summary import summarize

    found = run.columns(point) if columns is None else columns
    facts = run.facts(point)
    capped = point.rate is not None and point.parallel is not None
    return summarize(point, found, facts, audit(found, facts, capped))


def summarise_run(run: Run) -> list[Summary]:
    """The figures of every point that was begun."""
    return [summarise_point(run, point) for point in run.points()]
