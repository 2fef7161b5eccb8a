"""Figures of repeats: worked by hand, and against enumerating every draw."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.errors import ConfigError
from perfbench.evaluation.figures import repeats
from perfbench.evaluation.figures.repeats import THRESHOLDS, Draws, consensus, told
from perfbench.types import Score


def answers(text: str) -> list[Score]:
    """``R`` is right, ``-`` unscored, any other letter a wrong answer of that name."""
    return [
        Score(None, unscored="no_answer")
        if letter == "-"
        else Score(float(letter == "R"), answer=letter)
        for letter in text
    ]


TABLE = {
    # Two of four drawn: 6 draws. Four of four: one draw.
    "RRRR": {
        "pass@1": 1,
        "pass@2": 1,
        "pass^2": 1,
        "cons@2": 1,
        "pass@4": 1,
        "pass^4": 1,
        "G-Pass@4_0.5": 1,
        "G-Pass@4_0.75": 1,
        "mG-Pass@4": 1,
        "cons@4": 1,
    },
    "RRxx": {
        "pass@1": 1 / 2,
        "pass@2": 5 / 6,  # all draws but xx
        "pass^2": 1 / 6,  # RR alone
        "cons@2": 1 / 2,  # RR wins, xx loses, the four Rx are ties
        "pass@4": 1,
        "pass^4": 0,
        "G-Pass@4_0.5": 1,  # two of four are enough
        "G-Pass@4_0.75": 0,  # three are wanted
        "mG-Pass@4": 0,  # half of (three or more) + half of (all four)
        "cons@4": 1 / 2,  # 2 against 2
    },
    "Rxxy": {
        "pass@1": 1 / 4,
        "pass@2": 1 / 2,  # Rx, Rx, Ry
        "pass^2": 0,
        "cons@2": 1 / 4,  # those three are ties
        "pass@4": 1,
        "pass^4": 0,
        "G-Pass@4_0.5": 0,
        "G-Pass@4_0.75": 0,
        "mG-Pass@4": 0,
        "cons@4": 0,
    },
    "RRRx": {
        "pass@1": 3 / 4,
        "pass@2": 1,
        "pass^2": 1 / 2,  # 3 of 6
        "cons@2": 3 / 4,  # three wins, three ties
        "pass@4": 1,
        "pass^4": 0,
        "G-Pass@4_0.5": 1,
        "G-Pass@4_0.75": 1,
        "mG-Pass@4": 1 / 2,
        "cons@4": 1,
    },
}


@pytest.mark.parametrize("letters", TABLE)
def test_by_hand(letters):
    found = told(answers(letters), Draws(4, (1, 2, 4)), verdicts=True).figures
    assert {name: found[name] for name in TABLE[letters]} == pytest.approx(TABLE[letters])


def test_published_example_of_pass_at_k():
    # Chen et al. 2021 draw k of n = 200: 13 right make pass@1 13/200.
    assert repeats.pass_at_k(200, 13, 1) == 13 / 200
    assert repeats.pass_at_k(200, 13, 100) == pytest.approx(1 - comb(187, 100) / comb(200, 100))


def test_odd_k_keeps_the_published_weights():
    # 2/5 * (four or more + all five): not normalised, so that even all right is 0.8.
    assert repeats.mg_pass_at_k(5, 5, 5) == pytest.approx(0.8)


def test_threshold_is_the_decimal_number():
    # 0.28 * 25 is 7.000000000000001 in binary; seven of 25 must do.
    assert repeats.g_pass_at_k(25, 7, 25, 0.28) == 1


def test_threshold_zero_is_pass_at_k():
    assert repeats.g_pass_at_k(9, 2, 4, 0.0) == repeats.pass_at_k(9, 2, 4)


@settings(deadline=None)
@given(st.data())
def test_passes_are_the_share_of_draws(data):
    number = data.draw(st.integers(1, 9))
    right = data.draw(st.integers(0, number))
    k = data.draw(st.integers(1, number))
    rights = [sum(draw) for draw in combinations([1] * right + [0] * (number - right), k)]

    def share(wanted: float) -> float:
        return sum(each >= wanted for each in rights) / len(rights)

    assert repeats.pass_at_k(number, right, k) == pytest.approx(share(1))
    assert repeats.pass_hat_k(number, right, k) == pytest.approx(share(k))
    for threshold in (0.25, *THRESHOLDS):
        assert repeats.g_pass_at_k(number, right, k, threshold) == pytest.approx(
            share(max(1, threshold * k))
        )
    if k > 1:
        upper = [share(i) for i in range(-(-k // 2) + 1, k + 1)]
        assert repeats.mg_pass_at_k(number, right, k) == pytest.approx(2 / k * sum(upper))


def vote(draw: tuple[Score, ...]) -> tuple[float, bool]:
    """Expected score of the winner, and whether there was a tie."""
    votes = Counter(score.answer for score in draw if score.value is not None)
    if not votes:
        return 0.0, False
    leaders = [answer for answer, count in votes.items() if count == max(votes.values())]
    return ("R" in leaders) / len(leaders), len(leaders) > 1


@settings(deadline=None)
@given(st.text("Rxyz-", min_size=1, max_size=8), st.data())
def test_consensus_is_the_mean_vote_of_all_draws(letters, data):
    k = data.draw(st.integers(1, len(letters)))
    votes = [vote(draw) for draw in combinations(answers(letters), k)]
    found = consensus(answers(letters), k)
    assert found.value == pytest.approx(sum(value for value, _ in votes) / len(votes))
    assert found.tie == pytest.approx(sum(tie for _, tie in votes) / len(votes))


@settings(deadline=None)
@given(st.text("Rxyz-", min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_order_of_repeats_does_not_matter(letters, random):
    draws = Draws(len(letters), tuple(range(1, len(letters) + 1)))
    shuffled = list(letters)
    random.shuffle(shuffled)
    found = told(answers(letters), draws, verdicts=True)
    assert told(answers("".join(shuffled)), draws, verdicts=True) == found


@settings(deadline=None)
@given(st.text("Rx", min_size=2, max_size=30))
def test_figures_keep_their_order(letters):
    """pass@k >= G-Pass@k >= pass^k, and pass@1 lies between the ends."""
    k = len(letters) // 2
    found = told(answers(letters), Draws(len(letters), (1, k)), verdicts=True).figures
    if k > 1:
        chain = [found[name] for name in (f"pass@{k}", f"G-Pass@{k}_0.5", f"pass^{k}")]
        assert chain == sorted(chain, reverse=True)
        assert found[f"pass^{k}"] - 1e-12 <= found["pass@1"] <= found[f"pass@{k}"] + 1e-12


def test_unscored_answers_are_drawn_but_never_right():
    # R, one unscored, x: of three draws of two, R is in two.
    found = told(answers("R-x"), Draws(3, (2,)), verdicts=True).figures
    assert found["pass@2"] == pytest.approx(2 / 3)
    # R- goes to R, Rx is a tie, -x goes to x: the unscored one has no vote.
    assert found["cons@2"] == pytest.approx((1 + 0.5 + 0) / 3)


def test_all_unscored_elects_nobody():
    assert consensus(answers("--"), 2).value == 0
    assert consensus(answers("--"), 2).tie == 0


def test_too_few_answers_have_no_figure():
    assert set(told(answers("Rx"), Draws(4, (1, 4)), verdicts=True).figures) == {"pass@1"}
    assert consensus(answers("Rx"), 3) is None


def test_no_vote_without_extracted_answers():
    assert consensus([Score(1.0), Score(0.0, answer="x")], 2) is None


def test_partial_credit_only_votes():
    scores = [Score(0.5, answer="a"), Score(0.25, answer="b"), Score(0.25, answer="b")]
    assert told(scores, Draws(3, (1, 3)), verdicts=False).figures == {"cons@3": 0.25}


def test_equal_answers_with_unequal_scores_are_worth_their_mean():
    scores = [Score(1.0, answer="a"), Score(0.0, answer="a"), Score(0.0, answer="b")]
    assert consensus(scores, 3).value == 0.5


def test_names_are_those_of_a_sample():
    draws = Draws.of(4, None, THRESHOLDS)
    assert repeats.names(draws, True) == list(told(answers("RRRx"), draws, True).figures)
    assert draws.ks == (1, 4)


@pytest.mark.parametrize("wish", [(4, [5], [0.5]), (4, [0], [0.5]), (4, [2], [1.5])])
def test_impossible_wishes_are_refused(wish):
    with pytest.raises(ConfigError, match=r"cannot be estimated|lies in 0 to 1"):
        Draws.of(*wish)
