"""Averages with their standard errors and intervals, against tables and worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.evaluation.figures.intervals import (
    NOTHING,
    UNBOUNDED,
    Scale,
    Term,
    average,
    mean_of,
    wilson,
)

VERDICTS = Scale(verdicts=True)


def once(*values: float) -> list[Term]:
    """One answer a sample."""
    return [Term(value, 1.0, 1) for value in values]


@st.composite
def clusters(draw):
    """Samples with 0 to 5 verdicts each."""
    sizes = draw(st.lists(st.integers(0, 5), min_size=1, max_size=30))
    return [Term(draw(st.integers(0, size)), size, size) for size in sizes]


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_against_the_published_table(right, count, low, high):
    found = wilson(right / count, count)
    assert found == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_one_verdict_a_sample_is_wilson():
    found = average(once(1, 1, 1, 0, 0), VERDICTS)
    assert found.value == 0.6
    # s**2 = 0.6 * 0.4 * 5 / 4 = 0.3; sqrt(0.3 / 5)
    assert found.standard_error == pytest.approx(math.sqrt(0.06))
    assert (found.low, found.high) == pytest.approx(wilson(0.6, 5))
    assert (found.samples, found.method) == (5, "wilson")


def test_repeats_count_as_their_sample_by_hand():
    # Right of 4: 4, 2, 1, 0. Means 1, 0.5, 0.25, 0 about 7/16: squares add up to 0.546875.
    found = average([Term(right, 4, 4) for right in (4, 2, 1, 0)], VERDICTS)
    assert found.value == 7 / 16
    assert found.standard_error == pytest.approx(math.sqrt(0.546875 / 3 / 4))
    # 7/16 * 9/16 = 0.24609375 over 0.546875 / 16 = 0.0341796875: worth 7.2 verdicts of the 16.
    assert (found.low, found.high) == pytest.approx(wilson(7 / 16, 7.2))


def test_unequal_clusters_by_hand():
    # 3 of 3 and 0 of 1: 3/4. Off by 3 - 2.25 and 0 - 0.75: 2 * 0.5625 over 4**2, times 2 / 1.
    found = average([Term(3, 3, 3), Term(0, 1, 1)], VERDICTS)
    assert found.value == 0.75
    assert found.standard_error == pytest.approx(math.sqrt(2 * 0.5625 / 16 * 2))


def test_partial_credit_is_student_within_its_bounds():
    # Mean 0.7, s**2 = 0.13 / 2, error sqrt(0.13 / 6) = 0.1472, times 4.3027 = 0.6333.
    found = average(once(0.9, 0.4, 0.8), Scale(False, 0.0, 1.0))
    assert found.value == pytest.approx(0.7)
    assert found.standard_error == pytest.approx(math.sqrt((0.04 + 0.09 + 0.01) / 6))
    assert found.low == pytest.approx(0.7 - 4.30265 * math.sqrt(0.14 / 6), abs=1e-5)
    assert found.high == 1.0
    assert average(once(0.9, 0.4, 0.8), UNBOUNDED).high > 1


@pytest.mark.parametrize("last", [1, 2])
def test_repeats_never_count_for_more_than_their_number(last):
    # Nine samples with one of two right: repeats that seem to avoid each other.
    found = average([*[Term(1, 2, 2)] * 9, Term(last, 2, 2)], VERDICTS)
    assert (found.low, found.high) == pytest.approx(wilson((9 + last) / 20, 20))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_alike_is_not_certain(value):
    found = average([Term(4 * value, 4, 4)] * 10, VERDICTS)
    assert found.standard_error == 0
    # 40 answers to 10 questions that say nothing of how alike repeats are: 10 verdicts.
    assert (found.low, found.high) == wilson(value, 10)


def test_one_sample_has_no_standard_error():
    found = average(once(1), VERDICTS)
    assert (found.value, found.standard_error) == (1.0, None)
    assert 0 < found.low < found.high == 1
    found = average(once(0.3), UNBOUNDED)
    assert (found.low, found.high, found.method) == (None, None, None)


@pytest.mark.parametrize("terms", [[], [Term(0, 0, 0)]])
def test_no_values_have_no_average(terms):
    assert average(terms, VERDICTS) == NOTHING == mean_of([terms], VERDICTS)


def test_mean_of_groups_by_hand():
    # Means 3/4 of 4 and 1/2 of 2. Errors squared: 0.75 * 0.25 / 3 = 1/16 and 0.25 / 1 = 1/4.
    found = mean_of([once(1, 1, 1, 0), once(1, 0), [Term(0, 0, 0)]], VERDICTS)
    assert found.value == 0.625
    assert found.standard_error == pytest.approx(math.sqrt((1 / 16 + 1 / 4) / 4))
    assert found.samples == 6
    # 0.625 * 0.375 over 0.078125: 3 verdicts.
    assert (found.low, found.high) == pytest.approx(wilson(0.625, 3))


def test_mean_of_groups_with_partial_credit_by_hand():
    # Means 0.5 and 0.4, errors squared 0.02 / 2 and 0.02 / 2: root of 0.02 / 4, 4 - 2 free.
    found = mean_of([once(0.4, 0.6), once(0.3, 0.5)], Scale(False, 0.0, 1.0))
    assert found.standard_error == pytest.approx(math.sqrt(0.005))
    assert found.low == pytest.approx(0.45 - 4.30265 * math.sqrt(0.005), abs=1e-5)


def test_mean_of_groups_with_a_single_sample_has_no_error():
    found = mean_of([once(1, 0), once(1)], VERDICTS)
    assert (found.value, found.standard_error, found.low) == (0.75, None, None)


@settings(deadline=None)
@given(clusters(), st.randoms(use_true_random=False))
def test_interval_holds_the_value_and_order_does_not_matter(terms, random):
    found = average(terms, VERDICTS)
    shuffled = list(terms)
    random.shuffle(shuffled)
    assert average(shuffled, VERDICTS) == found
    if found.value is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


@settings(deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30))
def test_student_interval_holds_the_value(values):
    found = average(once(*values), UNBOUNDED)
    assert found.low <= found.value <= found.high


@settings(deadline=None)
@given(st.lists(clusters(), min_size=1, max_size=6))
def test_interval_of_a_macro_average_holds_it(groups):
    found = mean_of(groups, VERDICTS)
    if found.low is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("repeats", [1, 8])
def test_nineteen_of_twenty_intervals_hold_the_truth(repeats):
    """Questions differ in difficulty (uniform, mean 0.5), so that repeats are far from independent;
    taking them for independent would hold the truth in 74 % of these runs."""
    random = np.random.default_rng(11)
    held = 0
    for _ in range(600):
        rights = random.binomial(repeats, random.uniform(size=60))
        found = average([Term(int(right), repeats, repeats) for right in rights], VERDICTS)
        held += found.low <= 0.5 <= found.high
    assert 0.925 <= held / 600 <= 0.975
