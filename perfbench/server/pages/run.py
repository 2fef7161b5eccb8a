"""The pages of one run that every kind has: its heading, overview, log, settings; and what can be
done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfbench.errors import PerfbenchError
from perfbench.foreign import visible
from perfbench.server.jobs import Asked, log_tail
from perfbench.server.listed import Listed
from perfbench.server.pages import arena, evaluation, load_test
from perfbench.server.pages.forms import fields_of, go_to, run_path
from perfbench.server.pages.listing import as_written, written_by
from perfbench.server.queue import Command
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Page, Reply, Route
from perfbench.server.shelf import Facts

COMMANDS: dict[str, Command] = {"load test": "perf", "evaluation": "eval", "arena": "arena"}
_LOG_BYTES = 256 << 10
_SECRET = "secret."


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above every page of a run."""

    run: Listed
    facts: Facts
    job: str | None
    """The job of this server that writes it now."""
    path: Path


async def head_of(call: Call) -> Head:
    """The run that an address names.

    Raises:
        PerfbenchError: it cannot be read.
        Refusal: there is none.
    """
    name, library = call.path["run"], call.server.library
    path = library.path(name)
    run = await asyncio.to_thread(library.look, name)
    facts = await call.server.shelf.facts(path)
    job = written_by(call).get(name)
    return Head(run if job is None else as_written(run), facts, job, path)


def tabs_of(run: Listed) -> list[tuple[str, str]]:
    """Title and address of each page of a run."""
    titles = {
        "load test": ("Report", "Requests", "Log", "Settings"),
        "evaluation": ("Samples", "Report", "Requests", "Log", "Settings"),
        "arena": ("Battles", "Report", "Log", "Settings"),
    }[run.kind]
    return [
        ("Overview", run_path(run.name)),
        *((title, run_path(run.name, title.lower())) for title in titles),
    ]


def page_of(head: Head, template: str, tab: str, **values: Any) -> Page:
    """A page of a run."""
    own = {
        "head": head,
        "run": head.run,
        "about": head.facts.about,
        "tabs": tabs_of(head.run),
        "tab": tab,
        "command": COMMANDS[head.run.kind],
    }
    return Page(template, {**own, **values})


async def _overview(call: Call) -> Reply:
    head = await head_of(call)
    shelf = call.server.shelf
    if head.run.kind == "load test":
        values = await load_test.overview(shelf, head.path, head.facts)
        return page_of(head, "load_test.html.j2", "Overview", files=files_of(head), **values)
    try:
        if head.run.kind == "evaluation":
            values = evaluation.overview(await shelf.evaluation(head.path))
        else:
            values = arena.overview((await shelf.arena(head.path)).found)
    except PerfbenchError as error:
        return page_of(
            head, "unscored.html.j2", "Overview", files=files_of(head), problem=str(error)
        )
    template = "evaluation.html.j2" if head.run.kind == "evaluation" else "arena.html.j2"
    return page_of(head, template, "Overview", files=files_of(head), **values)


async def _log(call: Call) -> Reply:
    head = await head_of(call)
    names = await asyncio.to_thread(_logs, head.path)
    chosen = call.request.query.get("file", "run.log")
    if chosen not in names and (chosen != "run.log" or (head.path / chosen).exists()):
        raise Refusal(404, f"the run has no log {chosen[:60]!r}")
    try:
        text = await asyncio.to_thread(log_tail, head.path / chosen, _LOG_BYTES)
    except OSError:
        text = ""
    return page_of(head, "run_log.html.j2", "Log", text=visible(text), logs=names, chosen=chosen)


def _logs(path: Path) -> list[str]:
    return sorted(
        str(file.relative_to(path))
        for pattern in ("*.log", "logs/*/*.out", "logs/*/*/*.out")
        for file in path.glob(pattern)
        if is_own(file, path)
    )


def is_own(file: Path, folder: Path) -> bool:
    """Whether a file of a run is in its folder, and no link leads elsewhere."""
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


async def _settings(call: Call) -> Reply:
    return page_of(await head_of(call), "run_settings.html.j2", "Settings")


_PLAIN_FILES = (
    *("summary.json", "config.yaml", "leaderboard.csv", "leaderboard.json", "battles.jsonl"),
    *("judge_check.json",),
)


def files_of(head: Head) -> list[str]:
    """The files of a run that can be had, by their path in it."""
    found = [name for name in _PLAIN_FILES if is_own(head.path / name, head.path)]
    for pattern in ("predictions/*/*.jsonl", "results/*/*.json", "summary/*.csv"):
        found += sorted(
            str(file.relative_to(head.path))
            for file in head.path.glob(pattern)
            if is_own(file, head.path)
        )
    return found


async def _resume(call: Call) -> Reply:
    name, fields = call.path["run"], await fields_of(call)
    run = await asyncio.to_thread(call.server.library.look, name)
    if run.state == "being written":
        raise Refusal(409, f"{name} is being written: stop it first")
    given = {
        key.removeprefix(_SECRET): value
        for key, value in fields.items()
        if key.startswith(_SECRET) and value
    }
    jobs = call.server.jobs
    earlier = jobs.queue.of_run(name)
    # One that scored stored answers again is not what is to be continued.
    if earlier is not None and "reuse" not in earlier.settings:
        return go_to(f"/jobs/{jobs.resume(earlier.id, given).id}")
    asked = Asked(command=COMMANDS[run.kind], settings=given, resumes=name)
    return go_to(f"/jobs/{jobs.submit(asked).id}")


async def _score(call: Call) -> Reply:
    name = call.path["run"]
    await fields_of(call)
    run = await asyncio.to_thread(call.server.library.look, name)
    if run.kind != "evaluation":
        raise Refusal(409, f"{name} is a {run.kind}: it has no answers to score")
    if run.state == "being written":
        raise Refusal(409, f"{name} is being written: stop it first")
    settings = {"mode": "eval", "reuse": name}
    return go_to(f"/jobs/{call.server.jobs.submit(Asked(command='eval', settings=settings)).id}")


def _routes(*rows: tuple[str, str, Any]) -> Sequence[Route]:
    return [Route(method, path, handler, hidden=True) for method, path, handler in rows]


ROUTES = (
    *_routes(
        ("GET", "/runs/{run}", _overview),
        ("GET", "/runs/{run}/log", _log),
        ("GET", "/runs/{run}/settings", _settings),
        ("POST", "/runs/{run}/resume", _resume),
        ("POST", "/runs/{run}/score", _score),
    ),
)
