"""Figures of a task from graded answers: worked by hand, and what must hold of any answers."""

from __future__ import annotations

import json
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.errors import ConfigError
from perfbench.evaluation.figures.aggregate import REASONS, TaskResult, aggregate, grouped, plain
from perfbench.evaluation.figures.intervals import wilson
from perfbench.types import Record, Score, ScoredAnswer, Usage


def graded(sample_id: str, letter: str, subset: str = "default", **more) -> ScoredAnswer:
    """``R`` is right, ``f c n r g v s`` are unscored, any other letter is a wrong answer."""
    reasons = dict(zip("fcnrgvs", REASONS, strict=True))
    if letter in reasons:
        return ScoredAnswer(sample_id, Score(None, unscored=reasons[letter]), subset, **more)
    return ScoredAnswer(sample_id, Score(float(letter == "R"), answer=letter), subset, **more)


def ended(tokens: int, took_ms: int | None = None) -> Record:
    return Record(
        seq=0,
        sample_id="1",
        sent_ns=7_000_000,
        end_ns=None if took_ms is None else 7_000_000 + took_ms * 1_000_000,
        usage=Usage(output_tokens=tokens),
    )


def rows(subset: str, letters: str, category: str | None = None) -> list[ScoredAnswer]:
    """One sample for each letter."""
    return [
        graded(f"{subset}/{i}", letter, subset, category=category)
        for i, letter in enumerate(letters)
    ]


def repeated(samples: dict[str, str]) -> list[ScoredAnswer]:
    return [
        graded(name, letter, repeat=i)
        for name, letters in samples.items()
        for i, letter in enumerate(letters)
    ]


answered = st.lists(
    st.tuples(st.sampled_from("ab"), st.text("Rxyfcnrgvs", min_size=1, max_size=4)),
    min_size=1,
    max_size=12,
).map(
    lambda samples: [
        graded(f"{subset}/{i}", letter, subset, category=subset.upper(), repeat=j)
        for i, (subset, letters) in enumerate(samples)
        for j, letter in enumerate(letters)
    ]
)


def test_scores_counts_and_coverage_by_hand():
    found = aggregate(rows("default", "RRRxxfccn")).overall
    counts = found.counts
    assert (counts.samples, counts.asked, counts.scored, counts.right) == (9, 9, 5, 3)
    assert (counts.request_failed, counts.cut_off, counts.no_answer) == (1, 2, 1)
    assert found.coverage == 5 / 9
    accuracy = found.figures["accuracy"]
    assert accuracy.scored.value == 0.6
    assert accuracy.over_all.value == 3 / 9
    assert (accuracy.scored.low, accuracy.scored.high) == pytest.approx(wilson(0.6, 5))
    assert (accuracy.over_all.low, accuracy.over_all.high) == pytest.approx(wilson(1 / 3, 9))
    assert found.macro == {}


def test_macro_and_micro_by_hand():
    result = aggregate(
        rows("algebra", "RRRR", "STEM") + rows("physics", "Rx", "STEM") + rows("law", "Rxxf", "law")
    )
    overall = result.overall
    assert overall.figures["accuracy"].scored.value == 6 / 9
    assert overall.figures["accuracy"].over_all.value == 6 / 10
    # ScoredAnswer: 4/4, 1/2, 1/3. Of all: 4/4, 1/2, 1/4.
    assert overall.macro["accuracy"].scored.value == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert overall.macro["accuracy"].over_all.value == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
    assert [group.name for group in result.subsets] == ["algebra", "law", "physics"]
    assert [group.category for group in result.subsets] == ["STEM", "law", "STEM"]
    stem, law = result.categories
    assert (stem.name, stem.figures["accuracy"].scored.value) == ("STEM", 5 / 6)
    assert stem.macro["accuracy"].scored.value == 0.75
    assert (law.name, law.macro) == ("law", {})


def test_a_subset_without_scores_is_unknown_and_leaves_the_macro_average():
    result = aggregate(rows("a", "Rx") + rows("b", "ff"))
    assert result.subsets[1].figures["accuracy"].scored.value is None
    assert result.subsets[1].figures["accuracy"].over_all.value == 0
    assert result.overall.macro["accuracy"].scored.value == 0.5
    assert result.overall.macro["accuracy"].over_all.value == 0.25


def test_repeats_by_hand():
    result = aggregate(repeated({"1": "RRRR", "2": "RRxx", "3": "Rxxy", "4": "xxyy"}))
    assert (result.repeats, result.ks) == (4, (1, 4))
    found = {name: figure.scored for name, figure in result.overall.figures.items()}
    assert list(found) == [
        *("accuracy", "avg@4", "pass@1", "pass@4", "pass^4"),
        *("G-Pass@4_0.5", "G-Pass@4_0.75", "G-Pass@4_1.0", "mG-Pass@4", "cons@4"),
    ]
    assert found["avg@4"] == found["accuracy"]
    assert found["avg@4"].value == found["pass@1"].value == 7 / 16
    # Means 1, 1/2, 1/4, 0 about 7/16: squares 0.546875, over 3 and 4.
    assert found["pass@1"].standard_error == pytest.approx(math.sqrt(0.546875 / 12))
    assert (found["pass@1"].low, found["pass@1"].high) == pytest.approx(wilson(7 / 16, 7.2))
    assert found["pass@4"].value == 0.75
    # 0.75 * 0.25 in four samples is what four verdicts tell.
    assert (found["pass@4"].low, found["pass@4"].high) == pytest.approx(wilson(0.75, 4))
    assert found["pass^4"].value == found["mG-Pass@4"].value == 0.25
    assert found["G-Pass@4_0.5"].value == 0.5
    assert found["cons@4"].value == (1 + 0.5 + 0 + 0) / 4
    assert result.overall.ties == {"cons@4": 0.5}  # of the second and the fourth sample


def test_worked_example_of_aisbench():
    # Its manual, "Analysis of Evaluation Metrics", 2.3: AAX, BCB, XXC and XXX, where X is wrong
    # everywhere and A, B, C are right.
    found = aggregate(repeated({"1": "RRX", "2": "RRY", "3": "XXR", "4": "XXX"})).overall.figures
    assert found["pass@3"].over_all.value == 0.75
    assert found["avg@3"].over_all.value == 5 / 12
    assert found["cons@3"].over_all.value == 0.5
    assert found["G-Pass@3_0.5"].over_all.value == 0.5


def test_unscored_repeats_by_hand():
    found = aggregate(repeated({"1": "Rxf", "2": "RRR"}), ks=[2, 3]).overall.figures
    assert found["accuracy"].scored.value == 4 / 5
    assert found["accuracy"].over_all.value == 4 / 6
    # Over the scored, R is in the only draw of two from Rx; over all in two draws of three.
    assert found["pass@2"].scored.value == 1
    assert found["pass@2"].over_all.value == pytest.approx((2 / 3 + 1) / 2)
    assert found["cons@2"].scored.value == (0.5 + 1) / 2
    # Three scored answers are there only of the second sample.
    assert (found["pass^3"].scored.value, found["pass^3"].scored.samples) == (1, 1)
    assert (found["pass^3"].over_all.value, found["pass^3"].over_all.samples) == (0.5, 2)


def test_partial_credit_has_no_passes():
    scores = [Score(0.5, answer="a"), Score(0.7, answer="b")]
    found = aggregate([ScoredAnswer("1", each, repeat=i) for i, each in enumerate(scores)]).overall
    assert list(found.figures) == ["accuracy", "avg@2", "cons@2"]
    assert found.figures["cons@2"].scored.value == pytest.approx(0.6)
    assert found.counts.right is None


def test_further_metrics_by_hand():
    found = aggregate(
        [
            ScoredAnswer("1", Score(1.0, metrics={"bleu": 40.0, "strict": 1.0})),
            ScoredAnswer("2", Score(0.0, metrics={"bleu": 20.0, "strict": 0.0})),
            ScoredAnswer("3", Score(None, unscored="no_answer")),
        ],
        metric="rouge_l",
    ).overall.figures
    assert list(found) == ["rouge_l", "bleu", "strict"]
    assert (found["bleu"].scored.value, found["bleu"].over_all.value) == (30.0, 20.0)
    assert (found["bleu"].scored.method, found["strict"].scored.method) == ("student", "wilson")
    assert found["bleu"].scored.high > 30


def test_weighted_metric_is_a_ratio_of_sums():
    def row(name: str, share: float, parts: float) -> ScoredAnswer:
        return ScoredAnswer(
            name, Score(float(share == 1), metrics={"followed": share, "parts": parts})
        )

    given_rows = [row("1", 1.0, 1), row("2", 1 / 3, 3)]
    found = aggregate(given_rows, weights={"followed": "parts"}).overall.figures["followed"]
    assert found.scored.value == pytest.approx(2 / 4)  # one of one and one of three
    assert found.over_all == found.scored
    unscored = ScoredAnswer("3", Score(None, unscored="cut_off"))
    found = aggregate([*given_rows, unscored], weights={"followed": "parts"}).overall
    assert found.figures["followed"].scored.value == pytest.approx(2 / 4)
    # Nobody knows how many parts the answer that is not there would have had.
    assert found.figures["followed"].over_all.value is None


def test_tokens_and_latency_are_means_of_what_is_known():
    found = aggregate(
        [
            graded("1", "R", record=ended(10, took_ms=5)),
            graded("2", "R", record=ended(30)),
            graded("3", "R"),
        ]
    ).overall
    assert (found.mean_output_tokens, found.mean_latency_ms) == (20, 5)


def test_nothing_asked_is_unknown():
    found = aggregate([]).overall
    assert (found.coverage, found.counts.asked) == (None, 0)
    assert found.figures["accuracy"].scored.value is None


@settings(deadline=None)
@given(answered, st.randoms(use_true_random=False))
def test_what_holds_of_any_answers(given_rows, random):
    result = aggregate(given_rows, ks=[1])
    shuffled = list(given_rows)
    random.shuffle(shuffled)
    assert aggregate(shuffled, ks=[1]) == result
    for group in (result.overall, *result.categories, *result.subsets):
        counts = group.counts
        unscored = [getattr(counts, reason) for reason in REASONS]
        assert counts.asked == counts.scored + sum(unscored)
        accuracy = group.figures["accuracy"]
        assert accuracy.over_all.value == counts.right / counts.asked
        if counts.scored:
            assert accuracy.scored.value == counts.right / counts.scored
            assert accuracy.scored.low <= accuracy.scored.value <= accuracy.scored.high
            assert accuracy.over_all.value == pytest.approx(accuracy.scored.value * group.coverage)
    assert sum(group.counts.asked for group in result.subsets) == len(given_rows)


@settings(deadline=None)
@given(answered)
def test_json_holds_all_and_no_nan(given_rows):
    result = aggregate(given_rows)
    text = json.dumps(plain(result), allow_nan=False)
    assert msgspec.convert(json.loads(text), TaskResult) == result


@pytest.mark.parametrize(
    ("score", "why"),
    [
        (Score(None), "either a value or a reason"),
        (Score(1.0, unscored="cut_off"), "either a value or a reason"),
        (Score(math.nan), "lies in 0 to 1"),
        (Score(1.5), "lies in 0 to 1"),
        (Score(1.0, metrics={"bleu": math.inf}), "bleu is inf"),
    ],
)
def test_broken_scores_are_refused(score, why):
    with pytest.raises(ValueError, match=why):
        aggregate([ScoredAnswer("1", score)])


def test_an_answer_given_twice_is_refused():
    with pytest.raises(ValueError, match="default/1 has two answers 0"):
        aggregate([graded("1", "R"), graded("1", "x")])


def test_answers_come_grouped_in_order():
    given_rows = [graded("2", "R"), graded("1", "x", repeat=1), graded("1", "R", repeat=0)]
    assert grouped(given_rows) == [[given_rows[2], given_rows[1]], [given_rows[0]]]


def test_k_above_the_repeats_is_refused():
    with pytest.raises(ConfigError, match="k = 8 cannot be estimated from 2 repeats"):
        aggregate(repeated({"1": "Rx"}), ks=[8])
