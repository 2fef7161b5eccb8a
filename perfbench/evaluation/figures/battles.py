"""Battles as columns: two models, one question, and who was better.

A battle is one question put to two models; its games (both orders, repeats) are merged before they
come here, as they are no independent facts. The unit of chance is the question: everything that is
estimated from battles resamples whole questions. Knows nothing of judges, answers or stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Battle:
    """One question put to two models."""

    first: str
    second: str
    score: float
    """Of the first: 1 better, 0 worse, between: its mean over the games."""
    question: str
    """What it was about: battles of one question are no independent facts."""
    weight: float = 1.0
    """How much it counts: 1 for one that was judged in both orders."""
    tie: bool | None = None
    """Whether it counts as a tie where ties are a kind of their own; ``None``: if the score is a
    half."""

    @property
    def tied(self) -> bool:
        return self.score == 0.5 if self.tie is None else self.tie


@dataclass(frozen=True, slots=True)
class Columns:
    """Battles by column: row ``k`` is ``models[first[k]]`` against ``models[second[k]]``."""

    models: tuple[str, ...]
    first: Array
    second: Array
    score: Array
    weight: Array
    tied: Array
    question: Array
    """Number of the question, from 0."""
    questions: int

    def __len__(self) -> int:
        return len(self.first)

    def pairs(self) -> Pairs:
        """What every question says of every pair that met."""
        low, high = np.minimum(self.first, self.second), np.maximum(self.first, self.second)
        code, place = np.unique(low * len(self.models) + high, return_inverse=True)
        own = np.where(self.first == low, self.score, 1 - self.score)
        shape = (self.questions, len(code))

        def summed(values: Array) -> Array:
            flat = np.bincount(
                self.question * shape[1] + place, weights=values, minlength=shape[0] * shape[1]
            )
            return flat.reshape(shape)

        return Pairs(
            count=len(self.models),
            first=code // len(self.models),
            second=code % len(self.models),
            won=summed(self.weight * own),
            lost=summed(self.weight * (1 - own)),
            tied=summed(self.weight * self.tied),
            tied_won=summed(self.weight * self.tied * own),
        )


@dataclass(frozen=True, slots=True)
class Pairs:
    """Outcomes by question (rows) and pair of models (columns), the pair's first being the better
    by ``won`` and the worse by ``lost``; scores between count as parts of both."""

    count: int
    """Models."""
    first: Array
    second: Array
    won: Array
    lost: Array
    tied: Array
    """Weight of the battles that are ties where ties are a kind of their own."""
    tied_won: Array
    """What of ``won`` is from those."""


def columns(battles: Iterable[Battle], models: Sequence[str] = ()) -> Columns:
    """The battles by column; ``models`` come first, and may have none.

    Raises:
        ValueError: a model meets itself, or a score or weight is out of range.
    """
    rows = list(battles)
    names = {name: place for place, name in enumerate(dict.fromkeys(models))}
    questions: dict[str, int] = {}
    for row in rows:
        if row.first == row.second:
            raise ValueError(f"{row.first} meets itself")
        if not 0 <= row.score <= 1 or not row.weight > 0:
            raise ValueError(f"{row.first} against {row.second}: {row.score} x {row.weight}")
        names.setdefault(row.first, len(names))
        names.setdefault(row.second, len(names))
        questions.setdefault(row.question, len(questions))
    return Columns(
        models=tuple(names),
        first=np.array([names[row.first] for row in rows], dtype=np.int64),
        second=np.array([names[row.second] for row in rows], dtype=np.int64),
        score=np.array([row.score for row in rows], dtype=np.float64),
        weight=np.array([row.weight for row in rows], dtype=np.float64),
        tied=np.array([row.tied for row in rows], dtype=np.float64),
        question=np.array([questions[row.question] for row in rows], dtype=np.int64),
        questions=len(questions),
    )
