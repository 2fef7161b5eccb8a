"""The bytes that are sent, byte for byte, and what is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.config.generation import generation_of
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.endpoints.openai_completions import OpenAICompletions
from perfbench.endpoints.vllm import VLLM
from perfbench.errors import ConfigError
from perfbench.types import Delta, Endpoint, Generation, Sample

ENDPOINTS = [OpenAIChat, OpenAICompletions, VLLM]
EVERYTHING: dict[str, Any] = {
    "temperature": 0,
    "top_p": 0.9,
    "top_k": 40,
    "min_tokens": 4,
    "ignore_eos": True,
    "stop": ["\n", "END"],
    "n": 2,
    "frequency_penalty": 0.5,
    "repetition_penalty": 1.1,
}
MESSAGES = [{"role": "system", "content": "s"}, {"role": "user", "content": "Grüße, 世界"}]


def made(endpoint: type[OpenAIChat], **settings: Any) -> Any:
    """An endpoint for the model ``m`` as these settings would have it."""
    return endpoint(generation_of(PerfConfig(**settings), "m"))


def sample(content: Any, max_tokens: int | None = None) -> Sample:
    return Sample(id="s-7", input=content, max_tokens=max_tokens)


@pytest.mark.parametrize("name", registry.ENDPOINTS)
def test_the_registry_leads_to_endpoints_of_that_name(name: str) -> None:
    described = {"path": "/", "body": {"q": "$prompt"}, "read": {"text": "t"}}
    endpoint: Endpoint = registry.resolve(registry.ENDPOINTS, name)(
        Generation(model="m", template=described)
    )
    assert registry.ENDPOINTS[endpoint.name] == registry.ENDPOINTS[name], "some have two names"
    assert endpoint.path().startswith("/")


@pytest.mark.parametrize("name", ["openai", "completions", "vllm"])
def test_the_openai_family_reads_its_events(name: str) -> None:
    endpoint: Endpoint = registry.resolve(registry.ENDPOINTS, name)(
        generation_of(PerfConfig(), "m")
    )
    assert endpoint.path().startswith("/v1/")
    assert endpoint.parse(b'{"choices":[{"text":"a"}]}') == Delta(text="a")
    assert endpoint.parse_many([b"{}", b"{}"]) == [Delta(), Delta()]


def test_chat_sends_only_what_was_set() -> None:
    body = made(OpenAIChat).build(sample("Grüße, 世界"))
    assert (
        body
        == (
            '{"model":"m","messages":[{"role":"user","content":"Grüße, 世界"}],'
            '"stream":true,"stream_options":{"include_usage":true}}'
        ).encode()
    )


def test_chat_sends_every_setting() -> None:
    body = made(OpenAIChat, **EVERYTHING).build(sample(MESSAGES, 64))
    assert (
        body
        == (
            '{"model":"m","messages":[{"role":"system","content":"s"},'
            '{"role":"user","content":"Grüße, 世界"}],"max_tokens":64,"min_tokens":4,'
            '"temperature":0.0,"top_p":0.9,"top_k":40,"frequency_penalty":0.5,'
            '"repetition_penalty":1.1,"stop":["\\n","END"],"n":2,"ignore_eos":true,'
            '"stream":true,"stream_options":{"include_usage":true}}'
        ).encode()
    )


@pytest.mark.parametrize("endpoint", [OpenAICompletions, VLLM])
def test_completions_send_text_and_token_ids(endpoint: type[OpenAICompletions]) -> None:
    written = made(endpoint, stream=False, ignore_eos=True)
    assert written.build(sample("a b", 9)) == (
        b'{"model":"m","prompt":"a b","max_tokens":9,"ignore_eos":true,"stream":false}'
    )
    assert written.build(sample([1, 2, 30000])) == (
        b'{"model":"m","prompt":[1,2,30000],"ignore_eos":true,"stream":false}'
    )


def test_vllm_adds_no_special_tokens_to_rendered_text() -> None:
    generation = generation_of(PerfConfig(apply_chat_template=True, stream=False), "m")
    assert VLLM(generation).build(sample("<|im_start|>")) == (
        b'{"model":"m","prompt":"<|im_start|>","add_special_tokens":false,"stream":false}'
    )
    assert VLLM(generation).build(sample([5])) == b'{"model":"m","prompt":[5],"stream":false}'
    assert b"add_special_tokens" not in OpenAICompletions(generation).build(sample("<|im_start|>"))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_whole_body_is_sent_as_it_is(endpoint: type[OpenAIChat]) -> None:
    question = {"messages": MESSAGES} if endpoint is OpenAIChat else {"prompt": "x"}
    generation = generation_of(PerfConfig(**EVERYTHING), "m")
    own = {**question, "model": "mine", "temperature": 1.5, "stream": False}
    assert endpoint(generation).build(sample(own, 64)) == msgspec.json.encode(
        {"model": "mine", **question, "temperature": 1.5, "stream": False}
    )
    assert msgspec.json.decode(endpoint(generation).build(sample(question))) == {
        "model": "m",
        **question,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    with_options = {**question, "stream_options": {"include_usage": False}}
    body = msgspec.json.decode(endpoint(generation).build(sample(with_options)))
    assert body["stream_options"] == {"include_usage": False}


@pytest.mark.parametrize("content", ["hello", {"messages": MESSAGES, "max_tokens": 5}])
def test_extra_fields_win_over_everything(content: Any) -> None:
    extra = {"model": "other", "max_tokens": None, "max_completion_tokens": 7, "top_k": 3}
    body = made(OpenAIChat, extra_args=extra).build(sample(content, 64))
    assert msgspec.json.decode(body) == {
        "model": "other",
        "messages": MESSAGES
        if isinstance(content, dict)
        else [{"role": "user", "content": content}],
        "max_completion_tokens": 7,
        "top_k": 3,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("extra", "options"),
    [
        (
            {"stream_options": {"continuous_usage_stats": True}},
            {"include_usage": True, "continuous_usage_stats": True},
        ),
        ({"stream_options": {"include_usage": False}}, {"include_usage": False}),
        ({"stream_options": None}, None),
        ({"stream": False}, None),
    ],
)
def test_stream_options_follow_the_extra_fields(
    extra: dict[str, Any], options: dict[str, Any] | None
) -> None:
    body = msgspec.json.decode(made(OpenAIChat, extra_args=extra).build(sample("x")))
    assert body.get("stream_options") == options
    assert body["stream"] is extra.get("stream", True)


def test_building_changes_neither_sample_nor_settings() -> None:
    content = {"messages": MESSAGES}
    generation = generation_of(PerfConfig(extra_args={"user": "u", "seed": None}), "m")
    endpoint = OpenAIChat(generation)
    first = endpoint.build(sample(content))
    assert endpoint.build(sample(content)) == first
    assert content == {"messages": MESSAGES}
    assert generation.extra == {"user": "u", "seed": None}


@pytest.mark.parametrize(
    ("endpoint", "content", "told"),
    [
        (OpenAIChat, [1, 2], "use --api completions or --api vllm"),
        (OpenAIChat, {"prompt": "x"}, "use --api completions or --api vllm"),
        (OpenAICompletions, MESSAGES, "use --api openai"),
        (OpenAICompletions, {"messages": MESSAGES}, "use --api openai"),
        (VLLM, MESSAGES, "--api vllm cannot carry"),
        (OpenAIChat, [], "is empty"),
        (VLLM, {}, "is empty"),
        (OpenAIChat, "\ud800", "cannot be sent as JSON"),
        (OpenAIChat, {"messages": object()}, "cannot be sent as JSON"),
    ],
)
def test_what_an_endpoint_cannot_carry_is_refused_in_one_line(
    endpoint: type[OpenAIChat], content: Any, told: str
) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        made(endpoint).build(sample(content))
    assert "sample s-7" in str(caught.value)
    assert "\n" not in str(caught.value)
