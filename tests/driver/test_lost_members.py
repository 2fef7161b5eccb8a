"""Members that lie, fall silent or die: each ends in a line, and every request is accounted for."""

from __future__ import annotations

import os
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from fleet_runs import Heard, Team, spec_of, target_of
from msgspec.structs import replace
from process_tree import workers_of
from scripted_member import Scripted, packed, says
from test_fleet import CLOSED, requests

from perfbench.client.target import Target
from perfbench.config import SimulatorConfig
from perfbench.driver.crew import Crew, Process
from perfbench.driver.fleet import Fleet, Standing
from perfbench.driver.protocol import LENGTH, Batch
from perfbench.driver.schedule import rest_of
from perfbench.simulator.spawn import Simulator
from perfbench.types import Point, PointFacts, Record, Request


@pytest.fixture(scope="module")
def quick() -> Iterator[Target]:
    with Simulator(SimulatorConfig(port=0, ttft_ms=10, itl_ms=5, output_tokens=5)) as simulator:
        yield target_of(simulator.url)


def beside_a_worker(target: Target, member: Scripted) -> tuple[PointFacts, list[Record]]:
    """Run a point on a true worker and a scripted one."""
    members = iter((Process, lambda: member))
    found: list[Record] = []
    with Crew(2, lambda: next(members)()) as crew, Fleet(crew, 2) as fleet:
        fleet.greet(spec_of(target))
        fleet.load(CLOSED, requests(CLOSED))
        fleet.prepare(CLOSED, None)
        assert fleet.await_ready()
        facts = fleet.run(CLOSED, found.extend, lambda standing: None)
    return facts, found


def record(seq: int) -> Record:
    return Record(seq=seq, sample_id=str(seq), worker=1, sent_ns=1, end_ns=2)


def silent(sock: socket.socket) -> None:
    says(Batch([record(1)], [0, 4, 0], 3, 0.1, True))(sock)


def gone(sock: socket.socket) -> None:
    sock.sendall(packed({"type": "Batch"})[:7])
    sock.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("script", "why", "sent", "received"),
    [
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "it sent a message of 1,347,703,880 b", 0, 0),
        (says(LENGTH.pack(1 << 31)), "it sent a message of 2,147,483,648 bytes; 150,", 0, 0),
        (says(packed({"type": "Nonsense"})), "it sent what is no message", 0, 0),
        (says(packed(["Batch", 1])), "it sent what is no message", 0, 0),
        (says(LENGTH.pack(3) + b"\xc1\xc1\xc1"), "it sent what is no message", 0, 0),
        (says(Batch([], [4], 3, 0.1, True)), "it sent what is no message", 0, 0),
        (gone, "it hung up", 0, 0),
        (silent, "nothing was heard of it for 1 s", 4, 1),
    ],
)
def test_a_member_that_makes_no_sense_is_lost_alone(
    quick: Target, script: Callable[[socket.socket], None], why: str, sent: int, received: int
) -> None:
    facts, found = beside_a_worker(quick, Scripted(script, patience_s=1))
    true, lost = facts.workers
    assert not true.died
    assert lost.died
    assert lost.host == "elsewhere:1"
    assert (lost.why or "").startswith(why)
    assert lost.sent_unknown
    counts = facts.counts["measure"]
    assert counts.planned == 60 == counts.sent + counts.unsent
    assert counts.sent == 30 + sent
    assert counts.received == len(found) == 30 + received


def kill_one(team: Team, after: int) -> Callable[[Standing], None]:
    victims = workers_of()[:1]

    def tick(standing: Standing) -> None:
        if standing.sent >= after and victims:
            os.kill(victims.pop(), signal.SIGKILL)

    return tick


def replacing(target: Target, point: Point, plan: list[Request], cycle: int | None) -> Heard:
    with Team(2, replaces=True) as team:
        team.greet(spec_of(target))
        return team.run(point, 2, plan, cycle, on_tick=kill_one(team, 20))


def test_another_takes_the_place_of_a_lost_worker(quick: Target) -> None:
    point = replace(CLOSED, number=300)
    heard = replacing(quick, point, requests(point), None)
    facts = heard.kept()
    lost, other, heir = facts.workers
    assert (lost.died, lost.replaced_by) == (True, 2)
    assert not other.died
    assert not heir.died
    counts = facts.counts["measure"]
    assert (counts.planned, counts.sent, counts.unsent) == (300, 300, 0)
    in_hand = counts.sent - counts.received
    assert 0 < in_hand < 150, "what it had in flight, or not handed over yet"
    seqs = Counter(record.seq for record in heard.records)
    assert max(seqs.values()) == 1
    assert len(seqs) == 300 - in_hand


def test_arrivals_are_not_made_up_for(quick: Target) -> None:
    point = Point(0, "open", None, 100.0, 500, arrival="constant")
    heard = replacing(quick, point, requests(point), None)
    facts = heard.kept()
    assert [worker.replaced_by for worker in facts.workers] == [2, None, None]
    counts = facts.counts["measure"]
    assert counts.planned == 500 == counts.sent + counts.unsent
    assert 20 < counts.unsent < 250
    start = min((record.due_ns or 0) - 10_000_000 * record.seq for record in heard.records)
    assert {(record.due_ns or 0) - 10_000_000 * record.seq for record in heard.records} == {start}


def test_a_plan_that_starts_over_goes_on_in_its_next_turn(quick: Target) -> None:
    point = Point(0, "time", 6, None, None, duration_s=5)
    heard = replacing(quick, point, requests(replace(point, number=8)), 8)
    assert [worker.replaced_by for worker in heard.kept().workers] == [2, None, None]
    seqs = [record.seq for record in heard.records]
    assert len(set(seqs)) == len(seqs)
    assert any(record.worker == 2 for record in heard.records)


def plan(number: int, rate: float | None = None) -> list[Request]:
    gap = None if rate is None else round(1e9 / rate)
    return [
        Request(seq, str(seq), "warmup" if seq < 2 else "measure", b"", "/",
                offset_ns=None if gap is None else seq * gap)
        for seq in range(number)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stripe", "sent", "since_ns", "cycle", "rest"),
    [
        (plan(5), 0, 0, None, [0, 1, 2, 3, 4]),
        (plan(5), 3, 0, None, [3, 4]),
        (plan(5), 5, 0, None, []),
        (plan(5, 1.0), 1, 3_000_000_000, None, [3, 4]),
        (plan(5, 1.0), 1, 9_000_000_000, None, []),
        (plan(3), 0, 0, 10, [10, 11, 12]),
        (plan(3), 7, 0, 10, [30, 31, 32]),
        ([], 7, 0, 10, []),
    ],
)
def test_what_is_left_of_a_stripe(
    stripe: list[Request], sent: int, since_ns: int, cycle: int | None, rest: list[int]
) -> None:
    left = rest_of(stripe, sent, since_ns, cycle)
    assert [request.seq for request in left] == rest
    if cycle is not None:
        assert {request.phase for request in left} <= {"measure"}
