"""Connections to ``run.db``: making one, opening one that exists, and SQLite's errors in words.

Owns journal modes, the version check and the ways to open what cannot be written. Knows no records.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from perfbench.errors import StoreError
from perfbench.store import answers, samples, schema

FILE_NAME = "run.db"
_CHECKPOINT_PAGES = 4096
"""16 MB: the write-ahead log is folded into the database this often, one fsync each."""


def create(folder: Path) -> sqlite3.Connection:
    """Make an empty ``run.db`` in ``folder``. A commit survives a kill of the process at once.

    Raises:
        StoreError: it cannot be written.
    """
    with errors_in_words(f"cannot write {folder / FILE_NAME}"):
        db = sqlite3.connect(folder / FILE_NAME, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            db.executescript(
                f"BEGIN; PRAGMA application_id = {schema.APPLICATION_ID};"
                f"PRAGMA user_version = {schema.VERSION}; {schema.TABLES} {answers.TABLES} "
                f"{samples.TABLES} COMMIT;"
            )
        except sqlite3.Error:
            db.close()
            raise
    return db


def open_existing(file: Path, cleanup: ExitStack) -> sqlite3.Connection:
    """Open a ``run.db``, whatever state its writer left it in and whether or not it is writable.

    A log left by a killed writer is read with the rest. Where the folder cannot be written, SQLite
    may be unable to do that in place; then a temporary copy is read, removed by ``cleanup``.

    Raises:
        StoreError: there is none, it is foreign or damaged, or a newer perfbench made it.
    """
    if not file.is_file():
        raise StoreError(f"no run in {file.parent}: {FILE_NAME} is missing")
    with errors_in_words(f"cannot read {file}"):
        try:
            return _checked(_connect(file, "mode=rw"), file)
        except sqlite3.OperationalError:
            if not _is_read_only(file):
                raise
        log = file.with_name(FILE_NAME + "-wal")
        if log.exists() and log.stat().st_size:
            file = _copy(file, log, cleanup)
            db = _connect(file, "mode=rw")
            db.execute("PRAGMA query_only = ON")
            return _checked(db, file)
        return _checked(_connect(file, "immutable=1"), file)


@contextmanager
def errors_in_words(what: str, kept: str = "") -> Iterator[None]:
    """Turn SQLite's errors and the system's into one :class:`StoreError`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(f"{what}: {reason}{kept}") from error


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(file.absolute()))}?{mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _checked(db: sqlite3.Connection, file: Path) -> sqlite3.Connection:
    try:
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        db.execute("SELECT count(*) FROM sqlite_master")
        if application != schema.APPLICATION_ID:
            raise StoreError(f"{file} was not made by perfbench")
        if version > schema.VERSION:
            raise StoreError(
                f"{file} was made by a newer perfbench (store version {version}; this one reads "
                f"up to {schema.VERSION})"
            )
    except BaseException:
        db.close()
        raise
    return db


def _is_read_only(file: Path) -> bool:
    """Whether SQLite is kept from making its ``-shm`` file beside the database."""
    try:
        with tempfile.TemporaryFile(dir=file.parent):
            return False
    except OSError:
        return True


def _copy(file: Path, log: Path, cleanup: ExitStack) -> Path:
    folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="perfbench_")))
    shutil.copyfile(log, folder / log.name)
    return Path(shutil.copyfile(file, folder / file.name))
