r"""Inequalities and intervals as the same thing: a union of intervals of one variable.

``x < -2 or x \ge 3`` is ``(-\infty,-2)\cup[3,\infty)``. Owns how relations in canonical formulas
are taken apart; does not compare bounds, which are formulas as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from perfbench.evaluation.extraction.numerals import exact
from perfbench.evaluation.scorers.formulas import group_of, top_level

_RELATION = re.compile(r"<=?|>=?|\\(?:le|ge|ne|lt|gt)(?![A-Za-z])\s*")
_VARIABLE = re.compile(r"(?:[A-Za-z]|\\(?:theta|alpha|beta|lambda|phi))(?:_\{?\w\}?)?\Z")
_SET_OF = re.compile(
    r"\\\{[A-Za-z](?:\\in ?(?:\\mathbb\{?R\}?|ℝ))?(?:\\mid ?|:|\|)(?P<which>.+)\\\}\Z"
)
_WITHOUT = re.compile(
    r"(?:\\mathbb\{?R\}?|ℝ|\(-\\infty,\\infty\))(?:\\setminus ?|\\backslash ?|-)"
    r"\\\{(?P<points>.+)\\\}\Z"
)
_MOST_PARTS = 8
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "ne": "ne"}
_SIGNS = {"lt": "<", "gt": ">", "le": "<=", "ge": ">="}


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers between two bounds."""

    low: str
    high: str
    brackets: str
    """``()``, ``[)``, ``(]`` or ``[]``."""


_ALL = Interval(r"-\infty", r"\infty", "()")


def is_relation(formula: str) -> bool:
    """Whether a canonical formula has a sign of inequality, or leaves points out."""
    return bool(_RELATION.search(formula)) or bool(_WITHOUT.match(formula))


def intervals(formula: str) -> tuple[tuple[Interval, ...], ...]:
    """The unions of intervals that a canonical formula can be read as; none if it is no such thing.

    Two bounds side by side (``x>2,x<5``) are what lies between them, or all else: the one that the
    writer did not mean has its bounds the wrong way round and equals nothing.
    """
    set_of = _SET_OF.match(formula)
    formula = set_of["which"] if set_of else formula
    without = _WITHOUT.match(formula)
    if without:
        split = _split(_ALL, top_level(without["points"], ","))
        return (split,) if split else ()
    if not is_relation(formula):
        return _written(formula)
    parts = top_level(re.sub(r"\\cup ?|\\lor ?|\\land ?|\\cap ?", ",", formula), ",")
    if len(parts) > _MOST_PARTS:
        return ()
    found: list[Interval] = []
    points: list[str] = []
    for part in parts:
        if re.fullmatch(r"[A-Za-z]\\in ?(?:\\mathbb\{R\}|ℝ)", part):
            continue
        relation = part if points and not is_relation(part) else _related(part)
        if relation is None:
            return ()
        if isinstance(relation, str):
            points.append(relation)
        else:
            found.append(relation)
    return _readings(found, points)


def _readings(found: Sequence[Interval], points: Sequence[str]) -> tuple[tuple[Interval, ...], ...]:
    between = _between(found)
    unions = [(*found,)] if found else [(_ALL,)]
    unions += [(between,)] if between else []
    if not points:
        return (*unions,)
    split = [_split(union[0], points) for union in unions if len(union) == 1]
    return tuple(each for each in split if each)


def _written(formula: str) -> tuple[tuple[Interval, ...], ...]:
    """An interval, or a union of them."""
    group = group_of(formula)
    if group is None:
        return ()
    items = group.items if group.kind == "union" else (formula,)
    found = []
    for item in items:
        interval = group_of(item)
        if interval is None or len(interval.kind) != 2 or len(interval.items) != 2:
            return ()
        found.append(Interval(*interval.items, interval.kind))
    return ((*found,),)


def _related(part: str) -> Interval | str | None:
    """What a chain of inequalities says of its variable; the point that ``x\\ne a`` leaves out."""
    signs = [_sign(each.group()) for each in _RELATION.finditer(part)]
    sides = [each.strip() for each in _RELATION.split(part)]
    if not all(sides) or "=" in part:
        return None
    if len(signs) == 1:
        if _VARIABLE.match(sides[1]) and not _VARIABLE.match(sides[0]):
            sides, signs = sides[::-1], [_TURNED[signs[0]]]
        if not _VARIABLE.match(sides[0]):
            return None
        if signs[0] == "ne":
            return sides[1]
        closed = "=" in signs[0]
        if signs[0][0] == "<":
            return Interval(r"-\infty", sides[1], "(]" if closed else "()")
        return Interval(sides[1], r"\infty", "[)" if closed else "()")
    if len(signs) != 2 or "ne" in signs or not _VARIABLE.match(sides[1]):
        return None
    if signs[0][0] != signs[1][0]:
        return None
    if signs[0][0] == ">":
        sides, signs = sides[::-1], [_TURNED[each] for each in reversed(signs)]
    brackets = ("[" if "=" in signs[0] else "(") + ("]" if "=" in signs[1] else ")")
    return Interval(sides[0], sides[2], brackets)


def _sign(text: str) -> str:
    name = text.strip().lstrip("\\")
    return _SIGNS.get(name, name)


def _between(found: Sequence[Interval]) -> Interval | None:
    """What lies between a lower and an upper bound that are given one after the other."""
    if len(found) != 2:
        return None
    lower = next((each for each in found if each.high == r"\infty"), None)
    upper = next((each for each in found if each.low == r"-\infty"), None)
    if lower is None or upper is None:
        return None
    return Interval(lower.low, upper.high, lower.brackets[0] + upper.brackets[1])


def _split(interval: Interval, points: Sequence[str]) -> tuple[Interval, ...] | None:
    """An interval without some points; ``None`` if their order cannot be told."""
    if len(points) > 1:
        values: list[tuple[Fraction, str]] = []
        for point in points:
            value = exact(point)
            if value is None:
                return None
            values.append((value[0], point))
        points = [point for _, point in sorted(values)]
    parts = []
    for point in points:
        parts.append(replace(interval, high=point, brackets=interval.brackets[0] + ")"))
        interval = replace(interval, low=point, brackets="(" + interval.brackets[1])
    return (*parts, interval)
