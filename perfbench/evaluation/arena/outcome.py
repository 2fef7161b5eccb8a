"""From games to battles, and what the games say of the judges.

Of one judge: both orders (and repeats) agree, and that is the outcome; they differ, and it is a
tie, scored by their mean. Of several judges: the outcome of most, and the mean score. A game
without a verdict is left out and counted, never a tie. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from perfbench.evaluation.arena.games import Game
from perfbench.evaluation.figures.agreement import Agreement, cohen_kappa, krippendorff_alpha
from perfbench.evaluation.figures.battles import Battle
from perfbench.evaluation.figures.intervals import Estimate, Scale, Term, average

Outcome = Literal["first", "second", "tie"]

_SHARE = Scale(verdicts=True, low=0.0, high=1.0)


@dataclass(frozen=True, slots=True)
class Counting:
    """How games count."""

    strong_weight: float = 1.0
    """Of a verdict "much better", as a multiple of another's."""
    min_valid_judges: int = 1
    """Judges with a verdict that a battle needs."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A bout with its games and what came of it."""

    first: str
    second: str
    question: str
    games: tuple[Game, ...]
    outcome: Outcome | None
    """``None`` where too few judges stated a verdict."""
    battle: Battle | None

    @property
    def score(self) -> float | None:
        """Of the first, 0 to 1."""
        return self.battle.score if self.battle is not None else None


@dataclass(frozen=True, slots=True)
class JudgeFigures:
    """What is known of one judge from its games. Shares of 1."""

    judge: str
    games: int
    verdicts: int
    ties: int
    missing: Mapping[str, int]
    """Games without a verdict, by reason."""
    first_wins: Estimate
    """Of the verdicts that name a better answer: how often it was the one shown first. A half, if
    position does not matter."""
    consistency: Estimate
    """Of the bouts with a verdict in both orders at one time of asking: how often both name the
    same answer, or both a tie."""
    stability: Estimate
    """Of the bouts with several verdicts in the same order: how often all of them are the same."""


@dataclass(frozen=True, slots=True)
class Panel:
    """What several judges have in common; unknown is ``None``."""

    alpha: Agreement
    """Krippendorff's alpha of the outcomes of each bout."""
    kappas: Mapping[tuple[str, str], Agreement] = field(default_factory=dict)
    """Cohen's kappa of every two judges."""


def judged(games: Iterable[Game], rules: Counting) -> list[Judged]:
    """What came of each bout, in the order of the games."""
    bouts: dict[tuple[str, str, str], list[Game]] = defaultdict(list)
    for game in games:
        bouts[game.first, game.second, game.question].append(game)
    return [_judged(bout, tuple(found), rules) for bout, found in bouts.items()]


def _judged(bout: tuple[str, str, str], games: tuple[Game, ...], rules: Counting) -> Judged:
    first, second, question = bout
    by_judge = _by_judge(games)
    outcomes = {judge: found for judge, each in by_judge.items() if (found := _outcome(each))}
    if len(outcomes) < max(1, rules.min_valid_judges):
        return Judged(first, second, question, games, None, None)
    said = [game for game in games if game.score is not None]
    weights = [rules.strong_weight if game.strong else 1.0 for game in said]
    total = sum(weights)
    score = sum(w * (game.score or 0.0) for w, game in zip(weights, said, strict=True)) / total
    outcome = _most(list(outcomes.values()))
    battle = Battle(
        first,
        second,
        score,
        question,
        # A bout that all judges settled in all orders is one battle.
        weight=total / len(games),
        tie=outcome == "tie",
    )
    return Judged(first, second, question, games, outcome, battle)


def _by_judge(games: Sequence[Game]) -> dict[str, list[Game]]:
    ordered = sorted(games, key=lambda game: game.judge)
    return {name: list(each) for name, each in groupby(ordered, key=lambda game: game.judge)}


def _outcome(games: Sequence[Game]) -> Outcome | None:
    """Of one judge; ``None`` without a verdict."""
    said = {_of(game.score) for game in games if game.score is not None}
    if not said:
        return None
    return said.pop() if len(said) == 1 else "tie"


def _of(score: float) -> Outcome:
    return "tie" if score == 0.5 else "first" if score > 0.5 else "second"


def _most(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of most judges; a tie where none has most."""
    (outcome, count), *others = Counter(outcomes).most_common()
    return "tie" if others and others[0][1] == count else outcome


def judge_figures(games: Iterable[Game]) -> list[JudgeFigures]:
    """What is known of each judge, in their order."""
    by_judge: dict[str, list[Game]] = defaultdict(list)
    for game in games:
        by_judge[game.judge].append(game)
    return [_figures(judge, found) for judge, found in by_judge.items()]


def _figures(judge: str, games: Sequence[Game]) -> JudgeFigures:
    said = [game for game in games if game.score is not None]
    wins = [
        (game.question, float(game.shown_first_won))
        for game in said
        if game.shown_first_won is not None
    ]
    return JudgeFigures(
        judge,
        len(games),
        len(said),
        sum(game.score == 0.5 for game in said),
        Counter(game.missing for game in games if game.missing is not None),
        _share(wins),
        _same((game, game.repeat) for game in said),
        _same((game, int(game.swapped)) for game in said),
    )


def _same(said: Iterable[tuple[Game, int]]) -> Estimate:
    """How often games of a bout that have the same mark have the same outcome."""
    groups: dict[tuple[str, str, str, int], list[Outcome]] = defaultdict(list)
    for game, mark in said:
        key = (game.first, game.second, game.question, mark)
        groups[key].append(_of(game.score or 0.0))
    return _share(
        [(key[2], float(len(set(found)) == 1)) for key, found in groups.items() if len(found) > 1]
    )


def _share(values: Sequence[tuple[str, float]]) -> Estimate:
    """A mean, clustered by question."""
    terms: dict[str, Term] = {}
    for question, value in values:
        old = terms.get(question, Term(0.0, 0.0, 0))
        terms[question] = Term(old.total + value, old.weight + 1, old.answers + 1)
    return average(list(terms.values()), _SHARE)


def panel(bouts: Sequence[Judged]) -> Panel | None:
    """How far judges agree; ``None`` where there is only one."""
    judges = list(dict.fromkeys(game.judge for each in bouts for game in each.games))
    if len(judges) < 2:
        return None
    found = [
        {judge: _outcome(games) for judge, games in _by_judge(each.games).items()} for each in bouts
    ]
    questions = [each.question for each in bouts]
    rows = [[each.get(judge) for judge in judges] for each in found]
    kappas = {}
    for place, one in enumerate(judges):
        for other in judges[place + 1 :]:
            pairs, clusters = [], []
            for each, question in zip(found, questions, strict=True):
                a, b = each.get(one), each.get(other)
                if a is not None and b is not None:
                    pairs.append((a, b))
                    clusters.append(question)
            kappas[one, other] = cohen_kappa(pairs, clusters)
    return Panel(krippendorff_alpha(rows, clusters=questions), kappas)
