"""When requests are due and which worker sends them. Pure arithmetic: no clock, no sockets.

Offsets are integer nanoseconds after the start of the point. A schedule is absolute and seeded:
it is never re-anchored, so lateness does not accumulate, and the same seed gives the same plan
whatever the number of workers.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from itertools import count, islice, takewhile

from msgspec.structs import replace

from perfbench.types import Point, Request

STREAMS_PER_WORKER = 500
"""Streams (or planned arrivals per second) that one process carries with ease."""


def arrivals(point: Point) -> Iterator[int]:
    """Endless planned arrivals of an open-loop point, ascending.

    ``constant`` spaces them by 1/rate from 0; ``poisson`` draws exponential gaps; ``gamma`` draws
    gaps of mean 1/rate and shape ``burstiness`` (1 is Poisson, below 1 is burstier).
    """
    assert point.rate is not None, "a closed loop has no schedule"
    if point.arrival == "constant":
        yield from (round(i * 1e9 / point.rate) for i in count())
        return
    draw = random.Random(f"arrivals {point.seed} {point.index}")
    offset = 0.0
    while True:
        if point.arrival == "poisson":
            offset += draw.expovariate(point.rate)
        else:
            offset += draw.gammavariate(point.burstiness, 1 / (point.rate * point.burstiness))
        yield round(offset * 1e9)


def planned_arrivals(point: Point) -> list[int]:
    """The arrivals of a point that ends: warm-up first, then the measured ones."""
    offsets = arrivals(point)
    if point.duration_s is not None:
        end = round(point.duration_s * 1e9)
        offsets = takewhile(lambda offset: offset < end, offsets)
    limit = None if point.number is None else point.warmup + point.number
    return list(islice(offsets, limit))


def share(total: int, workers: int, worker: int) -> int:
    """How many of ``total`` slots worker ``worker`` of ``workers`` has."""
    return total // workers + (worker < total % workers)


def worker_of(position: int, workers: int, parallel: int | None) -> int:
    """Which worker sends the request at ``position``.

    In a closed loop each gets requests in proportion to its slots; in an open loop they take
    turns, so that each keeps its stripe of one plan.
    """
    return position % workers if parallel is None else position % parallel % workers


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
    load = point.rate if point.rate is not None else float(point.parallel or 1)
    wanted = -int(-load // machines // STREAMS_PER_WORKER)
    return max(1, min(wanted, (cores or usable_cores()) // 2))


def usable_cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
