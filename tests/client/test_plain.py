"""Reading text in bulk changes nothing of what is read."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.client.exchange import Exchange
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.endpoints.openai_completions import OpenAICompletions
from perfbench.types import Generation, Record, Request


class CarefulChat(OpenAIChat):
    plain_texts = None  # type: ignore[assignment]


class CarefulCompletions(OpenAICompletions):
    plain_texts = None  # type: ignore[assignment]


PAIRS = {"chat": (OpenAIChat, CarefulChat), "text": (OpenAICompletions, CarefulCompletions)}
REQUEST = Request(seq=0, sample_id="s", phase="measure", body=b"{}", path="/")

texts = st.one_of(st.just(" word"), st.text(max_size=6), st.just(""))
more_of_a_choice = st.dictionaries(
    st.sampled_from(
        ["index", "finish_reason", "logprobs", "token_ids", "stop_reason", "usage", "error", "new"]
    ),
    st.sampled_from([None, 0, 1, "stop", [1, 2], {"content": [1]}, {}, "length", True]),
    max_size=2,
)
more_of_a_delta = st.dictionaries(
    st.sampled_from(["role", "reasoning_content", "reasoning", "tool_calls", "refusal", "new"]),
    st.sampled_from([None, "assistant", "thought", [], [{"index": 0, "id": "c"}], 3]),
    max_size=2,
)
more_of_an_event = st.dictionaries(
    st.sampled_from(["usage", "error", "timings", "x_groq", "detail", "created", "id"]),
    st.sampled_from([None, {"completion_tokens": 3}, {}, "wrong", 5, {"message": "no"}]),
    max_size=2,
)


def plain(kind: str, text: str) -> dict[str, Any]:
    said = {"delta": {"content": text}} if kind == "chat" else {"text": text}
    return {"id": "r-1", "choices": [{"index": 0, **said, "finish_reason": None}]}


@st.composite
def events(draw: st.DrawFn, kind: str) -> list[bytes]:
    """A stream that is mostly text, with an oddity here and there."""
    size = draw(st.integers(0, 90))
    pool = draw(st.lists(texts, min_size=1, max_size=8))
    # A byte for each event: which text it has, and whether that is escaped.
    picks = draw(st.binary(min_size=size, max_size=size))
    said = [plain(kind, pool[pick % 128 % len(pool)] or " x") for pick in picks]
    for event in draw(st.lists(st.sampled_from(said), max_size=4, unique_by=id)) if said else ():
        event["choices"][0] |= draw(more_of_a_choice)
        if kind == "chat":
            event["choices"][0]["delta"] |= draw(more_of_a_delta)
        event |= draw(more_of_an_event)
        event["choices"] *= draw(st.sampled_from([1, 1, 0, 2]))
    found = [
        json.dumps(event, ensure_ascii=pick > 127).encode("utf-8", "replace")
        for event, pick in zip(said, picks, strict=True)
    ]
    if draw(st.booleans()):
        end = plain(kind, "")
        end["choices"][0]["finish_reason"] = "stop"
        found += [json.dumps(end).encode(), b"[DONE]"]
    if draw(st.integers(0, 5)) == 0:
        found.insert(draw(st.integers(0, len(found))), draw(st.sampled_from([b"{", b"[1]", b"7"])))
    return found


def framed(payloads: list[bytes], draw: st.DataObject) -> list[bytes]:
    """As pieces: an event each, or joined and cut anywhere."""
    pieces = [b"data: " + payload + b"\n\n" for payload in payloads]
    if draw.draw(st.booleans(), "as they are"):
        return pieces
    whole = b"".join(pieces)
    cuts = draw.draw(st.lists(st.integers(0, len(whole)), max_size=40), "cuts")
    edges = [0, *sorted(cuts), len(whole)]
    return [whole[a:b] for a, b in pairwise(edges) if a < b]


async def read(endpoint: Any, pieces: list[bytes], early: bool) -> Record:
    exchange = Exchange(REQUEST, endpoint, asyncio.get_running_loop())
    exchange.sent_ns = 1
    exchange.headers(200, "text/event-stream", "", "", 2)
    for place, piece in enumerate(pieces):
        exchange.bodies.append(piece)
        exchange.stamps.append(10 + 7 * place)
        if early and place % 40 == 39:
            exchange.digest()
    exchange.end(10_000)
    return exchange.finish()


@pytest.mark.parametrize("kind", PAIRS)
@given(data=st.data(), early=st.booleans())
@settings(max_examples=80)
def test_the_record_is_the_same_with_and_without(kind, data, early):
    pieces = framed(data.draw(events(kind)), data)
    found = [asyncio.run(read(cls(Generation(model="m")), pieces, early)) for cls in PAIRS[kind]]
    assert found[0] == found[1]
