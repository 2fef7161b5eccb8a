"""A text as every extractor reads it: one kind of line, of blank, of bold type, whatever it had.

Owns what changes no meaning: line ends, blanks of other widths, a quotation's bars, ``__bold__``
and ``***bold***``, a picture at the end, and HTML: ``3 &times; 30 = <b>90</b>`` is
``3 × 30 = **90**``. Knows nothing of numbers, nor of tags that mean something (``<answer>``,
``<think>``).
"""

from __future__ import annotations

import html
import re
import textwrap

from perfbench.evaluation.extraction.condensed import condensed
from perfbench.evaluation.extraction.courtesies import without_courtesies

_LINE_END = re.compile(r"[ \t]*(?:\r\n?|[\u2028\u2029\u0085])|[ \t]+(?=\n)")
_HEAD = re.compile(r"\A(?:[ \t]*\n)+")
_BLANK = re.compile(r"(?<!\d)[\u00a0\u2002-\u200a\u202f]|[\u00a0\u2002-\u200a\u202f](?!\d)")
"""A blank of another width; between two digits it may part thousands."""
_FOOT = re.compile(r"\n\s+\Z")
_HYPHEN = re.compile(r"[\u2010\u2011]")
_NOTHING = re.compile(r"[\u200b\u200e\u200f\u2060\ufeff\u00ad]")
_BAR = re.compile(r"^[ \t]{0,3}>{1,3}[ \t]?(?=[^=])", re.MULTILINE)
_UNBARRED = re.compile(r"^[ \t]{0,3}[^>\s]", re.MULTILINE)
_BOLD_SLANTED = re.compile(
    r"(?<![*\\])\*{3}(?=[^\s*])(?P<content>[^*\n]{1,200}?)(?<=[^\s*])\*{3}(?!\*)"
)
_UNDERSCORED = re.compile(
    r"(?<![A-Za-z0-9_\\])_{2,3}(?=[^\s_])(?P<content>(?:(?!__)[^\n]){1,200}?)(?<=[^\s_])_{2,3}(?![A-Za-z0-9_(]|\.[a-z])"
)
_PICTURES = re.compile(
    r"[ \t]*[\U0001f300-\U0001f533\U0001f536-\U0001f7df\U0001f900-\U0001faff\u2728\ufe0f]{1,9}"
    r"(?=\s*\Z)"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
_CLOSED = re.compile(r"</[a-z][a-z0-9]{0,9}>|<(?:br|hr)\s?/?>", re.IGNORECASE)
"""Without one of these, ``<b>`` is a letter between two signs."""
_STRONG = re.compile(
    r"<(?P<tag>b|strong)>\s{0,9}(?P<content>[^<\n]{1,200}?)\s{0,9}</(?P=tag)>", re.IGNORECASE
)
_RAISED = re.compile(r"<sup>(?P<power>[^<>\n]{1,40})</sup>", re.IGNORECASE)
_LOWERED = re.compile(r"<sub>([^<>\n]{1,40})</sub>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]>", re.IGNORECASE)
_LINE = re.compile(
    r"<(?:br|hr)\s{0,9}/?>|</(?:p|div|li|tr|table|ul|ol|h[1-6])>|<(?:ul|ol|table)>", re.IGNORECASE
)
_SETS = re.compile(
    r"</?(?:b|strong|p|div|span|li|ul|ol|tr|td|th|thead|tbody|table|h[1-6]|i|em|u|small|big|mark|font"
    r"|center|code|pre)(?:\s[^<>\n]{0,200})?>",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """The text, bounded in length, with nothing that only sets it otherwise."""
    text = _LINE_END.sub(_as_line_end, condensed(text))
    if not text.isascii():
        text = _HYPHEN.sub("-", _BLANK.sub(" ", _NOTHING.sub("", text)))
        pictures = _PICTURES.search(text)
        if pictures is not None and re.search(r"\w", text[: pictures.start()]):
            text = text[: pictures.start()] + text[pictures.end() :]
    text = _FOOT.sub("\n", _dedented(without_markup(text)))
    if text.lstrip().startswith(">") and not _UNBARRED.search(text):
        text = _BAR.sub("", text)
    if "***" in text:
        text = _BOLD_SLANTED.sub(r"**\g<content>**", text)
    text = _UNDERSCORED.sub(r"**\g<content>**", text) if "__" in text else text
    return without_courtesies(text)


def _dedented(text: str) -> str:
    """The text without blank lines at its head, and without the indentation all lines share."""
    text = _HEAD.sub("", text)
    if not text.startswith((" ", "\t")):
        return text
    dedented = textwrap.dedent(text)
    return dedented if dedented != text else text.lstrip()


def _as_line_end(found: re.Match[str]) -> str:
    return "\n" if found.group().strip(" \t") else ""


def without_markup(text: str) -> str:
    """The text with its HTML read as a browser would show it."""
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)
    if not _CLOSED.search(text):
        return text
    text = _STRONG.sub(r"**\g<content>**", text)
    text = _LOWERED.sub(r"_{\1}", _RAISED.sub(_as_power, text))
    return _SETS.sub("", _LINE.sub("\n", _CELL.sub(" | ", text)))


def _as_power(raised: re.Match[str]) -> str:
    power = raised["power"]
    return f"^{power}" if len(power) == 1 else f"^{{{power}}}"
