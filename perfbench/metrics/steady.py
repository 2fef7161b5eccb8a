"""Steady-state throughput: rates over the window in which the load was at its plateau.

The load is the number of requests in flight. The plateau starts when that number first reaches its
own median over time and ends when the last request is sent: before it the system fills, after it
the system drains. Instants are float64 nanoseconds inside, seconds after the first send in results.
"""

from __future__ import annotations

import numpy as np

from perfbench.metrics import ledger
from perfbench.metrics.columns import Bools, Columns, Floats, offsets_of

_SLICE = 10_000

UNKNOWN: dict[str, float | None] = {
    "start_s": None,
    "end_s": None,
    "request_throughput_rps": None,
    "output_throughput_tok_s": None,
}


def steady_state(columns: Columns, done: Columns) -> dict[str, float | None]:
    """The plateau of a point and the rates in it.

    A request counts with the share of its time that lies in the window, its tokens with the share
    of its events that do. All is ``None`` if the plateau is shorter than a mean request, as then
    the window would be nothing but edges.

    Args:
        columns: every measured request; all of them are load.
        done: those that ended ``ok``; only they count.
    """
    sent = ~(np.isnan(columns.sent_ns) | np.isnan(columns.end_ns))
    if not len(done) or not sent.any():
        return dict(UNKNOWN)
    start, end = plateau(columns.sent_ns[sent], columns.end_ns[sent])
    if end - start < (done.end_ns - done.sent_ns).mean() or end <= start:
        return dict(UNKNOWN)
    seconds = (end - start) / 1e9
    shares = _time_share(done, start, end)
    tokens = ledger.output_tokens(done) * np.where(
        done.stream, _event_share(done, start, end), shares
    )
    begin = float(np.nanmin(columns.sent_ns))
    return {
        "start_s": (start - begin) / 1e9,
        "end_s": (end - begin) / 1e9,
        "request_throughput_rps": float(shares.sum()) / seconds,
        "output_throughput_tok_s": (
            None if np.isnan(tokens).any() else float(tokens.sum()) / seconds
        ),
    }


def plateau(sent_ns: Floats, end_ns: Floats) -> tuple[float, float]:
    """Start and end of the plateau of the load that these requests make together."""
    instants = np.concatenate((end_ns, sent_ns))  # at equal times a slot is freed, then taken
    steps = np.concatenate((np.full(len(end_ns), -1), np.full(len(sent_ns), 1)))
    order = np.argsort(instants, kind="stable")
    instants, in_flight = instants[order], np.cumsum(steps[order])
    last_sent = float(sent_ns.max())
    lasting = np.diff(np.minimum(instants, last_sent))
    level = _median(in_flight[:-1].astype(np.float64), lasting)
    return float(instants[np.argmax(in_flight >= level)]), last_sent


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(passed, passed[-1] / 2)])


def _time_share(columns: Columns, start: float, end: float) -> Floats:
    inside = np.minimum(columns.end_ns, end) - np.maximum(columns.sent_ns, start)
    whole = np.maximum(columns.end_ns - columns.sent_ns, 1.0)
    return np.clip(inside / whole, 0.0, 1.0)


def _event_share(columns: Columns, start: float, end: float) -> Floats:
    inside = (columns.first_ns > start) & (columns.last_ns <= end)
    outside = (columns.last_ns <= start) | (columns.first_ns > end)
    share = inside.astype(np.float64)
    cut: Bools = ~(inside | outside | np.isnan(columns.first_ns))
    share[cut] = _counted_share(columns.select(cut), start, end)
    return share


def _counted_share(columns: Columns, start: float, end: float) -> Floats:
    """Share of each request's events in the window, event by event, in slices to bound memory."""
    shares = np.zeros(len(columns))
    for low in range(0, len(columns), _SLICE):
        high = min(low + _SLICE, len(columns))
        stamps = columns.event_ns(low, high)
        events = columns.events[low:high]
        counts = np.concatenate(([0], np.cumsum((stamps > start) & (stamps <= end))))
        spans = offsets_of(events)
        shares[low:high] = (counts[spans[1:]] - counts[spans[:-1]]) / events
    return shares
