"""GuideLLM's distributions: of values with weights, of a rate over time, of what is under way.

Formulas are those of ``DistributionSummary`` in ``guidellm/schemas/base/statistics.py``.
Percentiles are values at which the cumulated weight first reaches a share: no interpolation, the
median too. An empty sample has zeros and a count of 0, as there. Times are seconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from perfbench.metrics.columns import Floats

SHARES = {
    **{"p001": 0.001, "p01": 0.01, "p05": 0.05, "p10": 0.1, "p25": 0.25, "p50": 0.5},
    **{"p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999},
}
_NEAR_S = 1e-4
"""Times that are no farther apart count as one."""
_TINY = 1e-6


def of_values(values: Floats, weights: Floats | None = None, count: int | None = None) -> Any:
    """A summary of values (``from_values``); the count is the sum of weights unless given."""
    weights = np.ones(len(values)) if weights is None else weights
    if not len(values):
        return _summary(np.empty(0), np.empty(0), 0)
    count = round(float(weights.sum())) if count is None else count
    known, where = np.unique(values, return_inverse=True)
    together: Floats = np.bincount(where, weights, minlength=len(known)).astype(np.float64)
    known, together = known[together > 0], together[together > 0]
    if together.sum() <= _TINY:
        together = np.ones(len(known))
    return _summary(known, together / together.sum() if len(known) else together, count)


def of_rate(
    times_s: Floats, amounts: Floats, start_s: float | None = None, end_s: float | None = None
) -> Any:
    """A rate over time (``rate_distribution_from_timings``): each amount over half the time to its
    neighbours on both sides, weighted by that time."""
    if start_s is not None:
        kept = times_s >= start_s
        times_s = np.insert(times_s[kept], 0, start_s)
        amounts = np.insert(amounts[kept], 0, 0.0)
    if end_s is not None:
        kept = times_s <= end_s
        times_s, amounts = np.append(times_s[kept], end_s), np.append(amounts[kept], 0.0)
    times_s, amounts = _merged(times_s, amounts)
    if len(times_s) <= 1:
        return of_values(np.empty(0)) | {"count": 0}
    middles = (times_s[1:] + times_s[:-1]) / 2
    last = max(float(times_s[-1] - middles[-1]), _TINY)
    spans = np.concatenate(([middles[0] - times_s[0]], np.diff(middles), [last]))
    return of_values(amounts / spans, spans, round(float(amounts.sum())))


def of_concurrency(
    starts_s: Floats,
    ends_s: Floats,
    amounts: Floats,
    start_s: float | None = None,
    end_s: float | None = None,
) -> Any:
    """How much is under way over time (``concurrency_distribution_from_timings``)."""
    if start_s is not None and end_s is not None:
        kept = (ends_s >= start_s) & (starts_s <= end_s)
        starts_s, ends_s, amounts = starts_s[kept], ends_s[kept], amounts[kept]
    count = len(starts_s)
    times_s, changes = _merged(
        np.concatenate((starts_s, ends_s)), np.concatenate((amounts, -amounts))
    )
    if start_s is not None and len(times_s):
        place = int(np.searchsorted(times_s, start_s, side="left"))
        times_s = np.insert(times_s[place:], 0, start_s)
        changes = np.insert(changes[place:], 0, changes[:place].sum())
    if end_s is not None and len(times_s):
        place = int(np.searchsorted(times_s, end_s, side="right"))
        times_s, changes = np.append(times_s[:place], end_s), np.append(changes[:place], 0.0)
    under_way = np.clip(np.cumsum(changes), 0, None)
    if len(under_way) <= 1:
        return of_values(under_way[:count])
    spans = np.diff(times_s)
    if not (spans > 0).any():
        return of_values(np.empty(0)) | {"count": count}
    return of_values(under_way[:-1], spans, count)


def _merged(times_s: Floats, amounts: Floats) -> tuple[Floats, Floats]:
    """In order; those within :data:`_NEAR_S` of the first of a group become that one."""
    times_s, where = np.unique(times_s, return_inverse=True)
    amounts = np.bincount(where, amounts, minlength=len(times_s)).astype(np.float64)
    after = np.searchsorted(times_s, times_s + _NEAR_S, side="right").tolist()
    firsts, place = [], 0
    while place < len(after):
        firsts.append(place)
        place = after[place]
    if len(firsts) == len(times_s):
        return times_s, amounts
    return times_s[firsts], np.add.reduceat(amounts, firsts)


def _summary(values: Floats, shares: Floats, count: int) -> dict[str, Any]:
    """``from_pdf``: ``values`` in order, each with its share of the weight."""
    if not len(values):
        zeros = ("mean", "median", "mode", "variance", "std_dev", "min", "max")
        found: dict[str, Any] = dict.fromkeys(zeros, 0.0)
        percentiles = dict.fromkeys(SHARES, 0.0)
    else:
        places = np.searchsorted(np.cumsum(shares), list(SHARES.values()), side="left")
        # The sum of all shares may be a little below 1.
        at = values[np.minimum(places, len(values) - 1)]
        percentiles = dict(zip(SHARES, at.tolist(), strict=True))
        mean = float((values * shares).sum())
        variance = float(((values - mean) ** 2 * shares).sum())
        found = {
            "mean": mean,
            "median": percentiles["p50"],
            "mode": float(values[np.argmax(shares)]),
            "variance": variance,
            "std_dev": variance**0.5,
            "min": float(values[0]),
            "max": float(values[-1]),
        }
    return {
        **found,
        "count": count,
        "total_sum": found["mean"] * count,
        "percentiles": percentiles,
        "pdf": None,
        "mean_ci": None,
        "percentile_cis": None,
    }
