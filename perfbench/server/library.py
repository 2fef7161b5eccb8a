"""The runs in the results folder, as lists show them, with tags and notes; deleted ones can be had
back until they are cleared away.

Reads folders, and keeps what it read of each beside the queue until the folder changes. Writes only
that and what people say of a run, and moves deleted folders into ``.server/deleted``. Never names a
folder outside the results. Times are Unix seconds.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from perfbench.errors import PerfbenchError
from perfbench.server.listed import Listed, read_listed
from perfbench.server.refusal import Refusal
from perfbench.store import is_written

KEPT_DELETED_S = 30 * 86_400.0
"""How long a deleted run can be had back."""
MOST_TAGS, LONGEST_TAG, LONGEST_NOTE = 20, 60, 10_000
DELETED = ".server/deleted"
_TABLES = """
CREATE TABLE IF NOT EXISTS said (run TEXT PRIMARY KEY, tags TEXT NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deleted (run TEXT PRIMARY KEY, deleted_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
  run TEXT PRIMARY KEY,
  mark TEXT NOT NULL,       -- of the files it was read from
  body BLOB NOT NULL        -- JSON of Listed, or the text of why it cannot be read
);
"""
_NAME = re.compile(r"[^/\\\0]+")
_LONGEST_NAME_BYTES = 255
_READ_FROM = ("run.db", "run.db-wal", "")
"""What else is read is written whole, and then put into its place: that changes the folder."""
_LAYOUT = f"5 {' '.join(Listed.__struct_fields__)}"
"""What was kept by a server that read otherwise is read again."""


class Broken(msgspec.Struct, frozen=True):
    """A folder that should hold a run, and cannot be read."""

    name: str
    why: str


class Deleted(msgspec.Struct, frozen=True):
    """A deleted run that can be had back."""

    name: str
    deleted_s: float
    cleared_s: float
    """When it is cleared away."""


class Library:
    """The results folder of a server. May be asked by several threads."""

    def __init__(self, outputs_dir: Path, file: Path) -> None:
        self._folder = outputs_dir
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._turn = threading.RLock()
        self._known: dict[str, tuple[str, Listed | Broken]] = {}
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)
        for name, mark, body in self._db.execute("SELECT run, mark, body FROM seen").fetchall():
            with suppress(msgspec.MsgspecError):  # It is read from its folder again.
                if mark.endswith(_LAYOUT):
                    self._known[name] = (mark, msgspec.json.decode(body, type=Listed))

    def close(self) -> None:
        """Nothing can be asked afterwards."""
        self._db.close()

    def path(self, name: str) -> Path:
        """The folder of a run.

        Raises:
            Refusal: there is none of this name.
        """
        path = self._folder / name
        if not _is_name(name) or path.is_symlink() or not (path / "run.db").is_file():
            raise Refusal(404, f"there is no run {name[:60]!r}")
        return path

    def look(self, name: str) -> Listed:
        """One run.

        Raises:
            Refusal: there is none of this name, or it cannot be read.
        """
        found = self._read(self.path(name), _mark(self.path(name)))
        if isinstance(found, Broken):
            raise Refusal(422, found.why)
        return self._with_words([found])[0]

    def listed(self) -> list[Listed]:
        """All runs that can be read, the newest first."""
        return self.all()[0]

    def all(self) -> tuple[list[Listed], list[Broken]]:
        """All runs that can be read, the newest first; and what cannot be read."""
        folders = self._folders()
        self._forget_all_but({path.name for path, _ in folders})
        found = [self._read(path, mark) for path, mark in folders]
        runs = [each for each in found if isinstance(each, Listed)]
        runs.sort(key=lambda each: (each.started_s, each.name), reverse=True)
        return self._with_words(runs), [each for each in found if isinstance(each, Broken)]

    def say(self, name: str, tags: Sequence[str] | None, note: str | None) -> Listed:
        """Replace the tags or the note of a run; ``None`` leaves them.

        Raises:
            Refusal: there is none of this name, or it is too much.
        """
        known = self.look(name)
        if tags is not None:
            tags = list(dict.fromkeys(filter(None, (" ".join(tag.split()) for tag in tags))))
            if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
                most = f"{MOST_TAGS} tags of {LONGEST_TAG} characters"
                raise Refusal(422, f"a run has at most {most}", "tags")
        if note is not None and len(note) > LONGEST_NOTE:
            raise Refusal(422, f"a note has at most {LONGEST_NOTE:,} characters", "note")
        row = (
            name,
            "\n".join(known.tags if tags is None else tags),
            known.note if note is None else note,
        )
        with self._turn:
            self._db.execute("INSERT OR REPLACE INTO said VALUES (?, ?, ?)", row)
        return self.look(name)

    def delete(self, name: str) -> None:
        """Take a run out of the results; :meth:`restore` brings it back.

        Raises:
            Refusal: there is none of this name, or it is being written.
        """
        path = self.path(name)
        if is_written(path):
            raise Refusal(409, f"{name} is being written: stop it first")
        target = self._folder / DELETED / name
        with self._turn:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.rmtree(target, ignore_errors=True)
            path.rename(target)
            row = (name, time.time())
            self._db.execute("INSERT OR REPLACE INTO deleted VALUES (?, ?)", row)
        self.clear_away()

    def restore(self, name: str) -> Listed:
        """Bring a deleted run back.

        Raises:
            Refusal: none of this name was deleted, or there is one again.
        """
        source = self._folder / DELETED / name
        if not _is_name(name) or not source.is_dir():
            raise Refusal(404, f"no run {name[:60]!r} was deleted")
        with self._turn:
            if (self._folder / name).exists():
                raise Refusal(409, f"there is a run {name!r} again")
            source.rename(self._folder / name)
            self._db.execute("DELETE FROM deleted WHERE run = ?", (name,))
        return self.look(name)

    def deleted(self) -> list[Deleted]:
        """What can be had back, the latest first."""
        self.clear_away()
        with self._turn:
            rows = self._db.execute("SELECT run, deleted_s FROM deleted").fetchall()
        found = [Deleted(run, at, at + KEPT_DELETED_S) for run, at in rows]
        return sorted(found, key=lambda each: each.deleted_s, reverse=True)

    def clear_away(self, now_s: float | None = None) -> None:
        """Remove for good what was deleted longer ago than :data:`KEPT_DELETED_S`."""
        before = (time.time() if now_s is None else now_s) - KEPT_DELETED_S
        with self._turn:
            rows = self._db.execute("SELECT run FROM deleted WHERE deleted_s < ?", (before,))
            for (name,) in rows.fetchall():
                shutil.rmtree(self._folder / DELETED / name, ignore_errors=True)
                self._db.execute("DELETE FROM deleted WHERE run = ?", (name,))
                self._db.execute("DELETE FROM said WHERE run = ?", (name,))

    def _folders(self) -> list[tuple[Path, str]]:
        """Every folder with a store, and the mark of its files."""
        with os.scandir(self._folder) as entries:
            names = [
                each.name
                for each in entries
                if not each.name.startswith(".") and each.is_dir(follow_symlinks=False)
            ]
        marked = ((self._folder / name, _mark(self._folder / name)) for name in sorted(names))
        return [(path, mark) for path, mark in marked if not mark.startswith("-")]

    def _forget_all_but(self, names: set[str]) -> None:
        for name in set(self._known) - names:
            self._known.pop(name, None)
            with self._turn:
                self._db.execute("DELETE FROM seen WHERE run = ?", (name,))

    def _read(self, path: Path, mark: str) -> Listed | Broken:
        name = path.name
        known = self._known.get(name)
        if known is None or known[0] != mark:
            try:
                found: Listed | Broken = read_listed(path)
            except PerfbenchError as error:
                found = Broken(_shown(name), _shown(str(error)))
            self._known[name] = (mark, found)
            if isinstance(found, Listed):
                row = (name, mark, msgspec.json.encode(found))
                with self._turn:
                    self._db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", row)
        else:
            found = known[1]
        # Without a log nobody writes it, and most runs have none.
        if isinstance(found, Listed) and mark.split(" ")[1] != "-" and is_written(path):
            return msgspec.structs.replace(found, state="being written")
        return found

    def _with_words(self, runs: list[Listed]) -> list[Listed]:
        """The same with their tags and notes."""
        with self._turn:
            rows = self._db.execute("SELECT run, tags, note FROM said").fetchall()
        said = {run: (tuple(filter(None, tags.split("\n"))), note) for run, tags, note in rows}
        return [
            each
            if each.name not in said
            else msgspec.structs.replace(each, tags=said[each.name][0], note=said[each.name][1])
            for each in runs
        ]


def _shown(text: str) -> str:
    """A text with bytes that are no UTF-8 made visible: names of folders may have some."""
    return text.encode("utf-8", "backslashreplace").decode()


def _is_name(text: str) -> bool:
    """Whether a folder in the results can be called so, and is not the server's own."""
    plain = _NAME.fullmatch(text) and not text.startswith(".")
    return bool(plain) and len(text.encode("utf-8", "replace")) <= _LONGEST_NAME_BYTES


def _mark(path: Path) -> str:
    """When, and how large, the files were that a run is read from; begins with ``-`` if there is no
    store."""
    parts = []
    for name in _READ_FROM:
        try:
            found = os.stat(f"{path}/{name}")
        except OSError:
            parts.append("-")
        else:
            parts.append(f"{found.st_mtime_ns}.{found.st_size}")
    return " ".join([*parts, _LAYOUT])
