r"""The number in words that a sentence says which has digits, too.

"Of the 12 eggs nine are left.", "He has to pay sixty-four dollars for the 16 glasses." Owns when it
is the words that the sentence says, and the digits stand beside them. Knows nothing of sentences
that have but one of both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.arguments import arguments_of
from perfbench.evaluation.extraction.numerals import Numeral
from perfbench.evaluation.extraction.spelled import spelled

PREDICATE = re.compile(
    r"(?:\b|['’])(?:s\s+got|ve\s+got|(?:must|has\s+to|have\s+to|will|would|should)\s+be|is|was|are|were|takes?|needs?|requires?|costs?|makes?|gives?|holds?|contains?"
    r"|ha(?:s|ve)\s+an?\s+\w+\s+of)\s+(?:about\s+|only\s+)?[*_$\\£€¥(]*\Z"
)
SO = re.compile(r"\b(?:so|therefore|thus|hence|it\s+follows\s+that)\b")
_PAYS = re.compile(
    r"\b(?:there\s+(?:are|is|were)|has\s+to\s+pay|have\s+to\s+pay|pays?|paid|spen[dt]s?|earn(?:s|ed)?|needs?|gets?|has|have)"
    r"\s+(?:exactly\s+|only\s+|a\s+total\s+of\s+)?\Z"
)
_BESIDE = re.compile(
    r"[^,;.\d]{0,60}\b(?:for|of|from|out\s+of|to\s+\w+)\s+(?:all\s+|just\s+|only\s+)?(?:the|these|those|his|her|their)\s+[*_]*\Z"
)


def words_after(text: str, begin: int, end: int, last: int) -> Numeral | None:
    """The only one of the numbers in words behind the last digit, or behind the "so" that follows
    it, where that is what the sentence says."""
    words: Sequence[Numeral] = [*spelled(text, last, end)]
    so = SO.search(text, words[0].start if words else end, end)
    if so is not None:
        after = [each for each in words if each.start >= so.end()]
        begin, words = (so.start(), after) if len(after) == 1 else (begin, words)
    if len(words) != 1 or words[0].label:
        return None
    return words[0] if PREDICATE.search(text[begin : words[0].start]) else None


def words_before(text: str, begin: int, found: Sequence[Numeral]) -> Numeral | None:
    """The only number in words before the digits, where these only say of what it is said."""
    words = [each for each in spelled(text, begin, found[0].start) if not each.label]
    if len(words) != 1 or not _PAYS.search(text[begin : words[0].start]):
        return None
    beside = _BESIDE.fullmatch(text, words[0].end, found[0].start)
    return words[0] if beside and not arguments_of(text, begin, found[1:]) else None
