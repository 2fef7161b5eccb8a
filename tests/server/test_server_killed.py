"""The server is killed while it has jobs: a real process, real jobs, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import warm
from serving import served

from perfbench.config import SimulatorConfig
from perfbench.server.queue import ENDED
from perfbench.simulator.spawn import Simulator
from perfbench.store import open_run

SAMPLES = {"demo_gsm8k": 8, "demo_arc": 10}
REPEATS = 6
REQUESTS = 40


class Served:
    """A ``perfbench serve`` as users start it."""

    def __init__(self, folder: Path) -> None:
        words = ["serve", "--port", "0", "--outputs-dir", str(folder)]
        self.process = warm.Popen(
            [sys.executable, "-m", "perfbench", *words], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[-1]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def submit(self, command: str, **settings: Any) -> str:
        job = self.ask("POST", "/api/v1/jobs", {"command": command, "settings": settings})
        return str(job["id"])

    def until(self, name: str, is_so: Callable[[Any], bool], part: str = "") -> Any:
        end = time.monotonic() + 60
        while not is_so(found := self.ask("GET", f"/api/v1/jobs/{name}{part}")):
            assert time.monotonic() < end, (found, self.ask("GET", f"/api/v1/jobs/{name}"))
            time.sleep(0.1)
        return found

    def ended(self, name: str) -> Any:
        return self.until(name, lambda job: job["state"] in ENDED)

    def close(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def server_of(folder: Path) -> Iterator[Served]:
    """A server that ends, with all its jobs, when it is not needed any more."""
    server = Served(folder)
    try:
        yield server
    finally:
        for job in server.ask("GET", "/api/v1/jobs")["jobs"]:
            if job["state"] not in ENDED:
                server.ask("POST", f"/api/v1/jobs/{job['id']}/kill")
        server.close(signal.SIGTERM)


@pytest.mark.timeout(180)
def test_a_killed_server_loses_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    service = SimulatorConfig(port=0, ttft_ms=100, itl_ms=2, output_tokens=10)
    with Simulator(service) as simulator:
        first = Served(tmp_path)
        request.addfinalizer(first.close)
        given = {"url": simulator.url, "parallel": 1, "report": False}
        asked = {
            name: first.submit("eval", **given, datasets=[name], repeats=REPEATS)
            for name in SAMPLES
        }
        load = first.submit("perf", **given, number=REQUESTS)
        waits = first.submit("perf", **given, number=2)
        for name in (*asked.values(), load):
            first.until(name, lambda found: found["done"] > 0, "/progress")
        first.close()
        # One of the evaluations dies too, while nobody looks.
        os.killpg(process_of(tmp_path, asked["demo_arc"]), signal.SIGKILL)

        with server_of(tmp_path) as second:
            cut = second.ended(asked["demo_arc"])
            assert cut["state"] == "interrupted"
            resumed = second.ask("POST", f"/api/v1/jobs/{cut['id']}/resume", {})
            assert resumed["resumes"] == cut["run"]
            ends = {
                name: second.ended(job)
                for name, job in {**asked, "demo_arc": resumed["id"]}.items()
            }
            point = second.ended(load)
            assert (point["state"], point["differs"]) == ("done", None)
            assert second.ended(waits)["state"] == "done"
            assert second.ask("GET", f"/api/v1/jobs/{load}/progress")["done"] == REQUESTS
    summary = json.loads((tmp_path / point["run"] / "summary.json").read_text())["points"][0]
    assert (summary["completed"], summary["ledger"]["lost"]) == (REQUESTS, 0)
    for name, end in ends.items():
        assert end["differs"] is None
        with open_run(tmp_path / end["run"]) as run:
            (subtask,) = run.answers.subtasks()
            assert len(run.answers.answered(subtask.name)) == SAMPLES[name] * REPEATS
    assert ends["demo_arc"]["run"] == cut["run"]


def process_of(folder: Path, job: str) -> int:
    """Number of the process that runs a job."""
    with sqlite3.connect(folder / ".server" / "server.db") as db:
        (body,) = db.execute("SELECT body FROM job WHERE id = ?", (job,)).fetchone()
    db.close()
    return int(json.loads(body)["process"]["pid"])


async def test_what_cannot_be_stored_is_stored_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("perfbench.server.storing._RETRY_S", 0.05)
    async with served(tmp_path) as client:
        job = await client.submit("perf", {"url": "http://127.0.0.1:1"})
        db = client.server.jobs.queue.db
        db.execute("PRAGMA query_only = ON")
        new = {"command": "perf", "settings": {}}
        status, answer, _ = await client.ask("POST", "/api/v1/jobs", new)
        assert (status, answer["error"]["code"]) == (507, "cannot_store")
        while "trying again" not in (said := capsys.readouterr().err):
            assert "Traceback" not in said
            await asyncio.sleep(0.05)
        db.execute("PRAGMA query_only = OFF")
        ended = await client.until(job["id"])
        assert ended["state"] == "failed"
        assert "refused" in ended["error"]


def test_a_damaged_queue_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / ".server").mkdir()
    (tmp_path / ".server" / "server.db").write_bytes(b"no data base" * 1000)
    words = ["serve", "--port", "0", "--outputs-dir", str(tmp_path)]
    done = warm.run([sys.executable, "-m", "perfbench", *words], text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "server.db" in done.stderr
    assert "the runs stay" in done.stderr


async def test_one_server_shows_a_folder(tmp_path: Path) -> None:
    async with served(tmp_path):
        words = ["serve", "--port", "0", "--outputs-dir", str(tmp_path)]
        done = await asyncio.to_thread(warm.run, [sys.executable, "-m", "perfbench", *words])
        assert done.returncode == 2
        assert b"another server shows" in done.stderr
