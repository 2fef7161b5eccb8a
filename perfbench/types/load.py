"""The shape of a load, and what the driver knows when it is over.

Knows no requests and no figures. Durations are seconds, rates per second.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from perfbench.types.fact import Phase
from perfbench.types.shape import Profile, Stage, in_words

Arrival = Literal["constant", "poisson", "gamma"]
"""A law that the requests of a rate arrive by."""
UrlStrategy = Literal["round_robin", "least_in_flight"]
"""How several URLs share the requests."""


class Point(msgspec.Struct, frozen=True):
    """One cell of a sweep: a load shape and how long it is held."""

    index: int
    name: str
    """For example ``parallel_10_number_1000`` or ``rate_5_number_200``."""
    parallel: int | None
    """Requests in flight (closed loop; with stages: the most), or the cap on them (open loop);
    ``None`` = no cap."""
    rate: float | None
    """Planned arrivals per second; ``None`` in a closed loop. Where there are stages: the mean over
    them, or what is held after them; of a trace the mean."""
    number: int | None
    """Measured requests planned; ``None`` when only ``duration_s`` bounds the point."""
    duration_s: float | None = None
    warmup: int = 0
    """Requests sent before the measured ones, never part of the figures."""
    arrival: Arrival = "poisson"
    burstiness: float = 1.0
    """Shape of the gamma arrivals: 1 is Poisson, below 1 is burstier."""
    seed: int = 0
    grace_s: float | None = None
    """How long streams in flight may go on after ``duration_s``; ``None`` = until they finish."""
    input_length: int | None = None
    """Prompt length of this point, for workloads that sweep it (``speed_benchmark``)."""
    conversations: int | None = None
    """Measured conversations planned, where they are counted in place of requests; ``warmup``
    counts conversations too then."""
    trace_speed: float | None = None
    """How many times as fast as recorded the arrivals of a trace are replayed: they come from the
    workload, not from ``arrival``; ``None`` where there is no trace."""
    repeat: int | None = None
    """Which time this load is run, from 1; ``None`` if it is run once."""
    first_prompt: int = 0
    """Prompts that the points before it have asked: where it goes on in a data set. Known when the
    point begins."""
    stages: tuple[Stage, ...] = ()
    """How the load changes over the point: arrivals per second in an open loop, requests in flight
    in a closed one. After the last its end is held; none is one load throughout."""
    cooldown: int = 0
    """Requests sent after the measured ones, never part of the figures."""
    drop_late_s: float | None = None
    """Leave out an arrival that is this late when it could be sent; ``None`` sends all."""
    recorded_replies: bool = False
    """Whether recorded answers stand in for the service's in what later turns read."""

    @property
    def profile(self) -> Profile:
        """The load over time."""
        return Profile(self.stages, self.rate if self.rate is not None else self.parallel or 1)

    @property
    def shape(self) -> str | None:
        """The stages in words, and what is held after them; ``None`` where there are none."""
        if not self.stages:
            return None
        held = self.duration_s is None or self.duration_s > self.profile.begins[-1]
        return in_words(self.stages) + (f", then {self.stages[-1].end:g}" if held else "")


class WorkerFacts(msgspec.Struct, frozen=True):
    """What one worker process cost over a point, warm-up included."""

    worker: int
    wall_s: float
    cpu_s: float
    sched_delay_s: float | None
    """Runnable but waiting for a core (``/proc/self/schedstat``); ``None`` where unknown."""
    kernel_stamps: bool
    died: bool = False
    """The process ended before its plan was done; its finished records are kept."""
    why: str | None = None
    """What it died of, in a line."""
    stalled_s: float | None = None
    """Sum of the times in which its event loop did not run (stopped, held up)."""
    longest_stall_s: float | None = None
    backlog_bytes: int | None = None
    """Most that waited at one time for the parent to read."""
    clock_error_ns: int = 0
    """How far its stamps may be off those of the parent: 0 for processes of one machine."""
    spooled_bytes: int | None = None
    """Of what was handed over, what waited in a temporary file for the parent to read."""
    host: str | None = None
    """The machine it was on; ``None`` if it was the parent's."""
    clock_offset_ns: int | None = None
    """How far its machine's clock was ahead of the parent's at the end; ``None`` if they share
    one."""
    clock_drift_ppm: float | None = None
    """How much faster that clock ran than the parent's."""
    steal_share: float | None = None
    """Share of all its machine's cores that the machine's host gave to others (``steal`` of
    ``/proc/stat``); ``None`` where unknown."""
    replaced_by: int | None = None
    """The worker that was given the rest of its plan, if it died."""
    sent_unknown: bool = False
    """Its machine was lost with it: what it sent after its last word counts as unsent."""

    @property
    def label(self) -> str:
        """For people: its number, and its machine where that says something."""
        return str(self.worker) + (f" on {self.host}" if self.host else "")


class Counts(msgspec.Struct, frozen=True):
    """The requests of one phase of a point as they were counted on their way, each place apart."""

    planned: int
    """By the parent when it handed the plan out; where only time bounds it: what was sent."""
    sent: int
    """By the workers as they sent."""
    unsent: int
    """By the workers: planned, and not sent when the point was over."""
    handed: int
    """By the workers: records handed over."""
    received: int
    """By the parent: records taken in."""
    stored: int | None = None
    """By the store, when the point was over."""
    dropped: int = 0
    """Planned, and left out: turns of conversations that had ended before them (a turn failed or
    was abandoned, or time was up), and what a policy that the user named left out."""


class PointFacts(msgspec.Struct, frozen=True):
    """What the driver knows of a point beyond its records. Stored with the point."""

    workers: list[WorkerFacts]
    parent_cpu_s: float | None
    """CPU of the parent's thread over the point."""
    interrupted: bool = False
    cut_at_end: int = 0
    """Streams cancelled when ``grace_s`` had passed."""
    drained: int = 0
    """Streams in flight when ``duration_s`` ended that were let finish."""
    counts: dict[Phase, Counts] = msgspec.field(default_factory=dict)
    """By phase; empty in runs of versions that did not count."""
    start_ns: int | None = None
    """When the point began, on the clock of all stamps: what arrivals are planned from."""
    ended_early: str | None = None
    """Why it was ended before its plan by what was found: an ``--abort-if``, a search."""
    plan: str | None = None
    """SHA-256 of all requests as they were handed out, with their due times: equal for equal plans.
    ``None`` in runs of versions that made none."""
