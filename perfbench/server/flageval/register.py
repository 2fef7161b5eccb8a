"""The batches of FlagEval's clients, kept beside the jobs: what was asked for, never with a key.

Owns two tables of ``server.db``. What came of an evaluation is in its job and in its run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from perfbench.errors import StoreError
from perfbench.server.flageval.asked import EvalInfo

_TABLES = """
CREATE TABLE IF NOT EXISTS flageval_batch (request_id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS flageval_evaluation (
  eval_model TEXT PRIMARY KEY,
  request_id TEXT NOT NULL,
  body TEXT NOT NULL           -- JSON of Evaluation
);
CREATE INDEX IF NOT EXISTS flageval_of_batch ON flageval_evaluation (request_id);
"""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What evaluations that were asked for together have in common."""

    request_id: str
    domain: str
    mode: str | None = None
    region: str
    special_event: str
    user_id: int | None = None
    created_s: float


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation, as it was asked for."""

    request_id: str
    domain: str
    data_sets: tuple[str, ...]
    info: EvalInfo
    """Its secrets left out."""
    has_key: bool
    """Whether it was given one."""
    reuses: str | None = None
    """The evaluation whose answers it began with."""

    @property
    def name(self) -> str:
        """Its ``eval_model``."""
        return self.info.eval_model


class Register:
    """All batches. For the thread of the queue."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        with _in_words():
            db.executescript(_TABLES)

    def put(self, batch: Batch, evaluations: Sequence[Evaluation]) -> None:
        """Store a batch.

        Raises:
            StoreError: it cannot be written, or an evaluation has the name of another.
        """
        with _in_words():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                row = (batch.request_id, msgspec.json.encode(batch).decode())
                self._db.execute("INSERT INTO flageval_batch VALUES (?, ?)", row)
                self._db.executemany(
                    "INSERT INTO flageval_evaluation VALUES (?, ?, ?)",
                    (
                        (each.name, batch.request_id, msgspec.json.encode(each).decode())
                        for each in evaluations
                    ),
                )
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def batch(self, request_id: str) -> Batch | None:
        """The batch of an identifier."""
        with _in_words():
            row = self._db.execute(
                "SELECT body FROM flageval_batch WHERE request_id = ?", (request_id,)
            ).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Batch)

    def evaluations(self) -> list[Evaluation]:
        """All evaluations, in the order in which they were asked for."""
        with _in_words():
            rows = self._db.execute(
                "SELECT body FROM flageval_evaluation ORDER BY rowid"
            ).fetchall()
        return [msgspec.json.decode(body, type=Evaluation) for (body,) in rows]


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"server.db: {error}") from None
