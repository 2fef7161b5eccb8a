"""Counters of a running point, kept from finished records as they come in. No figure of a report
comes from here: those are computed from the store."""

from __future__ import annotations

import random
import time
from array import array
from collections import Counter, deque
from collections.abc import Iterable

import msgspec

from perfbench.driver.fleet import Standing
from perfbench.types import Phase, Point, Progress, Record, unpack_gaps

_WINDOW_S = 4.0
"""Rates are over the last few seconds."""
_RECENT_S = 10.0
"""Percentiles are over the requests that ended in the last few seconds,"""
_RECENT_LEAST = 10
"""and over this many where fewer ended, so that they do not come and go;"""
_RECENT_MOST = 2000
"""over no more than these, and"""
_SAMPLED_GAPS = 4096
"""over about so many gaps at most: a tick must stay cheap."""


class _Answered(msgspec.Struct, frozen=True):
    """What is kept of a success for a few seconds."""

    at_s: float
    ttft_ns: int
    gaps: array[int]


class Tracker:
    """What the display shows of one point."""

    def __init__(self, point: Point, planned: int | None) -> None:
        self._point = point
        self._planned = planned
        # What arrives at the rate: requests, or conversations where they are counted.
        talks = point.conversations
        arriving = planned if talks is None else point.warmup + talks + point.cooldown
        self._last_due_s = (
            None if point.rate is None or not arriving else point.profile.when(arriving)
        )
        """About when the last arrival is due."""
        self._started = time.monotonic()
        self._done = self._ok = self._events = self._measured = 0
        self._output_tokens = 0
        self._tokens_known = True
        self._failed: Counter[str] = Counter()
        self._ttft_ns: list[int] = [0, 0]
        self._tpot_ns: list[float] = [0.0, 0]
        self._e2e_ns = 0
        self._marks: deque[tuple[float, int, int]] = deque([(self._started, 0, 0)])
        self._answered: deque[_Answered] = deque(maxlen=_RECENT_MOST)

    @property
    def done(self) -> int:
        """Requests finished so far, warm-up included."""
        return self._done

    def add(self, records: Iterable[Record]) -> None:
        """Count finished requests."""
        now = time.monotonic()
        for record in records:
            self._done += 1
            self._measured += record.phase == "measure"
            if record.outcome == "abandoned":
                continue
            if record.outcome != "ok":
                self._failed[record.outcome] += 1
                continue
            self._ok += 1
            self._events += record.events
            if record.end_ns is not None and record.sent_ns is not None:
                self._e2e_ns += record.end_ns - record.sent_ns
            output = record.usage.output_tokens if record.usage is not None else None
            if output is None:
                self._tokens_known = False
            else:
                self._output_tokens += output
            if record.first_ns is not None and record.sent_ns is not None:
                self._add_latencies(record, output, now)

    def _add_latencies(self, record: Record, output: int | None, now: float) -> None:
        assert record.first_ns is not None
        assert record.sent_ns is not None
        ttft_ns = record.first_ns - record.sent_ns
        gaps = unpack_gaps(record.gaps, record.gap_width)
        self._ttft_ns[0] += ttft_ns
        self._ttft_ns[1] += 1
        if output is not None and output > 1 and record.events > 1:
            self._tpot_ns[0] += sum(gaps) / (output - 1)
            self._tpot_ns[1] += 1
        self._answered.append(_Answered(now, ttft_ns, gaps))

    def progress(self, standing: Standing) -> Progress:
        """Where the point stands now."""
        now = time.monotonic()
        elapsed = now - self._started
        events = self._events + standing.events
        self._marks.append((now, self._ok, events))
        while len(self._marks) > 2 and now - self._marks[0][0] > _WINDOW_S:
            self._marks.popleft()
        then, ok_then, events_then = self._marks[0]
        window = now - then
        # Events of a request that failed in between count no more: no rate is below 0.
        came = max(0, events - events_then)
        self._forget(now)
        ttft_p50, ttft_p99 = _percentiles(sorted(each.ttft_ns for each in self._answered))
        itl_p50, itl_p99 = _percentiles(self._some_gaps())
        return Progress(
            index=self._point.index,
            name=self._point.name,
            elapsed_s=elapsed,
            planned=self._planned,
            sent=standing.sent,
            done=self._done,
            in_flight=standing.in_flight,
            failed=dict(self._failed),
            events=self._events,
            output_tokens=self._output_tokens if self._tokens_known and self._ok else None,
            request_rate_rps=(self._ok - ok_then) / window if window > 0 and self._ok else None,
            event_rate_eps=came / window if window > 0 and (events or self._ok) else None,
            ttft_ms=self._ttft_ns[0] / self._ttft_ns[1] / 1e6 if self._ttft_ns[1] else None,
            tpot_ms=self._tpot_ns[0] / self._tpot_ns[1] / 1e6 if self._tpot_ns[1] else None,
            eta_s=self._eta_s(elapsed),
            phase=self._phase,
            running_events=standing.events,
            ttft_p50_ms=ttft_p50,
            ttft_p99_ms=ttft_p99,
            itl_p50_ms=itl_p50,
            itl_p99_ms=itl_p99,
        )

    @property
    def _phase(self) -> Phase:
        if self._point.warmup and not self._measured:
            return "warmup"
        cooldown = self._planned is not None and self._point.cooldown
        apart = self._point.warmup + self._point.cooldown
        over = cooldown and self._measured >= (self._planned or 0) - apart
        return "cooldown" if over else "measure"

    def _forget(self, now: float) -> None:
        answered = self._answered
        while len(answered) > _RECENT_LEAST and now - answered[0].at_s > _RECENT_S:
            answered.popleft()

    def _some_gaps(self) -> list[int]:
        """Every so-manieth of the recent gaps, sorted. Of each answer from a place drawn anew, lest
        always the same gap of answers of one length is taken."""
        total = sum(len(each.gaps) for each in self._answered)
        stride = total // _SAMPLED_GAPS + 1
        sample: list[int] = []
        for each in self._answered:
            sample += each.gaps[int(random.random() * stride) :: stride]
        return sorted(sample)

    def _eta_s(self, elapsed: float) -> float | None:
        left = []
        if self._point.duration_s is not None:
            left.append(max(0.0, self._point.duration_s - elapsed))
        if self._planned:
            arriving = (self._last_due_s or 0.0) - elapsed
            if arriving > 0:
                left.append(arriving + (self._e2e_ns / self._ok / 1e9 if self._ok else 0.0))
            elif self._done:
                left.append(elapsed / self._done * (self._planned - self._done))
        return min(left, default=None)


def _percentiles(values_ns: list[int]) -> tuple[float | None, float | None]:
    """p50 and p99 of sorted values, in ms, interpolated as everywhere."""
    if not values_ns:
        return None, None
    found = []
    for share in (0.5, 0.99):
        place = share * (len(values_ns) - 1)
        low = int(place)
        high = min(low + 1, len(values_ns) - 1)
        between = values_ns[low] + (place - low) * (values_ns[high] - values_ns[low])
        found.append(between / 1e6)
    return found[0], found[1]
