"""One worker's part of a point, in virtual time: slots, arrivals, and every way to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import FakeTransport, VirtualAlarm, run_virtually, virtual_ns

from perfbench.client.exchange import Exchange
from perfbench.driver.load import PointLoad
from perfbench.driver.protocol import Go, Prepare
from perfbench.driver.source import source_of
from perfbench.types import Record, Request

SECOND = 1_000_000_000
HEAD_START_NS = 20_000_000


@dataclass
class Ran:
    transport: FakeTransport
    load: PointLoad
    t0_ns: int
    records: list[Record] = field(default_factory=list)
    end_ns: int = 0

    @property
    def seqs(self) -> list[int]:
        return sorted(record.seq for record in self.records)

    @property
    def took_s(self) -> float:
        return (self.end_ns - self.t0_ns) / SECOND

    def sent_s(self) -> list[float]:
        return [(at - self.t0_ns) / SECOND for at, _ in self.transport.sent]


def requests(count: int, due_s: Callable[[int], float] | None = None) -> list[Request]:
    return [
        Request(
            seq=seq,
            sample_id=f"s{seq}",
            phase="measure",
            body=b"{}",
            path="/",
            offset_ns=None if due_s is None else round(due_s(seq) * SECOND),
        )
        for seq in range(count)
    ]


def run(
    plan: list[Request],
    service_s: float | Callable[[Request], float],
    slots: int | None = None,
    cycle: int | None = None,
    duration_s: float | None = None,
    grace_s: float | None = None,
    stops: tuple[tuple[float, float], ...] = (),
    transport_of: type[FakeTransport] = FakeTransport,
    **more: Any,
) -> Ran:
    """Run a plan to its end; ``stops`` are (seconds after the start, grace); ``more`` is what a
    worker hears beside."""
    open_loop = bool(plan) and plan[0].offset_ns is not None
    serve = service_s if callable(service_s) else lambda request: service_s

    async def main() -> Ran:
        transport = transport_of(serve)
        records: list[Record] = []
        source = source_of(list(plan), cycle)
        shape = Prepare(slots, open_loop, 1, 0, cycle, **more)
        alarm = VirtualAlarm()
        load = PointLoad(transport, source, shape, alarm, records.append, clock=virtual_ns)
        ran = Ran(transport, load, virtual_ns() + HEAD_START_NS, records)
        load.start(Go(ran.t0_ns, duration_s, grace_s))
        loop = asyncio.get_running_loop()
        for after_s, grace in stops:
            loop.call_later(HEAD_START_NS / SECOND + after_s, load.stop, grace)
        await load.finished
        ran.end_ns = virtual_ns()
        assert load.in_flight == transport.in_flight == 0
        assert load.sent == len(transport.sent) == len(records)
        if cycle is None:
            assert load.sent + load.unsent.total() + load.dropped.total() == len(plan)
        # Nothing may happen after the end: no timer is left that would.
        await asyncio.sleep(1000)
        assert load.sent == len(records)
        return ran

    result: Ran = run_virtually(main())
    return result


@given(
    st.integers(0, 120),
    st.integers(1, 40),
    st.lists(st.integers(1, 50), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_a_closed_loop_keeps_its_slots_full_and_sends_each_request_once(number, slots, times):
    ran = run(requests(number), lambda r: times[r.seq % len(times)] / 1000, slots=slots)
    assert ran.seqs == list(range(number))
    assert [request.seq for _, request in ran.transport.sent] == list(range(number))
    assert ran.transport.most == min(number, slots)


def test_a_closed_loop_starts_on_time_and_never_rests():
    ran = run(requests(6), 1.0, slots=2)
    assert ran.sent_s() == pytest.approx([0, 0, 1, 1, 2, 2], abs=1e-6)
    assert ran.took_s == pytest.approx(3, abs=1e-6)
    assert all(record.due_ns is None for record in ran.records)


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=100),
    st.one_of(st.none(), st.integers(1, 20)),
    st.integers(0, 60),
)
@settings(max_examples=60, deadline=None)
def test_an_open_loop_sends_on_time_or_when_a_slot_is_free(gaps_ms, slots, service_ms):
    due_s = [sum(gaps_ms[: i + 1]) / 1000 for i in range(len(gaps_ms))]
    ran = run(requests(len(due_s), due_s.__getitem__), service_ms / 1000, slots=slots)
    assert ran.seqs == list(range(len(due_s)))
    if slots is not None:
        assert ran.transport.most <= slots
    free = [0.0] * (slots or len(due_s))
    for sent, due in zip(ran.sent_s(), due_s, strict=True):
        free.sort()
        expected = max(due, free[0])
        free[0] = expected + service_ms / 1000
        assert sent == pytest.approx(expected, abs=1e-6)
    for record in ran.records:
        assert record.due_ns == ran.t0_ns + round(due_s[record.seq] * SECOND)


class HoldingTransport(FakeTransport):
    """One that wants each request a millisecond early, and notes what it is told."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.told: list[tuple[str, int]] = []
        """What was called, and when; of a hold, how long before its instant."""

    def lead_ns(self, requests: int, size: int) -> int:
        return requests * 1_000_000 + size

    def hold(self, due_ns: int) -> None:
        self.told.append(("hold", due_ns - virtual_ns()))

    def send(self, request: Request) -> Exchange:
        self.told.append(("send", virtual_ns()))
        return super().send(request)

    def release(self) -> None:
        self.told.append(("release", virtual_ns()))


def test_a_transport_that_holds_requests_gets_them_early_and_by_no_more_than_it_asks() -> None:
    ran = run(requests(3, lambda seq: seq * 0.1), 0.01, transport_of=HoldingTransport)
    told = ran.transport.told
    assert [word for word, _ in told] == ["hold", "send", "release"] * 3
    lead_ns = 1_000_000 + len(requests(1)[0].body)
    assert [early for word, early in told if word == "hold"] == [lead_ns] * 3
    assert [record.due_ns for record in ran.records] == [
        ran.t0_ns + seq * SECOND // 10 for seq in range(3)
    ]


def test_what_is_due_at_one_instant_is_made_ready_before_the_first_leaves() -> None:
    """Five at one instant, 40 at the next: together, and no more than 32 at a time."""
    plan = requests(45, lambda seq: 0.1 if seq < 5 else 0.2)
    ran = run(plan, 0.01, transport_of=HoldingTransport)
    told = ran.transport.told
    words = "".join({"hold": "h", "send": "s", "release": "r"}[word] for word, _ in told)
    assert words == "hs" * 5 + "r" + "hs" * 32 + "r" + "hs" * 8 + "r"
    early = [ns for word, ns in told if word == "hold"]
    size = len(requests(1)[0].body)
    assert early[:5] == [5 * (1_000_000 + size)] * 5
    assert early[5:37] == [32 * (1_000_000 + size)] * 32
    assert [request.seq for _, request in ran.transport.sent] == list(range(45))


def test_what_has_waited_for_a_slot_is_not_held() -> None:
    """Nobody would release it."""
    ran = run(requests(3, lambda _: 0.1), 1.0, slots=1, transport_of=HoldingTransport)
    assert [word for word, _ in ran.transport.told] == ["hold", "send", "release", "send", "send"]


def test_held_arrivals_that_are_never_sent_are_counted() -> None:
    """Stopped while one batch is in flight and the next ones have been taken from the source."""
    plan = requests(12, lambda seq: 0.1 * (seq // 4))
    ran = run(plan, 5.0, transport_of=HoldingTransport, stops=((0.15, 10),))
    assert (ran.load.sent, ran.load.unsent.total()) == (8, 4)


def test_waiting_for_a_slot_counts_from_the_planned_arrival():
    ran = run(requests(3, lambda i: 0.0), 1.0, slots=1)
    waits = [record.sent_ns - record.due_ns for record in ran.records]
    assert waits == pytest.approx([0, SECOND, 2 * SECOND], abs=1000)


def test_a_late_burst_is_sent_at_once_and_is_not_re_anchored():
    """Arrivals that have passed all go out now; later ones keep their own times."""
    ran = run(requests(60, lambda i: -1.0 if i < 50 else i / 10), 0.01)
    assert ran.sent_s()[:50] == pytest.approx([-HEAD_START_NS / SECOND] * 50, abs=1e-6)
    assert ran.sent_s()[50:] == pytest.approx([i / 10 for i in range(50, 60)], abs=1e-6)


def test_duration_ends_dispatch_and_lets_streams_finish():
    ran = run(requests(100), 1.0, slots=3, duration_s=2.5)
    assert ran.load.sent == 9
    assert ran.took_s == pytest.approx(3, abs=1e-6)
    assert (ran.load.drained, ran.load.cut_at_end) == (3, 0)
    assert all(record.outcome == "ok" for record in ran.records)


def test_number_ends_a_point_before_its_duration():
    ran = run(requests(4), 1.0, slots=2, duration_s=50, grace_s=1)
    assert ran.took_s == pytest.approx(2, abs=1e-6)
    assert (ran.load.drained, ran.load.cut_at_end) == (0, 0)
    assert ran.transport.cuts == []


def test_grace_cuts_what_is_left_and_tells_it_from_what_drained():
    lengths = [2.2, 9.0, 9.0, 2.8]
    ran = run(requests(4), lambda r: lengths[r.seq], slots=4, duration_s=2, grace_s=0.5)
    assert {r.seq: r.outcome for r in ran.records} == {
        0: "ok",
        1: "cancelled",
        2: "cancelled",
        3: "cancelled",
    }
    assert (ran.load.drained, ran.load.cut_at_end) == (1, 3)
    assert ran.took_s == pytest.approx(2.5, abs=1e-6)
    assert ran.transport.cuts == ["in flight after the grace"]


def test_no_grace_at_all_cuts_at_once():
    ran = run(requests(10), 1.0, slots=2, duration_s=1.5, grace_s=0)
    assert (ran.load.sent, ran.load.drained, ran.load.cut_at_end) == (4, 0, 2)
    assert ran.took_s == pytest.approx(1.5, abs=1e-6)


def test_an_open_loop_sends_every_arrival_of_its_duration():
    """Also the last one: the timer of an event loop may be half a millisecond early."""
    ran = run(requests(20, lambda i: i / 10), 0.3, duration_s=1.8995)
    assert ran.load.sent == 20
    assert (ran.load.drained, ran.load.unsent.total()) == (3, 0)
    assert ran.took_s == pytest.approx(2.2, abs=1e-6)


def test_late_arrivals_are_sent_late_rather_than_dropped_when_time_is_up():
    ran = run(requests(200, lambda i: -5.0), 0.1, duration_s=-0.02)
    assert ran.load.sent == 200
    assert not ran.load.unsent


def test_arrivals_still_waiting_for_a_slot_when_time_is_up_are_counted():
    ran = run(requests(10, lambda i: i / 10), 1.0, slots=2, duration_s=1.5)
    assert ran.load.sent == 4
    assert ran.load.unsent == {"measure": 6}
    assert (ran.load.drained, ran.load.cut_at_end) == (2, 0)


def test_stop_with_grace_drains():
    ran = run(requests(100), 1.0, slots=2, stops=((1.5, 5.0),))
    assert ran.seqs == [0, 1, 2, 3]
    assert ran.took_s == pytest.approx(2, abs=1e-6)
    assert (ran.load.cut_at_end, ran.transport.cuts) == (0, [])


def test_stop_cuts_what_outlasts_its_grace():
    ran = run(requests(100), 10.0, slots=2, stops=((1.0, 5.0),))
    assert ran.took_s == pytest.approx(6, abs=1e-6)
    assert ran.load.cut_at_end == 2
    assert [record.outcome for record in ran.records] == ["cancelled"] * 2


def test_a_second_stop_ends_at_once_and_counts_once():
    ran = run(requests(100), 10.0, slots=3, stops=((1.0, 5.0), (2.0, 0.0), (2.0, 0.0)))
    assert ran.took_s == pytest.approx(2, abs=1e-6)
    assert (ran.load.cut_at_end, ran.transport.cuts) == (3, ["stopped"])


def test_stop_before_the_start_sends_nothing():
    for plan in (requests(10), requests(10, lambda i: i / 10)):
        ran = run(plan, 1.0, slots=2, stops=((-0.01, 0.0),))
        assert ran.records == []


def test_stop_of_an_open_loop_drops_what_waits():
    ran = run(requests(50, lambda i: i / 10), 3.0, slots=2, stops=((1.0, 5.0),))
    assert ran.seqs == [0, 1]
    assert ran.took_s == pytest.approx(3.1, abs=1e-6)


@pytest.mark.parametrize(("grace_s", "ends_s"), [(0, 2.0), (0.5, 2.5), (9, 3.0), (None, 3.0)])
def test_of_a_stop_and_the_end_of_the_duration_the_earlier_cuts(grace_s, ends_s):
    ran = run(requests(50), 4.0, slots=2, duration_s=2, grace_s=grace_s, stops=((1.0, 2.0),))
    assert ran.took_s == pytest.approx(ends_s, abs=1e-6)
    assert (ran.load.drained, ran.load.cut_at_end) == (0, 2)


def steps(*each: tuple[float, int]) -> list[tuple[int, int]]:
    return [(round(at * SECOND), slots) for at, slots in each]


def test_slots_that_open_one_by_one():
    ran = run(requests(9), 10.0, slots=3, steps=steps((0, 1), (2, 2), (4, 3)))
    assert ran.sent_s() == pytest.approx([0, 2, 4, 10, 12, 14, 20, 22, 24], abs=1e-6)


def test_slots_that_close_are_not_refilled_and_nothing_is_cut():
    ran = run(requests(8), 1.0, slots=3, steps=steps((0, 3), (1.5, 1)))
    assert ran.sent_s() == pytest.approx([0, 0, 0, 1, 1, 1, 2, 3], abs=1e-6)
    assert {record.outcome for record in ran.records} == {"ok"}


def test_no_slot_at_all_is_a_pause():
    ran = run(requests(4), 0.4, slots=1, steps=steps((0, 1), (0.5, 0), (3, 1)))
    assert ran.sent_s() == pytest.approx([0, 0.4, 3, 3.4], abs=1e-6)


def test_steps_after_the_last_request_or_the_end_are_not_waited_for():
    ran = run(requests(2), 1.0, slots=2, steps=steps((0, 2), (500, 1)))
    assert ran.took_s == pytest.approx(1, abs=1e-6)
    ran = run(requests(20), 1.0, slots=2, duration_s=2.5, steps=steps((0, 1), (500, 2)))
    assert ran.took_s == pytest.approx(3, abs=1e-6)
    ran = run(
        requests(20), 1.0, slots=2, stops=((2.5, 9.0),), steps=steps((0, 0), (2, 2), (500, 1))
    )
    assert ran.took_s == pytest.approx(3, abs=1e-6)


@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 8)), min_size=1, max_size=8),
    st.lists(st.integers(1, 50), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_steps_each_request_is_sent_once_and_no_slot_is_taken_twice(
    number, given_steps, times
):
    made = sorted({at: slots for at, slots in [(0, 2), *given_steps]}.items())
    made.append((3000, 1))
    plan = [(at * 1_000_000, slots) for at, slots in made]
    ran = run(requests(number), lambda r: times[r.seq % len(times)] / 1000, slots=9, steps=plan)
    assert ran.seqs == list(range(number))
    for at_ns, _ in ran.transport.sent:
        offset = at_ns - ran.t0_ns
        allowed = [slots for step, slots in plan if step <= offset + 2_000_000]
        in_flight = sum(r.sent_ns <= at_ns < r.end_ns for r in ran.records)
        # Those that began while there were more slots may still run.
        assert in_flight <= max(allowed)


def test_arrivals_that_wait_too_long_for_a_slot_are_dropped_and_counted():
    plan = requests(10, lambda i: i / 10)
    ran = run(plan, 1.0, slots=1, drop_late_ns=round(0.35 * SECOND))
    # One slot for a second each: at 1 s the arrival of 0.7 s is the first that is not too late.
    assert [request.seq for _, request in ran.transport.sent] == [0, 7]
    assert ran.load.dropped == {"measure": 8}
    assert not ran.load.unsent


def test_arrivals_that_are_too_late_by_themselves_are_dropped():
    ran = run(requests(20, lambda i: -5.0 if i < 12 else 0.1), 0.1, drop_late_ns=SECOND)
    assert (ran.load.sent, ran.load.dropped) == (8, {"measure": 12})


def test_of_what_waits_at_the_end_the_too_late_are_dropped_and_the_rest_unsent():
    plan = requests(10, lambda i: i / 10)
    ran = run(plan, 5.0, slots=1, duration_s=1.0, drop_late_ns=round(0.45 * SECOND))
    assert ran.load.sent == 1
    assert (ran.load.dropped.total(), ran.load.unsent.total()) == (5, 4)


def test_a_plan_that_cycles_moves_on_to_the_next_url():
    plan = [Request(i, str(i), "measure", b"", "/", url=i % 3) for i in range(4)]
    source = source_of(plan, 4, urls=3)
    taken = [source.take() for _ in range(12)]
    assert [request.url for request in taken] == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]
    chosen_later = source_of([Request(0, "0", "measure", b"", "/")], 1, urls=3)
    assert {chosen_later.take().url for _ in range(4)} == {None}


def test_a_plan_that_cycles_numbers_on_and_measures_what_it_repeats():
    plan = requests(6)
    plan[:2] = [Request(r.seq, r.sample_id, "warmup", r.body, r.path) for r in plan[:2]]
    ran = run(plan, 1.0, slots=2, cycle=100, duration_s=7.5)
    assert [record.seq for record in ran.records] == [
        *range(6),
        *range(100, 106),
        *range(200, 204),
    ]
    assert [record.sample_id for record in ran.records[:8]] == [
        *(f"s{i}" for i in range(6)),
        "s0",
        "s1",
    ]
    phases = [record.phase for record in ran.records]
    assert phases == ["warmup", "warmup"] + ["measure"] * 14


def test_a_plan_without_requests_is_over_at_once():
    assert run([], 1.0, slots=4).records == []
    assert run([], 1.0, slots=4, cycle=10, duration_s=5).records == []


class _Broken(FakeTransport):
    def send(self, request: Request) -> object:  # type: ignore[override]
        raise TypeError("a bug in a transport")


@pytest.mark.parametrize("due_s", [None, lambda i: i / 10])
def test_a_transport_that_raises_ends_the_point_with_its_error(due_s):
    plan = requests(3, due_s)

    async def main() -> None:
        shape = Prepare(1, due_s is not None, 1, 0)
        transport = _Broken(lambda request: 0.0)
        load = PointLoad(
            transport,
            source_of(plan, None),
            shape,
            VirtualAlarm(),
            lambda record: None,
            clock=virtual_ns,
        )
        load.start(Go(virtual_ns()))
        with pytest.raises(TypeError, match="a bug in a transport"):
            await load.finished

    run_virtually(main())
