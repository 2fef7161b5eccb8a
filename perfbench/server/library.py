"""The runs in the results folder, as lists show them, with tags and notes; deleted ones can be had
back until they are cleared away.

Reads folders; writes only what people say of a run, beside the queue, and moves deleted folders
into ``.server/deleted``. Never names a folder outside the results.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from perfbench.errors import PerfbenchError
from perfbench.server.refusal import Refusal
from perfbench.store import open_run
from perfbench.types import RunKind

_TABLES = """
CREATE TABLE IF NOT EXISTS said (run TEXT PRIMARY KEY, tags TEXT NOT NULL, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deleted (run TEXT PRIMARY KEY, deleted_s REAL NOT NULL);
"""
_NAME = re.compile(r"[^/\\\0]{1,255}")
DELETED = ".server/deleted"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A run, as lists show it. Unknown is ``None``."""

    name: str
    """Of its folder, which identifies it."""
    kind: RunKind
    started_s: float
    model: str | None = None
    url: str | None = None
    simulated: bool = False
    datasets: tuple[str, ...] = ()
    version: str
    verdict: str | None = None
    """Of a load test: the worst of its points, how far the client was to be trusted."""
    figures: dict[str, float | None] = {}
    """What sums it up."""
    tags: tuple[str, ...] = ()
    note: str = ""


class Library:
    """The results folder of a server."""

    def __init__(self, outputs_dir: Path, db: sqlite3.Connection) -> None:
        self._folder = outputs_dir
        self._db = db
        self._known: dict[str, tuple[float, Listed]] = {}
        db.executescript(_TABLES)

    def path(self, name: str) -> Path:
        """The folder of a run.

        Raises:
            Refusal: there is none of this name.
        """
        path = self._folder / name
        plain = _NAME.fullmatch(name) and not name.startswith(".")
        if not plain or path.is_symlink() or not (path / "run.db").is_file():
            raise Refusal(404, f"there is no run {name[:60]!r}")
        return path

    def look(self, name: str) -> Listed:
        """One run.

        Raises:
            Refusal: there is none of this name, or it cannot be read.
        """
        try:
            return self._read(self.path(name))
        except PerfbenchError as error:
            raise Refusal(422, str(error)) from None

    def listed(self) -> list[Listed]:
        """All runs that can be read, the newest first."""
        found = []
        for file in sorted(self._folder.glob("*/run.db"), reverse=True):
            if file.parent.name.startswith("."):
                continue
            try:
                found.append(self._read(file.parent))
            except PerfbenchError:
                continue
        return found

    def say(self, name: str, tags: Sequence[str] | None, note: str | None) -> Listed:
        """Replace the tags or the note of a run; ``None`` leaves them.

        Raises:
            Refusal: there is none of this name.
        """
        known = self.look(name)
        row = (
            name,
            "\n".join(known.tags if tags is None else tags),
            known.note if note is None else note,
        )
        self._db.execute("INSERT OR REPLACE INTO said VALUES (?, ?, ?)", row)
        return self.look(name)

    def delete(self, name: str) -> None:
        """Take a run out of the results; :meth:`restore` brings it back.

        Raises:
            Refusal: there is none of this name.
        """
        path = self.path(name)
        target = self._folder / DELETED / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        path.rename(target)
        self._db.execute("INSERT OR REPLACE INTO deleted VALUES (?, ?)", (name, time.time()))

    def restore(self, name: str) -> Listed:
        """Bring a deleted run back.

        Raises:
            Refusal: none of this name was deleted, or there is one again.
        """
        source = self._folder / DELETED / name
        if not _NAME.fullmatch(name) or name.startswith(".") or not source.is_dir():
            raise Refusal(404, f"no run {name[:60]!r} was deleted")
        if (self._folder / name).exists():
            raise Refusal(409, f"there is a run {name!r} again")
        source.rename(self._folder / name)
        self._db.execute("DELETE FROM deleted WHERE run = ?", (name,))
        return self.look(name)

    def _read(self, path: Path) -> Listed:
        summary = path / "summary.json"
        changed = max(
            (file.stat().st_mtime for file in (path / "run.db", summary) if file.exists()),
            default=0.0,
        )
        known = self._known.get(path.name)
        if known is None or known[0] != changed:
            known = changed, _facts(path, summary)
            self._known[path.name] = known
        query = "SELECT tags, note FROM said WHERE run = ?"
        said = self._db.execute(query, (path.name,)).fetchone()
        if said is None:
            return known[1]
        tags = tuple(filter(None, said[0].split("\n")))
        return msgspec.structs.replace(known[1], tags=tags, note=said[1])


_VERDICTS = ("trusted", "strained", "saturated")
"""From the best to the worst."""


def _facts(path: Path, summary: Path) -> Listed:
    with open_run(path) as run:
        about, started_s, version = run.about, run.started_s, run.version
    points: list[dict[str, Any]] = []
    if summary.is_file():
        points = msgspec.json.decode(summary.read_bytes()).get("points", [])
    verdicts = [(each.get("client") or {}).get("verdict") for each in points]
    worst = max(filter(_VERDICTS.__contains__, verdicts), key=_VERDICTS.index, default=None)
    return Listed(
        name=path.name,
        kind=about.kind,
        started_s=started_s,
        model=about.model,
        url=about.url,
        simulated=bool(about.simulator),
        datasets=about.datasets,
        version=version,
        verdict=worst,
    )
