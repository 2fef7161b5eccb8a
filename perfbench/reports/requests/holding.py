"""What is in memory of the requests of a run: which columns, of how many rows, and how they get
there as the run grows.

One thread at a time. Each call reads a block at most, so that others have their turn.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from perfbench.reports.requests import kept
from perfbench.reports.requests.columns import COLUMNS, WORDS, computed
from perfbench.reports.requests.held import Numbers, Texts
from perfbench.store import Run

Held = Numbers | Texts

_CELLS = 30_000
"""Read at a time, some 20 ms: more is slower, as it passes through memory and not the caches."""
LARGE = 100_000
"""Rows from which on columns are kept in a file: fewer are read at once."""
_WORTH = 1.1
"""They are kept again if there are so many times as many rows."""
_SHARE = 10
"""Of the time, a tenth at most is spent on seeing how far a run has come that goes on."""


class Holding:
    """The columns of a run that have been asked for.

    Args:
        keep_from: rows from which on columns are kept in a file.
    """

    def __init__(self, run: Run, keep_from: int = LARGE) -> None:
        self._run = run
        self._keep_from = keep_from
        self._store = run.requests
        self._held: dict[str, Held] = {}
        self._kept: kept.Kept | None = None
        self._changed: int | None = None
        self._revision: dict[int, bool | None] = {}
        self._names: tuple[str, ...] = ()
        self._next_look_s = 0.0
        self.length = 0
        """Rows that are known of."""

    @property
    def cut(self) -> bool:
        """Whether points were cut: their rows are not shown."""
        return min(self._revision, default=0) < 0

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The columns of words, and the words of each in this run."""
        return {**WORDS, "point": self._names, "url": tuple(self._run.about.urls)}

    @property
    def nbytes(self) -> int:
        """Memory that the columns take, about."""
        return sum(held.nbytes for held in [*self._held.values()])

    def look(self) -> None:
        """See how far the run has come, if it can have come farther."""
        now = time.monotonic()
        if now < self._next_look_s:
            return
        changed = self._store.changed()
        if changed != self._changed:
            # In this order: what changes after it was looked at is found the next time.
            revision, length = self._store.revision(), self._store.last()
            if _disturbed(self._revision, revision):
                self._held.clear()
            if self._kept and _disturbed(self._kept.revision, revision):
                self._forget()
            self._revision, self.length, self._changed = revision, length, changed
            points = {point.index: point.name for point in self._run.points()}
            self._names = tuple(points.get(at, "") for at in range(max(points, default=-1) + 1))
        self._next_look_s = now + _SHARE * (time.monotonic() - now)

    def extend(self, names: Collection[str], length: int) -> bool:
        """Read one of these columns as it was kept, or a block of those that have the fewest rows,
        up to ``length``; whether there was anything to read."""
        fresh = next((name for name in names if name not in self._held), None)
        if fresh is not None:
            self._held[fresh] = self._new(fresh)
            return True
        lengths = {name: len(self._held[name]) for name in names}
        start = min(lengths.values(), default=length)
        if start >= length:
            return False
        short = [COLUMNS[name] for name in names if lengths[name] == start]
        texts = [column.name for column in short if column.kind == "text"]
        fields = {field for column in short for field in column.fields}
        block = max(_CELLS // (len(fields) + len(texts)), 1)
        stop = min([start + block, length, *(each for each in lengths.values() if each > start)])
        found, said = self._store.span(start, stop, fields, texts)
        for column in short:
            held = self._held[column.name]
            if isinstance(held, Texts):
                held.add(said[column.name], length)
            else:
                held.add(computed(column, found), length)
        return True

    def columns(self, names: Collection[str]) -> dict[str, Held]:
        """Columns that have been read."""
        return {name: self._held[name] for name in names}

    @property
    def worth_keeping(self) -> bool:
        """Whether the run is large, and its columns are not kept yet."""
        self._find_kept()
        already = self._kept.length if self._kept else 0
        return self.length >= max(self._keep_from, _WORTH * already)

    def keep(self) -> None:
        """Keep the columns beside the run, if that is worth it and all have been read."""
        if self.worth_keeping and self._held.keys() == COLUMNS.keys():
            kept.keep(self._run, self._held, self.length, self._revision)

    def close(self) -> None:
        """Let go of all of it."""
        self._held.clear()
        self._forget()

    def _new(self, name: str) -> Held:
        """A column as it was kept, or empty."""
        self._find_kept()
        held = self._kept.column(name) if self._kept else None
        if held is None:
            kind = COLUMNS[name].kind
            held = Texts() if kind == "text" else Numbers(word=kind == "word")
        return held

    def _find_kept(self) -> None:
        """What is kept of the run, if it is still so; another process may just have kept it."""
        if self._kept is None:
            self._kept = kept.find(self._run)
            if self._kept and (
                self._kept.length > self.length or _disturbed(self._kept.revision, self._revision)
            ):
                self._forget()

    def _forget(self) -> None:
        if self._kept:
            self._kept.close()
            self._kept = None


def _disturbed(before: Mapping[int, bool | None], after: Mapping[int, bool | None]) -> bool:
    """Whether rows that had been read have changed since: a point was counted, or cut."""
    counted = any(
        known is not None and after.get(point) != known for point, known in before.items()
    )
    return counted or {key for key in before if key < 0} != {key for key in after if key < 0}
