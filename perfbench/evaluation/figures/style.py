"""Ratings with style taken out: what length and markup of an answer are worth to a judge.

A battle's odds depend on the models' strengths and on how differently the two answers are written,
by coefficients that all models share (the style control of LMArena and Arena-Hard). Differences are
(x1 - x2) / (x1 + x2), standardised, so that a coefficient is what one standard deviation is worth.
One drawn battle more for each coefficient keeps it finite in every draw.
Texts come in, figures go out: knows nothing of judges or stores.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from perfbench.evaluation.figures.battles import Array, Battle, Columns, columns
from perfbench.evaluation.figures.bradley_terry import outcomes, reach
from perfbench.evaluation.figures.ratings import POINTS, Table, stand, table
from perfbench.evaluation.figures.resampling import (
    DRAWS,
    Resamples,
    drawn_questions,
    questions_of,
)

FEATURES = ("length", "headers", "lists", "bold")

_FENCED = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_HEADER = re.compile(r"^ {0,3}#{1,6}\s+\S", re.MULTILINE)
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
_STEPS = 50
_RIDGE = 1e-6
_SAME = 1e-9
_FEWEST = 10
"""Questions for each feature and one more, and in which each feature must differ."""
_DECIDES = 10.0
"""Natural logarithm of odds that style alone gives a battle, from which on nothing bounds it."""


@dataclass(frozen=True, slots=True)
class Style:
    """How an answer is written: counts; the length in tokens where they are known of both answers
    of a battle, else in characters."""

    characters: int
    tokens: int | None
    headers: int
    lists: int
    bold: int


@dataclass(frozen=True, slots=True)
class Controlled:
    """Ratings without the share that style has in them."""

    table: Table
    coefficients: Mapping[str, float]
    """Elo points that a standard deviation of a difference is worth; features that differ in fewer
    than ten questions are absent."""


def style_of(text: str, tokens: int | None = None) -> Style:
    """How a text is written; what stands in fenced code is no markup."""
    prose = _FENCED.sub("", text)
    return Style(
        len(text),
        tokens,
        len(_HEADER.findall(prose)),
        len(_ITEM.findall(prose)),
        len(_BOLD.findall(prose)),
    )


def differences(styles: Sequence[tuple[Style, Style]]) -> Array:
    """How the first answer of each battle differs from the second, by battles x features."""
    return np.array([_difference(a, b) for a, b in styles], dtype=np.float64).reshape(-1, 4)


def _difference(a: Style, b: Style) -> list[float]:
    counted = a.tokens is not None and b.tokens is not None
    pairs = [
        (a.tokens or 0, b.tokens or 0) if counted else (a.characters, b.characters),
        (a.headers, b.headers),
        (a.lists, b.lists),
        (a.bold, b.bold),
    ]
    return [(x - y) / (x + y) if x + y else 0.0 for x, y in pairs]


def controlled(
    battles: Sequence[Battle],
    features: Array,
    baseline: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Controlled | None:
    """Ratings with ``features`` (battles x features, see :func:`differences`) as covariates.

    Draws of the bootstrap take one Newton step from the whole fit, with their own curvature.
    ``None`` where that cannot be told: the models have no common table, style hardly differs, there
    are fewer than ten questions for each feature and one more, or style alone foretells who wins.
    """
    found = columns(battles)
    used = _telling(found, features)
    if not len(used) or found.questions < _FEWEST * (1 + len(used)):
        return None
    pairs = found.pairs()
    whole = outcomes(pairs, np.ones((1, found.questions)), davidson=False)
    footing, groups = stand(found, whole, baseline)
    if len(groups) > 1:
        return None
    # Divided, not centred: two answers of one style must differ by nothing.
    scaled = features[:, used] / features[:, used].std(axis=0)
    models, held = len(found.models), 0.0 if footing.reached.all() else 1.0
    free = _Design(found, scaled, (held, 0.0)).fit()
    if np.abs(scaled @ free[models:]).max() > _DECIDES:
        return None
    design = _Design(found, scaled, (held, 1.0))
    fitted = design.fit()
    weights = drawn_questions(found.questions, draws, seed)
    reached = reach(outcomes(pairs, weights, davidson=False))
    drawn = Resamples(
        footing.points(design.stepped(fitted, weights)[:, :models]),
        footing.unbounded(reached),
        questions_of(found),
    )
    names = [FEATURES[each] if features.shape[1] == len(FEATURES) else "length" for each in used]
    points = (POINTS * fitted[models:]).tolist()
    return Controlled(table(footing, fitted[:models], drawn), dict(zip(names, points, strict=True)))


def length_controlled(
    battles: Sequence[Battle], styles: Sequence[tuple[Style, Style]], baseline: str
) -> dict[str, float]:
    """AlpacaEval's length-controlled win rate against the baseline, as far as battles alone tell.

    The odds of a battle depend on the tanh of the standardised difference in length beside the
    strengths; the win rate is what is left at equal length. Unlike the published method (Dubois et
    al. 2024) there is one length coefficient for all models, no difficulty of instructions, and no
    regularisation towards "gamed" baselines, which need files from a hub.
    """
    met = [place for place, each in enumerate(battles) if baseline in (each.first, each.second)]
    lengths = np.array([_lengths(*styles[place]) for place in met], dtype=np.float64)
    if not len(lengths) or lengths.std() == 0:
        return {}
    features = np.tanh(lengths / lengths.std())[:, None]
    found = controlled([battles[place] for place in met], features, baseline, draws=1)
    if found is None:
        return {}
    return {
        each.model: 1 / (1 + 10 ** ((1000 - each.value) / 400))
        for each in found.table.ratings
        if each.model != baseline
    }


def _lengths(a: Style, b: Style) -> int:
    if a.tokens is not None and b.tokens is not None:
        return a.tokens - b.tokens
    return a.characters - b.characters


def _telling(found: Columns, features: Array) -> Array:
    """Places of the features that differ in enough questions, and not always by the same."""
    if not len(found):
        return np.zeros(0, dtype=np.int64)
    used = [
        len(np.unique(found.question[np.abs(column) > _SAME])) >= _FEWEST and column.std() > _SAME
        for column in features.T
    ]
    return np.flatnonzero(used)


class _Design:
    """The logistic regression of battles on models and features, by question."""

    def __init__(self, found: Columns, features: Array, held: tuple[float, float]) -> None:
        """
        Args:
            held: drawn battles more for each model (see ``bradley_terry``) and for each feature.
        """
        models, rows = len(found.models), np.arange(len(found))
        self._x = np.zeros((len(found), models + features.shape[1]))
        self._x[rows, found.first] = 1
        self._x[rows, found.second] = -1
        self._x[:, models:] = features
        self._found = found
        # Only differences of strengths count; what nothing tells stays at its place.
        prior = np.eye(self._x.shape[1]) * _RIDGE
        prior[:models, :models] += 1 / models + np.eye(models) * held[0] / 4
        prior[models:, models:] += np.eye(features.shape[1]) * held[1] / 4
        self._prior = prior

    def fit(self) -> Array:
        """The maximum of the likelihood: strengths, then coefficients."""
        at = np.zeros(self._x.shape[1])
        for _ in range(_STEPS):
            off, curvature = self._at(at)
            gradient = self._x.T @ off - self._prior @ at
            step = np.linalg.solve((self._x.T * curvature) @ self._x + self._prior, gradient)
            at = at + step / max(1.0, float(np.abs(self._x @ step).max()))
            if np.abs(step).max() < 1e-10:
                break
        return at

    def stepped(self, at: Array, weights: Array) -> Array:
        """One Newton step from ``at`` for each draw, by draws x parameters."""
        off, curvature = self._at(at)
        size, questions = self._x.shape[1], self._found.questions
        gradients, hessians = np.zeros((questions, size)), np.zeros((questions, size, size))
        order = np.argsort(self._found.question, kind="stable")
        ends = np.cumsum(np.bincount(self._found.question, minlength=questions))
        for question, rows in enumerate(np.split(order, ends[:-1])):
            x = self._x[rows]
            gradients[question] = x.T @ off[rows]
            hessians[question] = (x.T * curvature[rows]) @ x
        gradient = weights @ gradients - self._prior @ at
        hessian = (weights @ hessians.reshape(questions, -1)).reshape(-1, size, size)
        steps = np.linalg.solve(hessian + self._prior, gradient[:, :, None])[:, :, 0]
        return np.asarray(at + steps)

    def _at(self, at: Array) -> tuple[Array, Array]:
        chance = 1 / (1 + np.exp(-np.clip(self._x @ at, -700, 700)))
        weight = self._found.weight
        return weight * (self._found.score - chance), weight * chance * (1 - chance)
