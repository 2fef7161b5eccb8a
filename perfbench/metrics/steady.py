"""The plateau of a point: where its load and its first-token times had settled, and the figures
there; whether the queue was still growing.

The load is the number of requests in flight, and the plateau ends before the system drains: with
the last send. Where it begins and ends is found by MSER, the window that minimises the squared
standard error of the mean (White, "An effective truncation heuristic for bias reduction in
simulation output", Simulation 69(6), 1997), here with both ends free, over time, and at least half
of it long. Its beginning then moves on to where MSER-5 (White, Cobb and Spratt, "A comparison of
five steady-state truncation heuristics for simulation", WSC 2000) cuts the first-token times, of
which ranks are taken, so that one slow answer decides nothing. What still has a trend in there is
no plateau (``trend``). Instants are float64 nanoseconds inside, seconds after the first send in
results.
"""

from __future__ import annotations

import math

import numpy as np

from perfbench.metrics import ledger
from perfbench.metrics.columns import OUTCOMES, Bools, Columns, Floats, offsets_of
from perfbench.metrics.definitions import METRICS, e2e, ttft
from perfbench.metrics.percentiles import distribution
from perfbench.metrics.trend import MOST_SLICES, Trend, slice_means, trend
from perfbench.types import Point, PointFacts, Steady

_SLICE = 10_000
_CANDIDATES = 256
"""Places where the plateau may begin or end, at most: no worse than 0.4% of the time."""
_LEAST_SHARE = 0.5
_BATCH = 5
_LEAST_BATCHES = 10
"""Fewer first-token times say nothing of when they settled."""

UNSETTLED_P = 0.001
UNSETTLED_RISE = 0.25
"""A trend in the plateau: how sure, and how much of its mean, for it not to be one."""
UNSETTLED_TTFT_MS = 1.0
GROWING_P = 0.01
GROWING_DEVIATIONS = 2.33
"""What must have been added to the queue for it to be said to grow, in standard deviations of the
number of Poisson arrivals in that time: the 1% point of what chance adds if the service carries
just what is asked."""
_FILLING = 10
"""One in so many requests, the first ones, tells how long the service takes to fill."""

UNKNOWN: dict[str, float | None] = {
    "start_s": None,
    "end_s": None,
    "request_throughput_rps": None,
    "output_throughput_tok_s": None,
}


def steady_state(
    point: Point, columns: Columns, done: Columns, facts: PointFacts | None = None
) -> tuple[dict[str, float | None], Steady]:
    """The rates in the plateau of a point, and what else is known of it.

    A request counts with the share of its time that lies in the window, its tokens with the share
    of its events that do; latencies are those of the requests sent in it. All is ``None`` if the
    plateau is shorter than a mean request, as then the window would be nothing but edges.

    Args:
        columns: every measured request; all of them are load.
        done: those that ended ``ok``; only they count.
        facts: when the point began; where that is unknown a load that changes is not judged.
    """
    stretch = _held(point, columns, facts)
    growing, queue = _queue(point, columns, stretch)
    window, why = _plateau_of(columns, done, stretch)
    if growing and point.parallel is None:
        window, why = None, ""  # What is in flight grew with it.
    if window is None:
        return dict(UNKNOWN), Steady(0, {}, growing, " ".join(filter(None, (queue, why))))
    start, end = window
    seconds = (end - start) / 1e9
    shares = _time_share(done, start, end)
    tokens = ledger.output_tokens(done) * np.where(
        done.stream, _event_share(done, start, end), shares
    )
    begin = float(np.nanmin(columns.sent_ns))
    rates = {
        "start_s": (start - begin) / 1e9,
        "end_s": (end - begin) / 1e9,
        "request_throughput_rps": float(shares.sum()) / seconds,
        "output_throughput_tok_s": (
            None if np.isnan(tokens).any() else float(tokens.sum()) / seconds
        ),
    }
    inside = done.select((done.sent_ns >= start) & (done.sent_ns <= end))
    metrics = {
        name: distribution(metric.values(inside), metric.scale) for name, metric in METRICS.items()
    }
    return rates, Steady(len(inside), metrics, growing, queue)


def _held(point: Point, columns: Columns, facts: PointFacts | None) -> tuple[float, float]:
    """The longest stretch at one planned load, beginning and end; a load that has no stages is one
    throughout."""
    if not point.stages:
        return -math.inf, math.inf
    if facts is None or facts.start_ns is None or np.isnan(columns.sent_ns).all():
        return 0.0, 0.0
    zero = float(facts.start_ns - columns.origin_ns)
    last_s = point.duration_s or (float(np.nanmax(columns.sent_ns)) - zero) / 1e9
    begin_s, end_s = point.profile.steady(last_s)
    return zero + begin_s * 1e9, zero + end_s * 1e9


def _plateau_of(
    columns: Columns, done: Columns, held: tuple[float, float]
) -> tuple[tuple[float, float] | None, str]:
    """The window, or why there is none."""
    sent = ~(np.isnan(columns.sent_ns) | np.isnan(columns.end_ns))
    if not len(done) or not sent.any():
        return None, "Nothing succeeded."
    sent_ns, end_ns = columns.sent_ns[sent], columns.end_ns[sent]
    if not ((sent_ns >= held[0]) & (sent_ns <= held[1])).any():
        return None, "No plateau: the load was never planned to hold."
    start, end = plateau(sent_ns, end_ns, held)
    start = max(start, _settled_ns(done, start, end))
    lasted = float((done.end_ns - done.sent_ns).mean())
    if end - start < lasted or end <= start:
        return None, "No plateau: the load never held for as long as a request takes."
    slices = int((end - start) / lasted)
    level = trend(slice_means(*_in_flight(sent_ns, end_ns), start, end, slices))
    if _drifts(level, 0.0):
        return None, f"No plateau: requests in flight {_from_to(level)} in its best half."
    waits, at = _waits(done)
    kept = (at >= start) & (at <= end)
    first = trend(_binned(at[kept], waits[kept], start, end, slices))
    if _drifts(first, UNSETTLED_TTFT_MS * 1e6):
        return None, "No plateau: first-token times were still changing."
    return (start, end), ""


def _drifts(found: Trend | None, least: float) -> bool:
    if found is None or found.p >= UNSETTLED_P:
        return False
    return abs(found.rise) > max(least, UNSETTLED_RISE * found.middle)


def _from_to(found: Trend | None) -> str:
    assert found is not None
    how = "rose" if found.rise > 0 else "fell"
    before, after = (found.middle + sign * found.rise / 2 for sign in (-1, 1))
    return f"{how} from about {max(0.0, before):.0f} to {max(0.0, after):.0f}"


def _waits(done: Columns) -> tuple[Floats, Floats]:
    """First-token times (or whole answers, where nothing streams), and when they were sent."""
    waits = ttft(done)
    if np.isnan(waits).all():
        waits = e2e(done)
    known = ~np.isnan(waits)
    return waits[known], done.sent_ns[known]


def _settled_ns(done: Columns, start: float, end: float) -> float:
    """From when on first-token times are as they stay, by MSER-5 on their ranks."""
    waits, at = _waits(done)
    kept = (at >= start) & (at <= end)
    waits, at = waits[kept], at[kept]
    order = np.argsort(at, kind="stable")
    batches = len(waits) // _BATCH
    if batches < _LEAST_BATCHES:
        return start
    ranks = np.unique(waits[order], return_inverse=True)[1].astype(np.float64)
    means = ranks[: batches * _BATCH].reshape(batches, _BATCH).mean(axis=1)
    # Sums of what is left after each truncation.
    left = np.arange(batches, 0, -1)
    total = np.cumsum(means[::-1])[::-1]
    squares = np.cumsum((means**2)[::-1])[::-1]
    error = np.maximum(0.0, squares - total**2 / left) / left.astype(np.float64) ** 2
    cut = int(np.argmin(error[: batches // 2]))
    return start if cut == 0 else float(at[order][cut * _BATCH])


def _in_flight(sent_ns: Floats, end_ns: Floats) -> tuple[Floats, Floats]:
    """Instants at which the number in flight changes, and the number from each on."""
    instants = np.concatenate((end_ns, sent_ns))  # at equal times a slot is freed, then taken
    steps = np.concatenate((np.full(len(end_ns), -1.0), np.full(len(sent_ns), 1.0)))
    order = np.argsort(instants, kind="stable")
    return instants[order], np.cumsum(steps[order])


def plateau(
    sent_ns: Floats, end_ns: Floats, held: tuple[float, float] = (-math.inf, math.inf)
) -> tuple[float, float]:
    """Start and end of the plateau of the load that these requests make together; it lies within
    ``held`` and the first and the last send."""
    instants, level = _in_flight(sent_ns, end_ns)
    last = min(float(sent_ns.max()), held[1])
    instants = np.clip(instants, max(float(sent_ns.min()), held[0]), last)
    lasting = np.diff(instants)
    level = level[:-1] - np.median(level)  # near 0, so that squares keep their digits
    first = np.concatenate(([0.0], np.cumsum(level * lasting)))
    second = np.concatenate(([0.0], np.cumsum(level**2 * lasting)))
    places = np.unique(instants, return_index=True)[1]
    if len(places) > _CANDIDATES:
        even = np.linspace(instants[0], last, _CANDIDATES)
        places = np.unique(np.searchsorted(instants, even).clip(0, len(instants) - 1))
    at, first, second = instants[places], first[places], second[places]
    length = at[None, :] - at[:, None]
    whole = at[-1] - at[0]
    if whole <= 0:
        return float(at[0]), last
    allowed = length >= _LEAST_SHARE * whole
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (second[None, :] - second[:, None]) - (
            first[None, :] - first[:, None]
        ) ** 2 / length
        error = np.where(allowed, np.maximum(spread, 0.0) / length**2, np.inf)
    least = error.min()
    # Of windows that are as good the longest: without noise there are many.
    good = error <= least + 1e-9 * error[0, -1]
    begin, end = np.unravel_index(int(np.argmax(np.where(good, length, -1.0))), length.shape)
    return float(at[begin]), float(at[end])


def _queue(point: Point, columns: Columns, held: tuple[float, float]) -> tuple[bool | None, str]:
    """Whether what was due and not done grew while the planned rate was ``held``, and what to say
    of it; ``None`` in a closed loop, whose load waits for the service."""
    if point.rate is None:
        return None, ""
    known = ~(np.isnan(columns.due_ns) | np.isnan(columns.end_ns))
    due, over = columns.due_ns[known], columns.end_ns[known]
    # What we cut would have taken longer still; how long nobody knows.
    cut = columns.outcome[known] == OUTCOMES.index("cancelled")
    waited = np.where(cut, np.inf, over - due)
    if not len(due):
        return None, ""
    begin, end = max(float(due.min()), held[0]), min(float(due.max()), held[1])
    inside = (due >= begin) & (due <= end)
    if not inside.any():
        return None, ""
    # What fills an idle service is no queue yet: that takes as long as its first requests do.
    first = np.sort(due[inside])[int(inside.sum()) // _FILLING]
    full = begin + float(np.quantile(waited[inside & (due <= first)], 0.9, method="higher"))
    if full - begin > (end - begin) / 2:
        return None, ""
    begin, inside = full, inside & (due >= full)
    backlog = trend(slice_means(*_in_flight(due, over), begin, end, MOST_SLICES))
    if not (inside & ~cut).any():
        return None, ""
    known_end = float(due[inside & ~cut].max())
    slices = _binned(due[inside], waited[inside], begin, known_end, MOST_SLICES)
    waits = trend(slices[np.isfinite(slices)])
    if backlog is None or waits is None:
        return None, ""
    arrived = int(inside.sum())
    rises = backlog.rise > GROWING_DEVIATIONS * math.sqrt(arrived) and waits.rise > 0
    if not rises or max(backlog.p, waits.p) >= GROWING_P:
        return False, ""
    seconds = (end - begin) / 1e9
    too_much = _too_much(point, columns.select(known), inside & ~cut)
    ended = int((~cut & (over >= begin) & (over <= end)).sum())
    before, after = (max(0.0, backlog.middle + sign * backlog.rise / 2) for sign in (-1, 1))
    return True, (
        f"The queue was still growing, from about {before:,.0f} requests to {after:,.0f} in "
        f"{seconds:,.0f} s, as {arrived / seconds:,.3g} arrived each second and "
        f"{ended / seconds:,.3g} ended: {too_much}, so that "
        "latencies depend on how long the run lasted."
    )


def _too_much(point: Point, columns: Columns, done: Bools) -> str:
    """What a load that queues is too much for: the service, or the bound on what is in flight."""
    held = columns.sent_ns[done] - columns.due_ns[done]
    waited = columns.end_ns[done] - columns.due_ns[done]
    if point.parallel and np.nanmedian(held) > np.nanmedian(waited) / 2:
        return f"requests waited here, as --parallel {point.parallel} lets no more through"
    return "more load than the service carries"


def _binned(at: Floats, values: Floats, start: float, end: float, slices: int) -> Floats:
    """Median of the values in each slice of time, without slices that have none."""
    count = min(slices, MOST_SLICES)
    if count < 1 or not len(at):
        return np.empty(0)
    places = np.clip(((at - start) / (end - start) * count).astype(np.int64), 0, count - 1)
    found = [values[places == place] for place in range(count)]
    return np.array([float(np.median(each)) for each in found if len(each)])


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
