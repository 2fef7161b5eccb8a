"""Distributions: mean, spread and percentiles of a sample, and which of them it can support.

Percentiles are interpolated linearly between order statistics (numpy's default, type 7 of Hyndman
and Fan 1996). Knows nothing of what the values mean; units are the caller's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.types import Distribution

PERCENTILES: dict[str, float] = {
    "p1": 0.01,
    "p5": 0.05,
    "p10": 0.10,
    "p25": 0.25,
    "p50": 0.50,
    "p75": 0.75,
    "p90": 0.90,
    "p95": 0.95,
    "p99": 0.99,
    "p99.9": 0.999,
}
"""Every percentile of a distribution, and the share of values below it."""

KEYS = ("mean", "std", "min", *PERCENTILES, "max", "count")
"""The keys of a distribution, in order."""

CONFIDENCE = 0.95
_CHUNK = 1 << 16


def distribution(values: NDArray[Any], scale: float = 1.0) -> Distribution:
    """Describe the values that are known (not NaN), each multiplied by ``scale``.

    ``std`` is that of the sample itself (divided by n). All but ``count`` are ``None`` if nothing
    is known. Takes one copy of ``values``, in their own type.
    """
    ordered = np.sort(values)  # NaN sorts last
    if ordered.dtype.kind == "f":
        # A NaN of the array's own type: any other makes numpy convert the whole array first.
        ordered = ordered[: ordered.searchsorted(ordered.dtype.type(np.nan))]
    count = len(ordered)
    if count == 0:
        return {key: None for key in KEYS} | {"count": 0}
    mean = float(ordered.mean(dtype=np.float64))
    result: Distribution = {
        "mean": mean * scale,
        "std": _deviation(ordered, mean) * scale,
        "min": float(ordered[0]) * scale,
    }
    for name, share in PERCENTILES.items():
        result[name] = _quantile(ordered, share) * scale
    return result | {"max": float(ordered[-1]) * scale, "count": count}


def unsupported(count: int) -> list[str]:
    """The percentiles that a sample of this size cannot support; none of an empty one.

    A percentile counts as supported if a 95 % confidence bound for it exists inside the sample,
    that is, if with that probability at least one value lies beyond it: ``1 - p**n >= 0.95``
    (Wilks 1941, "Determination of sample sizes for setting tolerance limits"). That takes 29 values
    for p90, 59 for p95, 299 for p99 and 2995 for p99.9; with fewer the figure is little more than
    the largest value. Low percentiles mirror high ones.
    """
    if count == 0:
        return []
    highest = supported_share(count)
    return [name for name, share in PERCENTILES.items() if max(share, 1 - share) > highest]


def supported_share(count: int) -> float:
    """The highest percentile, as a share, that a sample of ``count`` > 0 supports."""
    return float((1 - CONFIDENCE) ** (1 / count))


def highest_supported(count: int) -> str:
    """The highest percentile up to p99 that a sample of this size supports; the median of the
    smallest samples, which support none."""
    unfit = unsupported(count)
    return next((name for name in ("p99", "p95", "p90", "p75") if name not in unfit), "p50")


def _quantile(ordered: NDArray[Any], share: float) -> float:
    position = share * (len(ordered) - 1)
    below = int(position)
    low = float(ordered[below])
    high = float(ordered[min(below + 1, len(ordered) - 1)])
    return low + (high - low) * (position - below)


def _deviation(values: NDArray[Any], mean: float) -> float:
    """Two passes in chunks: exact, and without a float64 copy of 100 million gaps."""
    squares = 0.0
    for start in range(0, len(values), _CHUNK):
        off = values[start : start + _CHUNK].astype(np.float64) - mean
        # Not np.dot: its threads go on spinning, and their CPU would count as the client's.
        squares += float((off * off).sum())
    return float(np.sqrt(squares / len(values)))
