"""Conversations in virtual time: what follows what, whose slot it is, and where every turn went."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import FakeTransport, VirtualAlarm, run_virtually, virtual_ns

from perfbench.driver.load import PointLoad
from perfbench.driver.protocol import Go, Prepare
from perfbench.driver.source import continued, source_of
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.types import Generation, Outcome, Record, Request, Sample, Sequel, Turn

SECOND = 1_000_000_000
ENDPOINT = OpenAIChat(Generation(model="m"))


class Rewriting(OpenAIChat):
    """An endpoint that looks into its messages, as those of other APIs do."""

    carries_messages = False

    def build(self, sample: Sample) -> bytes:
        assert isinstance(sample.input, list)
        assert all(isinstance(message, dict) for message in sample.input)
        return super().build(sample)


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def plan(turns: list[int], wait_s: float = 0.0, rate: float | None = None) -> list[Request]:
    """Conversations of so many turns each."""
    made, seq = [], 0
    for talk, count in enumerate(turns):
        opening = [{"role": "system", "content": "Be brief."}, user(f"{talk}.0")]
        later = tuple(Turn([user(f"{talk}.{turn}")], wait_s=wait_s) for turn in range(1, count))
        made.append(
            Request(
                seq=seq,
                sample_id=f"talk {talk}",
                phase="measure",
                body=ENDPOINT.build(Sample("", opening)),
                path="/",
                offset_ns=None if rate is None else round(talk / rate * SECOND),
                conversation=f"talk {talk}",
                turns=count,
                sequel=Sequel(opening, later) if later else None,
            )
        )
        seq += count
    return made


@dataclass
class Ran:
    transport: FakeTransport
    load: PointLoad
    t0_ns: int
    records: list[Record] = field(default_factory=list)
    most_talks: int = 0
    end_ns: int = 0

    def sent_s(self, seq: int) -> float:
        return next(at - self.t0_ns for at, r in self.transport.sent if r.seq == seq) / SECOND

    def bodies(self) -> dict[int, Any]:
        return {r.seq: msgspec.json.decode(r.body) for _, r in self.transport.sent}


def run(
    requests: list[Request],
    service_s: float = 0.1,
    slots: int | None = None,
    cycle: int | None = None,
    endpoint: Any = ENDPOINT,
    outcome: Callable[[Request], Outcome] = lambda request: "ok",
    duration_s: float | None = None,
    stops: tuple[tuple[float, float], ...] = (),
) -> Ran:
    """Run a plan to its end, and hold its ledger against what was planned."""
    planned = sum(request.planned for request in requests)
    open_loop = any(request.offset_ns is not None for request in requests)

    async def main() -> Ran:
        transport = FakeTransport(lambda request: service_s, outcome)
        records: list[Record] = []
        source = source_of(list(requests), cycle, endpoint)
        shape = Prepare(slots, open_loop, 1, 0, cycle)
        load = PointLoad(transport, source, shape, VirtualAlarm(), records.append, clock=virtual_ns)
        ran = Ran(transport, load, virtual_ns() + 20_000_000, records)
        load.start(Go(ran.t0_ns, duration_s))
        for after_s, grace in stops:
            asyncio.get_running_loop().call_later(0.02 + after_s, load.stop, grace)
        await load.finished
        ran.end_ns = virtual_ns()
        assert load.sent == len(transport.sent) == len(records)
        if cycle is None:
            assert load.sent + load.unsent.total() + load.dropped.total() == planned
        await asyncio.sleep(1000)
        assert load.sent == len(records)  # Nothing happens after the end.
        return ran

    result: Ran = run_virtually(main())
    return result


@pytest.mark.parametrize("endpoint", [ENDPOINT, Rewriting(Generation(model="m"))])
def test_each_turn_asks_all_that_was_said_with_the_answers_that_came(endpoint):
    ran = run(plan([3]), endpoint=endpoint)
    assert ran.bodies()[2]["messages"] == [
        {"role": "system", "content": "Be brief."},
        user("0.0"),
        {"role": "assistant", "content": "answer 0"},
        user("0.1"),
        {"role": "assistant", "content": "answer 1"},
        user("0.2"),
    ]
    assert [(r.seq, r.turn, r.conversation) for r in ran.records] == [
        (turn, turn, "talk 0") for turn in range(3)
    ]


@given(
    st.lists(st.integers(1, 6), max_size=30),
    st.integers(1, 8),
    st.floats(0, 0.5),
    st.sets(st.integers(0, 100)),
)
@settings(max_examples=60, deadline=None)
def test_a_closed_loop_holds_so_many_conversations_and_loses_no_turn(turns, slots, wait_s, bad):
    def outcome(request: Request) -> Outcome:
        return "timeout" if request.seq in bad else "ok"

    requests = plan(turns, wait_s)
    ran = run(requests, slots=slots, outcome=outcome)
    assert ran.transport.most <= slots
    asked = Counter(record.conversation for record in ran.records)
    for request in requests:
        seqs = range(request.seq, request.seq + request.turns)
        fails = [seq for seq in seqs if seq in bad]
        wanted = fails[0] - request.seq + 1 if fails else request.turns
        assert asked[request.conversation] == wanted
    assert ran.load.unsent.total() == 0


def test_thinking_keeps_the_slot():
    ran = run(plan([2, 1], wait_s=3.0), slots=1)
    assert ran.sent_s(1) == pytest.approx(3.1, abs=1e-6)
    assert ran.sent_s(2) == pytest.approx(3.2, abs=1e-6)


def test_a_rate_is_of_new_conversations_and_turns_follow_on_their_own():
    ran = run(plan([2, 2, 2], wait_s=0.25, rate=1.0))
    assert [ran.sent_s(seq) for seq in (0, 2, 4)] == pytest.approx([0, 1, 2], abs=1e-6)
    assert [ran.sent_s(seq) for seq in (1, 3, 5)] == pytest.approx([0.35, 1.35, 2.35], abs=1e-6)
    assert [r.due_ns is None for r in sorted(ran.records, key=lambda r: r.seq)] == [False, True] * 3


def test_a_cap_on_a_rate_is_of_conversations():
    ran = run(plan([2, 2], wait_s=5.0, rate=1.0), slots=1)
    assert ran.sent_s(2) == pytest.approx(5.2, abs=1e-6)


def test_when_time_is_up_begun_conversations_drop_the_rest_and_others_are_unsent():
    ran = run(plan([3, 3, 3], wait_s=10.0), slots=2, duration_s=1.0)
    assert ran.load.sent == 2
    assert ran.load.dropped.total() == 4
    assert ran.load.unsent.total() == 3


def test_the_turn_in_flight_at_the_end_is_the_last_of_its_conversation():
    ran = run(plan([3]), service_s=1.0, slots=1, duration_s=0.5)
    assert (ran.load.sent, ran.load.dropped.total(), ran.load.drained) == (1, 2, 1)


@given(st.floats(0, 4), st.floats(0, 0.3), st.one_of(st.none(), st.just(2.0)))
@settings(max_examples=60, deadline=None)
def test_a_stop_at_any_time_leaves_a_balanced_ledger(after_s, grace_s, rate):
    ran = run(plan([3, 1, 4, 2], wait_s=0.3, rate=rate), slots=2, stops=((after_s, grace_s),))
    assert (ran.end_ns - ran.t0_ns) / SECOND <= max(after_s + grace_s, 8.0) + 0.2


def test_a_plan_that_starts_over_holds_each_conversation_anew():
    ran = run(plan([2, 1]), slots=1, cycle=3, duration_s=1.0)
    names = {record.seq: record.conversation for record in ran.records}
    assert names[0] == names[1] == "talk 0"
    assert names[3] == names[4] == "talk 0 (1)"
    assert len(ran.bodies()[4]["messages"]) == 4
    turns = [record.turn for record in sorted(ran.records, key=lambda r: r.seq)]
    assert turns[:6] == [0, 1, 0, 0, 1, 0]


def test_an_abandoned_turn_ends_its_conversation():
    ran = run(plan([3]), outcome=lambda request: "abandoned")
    assert (ran.load.sent, ran.load.dropped.total()) == (1, 2)


def called(**fields: Any) -> Record:
    return Record(seq=0, sample_id="", text="said", reasoning="thought", **fields)


OLD = {"role": "assistant", "content": "old"}


def call(name: str) -> dict[str, Any]:
    return {"id": name, "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_a_conversation_goes_on_from_the_services_answer_without_its_reasoning():
    turn = Turn([user("next")], recorded=OLD)
    assert continued(turn, called()) == [{"role": "assistant", "content": "said"}, user("next")]
    # A call that nobody answers would be refused.
    assert "tool_calls" not in continued(turn, called(tool_calls=[call("a")]))[0]


def test_a_recorded_answer_stands_in_where_it_is_asked_for():
    assert continued(Turn([user("next")], recorded=OLD, stands_in=True), called())[0] is OLD


def test_results_of_a_tool_answer_the_services_calls_or_else_the_recorded_ones():
    recorded = {"role": "assistant", "content": None, "tool_calls": [call("old")]}
    result = {"role": "tool", "tool_call_id": "old", "content": "4"}
    turn = Turn([result], recorded=recorded)
    assert continued(turn, called()) == [recorded, result]
    assert continued(turn, called(tool_calls=[call("a"), call("b")])) == [recorded, result]
    said, answered = continued(turn, called(tool_calls=[call("new")]))
    assert said["tool_calls"] == [call("new")]
    assert answered == {**result, "tool_call_id": "new"}
