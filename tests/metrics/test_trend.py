"""The trend test: by hand, in its rate of false alarms, and in what it finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from perfbench.metrics.trend import LEAST_SLICES, slice_means, trend


def test_a_straight_line_by_hand():
    found = trend(np.arange(10.0))
    assert found is not None
    # All 45 pairs rise: z = 44 / sqrt(10 * 9 * 25 / 18) = 3.935.
    assert found.p == pytest.approx(8.3e-5, rel=0.01)
    assert (found.rise, found.middle) == (9.0, 4.5)


def test_too_few_tell_nothing():
    assert trend(np.arange(float(LEAST_SLICES - 1))) is None


def test_what_stays_the_same_has_no_trend():
    found = trend(np.full(12, 3.0))
    assert found is not None
    assert (found.p, found.rise) == (1.0, 0.0)


def test_chance_is_taken_for_a_trend_as_often_as_the_level_says():
    draw = np.random.default_rng(7)
    found = [trend(draw.normal(size=20)) for _ in range(2000)]
    alarms = sum(each.p < 0.05 for each in found if each)
    assert 60 < alarms < 140


@given(npst.arrays(np.float64, st.integers(8, 30), elements=st.integers(-50, 50)))
def test_backwards_is_the_opposite_trend(values):
    there, back = trend(values), trend(values[::-1])
    assert there is not None
    assert back is not None
    assert there.p == pytest.approx(back.p)
    assert there.rise == pytest.approx(-back.rise)


def test_means_of_slices_are_exact():
    instants, level = np.array([0.0, 10.0, 15.0]), np.array([2.0, 4.0, 0.0])
    assert slice_means(instants, level, 0.0, 20.0, 4).tolist() == [2.0, 2.0, 4.0, 0.0]
    assert slice_means(instants, level, 0.0, 20.0, 0).size == 0
