"""Was the client fast enough for its figures to be the server's? The verdict on each point.

Judges lateness, CPU, stalls, the clock and the ledger, each against two limits: above the first
the client is strained, above the second it is saturated. Owns the limits and the sentence that says
what to change. Pure: reads no clock and no ``/proc``; lags and delays are in milliseconds, shares
are of one core, of the phase or of the requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from perfbench.metrics.columns import Columns
from perfbench.metrics.percentiles import distribution
from perfbench.types import ClientAudit, Distribution, Point, PointFacts, RequestLedger, Verdict

NS_TO_MS = 1e-6


@dataclass(frozen=True, slots=True)
class Limit:
    """Two bounds on one figure: up to ``trusted``, up to ``strained``, then saturated."""

    trusted: float
    strained: float

    def judge(self, value: float) -> Verdict:
        """The verdict this figure alone would give."""
        if value <= self.trusted:
            return "trusted"
        return "strained" if value <= self.strained else "saturated"


SEND_LAG_MS = Limit(1.0, 10.0)
"""p99 of sent - due. The pacing itself is good to 0.1 ms; past 10 ms bursts are no longer those of
the planned arrivals."""

READ_DELAY_MS = Limit(20.0, 100.0)
"""p99 of each request's worst read delay, with kernel stamps. The delay then alters no stamp: it
only makes the next request of a closed loop late and may merge reads (judged by itself). A thousand
streams in lock-step are read in a few ms; a next request sent 20 ms late is 1 % of a 2 s request.
"""

READ_DELAY_LOOP_MS = Limit(1.0, 10.0)
"""The same without kernel stamps, where the delay is an error of TTFT and ITL."""

CPU_SHARE = Limit(0.80, 0.95)
"""CPU of the busiest worker, of one core. Queueing for the event loop has no bound near 1."""

CPU_SHARE_LOOP = Limit(0.50, 0.80)
"""The same without kernel stamps, where queueing for the event loop is inside every stamp."""

SCHED_DELAY_SHARE = Limit(0.15, 0.40)
"""Time a worker could have run but had no core. It shows as read delay and send lag too, so it is
mainly what tells a busy machine from a busy worker."""

MERGED_SHARE = Limit(0.01, 0.10)
"""Share of gaps the client itself may have made zero by reading late: one in a hundred moves ITL's
p99."""

STALL_SHARE = Limit(0.02, 0.10)
"""Sum of the times in which the event loop of a worker stood still. Percentiles do not see them: a
process that is stopped for 3 s of 27 delays one read of each stream and sends nothing."""

LONGEST_STALL_S = Limit(0.5, 2.0)
"""The longest of them: what it hides is a gap in the load itself."""

RESTAMPED_SHARE = Limit(0.0, 0.10)
"""Requests during which the wall clock stepped. The kernel's stamps are on that clock, so those
concerned were replaced by the event loop's, coarser ones."""

UNSENT_SHARE = Limit(0.0, 0.10)
"""Planned arrivals that found no slot before time was up: the load was not the one that was asked
for."""

_SEVERITY: tuple[Verdict, ...] = ("trusted", "strained", "saturated")


@dataclass(frozen=True, slots=True)
class _Finding:
    verdict: Verdict
    excess: float
    """The figure as a multiple of what would be trusted: the worst one becomes the sentence."""
    text: str


def audit(
    point: Point, columns: Columns, facts: PointFacts | None, ledger: RequestLedger
) -> ClientAudit:
    """Judge the client over the measured phase of a point.

    In an open loop with a cap on requests in flight, waiting for a slot is part of send lag by
    intent, so send lag is reported but not judged.

    Args:
        columns: the measured requests, whatever their outcome.
        ledger: what became of the requests that were planned.
        facts: what the driver knew; ``None`` (the run was killed) leaves CPU unknown and judges by
            the records alone.
    """
    capped = point.rate is not None and point.parallel is not None
    workers = facts.workers if facts else []
    events = int(columns.events.sum())
    cpu_s = _cpu_s(facts)
    waits = [(worker.sched_delay_s, worker.wall_s) for worker in workers]
    figures = _Figures(
        sent=int(np.count_nonzero(~np.isnan(columns.sent_ns))),
        send_lag_ms=distribution(columns.sent_ns - columns.due_ns, NS_TO_MS),
        judged_lag_ms=None if capped else _own_lag_ms(columns),
        read_delay_ms=distribution(columns.read_delay_ns, NS_TO_MS),
        cpu_share=[worker.cpu_s / worker.wall_s for worker in workers if worker.wall_s > 0],
        sched_share=_worst(delay / wall for delay, wall in waits if delay is not None and wall > 0),
        merged_share=_merged_share(columns),
        stall_share=_worst(
            (worker.stalled_s / worker.wall_s if worker.wall_s > 0 else None)
            for worker in workers
            if worker.stalled_s is not None
        ),
        longest_stall_s=_worst(worker.longest_stall_s for worker in workers),
        restamped=int(columns.restamped.sum()),
        kernel_stamps=(
            all(worker.kernel_stamps for worker in workers)
            if workers
            else not np.isnan(columns.read_delay_ns).all()
        ),
    )
    verdict, reason = _verdict(point, figures, facts, ledger)
    return ClientAudit(
        verdict=verdict,
        reason=reason,
        send_lag_ms=figures.send_lag_ms,
        read_delay_ms=figures.read_delay_ms,
        cpu_s=cpu_s,
        cpu_us_per_event=_per_event(point, cpu_s, events),
        events=events,
        workers=len(workers) or len(np.unique(columns.worker)),
        worker_cpu_share=figures.cpu_share,
        sched_delay_share=figures.sched_share,
        coalesced_share=_zero_share(columns),
        kernel_stamps=figures.kernel_stamps,
        stall_share=figures.stall_share,
        longest_stall_s=figures.longest_stall_s,
        restamped=figures.restamped,
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    sent: int
    send_lag_ms: Distribution
    judged_lag_ms: float | None
    read_delay_ms: Distribution
    cpu_share: list[float]
    sched_share: float | None
    merged_share: float | None
    stall_share: float | None
    longest_stall_s: float | None
    restamped: int
    kernel_stamps: bool


def _verdict(
    point: Point, figures: _Figures, facts: PointFacts | None, ledger: RequestLedger
) -> tuple[Verdict, str]:
    findings = [
        *_findings(figures),
        *_stalls(figures),
        *_steps_of_the_clock(figures),
        *_deaths(facts),
        *_unsent(point, facts, ledger),
    ]
    if gaps := _gaps_in_the_ledger(facts, ledger):
        return "saturated", gaps
    worst = max(findings, key=lambda f: (_SEVERITY.index(f.verdict), f.excess), default=None)
    if worst is not None and worst.verdict != "trusted":
        return worst.verdict, worst.text
    known = list(_figures_in_words(figures))
    if facts is None:
        known.append("CPU unknown as the run was killed")
    if not figures.sent:
        return "trusted", "Nothing was sent, so nothing was late."
    return "trusted", f"The client kept up: {', '.join(known)}."


def _findings(figures: _Figures) -> Iterator[_Finding]:
    stamps = figures.kernel_stamps
    if figures.judged_lag_ms is not None:
        yield _finding(
            SEND_LAG_MS,
            figures.judged_lag_ms,
            f"Requests left up to {figures.judged_lag_ms:.1f} ms after their planned time (p99): "
            "use more workers, a lower rate, or a machine of its own for the client.",
        )
    if (delay := figures.read_delay_ms["p99"]) is not None:
        effect = "" if stamps else " and arrival times include that delay"
        yield _finding(
            READ_DELAY_MS if stamps else READ_DELAY_LOOP_MS,
            delay,
            f"Responses lay up to {delay:.1f} ms unread (p99){effect}: use more workers, or fewer "
            "requests in flight.",
        )
    if figures.cpu_share:
        share = max(figures.cpu_share)
        yield _finding(
            CPU_SHARE if stamps else CPU_SHARE_LOOP,
            share,
            f"The busiest worker used {share:.0%} of a core: use more workers, on a machine with "
            "cores to spare.",
        )
    if figures.sched_share is not None:
        yield _finding(
            SCHED_DELAY_SHARE,
            figures.sched_share,
            f"A worker waited for a core {figures.sched_share:.0%} of the time: run the client on "
            "a machine with idle cores, apart from the server, or use fewer workers.",
        )
    if figures.merged_share is not None:
        yield _finding(
            MERGED_SHARE,
            figures.merged_share,
            f"{figures.merged_share:.1%} of inter-token gaps may be zero only because the client "
            "read late: use more workers, or fewer requests in flight.",
        )


def _stalls(figures: _Figures) -> Iterator[_Finding]:
    longest, share = figures.longest_stall_s, figures.stall_share
    if longest is None or share is None:
        return
    text = (
        f"A worker stood still for up to {longest:.1f} s at a time, {share:.0%} of the phase in "
        "all, and sent nothing meanwhile: it was stopped, or its machine had no core free. "
        "Run again on a machine that does nothing else."
    )
    yield _finding(STALL_SHARE, share, text)
    yield _finding(LONGEST_STALL_S, longest, text)


def _steps_of_the_clock(figures: _Figures) -> Iterator[_Finding]:
    if figures.restamped:
        share = figures.restamped / max(figures.sent, 1)
        yield _Finding(
            RESTAMPED_SHARE.judge(share),
            1 + share / RESTAMPED_SHARE.strained,
            f"The wall clock stepped during {figures.restamped:,} requests (NTP, or a machine that "
            "was resumed): their arrival times are the event loop's. Run again once it is in step.",
        )


def _unsent(point: Point, facts: PointFacts | None, ledger: RequestLedger) -> Iterator[_Finding]:
    """Arrivals that were planned and not sent; a closed loop sends what there is time for."""
    if (
        point.rate is None
        or not ledger.unsent
        or not ledger.planned
        or (facts and facts.interrupted)
    ):
        return
    share = ledger.unsent / ledger.planned
    yield _Finding(
        UNSENT_SHARE.judge(share),
        1 + share / UNSENT_SHARE.strained,
        f"{ledger.unsent:,} of {ledger.planned:,} planned requests were not sent, as no slot was "
        "free before time was up: the load was lower than planned. Raise --parallel, or lower "
        "--rate.",
    )


def _gaps_in_the_ledger(facts: PointFacts | None, ledger: RequestLedger) -> str:
    """What was sent and left no record; empty if all is accounted for, or nobody knows."""
    lost = (ledger.lost or 0) + (ledger.warmup_lost or 0)
    died = [worker.why for worker in facts.workers if worker.died] if facts else []
    why = f" (a worker died: {died[0]})" if died else ""
    if lost:
        return (
            f"{lost:,} requests were sent and left no record{why}: the figures are of the others. "
            "See run.log and run again."
        )
    for phase, counts in facts.counts.items() if facts else ():
        places = (counts.handed, counts.received, counts.stored)
        if len({count for count in places if count is not None}) > 1:
            return (
                f"Of the {phase} requests workers handed over {counts.handed:,}, "
                f"{counts.received:,} arrived and {counts.stored:,} are stored{why}. See run.log "
                "and run again."
            )
    if ledger.balanced is False:
        return (
            f"The ledger does not balance{why}: {ledger.planned:,} planned, {ledger.sent:,} sent, "
            f"{ledger.unsent:,} unsent. See run.log and run again."
        )
    return ""


def _worst(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _finding(limit: Limit, value: float, text: str) -> _Finding:
    return _Finding(limit.judge(value), value / limit.trusted, text)


def _deaths(facts: PointFacts | None) -> Iterator[_Finding]:
    dead = [worker.worker for worker in facts.workers if worker.died] if facts else []
    if dead:
        names = ", ".join(str(number) for number in dead)
        yield _Finding(
            "strained",
            float("inf"),
            f"Worker {names} died, so the load was below the plan: see run.log and run again.",
        )


def _figures_in_words(figures: _Figures) -> Iterator[str]:
    if (lag := figures.send_lag_ms["p99"]) is not None:
        waits = " (waiting for a slot under the cap)" if figures.judged_lag_ms is None else ""
        yield f"send lag p99 {lag:.2f} ms{waits}"
    if (delay := figures.read_delay_ms["p99"]) is not None:
        yield f"read delay p99 {delay:.2f} ms"
    if figures.cpu_share:
        yield f"busiest worker at {max(figures.cpu_share):.0%} of a core"
    if not figures.kernel_stamps:
        yield "no kernel stamps"


def _cpu_s(facts: PointFacts | None) -> float | None:
    if facts is None or facts.parent_cpu_s is None:
        return None
    return facts.parent_cpu_s + sum(worker.cpu_s for worker in facts.workers)


def _per_event(point: Point, cpu_s: float | None, events: int) -> float | None:
    """µs of CPU per measured event; unknown with a warm-up, whose CPU is not told apart."""
    return cpu_s * 1e6 / events if cpu_s is not None and events and not point.warmup else None


def _own_lag_ms(columns: Columns) -> float | None:
    """p99 of send lag without the time to connect, which is the network's or the server's."""
    lag = columns.sent_ns - columns.due_ns - np.nan_to_num(columns.connect_ns)
    return distribution(np.maximum(lag, 0.0), NS_TO_MS)["p99"]


def _zero_share(columns: Columns) -> float | None:
    gaps = columns.gaps
    return 1 - float(np.count_nonzero(gaps)) / len(gaps) if len(gaps) else None


def _merged_share(columns: Columns) -> float | None:
    """Share of gaps that are zero in requests whose reads were late enough to have made them so.

    Servers send several events at once too (speculative decoding, buffers). A read that was late by
    less than the usual gap cannot have merged two events that were a usual gap apart, so only
    requests with a read delay of at least the median gap above zero count against the client.
    """
    if np.isnan(columns.read_delay_ns).all():
        return None
    usual = _usual_gap_ns(columns)
    if usual is None:
        return None
    late = columns.select(np.nan_to_num(columns.read_delay_ns) >= usual)
    zeros = len(late.gaps) - np.count_nonzero(late.gaps)
    return float(zeros) / len(columns.gaps)


def _usual_gap_ns(columns: Columns, sample: int = 100_000) -> float | None:
    """Median gap above zero, from at most ``sample`` evenly spaced gaps."""
    gaps = columns.gaps[:: max(1, len(columns.gaps) // sample)]
    gaps = gaps[gaps > 0]
    return float(np.median(gaps)) if len(gaps) else None
