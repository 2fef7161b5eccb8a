"""The verdict on the client: each limit from both sides, and what is known when facts are not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from perfbench.metrics.accounts import request_ledger
from perfbench.metrics.audit import audit
from perfbench.metrics.columns import Columns
from perfbench.store import Run
from perfbench.types import ClientAudit, Counts, Point, PointFacts, Record, WorkerFacts, pack_gaps

MS = 1_000_000
START = time.perf_counter_ns()
POINT = Point(index=0, name="p", parallel=2, rate=None, number=4)
CAPPED = replace(POINT, rate=5.0)
OPEN = replace(CAPPED, parallel=None)


@pytest.fixture
def columns_of(tmp_path: Path):
    with Run.create(tmp_path, "audit", {}, {}) as run:
        run.begin_point(POINT)

        def build(records: Sequence[Record]) -> Columns:
            run.append(POINT, records)
            return run.columns(POINT)

        yield build


def request(seq, lag_ms=None, delay_ms=0.2, gaps=(20,) * 9, ttft_ms=50.0, **more) -> Record:
    packed, width = pack_gaps([round(gap * MS) for gap in gaps])
    sent = START + seq * MS
    fields = {
        "seq": seq,
        "sample_id": "s",
        "due_ns": None if lag_ms is None else sent - round(lag_ms * MS),
        "sent_ns": sent,
        "first_ns": sent + round(ttft_ms * MS),
        "gaps": packed,
        "gap_width": width,
        "end_ns": sent + round((ttft_ms + sum(gaps)) * MS),
        "read_delay_ns": None if delay_ms is None else round(delay_ms * MS),
    }
    return Record(**fields | more)


def facts(share=0.3, waiting=0.01, stamps=True, workers=1, steal=None, **more) -> PointFacts:
    each = [
        WorkerFacts(
            worker=n,
            wall_s=10.0,
            cpu_s=10 * share,
            sched_delay_s=None if waiting is None else 10 * waiting,
            kernel_stamps=stamps,
            steal_share=steal,
        )
        for n in range(workers)
    ]
    return PointFacts(workers=each, parent_cpu_s=0.5, **more)


def judged(columns: Columns, known: PointFacts | None, point: Point = POINT) -> ClientAudit:
    return audit(point, columns, known, request_ledger(columns, known))


def test_a_thousand_streams_in_lock_step_are_trusted(columns_of):
    delays = np.random.default_rng(0).exponential(1.0, 1000)  # p99 about 4.6 ms
    found = judged(
        columns_of([request(n, delay_ms=d) for n, d in enumerate(delays)]), facts(0.45, 0.1)
    )
    assert found.verdict == "trusted"
    assert 3 < found.read_delay_ms["p99"] < 7
    assert found.reason.startswith("The client kept up: read delay p99 ")
    assert found.reason.endswith("busiest worker at 45% of a core.")


def test_figures(columns_of):
    found = judged(columns_of([request(n) for n in range(100)]), facts(0.3, 0.02, workers=2))
    assert found.events == 1000
    assert found.cpu_s == pytest.approx(6.5)
    assert found.cpu_us_per_event == pytest.approx(6500)
    assert found.workers == 2
    assert found.worker_cpu_share == [pytest.approx(0.3)] * 2
    assert found.sched_delay_share == pytest.approx(0.02)
    assert found.steal_share is None
    assert found.coalesced_share == 0
    assert found.kernel_stamps


CROWDED = "waited for a core 20% of the time, as other programs had them"


@pytest.mark.parametrize(
    ("point", "records", "known", "verdict", "says"),
    [
        # The default request: TTFT 50 ms, E2E 230 ms.
        (OPEN, {"lag_ms": 0.4}, {}, "trusted", "send lag p75 0.40 ms"),
        (OPEN, {"lag_ms": 2}, {}, "trusted", "send lag p75 2.00 ms"),
        (OPEN, {"lag_ms": 4}, {}, "strained", "4.0 ms after their planned time (p50), 8% of TTFT"),
        (OPEN, {"lag_ms": 30}, {}, "saturated", "left up to 30.0 ms after"),
        (OPEN, {"lag_ms": 30, "connect_ns": 30 * MS}, {}, "trusted", "send lag p75 30.00 ms"),
        (OPEN, {"lag_ms": 30, "ttft_ms": 15_000}, {}, "trusted", "send lag p75 30.00 ms"),
        (OPEN, {"lag_ms": 4, "ttft_ms": 20}, {}, "strained", "20% of TTFT (20 ms)"),
        (OPEN, {"lag_ms": 0.9, "ttft_ms": 1}, {}, "trusted", "send lag p75 0.90 ms"),
        (OPEN, {"lag_ms": 30, "stream": False}, {}, "strained", "13% of E2E (230 ms)"),
        (OPEN, {"lag_ms": 0, "delay_ms": 400, "gaps": ()}, {}, "trusted", "read delay p75 400.00"),
        (POINT, {"delay_ms": 10}, {}, "trusted", "read delay p75 10.00 ms"),
        (POINT, {"delay_ms": 30}, {}, "strained", "30.0 ms (mean), which made the next"),
        (POINT, {"delay_ms": 60}, {}, "saturated", "26% of E2E (230 ms)"),
        (POINT, {"delay_ms": 60, "ttft_ms": 15_000}, {}, "trusted", "read delay p75 60.00 ms"),
        (POINT, {"delay_ms": 0.9, "ttft_ms": 1, "gaps": ()}, {}, "trusted", "read delay p75 0.90"),
        (
            POINT,
            {"delay_ms": 4},
            {"stamps": False},
            "strained",
            "arrival times include that, 20% of ITL",
        ),
        (OPEN, {"delay_ms": 50}, {"stamps": False}, "saturated", "arrival times include that"),
        (POINT, {}, {"share": 0.85}, "strained", "used 85% of a core: use more workers"),
        (POINT, {}, {"share": 0.99}, "saturated", "used 99% of a core: use more workers"),
        (POINT, {}, {"share": 0.6, "stamps": False}, "strained", "used 60% of a core"),
        (POINT, {}, {"waiting": 0.2}, "strained", CROWDED),
        (POINT, {}, {"waiting": 0.5}, "saturated", "waited for a core 50% of the time"),
        (POINT, {}, {"waiting": None}, "trusted", "busiest worker at 30% of a core"),
        (POINT, {}, {"steal": 0.05}, "trusted", "busiest worker at 30% of a core"),
        (POINT, {}, {"steal": 0.2}, "strained", "gave 20.0% of its cores' time to others (steal)"),
        (POINT, {}, {"steal": 0.4}, "saturated", "run the client where cores are not shared"),
    ],
)
def test_limits(columns_of, point, records, known, verdict, says):
    found = judged(columns_of([request(n, **records) for n in range(20)]), facts(**known), point)
    assert found.verdict == verdict
    assert says in found.reason


def test_a_tail_counts_where_the_sample_supports_it(columns_of):
    """Two late requests in a hundred are beyond p95; in four hundred they are at p99."""
    few = [request(n, lag_ms=40 if n % 50 == 0 else 0.1) for n in range(100)]
    assert judged(columns_of(few), facts(), OPEN).verdict == "trusted"
    many = [request(100 + n, lag_ms=40 if n % 50 == 0 else 0.1) for n in range(400)]
    found = judged(columns_of(many), facts(), OPEN)
    assert found.verdict == "saturated"
    assert "40.0 ms after their planned time (p99)" in found.reason


@pytest.mark.parametrize(
    ("known", "advice"),
    [
        ({"share": 0.7}, "the busiest worker used 70% of a core; use more workers"),
        (
            {"share": 0.02},
            "so it was answers or arrivals that came in bursts; fewer",
        ),
        ({"share": 0.02, "waiting": 0.1}, "a worker waited for a core 10% of the time"),
        ({"share": 0.02, "steal": 0.02}, "gave 2.0% of its cores' time to others (steal)"),
        ({"share": 0.7, "steal": 0.02}, "use more workers"),
        ({"share": 0.02, "steal": 0.005}, "came in bursts"),
        ({"share": 0.7, "waiting": 0.1}, "use more workers"),
    ],
)
@pytest.mark.parametrize(
    ("point", "records"),
    [(OPEN, {"lag_ms": 30}), (POINT, {"delay_ms": 90})],
)
def test_the_advice_follows_the_cause(columns_of, point, records, known, advice):
    found = judged(columns_of([request(n, **records) for n in range(20)]), facts(**known), point)
    assert found.verdict == "saturated"
    assert advice in found.reason
    assert ("more workers" in found.reason) == ("more workers" in advice)


def test_without_a_success_there_is_no_verdict(columns_of):
    made = [request(n, lag_ms=90, outcome="http_5xx", first_ns=None, gaps=()) for n in range(9)]
    found = judged(columns_of(made), facts(share=0.99), OPEN)
    assert found.verdict is None
    assert found.reason == "No request succeeded, so there is nothing to judge the client by."
    lost = judged(columns_of([]), facts(counts=counted(stored=18)), OPEN)
    assert lost.verdict == "saturated"


def test_a_saturated_figure_outranks_a_strained_one(columns_of):
    columns = columns_of([request(n, lag_ms=9) for n in range(20)])
    found = judged(columns, facts(share=0.99), OPEN)
    assert found.verdict == "saturated"
    assert "used 99% of a core" in found.reason


def test_the_worst_finding_is_the_one_told(columns_of):
    columns = columns_of([request(n, delay_ms=400) for n in range(20)])
    found = judged(columns, facts(share=0.85))
    assert found.verdict == "saturated"
    assert "unread" in found.reason


def test_waiting_for_a_slot_is_not_the_clients_lateness(columns_of):
    columns = columns_of([request(n, lag_ms=500) for n in range(20)])
    assert judged(columns, facts(), OPEN).verdict == "saturated"
    capped = judged(columns, facts(), CAPPED)
    assert capped.verdict == "trusted"
    assert capped.send_lag_ms["p50"] == pytest.approx(500)
    assert "send lag p75 500.00 ms (waiting for a slot under the cap)" in capped.reason


def test_send_lag_is_unknown_in_a_closed_loop(columns_of):
    found = judged(columns_of([request(0)]), facts())
    assert found.send_lag_ms["p99"] is None
    assert found.send_lag_ms["count"] == 0


def test_events_merged_by_the_server_do_not_count_against_the_client(columns_of):
    pairs = (0, 40) * 4
    by_server = judged(columns_of([request(n, gaps=pairs, delay_ms=3) for n in range(20)]), facts())
    assert by_server.coalesced_share == 0.5
    assert by_server.verdict == "trusted"


def test_events_merged_by_late_reads_do(columns_of):
    late = {"gaps": (5,) * 8 + (0,) * 2, "delay_ms": 15}
    made = [request(n, **(late if n < 4 else {"gaps": (5,) * 10})) for n in range(20)]
    found = judged(columns_of(made), facts(0.6))
    assert found.coalesced_share == pytest.approx(0.04)
    assert found.verdict == "strained"
    assert "4.0% of inter-token gaps may be zero only because the client read late" in found.reason


@pytest.mark.parametrize(
    "gaps",
    [
        (0, 0, 0, 20) * 5,  # four choices of a step in one write
        (0.1, 0.1, 0, 20) * 5,  # in writes that follow closely
        (*(0,) * 9, 200) * 3,  # a buffer that is flushed now and then
    ],
)
def test_bursts_of_the_service_are_not_the_clients_though_some_were_read_late(columns_of, gaps):
    point = replace(POINT, rate=5.0, parallel=None)
    made = [request(n, lag_ms=0.1, gaps=gaps, delay_ms=5 + 15 * (n % 3)) for n in range(60)]
    found = judged(columns_of(made), facts(), point)
    assert found.coalesced_share is not None
    assert found.coalesced_share >= 0.25
    assert found.verdict == "trusted"


def test_of_late_reads_only_what_they_add_to_the_services_bursts_counts(columns_of):
    burst, merged = (0, 20) * 10, (0, 0, 0, 20) * 5
    made = [
        request(n, gaps=merged if n < 30 else burst, delay_ms=25 if n < 30 else 0.2)
        for n in range(60)
    ]
    found = judged(columns_of(made), facts())
    assert found.verdict == "saturated"
    assert "12.5% of inter-token gaps" in found.reason


def test_a_dead_worker_is_told(columns_of):
    gone = WorkerFacts(
        worker=1, wall_s=2.0, cpu_s=0.1, sched_delay_s=None, kernel_stamps=True, died=True
    )
    known = PointFacts(workers=[*facts().workers, gone], parent_cpu_s=None)
    found = judged(columns_of([request(0)]), known)
    assert found.verdict == "strained"
    assert found.reason.startswith("Worker 1 died")
    assert found.cpu_s is None
    assert found.cpu_us_per_event is None


def away(worker: int, host: str, error_ms: float, **more: object) -> WorkerFacts:
    return WorkerFacts(
        **{"worker": worker, "wall_s": 10.0, "cpu_s": 1.0, "sched_delay_s": 0.1}
        | {"kernel_stamps": True, "host": host, "clock_error_ns": round(error_ms * MS)}
        | {"clock_offset_ns": 5_000_000_000, "clock_drift_ppm": 0.5}
        | more
    )


@pytest.mark.parametrize(
    ("error_ms", "verdict"),
    [(0.02, "trusted"), (1.0, "trusted"), (1.1, "strained"), (900.0, "strained")],
)
def test_clocks_of_machines_must_be_known(columns_of, error_ms, verdict):
    workers = [away(0, "a:1", 0.01), away(1, "b:1", error_ms), away(2, "a:1", 0.01)]
    found = judged(columns_of([request(0)]), PointFacts(workers=workers, parent_cpu_s=0.5))
    assert found.verdict == verdict
    assert ("clocks of the machines" in found.reason) == (verdict == "strained")
    assert [(each.host, each.workers, each.clock_error_ms) for each in found.machines] == [
        ("a:1", 2, 0.01),
        ("b:1", 1, pytest.approx(error_ms)),
    ]
    assert found.machines[0].clock_offset_ms == 5000
    assert found.machines[0].lost is None


def test_a_lost_machine_and_its_heir_are_told(columns_of):
    lost = away(0, "a:1", 0.01, died=True, why="it does not answer within 10 s", replaced_by=2)
    workers = [lost, away(1, "b:1", 0.01), away(2, "b:1", 0.01)]
    found = judged(columns_of([request(0)]), PointFacts(workers=workers, parent_cpu_s=0.5))
    assert found.verdict == "strained"
    assert found.reason == (
        "Worker 0 on a:1 died, and until worker 2 had its place the load was below the plan: "
        "see run.log and run again."
    )
    assert [machine.lost for machine in found.machines] == [lost.why, None]


def test_a_killed_run_is_judged_by_its_records(columns_of):
    made = [request(n, lag_ms=0.1, worker=n % 3) for n in range(30)]
    found = judged(columns_of(made), None, OPEN)
    assert found.verdict == "trusted"
    assert "CPU unknown as the run was killed" in found.reason
    assert found.workers == 3
    assert found.worker_cpu_share == []
    assert found.cpu_s is None
    assert found.sched_delay_share is None
    assert found.kernel_stamps
    late = [request(30 + n, lag_ms=50) for n in range(30)]
    killed = judged(columns_of(late), None, OPEN)
    assert killed.verdict == "saturated"
    assert killed.reason.endswith("what kept it is not known; run again.")


def test_nothing_was_sent(columns_of):
    made = [Record(seq=0, sample_id="s", outcome="connect", end_ns=START)]
    found = judged(columns_of(made), facts(0.0, 0.0))
    assert found.verdict is None
    assert found.events == 0
    assert found.cpu_us_per_event is None
    assert found.coalesced_share is None
    assert found.reason == "Nothing was sent, so there is nothing to judge the client by."


def test_no_kernel_stamps_are_said(columns_of):
    found = judged(columns_of([request(0, delay_ms=None)]), facts(stamps=False))
    assert not found.kernel_stamps
    assert found.reason.endswith("no kernel stamps.")
    assert judged(columns_of([request(1, delay_ms=None)]), None).kernel_stamps is False


def counted(planned=20, sent=20, unsent=0, stored=20) -> dict[str, Counts]:
    return {"measure": Counts(planned, sent, unsent, sent, stored, stored)}


def test_a_lost_request_is_said_before_all_else(columns_of):
    made = columns_of([request(n, delay_ms=400) for n in range(18)])
    found = judged(made, facts(share=0.99, counts=counted(stored=18)))
    assert found.verdict == "saturated"
    assert found.reason.startswith("2 requests were sent and left no record")


def test_a_lost_request_does_not_hide_who_died_and_who_took_over(columns_of):
    made = columns_of([request(n) for n in range(18)])
    dead = away(0, "a:1", 0.01, died=True, why="it does not answer within 10 s", replaced_by=1)
    known = PointFacts([dead, away(1, "b:1", 0.01)], 0.5, counts=counted(stored=18))
    assert judged(made, known).reason == (
        "2 requests were sent and left no record (worker 0 on a:1 died: it does not answer within "
        "10 s, and worker 1 was given the rest of its plan): the figures are of the others. "
        "See run.log and run again."
    )


def test_a_lost_warm_up_request_counts_too(columns_of):
    counts = counted() | {"warmup": Counts(5, 5, 0, 5, 5, 4)}
    found = judged(columns_of([request(n) for n in range(20)]), facts(counts=counts))
    assert found.verdict == "saturated"
    assert found.reason.startswith("1 requests were sent and left no record")


def test_a_ledger_that_does_not_balance_is_never_trusted(columns_of):
    made = columns_of([request(n) for n in range(20)])
    found = judged(made, facts(counts=counted(planned=25)))
    assert found.verdict == "saturated"
    assert "The ledger does not balance: 25 planned, 20 sent, 0 unsent" in found.reason


@pytest.mark.parametrize(("unsent", "verdict"), [(1, "strained"), (180, "saturated")])
def test_arrivals_that_found_no_slot_are_told(columns_of, unsent, verdict):
    made = columns_of([request(n, lag_ms=500) for n in range(20)])
    known = facts(counts=counted(planned=20 + unsent, unsent=unsent))
    found = judged(made, known, CAPPED)
    assert found.verdict == verdict
    assert f"{unsent} of {20 + unsent} planned requests were not sent" in found.reason
    # Whoever stops a run knows that it was not finished, and a closed loop has no arrivals.
    assert judged(made, replace(known, interrupted=True), CAPPED).verdict == "trusted"
    timed = judged(made, known, replace(POINT, duration_s=1.0))
    assert "not sent" not in timed.reason


def test_arrivals_left_out_as_too_late_are_told_and_turns_that_were_never_due_are_not(columns_of):
    def dropped(turns):
        counts = Counts(21 + turns, 21, 0, 21, 21, 21, dropped=turns)
        return facts(counts={"measure": counts})

    talks = [request(n, lag_ms=1, conversation=f"c{n}", turn=0, turns=4) for n in range(20)]
    columns = columns_of([*talks, request(20, conversation="c0", turn=1, turns=4)])
    dropping = replace(OPEN, drop_late_s=0.1)
    # Each ended before its other turns: 59 of them.
    assert judged(columns, dropped(59), OPEN).verdict == "trusted"
    assert judged(columns, dropped(59), dropping).verdict == "trusted"
    found = judged(columns, dropped(63), dropping)
    assert found.verdict == "strained"
    assert found.reason.startswith("4 of 84 planned requests were dropped, as the client could")


@pytest.mark.parametrize(
    ("stalled_s", "longest_s", "verdict"),
    [(0.1, 0.1, "trusted"), (0.4, 0.1, "strained"), (1.2, 0.1, "saturated"), (3, 3, "saturated")],
)
def test_a_freeze_is_seen_though_no_percentile_sees_it(columns_of, stalled_s, longest_s, verdict):
    known = facts()
    stalled = replace(known.workers[0], stalled_s=stalled_s, longest_stall_s=longest_s)
    found = judged(columns_of([request(n) for n in range(20)]), replace(known, workers=[stalled]))
    assert found.verdict == verdict
    assert (found.stall_share, found.longest_stall_s) == (stalled_s / 10, longest_s)
    assert ("stood still" in found.reason) == (verdict != "trusted")


def test_a_freeze_is_named_where_it_made_requests_late(columns_of):
    known = facts(share=0.02)
    frozen = replace(known.workers[0], stalled_s=1.5, longest_stall_s=1.5)
    made = columns_of([request(n, lag_ms=1500) for n in range(20)])
    found = judged(made, replace(known, workers=[frozen]), OPEN)
    assert found.verdict == "saturated"
    assert "ms after their planned time" in found.reason
    assert "a worker stood still for up to 1.5 s" in found.reason
    assert "bursts" not in found.reason


@pytest.mark.parametrize(
    ("stepped", "verdict"), [(0, "trusted"), (1, "strained"), (9, "saturated")]
)
def test_a_step_of_the_wall_clock_is_told(columns_of, stepped, verdict):
    made = [request(n, restamped=n < stepped) for n in range(20)]
    found = judged(columns_of(made), facts())
    assert (found.verdict, found.restamped) == (verdict, stepped)
    assert ("The wall clock stepped" in found.reason) == bool(stepped)
