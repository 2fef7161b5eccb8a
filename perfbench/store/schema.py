"""The tables of ``run.db`` and how a ``Record`` becomes rows and back.

Owns table and column names: each column of a record stands once, in :data:`REQUEST` or
:data:`OUTPUT`, and the tables, the statements, both ways between rows and records and the reading
as numpy columns follow from that. Opens nothing. Stamps are absolute monotonic nanoseconds as
recorded; ``sent_wall_ns`` is Unix time, derived, for lining up with server logs. Unknown is
``NULL``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Literal

import msgspec

from perfbench.types import Record, Usage

APPLICATION_ID = 0x50465242
"""Marks the file as perfbench's ("PFRB"), see ``PRAGMA application_id``."""

VERSION = 5
"""Layout of the tables, in ``PRAGMA user_version``: goes up with every change of a table, and
``store.migrations`` then gets the step that makes an older file like a new one."""


class Column(msgspec.Struct, frozen=True):
    """One column of a record's rows."""

    name: str
    sql: str
    """Its type, and ``NOT NULL`` unless it can be unknown."""
    read: Literal["whole", "flag", "stamp", "figure"] | None = None
    """How it is read as a numpy column; ``None``: not as it stands."""
    of: Literal["record", "usage", "store"] = "record"
    """Whose it is: the record's field of this name, that of its ``usage`` (named without the
    prefix), or the store's own."""
    json: bool = False
    """Kept as JSON text."""
    note: str = ""


REQUEST = (
    Column("id", "INTEGER PRIMARY KEY", of="store", note="order of completion"),
    Column("point", "INTEGER NOT NULL REFERENCES point", of="store"),
    Column("seq", "INTEGER NOT NULL", "whole"),
    Column("repeat", "INTEGER NOT NULL", "whole"),
    Column("sample_id", "TEXT NOT NULL"),
    Column("phase", "TEXT NOT NULL"),
    Column("worker", "INTEGER NOT NULL", "whole"),
    Column("stream", "INTEGER NOT NULL", "flag"),
    Column("due_ns", "INTEGER", "stamp"),
    Column("sent_ns", "INTEGER", "stamp"),
    Column("sent_wall_ns", "INTEGER", of="store"),
    Column("headers_ns", "INTEGER", "stamp"),
    Column("first_ns", "INTEGER", "stamp"),
    Column("first_content_ns", "INTEGER", "stamp"),
    Column("gaps", "BLOB NOT NULL", note="little-endian uint32 or uint64 ns between events"),
    Column("gap_width", "INTEGER NOT NULL", note="bytes per gap"),
    Column("event_tokens", "BLOB", note="little-endian uint16 per event"),
    Column("end_ns", "INTEGER", "stamp"),
    Column("read_delay_ns", "INTEGER", "figure"),
    Column("connect_ns", "INTEGER", "figure"),
    Column("reused", "INTEGER NOT NULL", "flag"),
    Column("resends", "INTEGER NOT NULL DEFAULT 0", "whole"),
    Column("restamped", "INTEGER NOT NULL DEFAULT 0", "flag"),
    Column("status", "INTEGER", "figure"),
    Column("outcome", "TEXT NOT NULL"),
    Column("detail", "TEXT NOT NULL"),
    Column("finish", "TEXT"),
    Column("usage_input_tokens", "INTEGER", "figure", "usage"),
    Column("usage_output_tokens", "INTEGER", "figure", "usage"),
    Column("usage_cached_tokens", "INTEGER", "figure", "usage"),
    Column("usage_reasoning_tokens", "INTEGER", "figure", "usage"),
    Column("response_id", "TEXT"),
    Column("input_tokens", "INTEGER", "figure", note="by the workload's tokenizer"),
    Column("conversation", "TEXT"),
    Column("turn", "INTEGER NOT NULL DEFAULT 0", "whole", note="place in the conversation, from 0"),
    Column("turns", "INTEGER NOT NULL DEFAULT 0", "whole", note="planned in the conversation"),
    Column("model", "TEXT", note="where the run asks several"),
    Column("url", "INTEGER", "figure", note="place in the run's URLs, where it has several"),
    Column(
        "counted_output_tokens",
        "INTEGER",
        "figure",
        "store",
        note="by the tokenizer, after the run",
    ),
)

OUTPUT = (
    Column("request", "INTEGER PRIMARY KEY REFERENCES request", of="store"),
    Column("text", "TEXT NOT NULL"),
    Column("reasoning", "TEXT NOT NULL"),
    Column("tool_calls", "TEXT", json=True, note="JSON"),
    Column("more_texts", "TEXT", json=True, note="JSON list: choices after the first"),
)


def _create(table: str, columns: Sequence[Column]) -> str:
    """The statement that makes a table, with the notes as comments, as ``.schema`` shows."""
    *most, last = columns
    ends = [(column, ",") for column in most] + [(last, "")]
    lines = (
        f"  {column.name} {column.sql}{comma}" + (f"  -- {column.note}" if column.note else "")
        for column, comma in ends
    )
    return f"CREATE TABLE {table} (\n" + "\n".join(lines) + "\n);\n"


TABLES = (
    """
CREATE TABLE run (
  name TEXT NOT NULL,
  version TEXT NOT NULL,          -- of perfbench
  origin_wall_ns INTEGER NOT NULL, -- Unix time at the instant below
  origin_ns INTEGER NOT NULL,      -- monotonic clock of all stamps
  config TEXT NOT NULL,           -- JSON, secrets masked
  about TEXT NOT NULL             -- JSON: url, model, endpoint, host ...
);
CREATE TABLE point (
  point INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  spec TEXT NOT NULL,             -- JSON of types.Point
  facts TEXT                      -- JSON of types.PointFacts; NULL until the point has ended
);
CREATE TABLE search (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  path TEXT NOT NULL              -- JSON of types.SearchPath: of a run that searches for a load
);
"""
    + _create("request", REQUEST)
    + "CREATE UNIQUE INDEX request_key ON request (point, seq, repeat);\n"
    + _create("output", OUTPUT)
)

POINT_SPAN = "SELECT ifnull(min(id), 1), ifnull(max(id), 0) FROM request WHERE point = ?"
"""First and last ``id`` of a point: its requests lie between, those of points that ran at the same
time too."""

_NO_USAGE = Usage()


def _of(columns: Sequence[Column], owner: str) -> list[str]:
    return [column.name for column in columns if column.of == owner]


def _insert(table: str, names: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


_REQUEST, _USAGE = _of(REQUEST, "record"), _of(REQUEST, "usage")
_TEXTS = [column.name for column in OUTPUT if column.of == "record" and not column.json]
_LISTS = [column.name for column in OUTPUT if column.json]
INSERT_REQUEST = _insert("request", ["id", "point", "sent_wall_ns", *_REQUEST, *_USAGE])
INSERT_OUTPUT = _insert("output", ["request", *_TEXTS, *_LISTS])

# One call in C for all fields: a record costs a few microseconds, not one for each column.
_request_values: Callable[[Record], tuple[Any, ...]] = attrgetter(*_REQUEST)
_usage_values: Callable[[Usage], tuple[Any, ...]] = attrgetter(
    *(name.removeprefix("usage_") for name in _USAGE)
)
_texts: Callable[[Record], tuple[Any, ...]] = attrgetter(*_TEXTS)
_lists: Callable[[Record], tuple[Any, ...]] = attrgetter(*_LISTS)

_BY_FIELD = {column.name: column for column in (*REQUEST, *OUTPUT) if column.of == "record"}
_FIELDS = Record.__struct_fields__
_USAGE_AT = _FIELDS.index("usage")
_FLAGS_AT = [
    at for at, name in enumerate(_FIELDS) if name != "usage" and _BY_FIELD[name].read == "flag"
]
_JSON_AT = [at for at, name in enumerate(_FIELDS) if name != "usage" and _BY_FIELD[name].json]


def _selected(field: str) -> str:
    if field == "usage":
        return "NULL"
    # The row of ``output`` is missing where nothing was answered.
    return f"ifnull({field}, '')" if field in _TEXTS else field


RECORD_COLUMNS = ", ".join([*map(_selected, _FIELDS), *_USAGE])
"""What :func:`record_of` takes, of ``request`` joined with ``output``: the record's fields in their
own order, then those of its usage."""


def request_row(record: Record, key: int, point: int, to_wall_ns: int) -> tuple[Any, ...]:
    """A record as a row for :data:`INSERT_REQUEST`; a stamp + ``to_wall_ns`` is Unix time."""
    sent = record.sent_ns
    own = (key, point, None if sent is None else sent + to_wall_ns)
    return own + _request_values(record) + _usage_values(record.usage or _NO_USAGE)


def output_row(record: Record, key: int) -> tuple[Any, ...] | None:
    """A record as a row for :data:`INSERT_OUTPUT`; ``None`` if nothing was answered."""
    texts, lists = _texts(record), _lists(record)
    if not (any(texts) or any(lists)):
        return None
    return key, *texts, *[None if each is None else _json(each) for each in lists]


def record_of(row: Sequence[Any]) -> Record:
    """The inverse: a row in the order of :data:`RECORD_COLUMNS`.

    Raises:
        msgspec.MsgspecError: the row is damaged: a value is not of its column's kind.
    """
    values, usage = list(row[: len(_FIELDS)]), row[len(_FIELDS) :]
    if any(count is not None for count in usage):
        values[_USAGE_AT] = usage
    for at in _FLAGS_AT:
        values[at] = _BOOLEANS.get(values[at], values[at])
    for at in _JSON_AT:
        if values[at] is not None:
            values[at] = msgspec.json.decode(values[at])
    return msgspec.convert(values, Record)


_BOOLEANS = {0: False, 1: True}


def _json(value: list[Any]) -> str:
    return msgspec.json.encode(value).decode()
