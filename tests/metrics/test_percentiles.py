"""Distributions against numpy, and which percentiles a sample supports."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.metrics.percentiles import KEYS, PERCENTILES, distribution, unsupported

numbers = st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=300)


@given(numbers)
def test_every_figure_is_numpys(values):
    found = distribution(np.array(values))
    spread = max(map(abs, values)) or 1.0
    for name, share in PERCENTILES.items():
        assert found[name] == pytest.approx(np.quantile(values, share), abs=1e-12 * spread)
    assert found["mean"] == pytest.approx(np.mean(values), abs=1e-12 * spread)
    assert found["std"] == pytest.approx(np.std(values), abs=1e-9 * spread)
    assert (found["min"], found["max"], found["count"]) == (min(values), max(values), len(values))
    assert tuple(found) == KEYS


def test_by_hand():
    found = distribution(np.array([40.0, 10.0, 30.0, 20.0]), scale=0.5)
    assert found["p50"] == 12.5  # halfway between the second and the third
    assert found["p90"] == pytest.approx(18.5)  # 0.9 * 3 = 2.7: between 30 and 40, halved
    assert found["mean"] == 12.5
    assert found["std"] == pytest.approx(np.sqrt(125) / 2)


def test_unknown_values_are_left_out():
    found = distribution(np.array([np.nan, 2.0, np.nan, 4.0], dtype=np.float32))
    assert (found["count"], found["mean"], found["max"]) == (2, 3.0, 4.0)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_nothing_known_is_none_not_zero(values):
    found = distribution(np.array(values, dtype=np.float64))
    assert found.pop("count") == 0
    assert set(found.values()) == {None}


def test_the_values_given_are_not_reordered():
    values = np.array([3.0, 1.0, 2.0])
    distribution(values)
    assert values.tolist() == [3.0, 1.0, 2.0]


def test_deviation_of_more_values_than_a_chunk():
    values = np.tile(np.array([1e9, 1e9 + 2], dtype=np.float64), 700_000)
    assert distribution(values)["std"] == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(
    ("count", "fewest_ok"),
    [(20, "p75"), (29, "p90"), (59, "p95"), (298, "p95"), (299, "p99"), (2995, "p99.9")],
)
def test_the_highest_percentile_a_sample_supports(count, fewest_ok):
    high = [name for name in PERCENTILES if name not in unsupported(count)]
    assert high[-1] == fewest_ok


def test_low_percentiles_mirror_high_ones():
    assert unsupported(100) == ["p1", "p99", "p99.9"]
    assert unsupported(1) == list(PERCENTILES)
    assert unsupported(0) == []


@given(st.integers(1, 5000), st.sampled_from(sorted(PERCENTILES)))
def test_support_only_grows_with_the_sample(count, name):
    assert name in unsupported(count) or name not in unsupported(count + 1)
