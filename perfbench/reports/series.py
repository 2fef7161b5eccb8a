"""What charts draw: the requests of one point reduced to curves, time series and a scatter.

The only place where reports read columns, so that a point of a million requests costs one pass
and a chart never holds more than a few thousand values. Knows no chart library. Times on axes are
seconds after the first send of the run, latencies milliseconds; a missing value is NaN inside
arrays and never leaves this package as a number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from perfbench.metrics.columns import OUTCOMES, Columns, Floats, Ints
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.ledger import input_tokens, output_tokens
from perfbench.types import Point

PERCENTILES: Floats = np.unique(
    np.round(np.concatenate([np.arange(0, 99, 0.5), np.arange(99, 100, 0.05), [99.99, 100.0]]), 2)
)
"""Where distribution curves are evaluated: dense in the tail."""

MAX_GAPS = 2_000_000
"""Pooled gaps beyond which the ITL curve is made from every k-th gap (minimum and maximum kept)."""
MAX_REQUESTS = 12_000
"""Requests drawn in all scatters of a run together."""
MAX_BINS = 240
"""Time slices of one point."""
MIN_BIN_S = 1.0
"""Narrowest slice: in shorter ones rates show single requests and steps of the scheduler."""
FEW_BINS = 5
"""A point of fewer seconds is cut into about so many slices, to show anything at all."""

NS = 1e9
_REQUESTS_AT_ONCE = 20_000


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
    planned_rate: Floats | None = None
    """Arrivals per second that the plan has; ``None`` in a closed loop."""
    planned_slots: Floats | None = None
    """Requests in flight that the plan has; ``None`` unless a closed loop changes them."""


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


def bin_edges(start_s: float, end_s: float) -> Floats:
    """Edges of slices of a round width (1, 2 or 5 times a power of ten) over a span.

    What is left at the end belongs to the last slice: a slice of its own would be too short to
    have a rate.
    """
    span_s = max(end_s - start_s, 1e-6)
    wanted = max(span_s / MAX_BINS, min(MIN_BIN_S, span_s / FEW_BINS))
    power: float = 10.0 ** math.floor(math.log10(wanted))
    width = next(m * power for m in (1, 2, 5, 10) if m * power >= wanted * (1 - 1e-9))
    count = max(1, math.floor(span_s / width * (1 + 1e-9)))
    edges = start_s + width * np.arange(count + 1, dtype=np.float64)
    edges[-1] = start_s + span_s
    return edges


def in_flight(sent_s: Floats, end_s: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Requests in flight over each slice: time-weighted mean, and maximum. Both exact."""
    times = np.concatenate([sent_s, end_s])
    steps = np.concatenate([np.ones(sent_s.size), -np.ones(end_s.size)])
    order = np.lexsort((steps, times))
    times, level = times[order], np.cumsum(steps[order])
    area = np.concatenate([[0.0], np.cumsum(level[:-1] * np.diff(times))])
    mean = np.diff(np.interp(edges, times, area)) / np.diff(edges)
    # Steps between the edges of a slice; one at an edge belongs to the slice that begins there.
    first = np.searchsorted(times, edges[:-1], side="right")
    last = np.searchsorted(times, edges[1:], side="left")
    at_start = np.where(first > 0, level[np.maximum(first - 1, 0)], 0.0)
    pairs = np.column_stack([first, last]).ravel()
    inside = np.maximum.reduceat(np.append(level, 0.0), pairs)[::2]
    return mean, np.where(first < last, np.maximum(at_start, inside), at_start)


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


def event_counts(columns: Columns, weights: Floats, edges_ns: Floats) -> Floats:
    """Token-bearing events in each slice; those of request ``i`` count for ``weights[i]``.

    All slices are as wide as the first, but for the last, which may be longer.
    """
    counts = np.zeros(edges_ns.size - 1)
    width = edges_ns[1] - edges_ns[0]
    events = columns.events
    for start in range(0, len(columns), _REQUESTS_AT_ONCE):
        stop = min(start + _REQUESTS_AT_ONCE, len(columns))
        places = ((columns.event_ns(start, stop) - edges_ns[0]) / width).astype(np.int64)
        each = np.repeat(weights[start:stop], events[start:stop])
        counts += np.bincount(np.clip(places, 0, counts.size - 1), each, counts.size)
    return counts


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
    start_s = (sent.sent_ns - zero_ns) / NS
    end_s = (sent.end_ns - zero_ns) / NS
    edges = bin_edges(float(start_s.min()), float(end_s.max()))
    widths = np.diff(edges)
    mean, highest = in_flight(start_s, end_s, edges)
    tokens = output_tokens(sent)
    per_event = np.where(np.isnan(tokens), 1.0, tokens / np.maximum(sent.events, 1))
    failed = np.clip(
        ((end_s[sent.failed] - edges[0]) / widths[0]).astype(np.int64), 0, widths.size - 1
    )
    over_time = None
    if planned.point.rate is not None or planned.point.stages:
        over_time = planned.over(edges * NS + zero_ns + sent.origin_ns)
    open_loop = planned.point.rate is not None
    return Timeline(
        edges_s=edges,
        in_flight=mean,
        in_flight_max=highest,
        token_rate=event_counts(sent, per_event, edges * NS + zero_ns) / widths,
        failures=np.bincount(np.clip(failed, 0, widths.size - 1), minlength=widths.size),
        sent_rate=np.histogram(start_s, edges)[0] / widths,
        planned_rate=over_time if open_loop else None,
        planned_slots=None if open_loop else over_time,
    )


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
