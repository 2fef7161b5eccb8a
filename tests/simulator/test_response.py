import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from simulator_client import sse_payloads

from perfbench.config import SimulatorConfig
from perfbench.simulator.api import GUARD, Call, Reject, parse_call
from perfbench.simulator.faults import Fault
from perfbench.simulator.options import options_of
from perfbench.simulator.response import LATE_USAGE_NS, make_script

PLAIN = options_of(SimulatorConfig())


def call_of(chat=True, options=PLAIN, number=3, **fields) -> Call:
    body = {"stream": True, "stream_options": {"include_usage": True}, **fields}
    body |= {"messages": [{"role": "user", "content": "Hi"}]} if chat else {"prompt": "Hi"}
    return parse_call(json.dumps(body).encode(), chat, number, options)


def unchunked(data: bytes) -> tuple[bytes, bool]:
    """The body of a chunked response without its head, and whether it has its last chunk."""
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return body, data == b"\r\n"
        body += data[:length]
        assert data[length : length + 2] == b"\r\n"
        data = data[length + 2 :]
    return body, False


def played(call: Call, fault: Fault | None = None, cached: int | None = None):
    """The events of a whole stream."""
    script = make_script(call, fault, True, True)
    head, _, rest = script.head.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    body, complete = unchunked(rest + b"".join(script.steps) + script.closing(cached))
    return [json.loads(p) if p != "[DONE]" else p for p in sse_payloads(body)], complete


def choice_text(events, index, field):
    return "".join(
        item["delta"].get(field) or "" if "delta" in item else item["text"]
        for event in events
        if isinstance(event, dict)
        for item in event.get("choices", [])
        if item["index"] == index
    )


shapes = st.builds(
    dict,
    tokens_per_event=st.integers(1, 5),
    reasoning_tokens=st.integers(0, 12),
    framing=st.sampled_from(["lf", "crlf", "cr", "odd"]),
    usage=st.sampled_from(["own", "own-with-choices", "finish", "late", "missing"]),
    done=st.booleans(),
    role_early=st.booleans(),
    reasoning_field=st.sampled_from(["reasoning", "reasoning_content"]),
)


@given(shapes, st.booleans(), st.integers(1, 40), st.integers(1, 3), st.booleans())
def test_every_shape_says_the_same_in_full(shape, chat, tokens, n, continuous):
    options = replace(PLAIN, **shape)
    stream_options = {"include_usage": True, "continuous_usage_stats": continuous}
    call = call_of(chat, options, max_tokens=tokens, n=n, stream_options=stream_options)
    events, complete = played(call, cached=2)
    assert complete
    assert ("[DONE]" in events) == shape["done"]
    for index, output in enumerate(call.outputs()):
        assert choice_text(events, index, "content") == "".join(output.content)
        if chat:
            thoughts = choice_text(events, index, shape["reasoning_field"])
            assert thoughts == "".join(output.reasoning)
    finishes = [
        (item["index"], item["finish_reason"])
        for event in events
        if event != "[DONE]"
        for item in event.get("choices", [])
        if item["finish_reason"]
    ]
    assert sorted(finishes) == [(index, "length") for index in range(n)]
    usages = [event["usage"] for event in events if event != "[DONE]" and "usage" in event]
    if shape["usage"] != "missing":
        assert usages[-1]["completion_tokens"] == n * tokens
        assert usages[-1]["prompt_tokens_details"] == {"cached_tokens": 2}
    elif not continuous:
        assert usages == []


@given(shapes, st.integers(1, 40))
def test_each_step_carries_the_tokens_it_says(shape, tokens):
    call = call_of(options=replace(PLAIN, **shape), max_tokens=tokens)
    script = make_script(call, None, True, True)
    reasoning = min(shape["reasoning_tokens"], tokens)
    k = shape["tokens_per_event"]
    assert len(script.steps) == -(-reasoning // k) + -(-(tokens - reasoning) // k)
    assert script.tokens == tokens
    assert (script.closing_ns == LATE_USAGE_NS) == (shape["usage"] == "late")


def test_continuous_usage_counts_up_to_the_total():
    call = call_of(
        max_tokens=5,
        options=replace(PLAIN, tokens_per_event=2),
        stream_options={"include_usage": True, "continuous_usage_stats": True},
    )
    events, _ = played(call)
    counts = [e["usage"]["completion_tokens"] for e in events if e != "[DONE]" and "usage" in e]
    assert counts == [2, 4, 5, 5]


def test_usage_is_left_out_unless_it_is_asked_for():
    events, _ = played(call_of(max_tokens=3, stream_options=None))
    assert not any("usage" in event for event in events if event != "[DONE]")


def test_the_role_comes_with_the_head_only_when_it_comes_early():
    early = make_script(call_of(options=replace(PLAIN, role_early=True)), None, True, True)
    usual = make_script(call_of(), None, True, True)
    assert (early.head.count(b'"role"'), early.steps[0].count(b'"role"')) == (1, 0)
    assert (usual.head.count(b'"role"'), usual.steps[0].count(b'"role"')) == (0, 1)


def test_a_tool_call_comes_in_fragments_with_its_name_first():
    tool = {"type": "function", "function": {"name": "look_up", "parameters": {}}}
    call = call_of(max_tokens=6, tools=[tool], tool_choice="required")
    events, _ = played(call)
    deltas = [item["delta"] for event in events[:-1] for item in event["choices"]]
    fragments = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert fragments[0]["function"]["name"] == "look_up"
    assert fragments[0]["id"] == "call_3"
    assert all("id" not in fragment for fragment in fragments[1:])
    assert len(fragments) == 6
    arguments = "".join(fragment["function"]["arguments"] for fragment in fragments)
    assert list(json.loads(arguments)) == ["text"]
    whole = make_script(replace(call, stream=False), None, True, True).closing(None)
    message = json.loads(whole.partition(b"\r\n\r\n")[2])["choices"][0]["message"]
    assert message["tool_calls"][0]["function"] == {"name": "look_up", "arguments": arguments}


@pytest.mark.parametrize("choice", [None, "auto", "none"])
def test_tools_are_not_called_unless_they_must_be(choice):
    call = call_of(tools=[{"type": "function", "function": {"name": "f"}}], tool_choice=choice)
    assert call.tool is None


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("tokens", [1, 2, 9])
def test_faults_leave_half_of_the_tokens(chat, tokens):
    half = max(1, tokens // 2)
    call = call_of(chat, max_tokens=tokens)
    cut = make_script(call, Fault("cut"), True, True)
    assert (len(cut.steps), cut.closing(None), cut.ending) == (half, b"", "reset")
    assert make_script(call, Fault("close"), True, True).ending == "close"
    events, complete = played(call, Fault("in_band"))
    assert complete
    assert "error" in events[-2]
    assert not any('"length"' in json.dumps(event) for event in events)
    events, complete = played(call, Fault("empty"))
    assert complete
    assert choice_text(events, 0, "content") == ""
    assert events[-2]["usage"]["completion_tokens"] == 0


@given(st.integers(1, 9), st.integers(1, 4))
def test_a_stall_is_always_before_a_step(tokens, n):
    script = make_script(call_of(max_tokens=tokens, n=n), Fault("stall", 0.5), True, True)
    assert script.stall_at in range(0, len(script.steps), script.width)
    assert script.stall_s == 0.5


def test_an_answer_in_one_piece_takes_as_many_steps_as_its_stream():
    call = call_of(max_tokens=10, options=replace(PLAIN, tokens_per_event=3), stream=False)
    script = make_script(call, None, True, True)
    assert (len(script.steps), script.head, set(script.steps)) == (4, b"", {b""})
    answer = json.loads(script.closing(16).partition(b"\r\n\r\n")[2])
    assert answer["choices"][0]["message"]["content"] == "".join(call.outputs()[0].content)
    assert answer["usage"]["completion_tokens"] == 10


def test_http_10_gets_a_body_that_ends_with_the_connection():
    script = make_script(call_of(max_tokens=2), None, False, True)
    assert b"chunked" not in script.head
    assert script.ending == "close"
    payloads = sse_payloads(b"".join(script.steps) + script.closing(None))
    assert payloads[-1] == "[DONE]"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"messages": []}, 400),
        ({"messages": None}, 400),
        ({"messages": "hi"}, 400),
        ({"max_tokens": 0}, 400),
        ({"max_tokens": "many"}, 400),
        ({"max_tokens": 2**21}, 400),
        ({"max_tokens": 4, "min_tokens": 5}, 400),
        ({"min_tokens": -1}, 400),
        ({"n": 0}, 400),
        ({"model": "other"}, 404),
        ({"tools": [{}], "tool_choice": "required"}, 400),
    ],
)
def test_impossible_requests_are_refused(fields, status):
    body = {"messages": [{"role": "user", "content": "Hi"}], **fields}
    with pytest.raises(Reject) as caught:
        parse_call(json.dumps(body).encode(), True, 0, PLAIN)
    assert caught.value.status == status
    assert json.loads(caught.value.body())["error"]["message"] == str(caught.value)


@pytest.mark.parametrize(
    "prompt", [None, [], ["a", 1], [1, "a"], [[1], "a"], [-1], [1.5], {"a": 1}]
)
def test_prompts_that_are_neither_texts_nor_ids_are_refused(prompt):
    with pytest.raises(Reject) as caught:
        parse_call(json.dumps({"prompt": prompt}).encode(), False, 0, PLAIN)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("prompt", "tokens", "choices"),
    [("12345678", 2, 1), ([1, 2, 3], 3, 1), (["1234", "5678"], 2, 2), ([[1], [2, 3]], 3, 2)],
)
def test_prompts_may_be_texts_or_ids_one_or_many(prompt, tokens, choices):
    call = parse_call(json.dumps({"prompt": prompt}).encode(), False, 0, PLAIN)
    assert (call.prompt_tokens, call.choices) == (tokens, choices)


def test_lengths_given_are_reached_and_open_ones_end_by_themselves():
    assert (call_of(max_tokens=7).tokens, call_of(max_tokens=7).finish) == (7, "length")
    assert call_of(max_completion_tokens=9, max_tokens=7).tokens == 9
    lengths = {call_of(number=number).tokens for number in range(400)}
    assert lengths == set(range(12, 37))
    assert {call_of(number=n, max_tokens=GUARD).tokens for n in range(400)} == lengths
    assert call_of(max_tokens=GUARD).finish == "stop"
    assert call_of(max_tokens=GUARD, ignore_eos=True).tokens == GUARD
    assert call_of(max_tokens=GUARD, min_tokens=GUARD).tokens == GUARD
    assert call_of().finish == "stop"
    assert call_of(ignore_eos=True).finish == "length"
    assert call_of(min_tokens=90).tokens == 90
