r"""What a sentence without set formulas comes to: a formula in plain text, or a number.

Owns which words introduce such a formula. Knows nothing of the text the sentence ends.
"""

from __future__ import annotations

import re

from perfbench.evaluation.extraction.endings import TOLD_BEFORE, ending, is_open
from perfbench.evaluation.extraction.latex import with_fractions, without_text_commands
from perfbench.evaluation.extraction.numerals import Numeral, canonical, exact, fold
from perfbench.evaluation.extraction.sentences import said
from perfbench.evaluation.extraction.set_formulas import FOREIGN, PROSE, trimmed, unbold
from perfbench.types import Extraction

CONCLUDES = re.compile(
    r"(?:[\s*_]*(?:(?:so|thus|therefore|hence|then|finally|and|we\s+(?:get|find|obtain|see"
    r"|conclude)|that|it\s+follows)\b"
    r"|=>|⇒|⟹|→|∴|\\Rightarrow|\\implies|所以|因此|故|综上|于是)[,:，：]?)*\s*",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r".*(?:\b(?:is|are|equals?|be|to)|(?<=[a-z]{2}\s)=|(?<=[a-z]):)\s+(?:(?:about|approximately|exactly|equal\s+to"
    r"|given\s+by|written\s+(?:in\s+\w+\s+)?as|therefore|thus|hence|then)\s+)?(?:the\s+)?(?:(?:point|interval|vector|set|ordered\s+pair)\s+)?(?P<value>[^\s].*)\Z",
    re.DOTALL,
)
UNIT_WORDS = re.compile(
    r"(?<=[\dπ)}])\s+(?:(?:square|cubic|sq|cu)\s+)?(?!(?:pi|sqrt)\b)(?:[a-z]{1,15}\.?)(?:\^?[23²³])?\Z"
)
CLOCK = re.compile(r"\d{1,2}:\d\d\s?[ap]\.?\s?m\.?", re.IGNORECASE)
_CLOCK_LAST = re.compile(rf"(?P<time>{CLOCK.pattern})\W*\Z", re.IGNORECASE)
_ODDS = re.compile(r"\b(?:chances?|probability|odds|likelihood)\b", re.IGNORECASE)
_CHANCE = re.compile(
    r"\b(\d{1,6})\s+(?:in|out\s+of)\s+(\d{1,6})(?:\s+(?:chances?|probability|odds))?\W*\Z",
    re.IGNORECASE,
)
_OPTION = re.compile(r"(?<!\w)\([A-F]\)\s")
_WHAT_IT_IS = re.compile(
    r",\s+(?:so|and|which)\s+(?:(?:that|this|it)(?:['’]s|\s+is)|is)\s+(?:the|our)\s+(?:\w+\s+)?"
    r"(?:value|answer|result|solution|probability|sum|area|length|limit)\b[^=\d]{0,80}\Z"
)
_RANGE = re.compile(r"\bfrom\s+\S{1,20}\s+to\s+\Z")
_FUNCTIONS = re.compile(
    r"(?<![A-Za-z])(?:sqrt|pi|sin|cos|tan|log|ln|inf)(?![A-Za-z])|(?<=\))\s+and\s+(?=\()"
)
_LISTED = re.compile(r"(?<=[{(\[])[^{}()\[\];]{1,20}(?:;[^{}()\[\];]{1,20})+(?=[)}\]])")
_VALUE_BEFORE = re.compile(r"\b(?:is|are|equals?)\s+[*_$\\]*-?[\d(]")


def in_plain_text(last: str) -> Extraction:
    """What a sentence without set formulas comes to."""
    if len(_OPTION.findall(last)) > 1:
        return Extraction(None, how="options")
    last = _LISTED.sub(lambda found: found[0].replace(";", ","), unbold(last))
    last = _WHAT_IT_IS.sub("", last)
    told = _plainly(last)
    if told is not None:
        return Extraction(told, how="plain formula")
    time = _CLOCK_LAST.search(last)
    if time is not None:
        return Extraction(time["time"], how="time of day")
    chance = _CHANCE.search(last) if _ODDS.search(last) else None
    if chance is not None:
        return Extraction("/".join(chance.groups()), how="chance")
    last = with_fractions(last)
    formula = ending(last)
    if formula is not None:
        return Extraction(formula, how="plain formula")
    if is_open(last):
        return Extraction(None, how="open formula")
    plain = fold(last)
    numeral = said(plain, 0, len(plain))
    if isinstance(numeral, Numeral) and numeral.value is not None:
        return Extraction(canonical(numeral.value, numeral.percent), how="last number")
    return Extraction(None, how="no formula")


def _plainly(sentence: str) -> str | None:
    """A formula in plain text that a sentence consists of, or says something to be."""
    bare = trimmed(sentence)
    if "oxed" in bare:
        return None
    concluded = CONCLUDES.match(bare)
    value = bare[concluded.end() :] if concluded else bare
    if not _is_bare(value, equation=True):
        told = _TOLD.match(bare)
        led = bare[: told.start("value")] if told else ""
        if TOLD_BEFORE.search(led) or _RANGE.search(led):
            return None
        value = trimmed(UNIT_WORDS.sub("", told["value"])) if told else ""
        alone = told is not None and not _VALUE_BEFORE.search(
            bare[: told.start("value")].rsplit(" ", 2)[0]
        )
        if not _is_bare(value, equation=False) and not (alone and exact(value)):
            return None
    return trimmed(value)


def _is_bare(text: str, equation: bool) -> bool:
    """Whether a text is a formula without words, and more than one number."""
    if (
        not text
        or PROSE.search(without_text_commands(without_joints(text)))
        or FOREIGN.search(text)
    ):
        return False
    return (
        "=" in text if equation else bool(re.search(r"\d.*[πxyzn√^/:,*₀-₉]|[\[(].*,|\\[a-z]", text))
    )


def without_joints(text: str) -> str:
    """A formula in plain text without the words that formulas may hold."""
    return _FUNCTIONS.sub(" ", re.sub(r"\b(?:or|and)\b", ",", text))
