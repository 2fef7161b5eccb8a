r"""The number a text gives as its answer, in canonical form (``18``, ``-0.75``, ``1/3``, ``25%``).

The last statement of a final answer decides (``\boxed{}``, ``#### N``, "the answer is N"); where
there is none, a bold number of the last paragraph that has numbers, then the last number. A
statement that holds no single number ("3 or 4", ``2\sqrt{3}``, "no solution") is no number at all:
nothing else in the text is taken in its place. Only digits count; "twelve" is not read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from perfbench.evaluation.extraction.condensed import condensed
from perfbench.evaluation.extraction.marks import (
    Mark,
    before_next_question,
    before_stop,
    marks,
)
from perfbench.evaluation.extraction.numerals import Numeral, canonical, fold, numerals
from perfbench.evaluation.extraction.reading import (
    UNREADABLE,
    Unreadable,
    are_one_quantity,
    is_working,
    lead,
    only,
    readable,
    statement,
)
from perfbench.types import Extraction, Sample

_NO_NUMBER = re.compile(
    r"(?:between\s|not\s+(?:enough|possible|sure|known|given|determinable|provided|clear)|cannot|can['’]t"
    r"|unable|undetermined|unknown|undefined|impossible|no\s+(?:solution|answer|real|such)|none\b"
    r"|does\s+not\s+exist|insufficient|无法|不能|不确定|未知|无解|不存在)",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"(?:\bI(?:['’]m|\s+am)\s+(?:sorry|unable|not\s+(?:sure|able|certain))"
    r"|\bI\s+(?:do\s+not|don['’]t|can\s?not|can['’]t|could\s+not|couldn['’]t)\s+"
    r"(?:know|solve|answer|determine|help|provide|find|figure|calculate|compute)"
    r"|cannot\s+be\s+(?:determined|solved|answered|calculated)"
    r"|(?:not\s+enough|insufficient)\s+information"
    r"|impossible\s+to\s+(?:determine|say|know|answer)"
    r"|无法(?:确定|回答|解答|计算|得出)|不知道|抱歉|信息不足|条件不足)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"[\s\\{}$*._…<>\[\]]*(?:(?:your|the|final|numerical|correct)\s*)*"
    r"(?:answer|number|result|ans|N|X|\?|here)?(?:\s*here)?[\s\\{}$*._…?<>\[\]]*\Z",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.。!?！？](?=\s|$|[^\d\s])|\n")
_EXPLANATION = re.compile(
    r"[\s*_#(]*(?:Explanation|Reason|Because|Note|Check|Verif|Justif|Solution|Working|解释|解析|说明|验证)",
    re.IGNORECASE,
)
_BOLD = re.compile(r"\*\*(?P<content>[^*\n]+)\*\*|__(?P<under>[^_\n]+)__")
_QA_LINE = re.compile(r"^[ \t]*A[ \t]*:[ \t]*(?P<content>[^\n]*)", re.MULTILINE)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_OPEN_CALCULATION = re.compile(
    r"\s*[A-Za-z$%°)]*\s*(?:[+*×·÷]|\s-\s|\bx\b|或者?|\bor\b|(?<=\d)[-–](?=$))\s*[$(£€]*\Z"
)
_UNFINISHED = re.compile(r"\s*(?:[+*×÷=]|-)[\s$(£€]*\Z")
_REMARK = re.compile(
    r"[\s*_#>(（]*(?:Note|I\s+hope|Hope\s+this|Let\s+me\s+know|Feel\s+free|If\s+you\s+(?:have|need|want|would)"
    r"|Would\s+you|Is\s+there|注意?[:：]|备注|希望|如果您?你?有)",
    re.IGNORECASE,
)
_NEW_CLAUSE = re.compile(r"[,;，；。]|\.\s|\n|\b(?:so|and|then|which|therefore|means|giving|but)\b")
_EUROPEAN_LANGUAGE = re.compile(
    r"ntwort|espuesta|éponse|isposta|esposta|твет|\b(?:und|der|das|los|las|donc|est|ella)\b|€"
)
_SEPARATED = re.compile(r"\d[.,]\d")
_DOTTED_THOUSANDS = re.compile(r"(?<![\d.,])([1-9]\d{0,2})\.(\d{3})(?!\d|[.,]\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2})(?![\d,]|\.\d)")
_RESULT_BEFORE = re.compile(r"[=≈]\s*[$({\\*£€¥]*\Z")
_WORKING_IN_BRACKETS = re.compile(
    r"[(（](?=[^()（）\n]{1,99}[)）])[^()（）\n]*?(?:[=×*+÷]|\d[^\s()（）]*\s[^()（）\n]*?\d)[^()（）\n]*[)）]"
)
_CONCLUSION = re.compile(
    r"[\s*_#>-]*(?:So|Therefore|Thus|Hence|In\s+total|In\s+conclusion|Consequently|Finally|Overall)\b"
)
_VERB_BEFORE = re.compile(
    r"\b(?:is|are|was|were|be|makes?|made|earns?|earned|gets?|got|has|have|had|pays?|paid|costs?"
    r"|needs?|spends?|spent|saves?|saved|sells?|sold|equals?|received?s?|total(?:s|ed)?)\s+"
    r"(?:(?:a\s+total\s+of|only|exactly|about|approximately|just)\s+)?[*_$\\({£€¥]*\Z"
)
_CONTINUES = re.compile(r"[,/]?\Z|,\d")


def number(text: str, sample: Sample) -> Extraction:
    """The number a text gives as its answer; ``sample`` plays no part."""
    del sample
    text = condensed(fold(condensed(text)))
    if _SEPARATED.search(text) and _EUROPEAN_LANGUAGE.search(text):
        text = _DOTTED_THOUSANDS.sub(r"\1\2", text)
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    whole, text = text, before_stop(text)
    earlier = before_next_question(text)
    if earlier is not None:
        found = _marked(earlier + "\n")
        if found is None and "\n" not in earlier.strip():
            found = _unmarked(earlier)
        if found is not None and found.answer is not None:
            return found
    if len(text) < len(whole):
        text += "\n"
    return _marked(text) or _unmarked(text)


def _extraction(numeral: Numeral, marked: bool, how: str) -> Extraction:
    assert numeral.value is not None  # readings hold readable numerals only
    return Extraction(canonical(numeral.value, numeral.percent), marked=marked, how=how)


def _marked(text: str) -> Extraction | None:
    found = marks(text)
    if "A:" in text or "A :" in text:
        for line in _QA_LINE.finditer(text):
            found.append(Mark(line.start(), *line.span("content"), "phrase", label=True))
        found.sort(key=lambda mark: mark.start)
    for mark in reversed(found):
        reading = _enclosed(text, mark) if mark.kind in ("box", "tag") else _stated(text, mark)
        if reading == UNREADABLE:
            return Extraction(None, how=f"{mark.kind} without one number")
        if isinstance(reading, Numeral):
            complete = mark.closed
            if mark.kind in ("hash", "phrase"):
                complete = not _CONTINUES.match(text, reading.end)
            return _extraction(reading, complete, mark.kind)
    return None


def _enclosed(text: str, mark: Mark) -> Numeral | Unreadable | None:
    """The number in a box or a tag; ``None`` if it is empty or holds a placeholder."""
    if _PLACEHOLDER.match(text[mark.begin : mark.end]):
        return None
    reading = statement(text, mark.begin, mark.end)
    if reading is not None:
        return reading
    equals = max(text.rfind("=", mark.begin, mark.end), text.rfind("≈", mark.begin, mark.end))
    if equals >= 0:
        return statement(text, equals + 1, mark.end) or UNREADABLE
    all_of_them = list(numerals(text, mark.begin, mark.end))
    if len(all_of_them) == 1 and readable(all_of_them[0]):
        return all_of_them[0]
    if mark.kind == "tag" and len(all_of_them) > 1:
        return _last(text, mark.begin, mark.end)
    return UNREADABLE


def _stated(text: str, mark: Mark) -> Numeral | Unreadable | None:
    """The number a phrase introduces; ``None`` if it introduces something else."""
    begin, end = mark.begin, mark.end
    if _NO_NUMBER.match(text, lead(text, begin, end), end):
        return UNREADABLE
    reading = statement(text, begin, end)
    if reading is None:
        return None if _last_start(text) >= end else only(text, begin, end)
    if mark.label and is_working(text, begin, end) and _goes_on(text, reading, end):
        return None
    return reading


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
    """The number a text without any statement of an answer ends with."""
    if _REFUSAL.search(text):
        return Extraction(None, how="refusal")
    text = _before_remarks(text)
    bold = _bold(text)
    if bold is not None:
        return _extraction(bold, False, "bold")
    last = _last(text, 0, len(text))
    if not isinstance(last, Numeral):
        return Extraction(None, how="no number" if last is None else "no single number")
    return _extraction(last, False, "last number")


def _before_remarks(text: str) -> str:
    """The text without the notes and offers of help that close it, if numbers stand before them."""
    first = next(numerals(text), None)
    end = len(text)
    for gap in reversed([*_PARAGRAPHS.finditer(text)]):
        if first is None or gap.start() < first.end or not _REMARK.match(text, gap.end()):
            break
        end = gap.start()
    return text[:end]


def _bold(text: str) -> Numeral | None:
    """The number of the last bold passage with one, within the last paragraph that has numbers."""
    if "**" not in text and "__" not in text:
        return None
    end = len(text)
    for gap in (*reversed([*_PARAGRAPHS.finditer(text)]), None):
        begin = gap.end() if gap else 0
        if any(not each.label for each in numerals(text, begin, end)):
            break
        end = gap.start() if gap else 0
    found = None
    for passage in _BOLD.finditer(text, begin, end):
        span = passage.span("content" if passage["content"] else "under")
        if not text[span[0] : span[1]].rstrip().endswith((":", "：")):
            found = only(text, *span) or found
    return found


def _last(text: str, begin: int, end: int) -> Numeral | Unreadable | None:
    """The number of the last line that has one: its result if it ends in an equation."""
    found: list[Numeral] = []
    while not found and end > begin:
        line = max(text.rfind("\n", begin, end) + 1, begin)
        found = [each for each in numerals(text, line, end) if not each.label]
        end = line - 1
    if not found:
        return None
    return _result(text, line, found)


def _result(text: str, line: int, found: list[Numeral]) -> Numeral | Unreadable:
    """The number a line with numbers amounts to.

    The last one, unless an earlier one of the same clause is the result ("= 18 dollars for 9
    eggs", "Therefore, she makes 18 dollars for 9 eggs") or the rest is working or
    parts in brackets.
    """
    last = found[-1]
    working = _WORKING_IN_BRACKETS.search(text, found[0].end, len(text))
    if working and working.start() < last.start < working.end():
        return _result(text, line, [each for each in found if each.end <= working.start()])
    if not readable(last):
        return UNREADABLE
    if _UNFINISHED.match(text, last.end):
        return UNREADABLE
    if len(found) == 1:
        return last
    if are_one_quantity(text, found[-2], last):
        return UNREADABLE
    if _OPEN_CALCULATION.match(text, found[-2].end, last.start):
        return UNREADABLE
    concluding = bool(_CONCLUSION.match(text, line))
    clauses = [each.start() for each in _NEW_CLAUSE.finditer(text, found[0].end, last.start)]
    clause = clauses[-1] if clauses else line
    for result in reversed(found):
        if result is not last and result.end <= clause:
            break
        before = text[max(line, result.start - 24) : result.start]
        if _RESULT_BEFORE.search(before) or (concluding and _VERB_BEFORE.search(before)):
            return result if readable(result) else UNREADABLE
    return last
