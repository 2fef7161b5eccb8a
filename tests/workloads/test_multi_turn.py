"""Workloads of conversations: how files are cut into turns, what is generated and drawn."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from workload_points import point

from perfbench.config import PerfConfig
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.errors import PerfbenchError, WorkloadError
from perfbench.perf.plan import Plan
from perfbench.types import Generation, Point, Sample
from perfbench.workloads import load_workload

CALL = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
TOOL_TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "2 + 2?", "max_tokens": 7},
    {"role": "assistant", "content": None, "tool_calls": CALL},
    {"role": "tool", "tool_call_id": "c", "content": "4", "wait_s": 1.5},
    {"role": "assistant", "content": "It is 4."},
    {"role": "user", "content": "Sure?", "wait_s": 9},
]
GPT_TALK = {
    "conversations": [
        {"from": "gpt", "value": "Hello!"},
        {"from": "human", "value": "Hi."},
        {"from": "gpt", "value": "How can I help?"},
        {"from": "human", "value": "Tell me of ships."},
        {"from": "gpt", "value": "They float."},
    ]
}


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "talks.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def drawn(at: Point, count: int, **settings: Any) -> list[Sample]:
    workload = load_workload(PerfConfig(**settings), None)
    assert workload.conversations
    return list(islice(workload.samples(at), count))


def test_a_file_of_messages_is_asked_turn_by_turn(tmp_path):
    path = written(tmp_path, TOOL_TALK, {"messages": TOOL_TALK[:2]})
    first, second = drawn(point(), 2, dataset="custom_multi_turn", dataset_path=path)
    assert first.input == [TOOL_TALK[0], {"role": "user", "content": "2 + 2?"}]
    assert first.max_tokens == 7
    tool, again = first.later
    assert tool.messages == [{"role": "tool", "tool_call_id": "c", "content": "4"}]
    assert (tool.wait_s, tool.recorded) == (1.5, TOOL_TALK[2])
    assert (again.wait_s, again.recorded, again.stands_in) == (9, TOOL_TALK[4], False)
    assert second.later == ()


def test_waits_of_the_settings_win_for_users_and_fill_in_for_tools(tmp_path):
    path = written(tmp_path, TOOL_TALK)
    (found,) = drawn(
        *(point(), 1),
        **{"dataset": "custom_multi_turn", "dataset_path": path},
        **{"think_time": "2s", "tool_time": "3s", "replies": "recorded"},
    )
    assert [turn.wait_s for turn in found.later] == [1.5, 2.0]
    assert all(turn.stands_in for turn in found.later)


def test_sharegpt_conversations(tmp_path):
    path = written(tmp_path, GPT_TALK)
    (found,) = drawn(point(), 1, dataset="share_gpt_en_multi_turn", dataset_path=path)
    assert isinstance(found.input, list)
    assert [message["role"] for message in found.input] == ["assistant", "user"]
    assert [turn.messages[0]["content"] for turn in found.later] == ["Tell me of ships."]


def test_recorded_answers_say_how_long_theirs_may_be_where_they_can_be_counted(tmp_path, bos):
    path = written(tmp_path, GPT_TALK, TOOL_TALK)
    said = bos.count(["How can I help?", "They float."])
    for asked, wanted in ((None, said), ([9], [9, 9])):
        config = PerfConfig(dataset="custom_multi_turn", dataset_path=path, max_tokens=asked)
        talk, tools = islice(load_workload(config, bos).samples(point()), 2)
        assert [talk.max_tokens, talk.later[0].max_tokens] == wanted
        assert tools.max_tokens == (7 if asked is None else 9)


def test_limits_of_turns(tmp_path):
    path = written(tmp_path, TOOL_TALK, GPT_TALK)
    settings = {"dataset": "custom_multi_turn", "dataset_path": path}
    assert [len(s.later) for s in drawn(point(), 9, **settings)] == [2, 1]
    assert [len(s.later) for s in drawn(point(), 9, max_turns=2, **settings)] == [1, 1]
    workload = load_workload(PerfConfig(min_turns=3, **settings), None)
    assert [len(s.later) for s in workload.samples(point())] == [2]
    assert workload.notes == ["1 of 2 conversations are left out: they have fewer turns than 3"]
    with pytest.raises(WorkloadError, match="no conversation has 4 or more turns"):
        load_workload(PerfConfig(min_turns=4, **settings), None)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"prompt": "x"}, 'a row has "messages" or "conversations"'),
        (["x"], "message 1 is a text"),
        ([{"role": "user", "content": "x", "wait_s": -1}], '"wait_s" of message 1 is -1'),
        ([{"role": "user", "content": "x", "max_tokens": 0}], '"max_tokens" of message 1 is 0'),
        ({"conversations": [{"value": "x"}]}, 'turn 1 has no "from"'),
    ],
)
def test_malformed_rows_are_told_with_their_place(tmp_path, row, words):
    path = written(tmp_path, TOOL_TALK, row)
    with pytest.raises(WorkloadError, match=f"talks.jsonl.*2.*{words}"):
        load_workload(PerfConfig(dataset="custom_multi_turn", dataset_path=path), None)


GENERATED = {
    **{"dataset": "random_multi_turn", "min_turns": 2, "max_turns": 4, "seed": 1},
    **{"min_prompt_length": 30, "max_prompt_length": 30, "later_prompt_length": [5, 8]},
    **{"max_tokens": [10, 20], "think_time": "exponential:1s"},
}


def test_generated_conversations_are_as_asked_and_the_same_for_a_seed():
    found = drawn(point(), 200, **GENERATED)
    assert {len(sample.later) for sample in found} == {1, 2, 3}
    later = [turn for sample in found for turn in sample.later]
    assert {len(turn.messages[0]["content"].split()) for turn in later} == {5, 6, 7, 8}
    assert all(10 <= (turn.max_tokens or 0) <= 20 for turn in later)
    assert 0.8 < sum(turn.wait_s for turn in later) / len(later) < 1.2
    assert found == drawn(point(), 200, **GENERATED)
    assert found[0].input != drawn(point(1), 1, **GENERATED)[0].input


def test_that_some_requests_are_abandoned_changes_nothing_else():
    plain = drawn(point(), 100, **GENERATED)
    some = drawn(point(), 100, cancel_rate=0.3, cancel_after="5tokens", **GENERATED)
    assert [s.max_tokens for s in some] == [s.max_tokens for s in plain]
    assert [s.input for s in some] == [s.input for s in plain]
    all_of = [p.patience for s in some for p in (s, *s.later)]
    left = [patience for patience in all_of if patience is not None]
    assert 0.2 < len(left) / len(all_of) < 0.4
    assert {patience.events for patience in left} == {5}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"max_turns": 3}, "--max-turns is for conversations"),
        ({"prompt": "x", "think_time": "1s"}, "--think-time is for conversations"),
        ({**GENERATED, "api": "completions"}, "cannot carry: use --api openai"),
        ({**GENERATED, "replies": "recorded"}, "--replies means nothing to"),
        ({"dataset": "custom_multi_turn"}, "needs --dataset-path"),
    ],
)
def test_what_cannot_be_is_refused(settings, words):
    with pytest.raises(PerfbenchError, match=words):
        load_workload(PerfConfig(**settings), None)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"conversations": 3, "number": 3}, "--conversations and --number"),
        ({"min_turns": 3, "max_turns": 2}, "--min-turns is above"),
        ({"think_time": "soon"}, "is no number or duration"),
        ({"think_time": "gamma:2s"}, "exponential:MEAN"),
        ({"cancel_rate": 0.5}, "needs --cancel-after"),
        ({"cancel_after": "5tokens"}, "needs --cancel-rate"),
        ({"cancel_rate": 1, "cancel_after": "5tokens", "stream": False}, "answers that are str"),
        ({"cancel_rate": 1, "cancel_after": "0tokens"}, "at its first token or later"),
        ({"cancel_rate": 1, "cancel_after": "exponential:0.5tokens"}, "at its first token"),
        ({"later_prompt_length": [3, 2]}, "MIN MAX"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        PerfConfig(**settings)


def plan_of(at: Point) -> Plan:
    workload = load_workload(PerfConfig(**GENERATED), None)
    return Plan(at, workload, OpenAIChat(Generation(model="m")), "/", True)


def test_a_number_of_requests_is_exact_with_whole_conversations_but_the_last():
    plan = plan_of(Point(0, "p", 4, None, 50, warmup=7))
    requests = list(plan.requests())
    assert plan.total == 57 == sum(request.planned for request in requests)
    assert sum(r.planned for r in requests if r.phase == "warmup") == 7
    ends = [request.seq + request.planned for request in requests]
    assert [request.seq for request in requests] == [0, *ends[:-1]]
    assert all(request.turns == request.planned for request in requests)
    assert plan.asked(requests[3].seq) == 4
    assert plan.asked(None) == 0


@pytest.mark.parametrize("rate", [None, 5.0])
def test_conversations_that_are_counted_are_whole(rate):
    plan = plan_of(Point(0, "p", None if rate else 4, rate, None, conversations=12, warmup=3))
    total = plan.total
    requests = list(plan.requests())
    assert len(requests) == 15
    assert sum(r.phase == "warmup" for r in requests) == 3
    assert total == sum(request.planned for request in requests)
    assert all((request.offset_ns is None) == (rate is None) for request in requests)


def test_a_rate_for_a_time_plans_every_turn_of_what_arrives():
    plan = plan_of(Point(0, "p", None, 10.0, None, duration_s=2.0, arrival="constant"))
    total = plan.total
    requests = list(plan.requests())
    assert len(requests) == 20
    assert total == sum(request.planned for request in requests) >= 40
