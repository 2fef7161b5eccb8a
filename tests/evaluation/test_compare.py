"""Two evaluation runs against each other: pairing, flips, verdicts."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.evaluation.figures.compare import ScoredTask, compare
from perfbench.evaluation.figures.paired import bonett_price, mcnemar
from perfbench.types import Score, ScoredAnswer


def rows(letters: str, subset: str = "default", **more) -> list[ScoredAnswer]:
    """One sample a letter: ``R`` right, ``-`` unscored, a digit partial credit, others wrong."""
    found = []
    for i, letter in enumerate(letters):
        value = int(letter) / 10 if letter.isdigit() else float(letter == "R")
        score = Score(None, unscored="no_answer") if letter == "-" else Score(value, answer=letter)
        found.append(ScoredAnswer(f"q{i}", score, subset, **more))
    return found


def task(letters: str, name: str = "gsm8k", version: str | None = "84f965", **more) -> ScoredTask:
    return ScoredTask(name, rows(letters), version, **more)


def only(a: ScoredTask, b: ScoredTask):
    (found,) = compare([a], [b]).tasks
    return found


def test_single_verdicts_by_hand():
    # 4 lost, 1 gained of ten.
    found = only(task("RRRRRRRRxx"), task("xxxxRRRRRx"))
    scored = found.scored
    assert (scored.a, scored.b, scored.samples) == (0.8, 0.5, 10)
    assert scored.difference == pytest.approx(-0.3)
    assert (scored.p, scored.test) == (2 * (1 + 5) / 32, "mcnemar")
    assert (scored.low, scored.high) == bonett_price(4, 1, 10)
    assert found.flip_counts == {"right_to_wrong": 4, "wrong_to_right": 1}
    assert [flip.sample_id for flip in found.flips if flip.kind == "wrong_to_right"] == ["q8"]
    assert scored.real is False
    assert found.verdict == (
        f"gsm8k: B is 30.00 points below A (95 % interval {scored.low * 100:+.2f} to "
        f"{scored.high * 100:+.2f}, p = 0.38, 10 samples): a difference is not shown."
    )


def test_a_real_difference_is_called_so():
    found = compare([task("x" * 30 + "R" * 30)], [task("R" * 60)])
    assert found.tasks[0].scored.real is True
    assert found.tasks[0].verdict.endswith("p < 0.0001, 60 samples): the difference is real.")
    assert found.verdict == "B is better on gsm8k."


def test_unscored_is_not_wrong():
    # Over the samples scored in both nothing changed; over all, eight right answers were lost.
    found = only(task("RRRRRRRRRRxx"), task("RR--------xx"))
    assert (found.scored.samples, found.scored.difference, found.scored.p) == (4, 0, 1)
    assert (found.over_all.samples, found.over_all.p) == (12, mcnemar(8, 0))
    assert found.flip_counts == {"scored_to_unscored": 8}
    assert "B is level with A" in found.verdict
    assert "With unscored answers counted as not right, B is 66.67 points below A" in found.verdict


def test_losing_every_answer_is_seen():
    found = only(task("R" * 10), task("-" * 10))
    assert found.scored.real is None
    assert found.over_all.real is True
    assert found.verdict.startswith("gsm8k: cannot be compared: no sample is scored")
    assert "B is 100.00 points below A" in found.verdict


def test_samples_of_one_run_alone_are_listed_not_compared():
    found = only(task("RRRx"), task("RRRxRR"))
    assert (found.only_a, found.scored.samples) == ((), 4)
    assert found.only_b == (("default", "q4"), ("default", "q5"))


def test_nothing_in_common_is_unknown():
    found = compare([task("R-")], [task("-R")])
    assert found.tasks[0].scored.difference is None
    assert found.tasks[0].scored.real is None
    assert "cannot be compared" in found.tasks[0].verdict
    assert found.verdict == "nothing was scored in both on gsm8k: cannot be compared."
    assert compare([task("R")], [task("R", "mmlu")]).verdict == "The runs have no task in common."


def test_repeats_are_compared_by_their_means():
    def repeated(*runs: str) -> ScoredTask:
        return ScoredTask(
            "aime2024",
            [row for i, letters in enumerate(runs) for row in rows(letters, repeat=i)],
            "604a78",
        )

    # Means 1, 1/2, 0 (one of two unscored), 1/2 against 1/2, 1/2, 1/2, 1.
    found = only(repeated("RRxR", "Rx-x"), repeated("RxRR", "xRxR"))
    assert found.scored.test == "sign_flip"
    assert (found.scored.a, found.scored.b) == (0.5, 0.625)
    # Differences -1/2, 0, 1/2, 1/2: every sign pattern adds up to 1/2 or more.
    assert found.scored.p == 1.0
    assert found.flip_counts == {"lower": 1, "higher": 2}
    assert found.scored.low <= 0.125 <= found.scored.high


def test_one_run_with_repeats_pairs_with_one_without():
    one = ScoredTask("t", rows("RRxx"), "v")
    two = ScoredTask("t", rows("RRxx") + rows("RRRR", repeat=1), "v")
    found = only(one, two)
    assert found.scored.difference == 0.25
    assert found.scored.test == "sign_flip"


def test_partial_credit_uses_the_bootstrap():
    found = only(task("1234567"), task("2345678"))
    assert found.scored.test == "sign_flip"
    assert found.scored.difference == pytest.approx(0.1)
    assert found.scored.p == 2 / 2**7  # all seven rose
    assert (found.scored.low, found.scored.high) == (None, None)  # by the same amount
    assert found.scored.real is True
    assert "(p = 0.016, 7 samples)" in found.verdict


def test_several_tasks_are_corrected_for():
    # p = 2/64 each: real alone, not among three.
    tasks_a = [task("x" * 6, name) for name in ("one", "two", "three")]
    tasks_b = [task("R" * 6, name) for name in ("one", "two", "three")]
    found = compare(tasks_a, tasks_b)
    assert [each.scored.p for each in found.tasks] == [2 / 64] * 3
    assert [each.scored.p_holm for each in found.tasks] == [6 / 64] * 3
    assert found.verdict == "no difference is shown on 3 of 3 tasks."
    assert "p = 0.094 corrected for 3 tasks" in found.tasks[0].verdict
    assert compare(tasks_a[:1], tasks_b[:1]).tasks[0].scored.real is True


def test_merged_subsets_pair_with_separate_ones():
    apart = [
        ScoredAnswer(f"mmlu/{subset}/{i}", Score(1.0, answer="A"), subset)
        for subset in ("law", "physics")
        for i in range(3)
    ]
    merged = [ScoredAnswer(row.sample_id, row.score) for row in apart]
    found = only(ScoredTask("mmlu", apart, "v"), ScoredTask("mmlu", merged, "v"))
    assert found.scored.samples == 6
    assert found.only_a == found.only_b == ()


def test_ids_that_repeat_between_subsets_pair_within_theirs():
    a = ScoredTask("mmlu", rows("Rx", "law") + rows("xx", "physics"), "v")
    b = ScoredTask("mmlu", rows("xx", "physics") + rows("RR", "law"), "v")
    found = only(a, b)
    assert found.scored.samples == 4
    assert [(flip.subset, flip.sample_id) for flip in found.flips] == [("law", "q1")]


@pytest.mark.parametrize(
    ("a", "b", "warning"),
    [
        (
            task("R", parts={"data": "1", "prompt": "p", "sampling": "greedy"}),
            task("R", version="x", parts={"data": "1", "prompt": "q", "sampling": "t=1"}),
            "gsm8k: prompt, sampling not the same in both runs (versions 84f965 and x): the "
            "difference may be theirs, not the model's",
        ),
        (
            task("R"),
            task("R", version="604a78"),
            "gsm8k: data, prompt, few-shot examples, extraction, scorer or sampling not the same "
            "(versions 84f965 and 604a78): the difference may be theirs, not the model's",
        ),
        (
            task("R"),
            task("R", version=None),
            "gsm8k: the version of the task is unknown, so it may not be the same question",
        ),
    ],
)
def test_another_version_is_warned_of(a, b, warning):
    assert compare([a], [b]).warnings == (warning,)
    assert compare([a], [a]).warnings == ()


def test_table_rows_are_flat_and_plain():
    found = compare([task("RRxx-"), task("-", "mmlu")], [task("RxRR-"), task("-", "mmlu")])
    first, second = found.table()
    assert first["task"] == "gsm8k"
    assert (first["better"], first["worse"], first["samples"]) == (2, 1, 4)
    assert (first["verdict"], second["verdict"], second["p"]) == ("not shown", None, None)
    assert first.keys() == second.keys()
    json.dumps(found.table(), allow_nan=False)
    json.dumps(msgspec.to_builtins(found), allow_nan=False)


def test_a_task_given_twice_is_refused():
    with pytest.raises(ValueError, match="same task twice"):
        compare([task("R"), task("x")], [task("R")])


pairs = st.lists(st.tuples(st.sampled_from("Rx-37"), st.sampled_from("Rx-37")), max_size=12)


@settings(deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_sides_mirror(letters, random):
    a, b = (task("".join(side)) for side in (zip(*letters, strict=True) if letters else ("", "")))
    found = only(a, b)
    shuffled = list(b.rows)
    random.shuffle(shuffled)
    assert only(a, ScoredTask("gsm8k", shuffled, b.version)) == found
    mirrored = only(b, a)
    for here, there in ((found.scored, mirrored.scored), (found.over_all, mirrored.over_all)):
        assert (here.p, here.samples, here.a) == (there.p, there.samples, there.b)
        if here.difference is not None:
            assert here.difference == -there.difference
        if here.low is not None:
            assert here.low <= here.difference <= here.high
