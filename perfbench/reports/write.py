"""Makes the artefacts of a run from its store: ``summary.json``, ``plots/*.png``, ``report.html``.

All of it can be made again at any time, also of a run that was killed. Holds the columns of one
point at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from perfbench.errors import StoreError
from perfbench.reports import wording
from perfbench.reports.html import About, render
from perfbench.reports.plots import write_plots
from perfbench.reports.series import MAX_REQUESTS, PointSeries, reduce_point
from perfbench.store import Run
from perfbench.store.summaries import summarise_point
from perfbench.types import Summary


def write_report(run: Run, summaries: Sequence[Summary] | None = None) -> list[Path]:
    """Write every artefact of ``run`` and return the files, ``report.html`` first.

    Args:
        run: The run; it may have been killed or still be running.
        summaries: Figures of every point that were just computed; ``None`` computes them from the
            records and writes ``summary.json`` too.

    Raises:
        StoreError: the run cannot be read, or its folder cannot be written.
    """
    points = run.points()
    series: list[PointSeries] = []
    computed: list[Summary] = []
    zero_ns: float | None = None
    for point, label in zip(points, wording.load_labels(points), strict=True):
        columns = run.columns(point)
        if summaries is None:
            computed.append(summarise_point(run, point, columns))
        if not np.isnan(columns.sent_ns).all():
            zero_ns = float(np.nanmin(columns.sent_ns)) if zero_ns is None else zero_ns
            most = max(MAX_REQUESTS // len(points), 200)
            series.append(reduce_point(columns, label, zero_ns, most))
    written = [] if summaries is not None else [run.write_summary(computed)]
    return _write(run, computed if summaries is None else summaries, series) + written


def _write(run: Run, summaries: Sequence[Summary], series: Sequence[PointSeries]) -> list[Path]:
    about = describe(run)
    page = run.path / "report.html"
    try:
        plots = write_plots(run.path / "plots", _subtitle(about), summaries, series)
        page.write_bytes(render(about, summaries, series).encode("utf-8", "replace"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"cannot write the report of {run.path}: {reason}") from None
    return [page, *plots]


def describe(run: Run) -> About:
    """What the report says of a run beside its figures."""
    about = dict(run.about)
    simulated = bool(about.get("simulator"))
    started = datetime.fromtimestamp(run.started_s).astimezone()
    facts = {
        "model": about.get("model"),
        "service": "built-in simulator" if simulated else about.get("url"),
        "started": f"{started:%Y-%m-%d %H:%M:%S %Z}",
        "perfbench": run.version,
    }
    return About(
        title=wording.one_line(run.path.resolve().name),
        simulated=simulated,
        facts={name: _plain(value) for name, value in facts.items() if value is not None},
        settings=list(_flat(run.config)),
        environment=list(_flat(about)),
    )


def _subtitle(about: About) -> str:
    """One line under which a plot can be found again."""
    return "  ·  ".join([about.title, *(v for k, v in about.facts.items() if k != "perfbench")])


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            rows += _flat(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", _plain(value)))
    return rows


def _plain(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return wording.UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return wording.one_line(" ".join(map(str, value)), 2000)
    return wording.one_line(str(value), 2000)
