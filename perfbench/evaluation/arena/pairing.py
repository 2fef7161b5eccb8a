"""Who meets whom about what: all against one, all against all, or where it is least clear.

Pure: knows models by name, questions by key, and ratings. Nobody is judged here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from perfbench.evaluation.arena.contenders import Roster
from perfbench.evaluation.figures.ratings import Table

_OPEN = 1000.0
"""Width in Elo points that stands for an interval without an end."""


@dataclass(frozen=True, slots=True)
class Bout:
    """Two models to be compared on one question."""

    first: str
    second: str
    question: str


def pairs_of(models: Sequence[str], baseline: str | None) -> list[tuple[str, str]]:
    """Who meets whom: each against the baseline, or without one all against all."""
    if baseline is not None:
        return [(model, baseline) for model in models if model != baseline]
    return list(combinations(models, 2))


def all_bouts(roster: Roster, pairs: Iterable[tuple[str, str]]) -> Iterator[Bout]:
    """Every question that both answered, pair by pair."""
    for first, second in pairs:
        for key in roster.common(first, second):
            yield Bout(first, second, key)


class Adaptive:
    """Draws the next bouts where the ranking is least certain.

    Every pair goes through the questions in one drawn order, so that pairs share as many as they
    can. The first batch spreads evenly; later ones go to the pairs whose ratings are known worst,
    whose odds are closest to even, and who have met least.
    """

    def __init__(self, roster: Roster, pairs: Sequence[tuple[str, str]], seed: int) -> None:
        order = list(roster.questions)
        Random(seed).shuffle(order)
        at = {key: number for number, key in enumerate(order)}
        self._left = {
            pair: sorted(roster.common(*pair), key=at.__getitem__, reverse=True) for pair in pairs
        }
        self._met = dict.fromkeys(self._left, 0)

    def next(self, table: Table | None, bouts: int) -> list[Bout]:
        """So many bouts more; fewer where the questions come to an end."""
        found: list[Bout] = []
        while len(found) < bouts:
            open_pairs = [pair for pair, left in self._left.items() if left]
            if not open_pairs:
                break
            pair = max(open_pairs, key=lambda each: self._need(each, table))
            self._met[pair] += 1
            found.append(Bout(*pair, self._left[pair].pop()))
        return found

    def _need(self, pair: tuple[str, str], table: Table | None) -> float:
        seldom = 1 / (1 + self._met[pair])
        if table is None or not table.ratings:
            return seldom
        first, second = table.of(pair[0]), table.of(pair[1])
        if first is None or second is None:
            return _OPEN * seldom
        widths = [
            _OPEN if each.low is None or each.high is None else each.high - each.low
            for each in (first, second)
        ]
        chance = 1 / (1 + 10 ** ((second.value - first.value) / 400))
        return math.hypot(*widths) * math.sqrt(chance * (1 - chance)) * seldom
