"""The page on which a browser gives the token, once."""

from __future__ import annotations

from aiohttp import web

from perfbench.server.guard import LOGIN, local
from perfbench.server.pages.forms import fields_of
from perfbench.server.routes import Call, Page, Reply, Route


async def _ask(call: Call) -> Reply:
    guard, place = call.server.guard, local(call.request.query.get("next", "/"))
    if not guard.tokens.needed or guard.known(call.request):
        return web.Response(status=303, headers={"Location": place})
    return Page("login.html.j2", {"next": place, "wrong": False})


async def _log_in(call: Call) -> Reply:
    form = await fields_of(call)
    token, place = form.get("token", "").strip(), local(form.get("next", "/"))
    guard = call.server.guard
    if not guard.tokens.needed or guard.log_in(call.request, token):
        moved = web.Response(status=303, headers={"Location": place})
        return guard.begin(call.request, moved) if guard.tokens.needed else moved
    return Page("login.html.j2", {"next": place, "wrong": True}, 401)


async def _log_out(call: Call) -> Reply:
    moved = web.Response(status=303, headers={"Location": LOGIN})
    return call.server.guard.end(call.request, moved)


ROUTES = (
    Route("GET", LOGIN, _ask, hidden=True),
    Route("POST", LOGIN, _log_in, hidden=True),
    Route("POST", "/logout", _log_out, hidden=True),
)
