"""Whether the server is well, and what it can be asked."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import msgspec

from perfbench import __version__
from perfbench.server.openapi import document
from perfbench.server.routes import Answer, Call, Reply, Route


class Health(msgspec.Struct, frozen=True):
    """That the server answers."""

    status: str
    """``ok``."""
    service: str
    timestamp: str
    """Its local time."""
    version: str


async def _health(call: Call) -> Reply:
    return Health("ok", "perfbench", datetime.now().isoformat(timespec="seconds"), __version__)


async def _openapi(call: Call) -> Reply:
    return Answer(await asyncio.to_thread(document, call.server.routes))


ROUTES = (
    Route("GET", "/health", _health, "Whether the server answers.", "Server", answers=Health),
    Route(
        "GET", "/api/v1/openapi.json", _openapi, "This document.", "Server", answers=dict[str, Any]
    ),
)
