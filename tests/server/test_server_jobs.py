"""Jobs over real sockets, with real runs of the built-in simulator."""

from __future__ import annotations

import json
from pathlib import Path

from serving import SMALL, served

from perfbench.store import open_run

KEY = "sk-a-key-that-nobody-must-see-1234567890"
LONG = {"parallel": [2], "duration": 60}


def holding(folder: Path, text: str) -> list[Path]:
    """Files below a folder that hold a text."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if text.encode() in path.read_bytes()]


async def test_a_load_test_from_asking_to_its_results(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        job = await client.submit("perf", SMALL)
        ended = await client.until(job["id"])
        assert (ended["state"], ended["exit_status"], ended["error"]) == ("done", 0, None)
        with open_run(tmp_path / ended["run"]) as run:
            assert run.config["number"] == [20] or run.config["number"] == 20
        status, text, headers = await client.ask("GET", f"/api/v1/jobs/{job['id']}/events")
        assert status == 200
        assert headers["Content-Type"] == "text/event-stream"
        events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
        assert [events[0]["event"], events[-2]["event"]] == ["run_started", "run_finished"]
        assert events[-1]["state"] == "done"
        _, log, _ = await client.ask("GET", f"/api/v1/jobs/{job['id']}/log")
        assert "simulator" in log


async def test_load_tests_run_one_after_the_other(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        first = await client.submit("perf", LONG)
        second = await client.submit("perf", SMALL)
        assert (first["state"], second["state"]) == ("running", "queued")
        await client.ask("POST", f"/api/v1/jobs/{first['id']}/kill")
        assert (await client.until(first["id"]))["state"] == "stopped"
        assert (await client.until(second["id"]))["state"] == "done"


async def test_a_wrong_setting_is_refused_where_it_stands(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for settings, field in (({"paralel": 1}, "paralel"), ({"parallel": "x"}, "parallel")):
            status, answer, _ = await client.ask(
                "POST", "/api/v1/jobs", {"command": "perf", "settings": settings}
            )
            assert (status, answer["error"]["field"]) == (422, field)
        assert (await client.ask("GET", "/api/v1/jobs"))[1] == {"jobs": []}


async def test_no_file_and_no_answer_has_a_key(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        keys = {"api_key": KEY, "headers": {"X-Key": KEY}}
        job = await client.submit("perf", {**SMALL, **keys, "report": True})
        assert set(job["withheld"]) == {"api_key", "headers"}
        assert (await client.until(job["id"]))["state"] == "done"
        said = [
            json.dumps(await client.ask("GET", f"/api/v1/jobs/{job['id']}{part}"), default=str)
            for part in ("", "/events", "/log")
        ]
        assert KEY not in "".join(said)
    assert not holding(tmp_path, KEY)


async def test_the_same_key_asks_once(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        new = {"command": "perf", "settings": SMALL}
        twice = [
            (await client.ask("POST", "/api/v1/jobs", new, headers={"Idempotency-Key": "a"}))[1]
            for _ in range(2)
        ]
        assert twice[0]["id"] == twice[1]["id"]


async def test_jobs_are_found_again_after_the_server_has_gone(tmp_path: Path) -> None:
    async with served(tmp_path, leave=True) as client:
        job = await client.submit("perf", LONG)
        await client.until(job["id"], "running", telling=True)
    async with served(tmp_path) as client:
        assert (await client.until(job["id"], "running"))["run"] is not None
        await client.ask("POST", f"/api/v1/jobs/{job['id']}/stop")
        ended = await client.until(job["id"])
        assert ended["state"] == "stopped"
        _, resumed, _ = await client.ask("POST", f"/api/v1/jobs/{job['id']}/resume", {})
        assert resumed["resumes"] == ended["run"]
        assert (await client.until(resumed["id"], "running"))["resumes"] == ended["run"]
