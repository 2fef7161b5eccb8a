"""Whether the client was fast enough for its figures to be the service's.

From what ``lateness`` measured of a point to a verdict: each rule of :data:`RULES` holds one figure
against two limits, above the first of which the client is strained, above the second saturated.
The worst finding decides, and its sentence says what to change. Owns rules and limits;
docs/metrics.md tells them to users. Pure: reads no clock and no ``/proc``; units are those of
``lateness``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from perfbench.metrics.accounts import left_out_late
from perfbench.metrics.columns import Columns
from perfbench.metrics.lateness import Bias, Lateness, lateness, machines, zero_share
from perfbench.metrics.percentiles import highest_supported
from perfbench.types import (
    ClientAudit,
    Distribution,
    Point,
    PointFacts,
    RequestLedger,
    Verdict,
    WorkerFacts,
)


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


BIAS_SHARE = Limit(0.05, 0.20)
"""Lateness as a share of the figure it can touch. A twentieth is what figures differ by from run to
run; a fifth is a difference between two services."""

CPU_SHARE = Limit(0.80, 0.95)
"""CPU of the busiest worker, of one core. Queueing for the event loop has no bound near 1."""

CPU_SHARE_LOOP = Limit(0.50, 0.80)
"""The same without kernel stamps, where queueing for the event loop is inside every stamp."""

SCHED_DELAY_SHARE = Limit(0.15, 0.40)
"""Time a worker could have run but had no core. A service on the same machine waits too."""

STEAL_SHARE = Limit(0.10, 0.30)
"""Time of all cores that a virtual machine's host gave to others: what wakes up in it is late, the
client and a service beside it."""

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

CLOCK_ERROR_MS = Limit(1.0, float("inf"))
"""How far the clocks of machines may be apart unnoticed. It moves arrivals of one machine beside
those of another, no latency: all stamps of a request are one machine's."""

_STEAL_FELT = 0.01
"""Steal from which on it is the likely cause of lateness: with 4 % of the cores' time taken, a nap
of 3 ms on a machine that did nothing else ended 4 ms late at p99."""

BUSY_SHARE = 0.5
"""CPU of a worker, of one core, from which on more workers are of help."""

_SEVERITY: tuple[Verdict, ...] = ("trusted", "strained", "saturated")


@dataclass(frozen=True, slots=True)
class Case:
    """All that a rule may look at."""

    point: Point
    late: Lateness
    facts: PointFacts | None
    ledger: RequestLedger
    too_late: int
    """Arrivals that ``--drop-late`` left out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule makes of its figure."""

    verdict: Verdict
    excess: float
    """The figure as a multiple of what would be trusted: the worst one becomes the sentence."""
    text: str


def audit(
    point: Point, columns: Columns, facts: PointFacts | None, ledger: RequestLedger
) -> ClientAudit:
    """Judge the client over the measured phase of a point.

    Args:
        columns: the measured requests, whatever their outcome.
        ledger: what became of the requests that were planned.
        facts: what the driver knew; ``None`` (the run was killed) leaves CPU unknown and judges by
            the records alone.
    """
    late = lateness(point, columns, facts)
    workers = facts.workers if facts else []
    events = int(columns.events.sum())
    cpu_s = _cpu_s(facts)
    verdict, reason = _verdict(
        Case(point, late, facts, ledger, left_out_late(point, columns, ledger))
    )
    return ClientAudit(
        verdict=verdict,
        reason=reason,
        send_lag_ms=late.send_lag_ms,
        read_delay_ms=late.read_delay_ms,
        cpu_s=cpu_s,
        cpu_us_per_event=_per_event(point, cpu_s, events),
        events=events,
        workers=len(workers) or len(np.unique(columns.worker)),
        worker_cpu_share=late.cpu_share,
        sched_delay_share=late.sched_share,
        steal_share=late.steal_share,
        coalesced_share=zero_share(columns),
        kernel_stamps=late.kernel_stamps,
        stall_share=late.stall_share,
        longest_stall_s=late.longest_stall_s,
        restamped=late.restamped,
        machines=machines(facts),
    )


def _verdict(case: Case) -> tuple[Verdict | None, str]:
    if gaps := _gaps_in_the_ledger(case):
        return "saturated", gaps
    if not case.late.sent:
        return None, "Nothing was sent, so there is nothing to judge the client by."
    if not case.late.succeeded:
        return None, "No request succeeded, so there is nothing to judge the client by."
    findings = [finding for rule in RULES for finding in rule(case)]
    worst = max(findings, key=lambda f: (_SEVERITY.index(f.verdict), f.excess), default=None)
    if worst is not None and worst.verdict != "trusted":
        return worst.verdict, worst.text
    return "trusted", f"The client kept up: {', '.join(_figures_in_words(case))}."


def _sent_late(case: Case) -> Iterator[Finding]:
    """Waiting for a slot under a cap is late by intent, and is not judged."""
    if (bias := case.late.lag_bias) is not None:
        yield _finding(
            BIAS_SHARE,
            bias.share,
            f"Requests left up to {bias.late_ms:.1f} ms after their planned time ({bias.at}), "
            f"{_beside(bias)}: {_remedy(case)}.",
        )


def _read_late(case: Case) -> Iterator[Finding]:
    bias = case.late.read_bias
    if bias is None:
        return
    if case.late.kernel_stamps:
        text = (
            f"Answers lay unread for {bias.late_ms:.1f} ms ({bias.at}), which made the next "
            f"requests late, {_beside(bias)}"
        )
    else:
        text = (
            f"Answers lay unread for up to {bias.late_ms:.1f} ms ({bias.at}), and arrival times "
            f"include that, {_beside(bias)}"
        )
    yield _finding(BIAS_SHARE, bias.share, f"{text}: {_remedy(case)}.")


def _merged_by_late_reads(case: Case) -> Iterator[Finding]:
    if (share := case.late.merged_share) is not None:
        yield _finding(
            MERGED_SHARE,
            share,
            f"{share:.1%} of inter-token gaps may be zero only because the client read late: "
            f"{_remedy(case)}.",
        )


def _cpu_at_its_limit(case: Case) -> Iterator[Finding]:
    if (share := case.late.busiest) is not None:
        yield _finding(
            CPU_SHARE if case.late.kernel_stamps else CPU_SHARE_LOOP,
            share,
            f"{_busy(share)}.",
        )


def _cores_taken(case: Case) -> Iterator[Finding]:
    if (share := case.late.sched_share) is not None:
        yield _finding(SCHED_DELAY_SHARE, share, f"{_crowded(share)}.")


def _machine_taken(case: Case) -> Iterator[Finding]:
    if (share := case.late.steal_share) is not None:
        yield _finding(STEAL_SHARE, share, f"{_stolen(share)}.")


def _stood_still(case: Case) -> Iterator[Finding]:
    longest, share = case.late.longest_stall_s, case.late.stall_share
    if longest is None or share is None:
        return
    text = f"{_still(longest, share)}."
    yield _finding(STALL_SHARE, share, text)
    yield _finding(LONGEST_STALL_S, longest, text)


def _clock_stepped(case: Case) -> Iterator[Finding]:
    if case.late.restamped:
        share = case.late.restamped / max(case.late.sent, 1)
        yield Finding(
            RESTAMPED_SHARE.judge(share),
            1 + share / RESTAMPED_SHARE.strained,
            f"The wall clock stepped during {case.late.restamped:,} requests (NTP, or a machine "
            "that was resumed): their arrival times are the event loop's. Run again once it is in "
            "step.",
        )


def _clocks_apart(case: Case) -> Iterator[Finding]:
    if (error_ms := case.late.clock_error_ms) is not None:
        yield _finding(
            CLOCK_ERROR_MS,
            error_ms,
            f"The clocks of the machines are known to {error_ms:.1f} ms only, and so is when one "
            "sent beside another (latencies are not touched): use machines that are nearer to this "
            "one, or less busy.",
        )


def _worker_died(case: Case) -> Iterator[Finding]:
    workers = case.facts.workers if case.facts else []
    dead = [worker for worker in workers if worker.died]
    if dead:
        names = ", ".join(worker.label for worker in dead)
        heirs = [str(worker.replaced_by) for worker in dead if worker.replaced_by is not None]
        lack = "so the load was below the plan"
        if len(heirs) == len(dead):
            lack = f"and until worker {', '.join(heirs)} had its place the load was below the plan"
        yield Finding(
            "strained",
            float("inf"),
            f"Worker {names} died, {lack}: see run.log and run again.",
        )


def _not_sent(case: Case) -> Iterator[Finding]:
    """Arrivals that were planned and not sent; a closed loop sends what there is time for."""
    ledger = case.ledger
    facts = case.facts
    stopped = facts is not None and (facts.interrupted or facts.ended_early is not None)
    if case.point.rate is None or not ledger.unsent or not ledger.planned or stopped:
        return
    share = ledger.unsent / ledger.planned
    yield Finding(
        UNSENT_SHARE.judge(share),
        1 + share / UNSENT_SHARE.strained,
        f"{ledger.unsent:,} of {ledger.planned:,} planned requests were not sent, as no slot was "
        "free before time was up: the load was lower than planned. Raise --parallel, or lower "
        "--rate.",
    )


def _dropped(case: Case) -> Iterator[Finding]:
    """Where no cap made arrivals wait, it was the client that was too late for them."""
    planned = case.ledger.planned
    if case.point.parallel is not None or not case.too_late or not planned:
        return
    share = case.too_late / planned
    yield Finding(
        UNSENT_SHARE.judge(share),
        1 + share / UNSENT_SHARE.strained,
        f"{case.too_late:,} of {planned:,} planned requests were dropped, as the client "
        f"could only have sent them too late (--drop-late): {_remedy(case)}.",
    )


RULES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    _sent_late,
    _read_late,
    _merged_by_late_reads,
    _cpu_at_its_limit,
    _cores_taken,
    _machine_taken,
    _stood_still,
    _clock_stepped,
    _clocks_apart,
    _worker_died,
    _not_sent,
    _dropped,
)
"""Every rule but that of the ledger, which outranks them all."""


def _gaps_in_the_ledger(case: Case) -> str:
    """What was sent and left no record; empty if all is accounted for, or nobody knows."""
    facts, ledger = case.facts, case.ledger
    lost = (ledger.lost or 0) + (ledger.warmup_lost or 0)
    died = [worker for worker in facts.workers if worker.died] if facts else []
    why = f" ({'; '.join(map(_death, died))})" if died else ""
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


def _death(worker: WorkerFacts) -> str:
    heir = worker.replaced_by
    taken = "" if heir is None else f", and worker {heir} was given the rest of its plan"
    return f"worker {worker.label} died: {worker.why}{taken}"


def _finding(limit: Limit, value: float, text: str) -> Finding:
    return Finding(limit.judge(value), value / limit.trusted, text)


def _remedy(case: Case) -> str:
    """What to change about lateness, by what made it."""
    waited, busy, stolen = case.late.sched_share, case.late.busiest, case.late.steal_share
    stalls = list(_stood_still(case))
    if any(stall.verdict != "trusted" for stall in stalls):
        return _uncapitalised(stalls[0].text.removesuffix("."))
    if stolen is not None and stolen > _STEAL_FELT and (busy is None or busy < BUSY_SHARE):
        return _uncapitalised(_stolen(stolen))
    if waited is not None and waited > SCHED_DELAY_SHARE.trusted / 3:
        crowd = waited / SCHED_DELAY_SHARE.trusted
        if busy is None or crowd >= busy / CPU_SHARE.trusted:
            return _uncapitalised(_crowded(waited))
    if busy is None:
        return "what kept it is not known; run again"
    if busy >= BUSY_SHARE:
        return _uncapitalised(_busy(busy))
    return (
        f"the busiest worker used {busy:.0%} of a core, so it was answers or arrivals that came in "
        "bursts; fewer requests in flight, or a lower rate, make them smaller"
    )


def _busy(share: float) -> str:
    return (
        f"The busiest worker used {share:.0%} of a core: use more workers, on a machine with cores "
        "to spare"
    )


def _crowded(share: float) -> str:
    return (
        f"A worker waited for a core {share:.0%} of the time, as other programs had them: run the "
        "client on a machine with idle cores, apart from the service, or use fewer workers"
    )


def _stolen(share: float) -> str:
    return (
        f"The host of this virtual machine gave {share:.1%} of its cores' time to others (steal), "
        "and what wakes up meanwhile is late: run the client where cores are not shared"
    )


def _still(longest_s: float, share: float) -> str:
    return (
        f"A worker stood still for up to {longest_s:.1f} s at a time, {share:.0%} of the phase in "
        "all, and sent nothing meanwhile: it was stopped, or its machine had no core free, so run "
        "again on a machine that does nothing else"
    )


def _uncapitalised(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:].replace(": ", "; ", 1)


def _beside(bias: Bias) -> str:
    return f"{bias.share:.0%} of {bias.figure} ({bias.figure_ms:,.0f} ms)"


def _figures_in_words(case: Case) -> Iterator[str]:
    late = case.late
    if lag := _at_its_highest(late.send_lag_ms):
        waits = " (waiting for a slot under the cap)" if case.point.parallel is not None else ""
        yield f"send lag {lag}{waits}"
    if delay := _at_its_highest(late.read_delay_ms):
        yield f"read delay {delay}"
    if late.busiest is not None:
        yield f"busiest worker at {late.busiest:.0%} of a core"
    if not late.kernel_stamps:
        yield "no kernel stamps"
    if case.facts is None:
        yield "CPU unknown as the run was killed"


def _at_its_highest(figure: Distribution) -> str:
    """The highest percentile that the sample supports, in words; empty if nothing is known."""
    name = highest_supported(int(figure["count"] or 0))
    value = figure[name]
    return "" if value is None else f"{name} {value:.2f} ms"


def _cpu_s(facts: PointFacts | None) -> float | None:
    if facts is None or facts.parent_cpu_s is None:
        return None
    return facts.parent_cpu_s + sum(worker.cpu_s for worker in facts.workers)


def _per_event(point: Point, cpu_s: float | None, events: int) -> float | None:
    """µs of CPU per measured event; unknown with a warm-up, whose CPU is not told apart."""
    return cpu_s * 1e6 / events if cpu_s is not None and events and not point.warmup else None
