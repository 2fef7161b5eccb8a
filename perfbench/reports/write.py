"""Makes the artefacts of a run from its store: ``summary.json``, ``plots/*.png``, ``report.html``.

All of it can be made again at any time, also of a run that was killed. Holds the columns of one
point at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from perfbench.errors import StoreError
from perfbench.metrics.columns import Columns
from perfbench.reports import wording
from perfbench.reports.frame import About, describe
from perfbench.reports.html import render
from perfbench.reports.series import (
    MAX_REQUESTS,
    Planned,
    PointSeries,
    reduce_point,
    server_lines,
)
from perfbench.store import Run
from perfbench.store.summaries import summarise_point
from perfbench.types import Summary

_LONGEST_PAUSE_S = 60.0
"""Between two points of one process."""


def write_report(run: Run, summaries: Sequence[Summary] | None = None) -> list[Path]:
    """Write every artefact of ``run`` and return the files, ``report.html`` first.

    Args:
        run: The run; it may have been killed or still be running.
        summaries: Figures of every point that were just computed; ``None`` computes them from the
            records and writes ``summary.json`` too.

    Raises:
        StoreError: the run cannot be read, or its folder cannot be written.
    """
    computed, series = _figures(run, summaries)
    written = [] if summaries is not None else [run.write_summary(computed)]
    return _write(run, computed, series) + written


def report_page(run: Run) -> str:
    """``report.html`` of a run, without writing anything."""
    summaries, series = _figures(run, None)
    return render(describe(run), summaries, series, run.search())


def _figures(
    run: Run, summaries: Sequence[Summary] | None
) -> tuple[Sequence[Summary], list[PointSeries]]:
    """The figures of every point, computed from the records if there are none, and what is drawn of
    each in which a request was sent."""
    points = run.points()
    before = _before(run) if summaries is None else {}
    series: list[PointSeries] = []
    computed: list[Summary] = []
    zero_ns: float | None = None
    for point, label in zip(points, wording.load_labels(points), strict=True):
        columns = run.columns(point)
        if summaries is None:
            computed.append(_kept(summarise_point(run, point, columns), before.get(point.name)))
        if not np.isnan(columns.end_ns - columns.sent_ns).all():
            zero_ns = _zero(columns, zero_ns, series, continued=bool(run.about.resumed))
            most = max(MAX_REQUESTS // len(points), 200)
            facts = run.facts(point)
            planned = Planned(point, None if facts is None else facts.start_ns)
            reduced = reduce_point(columns, label, zero_ns, most, planned)
            server = server_lines(run.scrapes.of(point), columns, zero_ns)
            series.append(replace(reduced, server=server))
    return computed if summaries is None else summaries, series


def _before(run: Run) -> dict[str, Summary]:
    """What ``summary.json`` says of each point; nothing where it is damaged, as it is then to be
    made again from the records."""
    try:
        return {each.name: each for each in run.summaries()}
    except StoreError:
        return {}


def _kept(summary: Summary, before: Summary | None) -> Summary:
    """With the distributions of metrics that are not known here: a user's, of another day."""
    if before is not None:
        absent = before.metrics.keys() - summary.metrics.keys()
        kept = {name: value for name, value in before.metrics.items() if name in absent}
        few = {name: value for name, value in before.unsupported.items() if name in absent}
        summary.metrics.update(kept)
        summary.unsupported.update(few)
    return summary


def _zero(
    columns: Columns, zero_ns: float | None, before: Sequence[PointSeries], continued: bool
) -> float:
    """Where the time axis of a point starts, on the stamps of its columns: for all where it does
    for the first. The time in which a run that was continued had been stopped is left out (and the
    machine may have started anew, its clock from 0)."""
    start_ns = float(np.nanmin(columns.sent_ns))
    if zero_ns is None or not before:
        return start_ns
    end_s = before[-1].end_s
    if continued and not 0 <= (start_ns - zero_ns) / 1e9 - end_s <= _LONGEST_PAUSE_S:
        return start_ns - (end_s + 1) * 1e9
    return zero_ns


def _write(run: Run, summaries: Sequence[Summary], series: Sequence[PointSeries]) -> list[Path]:
    from perfbench.reports.plots import write_plots  # not to load matplotlib for a page alone

    about = describe(run)
    page = run.path / "report.html"
    try:
        plots = write_plots(run.path / "plots", _subtitle(about), summaries, series)
        page.write_bytes(render(about, summaries, series, run.search()).encode("utf-8", "replace"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"cannot write the report of {run.path}: {reason}") from None
    return [page, *plots]


def _subtitle(about: About) -> str:
    """One line under which a plot can be found again."""
    return "  ·  ".join([about.title, *(v for k, v in about.facts.items() if k != "perfbench")])
