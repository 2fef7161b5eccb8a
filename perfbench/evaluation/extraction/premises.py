r"""Whether what follows a result only tells what it was reckoned from.

"Tina has 21 marbles. She started with 14, then won 10 and lost 3.", "Diego has **18** cards left."
above a list of what he had: nothing there comes to a number, so the first sentence says the result.
Owns that difference. Knows nothing of how the first sentence is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from perfbench.evaluation.extraction.numerals import Numeral, numerals
from perfbench.evaluation.extraction.remarks import COMES_TO, CONCLUDES, PARAGRAPHS
from perfbench.evaluation.extraction.sentences import said
from perfbench.evaluation.extraction.spelled import spelled
from perfbench.evaluation.extraction.workings import computations, makes

_LOOKS_BACK = re.compile(
    r"\s*(?:At\s+first|Originally|Initially|To\s+begin\s+with|Before\s+that|Earlier)\b"
    r"|\s*(?:He|She|It|They|We|You|I|The\s+\w+|[A-Z]\w+)\s+"
    r"(?:(?:had|has|have)\s+(?:\w+\s+)?(?:started|begun|been|had)\b|started|began"
    r"|(?:originally|initially|first|already)\s+\w+|used\s+to\b|(?:was|were)\s+given)"
)
_HEAD = re.compile(r"[^.!?\n]{0,80}:[*_]{0,2}\s*\Z")
_CLAIMS = re.compile(
    r"\d\S{0,24}\s+(?:\w+\s+)?(?:(?:more|fewer|less)(?![^.\n]{0,40}\bthan\b)|short|left|remain(?:s|ing)?|too\s+(?:many|few)|in\s+(?:total"
    r"|all)|altogether)\b"
)
"""What a number is said to be that only a reckoning gives."""
_OUTCOME = re.compile(
    r"\W*(?:He|She|It|They|We|You|I|[A-Z]\w+)\s+(?:pays?|paid|spends?|spent|owes?|owed)\b"
)
_HAS = re.compile(r"\b(?:has|have|owns?)\b")
_HAD = re.compile(r"\s*(?:[A-Z]\w+|The\s+\w+)\s+(?:had|owned)\b")
_PAST = re.compile(r"\b(?:had|was|were|started|began)\b")
_RESULTS = re.compile(
    r"(?:\bwill|(?<=\w)['’]ll|\bwould)\s+(?:be|have|need|take|cost|pay|earn|make|last|spend|save|owe|receive)\b"
    r"|\b(?:now|altogether|in\s+(?:total|all))\b",
    re.IGNORECASE,
)
"""What the first sentence of a text says of a number that is not given to it."""
_GIVEN = re.compile(r"\W*(?:Since|Because|If|As|Given|Let|Suppose|Assume|When)\b")
_STATES = re.compile(
    r"\s*(?:He|She|It|They|We|You|I|There|The\s+\w+|[A-Z]\w+)\s+(?:(?:only|already|currently)\s+)?"
    r"(?:has|have|needs?|wants?|is|are|was|were)\b"
)
_ITEM = re.compile(r"\s*(?:[-•*|]|\d{1,2}[.)])\s?")
_RESULT_ROW = re.compile(
    r"\b(?:total|left|left\s+over|remain(?:s|ing|der)?|result|answer|sum|difference|final|now"
    r"|altogether|profit|needed|change)\b",
    re.IGNORECASE,
)
_DIGIT_IN_BOLD = re.compile(r"(?:\*\*|__)(?=[^*_\n]*\d)[^*_\n]{1,300}(?:\*\*|__)")
_ENDS_UP = re.compile(
    r"\b(?:left|remain(?:s|ing)?|now|end(?:s|ed)\s+(?:up|with)|in\s+the\s+end|still|today"
    r"|the\s+(?:rest|others?)|(?:came|comes|went|goes)\s+(?:home|back))\b",
    re.IGNORECASE,
)


def tells_premises(
    text: str, sentences: Sequence[tuple[int, int]], numbered: Sequence[tuple[int, int]],
    first: Numeral,
) -> bool:  # fmt: skip
    """Whether all that follows the first sentence is what its number was reckoned from."""
    end = sentences[0][1]
    later = [each for each in numbered if each[0] >= end]
    given = [each for each in numerals(text, end) if not each.label]
    if not later or any(each.value == first.value for each in given):
        return False
    if computations(text, end, len(text)) or any(_concludes(text, each) for each in later):
        return False
    parts = given + [each for each in spelled(text, end, len(text)) if not each.label]
    made = first.value is not None and makes([each.value for each in parts], first.value)
    if _OUTCOME.match(text, sentences[0][0]) and _are_parted(text, sentences):
        known = [each.value for each in given]
        return any(_sum(known[place:]) == first.value for place in range(len(known) - 1))
    if _goes_back(text, sentences):
        return made or not isinstance(said(text, *later[-1]), Numeral)
    states = _STATES.match(text, sentences[1][0]) and len(later) == 1
    if made and states and _CLAIMS.search(text, *sentences[0]):
        return True
    return is_only_bold(text, sentences[0]) and (made or _lists(text, sentences))


def _are_parted(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether the first sentence is a paragraph of its own."""
    begin = max(0, sentences[0][1] - 2)
    return PARAGRAPHS.search(text, begin, sentences[1][0] + 2) is not None


def _goes_back(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether the second sentence tells of a time before that of the first."""
    if _PAST.search(text, *sentences[0]):
        return False
    possesses = _HAS.search(text, *sentences[0]) and _HAD.match(text, sentences[1][0])
    return bool(possesses or _LOOKS_BACK.match(text, sentences[1][0]))


def is_only_bold(text: str, sentence: tuple[int, int]) -> bool:
    """Whether a sentence sets a number in bold, and nothing after it does."""
    if _DIGIT_IN_BOLD.search(text, *sentence) is None:
        return False
    return _DIGIT_IN_BOLD.search(text, sentence[1]) is None


def balanced(
    text: str, sentences: Sequence[tuple[int, int]], numbered: Sequence[tuple[int, int]]
) -> Numeral | None:
    """The number of a first sentence that all the numbers after it make, none of them a result."""
    begin, end = sentences[0]
    later = [each for each in numbered if each[0] >= end]
    claimed = _RESULTS.search(text, begin, end) or _CLAIMS.search(text, begin, end)
    if not later or not claimed or _GIVEN.match(text, begin):
        return None
    if any(_concludes(text, each) or _CLAIMS.search(text, *each) for each in later):
        return None
    first = said(text, begin, end)
    if not isinstance(first, Numeral) or first.value is None or first.label:
        return None
    given = [each.value for each in numerals(text, end) if not each.label]
    return first if makes(given, first.value) else None


def _sum(parts: Sequence[Fraction | None]) -> Fraction:
    return sum((each for each in parts if each is not None), Fraction(0))


def _concludes(text: str, sentence: tuple[int, int]) -> bool:
    signs = COMES_TO.search(text, *sentence) or _ENDS_UP.search(text, *sentence)
    return bool(signs or CONCLUDES.match(text, sentence[0]))


def _lists(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether only a table or a list follows, none of whose rows is named as a result."""
    begin = sentences[0][1]
    if not _are_parted(text, sentences):
        return False
    lines = [each for each in text[begin:].split("\n") if each.strip()]
    if _HEAD.match(lines[0].strip()):
        lines = lines[1:]
    rows = [each for each in lines if _ITEM.match(each)]
    return len(rows) > 1 and rows == lines and not any(_RESULT_ROW.search(each) for each in rows)
