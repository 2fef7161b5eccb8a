"""Settings to points: names, spreads, warm-up, and the lengths of the speed benchmark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.config import PerfConfig
from perfbench.driver.schedule import planned_arrivals
from perfbench.errors import ConfigError
from perfbench.perf.points import DEFAULT_NUMBER, SEEDS, plan_points
from perfbench.workloads.speed_benchmark import SpeedBenchmark


def names(**settings: object) -> list[str]:
    return [point.name for point in plan_points(PerfConfig(**settings))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["parallel_1_number_1000"]),
        (
            {"parallel": [1, 10, 50], "number": 1000},
            ["parallel_1_number_1000", "parallel_10_number_1000", "parallel_50_number_1000"],
        ),
        (
            {"parallel": [2, 4], "number": [10, 20]},
            ["parallel_2_number_10", "parallel_4_number_20"],
        ),
        ({"rate": [0.5, 5], "number": 200}, ["rate_0.5_number_200", "rate_5_number_200"]),
        ({"parallel": 8, "duration": 30}, ["parallel_8_duration_30"]),
        ({"rate": 2.5, "number": 7, "duration": 1.5}, ["rate_2.5_number_7_duration_1.5"]),
        (
            {"parallel": 4, "number": 10, "dataset": "speed_benchmark"},
            [f"parallel_4_number_10_input_{length}" for length in SpeedBenchmark.input_lengths],
        ),
    ],
)
def test_names(settings, expected):
    assert names(**settings) == expected


def test_loads_that_occur_twice_have_names_of_their_own():
    assert names(parallel=[4, 4, 8, 4], number=5) == [
        "parallel_4_number_5",
        "parallel_4_number_5_x2",
        "parallel_8_number_5",
        "parallel_4_number_5_x3",
    ]


def test_a_closed_loop_has_no_rate_and_an_open_one_has_a_cap_only_if_asked():
    (closed,) = plan_points(PerfConfig(parallel=10))
    assert (closed.parallel, closed.rate, closed.number) == (10, None, DEFAULT_NUMBER)
    (free,) = plan_points(PerfConfig(rate=3))
    assert (free.parallel, free.rate) == (None, 3.0)
    capped = plan_points(PerfConfig(rate=[3, 6], parallel=[16]))
    assert [(point.rate, point.parallel) for point in capped] == [(3.0, 16), (6.0, 16)]
    each = plan_points(PerfConfig(rate=[3, 6], parallel=[16, 32]))
    assert [point.parallel for point in each] == [16, 32]


def test_what_bounds_a_point():
    (by_time,) = plan_points(PerfConfig(parallel=2, duration=5, grace=1))
    assert (by_time.number, by_time.duration_s, by_time.grace_s) == (None, 5.0, 1.0)
    (both,) = plan_points(PerfConfig(parallel=2, duration=5, number=10))
    assert (both.number, both.duration_s, both.grace_s) == (10, 5.0, None)


@pytest.mark.parametrize(
    ("warmup", "number", "expected"),
    [
        (0, 100, 0),
        (5, 100, 5),
        (1, 100, 1),
        (0.1, 100, 10),
        (0.01, 20, 1),
        (0.5, 3, 2),
        (7, None, 7),
    ],
)
def test_warmup_is_a_count_or_a_ratio(warmup, number, expected):
    duration = None if number else 5
    (point,) = plan_points(PerfConfig(warmup=warmup, number=number, duration=duration))
    assert point.warmup == expected
    assert point.number == number


def test_a_ratio_is_of_each_points_own_number():
    points = plan_points(PerfConfig(parallel=[1, 2], number=[10, 50], warmup=0.2))
    assert [point.warmup for point in points] == [2, 10]


def test_warmup_that_means_nothing_is_one_clear_line():
    with pytest.raises(ConfigError, match="needs --number"):
        plan_points(PerfConfig(warmup=0.1, duration=5))
    with pytest.raises(ConfigError, match="neither a count nor a ratio"):
        plan_points(PerfConfig(warmup=2.5))


def test_the_speed_benchmark_sweeps_lengths_for_every_load():
    points = plan_points(PerfConfig(parallel=[1, 2], number=3, dataset="speed_benchmark"))
    assert [point.input_length for point in points] == [
        n for n in SpeedBenchmark.input_lengths for _ in (1, 2)
    ]
    assert [point.parallel for point in points] == [1, 2] * len(SpeedBenchmark.input_lengths)
    (single,) = plan_points(PerfConfig(prompt="always this"))
    assert single.input_length is None


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=8),
    st.sampled_from(["parallel", "rate"]),
    st.one_of(st.none(), st.integers(1, 5)),
)
def test_names_are_unique_and_points_are_numbered(loads, swept, number):
    points = plan_points(PerfConfig(**{swept: loads, "number": number}))  # type: ignore[arg-type]
    assert [point.index for point in points] == list(range(len(loads)))
    assert len({point.name for point in points}) == len(loads)
    assert [point.rate if swept == "rate" else point.parallel for point in points] == loads


def test_seed_and_arrival_law_reach_every_point():
    config = PerfConfig(rate=[1, 2], seed=9, arrival="gamma", burstiness=0.5)
    for point in plan_points(config):
        assert (point.seed, point.arrival, point.burstiness) == (9, "gamma", 0.5)


def test_a_seed_that_is_not_given_is_drawn_once_for_all_points():
    drawn = [plan_points(PerfConfig(parallel=[1, 2, 3])) for _ in range(3)]
    assert [len({point.seed for point in points}) for points in drawn] == [1, 1, 1]
    assert len({points[0].seed for points in drawn}) > 1
    assert all(0 <= point.seed < SEEDS for points in drawn for point in points)


def test_repeats_go_in_rounds_and_draw_anew():
    points = plan_points(PerfConfig(parallel=[1, 4], number=5, repeat=2, seed=3))
    assert [(point.name, point.repeat, point.index) for point in points] == [
        ("parallel_1_number_5_r1", 1, 0),
        ("parallel_4_number_5_r1", 1, 1),
        ("parallel_1_number_5_r2", 2, 2),
        ("parallel_4_number_5_r2", 2, 3),
    ]
    assert {point.seed for point in points} == {3}
    first, _, again, _ = plan_points(PerfConfig(rate=[5, 9], number=20, repeat=2, seed=3))
    assert planned_arrivals(first) != planned_arrivals(again)


def test_without_repeats_nothing_is_said_of_them():
    (point,) = plan_points(PerfConfig(parallel=1))
    assert point.repeat is None
