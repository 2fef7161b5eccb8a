"""Load tests against each other: by hand, and what must not be called a difference."""

from __future__ import annotations

import json
import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.chance import student_outside, student_quantile
from perfbench.metrics.comparison import LoadRun, Reading, compare_load_tests, contrast
from perfbench.metrics.noninferiority import worse_than
from perfbench.metrics.repeats import FIGURES, repeated_loads
from perfbench.metrics.uncertainty import Estimate

TTFT, RATE = "ttft_ms.mean", "request_throughput_rps"


def reading(value: float, error: float | None = 0.01, figure: str = TTFT, **more) -> Reading:
    freedom = None if error is None else 200.0
    estimate = Estimate(value, None, None, error, freedom)
    fields = {"name": "p", "completed": 1000, "failed": 0, "verdict": "trusted", **more}
    return Reading(estimates={figure: estimate}, **fields)


def run(*readings: Reading, name: str = "run", load: str = "parallel_8", **settings) -> LoadRun:
    return LoadRun(name, settings, {}, {load: readings}, {load: load})


def only(a: LoadRun, b: LoadRun, **more):
    (compared,) = compare_load_tests(a, [b], **more).runs
    (load,) = compared.loads
    return load


def test_single_runs_by_hand():
    (found,) = only(run(reading(100)), run(reading(105)), run_spread=0.005).differences
    error = math.sqrt(2 * (0.01**2 + 0.005**2))
    assert (found.a, found.b, found.difference) == pytest.approx((100, 105, 5))
    assert found.relative == pytest.approx(0.05)
    assert found.error == pytest.approx(error)
    # Satterthwaite: (2 * 0.000125)**2 / (2 * 0.0001**2 / 200)
    assert found.freedom == pytest.approx(625)
    half = student_quantile(625.0) * error
    assert (found.low, found.high) == pytest.approx(
        (1.05 * math.exp(-half) - 1, 1.05 * math.exp(half) - 1)
    )
    assert found.p == pytest.approx(student_outside(math.log(1.05) / error, 625))
    assert (found.p_holm, found.change, found.source) == (found.p, "worse", "within runs")
    reach = student_quantile(625.0) + student_quantile(625.0, 0.8)
    assert found.smallest == pytest.approx(math.expm1(reach * error))


def test_repeats_by_hand():
    a = run(*(reading(value) for value in (100, 102, 98)))
    b = run(*(reading(value) for value in (110, 112)))
    (found,) = only(a, b).differences
    logs = [[math.log(v) for v in side] for side in ((100, 102, 98), (110, 112))]
    means = [sum(side) / len(side) for side in logs]
    squares = sum((x - m) ** 2 for side, m in zip(logs, means, strict=True) for x in side)
    error = math.sqrt(squares / 3 * (1 / 3 + 1 / 2))
    assert (found.error, found.freedom) == (pytest.approx(error), 3)
    assert found.p == pytest.approx(student_outside((means[1] - means[0]) / error, 3))
    assert found.source == "between runs"


def test_a_single_run_is_held_against_the_spread_of_a_repeated_baseline():
    a = run(*(reading(value, 0.0001) for value in (100, 104, 96, 101, 99)))
    near, far = run(reading(103, 0.0001)), run(reading(130, 0.0001))
    assert [only(a, b).differences[0].change for b in (near, far)] == ["not shown", "worse"]


def test_less_throughput_is_worse_and_less_time_is_better():
    a, b = run(reading(100, figure=RATE)), run(reading(80, figure=RATE))
    assert only(a, b).differences[0].change == "worse"
    assert only(b, a).differences[0].change == "better"
    assert only(run(reading(100)), run(reading(80))).differences[0].change == "better"


def test_p_values_are_corrected_over_all_runs_and_loads():
    a = run(reading(100))
    others = [run(reading(104)), run(reading(103)), run(reading(101))]
    found = compare_load_tests(a, others)
    differences = [each.loads[0].differences[0] for each in found.runs]
    assert found.tests == 3
    assert differences[0].p_holm == pytest.approx(3 * differences[0].p)
    assert differences[2].p_holm >= differences[2].p
    alone = only(a, others[0]).differences[0]
    assert differences[0].smallest > alone.smallest


def test_a_figure_without_an_error_is_shown_and_not_tested():
    comparison = compare_load_tests(run(reading(100, None)), [run(reading(150, None))])
    (found,) = comparison.runs[0].loads[0].differences
    assert (found.a, found.b) == pytest.approx((100, 150))
    assert (found.p, found.p_holm, found.low, found.change, comparison.tests) == (
        *(None, None, None, None),
        0,
    )
    assert "Too few" in comparison.runs[0].verdict


@pytest.mark.parametrize(
    ("b", "why"),
    [
        (reading(1, verdict="saturated"), "saturated in B"),
        (reading(1, completed=0, verdict=None), "nothing succeeded in B"),
    ],
)
def test_what_cannot_be_compared_is_said(b, why):
    load = only(run(reading(100)), run(b))
    assert why in load.why_not
    assert load.differences == ()


def test_other_work_cannot_be_compared():
    a, b = run(reading(100)), run(reading(100))
    b = LoadRun(b.name, {}, {"max_tokens": [8]}, b.loads, b.labels)
    a = LoadRun(a.name, {}, {"max_tokens": [9]}, a.loads, a.labels)
    load = only(a, b)
    assert "max_tokens" in load.why_not
    assert compare_load_tests(a, [b]).runs[0].verdict == "No load can be compared."


def test_settings_that_differ_and_loads_of_one_side_are_listed():
    a = run(reading(100), load="x", api="openai", stream=True)
    b = run(reading(100), load="y", api="vllm", stream=True, newer=1)
    (found,) = compare_load_tests(a, [b]).runs
    assert found.settings == (("api", "openai", "vllm"),)
    assert (found.only_a, found.only_b, found.loads) == (("x",), ("y",), ())


def test_notes_say_what_speaks_against_a_difference():
    a = run(reading(100, busy=0.3, tokens=(10.0, 100.0), cached=0.98))
    lacks = {"failed": 7, "verdict": "strained", "interrupted": True, "cached": 0.0}
    b = run(reading(100, tokens=(10.0, 50.0), **lacks))
    notes = " ".join(only(a, b).notes)
    for words in ("30%", "7 of 1,007 in B", "strained in B", "interrupted", "output tokens"):
        assert words in notes
    assert "98% of the input in A, 0% in B" in notes
    assert "input tokens" not in notes
    alike = run(reading(100, cached=0.5)), run(reading(100, cached=0.52))
    assert not only(*alike).notes


def test_two_runs_of_one_service_are_the_same_and_a_slower_one_is_found():
    """Draws of 18 figures at a time, as well known as they say."""
    chance = random.Random(4)

    def drawn(slower: float) -> LoadRun:
        values = {
            name: Estimate(100 * math.exp(chance.gauss(slower, 0.006)), None, None, 0.006, 100.0)
            for name in FIGURES
        }
        return run(Reading("p", values, 1000, 0, "trusted"))

    same = found = 0
    for _ in range(300):
        a = drawn(0.0)
        same += all(d.change == "not shown" for d in only(a, drawn(0.0)).differences)
        found += any(d.change == "worse" for d in only(a, drawn(math.log(1.05))).differences)
    assert same >= 0.95 * 300
    assert found >= 0.9 * 300


def test_the_same_run_differs_in_nothing():
    a = run(reading(100, 0.0))
    (found,) = only(a, a, run_spread=0.0).differences
    assert (found.difference, found.p, found.change) == (0, 1, "not shown")


def test_json_has_no_infinity():
    found = compare_load_tests(run(reading(100, 0.0)), [run(reading(101, 0.0))])
    plain = json.loads(msgspec.json.encode(found))
    assert plain["runs"][0]["loads"][0]["differences"][0]["freedom"] is None


@pytest.mark.parametrize(
    ("b", "answer"),
    [(120, "worse"), (100, "not worse"), (106, "cannot be said"), (80, "not worse")],
)
def test_worse_than_a_baseline(b, answer):
    found = worse_than(TTFT, [reading(100)], [reading(b)], 5)
    assert found.answer == answer
    assert TTFT in str(found)


def test_worse_throughput_is_less():
    a = [reading(100, figure=RATE)]
    for value, answer in ((80, "worse"), (100, "not worse"), (95, "cannot be said")):
        assert worse_than(RATE, a, [reading(value, figure=RATE)], 5).answer == answer


def test_what_is_not_known_cannot_be_said():
    assert worse_than(TTFT, [reading(1)], [reading(1, figure=RATE)], 5).answer == "cannot be said"
    assert worse_than(TTFT, [reading(1)], [reading(2, None)], 5).answer == "cannot be said"


@given(st.floats(50, 200), st.floats(0.001, 0.1), st.floats(0, 50))
def test_an_answer_never_contradicts_the_figures(b, error, margin):
    found = worse_than(TTFT, [reading(100, error)], [reading(b, error)], margin)
    if found.answer == "worse":
        assert b > 100 * (1 + margin / 100)
    elif found.answer == "not worse":
        assert b <= 100 * (1 + margin / 100)


def test_contrast_needs_both_sides():
    assert contrast(TTFT, [reading(1)], []) is None


def test_points_that_ran_once_are_no_repeats():
    assert repeated_loads([]) == []
