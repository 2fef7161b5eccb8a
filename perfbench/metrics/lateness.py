"""How late the client was, and what of the service's figures that lateness can touch.

From columns and the driver's facts to the figures that ``audit`` judges; no limit is in here. Pure:
reads no clock and no ``/proc``. Lags and delays are milliseconds, shares are of one core, of the
phase, of the gaps, or of the figure that is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from perfbench.metrics import definitions
from perfbench.metrics.columns import Columns, Floats, Ints
from perfbench.metrics.percentiles import distribution, highest_supported
from perfbench.types import Distribution, Machine, Point, PointFacts, WorkerFacts

NS_TO_MS = 1e-6

NEGLIGIBLE_MS = 1.0
"""Lateness up to this touches nothing, however short the service's latencies: pacing is good to
0.1 ms, and a kernel wakes a process up to about a millisecond late."""


@dataclass(frozen=True, slots=True)
class Bias:
    """Lateness beside the figure that it can touch."""

    late_ms: float
    at: str
    """Where both are taken: a percentile, or ``mean``."""
    figure: str
    """Title of what is touched."""
    figure_ms: float

    @property
    def share(self) -> float:
        """Lateness as a share of the figure."""
        return self.late_ms / self.figure_ms if self.figure_ms > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Lateness:
    """All that is known of how a client did over the measured phase of a point."""

    sent: int
    succeeded: int
    send_lag_ms: Distribution
    read_delay_ms: Distribution
    lag_bias: Bias | None
    """Of leaving late; ``None`` where it touches nothing: a closed loop, waiting under a cap."""
    read_bias: Bias | None
    """Of reading late; ``None`` where it touches nothing: an open loop whose stamps are the
    kernel's."""
    merged_share: float | None
    """Share of gaps that the client itself may have made zero."""
    cpu_share: list[float]
    sched_share: float | None
    steal_share: float | None
    stall_share: float | None
    longest_stall_s: float | None
    restamped: int
    kernel_stamps: bool
    clock_error_ms: float | None = None
    """How far stamps of different machines may be off each other; ``None`` on one machine."""

    @property
    def busiest(self) -> float | None:
        """CPU of the busiest worker; ``None`` if unknown."""
        return max(self.cpu_share, default=None)


def lateness(point: Point, columns: Columns, facts: PointFacts | None) -> Lateness:
    """Take the figures of a point.

    Args:
        columns: the measured requests, whatever their outcome.
        facts: what the driver knew; ``None`` (the run was killed) leaves CPU unknown.
    """
    workers = facts.workers if facts else []
    kernel_stamps = (
        all(worker.kernel_stamps for worker in workers)
        if workers
        else not np.isnan(columns.read_delay_ns).all()
    )
    delays = distribution(columns.read_delay_ns, NS_TO_MS)
    capped = point.rate is not None and point.parallel is not None
    return Lateness(
        sent=int(np.count_nonzero(~np.isnan(columns.sent_ns))),
        succeeded=int(np.count_nonzero(columns.ok)),
        send_lag_ms=distribution(columns.sent_ns - columns.due_ns, NS_TO_MS),
        read_delay_ms=delays,
        lag_bias=None if capped else _lag_bias(columns),
        read_bias=_read_bias(point, delays, columns, kernel_stamps),
        merged_share=_merged_share(columns),
        cpu_share=[worker.cpu_s / worker.wall_s for worker in workers if worker.wall_s > 0],
        sched_share=_worst(
            worker.sched_delay_s / worker.wall_s
            for worker in workers
            if worker.sched_delay_s is not None and worker.wall_s > 0
        ),
        steal_share=_worst(worker.steal_share for worker in workers),
        stall_share=_worst(
            worker.stalled_s / worker.wall_s
            for worker in workers
            if worker.stalled_s is not None and worker.wall_s > 0
        ),
        longest_stall_s=_worst(worker.longest_stall_s for worker in workers),
        restamped=int(columns.restamped.sum()),
        kernel_stamps=kernel_stamps,
        clock_error_ms=_worst(machine.clock_error_ms for machine in machines(facts)),
    )


def machines(facts: PointFacts | None) -> list[Machine]:
    """The machines that sent, in the order of their workers; none where it was the parent's."""
    by_host: dict[str, list[WorkerFacts]] = {}
    for worker in facts.workers if facts else []:
        if worker.host is not None:
            by_host.setdefault(worker.host, []).append(worker)
    return [
        Machine(
            host=host,
            workers=len(workers),
            clock_offset_ms=_ms(workers[-1].clock_offset_ns),
            clock_error_ms=_ms(max(worker.clock_error_ns for worker in workers)),
            clock_drift_ppm=workers[-1].clock_drift_ppm,
            lost=next((worker.why for worker in workers if worker.died), None),
        )
        for host, workers in by_host.items()
    ]


def _ms(ns: int | None) -> float | None:
    return None if ns is None else ns * NS_TO_MS


def zero_share(columns: Columns) -> float | None:
    """Share of gaps that are zero, whoever made them so."""
    gaps = columns.gaps
    return 1 - float(np.count_nonzero(gaps)) / len(gaps) if len(gaps) else None


def _lag_bias(columns: Columns) -> Bias | None:
    """Of an arrival that left late: all of ``schedule_*`` holds it, and the service met another
    load. The time to connect is left out, which is the network's or the service's."""
    lag = columns.sent_ns - columns.due_ns - np.nan_to_num(columns.connect_ns)
    return _worst_bias(distribution(np.maximum(lag, 0.0), NS_TO_MS), _first_answers(columns))


def _read_bias(
    point: Point, delays: Distribution, columns: Columns, kernel_stamps: bool
) -> Bias | None:
    """Of an answer that lay unread.

    With kernel stamps that alters no stamp. In a closed loop it makes the next request late, so the
    throughput is touched, by the mean delay beside the mean request; an open loop sends on time
    whatever is read.
    """
    if not kernel_stamps:
        itl = distribution(definitions.itl(columns.select(columns.ok)), NS_TO_MS)
        # Delays are the worst of each request: they stand beside the longest gaps.
        tail = {"ITL": itl | {"p50": None}}
        return _worst_bias(delays, {**_first_answers(columns), **tail})
    if point.rate is not None:
        return None
    return _bias(delays, "mean", "E2E", _of_successes(columns, definitions.e2e))


def _first_answers(columns: Columns) -> dict[str, Distribution]:
    """What a user waits for first: TTFT, or the whole answer where nothing was streamed."""
    found = _of_successes(columns, definitions.ttft)
    if found["count"]:
        return {"TTFT": found}
    return {"E2E": _of_successes(columns, definitions.e2e)}


def _of_successes(columns: Columns, metric: Callable[[Columns], Floats]) -> Distribution:
    """A metric that has one value a request: the gaps need not be copied for it."""
    return distribution(metric(columns)[columns.ok], NS_TO_MS)


def _worst_bias(late: Distribution, touched: Mapping[str, Distribution]) -> Bias | None:
    """The greatest share at the median, or at the highest percentile both samples support."""
    found = []
    for title, figure in touched.items():
        count = min(int(late["count"] or 0), int(figure["count"] or 0))
        for at in ("p50", highest_supported(count)):
            found.append(_bias(late, at, title, figure))
    return max((each for each in found if each), key=lambda bias: bias.share, default=None)


def _bias(late: Distribution, at: str, title: str, figure: Distribution) -> Bias | None:
    late_ms, figure_ms = late[at], figure[at]
    if late_ms is None or figure_ms is None or late_ms <= NEGLIGIBLE_MS:
        return None
    return Bias(late_ms, at, title, figure_ms)


def _worst(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _merged_share(columns: Columns) -> float | None:
    """Share of gaps that are zero because the client read late.

    Services send several events at once too: the choices of one step, speculative decoding, a
    buffer that is flushed. Those stand in requests that were read in time as in those that were
    not, so what counts is how many more the late ones have. A read that was late by less than the
    usual gap cannot have merged two events that were a usual gap apart.
    """
    delays = columns.read_delay_ns
    if np.isnan(delays).all() or not len(columns.gaps):
        return None
    gaps, zeros = np.diff(columns.gap_offsets), _zeros(columns)
    delays = np.nan_to_num(delays)
    # Where all were late, the quarter that was least so stands for the service.
    least = float(np.quantile(delays[gaps > 0], 0.25))
    punctual = (delays < _usual_gap_ns(columns)) | (delays <= least)
    by_service = zeros[punctual].sum() / max(1, gaps[punctual].sum())
    beyond = zeros[~punctual].sum() - by_service * gaps[~punctual].sum()
    return max(0.0, float(beyond)) / len(columns.gaps)


def _zeros(columns: Columns) -> Ints:
    """Gaps of zero of each request."""
    counts = np.zeros(len(columns), dtype=np.int64)
    streams = np.diff(columns.gap_offsets) > 0
    starts = columns.gap_offsets[:-1][streams]
    counts[streams] = np.add.reduceat(columns.gaps == 0, starts, dtype=np.int64)
    return counts


def _usual_gap_ns(columns: Columns, sample: int = 100_000) -> float:
    """Median gap between writes of the service, from at most ``sample`` evenly spaced gaps. Gaps
    that are negligible are within one write: the choices of a step, or a burst."""
    floor = NEGLIGIBLE_MS / NS_TO_MS
    gaps = columns.gaps[:: max(1, len(columns.gaps) // sample)]
    gaps = gaps[gaps > floor]
    return float(np.median(gaps)) if len(gaps) else floor
