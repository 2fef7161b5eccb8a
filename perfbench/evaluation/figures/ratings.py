"""Ratings of models from all their battles at once, with intervals and ranks as ranges.

Bradley-Terry strengths on Elo's scale: 400 points are odds of 10 to 1, and the anchor is 1000: the
baseline, else the mean of all. Intervals are 95 % and come from a bootstrap over questions. Where a
model won or lost everything its rating is bounded on one side only, and the other end is ``None``.
Models that did not meet, nor others between them, have no common table. ``docs/arena.md`` gives
formulas and sources.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from perfbench.evaluation.figures.battles import Array, Battle, Columns, columns
from perfbench.evaluation.figures.bradley_terry import Outcomes, outcomes, reach, strengths
from perfbench.evaluation.figures.intervals import wilson
from perfbench.evaluation.figures.resampling import (
    DRAWS,
    DUST,
    Interval,
    Resamples,
    drawn_questions,
    questions_of,
    sweep_bound,
)

POINTS = 400 / math.log(10)
"""Elo points of a natural logarithm of odds."""
ANCHOR = 1000.0

Ties = Literal["half", "davidson"]
Sweep = Literal["won_all", "lost_all", "both"]


@dataclass(frozen=True, slots=True)
class Rating:
    """What the battles say of one model."""

    model: str
    value: float
    """Elo points."""
    low: float | None
    """Lower end of the 95 % interval; ``None`` if nothing bounds it."""
    high: float | None
    rank: int
    """Place by the value, from 1."""
    rank_low: int
    """Best place that the battles allow: after all that are shown to be better."""
    rank_high: int
    battles: int
    questions: int
    sweep: Sweep | None = None
    """It never lost (or never won) against anybody that leads to the rest: the value is held finite
    by one more battle, drawn, and only one end is known. ``both``: nothing ties it to the rest."""


@dataclass(frozen=True, slots=True)
class Table:
    """Ratings of all models that met."""

    ratings: tuple[Rating, ...]
    """Best first; none where the models have no common table."""
    anchor: str
    """The baseline, which is 1000; empty: the mean is."""
    battles: int
    questions: int
    tie_parameter: float | None = None
    """Davidson's: the odds of a tie to a win between equals; ``None`` where ties are halves."""
    groups: tuple[tuple[str, ...], ...] = ()
    """Models that met among themselves only, where there are several such groups."""
    beats: frozenset[tuple[str, str]] = frozenset()
    """Pairs of which the first is shown to be better."""

    def of(self, model: str) -> Rating | None:
        """The rating of a model; ``None`` if it has none."""
        return next((each for each in self.ratings if each.model == model), None)

    @property
    def widest(self) -> float | None:
        """Width of the widest interval; ``None`` if one is open, or there is none."""
        widths = [
            each.high - each.low
            for each in self.ratings
            if each.low is not None and each.high is not None
        ]
        return max(widths) if widths and len(widths) == len(self.ratings) else None


@dataclass(frozen=True, slots=True)
class Footing:
    """What ratings stand on: whom they are held against, and what the outcomes bound."""

    found: Columns
    anchor: int | None
    """Place of the baseline; ``None``: the mean is 1000."""
    core: Array
    """The models that the others are held against: the baseline, else the most that are tied
    together by wins both ways."""
    reached: Array
    """See ``bradley_terry.reach``, of all battles."""

    def points(self, strength: Array) -> Array:
        """Strengths as Elo points; the last axis is that of the models."""
        if self.anchor is None:
            held = strength.mean(axis=-1, keepdims=True)
        else:
            held = strength[..., [self.anchor]]
        return np.asarray(ANCHOR + POINTS * (strength - held))

    def others(self, place: int) -> Array:
        """Whom a model is held against."""
        rest = self.core[self.core != place]
        return rest if len(rest) else np.delete(np.arange(len(self.found.models)), place)

    def unbounded(self, reached: Array) -> tuple[Array, Array]:
        """By tables x models: where nothing bounds a rating from below, and from above."""
        below = np.zeros(reached.shape[:2], dtype=bool)
        above = below.copy()
        for place in range(reached.shape[1]):
            if place != self.anchor:
                rest = self.others(place)
                below[:, place] = ~reached[:, place, rest].any(axis=1)
                above[:, place] = ~reached[:, rest, place].any(axis=1)
        return below, above


def rate(
    battles: Iterable[Battle],
    baseline: str | None = None,
    ties: Ties = "half",
    draws: int = DRAWS,
    seed: int = 0,
) -> Table:
    """Rate all models at once.

    Args:
        baseline: who is 1000, if it fought; else the mean is.
        ties: half a win for each, or a kind of their own by Davidson's model.
        draws: of the bootstrap.
        seed: of the bootstrap.
    """
    found = columns(battles)
    if not len(found):
        return Table((), baseline or "", 0, 0)
    pairs, davidson = found.pairs(), ties == "davidson"
    whole = outcomes(pairs, np.ones((1, found.questions)), davidson)
    footing, groups = stand(found, whole, baseline)
    if len(groups) > 1:
        return Table((), baseline or "", len(found), found.questions, groups=groups)
    strength, tie = strengths(whole, footing.reached[None])
    resampled = outcomes(pairs, drawn_questions(found.questions, draws, seed), davidson)
    reached = reach(resampled)
    drawn = Resamples(
        footing.points(strengths(resampled, reached)[0]),
        footing.unbounded(reached),
        questions_of(found),
    )
    return table(footing, strength[0], drawn, math.exp(float(tie[0])) if davidson else None)


def stand(
    found: Columns, whole: Outcomes, baseline: str | None
) -> tuple[Footing, tuple[tuple[str, ...], ...]]:
    """What ratings from all battles stand on, and the groups of models that met."""
    models = len(found.models)
    met = np.eye(models, dtype=bool)
    met[found.first, found.second] = met[found.second, found.first] = True
    for _ in range(models.bit_length()):
        met = met @ met
    groups = dict.fromkeys(tuple(np.flatnonzero(row)) for row in met)
    reached = reach(whole)[0]
    anchor = found.models.index(baseline) if baseline in found.models else None
    mutual = reached & reached.T
    core = np.flatnonzero(mutual[int(mutual.sum(axis=1).argmax())])
    footing = Footing(found, anchor, core if anchor is None else np.array([anchor]), reached)
    return footing, tuple(tuple(found.models[each] for each in group) for group in groups)


def table(
    footing: Footing, strength: Array, drawn: Resamples, tie_parameter: float | None = None
) -> Table:
    """The ratings of models from their strengths and from the draws of these, as Elo points."""
    found, value, beats = footing.found, footing.points(strength), drawn.beats()
    fought = np.bincount(np.concatenate([found.first, found.second]), minlength=len(value))
    ratings = []
    for rank, place in enumerate(np.argsort(-value, kind="stable"), 1):
        sweep, (low, high) = _bounded(footing, strength, drawn, int(place))
        ratings.append(
            Rating(
                model=found.models[place],
                value=float(value[place]),
                low=low,
                high=high,
                rank=rank,
                rank_low=1 + int(beats[:, place].sum()),
                rank_high=len(value) - int(beats[place].sum()),
                battles=int(fought[place]),
                questions=int(drawn.questions[place]),
                sweep=sweep,
            )
        )
    better = zip(*np.nonzero(beats), strict=True)
    return Table(
        tuple(ratings),
        "" if footing.anchor is None else found.models[footing.anchor],
        len(found),
        found.questions,
        tie_parameter,
        beats=frozenset((found.models[i], found.models[j]) for i, j in better),
    )


def _bounded(
    footing: Footing, strength: Array, drawn: Resamples, place: int
) -> tuple[Sweep | None, Interval]:
    """Whether a model swept or was swept, and its interval."""
    if place == footing.anchor:
        return None, (ANCHOR, ANCHOR)
    rest, reached = footing.others(place), footing.reached
    ahead = np.asarray(~reached[rest].any(axis=0))
    behind = np.asarray(~reached[:, rest].any(axis=1))
    low, high = drawn.interval(place)
    value = float(footing.points(strength)[place])
    if ahead[place] and behind[place]:
        return "both", (None, None)
    if ahead[place]:
        bound = value + POINTS * sweep_bound(footing.found, strength, ahead)
        return "won_all", (bound if low is None else min(low, bound), None)
    if behind[place]:
        bound = value - POINTS * sweep_bound(footing.found, strength, ~behind)
        return "lost_all", (None, bound if high is None else max(high, bound))
    if low is not None and high is not None and high - low <= DUST:
        return None, _unvaried(value, int(drawn.questions[place]))
    # Rounding and few draws must not put the ends on the wrong side of the estimate.
    return None, (
        None if low is None else min(low, value),
        None if high is None else max(high, value),
    )


def _unvaried(value: float, questions: int) -> Interval:
    """The interval of a rating that all questions agree on, as all ties do: Wilson's of the win
    rate that it stands for against the anchor, as if each question were one verdict."""
    share = 1 / (1 + 10 ** ((ANCHOR - value) / 400))
    low, high = (ANCHOR + POINTS * math.log(p / (1 - p)) for p in wilson(share, questions))
    return min(low, value), max(high, value)


def online_elo(
    battles: Sequence[Battle], step: float = 4.0, shuffles: int = 100, seed: int = 0
) -> dict[str, float]:
    """Elo's ratings as they are kept from game to game, from 1000 for everybody: the mean over
    ``shuffles`` orders, since the order moves them.

    Args:
        step: points that a win of an equal brings, twice over (K).
    """
    found = columns(battles)
    random = np.random.default_rng(seed)
    values = np.full((shuffles, len(found.models)), ANCHOR)
    orders = np.argsort(random.random((shuffles, len(found))), axis=1)
    rows = np.arange(shuffles)
    for turn in range(len(found)):
        battle = orders[:, turn]
        first, second = found.first[battle], found.second[battle]
        ahead = values[rows, first] - values[rows, second]
        gain = step * (found.score[battle] - 1 / (1 + 10 ** (-ahead / 400)))
        values[rows, first] += gain
        values[rows, second] -= gain
    return dict(zip(found.models, map(float, values.mean(axis=0)), strict=True))
