"""Tests and intervals on paired differences: against enumeration, published values and truth."""

from __future__ import annotations

from itertools import product
from math import comb
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.evaluation.figures.paired import bonett_price, bootstrap, mcnemar, sign_flip

differences = st.lists(st.sampled_from([-1.0, -0.5, -0.1, 0.0, 0.1, 0.3, 1.0]), max_size=8)


@settings(deadline=None)
@given(st.integers(0, 12), st.integers(0, 12))
def test_mcnemar_is_the_share_of_coin_throws(lost, gained):
    changed = lost + gained
    far = sum(
        comb(changed, heads)
        for heads in range(changed + 1)
        if abs(2 * heads - changed) >= abs(gained - lost)
    )
    assert mcnemar(lost, gained) == pytest.approx(far / 2**changed)


def test_mcnemar_by_hand():
    assert mcnemar(0, 0) == 1
    assert mcnemar(1, 5) == 2 * (1 + 6) / 64
    assert mcnemar(0, 6) == 2 / 64
    assert mcnemar(0, 5000) == 0  # below the smallest float


@settings(deadline=None)
@given(differences)
def test_sign_flip_is_the_share_of_sign_patterns(values):
    seen = abs(sum(values))
    totals = [
        abs(sum(sign * value for sign, value in zip(signs, values, strict=True)))
        for signs in product((-1, 1), repeat=len(values))
    ]
    expected = sum(total >= seen - 1e-9 for total in totals) / len(totals)
    assert sign_flip(values) == pytest.approx(expected)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_sign_flip_of_verdicts_is_mcnemar(lost, gained):
    assert sign_flip([-1.0] * lost + [1.0] * gained + [0.0] * 7) == pytest.approx(
        mcnemar(lost, gained)
    )


def test_sign_flip_by_draws_comes_close_to_enumeration():
    values = np.random.default_rng(5).normal(0.3, 1, size=14)
    exact = sign_flip(values)  # 2**14 patterns
    drawn = sign_flip([*values, *[1e-7] * 3], draws=20_000)  # too many to enumerate
    assert exact == pytest.approx(drawn, abs=0.012)  # three standard errors


def test_drawn_p_values_are_never_zero():
    assert sign_flip(list(np.linspace(1, 2, 50)), draws=99) == 0.01


def test_bonett_price_by_hand():
    # 4 lost, 10 gained of 48: shares 11/50 and 5/50 differ by 0.12;
    # (0.22 + 0.10 - 0.0144) / 50 = 0.006112, root 0.07818, times 1.96.
    low, high = bonett_price(4, 10, 48)
    assert (low, high) == (pytest.approx(-0.03323, abs=1e-5), pytest.approx(0.27323, abs=1e-5))


@settings(deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_bonett_price_holds_the_difference(lost, gained, same):
    samples = lost + gained + same
    if samples:
        low, high = bonett_price(lost, gained, samples)
        assert -1 <= low <= (gained - lost) / samples <= high <= 1
        assert bonett_price(gained, lost, samples) == pytest.approx((-high, -low))


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_bootstrap_holds_the_mean_and_knows_no_order(values, random):
    found = bootstrap(values, draws=200)
    shuffled = list(values)
    random.shuffle(shuffled)
    assert bootstrap(shuffled, draws=200) == found
    if found is None:
        assert len(set(values)) == 1
    else:
        mean = sum(values) / len(values)
        assert found[0] - 1e-12 <= mean <= found[1] + 1e-12


@pytest.mark.parametrize("values", [[], [0.5], [0.0] * 9, [0.25] * 3])
def test_bootstrap_of_values_that_are_alike_is_unknown(values):
    assert bootstrap(values) is None


def test_bootstrap_leans_with_the_skew():
    values = np.random.default_rng(2).exponential(1, size=40)
    low, high = bootstrap(values)
    mean = values.mean()
    assert high - mean > mean - low


def test_bootstrap_is_bca_of_all_resamples():
    """Against all 6**6 resamples of six values, corrected for bias and skew as published."""
    values = np.array([-0.3, -0.2, -0.1, 0.0, 0.4, 1.3])
    means = np.array([sum(picks) / 6 for picks in product(values, repeat=6)])
    mean = values.mean()
    normal = NormalDist()
    bias = normal.inv_cdf(
        float((means < mean - 1e-12).mean() + (abs(means - mean) < 1e-12).mean() / 2)
    )
    others = np.array([np.delete(values, i).mean() for i in range(6)])  # jackknife
    off = others.mean() - others
    skew = (off**3).sum() / (6 * (off**2).sum() ** 1.5)
    expected = [
        np.quantile(means, normal.cdf(bias + (bias + z) / (1 - skew * (bias + z))))
        for z in (-1.959964, 1.959964)
    ]
    assert bootstrap(values, draws=40_000) == pytest.approx(expected, abs=0.012)


def test_bootstrap_is_seeded():
    values = np.random.default_rng(1).normal(size=30)
    assert bootstrap(values, seed=3) == bootstrap(values, seed=3) != bootstrap(values, seed=4)


def test_bootstrap_holds_the_truth_nineteen_times_of_twenty():
    random = np.random.default_rng(8)
    held = 0
    for seed in range(300):
        low, high = bootstrap(random.exponential(1, size=60) - 1, seed, draws=1000)
        held += low <= 0 <= high
    assert 0.90 <= held / 300 <= 0.98
