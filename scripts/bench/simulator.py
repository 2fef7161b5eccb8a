"""How many events per second the simulator carries on one core, and how late it sends them.

Drives the simulator with a client that does next to nothing: one process, epoll, counting event
separators. Prints a table. Events are token events; CPU is that of the simulator's process alone.
Target: 40,000 events/s per core.

    python scripts/bench/simulator.py [--requests 2000] [--tokens 100]
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator

CASES: list[tuple[str, int, dict[str, Any]]] = [
    ("exact, no gaps", 64, {"ttft_ms": 0, "itl_ms": 0}),
    ("exact, 20 ms, 500 streams", 500, {"ttft_ms": 50, "itl_ms": 20}),
    ("exact, 20 ms, 1000 streams", 1000, {"ttft_ms": 50, "itl_ms": 20}),
    ("batch, steps of no length", 64, {"step_ms": 0, "step_ms_per_sequence": 0}),
    ("batch, defaults", 50, {}),
]


@dataclass(slots=True)
class Result:
    """One row of the table."""

    events: int
    wall_s: float
    cpu_s: float
    metrics: dict[str, float]


def measure(streams: int, requests: int, tokens: int, settings: dict[str, Any]) -> Result:
    """Hold ``streams`` requests in flight until ``requests`` are done."""
    with Simulator(SimulatorConfig(port=0, **settings)) as simulator:
        port = int(simulator.url.rpartition(":")[2])
        drive(port, 8, 16, tokens)
        cpu = cpu_seconds(simulator.pid)
        start = time.perf_counter()
        events = drive(port, streams, requests, tokens)
        wall = time.perf_counter() - start
        cpu = cpu_seconds(simulator.pid) - cpu
        return Result(events, wall, cpu, lateness(simulator.url))


def drive(port: int, streams: int, requests: int, tokens: int) -> int:
    """The lean client; returns the token events received.

    Raises:
        RuntimeError: the simulator refused a request, closed a connection or went silent.
    """
    body = json.dumps(
        {
            "messages": [{"role": "user", "content": "word " * 128}],
            "max_tokens": tokens,
            "stream": True,
        }
    ).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    request = head.encode() + body
    selector = selectors.DefaultSelector()
    started = finished = separators = 0
    for _ in range(min(streams, requests)):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.send(request)
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ)
        started += 1
    while finished < requests:
        ready = selector.select(20)
        if not ready:
            raise RuntimeError(f"silence after {finished} of {requests} requests")
        for key, _ in ready:
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            data = sock.recv(1 << 16)
            if not data or data.startswith(b"HTTP/1.1 4"):
                raise RuntimeError(f"the simulator refused: {data[:300]!r}")
            separators += data.count(b"\n\n")
            if not data.endswith(b"\r\n0\r\n\r\n"):
                continue
            finished += 1
            if started < requests:
                sock.send(request)
                started += 1
            else:
                selector.unregister(sock)
                sock.close()
    selector.close()
    # The role, finish and [DONE] events of each request are not token events.
    return separators - 3 * requests


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far (Linux)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def lateness(url: str) -> dict[str, float]:
    """Mean, p99 and maximum of the simulator's own lateness, in ms."""
    with urllib.request.urlopen(f"{url}/metrics") as response:
        lines = response.read().decode().splitlines()
    values = {}
    for line in lines:
        if line.startswith("simulator:send_lateness_seconds"):
            name, value = line.rsplit(" ", 1)
            label = name.partition('quantile="')[2].partition('"')[0]
            values[label or name.partition("{")[0].rpartition("_")[2]] = float(value)
    return {
        "mean": values["sum"] / values["count"] * 1e3,
        "p99": values["0.99"] * 1e3,
        "max": values["1"] * 1e3,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--tokens", type=int, default=100)
    options = parser.parse_args()
    print("| case | events/s | CPU µs/event | events/s per core | late mean, p99, max (ms) |")
    print("|---|---|---|---|---|")
    for name, streams, settings in CASES:
        result = measure(streams, options.requests, options.tokens, settings)
        late = result.metrics
        print(
            f"| {name} | {result.events / result.wall_s:,.0f} "
            f"| {result.cpu_s / result.events * 1e6:.1f} | {result.events / result.cpu_s:,.0f} "
            f"| {late['mean']:.2f}, {late['p99']:.2f}, {late['max']:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
