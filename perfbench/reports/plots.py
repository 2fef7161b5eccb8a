"""Static charts as PNG files, drawn by matplotlib's object interface on Agg (no display needed).

Works from summaries and reduced series; latencies in ms, times in s after the first send.
matplotlib is imported here and nowhere else.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from perfbench.metrics.definitions import METRICS
from perfbench.reports import wording
from perfbench.reports.palette import FAILED, FIGURES, THROUGHPUT, point_colours
from perfbench.reports.series import CURVES, PERCENTILES, PointSeries
from perfbench.types import Summary

DPI = 110
GREY = "#6b7280"

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
            figure.suptitle(title, x=0.01, ha="left", fontsize=9, color=GREY, parse_math=False)
            path = folder / f"{name}.png"
            with warnings.catch_warnings():
                # A model may be called in a script that the font lacks: boxes are drawn then.
                warnings.filterwarnings("ignore", "Glyph .* missing from font")
                canvas = FigureCanvasAgg(figure)
                canvas.print_figure(path, dpi=DPI, metadata={"Software": "perfbench"})
            written.append(path)
    return written


def _figures(
    summaries: Sequence[Summary], series: Sequence[PointSeries]
) -> Iterator[tuple[str, Figure]]:
    if len(summaries) > 1:
        yield "throughput", _throughput(summaries)
        yield "latency", _latency(summaries)
    if any(one.curves for one in series):
        yield "distribution", _distribution(series)
    if series:
        yield "timeline", _timeline(series)
        yield "requests", _requests(series)


def _panels(rows: int, columns: int, height: float = 3.4, **options: Any) -> tuple[Figure, Any]:
    figure = Figure(figsize=(4.1 * columns + 0.6, height * rows + 0.3), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def _load_axis(axes: Any, title: str, places: Sequence[float]) -> None:
    """Ticks at the loads that were measured; logarithmic when they span much."""
    low, high = min(places), max(places)
    if low > 0 and high / low >= 8:
        axes.set_xscale("log")
        scaled = np.log(places)
    else:
        scaled = np.asarray(places)
    ticks, last = [], -np.inf
    span = float(np.ptp(scaled)) or 1.0
    for place, at in sorted(zip(places, scaled, strict=True)):
        if at - last >= 0.07 * span:
            ticks.append(place)
            last = at
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.set_xlabel(title)


def _line(axes: Any, xs: Sequence[float], ys: Sequence[float | None], **style: Any) -> None:
    """A line with a dot at every measured point; unknown values leave a hole."""
    if any(y is not None for y in ys):
        values = [np.nan if y is None else y for y in ys]
        order = np.argsort(xs)
        axes.plot(np.asarray(xs)[order], np.asarray(values)[order], marker="o", **style)


def _finish(axes: Any, title: str, unit: str, *, from_zero: bool = True) -> None:
    axes.set_title(title)
    axes.set_ylabel(unit)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    if from_zero:
        axes.set_ylim(bottom=0)
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend()
    if not axes.has_data():
        axes.text(0.5, 0.5, "not measured", ha="center", color=GREY, transform=axes.transAxes)


def _throughput(summaries: Sequence[Summary]) -> Figure:
    title, xs = wording.load_axis(summaries)
    figure, panels = _panels(1, 2)
    left, right = panels[0]
    first, second = THROUGHPUT
    _line(left, xs, [s.request_throughput_rps for s in summaries], color=first)
    output = [s.output_throughput_tok_s for s in summaries]
    total = [s.total_throughput_tok_s for s in summaries]
    _line(right, xs, output, color=first, label="output")
    _line(right, xs, total, color=second, label="with input")
    _finish(left, "Request throughput", "requests/s")
    _finish(right, "Token throughput", "tokens/s")
    for axes in (left, right):
        _load_axis(axes, title, xs)
    return figure


def _latency(summaries: Sequence[Summary]) -> Figure:
    title, xs = wording.load_axis(summaries)
    figure, panels = _panels(1, 3)
    for axes, metric in zip(panels[0], ("ttft_ms", "tpot_ms", "e2e_ms"), strict=True):
        for name in ("p50", "p90", "p99"):
            ys = [s.metrics.get(metric, {}).get(name) for s in summaries]
            _line(axes, xs, ys, color=FIGURES[name], label=name)
        _finish(axes, METRICS[metric].title, "ms")
        _load_axis(axes, title, xs)
    return figure


def _distribution(series: Sequence[PointSeries]) -> Figure:
    metrics = [m for m in CURVES if any(m in one.curves for one in series)]
    columns = min(2, len(metrics))
    figure, panels = _panels(-(-len(metrics) // columns), columns, height=3.0)
    for axes in panels.flat[len(metrics) :]:
        axes.remove()
    for axes, metric in zip(panels.flat, metrics, strict=False):
        low, high = np.inf, 0.0
        for one, colour in zip(series, point_colours(len(series)), strict=True):
            if (curve := one.curves.get(metric)) is not None:
                axes.plot(curve, PERCENTILES, color=colour, label=one.label)
                positive = curve[curve > 0]
                low = min(low, float(positive[0])) if positive.size else low
                high = max(high, float(curve[-1]))
        if high > 20 * low:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.set_xlabel("ms")
        axes.set_ylim(0, 101)
        what = "gaps" if metric == "itl_ms" else "requests"
        _finish(axes, METRICS[metric].title, f"% of {what} at or below", from_zero=False)
    _shared_legend(figure, panels[0][0])
    return figure


def _shared_legend(figure: Figure, axes: Any, **looks: Any) -> None:
    """One legend of the points below all panels, instead of the panels' own."""
    for panel in figure.axes:
        if own := panel.get_legend():
            own.remove()
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 1:
        legend = figure.legend(handles, labels, loc="outside lower center", ncols=6)
        for handle in filter(None, legend.legend_handles):
            handle.set(**looks)


def _timeline(series: Sequence[PointSeries]) -> Figure:
    figure, panels = _panels(2, 1, height=2.2, sharex=True)
    figure.set_size_inches(10, 5.2)
    upper, lower = panels[:, 0]
    for one, colour in zip(series, point_colours(len(series)), strict=True):
        line = one.timeline
        upper.fill_between(line.t_s, line.in_flight_max, color=colour, alpha=0.25, linewidth=0)
        upper.plot(line.t_s, line.in_flight, color=colour, label=one.label)
        lower.plot(line.t_s, line.token_rate, color=colour)
        if (bad := line.t_s[line.failures > 0]).size:
            lower.plot(bad, np.zeros(bad.size), "|", color=FAILED, markersize=14)
    failed = any(one.timeline.failures.any() for one in series)
    _finish(upper, "Requests in flight (line: mean of a slice, shade: maximum)", "requests")
    _finish(lower, "Output tokens" + (" (red marks: failures)" if failed else ""), "tokens/s")
    lower.set_xlabel("seconds after the first send")
    _shared_legend(figure, upper)
    return figure


def _requests(series: Sequence[PointSeries]) -> Figure:
    figure, panels = _panels(1, 3)
    shown: tuple[tuple[str, str, Callable[[PointSeries], Any], str, str], ...] = (
        ("TTFT over time", "sent (s)", lambda one: one.scatter.sent_s, "ttft_ms", "ms"),
        ("TTFT by prompt", "input tokens", lambda one: one.scatter.input_tokens, "ttft_ms", "ms"),
        ("E2E by output", "output tokens", lambda one: one.scatter.output_tokens, "e2e_ms", "ms"),
    )
    size = 3 if sum(one.scatter.seq.size for one in series) > 300 else 6
    for axes, (title, xlabel, xs, metric, unit) in zip(panels[0], shown, strict=True):
        for one, colour in zip(series, point_colours(len(series)), strict=True):
            x, y = xs(one), one.scatter.latency_ms[metric]
            known = ~(np.isnan(x) | np.isnan(y))
            if known.any():
                axes.plot(
                    x[known],
                    y[known],
                    ".",
                    color=colour,
                    markersize=size,
                    alpha=0.5,
                    markeredgewidth=0,
                    label=one.label,
                    rasterized=True,
                )
        axes.set_xlabel(xlabel)
        _finish(axes, title, unit)
    start, end = min(one.start_s for one in series), max(one.end_s for one in series)
    pad = 0.03 * (end - start) or 1.0
    panels[0][0].set_xlim(start - pad, end + pad)
    _shared_legend(figure, panels[0][0], alpha=1, markersize=7)
    return figure
