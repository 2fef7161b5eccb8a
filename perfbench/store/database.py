"""Connections to ``run.db``: making one, opening one that exists, and SQLite's errors in words.

Owns journal modes, the version check and the ways to open what cannot be written. Knows no records.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import msgspec

from perfbench.errors import StoreError
from perfbench.store import migrations, schema

FILE_NAME = "run.db"
_HELD = (errno.EWOULDBLOCK, errno.EACCES)
"""Errors that say that another has the lock."""
_TRIES, _TRY_S = 3, 0.02
"""Of the lock of a folder: whoever asks :func:`is_written` has it for a moment."""
_CHECKPOINT_PAGES = 4096
"""16 MB: the write-ahead log is folded into the database this often, one fsync each."""
_PATIENCE_MS = 200
"""What the last folding waits for those that are reading."""


def create(folder: Path) -> sqlite3.Connection:
    """Make an empty ``run.db`` in ``folder``. A commit survives a kill of the process at once.

    Raises:
        StoreError: it cannot be written.
    """
    with errors_in_words(f"cannot write {folder / FILE_NAME}"):
        db = sqlite3.connect(folder / FILE_NAME, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            expect_writes(db)
            migrations.create(db)
        except sqlite3.Error:
            db.close()
            raise
    return db


def open_existing(file: Path, cleanup: ExitStack, read_only: bool = False) -> sqlite3.Connection:
    """Open a ``run.db``, whatever state its writer left it in and whether or not it is writable.

    A log left by a killed writer is read with the rest. Where the folder cannot be written, SQLite
    may be unable to do that in place; then a temporary copy is read, removed by ``cleanup``. A file
    of an earlier version is made like a new one, in place if it can be written, else in a copy.

    Args:
        read_only: change nothing in the folder, whatever may be written there: for a look of a
            moment, during which a writer may go on.

    Raises:
        StoreError: there is none, it is foreign or damaged, or a newer perfbench made it.
    """
    if not file.is_file():
        raise StoreError(f"no run in {file.parent}: {FILE_NAME} is missing")
    with reading(file):
        return _of_today((_looked_at if read_only else _opened)(file, cleanup), cleanup)


def claim(folder: Path, cleanup: ExitStack) -> None:
    """Be the only one that writes a run, until ``cleanup`` or the end of this process however it
    ends.

    The folder itself is locked: a file beside the database would stay behind, and to close a second
    handle on the database would drop SQLite's own locks.

    Raises:
        StoreError: another process writes it.
    """
    with errors_in_words(f"cannot write {folder}"):
        handle = os.open(folder, os.O_RDONLY)
    cleanup.callback(os.close, handle)
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in _HELD:
                # A file system that locks no folders; SQLite's locks keep the database whole too.
                return
        if left:
            time.sleep(_TRY_S)
    raise StoreError(f"{folder} is being written by another perfbench: wait")


def is_written(folder: Path) -> bool:
    """Whether a process on this machine writes a run now (see :func:`claim`)."""
    # A writer's log lies beside the database until it ends, and longer only if it is killed: few
    # folders must be looked at closely.
    if not folder.joinpath(FILE_NAME + "-wal").exists():
        return False
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _HELD
    finally:
        os.close(handle)
    return False


def generation(file: Path) -> tuple[int, ...]:
    """What differs once a handle that was opened to read only misses what the file has come to
    hold: a file at rest is read without looking for changes, one with a log is not. Empty if there
    is no file."""
    try:
        about = file.stat()
    except OSError:
        return ()
    return (about.st_ino,) if _has_log(file) else (about.st_ino, about.st_mtime_ns, about.st_size)


def expect_writes(db: sqlite3.Connection) -> None:
    """Set an opened database up for a run that goes on."""
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")


def fold(db: sqlite3.Connection) -> None:
    """Have the file alone hold all that was written, at the end of writing it.

    SQLite does so by itself only where nobody else has the file open. What cannot be folded in now,
    since somebody is reading or the disk is full, stays in the log beside it.
    """
    with suppress(sqlite3.Error):
        db.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


@contextmanager
def errors_in_words(what: str, kept: str = "") -> Iterator[None]:
    """Turn SQLite's errors and the system's into one :class:`StoreError`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise StoreError(f"{what}: {reason}{kept}") from error


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turn whatever a damaged file makes of reading and decoding into one :class:`StoreError`.

    To be put around the reading alone: what callers do with a row must not look like damage.
    """
    try:
        with errors_in_words(f"cannot read {file}"):
            yield
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise StoreError(f"{file} is damaged: {error}") from error


def _looked_at(file: Path, cleanup: ExitStack) -> sqlite3.Connection:
    """Without a log nobody writes, and SQLite need put nothing beside the file to read it."""
    if not _has_log(file):
        return _checked(_connect(file, "immutable=1"), file)
    try:
        return _checked(_connect(file, "mode=ro"), file)
    except sqlite3.OperationalError:
        if not _is_read_only(file):
            raise
    return _opened(file, cleanup)


def _opened(file: Path, cleanup: ExitStack) -> sqlite3.Connection:
    try:
        return _checked(_connect(file, "mode=rw"), file)
    except sqlite3.OperationalError:
        if not _is_read_only(file):
            raise
    if _has_log(file):
        folder, log = _temporary(cleanup), _log_of(file)
        shutil.copyfile(log, folder / log.name)
        copy = Path(shutil.copyfile(file, folder / file.name))
        return _to_be_read(_of_today(_checked(_connect(copy, "mode=rw"), file), cleanup))
    return _checked(_connect(file, "immutable=1"), file)


def _log_of(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def _has_log(file: Path) -> bool:
    """Whether something lies beside the file that is not in it yet."""
    try:
        return _log_of(file).stat().st_size > 0
    except OSError:
        return False


def _of_today(db: sqlite3.Connection, cleanup: ExitStack) -> sqlite3.Connection:
    """The same database in today's layout: itself, or a copy if it cannot be written now."""
    try:
        if _version(db) == schema.VERSION:
            return db
        with suppress(sqlite3.OperationalError):
            migrations.upgrade(db)
            return db
        copy = sqlite3.connect(
            _temporary(cleanup) / FILE_NAME, isolation_level=None, check_same_thread=False
        )
        try:
            db.backup(copy)
            migrations.upgrade(copy)
        except BaseException:
            copy.close()
            raise
    except BaseException:
        db.close()
        raise
    db.close()
    return _to_be_read(copy)


def _to_be_read(db: sqlite3.Connection) -> sqlite3.Connection:
    """A copy: what is written to it would be lost, so that nothing may be."""
    db.execute("PRAGMA query_only = ON")
    return db


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(file.absolute()))}?{mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _checked(db: sqlite3.Connection, file: Path) -> sqlite3.Connection:
    try:
        (application,) = db.execute("PRAGMA application_id").fetchone()
        version = _version(db)
        db.execute("SELECT count(*) FROM sqlite_master")
        if application != schema.APPLICATION_ID:
            raise StoreError(f"{file} was not made by perfbench")
        if version > schema.VERSION:
            raise StoreError(
                f"{file} was made by a newer perfbench (store version {version}; this one reads "
                f"up to {schema.VERSION})"
            )
        if version < min(migrations.STEPS):
            raise StoreError(f"{file} is damaged: there was no store version {version}")
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


def _temporary(cleanup: ExitStack) -> Path:
    return Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="perfbench_")))
