"""The page of all jobs, and what its buttons and those of a job's page do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from perfbench.server.jobs import Jobs
from perfbench.server.pages.board import KINDS, board_of, summary_of
from perfbench.server.pages.forms import fields_of
from perfbench.server.queue import ALIVE, ENDED, Job, State
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Page, Reply, Route

_ENDED_A_PAGE = 50


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A job in the list."""

    job: Job
    kind: str
    about: str
    """Whom it asks what."""
    standing: str
    needs: tuple[str, ...]


async def _list(call: Call) -> Reply:
    jobs = call.server.jobs
    offset = call.number("offset", 0, 10**9)
    ended = await _rows(jobs, ENDED, _ENDED_A_PAGE + 1, offset)
    part = call.request.headers.get("HX-Request") == "true"
    return Page(
        "jobs_table.html.j2" if part else "jobs.html.j2",
        {
            "running": await _rows(jobs, ALIVE, 1000, 0),
            "waiting": (await _rows(jobs, ("queued",), 1000, 0))[::-1],
            "ended": ended[:_ENDED_A_PAGE],
            "newer": max(0, offset - _ENDED_A_PAGE) if offset else None,
            "older": offset + _ENDED_A_PAGE if len(ended) > _ENDED_A_PAGE else None,
            "offset": offset,
        },
    )


async def _rows(jobs: Jobs, states: tuple[State, ...], limit: int, offset: int) -> list[Row]:
    rows = []
    for job in jobs.queue.listed(states, limit, offset):
        standing = job.error or job.differs or ""
        if job.state == "queued":
            standing = f"{jobs.ahead_of(job) + 1}. in its queue"
        elif job.state in ALIVE:
            standing = summary_of(board_of(job, (await jobs.feed(job)).seen))
        rows.append(
            Row(
                job=job,
                kind=KINDS[job.command],
                about=_about(job.settings),
                standing=standing,
                needs=jobs.needs(job),
            )
        )
    return rows


def _about(settings: dict[str, Any]) -> str:
    """The settings that tell jobs apart, cut short."""
    told = []
    for name in ("model", "models", "url", "dataset", "datasets", "parallel", "rate"):
        if (value := settings.get(name)) not in (None, [], ""):
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            told.append(f"{name} {text[:60]}")
    return "; ".join(told) or "built-in simulator"


def _acts(act: Callable[[Jobs, str, dict[str, Any]], Job | None]) -> Callable[[Call], Any]:
    """A form's button: done, then the page of the job that it concerns is shown."""

    async def handler(call: Call) -> Reply:
        form = await fields_of(call)
        given = {key: value for key, value in form.items() if value}
        job = act(call.server.jobs, call.path["job"], given)
        where = "/jobs" if job is None or form.get("back") == "list" else f"/jobs/{job.id}"
        return web.Response(status=303, headers={"Location": where})

    return handler


def _secrets(jobs: Jobs, name: str, form: dict[str, Any]) -> dict[str, Any]:
    """What a form gives of the settings whose secrets are gone."""
    return {key: _value(form[key]) for key in jobs.needs(jobs.look(name)) if key in form}


def _value(text: str) -> Any:
    """A setting as it is typed: headers and the like are JSON."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise Refusal(422, f"no JSON: {error}") from None
    return text


def _forget(jobs: Jobs, name: str, form: dict[str, Any]) -> None:
    jobs.forget(name)


ROUTES = (
    Route("GET", "/jobs", _list, hidden=True),
    *(
        Route("POST", f"/jobs/{{job}}/{word}", _acts(act), hidden=True)
        for word, act in (
            ("stop", lambda jobs, name, form: jobs.stop(name)),
            ("cut", lambda jobs, name, form: jobs.stop(name, cut=True)),
            ("kill", lambda jobs, name, form: jobs.kill(name)),
            ("resume", lambda jobs, name, form: jobs.resume(name, _secrets(jobs, name, form))),
            ("repeat", lambda jobs, name, form: jobs.repeat(name, _secrets(jobs, name, form))),
            ("forget", _forget),
        )
    ),
)
