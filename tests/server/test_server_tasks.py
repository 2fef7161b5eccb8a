"""EvalScope's tasks: which are continued, how many are told, how much of a log is answered."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from serving import Client, served

from perfbench.server import process
from perfbench.server.queue import Command, Job, State, new_id

ASKED = {"model": "m", "datasets": ["gsm8k"], "api_url": "http://127.0.0.1:1/v1"}
RESUME = "/api/v1/eval/resume/invoke?wait=false"


def job_in(client: Client, command: Command, state: State, **more: Any) -> Job:
    """A job as an earlier server has left it."""
    told: dict[str, Any] = {"settings": {}, "created_s": time.time(), **more}
    return client.server.jobs.queue.put(Job(id=new_id(), command=command, state=state, **told))


def run_in(folder: Path) -> str:
    (folder / "r").mkdir()
    (folder / "r/run.db").touch()
    return "r"


async def resume(client: Client, name: str) -> tuple[int, Any]:
    headers = {"EvalScope-Task-Id": name}
    status, answer, _ = await client.ask("POST", RESUME, ASKED, headers=headers)
    return status, answer


async def test_settings_of_a_task_that_is_continued_are_vetted(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        settings = {**ASKED, "examples": "/etc/passwd"}  # Allowed when it was begun.
        job_in(
            client, "eval", "stopped", settings=settings, run=run_in(tmp_path), batch="evalscope/t"
        )
        status, job = await resume(client, "t")
        assert (status, job["state"], job["resumes"]) == (202, "failed", "r")
        assert job["error"].startswith("examples: names a file outside")


async def test_a_run_is_continued_once_whatever_its_task_is_called(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        run = run_in(tmp_path)
        ended = job_in(client, "eval", "stopped", run=run, batch="evalscope/t")
        other = job_in(client, "eval", "queued", run=run, resumes=run)
        for name in ("t", ended.id, other.id):
            status, answer = await resume(client, name)
            assert (status, answer["error"]["code"]) == (409, "conflict")
        client.server.jobs.stop(other.id)
        (tmp_path / "r/run.db").unlink()
        status, answer = await resume(client, ended.id)
        assert status == 409
        assert "is gone" in answer["error"]["message"]


async def test_the_id_of_a_job_is_a_name_of_what_continues_it(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        first = job_in(client, "eval", "stopped", run="r")
        job_in(client, "eval", "done", run="r", resumes="r")
        _, task, _ = await client.ask("GET", f"/api/v1/tasks/{first.id}")
        assert task["status"] == "completed"


async def test_all_tasks_that_wait_are_told(tmp_path: Path) -> None:
    async with served(tmp_path, queue=1000) as client:
        for _ in range(120):
            job = job_in(client, "perf", "queued")
            client.server.jobs.folder(job).mkdir(parents=True)
        _, active, _ = await client.ask("GET", "/api/v1/tasks/active")
        assert (active["total"], len(active["tasks"])) == (120, 120)


async def test_a_page_of_a_log_is_bounded(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        job = job_in(client, "perf", "done")
        log = client.server.jobs.folder(job) / process.LOG
        log.parent.mkdir(parents=True)
        at = f"/api/v1/perf/log?task_id={job.id}&page=10000"
        long = "\N{EURO SIGN}" * 30_000
        lines = [f"{number} {long}\n" for number in range(50)]
        log.write_text("".join([*lines, "not ended"]), encoding="utf-8")
        for where, head in (("", None), ("&start_line=0", 0), ("&start_line=10", 10)):
            _, page, _ = await client.ask("GET", at + where)
            lines = page["text"].splitlines()
            assert page["total_lines"] == 51
            assert 30 < len(lines) == page["tail_line"] - page["head_line"]
            assert len(page["text"].encode()) <= 1 << 20
            if head is None:
                assert (page["tail_line"], lines[-1]) == (51, "not ended")
            else:
                assert page["head_line"] == head
                assert lines[0].startswith(f"{head} ")
        _, rest, _ = await client.ask("GET", f"{at}&start_line={page['tail_line']}")
        assert rest["text"].endswith("not ended")
        assert page["tail_line"] == rest["head_line"] < rest["tail_line"] == 51
