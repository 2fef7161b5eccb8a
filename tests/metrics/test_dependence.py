"""How well a mean is known whose values depend on each other: against drawn resamples and truth."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest

from perfbench.chance import student_quantile
from perfbench.metrics.dependence import MIN_VALUES, mean_error


def autoregressive(random: np.random.Generator, n: int, correlation: float) -> np.ndarray:
    shocks = random.normal(0, (1 - correlation**2) ** 0.5, n)
    shocks[0] = random.normal()
    return np.array(list(accumulate(shocks, lambda before, shock: correlation * before + shock)))


def resampled_variance(values: np.ndarray, block: float, draws: int) -> float:
    """Variance of the mean of stationary resamples, drawn one by one as the paper says."""
    random = np.random.default_rng(3)
    n = len(values)
    places = random.integers(0, n, size=draws)
    total = np.zeros(draws)
    for _ in range(n):
        total += values[places]
        new = random.random(draws) < 1 / block
        places = np.where(new, random.integers(0, n, size=draws), (places + 1) % n)
    return float(np.var(total / n))


@pytest.mark.parametrize("block", [1.0, 4.0, 15.0])
def test_the_closed_form_is_what_resamples_give(block):
    values = autoregressive(np.random.default_rng(5), 300, 0.3)
    known = mean_error(values, at_least=block)
    assert known is not None
    assert known.block >= block
    # The correction for the mean's own variance is not the bootstrap's: it is taken out again.
    lags = np.arange(1, 300)
    keep = 1 - 1 / known.block
    weights = (1 - lags / 300) * keep**lags + lags / 300 * keep ** (300 - lags)
    seen = 1 - (1 + 2 * float(((1 - lags / 300) * weights).sum())) / 300
    expected = resampled_variance(values, known.block, 20_000)
    assert known.variance * seen == pytest.approx(expected, rel=0.05)


def test_independent_values_have_blocks_of_one_and_the_usual_variance():
    values = np.random.default_rng(1).normal(10, 2, 4000)
    known = mean_error(values)
    assert known is not None
    assert known.block < 3
    assert known.variance == pytest.approx(values.var() / 4000, rel=0.1)
    assert known.freedom > 1000


def test_blocks_grow_with_dependence():
    blocks = []
    for correlation in (0.0, 0.5, 0.9):
        known = mean_error(autoregressive(np.random.default_rng(2), 2000, correlation))
        assert known is not None
        blocks.append(known.block)
    assert blocks == sorted(blocks)
    assert blocks[-1] > 20


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.8])
def test_intervals_hold_the_true_mean_as_often_as_they_say(correlation):
    random = np.random.default_rng(11)
    held = []
    for _ in range(300):
        values = autoregressive(random, 1000, correlation)
        known = mean_error(values)
        assert known is not None
        half = student_quantile(round(known.freedom, 1)) * known.variance**0.5
        held.append(abs(values.mean()) <= half)
    assert 0.90 <= np.mean(held) <= 0.985


def test_taking_them_for_independent_would_not_do():
    """What the blocks are for: the usual interval of such a series holds far too seldom."""
    random = np.random.default_rng(12)
    means, naive = [], []
    for _ in range(200):
        values = autoregressive(random, 1000, 0.8)
        means.append(values.mean())
        naive.append(values.var() / len(values))
    assert np.mean(np.abs(means) <= 1.96 * np.sqrt(naive)) < 0.7


def test_too_few_values_tell_nothing_and_equal_ones_no_spread():
    assert mean_error(np.arange(MIN_VALUES - 1.0)) is None
    known = mean_error(np.full(50, 3.0))
    assert known is not None
    assert known.variance == 0
