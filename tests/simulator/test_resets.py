"""A reset comes after what was written: the ground-truth log says that it was sent."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator


def test_a_slow_reader_gets_all_that_the_log_says_was_sent(tmp_path: Path) -> None:
    log = tmp_path / "truth.tsv"
    config = SimulatorConfig(port=0, ttft_ms=1, itl_ms=0, output_tokens=1000, cut_rate=1.0, log=log)
    with Simulator(config) as simulator, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", int(simulator.url.rpartition(":")[2])))
        body = json.dumps(
            {
                "messages": [{"role": "user", "content": "Say it."}],
                "stream": True,
                "max_tokens": 1000,
            }
        ).encode()
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        client.sendall(head.encode() + body)
        time.sleep(0.2)
        found = bytearray()
        try:
            while data := client.recv(65536):
                found += data
        except ConnectionResetError:
            pass
    (line,) = (each for each in log.read_text().splitlines() if not each.startswith("#"))
    tokens = int(line.split("\t")[4])
    assert found.count(b'"content":') - 1 == tokens > 400
