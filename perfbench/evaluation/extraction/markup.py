"""Markdown and plain signs in the place of the HTML that some models write.

Owns the tags and the entities that stand for signs or set a text: ``3 &times; 30 = <b>90</b>`` is
``3 × 30 = **90**``. Tags that mark an answer are left alone. Knows nothing of numbers.
"""

from __future__ import annotations

import html
import re

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")
_STRONG = re.compile(r"<(?P<tag>b|strong)>\s{0,9}(?P<content>[^<\n]{1,200}?)\s{0,9}</(?P=tag)>")
_RAISED = re.compile(r"<sup>(?P<power>-?\d{1,3})</sup>")
_CELL = re.compile(r"</t[dh]>", re.IGNORECASE)
_LINE = re.compile(
    r"<(?:br|hr)\s{0,9}/?>|</(?:p|div|li|tr|table|ul|ol|h[1-6])>|<(?:ul|ol|table)>", re.IGNORECASE
)
_SETS = re.compile(
    r"</?(?:p|div|span|li|ul|ol|tr|td|th|thead|tbody|table|h[1-6]|i|em|u|sup|sub|small|font|center"
    r"|code)(?:\s[^<>\n]{0,200})?>",
    re.IGNORECASE,
)


def without_markup(text: str) -> str:
    """The text with its HTML read as a browser would show it."""
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)
    if "</" not in text and "<br" not in text:
        return text
    text = _STRONG.sub(r"**\g<content>**", text)
    text = _RAISED.sub(r"^\g<power>", text)
    text = _CELL.sub(" | ", text)
    return _SETS.sub("", _LINE.sub("\n", text))
