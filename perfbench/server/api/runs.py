"""Routes of runs: list, look, tag, delete, bring back, compare."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from perfbench.server import comparing, selection
from perfbench.server.library import Deleted
from perfbench.server.listed import Listed
from perfbench.server.routes import Answer, Call, Parameter, Reply, Route


class RunList(msgspec.Struct, frozen=True):
    """A page of the runs that are wanted."""

    runs: list[Listed]
    total: int
    """On all pages."""


class DeletedList(msgspec.Struct, frozen=True):
    """Runs that can be had back."""

    runs: list[Deleted]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people say of a run; what is null stays as it is."""

    tags: list[str] | None = None
    note: str | None = None


async def _list(call: Call) -> Reply:
    wanted = selection.wanted_of(call.request.query)
    runs = await asyncio.to_thread(call.server.library.listed)
    found = selection.selected(runs, wanted)
    return RunList(found[wanted.offset : wanted.offset + wanted.limit], len(found))


async def _look(call: Call) -> Reply:
    return await asyncio.to_thread(call.server.library.look, call.path["run"])


async def _say(call: Call) -> Reply:
    said: Said = call.body
    return await asyncio.to_thread(call.server.library.say, call.path["run"], said.tags, said.note)


async def _delete(call: Call) -> Reply:
    await asyncio.to_thread(call.server.library.delete, call.path["run"])
    return web.Response(status=204)


async def _restore(call: Call) -> Reply:
    return await asyncio.to_thread(call.server.library.restore, call.path["run"])


async def _deleted(call: Call) -> Reply:
    return DeletedList(await asyncio.to_thread(call.server.library.deleted))


async def _compare(call: Call) -> Reply:
    server = call.server
    runs = await comparing.chosen_runs(server.library, call.request.query.getall("run", []))
    return Answer(comparing.plain(await comparing.compared(server.shelf, server.library, runs)))


def _one_of(name: str, text: str, known: tuple[str, ...]) -> Parameter:
    return Parameter(name, text, {"type": "string", "enum": list(known)})


_ORDERS = tuple(sign + name for name in selection.ORDERS for sign in ("", "-"))
_FILTERS = (
    _one_of("kind", "Only runs of this kind.", selection.KINDS),
    Parameter("model", "Only where the model's name holds this, whatever the case."),
    Parameter("dataset", "Only where the name of a data set holds this."),
    Parameter("since", "The first day.", {"type": "string", "format": "date"}),
    Parameter("until", "The last day.", {"type": "string", "format": "date"}),
    _one_of("verdict", "Only load tests with this verdict.", selection.VERDICTS),
    _one_of("state", "Only runs in this state.", selection.STATES),
    Parameter("tag", "Only runs with this tag."),
    Parameter("text", "Only runs in which each of these words stands somewhere."),
    _one_of("sort", "What they are ordered by; with - the greatest first.", _ORDERS),
    Parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": selection.MOST}),
    Parameter("offset", "How many to pass over.", {"type": "integer", "minimum": 0}),
)
_LIST = "Runs, the newest first unless another order is asked for."

ROUTES = (
    Route(
        "GET",
        "/api/v1/runs",
        _list,
        _LIST,
        "Runs",
        answers=RunList,
        query=_FILTERS,
        refuses=(422,),
    ),
    Route(
        "GET",
        "/api/v1/compare",
        _compare,
        "What differs between runs of one kind, by more than chance; the first is the baseline.",
        "Runs",
        query=(
            Parameter(
                "run",
                "A run; given two to ten times.",
                {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 10},
                required=True,
            ),
        ),
        answers=dict[str, Any],
        refuses=(404, 422),
    ),
    Route(
        "GET",
        "/api/v1/deleted",
        _deleted,
        "Deleted runs that can be brought back.",
        "Runs",
        answers=DeletedList,
    ),
    Route("GET", "/api/v1/runs/{run}", _look, "A run.", "Runs", answers=Listed, refuses=(404, 422)),
    Route(
        "PATCH",
        "/api/v1/runs/{run}",
        _say,
        "Tag it, write a note to it.",
        "Runs",
        body=Said,
        answers=Listed,
        refuses=(404, 422),
    ),
    Route(
        "DELETE",
        "/api/v1/runs/{run}",
        _delete,
        "Delete it; it can be brought back.",
        "Runs",
        status=204,
        refuses=(404, 409),
    ),
    Route(
        "POST",
        "/api/v1/runs/{run}/restore",
        _restore,
        "Bring it back.",
        "Runs",
        answers=Listed,
        refuses=(404, 409, 422),
    ),
)
