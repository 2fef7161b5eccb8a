r"""The formula a text gives as its answer, as LaTeX, trimmed but not rewritten.

The last ``\boxed{}`` decides, unless the text takes it back and states another answer; without a
box, the last statement ("the final answer is $...$", "Answer: ..."). Boxes that stand side by side
("x = \boxed{1} or x = \boxed{2}") are one answer. Knows nothing of texts without a statement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from perfbench.evaluation.extraction.conclusions import concluded
from perfbench.evaluation.extraction.condensed import condensed
from perfbench.evaluation.extraction.languages import with_decimal_points
from perfbench.evaluation.extraction.latex import without_text_commands
from perfbench.evaluation.extraction.marks import (
    Mark,
    before_next_question,
    before_stop,
    marks,
)
from perfbench.evaluation.extraction.markup import plain
from perfbench.evaluation.extraction.outputs import before_program, printed, without_list
from perfbench.evaluation.extraction.retractions import admitted_mistake, is_undecided
from perfbench.evaluation.extraction.set_formulas import (
    CHINESE,
    FORMULA,
    PROSE,
    content_of,
    listed_from,
    trimmed,
    unbold,
)
from perfbench.evaluation.extraction.unfinished import is_cut, is_cut_loop, is_cut_table
from perfbench.evaluation.extraction.worded import superlative
from perfbench.types import Extraction, Sample

_DECIMAL_COMMA = re.compile(r"(?P<name>[A-Za-z]\s*=\s*)?(-?\d+),(\d+)")
_LEAD = re.compile(
    r"(?:[\s:：*_`“”'=]|-\s|(?:approximately|about|roughly|exactly|simply|just)\s)*", re.IGNORECASE
)
_OPTION_POINT = re.compile(r"([A-F])\.\s+(?=[\d$\\(-])")
_OPTION_NAMED = re.compile(
    r"[(*]*[A-F][)*]*,\s+(?:which\s+is|namely|that\s+is,?|i\.e\.,?)\s+(?=[$\d\\-])"
)
"""An option's letter, before the value it stands for."""
_CLOSING_TAG = re.compile(r"\A\s*</[^<>]{1,20}>")
_ITEM = re.compile(r"[ \t>]*(?:[-*+•]|\d{1,2}[.)]|[Cc]ase\b)\s?")
_NEXT_ITEM = re.compile(r"[$.\s\\)\]*_]{0,20}\n[ \t>]*(?:[-*+•]|\d{1,2}[.)]|[Cc]ase\b)[^\n]{0,400}")
_NEXT_PART = re.compile(r"\n[ \t>*_#]*Part\s+(?:[2-9]|II+|[b-dB-D])\b")
_BEYOND_ITEM = re.compile(
    r"(?P<item>\}[$\s.\\)*_]*\n)\s*(?:so|therefore|thus|hence|finally|in\s+conclusion)\b(?=[^\n]*\d)",
    re.IGNORECASE,
)
"""The end of a box, and a conclusion in a line after it."""
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"")
_PICTURE = re.compile(r"(?:\s|\A)[\U0001f300-\U0001faff✅✓✔\ufe0f]+(?=\s|\Z)")
_JOIN = re.compile(
    r"[\s$\\)\]]*(?:,|;|and|or|和|或|、|,\s*and|,\s*or|\\text\{\s*(?:and|or)\s*\}|\\quad|\\qquad)"
    r"[\s$\\(\[]*(?:\\(?:text|quad)\{?\s*(?:and|or)?\s*\}?)?[\s$]*(?:[A-Za-z](?:_\{?\d+\}?)?\s*=\s*)?\$?\s*\Z"
)
_NAMED = re.compile(r"(?<![A-Za-z\\])(?P<name>[A-Za-z](?:_\{?\w\}?)?)\s*=\s*\Z")
_AND_NAMED = re.compile(
    r"[\s$\\)\],;}]*(?:and|or)\b(?:(?!\.\s|\n|\bboxed\b).){0,120}?"
    r"(?<![A-Za-z\\])(?P<name>[A-Za-z](?:_\{?\w\}?)?)\s*=\s*"
)
_PLAIN_END = re.compile(
    r"(?<=\S)(?<!\bi\.e)(?<!\be\.g)(?:(?<!\d\.\.)[.。!！](?=\s|$|[*_\"'”])|,\s+(?!(?:inf|sqrt|pi|sin|cos|tan|log|ln)\b)(?=[a-z]{2,}\b(?!\s*=))"
    r"|\s+(?:because|since|as|which|where"
    r"|so|when|for\s+all)\b|\s*[(](?=\s*(?:[a-z]{3,}|=|≈|i\.e|or\b))|\s*（|(?:;(?![^\[\]{}\n]{0,200}[\]}])|；)|，|。)"
)
_CHINESE_WORDS = re.compile(
    r"\A[一-鿿\s，：:]+|(?<=[\d})])\s*(?![万亿百十]|千(?![米克瓦卡])|分之)[一-鿿][一-鿿\s，。]*\Z"
)
_CHINESE_CLAIM = re.compile(r"\A[^$=]*[一-鿿][^$=]*[是为]\s*(?=[\d$\\-])")
_BREAKS_OFF = re.compile(
    r"(?:[-+*/^_=(\[{,]|\\(?:[dtc]?frac|sqrt|[dt]?binom|left|right|cdot|times|pm|cup|cap|text|math\w*|begin)?)\s*\Z"
)
"""How a box ends that is cut off within its formula."""
_JUDGED = re.compile(r"(?:indeed\s+|also\s+)?(?:correct|right|wrong|incorrect|valid|reasonable)")
_RETRACTION = re.compile(
    r"\b(?:wait|correction|on\s+second\s+thought|let\s+me\s+re|sorry|mistake|I\s+was\s+wrong"
    r"|scratch\s+that|incorrect)\b|不对|更正|重新",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"(?<=\})[\s$.)\]\\]{0,9}(?:,?\s*but\s+)?(?:(?:this|that|which|it)\s+)?(?:is\s+|as\s+|[(,]\s*)?(?:only\s+|just\s+|but\s+)?"
    r"(?:an?\s+|the\s+|our\s+)?(?:intermediate|preliminary|partial|not\s+(?:yet\s+)?(?:the\s+)?final)\b",
    re.IGNORECASE,
)
"""What follows a box that is no answer by the text's own word."""
_PLACEHOLDER = re.compile(
    r"[\[<({_*\s]{0,9}(?:\\text\s*\{)?\s*(?:(?:insert|put|write|enter|fill\s+in|place|type)\s+)?"
    r"(?:your\s+|the\s+|final\s+|numerical\s+|correct\s+)*(?:answer|result|solution|value|number"
    r"|\.\.\.|…|\\cdots|\\ldots|\\dots|\?|TBD|TODO|to\s+be\s+(?:determined|filled\s+in|computed))?"
    r"(?:\s+here)?[\]>)_*.\s]{0,9}(?:\s|~|\\[,;:!\s_]|\\q?quad|\\h?phantom\s*\{[^{}]*\}|_)*\}?\Z",
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
_PREDICATE = re.compile(r"(?:[Tt]he|[Ii]t|[Tt]his)\b[^.,;]{0,80}?\b(?:is|are)\s+(?P<value>\S.*)\Z")
_WORKING = re.compile(r"(?:[A-ZÄÖÜ]?[a-zäöüß]{2,}\s+){3}[^=]{0,40}=")
"""A sentence that works something out, where more follows."""
_SAYS_NOTHING = re.compile(r"[\s\\$%.,;:!?()\[\]*_&#'\"-]+")
_SO_FORMULA = re.compile(
    r"(?:\$[^$\n]{1,80}\$|\\\([^\n]{1,80}?\\\)),?\s+(?:and\s+)?(?:so|hence|thus|therefore)\s+(?=\$|\\\()"
)
"""A formula, and the "so" before the one that it leads to."""
_LONGEST_PLAIN = 180


def math(text: str, sample: Sample) -> Extraction:
    """The formula a text gives as its answer; ``sample`` plays no part."""
    del sample
    found = _given(text)
    if _SAYS_NOTHING.fullmatch(found.answer or ""):
        return Extraction(None, how=found.how)
    comma = _DECIMAL_COMMA.fullmatch(found.answer or "")
    if comma is not None and with_decimal_points(text) != text:
        return replace(found, answer=f"{comma['name'] or ''}{comma[2]}.{comma[3]}")
    return found


def _given(text: str) -> Extraction:
    text = _PICTURE.sub("", condensed(plain(text)))
    whole, text = text, before_stop(text)
    earlier = before_next_question(text)
    if earlier is not None:
        found = _marked(earlier + "\n")
        if found is None and not earlier.rstrip("*_ \n").endswith(("?", "？")):
            found = _unmarked(earlier)
        if found is not None and found.answer is not None:
            return found
    if len(text) < len(whole):
        text += "\n"
    found = _marked(text)
    if found is not None:
        return found
    return _unmarked(text)


def _unmarked(text: str) -> Extraction:
    output = printed(text)
    if output is not None:
        return Extraction(output, how="output")
    if _ends_within(text):
        return Extraction(None, how="cut")
    return concluded(before_program(text))


def _ends_within(text: str) -> bool:
    """Whether a text without a statement was cut off, before it came to one."""
    cut = is_cut(text, 0, len(text)) or is_cut_loop(text) or is_cut_table(text)
    return cut or text.count("$$") % 2 == 1


def _marked(text: str) -> Extraction | None:
    found = marks(text)
    boxed = [
        each
        for each in found
        if each.kind == "box" and not _PLACEHOLDER.match(text[each.begin : each.end])
    ]
    if len(boxed) > 1 and not boxed[-1].closed and _is_cut_repetition(text, *boxed[-2:]):
        boxed.pop()
    after = boxed[-1].end if boxed else -1
    passing = _PASSING.match(text, after + 1) or _RETRACTION.search(text, after) if boxed else None
    for mark in reversed(found):
        if mark.kind == "box":
            continue
        if boxed and (passing is None or mark.start < passing.end()):
            break
        if "$" in text[mark.begin :] and not re.search(r"\w", text[mark.begin :]):
            return Extraction(None, how="cut")
        if _is_placeholder(text, mark):
            if not re.search(r"\w", _CLOSING_TAG.sub("", text[mark.end :])):
                return Extraction(None, how="placeholder")
            continue
        answer = _stated(text, mark)
        if answer is not None:
            if is_undecided(text, mark.begin):
                return Extraction(None, how="undecided")
            formula, complete = answer
            return Extraction(formula, marked=complete and mark.closed, how=mark.kind)
    if not boxed:
        boxes = [each for each in found if each.kind == "box"]
        left_empty = boxes and not re.search(r"\w", text[boxes[-1].end :])
        return Extraction(None, how="empty box") if left_empty else None
    if not boxed[-1].closed and _breaks_off(text[boxed[-1].begin : boxed[-1].end]):
        return Extraction(None, how="cut")
    rest = _beyond_steps(text, boxed)
    if rest is not None:
        return concluded(rest) if not _ends_within(rest) else Extraction(None, how="cut")
    return _corrected(text, boxed[-1].end) or Extraction(
        _joined(text, boxed), marked=boxed[-1].closed, how="box"
    )


def _breaks_off(formula: str) -> bool:
    """Whether an open box ends within a command, a bracket or a sum."""
    braces = re.sub(r"\\[{}]", "", formula)
    return braces.count("{") > braces.count("}") or bool(_BREAKS_OFF.search(formula))


def _beyond_steps(text: str, boxed: Sequence[Mark]) -> str | None:
    """What a text goes on with that boxed the results of its steps, one an item, or of a part."""
    end = boxed[-1].end
    part = _NEXT_PART.search(text, end)
    if part is not None:
        return text[part.start() :]
    conclusion = _BEYOND_ITEM.match(text, end)
    lines = [text[text.rfind("\n", 0, each.start) + 1 : each.start] for each in boxed]
    if conclusion is None or len(boxed) < 2 or not all(map(_ITEM.match, lines)):
        return None
    return text[conclusion.end("item") :]


def _corrected(text: str, end: int) -> Extraction | None:
    """What a text comes to that calls the box which ends at ``end`` a mistake."""
    place = admitted_mistake(text, end)
    if place is None:
        return None
    found = concluded(text[place:])
    return found if found.answer is not None else None


def _is_placeholder(text: str, mark: Mark) -> bool:
    """Whether a statement only keeps a place for its answer: ``[insert answer here]``."""
    content = text[mark.begin : mark.end]
    return bool(re.search(r"\w|\?|…|\.{3}|_", content) and _PLACEHOLDER.match(content))


def _is_cut_repetition(text: str, before: Mark, last: Mark) -> bool:
    """Whether a text ends within a box that it has only filled as before."""
    cut = text[last.begin : last.end].strip()
    return not text[last.end :].strip() and text[before.begin : before.end].startswith(cut)


def _joined(text: str, boxed: Sequence[Mark]) -> str:
    """The content of the last box, and of those that are listed right before it."""
    parts = [trimmed(text[boxed[-1].begin : boxed[-1].end])]
    for before, following in zip(boxed[-2::-1], boxed[:0:-1], strict=False):
        between = text[before.end + 1 : following.start]
        if before.end >= following.start:
            break
        if (
            not _JOIN.match(between)
            and not _are_items(text, before, following)
            and not _are_values(text[: before.start], between)
        ):
            break
        parts.insert(0, trimmed(text[before.begin : before.end]))
    return ", ".join(parts)


def _are_items(text: str, before: Mark, following: Mark) -> bool:
    """Whether two boxes end items of one list and give values of one name: roots, case by case."""
    between = text[before.end + 1 : following.start]
    names = [text[each.begin : each.end].partition("=") for each in (before, following)]
    if not all(equals for _, equals, _ in names) or len({name.strip() for name, _, _ in names}) > 1:
        return False
    begins = text.rfind("\n", 0, before.start) + 1
    return bool(_ITEM.match(text, begins) and _NEXT_ITEM.fullmatch(between))


def _are_values(before: str, between: str) -> bool:
    """Whether two boxes of one sentence are both values of one name: ``x=``, and later ``x=``."""
    names = _NAMED.search(before), _AND_NAMED.fullmatch(between)
    return bool(names[0] and names[1] and names[0]["name"] == names[1]["name"])


def _stated(text: str, mark: Mark) -> tuple[str, bool] | None:
    """The formula of a statement, and whether it is complete."""
    lead = _LEAD.match(text, mark.begin)
    begin = lead.end() if lead else mark.begin
    whole = FORMULA.match(text, begin)
    opening = whole.group() if whole else re.split(r"\.\s", text[begin : mark.end], maxsplit=1)[0]
    if (
        not re.search(r"[^\s$\\]", opening) or "boxed" in opening
    ):  # a box with an answer is a mark by itself
        return None
    quoted = _QUOTED.match(text, begin, mark.end)
    if quoted:
        return _unquoted(quoted.group()), True
    formulas = listed_from(text, begin)
    if formulas:
        so = _SO_FORMULA.match(text, begin, mark.end)
        return (listed_from(text, so.end()) or formulas if so else formulas), True
    content = unbold(text[begin : mark.end])
    name = superlative(content)
    if name is not None:
        return name, True
    named = _OPTION_NAMED.match(content)
    content = content[named.end() :] if named else content
    option = _OPTION_POINT.match(content)
    content = f"({option[1]}) {content[option.end() :]}" if option else content
    first = FORMULA.search(content)
    ended = _PLAIN_END.search(content) if mark.kind != "tag" else None
    if ended and (first is None or ended.start() < first.start()):
        content, first = content[: ended.start()], None
    if first is not None:
        return _within(content, first)
    content = _without_chinese_words(trimmed(content))
    if mark.label and _WORKING.match(content) and re.search(r"\w", text[mark.end :]):
        return None
    words = PROSE.findall(without_text_commands(content))
    if (
        not re.search(r"[^\W_]|[∞∅√]", content)
        or len(content) > _LONGEST_PLAIN
        or content.endswith(":")
        or len(words) > 5
    ):
        return None
    if _JUDGED.fullmatch(content):
        return None
    predicate = _PREDICATE.match(content)
    if predicate and len(PROSE.findall(predicate["value"])) <= 1:
        content = predicate["value"]
    elif words and (words[0] in _OPENERS or content.startswith(("I ", "I'", "I’"))):
        return None
    if f"`{content}`" in text[begin - 1 : mark.end]:
        content = without_list(content)
    if content.startswith("{") and content.endswith("}"):
        content = f"\\{{{content[1:-1]}\\}}"
    return content, bool(ended) or mark.kind == "tag" or mark.end < len(text)


def _without_chinese_words(content: str) -> str:
    """``共有 12 种`` becomes ``12``; an answer that is a Chinese word stays."""
    value = _CHINESE_WORDS.sub("", _CHINESE_CLAIM.sub("", content))
    return value if value and not CHINESE.search(value) else content


def _within(content: str, first: re.Match[str]) -> tuple[str, bool] | None:
    """The formula of a sentence that has words, too."""
    before = content[: first.start()]
    if not PROSE.search(before) and not CHINESE.search(before):
        return trimmed(content), True
    formulas = [*FORMULA.finditer(content)]
    if len({content_of(each) for each in formulas}) == 1:
        return content_of(first), True
    run = listed_from(content, first.start())
    if run and run.count(", ") >= len(formulas) - 1:
        return run, True
    ends_in_formula = content.rstrip(" .*。").endswith(content[slice(*formulas[-1].span())])
    return (content_of(formulas[-1]), True) if ends_in_formula else None


def _unquoted(text: str) -> str:
    """A JSON string's own text, or what stands between the quotes if it is none."""
    try:
        return trimmed(str(json.loads(text)))
    except ValueError:
        return trimmed(text[1:-1])
