"""Settings to points: names, spreads, warm-up, and the lengths of the speed benchmark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.config import PerfConfig
from perfbench.config.shapes import read_stage
from perfbench.driver.schedule import planned_arrivals
from perfbench.errors import ConfigError, WorkloadError
from perfbench.perf.points import DEFAULT_NUMBER, SEEDS, plan_points, rate_series
from perfbench.types import Stage
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


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("30s@10", Stage(30, 10, 10)),
        ("1m30s@10..50", Stage(90, 10, 50)),
        ("500ms@0.5", Stage(0.5, 0.5, 0.5)),
        ("2@.5..1.5", Stage(2, 0.5, 1.5)),
        ("60@1..1k:exponential", Stage(60, 1, 1000, "exponential")),
        ("5s@9..1:exponential:burstiness=0.5", Stage(5, 9, 1, "exponential", 0.5)),
        ("5s@9:burstiness=2", Stage(5, 9, 9, burstiness=2)),
    ],
)
def test_a_stage_from_its_text(text, stage):
    assert read_stage(text) == stage


@given(
    st.builds(
        Stage,
        st.integers(1, 9999).map(float),
        st.integers(1, 999).map(float),
        st.integers(1, 999).map(float),
        st.sampled_from(["linear", "exponential"]),
        st.one_of(st.none(), st.sampled_from([0.25, 2.0])),
    )
)
def test_a_stage_is_written_as_it_is_read(stage):
    read = read_stage(str(stage))
    assert str(read) == str(stage)
    assert (read.total, read.burstiness) == (pytest.approx(stage.total), stage.burstiness)


def test_stages_are_one_point_with_the_mean_of_their_rates():
    (point,) = plan_points(PerfConfig(stages=["30s@10", "60s@10..50"], seed=1, grace=2))
    assert point.stages == (Stage(30, 10, 10), Stage(60, 10, 50))
    assert (point.rate, point.parallel, point.number) == (pytest.approx(2100 / 90), None, None)
    assert (point.duration_s, point.grace_s) == (90, 2)
    assert point.name == "stages_rate_10_to_50_duration_90"


def test_stages_of_requests_in_flight_have_their_most_as_the_slots():
    (point,) = plan_points(PerfConfig(stages="5s@2,5s@2..8", stages_of="parallel", number=100))
    assert (point.rate, point.parallel, point.number, point.duration_s) == (None, 8, 100, 10)
    assert point.name == "stages_parallel_2_to_8_duration_10_number_100"


def test_stages_take_a_cap_on_what_is_in_flight():
    (point,) = plan_points(PerfConfig(stages="5s@2", parallel=4, drop_late=0.5))
    assert (point.rate, point.parallel, point.drop_late_s) == (2, 4, 0.5)


def test_a_ramp_leads_to_every_load_of_a_sweep():
    points = plan_points(PerfConfig(rate=[10, 20], ramp=5, number=50))
    assert [point.stages for point in points] == [(Stage(5, 0, 10),), (Stage(5, 0, 20),)]
    assert [point.rate for point in points] == [10, 20]
    assert points[0].name == "rate_10_ramp_5_number_50"
    (closed,) = plan_points(PerfConfig(parallel=8, ramp=5))
    assert closed.stages == (Stage(5, 1, 8),)
    (steep,) = plan_points(PerfConfig(rate=50, ramp=5, ramp_law="exponential"))
    assert steep.stages == (Stage(5, 0.5, 50, "exponential"),)
    (from_ten,) = plan_points(PerfConfig(rate=50, ramp=5, ramp_from=10))
    assert from_ten.stages == (Stage(5, 10, 50),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.csv", "time,rate\n0,10\n60,30\n90,0\n"),
        ("r.jsonl", '{"time": 100, "rate": 10}\n{"time": 160, "rps": 30}\n{"t": 190, "qps": 0}\n'),
    ],
)
def test_a_series_of_rates_from_a_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    stages = rate_series(tmp_path / name)
    assert stages == (Stage(60, 10, 10), Stage(30, 30, 30), Stage(30, 0, 0))
    (point,) = plan_points(PerfConfig(rate_file=tmp_path / name))
    assert (point.stages, point.duration_s, point.rate) == (stages, 120, 1500 / 120)
    assert point.name == "series_rate_0_to_30_duration_120"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,rate\n0,10\n", "two rows or more"),
        ("when,rate\n0,10\n1,2\n", "r.csv:2: no 'time'"),
        ("time,rate\n0,10\n1,many\n", "r.csv:3: 'rate' is no number"),
        ("time,rate\n0,10\n1,-2\n", "r.csv:3: a rate of -2"),
        ("time,rate\n5,10\n5,12\n", "r.csv:3: time 5 does not come after"),
        ("time,rate\n5,0\n6,0\n", "no rate is above 0"),
    ],
)
def test_a_file_that_is_no_series_is_one_clear_line(tmp_path, text, words):
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(WorkloadError, match=words):
        rate_series(tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("cooldown", "number", "expected"), [(0, 100, 0), (5, 100, 5), (0.1, 50, 5)]
)
def test_cooldown_is_a_count_or_a_ratio(cooldown, number, expected):
    (point,) = plan_points(PerfConfig(cooldown=cooldown, number=number))
    assert point.cooldown == expected


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
