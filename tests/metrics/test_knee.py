"""The knee of a sweep, from made-up loads and throughputs."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.metrics.knee import Knee, find_knee


@pytest.mark.parametrize(
    ("loads", "throughputs", "expected"),
    [
        ([1, 2, 4, 8, 16], [10, 20, 38, 39, 40], Knee(2, "inside")),
        ([1, 10, 100], [10, 90, 95], Knee(1, "inside")),
        ([1, 4, 16], [10, 40, 160], Knee(None, "beyond the highest load")),
        ([8, 16, 32], [100, 101, 99], Knee(0, "at the lowest load")),
        ([1, 2, 4, 8], [10, 20, 20.5, 40], Knee(None, "beyond the highest load")),
        ([1, 2, 4, 8], [10, 20, 15, 5], Knee(1, "inside")),
        ([1, 2, 4, 8], [10, 20, None, 20.5], Knee(1, "inside")),
        ([1, 2, 4, 8], [10, 20, 20.5, 0], Knee(1, "inside")),
        ([0.5, 1, 2, 4], [0.5, 1.0, 1.2, 1.2], Knee(2, "inside")),
        ([1], [10], Knee(None, "too few loads")),
        ([1, 2], [10, 10], Knee(None, "too few loads")),
        ([], [], Knee(None, "too few loads")),
        ([4, 4, 4], [10, 10, 10], Knee(None, "too few loads")),
        ([None, None, None], [10, 10, 10], Knee(None, "too few loads")),
        ([1, 2, 4], [10, 20, None], Knee(None, "too few loads")),
        ([1, 2, 4, 8], [0, 0, 0, 0], Knee(None, "too few loads")),
    ],
)
def test_knees(loads, throughputs, expected) -> None:
    assert find_knee(loads, throughputs) == expected


def test_growth_just_above_and_below_the_limit() -> None:
    assert find_knee([1, 4, 16], [1, 1.06**2, 1.06**4]).place is None
    assert find_knee([1, 4, 16], [1, 1.04**2, 1.04**4]).place == 0


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.floats(1e-3, 1e6)), min_size=3, max_size=12),
    st.randoms(),
)
def test_order_and_units_of_a_sweep_do_not_matter(points, shuffle: random.Random) -> None:
    loads, throughputs = zip(*points, strict=True)
    order = list(range(len(points)))
    shuffle.shuffle(order)
    here = find_knee(loads, throughputs)
    there = find_knee([loads[i] for i in order], [throughputs[i] for i in order])
    assert there.where == here.where
    assert (there.place if there.place is None else order[there.place]) == here.place
