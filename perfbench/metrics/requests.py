"""Figures of a single request: the metrics that have one value for each, and what else is told of
one, such as its longest gap. Exports and the table of requests take them from here.

Each function takes columns of any outcome: of a failed request a figure is what was seen of it
before it failed. NaN where undefined; times in nanoseconds, which the row scales to its unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.definitions import METRICS, NS_TO_MS


def send_lag(columns: Columns) -> Floats:
    """Sent - planned arrival. Open loop only."""
    return columns.sent_ns - columns.due_ns


def headers(columns: Columns) -> Floats:
    """Head of the answer - sent."""
    return columns.headers_ns - columns.sent_ns


def lasted(columns: Columns) -> Floats:
    """Last byte, or the failure - sent."""
    return columns.end_ns - columns.sent_ns


def read_delay(columns: Columns) -> Floats:
    """Worst of handled - received over the reads."""
    return columns.read_delay_ns


def itl_mean(columns: Columns) -> Floats:
    """(Last event - first event) / gaps."""
    gaps = np.diff(columns.gap_offsets)
    mean = np.full(len(gaps), np.nan)
    seen = columns.stream & (gaps > 0)
    np.divide(columns.last_ns - columns.first_ns, gaps, out=mean, where=seen)
    return mean


def itl_max(columns: Columns) -> Floats:
    """The longest gap between token-bearing events."""
    starts, pooled = columns.gap_offsets, columns.gaps
    some = np.diff(starts) > 0
    longest = np.full(len(some), np.nan)
    if some.any():
        longest[some] = np.maximum.reduceat(pooled, starts[:-1][some])
    return np.where(columns.stream, longest, np.nan)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a request."""

    values: Callable[[Columns], NDArray[Any]]
    title: str
    unit: str
    meaning: str
    scale: float = 1.0
    """From the unit of ``values`` to ``unit``."""

    def of(self, columns: Columns) -> Floats:
        """In ``unit``, to a millionth of it: a time in ms to the nanosecond."""
        values: Floats = np.round(self.values(columns) * self.scale, 6)
        return values


def _ms(values: Callable[[Columns], Floats], title: str, meaning: str) -> Figure:
    return Figure(values, title, "ms", meaning, NS_TO_MS)


CLIENT: Mapping[str, Figure] = {
    "send_lag_ms": _ms(send_lag, "Send lag", "sent − planned arrival"),
    "headers_ms": _ms(headers, "Headers", "head of the answer − sent"),
    "lasted_ms": _ms(lasted, "Lasted", "last byte, or the failure − sent"),
    "read_delay_ms": _ms(
        read_delay, "Read delay", "worst delay between a read's arrival and its handling"
    ),
}
"""What is known of a request beside the metrics of the service."""

FIGURES: Mapping[str, Figure] = {
    **{
        name: Figure(metric.values, metric.title, metric.unit, metric.meaning, metric.scale)
        for name, metric in METRICS.items()
        if not metric.pooled and not metric.asked
    },
    "itl_mean_ms": _ms(itl_mean, "ITL mean", "mean gap between its token-bearing events"),
    "itl_max_ms": _ms(itl_max, "ITL max", "longest gap between its token-bearing events"),
    **CLIENT,
    "events": Figure(
        lambda c: c.events.astype(np.float64),
        "Events",
        "",
        "events of the answer that carry tokens",
    ),
}
"""Name -> figure: the metrics of one value for each request, and the rest. A user's metrics are
not among them: they are known while their run is made."""


def plain(values: Floats) -> list[float | int | None]:
    """Plain numbers, to a millionth; NaN becomes ``None``, whole numbers lose the point."""
    return [
        None if value != value else int(value) if value.is_integer() else round(value, 6)
        for value in values.tolist()
    ]


class Part:
    """As much of ``Columns`` as is there: a definition takes it for them while it asks no more."""

    def __init__(self, fields: Mapping[str, NDArray[Any]]) -> None:
        self._fields = fields

    def __getattr__(self, name: str) -> Any:
        derived = getattr(Columns, name, None)
        if isinstance(derived, property) and derived.fget is not None:
            return derived.fget(self)
        return self._fields[name]

    @property
    def columns(self) -> Columns:
        """Itself, as definitions know it."""
        return cast(Columns, self)


def needed(values: Callable[[Columns], NDArray[Any]]) -> frozenset[str]:
    """The fields of ``Columns`` that a definition reads: found by having it read no rows, as
    it asks for the same whatever they hold."""
    asked = _Asked()
    values(Part(asked).columns)
    return frozenset(asked)


class _Asked(dict[str, NDArray[Any]]):
    """A field that is asked for is there, and empty."""

    def __missing__(self, name: str) -> NDArray[Any]:
        self[name] = np.zeros(1, np.int64) if name.endswith("_offsets") else np.empty(0)
        if name in ("stream", "reused", "restamped"):
            self[name] = np.empty(0, np.bool_)
        return self[name]
