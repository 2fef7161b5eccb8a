"""The part of ``run.db`` that holds what was asked: every sample with its prompt as sent.

A sample is known by the subtask that asked it (a load test's point) and the hash of its request;
``answers`` says which request of which point had which hash. What was asked once stays, so that
the answers of earlier settings keep their questions. Lengths are tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from perfbench.store.access import Access
from perfbench.types import Point, Question, Record, Sample

TABLES = """
CREATE TABLE sample (
  subtask TEXT NOT NULL,          -- or the name of a load test's point
  hash TEXT NOT NULL,             -- of the request
  seq INTEGER,                    -- place in the plan; NULL = of earlier settings
  id TEXT NOT NULL,
  subset TEXT NOT NULL,
  category TEXT,
  input TEXT NOT NULL,            -- JSON: the prompt as sent: text, messages, token ids, a body
  target TEXT,                    -- JSON
  choices TEXT NOT NULL,          -- JSON
  max_tokens INTEGER,
  meta TEXT NOT NULL,             -- JSON
  PRIMARY KEY (subtask, hash)
) WITHOUT ROWID;
"""

_COLUMNS = "input, id, target, choices, max_tokens, meta"
_ASKED = "FROM question JOIN sample USING (hash) WHERE sample.subtask = ? AND question.point = ?"


class Samples:
    """What a run has asked; made by ``Run.samples``."""

    def __init__(self, access: Access) -> None:
        self._db, self._transaction, self._reading, self._scrub = access

    def put(self, name: str, questions: Iterable[Question]) -> None:
        """Store what a subtask (or a point of a load test) asks now."""
        with self._transaction():
            self._db.execute("UPDATE sample SET seq = NULL WHERE subtask = ?", (name,))
            self._db.executemany(
                "INSERT OR REPLACE INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._scrub((name, *_row(each))) for each in questions),
            )

    def of(self, name: str) -> list[Question]:
        """What a subtask asks, in order; empty if the run does not hold it."""
        rows = self._read(
            f"SELECT seq, hash, subset, category, {_COLUMNS} FROM sample "
            "WHERE subtask = ? AND seq IS NOT NULL ORDER BY seq",
            name,
        )
        return [
            Question(seq, _sample(row), key, subset, category)
            for seq, key, subset, category, *row in rows
        ]

    def asked(self, point: Point) -> dict[int, Sample]:
        """The sample of each request of a point by its ``seq``; empty if the run does not hold
        them. Requests that started the plan over are not among them."""
        rows = self._read(
            f"SELECT question.seq, {_COLUMNS} {_ASKED}",
            point.name,
            point.index,
        )
        return {seq: _sample(row) for seq, *row in rows}

    def by_seq(self, point: Point) -> SamplesBySeq:
        """The same, each read when it is looked for."""
        return SamplesBySeq(self._read, point)

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._reading():
            return self._db.execute(query, values).fetchall()


class SamplesBySeq:
    """The samples of the requests of a point, in the store."""

    def __init__(self, read: Callable[..., list[tuple[Any, ...]]], point: Point) -> None:
        self._read = read
        self._point = point

    def __len__(self) -> int:
        ((count,),) = self._read(f"SELECT count(*) {_ASKED}", self._point.name, self._point.index)
        return int(count)

    def get(self, seq: int) -> Sample | None:
        """That of one place in the plan."""
        rows = self._read(
            f"SELECT {_COLUMNS} {_ASKED} AND question.seq = ?",
            self._point.name,
            self._point.index,
            seq,
        )
        return _sample(rows[0]) if rows else None


def sample_of(asked: Mapping[int, Sample] | SamplesBySeq, record: Record) -> Sample | None:
    """What a request asked; ``None`` where it is not held, as of later turns of a conversation."""
    if (sample := asked.get(record.seq)) is not None or not len(asked):
        return sample
    # A plan that started over goes on counting. Of conversations it counts later turns too, which
    # are not among the samples.
    sample = asked.get(record.seq % len(asked))
    if sample is None or record.turn:
        return None
    named = record.sample_id == sample.id or record.sample_id.startswith(f"{sample.id} (")
    return sample if record.conversation is None or named else None


def _row(question: Question) -> tuple[Any, ...]:
    sample = question.sample
    return (
        question.hash,
        question.seq,
        sample.id,
        question.subset,
        question.category,
        _json(sample.input),
        None if sample.target is None else _json(sample.target),
        _json(sample.choices),
        sample.max_tokens,
        _json(sample.meta),
    )


def _sample(row: Any) -> Sample:
    asked, name, target, choices, max_tokens, meta = row
    return Sample(
        id=name,
        input=msgspec.json.decode(asked),
        target=None if target is None else msgspec.json.decode(target),
        choices=tuple(msgspec.json.decode(choices)),
        max_tokens=max_tokens,
        meta=msgspec.json.decode(meta),
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
