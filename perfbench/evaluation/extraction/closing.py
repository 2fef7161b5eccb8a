r"""What number a text without a stated answer gives: in its opening, or in its closing statement.

Owns which sentence of a text says its result: not a note, an offer of help, a check or an
explanation after it, and none where the text refuses. Knows nothing of how a sentence is read, or
of how one refuses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from perfbench.evaluation.extraction.asserted import asserted
from perfbench.evaluation.extraction.numerals import Numeral, numerals
from perfbench.evaluation.extraction.opening import emphasised, opening
from perfbench.evaluation.extraction.premises import balanced
from perfbench.evaluation.extraction.reading import UNREADABLE, Unreadable
from perfbench.evaluation.extraction.refusals import REFUSAL, refused, without_doubt
from perfbench.evaluation.extraction.remarks import (
    ASKS,
    CHECK,
    COMES_TO,
    CONCLUDES,
    EXPLAINS,
    OFFER_TO_WORK,
    PARAGRAPHS,
    before_remarks,
    is_worksheet,
    without_remarks,
)
from perfbench.evaluation.extraction.sentences import said
from perfbench.evaluation.extraction.spelled import spelled
from perfbench.evaluation.extraction.unfinished import (
    ends_in_comma,
    is_cut,
    is_cut_in_adjunct,
    is_garbled,
)
from perfbench.evaluation.extraction.workings import makes, reckoned

_LEFT_TO_DO = re.compile(
    r"\b(?:can|could|may|must|should)\s+(?:(?:then|now|easily)\s+)?be\s+"
    r"(?:found|solved|computed|determined|calculated|obtained)\b[^.;=\d]*\W*\Z"
)
_ITEM = re.compile(r"\s*[-•*]\s")
_HALF = re.compile(
    r"\W*(?P<half>(?:a\s+|one\s+)?half)(?:\s+of\s+(?:the|an?|his|her|their)\s+\w+)?\W*",
    re.IGNORECASE,
)
_OF_THESE = re.compile(r"\d(?:\s\w+)?\s+of\s+(?:these|those|them|it)\b")
_FINAL = re.compile(
    r"\W*(?:Therefore|Thus|Hence|Consequently|In\s+(?:total|conclusion|all)|Finally|Altogether|Overall|Daher|Somit"
    r"|Insgesamt|Donc|Au\s+total|Por\s+(?:lo\s+)?tanto|En\s+total|Portanto|Quindi)\b|\W*(?:因此|综上)"
)
_GOES_ON = re.compile(r"[,;，；]|\b(?:and|but|so|then|which|und|et|y|e)\b")
_HAS = re.compile(r"\b(?:has|have|had|is|are|was|were|leaves)\s+(?:only\s+|about\s+)?\Z")
_YEAR = re.compile(r"(?s:.)*\b(?:in|since|until)\s(?:1[5-9]|20)\d\d")
_TOTAL_LINE = re.compile(
    r"[\W_]*(?:(?:Grand\s+)?Total|Together|In\s+total|Altogether|Sum|Insgesamt|Gesamt|Summe"
    r"|En\s+tout|En\s+total"
    r"|Totale|合计|总计)\b[^.:=\n\d]{0,40}[:=：]",
    re.IGNORECASE,
)
_SETS_OUT = re.compile(
    r"\W*(?:Step\s+\d+\W+)?(?:(?:First|Next|Then|Now),?\s+)?(?:[Ww]e\s+(?:\w+\s+(?:to\s+)?)?)?"
    r"(?:[Mm]ultiply|[Aa]dd|[Ss]ubtract|[Dd]ivide|[Cc]alculate|[Cc]ompute|[Ff]ind(?!\s+that)|[Dd]etermine(?!\s+that))\b"
    r"(?![^\n]*(?:=|≈|:\s*\S?\d|\b(?:get|obtain|find\s+that)\b"
    r"|gives?\b|giving|equals?\b|\bso\b|yields?|\bis\b|\bare\b|makes?\b|\bhave\b))"
    r"|\W*(?:We\s+(?:know|are\s+(?:given|told))|It\s+is\s+given)\s+that\b(?![^.\n]*\b(?:so|then|thus|hence)\b)"
    r"|\W*(?:Let\s+\w{1,3}\s*=|Suppose\b|Assume\b|Consider\b)(?![^.\n]*\b(?:so|then)\b)"
    r"|\W*(?:We|I)\s+(?:can\s+|could\s+|now\s+)*(?:set\s+up|write(?:\s+down)?|form)\s+(?:the|an?|this)\s+equation\b"
    r"(?![^\n]*\b(?:so|then|giv\w+|yield\w*)\b)"
)
_NEXT_STEP = re.compile(
    r"\s*(?:After|Adding|Subtracting|Minus|Plus|With|Once|Then|Next|If|There\s+(?:are|is|were)|The\s+total"
    r"|Together|All\s+told)\b"
)
_BY_THEN = re.compile(r"\s*(?:(?:At|By)\s+(?:that|this)\s+(?:time|point|moment)|By\s+then|Then)\b")
_GIVES_REASON = re.compile(
    r"(?:から|ため)(?:です|だ)[。.]?\s*\Z|[，,](?:但|不过|只是)?(?:题目|问题)只?(?:问|要求|求)[^\d。]{0,12}[。.]?\s*\Z"
    r"|,?\s+(?:but|though)\s+(?:this|that|it)\s+(?:is\s+not|isn['’]t|was\s+not|wasn['’]t)\s+(?:what\s+(?:is|was|we)|asked|needed|required)"
    r"\b[^.\d]{0,60}[.]?\s*\Z|\b(?:but|though)\s+(?:the|this)\s+(?:question|problem)\s+(?:only\s+)?(?:asks|wants|asked|wanted)\b"
    r"[^.\d]{0,80}[.]?\s*\Z|\bnämlich\b[^.\n]*[.]?\s*\Z"
    r"|[,=][^.\n]{0,60}\b(?:as|was)\s+(?:stated|required|given|expected|claimed|needed|desired|verlangt|gefordert)\b[^.\n]{0,40}[.]?\s*\Z",
)
"""What a sentence ends in that says why, or what was not asked."""
_CONCLUDED = re.compile(
    r"\b(?:so|therefore|thus|hence|in\s+total|altogether|(?:that|this|which)\s+means)\b"
    r"|所以|因此|一共|总共",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(
    r"\b(?:Rs|approx|No|Nr|i\.e|e\.g|vs|Mr|Mrs|Ms|Dr|St|Fig|Eq|ca|z\.B|d\.h|etc|lbs?|oz|ft|in|hrs?"
    r"|mins?|sq|[ap]\.m|U\.S)\Z",
    re.IGNORECASE,
)
_UNCAPITALISED = re.compile(
    r"(?<=[a-z]{3}\.|\d{2}[a-z]\.)\s+(?:so|then|in\s+\d+\s\w+|that['’]?s|he|she|they|we|it|there|now|total|after)\s"
)
_BEGINS = re.compile(
    r"\W*(?:(?:Sure|Certainly|Okay|Alright)\b[^\n]{0,60}\n+\W*)?(?:Let['’]s|Let\s+us|To\s+(?:find|solve|determine|calculate|figure)"
    r"|We\s+(?:need|can)\s+to|Here\s+(?:is|are)\s+(?:what|the\s+facts))\b"
)
_NUMBERED_ITEM = re.compile(r"\n[ \t]*(?:\d{1,2}[.)]|[-*•])[ \t]+[^\n=]{1,200}\s*\Z")
_COMES = re.compile(
    rf"(?!gives?\b|giving\b){COMES_TO.pattern}|\b(?:left|remain\w*|answer|result|altogether|each\s+(?:gets?|receives?))\b",
    re.IGNORECASE,
)
_NOTHING_LEFT = re.compile(
    r"\bno\s+(?:[a-z]+\s+){1,3}(?:are|is|were|was|will\s+be)\s+(?:left|remaining)\b",
    re.IGNORECASE,
)
_TIME_OF_DAY = re.compile(
    r"\b(?:so|therefore|thus|hence)\b[^.;\n\d]{1,80}\b(?:at|is|be|by|until)\s+[*_]*\d{1,2}:\d\d[*_]*"
    r"(?:\s?[ap]\.?m\b\.?)?\W*\Z",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]+[\"'”’)*_]*(?=\s)|[。！？]+[\"'”’）*_]*|\n+")
_BOLD = re.compile(
    r"\*\*(?P<bold>[^*\n]{1,300})\*\*|__(?P<under>[^_\n]{1,300})__"
    r"|(?<![*\w])\*(?P<slanted>[^*\s](?:[^*\n]{0,60}[^*\s])?)\*(?![*\w])"
)
_MOST_SENTENCES = 400


def closing(text: str) -> tuple[Numeral | Unreadable | None, str]:
    """The number that a text gives without calling it the answer, and how it gives it."""
    text = without_doubt(text)
    if REFUSAL.search(text) or OFFER_TO_WORK.search(text):
        return UNREADABLE, "refusal"
    end = before_remarks(text)
    sentences = _sentences(text, end)
    if not sentences:
        return None, "no number"
    if refused(text, sentences):
        return UNREADABLE, "refusal"
    last = sentences[-1]
    sentences = without_remarks(text, sentences)
    if not sentences:
        return UNREADABLE, "no conclusion" if _SETS_OUT.match(text, last[0]) else "no statement"
    if is_worksheet(text, sentences) or _only_lists_givens(text, sentences):
        return UNREADABLE, "no statement"
    whole = sentences[-1] == last
    numbered = [each for each in sentences if _has_number(text, *each)]
    first = opening(text, sentences, numbered)
    if first is not None:
        return first, "opening"
    if _SETS_OUT.match(text, last[0]) or _LEFT_TO_DO.search(text[slice(*last)]):
        return UNREADABLE, "no conclusion"
    if ASKS.search(text[slice(*last)]):
        return UNREADABLE, "question"
    if is_cut(text, sentences[-1][0], max(end if whole else 0, sentences[-1][1])):
        if _is_aside(text, sentences):
            sentences = sentences[:-1]
        elif not _is_told(text, *sentences[-1]):
            return UNREADABLE, "broken off"
    if is_garbled(text, *sentences[-1]):
        return UNREADABLE, "garbled"
    return _closed(text, end, last, sentences)


def _closed(
    text: str, end: int, last: tuple[int, int], sentences: Sequence[tuple[int, int]]
) -> tuple[Numeral | Unreadable | None, str]:
    """What the sentences say that a text ends in; ``last``: the very last, be it a remark."""
    numbered = [each for each in sentences if _has_number(text, *each)]
    if not numbered:
        return _worded(text, sentences), "number in words"
    if sentences[-1] not in numbered:
        words = said(text, *sentences[-1])
        if words is not None and _is_conclusion(text, sentences[-1], words):
            return words, "number in words"
    if ASKS.search(text[slice(*numbered[-1])]):
        return UNREADABLE, "question"
    bold = _bold(text, end, numbered)
    if bold is not None:
        return bold, "bold"
    concluding = _concluding(text, numbered)
    if _SETS_OUT.match(text, concluding[0]) or (
        concluding != last and _is_dated(text, *concluding)
    ):
        return UNREADABLE, "no conclusion"
    if ends_in_comma(text[concluding[0] :]):
        return UNREADABLE, "broken off"
    reading = _said(text, *concluding)
    first = None
    if reading == UNREADABLE:
        first = emphasised(text, sentences) or balanced(text, sentences, numbered)
    return (first, "opening") if first is not None else (reading, "closing statement")


def _said(text: str, begin: int, end: int) -> Numeral | Unreadable | None:
    """What a closing sentence says, by its grammar and by the working before it."""
    found = [each for each in numerals(text, begin, end) if not each.label]
    if _TIME_OF_DAY.search(text, begin, end):
        return UNREADABLE
    reading = said(text, begin, end)
    worded = _worded_after(text, end, found)
    if worded is not None:
        return worded
    return reckoned(text, begin, end, asserted(text, begin, end, found), reading)


def _only_lists_givens(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether a text sets out to solve, and ends in a list before anything has come of it."""
    return bool(
        len(sentences) > 2
        and _BEGINS.match(text)
        and _NUMBERED_ITEM.search(text, 0, sentences[-1][1])
        and not _COMES.search(text)
    )


def _is_told(text: str, begin: int, end: int) -> bool:
    """Whether a sentence that breaks off concludes, and had said its result before it did."""
    if not (_FINAL.match(text, begin) and is_cut_in_adjunct(text, begin, end)):
        return False
    result = said(text, begin, end)
    if not isinstance(result, Numeral) or _GOES_ON.search(text, result.end, end):
        return False
    return len(text[result.end : end].split()) > 1


def _is_aside(text: str, sentences: Sequence[tuple[int, int]]) -> bool:
    """Whether the last of several sentences only explains, checks or repeats one before it."""
    if len(sentences) < 2:
        return False
    begin, end = sentences[-1]
    if EXPLAINS.match(text, begin) or CHECK.match(text, begin):
        return True
    cut = text[begin:end].strip()
    return any(text[slice(*each)].lstrip().startswith(cut) for each in sentences[-6:-1])


def _is_dated(text: str, begin: int, end: int) -> bool:
    """Whether the only number of a sentence is the year in which something was so."""
    found = [each for each in numerals(text, begin, end) if not each.label]
    return len(found) == 1 and _YEAR.fullmatch(text, found[0].start - 8, found[0].end) is not None


def _is_conclusion(text: str, sentence: tuple[int, int], words: Numeral | Unreadable) -> bool:
    """Whether the number in words of a last sentence is a result, not one said in passing."""
    if _CONCLUDED.search(text, *sentence):
        return True
    if isinstance(words, Numeral) and text[: words.start].endswith("**"):
        return True
    if not isinstance(words, Numeral) or words.value is None or words.value < 2:
        return False
    before = [*numerals(text, 0, sentence[0])][-1:] + [*spelled(text, 0, sentence[0])][-1:]
    return any(each.value == words.value and not each.label for each in before)


def _worded_after(text: str, end: int, found: Sequence[Numeral]) -> Numeral | None:
    """The one new number, in words, of a sentence whose digits had all been said before it."""
    if not found:
        return None
    words = [each for each in spelled(text, found[-1].end, end) if not each.label]
    if len(words) != 1 or not _HAS.search(text, found[-1].end, words[0].start):
        return None
    known = {each.value for each in numerals(text, 0, found[0].start)}
    new = words[0].value not in known and all(each.value in known for each in found)
    return words[0] if new else None


def _worded(text: str, sentences: Sequence[tuple[int, int]]) -> Numeral | Unreadable | None:
    """What the last sentence with a number in words says, of a text without digits."""
    if len(sentences) == 1:
        if (half := _HALF.fullmatch(text)) is not None:
            return Numeral(*half.span("half"), Fraction(1, 2))
        words = [*spelled(text, *sentences[0])]
        if len(words) == 1 and not re.search(r"\w", text[: words[0].start] + text[words[0].end :]):
            return words[0]
    nothing = _NOTHING_LEFT.search(text, *sentences[-1])
    if nothing is not None:
        return Numeral(*nothing.span(), Fraction(0))
    for begin, end in reversed(sentences[-4:]):
        if any(not each.label for each in spelled(text, begin, end)):
            return said(text, begin, end) or UNREADABLE
    return said(text, *sentences[-1])


def _sentences(text: str, end: int) -> list[tuple[int, int]]:
    """Bounds of the sentences with a word or a digit, of a text in a loop the last ones."""
    found = []
    begin = 0
    for stop in _SENTENCE_END.finditer(text, 0, end):
        if stop.group()[0] == "." and (
            _ABBREVIATED.search(text, max(begin, stop.start() - 8), stop.start())
            or (
                re.match(r"\s+[a-z),;]", text[stop.end() : stop.end() + 40])
                and not _UNCAPITALISED.match(text, stop.end())
            )
        ):
            continue
        found.append((begin, stop.end()))
        begin = stop.end()
    found.append((begin, end))
    return [each for each in found if re.search(r"\w", text[slice(*each)])][-_MOST_SENTENCES:]


def _has_number(text: str, begin: int, end: int) -> bool:
    return any(not each.label for each in numerals(text, begin, end))


def _bold(text: str, end: int, numbered: Sequence[tuple[int, int]]) -> Numeral | Unreadable | None:
    """The number in bold of the last paragraph that has numbers; of its last sentence with one."""
    if "*" not in text and "__" not in text:
        return None
    begin = 0
    for gap in PARAGRAPHS.finditer(text, 0, numbered[-1][0]):
        begin = gap.end()
    for first, last in reversed(numbered):
        if last <= begin:
            break
        found = [
            number
            for passage in _BOLD.finditer(text, first, last)
            if not passage[passage.lastgroup or 0].rstrip().endswith((":", "："))
            and isinstance(number := said(text, *passage.span(passage.lastgroup or 0)), Numeral)
        ]
        if len({each.value for each in found}) == 1:
            return found[-1]
        if found:
            whole = _said(text, first, last)
            return whole if whole is not None else UNREADABLE
    return None


def _concluding(text: str, numbered: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The last sentence with numbers that is no explanation of the one before it."""
    kept = list(numbered)
    while len(kept) > 1 and (
        EXPLAINS.match(text, kept[-1][0])
        or (CHECK.match(text, kept[-1][0]) and isinstance(said(text, *kept[-2]), Numeral))
    ):
        kept.pop()
    while len(kept) > 1 and _GIVES_REASON.search(text, *kept[-1]):
        kept.pop()
    while len(kept) > 1 and _BY_THEN.match(text, kept[-1][0]):
        if isinstance(said(text, *kept[-1]), Numeral):
            break
        kept.pop()
    total = _total_line(text, kept)
    if total is not None:
        return total
    for earlier in reversed(kept[-4:-1]):
        between = text[earlier[1] : kept[-1][1]]
        parted = PARAGRAPHS.search(text, earlier[0] + 2, kept[-1][0]) and not _ITEM.match(
            text, kept[-1][0]
        )
        if "\n" in text[earlier[0] : earlier[1]].strip() or "\n\n" in between.rstrip() or parted:
            break
        if COMES_TO.search(between) or _reckons_on(text, earlier, kept[-1]):
            break
        if CONCLUDES.match(text, earlier[0]):
            both = said(text, *earlier), said(text, *kept[-1])
            only_last = both[0] == UNREADABLE and isinstance(both[1], Numeral)
            return kept[-1] if only_last else earlier
    return kept[-1]


def _reckons_on(text: str, earlier: tuple[int, int], last: tuple[int, int]) -> bool:
    """Whether a sentence makes a further result of that of an earlier one."""
    before, after = said(text, *earlier), said(text, *last)
    if not isinstance(before, Numeral) or not isinstance(after, Numeral) or after.value is None:
        return False
    if not _NEXT_STEP.match(text, last[0]):
        return False
    rest = [each for each in numerals(text, *last) if not each.label and each.start != after.start]
    known = {each.value for each in numerals(text, 0, last[0])}
    if after.value in known:
        return False
    others = [each for each in numerals(text, *earlier) if not each.label]
    return makes([before.value, *(each.value for each in rest)], after.value) or (
        not rest and any(makes([before.value, each.value], after.value) for each in others)
    )


def _total_line(text: str, kept: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The line headed "Total:" that is followed by what had been said before it, and no more."""
    for place in range(len(kept) - 2, max(len(kept) - 5, -1), -1):
        after = kept[place + 1]
        concludes = CONCLUDES.match(text, after[0]) or COMES_TO.search(text, *after)
        if concludes and not _OF_THESE.search(text, *after):
            return None
        if _TOTAL_LINE.match(text, kept[place][0]):
            known = {each.value for each in numerals(text, 0, kept[place][0])}
            rest = [each for each in kept[place + 1 :] if not _OF_THESE.search(text, *each)]
            later = [said(text, *each) for each in rest]
            again = all(isinstance(each, Numeral) and each.value in known for each in later)
            return kept[place] if again else None
    return None
