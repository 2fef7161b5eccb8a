"""What the words of other tools are made from: the requests of one point and what surrounds them.

Owns what several tools ask alike (their successes, the start of their clock, counts in seconds'
bins). Knows no tool. Stamps and durations are nanoseconds unless a name says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np

from perfbench.metrics import ledger
from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.definitions import METRICS
from perfbench.types import Point, Summary


@dataclass(frozen=True)
class Material:
    """One point, as every tool gets it."""

    point: Point
    label: str
    """The point as our reports call it."""
    summary: Summary
    """Our own figures."""
    asked: Columns
    """The measured requests whatever their outcome."""
    start_ns: float | None
    """When the measured load began, before its first request was sent; ``None`` if not known."""
    config: Mapping[str, Any]
    """The settings of the run, secrets masked."""
    model: str
    url: str

    @cached_property
    def done(self) -> Columns:
        """The requests that ended ``ok``."""
        return self.asked.select(self.asked.ok)

    @cached_property
    def first_sent_ns(self) -> float:
        """NaN if nothing was sent."""
        return float(np.nanmin(self.asked.sent_ns, initial=np.inf))

    @cached_property
    def last_end_ns(self) -> float:
        """The last end of any request."""
        return float(np.nanmax(self.asked.end_ns, initial=-np.inf))

    @cached_property
    def lead_s(self) -> float:
        """How long the load had been going on when its first request was sent."""
        return 0.0 if self.start_ns is None else (self.first_sent_ns - self.start_ns) / 1e9

    @property
    def started(self) -> datetime:
        """When the first measured request was sent, by the wall clock."""
        wall_ns = self.asked.origin_wall_ns
        if np.isfinite(self.first_sent_ns):
            wall_ns += int(self.first_sent_ns)
        return datetime.fromtimestamp(wall_ns / 1e9)

    @property
    def api(self) -> str:
        """The API that was spoken, as ``--api`` names it."""
        return str(self.config.get("api") or "openai")

    def ours(self, metric: str) -> Floats:
        """Our values of a metric, of the requests that ended ``ok``, in its own unit."""
        # As float64 before anything is done to them: gaps are kept in 4 bytes.
        values = METRICS[metric].values(self.done).astype(np.float64) * METRICS[metric].scale
        known: Floats = values[~np.isnan(values)]
        return known


def output_total(columns: Columns) -> int | None:
    """Output tokens of these requests; ``None`` if one's are not known."""
    return _total(ledger.output_tokens(columns))


def input_total(columns: Columns) -> int | None:
    """Input tokens of these requests; ``None`` if one's are not known."""
    return _total(ledger.input_tokens(columns))


def counted_total(counts: Floats) -> int | None:
    """A sum of counts; ``None`` if one is not known."""
    return _total(counts)


def per(amount: float | None, duration_s: float) -> float | None:
    """A rate; ``None`` where there is no amount or no time."""
    return None if amount is None or not duration_s > 0 else amount / duration_s


def ratio(over: Floats, under: Floats) -> Floats:
    """One by the other, NaN where that is nothing to divide by."""
    found = np.full(len(over), np.nan)
    np.divide(over, under, out=found, where=under > 0)
    return found


def peak_events_per_second(columns: Columns) -> int:
    """Most token-bearing events in any of the seconds that are counted from the first send."""
    if not len(columns):
        return 0
    first_ns = np.nanmin(columns.sent_ns)
    counts = np.zeros(0, dtype=np.int64)
    for start in range(0, len(columns), _SLICE):
        stamps = columns.event_ns(start, min(start + _SLICE, len(columns)))
        bins = np.bincount(((stamps - first_ns) // 1e9).astype(np.int64))
        size = max(len(counts), len(bins))
        counts = np.pad(counts, (0, size - len(counts))) + np.pad(bins, (0, size - len(bins)))
    return int(counts.max(initial=0))


def peak_requests_per_second(columns: Columns, ends_ns: Floats) -> int:
    """Most requests that were under way at any time within one of those seconds: more than were at
    once, as those that end and those that begin in a second are both counted.

    Args:
        ends_ns: when each is over.
    """
    if not len(columns):
        return 0
    first_ns = np.nanmin(columns.sent_ns)
    begins = ((columns.sent_ns - first_ns) // 1e9).astype(np.int64)
    over = ((ends_ns - first_ns) // 1e9).astype(np.int64) + 1
    changes = np.bincount(begins, minlength=over.max() + 1) - np.bincount(over)
    return int(np.cumsum(changes).max(initial=0))


def file_part(name: str) -> str:
    """A name that a service or a user gave, as a part of a file's name: no folders, no more than a
    disk takes."""
    return re.sub(r"[^\w.+:-]+", "-", name).strip(".-")[:80] or "unnamed"


_SLICE = 10_000
"""Requests whose stamps are laid out at a time."""


def _total(counts: Floats) -> int | None:
    return None if np.isnan(counts).any() else int(counts.sum())
