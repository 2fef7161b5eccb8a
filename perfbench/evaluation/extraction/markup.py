"""Markdown and plain signs in the place of the HTML that some models write.

Owns the tags and the entities that stand for signs or set a text: ``3 &times; 30 = <b>90</b>`` is
``3 × 30 = **90**``. Knows nothing of numbers, nor of tags that mean something (``<answer>``,
``<think>``).
"""

from __future__ import annotations

import html
import re

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
