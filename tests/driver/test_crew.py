"""Members lent and taken back; a member whose clock is not ours changes no figure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from fleet_runs import spec_of, target_of
from process_tree import all_gone, workers_of
from test_fleet import CLOSED, requests

from perfbench.client.clock import now_ns
from perfbench.client.target import Target
from perfbench.config import SimulatorConfig
from perfbench.driver.crew import Clock, Crew, Process
from perfbench.driver.fleet import Fleet
from perfbench.simulator.spawn import Simulator
from perfbench.types import PHASES, Record, on_clock

OFFSET_S = 5


@pytest.fixture(scope="module")
def quick() -> Iterator[Target]:
    with Simulator(SimulatorConfig(port=0, ttft_ms=10, itl_ms=5, output_tokens=5)) as simulator:
        yield target_of(simulator.url)


def test_members_are_lent_again_and_started_only_where_they_lack():
    with Crew(1) as crew:
        (first,) = crew.muster(1)
        second, third = crew.muster(2)
        assert len({first, second, third}) == 3
        crew.take_back(first, sound=True)
        crew.take_back(second, sound=False)
        assert first in crew.muster(2)
        assert len(workers_of()) == 3
        pids = workers_of()
    assert all_gone(pids, 3)


def test_what_a_member_sent_is_known_after_its_death():
    with Crew(1) as crew:
        (member,) = crew.muster(1)
        assert member.sent() == [0] * len(PHASES)
        member.clear()
        assert member.sent() == [0] * len(PHASES)


def test_a_record_on_another_clock_differs_in_its_stamps_alone():
    record = Record(seq=1, sample_id="s", sent_ns=5, first_ns=7, end_ns=9, read_delay_ns=3)
    moved = on_clock(record, 100)
    assert (moved.sent_ns, moved.first_ns, moved.end_ns, moved.due_ns) == (105, 107, 109, None)
    assert on_clock(moved, -100) == record


class Ahead(Process):
    """A worker in a time namespace whose monotonic clock is ahead of ours."""

    clock = Clock(OFFSET_S * 1_000_000_000)
    command = ("unshare", "--time", "--monotonic", str(OFFSET_S), "--fork", sys.executable)


def test_a_member_whose_clock_is_off_changes_no_stamp(quick):
    probe = subprocess.run([*Ahead.command, "-c", ""], capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"no time namespaces here: {probe.stderr.strip()}")
    members = iter((Process, Ahead))
    found: list[Record] = []
    with Crew(2, lambda: next(members)()) as crew, Fleet(crew, 2) as fleet:
        fleet.greet(spec_of(quick))
        fleet.load(CLOSED, requests(CLOSED))
        fleet.prepare(CLOSED, None)
        fleet.await_ready()
        begun_ns = now_ns()
        facts = fleet.run(CLOSED, found.extend, lambda standing: None)
        ended_ns = now_ns()
    assert facts.counts["measure"].received == len(found) == 60
    for record in found:
        stamps = (record.sent_ns, record.headers_ns, record.first_ns, record.end_ns)
        assert all(stamp is not None and begun_ns < stamp < ended_ns for stamp in stamps)
    first = {k: min(r.sent_ns or 0 for r in found if r.worker == k) for k in (0, 1)}
    assert abs(first[0] - first[1]) < 500_000_000, "they start together"
