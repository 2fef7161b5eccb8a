"""EvalScope's newer API: tasks under names that clients choose, asked for and looked after.

A task is the latest of the jobs that were asked for under its name. The id of a job is a name too:
that of the latest job which writes the same run. Knows what EvalScope's replies hold, not what is
in them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from perfbench.server import process
from perfbench.server.api.evalscope import (
    ACCEPTED,
    BLOCKS,
    PREFER,
    WAIT,
    Failed,
    asked_settings,
    at_once,
    documented,
    folder_of,
    lost,
    message_of,
    submitted,
    waits,
)
from perfbench.server.api.evalscope_runs import page_of_report
from perfbench.server.evalscope import asking, history, telling
from perfbench.server.progress import Progress, progress_of
from perfbench.server.queue import ALIVE, ENDED, Job
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Other, Parameter, Reply, Route

_HEADER = "EvalScope-Task-Id"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PLAIN = {"type": "string", "pattern": f"^{_NAME.pattern}$"}
_BATCH = "evalscope/"


class Invoked(msgspec.Struct, frozen=True, kw_only=True):
    """A task that has ended."""

    status: str
    """``completed``, ``stopped`` or ``error``."""
    task_id: str
    result: Any = None
    """As in the answer of ``/api/v1/eval`` or ``/api/v1/perf``."""
    table: str | None = None
    """The same in short, as a Markdown table."""
    error: str | None = None


class TaskState(msgspec.Struct, frozen=True):
    """What became of a request."""

    status: str
    task_id: str


class TaskProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a task is."""

    percent: float
    status: str
    """``running``, ``completed``, ``stopped`` or ``error``."""
    pipeline: str
    """``eval`` or ``perf``."""
    total_count: int | None
    """Requests; null while it is not known."""
    processed_count: int
    current_step: str | None
    """What has begun last: a load, or a model and a data set."""


class TaskInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A task."""

    task_id: str
    kind: str
    """``eval`` or ``perf``."""
    model: str
    started_at: str
    percent: float | None
    status: str


class TaskList(msgspec.Struct, frozen=True):
    """Tasks that run or wait."""

    tasks: list[TaskInfo]
    total: int


def _invoke(kind: asking.Kind) -> Callable[[Call], Awaitable[Reply]]:
    async def invoke(call: Call) -> Reply:
        blocks, name = waits(call), _given_name(call)
        if name is not None and (latest := _latest(call, name)) and latest.state not in ENDED:
            raise Refusal(409, f"task {name} is {latest.state}")
        job = submitted(call, kind, None if name is None else _BATCH + name)
        return await _ended(call, job) if blocks else at_once(job)

    return invoke


async def _resume(call: Call) -> Reply:
    blocks, name = waits(call), _given_name(call)
    if name is None:
        raise Refusal(400, f"{_HEADER} must name the task to resume", _HEADER)
    task = _task(call, name, "eval")
    with documented():
        job = call.server.jobs.resume(task.id, asked_settings(call, "eval"))
    return await _ended(call, job) if blocks else at_once(job)


async def _ended(call: Call, job: Job) -> Reply:
    """The reply for a task, once it has ended."""
    job = await call.server.jobs.end_of(job)
    if (answer := lost(job)) is not None:
        return answer
    folder, result, table = folder_of(call, job), None, None
    if folder is not None and job.command == "perf":
        result = await asyncio.to_thread(telling.load_test, folder)
        table = telling.load_table(result)
    elif folder is not None:
        result = await asyncio.to_thread(telling.evaluation, folder)
        table = await asyncio.to_thread(telling.evaluation_table, folder)
    return Invoked(
        status=_word(job),
        task_id=_name_of(job),
        result=result,
        table=table,
        error=None if job.state == "done" else message_of(job),
    )


def _stop(kind: asking.Kind) -> Callable[[Call], Awaitable[Reply]]:
    async def stop(call: Call) -> Reply:
        job = _asked_task(call, kind)
        if job.state in ENDED:
            raise Refusal(404, f"task {_name_of(job)} does not run: it is {job.state}")
        call.server.jobs.stop(job.id)
        return TaskState("stopped", _name_of(job))

    return stop


def _progress(kind: asking.Kind) -> Callable[[Call], Awaitable[Reply]]:
    async def progress(call: Call) -> Reply:
        job = _asked_task(call, kind)
        seen = (await call.server.jobs.feed(job)).seen
        told = progress_of(seen)
        return TaskProgress(
            percent=_percent(job, told),
            status=_word(job),
            pipeline=kind,
            total_count=told.planned,
            processed_count=told.done,
            current_step=seen.begun[-1] if seen.begun else None,
        )

    return progress


def _log(kind: asking.Kind) -> Callable[[Call], Awaitable[Reply]]:
    async def log(call: Call) -> Reply:
        job = _asked_task(call, kind)
        start = call.number("start_line", 0, 10**9) if "start_line" in call.request.query else None
        page = max(1, call.number("page", 500, 10_000))
        path = call.server.jobs.folder(job) / process.LOG
        return await asyncio.to_thread(history.log_page, path, start, page)

    return log


def _report(kind: asking.Kind) -> Callable[[Call], Awaitable[Reply]]:
    async def report(call: Call) -> Reply:
        job = _asked_task(call, kind)
        folder = folder_of(call, job)
        if folder is None or not (folder / "report.html").is_file():
            raise Refusal(404, f"task {_name_of(job)} has no report yet")
        return page_of_report(call, folder.name)

    return report


async def _active(call: Call) -> Reply:
    jobs = call.server.jobs.queue.listed((*ALIVE, "queued"), limit=None)
    alive = [job for job in jobs if job.command != "arena"]
    return TaskList([await _told(call, job) for job in alive], len(alive))


async def _look(call: Call) -> Reply:
    return await _told(call, _task(call, call.path["task"], None))


async def _told(call: Call, job: Job) -> TaskInfo:
    started = job.started_s or job.created_s
    seen = (await call.server.jobs.feed(job)).seen
    return TaskInfo(
        task_id=_name_of(job),
        kind=job.command,
        model=str(job.settings.get("model") or ""),
        started_at=datetime.fromtimestamp(started).isoformat(timespec="seconds"),
        percent=_percent(job, progress_of(seen)),
        status=_word(job),
    )


def _given_name(call: Call) -> str | None:
    name = call.request.headers.get(_HEADER)
    if name is None or _NAME.fullmatch(name):
        return name
    text = f"{_HEADER} must be 1 to 128 letters, digits, '.', '_' or '-'"
    raise Refusal(400, text, _HEADER)


def _asked_task(call: Call, kind: asking.Kind) -> Job:
    name = call.request.query.get("task_id", "")
    if not _NAME.fullmatch(name):
        text = "task_id must be 1 to 128 letters, digits, '.', '_' or '-'"
        raise Refusal(400, text, "task_id")
    return _task(call, name, kind)


def _task(call: Call, name: str, kind: asking.Kind | None) -> Job:
    queue = call.server.jobs.queue
    job = _latest(call, name) or queue.find(name)
    if job is not None and job.run is not None:
        job = queue.of_run(job.run)
    if job is None or job.command not in ((kind,) if kind else ("perf", "eval")):
        raise Refusal(404, f"there is no task {name[:60]!r}")
    return job


def _latest(call: Call, name: str) -> Job | None:
    return next(reversed(call.server.jobs.queue.batch(_BATCH + name)), None)


def _name_of(job: Job) -> str:
    named = (job.batch or "").startswith(_BATCH)
    return (job.batch or "").removeprefix(_BATCH) if named else job.id


def _word(job: Job) -> str:
    """The state of a job in EvalScope's words."""
    words = {"done": "completed", "stopped": "stopped", "failed": "error", "interrupted": "error"}
    return words.get(job.state, "preparing" if job.state == "queued" else "running")


def _percent(job: Job, told: Progress) -> float:
    """Of what is to be asked; 0 before anything is known of it."""
    return 100.0 if job.state == "done" else round(100 * (told.share or 0.0), 2)


_TASK_ID = (Parameter("task_id", "The task.", _PLAIN, required=True),)
_TAG = "EvalScope tasks"
_NAMES = (*PREFER, Parameter(_HEADER, "Name of the task; by default the id of the job.", _PLAIN))
_FAULT = (*ACCEPTED, Other(500, "Nothing is known of the end of the run.", Failed))
_LINES = (
    *_TASK_ID,
    Parameter(
        "start_line",
        "First line, from 0; by default the last lines are answered.",
        {"type": "integer", "minimum": 0, "maximum": 10**9},
    ),
    Parameter("page", "How many lines.", {"type": "integer", "minimum": 0, "maximum": 10_000}),
)


def _of_kind(kind: asking.Kind, what: str, body: type) -> tuple[Route, ...]:
    """The routes that evaluations and load tests have alike."""
    at = f"/api/v1/{kind}"
    return (
        Route(
            "POST",
            f"{at}/invoke",
            _invoke(kind),
            f"Carry out {what} as a task.",
            _TAG,
            body=body,
            invalid=400,
            answers=Invoked,
            others=_FAULT,
            query=WAIT,
            headers=_NAMES,
            more=BLOCKS,
            refuses=(409, 429),
        ),
        Route(
            "POST",
            f"{at}/stop",
            _stop(kind),
            f"Let {what} finish what is under way, and end.",
            _TAG,
            answers=TaskState,
            query=_TASK_ID,
            refuses=(404, 409),
        ),
        Route(
            "GET",
            f"{at}/progress",
            _progress(kind),
            f"How far {what} is.",
            _TAG,
            answers=TaskProgress,
            query=_TASK_ID,
            refuses=(404,),
        ),
        Route(
            "GET",
            f"{at}/log",
            _log(kind),
            f"Lines that {what} has printed.",
            _TAG,
            answers=history.LogPage,
            query=_LINES,
            refuses=(404, 422),
        ),
        Route(
            "GET",
            f"{at}/report",
            _report(kind),
            f"The report of {what}, a page.",
            _TAG,
            media="text/html",
            query=_TASK_ID,
            refuses=(404,),
        ),
    )


ROUTES = (
    *_of_kind("eval", "an evaluation", asking.EvalBody),
    *_of_kind("perf", "a load test", asking.PerfBody),
    Route(
        "POST",
        "/api/v1/eval/resume/invoke",
        _resume,
        "Continue the run of a task with the parameters it was begun with.",
        _TAG,
        body=asking.EvalBody,
        invalid=400,
        answers=Invoked,
        others=_FAULT,
        query=WAIT,
        headers=(*PREFER, Parameter(_HEADER, "Name of the task.", _PLAIN, required=True)),
        more=BLOCKS,
        refuses=(404, 409, 429),
    ),
    Route(
        "GET",
        "/api/v1/tasks/active",
        _active,
        "Tasks that run or wait.",
        _TAG,
        answers=TaskList,
    ),
    Route(
        "GET",
        "/api/v1/tasks/{task}",
        _look,
        "A task.",
        _TAG,
        answers=TaskInfo,
        refuses=(404,),
    ),
)
