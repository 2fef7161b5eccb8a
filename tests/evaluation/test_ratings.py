"""Ratings, their intervals and win rates: against tables worked by hand and other software.

The values in ``BY_OTHERS`` are what choix 0.4.1 (``ilsr_pairwise_dense``, tol 1e-13) and evalica
0.4.2 (``bradley_terry``, tolerance 1e-14) say of :func:`seeded`, on Elo's scale with mean 0; both
gave the same nine digits. Where they are installed they are asked again.
"""

from __future__ import annotations

import csv
import math
import os
import random
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.evaluation.figures.battles import Battle, columns
from perfbench.evaluation.figures.intervals import wilson
from perfbench.evaluation.figures.ratings import POINTS, online_elo, rate
from perfbench.evaluation.figures.resampling import sweep_bound
from perfbench.evaluation.figures.winrates import against, implied, matrix

VOTES = (
    Path(os.environ.get("PERFBENCH_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
    / "votes"
)
BY_OTHERS = {
    "m0": -104.864919648,
    "m1": -98.290550925,
    "m2": -24.288244974,
    "m3": 50.916288683,
    "m4": 69.715783716,
    "m5": 106.811643148,
}


def results(first: str, second: str, won: int, lost: int, tied: int = 0) -> list[Battle]:
    """As many battles, each about a question of its own."""
    scores = [1.0] * won + [0.0] * lost + [0.5] * tied
    return [
        Battle(first, second, score, f"{first}{second}{place}")
        for place, score in enumerate(scores)
    ]


def seeded() -> list[Battle]:
    """Six models, forty questions, a fifth of ties."""
    drawn = random.Random(7)
    rows = []
    for question in range(40):
        for i in range(6):
            for j in range(i):
                chance, kind = 1 / (1 + math.exp(-(i - j) * 0.3)), drawn.random()
                score = 0.5 if kind < 0.2 else float(drawn.random() < chance)
                rows.append(Battle(f"m{i}", f"m{j}", score, str(question)))
    return rows


def values(table) -> dict[str, float]:
    return {each.model: each.value for each in table.ratings}


def test_odds_of_three_to_one_are_191_points():
    found = rate(results("a", "b", 30, 10), "b", draws=50)
    assert values(found) == {"a": pytest.approx(1000 + 400 * math.log10(3)), "b": 1000}
    assert round(400 * math.log10(3), 2) == 190.85


def test_a_chain_adds_up():
    rows = [*results("a", "b", 3, 1), *results("b", "c", 3, 1)]
    found = values(rate(rows, "c", draws=50))
    assert found["b"] - found["c"] == pytest.approx(400 * math.log10(3), abs=1e-9)
    assert found["a"] - found["b"] == pytest.approx(400 * math.log10(3), abs=1e-9)


@pytest.mark.parametrize("ties", ["half", "davidson"])
def test_a_cycle_is_level(ties):
    rows = [*results("a", "b", 7, 0), *results("b", "c", 7, 0), *results("c", "a", 7, 0)]
    found = rate(rows, ties=ties, draws=50)
    assert values(found) == {name: pytest.approx(1000, abs=1e-9) for name in "abc"}
    assert not found.beats
    assert {(each.rank_low, each.rank_high) for each in found.ratings} == {(1, 3)}


def test_half_ties_are_half_wins():
    found = values(rate(results("a", "b", 20, 0, 20), "b", draws=50))
    assert found["a"] == pytest.approx(1000 + 400 * math.log10(3))


def test_davidson_by_hand():
    """Two models, 20 wins, 5 losses, 10 ties: odds of win to loss are 4, ties sqrt(20 * 5) = 10."""
    found = rate(results("a", "b", 20, 5, 10), "b", ties="davidson", draws=50)
    assert values(found)["a"] == pytest.approx(1000 + 400 * math.log10(4))
    assert found.tie_parameter == pytest.approx(1.0)


@pytest.mark.parametrize("ties", ["half", "davidson"])
def test_a_clean_sweep_is_finite_flagged_and_bounded_on_one_side(ties):
    found = rate(results("a", "b", 30, 0), "b", ties=ties)
    swept = found.of("a")
    assert (swept.sweep, swept.high) == ("won_all", None)
    assert math.isfinite(swept.value)
    # Clopper and Pearson: the chance p with p ** 30 = 0.025.
    chance = 0.025 ** (1 / 30)
    assert swept.low == pytest.approx(1000 + 400 * math.log10(chance / (1 - chance)), abs=1e-6)
    beaten = rate(results("a", "b", 30, 0), "a", ties=ties).of("b")
    assert (beaten.sweep, beaten.low) == ("lost_all", None)
    assert beaten.high == pytest.approx(2000 - swept.low, abs=1e-6)


def test_one_loss_in_a_table_needs_no_help():
    """29 : 1 has a maximum, which nothing is added to; many draws are sweeps, so it is open."""
    found = rate(results("a", "b", 29, 1), "b").of("a")
    assert found.value == pytest.approx(1000 + 400 * math.log10(29))
    assert found.sweep is None
    assert found.low > 1000
    assert found.high is None


def test_the_bound_of_a_sweep_counts_questions_not_battles():
    rows = [Battle("a", name, 1.0, str(q)) for q in range(10) for name in "bcd"]
    rows += [Battle("b", "c", q % 2, str(q)) for q in range(10)]
    rows += [Battle("c", "d", q % 2, str(q)) for q in range(10)]
    found = columns(rows)
    ahead = np.array([name == "a" for name in found.models])
    chance = 0.025 ** (1 / 10)
    level = math.log(chance / (1 - chance))
    assert sweep_bound(found, np.zeros(4), ahead) == pytest.approx(level, abs=1e-9)


def test_models_that_never_met_have_no_common_table():
    found = rate([*results("a", "b", 5, 5), *results("c", "d", 5, 5)])
    assert found.ratings == ()
    assert found.groups == (("a", "b"), ("c", "d"))


def test_who_beats_somebody_that_the_other_beats_is_not_compared():
    """a and b both swept c: nothing ties them to each other."""
    found = rate([*results("a", "c", 9, 0), *results("b", "c", 9, 0)], "a", draws=50)
    assert found.of("b").sweep == "both"
    assert (found.of("b").low, found.of("b").high) == (None, None)


def test_few_questions_claim_nothing():
    found = rate([Battle("a", "b", 1.0, "one question") for _ in range(100)], "b")
    assert not found.beats
    assert (found.of("a").rank_low, found.of("a").rank_high) == (1, 2)


def test_orders_and_repeats_of_a_question_are_one_fact():
    """Ten copies of every battle leave value and interval as they are."""
    rows = seeded()
    once, often = rate(rows, "m0"), rate([row for row in rows for _ in range(10)], "m0")
    for a, b in zip(once.ratings, often.ratings, strict=True):
        assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), abs=1e-6)


def test_as_other_software_has_it():
    found = values(rate(seeded(), draws=50))
    assert found == {name: pytest.approx(1000 + by, abs=1e-6) for name, by in BY_OTHERS.items()}


def test_as_choix_says():
    choix = pytest.importorskip("choix", reason="choix is not installed; it needs scipy")
    won = np.zeros((6, 6))
    for row in seeded():
        i, j = int(row.first[1]), int(row.second[1])
        won[i, j] += row.score
        won[j, i] += 1 - row.score
    by_choix = choix.ilsr_pairwise_dense(won, tol=1e-13, max_iter=10_000)
    found = values(rate(seeded(), draws=50))
    for place, strength in enumerate(by_choix - by_choix.mean()):
        assert found[f"m{place}"] == pytest.approx(1000 + POINTS * strength, abs=1e-6)


def test_as_evalica_says():
    evalica = pytest.importorskip("evalica", reason="evalica is not installed; it needs scipy")
    winner = {1.0: evalica.Winner.X, 0.0: evalica.Winner.Y, 0.5: evalica.Winner.Draw}
    rows = seeded()
    scores = evalica.bradley_terry(
        [row.first for row in rows],
        [row.second for row in rows],
        [winner[row.score] for row in rows],
        tolerance=1e-14,
        limit=100_000,
    ).scores
    middle = sum(map(math.log, scores)) / len(scores)
    for model, value in values(rate(rows, draws=50)).items():
        assert value == pytest.approx(1000 + POINTS * (math.log(scores[model]) - middle), abs=1e-6)


@pytest.mark.parametrize(
    ("votes", "golden"),
    [("simple", "simple"), ("food", "food"), ("crowd-comparisons", "llmfao")],
)
def test_human_votes_as_evalica_rates_them(votes, golden):
    if not VOTES.is_dir():
        pytest.skip(f"no votes in {VOTES}; PERFBENCH_DATA names the data folder")
    score = {"left": 1.0, "right": 0.0, "tie": 0.5}
    with open(VOTES / f"{votes}.csv", encoding="utf-8") as file:
        rows = [
            Battle(row["left"], row["right"], score[row["winner"]], row.get("prompt") or str(place))
            for place, row in enumerate(csv.DictReader(file))
            if row["winner"] in score
        ]
    with open(VOTES / f"{golden}-golden.csv", encoding="utf-8") as file:
        known = {
            row["item"]: math.log(float(row["score"]))
            for row in csv.DictReader(file)
            if row["algorithm"] == "bradley_terry"
        }
    middle = sum(known.values()) / len(known)
    found = values(rate(rows, draws=10))
    assert found.keys() == known.keys()
    for model, value in found.items():
        assert value == pytest.approx(1000 + POINTS * (known[model] - middle), abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*combinations("abcd", 2)]),
            st.sampled_from([0.0, 0.25, 0.5, 1.0]),
            st.integers(0, 9),
        ),
        max_size=40,
    ),
    st.sampled_from(["half", "davidson"]),
    st.sampled_from([None, "a"]),
)
def test_whatever_the_table_every_figure_is_finite_or_unknown(rows, ties, baseline):
    battles = [Battle(*pair, score, str(question)) for pair, score, question in rows]
    found = rate(battles, baseline, ties, draws=40)
    for each in found.ratings:
        assert math.isfinite(each.value)
        assert each.low is None or each.low <= each.value
        assert each.high is None or each.high >= each.value
        assert each.rank_low <= each.rank_high
        assert (each.sweep is None) or None in (each.low, each.high)
    # Whoever is called better has the higher rating.
    points = values(found)
    assert all(points[a] > points[b] for a, b in found.beats)


def test_online_elo_by_hand():
    """One battle of equals: each order is the same, the winner gains half of the step."""
    assert online_elo([Battle("a", "b", 1.0, "q")], step=32) == {"a": 1016, "b": 984}
    tied = online_elo([Battle("a", "b", 1.0, "1"), Battle("a", "b", 0.0, "2")], shuffles=400)
    assert tied["a"] == pytest.approx(1000, abs=0.05)
    assert tied["a"] + tied["b"] == pytest.approx(2000)


def test_win_rates_by_hand():
    rows = [*results("a", "b", 6, 2, 2), *results("c", "b", 0, 10)]
    found = against(rows, "b")
    assert found["a"].estimate.value == pytest.approx(0.7)
    assert (found["a"].wins, found["a"].ties, found["a"].losses) == (6, 2, 2)
    assert found["c"].estimate.value == 0
    # Wilson's interval of 0 in 10.
    assert found["c"].estimate.low == 0
    assert found["c"].estimate.high == pytest.approx(1.959964**2 / (10 + 1.959964**2), abs=1e-6)
    assert matrix(rows)["b", "a"].estimate.value == pytest.approx(0.3)
    assert ("a", "c") not in matrix(rows)


def test_every_opponent_counts_alike_without_a_baseline():
    rows = [*results("a", "b", 1, 0), *results("a", "c", 0, 9)]
    assert against(rows, None)["a"].estimate.value == pytest.approx(0.5)


def test_implied_win_rates_follow_the_ratings():
    found = implied(rate(results("a", "b", 30, 10), "b", draws=10))
    assert found["a", "b"] == pytest.approx(0.75)
    assert found["b", "a"] == pytest.approx(0.25)


@pytest.mark.parametrize("score", [0.5, 0.7])
@pytest.mark.parametrize("questions", [8, 20, 200])
def test_questions_that_all_say_the_same_are_known_as_well_as_their_number_allows(score, questions):
    rows = [Battle("a", "b", score, str(place)) for place in range(questions)]
    estimate = against(rows, "b")["a"].estimate
    ends = wilson(score, questions)
    assert estimate.value == pytest.approx(score)
    assert (estimate.low, estimate.high) == pytest.approx(ends)
    table = rate(rows, "b", draws=200)
    found = table.of("a")
    wanted = [1000 + 400 * math.log10(end / (1 - end)) for end in ends]
    assert [found.low, found.high] == pytest.approx(wanted)
    assert table.widest == pytest.approx(wanted[1] - wanted[0])


def test_models_that_tied_in_all_are_not_told_apart_by_rounding():
    rows = [row for row in seeded() if {row.first, row.second} != {"m4", "m5"}]
    rows = [row for row in rows if "m5" not in (row.first, row.second)]
    rows += [Battle("m5", "m4", 0.5, str(place)) for place in range(40)]
    found = rate(rows, draws=200)
    assert not {("m4", "m5"), ("m5", "m4")} & found.beats
    anchored = rate(rows, "m4", draws=200).of("m5")
    assert anchored.low < 1000 - 50 < 1000 + 50 < anchored.high


def test_a_battle_needs_two_models_and_a_score():
    with pytest.raises(ValueError, match="meets itself"):
        columns([Battle("a", "a", 1.0, "q")])
    with pytest.raises(ValueError, match="2"):
        columns([Battle("a", "b", 2.0, "q")])
