"""What a text says itself: in one spelling, without what it quotes; and what it says is not so.

Knows no verdict but the names under which a line of code is said, not quoted.
"""

from __future__ import annotations

import html
import re
import unicodedata

QUOTATION = "…"
"""Stands where something was quoted, so that what is around it is not taken for a whole line."""
LONGEST_LINE = 80
"""Characters of a line that may be nothing but a verdict."""
DECORATION = re.compile(r"\*\*|__|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)|^[ \t]*#{1,6}[ \t]+", re.M)
"""Marks of bold and slanted words, and of headings."""

_WIDE = str.maketrans({"【": "[", "】": "]", "⟦": "[[", "⟧": "]]", "\u200b": "", "\ufeff": ""})
_ESCAPED = re.compile(r"\\([\[\]<>=_*])")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
_QUOTED = re.compile(
    r"\"[^\"\n]{0,300}\"|“[^”\n]{0,300}”|„[^“”\n]{0,300}[“”]|«[^»\n]{0,300}»|「[^」\n]{0,300}」"
    r"|『[^』\n]{0,300}』|(?<!`)`[^`\n]{1,300}`(?!`)|(?<!\w)'[^'\n]{1,40}'(?!\w)|‘[^’\n]{1,40}’(?!\w)"
)
_QUOTED_LINE = re.compile(r"^[ \t]*>[^\n]*$", re.MULTILINE)
_CODE_LINE = re.compile(
    r"^([ \t*]{0,20}"
    r"(?:[^\n`]{0,40}\b(?:verdict|judge?ment|rating|grade)\b[^\n`:]{0,20}(?::|\bis\b))?)"
    r"[ \t*]{0,20}`([^`\n]{1,60})`[ \t*.]*$",
    re.MULTILINE | re.IGNORECASE,
)
"""A line that is nothing but code, or names what the code is: that is said, not quoted."""
_NEGATION = re.compile(
    r"(?:(?:\b(?:not|never|cannot|neither|nor|hardly|barely|without)\b|n['’]t\b)"
    r"(?:[^\w\n.,;:!?]+\w+){0,3}[^\w\n.;:!?]{0,6}|\b(?:in|non)-)\Z",
    re.IGNORECASE,
)
_CLAUSE = 60
_WRAPPERS = "\"'`“”‘’«»「」『』 \t\r\n"


def plain(text: str) -> str:
    """The text in one spelling: full-width signs as ASCII, nothing escaped."""
    return _ESCAPED.sub(r"\1", html.unescape(unicodedata.normalize("NFKC", text))).translate(_WIDE)


def unquoted_lines(text: str) -> str:
    """The text with ``QUOTATION`` for lines that begin with ``>``."""
    return _QUOTED_LINE.sub(QUOTATION, text)


def unquoted(text: str) -> str:
    """The text with ``QUOTATION`` for what it quotes. A text that is one quotation says what is in
    it, and so does a fence around a single line."""
    whole = text.strip()
    fences = [*_FENCE.finditer(whole)]
    kept, place = [], 0
    for opening, closing in zip(fences[::2], fences[1::2], strict=False):
        inside = whole[opening.end() : closing.start()].strip()
        kept.append(whole[place : opening.start()])
        said = "\n" not in inside and len(inside) <= LONGEST_LINE
        kept.append(inside if said else QUOTATION)
        place = closing.end()
    kept.append(_FENCE.sub("", whole[place:]))
    whole = "".join(kept).strip()
    bare = whole.strip(_WRAPPERS)
    if "\n" not in bare and len(bare) <= LONGEST_LINE and not any(q in bare for q in '"`“「'):
        return bare
    lines = _CODE_LINE.sub(r"\1 \2", unquoted_lines(whole))
    return _QUOTED.sub(f" {QUOTATION} ", lines)


def is_negated(text: str, place: int) -> bool:
    """Whether the few words before a place say that what stands there is not so."""
    return _NEGATION.search(text[max(0, place - _CLAUSE) : place]) is not None
