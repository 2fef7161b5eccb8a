"""Quantiles and tails of Student's t against tables and each other; Holm's correction by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perfbench.chance import Z, holm, student_outside, student_quantile


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    # Any printed table of Student's t, two-sided 95 %.
    [
        *((1, 12.7062), (2, 4.3027), (3, 3.1824), (10, 2.2281), (29, 2.0452), (100, 1.9840)),
        *((101, 1.9837), (200, 1.9719), (1000, 1.9623)),
    ],
)
def test_student_quantile_against_the_table(freedom, quantile):
    assert student_quantile(freedom) == pytest.approx(quantile, abs=5e-5)


@pytest.mark.parametrize(
    ("freedom", "level", "quantile"),
    # Any printed table of Student's t.
    [(1, 0.75, 1.0), (2, 0.9, 1.8856), (4, 0.999, 7.1732), (30, 0.995, 2.7500), (12, 0.8, 0.8726)],
)
def test_other_levels_against_the_table(freedom, level, quantile):
    assert student_quantile(freedom, level) == pytest.approx(quantile, abs=5e-5)


def test_many_degrees_of_freedom_are_normal():
    assert student_quantile(1e9) == pytest.approx(Z, abs=1e-9)
    assert student_quantile(999_999.0) == pytest.approx(Z, abs=1e-5)


@given(st.floats(-20, 20))
def test_one_degree_of_freedom_is_cauchy(value):
    expected = 1 - 2 / math.pi * math.atan(abs(value))
    assert student_outside(value, 1) == pytest.approx(expected, abs=1e-12)


@given(st.floats(0.5, 1e5), st.floats(0.55, 0.99999))
@example(0.5, 0.99999)
def test_a_quantile_has_its_tail_outside(freedom, level):
    outside = student_outside(student_quantile(freedom, level), freedom)
    assert outside == pytest.approx(2 * (1 - level), rel=1e-6)


def test_holm_by_hand():
    # 0.005 * 4, 0.01 * 3, 0.03 * 2 = 0.06, then 0.04 * 1 raised to the 0.06 before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, None, 0.9]) == [1.0, None, 1.0]
    assert holm([]) == []
