"""Tests that may be looked at after every request: how strongly what was seen so far speaks for a
share or a mean being within its limit, and how strongly against.

The strength is the logarithm of an e-value, a number that exceeds 1/alpha with probability alpha at
most if the opposite is true, however often one looks (Ville 1939): so whoever stops as soon as it
passes log(1/alpha) errs with probability alpha at most.

- A share: mixtures of Wald's likelihood ratios (Wald 1945; Robbins 1970) of shares within the
  limit, 0 among them, and of shares beyond it, each against the limit itself.
- A mean: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
  (2021), solved for its alpha. It asks for no bound on the values.

Requests that ran side by side are alike, so the variance is that of batches of them (batch means,
Conway 1963): a share's counts are divided by how much larger it is than that of single requests,
a mean's is used as it is. A service that lets every 17th request wait makes batches that differ
less than those of chance: the counts are then divided by less than 1, as far as that is sure. Pure
arithmetic; knows no request and no unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LESS = (8, 4, 2, 1.4, 1.2)
"""By how much smaller the odds of the shares within the limit are that are considered, beside 0;"""
_MORE = (1.2, 1.4, 2, 4, 8, 16, 32, 64, 128)
"""by how much larger those of the shares beyond it."""
_TUNED_FOR = 50
"""Requests at which the test of a mean is the sharpest,"""
_TUNED_AT = 0.01
"""and the alpha for which it is."""
_BATCHES = 4
"""Batches at least, to know a variance by;"""
_BATCHES_TO_GAIN = 16
"""to know that it is less than that of chance: a few batches are alike by chance."""
_LEAST_EFFECT = 0.1
"""No request counts for more than ten."""
_SURE = -3.09
"""Point of the normal law below which one in a thousand lies."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How strongly something speaks for both sides, in natural logarithms of e-values."""

    seen: float | None
    """The share or the mean itself."""
    within: float
    beyond: float


def share_strength(misses: NDArray[np.float64], allowed: float, alike: int = 1) -> Strength:
    """For the share of ones being at most ``allowed``, and for its being more.

    Args:
        misses: 0 and 1, in the order of sending.
        allowed: above 0 and below 1.
        alike: requests that ran side by side.
    """
    count = len(misses)
    if not count:
        return Strength(None, -math.inf, -math.inf)
    seen = float(misses.mean())
    size = count / _effect(misses, seen, alike) if 0 < seen < 1 else count
    odds = allowed / (1 - allowed)
    less = [0.0, *(_share(odds / times) for times in _LESS)]
    more = [_share(odds * times) for times in _MORE]
    # Half of the weight on 0: what meets a limit mostly meets it with every request.
    within = [math.log(0.5), *[math.log(0.5 / len(_LESS))] * len(_LESS)]
    return Strength(
        seen,
        _mixed([w + _ratio(p, allowed, seen, size) for w, p in zip(within, less, strict=True)]),
        _mixed([_ratio(p, allowed, seen, size) - math.log(len(more)) for p in more]),
    )


def mean_strength(values: NDArray[np.float64], most: float, alike: int = 1) -> Strength:
    """For the mean of values being at most ``most``, and for its being more."""
    count = len(values)
    if not count:
        return Strength(None, -math.inf, -math.inf)
    seen = float(values.mean())
    if count < 2:
        return Strength(seen, -math.inf, -math.inf)
    spread = _long_run_variance(values, alike)
    tuned = (-2 * math.log(_TUNED_AT) + math.log(1 - 2 * math.log(_TUNED_AT))) / _TUNED_FOR
    grown = count * tuned + 1
    distance = (seen - most) ** 2
    if distance == 0:
        return Strength(seen, -math.inf, -math.inf)
    exponent = math.inf if spread == 0 else distance * count**2 * tuned / (2 * spread * grown)
    strength = math.log(2) - math.log(grown) / 2 + _log_less_one(exponent)
    within = strength if seen < most else -math.inf
    return Strength(seen, within, strength if seen > most else -math.inf)


def _effect(misses: NDArray[np.float64], seen: float, alike: int) -> float:
    """How much larger the variance of batches is than that of as many independent requests.

    Less than 1 only as far as the upper bound of the batches' own variance is (99.9 %,
    chi-squared), and where many batches have a miss each: rare ones fall apart by chance.
    """
    single = seen * (1 - seen)
    found = _batch_means(misses, alike)
    if found is None:
        return max(1.0, float(misses.var(ddof=1)) / single)
    size, means = found
    ratio = size * float(means.var(ddof=1)) / single
    if ratio >= 1 or size * seen < 1 or len(means) < _BATCHES_TO_GAIN:
        return max(1.0, ratio)
    free = len(means) - 1
    # Wilson and Hilferty's approximation (1931) of a point of chi-squared.
    least = max(0.0, 1 - 2 / (9 * free) + _SURE * math.sqrt(2 / (9 * free))) ** 3
    return min(1.0, max(_LEAST_EFFECT, ratio / least)) if least else 1.0


def _share(odds: float) -> float:
    return odds / (1 + odds)


def _ratio(share: float, allowed: float, seen: float, size: float) -> float:
    """Logarithm of the likelihood of ``share`` against that of ``allowed``."""
    if share == 0.0 and seen > 0:
        return -math.inf
    ones = seen * math.log(share / allowed) if seen else 0.0
    zeros = (1 - seen) * (math.log1p(-share) - math.log1p(-allowed)) if seen < 1 else 0.0
    return size * (ones + zeros)


def _mixed(logs: list[float]) -> float:
    most = max(logs)
    return most if math.isinf(most) else most + math.log(sum(math.exp(x - most) for x in logs))


def _log_less_one(exponent: float) -> float:
    """log(exp(x) - 1), for x above 0."""
    return exponent if exponent > 30 else math.log(math.expm1(exponent))


def _long_run_variance(values: NDArray[np.float64], alike: int) -> float:
    """Variance of a sum of values by its length: that of single values where they are not alike."""
    single = float(values.var(ddof=1))
    if (found := _batch_means(values, alike)) is None:
        return single
    size, means = found
    return max(single, size * float(means.var(ddof=1)))


def _batch_means(values: NDArray[np.float64], alike: int) -> tuple[int, NDArray[np.float64]] | None:
    """How many values each batch has, and the batches' means; ``None`` for less than two."""
    count = len(values)
    size = max(math.isqrt(count), alike)
    size = max(1, min(size, count // _BATCHES))
    batches = count // size
    if batches < 2:
        return None
    return size, values[: batches * size].reshape(batches, size).mean(axis=1)
