r"""The little LaTeX that answers come dressed in: ``\boxed{}`` and text commands.

Owns brace matching. Knows nothing of what stands inside the braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOX = re.compile(
    r"\\boxed\s*(?=[{\w])|(?<![A-Za-z\\])boxed(?=\{)|\x08oxed\s*(?=\{)|\\fbox\s*(?=\{)"
)
_TEXT = re.compile(
    r"\\(?:text|textbf|textit|textrm|texttt|textsf|mathrm|mathbf|mathit|mathsf|mathtt|mbox|hbox"
    r"|bf|rm|bm|boldsymbol|operatorname|emph|underline|overline)\s*(?=\{)"
)


_LINE_REST = re.compile(r"(?:(?!\$|\\\)|\\\]|[.。]?\s*\n)[^\n])*")


@dataclass(frozen=True, slots=True)
class Box:
    r"""One ``\boxed{content}``."""

    start: int
    begin: int
    end: int
    """``text[begin:end]`` is the content."""
    closed: bool
    """``False``: the text ends, or the line does, before the brace is closed."""


def matching_brace(text: str, opening: int) -> int | None:
    r"""Index of the brace that closes the one at ``opening``; ``\{`` and ``\}`` do not count."""
    depth = 0
    position = opening
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 2
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return None


def boxes(text: str) -> Iterator[Box]:
    r"""Every ``\boxed{}`` and ``\fbox{}``, in order; a box within a box comes after it."""
    if "oxed" not in text and "\\fbox" not in text:
        return
    for match in _BOX.finditer(text):
        yield _box_at(text, match)


def _box_at(text: str, match: re.Match[str]) -> Box:
    start, brace = match.span()
    if text[brace] != "{":
        return Box(start, brace, brace + 1, True)
    closing = matching_brace(text, brace)
    if closing is not None:
        return Box(start, brace + 1, closing, True)
    end = _LINE_REST.match(text, brace + 1)
    assert end is not None  # it may be empty
    return Box(start, brace + 1, end.end(), False)


def without_text_commands(text: str) -> str:
    r"""``\text{ cm}`` becomes `` cm``, nested ones too."""
    while match := _TEXT.search(text):
        closing = matching_brace(text, match.end())
        if closing is None:
            return text[: match.start()] + text[match.end() + 1 :]
        text = text[: match.start()] + text[match.end() + 1 : closing] + text[closing + 1 :]
    return text
