"""How often models beat each other: raw shares with their intervals, and what ratings imply.

Shares of 1. A win counts 1, a tie a half; the unit of chance is the question, and intervals are
Wilson's with the number of verdicts that would know as much, so that a model that won all, or
tied all, is not known for certain.
Knows nothing of judges or displays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from perfbench.chance import Z, student_quantile
from perfbench.evaluation.figures.battles import Battle
from perfbench.evaluation.figures.intervals import Estimate, Scale, Term, average, wilson
from perfbench.evaluation.figures.ratings import Table
from perfbench.evaluation.figures.resampling import DUST

_SHARE = Scale(verdicts=True, low=0.0, high=1.0)


@dataclass(frozen=True, slots=True)
class WinRate:
    """How a model did against another, or against all."""

    estimate: Estimate
    wins: int
    """Battles that it won clearly: by score, more than a half."""
    ties: int
    losses: int

    @property
    def battles(self) -> int:
        return self.wins + self.ties + self.losses


def matrix(battles: Iterable[Battle]) -> dict[tuple[str, str], WinRate]:
    """Of every two models that met, both ways: how the first did against the second."""
    met: dict[tuple[str, str], list[Battle]] = defaultdict(list)
    for each in battles:
        met[each.first, each.second].append(each)
        met[each.second, each.first].append(each)
    return {pair: _win_rate(pair[0], rows) for pair, rows in met.items()}


def against(battles: Sequence[Battle], baseline: str | None) -> dict[str, WinRate]:
    """How each model did against the baseline, or, without one, against all others: then each
    opponent counts alike, however often it was met. The baseline itself is not in it."""
    if baseline is not None:
        found = matrix(each for each in battles if baseline in (each.first, each.second))
        return {model: rate for (model, _), rate in found.items() if model != baseline}
    own: dict[str, list[Battle]] = defaultdict(list)
    for each in battles:
        own[each.first].append(each)
        own[each.second].append(each)
    return {model: _over_opponents(model, rows) for model, rows in own.items()}


def implied(table: Table) -> dict[tuple[str, str], float]:
    """How often each model beats each other by their ratings, a tie being half a win."""
    return {
        (a.model, b.model): 1 / (1 + 10 ** ((b.value - a.value) / 400))
        for a in table.ratings
        for b in table.ratings
        if a.model != b.model
    }


def _over_opponents(model: str, rows: Sequence[Battle]) -> WinRate:
    by_opponent: dict[str, list[Battle]] = defaultdict(list)
    for each in rows:
        by_opponent[each.second if each.first == model else each.first].append(each)
    whole = _win_rate(model, rows)
    if len(by_opponent) == 1:
        return whole
    # Opponents alike, questions the unit: a question's say is the mean of its weighted scores.
    sizes = {name: sum(each.weight for each in found) for name, found in by_opponent.items()}
    even = [
        Battle(
            each.first,
            each.second,
            each.score,
            each.question,
            each.weight / sizes[each.second if each.first == model else each.first],
        )
        for each in rows
    ]
    return WinRate(_estimate(model, even), whole.wins, whole.ties, whole.losses)


def _win_rate(model: str, rows: Sequence[Battle]) -> WinRate:
    scores = [_score(model, each) for each in rows]
    ties = sum(each.tied for each in rows)
    wins = sum(score > 0.5 and not each.tied for score, each in zip(scores, rows, strict=True))
    return WinRate(_estimate(model, rows), wins, ties, len(rows) - wins - ties)


def _estimate(model: str, rows: Sequence[Battle]) -> Estimate:
    terms: dict[str, Term] = {}
    for each in rows:
        old = terms.get(each.question, Term(0.0, 0.0, 0))
        terms[each.question] = Term(
            old.total + each.weight * _score(model, each),
            old.weight + each.weight,
            old.answers + 1,
        )
    found = average(list(terms.values()), _SHARE)
    value, error = found.value, found.standard_error
    if value is None or error is None or not 0 < value < 1:
        return found
    if error <= DUST:
        # All questions say the same, as they do for one that won all: only their number counts.
        low, high = wilson(value, found.samples)
        return replace(found, low=low, high=high)
    # Battles in two orders say more than as many verdicts would: the number that would know as much
    # is not held to how many there are. Student's t allows for few questions.
    wide = student_quantile(found.samples - 1) / Z
    low, high = wilson(value, value * (1 - value) / (error * wide) ** 2)
    return replace(found, low=low, high=high)


def _score(model: str, battle: Battle) -> float:
    return battle.score if battle.first == model else 1 - battle.score
