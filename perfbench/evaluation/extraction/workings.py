r"""What the working of a text comes to, and whether its closing sentence says that.

"720 / 180 = 4. So 720 grams last for 4 days.": a sentence that names what was reckoned with beside
what was reckoned out says the latter. Owns the computations of a text: what each is made of, and
its result. Knows nothing of grammar, nor of which sentence closes a text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from perfbench.evaluation.extraction.numerals import Numeral, numerals
from perfbench.evaluation.extraction.reading import Unreadable, readable
from perfbench.evaluation.extraction.spelled import spelled

_EQUALS = re.compile(r"[=≈]")
_BETWEEN_OPERANDS = re.compile(
    r"[\s)\]}*_%]*(?:[^\W\d_]+[.\s)*_]*){0,4}"
    r"(?:[-+*×·÷/–]|\bx\b|\b(?:of|times|minus|plus|divided\s+by|multiplied\s+by|mal|durch|fois|por)\b)"
    r"[\s(\[{$£€*_\\]*",
    re.IGNORECASE,
)
_BEFORE_EQUALS = re.compile(r"[\s)\]}*_$%°]*(?:[^\W\d_]+[.\s)*_$]*){0,4}")
_STOP = re.compile(r"[.,;:。，；](?=\s)|\n|[。，；]")
_NAME = re.compile(r"(?:\A|[\s$(\[{])[A-Za-z]\s*\Z")
_AFTER_EQUALS = re.compile(r"[\s$({\\*_£€¥~]*(?:(?:about|approximately)\s+)?[*_$]*")
_GOES_ON = re.compile(r"[\s)*_]*(?:[^\W\d_]+\s){0,3}\s?(?:[-+*×·÷/–=≈]|x\s)\s*[\d(\\$£€]")
_OPERATOR_BEFORE = re.compile(r"(?:[-+×·÷/–]|(?<!\*)\*(?!\*)|\sx)[\s$£€(]*\Z")
_QUOTIENT = re.compile(r"\d\s*/\s*[$£€]?\s*\d")
_ALTERNATIVES = re.compile(r"\b(?:or|either|between|oder|ou)\b|或", re.IGNORECASE)
_LEFT_OVER = re.compile(r"[*_]*(?:\s\w+){0,2}\s(?:left|remaining|to\s+spare|change)\b")
_AFTERMATH = re.compile(r";\s")
_DEFINITE = re.compile(r"\b(?:the|these|those|all)\s+\Z", re.IGNORECASE)
_LONGEST_SIDE = 160
_MOST_SIGNS = 80
_MOST_PARTS = 7


@dataclass(frozen=True, slots=True)
class Computation:
    """One ``2 × 3 = 6``, or ``x = 6``, which has no operands."""

    operands: frozenset[Fraction]
    result: Numeral
    value: Fraction


def computations(text: str, begin: int, end: int) -> list[Computation]:
    """Those of ``text[begin:end]`` in order; of a text in a loop the last ones."""
    found = []
    earlier: frozenset[Fraction] = frozenset()
    last = begin
    for sign in [*_EQUALS.finditer(text, begin, end)][-_MOST_SIGNS:]:
        left = max(begin, last, sign.start() - _LONGEST_SIDE)
        for stop in _STOP.finditer(text, left, sign.start()):
            left = stop.end()
        if left != last:
            earlier = frozenset()
        operands = _operands(text, left, sign.start())
        named = _NAME.search(text[left : sign.start()]) is not None
        last = sign.end()
        earlier |= operands
        after = _AFTER_EQUALS.match(text, last, end)
        result = next(numerals(text, last, min(end, last + _LONGEST_SIDE)), None)
        if result is None or after is None or result.start > after.end() or not readable(result):
            continue
        if (earlier or named) and result.value is not None and not _goes_on(text, result):
            found.append(Computation(earlier, result, result.value))
    return found


def leads_to(text: str, begin: int, value: Fraction) -> bool:
    """Whether the last results of ``text[begin:]`` and one more operation make a value."""
    steps = computations(text, begin, len(text))
    if not steps:
        parts = [each.value for each in numerals(text, begin) if not each.label]
        return len(parts) > 1 and sum(each for each in parts if each is not None) == value
    used = frozenset[Fraction]().union(*(each.operands for each in steps))
    ends = {each.value for each in steps} - used
    one = steps[-1].value
    if one == value or rounds_to(steps[-1], value):
        return True
    if (len(ends) > 1 and sum(ends) == value) or _sum_of_lines(text, begin) == value:
        return True
    words = [each for each in spelled(text, begin, len(text)) if not each.label]
    for each in [*numerals(text, begin), *words][-_MOST_SIGNS:]:
        other = each.value
        if other and one and value in (
            sum(ends) + other, one + other, abs(one - other), one * other, one / other
        ):  # fmt: skip
            return True
    return False


def _sum_of_lines(text: str, begin: int) -> Fraction | None:
    """What the last numbers of the lines of a list add up to."""
    lasts = []
    position = begin
    for line in text[begin:].split("\n")[:_MOST_SIGNS]:
        found = [each for each in numerals(text, position, position + len(line)) if not each.label]
        lasts += found[-1:]
        position += len(line) + 1
    known = [each.value for each in lasts if each.value is not None]
    return sum(known, Fraction(0)) if len(known) == len(lasts) > 1 else None


def rounds_to(last: Computation, value: Fraction) -> bool:
    """Whether a value is one of the two whole numbers next to a result that is none."""
    return last.value.denominator > 1 and value in _wholes(last)


def _wholes(last: Computation) -> tuple[Fraction, Fraction]:
    return Fraction(math.floor(last.value)), Fraction(math.ceil(last.value))


def _is_operand(text: str, numeral: Numeral) -> bool:
    """Whether a calculation that nothing follows is made of a number ("she pays 120 + 30")."""
    before = text[max(0, numeral.start - 4) : numeral.start]
    return _goes_on(text, numeral) or _OPERATOR_BEFORE.search(before) is not None


def _goes_on(text: str, result: Numeral) -> bool:
    quotient = _QUOTIENT.search(text[result.start : result.end])
    return bool(quotient or _GOES_ON.match(text, result.end))


def _operands(text: str, begin: int, end: int) -> frozenset[Fraction]:
    """What the calculation that ends at a position is made of; nothing if no calculation does."""
    found = [*numerals(text, begin, end)]
    if not found or not _BEFORE_EQUALS.fullmatch(text, found[-1].end, end):
        return frozenset()
    taken = [found[-1]]
    for each in reversed(found[:-1]):
        if not _BETWEEN_OPERANDS.fullmatch(text, each.end, taken[-1].start):
            break
        taken.append(each)
    parts: list[Numeral] = []
    for each in taken:
        written = text[each.start : each.end]
        quotient = _QUOTIENT.search(written)
        parts += [*numerals(written.replace("/", " ÷ "))] if quotient else [each]
    if len(parts) < 2:
        return frozenset()
    return frozenset(each.value for each in parts if each.value is not None)


def reckoned(
    text: str,
    begin: int,
    end: int,
    found: Sequence[Numeral],
    reading: Numeral | Unreadable | None,
) -> Numeral | Unreadable | None:
    """What a closing sentence says, if the working before it tells better than its grammar.

    ``found``: the numbers that the sentence ``text[begin:end]`` asserts.
    """
    if reading is None or len({each.value for each in found}) < 2:
        return reading
    steps = computations(text, 0, end)
    before = [each for each in steps if each.result.start < begin]
    if not steps or any(not readable(each) for each in found):
        return reading
    if isinstance(reading, Numeral):
        own = _EQUALS.search(text, begin, end) or not before
        return reading if own else _instead_of(text, reading, found, before[-1])
    if _ALTERNATIVES.search(text, begin, found[-1].end) or _parallel(found, steps):
        return reading
    told = _told_among(text, found, steps) if steps[-1].operands or before == steps else None
    return told or (_told_among(text, found, before) if before else None) or reading


def _instead_of(
    text: str, reading: Numeral, found: Sequence[Numeral], last: Computation
) -> Numeral:
    """The result of the last computation, if a sentence says it beside what it was made of."""
    if reading.value not in last.operands or last.value in last.operands:
        return reading
    named = [each for each in found if each.value == last.value and not _is_operand(text, each)]
    return named[-1] if named else reading


def _parallel(found: Sequence[Numeral], steps: Sequence[Computation]) -> bool:
    """Whether one of some numbers is a result that later computations do not use."""
    used = frozenset[Fraction]().union(*(each.operands for each in steps))
    unused = {each.value for each in steps} - used - {steps[-1].value}
    return any(each.value in unused for each in found)


def _told_among(
    text: str, found: Sequence[Numeral], steps: Sequence[Computation]
) -> Numeral | None:
    """The result of the last computation, where the others of a sentence were known before it."""
    last = steps[-1]
    wholes = _wholes(last)
    rounded = [each for each in found if each.value in wholes and each.start > last.result.start]
    results = rounded or [each for each in found if each.value == last.value]
    if len({each.value for each in results}) != 1:
        return None
    result = results[-1]
    if _is_operand(text, result):
        return None
    known = {each.value for each in numerals(text, 0, last.result.end)}
    known = known.union(*(each.operands for each in steps))
    known |= {
        each.value for each in found if _DEFINITE.search(text, max(0, each.start - 8), each.start)
    }
    for each in found:
        later = _AFTERMATH.search(text, result.end, each.start)
        left_over = result.value != last.value and _LEFT_OVER.match(text, each.end)
        if each.value != result.value and each.value not in known and not later and not left_over:
            return None
    return result


def makes(parts: Sequence[Fraction | None], value: Fraction) -> bool:
    """Whether some numbers, all added or taken away, or two of them multiplied, are a value."""
    known = [each for each in parts if each is not None]
    if len(known) != len(parts) or not 2 <= len(known) <= _MOST_PARTS:
        return False
    if len(known) == 2 and value in _products(*known):
        return True
    head, *rest = known
    return any(
        abs(head + sum(sign * each for sign, each in zip(signs, rest, strict=True))) == value
        for signs in product((1, -1), repeat=len(rest))
    )


def _products(one: Fraction, other: Fraction) -> set[Fraction]:
    return {one * other, *([one / other] if other else []), *([other / one] if one else [])}
