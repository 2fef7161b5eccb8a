"""How jobs end: what is made of a last word, of an exit status, of what is in the results; and the
processes behind them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from serving import SMALL, served

from perfbench.server import process
from perfbench.server.feed import Feed, Seen
from perfbench.server.outcome import difference, log_tail, outcome
from perfbench.server.process import Child
from perfbench.server.queue import Job, Process, Queue, State
from perfbench.server.refusal import Refusal
from perfbench.server.secrets import KEPT, Secrets

KEY = "sk-a-key-that-nobody-must-see-1234567890"


def job_in(state: State = "running", status: int | None = None, **more: Any) -> Job:
    return Job(
        id="j", command="perf", settings={}, state=state, created_s=0.0, exit_status=status, **more
    )


@pytest.mark.parametrize(
    ("state", "status", "last", "expected"),
    [
        ("running", 0, {}, ("done", None)),
        ("running", None, {}, ("done", None)),
        ("running", 0, None, ("done", None)),
        ("stopping", 130, {"interrupted": True}, ("stopped", None)),
        ("running", 130, {"interrupted": True}, ("stopped", None)),
        ("stopping", -2, None, ("stopped", None)),
        ("stopping", None, None, ("stopped", None)),
        ("running", 1, {}, ("failed", "no request succeeded")),
        ("running", 3, {}, ("failed", "the last line")),
        ("running", 2, None, ("failed", "the last line")),
        ("running", 0, {"error": "why"}, ("failed", "why")),
        ("running", -9, None, ("interrupted", "its process was ended by SIGKILL")),
        ("running", None, None, ("interrupted", "its process ended without a word")),
    ],
)
def test_what_became_of_a_job(
    tmp_path: Path,
    state: State,
    status: int | None,
    last: dict[str, Any] | None,
    expected: tuple[str, str | None],
) -> None:
    (tmp_path / "log").write_text("perfbench: measuring\nthe last line\n\n")
    seen = Seen(finished=last)
    assert outcome(job_in(state, status), seen, tmp_path / "log") == expected


def test_an_error_is_the_last_line_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert outcome(job_in(status=2), Seen(), log) == ("failed", "it said nothing")
    log.write_text("figures\nperfbench: --fail-if: too slow\n")
    assert outcome(job_in(status=3), Seen(finished={}), log) == ("failed", "--fail-if: too slow")


def test_the_end_of_a_log_is_bounded(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"".join(b"%d\n" % number for number in range(100_000)))
    assert log_tail(log, 20) == "99997\n99998\n99999\n"
    log.write_bytes(b"x" * 1000)
    assert log_tail(log, 20) == "x" * 20


async def test_what_was_told_is_held_against_the_results(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        job = await client.submit("perf", SMALL)
        ended = await client.until(job["id"])
        assert (ended["state"], ended["differs"]) == ("done", None)
        known = client.server.jobs.look(job["id"])
        events = client.server.jobs.folder(known) / process.EVENTS
        whole = events.read_bytes()
        for damage, said in (
            (whole.replace(b'"completed":20', b'"completed":19'), "19 ok and 0 failed were told"),
            (whole.replace(b"parallel_2", b"parallel_3"), "parallel_3_number_20 was told"),
            (whole + b'{"event":', "its last event is cut"),
            (whole[: whole.index(b'{"time"', whole.rindex(b'"run_finished"') - 60)], "missing"),
        ):
            events.write_bytes(damage)
            feed = Feed(events)
            await feed.read_all()
            found = difference(known, feed, tmp_path)
            assert found is not None
            assert said in found
        (tmp_path / str(known.run)).rename(tmp_path / "elsewhere")
        events.write_bytes(whole)
        feed = Feed(events)
        await feed.read_all()
        assert "cannot be read" in str(difference(known, feed, tmp_path))
        status, answer, _ = await client.ask("POST", f"/api/v1/jobs/{known.id}/resume", {})
        assert (status, "is gone" in answer["error"]["message"]) == (409, True)


async def test_secrets_of_a_job_that_waited_are_asked_for_again(tmp_path: Path) -> None:
    long = {"parallel": [2], "duration": 60}
    async with served(tmp_path, leave=True) as client:
        runs = await client.submit("perf", long)
        waits = await client.submit("perf", {**SMALL, "api_key": KEY})
        assert waits["state"] == "queued"
    async with served(tmp_path) as client:
        _, found, _ = await client.ask("GET", f"/api/v1/jobs/{waits['id']}")
        assert found["state"] == "interrupted"
        status, answer, _ = await client.ask("POST", f"/api/v1/jobs/{waits['id']}/resume", {})
        assert (status, answer["error"]["field"]) == (422, "api_key")
        again = {"settings": {"api_key": KEY}}
        status, new, _ = await client.ask("POST", f"/api/v1/jobs/{waits['id']}/resume", again)
        assert (status, new["state"], new["repeats"]) == (202, "queued", waits["id"])
        await client.ask("POST", f"/api/v1/jobs/{runs['id']}/kill")
        ended = await client.until(runs["id"])
        _, resumed, _ = await client.ask("POST", f"/api/v1/jobs/{runs['id']}/repeat", {})
        assert resumed["settings"] == ended["settings"] == long
        await client.ask("POST", f"/api/v1/jobs/{resumed['id']}/stop")
        assert (await client.until(new["id"]))["state"] == "done"


def test_secrets_are_not_kept_for_ever() -> None:
    secrets = Secrets()
    jobs = [
        msgspec.structs.replace(job_in(withheld=("api_key",)), id=str(number))
        for number in range(KEPT + 5)
    ]
    for job in jobs:
        secrets.keep(job.id, {"api_key": KEY})
    assert all(secrets.of(job) for job in jobs), "they have yet to run"
    for job in jobs:
        secrets.end(job.id)
    assert [not secrets.of(job) for job in jobs] == [True] * 5 + [False] * KEPT
    with pytest.raises(Refusal, match="in memory only"):
        secrets.with_known(jobs[0], {})
    assert secrets.with_known(jobs[0], {"api_key": "new"}) == {"api_key": "new"}


def test_the_place_in_the_queue(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "db")
    jobs = [
        queue.put(msgspec.structs.replace(job_in("queued"), id=name, command=command))
        for name, command in (("a", "perf"), ("b", "eval"), ("c", "perf"), ("d", "arena"))
    ]
    places = [queue.ahead_of(jobs[0], ("perf",)), queue.ahead_of(jobs[2], ("perf",))]
    assert [*places, queue.ahead_of(jobs[3], ("eval", "arena"))] == [0, 1, 1]
    queue.put(msgspec.structs.replace(jobs[0], state="running"))
    assert queue.ahead_of(jobs[2], ("perf",)) == 0
    queue.close()


def running(code: str) -> tuple[subprocess.Popen[bytes], Child]:
    """A process that has printed a line, as an earlier server would have left it."""
    started = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    )
    assert started.stdout is not None
    started.stdout.readline()
    started.stdout.close()
    mark = process._mark(started.pid)
    assert mark is not None
    return started, Child(Process(started.pid, mark))


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


WAITS = "import time; print(1, flush=True); time.sleep(60)"


def test_a_stopped_process_hears_that_it_shall_end() -> None:
    started, child = running(WAITS)
    os.kill(started.pid, signal.SIGSTOP)
    child.drain()
    assert started.wait(30) == -signal.SIGINT
    assert not child.alive


def test_what_ignores_a_stop_is_killed_with_all_it_started() -> None:
    code = (
        "import signal, subprocess, sys; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        f"subprocess.Popen([sys.executable, '-c', {WAITS!r}]).wait()"
    )
    started, child = running(code)
    child.drain()
    assert child.alive
    child.kill()
    # A zombie, which nobody waits for in a container, does not run.
    wait_for(lambda: not child.alive)
    assert started.wait(30) == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        wait_for(lambda: os.killpg(started.pid, 0) is not None)  # type: ignore[func-returns-value]


def test_another_process_of_the_same_number_is_another() -> None:
    child = Child(Process(os.getpid(), "another boot 1"))
    assert not child.alive
    child.drain()
    child.kill()


def test_a_process_waits_for_its_settings(tmp_path: Path) -> None:
    child = process.start("perf", {"number": 2, "url": "http://127.0.0.1:1"}, [], tmp_path)
    time.sleep(0.1)
    assert child.alive
    child.give()
    wait_for(lambda: not child.alive)
    assert child.exit_status == 2
    assert "refused" in log_tail(tmp_path / process.LOG, 1000)
