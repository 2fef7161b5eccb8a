"""The server: routes, what every request passes, and its life from the first to the last one."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import msgspec
from aiohttp import web

from perfbench.config.server import STATE_DIR, ServerConfig
from perfbench.errors import ConfigError, PerfbenchError, StoreError
from perfbench.foreign import Screen
from perfbench.server import api, pages
from perfbench.server.counts import Counts
from perfbench.server.door import USUAL, Door, Limits
from perfbench.server.guard import Guard, Moved
from perfbench.server.jobs import Jobs
from perfbench.server.library import Library
from perfbench.server.queue import Queue
from perfbench.server.refusal import CODES, Refusal
from perfbench.server.routes import Answer, Call, Page, Reply, Route
from perfbench.server.shelf import Shelf
from perfbench.server.tables import Tables
from perfbench.server.tokens import Tokens
from perfbench.server.tries import Tries

LARGEST_BODY_BYTES = 2 << 20
_MIDDLEWARE = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """What routes have at hand."""

    def __init__(self, config: ServerConfig, cleanup: ExitStack, limits: Limits = USUAL) -> None:
        folder = config.outputs_dir / STATE_DIR
        self.config = config
        self.limits = limits
        _claim(folder, cleanup)
        queue = Queue(folder / "server.db")
        cleanup.callback(queue.close)
        self.jobs = Jobs(config, folder / "jobs", queue)
        self.library = Library(config.outputs_dir, folder / "library.db")
        cleanup.callback(self.library.close)
        self.shelf = Shelf()
        self.tables = Tables()
        cleanup.callback(self.tables.close)
        self.tries = Tries(config, folder / "tries")
        self.guard = Guard(config, Tokens(config, folder / "token", queue.db))
        self.counts = Counts()
        self.door: Door | None = None
        """Where connections come in, once it listens."""
        self.watchers: list[str] = []
        """Paths of the streams that are open."""
        self.routes: tuple[Route, ...] = (*api.ROUTES, *pages.ROUTES)

    def application(self) -> web.Application:
        """All routes behind the guard."""

        async def sign(request: web.Request, response: web.StreamResponse) -> None:
            self.guard.sign(request, response)

        found = web.Application(
            client_max_size=LARGEST_BODY_BYTES,
            middlewares=[self._counted, self._checked, self._guarded],
        )
        for route in self.routes:
            dispatch = self._dispatcher(route)
            found.router.add_route(route.method, route.path, dispatch)
            if route.method == "GET":
                found.router.add_route("HEAD", route.path, dispatch)
        found.router.add_static("/static/", Path(__file__).parent / "static")
        found.router.add_static("/assets/", Path(__file__).parent.parent / "reports" / "assets")

        async def life(_: web.Application) -> AsyncIterator[None]:
            self.jobs.open()
            yield
            await self.jobs.close()

        found.cleanup_ctx.append(life)
        found.on_response_prepare.append(sign)
        return found

    def _dispatcher(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def dispatch(request: web.Request) -> web.StreamResponse:
            content = b""
            if request.body_exists:
                try:
                    content = await asyncio.wait_for(request.read(), self.limits.body_s)
                except asyncio.TimeoutError:
                    text = f"the body did not arrive within {self.limits.body_s:g} s"
                    raise Refusal(408, text) from None
            call = Call(self, request, route.decode(content), content)
            with self._watching(request.path) if route.streams else nullcontext():
                return self._response(await route.handler(call), request)

        return dispatch

    @contextmanager
    def _watching(self, path: str) -> Iterator[None]:
        """One stream more.

        Raises:
            Refusal: there are enough.
        """
        most, of_one = self.limits.streams, self.limits.of_stream
        if len(self.watchers) >= most or self.watchers.count(path) >= of_one:
            raise Refusal(
                429, "enough watch already: try again later", headers={"Retry-After": "5"}
            )
        self.watchers.append(path)
        try:
            yield
        finally:
            self.watchers.remove(path)

    def _response(self, reply: Reply, request: web.Request) -> web.StreamResponse:
        match reply:
            case web.StreamResponse():
                return reply
            case Page(template, values, status):
                text = pages.rendered(template, {**values, "call": request})
                return web.Response(text=text, status=status, content_type="text/html")
            case Answer(body, status, headers):
                return _json(body, status, headers)
        return _json(reply, 200, {})

    @web.middleware
    async def _guarded(self, request: web.Request, handler: _MIDDLEWARE) -> web.StreamResponse:
        if (preflight := self.guard.preflight(request)) is not None:
            return preflight
        self.guard.admit(request)
        return await handler(request)

    @web.middleware
    async def _counted(self, request: web.Request, handler: _MIDDLEWARE) -> web.StreamResponse:
        """Of each request its answer and its time; its connection is not idle meanwhile."""
        start, transport = time.perf_counter(), request.transport
        if self.door is not None:
            self.door.begins(transport)
        try:
            response = await handler(request)
        finally:
            if self.door is not None:
                self.door.ends(transport)
        took_s = time.perf_counter() - start
        resource = request.match_info.route.resource
        route = "none" if resource is None else resource.canonical
        streams = response.content_type == "text/event-stream"
        self.counts.answered(route, request.method, response.status, None if streams else took_s)
        return response

    @web.middleware
    async def _checked(self, request: web.Request, handler: _MIDDLEWARE) -> web.StreamResponse:
        """What goes wrong is an answer."""
        try:
            return await handler(request)
        except Moved as moved:
            return moved.response
        except Refusal as refusal:
            return self._refused(refusal, request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            text = "no such page" if error.status == 404 else error.reason
            allowed = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
            return self._refused(Refusal(_known(error.status), text, headers=allowed), request)
        except StoreError as error:
            return self._refused(Refusal(507, str(error)), request)
        except PerfbenchError as error:
            return self._refused(Refusal(422, str(error)), request)
        except ConnectionError:
            raise
        except Exception as error:
            _tell_fault(error)
            return self._refused(Refusal(500, "a fault of the server; its log says more"), request)

    def _refused(self, refusal: Refusal, request: web.Request) -> web.StreamResponse:
        self.counts.refused[CODES[refusal.status]] += 1
        if "text/html" in request.headers.get("Accept", ""):
            response = self._response(
                Page("refused.html.j2", {"refusal": refusal}, refusal.status), request
            )
            response.headers.update(refusal.headers)
            return response
        return _json(refusal.body, refusal.status, refusal.headers)


def _tell_fault(error: Exception) -> None:
    """Where a fault is, in the log; not what it says, which may be a client's text or key."""
    lines = traceback.format_tb(error.__traceback__)
    print("perfbench: a fault of the server:", type(error).__name__, file=sys.stderr)
    print("".join(lines), end="", file=Screen(sys.stderr), flush=True)


def _known(status: int) -> int:
    return status if status in (400, 404, 405, 413) else 400


def _json(body: object, status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def _claim(folder: Path, cleanup: ExitStack) -> None:
    """Be the only server of these results."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        cleanup.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = folder.parent
        raise ConfigError(f"another server shows {where}: give another --outputs-dir") from None
    except OSError as error:
        raise ConfigError(f"cannot use {folder}: {error.strerror or error}") from None


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
            tell(_said(server, port))
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, ended.set)
            await ended.wait()


@asynccontextmanager
async def listening(server: Server, any_port: bool = False) -> AsyncIterator[int]:
    """Answer requests; yields the port.

    Raises:
        ConfigError: it cannot listen.
    """
    config, loop = server.config, asyncio.get_running_loop()
    runner = web.AppRunner(
        server.application(),
        access_log=None,
        logger=_log(),
        handle_signals=False,
        shutdown_timeout=2.0,
        lingering_time=5.0,
    )
    await runner.setup()
    assert runner.server is not None
    door = server.door = Door(runner.server, server.limits, config.proxy)
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
        yield listener.sockets[0].getsockname()[1]
    finally:
        door.close()
        if listener is not None:
            listener.close()
        await runner.cleanup()


def _said(server: Server, port: int) -> Listening:
    host, tokens = server.config.host, server.guard.tokens
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    link = f"/?token={tokens.link()}" if tokens.needed else ""
    return Listening(_address(host, port), tokens.made, _address(near, port) + link)


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _log() -> logging.Logger:
    """Where the HTTP library tells its faults: what was wrong, without what a client wrote."""

    class Faults(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            if isinstance(error, Exception):
                _tell_fault(error)

    found = logging.getLogger("perfbench.server")
    found.propagate, found.handlers = False, [Faults()]
    return found
