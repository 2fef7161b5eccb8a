"""Data files as rows that know where they stand: text lines, JSONL, or one JSON array.

Owns reading, splitting and the ``FILE:LINE: what is wrong; what would be right`` of every
malformed row. Knows nothing of what rows mean. Lines count from 1; files are UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from perfbench.errors import WorkloadError

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a data file."""

    number: int
    """Line of the file from 1, or place in its JSON array from 1."""
    value: Any
    """Text of the line, or the decoded JSON value."""


class DataFile:
    """A data file, read whole.

    Raises:
        WorkloadError: on construction, if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = read_bytes(path)
        self._is_array = path.suffix == ".json" and self._data.lstrip().startswith(b"[")

    def text_rows(self) -> Iterator[Row]:
        """Lines that are not blank, without surrounding white space.

        Raises:
            WorkloadError: a line is not UTF-8, or there is none.
        """
        for number, line in self._lines():
            try:
                yield Row(number, line.decode())
            except UnicodeDecodeError:
                raise self.error(number, "not UTF-8 text; save the file as UTF-8") from None

    def json_rows(self) -> Iterator[Row]:
        """Lines of JSON, or the elements of the array a ``.json`` file may be.

        Raises:
            WorkloadError: a row is not JSON, or there is none.
        """
        rows = self._elements() if self._is_array else self._lines()
        for number, raw in rows:
            try:
                yield Row(number, msgspec.json.decode(raw))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                wrong = f"not valid JSON ({_reason(error)}); each line is one JSON value"
                raise self.error(number, wrong) from None

    def starts_with_json(self) -> bool:
        """Whether the first row is a JSON object or an array of objects."""
        if self._is_array:
            return True
        try:
            first = msgspec.json.decode(next(self._lines())[1])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return isinstance(first, dict) or (
            isinstance(first, list) and bool(first) and isinstance(first[0], dict)
        )

    def row_id(self, row: Row) -> str:
        """A row as records name it: ``file.jsonl:17``, of an array ``file.json#17``."""
        return f"{self.path.name}{'#' if self._is_array else ':'}{row.number}"

    def error(self, number: int, wrong: str) -> WorkloadError:
        """An error that says where: ``wrong`` is what is wrong, then what would be right."""
        line = self._line_of(number) if self._is_array else number
        return WorkloadError(f"{self.path}:{line}: {wrong}")

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        # Not splitlines(): text may hold U+2028 and the like, which end no line of a file.
        found = False
        for number, line in enumerate(self._data.split(b"\n"), 1):
            if stripped := line.strip():
                found = True
                yield number, stripped
        if not found:
            raise WorkloadError(f"{self.path} is empty: it needs at least one row")

    def _elements(self) -> Iterator[tuple[int, msgspec.Raw]]:
        try:
            elements = msgspec.json.decode(self._data, type=list[msgspec.Raw])
        except (msgspec.DecodeError, RecursionError) as error:
            line, reason = _syntax_error(self._data) or (1, _reason(error))
            wrong = f"not valid JSON ({reason}); the file is one JSON array"
            raise WorkloadError(f"{self.path}:{line}: {wrong}") from None
        if not elements:
            raise WorkloadError(f"{self.path} is empty: it needs at least one row")
        yield from enumerate(elements, 1)

    def _line_of(self, number: int) -> int:
        """Line on which an element of the array starts. Slow: only errors ask for it."""
        text = self._data.decode(errors="replace")
        scan = json.JSONDecoder().raw_decode
        at = text.index("[") + 1
        for _ in range(number - 1):
            at = _skip(text, scan(text, _skip(text, at, " \t\r\n"))[1], " \t\r\n,")
        return text.count("\n", 0, _skip(text, at, " \t\r\n")) + 1


def read_bytes(path: Path) -> bytes:
    """Contents of a file, without a byte-order mark.

    Raises:
        WorkloadError: it cannot be read.
    """
    try:
        return path.expanduser().read_bytes().removeprefix(_BOM)
    except OSError as error:
        raise WorkloadError(f"cannot read {path}: {error.strerror or error}") from None


def _skip(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _syntax_error(data: bytes) -> tuple[int, str] | None:
    try:
        json.loads(data.decode(errors="replace"))
    except json.JSONDecodeError as error:
        return error.lineno, error.msg
    except RecursionError:
        pass
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error).removeprefix("JSON is malformed: ")
