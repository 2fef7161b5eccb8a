"""The life of a server: where it listens, what speaks HTTP there, and when it ends."""

from __future__ import annotations

import asyncio
import errno
import functools
import resource
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from perfbench.config.server import STATE_DIR, ServerConfig
from perfbench.errors import ConfigError
from perfbench.server.app import LOCK, Server, tell_fault
from perfbench.server.door import Door
from perfbench.server.refusal import Refusal

_LINGER_S = 5.0
"""For what is left of a body to come in after the answer to it."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A server that can be asked."""

    address: str
    """As it is listened on."""
    token: str | None
    """If one was made now, to be shown once."""
    page: str
    """What opens the page in a browser of this machine, within five minutes and once."""


def serve(config: ServerConfig, tell: Callable[[Listening], None], any_port: bool = False) -> None:
    """Serve until SIGINT or SIGTERM. Jobs that run go on.

    Args:
        tell: called once it listens.
        any_port: take a free port if that of ``config`` is taken.

    Raises:
        ConfigError: it cannot listen, or another server shows these results.
    """
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if most == resource.RLIM_INFINITY else min(most, 4096)
    if files != resource.RLIM_INFINITY and files < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # Keys are in memory.
    asyncio.run(_serve(config, tell, any_port))


async def _serve(config: ServerConfig, tell: Callable[[Listening], None], any_port: bool) -> None:
    with ExitStack() as cleanup:
        server = Server(config, cleanup)
        async with listening(server, any_port) as port:
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, ended.set)
            tell(_said(server, port))
            await ended.wait()


@asynccontextmanager
async def listening(server: Server, any_port: bool = False) -> AsyncIterator[int]:
    """Answer requests; yields the port.

    Raises:
        ConfigError: it cannot listen.
    """
    config, loop = server.config, asyncio.get_running_loop()
    runner = web.AppRunner(server.application(), handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    protocol = functools.partial(_protocol, server, runner)
    door = server.door = Door(protocol, server.limits, config.proxy)
    listener: asyncio.Server | None = None
    try:
        try:
            listener = await loop.create_server(door, config.host, config.port)
        except OSError as error:
            if not (any_port and error.errno == errno.EADDRINUSE):
                where = f"{config.host}:{config.port}"
                raise ConfigError(f"cannot listen on {where}: {error.strerror}") from None
            listener = await loop.create_server(door, config.host, 0)
        door.open()
        port: int = listener.sockets[0].getsockname()[1]
        (config.outputs_dir / STATE_DIR / LOCK).write_text(_address(_near(config.host), port))
        yield port
    finally:
        door.close()
        if listener is not None:
            listener.close()
        await runner.cleanup()


def _said(server: Server, port: int) -> Listening:
    host, tokens = server.config.host, server.guard.tokens
    link = f"/?token={tokens.link()}" if tokens.needed else ""
    return Listening(_address(host, port), tokens.made, _address(_near(host), port) + link)


def _near(host: str) -> str:
    """An address of this machine that is listened on."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _protocol(server: Server, runner: web.AppRunner) -> asyncio.Protocol:
    manager, loop = runner.server, asyncio.get_running_loop()
    assert manager is not None
    return _Http(server, manager, loop=loop, access_log=None, lingering_time=_LINGER_S)


class _Http(web.RequestHandler):
    """The library's, which answers what is no HTTP by repeating it, in text, and logs it."""

    def __init__(self, server: Server, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._of = server

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what never reached a route."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun")
        if isinstance(exc, Exception) and status >= 500:
            tell_fault(exc)
        refusal = (
            Refusal(400, "the request is malformed")
            if status < 500
            else Refusal(500, "a fault of the server; its log says more")
        )
        response = self._of.refused(refusal, request)
        self._of.guard.sign(request, response)
        response.force_close()
        return response
