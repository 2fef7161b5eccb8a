"""Every endpoint asks the simulator through a connection, in every framing and with every fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from scripted_server import Client, request

from perfbench import registry
from perfbench.client.target import Target
from perfbench.config import SimulatorConfig
from perfbench.endpoints.url import resolve_url
from perfbench.simulator.faults import HEADER
from perfbench.simulator.spawn import Simulator
from perfbench.types import Endpoint, Generation, Record, Sample

KEY = "k-for-tests"
CHATS = ["responses", "anthropic", "gemini", "dashscope", "ollama", "ollama_generate"]
TEXTS = ["tgi", "sglang", "triton"]
TOKENS = 12


def asked(url: str, api: str, stream: bool = True, faulty: str = "", **more: Any) -> Record:
    """The record of one request, its headers as the endpoint wants them."""
    made = registry.resolve(registry.ENDPOINTS, api)
    endpoint: Endpoint = made(Generation(model="simulated", stream=stream, **more))
    name, form = getattr(endpoint, "key_header", ("Authorization", "Bearer {}"))
    headers = [(name, form.replace("{}", KEY)), *getattr(endpoint, "headers", ())]
    if faulty:
        headers.append((HEADER, faulty))
    address = resolve_url(url, endpoint.path())
    target = Target(scheme="http", host=address.host, port=address.port, headers=tuple(headers))
    body = endpoint.build(Sample("s", "Say something.", max_tokens=TOKENS))
    sent = request(0, body, path=address.path, stream=stream)
    (record,) = Client("wire", target, endpoint=endpoint).ask(sent)
    return record


@pytest.fixture(scope="module", params=["lf", "crlf", "odd"])
def service(request: pytest.FixtureRequest) -> Iterator[str]:
    config = SimulatorConfig(
        port=0, framing=request.param, reasoning_tokens=2, api_key=KEY, ttft_ms=1, itl_ms=1
    )
    with Simulator(config) as simulator:
        yield simulator.url


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("api", CHATS + TEXTS)
def test_an_answer_is_what_was_asked_for(service: str, api: str, stream: bool) -> None:
    record = asked(service, api, stream)
    assert (record.outcome, record.detail) == ("ok", "")
    assert record.stream is stream
    assert record.events == (TOKENS if stream else 0)
    assert record.finish == (None if api == "triton" else "length")
    thoughts = 2 if api in CHATS else 0
    assert len(record.reasoning.split()) == thoughts
    assert len(record.text.split()) == TOKENS - thoughts
    if api != "triton":
        assert record.usage is not None
        assert record.usage.output_tokens == TOKENS
        assert record.usage.input_tokens


@pytest.mark.parametrize("api", ["embeddings", "rerank"])
def test_vectors_and_scores_are_answers(service: str, api: str) -> None:
    record = asked(service, api, stream=False)
    assert (record.outcome, record.stream, record.events, record.text) == ("ok", False, 0, "")
    assert record.first_ns is None
    assert record.usage is not None
    assert (bool(record.usage.input_tokens), record.usage.output_tokens) == (True, None)


@pytest.mark.parametrize("api", CHATS + TEXTS)
def test_faults_are_seen_for_what_they_are(service: str, api: str) -> None:
    for fault, outcome in (("in_band", "in_band_error"), ("cut", "truncated"), ("empty", "empty")):
        for stream in (True, False):
            assert asked(service, api, stream, fault).outcome == outcome, fault
    record = asked(service, api, faulty="error=429")
    assert (record.outcome, record.status) == ("http_4xx", 429)


def test_a_wrong_key_and_a_wrong_model_are_refused(service: str) -> None:
    endpoint: Endpoint = registry.resolve(registry.ENDPOINTS, "anthropic")(Generation(model="m"))
    address = resolve_url(service, endpoint.path())
    for key, status in ((KEY, 404), ("other", 401)):
        target = Target(
            scheme="http", host=address.host, port=address.port, headers=(("x-api-key", key),)
        )
        sent = request(0, endpoint.build(Sample("s", "x")), path=address.path)
        (record,) = Client("wire", target, endpoint=endpoint).ask(sent)
        assert record.status == status
        assert msgspec.json.decode(record.detail)["error"]["message"]
