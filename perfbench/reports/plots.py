"""Static charts as PNG files, drawn by matplotlib's object interface on Agg (no display needed).

Works from summaries and reduced series; latencies in ms, times in s after the first send.
matplotlib is imported here and nowhere else.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    LogLocator,
    NullLocator,
    StrMethodFormatter,
)

from perfbench.metrics.definitions import METRICS
from perfbench.metrics.percentiles import supported_share
from perfbench.reports import wording
from perfbench.reports.charts import (
    Line,
    SweepChart,
    against_load,
    sweep_of,
    tradeoffs,
    wide,
)
from perfbench.reports.palette import FAILED, point_colours
from perfbench.reports.series import PERCENTILES, PointSeries
from perfbench.types import Summary

DPI = 110
GREY = "#6b7280"
_METADATA = {"Software": "perfbench"}
_PACKING = {"compress_level": 4}
"""Files as small as by the usual 6, packed in half the time."""

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": "#374151",
    "axes.edgecolor": "#9ca3af",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e5e7eb",
    "grid.linewidth": 0.8,
    "xtick.color": "#4b5563",
    "ytick.color": "#4b5563",
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
}


def write_plots(
    folder: Path, title: str, summaries: Sequence[Summary], series: Sequence[PointSeries]
) -> list[Path]:
    """Write every chart there is data for into ``folder`` and return the files."""
    folder.mkdir(exist_ok=True)
    written = []
    with matplotlib.rc_context(_STYLE):
        for name, figure in _figures(summaries, series):
            top = 1 - 0.08 / figure.get_figheight()
            looks = {"ha": "left", "va": "top", "fontsize": 9, "color": GREY}
            figure.suptitle(title, x=0.01, y=top, parse_math=False, **looks)
            path = folder / f"{name}.png"
            with warnings.catch_warnings():
                # A model may be called in a script that the font lacks: boxes are drawn then.
                warnings.filterwarnings("ignore", "Glyph .* missing from font")
                canvas = FigureCanvasAgg(figure)
                canvas.print_figure(path, dpi=DPI, metadata=_METADATA, pil_kwargs=_PACKING)
            written.append(path)
    return written


def _figures(
    summaries: Sequence[Summary], series: Sequence[PointSeries]
) -> Iterator[tuple[str, Figure]]:
    sweep = sweep_of(summaries)
    if not sweep.summaries:
        return
    charts = against_load(sweep)
    for name, group in (
        ("tradeoff", tradeoffs(sweep)),
        ("throughput", [chart for chart in charts if chart.key not in METRICS]),
        ("latency", [chart for chart in charts if chart.key in METRICS]),
    ):
        if group:
            yield name, _sweep(group, 5.8 if name == "tradeoff" else 4.4)
    if any(one.curves for one in series):
        yield "distribution", _distribution(series)
    if series:
        yield "timeline", _timeline(series)
        yield "requests", _requests(series)


_HEAD, _FOOT = 0.34, 0.26
"""Inches above all panels for the title of the figure, and below for each line of notes."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.78, 0.12, 0.3, 0.52
"""Inches of a panel beside its axes. Given, not found: matplotlib's own layout draws all twice."""


def _panels(
    count: int, width: float, height: float, feet: int = 0, columns: int = 3
) -> tuple[Figure, list[Any]]:
    """A figure of ``count`` panels in rows as equal as can be.

    Args:
        width: of one panel, in inches, as ``height``.
        feet: lines of notes below the panels.
        columns: most panels beside each other.
    """
    rows = -(-count // columns)
    columns = -(-count // rows)
    wide, high = width * columns, height * rows + _HEAD + _FOOT * feet
    figure = Figure(figsize=(wide, high))
    figure.subplots_adjust(
        left=_LEFT / wide,
        right=1 - _RIGHT / wide,
        top=1 - (_HEAD + _TOP) / high,
        bottom=(_BOTTOM + _FOOT * feet) / high,
        wspace=(_LEFT + _RIGHT) / (width - _LEFT - _RIGHT),
        hspace=(_TOP + _BOTTOM) / (height - _TOP - _BOTTOM),
    )
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for unused in panels[count:]:
        unused.remove()
    return figure, panels[:count]


def _sweep(charts: Sequence[SweepChart], width: float) -> Figure:
    hollow = any(any(line.hollow) for chart in charts for line in chart.lines)
    figure, panels = _panels(len(charts), width, 3.6, int(hollow))
    for axes, chart in zip(panels, charts, strict=True):
        for line in chart.lines:
            _line(axes, chart.xs, line)
        _finish(axes, chart.title, chart.y_title, log=chart.y_log)
        _places(axes, chart)
    if hollow:
        _footnote(figure, "hollow")
    return figure


def _footnote(figure: Figure, sign: str) -> None:
    note = f"{sign}: {wording.UNSUPPORTED_NOTE}"
    figure.text(0.01, 0.08 / figure.get_figheight(), note, fontsize=8, color=GREY)


def _line(axes: Any, xs: Sequence[float], line: Line) -> None:
    """A line with a dot at every measured point; unknown values leave a hole."""
    ys = np.asarray([np.nan if value is None else value for value in line.values])
    style = "--" if line.dashed else "-"
    axes.plot(xs, ys, style, color=line.colour, label=line.name, alpha=0.85)
    hollow = np.asarray(line.hollow)
    for which, face in ((~hollow, line.colour), (hollow, "white")):
        place = np.asarray(xs)[which]
        axes.plot(place, ys[which], "o", color=line.colour, markerfacecolor=face)


def _places(axes: Any, chart: SweepChart) -> None:
    """The x axis: ticks at the loads that were measured, or dots with their load beside them."""
    axes.set_xlabel(chart.x_title)
    axes.margins(x=0.1)
    if chart.x_log:
        _logarithmic(axes, axes.xaxis)
    if chart.marks:
        axes.set_ylim(top=axes.get_ylim()[1] * (1.3 if chart.y_log else 1.05))
        _mark(axes, chart)
        return
    _ticks(axes, chart)
    across = axes.get_xaxis_transform()
    for place, word in chart.upright:
        axes.axvline(chart.xs[place], color=GREY, linewidth=0.9, linestyle=":")
        spot = (chart.xs[place], 0.0)
        # At the foot, as above stands the title and figures grow with the load.
        axes.annotate(word, spot, xytext=(3, 3), xycoords=across, ha="left", **_NOTE)


_ROOM = 0.055
"""Of the axis, what the label of a tick takes with a gap beside it."""


def _ticks(axes: Any, chart: SweepChart) -> None:
    """A tick at every load that was measured; where there is no room for all labels, the ends and
    what the chart marks have theirs first."""
    scaled = np.log(chart.xs) if chart.x_log else np.asarray(chart.xs, dtype=np.float64)
    ends = [int(scaled.argmin()), int(scaled.argmax())]
    labelled: list[int] = []
    for place in (*ends, *(place for place, _ in chart.upright), *range(len(scaled))):
        apart = _ROOM * float(np.ptp(scaled))
        if all(abs(scaled[place] - scaled[other]) >= apart for other in labelled):
            labelled.append(place)
    labels = [f"{x:g}" if place in labelled else "" for place, x in enumerate(chart.xs)]
    axes.xaxis.set_major_locator(FixedLocator(chart.xs))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FixedFormatter(labels))


_CLEAR: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
"""Behind what may stand across a line."""
_NOTE: dict[str, Any] = {"textcoords": "offset points", "fontsize": 8, "color": GREY}


def _mark(axes: Any, chart: SweepChart) -> None:
    """The load beside each dot of the last line, where it does not run into one before it."""
    known = [
        (x, y, mark + (" knee" if place == chart.knee else ""))
        for place, (x, y, mark) in enumerate(
            zip(chart.xs, chart.lines[-1].values, chart.marks, strict=True)
        )
        if y is not None
    ]
    # On the side where the line is not: it comes from the left and rises, or falls.
    rises = (known[-1][0] - known[0][0]) * (known[-1][1] - known[0][1]) > 0
    side, offset = ("right", (-6, 5)) if rises else ("left", (6, 5))
    taken: list[Any] = []
    for x, y, text in known:
        spot = axes.transData.transform((x, y))
        if all(abs(spot[0] - a[0]) > 22 or abs(spot[1] - a[1]) > 13 for a in taken):
            axes.annotate(text, (x, y), offset, ha=side, weight="bold", bbox=_CLEAR, **_NOTE)
            taken.append(spot)
    looks: dict[str, Any] = {"ha": "right", "fontsize": 8, "color": GREY}
    looks["transform"] = axes.transAxes
    axes.text(1, 1.02, f"at the dots: {chart.mark_title}", **looks)


def _logarithmic(axes: Any, axis: Any) -> None:
    (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: _short(value))


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def _finish(axes: Any, title: str, unit: str, *, log: bool = False) -> None:
    axes.set_title(title, y=1.0)  # Where it would be: finding out takes a fifth of the drawing.
    axes.set_ylabel(unit)
    if log:
        _logarithmic(axes, axes.yaxis)
    else:
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.set_ylim(bottom=0)
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend()


def _distribution(series: Sequence[PointSeries]) -> Figure:
    names = [name for name in METRICS if any(name in one.curves for one in series)]
    feet = _legend_rows(series) + 1
    figure, panels = _panels(len(names), 4.4, 3.3, feet, columns=2 if len(names) < 5 else 3)
    for axes, name in zip(panels, names, strict=True):
        ends = []
        for one, colour in zip(series, point_colours(len(series)), strict=True):
            if (curve := one.curves.get(name)) is None:
                continue
            highest = 100 * supported_share(one.counts[name])
            known = np.maximum(PERCENTILES, 100 - PERCENTILES) <= highest
            axes.plot(curve, PERCENTILES, ":", color=colour, linewidth=1.2)
            sure = np.where(known, curve, np.nan)
            axes.plot(sure, PERCENTILES, color=colour, label=one.label)
            ends += [float(value) for value in (*curve[curve > 0][:1], curve[-1])]
        if wide(ends):
            _logarithmic(axes, axes.xaxis)
        metric = METRICS[name]
        axes.set_xlabel(metric.unit)
        what = "gaps" if metric.pooled else "requests"
        _finish(axes, metric.title, f"% of {what} at or below")
        axes.set_ylim(0, 101)
    _shared_legend(figure, panels[0], series, feet=1)
    _footnote(figure, "dotted")
    return figure


def _legend_rows(series: Sequence[PointSeries]) -> int:
    return -(-len(series) // _LEGEND_COLUMNS) if len(series) > 1 else 0


_LEGEND_COLUMNS = 6


def _shared_legend(
    figure: Figure, axes: Any, series: Sequence[PointSeries], feet: int = 0, **looks: Any
) -> None:
    """One legend of the points below all panels, instead of the panels' own."""
    for panel in figure.axes:
        if own := panel.get_legend():
            own.remove()
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 1:
        legend = figure.legend(
            handles,
            labels,
            loc="lower center",
            ncols=_LEGEND_COLUMNS,
            bbox_to_anchor=(0.5, _FOOT * feet / figure.get_figheight()),
            borderaxespad=0.2,
        )
        for handle in filter(None, legend.legend_handles):
            handle.set(**looks)


def _timeline(series: Sequence[PointSeries]) -> Figure:
    planned = any(one.timeline.planned_rate is not None for one in series)
    figure, panels = _panels(2 + planned, 10.0, 2.6, _legend_rows(series), columns=1)
    upper, lower = panels[0], panels[-1]
    for one, colour in zip(series, point_colours(len(series)), strict=True):
        line = one.timeline
        shade = np.append(line.in_flight_max, line.in_flight_max[-1])
        upper.fill_between(line.edges_s, shade, step="post", color=colour, alpha=0.25, linewidth=0)
        upper.stairs(line.in_flight, line.edges_s, color=colour, label=one.label, linewidth=1.8)
        lower.stairs(line.token_rate, line.edges_s, color=colour, linewidth=1.8)
        dashes: dict[str, Any] = {"color": GREY, "linestyle": "--", "linewidth": 1.2}
        if line.planned_slots is not None:
            upper.stairs(line.planned_slots, line.edges_s, **dashes)
        if planned:
            panels[1].stairs(line.sent_rate, line.edges_s, color=colour, linewidth=1.8)
        if line.planned_rate is not None:
            panels[1].stairs(line.planned_rate, line.edges_s, **dashes)
        middle = (line.edges_s[:-1] + line.edges_s[1:]) / 2
        if (bad := middle[line.failures > 0]).size:
            lower.plot(bad, np.zeros(bad.size), "|", color=FAILED, markersize=14)
    failed = any(one.timeline.failures.any() for one in series)
    _finish(upper, "Requests in flight (line: mean of a slice, shade: highest)", "requests")
    _finish(lower, "Output tokens" + (" (red marks: failures)" if failed else ""), "tokens/s")
    if planned:
        _finish(panels[1], "Requests sent (dashed: planned)", "requests/s")
        panels[1].sharex(lower)
    lower.set_xlabel("seconds after the first send")
    upper.sharex(lower)
    _shared_legend(figure, upper, series)
    return figure


def _requests(series: Sequence[PointSeries]) -> Figure:
    measured = [name for name in METRICS if any(name in one.curves for one in series)]
    drawn = [name for name in measured if not METRICS[name].pooled]
    axes_of: tuple[tuple[str, str, str], ...] = (
        (drawn[0], "over time", "sent_s"),
        (drawn[0], "by prompt", "input_tokens"),
        ("e2e_ms", "by output", "output_tokens"),
    )
    figure, panels = _panels(3, 4.4, 3.6, _legend_rows(series))
    size = 3 if sum(one.scatter.seq.size for one in series) > 300 else 6
    for axes, (metric, how, field) in zip(panels, axes_of, strict=True):
        heights = [0.0]
        for one, colour in zip(series, point_colours(len(series)), strict=True):
            x, y = getattr(one.scatter, field), one.scatter.latency_ms[metric]
            known = ~(np.isnan(x) | np.isnan(y))
            if known.any():
                style = {"markersize": size, "alpha": 0.5, "markeredgewidth": 0}
                axes.plot(
                    x[known], y[known], ".", color=colour, label=one.label, rasterized=True, **style
                )
                heights += [float(y[known].min()), float(y[known].max())]
        axes.set_xlabel({"sent_s": "sent (s)"}.get(field, field.replace("_", " ")))
        _finish(axes, f"{METRICS[metric].title} {how}", METRICS[metric].unit, log=wide(heights[1:]))
    start, end = min(one.start_s for one in series), max(one.end_s for one in series)
    pad = 0.03 * (end - start) or 1.0
    panels[0].set_xlim(start - pad, end + pad)
    _shared_legend(figure, panels[0], series, alpha=1, markersize=7)
    return figure
