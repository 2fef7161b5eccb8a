"""Databases of earlier versions made like today's: the whole layout, and the steps up to it.

Owns the list of all tables and what changed between versions. Knows connections, not files.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping

from perfbench.store import answers, samples, schema, scrapes

LAYOUT = (schema.TABLES, answers.TABLES, samples.TABLES, scrapes.TABLES)
"""The statements that make every table of today's version, by room."""


def _count_resends(db: sqlite3.Connection) -> None:
    """Version 1 neither counted requests that were sent again nor noticed steps of the clock."""
    _add_column(db, "request", "resends INTEGER NOT NULL DEFAULT 0")
    _add_column(db, "request", "restamped INTEGER NOT NULL DEFAULT 0")


def _keep_votes(db: sqlite3.Connection) -> None:
    """Up to version 2 answers were counted by their spelling."""
    _add_column(db, "score", "vote TEXT")


def _know_the_turn(db: sqlite3.Connection) -> None:
    """Up to version 3 a request stood alone, and all of a run went to one model at one URL."""
    _add_column(db, "request", "conversation TEXT")
    _add_column(db, "request", "turn INTEGER NOT NULL DEFAULT 0")
    _add_column(db, "request", "turns INTEGER NOT NULL DEFAULT 0")
    _add_column(db, "request", "model TEXT")
    _add_column(db, "request", "url INTEGER")


def _hear_the_service(db: sqlite3.Connection) -> None:
    """Up to version 4 nothing was read of the service's side: its table is new, and empty."""


STEPS: Mapping[int, Callable[[sqlite3.Connection], None]] = {
    1: _count_resends,
    2: _keep_votes,
    3: _know_the_turn,
    4: _hear_the_service,
}
"""Version -> what makes the tables it had like those of the next. Tables that are new need no
step, and none may use a name of today's code: what it does is settled for ever."""


def create(db: sqlite3.Connection) -> None:
    """Make all tables in an empty database, in one transaction."""
    db.executescript(
        f"BEGIN; PRAGMA application_id = {schema.APPLICATION_ID};"
        f"PRAGMA user_version = {schema.VERSION}; {' '.join(LAYOUT)} COMMIT;"
    )


def upgrade(db: sqlite3.Connection) -> None:
    """Make an older database like a new one, in one transaction: all of it or nothing.

    Raises:
        sqlite3.Error: it cannot be written, or is damaged; it is then as it was.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        # Asked again inside: another process may have been quicker.
        (version,) = db.execute("PRAGMA user_version").fetchone()
        for step in range(version, schema.VERSION):
            STEPS[step](db)
        for name, statement in _statements():
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone():
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {schema.VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _add_column(db: sqlite3.Connection, table: str, column: str) -> None:
    db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _statements() -> Iterable[tuple[str, str]]:
    """Today's tables and indexes, by name."""
    new = sqlite3.connect(":memory:")
    try:
        new.executescript(" ".join(LAYOUT))
        return new.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
        ).fetchall()
    finally:
        new.close()
