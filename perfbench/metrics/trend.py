"""Whether figures over time have a trend: the Mann-Kendall test on slices that hardly depend on
each other, and the rise by Theil and Sen's slope.

Mann (1945) and Kendall (1975) for the test, Sen (1968) for the slope; neither asks for a law of the
figures, and one outlier decides nothing. Slices are as long as a request or longer, as shorter ones
would share their requests. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from perfbench.metrics.columns import Floats

LEAST_SLICES = 8
"""Fewer tell no trend from chance."""
MOST_SLICES = 20


@dataclass(frozen=True, slots=True)
class Trend:
    """How figures moved from the first slice to the last."""

    p: float
    """Probability of a trend at least as clear, in either direction, if there is none."""
    rise: float
    """From the first slice to the last, in the unit of the figures; below 0 where they fell."""
    middle: float
    """Their median."""


def trend(values: Floats) -> Trend | None:
    """The trend of values in order; ``None`` if they are too few."""
    n = len(values)
    if n < LEAST_SLICES:
        return None
    low, high = np.triu_indices(n, 1)
    steps = values[high] - values[low]
    score = float(np.sign(steps).sum())
    ties = np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    z = max(0.0, abs(score) - 1) / math.sqrt(variance) if variance > 0 else 0.0
    slope = float(np.median(steps / (high - low)))
    return Trend(math.erfc(z / math.sqrt(2)), slope * (n - 1), float(np.median(values)))


def slice_means(instants: Floats, level: Floats, start: float, end: float, slices: int) -> Floats:
    """Mean over time of a level that changes at ``instants``, in so many equal slices of a window
    at most, exact."""
    count = min(slices, MOST_SLICES)
    if count < 1 or end <= start:
        return np.empty(0)
    area = np.concatenate(([0.0], np.cumsum(level[:-1] * np.diff(instants))))
    edges = np.linspace(start, end, count + 1)
    means: Floats = np.diff(np.interp(edges, instants, area)) / np.diff(edges)
    return means
