r"""Which numbers of a sentence it says at all.

Not those in brackets ("(about 40 lb)"), denied ("not 12"), cut off at the end of a text, or given
once more in another unit. Knows nothing of which of the rest is what the sentence comes to.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from perfbench.evaluation.extraction.numerals import Numeral
from perfbench.evaluation.extraction.reading import are_one_quantity, is_restated

_BRACKETS = re.compile(
    r"[(（\[][^()（）\[\]\n]{1,300}[)）\]]"
    r"|,\s(?:including|excluding|counting|after|before|with|without|not|plus|minus|at|who|which"
    r"|of\s+(?:which|whom|these))\b"
    r"[^,.;:\n=]{1,80},(?=\s)"
    r"|(?:,\s|(?<=\d)\s|(?<=%)\s)from\s+[*_$£€]*\d[^.;,\n]{0,20}?\bto\s+[*_$£€]*\d+(?:[.,]\d+)*"
)
_REJECTED = re.compile(
    r"(?:\bnot|n['’]t|\bnor|\binstead\s+of|\brather\s+than|不是)\s*(?:(?:the|only"
    r"|just)\s+)?[*_$\\£€¥(]*\Z",
    re.IGNORECASE,
)
_OR = re.compile(r"[^.;:\n]{0,40}\b(?:or|nor)\s+(?:the\s+)?[*_$\\£€¥(]*\Z")
_GOAL = re.compile(r"\b(?:goal|target|budget|capacity)\s+of\s+[*_$\\£€¥(]*\Z", re.IGNORECASE)
_SAYS_AGAIN = re.compile(
    r"[*_]*\s[a-z]+[*_]*,?\s+(?:or|i\.\s?e\.|that\s+is|which\s+is|equivalently),?\s+[*_]*"
)


def asserted(text: str, begin: int, end: int, found: Sequence[Numeral]) -> Sequence[Numeral]:
    """The numbers that are not in brackets, cut off, given in another unit, or denied."""
    found = _not_rejected(text, begin, found)
    found = [
        each for each in found if not _GOAL.search(text[max(begin, each.start - 24) : each.start])
    ] or found
    found = _outside_brackets(text, begin, end, found)
    found = [each for each in found if not _RATIO.match(text, each.end)] or found
    if len(found) > 2 and _is_cut_repetition(text, found):
        found = found[:-1]
    found = _without_compound(text, found)
    restated = {other.start for one, other in pairwise(found) if is_restated(text, one, other)}
    return [each for each in found if each.start not in restated]


def _not_rejected(text: str, begin: int, found: Sequence[Numeral]) -> Sequence[Numeral]:
    """The numbers that no "not" or "instead of" rejects, nor an "or" that goes on with that."""
    kept: list[Numeral] = []
    rejected: Numeral | None = None
    for each in found:
        again = rejected is not None and _OR.match(text[rejected.end : each.start])
        if again or _REJECTED.search(text[max(begin, each.start - 24) : each.start]):
            rejected = each
        else:
            kept.append(each)
            rejected = None
    return kept


def _without_compound(text: str, found: Sequence[Numeral]) -> Sequence[Numeral]:
    """The numbers without "2 hours and 40 minutes" where "160 minutes" says the same."""
    for first, second in pairwise(found):
        if are_one_quantity(text, first, second):
            others = [each for each in found if each not in (first, second)]
            again = any(
                _SAYS_AGAIN.fullmatch(text, each.end, first.start)
                or _SAYS_AGAIN.fullmatch(text, second.end, each.start)
                for each in others
            )
            return others if again else found
    return found


_RATIO = re.compile(r"\s+times\s+as\s+\w+\s+as\b")
"""What somebody is of another: "3 times as old as his son"."""


def _is_cut_repetition(text: str, found: Sequence[Numeral]) -> bool:
    """Whether a text ends within a number that it has only repeated before."""
    *others, last = found
    repeated = len({each.value for each in others}) == 1
    whole = text[others[-1].start : others[-1].end]
    return repeated and last.end == len(text) and whole.startswith(text[last.start : last.end])


def _outside_brackets(
    text: str, begin: int, end: int, found: Sequence[Numeral]
) -> Sequence[Numeral]:
    ends = {each.start(): each.end() for each in _BRACKETS.finditer(text, begin, end)}
    opened = [*ends]

    def within(place: int) -> bool:
        before = bisect_left(opened, place)
        return before > 0 and place < ends[opened[before - 1]]

    return [each for each in found if not within(each.start)] or found


def unbracketed(text: str, begin: int, end: int) -> str:
    """A sentence without what it sets in brackets."""
    return _BRACKETS.sub(" ", text[begin:end])
