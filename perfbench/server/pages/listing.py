"""The page of all runs."""

from __future__ import annotations

from perfbench.server.routes import Call, Page, Reply, Route


async def _runs(call: Call) -> Reply:
    return Page("runs.html.j2", {"runs": call.server.library.listed()})


ROUTES = (Route("GET", "/", _runs, hidden=True),)
