"""What is read out of servers' answers: real shapes, and properties over many generated ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_corpus import CORPUS
from hypothesis import given
from hypothesis import strategies as st

from perfbench.endpoints import fields, tolerant
from perfbench.endpoints.events import _delta, parse_event, parse_events
from perfbench.types import Delta

NONSENSE = [b"", b"null", b"[]", b'"text"', b"17", b"{", b'{"choices":[}', b"<html>", b"{} {}"]

texts = st.none() | st.text(max_size=8)
counts = st.none() | st.integers(-1, 1 << 40)
tool_calls = st.lists(
    st.fixed_dictionaries(
        {"index": st.integers(0, 3)},
        optional={
            "id": texts,
            "function": st.fixed_dictionaries({}, optional={"name": texts, "arguments": texts}),
        },
    ),
    max_size=2,
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "role": st.just("assistant"),
        "content": texts,
        "reasoning": texts,
        "reasoning_content": texts,
        "refusal": texts,
        "tool_calls": st.none() | tool_calls,
    },
)
usages = st.fixed_dictionaries(
    {},
    optional={
        "prompt_tokens": counts,
        "completion_tokens": counts,
        "reasoning_tokens": counts,
        "prompt_tokens_details": st.none() | st.fixed_dictionaries({"cached_tokens": counts}),
    },
)
choices = st.fixed_dictionaries(
    {},
    optional={
        "index": st.none() | st.integers(0, 4),
        "delta": st.none() | messages,
        "message": messages,
        "text": texts,
        "finish_reason": st.sampled_from([None, "", "null", "stop", "length", "error"]),
        "logprobs": st.none()
        | st.fixed_dictionaries({"content": st.none() | st.lists(st.just({"token": "a"}))}),
        "token_ids": st.none() | st.lists(st.integers(0, 9), max_size=3),
        "usage": st.none() | usages,
        "error": st.sampled_from([None, "broke", {"message": "broke"}]),
    },
)
events = st.fixed_dictionaries(
    {},
    optional={
        "id": texts,
        "object": st.just("chat.completion.chunk"),
        "choices": st.none() | st.lists(choices, max_size=3),
        "usage": st.none() | usages,
        "error": st.sampled_from([None, {}, "broke", {"message": "broke"}]),
        "timings": st.none() | st.fixed_dictionaries({"predicted_n": counts, "cache_n": counts}),
        "message": texts,
    },
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def encode(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("name", CORPUS)
def test_real_shapes(name: str) -> None:
    data, expected = CORPUS[name]
    assert parse_event(data) == expected


@pytest.mark.parametrize("name", CORPUS)
def test_the_slow_way_reads_real_shapes_alike(name: str) -> None:
    data, expected = CORPUS[name]
    answer = fields.load(data)
    delta = _delta(tolerant.regular(answer))
    delta.error = fields.error_text(answer) or delta.error
    assert delta == expected


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    datas = [data for data, _ in CORPUS.values()]
    assert parse_events(datas) == [delta for _, delta in CORPUS.values()]
    assert parse_events([]) == []


@given(events)
def test_fast_and_slow_way_agree(event: dict[str, Any]) -> None:
    slow = _delta(tolerant.regular(event))
    slow.error = fields.error_text(event) or slow.error
    assert parse_event(encode(event)) == slow


@given(
    st.lists(events.map(encode) | json_values.map(encode) | st.sampled_from(NONSENSE), max_size=5)
)
def test_any_mix_at_once_is_the_same_as_one_by_one(datas: list[bytes]) -> None:
    try:
        one_by_one = [parse_event(data) for data in datas]
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - the message is the JSON library's
            parse_events(datas)
    else:
        assert parse_events(datas) == one_by_one


@given(
    st.dictionaries(
        st.sampled_from(["id", "choices", "usage", "error", "timings", "details", "token"]),
        json_values
        | st.lists(
            st.dictionaries(st.sampled_from(["delta", "text", "index"]), json_values), max_size=3
        ),
        max_size=4,
    )
)
def test_any_object_is_read_without_failing(value: dict[str, Any]) -> None:
    delta = parse_event(encode(value))
    assert isinstance(delta, Delta)
    assert delta.usage is None or all(
        count is None or count >= 0
        for count in (delta.usage.input_tokens, delta.usage.output_tokens)
    )


@given(st.binary())
def test_any_bytes_are_a_delta_or_a_value_error(data: bytes) -> None:
    try:
        assert isinstance(parse_event(data), Delta)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - the message is the JSON library's
            parse_events([b"{}", data])


@pytest.mark.parametrize("data", NONSENSE)
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the JSON library's
        parse_event(data)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"choices":' + b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"error":' * 3_000 + b"1" + b"}" * 3_000,
    ],
)
def test_deep_nesting_is_a_delta_or_a_value_error(data: bytes) -> None:
    try:
        outcome: object = parse_event(data)
    except ValueError as error:
        outcome = error
    assert isinstance(outcome, (Delta, ValueError))


def test_two_events_are_never_read_as_one() -> None:
    halves = [b'{"choices":[{"text":"a"', b'"index":0}]}']
    with pytest.raises(ValueError, match="delimiter"):
        parse_events(halves)


@pytest.mark.parametrize("text", ["x" * 5000, "é" * 3000, "\ud83d" * 3000])
def test_long_errors_are_cut_at_two_kilobytes(text: str) -> None:
    error = parse_event(encode({"error": {"message": text}})).error
    assert error is not None
    assert 2000 < len(error.encode()) <= 2048
    assert error[:100] in text.encode(errors="replace").decode()


def test_role_and_usage_events_bear_no_token() -> None:
    bearing = {name for name, (data, _) in CORPUS.items() if parse_event(data).token_bearing}
    assert "OpenAI: content event" in bearing
    assert "vLLM: reasoning with continuous usage" in bearing
    assert "OpenAI: first fragment of a tool call" in bearing
    assert "OpenAI: role event" not in bearing
    assert "OpenAI: usage event with empty choices" not in bearing
    assert "OpenAI: tool-call fragment without content" not in bearing


def test_an_event_of_several_choices_is_one_delta() -> None:
    delta = parse_event(
        b'{"id":"a","choices":[{"index":2,"text":"x","token_ids":[1]},'
        b'{"index":3,"text":"y","token_ids":[2,3],"finish_reason":"stop"}]}'
    )
    assert delta == Delta(
        text="x",
        response_id="a",
        tokens=3,
        choice=2,
        more=[Delta(text="y", finish="stop", tokens=2, choice=3)],
    )


@pytest.mark.parametrize(
    ("first", "tokens"),
    [({"text": "x", "token_ids": [1]}, 2), ({"text": "x"}, None), ({"text": ""}, 1)],
)
def test_tokens_of_an_event_are_of_all_its_choices_or_unknown(
    first: dict[str, Any], tokens: int | None
) -> None:
    delta = parse_event(encode({"choices": [first, {"text": "y", "token_ids": [2]}]}))
    assert delta.token_bearing
    assert delta.tokens == tokens
    assert delta.more == [Delta(text="y", tokens=1, choice=1)]


def test_several_choices_without_text_bear_no_token() -> None:
    delta = parse_event(b'{"choices":[{"index":0,"delta":{}},{"index":1,"delta":{}}]}')
    assert not delta.token_bearing
