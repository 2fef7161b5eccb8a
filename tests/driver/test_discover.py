"""Which model a service serves, asked of services that answer as they should not."""

from __future__ import annotations

import gzip
import json
import sys
import time
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "client"))

from scripted_server import FIN, RST, Reply, ScriptedServer, Step, chunk, head, sized, target_of

from perfbench.driver.discover import first_model
from perfbench.errors import TargetError

ADVICE = "give --model, or check --url"


def models(*names: str) -> bytes:
    return json.dumps({"data": [{"id": name} for name in names]}).encode()


def found(*steps: Step, **target: float) -> str:
    server = ScriptedServer([Reply(steps)])
    with server.running():
        return first_model(target_of(server, **target), "/v1/models")


@pytest.mark.parametrize(
    "steps",
    [
        [sized(models("m", "n"))],
        [head(kind="application/json"), chunk(models("m")), chunk(b"")],
        [head("200 OK", "Connection: close"), models("m"), FIN],
        [sized(gzip.compress(models("m")), "200 OK\r\nContent-Encoding: gzip")],
        [head("200 OK", "Content-Length: -1"), models("m"), FIN],
        [sized(models("\x1b[2J", "x" * 10_000, "m"))],
    ],
)
def test_the_first_model_that_can_be_one(steps: list[Step]) -> None:
    assert found(*steps) == "m"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([FIN], "cannot reach {}: Remote end closed connection without response"),
        ([RST], "cannot reach {}: connection reset by peer"),
        ([b"SSH-2.0-\x1b[31mOpenSSH\r\n\r\n", FIN], "cannot reach {}: SSH-2.0- [31mOpenSSH"),
        ([head()[:20], FIN], "{}/v1/models lists no model"),
        ([head(), b"zz\r\n", FIN], "cannot reach {}"),
        ([head("200 OK", "Content-Length: 99"), b"half", FIN], "{}/v1/models lists no model"),
        ([b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500 + b"\r\n", FIN], "cannot reach {}"),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, FIN], "cannot reach {}"),
        ([sized(b"[" * 200_000)], "{}/v1/models lists no model: " + ADVICE),
        ([sized(b"<html>")], "{}/v1/models lists no model: " + ADVICE),
        ([sized(b"\xff\xfe")], "{}/v1/models lists no model: " + ADVICE),
        ([sized(models("\x07", "y" * 600))], "{}/v1/models lists no model whose name can be one"),
        ([sized(b"x" * 5_000_000)], "{}/v1/models answered more than 4194304 bytes"),
        (
            [sized(gzip.compress(bytes(50_000_000)), "200 OK\r\nContent-Encoding: gzip")],
            "{}/v1/models answered more than 4194304 bytes",
        ),
        ([sized(b"junk", "200 OK\r\nContent-Encoding: gzip")], "cannot reach {}"),
        (
            [sized(b"", "307 Elsewhere\r\nLocation: http://else/where")],
            "{}/v1/models answered 307 to http://else/where, so no model is known: " + ADVICE,
        ),
        ([sized(b"", "401 No")], "{}/v1/models answered 401: the service wants a valid --api-key"),
        ([sized(b"", "503 Busy")], "{}/v1/models answered 503, so no model is known"),
    ],
)
def test_what_goes_wrong_is_one_line(steps: list[Step], words: str) -> None:
    server = ScriptedServer([Reply(steps)])
    target = target_of(server, connect_timeout_s=10.0)
    with server.running(), pytest.raises(TargetError) as raised:
        first_model(target, "/v1/models")
    line = str(raised.value)
    assert line.startswith(words.format(target.authority))
    assert line.isprintable()
    assert len(line) < 400


@pytest.mark.parametrize(
    "steps",
    [
        [b"HTTP/1.1 200 OK\r\n", *[0.05, b"X: y\r\n"] * 90],
        [b"HTTP/1.1 100 Continue\r\n\r\n", *[0.05, b"HTTP/1.1 100 Continue\r\n\r\n"] * 90],
        [head("200 OK", "Content-Length: 1000"), *[0.05, b" "] * 90],
        [head("200 OK", "Connection: close"), *[0.05, b" "] * 90],
    ],
)
def test_a_trickle_is_given_up(steps: list[Step]) -> None:
    began = time.monotonic()
    with pytest.raises(TargetError, match=r"^cannot reach 127\.0\.0\.1:\d+: timed out$"):
        found(*steps, connect_timeout_s=0.5)
    assert time.monotonic() - began < 3
