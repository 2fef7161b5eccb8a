"""Routes of jobs: ask for one, look, watch, stop, continue, do again, forget."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from aiohttp import web

from perfbench.server import process
from perfbench.server.jobs import Asked
from perfbench.server.outcome import log_tail
from perfbench.server.progress import Progress, progress_of
from perfbench.server.queue import ENDED, STATES, Command, Job, State
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Answer, Call, Parameter, Reply, Route
from perfbench.server.stream import place_of, streaming

LONGEST_LOG_BYTES = 1 << 20
_KEY = re.compile(r"[ -~]{1,200}")


class NewJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run that is asked for."""

    command: Command
    settings: dict[str, Any]
    """By name, as in a settings file."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings that are given anew."""

    settings: dict[str, Any] = {}


class ShownJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job."""

    id: str
    command: Command
    state: State
    settings: dict[str, Any]
    withheld: tuple[str, ...]
    created_s: float
    started_s: float | None
    ended_s: float | None
    run: str | None
    error: str | None
    differs: str | None
    exit_status: int | None
    resumes: str | None
    repeats: str | None
    batch: str | None


class JobList(msgspec.Struct, frozen=True):
    """Jobs, the newest first."""

    jobs: list[ShownJob]


def shown(job: Job) -> ShownJob:
    """What of a job is told."""
    return ShownJob(**{name: getattr(job, name) for name in ShownJob.__struct_fields__})


async def _submit(call: Call) -> Reply:
    new: NewJob = call.body
    key = call.request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Refusal(400, "Idempotency-Key must have 1 to 200 characters, all of them ASCII")
    job = call.server.jobs.submit(Asked(command=new.command, settings=new.settings), key)
    return accepted(job)


def accepted(job: Job) -> Answer:
    """A job that was asked for."""
    return Answer(shown(job), 202, {"Location": f"/api/v1/jobs/{job.id}"})


async def _list(call: Call) -> Reply:
    wanted = call.request.query.get("state")
    if wanted is not None and wanted not in STATES:
        raise Refusal(422, f"state must be one of {', '.join(STATES)}", "state")
    states = STATES if wanted is None else (wanted,)
    found = call.server.jobs.queue.listed(
        states, call.number("limit", 100, 1000), call.number("offset", 0, 10**9)
    )
    return JobList([shown(job) for job in found])


async def _look(call: Call) -> Reply:
    return shown(call.server.jobs.look(call.path["job"]))


async def _stop(call: Call) -> Reply:
    cut = call.number("cut", 0, 1) == 1
    return shown(call.server.jobs.stop(call.path["job"], cut))


async def _kill(call: Call) -> Reply:
    return shown(call.server.jobs.kill(call.path["job"]))


async def _resume(call: Call) -> Reply:
    return accepted(call.server.jobs.resume(call.path["job"], call.body.settings))


async def _repeat(call: Call) -> Reply:
    return accepted(call.server.jobs.repeat(call.path["job"], call.body.settings))


async def _forget(call: Call) -> Reply:
    call.server.jobs.forget(call.path["job"])
    return web.Response(status=204)


async def _log(call: Call) -> Reply:
    jobs = call.server.jobs
    job = jobs.look(call.path["job"])
    limit = call.number("bytes", 64 << 10, LONGEST_LOG_BYTES)
    try:
        text = log_tail(jobs.folder(job) / process.LOG, limit)
    except OSError:
        text = ""
    return web.Response(text=text, content_type="text/plain")


async def _events(call: Call) -> Reply:
    jobs = call.server.jobs
    job = jobs.look(call.path["job"])
    feed = await jobs.feed(job)

    def state(changed: bool) -> bytes:
        return told_of(jobs.look(job.id)) if changed else b""

    async with streaming(call.request) as stream:
        await stream.follow(feed, place_of(call.request), state)
    return stream.response


def told_of(job: Job) -> bytes:
    """A job as an event beside those that it tells itself."""
    return b"event: job\ndata: %b\n\n" % msgspec.json.encode(shown(job))


async def _progress(call: Call) -> Reply:
    jobs = call.server.jobs
    feed = await jobs.feed(jobs.look(call.path["job"]))
    return progress_of(feed.seen, jobs.look(call.path["job"]).state in ENDED)


_REFUSES = (404, 409)
ROUTES = (
    Route(
        "POST",
        "/api/v1/jobs",
        _submit,
        "Ask for a load test, an evaluation or an arena.",
        "Jobs",
        body=NewJob,
        answers=ShownJob,
        status=202,
        headers=(
            Parameter(
                "Idempotency-Key",
                "Of several requests with the same, all are answered the job of the first.",
                {"type": "string", "pattern": f"^{_KEY.pattern}$"},
            ),
        ),
        refuses=(422, 429),
    ),
    Route(
        "GET",
        "/api/v1/jobs",
        _list,
        "Jobs, the newest first.",
        "Jobs",
        answers=JobList,
        query=(
            Parameter("state", "Only jobs in this state.", {"type": "string", "enum": [*STATES]}),
            Parameter("limit", "How many.", {"type": "integer", "minimum": 0, "maximum": 1000}),
            Parameter(
                "offset",
                "How many to pass over.",
                {"type": "integer", "minimum": 0, "maximum": 10**9},
            ),
        ),
        refuses=(422,),
    ),
    Route("GET", "/api/v1/jobs/{job}", _look, "A job.", "Jobs", answers=ShownJob, refuses=(404,)),
    Route(
        "POST",
        "/api/v1/jobs/{job}/stop",
        _stop,
        "Let it finish what is under way, and end.",
        "Jobs",
        answers=ShownJob,
        query=(
            Parameter(
                "cut",
                "1: once it was told to stop, end what is under way too.",
                {"type": "integer", "enum": [0, 1]},
            ),
        ),
        refuses=(*_REFUSES, 422),
    ),
    Route(
        "POST",
        "/api/v1/jobs/{job}/kill",
        _kill,
        "End it at once.",
        "Jobs",
        answers=ShownJob,
        refuses=_REFUSES,
    ),
    Route(
        "POST",
        "/api/v1/jobs/{job}/resume",
        _resume,
        "Continue its run: only what is missing is asked.",
        "Jobs",
        body=Settings,
        answers=ShownJob,
        status=202,
        refuses=(*_REFUSES, 422, 429),
    ),
    Route(
        "POST",
        "/api/v1/jobs/{job}/repeat",
        _repeat,
        "Do it again, with these settings in place of its own.",
        "Jobs",
        body=Settings,
        answers=ShownJob,
        status=202,
        refuses=(404, 422, 429),
    ),
    Route(
        "DELETE",
        "/api/v1/jobs/{job}",
        _forget,
        "Forget a job that has ended; its run stays.",
        "Jobs",
        status=204,
        refuses=_REFUSES,
    ),
    Route(
        "GET",
        "/api/v1/jobs/{job}/log",
        _log,
        "The end of what it printed, as text.",
        "Jobs",
        media="text/plain",
        query=(
            Parameter(
                "bytes",
                "How much of it.",
                {"type": "integer", "minimum": 0, "maximum": LONGEST_LOG_BYTES},
            ),
        ),
        refuses=(404, 422),
    ),
    Route(
        "GET",
        "/api/v1/jobs/{job}/progress",
        _progress,
        "How far it is: its points or subtasks, and how long it will still take.",
        "Jobs",
        answers=Progress,
        refuses=(404,),
    ),
    Route(
        "GET",
        "/api/v1/jobs/{job}/events",
        _events,
        "What it tells, as server-sent events; what it told before comes first.",
        "Jobs",
        media="text/event-stream",
        headers=(Parameter("Last-Event-ID", "Where a watcher goes on that was here before."),),
        refuses=(404,),
        streams=True,
    ),
)
