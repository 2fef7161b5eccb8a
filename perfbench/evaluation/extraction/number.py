r"""The number a text gives as its answer, in canonical form (``18``, ``-0.75``, ``1/3``, ``25%``).

The last statement of a final answer decides (``\boxed{}``, ``#### N``, "the answer is N"); where
there is none, the number that the text opens with, the one in bold, or what its closing sentence
says. A statement that holds no single number ("3 or 4", ``2\sqrt{3}``, "no solution") is no number
at all: nothing else in the text is taken in its place.
"""

from __future__ import annotations

import re
from functools import lru_cache

from perfbench.evaluation.extraction.closing import closing
from perfbench.evaluation.extraction.condensed import condensed
from perfbench.evaluation.extraction.languages import is_foreign, with_decimal_points
from perfbench.evaluation.extraction.marks import (
    Mark,
    before_next_question,
    before_stop,
    marks,
)
from perfbench.evaluation.extraction.markup import plain
from perfbench.evaluation.extraction.numerals import Numeral, canonical, fold, numerals
from perfbench.evaluation.extraction.reading import (
    UNREADABLE,
    Unreadable,
    is_working,
    lead,
    readable,
    statement,
)
from perfbench.evaluation.extraction.refusals import refuses
from perfbench.evaluation.extraction.remarks import without_code
from perfbench.evaluation.extraction.retractions import is_undecided
from perfbench.evaluation.extraction.sentences import said
from perfbench.evaluation.extraction.spelled import spelled
from perfbench.types import Extraction, Sample

_NO_NUMBER = re.compile(
    r"(?:between\s|not\s+(?:enough|possible|sure|known|given|determinable|provided|clear)|cannot"
    r"|can['’]t"
    r"|unable|undetermined|unknown|undefined|impossible|no\s+(?:solution|answer|real|such)|none\b"
    r"|does\s+not\s+exist|insufficient|无法|不能|不确定|未知|无解|不存在)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"[\s\\{}$*._…<>\[\]]*(?:(?:your|the|final|numerical|correct)\s*)*"
    r"(?:answer|number|result|ans|N|X|\?|here)?(?:\s*here)?[\s\\{}$*._…?<>\[\]]*\Z",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[^\s.])[.。!?！？](?=\s|$|[^\d\s])|\n")
_EXPLANATION = re.compile(
    r"[\s*_#(]*(?:Explanation|Reason|Because|Note|Check|Verif|Justif|Solution|Working|解释|解析|说明|验证)",
    re.IGNORECASE,
)
_RETRACTION = re.compile(
    r"\b(?:Wait\b(?=\s*[,.!…—–-])|Hmm\b|Correction\b|I\s+made\s+(?:a|an)\s+(?:mistake|error)"
    r"|Scratch\s+that|On\s+second\s+thought|I\s+was\s+wrong|Actually,)|等等|不对|更正",
    re.IGNORECASE,
)
_CONFIRMED = re.compile(
    r"(?s:[^.\n]{0,60}\b(?:right\?|check|verify|confirm|correct\?|make\s+sure).*)"
    r"(?:\b(?:Yes|Yep|Correct|Good|Great|Perfect|Okay|OK)\b|that['’]s\s+(?:right|correct))[^.\n]{0,40}"
    r"[.!\s]*\Z"
)
_ONLY_DOUBTS = re.compile(
    r"\s*[,.!…—–-]+\s*(?:I|we)(?:['’]d|['’]ll|\s+(?:would|should|must|will))\s+(?:\w+\s+){0,2}?"
    r"(?:verify|check|double-check|confirm|make\s+sure)\b"
)
_RESULT = re.compile(
    r"\s?[天年月周日时][^\d。，,\n=]{1,20}\d|[^.!?;=\n]{0,80}?\s(?:makes|gives|equals|yields|costs?|comes\s+to|totals)\s+[*_$£€]*\d"
)
_OTHER_CASE = re.compile(
    r"[^.;\n\d]{0,60};\s+(?:(?:and|or|but)\s+)?(?:with|without|otherwise|else|if|when|counting|including)\b"
    r"[^.;\n\d]{0,60}(?:,|\b(?:is|are|be))\s+[*_$£€]*\d"
)
_STRUCK = re.compile(r"~~[^~\n]{1,80}~~")
_QA_LINE = re.compile(r"^[ \t]*A[ \t]*:[ \t]*(?P<content>[^\n]*)", re.MULTILINE)
_BETWEEN_BOXES = re.compile(r"[$\s]*(?:[a-z]+\s+){0,3},?\s*(?:and|or)\s+(?:[A-Za-z]\s*=\s*)?[$\s]*")
_ECHO = re.compile(r"\s*(?:Question|Problem|Q)\s*[:：][^\n]*[?？][ \t]*\n(?=(?s:.)*\w)")
"""The question, repeated before the answer; its numbers are given."""
_ONLY_CODE = re.compile(
    r"\s*```(?:python|py)?\n(?=(?:(?!```)(?s:.)){0,4000}\bdef\s)(?:(?!```)(?s:.)){1,4000}"
    r"\n[ \t]+return\s[\w. ()*/+-]{1,80}\n(?:```)?\s*\Z"
)
"""A function that nobody calls."""
_THINKING = re.compile(r"\s*<think(?:ing)?>(?!(?s:.*)</think)", re.IGNORECASE)
_SET_BOLD = re.compile(r"\$\s*\\(?:textbf|mathbf|bf)\{([^{}$\n]{0,40}\d[^{}$\n]{0,40})\}\s*\$")
_PICTURE = re.compile(r"(?:\s|\A)[\U0001f300-\U0001faff\ufe0f]+(?=\s|\Z)")
_CJK_COMMA = re.compile(r"(?<=[\u3040-\u30ff\u4e00-\u9fff]),(?! )")
"""A comma between clauses, written as in English: what reads Chinese knows the other."""
_MOST_LINES = 200
_LONGEST_WORDS = 300
_CONTINUES = re.compile(r"[,/]?\Z|,\d")


def number(text: str, sample: Sample) -> Extraction:
    """The number a text gives as its answer; ``sample`` plays no part."""
    del sample
    text = _SET_BOLD.sub(r"**\1**", condensed(plain(text)))
    text = _PICTURE.sub("", _STRUCK.sub("", condensed(fold(text))))
    text = _CJK_COMMA.sub("，", with_decimal_points(text))
    text = _ECHO.sub("", text, count=1) if _ECHO.match(text) else text
    whole, text = text, before_stop(_without_cut_repetition(text))
    earlier = before_next_question(text)
    if earlier is not None:
        found = _marked(earlier + "\n")
        if found is None and not earlier.rstrip("*_ \n").endswith(("?", "？")):
            found = _unmarked(earlier)
        if found is not None and found.answer is not None:
            return found
    if len(text) < len(whole):
        text += "\n"
    if _THINKING.match(text):
        found = _marked(text)
        if found is None or found.how not in ("box", "hash"):
            return Extraction(None, how="unfinished thought")
        return found
    if _ONLY_CODE.match(text):
        return Extraction(None, how="code")
    return _marked(text) or _unmarked(without_code(text))


def _without_cut_repetition(text: str) -> str:
    """The text without a last line that is the cut-off repetition of the lines before it."""
    lines = text.rsplit("\n", 3)[1:]
    if len(lines) == 3 and lines[0] == lines[1] and lines[1].startswith(lines[2]):
        return text[: len(text) - len(lines[2])]
    return text


def _extraction(numeral: Numeral, marked: bool, how: str) -> Extraction:
    assert numeral.value is not None  # readings hold readable numerals only
    return Extraction(canonical(numeral.value, numeral.percent), marked=marked, how=how)


def _marked(text: str) -> Extraction | None:
    found = marks(text)
    if "A:" in text or "A :" in text:
        for line in [*_QA_LINE.finditer(text)][-_MOST_LINES:]:
            found.append(Mark(line.start(), *line.span("content"), "phrase", label=True))
        found.sort(key=lambda mark: mark.start)
    for place in range(len(found) - 1, -1, -1):
        mark = found[place]
        reading = _read(text, mark)
        if reading is None:
            continue
        if place and _are_two_boxes(text, found[place - 1], mark):
            return Extraction(None, how="two boxes")
        corrected = _corrected(text, mark) if place == len(found) - 1 else None
        if corrected is not None:
            return _extraction(corrected, False, "correction")
        if reading == UNREADABLE:
            return Extraction(None, how=f"{mark.kind} without one number")
        complete = _complete(text, mark, reading)
        if not complete and place:
            before = _read(text, found[place - 1])
            if isinstance(before, Numeral) and _repeats(text, before, reading):
                return _extraction(before, True, mark.kind)
        return _extraction(reading, complete, mark.kind)
    return None


def _are_two_boxes(text: str, first: Mark, second: Mark) -> bool:
    r"""Whether a sentence gives two boxes: ``\boxed{3}`` apples and ``\boxed{4}`` pears."""
    boxed = first.kind == second.kind == "box" and first.end < second.start
    if not boxed or not _BETWEEN_BOXES.fullmatch(text, first.end + 1, second.start):
        return False
    return text[first.begin : first.end] != text[second.begin : second.end]


def _read(text: str, mark: Mark) -> Numeral | Unreadable | None:
    return _enclosed(text, mark) if mark.kind in ("box", "tag") else _stated(text, mark)


def _complete(text: str, mark: Mark, reading: Numeral) -> bool:
    """Whether nothing that could be more digits may have been cut off behind a number."""
    if mark.kind in ("box", "tag"):
        return mark.closed
    first = _SENTENCE_END.search(text, lead(text, mark.begin, mark.end), mark.end)
    within = mark.begin < reading.end <= (first.end() if first else mark.end)
    return within and not _CONTINUES.match(text, reading.end)


def _repeats(text: str, before: Numeral, cut: Numeral) -> bool:
    """Whether a number that the text ends in is a statement repeated, and cut off within it."""
    ends = not text[cut.end :].strip()
    digits = text[cut.start : cut.end]
    return ends and text[before.start : before.end].startswith(digits)


def _corrected(text: str, mark: Mark) -> Numeral | None:
    """The number a text comes to after it takes its last stated answer back."""
    retraction = _RETRACTION.search(text, mark.end)
    if retraction is None or _last_start(text) < retraction.end():
        return None
    found, _ = closing(text[retraction.end() :])
    if not isinstance(found, Numeral):
        return None
    shift = retraction.end()
    return Numeral(found.start + shift, found.end + shift, found.value, found.percent)


def _enclosed(text: str, mark: Mark) -> Numeral | Unreadable | None:
    """The number in a box or a tag; ``None`` if it is empty or holds a placeholder."""
    if _PLACEHOLDER.match(text[mark.begin : mark.end]):
        return None
    reading = statement(text, mark.begin, mark.end) or _words(text, mark.begin, mark.end)
    if reading is not None:
        return reading
    equals = max(text.rfind("=", mark.begin, mark.end), text.rfind("≈", mark.begin, mark.end))
    if equals >= 0:
        return statement(text, equals + 1, mark.end) or UNREADABLE
    all_of_them = list(numerals(text, mark.begin, mark.end))
    if len(all_of_them) == 1 and readable(all_of_them[0]):
        return all_of_them[0]
    if mark.kind == "tag" and len(all_of_them) > 1:
        return _closing(text, mark.begin, mark.end) or UNREADABLE
    return UNREADABLE


def _words(text: str, begin: int, end: int) -> Numeral | None:
    """The number in words that a statement begins with."""
    until = lead(text, begin, end)
    end = min(end, until + _LONGEST_WORDS)
    first = next(spelled(text, until, end, is_foreign(text)), None)
    if first is None:
        return None
    if first.start > until and text[until : first.start].lower() != "the ":
        return None
    if first.label and next(numerals(text, first.end, end), None) is not None:
        return None  # "one hour has 3600 seconds"
    return None if re.match(r"\s+of\s+(?:the|these|those)\b", text[first.end : end]) else first


def _closing(text: str, begin: int, end: int) -> Numeral | Unreadable | None:
    found, _ = closing(text[begin:end])
    if not isinstance(found, Numeral):
        return found
    return Numeral(found.start + begin, found.end + begin, found.value, found.percent)


def _stated(text: str, mark: Mark) -> Numeral | Unreadable | None:
    """The number a phrase introduces; ``None`` if it introduces something else."""
    begin, end = mark.begin, mark.end
    if _NO_NUMBER.match(text, lead(text, begin, end), end):
        return UNREADABLE
    reading = statement(text, begin, end) or _words(text, begin, end)
    if reading is None:
        return _told(text, mark)
    if isinstance(reading, Numeral) and _OTHER_CASE.match(text, reading.end, end):
        return UNREADABLE
    if mark.label and isinstance(reading, Numeral) and _RESULT.match(text, reading.end, end):
        stop = _SENTENCE_END.search(text, reading.end, end)
        result = said(text, begin, stop.end() if stop else end)
        return result if isinstance(result, Numeral) else reading
    if mark.label and is_working(text, begin, end) and _goes_on(text, reading, end):
        return _closing(text, begin, len(text))
    return reading


def _told(text: str, mark: Mark) -> Numeral | Unreadable | None:
    """The number of a statement that begins with words, or of the working that follows a label."""
    stop = _SENTENCE_END.search(text, mark.begin, mark.end)
    end = stop.end() if stop else mark.end
    opening = min(end, mark.begin + _LONGEST_WORDS)
    if refuses(text, mark.begin, opening):
        return UNREADABLE
    if _last_start(text) < mark.begin:
        return said(text, mark.begin, opening) if mark.label else None
    if mark.label:
        return _closing(text, mark.begin, len(text))
    return None if _last_start(text) >= mark.end else said(text, mark.begin, end)


def _goes_on(text: str, reading: Numeral | Unreadable, end: int) -> bool:
    """Whether a calculation that begins after a label is continued, not explained, after it."""
    begin = reading.end if isinstance(reading, Numeral) else end
    sentence = _SENTENCE_END.search(text, begin)
    if sentence is None or _EXPLANATION.match(text, sentence.end()):
        return False
    return _last_start(text) >= sentence.end()


@lru_cache(maxsize=4)
def _last_start(text: str) -> int:
    """Where the last numeral of a text begins; -1 if there is none."""
    end = len(text)
    while end >= 0:
        line = text.rfind("\n", 0, end) + 1
        starts = [each.start for each in numerals(text, line, end)]
        if starts:
            return starts[-1]
        end = line - 1
    return -1


def _unmarked(text: str) -> Extraction:
    """The number a text without any statement of an answer gives."""
    taken_back = [
        each for each in _RETRACTION.finditer(text) if not _ONLY_DOUBTS.match(text, each.end())
    ]
    if taken_back and _last_start(text) > taken_back[-1].end():
        rest = text[taken_back[-1].end() :]
        text = text[: taken_back[-1].start()] if _CONFIRMED.match(rest) else rest
    if is_undecided(text, 0):
        return Extraction(None, how="undecided")
    found, how = closing(text)
    if not isinstance(found, Numeral):
        refused = found is None or how == "refusal"
        return Extraction(None, how=how if refused else "no single number")
    return _extraction(found, False, how)
