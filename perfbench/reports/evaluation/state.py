"""Where each subtask of a running evaluation stands, for the board and for log lines to show.

Counters come from ``Progress``; times are seconds of the monotonic clock. Draws nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from perfbench.reports.evaluation.figures import places
from perfbench.types import (
    Asked,
    Asking,
    Event,
    Progress,
    RunFinished,
    Scored,
    Scoring,
    SubtaskFacts,
)

Status = Literal["waiting", "asking", "reused", "scoring", "finished", "failed", "stopped"]

_NOTHING_RECEIVED = ("connect", "timeout", "cancelled")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests of a subtask in this session, not counting reused answers."""

    sent: int
    retried: int
    """Of the sent: again, after a failure."""
    received: int
    """Ended with an answer of the server, be it an error."""
    finished: int
    """Ended ``ok``."""
    failed: int


@dataclass(slots=True)
class TaskState:
    """What is known of one subtask so far."""

    subtask: SubtaskFacts
    place: PurePosixPath
    """Below ``logs/infer`` and the like, without suffix."""
    status: Status = "waiting"
    reused: int | None = None
    """Answers taken from an earlier session; ``None`` if nothing was asked for."""
    missing: int = 0
    progress: Progress | None = None
    earlier: Traffic = Traffic(0, 0, 0, 0, 0)
    """Of this session, before it was asked again (a judge without a verdict)."""
    started_s: float | None = None
    ended_s: float | None = None
    answered: int | None = None
    """Answers found at scoring."""

    @property
    def total(self) -> int:
        """Answers wanted: samples times repeats, until it is known what is asked."""
        if self.reused is not None:
            return self.reused + self.missing
        return self.subtask.samples * self.subtask.repeats

    @property
    def done(self) -> int | None:
        """Requests that have ended, reused ones included; ``None`` if nobody has counted."""
        if self.progress is not None:
            return (self.reused or 0) + self.progress.done
        return self.answered if self.reused is None else self.reused

    @property
    def traffic(self) -> Traffic:
        """Counts of requests."""
        progress, before = self.progress, self.earlier
        if progress is None:
            return before
        failed = sum(progress.failed.values())
        lost = sum(progress.failed.get(kind, 0) for kind in _NOTHING_RECEIVED)
        ended = progress.done
        return Traffic(
            sent=before.sent + progress.sent,
            retried=before.retried + (progress.sent if before.sent else progress.retried),
            received=before.received + ended - lost,
            finished=before.finished + ended - failed,
            failed=before.failed + failed,
        )

    def rate(self, now_s: float) -> float | None:
        """Ended requests per second over the time of asking."""
        spent = self.spent(now_s)
        if self.progress is None or not self.progress.done or not spent:
            return None
        return self.progress.done / spent

    @property
    def waiting(self) -> int:
        """Requests that are still to end."""
        if self.status == "waiting":
            return self.total
        if self.status != "asking":
            return 0
        return self.missing - (self.progress.done if self.progress is not None else 0)

    def left(self, now_s: float) -> float | None:
        """Seconds that asking will still take, at the rate so far; ``None`` unless it asks."""
        rate = self.rate(now_s)
        return self.waiting / rate if self.status == "asking" and rate else None

    def spent(self, now_s: float) -> float | None:
        """Seconds spent asking."""
        if self.started_s is None:
            return None
        return (now_s if self.ended_s is None else self.ended_s) - self.started_s


class Tasks:
    """Every subtask of an evaluation, kept up to date by its events."""

    def __init__(
        self, subtasks: Sequence[SubtaskFacts], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        where = places((each.name, each.model, each.dataset) for each in subtasks)
        self._states = {each.name: TaskState(each, where[each.name]) for each in subtasks}

    def __iter__(self) -> Iterator[TaskState]:
        return iter(self._states.values())

    def __len__(self) -> int:
        return len(self._states)

    def of(self, name: str) -> TaskState:
        """The state of one subtask."""
        return self._states[name]

    def now(self) -> float:
        """The time that spent seconds are counted to."""
        return self._clock()

    def left(self, now_s: float) -> float | None:
        """Seconds until all is asked, at the rate of all subtasks so far; ``None`` if nothing has
        ended yet, or nothing is left."""
        ended = sum(state.progress.done for state in self if state.progress is not None)
        began_s = min((s.started_s for s in self if s.started_s is not None), default=now_s)
        waiting = sum(state.waiting for state in self)
        return (now_s - began_s) / ended * waiting if ended and waiting else None

    def hear(self, event: Event) -> None:
        """Take in what has happened."""
        match event:
            case Asking():
                self._asking(event)
            case Progress():
                self.of(event.name).progress = event
            case Asked():
                self._asked(event)
            case Scoring():
                self._scoring(self.of(event.name))
            case Scored():
                self._scored(event)
            case RunFinished():
                self.end()

    def end(self) -> None:
        """Nothing more will come."""
        for state in self:
            if state.status in ("waiting", "asking"):
                state.status = "stopped"
            elif state.status == "scoring":
                state.status = "failed"

    def _asking(self, lacks: Asking) -> None:
        state = self.of(lacks.name)
        state.earlier, state.progress = state.traffic, None
        state.reused, state.missing = lacks.reused, lacks.missing
        state.status = "asking" if lacks.missing else "reused"
        state.started_s = self._clock()

    def _asked(self, ended: Asked) -> None:
        state = self.of(ended.name)
        state.ended_s = self._clock()
        done = state.progress.done if state.progress is not None else 0
        if ended.error is not None:
            state.status = "failed"
        elif done < state.missing:
            state.status = "stopped"
        elif state.missing:
            state.status = "finished"

    def _scoring(self, state: TaskState) -> None:
        """What failed or was stopped stays so."""
        if state.status == "waiting" and any(other.started_s is not None for other in self):
            state.status = "stopped"  # others were asked; its turn did not come
        elif state.status in ("waiting", "finished", "reused"):
            state.status = "scoring"

    def _scored(self, scores: Scored) -> None:
        state = self.of(scores.name)
        lost = scores.unscored.get("request_failed", 0) + scores.unscored.get("not_asked", 0)
        state.answered = scores.answers - lost
        if state.status == "scoring":
            state.status = "finished"
