"""The pages of jobs: what they show, from events written here, and what their buttons do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
from markupsafe import escape
from report_builders import make_point, make_summary
from serving import SMALL, Client, served

from perfbench.server.process import EVENTS, LOG
from perfbench.server.progress import progress_of
from perfbench.server.queue import Job
from perfbench.types import (
    Asked,
    Asking,
    Average,
    Note,
    PointFinished,
    PointStarted,
    RunFinished,
    RunStarted,
    Scored,
    UnscoredAnswer,
)
from perfbench.types import Progress as Counters

EVIL = "<script>alert(1)</script>\"'{{7*7}}"


def told(*events: Any) -> bytes:
    lines = []
    for event in events:
        plain = {"time": "2026-01-01T00:00:00.000+00:00", **msgspec.to_builtins(event)}
        lines.append(json.dumps(plain).encode() + b"\n")
    return b"".join(lines)


def job_with(client: Client, events: bytes, log: str = "", **more: Any) -> Job:
    """A job that has ended, with these events."""
    jobs = client.server.jobs
    given = {"id": "20260101-000000-aa", "command": "perf", "settings": {"model": EVIL}}
    job = jobs.queue.put(Job(**{**given, "created_s": 1.0, "state": "done", **more}))
    jobs.folder(job).mkdir(parents=True)
    (jobs.folder(job) / EVENTS).write_bytes(events)
    (jobs.folder(job) / LOG).write_text(log)
    return job


def counters(name: str, done: int, index: int = 0) -> Counters:
    return Counters(
        index=index,
        name=name,
        elapsed_s=2.0,
        planned=20,
        sent=done,
        done=done,
        in_flight=0,
        failed={"timeout": 2} if done else {},
        events=0,
        output_tokens=None,
        request_rate_rps=4.0,
        event_rate_eps=None,
        ttft_ms=None,
        tpot_ms=None,
        eta_s=3.0,
    )


def load_test(finished: bool) -> bytes:
    points = tuple(make_point(place, parallel=2 * place + 2, number=20) for place in range(3))
    first, second, _ = points
    events = [
        RunStarted(kind="load test", path=f"/r/{EVIL}", simulated=False, config={}, points=points),
        Note(EVIL),
        PointStarted(first),
        counters(first.name, 20),
        PointFinished(first, make_summary(parallel=2)),
        PointStarted(second),
        counters(second.name, 10, 1),
    ]
    return told(*events, *([RunFinished(interrupted=True)] if finished else []))


async def test_a_page_shows_texts_of_others_as_text(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        job = job_with(client, load_test(True), log=EVIL, error=EVIL, differs=EVIL)
        for path in (f"/jobs/{job.id}", "/jobs"):
            status, page, headers = await client.ask("GET", path)
            assert status == 200
            assert "script-src 'self'" in headers["Content-Security-Policy"]
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert" in page
            assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?! src=)", page)
        _, text, _ = await client.ask("GET", f"/jobs/{job.id}/stream")
        boards = re.findall(r"event: board\ndata: (.*)\n", text)
        assert boards
        assert "<script>alert" not in json.loads(boards[-1])["board"]


async def test_a_stream_has_events_the_board_and_the_log(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        job = job_with(client, load_test(True), log="what it printed\n", state="stopped")
        _, text, _ = await client.ask("GET", f"/jobs/{job.id}/stream")
        assert text.count('"event": "progress"') == 2
        assert 'data: "what it printed\\n"' in text
        board = json.loads(re.findall(r"event: board\ndata: (.*)\n", text)[-1])
        assert (board["state"], board["said"]) == ("stopped", "stopped, 1 of 3 points done")
        assert "parallel 2" in board["board"]
        place = re.findall(r"^id: (\d+)$", text, re.M)[-1]
        _, rest, _ = await client.ask("GET", f"/jobs/{job.id}/stream?since={place}")
        assert "id: " not in rest
        assert "event: board" in rest


async def test_how_far_a_load_test_is(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        job = job_with(client, load_test(False), state="interrupted")
        _, answer, _ = await client.ask("GET", f"/api/v1/jobs/{job.id}/progress")
        assert [part["state"] for part in answer["parts"]] == ["done", "stopped", "waiting"]
        assert answer["eta_s"] is None
        _, page, _ = await client.ask("GET", f"/jobs/{job.id}")
        assert 'class="state running"' not in page
        found = progress_of((await client.server.jobs.feed(job)).seen)
        assert [part.state for part in found.parts] == ["done", "running", "waiting"]
        assert (found.parts_done, found.parts_planned, found.done, found.planned) == (1, 3, 30, 60)
        assert found.share == 0.5
        assert found.running == (found.parts[1].name,)
        assert found.eta_s is not None
        assert found.eta_s > 3.0, "the third point has yet to begin"


def subtask(name: str, samples: int) -> dict[str, Any]:
    texts = ("model", "served_model", "url", "dataset", "variant", "version", "prompt")
    more = {"extractor": "e", "scorer": "s", "metric": "accuracy", "sampling": {}, "parallel": 1}
    return {"name": name, "samples": samples, "repeats": 2, **dict.fromkeys(texts, EVIL), **more}


def evaluation() -> bytes:
    started = msgspec.to_builtins(
        RunStarted(kind="evaluation", path="/r/e", simulated=False, config={})
    )
    example = UnscoredAnswer(
        id="s/1", subset="", repeat=0, reason="no_answer", why=EVIL, outcome="ok", detail=EVIL
    )
    scored = Scored(
        name="m/a",
        metric="accuracy",
        figures={"accuracy": Average(scored=0.5, low=0.4, high=0.6, over_all=0.5)},
        answers=20,
        unscored={"no_answer": 1},
        failed={},
        parts=(),
        examples=(example,),
    )
    return told(
        {**started, "subtasks": [subtask("m/a", 10), subtask("m/b", 10), subtask("m/c", 5)]},
        Asking(name="m/a", missing=0, reused=20, failed_before=0, changed=0),
        Asked("m/a"),
        scored,
        Asking(name="m/b", missing=15, reused=5, failed_before=0, changed=0),
        counters("m/b", 5),
    )


async def test_the_board_of_an_evaluation(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        job = job_with(client, evaluation(), command="eval", state="interrupted")
        seen = (await client.server.jobs.feed(job)).seen
        found = progress_of(seen)
        assert [(part.state, part.done, part.planned) for part in found.parts] == [
            ("done", 20, 20),
            ("running", 10, 20),
            ("waiting", None, 10),
        ]
        assert (found.done, found.planned, found.share) == (30, 50, 0.6)
        _, page, _ = await client.ask("GET", f"/jobs/{job.id}")
        assert "accuracy 50.00" in page
        assert "40.00–60.00" in page
        assert "timeout" in page
        assert "<script>alert" not in page


async def test_buttons_do_and_lead_on(tmp_path: Path) -> None:
    async with served(tmp_path, evaluations=1) as client:
        job = job_with(client, load_test(True), state="stopped", withheld=("api_key",))
        _, page, _ = await client.ask("GET", f"/jobs/{job.id}")
        assert 'name="api_key" type="password"' in page
        refused, answer, _ = await client.ask("POST", f"/jobs/{job.id}/repeat")
        assert (refused, answer["error"]["field"]) == (422, "api_key")
        for word, where in (("stop", 409), ("kill", 409), ("forget", 303)):
            status, _, headers = await client.ask(
                "POST", f"/jobs/{job.id}/{word}", allow_redirects=False
            )
            assert status == where
        assert headers["Location"] == "/jobs"
        assert (await client.ask("GET", f"/jobs/{job.id}"))[0] == 404


async def test_a_job_shows_the_command_line_that_the_form_showed(tmp_path: Path) -> None:
    settings = {**SMALL, "model": "-x", "prompt": "--", "simulator": {"ttft_ms": 30.0}}
    async with served(tmp_path) as client:
        job = await client.submit("perf", settings)
        _, text, _ = await client.ask("GET", f"/jobs/{job['id']}")
        asked = {"command": "perf", "settings": settings}
        _, checked, _ = await client.ask("POST", "/api/v1/check", asked)
        shown = text.partition('class="command">')[2].partition("</pre>")[0]
        same = str(escape(checked["command_line"]))  # In the order in which settings were given.
        assert sorted(shown.partition(">")[2].split()) == sorted(same.split())
