"""Tests that are looked at all the time: how often they err, and how soon they know."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.metrics.sequential import mean_strength, share_strength

ALPHA = 0.05
ENOUGH = math.log(1 / ALPHA)
RUNS = 150
LOOKS = range(20, 601, 40)
SLACK = 3 * math.sqrt(ALPHA * (1 - ALPHA) / RUNS)
"""Three standard errors of a share of ``RUNS``."""


@pytest.mark.parametrize(
    ("allowed", "alike"),
    [(0.01, 1), (0.01, 50), (0.1, 1), (0.1, 17), (0.5, 1), (0.5, 50), (0.02, 200)],
)
def test_a_share_at_its_limit_is_rarely_taken_for_either_side(allowed, alike):
    random = np.random.default_rng(7)
    within = beyond = 0
    for _ in range(RUNS):
        misses = (random.random(max(LOOKS)) < allowed).astype(float)
        found = [share_strength(misses[:n], allowed, alike) for n in LOOKS]
        within += any(each.within >= ENOUGH for each in found)
        beyond += any(each.beyond >= ENOUGH for each in found)
    assert max(within, beyond) / RUNS <= ALPHA + SLACK


def test_a_few_batches_that_are_alike_by_chance_make_nothing_sure():
    """Four batches with one or two misses each: at an alpha of which they would take the most."""
    alpha, runs, random = 0.003, 400, np.random.default_rng(2)
    wrong = 0
    for _ in range(runs):
        misses = (random.random(1200) < 0.02).astype(float)
        strengths = [share_strength(misses[:n], 0.02, 200) for n in range(100, 1200, 50)]
        wrong += any(max(s.within, s.beyond) >= math.log(1 / alpha) for s in strengths)
    assert wrong / runs <= 2 * alpha + 3 * math.sqrt(2 * alpha / runs)


def test_misses_that_come_like_a_clock_are_known_sooner_than_those_of_chance():
    """16 places for 17: one of 17 waits, where 5 % may."""
    waits = np.zeros(3000)
    waits[::17] = 1
    by_chance = np.random.default_rng(5).permutation(waits)

    def needed(misses, side="beyond", allowed=0.05):
        looks = range(60, 3000, 20)
        strengths = (getattr(share_strength(misses[:n], allowed, 17), side) for n in looks)
        found = zip(looks, strengths, strict=True)
        return next((n for n, strength in found if strength >= ENOUGH), math.inf)

    assert needed(waits) < 1200 < needed(by_chance)
    # As many as are allowed is neither, however regular they are.
    for side in ("within", "beyond"):
        assert needed(waits, side, 1 / 17) == math.inf


@pytest.mark.parametrize("side", ["within", "beyond"])
@pytest.mark.parametrize("draw", ["normal", "exponential"])
def test_a_mean_at_its_limit_is_rarely_taken_for_either_side(side, draw):
    random = np.random.default_rng(11)
    wrong = 0
    for _ in range(RUNS):
        values = random.normal(5, 2, 600) if draw == "normal" else random.exponential(5, 600)
        wrong += any(getattr(mean_strength(values[:n], 5.0), side) >= ENOUGH for n in LOOKS)
    assert wrong / RUNS <= ALPHA + SLACK


def test_requests_that_are_alike_count_as_fewer():
    """Waves of 40 that share their fate: 10 of them are no 400 requests."""
    random = np.random.default_rng(3)
    wrong = 0
    for _ in range(RUNS):
        waves = np.repeat((random.random(15) < 0.3).astype(float), 40)
        wrong += any(share_strength(waves[:n], 0.3, 40).beyond >= ENOUGH for n in LOOKS[5:])
    naive = share_strength(np.repeat([1.0, 0, 0, 1, 1, 0, 1, 0, 1, 0], 40), 0.3, 1).beyond
    aware = share_strength(np.repeat([1.0, 0, 0, 1, 1, 0, 1, 0, 1, 0], 40), 0.3, 40).beyond
    assert aware < naive
    assert wrong / RUNS <= 3 * ALPHA


def test_no_miss_is_enough_after_about_as_many_as_the_percentile_needs():
    """Without a look in between, 299 requests without a miss say that a share is below 1 %."""
    needed = next(n for n in range(1000) if share_strength(np.zeros(n), 0.01).within >= ENOUGH)
    assert 299 <= needed <= 400


def test_all_misses_are_too_many_at_once():
    assert share_strength(np.ones(10), 0.01).beyond >= ENOUGH


def test_means_far_from_the_limit_are_known_soon():
    values = np.random.default_rng(0).normal(30, 3, 20)
    assert mean_strength(values, 40).within >= ENOUGH
    assert mean_strength(values, 20).beyond >= ENOUGH
    assert mean_strength(values, 30.1).within < ENOUGH


def test_of_nothing_nothing_is_known():
    for found in (share_strength(np.empty(0), 0.1), mean_strength(np.empty(0), 1.0)):
        assert (found.seen, found.within, found.beyond) == (None, -math.inf, -math.inf)


@given(
    st.lists(st.booleans(), min_size=1, max_size=60),
    st.floats(0.001, 0.999),
    st.integers(1, 50),
)
def test_shares_never_speak_for_both_sides(misses, allowed, alike):
    found = share_strength(np.array(misses, dtype=float), allowed, alike)
    assert not math.isnan(found.within)
    assert not math.isnan(found.beyond)
    assert not (found.within >= ENOUGH and found.beyond >= ENOUGH)


@given(st.lists(st.floats(-1e6, 1e6), max_size=60), st.floats(-1e6, 1e6), st.integers(1, 50))
def test_means_never_speak_for_both_sides(values, most, alike):
    found = mean_strength(np.array(values, dtype=float), most, alike)
    assert not math.isnan(found.within)
    assert not math.isnan(found.beyond)
    assert -math.inf in (found.within, found.beyond)
