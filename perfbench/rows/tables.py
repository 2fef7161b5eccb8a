"""The formats of data files: JSONL, JSON, CSV, TSV, parquet and plain text, each also as ``.gz``.

Owns decoding and the ``FILE:LINE: what is wrong; what would be right`` of a malformed file. Knows
nothing of what rows mean. A file is held whole as bytes; its rows are decoded one by one as they
are taken. Lines count from 1; text is UTF-8, with or without byte-order mark.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os.path import basename
from pathlib import PurePath
from typing import Any, Literal

import msgspec

from perfbench import registry
from perfbench.errors import ConfigError, WorkloadError

Row = Mapping[str, Any]
"""A row with its fields by name."""

Form = Literal["jsonl", "json", "csv", "tsv", "parquet", "text"]

_FORMS: Mapping[str, Form] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
SUFFIXES = tuple(_FORMS)
"""What names of data files end in, before ``.gz`` if they are compressed."""

_BOM = b"\xef\xbb\xbf"
_BLANK = re.compile(rb"\s*")
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands. As text it is for people: ``FILE:LINE``, or ``FILE#PLACE`` where rows
    have no lines (parquet)."""

    file: str
    number: int
    """Line of the file, or place in its array or parquet table; both from 1."""
    has_line: bool = True
    """Whether ``number`` is a line."""
    find_line: Callable[[int], int] | None = None
    """From the place in an array to its line. Slow: only errors ask for it."""

    def __str__(self) -> str:
        if self.has_line:
            return f"{self.file}:{self.number}"
        if self.find_line is not None:
            return f"{self.file}:{self.find_line(self.number)}"
        return f"{self.file}#{self.number}"

    @property
    def short(self) -> str:
        """As records name the row: ``rows.jsonl:17``, of an array ``rows.json#17``."""
        return f"{basename(self.file)}{':' if self.has_line else '#'}{self.number}"


Placed = tuple[Place, Any]
"""Where a row stands, and the row: a JSON value, fields by name, or the text of a line."""


def form_of(name: str) -> Form | None:
    """The format that the name of a file tells; ``None`` if it tells none."""
    return _FORMS.get(PurePath(name.removesuffix(".gz")).suffix.lower())


def guess(data: bytes) -> Form:
    """The format of a file whose name tells none: JSON lines if the first line is an object or a
    list of objects, text otherwise."""
    try:
        first = msgspec.json.decode(next(_lines(data), (1, b""))[1])
    except _NOT_JSON:
        return "text"
    several = isinstance(first, list) and first and isinstance(first[0], dict)
    return "jsonl" if several or isinstance(first, dict) else "text"


def unpacked(name: str, data: bytes) -> bytes:
    """The contents of a file, decompressed if its name ends in ``.gz``.

    Raises:
        WorkloadError: it is no gzip file, or not the whole of one.
    """
    if not name.endswith(".gz"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise WorkloadError(f"{name}: not a whole gzip file ({error})") from None


def read(name: str, data: bytes, columns: Sequence[str] = ()) -> Iterator[Placed]:
    """The rows of a file whose name tells its format.

    Args:
        name: what errors call it.
        columns: see :func:`rows`.

    Raises:
        WorkloadError, ConfigError: as :func:`rows`, or the name tells no format.
    """
    form = form_of(name)
    if form is None:
        raise WorkloadError(f"{name}: cannot be read; data files are {', '.join(SUFFIXES)}")
    return rows(form, name, unpacked(name, data), columns)


def rows(form: Form, name: str, data: bytes, columns: Sequence[str] = ()) -> Iterator[Placed]:
    """The rows of a file's contents.

    Args:
        name: what errors call it.
        data: its contents, not compressed.
        columns: names of the columns of CSV and TSV files that have no header. A first line that
            is just these names is a header all the same.

    Raises:
        WorkloadError: it is malformed or empty; names file and line.
        ConfigError: it is parquet and pyarrow is not installed.
    """
    readers: Mapping[Form, Callable[[], Iterator[Placed]]] = {
        "jsonl": lambda: _json_lines(name, data),
        "json": lambda: _json(name, data),
        "csv": lambda: _separated(name, data, columns, ","),
        "tsv": lambda: _separated(name, data, columns, "\t"),
        "parquet": lambda: _parquet(name, data),
        "text": lambda: _text(name, data),
    }
    found = False
    for placed in readers[form]():
        found = True
        yield placed
    if not found:
        raise WorkloadError(f"{name} is empty: it needs at least one row")


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, without white space around them, one at a time."""
    # Not splitlines(): text may hold U+2028 and the like, which end no line of a file.
    for number, line in enumerate(io.BytesIO(data.removeprefix(_BOM)), 1):
        if stripped := line.strip():
            yield number, stripped


def _text(name: str, data: bytes) -> Iterator[Placed]:
    for number, line in _lines(data):
        try:
            yield Place(name, number), line.decode()
        except UnicodeDecodeError:
            raise WorkloadError(_not_utf8(name, number)) from None


def _json_lines(name: str, data: bytes) -> Iterator[Placed]:
    for number, line in _lines(data):
        place = Place(name, number)
        yield place, _decoded(place, line, "each line is one JSON value")


def _json(name: str, data: bytes) -> Iterator[Placed]:
    """An array of rows, an object with such an array under ``examples``, one row, or JSON lines."""
    data = data.removeprefix(_BOM)
    blank = _BLANK.match(data)
    if blank and data[blank.end() : blank.end() + 1] == b"[":
        array, elements = data, _elements(data)
        if elements is None:
            raise WorkloadError(_broken_array(name, data))
    else:
        try:
            whole = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        except _NOT_JSON:
            yield from _json_lines(name, data)
            return
        array = bytes(whole.get("examples", b""))
        elements = _elements(array)
        if elements is None:
            array, elements = data, [msgspec.Raw(data)]

    def line(number: int) -> int:
        start = end = data.find(array)
        for element in elements[:number]:
            start = data.find(element, end)
            end = start + len(bytes(element))
        return data.count(b"\n", 0, start) + 1

    for number, element in enumerate(elements, 1):
        place = Place(name, number, has_line=False, find_line=line)
        yield place, _decoded(place, element, "the file is an array of rows")


def _elements(array: bytes) -> list[msgspec.Raw] | None:
    """The elements of a JSON array, not yet decoded; ``None`` if it is none."""
    try:
        return msgspec.json.decode(array, type=list[msgspec.Raw])
    except _NOT_JSON:
        return None


def _broken_array(name: str, data: bytes) -> str:
    line, wrong = 1, "nested too deeply"
    try:
        json.loads(data.decode(errors="replace"))
    except json.JSONDecodeError as error:
        line, wrong = error.lineno, error.msg
    except RecursionError:
        pass
    else:
        wrong = "not UTF-8 text"
    return f"{name}:{line}: not valid JSON ({wrong}); the file is one JSON array"


def _decoded(place: Place, raw: bytes | msgspec.Raw, right: str) -> Any:
    try:
        return msgspec.json.decode(raw)
    except RecursionError:
        raise WorkloadError(f"{place}: not valid JSON (nested too deeply); {right}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        wrong = str(error).removeprefix("JSON is malformed: ")
        raise WorkloadError(f"{place}: not valid JSON ({wrong}); {right}") from None


def _separated(name: str, data: bytes, columns: Sequence[str], mark: str) -> Iterator[Placed]:
    """CSV by RFC 4180; TSV has no quoting: its fields are what stands between the tabs."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WorkloadError(_not_utf8(name, line)) from None
    if mark == ",":
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    else:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=csv.QUOTE_NONE)
    header: Sequence[str] | None = None
    started = 1
    try:
        for fields in lines:
            place, started = Place(name, started), lines.line_num + 1
            if not any(field.strip() for field in fields):
                continue
            if header is None:
                header = columns or _header(place, fields)
                if not columns or _lower(fields) == _lower(columns):
                    continue
            if len(fields) != len(header):
                raise WorkloadError(
                    f"{place}: {len(fields)} fields; a row has {len(header)}: {', '.join(header)}"
                )
            yield place, dict(zip(header, fields, strict=True))
    except csv.Error as error:
        raise WorkloadError(
            f"{name}:{lines.line_num}: not valid {'CSV' if mark == ',' else 'TSV'} ({error})"
        ) from None


def _not_utf8(name: str, line: int) -> str:
    return f"{name}:{line}: not UTF-8 text; save the file as UTF-8"


def _header(place: Place, fields: Sequence[str]) -> list[str]:
    names = [field.strip() for field in fields]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise WorkloadError(f"{place}: two columns are called {min(twice)!r}; each needs a name")
    return names


def _lower(names: Sequence[str]) -> list[str]:
    return [name.strip().lower() for name in names]


def _parquet(name: str, data: bytes) -> Iterator[Placed]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError:
        hint = registry.installation("pyarrow")
        raise ConfigError(f"{name} needs the package pyarrow{hint}") from None
    arrow = importlib.import_module("pyarrow")
    number = 0
    try:
        for batch in parquet.ParquetFile(arrow.BufferReader(data)).iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield Place(name, number, has_line=False), row
    except (arrow.ArrowException, OSError) as error:
        raise WorkloadError(f"{name}: not a parquet file ({error})") from None
