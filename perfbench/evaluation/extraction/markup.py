"""Texts without the tags of HTML that stand around words: ``<b>17</b>`` is ``17``.

Knows nothing of tags that mean something (``<answer>``, ``<think>``).
"""

from __future__ import annotations

import re

_BREAK = re.compile(r"<(?:br\s?/?|/p|/div|/li|/h[1-6])>", re.IGNORECASE)
_RAISED = re.compile(r"<sup>([^<>\n]{1,40})</sup>", re.IGNORECASE)
_LOWERED = re.compile(r"<sub>([^<>\n]{1,40})</sub>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:b|strong|i|em|u|p|div|span|font|center|li|ul|ol|h[1-6]|code|pre|mark|big|small)"
    r"(?:\s[^<>\n]{0,200})?>",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"</[a-z][a-z0-9]{0,9}>|<br\s?/?>", re.IGNORECASE)
"""Without one of these, ``<b>`` is a letter between two signs."""


def without_markup(text: str) -> str:
    """The text without HTML's tags, with breaks as line breaks and raised digits as powers."""
    if not _CLOSED.search(text):
        return text
    text = _LOWERED.sub(r"_{\1}", _RAISED.sub(r"^{\1}", text))
    return _TAG.sub("", _BREAK.sub("\n", text))
