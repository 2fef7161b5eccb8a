"""When requests are due, how many may be in flight, and which worker sends which. Pure arithmetic:
no clock, no sockets.

Offsets are integer nanoseconds after the start of the point. A schedule is absolute and seeded:
it is never re-anchored, so lateness does not accumulate, and the same seed gives the same plan
whatever the number of workers.
"""

from __future__ import annotations

import math
import os
import random
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from msgspec.structs import replace

from perfbench.types import Point, Request, Stage

STREAMS_PER_WORKER = 500
"""Streams (or planned arrivals per second) that one process carries with ease."""


class Crowd:
    """The most arrivals of a plan that come within one window of time."""

    def __init__(self, window_s: float) -> None:
        self._window_ns = round(window_s * 1e9)
        self._last: deque[int] = deque()
        self.most = 0

    def add(self, at_ns: int) -> None:
        """The next arrival; none is before it."""
        last = self._last
        last.append(at_ns)
        while at_ns - last[0] > self._window_ns:
            last.popleft()
        self.most = max(self.most, len(last))


def arrivals(point: Point) -> Iterator[int]:
    """Planned arrivals of an open-loop point, ascending; endless unless its load ends at 0.

    Drawn for a rate of 1 and put where the integral of the point's rate is as large as they are
    (time rescaling), which is exact for every shape of load: ``constant`` are the whole numbers
    from 0, ``poisson`` have exponential gaps, ``gamma`` gaps of mean 1 and shape ``burstiness`` (1
    is Poisson, below 1 is burstier; a stage may have its own).
    """
    assert point.rate is not None, "a closed loop has no schedule"
    draw = random.Random(f"arrivals {point.seed} {point.index}")
    profile = point.profile
    amount, seconds = 0.0, 0.0
    first = True
    while True:
        stage = profile.stage_at(seconds)
        if stage is not None and stage.burstiness is not None:
            amount += draw.gammavariate(stage.burstiness, 1 / stage.burstiness)
        elif point.arrival == "gamma":
            amount += draw.gammavariate(point.burstiness, 1 / point.burstiness)
        elif point.arrival == "poisson":
            amount += draw.expovariate(1.0)
        elif not first:
            amount += 1
        first = False
        due = profile.when(amount)
        if due is None:
            return
        seconds = due
        yield round(due * 1e9)


def planned_arrivals(point: Point) -> list[int]:
    """The arrivals of a point that ends: warm-up first, then the measured ones, then the
    cool-down. In a workload of conversations, those of their first turns."""
    offsets = arrivals(point)
    if point.duration_s is not None:
        end = round(point.duration_s * 1e9)
        offsets = takewhile(lambda offset: offset < end, offsets)
    return list(islice(offsets, planned_openings(point)))


def planned_openings(point: Point) -> int | None:
    """Requests that a point's settings count, or conversations where those are counted; ``None`` if
    only time bounds it."""
    counted = point.number if point.conversations is None else point.conversations
    return None if counted is None else point.warmup + counted + point.cooldown


def slot_steps(point: Point) -> list[tuple[int, int]]:
    """Requests in flight of a closed-loop point whose load has stages: from when on, and how many,
    ascending in time. The level is rounded to the nearest whole number, halves upwards."""
    steps: list[tuple[int, int]] = []
    for begin, stage in zip(point.profile.begins, point.stages, strict=False):
        for seconds, slots in _whole_levels(stage):
            offset = round((begin + seconds) * 1e9)
            if not steps or slots != steps[-1][1]:
                steps.append((offset, slots))
    return steps


def _whole_levels(stage: Stage) -> Iterator[tuple[float, int]]:
    """Where a stage begins, and each instant at which its level rounds to another number."""
    slots, last = math.floor(stage.start + 0.5), math.floor(stage.end + 0.5)
    yield 0.0, slots
    while slots != last:
        border = slots + (0.5 if last > slots else -0.5)
        slots += 1 if last > slots else -1
        yield stage.crosses(border), slots


def share(total: int, workers: int, worker: int) -> int:
    """How many of ``total`` slots worker ``worker`` of ``workers`` has."""
    return total // workers + (worker < total % workers)


def worker_of(position: int, workers: int, parallel: int | None) -> int:
    """Which worker sends the request at ``position``.

    In a closed loop each gets requests in proportion to its slots; in an open loop they take
    turns, so that each keeps its stripe of one plan.
    """
    return position % workers if parallel is None else position % parallel % workers


def url_of(position: int, urls: int, workers: int, parallel: int | None) -> int:
    """Which of the URLs that take turns the request at ``position`` goes to.

    Of the first so many requests of a plan each URL gets as many as any other, or one more. In a
    closed loop the order moves on by one whenever it would begin anew with the same worker, so that
    each worker's slots are shared by all URLs too.
    """
    if parallel is None:
        return position % urls
    return (position + position // math.lcm(workers, urls)) % urls


def rest_of(
    stripe: Sequence[Request], sent: int, since_ns: int, cycle: int | None
) -> list[Request]:
    """What is left of a stripe whose worker was lost, for another to send.

    Of an open loop what is due after ``since_ns`` (from the start of the point): arrivals are not
    made up for. Of a closed loop what comes after the first ``sent``; where the plan starts over
    every ``cycle`` requests, its next turn.
    """
    if cycle is not None:
        turn = (sent // len(stripe) + 1) * cycle if stripe else 0
        return [replace(each, seq=each.seq + turn, phase="measure") for each in stripe]
    if stripe and stripe[0].offset_ns is not None:
        return [each for each in stripe if (each.offset_ns or 0) >= since_ns]
    return list(stripe[sent:])


def default_workers(point: Point, cores: int | None = None, machines: int = 1) -> int:
    """Enough processes for a machine's part of the load, but never more than half of its cores.

    Args:
        cores: it has; this machine's if ``None``.
        machines: that share the load.
    """
    wanted = -int(-point.profile.peak // machines // STREAMS_PER_WORKER)
    return max(1, min(wanted, (cores or usable_cores()) // 2))


def usable_cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
