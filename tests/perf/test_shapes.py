"""Loads that change over time, as the store tells them: the plan is kept, and all is accounted
for."""

from __future__ import annotations

import pytest
from load_runs import Measured, measured

from perfbench import PerfConfig, SimulatorConfig
from perfbench.driver.schedule import planned_arrivals, slot_steps
from perfbench.perf.points import plan_points

QUICK = SimulatorConfig(port=0, ttft_ms=5, itl_ms=2, output_tokens=3)
SLOW = SimulatorConfig(port=0, ttft_ms=100, itl_ms=1, output_tokens=3)


def balanced(run: Measured) -> bool:
    assert run.summary.ledger is not None
    return run.summary.ledger.balanced is True


def test_stages_are_one_plan_for_two_workers(tmp_path):
    stages = ["0.5s@40", "1s@40..160:exponential", "0.5s@0", "0.5s@60:burstiness=0.5"]
    run = measured(tmp_path, stages=stages, seed=5, workers=2, simulator=QUICK)
    (point,) = plan_points(PerfConfig(stages=stages, seed=5))
    plan = planned_arrivals(point)
    assert run.facts is not None
    assert run.facts.start_ns is not None
    start = run.facts.start_ns
    records = sorted(run.records, key=lambda record: record.seq)
    assert [(record.due_ns or 0) - start for record in records] == plan
    assert {record.worker for record in records} == {0, 1}
    assert all((record.sent_ns or 0) >= (record.due_ns or 0) for record in records)
    assert run.summary.shape == "4 stages, 0 to 160"
    assert run.summary.ledger is not None
    assert (run.summary.ledger.planned, run.summary.ledger.dropped) == (len(plan), 0)
    assert run.summary.ledger.late is not None
    assert balanced(run)


def test_a_closed_loop_never_has_more_in_flight_than_its_ramp_allows(tmp_path):
    run = measured(tmp_path, parallel=8, ramp=1.5, number=60, workers=2, simulator=SLOW)
    (point,) = plan_points(PerfConfig(parallel=8, ramp=1.5, number=60))
    assert run.outcomes == {"ok": 60}
    assert run.facts is not None
    assert run.facts.start_ns is not None
    steps = slot_steps(point)
    for record in run.records:
        at = (record.sent_ns or 0) - run.facts.start_ns
        allowed = max(slots for offset, slots in steps if offset <= at)
        in_flight = sum(
            (each.sent_ns or 0) <= (record.sent_ns or 0) < (each.end_ns or 0)
            for each in run.records
        )
        assert in_flight <= allowed
    sent = sorted((record.sent_ns or 0) - run.facts.start_ns for record in run.records)
    assert sent[1] > 50_000_000
    assert balanced(run)


def test_what_a_cap_makes_too_late_is_dropped_where_that_is_wanted(tmp_path):
    run = measured(
        tmp_path, rate=100, parallel=2, duration=1, drop_late=0.15, seed=1, simulator=SLOW
    )
    ledger = run.summary.ledger
    assert ledger is not None
    assert ledger.dropped is not None
    assert ledger.dropped > 20
    assert ledger.planned == ledger.sent + ledger.unsent + ledger.dropped
    assert run.summary.client.send_lag_ms["p50"] < 300
    assert balanced(run)


@pytest.mark.parametrize("load", [{"parallel": 4}, {"rate": 200}])
def test_a_cooldown_is_sent_last_and_is_in_no_figure(tmp_path, load):
    run = measured(tmp_path, number=40, warmup=5, cooldown=10, simulator=QUICK, **load)
    phases = [r.phase for r in sorted(run.records, key=lambda record: record.seq)]
    assert phases == ["warmup"] * 5 + ["measure"] * 40 + ["cooldown"] * 10
    ledger = run.summary.ledger
    assert ledger is not None
    assert (run.summary.completed, ledger.planned) == (40, 40)
    assert (ledger.warmup_sent, ledger.cooldown_sent) == (5, 10)
    assert balanced(run)


def test_a_queue_that_grows_is_told(tmp_path):
    """Four at a time for about 50 ms each are 80 a second."""
    service = SimulatorConfig(port=0, step_ms=5, max_batch=4)
    run = measured(
        tmp_path, rate=180, duration=2, max_tokens=10, simulator=service, arrival="constant"
    )
    assert run.summary.steady is not None
    assert run.summary.steady.growing is True
    assert "more load than the service carries" in run.summary.steady.reason
