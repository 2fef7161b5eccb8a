"""The pages on which a run is asked for: a form of the settings, and beside it what it says."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from perfbench.config.secrets import masked
from perfbench.server.checked import Checked, check, understood
from perfbench.server.fields import (
    EVERYDAY,
    Field,
    Filled,
    fields_of,
    filled,
    given,
    offered,
    shown_again,
)
from perfbench.server.jobs import Asked
from perfbench.server.pages.forms import form_of, go_to
from perfbench.server.queue import Command
from perfbench.server.refusal import CODES, Problem, Refusal
from perfbench.server.routes import Call, Page, Reply, Route
from perfbench.server.tries import Plan, Tried
from perfbench.server.vetting import command_named
from perfbench.store import open_run

_TITLES: Mapping[Command, str] = {"perf": "Load test", "eval": "Evaluation", "arena": "Arena"}
_COMMANDS: Mapping[str, Command] = {"load test": "perf", "evaluation": "eval", "arena": "arena"}
"""By the kind of a run."""
_UNFINISHED = "First mend what is wrong in the form."
_FLAG = re.compile(r"--[a-z][a-z-]*[a-z]")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading."""

    title: str
    fields: Sequence[Field]
    open: bool
    """Whether it is unfolded."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A problem, where a page shows it."""

    text: str
    field: Field | None
    """``None``: it belongs to none."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent."""

    command: Command
    form: Mapping[str, Sequence[str]]
    values: dict[str, Any]
    """What it gives; with its secrets."""
    checked: Checked
    by_script: bool
    """Whether a script in the page wants a part of it, else a browser a whole page."""

    @property
    def again(self) -> Filled:
        """The same form, to be shown."""
        return shown_again(self.command, self.form)

    @property
    def key(self) -> str | None:
        """What makes one job of a form that is sent twice, and two of one that was changed
        between."""
        once = next(iter(self.form.get("once", ())), "")
        if not once:
            return None
        said = msgspec.json.encode([once, self.values])
        return f"form-{hashlib.sha256(said).hexdigest()}"


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows beside the form."""

    checked: Checked
    tried: Tried | None = None
    plan: Plan | None = None
    refused: str | None = None
    """Why there was no try."""


async def _any(call: Call) -> Reply:
    return go_to("/new/perf")


async def _form(call: Call) -> Reply:
    command = command_named(call.path["command"])
    query = call.request.query
    start = await _start(call, command)
    linked = {name: query.getall(name) for name in query if name not in ("from", "job")}
    values = await asyncio.to_thread(given, command, linked)
    more = await asyncio.to_thread(filled, command, masked(values))
    texts = {**start.texts, **more.texts}
    again = (start.again - more.texts.keys()) | more.again
    return await _page(call, command, Filled(texts, again))


async def _start(call: Call, command: Command) -> Filled:
    """What the form begins with: what a run or a job was given."""
    query = call.request.query
    values: Mapping[str, Any] = {}
    if (run := query.get("from")) is not None:
        path = call.server.library.path(run)
        values = await asyncio.to_thread(_given_to, path)
    elif (job := query.get("job")) is not None:
        values = call.server.jobs.look(job).settings
    return await asyncio.to_thread(filled, command, values)


def _given_to(path: Any) -> Mapping[str, Any]:
    """What a run was given, secrets masked."""
    with open_run(path, read_only=True) as run:
        return run.about.given or {}


async def _submit(call: Call) -> Reply:
    sent = await _sent(call)
    checked = sent.checked
    if checked.valid:
        try:
            settings = await asyncio.to_thread(understood, sent.command, sent.values)
            asked = Asked(command=sent.command, settings=settings)
            job = call.server.jobs.submit(asked, sent.key)
        except Refusal as refusal:
            problem = Problem(CODES[refusal.status], str(refusal), refusal.field)
            checked = msgspec.structs.replace(checked, errors=(problem,), valid=False)
        else:
            where = f"/jobs/{job.id}"
            if sent.by_script:
                return web.Response(headers={"HX-Redirect": where})
            return go_to(where)
    if sent.by_script:
        return _beside(sent.command, checked)
    return await _page(call, sent.command, sent.again, View(checked), status=422)


async def _look(call: Call) -> Reply:
    """What stands beside the form, made anew."""
    sent = await _sent(call)
    if sent.by_script:
        return _beside(sent.command, sent.checked)
    return await _page(call, sent.command, sent.again, View(sent.checked))


async def _try(call: Call) -> Reply:
    async def tried(sent: Sent) -> View:
        found = await call.server.tries.request(sent.command, sent.values)
        return View(sent.checked, tried=found)

    return await _looked_ahead(call, tried)


async def _plan(call: Call) -> Reply:
    async def planned(sent: Sent) -> View:
        return View(sent.checked, plan=await call.server.tries.plan(sent.command, sent.values))

    return await _looked_ahead(call, planned)


async def _looked_ahead(call: Call, look: Callable[[Sent], Awaitable[View]]) -> Reply:
    """What a form's settings lead to before there is a job, or why that cannot be said."""
    sent = await _sent(call)
    if not sent.checked.valid:
        return await _outcome(call, sent, View(sent.checked, refused=_UNFINISHED))
    try:
        view = await look(sent)
    except Refusal as refusal:
        view = View(sent.checked, refused=str(refusal))
    return await _outcome(call, sent, view)


async def _outcome(call: Call, sent: Sent, view: View) -> Page:
    """What came of a try, alone or in its page."""
    if sent.by_script:
        return Page("new_outcome.html.j2", {"view": view})
    return await _page(call, sent.command, sent.again, view)


async def _sent(call: Call) -> Sent:
    """The form that was sent, and what it says."""
    command = command_named(call.path["command"])
    form = await form_of(call)
    values = await asyncio.to_thread(given, command, form)
    checked = await asyncio.to_thread(check, command, values, call.server.config)
    by_script = call.request.headers.get("HX-Request") == "true"
    return Sent(command, form, values, checked, by_script)


async def _page(
    call: Call, command: Command, fill: Filled, view: View | None = None, status: int = 200
) -> Page:
    config = call.server.config
    fields = await asyncio.to_thread(offered, command, config)
    if view is None:
        form = {name: [text] for name, text in fill.texts.items()}
        values = await asyncio.to_thread(given, command, form)
        view = View(await asyncio.to_thread(check, command, values, config))
    wrong = _wrong(command, view.checked)
    # A form that nothing was written in yet is not wrong.
    wrong = wrong if fill.texts or call.request.method == "POST" else []
    at = {each.field.name: each.text for each in reversed(wrong) if each.field is not None}
    shown = {
        "command": command,
        "commands": _TITLES,
        "groups": _groups(fields, {*fill.texts, *fill.again, *at}),
        "fill": fill,
        "at": at,
        "wrong": wrong,
        "view": view,
        "checked": view.checked,
        "once": secrets.token_urlsafe(16),
        "data_dirs": list(map(str, config.data_dir)),
    }
    return Page("new.html.j2", shown, status)


def _beside(command: Command, checked: Checked) -> Page:
    shown = {"command": command, "checked": checked, "wrong": _wrong(command, checked)}
    return Page("new_beside.html.j2", shown)


def _groups(fields: Sequence[Field], touched: set[str]) -> list[Group]:
    """The fields by group; those that hold something are unfolded."""
    found: dict[str, list[Field]] = {}
    for field in fields:
        found.setdefault(field.group, []).append(field)
    return [
        Group(title, each, title == EVERYDAY or any(field.name in touched for field in each))
        for title, each in found.items()
    ]


def _wrong(command: Command, checked: Checked) -> list[Wrong]:
    """The problems, each at the field that it names, or that its words name first."""
    fields = {field.name: field for field in fields_of(command)}
    flags = {field.flag: field for field in fields.values() if field.flag}
    found = []
    for error in checked.errors:
        field = fields.get(error.field or "")
        text = error.message.removeprefix(f"{error.field}: ")
        if field is None and error.field is None:
            named = [flags[flag] for flag in _FLAG.findall(text) if flag in flags]
            field = named[0] if named else None
        found.append(Wrong(text, field))
    return found


ROUTES = (
    Route("GET", "/new", _any, hidden=True),
    Route("GET", "/new/{command}", _form, hidden=True),
    Route("POST", "/new/{command}", _submit, hidden=True),
    Route("POST", "/new/{command}/look", _look, hidden=True),
    Route("POST", "/new/{command}/try", _try, hidden=True),
    Route("POST", "/new/{command}/plan", _plan, hidden=True),
)
