"""Bodies that no client should send: an error each, and the service goes on."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator

DEEP = b"[" * 100_000 + b"]" * 100_000
HUGE = b"9" * 400


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Simulator(SimulatorConfig(port=0, ttft_ms=1, itl_ms=1, output_tokens=3)) as simulator:
        yield simulator.url


def chat(**more: bytes) -> bytes:
    fields = {"messages": b'[{"role":"user","content":"Hi"}]', **more}
    return b"{%b}" % b",".join(b'"%b":%b' % (key.encode(), fields[key]) for key in fields)


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/tokenize"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"null",
        b"17",
        DEEP,
        nested(100_000),
        chat(messages=DEEP),
        chat(prompt=DEEP, messages=b"null"),
        *(chat(messages=b'[{"role":%b}]' % nested(depth)) for depth in range(100, 1100, 100)),
        *(chat(messages=b'[{"content":%b}]' % nested(depth)) for depth in range(900, 1000, 7)),
        chat(messages=b"[1]"),
        chat(max_tokens=HUGE),
        chat(min_tokens=HUGE),
        chat(max_tokens=b"1e400"),
        chat(max_tokens=b"-1"),
        chat(n=HUGE),
        chat(model=b'"\\ud800"'),
        chat(model=b'"%b"' % (b"m" * 100_000)),
        chat(prompt=b"[%b]" % HUGE, messages=b"null"),
        chat(prompt=b'["a",1]', messages=b"null"),
        chat(stop=b"[1]"),
        chat(tools=b"[{}]", tool_choice=b'"required"'),
    ],
)
def test_an_absurd_body_is_an_error_of_the_client(url: str, path: str, body: bytes) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.request("POST", path, body)
    response = connection.getresponse()
    said = response.read()
    assert response.status in (200, 400, 404)
    assert response.status == 200 or json.loads(said)["error"]["message"]
    connection.request("GET", "/health")
    assert connection.getresponse().status == 200
    connection.close()
