"""The shape of a load, and what the driver knows when it is over.

Knows no requests and no figures. Durations are seconds, rates per second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Arrival = Literal["constant", "poisson", "gamma"]


@dataclass(frozen=True, slots=True)
class Point:
    """One cell of a sweep: a load shape and how long it is held."""

    index: int
    name: str
    """For example ``parallel_10_number_1000`` or ``rate_5_number_200``."""
    parallel: int | None
    """Requests in flight (closed loop), or the cap on them (open loop); ``None`` = no cap."""
    rate: float | None
    """Planned arrivals per second; ``None`` in a closed loop."""
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


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """What one worker process cost over the measured phase of a point."""

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


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What the driver knows of a point beyond its records. Stored with the point."""

    workers: list[WorkerFacts]
    parent_cpu_s: float | None
    """CPU of the parent process over the measured phase."""
    interrupted: bool = False
    cut_at_end: int = 0
    """Streams cancelled when ``grace_s`` had passed."""
    drained: int = 0
    """Streams in flight when ``duration_s`` ended that were let finish."""
    unsent: int = 0
    """Planned arrivals that had found no slot when ``duration_s`` ended, and were not sent."""
