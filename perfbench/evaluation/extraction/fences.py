"""The fenced blocks of a text in Markdown, in order.

Owns what opens and closes a fence: CommonMark's rule, but for fences that are indented deeper, as
in lists, and for those that open at the end of a line of words (behind a list's marker, before a
language, or behind a colon). Knows nothing of what is in a block. Linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)")
_BEHIND = re.compile(
    r"(?P<indent>[ \t]*)(?P<words>(?=[^ \t])(?:(?!```)[^\n])+)(?P<fence>`{3,})(?P<info>[^\n`]*)"
)
"""Words, and a fence that no other backtick follows."""
_MARKER = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+")
_WORD = re.compile(r"[\w+#-]+[ \t]*")
_LANGUAGE = re.compile(r"[\s{.]*([\w+#-]*)")
_DEEPER = 4
"""A fence that is indented so much more than the one that opened the block is a line of it."""


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two fences."""

    text: str
    """Without the indentation of its fence."""
    language: str
    """First word after the fence, in lower case; empty if there is none."""
    complete: bool
    """Whether a closing fence ends it; else the text ended in it."""


def blocks(text: str) -> list[Block]:
    """Every fenced block of a text; an empty one is one, too."""
    found: list[Block] = []
    opened: re.Match[str] | None = None
    lines: list[str] = []
    for line in _lines(text):
        if opened is None:
            opened, lines = _opening(line), []
            continue
        fence = _FENCE.match(line)
        if fence is not None and _closes(fence, opened):
            found.append(_block(opened, lines, complete=True))
            opened = None
        else:
            lines.append(line)
    if opened is not None:
        found.append(_block(opened, lines, complete=False))
    return found


def begun_and_done(text: str) -> list[Block]:
    """What stands between each ``[BEGIN]`` and its ``[DONE]``, as MBPP's prompts want it: without
    the quotes around it."""
    found = []
    for part in "\n".join(_lines(text)).split("[BEGIN]")[1:]:
        inner, done, _ = part.partition("[DONE]")
        inner = inner.strip()
        if len(inner) > 1 and inner[0] == inner[-1] and inner[0] in "'\"":
            inner = inner[1:-1]
        found.append(Block(inner, "", bool(done)))
    return found


def before_first_fence(text: str) -> str:
    """What stands before the first line that is a fence; all of it if there is none."""
    lines = _lines(text)
    fences = (place for place, line in enumerate(lines) if _FENCE.match(line) or _opening(line))
    first = next(fences, len(lines))
    return "\n".join(lines[:first])


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _opening(line: str) -> re.Match[str] | None:
    """The fence that a line opens."""
    fence = _FENCE.match(line)
    if fence is not None:
        # A backtick behind the fence makes it a span of code: ```print(1)```.
        return None if fence["fence"][0] == "`" and "`" in fence["info"] else fence
    fence = _BEHIND.fullmatch(line) if "```" in line else None
    if fence is None:
        return None
    words = fence["words"].rstrip()
    opens = _MARKER.fullmatch(fence["words"]) or (
        _WORD.fullmatch(fence["info"]) or (words.endswith(":") and not fence["info"].strip())
    )
    return fence if opens else None


def _closes(fence: re.Match[str], opened: re.Match[str]) -> bool:
    return (
        fence["fence"].startswith(opened["fence"])
        and not fence["info"].strip()
        and _width(fence["indent"]) < _width(opened["indent"]) + _DEEPER
    )


def _block(opened: re.Match[str], lines: list[str], complete: bool) -> Block:
    language = _LANGUAGE.match(opened["info"])
    indent = _width(opened["indent"])
    marker = _MARKER.match(opened.groupdict().get("words") or "")
    if marker is not None:
        # What belongs to an item of a list is indented like its words, unless it is not at all.
        inner = [_width(line[: -len(line.lstrip())]) for line in lines if line.strip()]
        indent = min([indent + len(marker[0]), *inner])
    text = "\n".join(_without(line, indent) for line in lines)
    return Block(text, language[1].lower() if language else "", complete)


def _without(line: str, indent: int) -> str:
    """A line without up to so many columns of white space."""
    rest = line.lstrip(" \t")
    return line[: len(line) - len(rest)].expandtabs(4)[indent:] + rest if indent else line


def _width(indent: str) -> int:
    return len(indent.expandtabs(4))
