"""What is known of a running sweep, and how long it will still take."""

from __future__ import annotations

import pytest
from report_builders import make_point, make_progress, make_summary

from perfbench.reports.sweep import Sweep, tokens_so_far


def test_nothing_is_said_before_anything_is_known() -> None:
    sweep = Sweep([make_point(0, 1), make_point(1, 10)])
    assert sweep.left_s() is None
    assert sweep.running is None
    assert not sweep.finished


def test_durations_and_arrivals_are_known_from_the_start() -> None:
    timed = make_point(0, 1, number=None, duration_s=30.0)
    arriving = make_point(1, None, rate=5.0, number=200, warmup=50)
    either = make_point(2, None, rate=5.0, number=2000, duration_s=60.0)
    sweep = Sweep([timed, arriving, either])
    assert sweep.waiting
    assert sweep.left_s() == pytest.approx(30 + 50 + 60)
    sweep.row(0).advance(make_progress(timed, eta_s=None, elapsed_s=10.0))
    assert sweep.left_s() == pytest.approx(20 + 50 + 60)
    sweep.row(0).summary = make_summary(1)
    assert sweep.left_s() == pytest.approx(50 + 60)


def test_later_points_are_as_long_as_those_before_suggest() -> None:
    points = [make_point(i, p, number=1000) for i, p in enumerate((1, 4, 16))]
    sweep = Sweep(points)
    sweep.row(0).advance(make_progress(points[0], 50, elapsed_s=50.0, eta_s=950.0))
    # With 4 times the requests in flight throughput doubles, until something else was seen.
    assert sweep.left_s() == pytest.approx(950 + 500 + 250)
    sweep.row(0).summary = make_summary(1, request_throughput_rps=1.0)
    sweep.row(1).summary = make_summary(4, request_throughput_rps=4.0)
    assert sweep.left_s() == pytest.approx(1000 / 16)
    sweep.row(1).summary = make_summary(4, request_throughput_rps=0.5)
    assert sweep.left_s() == pytest.approx(1000 / 0.5)
    sweep.row(2).summary = make_summary(16)
    assert sweep.left_s() is None
    assert sweep.finished
    assert not sweep.waiting


def test_a_point_without_successes_teaches_nothing() -> None:
    points = [make_point(0, 1), make_point(1, 4)]
    sweep = Sweep(points)
    sweep.row(0).summary = make_summary(1, request_throughput_rps=None)
    assert sweep.left_s() is None


def test_tokens_of_requests_that_run_are_counted_like_those_that_ended() -> None:
    point = make_point()
    counted = make_progress(point, 10, events=500, output_tokens=1000, running_events=50)
    assert tokens_so_far(counted) == pytest.approx(1100)
    for unknown in ({"output_tokens": None}, {"events": 0}):
        assert tokens_so_far(make_progress(point, running_events=50, **unknown)) is None


def test_a_part_is_of_the_requests_or_of_the_time() -> None:
    point = make_point(0, 1, number=1000, duration_s=100.0)
    sweep = Sweep([point])
    assert sweep.row(0).part() is None
    sweep.row(0).advance(make_progress(point, 430, elapsed_s=10.0))
    assert sweep.row(0).part() == pytest.approx(0.43)
    sweep.row(0).advance(make_progress(point, 430, elapsed_s=70.0))
    assert sweep.row(0).part() == pytest.approx(0.7)
