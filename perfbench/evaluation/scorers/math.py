r"""Formulas: right if they are the same answer, written alike or not.

The stages, from cheap to dear: the same after both are brought to one writing; two numbers,
compared exactly (0.333 is not 1/3; percent as in ``number``); two words; lists, sets, tuples,
intervals and matrices item by item (order counts in tuples and matrices, brackets in intervals);
and at last symbolic equality by math-verify (sympy), which for some formulas never ends: whoever
calls this keeps the limit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product

from perfbench.evaluation.extraction.latex import (
    option_and_value,
    with_fractions,
    without_text_commands,
)
from perfbench.evaluation.extraction.numerals import exact
from perfbench.evaluation.extraction.spelled import spelled
from perfbench.evaluation.scorers.formulas import (
    Group,
    canonical_formula,
    group_of,
    plus_minus,
    top_level,
    without_left_side,
)
from perfbench.evaluation.scorers.inequalities import Interval, intervals, is_relation
from perfbench.evaluation.scorers.number import same_number
from perfbench.evaluation.scorers.rewritings import rewritten, same_quantity
from perfbench.evaluation.scorers.symbolic import same_value
from perfbench.evaluation.scorers.targets import targets
from perfbench.types import Sample, Score

LIBRARIES = ("math-verify", "latex2sympy2-extended", "sympy")
"""Packages whose version is part of what this scorer does."""

_WORDS = re.compile(r"\(?[A-Za-z][A-Za-z' -]*\)?\Z")
_BASE = re.compile(r"([\dA-F]+)_\{(\d+)\}\Z")
_CLOCK = re.compile(r"(?P<time>\d{1,2}:\d\d)(?P<half>[ap]m)?\Z")
_MIXED = re.compile(r"(-?)(\d+)\\frac\{(\d+)\}\{(\d+)\}\Z")
_SYMBOL = re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_DEGREES = re.compile(r"(?<![\d.])(\d+)\s*(?:\^\s*\{?\s*\\circ(?![A-Za-z])\s*\}?|°)")
_NAMES_A_VALUE = re.compile(
    r"(?:\\?[A-Za-z]+|\\[a-z]+\{[A-Za-z]+\})[(\[].*[)\]]|\\\|.*\\\||\|.*\||\\[lr]?[vV]ert.*[vV]ert"
    r"|\\(?:sum|prod|i?int|lim|max|min|sup|inf|det|gcd)(?![A-Za-z])(?:_\{[^{}]*\})?(?:(?!\\[gl]e(?![A-Za-z])).)*"
    r"|\(?[a-z](?:\\(?:times|cdot) ?[a-z])+\)?"
    r"|\(?[A-Z](?:(?:\\(?:cap|cup|setminus|backslash|circ|cdot|times) ?)?\(?[A-Z]'?\)?){1,4}"
)
"""Left sides with symbols that are no unknowns: ``f(x)``, ``\\sum_{n}a_n``, ``A\\cap B``."""
_APPROXIMATELY = re.compile(r"\\approx(?![A-Za-z])|≈")
_CONGRUENCE = re.compile(
    r"(?s:.*)\\equiv(?![A-Za-z])\s*(?P<residue>.+?)\s*[,(]?\s*\\[pb]?mod(?![A-Za-z]).*"
)
_RELATION = re.compile(r"[<>]|\\(?:le|ge|lt|gt)(?![A-Za-z])")
_FOR_ALL = re.compile(
    r"(?P<values>.+?)[,(]+(?P<name>[a-z])\\in ?(?P<set>\\mathbb ?\{?[ZN]\}?|[ZNℤℕ])\)?"
)
"""What a formula gives for each whole number: ``2k+1,k\\in\\mathbb{Z}``."""
_GIVEN = re.compile(r"(?P<name>[A-Za-z](?:_\{?\w\}?)?)=[^=]+")
_LONGEST = 500
"""Characters; a longer answer is no congruence."""
_MOST_ITEMS = 12
"""Unordered lists longer than this are compared in order only."""


def math(answer: str, sample: Sample) -> Score:
    """1 if the answer is equal to a target.

    Raises:
        ConfigError: symbols must be compared, and math-verify is not installed.
    """
    why = ""
    for target in targets(sample):
        if _letters(target) == _letters(answer):
            return Score(1.0, answer, why="same text", scorer="math")
        amounts = same_quantity(target, answer)
        if amounts is not None:
            if amounts:
                return Score(1.0, answer, why="the same in another unit", scorer="math")
            why = f"{answer} is not {target}: another amount"
            continue
        radians = _DEGREES.sub(r"\\frac{\1\\pi}{180}", answer) if "\\pi" in target else answer
        congruence = _CONGRUENCE.fullmatch(answer[:_LONGEST]) if "mod" not in target else None
        residue = congruence.groups() if congruence else ()
        sides = _APPROXIMATELY.split(answer)
        residue += tuple(sides) if len(sides) == 2 else ()
        options = option_and_value(target), option_and_value(answer)
        if options[0] and options[1]:
            equal, how = _same_options(options[0], options[1])
            if equal:
                return Score(1.0, answer, why=how, scorer="math")
        wanted = (target, *(options[0] or ())) if options[1] is None else (target,)
        readings = (answer, radians, *residue, *(options[1] or ()))
        for one, reading in product(wanted, dict.fromkeys(readings)):
            equal, how = _same(canonical_formula(one), canonical_formula(reading))
            if equal:
                return Score(1.0, answer, why=how, scorer="math")
        for pair in rewritten(target, answer):
            if _same(*map(canonical_formula, pair))[0]:
                return Score(1.0, answer, why="the same in another writing", scorer="math")
        why = f"{answer} is not {target}: {how}"
    return Score(0.0, answer, why=why, scorer="math")


def _same_options(target: tuple[str, str], answer: tuple[str, str]) -> tuple[bool, str]:
    """Whether both name the same letter and the same value: one of them alone is a slip."""
    if target[0] != answer[0]:
        return False, "another option"
    return _same(canonical_formula(target[1]), canonical_formula(answer[1]))


def _letters(formula: str) -> str:
    # A line over digits is part of the number.
    return re.sub(r"\s", "", without_text_commands(with_fractions(formula)))


def _same(target: str, answer: str) -> tuple[bool, str]:
    if target == answer:
        return True, "same formula"
    each = _for_all(target, answer)
    if each is not None:
        return _same(*each)
    for strip_target in (False, True):
        left = without_left_side(target) if strip_target else target
        right = without_left_side(answer)
        if left == right:
            return True, "same formula"
    left, equals, right = answer.rpartition("=")
    if (
        equals
        and "=" not in target
        and right
        and ("=" in left or not _SYMBOL.search(left) or _NAMES_A_VALUE.fullmatch(left))
        and _same(target, right)[0]
        and not _names_several(answer)
    ):
        return True, "the result of an equation"
    return _compare(without_left_side(target), without_left_side(answer), (target, answer))


def _for_all(target: str, answer: str) -> tuple[str, str] | None:
    r"""What both give for each whole number, in the target's name for it.

    ``2k+1,k\in\mathbb{Z}`` and ``2n+1,n\in\mathbb{Z}``: ``2k+1`` twice.
    """
    ours, theirs = _FOR_ALL.fullmatch(target), _FOR_ALL.fullmatch(answer)
    if ours is None or theirs is None or ours["set"] != theirs["set"]:
        return None
    name, other = ours["name"], theirs["name"]
    if name != other and re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", theirs["values"]):
        return None
    renamed = re.sub(rf"(\\[A-Za-z]+ ?)|{other}", lambda found: found[1] or name, theirs["values"])
    return ours["values"], renamed


def _names_several(answer: str) -> bool:
    """Whether a list gives several unknowns a value each: ``x=1,y=2`` is not ``2``."""
    found = [_GIVEN.fullmatch(each) for each in top_level(answer, ",")]
    names = {each["name"] for each in found if each}
    return len(names) > 1 and all(found)


@lru_cache(maxsize=8192)
def _compare(target: str, answer: str, whole: tuple[str, str]) -> tuple[bool, str]:
    numbers = _number(target), _number(answer)
    if numbers[0] is not None and numbers[1] is not None:
        return same_number(numbers[0], numbers[1]), "compared as numbers"
    base, other = _BASE.match(target), _BASE.match(answer)
    if base and other:
        return base.groups() == other.groups(), "compared digits and base"
    if (base and answer == base[1]) or (other and target == other[1]):
        return True, "same digits"
    times = _CLOCK.match(target), _CLOCK.match(answer)
    halves = {half for each in times if each and (half := each["half"])}
    if times[0] and times[1] and halves:
        return times[0]["time"] == times[1]["time"] and len(halves) < 2, "compared as times of day"
    ranges = intervals(target), intervals(answer)
    if ranges[0] and ranges[1] and (is_relation(target) or is_relation(answer)):
        return any(
            _same_intervals(one, two) for one in ranges[0] for two in ranges[1]
        ), "compared as intervals"
    if _WORDS.match(target) and _WORDS.match(answer) and _words(target, answer):
        return _plain(target) == _plain(answer), "compared as words"
    if _case_differs(target, answer):
        return False, "letters differ in case"
    groups = _group(target), _group(answer)
    if groups[0] is not None and groups[1] is not None:
        return _same_group(groups[0], groups[1])
    one_group = groups[0] or groups[1]
    if "\\begin{pmatrix}" in target and "\\begin{pmatrix}" in answer:
        return same_value(target, answer)
    if one_group is not None and not _may_be_one_value(one_group, target + answer):
        return False, "one value against several"
    if "=" in whole[0] and "=" in whole[1]:
        return same_value(*whole)
    return same_value(target, answer)


def _same_intervals(target: Sequence[Interval], answer: Sequence[Interval]) -> bool:
    """Whether two unions have the same intervals, in whatever order."""
    remaining = list(answer)
    for one in target:
        found = next((each for each in remaining if _same_interval(one, each)), None)
        if found is None:
            return False
        remaining.remove(found)
    return not remaining


def _same_interval(one: Interval, other: Interval) -> bool:
    return (
        one.brackets == other.brackets
        and _same(one.low, other.low)[0]
        and _same(one.high, other.high)[0]
    )


def _words(target: str, answer: str) -> bool:
    """Whether at least one of them is a word: two letters may be symbols, compared elsewhere."""
    return len(_plain(target)) > 1 or len(_plain(answer)) > 1 or target[0] == "("


def _case_differs(target: str, answer: str) -> bool:
    """Whether the same letters stand for different symbols: ``N`` is not ``n``."""
    symbols = {*_SYMBOL.findall(target)}, {*_SYMBOL.findall(answer)}
    folded = [{each.lower() for each in side} for side in symbols]
    return symbols[0] != symbols[1] and folded[0] == folded[1]


def _plain(word: str) -> str:
    words = re.sub(
        r"\A(?:the|it|this)\b.*\bis\s+|\A(?:the|an?)\s+|\s+(?:function|number)\Z",
        "",
        word.strip("() ").casefold(),
    )
    return re.sub(r"(?<=[a-z]{3})(?<!s)s\b", "", words)


def _number(formula: str) -> tuple[Fraction, bool] | None:
    mixed = _MIXED.match(formula)
    if mixed and int(mixed[4]):
        value = int(mixed[2]) + Fraction(int(mixed[3]), int(mixed[4]))
        return (-value if mixed[1] else value), False
    return exact(formula) or _in_words(formula)


def _in_words(formula: str) -> tuple[Fraction, bool] | None:
    word = next(spelled(formula, 0, len(formula)), None) if formula[:1].isalpha() else None
    if word is None or word.value is None or (word.start, word.end) != (0, len(formula)):
        return None
    return word.value, word.percent


def _group(formula: str) -> Group | None:
    found = group_of(formula)
    values = plus_minus(formula) if found is None else None
    return Group("list", values) if values else found


def _may_be_one_value(group: Group, both: str) -> bool:
    """A set of one, or an interval that the other formula may give as an inequality."""
    return len(group.items) == 1 or bool(_RELATION.search(both))


def _same_group(target: Group, answer: Group) -> tuple[bool, str]:
    for one, other in ((target, answer), (answer, target)):
        if one.kind == "set" and len(one.items) == 1 and other.kind == "()":
            inner = _group(one.items[0])
            return _same_group(inner, other) if inner else (False, "brackets differ")
    kinds = {target.kind, answer.kind}
    loose = {"list", "set"}
    vectors = target.vector and answer.vector and "()" in kinds
    if len(kinds) > 1 and not vectors and not kinds <= loose and kinds != {"list", "()"}:
        return False, "brackets differ"
    left, right = _expanded(target), _expanded(answer)
    if len(left) != len(right):
        return False, "not as many values"
    in_order = all(_same(a, b)[0] for a, b in zip(left, right, strict=True))
    if in_order:
        return True, "same values"
    if target.ordered or answer.ordered or len(left) > _MOST_ITEMS:
        return False, "values differ"
    remaining = list(right)
    for item in left:
        found = next((each for each in remaining if _same(item, each)[0]), None)
        if found is None:
            return False, "values differ"
        remaining.remove(found)
    return True, "same values in another order"


def _expanded(group: Group) -> list[str]:
    r"""The items, with both values of each ``\pm`` in a list or a set."""
    items: list[str] = []
    for item in group.items:
        both = None if group.ordered else plus_minus(item)
        items.extend(both or (item,))
    return items
