"""The jobs, kept in SQLite: what was asked for, how far it is, what came of it.

Owns the file ``server.db`` and what a job is. Knows no process. Secrets never get here: the
settings of a job are stored masked. Times are Unix seconds; unknown is ``None``.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from perfbench.errors import StoreError

Command = Literal["perf", "eval", "arena"]
"""What a job runs: the word after ``perfbench``."""

State = Literal["queued", "running", "stopping", "done", "failed", "stopped", "interrupted"]
"""``stopping``: told to stop, and finishing what is under way. ``interrupted``: its process is gone
and did not say why; it can be resumed, as what was ``stopped`` can."""

ALIVE: tuple[State, ...] = ("running", "stopping")
ENDED: tuple[State, ...] = ("done", "failed", "stopped", "interrupted")
STATES: tuple[State, ...] = get_args(State)

_TABLES = """
CREATE TABLE IF NOT EXISTS job (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  command TEXT NOT NULL,
  batch TEXT,
  key TEXT UNIQUE,       -- Idempotency-Key of the request that asked for it
  body TEXT NOT NULL     -- JSON of Job
);
CREATE INDEX IF NOT EXISTS job_state ON job (state);
CREATE INDEX IF NOT EXISTS job_batch ON job (batch);
"""


_LOCKED_S = 1.0
"""How long another program's hold on the file is waited for: the whole server waits along."""


class NotKept(StoreError):
    """The queue cannot be written or read: its disk is full, or it is damaged."""


class Process(msgspec.Struct, frozen=True):
    """Which process runs a job, so that it is known again after a restart of the server."""

    pid: int
    mark: str
    """What tells it from a later process of the same number: when it started, on which boot."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run that was asked for."""

    id: str
    command: Command
    settings: dict[str, Any]
    """What was given, secrets masked."""
    withheld: tuple[str, ...] = ()
    """Settings that hold secrets. They are in the server's memory only, so that a job which has not
    begun when the server ends must be given them again."""
    state: State = "queued"
    created_s: float
    started_s: float | None = None
    ended_s: float | None = None
    run: str | None = None
    """Name of its results folder."""
    differs: str | None = None
    """How what it told and what its results folder holds do not agree, or what of it was not
    heard; ``None`` if all is as it should be, or it has not ended."""
    error: str | None = None
    exit_status: int | None = None
    process: Process | None = None
    resumes: str | None = None
    """The results folder that it continues."""
    along: tuple[str, ...] = ()
    """Of one that continues a run: the settings that its process is given; the run has the rest."""
    repeats: str | None = None
    """The job that it does again."""
    batch: str | None = None
    """What it was asked for together with."""
    label: str | None = None
    """Its name within the batch."""


def new_id() -> str:
    """An identifier whose order is that of time, and which cannot be guessed."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(6)}"


class Queue:
    """All jobs. One server at a time; its event loop's thread only."""

    def __init__(self, path: Path) -> None:
        with _in_words(path):
            self._db = sqlite3.connect(path, timeout=_LOCKED_S, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_TABLES)
        self._path = path

    def close(self) -> None:
        """Nothing can be asked afterwards."""
        self._db.close()

    @property
    def db(self) -> sqlite3.Connection:
        """For what else is kept beside the jobs."""
        return self._db

    def put(self, job: Job, key: str | None = None) -> Job:
        """Store a job, new or changed.

        Args:
            key: of a new one, what no other job may have been asked for with.

        Raises:
            StoreError: it cannot be written.
        """
        row = (job.id, job.state, job.command, job.batch, key, msgspec.json.encode(job).decode())
        with _in_words(self._path):
            self._db.execute(
                "INSERT INTO job VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "state = excluded.state, body = excluded.body",
                row,
            )
        return job

    def find(self, name: str) -> Job | None:
        """The job of an identifier."""
        return next(self._read("WHERE id = ?", (name,)), None)

    def asked_with(self, key: str) -> Job | None:
        """The job that was asked for with an Idempotency-Key."""
        return next(self._read("WHERE key = ?", (key,)), None)

    def batch(self, name: str) -> list[Job]:
        """The jobs of a batch, in the order in which they were asked for."""
        return list(self._read("WHERE batch = ? ORDER BY rowid", (name,)))

    def of_run(self, run: str) -> Job | None:
        """The latest job that wrote a results folder."""
        found = self._read(
            "WHERE json_extract(body, '$.run') = ? ORDER BY rowid DESC LIMIT 1", (run,)
        )
        return next(found, None)

    def listed(
        self, states: Sequence[State] = STATES, limit: int | None = 100, offset: int = 0
    ) -> list[Job]:
        """Jobs in these states, the newest first; all of them where ``limit`` is ``None``."""
        marks = ", ".join("?" * len(states))
        where = f"WHERE state IN ({marks}) ORDER BY rowid DESC LIMIT ? OFFSET ?"
        return list(self._read(where, (*states, -1 if limit is None else limit, offset)))

    def count(self, states: Sequence[State], commands: Sequence[Command]) -> int:
        """How many jobs are in these states and run these commands."""
        where = f"state IN ({', '.join('?' * len(states))})"
        where += f" AND command IN ({', '.join('?' * len(commands))})"
        with _in_words(self._path):
            row = self._db.execute(
                f"SELECT count(*) FROM job WHERE {where}", (*states, *commands)
            ).fetchone()
        return int(row[0])

    def ahead_of(self, job: Job, commands: Sequence[Command]) -> int:
        """How many jobs that run one of these commands wait in front of a job."""
        marks = ", ".join("?" * len(commands))
        with _in_words(self._path):
            row = self._db.execute(
                f"SELECT count(*) FROM job WHERE state = 'queued' AND command IN ({marks}) "
                "AND rowid < (SELECT rowid FROM job WHERE id = ?)",
                (*commands, job.id),
            ).fetchone()
        return int(row[0])

    def next(self, commands: Sequence[Command]) -> Job | None:
        """The job that has waited longest for its turn."""
        marks = ", ".join("?" * len(commands))
        where = f"WHERE state = 'queued' AND command IN ({marks}) ORDER BY rowid LIMIT 1"
        return next(self._read(where, tuple(commands)), None)

    def forget(self, job: Job) -> None:
        """Remove a job; its results stay."""
        with _in_words(self._path):
            self._db.execute("DELETE FROM job WHERE id = ?", (job.id,))

    def _read(self, where: str, values: Sequence[Any]) -> Iterator[Job]:
        with _in_words(self._path):
            rows = self._db.execute(f"SELECT body FROM job {where}", values).fetchall()
            for (body,) in rows:
                yield msgspec.json.decode(body, type=Job)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, msgspec.DecodeError) as error:
        text = f"{path}: {error}"
        if _is_damaged(error):
            text += "; move it away to begin with an empty queue: the runs stay"
        raise NotKept(text) from None


def _is_damaged(error: Exception) -> bool:
    return not isinstance(error, sqlite3.Error) or type(error) is sqlite3.DatabaseError
