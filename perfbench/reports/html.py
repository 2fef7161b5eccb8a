"""``report.html`` of a load test: one page with charts whose values can be read off.

Fills the template in ``assets`` and embeds the chart library and the data it draws. Latencies are
ms, times s after the first send; unknown values are null and shown as an en dash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from perfbench.metrics.columns import OUTCOMES
from perfbench.metrics.definitions import METRICS, figure_title
from perfbench.metrics.percentiles import supported_share, unsupported
from perfbench.metrics.repeats import figure_of, repeated_loads
from perfbench.metrics.timeline import MAX_BINS
from perfbench.reports import conversations, objectives, overview, parts, server_side, wording
from perfbench.reports.charts import LOG_SPAN, SweepChart, against_load, sweep_of, tradeoffs
from perfbench.reports.frame import About, embeddable, fill
from perfbench.reports.palette import point_colours
from perfbench.reports.series import PERCENTILES, PointSeries
from perfbench.types import Repeated, RepeatedLoad, RequestLedger, SearchPath, Summary

FIGURES = (
    *("mean", "std", "min", "p1", "p5", "p10", "p25", "p50"),
    *("p75", "p90", "p95", "p99", "p99.9", "max", "count"),
)


def render(
    about: About,
    summaries: Sequence[Summary],
    series: Sequence[PointSeries],
    search: SearchPath | None = None,
) -> str:
    """The whole page.

    Args:
        about: Title, settings and environment.
        summaries: One per point, in the order of the sweep.
        series: One per point in which a request was sent, in the same order.
        search: What a search found.
    """
    labels = wording.load_labels(summaries)
    sweep = sweep_of(summaries)
    costs, charts = tradeoffs(sweep), against_load(sweep)
    series = series if sweep.summaries else ()
    by_turn = conversations.turn_charts(summaries, labels)
    found = None if search is None else objectives.search_chart(search)
    searched = [] if found is None else [found]
    latencies = [
        (name, metric.title)
        for name, metric in METRICS.items()
        if metric.charted and any(s.metrics.get(name, {}).get("count") for s in summaries)
    ]
    values = {
        "rows": [_row(s, label) for s, label in zip(summaries, labels, strict=True)],
        "failed": sum(map(wording.failed, summaries)),
        "ended": sum(map(wording.failed, summaries)) + sum(s.completed for s in summaries),
        "failures": overview.failures(summaries, labels),
        "interrupted": [n for n, s in zip(labels, summaries, strict=True) if s.interrupted],
        "verdicts": _verdicts(summaries, labels),
        "tiles": overview.tiles(summaries, sweep),
        "sent": overview.sent(about, summaries),
        "latencies": latencies,
        "columns": ("mean", "p50", "p99") if len(latencies) < 5 else ("p50", "p99"),
        "ledger": LEDGER,
        "figures": FIGURES,
        "part_heads": parts.HEADS,
        "repeats": [_repeats(load) for load in repeated_loads(summaries)],
        "figure": _figure,
        "steady_figure": _steady_figure,
        "metrics": METRICS,
        "tradeoffs": costs,
        "load_charts": charts,
        "turn_charts": by_turn,
        "talks": conversations.talks_of(summaries, labels),
        "turn_heads": conversations.TURN_HEADS,
        "talk_heads": conversations.TALK_HEADS,
        "search_charts": searched,
        **_limits(summaries, labels, search),
        "hollow": any(any(line.hollow) for chart in (*costs, *charts) for line in chart.lines),
        "has_curves": any(one.curves for one in series),
        "has_series": bool(series),
        "open_loop": any(one.timeline.planned_rate is not None for one in series),
        **_service(summaries, labels, series),
        "has_ttft": any(not np.isnan(one.timeline.ttft_p50_ms).all() for one in series),
        "growing": [
            (label, s.steady.reason)
            for s, label in zip(summaries, labels, strict=True)
            if s.steady and s.steady.growing
        ],
        "max_bins": MAX_BINS,
        "gap_note": _gap_note(series),
        "scatter_note": _scatter_note(series),
        "note_unsupported": _unsupported_note(summaries),
        "data": Markup(embeddable(chart_data([*costs, *charts, *by_turn, *searched], series))),
    }
    styles = ("uplot.min.css", "report.css", "load.css")
    return fill(
        "report.html.j2",
        about,
        styles,
        ("uplot.min.js", "chart.js", "report.js", "server.js"),
        values,
    )


def _limits(
    summaries: Sequence[Summary], labels: Sequence[str], search: SearchPath | None
) -> dict[str, Any]:
    """What was wanted, and what a search for it found."""
    return {
        "objectives": objectives.objective_rows(summaries, labels),
        "goodput": objectives.goodput_rows(summaries, labels),
        "goodput_head": objectives.GOODPUT_HEAD,
        "limits": objectives.limits_said(summaries),
        "search": None if search is None else objectives.search_answer(search),
        "trials": [] if search is None else objectives.search_rows(search),
        "search_head": objectives.SEARCH_HEAD,
    }


def _service(
    summaries: Sequence[Summary], labels: Sequence[str], series: Sequence[PointSeries]
) -> dict[str, Any]:
    """What the service said of itself."""
    return {
        "heard": [
            (label, s.server, server_side.findings(s.server))
            for s, label in zip(summaries, labels, strict=True)
            if s.server
        ],
        "server_side": server_side,
        "has_server": any(one.server for one in series),
    }


def _row(summary: Summary, label: str) -> dict[str, Any]:
    number = wording.number
    return {
        "label": label,
        "summary": summary,
        "ledger": _ledger(summary.ledger),
        "lost": wording.lost(summary.ledger),
        "failed": wording.failed(summary),
        "client": _client(summary),
        "tokens": _tokens(summary),
        "parts": parts.parts_of(summary),
        "troubles": list(parts.troubles(summary)),
        "intervals": [
            (figure_title(name), number(figure_of(summary, name)), number(low), number(high))
            for name, (low, high) in (summary.intervals or {}).items()
        ],
    }


def _repeats(load: RepeatedLoad) -> dict[str, Any]:
    number = wording.number
    return {
        "name": load.name,
        "runs": len(load.points),
        "rows": [
            (
                figure_title(name),
                *(number(found.mean), number(found.std), wording.share(_relative(found))),
                *(number(found.low), number(found.high), number(found.runs)),
            )
            for name, found in load.figures.items()
        ],
    }


def _relative(found: Repeated) -> float | None:
    return None if found.std is None or not found.mean else found.std / abs(found.mean)


def _verdicts(summaries: Sequence[Summary], labels: Sequence[str]) -> dict[str, list[Any]]:
    """Points whose client was not fast enough, and why, by verdict: one banner for each."""
    found: dict[str, list[Any]] = {}
    for s, label in zip(summaries, labels, strict=True):
        if s.client.verdict not in (None, "trusted") and not wording.lost(s.ledger):
            found.setdefault(s.client.verdict, []).append((label, s.client.reason))
    return found


def _figure(summary: Summary, metric: str, name: str) -> str:
    figures = summary.metrics.get(metric, {})
    return wording.percentile(figures, name, summary.unsupported.get(metric, []))


def _steady_figure(summary: Summary, metric: str, name: str) -> str:
    figures = summary.steady.metrics.get(metric, {}) if summary.steady else {}
    return wording.percentile(figures, name, unsupported(int(figures.get("count") or 0)))


def _client(summary: Summary) -> list[tuple[str, str]]:
    audit = summary.client
    number, share = wording.number, wording.share
    cores = ", ".join(share(one) for one in audit.worker_cpu_share) or wording.UNKNOWN
    return [
        ("verdict", f"{audit.verdict or wording.UNKNOWN}: {audit.reason}"),
        ("sent after plan", wording.precision(audit.send_lag_ms)),
        ("read delay p50, p99", _pair(audit.read_delay_ms)),
        ("CPU", f"{number(audit.cpu_s)} s, {number(audit.cpu_us_per_event)} µs per event"),
        ("events", number(audit.events)),
        ("workers", f"{audit.workers}, each using of one core: {cores}"),
        ("waiting for a core", share(audit.sched_delay_share)),
        ("taken by the machine's host (steal)", share(audit.steal_share)),
        ("longest standstill", wording.span(audit.longest_stall_s)),
        ("gaps of zero", f"{share(audit.coalesced_share)} (one read carried several events)"),
        ("arrival stamps", "the kernel's" if audit.kernel_stamps else "the event loop's"),
        *((machine.host, wording.machine(machine)) for machine in audit.machines),
    ]


LEDGER = (
    *("planned", "sent", "unsent", "dropped", "late", "ok", "failed", "abandoned", "cut", "lost"),
    "sent again",
)


def _ledger(ledger: RequestLedger | None) -> list[str]:
    """The cells of a point in the table of requests, in the order of ``LEDGER``."""
    if ledger is None:
        return [wording.UNKNOWN] * len(LEDGER)
    counts = (
        *(ledger.planned, ledger.sent, ledger.unsent, ledger.dropped, ledger.late, ledger.ok),
        *(sum(ledger.failed.values()), ledger.abandoned),
        *(ledger.cut, ledger.lost, ledger.resends),
    )
    return [wording.number(count) for count in counts]


def _pair(figures: Mapping[str, float | int | None]) -> str:
    if not figures.get("count"):
        return wording.UNKNOWN
    return f"{wording.number(figures.get('p50'))}, {wording.number(figures.get('p99'))} ms"


def _tokens(summary: Summary) -> list[tuple[str, str]]:
    tokens, number = summary.tokens, wording.number
    return [
        ("counts from", wording.token_sentence(tokens)),
        ("input", number(tokens.input_tokens)),
        ("output", number(tokens.output_tokens)),
        ("cached", f"{number(tokens.cached_tokens)} ({wording.share(tokens.cached_share)})"),
        ("reasoning", number(tokens.reasoning_tokens)),
        ("steady state", wording.steady_sentence(summary)),
    ]


def _gap_note(series: Sequence[PointSeries]) -> str:
    step = max((one.gap_step for one in series), default=1)
    if step == 1:
        return ""
    return (
        f"The ITL curve of large points is made from one gap in {step} (least and greatest kept)."
    )


def _scatter_note(series: Sequence[PointSeries]) -> str:
    total = sum(one.scatter.total for one in series)
    shown = sum(one.scatter.seq.size for one in series)
    if shown == total:
        return f"All {total:,} requests."
    return (
        f"{shown:,} of {total:,} requests: each point is cut into slices of equal count, and of "
        "each slice the first, and the lowest and the highest of every latency are drawn. No "
        "outlier is missing, but crowded regions look thinner than they are."
    )


def _unsupported_note(summaries: Sequence[Summary]) -> str:
    if any(names for s in summaries for names in s.unsupported.values()):
        return f"{wording.UNSUPPORTED} {wording.UNSUPPORTED_NOTE}"
    return ""


def chart_data(charts: Sequence[SweepChart], series: Sequence[PointSeries]) -> dict[str, Any]:
    """What the page's script draws."""
    return {
        "charts": {chart.key: _chart(chart) for chart in charts},
        "metrics": [
            {"key": key, "name": metric.title, "pooled": metric.pooled}
            for key, metric in METRICS.items()
            if any(key in one.curves for one in series)
        ],
        "percentiles": PERCENTILES.tolist(),
        "logSpan": LOG_SPAN,
        "colours": point_colours(len(series)),
        "outcomes": list(OUTCOMES),
        "points": [_point(one) for one in series],
    }


def _chart(chart: SweepChart) -> dict[str, Any]:
    return {
        "x": {"title": chart.x_title, "values": chart.xs, "log": chart.x_log},
        "y": {"title": chart.y_title, "log": chart.y_log},
        "lines": [asdict(line) for line in chart.lines],
        "labels": chart.labels,
        "marks": chart.marks,
        "knee": chart.knee,
        "upright": chart.upright,
    }


def _point(one: PointSeries) -> dict[str, Any]:
    line, dots = one.timeline, one.scatter
    return {
        "label": one.label,
        "start_s": round(one.start_s, 4),
        "end_s": round(one.end_s, 4),
        "curves": {metric: _plain(curve) for metric, curve in one.curves.items()},
        "counts": one.counts,
        "supported": {
            metric: round(100 * supported_share(count), 4) for metric, count in one.counts.items()
        },
        "timeline": {
            "edges_s": _plain(line.edges_s, 7),
            "in_flight": _plain(line.in_flight),
            "in_flight_max": _plain(line.in_flight_max),
            "token_rate": _plain(line.token_rate),
            "failures": line.failures.tolist(),
            "sent_rate": _plain(line.sent_rate),
            "ttft_p50": _plain(line.ttft_p50_ms),
            "ttft_p99": _plain(line.ttft_p99_ms),
            "planned_rate": None if line.planned_rate is None else _plain(line.planned_rate),
            "planned_slots": None if line.planned_slots is None else _plain(line.planned_slots),
        },
        "server": {
            name: {"t": _plain(drawn.times_s, 7), "v": _plain(drawn.values)}
            for name, drawn in one.server.items()
        },
        "scatter": {
            "seq": dots.seq.tolist(),
            "sent_s": _plain(dots.sent_s, 7),
            **{
                metric: _plain(values)
                for metric, values in dots.latency_ms.items()
                if metric in one.curves
            },
            "lasted_ms": _plain(dots.lasted_ms),
            "input_tokens": _plain(dots.input_tokens, 9),
            "output_tokens": _plain(dots.output_tokens, 9),
            "outcome": [OUTCOMES.index(name) for name in dots.outcome],
        },
    }


def _plain(values: npt.NDArray[Any], digits: int = 5) -> list[float | int | None]:
    """Numbers for JSON, to so many significant digits; NaN becomes null."""
    return [
        None
        if value != value
        else int(value)
        if value.is_integer()
        else float(f"{value:.{digits}g}")
        for value in np.asarray(values, dtype=np.float64).tolist()
    ]
