"""Several judgements of one answer as one score, and what is known of judges, worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.evaluation.figures.judges import combined, panel_figures
from perfbench.types import Aggregate, Judgement, Judging, Score, ScoredAnswer


def judging(aggregate: Aggregate = "mean", min_valid: int = 1) -> Judging:
    return Judging(of="m/d", rubric="r", aggregate=aggregate, min_valid=min_valid)


def says(judge: str, value: float | None, repeat: int = 0, swapped: bool = False) -> Judgement:
    if value is None:
        return Judgement(judge, Score(None, unscored="no_verdict", why="hm"), repeat, swapped)
    return Judgement(judge, Score(value, answer=f"{value:g}"), repeat, swapped)


@pytest.mark.parametrize(
    ("aggregate", "values", "expected"),
    [
        ("mean", [1, 1, 0], 2 / 3),
        ("median", [1, 1, 0], 1),
        ("majority", [1, 1, 0], 1),
        ("mean", [0.2, 0.4, 1], 1.6 / 3),
        ("median", [0.2, 0.4, 1], 0.4),
        ("median", [0, 1], 0.5),
        ("majority", [0, 1], None),
        ("majority", [0, 1, 0.5], None),
        ("majority", [0, 0.5, 0.5], 0.5),
        ("mean", [None, 1], 1),
        ("mean", [None, None], None),
    ],
)
def test_panel_by_hand(
    aggregate: Aggregate, values: list[float | None], expected: float | None
) -> None:
    said = [says(f"j{place}", value) for place, value in enumerate(values)]
    score = combined(said, judging(aggregate))
    assert score.value == (None if expected is None else pytest.approx(expected))
    assert (score.unscored == "no_verdict") == (expected is None)


def test_judge_counts_once_whatever_its_repeats() -> None:
    said = [says("a", 1, 0), says("a", 1, 1), says("a", 1, 2), says("b", 0)]
    assert combined(said, judging()).value == 0.5


def test_orders_that_disagree_are_a_tie_and_a_missing_one_is_nothing() -> None:
    both = [says("a", 1), says("a", 0, swapped=True)]
    assert combined(both, judging()).value == 0.5
    missing = [says("a", 1), says("a", None, swapped=True)]
    assert combined(missing, judging()).unscored == "no_verdict"
    other = [*missing, says("b", 0), says("b", 0, swapped=True)]
    assert combined(other, judging()).value == 0


def test_too_few_judges_are_none() -> None:
    said = [says("a", 1), says("b", 1), says("c", None)]
    assert combined(said, judging(min_valid=2)).value == 1
    score = combined(said, judging(min_valid=3))
    assert score.unscored == "no_verdict"
    assert score.why == "2 of 3 judges have a verdict, 3 are needed"


def test_requests_that_all_failed_are_no_missing_verdict() -> None:
    failed = Judgement("a", Score(None, unscored="request_failed", why="timeout"))
    assert combined([failed], judging()).unscored == "request_failed"
    assert combined([failed, says("b", None)], judging()).unscored == "no_verdict"


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([None, 0.0, 0.5, 1.0]), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(["mean", "median", "majority"]),
)
def test_any_panel_has_a_score_in_bounds_or_a_reason(
    said: list[tuple[str, float | None, bool]], aggregate: Aggregate
) -> None:
    found = [says(name, value, place, swapped) for place, (name, value, swapped) in enumerate(said)]
    score = combined(found, judging(aggregate))
    assert (score.value is None) == (score.unscored is not None)
    assert score.value is None or 0 <= score.value <= 1


def answer(name: str, value: float | None, *said: Judgement) -> ScoredAnswer:
    score = Score(value) if value is not None else Score(None, unscored="no_verdict")
    return ScoredAnswer(name, score, hash=name, judgements=said)


def test_judges_by_hand() -> None:
    answers = [
        answer("1", 1, says("a", 1), says("a", 1, swapped=True), says("b", 1)),
        answer("2", 0.5, says("a", 1), says("a", 0, swapped=True), says("b", 0)),
        answer("3", 0, says("a", 0), says("a", 0, swapped=True), says("b", None)),
        answer("4", 0.5, says("a", 1), says("a", 0, swapped=True), says("b", 0)),
    ]
    found = panel_figures(answers, judging(), {}, ("a",))
    first, second = found.judges
    assert (first.judgements, first.verdicts, first.no_verdict) == (8, 8, 0)
    assert (second.judgements, second.verdicts, second.no_verdict) == (4, 3, 1)
    assert first.orders.value == 0.5
    # Shown first won: 1 and 0 of two agreeing pairs each, 4 of 4 in those that were swapped.
    assert first.first.value == pytest.approx((1 + 2 + 1 + 2) / 8)
    assert second.orders.value is None
    assert first.repeats.value is None
    assert found.own == ("a",)
    # a: 1, .5, 0, .5; b: 1, 0, none, 0: of three pairs one agrees.
    assert found.alpha is not None
    assert found.alpha.units == 3
    labels = [1, 1, 0.5, 0, 0.5, 0]
    unequal = sum(x != y for i, x in enumerate(labels) for j, y in enumerate(labels) if i != j)
    assert found.alpha.value == pytest.approx(1 - (2 / 3) / (unequal / 30))


def test_agreement_with_rules_by_hand() -> None:
    answers = [answer(f"{i}", value) for i, value in enumerate([1, 1, 0, 0, None, 0.5])]
    rules = {(f"{i}", 0): Score(value) for i, value in enumerate([1.0, 0.0, 0.0, 0.0, 1.0, 1.0])}
    found = panel_figures(answers, judging(), rules)
    assert found.rule is not None
    assert found.rule.confusion == {
        "right": {"right": 1, "wrong": 0},
        "wrong": {"right": 1, "wrong": 2},
    }
    # 3 of 4 alike; by chance 1/4 * 2/4 + 3/4 * 2/4
    assert found.rule.kappa.value == pytest.approx((0.75 - 0.5) / 0.5)
    assert not math.isnan(found.rule.kappa.low or 0)
