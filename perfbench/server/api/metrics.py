"""The server's figures of itself, for Prometheus."""

from __future__ import annotations

from typing import get_args

from aiohttp import web

from perfbench import __version__
from perfbench.server.counts import MEDIA_TYPE, family
from perfbench.server.queue import STATES, Command
from perfbench.server.routes import Call, Reply, Route


async def _metrics(call: Call) -> Reply:
    server = call.server
    queue, door = server.jobs.queue, server.door
    jobs = {f'state="{state}"': queue.count((state,), get_args(Command)) for state in STATES}
    lines = [
        *family("build_info", "gauge", "The version.", {f'version="{__version__}"': 1}),
        *family("jobs", "gauge", "Jobs by their state.", jobs),
        *family("watchers", "gauge", "Streams of events under way.", {"": len(server.watchers)}),
    ]
    if door is not None:
        lines += [
            *family("connections", "gauge", "Connections that are open.", {"": len(door)}),
            *family(
                "connections_refused_total",
                "counter",
                "Connections that were too many, or too slow.",
                {'reason="too_many"': door.turned_away, 'reason="too_slow"': door.cut},
            ),
        ]
    text = "\n".join([*lines, *server.counts.lines(), ""])
    return web.Response(body=text.encode(), headers={"Content-Type": MEDIA_TYPE})


ROUTES = (
    Route(
        "GET",
        "/metrics",
        _metrics,
        "The server's own figures, for Prometheus.",
        "Server",
        media="text/plain",
    ),
)
