"""Stages and their sum: exact arithmetic, held against itself and against numbers by hand."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perfbench.types import Point, Profile, Stage

LEVELS = st.one_of(st.just(0.0), st.floats(0.01, 1000))
SECONDS = st.floats(0.01, 3600)


@st.composite
def stages(draw: st.DrawFn) -> Stage:
    start, end = draw(LEVELS), draw(LEVELS)
    law = "exponential" if start and end and draw(st.booleans()) else "linear"
    return Stage(draw(SECONDS), start, end, law)


profiles = st.builds(Profile, st.lists(stages(), max_size=6), st.floats(0.01, 100))


def test_a_linear_ramp_by_hand():
    ramp = Stage(10, 0, 100)
    assert (ramp.level(5), ramp.amount(5), ramp.total) == (50, 125, 500)
    assert ramp.when(125) == pytest.approx(5)
    assert Stage(10, 100, 0).when(500) == pytest.approx(10)


def test_an_exponential_ramp_by_hand():
    ramp = Stage(2, 1, math.e**2, "exponential")
    assert ramp.level(1) == pytest.approx(math.e)
    assert ramp.total == pytest.approx(math.e**2 - 1)
    assert ramp.when(math.e - 1) == pytest.approx(1)


@given(stages(), st.floats(0, 1))
def test_when_is_the_inverse_of_amount(stage, share):
    at = share * stage.seconds
    amount = stage.amount(at)
    found = stage.when(amount)
    # Where the level is next to nothing many instants have that amount.
    assert stage.amount(found) == pytest.approx(amount, rel=1e-9, abs=1e-9)
    assert 0 <= found <= stage.seconds * (1 + 1e-9)


@given(profiles, st.floats(0, 20000), st.floats(0, 20000))
def test_amounts_never_fall_and_levels_are_within_the_peak(profile, one, other):
    early, late = sorted((one, other))
    assert profile.amount(early) <= profile.amount(late) * (1 + 1e-12)
    assert 0 <= profile.level(early) <= profile.peak * (1 + 1e-9)


@example(Profile([Stage(seconds=4.0, start=0.0, end=1.0)], 1.0), 5e-324)
@given(profiles, st.floats(0, 1e6))
def test_when_of_a_profile_is_where_its_amount_is(profile, amount):
    at = profile.when(amount)
    if at is None:
        assert profile.level(profile.begins[-1]) == 0
        assert profile.amount(profile.begins[-1]) <= amount
    else:
        assert profile.amount(at) == pytest.approx(amount, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("made", "end", "expected"),
    [
        ([], 60, (0, 60)),
        ([Stage(10, 0, 50)], 60, (10, 60)),
        ([Stage(10, 0, 50)], 10, (10, 10)),
        ([Stage(30, 10, 10), Stage(60, 50, 50)], 90, (30, 90)),
        ([Stage(60, 10, 10), Stage(30, 50, 50)], 90, (0, 60)),
        ([Stage(30, 10, 10), Stage(30, 10, 10), Stage(50, 20, 20)], 110, (0, 60)),
        ([Stage(30, 10, 20), Stage(10, 20, 20)], 100, (30, 100)),
        ([Stage(30, 10, 10), Stage(30, 20, 20)], 60, (30, 60)),
    ],
)
def test_the_longest_stretch_at_one_level(made, end, expected):
    assert Profile(made, 5.0).steady(end) == expected


def test_a_point_with_stages_survives_the_store():
    point = Point(0, "p", None, 5.0, None, stages=(Stage(3, 1, 9, "exponential", 0.5),))
    assert msgspec.json.decode(msgspec.json.encode(point), type=Point) == point
    old = b'{"index":0,"name":"p","parallel":4,"rate":null,"number":10}'
    assert msgspec.json.decode(old, type=Point).stages == ()


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (Point(0, "p", 4, None, 10), None),
        (Point(0, "p", None, 9.0, 100, stages=(Stage(30, 0, 9),)), "30s@0..9, then 9"),
        (
            Point(0, "p", None, 9.0, None, 40, stages=(Stage(30, 1, 9, "exponential"),) * 1),
            "30s@1..9:exponential, then 9",
        ),
        (Point(0, "p", None, 9.0, None, 30, stages=(Stage(30, 1, 1),)), "30s@1"),
        (
            Point(0, "p", None, 9.0, None, 40, stages=tuple(Stage(10, n, n) for n in range(4))),
            "4 stages, 0 to 3",
        ),
    ],
)
def test_a_shape_in_words(point, words):
    assert point.shape == words
