"""Counters of a running point, kept from finished records as they come in. No figure of a report
comes from here: those are computed from the store."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable

from perfbench.driver.fleet import Standing
from perfbench.types import Phase, Point, Progress, Record, unpack_gaps

_WINDOW_S = 4.0
"""Rates are over the last few seconds."""


class Tracker:
    """What the display shows of one point."""

    def __init__(self, point: Point, planned: int | None) -> None:
        self._point = point
        self._planned = planned
        self._started = time.monotonic()
        self._done = self._ok = self._events = self._measured = 0
        self._output_tokens = 0
        self._tokens_known = True
        self._failed: Counter[str] = Counter()
        self._ttft_ns: list[int] = [0, 0]
        self._tpot_ns: list[float] = [0.0, 0]
        self._recent: deque[tuple[float, int, int]] = deque([(self._started, 0, 0)])

    @property
    def done(self) -> int:
        """Requests finished so far, warm-up included."""
        return self._done

    def add(self, records: Iterable[Record]) -> None:
        """Count finished requests."""
        for record in records:
            self._done += 1
            self._measured += record.phase == "measure"
            if record.outcome != "ok":
                self._failed[record.outcome] += 1
                continue
            self._ok += 1
            events = record.events
            self._events += events
            output = record.usage.output_tokens if record.usage is not None else None
            if output is None:
                self._tokens_known = False
            else:
                self._output_tokens += output
            if record.first_ns is not None and record.sent_ns is not None:
                self._ttft_ns[0] += record.first_ns - record.sent_ns
                self._ttft_ns[1] += 1
                if output is not None and output > 1 and events > 1:
                    span = sum(unpack_gaps(record.gaps, record.gap_width))
                    self._tpot_ns[0] += span / (output - 1)
                    self._tpot_ns[1] += 1

    def progress(self, standing: Standing) -> Progress:
        """Where the point stands now."""
        now = time.monotonic()
        elapsed = now - self._started
        self._recent.append((now, self._ok, self._events))
        while len(self._recent) > 2 and now - self._recent[0][0] > _WINDOW_S:
            self._recent.popleft()
        then, ok, events = self._recent[0]
        window = now - then
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
            request_rate_rps=(self._ok - ok) / window if window > 0 and self._ok else None,
            event_rate_eps=(self._events - events) / window if window > 0 and self._ok else None,
            ttft_ms=self._ttft_ns[0] / self._ttft_ns[1] / 1e6 if self._ttft_ns[1] else None,
            tpot_ms=self._tpot_ns[0] / self._tpot_ns[1] / 1e6 if self._tpot_ns[1] else None,
            eta_s=self._eta_s(elapsed),
            phase=self._phase,
        )

    @property
    def _phase(self) -> Phase:
        return "warmup" if self._point.warmup and not self._measured else "measure"

    def _eta_s(self, elapsed: float) -> float | None:
        left = []
        if self._point.duration_s is not None:
            left.append(max(0.0, self._point.duration_s - elapsed))
        if self._planned and self._done:
            left.append(elapsed / self._done * (self._planned - self._done))
        return min(left, default=None)
