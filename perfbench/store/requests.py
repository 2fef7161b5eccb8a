"""All requests of a run as one table, read by column: for those that look at single requests.

Where ``reading`` reads every column of one point, this reads any columns of any rows, whatever
point and phase: a million rows cost a second and a third of one more for each column. Each call is
one short transaction, so that a run that is still being written is not held up. Numbers are as in
``metrics.columns``; the store's ``id`` is the place in the order of completion, from 1.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics.columns import offsets_of
from perfbench.store import schema
from perfbench.store.reading import CODES, READ, TYPES, check_gaps, sums, unpack
from perfbench.types import PHASES, Record

Texts = tuple[str | None, ...]

_PLAIN = {**{name: TYPES[name] for name in READ}, "id": np.int64, "point": np.int64}
_CODED: dict[str, Mapping[Any, int]] = {
    "outcome": CODES,
    "phase": {phase: code for code, phase in enumerate(PHASES)},
}
_OF_GAPS = {"gaps", "gap_offsets", "last_ns"}
_OF_TOKENS = {"event_tokens", "token_offsets"}
FIELDS = frozenset({*_PLAIN, *_CODED, *_OF_GAPS, *_OF_TOKENS, "sent_wall_ns"})
"""What can be read as numbers: fields of ``Columns``, and ``id``, ``point``, ``phase`` (its place
in ``PHASES``) and ``sent_wall_ns`` (after the run began)."""
TEXTS = frozenset({"sample_id", "conversation", "model", "finish", "detail"})
"""What can be read as texts."""
_BEGINNING = "nullif(substr(detail, 1, 200), '')"
"""As much of a failure's detail as a table shows."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One request with what the store knows beside its record."""

    id: int
    point: int
    """Below 0: of a point that was cut, and run again."""
    record: Record
    counted_output_tokens: int | None
    """By the tokenizer, after the run."""
    sent_wall_ns: int | None
    """Unix time."""


class Requests:
    """The requests of a run's database; made by ``Run.requests``."""

    def __init__(
        self,
        db: sqlite3.Connection,
        reading: Callable[[], AbstractContextManager[None]],
        origin: tuple[int, int],
    ) -> None:
        self._db = db
        self._reading = reading
        self._origin = origin

    def last(self) -> int:
        """How many there are, those of points that were cut too: their ids go from 1 to this."""
        with self._reading():
            return int(self._db.execute("SELECT ifnull(max(id), 0) FROM request").fetchone()[0])

    def changed(self) -> int:
        """A number that another process's writing changes."""
        with self._reading():
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def revision(self) -> dict[int, bool | None]:
        """Of each point, by its number, whether the tokenizer has counted its answers; ``None``
        while it has none. Rows that stand change only when a point is counted, all of it at once,
        or cut (its number is then below 0)."""
        with self._reading():
            rows = self._db.execute(
                "SELECT point, (SELECT counted_output_tokens IS NOT NULL FROM request "
                "WHERE request.point = point.point AND phase = 'measure' AND outcome = 'ok' "
                "LIMIT 1) FROM point"
            ).fetchall()
            return {point: None if counted is None else bool(counted) for point, counted in rows}

    def span(
        self, after: int, upto: int, fields: Iterable[str], texts: Sequence[str]
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Texts]]:
        """These columns of the rows after one id up to another, in order.

        Args:
            fields: of :data:`FIELDS`.
            texts: of :data:`TEXTS`.
        """
        return self._read("id > ? AND id <= ?", (after, upto), {*fields}, texts)

    def rows(
        self, ids: Sequence[int], fields: Iterable[str], texts: Sequence[str]
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Texts]]:
        """The same of the rows with these ids, in the order of ids: at most a few thousand."""
        where = f"id IN ({', '.join('?' * len(ids))})"
        return self._read(where, ids, {*fields}, texts)

    def one(self, key: int) -> Stored | None:
        """The request with this id."""
        with self._reading():
            row = self._db.execute(
                "SELECT request.id, point, counted_output_tokens, sent_wall_ns, "
                f"{schema.RECORD_COLUMNS} FROM request "
                "LEFT JOIN output ON output.request = request.id WHERE request.id = ?",
                (key,),
            ).fetchone()
            if row is None:
                return None
            return Stored(row[0], row[1], schema.record_of(row[4:]), row[2], row[3])

    def _read(
        self, where: str, values: Sequence[int], fields: set[str], texts: Sequence[str]
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Texts]]:
        asked = [name for name in fields if name in _PLAIN or name in _CODED]
        select = [self._relative(name) for name in asked]
        select += [_BEGINNING if name == "detail" else name for name in texts]
        select += [self._relative("first_ns"), "gaps", "gap_width"] if fields & _OF_GAPS else []
        select += ["event_tokens"] if fields & _OF_TOKENS else []
        select += [f"sent_wall_ns - {self._origin[1]}"] if "sent_wall_ns" in fields else []
        with self._reading():
            rows = self._db.execute(
                f"SELECT {', '.join(select) or 'id'} FROM request WHERE {where} ORDER BY id",
                tuple(values),
            ).fetchall()
            columns = iter(zip(*rows, strict=True) if rows else [()] * len(select))
            found = {name: _array(name, next(columns)) for name in asked}
            said = {name: _texts(name, next(columns)) for name in texts}
            if fields & _OF_GAPS:
                found |= _of_gaps(next(columns), next(columns), next(columns))
            if fields & _OF_TOKENS:
                found |= _of_tokens(next(columns))
            if "sent_wall_ns" in fields:
                found["sent_wall_ns"] = np.array(next(columns), dtype=np.float64)
            return found, said

    def _relative(self, name: str) -> str:
        """Stamps are made relative in integers, so that they are exact."""
        return f"{name} - {self._origin[0]}" if READ.get(name) == "stamp" else name


def _array(name: str, values: Sequence[Any]) -> NDArray[Any]:
    if name in _CODED:
        codes = _CODED[name]
        return np.array([codes[value] for value in values], dtype=np.uint8)
    return np.array(values, dtype=_PLAIN[name])


def _texts(name: str, values: Texts) -> Texts:
    if not {str, type(None)}.issuperset(map(type, values)):
        raise ValueError(f"a request's {name} is no text")
    return values


def _of_gaps(
    first: Sequence[Any], packed: Sequence[bytes], widths: Sequence[int]
) -> dict[str, NDArray[Any]]:
    first_ns = np.array(first, dtype=np.float64)
    pooled, counts = unpack(packed, widths)
    check_gaps(first_ns, counts)
    return {
        "gaps": pooled.astype(np.float32),
        "gap_offsets": offsets_of(counts),
        "last_ns": first_ns + sums(pooled, counts),
    }


def _of_tokens(said: Sequence[bytes | None]) -> dict[str, NDArray[Any]]:
    sizes = np.fromiter((len(blob or b"") for blob in said), dtype=np.int64, count=len(said))
    joined = b"".join(blob for blob in said if blob)
    return {
        "event_tokens": np.frombuffer(joined, dtype="<u2"),
        "token_offsets": offsets_of(sizes // 2),
    }
