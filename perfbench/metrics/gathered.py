"""Requests that have just finished as columns, for who decides something while a point still runs.

Every formula is that of the reports: what is gathered are the values of metrics, not metrics of its
own. Knows no disk; what is computed here is stored nowhere. Called about twice a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics.columns import OUTCOMES, Columns, offsets_of
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.figures import ERROR_RATE
from perfbench.metrics.objectives import MET, MISSED, verdicts
from perfbench.metrics.percentiles import distribution, unsupported
from perfbench.types import FAILURES, Record, Usage, unpack_gaps

LEAST = 30
"""Requests below which nothing is said of a point that runs."""

_COUNTS = ("completed", "failed", *(f"errors.{kind}" for kind in FAILURES))
_ATTAINMENT = "goodput.attainment"
_NO_USAGE = Usage()
_STAMPS = ("due_ns", "sent_ns", "headers_ns", "first_ns", "first_content_ns", "end_ns")
_PLAIN: dict[str, type[Any]] = {
    **dict.fromkeys(("status", "url", "read_delay_ns", "connect_ns", "input_tokens"), np.float64),
    **dict.fromkeys(("seq", "repeat", "worker", "resends", "turn", "turns"), np.int64),
    **dict.fromkeys(("stream", "reused", "restamped"), np.bool_),
}
"""Fields of a record that are columns as they stand."""


def columns_of(records: Sequence[Record], origin_ns: int = 0) -> Columns:
    """The columns of records, as a store would give them back; stamps are after ``origin_ns``."""

    def each(name: str, kind: type[Any]) -> NDArray[Any]:
        return np.array(list(map(attrgetter(name), records)), dtype=kind)

    stated = [record.usage or _NO_USAGE for record in records]

    def usage(name: str) -> NDArray[np.float64]:
        return np.array(list(map(attrgetter(name), stated)), dtype=np.float64)

    def stamp(name: str) -> NDArray[np.float64]:
        stamped = map(attrgetter(name), records)
        after = [None if stamp_ns is None else stamp_ns - origin_ns for stamp_ns in stamped]
        return np.array(after, dtype=np.float64)

    stamps: dict[str, Any] = {name: stamp(name) for name in _STAMPS}
    talks: dict[str | None, float] = {None: np.nan}
    talked = [talks.setdefault(record.conversation, float(len(talks))) for record in records]
    models = tuple(sorted({record.model for record in records if record.model is not None}))
    asked = [-1 if record.model is None else models.index(record.model) for record in records]
    gaps = [unpack_gaps(record.gaps, record.gap_width) for record in records]
    tokens = [np.frombuffer(record.event_tokens or b"", dtype="<u2") for record in records]
    return Columns(
        origin_ns=origin_ns,
        origin_wall_ns=0,
        outcome=np.array([OUTCOMES.index(record.outcome) for record in records], dtype=np.uint8),
        last_ns=stamps["first_ns"] + np.array([sum(each) for each in gaps], dtype=np.float64),
        gaps=np.array([gap for each in gaps for gap in each], dtype=np.float32),
        gap_offsets=offsets_of(np.array([len(each) for each in gaps], dtype=np.int64)),
        event_tokens=np.concatenate([np.empty(0, dtype="<u2"), *tokens]),
        token_offsets=offsets_of(np.array([len(each) for each in tokens], dtype=np.int64)),
        error_examples={},
        conversation=np.array(talked, dtype=np.float64),
        model=np.array(asked, dtype=np.int64),
        models=models,
        counted_output_tokens=np.full(len(records), np.nan),
        usage_input_tokens=usage("input_tokens"),
        usage_output_tokens=usage("output_tokens"),
        usage_cached_tokens=usage("cached_tokens"),
        usage_reasoning_tokens=usage("reasoning_tokens"),
        **stamps,
        **{name: each(name, kind) for name, kind in _PLAIN.items()},
    )


def gatherable(name: str) -> bool:
    """Whether a figure can be said of a point that still runs."""
    return name.partition(".")[0] in METRICS or name in (*_COUNTS, ERROR_RATE, _ATTAINMENT)


class Gathered:
    """Some figures of the measured requests of a point that have finished so far."""

    def __init__(self, names: Iterable[str], limits_ms: Mapping[str, float] | None) -> None:
        self._names = tuple(names)
        self._limits_ms = limits_ms or {}
        metrics = {name.partition(".")[0] for name in self._names}
        self._values: dict[str, list[NDArray[Any]]] = {
            name: [] for name in metrics if name in METRICS
        }
        self._outcomes = np.zeros(len(OUTCOMES), dtype=np.int64)
        self._verdicts = {MET: 0, MISSED: 0}

    @property
    def ended(self) -> int:
        """Requests that ended by themselves."""
        ours = sum(self._count(kind) for kind in ("cancelled", "abandoned"))
        return int(self._outcomes.sum()) - ours

    def add(self, records: Sequence[Record]) -> None:
        """Take in finished requests; those of the warm-up do not count."""
        measured = [record for record in records if record.phase == "measure"]
        if not measured:
            return
        columns = columns_of(measured)
        self._outcomes += np.bincount(columns.outcome, minlength=len(OUTCOMES))
        done = columns.select(columns.ok)
        for name, parts in self._values.items():
            values = METRICS[name].values(done) * METRICS[name].scale
            parts.append(values[~np.isnan(values)])
        if self._limits_ms:
            found = verdicts(columns, self._limits_ms)
            for verdict in self._verdicts:
                self._verdicts[verdict] += int((found == verdict).sum())

    def figures(self) -> dict[str, float | None]:
        """Each figure as it stands, ``None`` where it cannot be said yet: fewer than
        :data:`LEAST` requests have ended, or too few for the percentile that it is.
        """
        found: dict[str, float | None] = dict.fromkeys(self._names)
        if self.ended < LEAST:
            return found
        described = {
            name: distribution(np.concatenate(parts) if parts else np.empty(0))
            for name, parts in self._values.items()
        }
        of: dict[str, Callable[[], float | None]] = {
            ERROR_RATE: lambda: self._failed / self.ended,
            "completed": lambda: self._count("ok"),
            "failed": lambda: self._failed + self._count("cancelled"),
            _ATTAINMENT: self._attainment,
        }
        for name in self._names:
            head, _, key = name.partition(".")
            if name in of:
                found[name] = of[name]()
            elif head == "errors":
                found[name] = self._count(key)
            elif key not in unsupported(int(described[head]["count"] or 0)):
                found[name] = described[head][key]
        return found

    @property
    def _failed(self) -> int:
        return self.ended - self._count("ok")

    def _count(self, kind: str) -> int:
        return int(self._outcomes[list[str](OUTCOMES).index(kind)])

    def _attainment(self) -> float | None:
        said = sum(self._verdicts.values())
        return self._verdicts[MET] / said if said else None
