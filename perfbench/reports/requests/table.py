"""The requests of a run as a table: pages of it, filtered and sorted, while the run may go on.

A page needs two things: which rows it has, found in columns in memory, and what they hold, read
from the store by their ids. So the first page of a run, in the order of completion, needs no
column. A column is read when a query first asks for it, or ahead by :meth:`RequestTable.prepare`;
as the run grows, only what is new is read. Never writes. Any number of threads may ask.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.config.expressions import Limit, Relation
from perfbench.metrics.columns import OUTCOMES, Bools, Floats
from perfbench.metrics.requests import plain
from perfbench.reports.requests import kept
from perfbench.reports.requests.columns import COLUMNS, WORDS, computed
from perfbench.reports.requests.detail import Detail, detail
from perfbench.reports.requests.held import (
    Numbers,
    Texts,
    matching,
    ordered,
    position,
)
from perfbench.reports.requests.query import Query, QueryError
from perfbench.store import open_run
from perfbench.types import FAILURES

_BLOCK = 10_000
"""Rows read at a time: a transaction of some 30 ms, after which others have their turn."""
_LARGE = 100_000
"""Rows from which on columns are kept: fewer are read at once."""
_WORTH = 1.1
"""They are kept again if there are so many times as many rows."""
_SHARE = 10
"""Of the time, a tenth at most is spent on seeing how far a run has come that goes on."""
_RELATIONS: Mapping[Relation, Callable[..., Any]] = {
    "<=": np.less_equal,
    "<": np.less,
    ">=": np.greater_equal,
    ">": np.greater,
    "==": np.equal,
    "!=": np.not_equal,
}
_FAILED = [OUTCOMES.index(outcome) for outcome in FAILURES]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the table."""

    total: int
    """Rows that the query finds, on all pages together."""
    of: int
    """Rows that there are."""
    offset: int
    """Place of the first row of this page among those found, from 0."""
    rows: list[Row]
    """Column -> value: a number, a text, or ``None`` where unknown; and ``sent``, wall time as ISO
    8601."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands around a request in the order of a query."""

    position: int
    """Its place among the rows found, from 0."""
    total: int
    previous: int | None
    """Id of the request before it."""
    next: int | None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The rows that a query finds, in its order."""

    of: int
    length: int
    places: NDArray[np.int64] | None
    """Which rows, from 0; ``None`` if all."""
    keys: Floats | None
    """What each is sorted by; ``None``: in the order of completion."""
    descending: bool

    @property
    def total(self) -> int:
        return self.length if self.places is None else len(self.places)

    def ids(self, offset: int, limit: int) -> list[int]:
        """Those of some of them, as they are sorted."""
        if self.keys is not None:
            chosen = ordered(self.keys, self.descending, offset, limit)
        else:
            start, stop = min(offset, self.total), min(offset + limit, self.total)
            chosen = np.arange(start, stop)
            chosen = self.total - 1 - chosen if self.descending else chosen
        found = chosen if self.places is None else self.places[chosen]
        return [int(place) + 1 for place in found]

    def position(self, key: int) -> int | None:
        """Where the request with this id stands; ``None`` if it is not among them."""
        if not 0 < key <= self.length:
            return None
        place = key - 1
        if self.places is not None:
            place = int(np.searchsorted(self.places, key - 1))
            if place == len(self.places) or self.places[place] != key - 1:
                return None
        if self.keys is not None:
            return position(self.keys, self.descending, place)
        return self.total - 1 - place if self.descending else place


class RequestTable:
    """The requests of the run in a folder; to be closed.

    Raises:
        StoreError: there is no run, or it is damaged. Its methods raise it too.
    """

    def __init__(self, path: Path | str) -> None:
        self._run = open_run(path)
        self._store = self._run.requests
        self._lock = threading.RLock()
        self._waiting = 0
        self._closed = False
        self._held: dict[str, Numbers | Texts] = {}
        self._length = 0
        self._changed: int | None = None
        self._revision: dict[int, bool | None] = {}
        self._names: tuple[str, ...] = ()
        self._next_look_s = 0.0
        self._kept: kept.Kept | None = None

    def page(self, query: Query) -> Page:
        """The rows that a query finds, from its ``offset`` on, at most ``limit`` of them.

        Raises:
            QueryError: a filter cannot be applied to this run.
        """
        chosen = self._choose(query)
        with self._turn():
            rows = self._rows(chosen.ids(query.offset, query.limit))
        return Page(chosen.total, chosen.of, query.offset, rows)

    def beside(self, key: int, query: Query) -> Beside | None:
        """What stands before and after a request, in the order of a query whatever its offset;
        ``None`` if it is not among what the query finds."""
        chosen = self._choose(query)
        place = chosen.position(key)
        if place is None:
            return None
        start = max(place - 1, 0)
        around = chosen.ids(start, place - start + 2)
        here = place - start
        return Beside(
            place,
            chosen.total,
            around[here - 1] if here else None,
            around[here + 1] if here + 1 < len(around) else None,
        )

    def one(self, key: int) -> Detail | None:
        """All that is known of a request; ``None`` if there is none of this id."""
        with self._turn():
            self._refresh()
            if not 0 < key <= self._length:
                return None
            (row,) = self._rows([key])
            return detail(self._run, key, row)

    def words(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of words, and the words that each may have in this run."""
        with self._turn():
            self._refresh()
            return self._words()

    def prepare(self) -> None:
        """Read every column, so that any query is answered at once: seconds for a million rows.
        What has been read of a large run is kept beside it. Gives way to whoever asks meanwhile, and
        ends when the table is closed."""
        with self._turn():
            self._refresh()
        while not self._closed:
            with self._lock:
                if self._closed or not self._extend(COLUMNS, self._length):
                    break
            while self._waiting and not self._closed:
                time.sleep(0.005)
        with self._turn():
            length = self._length
            already = self._kept.length if self._kept else 0
            if not self._closed and length >= max(_LARGE, _WORTH * already):
                kept.keep(self._run, self._held, length, self._revision)
            for held in self._held.values():
                held.keys(0)

    @property
    def nbytes(self) -> int:
        """Memory that the columns take, about."""
        return sum(held.nbytes for held in [*self._held.values()])

    def close(self) -> None:
        """Release the files; waits for whoever is reading."""
        self._closed = True
        with self._lock:
            self._forget()
            self._held.clear()
            self._run.close()

    def __enter__(self) -> RequestTable:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Be the only one that reads, before what is only read ahead."""
        self._waiting += 1
        try:
            with self._lock:
                yield
        finally:
            self._waiting -= 1

    def _forget(self) -> None:
        """Do without what was kept."""
        if self._kept:
            self._kept.close()
            self._kept = None

    @property
    def _cut(self) -> bool:
        """Whether points were cut, whose rows are not shown."""
        return min(self._revision, default=0) < 0

    def _choose(self, query: Query) -> _Chosen:
        """The rows that a query finds, and what they are sorted by."""
        with self._turn():
            self._refresh()
            length = self._length
            needs = query.needs - {"id"}
            if self._cut:
                needs.add("point")
            if query.where and "id" in {clause.figure for clause in query.condition.clauses}:
                needs.add("id")
            while self._extend(needs, length):
                pass
            held = {name: self._held[name] for name in needs}
            masks = [*self._masks(query, held, length)]
            of = self._visible(held, length)
            keys = held[query.column].keys(length) if query.column != "id" else None
        places = np.nonzero(np.logical_and.reduce(masks))[0] if masks else None
        if keys is not None and places is not None:
            keys = keys[places]
        return _Chosen(of, length, places, keys, query.descending)

    def _visible(self, held: Mapping[str, Numbers | Texts], length: int) -> int:
        """Rows that are not of points that were cut."""
        point = held.get("point")
        if self._cut and isinstance(point, Numbers):
            return int((point.places(length) >= 0).sum())
        return length

    def _refresh(self) -> None:
        """See how far the run has come, if it can have come farther."""
        now = time.monotonic()
        if now < self._next_look_s:
            return
        changed = self._store.changed()
        if changed != self._changed:
            revision, length = self._store.revision(), self._store.last()
            if self._changed is None:
                self._kept = kept.find(self._run)
            if self._kept and (
                self._kept.length > length or _disturbed(self._kept.revision, revision)
            ):
                self._forget()
            if _disturbed(self._revision, revision):
                self._held.clear()
            self._revision, self._length, self._changed = revision, length, changed
            points = {point.index: point.name for point in self._run.points()}
            self._names = tuple(points.get(place, "") for place in range(max(points, default=-1) + 1))
        self._next_look_s = now + _SHARE * (time.monotonic() - now)

    def _extend(self, names: Collection[str], length: int) -> bool:
        """Read a block of those of these columns that have the fewest rows; whether there was
        anything to read."""
        for name in names:
            if name not in self._held:
                kind = COLUMNS[name].kind
                found = self._kept and self._kept.column(name)
                fresh = Texts() if kind == "text" else Numbers(kind == "word")
                self._held[name] = found or fresh
        start = min((len(self._held[name]) for name in names), default=length)
        if start >= length:
            return False
        short = [name for name in names if len(self._held[name]) == start]
        farther = [len(self._held[name]) for name in names if len(self._held[name]) > start]
        stop = min(start + _BLOCK, length, *farther)
        texts = [name for name in short if COLUMNS[name].kind == "text"]
        fields = {field for name in short for field in COLUMNS[name].fields}
        found, said = self._store.span(start, stop, fields, texts)
        for name in short:
            values = said[name] if name in said else computed(COLUMNS[name], found)
            self._held[name].add(values, length)  # type: ignore[arg-type]
        return True

    def _masks(
        self, query: Query, held: Mapping[str, Numbers | Texts], length: int
    ) -> Iterator[Bools]:
        """Which rows each condition of a query leaves."""
        point = held.get("point")
        if self._cut and isinstance(point, Numbers):
            yield point.places(length) >= 0
        for name, pattern in query.equal.items():
            column = held[name]
            if isinstance(column, Texts):
                yield column.match(pattern, length)
            elif COLUMNS[name].kind == "number":
                yield column.keys(length) == query.number(name)
            else:
                yield np.isin(column.places(length), self._meant(name, pattern))
        if query.where:
            groups = []
            for group in query.condition.groups:
                limits = [_holds(clause, held[clause.figure].keys(length)) for clause in group]
                groups.append(np.logical_and.reduce(limits))
            yield np.logical_or.reduce(groups)

    def _meant(self, name: str, pattern: str) -> list[int]:
        """The places in a list of words that a pattern means.

        Raises:
            QueryError: it means none.
        """
        if name == "outcome" and pattern == "failed":
            return _FAILED
        words = self._words()[name]
        found = [place for place, word in enumerate(words) if matching([word], pattern) == (0, 1)]
        if not found:
            more = ("failed",) if name == "outcome" else ()
            right = ", ".join((*words, *more)) or "none in this run"
            raise QueryError(name, f"there is no {pattern[:60]!r}; there are {right}")
        return found

    def _words(self) -> dict[str, tuple[str, ...]]:
        return {**WORDS, "point": self._names, "url": tuple(self._run.about.urls)}

    def _rows(self, ids: list[int]) -> list[Row]:
        """What the table shows of the requests with these ids, in this order."""
        fields = {field for column in COLUMNS.values() for field in column.fields}
        texts = [column.name for column in COLUMNS.values() if column.kind == "text"]
        found, said = self._store.rows(ids, fields, texts)
        words = self._words()
        values: dict[str, Any] = {}
        for name, column in COLUMNS.items():
            if column.kind == "text":
                values[name] = [text or None for text in said[name]]
            elif column.kind == "word":
                places = computed(column, found).tolist()
                values[name] = [words[name][place] if place >= 0 else None for place in places]
            else:
                values[name] = plain(computed(column, found))
        values["sent"] = [self._wall(seconds) for seconds in values["sent_s"]]
        read = {key: place for place, key in enumerate(values["id"])}
        return [{name: values[name][read[key]] for name in values} for key in ids]

    def _wall(self, sent_s: float | None) -> str | None:
        if sent_s is None:
            return None
        instant = datetime.fromtimestamp(self._run.started_s + sent_s).astimezone()
        return instant.isoformat(timespec="microseconds")


def _holds(limit: Limit, keys: Floats) -> Bools:
    """Of which rows a condition is true; what is unknown is not."""
    relation = _RELATIONS[limit.relation]
    found: Bools = relation(keys, limit.value) & ~np.isnan(keys)
    return found


def _disturbed(before: Mapping[int, bool | None], after: Mapping[int, bool | None]) -> bool:
    """Whether rows that had been read have changed since: a point was counted, or cut."""
    counted = any(
        known is not None and after.get(point) != known for point, known in before.items()
    )
    return counted or {key for key in before if key < 0} != {key for key in after if key < 0}
