"""How far ratings of the same things agree beyond chance, and how well that is known.

Units are what is rated (an answer, a battle); each has the labels that its raters gave, a missing
one being ``None``. Chance-corrected figures are 1 where all agree and about 0 where raters label at
random; they are unknown (``None``) where only one label was ever given, since chance would then
agree as often. Intervals are 95 %, by bootstrap of clusters (all units of one question together),
and deterministic. Knows nothing of judges, answers or stores.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Label = str | float
Level = Literal["nominal", "ordinal", "interval"]
"""How far two labels are apart: always alike; by how many ratings lie between them; by the square
of their difference (numbers only)."""

DRAWS = 2_000
"""Resamples of an interval."""

_CHUNK = 1 << 22
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One figure of agreement. Unknown is ``None``."""

    value: float | None
    low: float | None
    """Lower end of the 95 % interval; ``None`` with fewer than two clusters."""
    high: float | None
    units: int
    """Those with two ratings or more."""
    clusters: int


def cohen_kappa(
    pairs: Iterable[tuple[Label, Label]], clusters: Iterable[Hashable] | None = None
) -> Agreement:
    """Cohen's kappa (1960) of two raters, each with label habits of its own.

    Args:
        pairs: the first and the second rater's label of each unit.
        clusters: what each unit belongs to; by default each is its own.
    """
    found = list(pairs)
    labels = _ordered(label for pair in found for label in pair)
    tables = np.zeros((len(found), len(labels), len(labels)))
    for at, (first, second) in enumerate(found):
        tables[at, labels[first], labels[second]] = 1

    def kappa(counts: _Floats) -> _Floats:
        rows, columns = counts.sum(-1), counts.sum(-2)
        total = rows.sum(-1)
        by_chance = (rows * columns).sum(-1) / total**2
        return _beyond(np.trace(counts, axis1=-2, axis2=-1) / total, by_chance)

    return _known(tables, len(found), kappa, clusters)


def fleiss_kappa(
    units: Iterable[Sequence[Label | None]], clusters: Iterable[Hashable] | None = None
) -> Agreement:
    """Fleiss' kappa (1971) of any number of raters, taken to have label habits in common.

    Raises:
        ValueError: units have unequal numbers of ratings, which alpha allows and kappa does not.
    """
    found = list(units)
    if len({sum(label is not None for label in unit) for unit in found}) > 1:
        raise ValueError("Fleiss' kappa needs as many ratings of each unit")
    tables, _ = _coincidences(found)

    def kappa(counts: _Floats) -> _Floats:
        each = counts.sum(-1)
        total = each.sum(-1)
        by_chance = (each**2).sum(-1) / total**2
        return _beyond(np.trace(counts, axis1=-2, axis2=-1) / total, by_chance)

    return _known(tables, _rated(found), kappa, clusters)


def krippendorff_alpha(
    units: Iterable[Sequence[Label | None]],
    level: Level = "nominal",
    clusters: Iterable[Hashable] | None = None,
) -> Agreement:
    """Krippendorff's alpha (2011, "Computing Krippendorff's Alpha-Reliability"): any number of
    raters, ratings missing anywhere.

    Args:
        level: labels of ``ordinal`` and ``interval`` are numbers.
    """
    found = list(units)
    tables, labels = _coincidences(found)

    def alpha(counts: _Floats) -> _Floats:
        each = counts.sum(-1)
        total = each.sum(-1)
        apart = _distances(each, labels, level)
        seen = (counts * apart).sum((-2, -1)) * (total - 1)
        by_chance = (each[..., :, None] * each[..., None, :] * apart).sum((-2, -1))
        return _beyond(-seen, -by_chance, whole=0.0)

    return _known(tables, _rated(found), alpha, clusters)


def confusion(pairs: Iterable[tuple[Label, Label]]) -> dict[Label, dict[Label, int]]:
    """How often the second rater gave each label where the first gave each; zeros included."""
    found = list(pairs)
    labels = list(_ordered(label for pair in found for label in pair))
    table = {first: dict.fromkeys(labels, 0) for first in labels}
    for first, second in found:
        table[first][second] += 1
    return table


def _beyond(seen: _Floats, by_chance: _Floats, whole: float = 1.0) -> _Floats:
    """How far what is seen lies between chance and the whole; NaN where chance is the whole."""
    room = whole - by_chance
    # Counts are small multiples of fractions: what is nearer to 0 than this was meant as 0.
    return np.where(room > 1e-12, (seen - by_chance) / np.where(room > 1e-12, room, 1.0), np.nan)


def _ordered(labels: Iterable[Label]) -> dict[Label, int]:
    """The place of each label: numbers by size, before words by spelling."""
    distinct = sorted(set(labels), key=lambda label: (isinstance(label, str), label))
    return {label: place for place, label in enumerate(distinct)}


def _rated(units: Sequence[Sequence[Label | None]]) -> int:
    return sum(sum(label is not None for label in unit) > 1 for unit in units)


def _coincidences(units: Sequence[Sequence[Label | None]]) -> tuple[_Floats, list[Label]]:
    """Of each unit how often two of its ratings meet, each rating counting once in all."""
    given = [[label for label in unit if label is not None] for unit in units]
    places = _ordered(label for unit in given for label in unit)
    tables = np.zeros((len(given), len(places), len(places)))
    for at, unit in enumerate(given):
        for first, second in permutations(unit, 2):
            tables[at, places[first], places[second]] += 1 / (len(unit) - 1)
    return tables, list(places)


def _distances(each: _Floats, labels: Sequence[Label], level: Level) -> _Floats:
    """Squared distance of every two labels, for each draw; ``each``: how often a label was given.

    Raises:
        ValueError: labels that have no size are to be told apart by it.
    """
    size = len(labels)
    if level == "nominal":
        return 1.0 - np.eye(size)
    if any(isinstance(label, str) for label in labels):
        raise ValueError(f"{level} agreement is of numbers")
    if level == "interval":
        values = np.array(labels, dtype=np.float64)
        return np.asarray((values[:, None] - values[None, :]) ** 2, dtype=np.float64)
    # From the middle of one label's ratings to the middle of the other's.
    middle = np.cumsum(each, axis=-1) - each / 2
    return np.asarray((middle[..., :, None] - middle[..., None, :]) ** 2, dtype=np.float64)


def _known(
    tables: _Floats,
    units: int,
    figure: Callable[[_Floats], _Floats],
    clusters: Iterable[Hashable] | None,
) -> Agreement:
    """The figure of the sum of all tables, with its interval by resampling whole clusters."""
    names = list(clusters) if clusters is not None else list(range(len(tables)))
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    if not units:
        return Agreement(None, None, None, 0, len(places))
    sums = np.zeros((len(places), *tables.shape[1:]))
    np.add.at(sums, [places[name] for name in names], tables)
    value = float(figure(sums.sum(0)))
    if np.isnan(value):
        return Agreement(None, None, None, units, len(places))
    if len(places) < 2:
        return Agreement(value, None, None, units, len(places))
    low, high = np.nanpercentile(_resampled(sums, figure), (2.5, 97.5))
    return Agreement(value, float(low), float(high), units, len(places))


def _resampled(sums: _Floats, figure: Callable[[_Floats], _Floats]) -> _Floats:
    random = np.random.default_rng(0)
    count, flat = len(sums), sums.reshape(len(sums), -1)
    found, at_once = [], max(1, _CHUNK // (count + flat.shape[1]))
    for begun in range(0, DRAWS, at_once):
        drawn = min(at_once, DRAWS - begun)
        times = random.multinomial(count, np.full(count, 1 / count), size=drawn)
        found.append(figure((times @ flat).reshape(drawn, *sums.shape[1:])))
    return np.concatenate(found)
