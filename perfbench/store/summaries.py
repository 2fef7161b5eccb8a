"""Summaries from the store: the same figures whether the run has just ended or is old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from perfbench.store.run import Run
from perfbench.types import PHASES, Point, PointFacts, ServerFigures, Summary

if TYPE_CHECKING:
    from perfbench.metrics.columns import Columns


def summarise_point(run: Run, point: Point, columns: Columns | None = None) -> Summary:
    """The figures of one stored point; ``columns`` spares reading them again.

    Raises:
        StoreError: the run cannot be read.
    """
    from perfbench.metrics.accounts import request_ledger
    from perfbench.metrics.audit import audit
    from perfbench.metrics.objectives import judged, stored_aims
    from perfbench.metrics.slices import by_url
    from perfbench.metrics.summary import summarize

    found = run.columns(point) if columns is None else columns
    facts = run.facts(point)
    ledger = request_ledger(found, facts)
    summary = summarize(point, found, facts, ledger, audit(point, found, facts, ledger))
    parts = by_url(found, run.about.urls, summary.duration_s)
    summary = judged(replace(summary, urls=parts), found, stored_aims(run.config))
    if set_aside := run.cut_points.requests(point.name):
        summary = replace(summary, set_aside=set_aside)
    summary = replace(summary, server=_server(run, point, found, facts))
    if not run.config.get("intervals"):
        return summary
    from perfbench.metrics.uncertainty import intervals

    return replace(summary, intervals=intervals(found, open_loop=point.rate is not None))


def _server(
    run: Run, point: Point, measured: Columns, facts: PointFacts | None
) -> ServerFigures | None:
    """What the service said of itself; ``None`` if it was not read."""
    scrapes = run.scrapes.of(point)
    if not scrapes:
        return None
    from perfbench.metrics.server import server_figures
    from perfbench.metrics.server_checks import ours_of

    phases = [measured if phase == "measure" else run.columns(point, phase) for phase in PHASES]
    ours = ours_of(phases, measured, facts, run.config.get("n") or 1)
    mapped = run.config.get("metrics_map")
    return None if ours is None else server_figures(scrapes, ours, mapped)


def preload() -> None:
    """Import what summaries need (numpy above all), at a moment when it delays nothing."""
    import perfbench.metrics.audit
    import perfbench.metrics.objectives
    import perfbench.metrics.server
    import perfbench.metrics.summary
    import perfbench.store.reading  # noqa: F401
