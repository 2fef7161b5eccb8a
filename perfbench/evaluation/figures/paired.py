"""Is a paired difference real: tests and intervals on differences of the same samples.

Differences are second minus first, one for each sample; samples are independent. Everything here is
deterministic: draws come from a seed, and the order of the differences does not matter. Knows
nothing of answers or runs. ``docs/accuracy.md`` gives formulas and sources.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.chance import Z

RESAMPLES = 10_000
"""Draws of a bootstrap or of a randomisation test."""

Interval = tuple[float, float]

_CHUNK = 1 << 22
_EXACT_UP_TO = 20_000


def mcnemar(lost: int, gained: int) -> float:
    """Exact two-sided p of McNemar's test (1947).

    Under the hypothesis of no difference the samples that changed went either way like a fair
    coin: twice the smaller tail of the binomial distribution, at most 1.

    Args:
        lost: samples right in the first run and wrong in the second.
        gained: samples wrong in the first run and right in the second.
    """
    changed = lost + gained
    term, tail = 1, 0
    for i in range(min(lost, gained) + 1):
        tail += term
        term = term * (changed - i) // (i + 1)
    return min(1.0, 2 * tail / (1 << changed))


def bonett_price(lost: int, gained: int, samples: int) -> Interval:
    """95 % interval for the difference of two paired shares (Bonett and Price 2012).

    Wald's interval after one imagined sample was added to each kind of change; it has a width even
    where nothing changed.
    """
    size = samples + 2
    up, down = (gained + 1) / size, (lost + 1) / size
    half = Z * math.sqrt((up + down - (up - down) ** 2) / size)
    low, high = _around((gained - lost) / samples, up - down - half, up - down + half)
    return max(-1.0, low), min(1.0, high)


def sign_flip(differences: Sequence[float], seed: int = 0, draws: int = RESAMPLES) -> float:
    """Two-sided p of the paired randomisation test on the mean (Fisher 1935).

    Under the hypothesis of no difference each sample's difference could as well have the other
    sign. All sign patterns are enumerated where they are few, else ``draws`` of them are drawn
    (then p is at least 1 / (draws + 1)). For 0/1 verdicts it is McNemar's exact test.
    """
    sizes, times = np.unique(np.abs(np.asarray(differences, dtype=np.float64)), return_counts=True)
    sizes, times = sizes[sizes > 0], times[sizes > 0]
    # Rounding in sums must not make an equal total look smaller than what was seen.
    seen = abs(math.fsum(differences)) - 1e-9 * float(np.dot(sizes, times))
    if math.prod(int(each) + 1 for each in times) <= _EXACT_UP_TO:
        totals, chances = np.zeros(1), np.ones(1)
        for size, number in zip(sizes, times, strict=True):
            ups = np.arange(number + 1)
            totals = np.add.outer(totals, size * (2.0 * ups - number)).ravel()
            chances = np.multiply.outer(chances, _coin(int(number))).ravel()
        return min(1.0, math.fsum(chances[np.abs(totals) >= seen]))
    random = np.random.default_rng(seed)
    totals = np.zeros(draws)
    for size, number in zip(sizes, times, strict=True):
        totals += size * (2.0 * random.binomial(number, 0.5, size=draws) - number)
    return (1 + int(np.count_nonzero(np.abs(totals) >= seen))) / (draws + 1)


def bootstrap(
    differences: Sequence[float], seed: int = 0, draws: int = RESAMPLES
) -> Interval | None:
    """95 % interval for the mean difference: bootstrap over samples, BCa (Efron 1987).

    ``None`` if all differences are the same, or there is only one: then nothing tells how others
    would differ.
    """
    values = np.sort(np.asarray(differences, dtype=np.float64))
    largest = float(np.abs(values).max(initial=0.0))
    if len(values) < 2 or values[-1] - values[0] <= 1e-12 * largest:
        return None
    mean = math.fsum(values) / len(values)
    means = _resampled_means(values, seed, draws)
    normal = NormalDist()
    # Half of the resamples that meet the mean count as below it; their scale absorbs rounding.
    slack = 1e-12 * largest
    below = np.count_nonzero(means < mean - slack)
    beside = np.count_nonzero(np.abs(means - mean) <= slack)
    share = (float(below) + 0.5 * float(beside)) / draws
    bias = normal.inv_cdf(min(max(share, 0.5 / draws), 1 - 0.5 / draws))
    off = (values - mean) / largest
    skew = float((off**3).sum()) / (6 * float((off**2).sum()) ** 1.5)
    ends = []
    for quantile in (-Z, Z):
        shifted = bias + quantile
        level = normal.cdf(bias + shifted / (1 - skew * shifted))
        ends.append(float(np.quantile(means, level)))
    return _around(mean, ends[0], ends[1])


def _coin(number: int) -> NDArray[Any]:
    """Probabilities of 0 to ``number`` heads in so many throws of a fair coin."""
    ways = [1]
    for heads in range(number):
        ways.append(ways[-1] * (number - heads) // (heads + 1))
    return np.array([each / (1 << number) for each in ways])


def _resampled_means(values: NDArray[Any], seed: int, draws: int) -> NDArray[Any]:
    random = np.random.default_rng(seed)
    rows = max(1, _CHUNK // len(values))
    parts = []
    for start in range(0, draws, rows):
        shape = (min(rows, draws - start), len(values))
        picks = random.integers(0, len(values), size=shape, dtype=np.int32)
        parts.append(values[picks].mean(axis=1))
    return np.concatenate(parts)


def _around(value: float, low: float, high: float) -> Interval:
    """The interval, made to hold the estimate where rounding or few resamples put it outside."""
    return min(low, value), max(high, value)
