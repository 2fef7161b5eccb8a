"""The requests of a run as a table: pages of it, filtered and sorted, while the run may go on.

A page needs two things: which rows it has, found in columns in memory, and what they hold, read
from the store by their ids. So the first page of a run, in the order of completion, needs no
column. A column is read when a query first asks for it, or ahead by :meth:`RequestTable.prepare`;
as the run grows, only what is new is read. Writes nothing but the file of ``kept``. Any number of
threads may ask.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from perfbench.config.expressions import Limit, Relation
from perfbench.metrics.columns import OUTCOMES, Bools, Floats
from perfbench.metrics.requests import plain
from perfbench.reports.requests.columns import COLUMNS, computed
from perfbench.reports.requests.detail import RequestDetail, detail
from perfbench.reports.requests.held import Numbers, Texts, matching
from perfbench.reports.requests.holding import LARGE, Held, Holding
from perfbench.reports.requests.order import Chosen
from perfbench.reports.requests.query import Query, QueryError
from perfbench.store import open_run
from perfbench.types import FAILURES

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
class RequestPage:
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


class RequestTable:
    """The requests of the run in a folder; to be closed.

    Args:
        keep_from: rows from which on columns are kept in a file beside the run.

    Raises:
        StoreError: there is no run, or it is damaged. Its methods raise it too.
    """

    def __init__(self, path: Path | str, keep_from: int = LARGE) -> None:
        self._run = open_run(path, read_only=True)
        self._holding = Holding(self._run, keep_from)
        self._lock = threading.RLock()
        self._waiting = 0
        self._closed = False

    def page(self, query: Query) -> RequestPage:
        """The rows that a query finds, from its ``offset`` on, at most ``limit`` of them.

        Raises:
            QueryError: a filter cannot be applied to this run.
        """
        chosen, of = self._choose(query)
        with self._turn():
            rows = self._rows(chosen.ids(query.offset, query.limit))
        return RequestPage(chosen.total, of, query.offset, rows)

    def beside(self, key: int, query: Query) -> Beside | None:
        """What stands before and after a request, in the order of a query whatever its offset;
        ``None`` if it is not among what the query finds."""
        chosen, _ = self._choose(query)
        place = chosen.position(key)
        if place is None:
            return None
        start = max(place - 1, 0)
        around = chosen.ids(start, place - start + 2)
        here = place - start
        before, after = around[:here], around[here + 1 :]
        return Beside(
            place, chosen.total, before[0] if before else None, after[0] if after else None
        )

    def one(self, key: int) -> RequestDetail | None:
        """All that is known of a request; ``None`` if there is none of this id."""
        with self._turn():
            self._holding.look()
            if not 0 < key <= self._holding.length:
                return None
            (row,) = self._rows([key])
            return detail(self._run, key, row)

    def words(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of words, and the words that each may have in this run."""
        with self._turn():
            self._holding.look()
            return self._holding.words

    def prepare(self) -> None:
        """Read every column, so that any query is answered at once: seconds for a million rows.

        What has been read of a large run is kept beside it. Gives way to whoever asks meanwhile,
        and ends when the table is closed.
        """
        with self._turn():
            self._holding.look()
        while not self._closed:
            with self._lock:
                if self._closed or not self._holding.extend(COLUMNS, self._holding.length):
                    break
            while self._waiting and not self._closed:
                time.sleep(0.005)
        with self._turn():
            if not self._closed:
                self._holding.keep()

    @property
    def worth_preparing(self) -> bool:
        """Whether :meth:`prepare` would take long, and spare others that."""
        with self._turn():
            self._holding.look()
            return self._holding.worth_keeping

    @property
    def nbytes(self) -> int:
        """Memory that the columns take, about."""
        return self._holding.nbytes

    @property
    def outdated(self) -> bool:
        """Whether the run has changed so that another table of it must be opened to see it."""
        return self._run.outdated

    def close(self) -> None:
        """Release the files; waits for whoever is reading."""
        self._closed = True
        with self._lock:
            self._holding.close()
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

    def _choose(self, query: Query) -> tuple[Chosen, int]:
        """The rows that a query finds, and how many there are whatever it asks."""
        holding = self._holding
        with self._turn():
            holding.look()
            length = of = holding.length
            needs = query.needs | ({"point"} if holding.cut else set())
            while holding.extend(needs, length):
                pass
            held = holding.columns(needs)
            masks = [*self._masks(query, held, length)]
            if holding.cut:
                shown = _numbers(held["point"]).places(length) >= 0
                of = int(shown.sum())
                masks.append(shown)
            keys = None if query.column == "id" else held[query.column].keys(length)
        places = np.nonzero(np.logical_and.reduce(masks))[0] if masks else None
        if keys is not None and places is not None:
            keys = keys[places]
        return Chosen(length, places, keys, query.descending), of

    def _masks(self, query: Query, held: Mapping[str, Held], length: int) -> Iterator[Bools]:
        """Which rows each condition of a query leaves."""
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
            for group in query.limits:
                limits = [_holds(limit, held[limit.figure].keys(length)) for limit in group]
                groups.append(np.logical_and.reduce(limits))
            yield np.logical_or.reduce(groups)

    def _meant(self, name: str, pattern: str) -> list[int]:
        """The places in a list of words that a pattern means.

        Raises:
            QueryError: it means none.
        """
        if name == "outcome" and pattern == "failed":
            return _FAILED
        words = self._holding.words[name]
        found = [place for place, word in enumerate(words) if matching([word], pattern) == (0, 1)]
        if not found:
            right = (*words, "failed") if name == "outcome" else words
            there = ", ".join(right) or "none in this run"
            raise QueryError(name, f"there is no {pattern[:60]!r}; there are {there}")
        return found

    def _rows(self, ids: list[int]) -> list[Row]:
        """What the table shows of the requests with these ids, in this order."""
        fields = {field for column in COLUMNS.values() for field in column.fields}
        texts = [column.name for column in COLUMNS.values() if column.kind == "text"]
        found, said = self._run.requests.rows(ids, fields, texts)
        words = self._holding.words
        values: dict[str, Any] = {}
        for name, column in COLUMNS.items():
            if column.kind == "text":
                values[name] = said[name]
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


def _numbers(column: Held) -> Numbers:
    assert isinstance(column, Numbers)
    return column


def _holds(limit: Limit, keys: Floats) -> Bools:
    """Of which rows a condition is true; what is unknown is not."""
    found: Bools = _RELATIONS[limit.relation](keys, limit.value) & ~np.isnan(keys)
    return found
