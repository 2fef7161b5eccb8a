"""How well a mean is known whose values depend on each other, as those of requests in a queue do.

Requests that are near each other in the order of sending met the same queue and shared the same
steps of the service: to take them for independent makes intervals too narrow. The stationary
bootstrap draws blocks of neighbours, of random lengths about a mean, in place of single values
(Politis and Romano 1994, "The Stationary Bootstrap"). The variance of a resampled mean is known in
closed form (their Lemma 1), so nothing is drawn here: the result is what infinitely many resamples
would give, the same every time, and costs a Fourier transform. The mean length of a block is chosen
from the data (Politis and White 2004, "Automatic Block-Length Selection for the Dependent
Bootstrap", with the correction of Patton, Politis and White 2009).

Pure, on one series in its order; knows no requests and no metrics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from perfbench.metrics.columns import Floats

MIN_VALUES = 20
"""Of a shorter series nothing is said: it does not show how its values depend on each other."""

_SIGNIFICANT = 2.0
"""Autocorrelations within this times sqrt(log10(n) / n) of 0 count as none (Politis and White)."""


@dataclass(frozen=True, slots=True)
class MeanError:
    """How well the mean of a series is known."""

    variance: float
    """Of the mean."""
    freedom: float
    """Degrees of freedom of that variance, for Student's t: about n / block."""
    block: float
    """Mean length of a block: 1 where the values are independent."""


def mean_error(values: Floats, at_least: float = 1.0) -> MeanError | None:
    """The variance of the mean of a series under the stationary bootstrap.

    Args:
        values: in their order; none is NaN.
        at_least: shortest mean length of a block.

    Returns:
        ``None`` if there are fewer than ``MIN_VALUES``.
    """
    n = len(values)
    if n < MIN_VALUES:
        return None
    covariances = _autocovariances(values)
    if covariances[0] <= 0:
        return MeanError(0.0, n - 1.0, 1.0)
    block = min(max(block_length(covariances), at_least), n / 4)
    lags = np.arange(1, n)
    # Blocks go on from the last value to the first, so lag i meets lag n - i.
    keep = 1 - 1 / block
    weights = (1 - lags / n) * keep**lags + lags / n * keep ** (n - lags)
    total = float(covariances[0] + 2 * (weights * covariances[1:]).sum())
    # About their own mean values vary too little, the more so the fewer blocks there are.
    seen = 1 - (1 + 2 * float(((1 - lags / n) * weights).sum())) / n
    variance = max(total, covariances[0] / n) / n / max(seen, 0.5)
    freedom = n / (1 + 2 * float((weights**2).sum())) - 1
    return MeanError(float(variance), max(freedom, 1.0), block)


def block_length(covariances: Floats) -> float:
    """The mean length of blocks with which the variance of the mean is estimated best.

    Args:
        covariances: at lags 0 to n - 1, each a sum of products over n.
    """
    n = len(covariances)
    quiet = max(5, math.ceil(math.sqrt(math.log10(n))))
    longest = min(math.ceil(math.sqrt(n)) + quiet, n - 1)
    bound = _SIGNIFICANT * math.sqrt(math.log10(n) / n)
    correlated = np.abs(covariances[1 : longest + 1]) > covariances[0] * bound
    last = _last_before_quiet(correlated, quiet)
    lags = np.arange(-min(2 * last, longest), min(2 * last, longest) + 1)
    window = np.minimum(1.0, 2 * (1 - np.abs(lags) / max(2 * last, 1)))
    chosen = window * covariances[np.abs(lags)]
    slope = float((np.abs(lags) * chosen).sum())
    spectrum = float(chosen.sum())
    if spectrum <= 0:
        return 1.0
    length = (2 * slope**2 / (2 * spectrum**2)) ** (1 / 3) * n ** (1 / 3)
    return float(min(max(length, 1.0), math.ceil(min(3 * math.sqrt(n), n / 3))))


def _last_before_quiet(correlated: np.ndarray, quiet: int) -> int:
    """The lag after which ``quiet`` lags in a row are uncorrelated; the last correlated one if no
    such row is in sight, 0 if the first lag begins one."""
    run = 0
    for lag, is_correlated in enumerate(correlated, start=1):
        run = 0 if is_correlated else run + 1
        if run == quiet:
            return lag - quiet
    found = np.flatnonzero(correlated)
    return int(found[-1]) + 1 if len(found) else 0


def _autocovariances(values: Floats) -> Floats:
    """At lags 0 to n - 1, each the sum of products divided by n."""
    n = len(values)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(values - values.mean(), size)
    found: Floats = np.fft.irfft(np.abs(spectrum) ** 2, size)[:n] / n
    return found
