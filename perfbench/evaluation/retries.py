"""Asking again what failed: which failures another attempt may mend, after which pause, and what
all attempts of a subtask add up to.

Each attempt is a point of its own, so that every one of them is stored and has its ledger. Knows
records and counters; knows no service and no data set. Seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from perfbench.types import Progress, Record

_MAY_PASS = (408, 425, 429)
"""Refusals (4xx) that are of the moment, not of the request."""
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class _Planned(Protocol):
    @property
    def seq(self) -> int: ...


_Question = TypeVar("_Question", bound=_Planned)


def pause_s(retry: int) -> float:
    """How long to leave a service alone before the retry of this number, from 1; it doubles."""
    return min(_FIRST_PAUSE_S * 2.0 ** (retry - 1), _LONGEST_PAUSE_S)


def may_pass(record: Record) -> bool:
    """Whether another attempt at a request may end otherwise."""
    if record.answered or record.outcome == "cancelled":
        return False
    if record.status is not None and 300 <= record.status < 500:
        return record.status in _MAY_PASS
    return True


class Attempts(Generic[_Question]):
    """The requests of one subtask, each with its repeat, through all attempts at them."""

    def __init__(self, wanted: Sequence[tuple[_Question, int]]) -> None:
        self._total = len(wanted)
        self._open = {(question.seq, repeat): (question, repeat) for question, repeat in wanted}
        self._waiting = 0
        """Of this attempt: not ended yet."""
        self._failed: Counter[str] = Counter()
        """For good."""
        self._mendable: Counter[str] = Counter()
        self._before: Progress | None = None
        self._now: Progress | None = None

    def begin(self) -> Sequence[tuple[_Question, int]]:
        """What the next attempt is to ask: at first all, then what may still end otherwise."""
        if self._now is not None:
            self._before, self._now = self._now, None
        self._mendable.clear()
        self._waiting = len(self._open)
        return list(self._open.values())

    @property
    def left(self) -> int:
        """Requests that another attempt would ask."""
        return len(self._open)

    def ended(self, records: Iterable[Record]) -> None:
        """Requests of this attempt have ended and are stored."""
        for record in records:
            self._waiting -= 1
            if may_pass(record):
                self._mendable[record.outcome] += 1
                continue
            del self._open[record.seq, record.repeat]
            if not record.answered:
                self._failed[record.outcome] += 1

    def progress(self, now: Progress) -> Progress:
        """Counters over all attempts from those of this one."""
        before = self._before
        if before is None:
            sent, retried, elapsed_s = now.sent, 0, now.elapsed_s
            events, tokens = now.events, now.output_tokens
        else:
            sent, retried = before.sent + now.sent, before.retried + now.sent
            elapsed_s = before.elapsed_s + now.elapsed_s
            events = before.events + now.events
            tokens = _sum(before.output_tokens, now.output_tokens)
        self._now = msgspec.structs.replace(
            now,
            planned=self._total,
            sent=sent,
            retried=retried,
            done=self._total - self._waiting,
            failed=dict(self._failed + self._mendable),
            elapsed_s=elapsed_s,
            events=events,
            output_tokens=tokens,
            ttft_ms=now.ttft_ms if before is None else _mean(before, now, "ttft_ms"),
            tpot_ms=now.tpot_ms if before is None else _mean(before, now, "tpot_ms"),
        )
        return self._now


def _sum(before: int | None, now: int | None) -> int | None:
    return None if before is None or now is None else before + now


def _mean(before: Progress, now: Progress, name: str) -> float | None:
    """The mean over the successes of both."""
    parts = [(getattr(each, name), each.done - sum(each.failed.values())) for each in (before, now)]
    known = [(value, count) for value, count in parts if value is not None and count > 0]
    total = sum(count for _, count in known)
    return sum(value * count for value, count in known) / total if total else None
