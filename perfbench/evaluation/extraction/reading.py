"""What number a statement ("18 dollars", "9 * 2 = 18", "3 or 4") gives, if it gives one.

Owns the difference between a number and a part of something larger: an expression, a range, a
choice of two, a compound quantity. Knows nothing of where in a text the statement was found.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, Literal

from perfbench.evaluation.extraction.numerals import Numeral, numerals

Unreadable = Literal["unreadable"]
UNREADABLE: Final = "unreadable"
"""Something is stated, but not one number."""

_LEAD = re.compile(
    r"(?:[\s:*_`\"'“”‘’«»(\[{$\\,≈~→>|]"
    r"|\b(?:is|are|was|be|it|it's|that|about|approximately|approx\.?|around|roughly|exactly|only"
    r"|just|simply|therefore|thus|then|indeed|also|equals?|equal\s+to|a\s+total\s+of|total\s+of"
    r"|the\s+(?:number|integer|value|fraction|decimal)|a|an|nearly|almost|precisely|and|so)\b"
    r"|boxed|approx|(?<![A-Za-z])[A-Za-z](?:_\{?\w+\}?)?\s*=|="
    r"|是|为|约|大约|共|总共|一共|等于|即|就是)*"
)
_LONGEST_LEAD = 160
_OPERATOR = re.compile(
    r"\s*(?:[A-Za-z]+\s+){0,3}[A-Za-z]*\s*(?:[+*×·÷/]|[-–](?=\s|\d|\())\s*(?=[\d$(£€\\.])"
    r"|\s*x\s*(?=[\d$(])|(?<=\d)\(\s*\d"
)
_CLAUSE_END = re.compile(
    r"[,;，；。!?！？\n]|(?<![-+*×·÷/=()])(?<![-+*×·÷/=(][ ])[(（]|[.](?=\s|$|[*_\"'])"
    r"|\b(?:because|since|as|where|for|so|from|which|if)\b"
)
_EQUALS = re.compile(r"=|≈")
_ALTERNATIVE = re.compile(
    r"\s*[\w%°$/]{0,12}\s*(?:\b(?:or|to|and|through|oder|ou|und|или)\b|或者?|到|至|和|[~～]"
    r"|[-–—](?=[$£€]?\d)|,\s*(?:and\s|or\s)?(?:[a-z]\s*=)?|(?<=\d)\s(?=\d))"
    r"\s*[$£€¥\\(]*\s*[-–]?(?=[\d.]*\d)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\s*(?:out\s+of|of)\s+(?:the\s+)?(?:\d|\$\s*\d)|(?<=\b1)\s+in\s+\d", re.IGNORECASE
)
_COMPOUND_UNITS = re.compile(
    r"\s*(?:hours?|hrs?|h|minutes?|mins?|feet|foot|ft|pounds?|lbs?|years?|yrs?|weeks?|days?|months?"
    r"|gallons?|quarts?|yards?|miles?|meters?|metres?|kilometers?|kilograms?|kg|小时|分钟?|年|天|米)"
    r"\s*(?:,\s*and|,|and|又|零)?\s*(?=\d+\s*(?:minutes?|mins?|m\b|seconds?|secs?|s\b|inch(?:es)?"
    r"|in\b|ounces?|oz|months?|days?|hours?|hrs?|h\b|quarts?|cups?|feet|ft|yards?|meters?|cm"
    r"|grams?|g\b|分|秒|个月|天|厘米))",
    re.IGNORECASE,
)
_CONVERTED = re.compile(
    r"[*_]*\s?(?P<unit>[A-Za-z°]+)[*_]*(?:\s[a-z]+){0,2}[*_]*,\s+(?:or|i\.\s?e\.,?|that\s+is,?)\s+"
    r"(?:(?:about|roughly|approximately|exactly)\s+)?[*_$£€]*\Z"
)
_OR_ALSO = re.compile(
    r"[*_)]*(?:\s[A-Za-z]+)?[*_)]*,?\s+(?:or|i\.e\.|that\s+is|which\s+(?:is|equals)),?\s+[*_$£€(]*"
)
_MEASURES = tuple(
    re.compile(rf"(?:{names})\b", re.IGNORECASE)
    for names in (
        r"seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|months?|years?",
        r"(?:centi|milli|kilo)?met(?:er|re)s?|cm|mm|km|m|feet|foot|ft|inch(?:es)?|in|yards?|miles?|mi",
        r"(?:kilo|milli)?grams?|kg|g|mg|tons?|tonnes?|pounds?|lbs?|ounces?|oz",
        r"(?:milli)?lit(?:er|re)s?|m?L|cups?|pints?|quarts?|gallons?|ounces?|oz",
        r"cents?|dollars?",
    )
)
_IN_UNITS = re.compile(r"\s?[a-z]{1,12}\s*[=≈]\s*")
"""What stands between a quantity and itself in several units: 30 inches = 2 feet 6 inches."""
_CENTS = re.compile(
    r"\s*(?:dollars?|USD)\s*(?:and|,)?\s*(?P<cents>\d{1,2})\s*(?:cents?|¢)", re.IGNORECASE
)
_WORKING = re.compile(
    r"\b(?:are|is|was|were|has|have|had|minus|plus|times|divided|multiplied)\b", re.IGNORECASE
)


def readable(numeral: Numeral) -> bool:
    """Whether it is a number by itself, not a date, an index or a coefficient."""
    return numeral.value is not None and not numeral.formula


def lead(text: str, begin: int, end: int) -> int:
    """Where the words and signs end that may stand before a number ("about", ``$x =``)."""
    found = _LEAD.match(text, begin, min(end, begin + _LONGEST_LEAD))
    return found.end() if found else begin


def statement(text: str, begin: int, end: int) -> Numeral | Unreadable | None:
    """The number ``text[begin:end]`` begins with, or the result of the equation it begins with.

    ``None`` if it begins with something else.
    """
    first = next(numerals(text, begin, end), None)
    if first is None or first.start > lead(text, begin, end):
        return None
    if first.label and not re.match(r"\d+(?:st|nd|rd|th)", text[first.start : first.end]):
        return None
    clause_end = _CLAUSE_END.search(text, first.end, end)
    stop = clause_end.start() if clause_end else end
    if _EQUALS.search(text, first.end, stop):
        return _equation(text, first, stop)
    if not readable(first):
        return UNREADABLE
    cents = _CENTS.match(text, first.end, end)
    if cents and first.value is not None:
        value = first.value + Fraction(int(cents["cents"]), 100)
        return Numeral(first.start, cents.end(), value)
    for pattern in (_OPERATOR, _SHARE, _COMPOUND_UNITS):
        if pattern.match(text, first.end, end):
            return UNREADABLE
    other = _ALTERNATIVE.match(text, first.end, end)
    if other:
        second = next(numerals(text, other.end(), end), None)
        if not _same(first, second) and not (second and is_restated(text, first, second)):
            return UNREADABLE
    return first


def _same(one: Numeral, other: Numeral | None) -> bool:
    """Whether a number is only written once more ("5/8 or 0.625", "0.25 or 25%")."""
    if other is None or one.value is None or other.value is None or not readable(other):
        return False
    return one.value / (100 if one.percent else 1) == other.value / (100 if other.percent else 1)


def is_restated(text: str, first: Numeral, second: Numeral) -> bool:
    """Whether a second number is the first in another unit ("210 minutes, or 3.5 hours")."""
    if _same(first, second) and _OR_ALSO.fullmatch(text, first.end, second.start):
        return True
    between = _CONVERTED.match(text, first.end, second.start)
    if between is None or second.value is None:
        return False
    if second.percent and not first.percent:
        return True
    if between["unit"].startswith("dozen") and first.value is not None:
        return second.value == 12 * first.value
    unit = re.compile(r"[*_]*\s?([A-Za-z]+)").match(text, second.end)
    return (
        unit is not None
        and unit[1] != between["unit"]
        and any(each.match(between["unit"]) and each.match(unit[1]) for each in _MEASURES)
    )


def are_one_quantity(text: str, first: Numeral, second: Numeral) -> bool:
    """Whether two numbers only make sense together ("2 hours and 30 minutes")."""
    units = _COMPOUND_UNITS.match(text, first.end)
    return units is not None and units.end() == second.start


def _equation(text: str, first: Numeral, end: int) -> Numeral | Unreadable:
    """The number on the last side of an equation, or on the first if the last is unfinished."""
    last = first.end
    for last_sign in _EQUALS.finditer(text, first.end, end):
        last = last_sign.end()
    result = next(numerals(text, last, end), None)
    if (
        result is not None
        and readable(result)
        and result.start <= lead(text, last, end)
        and not _COMPOUND_UNITS.match(text, result.end, end)
        and not _OPERATOR.match(text, result.end, end)
        and not _ALTERNATIVE.match(text, result.end, end)
    ):
        return result
    if result is not None and _COMPOUND_UNITS.match(text, result.end, end):
        compound = _IN_UNITS.fullmatch(text, first.end, result.start)
        return first if compound and readable(first) else UNREADABLE
    alone = re.compile(r"[\s\w$°%]*[=≈]").match(text, first.end, end)
    return first if alone and result is not None and readable(first) else UNREADABLE


def is_working(text: str, begin: int, end: int) -> bool:
    """Whether a statement that begins with a number is the first step of a calculation."""
    first = next(numerals(text, begin, end), None)
    if first is None:
        return False
    clause_end = _CLAUSE_END.search(text, first.end, end)
    clause = text[first.end : clause_end.start() if clause_end else end]
    return bool(
        first.formula
        or _EQUALS.search(clause)
        or _WORKING.search(clause)
        or _OPERATOR.match(text, first.end, end)
    )
