"""One point over time: how much was in flight, sent, answered and failed, how fast tokens came and
how long the first of them took, slice by slice.

Pure; knows no report. Edges are float64 ns after the run's origin, rates are per second, TTFT is
ms; a slice without a value is NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from perfbench.metrics.columns import Columns, Floats, Ints
from perfbench.metrics.definitions import NS_TO_MS, ttft
from perfbench.metrics.ledger import output_tokens

MAX_BINS = 240
"""Time slices of one point in a chart."""
MIN_BIN_S = 1.0
"""Narrowest slice: in shorter ones rates show single requests and steps of the scheduler. A point
that is shorter is one slice."""
_REQUESTS_AT_ONCE = 20_000
_NS = 1e9


@dataclass(frozen=True, slots=True)
class TimeSlices:
    """Values of one point, one for each slice."""

    in_flight: Floats
    """Mean over the slice, exact."""
    in_flight_max: Floats
    sent_rps: Floats
    done_rps: Floats
    """Requests that ended ``ok``."""
    failures: Ints
    """Requests that ended otherwise, but for those that were abandoned as planned."""
    output_tok_s: Floats
    """Tokens of a request are spread evenly over its events."""
    ttft_p50_ms: Floats
    """Of the requests sent in the slice."""
    ttft_p99_ms: Floats


def over_time(sent: Columns, edges_ns: Floats) -> TimeSlices:
    """Cut requests that were all sent into slices.

    Args:
        edges_ns: where slices begin, and the end of the last. All are as wide as the first but for
            the last, which may have another width.
    """
    widths = np.diff(edges_ns) / _NS
    mean, highest = in_flight(sent.sent_ns, sent.end_ns, edges_ns)
    tokens = output_tokens(sent)
    per_event = np.where(np.isnan(tokens), 1.0, tokens / np.maximum(sent.events, 1))
    p50, p99 = _quantiles(ttft(sent.select(sent.ok)), sent.sent_ns[sent.ok], edges_ns)
    return TimeSlices(
        in_flight=mean,
        in_flight_max=highest,
        sent_rps=_counts(sent.sent_ns, edges_ns) / widths,
        done_rps=_counts(sent.end_ns[sent.ok], edges_ns) / widths,
        failures=_counts(sent.end_ns[sent.failed], edges_ns),
        output_tok_s=event_counts(sent, per_event, edges_ns) / widths,
        ttft_p50_ms=p50 * NS_TO_MS,
        ttft_p99_ms=p99 * NS_TO_MS,
    )


def _places(times_ns: Floats, edges_ns: Floats) -> Ints:
    """The slice of each; what lies beyond the ends belongs to the first or the last."""
    width = edges_ns[1] - edges_ns[0]
    places = ((times_ns - edges_ns[0]) / width).astype(np.int64)
    found: Ints = np.clip(places, 0, edges_ns.size - 2)
    return found


def _counts(times_ns: Floats, edges_ns: Floats) -> Ints:
    return np.bincount(_places(times_ns, edges_ns), minlength=edges_ns.size - 1)


def _quantiles(values: Floats, at_ns: Floats, edges_ns: Floats) -> tuple[Floats, Floats]:
    """Median and 99th percentile of the values in each slice."""
    known = ~np.isnan(values)
    places, values = _places(at_ns[known], edges_ns), values[known]
    order = np.argsort(places, kind="stable")
    places, values = places[order], values[order]
    found = np.full((2, edges_ns.size - 1), np.nan)
    starts = np.searchsorted(places, np.arange(edges_ns.size))
    for place in np.unique(places).tolist():
        inside = values[starts[place] : starts[place + 1]]
        found[:, place] = np.percentile(inside, (50, 99))
    return found[0], found[1]


def slice_edges(sent: Columns) -> Floats:
    """The slices of a chart, from the first send to the last end."""
    start, end = float(sent.sent_ns.min()), float(sent.end_ns.max())
    edges = start + bin_edges(0.0, (end - start) / _NS) * _NS
    edges[-1] = max(end, start + 1e3)
    return edges


def bin_edges(start_s: float, end_s: float) -> Floats:
    """Edges of slices of a round width (1, 2 or 5 times a power of ten) over a span.

    What is left at the end belongs to the last slice: a slice of its own would be too short to
    have a rate.
    """
    span_s = max(end_s - start_s, 1e-6)
    wanted = max(span_s / MAX_BINS, MIN_BIN_S)
    power: float = 10.0 ** math.floor(math.log10(wanted))
    width = next(m * power for m in (1, 2, 5, 10) if m * power >= wanted * (1 - 1e-9))
    count = max(1, math.floor(span_s / width * (1 + 1e-9)))
    edges = start_s + width * np.arange(count + 1, dtype=np.float64)
    edges[-1] = start_s + span_s
    return edges


def in_flight(sent: Floats, end: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Requests in flight over each slice: time-weighted mean, and maximum. Both exact."""
    times = np.concatenate([sent, end])
    steps = np.concatenate([np.ones(sent.size), -np.ones(end.size)])
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


def event_counts(columns: Columns, weights: Floats, edges_ns: Floats) -> Floats:
    """Token-bearing events in each slice; those of request ``i`` count for ``weights[i]``.

    All slices are as wide as the first, but for the last, which may be longer.
    """
    counts = np.zeros(edges_ns.size - 1)
    events = columns.events
    for start in range(0, len(columns), _REQUESTS_AT_ONCE):
        stop = min(start + _REQUESTS_AT_ONCE, len(columns))
        places = _places(columns.event_ns(start, stop), edges_ns)
        each = np.repeat(weights[start:stop], events[start:stop])
        counts += np.bincount(places, each, counts.size)
    return counts
