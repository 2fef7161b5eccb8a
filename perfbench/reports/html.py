"""``report.html`` of a load test: one page with charts whose values can be read off.

Fills the template in ``assets`` and embeds the chart library and the data it draws. Latencies are
ms, times s after the first send; unknown values are null and shown as an en dash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from perfbench.metrics.columns import OUTCOMES
from perfbench.metrics.definitions import METRICS
from perfbench.reports import wording
from perfbench.reports.frame import About, embeddable, fill
from perfbench.reports.palette import FIGURES as FIGURE_COLOURS
from perfbench.reports.palette import THROUGHPUT, point_colours
from perfbench.reports.series import CURVES, MAX_BINS, PERCENTILES, PointSeries
from perfbench.types import RequestLedger, Summary

FIGURES = (
    *("mean", "std", "min", "p1", "p5", "p10", "p25", "p50"),
    *("p75", "p90", "p95", "p99", "p99.9", "max", "count"),
)
_LATENCIES = (("ttft_ms", "TTFT"), ("tpot_ms", "TPOT"), ("e2e_ms", "E2E"))


def render(about: About, summaries: Sequence[Summary], series: Sequence[PointSeries]) -> str:
    """The whole page.

    Args:
        about: Title, settings and environment.
        summaries: One per point, in the order of the sweep.
        series: One per point in which a request was sent, in the same order.
    """
    labels = wording.load_labels(summaries)
    charts = load_charts(summaries)
    values = {
        "rows": [
            {
                "label": label,
                "summary": s,
                "ledger": _ledger(s.ledger),
                "lost": wording.lost(s.ledger),
                "client": _client(s),
                "tokens": _tokens(s),
            }
            for label, s in zip(labels, summaries, strict=True)
        ],
        "tiles": _tiles(summaries, labels),
        "latencies": _LATENCIES,
        "ledger": LEDGER,
        "figures": FIGURES,
        "figure": _figure,
        "metrics": METRICS,
        "load_charts": charts,
        "has_curves": any(one.curves for one in series),
        "has_series": bool(series),
        "max_bins": MAX_BINS,
        "gap_note": _gap_note(series),
        "scatter_note": _scatter_note(series),
        "note_unsupported": _unsupported_note(summaries),
        "data": Markup(embeddable(chart_data(summaries, labels, charts, series))),
    }
    styles, scripts = ("uplot.min.css", "report.css"), ("uplot.min.js", "report.js")
    return fill("report.html.j2", about, styles, scripts, values)


def _figure(summary: Summary, metric: str, name: str) -> str:
    figures = summary.metrics.get(metric, {})
    return wording.percentile(figures, name, summary.unsupported.get(metric, []))


def _tiles(summaries: Sequence[Summary], labels: Sequence[str]) -> list[dict[str, str]]:
    """The few figures most people come for: best throughput, shortest wait, failures."""
    tiles = []
    wanted = (
        ("Highest output throughput", "tok/s", max, [s.output_throughput_tok_s for s in summaries]),
        ("Highest request throughput", "req/s", max, [s.request_throughput_rps for s in summaries]),
        (
            "Lowest median TTFT",
            "ms",
            min,
            [s.metrics.get("ttft_ms", {}).get("p50") for s in summaries],
        ),
    )
    for name, unit, best, values in wanted:
        known = [(v, label) for v, label in zip(values, labels, strict=True) if v is not None]
        value, label = best(known) if known else (None, "not measured")
        tiles.append({"name": name, "figure": wording.number(value), "unit": unit, "note": label})
    failed = sum(s.failed for s in summaries)
    total = failed + sum(s.completed for s in summaries)
    note = wording.share(failed / total) if total else "no requests"
    tiles.append(
        {
            "name": "Failed requests",
            "figure": wording.number(failed),
            "unit": f"of {total:,}",
            "note": note,
        }
    )
    return tiles


def load_charts(summaries: Sequence[Summary]) -> list[dict[str, Any]]:
    """Charts of a figure against load; none for a single point or where nothing was measured."""
    if len(summaries) < 2:
        return []
    charts: list[dict[str, Any]] = [
        {
            "key": "requests",
            "title": "Request throughput",
            "unit": "requests/s",
            "rows": {"requests": [s.request_throughput_rps for s in summaries]},
        },
        {
            "key": "tokens",
            "title": "Token throughput",
            "unit": "tokens/s",
            "rows": {
                "output": [s.output_throughput_tok_s for s in summaries],
                "with input": [s.total_throughput_tok_s for s in summaries],
            },
        },
    ]
    for metric in (*CURVES, "schedule_ttft_ms", "schedule_latency_ms"):
        rows = {
            name: [s.metrics.get(metric, {}).get(name) for s in summaries]
            for name in ("mean", "p50", "p90", "p99")
        }
        title = METRICS[metric].title
        charts.append({"key": metric, "title": title, "unit": "ms", "rows": rows})
    return [
        chart
        for chart in charts
        if any(value is not None for values in chart["rows"].values() for value in values)
    ]


def _client(summary: Summary) -> list[tuple[str, str]]:
    audit = summary.client
    number, share = wording.number, wording.share
    cores = ", ".join(share(one) for one in audit.worker_cpu_share) or wording.UNKNOWN
    return [
        ("verdict", f"{audit.verdict or wording.UNKNOWN}: {audit.reason}"),
        ("send lag p50, p99", _pair(audit.send_lag_ms)),
        ("read delay p50, p99", _pair(audit.read_delay_ms)),
        ("CPU", f"{number(audit.cpu_s)} s, {number(audit.cpu_us_per_event)} µs per event"),
        ("events", number(audit.events)),
        ("workers", f"{audit.workers}, each using of one core: {cores}"),
        ("waiting for a core", share(audit.sched_delay_share)),
        ("longest standstill", wording.span(audit.longest_stall_s)),
        ("gaps of zero", f"{share(audit.coalesced_share)} (one read carried several events)"),
        ("arrival stamps", "the kernel's" if audit.kernel_stamps else "the event loop's"),
    ]


LEDGER = ("planned", "sent", "unsent", "dropped", "ok", "failed", "cut", "lost", "sent again")


def _ledger(ledger: RequestLedger | None) -> list[str]:
    """The cells of a point in the table of requests, in the order of ``LEDGER``."""
    if ledger is None:
        return [wording.UNKNOWN] * len(LEDGER)
    counts = (
        *(ledger.planned, ledger.sent, ledger.unsent, ledger.dropped, ledger.ok),
        *(sum(ledger.failed.values()), ledger.cut, ledger.lost, ledger.resends),
    )
    return [wording.number(count) for count in counts]


def _pair(figures: Mapping[str, float | int | None]) -> str:
    if not figures.get("count"):
        return wording.UNKNOWN
    return f"{wording.number(figures.get('p50'))}, {wording.number(figures.get('p99'))} ms"


def _tokens(summary: Summary) -> list[tuple[str, str]]:
    tokens, steady, number = summary.tokens, summary.steady_state, wording.number
    span = f"{number(steady.get('start_s'))} s to {number(steady.get('end_s'))} s"
    rates = (
        f"{number(steady.get('request_throughput_rps'))} req/s, "
        f"{number(steady.get('output_throughput_tok_s'))} tok/s"
    )
    return [
        ("counts from", wording.token_sentence(tokens)),
        ("input", number(tokens.input_tokens)),
        ("output", number(tokens.output_tokens)),
        ("cached", number(tokens.cached_tokens)),
        ("reasoning", number(tokens.reasoning_tokens)),
        ("steady state", f"{rates} (from {span} after the point's first send)"),
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
        "each slice the first, the lowest and the highest TTFT and latency are drawn. No outlier "
        "is missing, but crowded regions look thinner than they are."
    )


def _unsupported_note(summaries: Sequence[Summary]) -> str:
    if any(names for s in summaries for names in s.unsupported.values()):
        return f"{wording.UNSUPPORTED} {wording.UNSUPPORTED_NOTE}"
    return ""


def chart_data(
    summaries: Sequence[Summary],
    labels: Sequence[str],
    charts: Sequence[Mapping[str, Any]],
    series: Sequence[PointSeries],
) -> dict[str, Any]:
    """What the page's script draws."""
    title, places = wording.load_axis(summaries)
    return {
        "load": {
            "title": title,
            "places": places,
            "labels": list(labels),
            "charts": {chart["key"]: chart["rows"] for chart in charts},
        },
        "metrics": [{"key": key, "name": METRICS[key].title} for key in CURVES],
        "percentiles": PERCENTILES.tolist(),
        "colours": {
            "points": point_colours(len(series)),
            "figures": FIGURE_COLOURS,
            "throughput": THROUGHPUT,
        },
        "outcomes": list(OUTCOMES),
        "points": [_point(one) for one in series],
    }


def _point(one: PointSeries) -> dict[str, Any]:
    line, dots = one.timeline, one.scatter
    return {
        "label": one.label,
        "start_s": round(one.start_s, 4),
        "end_s": round(one.end_s, 4),
        "curves": {metric: _plain(curve) for metric, curve in one.curves.items()},
        "counts": one.counts,
        "timeline": {
            "start_s": float(line.t_s[0] - line.width_s / 2),
            "width_s": line.width_s,
            "in_flight": _plain(line.in_flight),
            "in_flight_max": _plain(line.in_flight_max),
            "token_rate": _plain(line.token_rate),
            "failures": line.failures.tolist(),
        },
        "scatter": {
            "seq": dots.seq.tolist(),
            "sent_s": _plain(dots.sent_s, 7),
            **{metric: _plain(values) for metric, values in dots.latency_ms.items()},
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
