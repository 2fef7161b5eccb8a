"""What charts draw: the requests of one point reduced to curves, time series and a scatter.

The only place where reports read columns, so that a point of a million requests costs one pass
and a chart never holds more than a few thousand values. Knows no chart library. Times on axes are
seconds after the first send of the run, latencies milliseconds; a missing value is NaN inside
arrays and never leaves this package as a number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from perfbench.metrics.columns import OUTCOMES, Columns, Floats, Ints
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.ledger import input_tokens, output_tokens
from perfbench.metrics.server import Track, rates, tracks
from perfbench.metrics.timeline import over_time, slice_edges
from perfbench.types import Point, Scrape

PERCENTILES: Floats = np.unique(
    np.round(np.concatenate([np.arange(0, 99, 0.5), np.arange(99, 100, 0.05), [99.99, 100.0]]), 2)
)
"""Where distribution curves are evaluated: dense in the tail."""

MAX_GAPS = 2_000_000
"""Pooled gaps beyond which the ITL curve is made from every k-th gap (minimum and maximum kept)."""
MAX_REQUESTS = 12_000
"""Requests drawn in all scatters of a run together."""
MAX_LOOKS = 480
"""Places of a line of the service's side."""
DRAWN = (
    *("running", "waiting", "kv_usage", "prefix_hit_rate", "acceptance", "gpu_utilization"),
    *("power_w", "output_tok_s"),
)
"""What of the service's side is drawn over time."""

NS = 1e9


@dataclass(frozen=True, slots=True)
class Timeline:
    """One point over time, in slices. All other arrays have one value per slice."""

    edges_s: Floats
    """Where slices begin, and the end of the last, which is the longest."""
    in_flight: Floats
    """Mean over the slice, exact."""
    in_flight_max: Floats
    token_rate: Floats
    """Output tokens per second; tokens of a request are spread evenly over its events."""
    failures: Ints
    """Requests that failed in the slice."""
    sent_rate: Floats
    """Requests sent per second."""
    ttft_p50_ms: Floats
    """Of the requests sent in the slice; NaN where none was, or none has a TTFT."""
    ttft_p99_ms: Floats
    planned_rate: Floats | None = None
    """Arrivals per second that the plan has; ``None`` in a closed loop."""
    planned_slots: Floats | None = None
    """Requests in flight that the plan has; ``None`` unless a closed loop changes them."""


@dataclass(frozen=True, slots=True)
class ServerLine:
    """A figure of the service over time."""

    times_s: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class Scatter:
    """Single requests, in the order they were sent. All arrays have the same length."""

    total: int
    """Requests of the point, of which the arrays may hold fewer."""
    seq: Ints
    sent_s: Floats
    latency_ms: dict[str, Floats]
    """Charted metric -> latencies of requests that ended ``ok``, NaN for others."""
    lasted_ms: Floats
    """From send to end, whatever the outcome."""
    input_tokens: Floats
    output_tokens: Floats
    outcome: list[str]


@dataclass(frozen=True, slots=True)
class PointSeries:
    """Everything charts show of one point."""

    label: str
    start_s: float
    end_s: float
    curves: dict[str, Floats]
    """Metric -> latency at each of ``PERCENTILES``; metrics that nobody measured are absent."""
    counts: dict[str, int]
    """Metric -> number of values its curve is made from."""
    gap_step: int
    """The ITL curve is made from every ``gap_step``-th gap."""
    timeline: Timeline
    scatter: Scatter
    server: dict[str, ServerLine] = field(default_factory=dict)
    """By the names in ``DRAWN``; those that it did not tell are absent."""


def quantile_curve(values: Floats) -> Floats | None:
    """Values at ``PERCENTILES`` by linear interpolation; ``None`` if there are no values."""
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    curve: Floats = np.percentile(known, PERCENTILES)
    return curve


def thin_gaps(gaps: npt.NDArray[Any], most: int = MAX_GAPS) -> tuple[npt.NDArray[Any], int]:
    """Every k-th gap, so that at most about ``most`` are left, plus the smallest and largest."""
    step = -(-gaps.size // most) if gaps.size else 1
    if step == 1:
        return gaps, 1
    return np.concatenate([gaps[::step], [gaps.min(), gaps.max()]]), step


def thin_requests(ys: Sequence[Floats], most: int) -> Ints:
    """Indices of at most ``most`` requests, ascending.

    All of them if there are few enough. Otherwise the requests are cut into slices of equal
    count, and of each slice the lowest and the highest of every ``ys`` and the first are kept: no
    outlier is lost, though crowded regions look thinner than they are.
    """
    total = ys[0].size
    if total <= most:
        return np.arange(total)
    slices = max(1, most // (2 * len(ys) + 1))
    size = -(-total // slices)
    kept = [np.arange(0, total, size)]
    for y in ys:
        padded = np.full(-(-total // size) * size, np.nan)
        padded[:total] = y
        rows = padded.reshape(-1, size)
        base = np.arange(rows.shape[0]) * size
        some = ~np.isnan(rows).all(axis=1)
        kept.append((base + np.argmin(np.where(np.isnan(rows), np.inf, rows), axis=1))[some])
        kept.append((base + np.argmax(np.where(np.isnan(rows), -np.inf, rows), axis=1))[some])
    return np.unique(np.concatenate(kept))


@dataclass(frozen=True, slots=True)
class Planned:
    """The load of a point as it was planned, over time."""

    point: Point
    start_ns: int | None
    """When it began, on the monotonic clock; ``None`` if that was not kept."""

    def over(self, edges_ns: Floats) -> Floats | None:
        """The mean level in each slice; edges are on the monotonic clock."""
        if self.start_ns is None:
            return None
        profile, last = self.point.profile, self.point.duration_s or math.inf
        seconds = np.clip((edges_ns - self.start_ns) / NS, 0, last)
        amounts = np.array([profile.amount(at) for at in seconds.tolist()])
        mean: Floats = np.diff(amounts) / (np.diff(edges_ns) / NS)
        return mean


def reduce_point(
    columns: Columns, label: str, zero_ns: float, most: int, planned: Planned
) -> PointSeries:
    """Reduce one point to what charts show.

    Args:
        columns: Its measured requests; those that were never sent are left out.
        planned: What was to be sent.
        label: What charts call the point.
        zero_ns: Where the time axis starts, on the stamps of ``columns``.
        most: How many single requests the scatter may hold.
    """
    sent = columns.select(~np.isnan(columns.sent_ns) & ~np.isnan(columns.end_ns))
    ok = sent.select(sent.ok)
    curves: dict[str, Floats] = {}
    counts: dict[str, int] = {}
    step = 1
    for name, metric in METRICS.items():
        if not metric.charted:
            continue
        values = metric.values(ok)
        if metric.pooled:
            values, step = thin_gaps(values)
        curve = quantile_curve(values)
        if curve is not None:
            curves[name] = curve * metric.scale
            counts[name] = int((~np.isnan(values)).sum())
    return PointSeries(
        label=label,
        start_s=(float(sent.sent_ns.min()) - zero_ns) / NS,
        end_s=(float(sent.end_ns.max()) - zero_ns) / NS,
        curves=curves,
        counts=counts,
        gap_step=step,
        timeline=_timeline(sent, zero_ns, planned),
        scatter=_scatter(sent, zero_ns, most),
    )


def _timeline(sent: Columns, zero_ns: float, planned: Planned) -> Timeline:
    edges_ns = slice_edges(sent)
    found = over_time(sent, edges_ns)
    levels = None
    if planned.point.rate is not None or planned.point.stages:
        levels = planned.over(edges_ns + sent.origin_ns)
    open_loop = planned.point.rate is not None
    return Timeline(
        edges_s=(edges_ns - zero_ns) / NS,
        in_flight=found.in_flight,
        in_flight_max=found.in_flight_max,
        token_rate=found.output_tok_s,
        failures=found.failures,
        sent_rate=found.sent_rps,
        planned_rate=levels if open_loop else None,
        planned_slots=None if open_loop else levels,
        ttft_p50_ms=found.ttft_p50_ms,
        ttft_p99_ms=found.ttft_p99_ms,
    )


def server_lines(
    scrapes: Sequence[Scrape], columns: Columns, zero_ns: float
) -> dict[str, ServerLine]:
    """What the service said of itself, as lines: gauges, and the rates of its counters.

    A gauge is a line where somebody looked while the requests of ``columns`` ran: looks before and
    after them alone would draw an idle service.
    """
    found = tracks(scrapes, columns.origin_ns)
    start, end = np.nanmin(columns.sent_ns), np.nanmax(columns.end_ns)
    seen = {
        name: track
        for name, track in found.items()
        if ((track.times_ns >= start) & (track.times_ns <= end)).any()
    }
    return {
        name: _thinned(track, zero_ns)
        for name, track in ({**seen, **rates(found)}).items()
        if name in DRAWN
    }


def _thinned(track: Track, zero_ns: float) -> ServerLine:
    """Means of so many looks that a line has at most ``MAX_LOOKS`` places."""
    step = -(-len(track.times_ns) // MAX_LOOKS)
    starts = np.arange(0, len(track.times_ns), step)
    counts = np.diff(np.append(starts, len(track.times_ns)))
    times, values = (
        np.add.reduceat(each, starts) / counts for each in (track.times_ns, track.values)
    )
    return ServerLine((times - zero_ns) / NS, values)


def _scatter(sent: Columns, zero_ns: float, most: int) -> Scatter:
    ordered = np.argsort(sent.sent_ns, kind="stable")
    latency = {
        name: np.where(sent.ok, metric.values(sent) * metric.scale, np.nan)
        for name, metric in METRICS.items()
        if metric.charted and not metric.pooled
    }
    lasted = (sent.end_ns - sent.sent_ns) * METRICS["e2e_ms"].scale
    known = [values for values in latency.values() if not np.isnan(values).all()]
    kept = ordered[thin_requests([values[ordered] for values in (*known, lasted)], most)]
    return Scatter(
        total=len(sent),
        seq=sent.seq[kept],
        sent_s=(sent.sent_ns[kept] - zero_ns) / NS,
        latency_ms={metric: values[kept] for metric, values in latency.items()},
        lasted_ms=lasted[kept],
        input_tokens=input_tokens(sent)[kept],
        output_tokens=output_tokens(sent)[kept],
        outcome=[OUTCOMES[code] for code in sent.outcome[kept]],
    )
