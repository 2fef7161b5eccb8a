r"""What the equations of a sentence come to: "80 - 12 = 68, and with the coupon she pays 63".

Owns which of several equations gives the result, and what may follow it in the same sentence.
Knows nothing of sentences without an equation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.arguments import arguments_of
from perfbench.evaluation.extraction.numerals import Numeral
from perfbench.evaluation.extraction.reading import UNREADABLE, Unreadable, readable
from perfbench.evaluation.extraction.workings import makes

EQUALS = re.compile(r"[=≈]|\bequals?\b")
_SPOKEN = re.compile(
    r"\b(?:minus|plus|times|divided\s+by|multiplied\s+by|less|of)\s+[*_$£€]*\d[\d.,]*%?(?:\s[a-z]+)?\s+"
    r"(?:is|are|makes|gives|leaves)\s+(?:(?:about|only|just)\s+)?[*_$£€]*\Z"
)
"""What stands before the result of a last calculation in words: "80 minus 24 is"."""
_IS_SOLUTION = re.compile(
    r"[\s*_$)]*\bis\s+(?:the|our|an?)\s+(?:\w+\s+)?(?:solution|root|value|answer|result)\b"
)
_AFTER_EQUALS = re.compile(
    r"[\s$({\\*_£€¥≈~]*(?:\b(?:about|approximately|to|shilingi|shillings?|sh|Sh|KSh|TSh)\b\s*)?[*_$]*\Z"
)
_NAME_EQUALS = re.compile(
    r"(?:\A|[,;$(:]|\b(?:and|so|then|that|have|get|thus|therefore)\s)\s*([A-Za-z]\w{0,20})\s*\Z"
)
OPEN_CALCULATION = re.compile(
    r"\s*[A-Za-z$%°)]*\s*(?:[+*×·÷]|\s-\s|\bx\b|或者?|\bor(?:\s+(?:maybe|perhaps|possibly|even))?\b"
    r"|(?<=\d)[-–](?=$))\s*[$(£€]*\Z"
    r"|[\s*_]*[A-Za-z]*(?<!ed)[*_]*\s+by\s+[*_]*\Z|\s[Rr]\.?\s*\Z"
)
_ALTERNATIVE = re.compile(
    r"[\s$)*}]*(?:\\text\{)?\s*,?\s*(?:or|oder|ou|或者?)\b[\s$(*}]*[A-Za-z]\w{0,9}\s*(?:=|≈)[\s$*(]*\Z",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"[^.;=\d]{0,40},?\s+(?:and|but|so)\s+(?:(?:then|now|finally)\s+)?(?:with|after|once|minus"
    r"|plus|adding|less|including|when|because\s+of|thanks\s+to)\b"
)
"""What begins a clause that reckons on with the result of an equation."""
_AND_ANOTHER = re.compile(
    r"[^.;=\d,]{0,30},?\s+(?:and|while)\s+(?:the|its|his|her|their)\s+(?:[a-z]+\s+){1,3}(?:is|are|was)"
    r"\s+[*_$£€]*\Z"
)


def equation(
    text: str, begin: int, end: int, found: Sequence[Numeral]
) -> Numeral | Unreadable | None:
    """The result of the last equation; unreadable if several names get their values."""
    results = []
    for each in found:
        signs = [*EQUALS.finditer(text, max(begin, each.start - 24), each.start)]
        sign = signs[-1] if signs else None
        if sign and _AFTER_EQUALS.match(text, sign.end(), each.start):
            results.append((each, text[max(begin, sign.start() - 24) : sign.start()]))
    if not results:
        spoken = _SPOKEN.search(text[max(begin, found[-1].start - 60) : found[-1].start])
        return found[-1] if spoken and len(found) > 2 and readable(found[-1]) else None
    named = [each for each, _ in results if _IS_SOLUTION.match(text, each.end, end)]
    last = named[0] if named else results[-1][0]
    if named:
        return last if readable(last) else UNREADABLE
    if len(results) > 1 and _ALTERNATIVE.match(text, results[-2][0].end, last.start):
        return UNREADABLE
    names = [found and found[1] for found in (_NAME_EQUALS.search(before) for _, before in results)]
    if None not in names and len({*names}) > 1:
        return UNREADABLE
    further = [each for each in found if each.start > last.end]
    if further and OPEN_CALCULATION.match(text, last.end, further[0].start):
        return UNREADABLE
    if further and _AND_ANOTHER.fullmatch(text, last.end, further[0].start):
        return UNREADABLE
    on = _reckoned_on(text, last, end, further)
    last = on if on is not None else last
    return last if readable(last) else UNREADABLE


def _reckoned_on(text: str, last: Numeral, end: int, further: Sequence[Numeral]) -> Numeral | None:
    """The result of a clause that takes the result of an equation one step further."""
    then = _THEN.match(text, last.end, end)
    told = arguments_of(text, last.end, further) if then else []
    if len(told) != 1 or told[0] is not further[-1] or told[0].value is None:
        return None
    parts = [last.value, *(each.value for each in further[:-1])]
    return told[0] if makes(parts, told[0].value) else None
