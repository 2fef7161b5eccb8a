"""Games to battles, judges' figures, who meets whom: tables worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from perfbench.errors import StoreError
from perfbench.evaluation.arena.contenders import (
    Answer,
    Asked,
    Contender,
    Roster,
    merged,
    question_text,
)
from perfbench.evaluation.arena.differing import Reversal, met_in_both
from perfbench.evaluation.arena.entry import entry_of
from perfbench.evaluation.arena.games import Game
from perfbench.evaluation.arena.outcome import Counting, judge_figures, judged, panel
from perfbench.evaluation.arena.pairing import Adaptive, Bout, all_bouts, pairs_of
from perfbench.evaluation.arena.standing import Rules, stand
from perfbench.evaluation.figures.battles import Battle
from perfbench.evaluation.figures.ratings import rate
from perfbench.reports.arena.leaderboard import rows, text

SCORES = {"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0}


def game(label: str | None, swapped: bool, judge: str = "j", question: str = "q") -> Game:
    """One between ``a`` and ``b`` with a verdict as stated: A is what was shown first."""
    if label is None:
        return Game(judge, "a", "b", question, swapped, "", missing="no_verdict")
    score = 1 - SCORES[label] if swapped else SCORES[label]
    return Game(judge, "a", "b", question, swapped, "", label, score, ">>" in label)


def both(first: str | None, swapped: str | None, **more: str) -> list[Game]:
    return [game(first, False, **more), game(swapped, True, **more)]


@pytest.mark.parametrize(
    ("labels", "outcome", "score", "weight"),
    [
        (("A>B", "B>A"), "first", 1, 1),
        (("B>A", "A>B"), "second", 0, 1),
        (("A>B", "A>B"), "tie", 0.5, 1),  # the place decided
        (("A=B", "A=B"), "tie", 0.5, 1),
        (("A>B", "A=B"), "tie", 0.75, 1),
        (("A>B", None), "first", 1, 0.5),
        ((None, "A>B"), "second", 0, 0.5),
        ((None, None), None, None, None),
    ],
)
def test_of_one_judge(labels, outcome, score, weight):
    (found,) = judged(both(*labels), Counting())
    assert (found.outcome, found.score) == (outcome, score)
    assert (found.battle and found.battle.weight) == weight
    assert found.battle is None or found.battle.tied == (outcome == "tie")


def test_much_better_counts_as_often_as_is_said():
    games = both("A>>B", "A>B")
    (plain,) = judged(games, Counting())
    assert (plain.score, plain.battle.weight) == (0.5, 1)
    (strong,) = judged(games, Counting(strong_weight=3))
    assert (strong.score, strong.battle.weight) == (0.75, 2)
    assert strong.outcome == "tie"


@pytest.mark.parametrize(
    ("verdicts", "valid", "outcome", "score"),
    [
        ({"j": ("A>B", "B>A"), "k": ("A>B", "B>A"), "m": ("B>A", "A>B")}, 1, "first", 2 / 3),
        ({"j": ("A>B", "B>A"), "k": ("B>A", "A>B")}, 1, "tie", 0.5),
        ({"j": ("A>B", "B>A"), "k": (None, None)}, 1, "first", 1),
        ({"j": ("A>B", "B>A"), "k": (None, None)}, 2, None, None),
    ],
)
def test_of_several_judges(verdicts, valid, outcome, score):
    games = [each for judge, labels in verdicts.items() for each in both(*labels, judge=judge)]
    (found,) = judged(games, Counting(min_valid_judges=valid))
    assert (found.outcome, found.score) == (outcome, score)


def test_what_is_known_of_a_judge():
    games = [
        *both("A>B", "A>B", question="1"),  # the first, twice
        *both("A>B", "B>A", question="2"),  # consistent
        *both("A=B", "A=B", question="3"),  # consistent
        *both("B>A", None, question="4"),
    ]
    (found,) = judge_figures(games)
    assert (found.games, found.verdicts, found.ties) == (8, 7, 2)
    assert found.missing == {"no_verdict": 1}
    # Of five that name a winner, the first in three.
    assert found.first_wins.value == pytest.approx(3 / 5)
    assert found.consistency.value == pytest.approx(2 / 3)


def test_times_of_asking_are_no_orders():
    """A judge that always names the first answer, asked three times, in one order or in both."""
    one = [replace(game("A>B", False), repeat=repeat) for repeat in range(3)]
    (found,) = judge_figures(one)
    assert found.consistency.value is None
    assert (found.stability.value, found.stability.samples) == (1, 1)
    other = [replace(game("A>B", True), repeat=repeat) for repeat in range(3)]
    (found,) = judge_figures([*one, *other])
    assert (found.consistency.value, found.stability.value) == (0, 1)
    changed = replace(game("B>A", False), repeat=1)
    (found,) = judge_figures([one[0], changed, *other])
    assert (found.consistency.value, found.stability.value) == (0.5, 0.5)
    assert judge_figures(both("A>B", "B>A"))[0].stability.value is None


def test_a_part_without_the_baseline_shows_who_fought():
    questions = {key: asked(key, "x" if key < "g" else "y") for key in "abcdefghijkl"}
    everybody = Roster(
        {name: Contender(name, answers={key: Answer("t") for key in questions}) for name in "abz"},
        questions,
    )
    games = [each for key in "ghijkl" for each in both("A>B", "B>A", question=key)]
    games += [
        replace(each, second="z") for key in "abcdef" for each in both("A>B", "B>A", question=key)
    ]
    found = stand(everybody, games, Rules(baseline="z", draws=50))
    whole = [row for row in rows(found) if row["subset"] is None]
    rows_of = {
        title: [row["model"] for row in whole if row["data_set"] == title] for title in ("x", "y")
    }
    assert rows_of == {"x": ["a", "z"], "y": ["a", "b"]}
    shares = [row["win_rate"] for row in whole if row["data_set"] == "y"]
    assert shares == [None] * len(shares)
    part = text(found).partition("LEADERBOARD: y ===")[2].splitlines()[3]
    assert part.split() == ["a", "–", "–"]


def test_how_far_judges_agree():
    games = []
    for number in range(8):
        question = str(number)
        games += both("A>B", "B>A", judge="j", question=question)
        labels = ("A>B", "B>A") if number % 2 else ("B>A", "A>B")
        games += both(*labels, judge="k", question=question)
    bouts = judged(games, Counting())
    found = panel(bouts)
    # One judge always says the same: agreement in half of the cases is what chance gives.
    assert found.kappas["j", "k"].value == pytest.approx(0)
    assert panel(judged(both("A>B", "B>A"), Counting())) is None


def asked(key: str, data_set: str = "d", subset: str = "s", **more) -> Asked:
    return Asked(key, data_set, subset, key, f"what of {key}?", **more)


def roster(**answers: str) -> Roster:
    """Models with the questions (a letter each) that they answered."""
    keys = sorted(set("".join(answers.values())))
    return Roster(
        {
            name: Contender(name, answers={key: Answer(f"{name} on {key}") for key in own})
            for name, own in answers.items()
        },
        {key: asked(key) for key in keys},
    )


def test_who_meets_whom():
    assert pairs_of("abc", None) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert pairs_of("abc", "b") == [("a", "b"), ("c", "b")]
    found = roster(a="pq", b="qr", c="r")
    assert found.common("a", "b") == ["q"]
    assert found.alone(pairs_of("abc", None)) == {"a": 1}
    assert found.alone(pairs_of("abc", "b")) == {"a": 1}
    # Of p, which a answered alone, and of r, which c answered and a did not.
    assert found.alone(pairs_of("abc", "a")) == {"a": 1, "b": 1, "c": 1}
    bouts = list(all_bouts(found, pairs_of("abc", None)))
    assert bouts == [Bout("a", "b", "q"), Bout("b", "c", "r")]


def test_adaptive_spreads_evenly_and_then_goes_where_it_is_least_clear():
    keys = "".join(map(chr, range(97, 117)))
    found = roster(a=keys, b=keys, z=keys)
    draw = Adaptive(found, pairs_of("abz", None), seed=0)
    first = draw.next(None, 9)
    counts = [sum({each.first, each.second} == pair for each in first) for pair in _PAIRS]
    assert counts == [3, 3, 3]
    battles = [Battle("a", "b", number % 2, str(number)) for number in range(8)]
    battles += [Battle("a", "z", 1.0 if number else 0.5, str(number)) for number in range(8)]
    battles += [Battle("b", "z", 1.0 if number else 0.5, str(number)) for number in range(8)]
    then = draw.next(rate(battles, draws=100), 6)
    level = sum({each.first, each.second} == {"a", "b"} for each in then)
    assert level >= 3
    everything = [*first, *then, *draw.next(None, 1000)]
    assert len(set(everything)) == len(everything) == 60
    assert draw.next(None, 5) == []


_PAIRS = [{"a", "b"}, {"a", "z"}, {"b", "z"}]


def test_overall_is_fitted_on_all_battles():
    """Simpson's paradox: a is the better in both data sets by one rate, overall by another."""
    questions = {
        **{f"x{n}": asked(f"x{n}", "x") for n in range(40)},
        **{f"y{n}": asked(f"y{n}", "y") for n in range(10)},
    }
    answers = {key: Answer("text") for key in questions}
    whole = Roster({name: Contender(name, answers=dict(answers)) for name in ("a", "b")}, questions)
    games = []
    for key in questions:
        won = int(key[1:]) % 4 != 0 if key[0] == "x" else int(key[1:]) % 10 == 0
        games += both(*(("A>B", "B>A") if won else ("B>A", "A>B")), question=key)
    found = stand(whole, games, Rules(baseline="b", draws=100))
    ratings = {each.title: each.table.of("a").value - 1000 for each in found.standings}
    assert ratings["OVERALL LEADERBOARD"] == pytest.approx(400 * math.log10(31 / 19))
    assert ratings["DATASET LEADERBOARD: x"] == pytest.approx(400 * math.log10(30 / 10))
    assert ratings["DATASET LEADERBOARD: y"] == pytest.approx(400 * math.log10(1 / 9))
    assert ratings["SUBSET LEADERBOARD: x - s"] == ratings["DATASET LEADERBOARD: x"]


def test_a_judge_of_its_own_battles_is_noted():
    found = roster(a="pq", b="pq")
    found.contenders["b"].served_model = "org/model-b"
    games = [*both("A>B", "B>A", question="p"), *both("B>A", "A>B", question="q")]
    plain = stand(found, games, Rules(draws=10), {"j": "other"})
    assert plain.notes == ()
    own = stand(found, games, Rules(draws=10), {"j": "org/model-b"})
    assert own.notes == ("j judges battles of b, which is the same model",)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_bare_question_is_kept_whoever_knows_it(order):
    known = [
        (Contender("a", answers={"p": Answer("x")}), {"p": asked("p", bare="bare")}),
        (Contender("b", answers={"p": Answer("y")}), {"p": asked("p")}),
    ]
    found = merged([known[place] for place in order])
    assert found.questions["p"].bare == "bare"


def test_a_judge_reads_what_was_asked():
    turns = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Why?"},
    ]
    assert question_text(Asked("k", "d", "s", "1", "Why?")) == "Why?"
    assert question_text(Asked("k", "d", "s", "1", turns[1:])) == "Why?"
    assert question_text(Asked("k", "d", "s", "1", turns)) == "System: Be short.\n\nUser: Why?"
    assert question_text(Asked("k", "d", "s", "1", "Example.\nWhy?", bare="Why?")) == "Why?"


def test_runs_are_found_by_what_lies_in_them(tmp_path: Path):
    run = tmp_path / "20260101_000000_m"
    run.mkdir()
    (run / "run.db").touch()
    inside = entry_of(f"x={run}/reports/m", tmp_path)
    assert (inside.path, inside.name, inside.model) == (run, "x", "m")
    plain = entry_of(str(run), tmp_path)
    assert (plain.path, plain.name, plain.model) == (run, None, None)
    assert entry_of(str(run / "run.db"), tmp_path).path == run
    with pytest.raises(StoreError, match="--runs: there is no run 'nothing'"):
        entry_of("nothing", tmp_path)


def test_battles_of_two_arenas_meet_whoever_is_named_first():
    ours = judged(
        [
            *both("A>B", "B>A", question="kept"),
            *both("A>B", "B>A", question="turned"),
            *both("A=B", "A=B", question="was a tie"),
            *both("A>B", "B>A", question="open there"),
            *both("A>B", "B>A", question="ours alone"),
        ],
        Counting(),
    )
    other_way = [
        replace(each, first="b", second="a", score=1 - each.score)
        for each in (*both("A>B", "B>A", question="kept"), *both("B>A", "A>B", question="turned"))
    ]
    theirs = judged(
        [
            *both("A>B", "B>A", question="was a tie"),
            *both(None, None, question="open there"),
            *both("A>B", "B>A", question="theirs alone"),
            *other_way,
        ],
        Counting(),
    )
    found = met_in_both(ours, theirs)
    assert (found.both, found.undecided, found.only_a, found.only_b) == (3, 1, 1, 1)
    assert found.reversals == [
        Reversal("turned", ("a", "b"), 1, 4, "a", "b"),
        Reversal("was a tie", ("a", "b"), 2, 0, None, "a"),
    ]
    # One of three agrees; by chance (2 * 2 + 1 * 0 + 0 * 1) / 9 of them do.
    assert found.kappa.value == pytest.approx((1 / 3 - 4 / 9) / (1 - 4 / 9))
    assert found.kappa.clusters == 3


def test_arenas_that_share_no_battle():
    found = met_in_both(judged(both("A>B", "B>A"), Counting()), [])
    assert (found.both, found.only_a, found.reversals, found.kappa.value) == (0, 1, [], None)
