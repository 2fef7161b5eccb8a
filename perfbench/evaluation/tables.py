"""Data files as rows: JSONL, JSON, CSV, TSV, parquet, each also as ``.gz``.

Owns reading and the ``FILE:LINE: what is wrong; what would be right`` of a malformed file. Knows
nothing of data sets. Lines count from 1; text files are UTF-8, with or without byte-order mark.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from perfbench.errors import ConfigError, WorkloadError

Row = Mapping[str, Any]
Placed = tuple[str, Row]
"""Where a row stands (``FILE:LINE``, in an array or a parquet file ``FILE#PLACE``), and the row."""

SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet")


def read(name: str, data: bytes, columns: Sequence[str] = ()) -> Iterator[Placed]:
    """The rows of a file.

    Args:
        name: what errors call it; its suffix says what it holds.
        columns: names of the columns of CSV and TSV files that have no header. A first line that
            is just these names is a header all the same.

    Raises:
        WorkloadError: it is malformed or empty; names file and line.
        ConfigError: it is parquet and pyarrow is not installed.
    """
    inner = name
    if name.endswith(".gz"):
        inner = name.removesuffix(".gz")
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise WorkloadError(f"{name}: not a whole gzip file ({error})") from None
    suffix = inner[inner.rfind(".") :].lower()
    readers: dict[str, Callable[[], Iterator[Placed]]] = {
        ".jsonl": lambda: _json_lines(name, data),
        ".json": lambda: _json(name, data),
        ".csv": lambda: _separated(name, data, columns, ","),
        ".tsv": lambda: _separated(name, data, columns, "\t"),
        ".parquet": lambda: _parquet(name, data),
    }
    if suffix not in readers:
        raise WorkloadError(f"{name}: cannot be read; data files are {', '.join(SUFFIXES)}")
    found = False
    for placed in readers[suffix]():
        found = True
        yield placed
    if not found:
        raise WorkloadError(f"{name} is empty: it needs at least one row")


def _json_lines(name: str, data: bytes) -> Iterator[Placed]:
    # Not splitlines(): text may hold U+2028 and the like, which end no line of a file.
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            place = f"{name}:{number}"
            yield place, _object(place, _decoded(place, line, "each line is one JSON object"))


def _json(name: str, data: bytes) -> Iterator[Placed]:
    """An array of objects, an object with such an array under ``examples``, or JSON lines."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        whole = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if data.lstrip().startswith(b"["):
            raise WorkloadError(_broken_array(name, data)) from None
        yield from _json_lines(name, data)
        return
    if isinstance(whole, dict) and isinstance(whole.get("examples"), list):
        whole = whole["examples"]
    for number, value in enumerate(whole if isinstance(whole, list) else [whole], 1):
        place = f"{name}#{number}"
        yield place, _object(place, value)


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
    return f"{name}:{line}: not valid JSON ({wrong}); the file is an array of objects"


def _decoded(place: str, raw: bytes, right: str) -> Any:
    try:
        return msgspec.json.decode(raw)
    except RecursionError:
        raise WorkloadError(f"{place}: nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        wrong = str(error).removeprefix("JSON is malformed: ")
        raise WorkloadError(f"{place}: not valid JSON ({wrong}); {right}") from None


def _object(place: str, value: Any) -> Row:
    if not isinstance(value, dict):
        raise WorkloadError(f"{place}: not a JSON object; a row has its fields by name")
    return value


def _separated(name: str, data: bytes, columns: Sequence[str], mark: str) -> Iterator[Placed]:
    """CSV by RFC 4180; TSV has no quoting: its fields are what stands between the tabs."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WorkloadError(f"{name}:{line}: not UTF-8 text; save the file as UTF-8") from None
    if mark == ",":
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    else:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=csv.QUOTE_NONE)
    header: Sequence[str] | None = None
    started = 1
    try:
        for fields in lines:
            number, started = started, lines.line_num + 1
            if not any(field.strip() for field in fields):
                continue
            if header is None:
                header = columns or _header(f"{name}:{number}", fields)
                if not columns or _lower(fields) == _lower(columns):
                    continue
            if len(fields) != len(header):
                raise WorkloadError(
                    f"{name}:{number}: {len(fields)} fields; a row has {len(header)}: "
                    f"{', '.join(header)}"
                )
            yield f"{name}:{number}", dict(zip(header, fields, strict=True))
    except csv.Error as error:
        raise WorkloadError(
            f"{name}:{lines.line_num}: not valid {'CSV' if mark == ',' else 'TSV'} ({error})"
        ) from None


def _header(place: str, fields: Sequence[str]) -> list[str]:
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
        raise ConfigError(
            f"{name} needs the package pyarrow: pip install 'perfbench[parquet]'"
        ) from None
    arrow = importlib.import_module("pyarrow")
    try:
        table = parquet.read_table(io.BytesIO(data))
    except (arrow.ArrowException, OSError) as error:
        raise WorkloadError(f"{name}: not a parquet file ({error})") from None
    for number, row in enumerate(table.to_pylist(), 1):
        yield f"{name}#{number}", row
