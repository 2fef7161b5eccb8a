"""What chance allows: the normal distribution, Student's t, and Holm's correction.

Owns what every test and interval of perfbench shares, for evaluations and load tests alike. Knows
nothing of what is tested. Pure arithmetic without numpy, so that a store or a display may ask.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

Z = 1.959963984540054
"""97.5 % quantile of the normal distribution: every interval here is a 95 % interval."""

SIGNIFICANCE = 0.05
"""A difference is called real if its p value, corrected for how many were looked at, is below."""

_NORMAL_FROM = 1e6
"""Degrees of freedom from which Student's t is taken for normal: its quantiles differ by 1e-6."""
_TINY = 1e-300


@lru_cache(maxsize=4096)
def student_quantile(freedom: float, level: float = 0.975) -> float:
    """The value below which Student's t lies with probability ``level`` (0.5 to below 1).

    Args:
        freedom: degrees of freedom, above 0; they need not be whole.
    """
    value = NormalDist().inv_cdf(level)
    if freedom >= _NORMAL_FROM:
        return value
    half = (freedom + 1) / 2
    front = math.exp(math.lgamma(half) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    # Newton's method. The normal quantile lies below, and the tail beyond falls ever more slowly:
    # no step leads too far.
    for _ in range(200):
        density = front * math.exp(-half * math.log1p(value * value / freedom))
        step = (student_outside(value, freedom) / 2 - (1 - level)) / density
        value += step
        if step <= 1e-14 * value:
            break
    return value


def student_outside(value: float, freedom: float) -> float:
    """Probability that Student's t lies farther from 0 than ``value``: a two-sided p value."""
    if freedom >= _NORMAL_FROM:
        return math.erfc(abs(value) / math.sqrt(2))
    square = value * value
    whole = freedom + square
    return _incomplete_beta(freedom / 2, 0.5, freedom / whole, square / whole)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p values corrected for testing several hypotheses at once (Holm 1979); unknown stays so."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        corrected[index] = highest
    return corrected


def _incomplete_beta(a: float, b: float, x: float, beyond: float) -> float:
    """The regularised incomplete beta function at ``x``, which is ``1 - beyond``.

    By its continued fraction (DLMF 8.17.22) on the side where that converges fast. Both distances
    are given: large degrees of freedom would round one away, far tails of few the other.
    """
    if beyond <= 0:
        return 1.0
    if x <= 0:
        return 0.0
    front = math.exp(
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * (math.log(x) if x < beyond else math.log1p(-beyond))
        + b * (math.log(beyond) if beyond < x else math.log1p(-x))
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, beyond) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction, by Lentz's method (Thompson and Barnett 1986)."""
    upper, lower = 1.0, _away_from_0(1 - (a + b) * x / (a + 1))
    lower = 1 / lower
    value = lower
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            lower = 1 / _away_from_0(1 + term * lower)
            upper = _away_from_0(1 + term / upper)
            value *= upper * lower
        if abs(upper * lower - 1) < 1e-15:
            break
    return value


def _away_from_0(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
