"""A reset comes after what was written: the ground-truth log says that it was sent."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator


def test_a_slow_reader_gets_all_that_the_log_says_was_sent(tmp_path: Path) -> None:
    log = tmp_path / "truth.tsv"
    config = SimulatorConfig(port=0, ttft_ms=1, itl_ms=0, output_tokens=1000, cut_rate=1.0, log=log)
    with Simulator(config) as simulator:
        found = [_read_slowly(int(simulator.url.rpartition(":")[2])) for _ in range(2)]
    lines = [line for line in log.read_text().splitlines() if not line.startswith("#")]
    sent = [int(line.split("\t")[4]) for line in lines]
    assert [answer.count(b'"content":') - 1 for answer in found] == sent
    assert min(sent) > 400


def _read_slowly(port: int) -> bytes:
    """What one request is answered, until the connection is reset."""
    asked = {"messages": [{"role": "user", "content": "Say it."}], "stream": True}
    body = json.dumps(asked | {"max_tokens": 1000}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n"
    found = bytearray()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.sendall(head.encode() + body)
        time.sleep(0.2)
        with pytest.raises(ConnectionResetError):
            _read(client, found)
    return bytes(found)


def _read(client: socket.socket, found: bytearray) -> None:
    while data := client.recv(65536):
        found += data
