"""The tables of ``run.db`` and how a ``Record`` becomes rows and back.

Owns table and column names. Opens nothing. Stamps are absolute monotonic nanoseconds as recorded;
``sent_wall_ns`` is Unix time, derived, for lining up with server logs. Unknown is ``NULL``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from perfbench.types import Record, Usage

APPLICATION_ID = 0x50465242
"""Marks the file as perfbench's ("PFRB"), see ``PRAGMA application_id``."""

VERSION = 1
"""Layout of the tables, in ``PRAGMA user_version``: goes up when an older one could misread."""

TABLES = """
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
CREATE TABLE request (
  id INTEGER PRIMARY KEY,         -- order of completion
  point INTEGER NOT NULL REFERENCES point,
  seq INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  sample_id TEXT NOT NULL,
  phase TEXT NOT NULL,
  worker INTEGER NOT NULL,
  stream INTEGER NOT NULL,
  due_ns INTEGER,
  sent_ns INTEGER,
  sent_wall_ns INTEGER,
  headers_ns INTEGER,
  first_ns INTEGER,
  first_content_ns INTEGER,
  gaps BLOB NOT NULL,             -- little-endian uint32 or uint64 ns between events
  gap_width INTEGER NOT NULL,     -- bytes per gap
  event_tokens BLOB,              -- little-endian uint16 per event
  end_ns INTEGER,
  read_delay_ns INTEGER,
  connect_ns INTEGER,
  reused INTEGER NOT NULL,
  status INTEGER,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  finish TEXT,
  usage_input_tokens INTEGER,
  usage_output_tokens INTEGER,
  usage_cached_tokens INTEGER,
  usage_reasoning_tokens INTEGER,
  response_id TEXT,
  input_tokens INTEGER,           -- by the workload's tokenizer
  counted_output_tokens INTEGER   -- by the tokenizer, after the run
);
CREATE UNIQUE INDEX request_key ON request (point, seq, repeat);
CREATE TABLE output (
  request INTEGER PRIMARY KEY REFERENCES request,
  text TEXT NOT NULL,
  reasoning TEXT NOT NULL,
  tool_calls TEXT,                -- JSON
  more_texts TEXT                 -- JSON list: choices after the first
);
"""

REQUEST_COLUMNS = (
    "id, point, seq, repeat, sample_id, phase, worker, stream, due_ns, sent_ns, sent_wall_ns, "
    "headers_ns, first_ns, first_content_ns, gaps, gap_width, event_tokens, end_ns, "
    "read_delay_ns, connect_ns, reused, status, outcome, detail, finish, usage_input_tokens, "
    "usage_output_tokens, usage_cached_tokens, usage_reasoning_tokens, response_id, input_tokens"
)
_MARKS = ", ".join("?" * len(REQUEST_COLUMNS.split(",")))
INSERT_REQUEST = f"INSERT INTO request ({REQUEST_COLUMNS}) VALUES ({_MARKS})"
POINT_SPAN = "SELECT ifnull(min(id), 1), ifnull(max(id), 0) FROM request WHERE point = ?"
"""First and last ``id`` of a point: its requests lie between, those of points that ran at the same
time too."""
OUTPUT_COLUMNS = "text, reasoning, tool_calls, more_texts"
INSERT_OUTPUT = f"INSERT INTO output (request, {OUTPUT_COLUMNS}) VALUES (?, ?, ?, ?, ?)"

_NO_USAGE = Usage()


def request_row(record: Record, key: int, point: int, to_wall_ns: int) -> tuple[Any, ...]:
    """A record as a row of ``request``; ``to_wall_ns`` added to a stamp gives Unix time."""
    usage = record.usage or _NO_USAGE
    return (
        key,
        point,
        record.seq,
        record.repeat,
        record.sample_id,
        record.phase,
        record.worker,
        record.stream,
        record.due_ns,
        record.sent_ns,
        None if record.sent_ns is None else record.sent_ns + to_wall_ns,
        record.headers_ns,
        record.first_ns,
        record.first_content_ns,
        record.gaps,
        record.gap_width,
        record.event_tokens,
        record.end_ns,
        record.read_delay_ns,
        record.connect_ns,
        record.reused,
        record.status,
        record.outcome,
        record.detail,
        record.finish,
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_tokens,
        usage.reasoning_tokens,
        record.response_id,
        record.input_tokens,
    )


def output_row(record: Record, key: int) -> tuple[Any, ...] | None:
    """A record as a row of ``output``; ``None`` if nothing was answered."""
    if not (record.text or record.reasoning or record.tool_calls or record.more_texts):
        return None
    return key, record.text, record.reasoning, _json(record.tool_calls), _json(record.more_texts)


def record_of(request: Sequence[Any], output: Sequence[Any]) -> Record:
    """The inverse: a row in the order of :data:`REQUEST_COLUMNS`, and one in the order of
    :data:`OUTPUT_COLUMNS` (all ``None`` where nothing was answered).
    """
    usage = Usage(*request[25:29])
    text, reasoning, calls, more = output
    return Record(
        seq=request[2],
        repeat=request[3],
        sample_id=request[4],
        phase=request[5],
        worker=request[6],
        stream=bool(request[7]),
        due_ns=request[8],
        sent_ns=request[9],
        headers_ns=request[11],
        first_ns=request[12],
        first_content_ns=request[13],
        gaps=request[14],
        gap_width=request[15],
        event_tokens=request[16],
        end_ns=request[17],
        read_delay_ns=request[18],
        connect_ns=request[19],
        reused=bool(request[20]),
        status=request[21],
        outcome=request[22],
        detail=request[23],
        finish=request[24],
        usage=None if usage == _NO_USAGE else usage,
        response_id=request[29],
        input_tokens=request[30],
        text=text or "",
        reasoning=reasoning or "",
        tool_calls=None if calls is None else msgspec.json.decode(calls),
        more_texts=None if more is None else msgspec.json.decode(more),
    )


def _json(value: list[Any] | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
