"""Text of servers, data sets and users made safe to show: on a terminal, in a log, in a table.

Escape and control characters act on a terminal, marks of writing direction turn a line around, and
a spreadsheet runs what begins like a formula. What is stored stays as it came; it passes through
here on its way to where it would act. Knows no terminal and no file.
"""

from __future__ import annotations

import re
from typing import Any, TextIO

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # directions, breaks, no width
    "\ud800-\udfff\U000e0000-\U000e007f]"  # halves of characters, tags
)
_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_FOLDERS = re.compile(r"(?:/|~/|\.{1,2}/|[A-Za-z]:[/\\])(?:.*[/\\])?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def visible(text: str) -> str:
    """The text with a picture in place of every character that would act or hide; as long as
    before. Line feeds and tabs stay."""
    return _HIDDEN.sub(_picture, text)


def one_line(text: str, limit: int | None = 200) -> str:
    """The text as one printable line, cut at ``limit`` characters: no escape codes, no line
    ends."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if limit is None or len(flat) <= limit else flat[: limit - 1] + "…"


def short_name(name: str) -> str:
    """A model's name for a title: ``/models/Qwen3``, a path on the server's disk, is ``Qwen3``;
    ``Qwen/Qwen3`` stays."""
    path = name.rstrip("/\\")
    folders = _FOLDERS.match(path)
    return path[folders.end() :] if folders else name


def json_visible(text: str) -> str:
    """The same JSON with characters that would act or hide written as ``\\uXXXX``."""
    return _HIDDEN.sub(_escape, text)


def cell(value: Any) -> Any:
    """A value as a cell of a CSV row: texts keep to their row, and are quoted with an apostrophe
    where a spreadsheet would take them for a formula. Numbers stay numbers."""
    if not isinstance(value, str):
        return value
    flat = visible(value).replace("\n", "␊").replace("\t", "␉")
    acts = _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return f"'{flat}" if acts else flat


class Screen:
    """A place to ``print`` foreign text to: what is written arrives visible, by way of ``cut``.

    Args:
        cut: takes out of a text what must not be shown.
    """

    def __init__(self, file: TextIO, cut: Any = str) -> None:
        self._file = file
        self._cut = cut

    def write(self, text: str) -> int:
        """Write what may be shown of ``text``."""
        return self._file.write(visible(self._cut(text)))

    def flush(self) -> None:
        """Hand over what is buffered."""
        self._file.flush()


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"


def _escape(found: re.Match[str]) -> str:
    return "".join(
        f"\\u{unit[0] << 8 | unit[1]:04x}"
        for encoded in [found[0].encode("utf-16-be", "surrogatepass")]
        for unit in zip(encoded[::2], encoded[1::2], strict=True)
    )
