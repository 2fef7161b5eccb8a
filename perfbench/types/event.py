"""What a run tells while it goes on, to displays, logs, sinks and other programs.

One union of small structs for load tests and evaluations. All is plain data: an event is one JSON
object, whose ``event`` is the name of its type (``point_started``) and whose fields are told apart
in docs/events.md. Settings are in it with secrets masked, prompts and answers are not. Latencies
are milliseconds, durations seconds; unknown is ``None``.

A load test tells ``RunStarted``, then for each point ``PointStarted``, ``Progress`` and
``PointFinished``, then ``RunFinished``. An evaluation tells ``RunStarted``, then for each subtask
``Asking``, ``Progress`` and ``Asked``, ``Scoring`` and ``Scored``, then ``RunFinished``; subtasks
may ask side by side. An arena tells the same of its models and judges, without ``Scored``. A
``Note`` may come at any time. A run that an error ends says no ``RunFinished``.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Literal

import msgspec

from perfbench.types.fact import Phase
from perfbench.types.figure import Summary
from perfbench.types.load import Point

RunKind = Literal["load test", "evaluation", "arena"]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class _Event(msgspec.Struct, frozen=True, tag_field="event", tag=_snake):
    """What all events share: how they are told apart in JSON."""


class SubtaskFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One model and one data set of an evaluation: what will be asked, and how it counts."""

    name: str
    """``model/data set``; other events name it so."""
    model: str
    """Its name in results."""
    served_model: str
    """Its name at the service."""
    url: str
    parallel: int
    """Requests in flight."""
    dataset: str
    variant: str
    """Whole name of the data set's variant."""
    version: str
    """Hash of all that decides the score."""
    prompt: str
    """Kind of prompt."""
    extractor: str
    scorer: str
    metric: str
    samples: int
    repeats: int
    """Times each sample is asked."""
    sampling: dict[str, Any]
    notes: tuple[str, ...] = ()
    """What should be known of its data."""


class RunStarted(_Event, frozen=True, kw_only=True):
    """Settings, data and service are in order, and the results folder is there."""

    kind: RunKind
    path: str
    """The results folder."""
    simulated: bool
    """Whether (also) the built-in simulator answers."""
    config: dict[str, Any]
    """Settings, secrets masked."""
    given: tuple[str, ...] = ()
    """Names of the settings that were given; the others have their defaults."""
    points: tuple[Point, ...] = ()
    """Of a load test."""
    subtasks: tuple[SubtaskFacts, ...] = ()
    """Of an evaluation."""


class PointStarted(_Event, frozen=True):
    """A point of a load test is about to send."""

    point: Point


class Progress(_Event, frozen=True, kw_only=True):
    """Counters of a running point or of a subtask that asks, about twice a second."""

    index: int
    """Of the point."""
    name: str
    """Of the point; in an evaluation that is the subtask's."""
    elapsed_s: float
    planned: int | None
    """Requests that will be sent, warm-up included; ``None`` if only time bounds the point."""
    sent: int
    done: int
    """Finished requests, whatever their outcome."""
    in_flight: int
    failed: dict[str, int]
    """Failures so far by outcome; outcomes that did not occur are absent."""
    events: int
    """Token-bearing events of finished requests so far."""
    output_tokens: int | None
    """Output tokens of finished requests so far, by ``usage``; ``None`` if it is missing."""
    request_rate_rps: float | None
    """Successes per second over the last few seconds."""
    event_rate_eps: float | None
    """Token-bearing events per second over the last few seconds, as they come: also those of
    requests that still run."""
    ttft_ms: float | None
    """Mean over the requests finished so far."""
    tpot_ms: float | None
    """Mean over the requests finished so far."""
    eta_s: float | None
    phase: Phase = "measure"
    running_events: int = 0
    """Token-bearing events, about, of requests that still run: a read that is not parsed yet counts
    as one."""
    ttft_p50_ms: float | None = None
    """Over the requests that ended in the last few seconds, and at least the latest few; so the
    three below."""
    ttft_p99_ms: float | None = None
    itl_p50_ms: float | None = None
    """Over a sample of their gaps."""
    itl_p99_ms: float | None = None
    retried: int = 0
    """Of the sent: asked again after a failure. In an evaluation each request is counted once in
    ``done`` and ``failed``, by its latest attempt."""
    server: dict[str, float] | None = None
    """What the service said last of itself, by the names in ``QUANTITIES``; ``None`` where it says
    nothing."""


class PointFinished(_Event, frozen=True):
    """A point has its figures."""

    point: Point
    summary: Summary


class Asking(_Event, frozen=True, kw_only=True):
    """A subtask begins to ask; if nothing is missing, it has all its answers."""

    name: str
    missing: int
    """Requests to send."""
    reused: int
    """Requests whose stored answer counts."""
    failed_before: int
    """Of the missing: asked earlier without success."""
    changed: int
    """Stored answers that do not count: to other questions, prompts, models or sampling."""


class Asked(_Event, frozen=True):
    """A subtask has asked all it could."""

    name: str
    error: str | None = None
    """Why that is not all."""


class Scoring(_Event, frozen=True):
    """The answers of a subtask are being scored."""

    name: str


class Average(msgspec.Struct, frozen=True):
    """One averaged figure of a subtask."""

    scored: float | None
    """Over the scored answers."""
    low: float | None
    """Lower end of its 95 % interval."""
    high: float | None
    over_all: float | None
    """Over all answers asked for, where unscored counts as 0."""
    amount: bool = False
    """A plain number, no share of 1."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The main figure of a category or subset."""

    kind: Literal["category", "subset"]
    name: str
    scored: float | None
    """Over the scored answers."""
    answers: int
    unscored: dict[str, int]
    """Answers without a score, by reason."""


class UnscoredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer without a score, and why; long texts are cut."""

    id: str
    """Of the sample."""
    subset: str
    repeat: int
    reason: str
    why: str
    outcome: str | None
    """Of the request; ``None`` if it has not been asked."""
    detail: str
    """What the service or the client said of a failed request."""


class Scored(_Event, frozen=True, kw_only=True):
    """A subtask has its figures. Shares are of 1."""

    name: str
    metric: str
    """Name of the main figure."""
    figures: dict[str, Average]
    """The main figure and all others."""
    answers: int
    """Answers wanted: samples times repeats."""
    unscored: dict[str, int]
    """Answers without a score, by reason; those never asked are ``not_asked``."""
    failed: dict[str, int]
    """Requests that failed, by outcome."""
    parts: tuple[Part, ...]
    """Categories, then subsets."""
    examples: tuple[UnscoredAnswer, ...]
    """The first of the unscored answers."""
    performance: tuple[Summary, ...] = ()
    """Load figures of each time that the subtask asked."""


class Note(_Event, frozen=True):
    """Something the user should know: a warning, a fallback, a repeated data set."""

    text: str
    place: bool = False
    """Whether it says where else the results are, or how they get there."""


class RunFinished(_Event, frozen=True):
    """All is measured and scored, and the reports are written."""

    interrupted: bool = False
    """By Ctrl-C: what there is, is part of what was wanted."""
    error: str | None = None
    """Why the run ended early."""


Event = (
    RunStarted
    | PointStarted
    | Progress
    | PointFinished
    | Asking
    | Asked
    | Scoring
    | Scored
    | Note
    | RunFinished
)

Observer = Callable[[Event], None]
"""Hears what a run tells, in the parent process, never in a worker.

Events come from whatever thread they happen on, but one at a time (see :func:`together`). A call
must return quickly: a slow consumer keeps a queue of its own. Events that mean nothing to an
observer are passed over; there may be more in a later version.
"""


def together(
    observers: Iterable[Observer], turn: AbstractContextManager[Any] | None = None
) -> Observer:
    """Several observers as one: each hears every event, in order, one at a time from any thread.

    Args:
        turn: of whoever tells the same observers by another way.
    """
    heard = tuple(observers)
    # Re-entrant: to hear an event may be the occasion of a note.
    turn = threading.RLock() if turn is None else turn

    def tell(event: Event) -> None:
        with turn:
            for observer in heard:
                observer(event)

    return tell
