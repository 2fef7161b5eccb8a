"""The ledger of a point, exact against what the service counted, whatever goes wrong."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from load_runs import Measured, measured, read_truth
from process_tree import workers_of
from started import QUICK

from perfbench.types import RequestLedger

FAULTS = {"ttft_ms": 5.0, "itl_ms": 1.0, "output_tokens": 8, "error_rate": 0.1, "cut_rate": 0.1}


def faulty(folder: Path, **settings: Any) -> tuple[Measured, Counter[str]]:
    """A load test of a service with 10 % errors and 10 % cuts, and what the service says of it."""
    log = folder / "truth.tsv"
    found = measured(folder / "results", simulator={**FAULTS, "log": log}, **settings)
    return found, Counter(truth.status for truth in read_truth(log).values())


def ledger_of(found: Measured) -> RequestLedger:
    assert found.summary.ledger is not None
    assert found.summary.ledger.balanced
    return found.summary.ledger


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("warmup", [0, 50])
def test_errors_and_cuts_are_all_accounted_for(tmp_path, workers, warmup):
    found, told = faulty(tmp_path, parallel=[20], number=[150], warmup=warmup, workers=workers)
    ledger = ledger_of(found)
    assert (ledger.planned, ledger.sent, ledger.unsent, ledger.lost) == (150, 150, 0, 0)
    assert (ledger.cut, ledger.dropped, ledger.resends) == (0, 0, 0)
    assert (ledger.warmup_sent, ledger.warmup_lost) == (warmup, 0)
    every = Counter(record.outcome for record in found.records)
    assert told.total() == len(found.records) == 150 + warmup
    assert every["ok"] == told["ok"] == 0.8 * told.total()
    assert every["http_5xx"] == every["truncated"] == 0.1 * told.total()
    measure = Counter(record.outcome for record in found.records if record.phase == "measure")
    assert {"ok": ledger.ok, **{k: v for k, v in ledger.failed.items() if v}} == measure
    assert found.facts is not None
    assert {worker.spooled_bytes for worker in found.facts.workers} == {0}


def test_a_duration_leaves_the_rest_of_the_plan_unsent(tmp_path):
    found, told = faulty(tmp_path, parallel=[10], number=[5_000], duration=0.6, workers=2)
    ledger = ledger_of(found)
    assert ledger.planned == 5_000
    assert ledger.unsent == 5_000 - told.total() > 0
    assert ledger.sent == told.total()
    assert (
        found.summary.client.verdict != "saturated" or "planned" not in found.summary.client.reason
    )


def test_where_only_time_bounds_a_point_all_that_is_planned_is_sent(tmp_path):
    found, told = faulty(tmp_path, parallel=[10], duration=0.6)
    ledger = ledger_of(found)
    assert ledger.planned == ledger.sent == told.total()
    assert ledger.unsent == 0


def test_a_grace_cuts_and_says_so(tmp_path):
    log = tmp_path / "truth.tsv"
    found = measured(
        tmp_path / "results",
        simulator={"ttft_ms": 5, "itl_ms": 1000, "output_tokens": 20, "log": log},
        parallel=[6],
        number=[50],
        duration=0.4,
        grace=0.2,
    )
    ledger = ledger_of(found)
    assert (ledger.sent, ledger.cut, ledger.ok, ledger.unsent) == (6, 6, 0, 44)


def test_arrivals_that_find_no_slot_are_in_the_ledger_and_the_verdict(tmp_path):
    found = measured(
        tmp_path / "results",
        simulator={"ttft_ms": 60, "itl_ms": 1, "output_tokens": 4},
        rate=[200.0],
        parallel=[2],
        duration=1.0,
    )
    ledger = ledger_of(found)
    assert ledger.planned is not None
    assert ledger.unsent is not None
    assert ledger.planned > 120
    assert ledger.unsent > 60
    assert ledger.sent == len(found.records)
    # On a busy machine there may be worse to say of the client than this.
    assert found.summary.client.verdict == "saturated"


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_leaves_a_ledger_that_balances(start, presses):
    run = start(QUICK, "--parallel", "8", "--number", "5000", "--workers", "2")
    run.wait_until_answered(40)
    for _ in range(presses):
        run.interrupt()
        time.sleep(0.05)
    status, errors = run.end(within_s=10)
    assert (status, errors) == (130, "")
    (path,) = (run.folder / "results").iterdir()
    (point,) = json.loads((path / "summary.json").read_text())["points"]
    ledger = point["ledger"]
    assert ledger["planned"] == 5_000 == ledger["sent"] + ledger["unsent"]
    assert ledger["sent"] == ledger["ok"] + ledger["cut"] + sum(ledger["failed"].values())
    assert ledger["lost"] == 0
    assert ledger["sent"] == len(read_truth(run.log)) or presses == 2


def test_a_parent_that_is_stopped_loses_nothing(start):
    run = start(QUICK, "--parallel", "100", "--number", "3000", "--workers", "2")
    run.wait_until_answered(100)
    for _ in range(2):
        os.kill(run.process.pid, signal.SIGSTOP)
        time.sleep(1.0)
        os.kill(run.process.pid, signal.SIGCONT)
        time.sleep(0.1)
    status, errors = run.end(within_s=60)
    assert (status, errors) == (0, "")
    left = run.left()
    assert left.outcomes == {"ok": 3000}
    assert ledger_of(left).lost == 0
    assert len(read_truth(run.log)) == 3000


def test_a_worker_that_is_killed_loses_what_it_had_in_hand_and_that_is_said(start):
    busy = "ttft_ms: 10, itl_ms: 25, output_tokens: 8"
    run = start(busy, "--parallel", "40", "--number", "800", "--workers", "2")
    run.wait_until_answered(100)
    os.kill(workers_of(run.process.pid)[0], signal.SIGKILL)
    status, _ = run.end(within_s=60)
    assert status == 0
    left = run.left()
    ledger = left.summary.ledger
    assert ledger is not None
    assert ledger.planned == 800
    assert ledger.sent is not None
    assert ledger.lost == ledger.sent - len(left.records) > 0
    assert ledger.planned == ledger.sent + (ledger.unsent or 0)
    client = left.summary.client
    assert client.verdict == "saturated"
    assert client.reason.startswith(f"{ledger.lost:,} requests were sent and left no record")
    assert "killed by SIGKILL" in client.reason


def test_a_worker_that_freezes_is_never_trusted(start):
    run = start(QUICK, "--parallel", "4", "--duration", "4")
    run.wait_until_answered(20)
    (worker,) = workers_of(run.process.pid)
    os.kill(worker, signal.SIGSTOP)
    time.sleep(1.0)
    os.kill(worker, signal.SIGCONT)
    status, _ = run.end(within_s=30)
    assert status == 0
    client = run.left().summary.client
    assert client.verdict != "trusted"
    assert client.longest_stall_s is not None
    assert client.longest_stall_s > 0.9
