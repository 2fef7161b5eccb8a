"""The page of all runs, and of the deleted ones: filters, order, pages; tags and notes; deleting
with undo."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from perfbench.server import selection
from perfbench.server.library import KEPT_DELETED_S, LONGEST_NOTE, MOST_TAGS
from perfbench.server.listed import Listed
from perfbench.server.pages.forms import back_to, fields_of, go_to, run_path
from perfbench.server.pages.paging import Paging, paging
from perfbench.server.queue import ALIVE
from perfbench.server.routes import Call, Page, Reply, Route
from perfbench.server.selection import Wanted

_HEADS = (
    ("name", "Run"),
    ("kind", "Kind"),
    ("model", "Model"),
    ("datasets", "Data"),
    ("started", "Started"),
    ("verdict", "Verdict"),
)


async def _runs(call: Call) -> Reply:
    query = call.request.query
    wanted = selection.wanted_of(query)
    runs, broken = await asyncio.to_thread(call.server.library.all)
    jobs = written_by(call)
    # A job that is about to continue a run has not locked it yet.
    runs = [run if run.name not in jobs else as_written(run) for run in runs]
    found = selection.selected(runs, wanted)
    at = paging(wanted.offset, wanted.limit, len(found))
    wanted = msgspec.structs.replace(wanted, offset=at.offset)
    shown = found[at.offset : at.offset + wanted.limit]
    values = {
        "runs": shown,
        "total": len(found),
        "of": len(runs),
        "wanted": wanted,
        "heads": _HEADS,
        "orders": [name for name in selection.ORDERS],
        "kinds": selection.KINDS,
        "verdicts": selection.VERDICTS,
        "states": selection.STATES,
        "known": _known(runs),
        "jobs": jobs,
        "broken": broken,
        "here": call.request.path_qs,
        "deleted": query.get("deleted"),
        "pages": _pages(wanted, at),
        "most_note": LONGEST_NOTE,
        "most_tags": MOST_TAGS,
    }
    partly = call.request.headers.get("HX-Request") == "true"
    return Page("runs_table.html.j2" if partly else "runs.html.j2", values)


def written_by(call: Call) -> dict[str, str]:
    """The jobs of this server that write runs now, by the name of the run."""
    alive = call.server.jobs.queue.listed(ALIVE)
    return {name: job.id for job in alive if (name := job.run or job.resumes)}


def as_written(run: Listed) -> Listed:
    """The run as one that is being written."""
    return msgspec.structs.replace(run, state="being written")


def _known(runs: Sequence[Listed]) -> dict[str, list[str]]:
    """What can be chosen among."""
    return {
        "models": sorted({run.model for run in runs if run.model}),
        "datasets": sorted({name for run in runs for name in run.datasets}),
        "tags": sorted({tag for run in runs for tag in run.tags}),
    }


def _pages(wanted: Wanted, at: Paging) -> dict[str, str | None]:
    """Addresses of the pages before and after."""
    offsets = {"before": at.before, "after": at.after}
    return {
        word: None if offset is None else f"/?{wanted.query(offset=offset)}"
        for word, offset in offsets.items()
    }


async def _say(call: Call) -> Reply:
    name, fields = call.path["run"], await fields_of(call)
    tags = fields.get("tags")
    await asyncio.to_thread(
        call.server.library.say,
        name,
        None if tags is None else tags.split(","),
        fields.get("note"),
    )
    return go_to(back_to(fields.get("back", ""), run_path(name)))


async def _delete(call: Call) -> Reply:
    name, fields = call.path["run"], await fields_of(call)
    await asyncio.to_thread(call.server.library.delete, name)
    page, _, rest = back_to(fields.get("back", ""), "/").partition("?")
    if page != "/":
        rest = ""
    kept = [part for part in rest.split("&") if part and not part.startswith("deleted=")]
    return go_to("/?" + "&".join([*kept, f"deleted={quote(name, safe='')}"]))


async def _restore(call: Call) -> Reply:
    await fields_of(call)
    await asyncio.to_thread(call.server.library.restore, call.path["run"])
    return go_to(run_path(call.path["run"]))


async def _deleted(call: Call) -> Reply:
    found = await asyncio.to_thread(call.server.library.deleted)
    return Page("deleted.html.j2", {"runs": found, "days": round(KEPT_DELETED_S / 86_400)})


ROUTES = (
    Route("GET", "/", _runs, hidden=True),
    Route("GET", "/deleted", _deleted, hidden=True),
    Route("POST", "/runs/{run}/say", _say, hidden=True),
    Route("POST", "/runs/{run}/delete", _delete, hidden=True),
    Route("POST", "/runs/{run}/restore", _restore, hidden=True),
)
