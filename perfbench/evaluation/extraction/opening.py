r"""The number that a text opens with, before it explains or works it out.

"240 sheets. He uses ...", "**Bob will have 26 marbles.** Here's how ...": an answer first is one
only where what follows neither reckons with it, as with a given, nor comes to something else. Owns
that difference. Knows nothing of how texts close.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.numerals import Numeral, numerals
from perfbench.evaluation.extraction.premises import is_only_bold, tells_premises
from perfbench.evaluation.extraction.reading import readable
from perfbench.evaluation.extraction.remarks import COMES_TO, CONCLUDES, EXPLAINS, PARAGRAPHS
from perfbench.evaluation.extraction.sentences import said
from perfbench.evaluation.extraction.spelled import spelled
from perfbench.evaluation.extraction.unfinished import ends_in_comma
from perfbench.evaluation.extraction.workings import (
    Computation,
    computations,
    leads_to,
    rounds_to,
)

_ALONE = re.compile(
    r"(?:[*_]*(?:TL;?DR|In\s+short|Short\s+version|Summary|Final|Result|Output|Value)[*_]*:[*_]*)?[\s*_`>#$\\({\[<b\]}]*(?:[-–+]"
    r"|[$£€¥₹])?[\s$*_]*\S{1,40}(?:\s+[^\s\d=+×:]+){0,3}[\s*_`$.!)>/b]*\Z"
)
_RESULTS = re.compile(
    r"\b(?:left|remain(?:s|ed|ing)?|in\s+total|total|altogether|in\s+all|overall|now"
    r"|(?:will|(?<=\w)['’]ll)\s+(?:be|have|need|take|cost|pay|earn|make|last|spend|save|owe|receive|weigh)|would\s+(?:be|have|need|take|cost|pay)"
    r"|insgesamt|übrig|en\s+total|au\s+total|quedan?|restent|reste|in\s+totale)\b|一共|总共|剩",
    re.IGNORECASE,
)
_RECKONS = re.compile(r"[=≈+×·÷]|\d\s*[-*/x]\s*[$£€]?\d")
_BOLD = re.compile(r"\s*(?:\*\*|__)[^*_\n]+(?:\*\*|__)[.!\s]*\Z")
_STEPS = re.compile(r"[\s*_#>]*(?:[-•*]\s|1[.)]\s|Step\s+1\b|First\b)")
_NAMED = re.compile(r"\b(?:the|these|those|all|only)\s+[*_$£€¥]*\Z", re.IGNORECASE)
_CONTENTS = re.compile(r"\s*(?:It|This|That)\b|\s*[(（]|\s*(?:Without|Otherwise)\b")
_BECAUSE = re.compile(r"\s*Because\b")
_LONGEST = 200


def opening(
    text: str, sentences: Sequence[tuple[int, int]], numbered: Sequence[tuple[int, int]]
) -> Numeral | None:
    """The number that the first sentence gives as the answer, if it does."""
    if len(sentences) < 2:
        return None
    if _ALONE.match(text[slice(*sentences[0])].strip()):
        alone = _alone(text, sentences, numbered)
        if alone is not None:
            return alone
    return _asserted(text, sentences, numbered)


def emphasised(text: str, sentences: Sequence[tuple[int, int]]) -> Numeral | None:
    """The number in bold of a first paragraph of one sentence, that nothing after it uses."""
    if len(sentences) < 2 or not is_only_bold(text, sentences[0]):
        return None
    begin, end = sentences[0]
    parted = PARAGRAPHS.search(text, max(begin, end - 2), sentences[1][0] + 2)
    first = said(text, begin, end) if parted and not _RECKONS.search(text, begin, end) else None
    if not isinstance(first, Numeral) or any(
        each.value == first.value for each in numerals(text, end)
    ):
        return None
    return first


def _alone(
    text: str, sentences: Sequence[tuple[int, int]], numbered: Sequence[tuple[int, int]]
) -> Numeral | None:
    """A number that stands alone before an explanation, unless the text concludes otherwise."""
    begin, end = sentences[0]
    found = [*numerals(text, begin, end)] or [*spelled(text, begin, end)]
    if len(found) != 1 or not readable(found[0]):
        return None
    word = text[found[0].start : found[0].end]
    if found[0].label and not (word.isalpha() and text[begin:end].strip(" *_.!") == word):
        return None
    if text[found[0].start].isalpha() and len(text[begin : found[0].start].split()) > 1:
        return None
    explained = EXPLAINS.match(text, sentences[1][0])
    parted = PARAGRAPHS.search(text, found[0].end, sentences[1][0] + 2)
    told = re.match(r"\s*[A-Z][a-z'’]+\s", text[sentences[1][0] :][:40])
    fragment = text[begin:end].rstrip().endswith((".", "!")) and not ends_in_comma(text)
    if not (explained or parted or (told and ("\n" in text[begin:end] or fragment))):
        return None
    passing = not explained and not parted and _passes_on(text, found[0], end)
    later = [
        each
        for each in numbered
        if each[0] >= end
        and (
            CONCLUDES.match(text, each[0])
            or (not explained and not parted and not passing and COMES_TO.search(text, *each))
        )
    ]
    return None if later and _differs(text, later[-1], found[0]) else found[0]


def _passes_on(text: str, first: Numeral, begin: int) -> bool:
    """Whether what follows neither reckons with a number nor ends in a result of its own."""
    steps = computations(text, begin, len(text))
    if not steps or any(each.value == first.value for each in numerals(text, begin)):
        return False
    if first.value is not None and leads_to(text, begin, first.value):
        return True
    return _numbers_after(text, steps[-1].result.end)


def _numbers_after(text: str, position: int) -> bool:
    return any(not each.label for each in numerals(text, position))


def _goes_on(text: str, last: Computation, first: Numeral) -> bool:
    """Whether a text does not end in a result, or in one that is still to be rounded."""
    if first.value is not None and rounds_to(last, first.value):
        return True
    return _numbers_after(text, last.result.end)


def _differs(text: str, sentence: tuple[int, int], first: Numeral) -> bool:
    other = said(text, *sentence)
    return isinstance(other, Numeral) and other.value != first.value


def _asserted(
    text: str, sentences: Sequence[tuple[int, int]], numbered: Sequence[tuple[int, int]]
) -> Numeral | None:
    """The number of a whole sentence before its working."""
    begin, end = sentences[0]
    sentence = text[begin:end]
    later = [each for each in numbered if each[0] >= end]
    plain = len(sentence) <= _LONGEST and sentence.strip().endswith((".", "!", "*", "_", "。"))
    if not plain or not later or _RECKONS.search(sentence):
        return None
    first = said(text, begin, end)
    if not isinstance(first, Numeral) or first.label:
        return None
    if any(CONCLUDES.match(text, each[0]) and _differs(text, each, first) for each in later):
        return None
    if EXPLAINS.match(text, sentences[1][0]) and not _CONTENTS.match(text, sentences[1][0]):
        because = _BECAUSE.match(text, sentences[1][0])
        return None if because and _differs(text, sentences[1], first) else first
    if tells_premises(text, sentences, numbered, first):
        return first
    steps = computations(text, end, len(text))
    listed = PARAGRAPHS.search(text, first.end, sentences[1][0] + 2) is not None and (
        _STEPS.match(text, sentences[1][0]) is not None
    )
    bold = _BOLD.match(sentence) is not None
    if not bold and not any(each.isdigit() for each in text[first.start : first.end]):
        return None
    claimed = bold or _RESULTS.search(sentence) is not None
    if not claimed and steps and not _goes_on(text, steps[-1], first):
        return None
    if not (listed or claimed):
        return _led_to(text, first, end)
    return first if _is_result(text, first, later) else None


def _led_to(text: str, first: Numeral, begin: int) -> Numeral | None:
    """The number of a first paragraph, if what follows makes it without saying so."""
    parted = PARAGRAPHS.search(text, first.end, begin + 2)
    again = any(each.value == first.value for each in numerals(text, begin))
    several = sum(not each.label for each in numerals(text, begin)) > 2
    if parted is None or again or first.value is None or not several:
        return None
    return first if leads_to(text, begin, first.value) else None


def _is_result(text: str, first: Numeral, later: Sequence[tuple[int, int]]) -> bool:
    """Whether what follows a first sentence comes to its number, or to no other."""
    steps = computations(text, later[0][0], len(text))
    if first.value is None:
        return False
    if steps and rounds_to(steps[-1], first.value):
        return True
    if any(first.value in each.operands for each in steps):
        return False
    results = {each.result.start for each in steps}
    for each in numerals(text, later[0][0]):
        if each.value == first.value and each.start not in results:
            return False
    last = said(text, *later[-1])
    concludes = not steps and isinstance(last, Numeral)
    if not concludes and leads_to(text, later[0][0], first.value):
        return True
    if not steps or any(each.value == first.value for each in steps):
        return False
    if not isinstance(last, Numeral):
        return True
    alone = sum(not each.label for each in numerals(text, *later[-1])) == 1
    named = _NAMED.search(text[max(0, last.start - 12) : last.start])
    return last.value != steps[-1].value and not (alone and not named)
