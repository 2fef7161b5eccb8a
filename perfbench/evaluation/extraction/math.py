r"""The formula a text gives as its answer, as LaTeX, trimmed but not rewritten.

The last ``\boxed{}`` decides, unless the text takes it back and states another answer; without a
box, the last statement ("the final answer is $...$", "Answer: ..."). Boxes that stand side by side
("x = \boxed{1} or x = \boxed{2}") are one answer. In a text without any statement only what cannot
be mistaken counts: the one formula of the last sentence, a line that is nothing but a formula, the
one number of the last sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from perfbench.evaluation.extraction.condensed import condensed
from perfbench.evaluation.extraction.latex import without_text_commands
from perfbench.evaluation.extraction.marks import (
    Mark,
    before_next_question,
    before_stop,
    marks,
)
from perfbench.evaluation.extraction.numerals import canonical, fold
from perfbench.evaluation.extraction.reading import only
from perfbench.types import Extraction, Sample

_FORMULA = re.compile(
    r"\$\$(?P<display>.+?)\$\$|(?<![\\$])\$(?!\s*\d[\d,.]*\s+[a-z])(?P<inline>(?:\\\$|[^$\n])+?)(?<!\\)\$"
    r"|\\\((?P<round>(?:[^\\]|\\[^()])+?)\\\)|\\\[(?P<square>(?:[^\\]|\\[^\[\]])+?)\\\]",
    re.DOTALL,
)
_LEAD = re.compile(r"(?:[\s:：*_`“”'=]|-\s)*")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"")
_JOIN = re.compile(
    r"[\s$\\)\]]*(?:,|;|and|or|和|或|、|,\s*and|,\s*or|\\text\{\s*(?:and|or)\s*\}|\\quad|\\qquad)"
    r"[\s$\\(\[]*(?:\\(?:text|quad)\{?\s*(?:and|or)?\s*\}?)?[\s$]*(?:[A-Za-z](?:_\{?\d+\}?)?\s*=\s*)?\$?\s*\Z"
)
_BETWEEN_FORMULAS = re.compile(r"\s*(?:,|;|and|or|和|或|、|,\s*and|,\s*or)\s*\Z")
_PLAIN_END = re.compile(
    r"(?<=\S)(?:[.。!！](?=\s|$|[*_\"'”])|,\s+(?=[a-z]{2,}\b(?!\s*=))|\s+(?:because|since|as|which|where"
    r"|so|when|for\s+all)\b|\s*[(](?=[a-z]{3,})|\s*（|[;；]|，|。)"
)
_PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_CHINESE = re.compile(r"[一-鿿]")
_CHINESE_WORDS = re.compile(
    r"\A[一-鿿\s，：:]+|(?<=[\d})])\s*(?![万亿百十]|千(?![米克瓦卡])|分之)[一-鿿][一-鿿\s，。]*\Z"
)
_NAME = re.compile(r"[A-Za-z]{1,3}|[A-Za-z]\([A-Za-z]\)")
_UNITS_AFTER = re.compile(r"\s*(?:\\?%|°|degrees?\b|percent\b)")
_RETRACTION = re.compile(
    r"\b(?:wait|correction|on\s+second\s+thought|let\s+me\s+re|sorry|mistake|I\s+was\s+wrong"
    r"|scratch\s+that|incorrect)\b|不对|更正|重新",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?:\\text\s*\{)?\s*(?:your\s+|the\s+|final\s+)*(?:answer|result|\.\.\.|…|\\cdots|\\ldots|\\dots)?"
    r"(?:\s+here)?\s*\}?\Z",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+(?=[A-Z$\\一-鿿*])|\n+|(?<=[。！？])")
_REFUSAL = re.compile(
    r"\bI\s+(?:do\s+not|don['’]t|can\s?not|can['’]t|could\s+not|couldn['’]t|am\s+(?:unable|sorry))\b"
    r"|I['’]m\s+(?:sorry|not\s+sure|unable)|无法|不知道|抱歉",
    re.IGNORECASE,
)
_OPENERS = frozenset(
    [
        "Let",
        "Lets",
        "We",
        "First",
        "Since",
        "To",
        "The",
        "This",
        "There",
        "Given",
        "Suppose",
        "Note",
        "By",
        "If",
        "In",
        "For",
    ]
)
_SHORT = 60
_LONGEST_PLAIN = 180


def math(text: str, sample: Sample) -> Extraction:
    """The formula a text gives as its answer; ``sample`` plays no part."""
    del sample
    text = condensed(text)
    whole, text = text, before_stop(text)
    earlier = before_next_question(text)
    if earlier is not None:
        found = _marked(earlier + "\n")
        if found is not None:
            return found
    if len(text) < len(whole):
        text += "\n"
    return _marked(text) or _unmarked(text)


def _marked(text: str) -> Extraction | None:
    found = marks(text)
    boxed = [
        each
        for each in found
        if each.kind == "box" and not _PLACEHOLDER.match(text[each.begin : each.end].strip())
    ]
    after = boxed[-1].end if boxed else -1
    retraction = _RETRACTION.search(text, after) if boxed else None
    for mark in reversed(found):
        if mark.kind == "box":
            continue
        if boxed and (retraction is None or mark.start < retraction.end()):
            break
        answer = _stated(text, mark)
        if answer is not None:
            formula, complete = answer
            return Extraction(formula, marked=complete and mark.closed, how=mark.kind)
    if not boxed:
        return None
    return Extraction(_joined(text, boxed), marked=boxed[-1].closed, how="box")


def _joined(text: str, boxed: Sequence[Mark]) -> str:
    """The content of the last box, and of those that are listed right before it."""
    parts = [_trimmed(text[boxed[-1].begin : boxed[-1].end])]
    for before, following in zip(boxed[-2::-1], boxed[:0:-1], strict=False):
        between = text[before.end + 1 : following.start]
        if before.end >= following.start or not _JOIN.match(between):
            break
        parts.insert(0, _trimmed(text[before.begin : before.end]))
    return ", ".join(parts)


def _stated(text: str, mark: Mark) -> tuple[str, bool] | None:
    """The formula of a statement, and whether it is complete."""
    lead = _LEAD.match(text, mark.begin)
    begin = lead.end() if lead else mark.begin
    if begin >= mark.end:
        return None
    quoted = _QUOTED.match(text, begin, mark.end)
    if quoted:
        return _unquoted(quoted.group()), True
    formulas = _run_of_formulas(text, begin)
    if formulas:
        return formulas, True
    content = text[begin : mark.end]
    first = _FORMULA.search(content)
    ended = _PLAIN_END.search(content) if mark.kind != "tag" else None
    if ended and (first is None or ended.start() < first.start()):
        content, first = content[: ended.start()], None
    if first is not None:
        return _within(content, first)
    content = _without_chinese_words(_trimmed(content))
    words = _PROSE.findall(without_text_commands(content))
    if not content or len(content) > _LONGEST_PLAIN or content.endswith(":") or len(words) > 5:
        return None
    if words and words[0] in _OPENERS:
        return None
    return content, bool(ended) or mark.kind == "tag" or mark.end < len(text)


def _without_chinese_words(content: str) -> str:
    """``共有 12 种`` becomes ``12``; an answer that is a Chinese word stays."""
    value = _CHINESE_WORDS.sub("", content)
    return value if value and not _CHINESE.search(value) else content


def _within(content: str, first: re.Match[str]) -> tuple[str, bool] | None:
    """The formula of a sentence that has words, too."""
    if not _PROSE.search(content[: first.start()]):
        return _trimmed(content), True
    formulas = [*_FORMULA.finditer(content)]
    if len({_content(each) for each in formulas}) == 1:
        return _content(first), True
    run = _run_of_formulas(content, first.start())
    if run and run.count(", ") >= len(formulas) - 1:
        return run, True
    ends_in_formula = content.rstrip(" .*。").endswith(content[slice(*formulas[-1].span())])
    return (_content(formulas[-1]), True) if ends_in_formula else None


def _unquoted(text: str) -> str:
    """A JSON string's own text, or what stands between the quotes if it is none."""
    try:
        return _trimmed(str(json.loads(text)))
    except ValueError:
        return _trimmed(text[1:-1])


def _run_of_formulas(text: str, begin: int) -> str | None:
    """The formula at ``begin``, and those that are listed right after it."""
    found = _FORMULA.match(text, begin)
    if found is None:
        return None
    parts = [_content(found)]
    while further := _FORMULA.search(text, found.end()):
        if not _BETWEEN_FORMULAS.match(text[found.end() : further.start()]):
            break
        parts.append(_content(further))
        found = further
    suffix = _UNITS_AFTER.match(text, found.end())
    if suffix and "%" in suffix.group() and len(parts) == 1:
        return parts[0] + "\\%"
    return ", ".join(parts)


def _content(found: re.Match[str]) -> str:
    return _trimmed(next(each for each in found.groups() if each is not None))


def _trimmed(formula: str) -> str:
    formula = formula.strip().strip('`"“”').strip()
    while formula[:2] in ("**", "__"):
        formula = formula[2:].strip()
    while formula[-2:] in ("**", "__"):
        formula = formula[:-2].strip()
    for left, right in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        inner = formula[len(left) : -len(right)]
        if formula.startswith(left) and formula.endswith(right) and inner and left not in inner:
            formula = inner.strip()
    if formula.endswith((".", "。", ",", ";")) and not formula.endswith(("\\,", "\\;", "...")):
        formula = formula[:-1].rstrip()
    return formula


def _unmarked(text: str) -> Extraction:
    stripped = text.strip()
    if not stripped or _REFUSAL.search(stripped):
        return Extraction(None, how="no formula")
    whole = _run_of_formulas(stripped, 0) if stripped[0] in "$\\" else None
    if whole is None and "\n" not in stripped and len(stripped) <= _SHORT:
        bare = _trimmed(stripped)
        if (
            "boxed" not in bare
            and not _PROSE.search(without_text_commands(bare))
            and not _CHINESE.search(bare)
            and re.search(r"[\dA-Za-z\\]", bare)
        ):
            return Extraction(bare, how="formula alone")
    last = _last_sentence(stripped)
    formulas = [*_FORMULA.finditer(last)]
    outside = _FORMULA.sub(" ", last)
    if all(_NAME.fullmatch(_content(each)) for each in formulas) and re.search(r"\d", outside):
        formulas, last = [], outside
    if formulas:
        contents = {_content(each) for each in formulas}
        ends_in_it = not last[formulas[-1].end() :].strip(" .*。!")
        introduced = re.search(
            r"(?:\bis|\bare|=|:|为|是|等于|equals)\s*\**\s*\Z", last[: formulas[-1].start()]
        )
        if len(contents) == 1 or (ends_in_it and introduced):
            return Extraction(_content(formulas[-1]), how="last formula")
        return Extraction(None, how="several formulas")
    plain = fold(last)
    numeral = only(plain, 0, len(plain))
    if numeral is not None and numeral.value is not None:
        return Extraction(canonical(numeral.value, numeral.percent), how="last number")
    return Extraction(None, how="no formula")


def _last_sentence(text: str) -> str:
    """The last sentence; a formula on lines of its own counts as one."""
    body = re.sub(r"\s*[.。]?\Z", "", text)
    for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
        begin = body.rfind(opening, 0, max(0, len(body) - len(closing)))
        if body.endswith(closing) and begin >= 0 and closing not in body[begin + 2 : -2]:
            return text[begin:]
    return next(
        (each for each in reversed(_SENTENCE.split(text)) if each.strip(" *_#-")), text
    ).strip()
