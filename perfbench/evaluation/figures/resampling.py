"""Intervals by bootstrap over whole questions, and what remains one-sided.

Both orders and the repeats of a question say much the same, and so do its battles between several
pairs: a draw takes questions, with all that is known of each. The level of an interval is the one
that Student's t asks of so few questions ("expanded percentile", Hesterberg 2015). Values are
whatever is drawn, by draws x models. Knows nothing of how they are estimated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from perfbench.chance import student_quantile
from perfbench.evaluation.figures.battles import Array, Columns

DRAWS = 2000
FEWEST = 6
"""Questions below which nothing is claimed: five that all fall one way are no rare chance."""
DUST = 1e-9
"""Below which a spread is what rounding leaves of none."""
_TAIL = 0.025

Interval = tuple[float | None, float | None]


def drawn_questions(questions: int, draws: int, seed: int) -> Array:
    """How often each question is in each draw, by draws x questions."""
    random = np.random.default_rng(seed)
    shares = np.full(questions, 1 / questions)
    return random.multinomial(questions, shares, size=draws).astype(np.float64)


def tail(questions: int) -> float:
    """Share of the draws to leave beyond each end of a 95 % interval."""
    wide = math.sqrt(questions / (questions - 1)) * student_quantile(questions - 1)
    return NormalDist().cdf(-wide)


def questions_of(found: Columns) -> Array:
    """In how many questions each model took part."""
    seen = np.zeros((len(found.models), found.questions), dtype=bool)
    seen[found.first, found.question] = True
    seen[found.second, found.question] = True
    return np.asarray(seen.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Resamples:
    """Values of models in the draws of a bootstrap, by draws x models."""

    values: Array
    unbounded: tuple[Array, Array]
    """Where nothing bounds the value from below, and from above."""
    questions: Array
    """By model: in how many it took part."""

    def interval(self, place: int) -> Interval:
        """Ends of the 95 % interval of a model's value; ``None`` where it is open."""
        if self.questions[place] < FEWEST:
            return None, None
        draws = len(self.values)
        cut = int(tail(int(self.questions[place])) * (draws + 1)) - 1
        if cut < 0:
            return None, None
        values = self.values[:, place]
        low = np.sort(np.where(self.unbounded[0][:, place], -np.inf, values))[cut]
        high = np.sort(np.where(self.unbounded[1][:, place], np.inf, values))[draws - 1 - cut]
        return _finite(float(low)), _finite(float(high))

    def beats(self) -> Array:
        """``[i, j]``: model i is shown to be better than j, by their difference in the draws."""
        models = len(self.questions)
        found = np.zeros((models, models), dtype=bool)
        for i in range(models):
            behind = (self.values < self.values[:, [i]] - DUST).mean(axis=0)
            for j in range(models):
                shared = int(min(self.questions[i], self.questions[j]))
                if i != j and shared >= FEWEST:
                    found[i, j] = behind[j] >= 1 - tail(shared)
        return found


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def sweep_bound(found: Columns, strength: Array, ahead: Array) -> float:
    """By how much the models ``ahead`` may at least be moved against the others, who never beat
    them: to where the chance of such a sweep is one in forty.

    A question counts once, by the mean logarithm of its battles' chances. Between two models this
    is Clopper and Pearson's bound (1934). Natural logarithm of odds, to add to ``strength``.
    """
    crossing = ahead[found.first] != ahead[found.second]
    first = found.first[crossing]
    gap = strength[first] - strength[found.second[crossing]]
    gap = np.where(ahead[first], gap, -gap)
    _, question = np.unique(found.question[crossing], return_inverse=True)
    battles = np.bincount(question)
    low, high = -60.0, 60.0
    for _ in range(100):
        middle = (low + high) / 2
        chance = np.bincount(question, weights=-np.logaddexp(0, -(gap + middle))) / battles
        if chance.sum() < math.log(_TAIL):
            low = middle
        else:
            high = middle
    return (low + high) / 2
