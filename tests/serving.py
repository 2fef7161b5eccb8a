"""A server in this process, over real sockets, with clients for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from perfbench.config import validated
from perfbench.config.server import ServerConfig
from perfbench.server.app import Server
from perfbench.server.door import USUAL, Limits
from perfbench.server.listening import listening
from perfbench.server.queue import ALIVE, ENDED

SMALL = {"parallel": [2], "number": 20, "max_tokens": 8, "report": False}
"""A load test of the built-in simulator that takes a second or two."""


class Client:
    """Asks a server, as programs do."""

    def __init__(self, server: Server, address: str, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.address = address
        self.session = session

    async def ask(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> tuple[int, Any, Any]:
        """Status, body (JSON decoded where it is JSON) and headers of an answer."""
        async with self.session.request(method, self.address + path, json=body, **more) as got:
            is_json = got.content_type == "application/json"
            return got.status, await (got.json() if is_json else got.text()), got.headers

    async def submit(self, command: str, settings: dict[str, Any]) -> dict[str, Any]:
        """A job that was asked for."""
        status, job, _ = await self.ask(
            "POST", "/api/v1/jobs", {"command": command, "settings": settings}
        )
        assert status == 202, job
        found: dict[str, Any] = job
        return found

    async def until(
        self, name: str, *states: str, telling: bool = False, patience_s: float = 60
    ) -> dict[str, Any]:
        """The job once it is in one of these states, or has ended if none are given.

        Args:
            telling: and once it has told which run it is.
        """
        wanted = states or ENDED
        end = asyncio.get_running_loop().time() + patience_s
        while True:
            _, job, _ = await self.ask("GET", f"/api/v1/jobs/{name}")
            if job["state"] in wanted and (job["run"] is not None or not telling):
                found: dict[str, Any] = job
                return found
            assert asyncio.get_running_loop().time() < end, job
            await asyncio.sleep(0.05)


@asynccontextmanager
async def served(
    outputs_dir: Path, leave: bool = False, limits: Limits = USUAL, **settings: Any
) -> AsyncIterator[Client]:
    """A server of a results folder on a free port of loopback.

    Args:
        leave: let its jobs run on, as a server does; else they are killed.
        limits: how much of it clients may use.
    """
    config = validated(ServerConfig, {"port": 0, "outputs_dir": str(outputs_dir), **settings})
    with ExitStack() as cleanup:
        server = Server(config, cleanup, limits)
        async with listening(server) as port, aiohttp.ClientSession() as session:
            try:
                yield Client(server, f"http://127.0.0.1:{port}", session)
            finally:
                for job in () if leave else server.jobs.queue.listed(ALIVE):
                    server.jobs.kill(job.id)
