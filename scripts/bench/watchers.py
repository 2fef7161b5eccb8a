#!/usr/bin/env python3
"""What watching costs: one load test run through a server, with and without clients that watch it.

A server is started, and the same load test is asked of it again and again, by turns with nobody and
with many clients on the stream of its events. The figures of the load test must differ by less than
they do between repeats that nobody watches. The clients only read; they are a process of the
lowest priority, as they would be on other machines. Printed beside is the CPU of the server itself.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from common import (
    Bar,
    BenchError,
    arguments,
    conclude,
    free_port,
    print_table,
    run_main,
    say,
    services,
)

JUDGED_WATCHERS = 200
LEAST_NOISE = 0.02
"""Share of a figure below which two are the same, however alike a few repeats happen to be."""
CPU_LIMIT = 0.10
"""Of one core, for the server with the judged number of watchers."""
_PATIENCE_S = 120.0
_FIGURES = ("TTFT p50 (ms)", "TTFT p99 (ms)", "ITL p50 (ms)", "read delay p99 (ms)", "requests/s")


@dataclass(frozen=True, slots=True)
class Round:
    """One load test."""

    watchers: int
    figures: tuple[float, ...]
    """In the order of ``_FIGURES``."""
    cpu_share: float
    """Of one core, that the server used while the job ran."""
    told: int
    """Events that all watchers together were sent."""


class Server:
    """A ``perfbench serve`` of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        words = ["serve", "--port", str(self.port), "--outputs-dir", str(folder)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "perfbench", *words], stdout=subprocess.DEVNULL
        )
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self.ask("GET", "/health")
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise BenchError("the server does not listen") from None
                time.sleep(0.1)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What it answers."""
        url = f"http://127.0.0.1:{self.port}{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def until(self, job: str, *states: str) -> dict[str, Any]:
        """A job once it is in one of these states."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            found: dict[str, Any] = self.ask("GET", f"/api/v1/jobs/{job}")
            if found["state"] in states:
                return found
            if found["state"] in ("failed", "interrupted", "stopped"):
                raise BenchError(f"the load test is {found['state']}: {found['error']}")
            time.sleep(0.2)
        raise BenchError("the load test does not end")

    def cpu_s(self) -> float:
        """CPU that it has used, without its jobs."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / float(os.sysconf("SC_CLK_TCK"))

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)


@contextmanager
def watching(port: int, path: str, count: int) -> Iterator[list[int]]:
    """Clients that watch; on leaving the list holds how many events they were told."""
    told: list[int] = []
    if not count:
        yield told
        told.append(0)
        return
    words = [sys.executable, __file__, "--watch", str(port), path, str(count)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield told
    finally:
        process.send_signal(signal.SIGTERM)
        told.append(int(process.communicate(timeout=30)[0]))


def watch(port: int, path: str, count: int) -> None:
    """Be the clients: connect, read, count, until told to end."""
    os.nice(19)
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: ended.append(number))
    ready = selectors.DefaultSelector()
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", port), 30)
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        sock.setblocking(False)
        ready.register(sock, selectors.EVENT_READ)
    print("connected", flush=True)
    events = 0
    while not ended:
        for key, _ in ready.select(0.2):
            assert isinstance(key.fileobj, socket.socket)
            data = key.fileobj.recv(1 << 16)
            events += data.count(b"\ndata: ")
            if not data:
                ready.unregister(key.fileobj)
                key.fileobj.close()
    print(events, flush=True)


def one_round(server: Server, settings: dict[str, Any], watchers: int, page: bool) -> Round:
    """Run the load test once."""
    job = server.ask("POST", "/api/v1/jobs", {"command": "perf", "settings": settings})["id"]
    server.until(job, "running", "done")
    path = f"/jobs/{job}/stream" if page else f"/api/v1/jobs/{job}/events"
    with watching(server.port, path, watchers) as told:
        began_s, cpu_s = time.monotonic(), server.cpu_s()
        ended = server.until(job, "done")
        spent_s = time.monotonic() - began_s
        cpu_s = server.cpu_s() - cpu_s
    summary = json.loads((server.folder / ended["run"] / "summary.json").read_text())
    point = summary["points"][0]
    metrics = point["metrics"]
    return Round(
        watchers=watchers,
        figures=(
            metrics["ttft_ms"]["p50"],
            metrics["ttft_ms"]["p99"],
            metrics["itl_ms"]["p50"],
            point["client"]["read_delay_ms"]["p99"],
            point["request_throughput_rps"],
        ),
        cpu_share=cpu_s / spent_s,
        told=told[0],
    )


def main() -> int:
    """Measure and print."""
    if sys.argv[1:2] == ["--watch"]:
        watch(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
        return 0
    parser = arguments(__doc__ or "")
    parser.add_argument("--watchers", type=int, default=JUDGED_WATCHERS, help="clients")
    parser.add_argument("--runs", type=int, default=5, help="repeats with, and without them")
    parser.add_argument("--parallel", type=int, default=16, help="requests in flight")
    parser.add_argument("--duration", type=float, default=15.0, help="seconds of each load test")
    parser.add_argument("--page", action="store_true", help="watch as the page of the job does")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as name:
        folder = Path(name)
        made = services(options, folder)
        with made.start(40.0, 10.0) as url:
            server = Server(folder / "runs")
            settings = {
                **{"url": url, "model": "m", "parallel": options.parallel, "max_tokens": 40},
                **{"duration": options.duration, "report": False, "prompt": "word " * 32},
            }
            try:
                rounds = []
                for repeat in range(options.runs):
                    # In turns, the first in turn too, so that what else the machine does is shared.
                    for watchers in sorted((0, options.watchers), reverse=repeat % 2 == 1):
                        say(f"repeat {repeat + 1} of {options.runs}, {watchers} watchers")
                        rounds.append(one_round(server, settings, watchers, options.page))
            finally:
                server.close()
    return report(rounds, options.watchers, options.check)


def report(rounds: list[Round], watchers: int, check: bool) -> int:
    """Print the rounds and what watching did to each figure."""
    print_table(
        ["watchers", *_FIGURES, "server's CPU", "events told"],
        [[r.watchers, *r.figures, f"{r.cpu_share:.1%}", r.told] for r in rounds],
    )
    alone = [r for r in rounds if r.watchers == 0]
    watched = [r for r in rounds if r.watchers]
    rows, bars = [], []
    for place, title in enumerate(_FIGURES):
        before = [r.figures[place] for r in alone]
        after = [r.figures[place] for r in watched]
        ratio = median(after) / median(before)
        noise = max(LEAST_NOISE, (max(before) - min(before)) / median(before))
        rows.append([title, median(before), median(after), ratio, f"{noise:.1%}"])
        if watchers == JUDGED_WATCHERS:
            bars.append(Bar(f"{title}: change / noise", abs(ratio - 1) / noise, 1.0, ""))
    print_table(["figure (median)", "unwatched", "watched", "ratio", "noise"], rows)
    if watchers == JUDGED_WATCHERS:
        busy = median(r.cpu_share for r in watched)
        bars.append(Bar("server's CPU, watched", busy, CPU_LIMIT, "of a core"))
    return conclude(bars, check)


if __name__ == "__main__":
    run_main(main)
