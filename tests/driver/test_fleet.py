"""Real worker processes against the real simulator: nothing is lost, and nobody waits for ever."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fleet_runs import Heard, Team, spec_of, target_of
from msgspec.structs import replace
from process_tree import all_gone, workers_of

from perfbench.client.target import Target
from perfbench.config import SimulatorConfig
from perfbench.driver.crew import Crew
from perfbench.driver.fleet import Fleet, Standing
from perfbench.driver.schedule import planned_arrivals, share
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.errors import TargetError, WorkerError
from perfbench.simulator.spawn import Simulator
from perfbench.types import Counts, Generation, Point, Request, Sample

CLOSED = Point(0, "closed", 6, None, 60)


@pytest.fixture(scope="module")
def quick() -> Iterator[Target]:
    """A service whose answers take 30 ms."""
    with Simulator(SimulatorConfig(port=0, ttft_ms=10, itl_ms=5, output_tokens=5)) as simulator:
        yield target_of(simulator.url)


@pytest.fixture(scope="module")
def slow() -> Iterator[Target]:
    """A service whose answers take 10 s."""
    with Simulator(SimulatorConfig(port=0, ttft_ms=10, itl_ms=1000, output_tokens=11)) as simulator:
        yield target_of(simulator.url)


def requests(point: Point) -> list[Request]:
    endpoint = OpenAIChat(Generation(model="simulated"))
    due = planned_arrivals(point) if point.rate is not None else None
    count = len(due) if due is not None else (point.number or 0) + point.warmup
    return [
        Request(
            seq=seq,
            sample_id=str(seq),
            phase="warmup" if seq < point.warmup else "measure",
            body=endpoint.build(Sample(str(seq), f"Question {seq}?")),
            path="/v1/chat/completions",
            offset_ns=None if due is None else due[seq],
        )
        for seq in range(count)
    ]


def run(
    team: Team, point: Point, workers: int, plan: list[Request] | None = None, **more: Any
) -> Heard:
    return team.run(point, workers, requests(point) if plan is None else plan, **more)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_record_arrives_whatever_the_number_of_workers(quick, workers):
    with Team(workers) as team:
        team.greet(spec_of(quick))
        heard = run(team, CLOSED, workers)
    assert sorted(record.seq for record in heard.records) == list(range(60))
    assert heard.outcomes == {"ok": 60}
    counts = Counter(record.worker for record in heard.records)
    assert [counts[k] for k in range(workers)] == [
        10 * share(6, workers, k) for k in range(workers)
    ]
    facts = heard.kept()
    assert [worker.worker for worker in facts.workers] == list(range(workers))
    assert not any(worker.died for worker in facts.workers)
    assert all(worker.cpu_s > 0 and worker.wall_s > 0.2 for worker in facts.workers)
    assert (facts.interrupted, facts.cut_at_end, facts.drained) == (False, 0, 0)
    assert facts.counts["measure"] == Counts(60, 60, 0, 60, 60)
    assert facts.counts["warmup"] == Counts(0, 0, 0, 0, 0)
    assert (heard.ticks[-1].sent, heard.ticks[-1].in_flight) == (60, 0)


def test_all_workers_start_together_and_slots_are_never_exceeded(quick):
    with Team(3) as team:
        team.greet(spec_of(quick))
        heard = run(team, CLOSED, 3)
    edges = sorted(
        edge for r in heard.records for edge in ((r.sent_ns or 0, 1), (r.end_ns or 0, -1))
    )
    in_flight, most = 0, 0
    for _, step in edges:
        in_flight += step
        most = max(most, in_flight)
    assert most == 6
    first = {k: min(r.sent_ns or 0 for r in heard.records if r.worker == k) for k in range(3)}
    assert max(first.values()) - min(first.values()) < 100_000_000


def test_points_follow_each_other_on_some_or_all_workers(quick):
    with Team(2) as team:
        team.greet(spec_of(quick))
        small = replace(CLOSED, parallel=1, number=4)
        for point, workers in ((CLOSED, 2), (small, 1), (replace(CLOSED, warmup=6), 2)):
            heard = run(team, point, workers)
            assert heard.outcomes == {"ok": (point.number or 0) + point.warmup}
            assert len(heard.kept().workers) == workers
    phases = Counter(record.phase for record in heard.records)
    assert phases == {"warmup": 6, "measure": 60}


def test_an_open_loop_keeps_one_plan_over_two_workers(quick):
    point = Point(0, "open", None, 200.0, 120)
    with Team(2) as team:
        team.greet(spec_of(quick))
        heard = run(team, point, 2)
    planned = planned_arrivals(point)
    by_seq = sorted(heard.records, key=lambda record: record.seq)
    start = (by_seq[0].due_ns or 0) - planned[0]
    assert [(record.due_ns or 0) - start for record in by_seq] == planned
    assert [record.worker for record in by_seq] == [seq % 2 for seq in range(120)]
    # Not a figure of merit: the machine may be busy. Nobody may be early, though.
    lags = [(record.sent_ns or 0) - (record.due_ns or 0) for record in by_seq]
    assert min(lags) >= 0
    assert sorted(lags)[60] < 50_000_000


def test_duration_and_grace_reach_the_workers(slow):
    point = Point(0, "short", 4, None, 100, duration_s=0.5, grace_s=0.2)
    with Team(2) as team:
        team.greet(spec_of(slow))
        begun = time.monotonic()
        heard = run(team, point, 2)
    assert time.monotonic() - begun < 8
    assert heard.outcomes == {"cancelled": 4}
    assert (heard.kept().cut_at_end, heard.kept().drained) == (4, 0)
    # What had come before the cut is kept.
    assert all(record.events == 1 for record in heard.records)


def test_a_plan_that_cycles_has_one_number_for_each_request(quick):
    point = Point(0, "time", 4, None, None, duration_s=0.6)
    plan = requests(replace(point, number=10))
    with Team(2) as team:
        team.greet(spec_of(quick))
        heard = run(team, point, 2, plan, cycle=10)
    seqs = [record.seq for record in heard.records]
    assert len(set(seqs)) == len(seqs) > 20
    assert heard.outcomes == {"ok": len(seqs)}
    assert all(int(record.sample_id) == record.seq % 10 for record in heard.records)


def test_a_worker_that_is_killed_is_reported_and_another_takes_its_place(quick):
    point = replace(CLOSED, number=240)
    with Team(2) as team:
        team.greet(spec_of(quick))
        victims = workers_of()[:1]

        def tick(standing: Standing) -> None:
            if standing.sent >= 40 and victims:
                os.kill(victims.pop(), signal.SIGKILL)

        heard = run(team, point, 2, on_tick=tick)
        facts = heard.kept()
        first, second = facts.workers
        assert (first.died, first.why) == (True, "killed by SIGKILL")
        assert not second.died
        assert facts.interrupted
        counts = Counter(record.worker for record in heard.records)
        assert counts[1] == 120
        assert 0 < counts[0] < 120
        assert first.cpu_s > 0
        assert first.kernel_stamps == second.kernel_stamps
        kept = facts.counts["measure"]
        assert kept.planned == 240 == kept.sent + kept.unsent
        assert kept.received == kept.handed == len(heard.records)
        # Its own count has survived it: what it had sent and not handed over is known.
        assert 0 < kept.sent - kept.received < 120
        again = run(team, point, 2)
        assert again.outcomes == {"ok": 240}
        assert not any(worker.died for worker in again.kept().workers)


def test_a_worker_that_died_while_it_was_idle_is_not_lent(quick):
    with Team(2) as team:
        team.greet(spec_of(quick))
        victim = workers_of()[1]
        os.kill(victim, signal.SIGKILL)
        assert all_gone([victim], 5)
        assert run(team, CLOSED, 2).outcomes == {"ok": 60}


def test_a_worker_that_dies_before_it_is_ready_is_an_error(quick):
    with Crew(2) as crew, Fleet(crew, 2) as fleet:
        fleet.greet(spec_of(quick))
        fleet.load(CLOSED, requests(CLOSED))
        os.kill(workers_of()[1], signal.SIGKILL)
        fleet.prepare(CLOSED, None)
        with pytest.raises(WorkerError, match="worker 1 died: killed by SIGKILL"):
            fleet.await_ready()


def test_a_stop_while_workers_connect_ends_the_wait(quick):
    with Crew(1) as crew, Fleet(crew, 1) as fleet:
        fleet.greet(spec_of(quick))
        fleet.load(CLOSED, requests(CLOSED))
        fleet.stop(5.0)
        assert not fleet.await_ready()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_service_that_is_not_there_is_one_clear_line(workers):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Team(workers) as team:
        team.greet(spec_of(Target(scheme="http", host="127.0.0.1", port=port)))
        with pytest.raises(TargetError) as caught:
            run(team, CLOSED, workers)
    assert str(caught.value) == f"cannot connect to 127.0.0.1:{port}: connection refused"


def test_stop_drains_what_is_in_flight(quick):
    point = replace(CLOSED, number=100_000)
    plan = requests(replace(point, number=2000))
    with Team(2) as team:
        team.greet(spec_of(quick))
        heard = run(team, point, 2, plan, on_tick=lambda standing: team.stop(5.0))
    assert heard.outcomes == {"ok": len(heard.records)}
    assert 6 <= len(heard.records) < 2000
    assert heard.ticks[-1].sent == len(heard.records)


def test_events_are_counted_while_requests_run(slow):
    def stop_when_seen(standing: Standing) -> None:
        if standing.events:
            team.stop(0)

    with Team(2) as team:
        team.greet(spec_of(slow))
        heard = run(team, CLOSED, 2, on_tick=stop_when_seen)
    assert heard.outcomes == {"cancelled": 6}
    # Six streams with a role and a token each, or a few more on a slow machine.
    assert 6 <= max(tick.events for tick in heard.ticks) <= 66
    assert heard.ticks[-1].events == 0


def test_a_stop_before_the_start_is_not_lost(slow):
    with Team(2) as team:
        team.greet(spec_of(slow))
        team.stop(0)
        begun = time.monotonic()
        heard = run(team, CLOSED, 2)
    assert time.monotonic() - begun < 8
    assert set(heard.outcomes) <= {"cancelled"}


def test_a_second_stop_cuts_at_once(slow):
    stops = iter((30.0, 0.0))
    begun = time.monotonic()
    with Team(1) as team:
        team.greet(spec_of(slow))
        heard = run(
            team, replace(CLOSED, number=50), 1, on_tick=lambda _: team.stop(next(stops, 0.0))
        )
    assert time.monotonic() - begun < 8
    assert heard.outcomes == {"cancelled": 6}
    assert heard.kept().cut_at_end == 6


def test_stop_from_a_signal_handler_never_tears_a_message(quick):
    """The signal comes while a large plan is being written to a worker that reads it slowly."""
    plan = requests(replace(CLOSED, number=40))
    padded = [
        Request(r.seq, r.sample_id, r.phase, r.body[:-1] + b" " * 400_000 + b"}", r.path)
        for r in plan
    ]
    with Crew(1) as crew, Fleet(crew, 1) as fleet:
        before = signal.signal(signal.SIGALRM, lambda number, frame: fleet.stop(5.0))
        try:
            fleet.greet(spec_of(quick))
            signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
            fleet.load(CLOSED, padded)
            signal.setitimer(signal.ITIMER_REAL, 0)
            fleet.prepare(CLOSED, None)
            fleet.await_ready()
            heard = Heard()
            heard.facts = fleet.run(CLOSED, heard.records.extend, heard.ticks.append)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    assert set(heard.outcomes) <= {"ok"}
    assert not heard.facts.workers[0].died


def test_workers_are_gone_after_the_block_also_while_they_are_busy(slow):
    def tick(standing: Standing) -> None:
        raise RuntimeError("the parent fails")

    with Team(2) as team:
        team.greet(spec_of(slow))
        pids = workers_of()
        assert len(pids) == 2
        with pytest.raises(RuntimeError, match="the parent fails"):
            run(team, CLOSED, 2, on_tick=tick)
        # They were in the middle of a point: nobody knows what they would do with another.
        assert all_gone(pids, 2)


BROKEN = """
from perfbench.endpoints.openai_chat import OpenAIChat

class Unparsable(OpenAIChat):
    '''Fails on the answer to the tenth request.'''
    def parse_many(self, events):
        deltas = OpenAIChat.parse_many(events)
        if any(delta.response_id and delta.response_id.endswith('-9') for delta in deltas):
            raise TypeError('cannot unpack\\nnon-iterable NoneType')
        return deltas
    plain_texts = parse = None

class Unbuildable(OpenAIChat):
    '''Works in the parent, fails in a worker.'''
    def __init__(self, generation):
        raise ValueError('no such dialect')
"""
ENTRY_POINTS = """
[perfbench.endpoints]
unparsable = broken_endpoint:Unparsable
unbuildable = broken_endpoint:Unbuildable
missing = broken_endpoint:Missing
"""


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package with endpoints that have bugs."""
    (tmp_path / "broken_endpoint.py").write_text(BROKEN)
    info = tmp_path / "broken_endpoint-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-endpoint\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


@pytest.mark.usefixtures("third_party")
def test_a_bug_in_an_endpoint_costs_the_requests_that_meet_it(capfd):
    with (
        Simulator(SimulatorConfig(port=0, ttft_ms=10, itl_ms=5, output_tokens=5)) as simulator,
        Team(2) as team,
    ):
        team.greet(spec_of(target_of(simulator.url), "unparsable"))
        heard = run(team, replace(CLOSED, number=60), 2)
    assert not any(worker.died for worker in heard.kept().workers)
    assert heard.kept().counts["measure"] == Counts(60, 60, 0, 60, 60)
    failed = [record for record in heard.records if record.outcome != "ok"]
    assert [record.outcome for record in failed] == ["protocol"]
    assert "TypeError: cannot unpack" in failed[0].detail
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ("unbuildable", "ValueError: no such dialect"),
        ("missing", "missing: the module broken_endpoint has no 'Missing'$"),
    ],
)
def test_a_worker_that_cannot_begin_says_why(quick, capfd, endpoint, why):
    with Team(1) as team:
        team.greet(spec_of(quick, endpoint))
        with pytest.raises(WorkerError, match=f"worker 0 died: {why}"):
            run(team, CLOSED, 1)
    assert capfd.readouterr() == ("", "")


def test_a_file_named_like_a_library_is_not_taken_for_it(quick, tmp_path, monkeypatch):
    for name in ("json.py", "msgspec.py", "perfbench.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module was imported')\n")
    monkeypatch.chdir(tmp_path)
    with Team(1) as team:
        team.greet(spec_of(quick))
        assert run(team, CLOSED, 1).outcomes == {"ok": 60}
