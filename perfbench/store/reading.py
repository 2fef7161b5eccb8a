"""From the tables to numpy columns, fast: a million requests of a hundred events in seconds.

Reads only. Imports numpy, so the store imports this module when columns are first asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics.columns import OUTCOMES, Columns, Ints, offsets_of
from perfbench.store import schema
from perfbench.types import Phase

_ROWS = 1000
"""Rows read at a time: as Python objects they take ten times the room of the columns."""
_WHERE = "WHERE id BETWEEN :low AND :high AND +point = :point AND phase = :phase"
"""One phase of a point. The index is kept out (``+``): requests of a point lie together, in the
order of ids."""
_KINDS: dict[str, type[Any]] = {
    "whole": np.int64,
    "flag": np.bool_,
    "stamp": np.float64,
    "figure": np.float64,
}
READ = {column.name: column.read for column in schema.REQUEST if column.read is not None}
"""Column -> kind, of those that are read as they stand; stamps relative to the start of the run."""
TYPES: dict[str, type[Any]] = {name: _KINDS[kind] for name, kind in READ.items()} | {
    "outcome": np.uint8,
    "last_ns": np.float64,
    "conversation": np.float64,
}
"""Column of numbers -> what numpy keeps it as."""
CODES = {outcome: code for code, outcome in enumerate(OUTCOMES)}
"""Outcome -> its place in ``OUTCOMES``."""


def read_columns(
    db: sqlite3.Connection, point: int, phase: Phase, origin: tuple[int, int]
) -> Columns:
    """The columns of one phase of a point.

    Args:
        origin: monotonic ns that stamps are made relative to, and the same instant as Unix ns.
    """
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in TYPES}
    low, high = db.execute(schema.POINT_SPAN, (point,)).fetchone()
    where = {"low": low, "high": high, "point": point, "phase": phase, "origin": origin[0]}
    # Filled in place: pieces to be joined at the end would stay in the process's memory.
    gaps = np.empty(_count_gaps(db, where), dtype=np.float32)
    filled = 0
    talks: dict[str | None, float] = {None: np.nan}
    gap_counts: list[Ints] = []
    tokens: list[bytes] = []
    token_counts: list[Ints] = []
    named: list[str | None] = []
    cursor = db.execute(_select(), where)
    while rows := cursor.fetchmany(_ROWS):
        *values, outcomes, talked, packed, widths, said, asked = zip(*rows, strict=True)
        for name, column in zip(READ, values, strict=True):
            parts[name].append(np.array(column, dtype=TYPES[name]))
        parts["outcome"].append(np.array([CODES[name] for name in outcomes], dtype=np.uint8))
        numbers = [talks.setdefault(name, float(len(talks))) for name in talked]
        parts["conversation"].append(np.array(numbers))
        pooled, counts = unpack(packed, widths)
        sizes = np.fromiter((len(blob or b"") for blob in said), dtype=np.int64, count=len(said))
        parts["last_ns"].append(parts["first_ns"][-1] + sums(pooled, counts))
        _check(parts["first_ns"][-1], counts, sizes)
        gaps[filled : filled + len(pooled)] = pooled
        filled += len(pooled)
        gap_counts.append(counts)
        tokens.extend(blob for blob in said if blob)
        token_counts.append(sizes // 2)
        named += asked
    models = tuple(sorted({name for name in named if name is not None}))
    places = {name: place for place, name in enumerate(models)}
    return Columns(
        origin_ns=origin[0],
        origin_wall_ns=origin[1],
        gaps=gaps,
        gap_offsets=offsets_of(_join(gap_counts, np.int64)),
        event_tokens=np.frombuffer(b"".join(tokens), dtype="<u2"),
        token_offsets=offsets_of(_join(token_counts, np.int64)),
        error_examples=_error_examples(db, where),
        model=np.array([-1 if name is None else places[name] for name in named], dtype=np.int64),
        models=models,
        **{name: _join(arrays, TYPES[name]) for name, arrays in parts.items()},
    )


def _count_gaps(db: sqlite3.Connection, where: Mapping[str, Any]) -> int:
    row = db.execute(
        f"SELECT ifnull(sum(length(gaps) / gap_width), 0) FROM request {_WHERE}",
        where,
    ).fetchone()
    return int(row[0])


def _select() -> str:
    """The query for the columns; stamps are made relative in integers, so that they are exact."""
    relative = [f"{name} - :origin" if kind == "stamp" else name for name, kind in READ.items()]
    return (
        f"SELECT {', '.join(relative)}, outcome, conversation, gaps, gap_width, "
        f"event_tokens, model FROM request {_WHERE} ORDER BY id"
    )


def unpack(packed: Sequence[bytes], widths: Sequence[int]) -> tuple[NDArray[Any], Ints]:
    """All gaps of these requests one after another, as integers, and how many each has."""
    sizes = np.fromiter(map(len, packed), dtype=np.int64, count=len(packed))
    if not {4, 8}.issuperset(widths):
        raise ValueError(f"gaps are of 4 or 8 bytes, not {set(widths)}")
    if 8 not in widths:
        return np.frombuffer(b"".join(packed), dtype="<u4"), sizes // 4
    each = [
        np.frombuffer(blob, dtype=f"<u{width}").astype(np.uint64)
        for blob, width in zip(packed, widths, strict=True)
    ]
    return np.concatenate(each), sizes // np.array(widths)


def _check(first_ns: NDArray[Any], gap_counts: Ints, token_bytes: Ints) -> None:
    """Refuse rows that contradict themselves: offsets made from them would point elsewhere.

    Raises:
        ValueError: they do.
    """
    check_gaps(first_ns, gap_counts)
    if ((token_bytes > 0) & (token_bytes != 2 * (gap_counts + 1))).any():
        raise ValueError("a request has tokens for more or fewer events than it has")


def check_gaps(first_ns: NDArray[Any], gap_counts: Ints) -> None:
    """Refuse rows with gaps after an event that they do not have.

    Raises:
        ValueError: there are.
    """
    if gap_counts[np.isnan(first_ns)].any():
        raise ValueError("a request has gaps between events, but no first event")


def sums(pooled: NDArray[Any], counts: Ints) -> Ints:
    """Sum of each request's gaps, exact."""
    running = offsets_of(pooled.astype(np.int64))
    spans = offsets_of(counts)
    return running[spans[1:]] - running[spans[:-1]]


def _join(arrays: list[NDArray[Any]], dtype: type[Any]) -> NDArray[Any]:
    """One array of all, emptying the list: a long point is not held twice."""
    joined = np.concatenate(arrays) if arrays else np.empty(0, dtype=dtype)
    arrays.clear()
    return joined


def _error_examples(db: sqlite3.Connection, where: Mapping[str, Any]) -> dict[str, str]:
    """The first detail that says something, of each outcome that is not ``ok``."""
    found: Iterable[tuple[str, str]] = db.execute(
        "SELECT outcome, detail, min(CASE detail WHEN '' THEN 1 << 62 ELSE id END) FROM request "
        f"{_WHERE} AND outcome <> 'ok' GROUP BY outcome",
        where,
    )
    return {outcome: detail for outcome, detail, *_ in found}
