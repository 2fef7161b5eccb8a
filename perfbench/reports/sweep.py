"""What is known of a load test while it runs: each point so far, how its token rate went, and how
long all will still take.

Keeps what events told; draws nothing and knows no records. Durations are seconds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from perfbench.reports.wording import load_labels
from perfbench.types import Point, Progress, Summary

_TREND = 24
"""Token rates kept: those of about the last twelve seconds."""
_GROWTH = 0.5
"""Power of the requests in flight with which throughput is taken to grow, until two points have
shown it: half way between a service that is idle (1) and one that is full (0)."""


@dataclass(slots=True)
class Row:
    """What is known of one point so far."""

    point: Point
    label: str
    progress: Progress | None = None
    summary: Summary | None = None
    trend: deque[float] = field(default_factory=lambda: deque(maxlen=_TREND))
    """Tokens per second at the latest ticks; events, while nobody has counted tokens."""

    @property
    def running(self) -> bool:
        """Whether it sends at this moment."""
        return self.progress is not None and self.summary is None

    @property
    def failed(self) -> Mapping[str, int]:
        """Failures by kind."""
        if self.summary is not None:
            return self.summary.errors
        return {} if self.progress is None else self.progress.failed

    def advance(self, progress: Progress) -> None:
        """Take in the counters of a tick."""
        self.progress = progress
        if progress.event_rate_eps is not None:
            self.trend.append(progress.event_rate_eps * (tokens_per_event(progress) or 1.0))

    def part(self) -> float | None:
        """How far it is, 0 to 1: by requests, or by time when only time bounds it."""
        if self.summary is not None:
            return 1.0
        if self.progress is None:
            return None
        parts = []
        if self.progress.planned:
            parts.append(self.progress.done / self.progress.planned)
        if self.point.duration_s:
            parts.append(self.progress.elapsed_s / self.point.duration_s)
        return min(max(parts), 1.0) if parts else None


class Sweep:
    """The points of a load test, in order."""

    def __init__(self, points: Sequence[Point] = (), pause_s: float = 0.0) -> None:
        self._pause_s = pause_s
        labels = load_labels(points)
        self.rows = [Row(point, label) for point, label in zip(points, labels, strict=True)]

    def begin(self, point: Point) -> None:
        """A point starts; a search did not know of it before."""
        if all(row.point.index != point.index for row in self.rows):
            labels = load_labels([*(row.point for row in self.rows), point])
            self.rows.append(Row(point, labels[-1]))

    @property
    def running(self) -> Row | None:
        """The point that sends at this moment, if one does."""
        return next((row for row in self.rows if row.running), None)

    @property
    def finished(self) -> bool:
        """Whether every point has its figures."""
        return all(row.summary is not None for row in self.rows)

    @property
    def waiting(self) -> bool:
        """Whether a point has not begun to send."""
        return any(row.summary is None and row.progress is None for row in self.rows)

    def row(self, index: int) -> Row:
        """The point of this index."""
        return next(row for row in self.rows if row.point.index == index)

    def left_s(self) -> float | None:
        """How long all points that have not finished will take; ``None`` if nobody can say.

        Later points are taken to be as long as the throughput of the points so far suggests.
        """
        lefts = [self._left_s(row) for row in self.rows if row.summary is None]
        known = [left for left in lefts if left is not None]
        to_come = [row.progress is None and row.summary is None for row in self.rows]
        rests = self._pause_s * sum(to_come[1:])
        return sum(known) + rests if known and len(known) == len(lefts) else None

    def _left_s(self, row: Row) -> float | None:
        if row.progress is not None and row.progress.eta_s is not None:
            return row.progress.eta_s
        expected = self._expected_s(row.point)
        if expected is None or row.progress is None:
            return expected
        return max(0.0, expected - row.progress.elapsed_s)

    def _expected_s(self, point: Point) -> float | None:
        bounds = [point.duration_s]
        if point.number is not None:
            requests = point.warmup + point.number + point.cooldown
            if point.rate is not None:
                bounds.append(point.profile.when(requests))
            elif rate := self._throughput_rps(point.parallel or 1):
                bounds.append(requests / rate)
        return min((bound for bound in bounds if bound is not None), default=None)

    def _throughput_rps(self, parallel: int) -> float | None:
        """Requests per second to be expected with so many in flight."""
        seen: dict[int, float] = {}
        for row in self.rows:
            rps = _throughput_rps(row)
            if rps and row.point.rate is None and row.point.parallel:
                seen[row.point.parallel] = rps
        if not seen:
            return None
        growth = _GROWTH
        *_, (at, rps) = seen.items()
        if len(seen) > 1:
            *_, (before, rps_before), _ = seen.items()
            growth = math.log(rps / rps_before) / math.log(at / before)
        return rps * math.pow(parallel / at, min(max(growth, 0.0), 1.0))


def _throughput_rps(row: Row) -> float | None:
    if row.summary is not None:
        return row.summary.request_throughput_rps
    progress = row.progress
    if progress is None or not progress.done or not progress.elapsed_s:
        return None
    return progress.done / progress.elapsed_s


def tokens_per_event(progress: Progress) -> float | None:
    """Of the requests that have finished; ``None`` while nobody has counted tokens."""
    if progress.output_tokens is None or not progress.events:
        return None
    return progress.output_tokens / progress.events


def tokens_so_far(progress: Progress) -> float | None:
    """Output tokens of the point, also of the requests that still run; ``None`` as above."""
    each = tokens_per_event(progress)
    if each is None or progress.output_tokens is None:
        return None
    return progress.output_tokens + progress.running_events * each
