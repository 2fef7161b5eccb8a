"""Routes of runs: list, look, tag, delete, bring back."""

from __future__ import annotations

import msgspec
from aiohttp import web

from perfbench.server.library import Listed
from perfbench.server.routes import Call, Reply, Route


class RunList(msgspec.Struct, frozen=True):
    """Runs, the newest first."""

    runs: list[Listed]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people say of a run; what is null stays as it is."""

    tags: list[str] | None = None
    note: str | None = None


async def _list(call: Call) -> Reply:
    return RunList(call.server.library.listed())


async def _look(call: Call) -> Reply:
    return call.server.library.look(call.path["run"])


async def _say(call: Call) -> Reply:
    return call.server.library.say(call.path["run"], call.body.tags, call.body.note)


async def _delete(call: Call) -> Reply:
    call.server.library.delete(call.path["run"])
    return web.Response(status=204)


async def _restore(call: Call) -> Reply:
    return call.server.library.restore(call.path["run"])


ROUTES = (
    Route("GET", "/api/v1/runs", _list, "Runs, the newest first.", "Runs", answers=RunList),
    Route("GET", "/api/v1/runs/{run}", _look, "A run.", "Runs", answers=Listed, refuses=(404,)),
    Route(
        "PATCH",
        "/api/v1/runs/{run}",
        _say,
        "Tag it, write a note to it.",
        "Runs",
        body=Said,
        answers=Listed,
        refuses=(404,),
    ),
    Route(
        "DELETE",
        "/api/v1/runs/{run}",
        _delete,
        "Delete it; it can be brought back.",
        "Runs",
        status=204,
        refuses=(404,),
    ),
    Route(
        "POST",
        "/api/v1/runs/{run}/restore",
        _restore,
        "Bring it back.",
        "Runs",
        answers=Listed,
        refuses=(404, 409),
    ),
)
