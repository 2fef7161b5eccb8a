"""Arrivals as tables and as distributions; stripes that add up to the plan."""

from __future__ import annotations

import math
from collections import Counter
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.driver.schedule import (
    STREAMS_PER_WORKER,
    Crowd,
    arrivals,
    default_workers,
    planned_arrivals,
    share,
    slot_steps,
    url_of,
    worker_of,
)
from perfbench.types import Arrival, Point, Stage


def open_point(
    rate: float,
    arrival: Arrival = "poisson",
    number: int | None = None,
    duration_s: float | None = None,
    **more: object,
) -> Point:
    return Point(0, "open", None, rate, number, duration_s, arrival=arrival, **more)  # type: ignore[arg-type]


def gaps_s(point: Point, count: int) -> np.ndarray:
    offsets = list(islice(arrivals(point), count))
    return np.diff(np.array([0, *offsets])) / 1e9


def ks_distance(values: np.ndarray, rate: float) -> float:
    """Largest distance between the empirical distribution and the exponential one."""
    values = np.sort(values)
    expected = 1 - np.exp(-rate * values)
    steps = np.arange(len(values) + 1) / len(values)
    return float(max(np.abs(expected - steps[:-1]).max(), np.abs(expected - steps[1:]).max()))


@pytest.mark.parametrize(
    ("rate", "offsets"),
    [
        (1, [0, 1_000_000_000, 2_000_000_000]),
        (3, [0, 333_333_333, 666_666_667, 1_000_000_000]),
        (0.5, [0, 2_000_000_000]),
        (1000, [0, 1_000_000, 2_000_000]),
    ],
)
def test_constant_arrivals_are_a_table(rate, offsets):
    assert list(islice(arrivals(open_point(rate, "constant")), len(offsets))) == offsets


def test_constant_arrivals_do_not_drift():
    last = list(islice(arrivals(open_point(3, "constant")), 300_001))[-1]
    assert last == 100_000 * 10**9


@pytest.mark.parametrize("seed", range(5))
def test_poisson_gaps_are_exponential(seed):
    count = 4000
    distance = ks_distance(gaps_s(open_point(50, seed=seed), count), 50)
    # The 1 % point of the Kolmogorov distribution; the seeds are fixed, so this cannot flake.
    assert distance < 1.63 / math.sqrt(count)


def test_poisson_counts_have_the_variance_of_their_mean():
    offsets = np.array(planned_arrivals(open_point(200, duration_s=100, seed=3))) / 1e9
    counts = np.bincount(offsets.astype(int), minlength=100)
    assert counts.mean() == pytest.approx(200, rel=0.02)
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize("burstiness", [0.25, 1.0, 4.0])
def test_gamma_gaps_have_the_rate_as_mean_and_the_shape_as_variance(burstiness):
    gaps = gaps_s(open_point(20, "gamma", burstiness=burstiness, seed=1), 40_000)
    assert gaps.mean() == pytest.approx(1 / 20, rel=0.05)
    assert (gaps.std() / gaps.mean()) ** 2 == pytest.approx(1 / burstiness, rel=0.1)


def test_gamma_of_shape_one_is_poisson():
    gaps = gaps_s(open_point(50, "gamma", burstiness=1.0, seed=2), 4000)
    assert ks_distance(gaps, 50) < 1.63 / math.sqrt(4000)


LAWS = st.sampled_from(["constant", "poisson", "gamma"])
RATES = st.floats(0.01, 1e5, allow_nan=False)


@given(LAWS, RATES, st.integers(0, 2**32), st.floats(0.1, 10))
def test_arrivals_ascend_and_the_seed_decides_them(law, rate, seed, burstiness):
    point = open_point(rate, law, seed=seed, burstiness=burstiness)
    first = list(islice(arrivals(point), 50))
    assert first == list(islice(arrivals(point), 50))
    assert first[0] >= 0
    assert all(before <= after for before, after in pairwise(first))


def test_another_seed_or_point_is_another_schedule():
    plain = planned_arrivals(open_point(10, number=20))
    assert plain != planned_arrivals(open_point(10, number=20, seed=1))
    assert plain != planned_arrivals(Point(1, "next", None, 10.0, 20))


def test_a_higher_rate_compresses_the_same_draws():
    slow = planned_arrivals(open_point(10, number=20))
    fast = planned_arrivals(open_point(20, number=20))
    assert np.allclose(np.array(slow) / 2, fast, atol=2)


@given(LAWS, st.floats(1, 500), st.integers(1, 200), st.floats(0.01, 5), st.integers(0, 30))
def test_whichever_of_number_and_duration_ends_first(law, rate, number, duration_s, warmup):
    def plan(number: int | None, duration_s: float | None) -> list[int]:
        return planned_arrivals(open_point(rate, law, number, duration_s, warmup=warmup))

    by_number = plan(number, None)
    by_time = plan(None, duration_s)
    assert len(by_number) == number + warmup
    assert all(offset < duration_s * 1e9 for offset in by_time)
    assert plan(number, duration_s) == min(by_number, by_time, key=len)


@st.composite
def staged(draw: st.DrawFn, law: Arrival = "constant") -> Point:
    """An open-loop point of stages, of two thousand arrivals at most."""
    made = []
    for _ in range(draw(st.integers(1, 5))):
        start, end = draw(st.one_of(st.just(0.0), st.floats(0.1, 60))), draw(st.floats(0, 60))
        kind = "exponential" if start and end > 0.01 and draw(st.booleans()) else "linear"
        made.append(Stage(draw(st.floats(0.05, 8)), start, end, kind))
    seconds = sum(stage.seconds for stage in made)
    return open_point(1.0, law, None, seconds, stages=tuple(made), seed=draw(st.integers(0, 99)))


@given(staged())
def test_as_many_arrivals_as_the_integral_of_the_rate(point):
    offsets = planned_arrivals(point)
    for part in (0.25, 0.5, 1.0):
        end_s = part * point.duration_s
        due = sum(offset < end_s * 1e9 for offset in offsets)
        assert abs(due - point.profile.amount(end_s)) <= 1 + 1e-6
    assert offsets == sorted(offsets)


@given(LAWS.flatmap(staged), st.integers(1, 7))
def test_arrivals_of_any_shape_ascend_and_are_the_union_of_their_stripes(point, workers):
    plan = planned_arrivals(point)
    assert all(before <= after for before, after in pairwise(plan))
    assert all(0 <= offset < point.duration_s * 1e9 for offset in plan)
    assert plan == planned_arrivals(point)
    stripes = [
        [at for seq, at in enumerate(plan) if worker_of(seq, workers, None) == worker]
        for worker in range(workers)
    ]
    assert sorted(offset for stripe in stripes for offset in stripe) == plan


@pytest.mark.parametrize("law", ["linear", "exponential"])
def test_poisson_arrivals_of_a_ramp_are_poisson_once_time_is_rescaled(law):
    point = open_point(1.0, duration_s=100, stages=(Stage(100, 1, 90, law),), seed=4)
    rescaled = [point.profile.amount(offset / 1e9) for offset in planned_arrivals(point)]
    gaps = np.diff(np.array([0.0, *rescaled]))
    assert ks_distance(gaps, 1.0) < 1.63 / math.sqrt(len(gaps))


def test_a_linear_ramp_is_a_table():
    point = open_point(1.0, "constant", duration_s=4, stages=(Stage(4, 0, 4),))
    # The rate is t, its integral t²/2: arrival n is at the square root of 2n.
    expected = [math.sqrt(2 * n) for n in range(8)]
    assert np.array(planned_arrivals(point)) / 1e9 == pytest.approx(expected, abs=1e-8)


def test_a_stage_of_nothing_is_a_pause():
    rest = (Stage(1, 10, 10), Stage(5, 0, 0), Stage(1, 10, 10))
    offsets = np.array(planned_arrivals(open_point(1.0, "constant", duration_s=7, stages=rest)))
    seconds = offsets / 1e9
    assert len(seconds) == 20
    assert not ((seconds > 1) & (seconds < 6)).any()


def test_what_comes_after_the_stages_is_held():
    point = open_point(50.0, "constant", number=2000, stages=(Stage(10, 0, 50),))
    offsets = np.array(planned_arrivals(point)) / 1e9
    assert (offsets < 10).sum() == 250
    assert np.diff(offsets[260:]) == pytest.approx(1 / 50, abs=1e-6)


def test_arrivals_end_where_the_load_ends_at_nothing():
    point = open_point(1.0, "constant", number=2000, stages=(Stage(10, 20, 0),))
    assert len(planned_arrivals(point)) == pytest.approx(100, abs=1)


def test_a_stage_may_have_a_burstiness_of_its_own():
    made = (Stage(200, 50, 50), Stage(200, 50, 50, burstiness=0.25))
    offsets = np.array(planned_arrivals(open_point(1.0, duration_s=400, stages=made))) / 1e9
    for low, shape in ((0, 1.0), (200, 0.25)):
        gaps = np.diff(offsets[(offsets >= low) & (offsets < low + 200)])
        assert gaps.mean() == pytest.approx(1 / 50, rel=0.1)
        assert (gaps.std() / gaps.mean()) ** 2 == pytest.approx(1 / shape, rel=0.2)


def closed_point(*stages: Stage) -> Point:
    peak = max(level for stage in stages for level in (stage.start, stage.end))
    return Point(0, "closed", int(peak), None, 10, stages=stages)


def test_slots_of_a_ramp_are_a_table():
    steps = slot_steps(closed_point(Stage(4, 1, 5), Stage(1, 5, 0), Stage(1, 2, 2)))
    assert [(at / 1e9, slots) for at, slots in steps] == [
        *((0, 1), (0.5, 2), (1.5, 3), (2.5, 4), (3.5, 5)),
        *((4.1, 4), (4.3, 3), (4.5, 2), (4.7, 1), (4.9, 0), (5.0, 2)),
    ]


CLOSED = st.lists(
    st.builds(Stage, st.floats(0.01, 100), st.integers(0, 60), st.integers(0, 60)),
    min_size=1,
    max_size=5,
).filter(lambda made: any(stage.start or stage.end for stage in made))


@given(CLOSED, st.integers(1, 8))
def test_slots_follow_the_level_and_shares_of_workers_add_up_at_every_moment(made, workers):
    point = closed_point(*made)
    steps = slot_steps(point)
    assert steps[0][0] == 0
    assert [at for at, _ in steps] == sorted(at for at, _ in steps)
    for (at, slots), after in zip(steps, [*steps[1:], None], strict=True):
        assert sum(share(slots, workers, worker) for worker in range(workers)) == slots
        middle = (at + (after[0] if after else point.profile.begins[-1] * 1e9)) / 2e9
        assert abs(point.profile.level(middle) - slots) <= 0.5 + 1e-6


def test_a_closed_loop_has_no_schedule():
    with pytest.raises(AssertionError):
        next(arrivals(Point(0, "closed", 4, None, 10)))


@given(st.integers(0, 5000), st.integers(1, 64))
def test_shares_add_up_and_are_even(total, workers):
    shares = [share(total, workers, worker) for worker in range(workers)]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


@given(st.integers(1, 8), st.integers(1, 300), st.integers(1, 5))
def test_a_closed_loop_gives_each_worker_requests_in_proportion_to_its_slots(
    workers, parallel, rounds
):
    workers = min(workers, parallel)
    got = Counter(worker_of(p, workers, parallel) for p in range(parallel * rounds))
    assert [got[worker] for worker in range(workers)] == [
        rounds * share(parallel, workers, worker) for worker in range(workers)
    ]


@given(st.integers(1, 8), st.integers(0, 400))
def test_an_open_loop_gives_the_workers_turns(workers, number):
    got = [worker_of(position, workers, None) for position in range(number)]
    assert got == [position % workers for position in range(number)]


@given(st.integers(1, 6), st.integers(2, 6), st.integers(1, 40), st.integers(0, 300))
def test_urls_take_turns_over_the_whole_plan(workers, urls, parallel, number):
    for loop in (parallel, None):
        got = Counter(url_of(position, urls, workers, loop) for position in range(number))
        counts = [got[url] for url in range(urls)]
        assert sum(counts) == number
        assert max(counts) - min(counts) <= 1
    turns = [url_of(position, urls, workers, None) for position in range(number)]
    assert turns == [position % urls for position in range(number)]


@given(st.integers(1, 6), st.integers(2, 6), st.integers(1, 6))
def test_the_slots_of_each_worker_are_shared_by_all_urls(workers, urls, slots):
    parallel = workers * slots
    own: dict[int, Counter[int]] = {worker: Counter() for worker in range(workers)}
    for position in range(workers * urls * 3):
        worker = worker_of(position, workers, parallel)
        own[worker][url_of(position, urls, workers, parallel)] += 1
    assert all(set(counts.values()) == {3} for counts in own.values())
    assert all(len(counts) == urls for counts in own.values())


def test_the_stripes_of_any_number_of_workers_are_the_plan():
    plan = planned_arrivals(open_point(100, number=500))
    for workers in (1, 2, 3, 7):
        stripes = [plan[worker::workers] for worker in range(workers)]
        for position, offset in enumerate(plan):
            worker = worker_of(position, workers, None)
            assert stripes[worker][position // workers] == offset


def test_workers_follow_load_and_cores(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(16)), raising=False)
    few = Point(0, "p", STREAMS_PER_WORKER, None, 1)
    more = Point(0, "p", STREAMS_PER_WORKER + 1, None, 1)
    assert default_workers(few) == 1
    assert default_workers(more) == 2
    assert default_workers(open_point(STREAMS_PER_WORKER * 2.5)) == 3
    assert default_workers(Point(0, "p", 10**6, None, 1)) == 8
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0}, raising=False)
    assert default_workers(more) == 1


@given(st.lists(st.integers(0, 3_000_000_000)).map(sorted), st.sampled_from([0.0, 0.25, 1.0]))
def test_a_crowd_is_the_fullest_window(offsets: list[int], window_s: float) -> None:
    crowd = Crowd(window_s)
    for offset in offsets:
        crowd.add(offset)
    windows = ([b for b in offsets if a <= b <= a + window_s * 1e9] for a in offsets)
    assert crowd.most == max(map(len, windows), default=0)
