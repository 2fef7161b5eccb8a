"""What the repeats of a load tell, by hand."""

from __future__ import annotations

import math

import msgspec
import pytest
from report_builders import make_summary

from perfbench.chance import student_quantile
from perfbench.metrics.repeats import FIGURES, figure_of, repeated_loads
from perfbench.types import Summary


def repeat(nth: int, rate: float, **more) -> Summary:
    made = make_summary(8, name=f"parallel_8_r{nth}", repeat=nth, **more)
    return msgspec.structs.replace(made, request_throughput_rps=rate)


def test_mean_spread_and_interval_by_hand():
    (load,) = repeated_loads([repeat(1, 10.0), repeat(2, 12.0), repeat(3, 14.0)])
    assert (load.name, load.points) == (
        "parallel_8",
        ("parallel_8_r1", "parallel_8_r2", "parallel_8_r3"),
    )
    found = load.figures["request_throughput_rps"]
    half = student_quantile(2) * 2 / math.sqrt(3)
    assert (found.mean, found.std, found.runs) == (12, 2, 3)
    assert (found.low, found.high) == pytest.approx((12 - half, 12 + half))
    assert set(load.figures) == set(FIGURES)


def test_one_repeat_tells_no_spread():
    (load,) = repeated_loads([repeat(1, 10.0)])
    found = load.figures["request_throughput_rps"]
    assert (found.mean, found.std, found.low, found.high, found.runs) == (10, None, None, None, 1)


def test_what_was_interrupted_or_failed_has_no_say():
    summaries = [repeat(1, 10.0), repeat(2, 99.0, interrupted=True), repeat(3, 0.1, completed=0)]
    (load,) = repeated_loads(summaries)
    assert load.figures["request_throughput_rps"].runs == 1
    assert len(load.points) == 3


def test_points_without_repeats_are_none():
    assert repeated_loads([make_summary(1), make_summary(4)]) == []


def test_a_figure_is_found_by_its_name():
    summary = make_summary(4)
    assert figure_of(summary, "ttft_ms.p99") == summary.metrics["ttft_ms"]["p99"]
    assert figure_of(summary, "output_throughput_tok_s") == summary.output_throughput_tok_s
