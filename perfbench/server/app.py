"""The server: its parts, its routes, and what every request passes on the way to one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import msgspec
from aiohttp import web

from perfbench.config.server import STATE_DIR, ServerConfig
from perfbench.errors import ConfigError, PerfbenchError
from perfbench.foreign import Screen, one_line
from perfbench.server import api, pages
from perfbench.server.counts import Counts
from perfbench.server.door import USUAL, Door, Limits
from perfbench.server.guard import Guard, Moved
from perfbench.server.jobs import Jobs
from perfbench.server.library import Library
from perfbench.server.prepared import look_at_types
from perfbench.server.queue import NotKept, Queue
from perfbench.server.refusal import CODES, Refusal
from perfbench.server.routes import Answer, Call, Page, Reply, Route
from perfbench.server.shelf import Shelf
from perfbench.server.tables import Tables
from perfbench.server.tokens import Tokens
from perfbench.server.tries import Tries

LARGEST_BODY_BYTES = 2 << 20
LOCK = "lock"
"""Held by the server of the results; says where it listens."""
_MIDDLEWARE = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """What routes have at hand."""

    def __init__(self, config: ServerConfig, cleanup: ExitStack, limits: Limits = USUAL) -> None:
        look_at_types()
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
        self._streams: list[web.Request] = []
        self.routes: tuple[Route, ...] = (*api.ROUTES, *pages.ROUTES)

    @property
    def watchers(self) -> list[web.Request]:
        """Streams that somebody reads; of those who have gone, not all have ended."""
        return [each for each in self._streams if each.transport is not None]

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
            with self._watching(request) if route.streams else nullcontext():
                return self._response(await route.handler(call), request)

        return dispatch

    @contextmanager
    def _watching(self, request: web.Request) -> Iterator[None]:
        """One stream more.

        Raises:
            Refusal: there are enough.
        """
        most, of_one = self.limits.streams, self.limits.of_stream
        same = sum(each.path == request.path for each in self.watchers)
        if len(self.watchers) >= most or same >= of_one:
            raise Refusal(
                429, "enough watch already: try again later", headers={"Retry-After": "5"}
            )
        self._streams.append(request)
        try:
            yield
        finally:
            self._streams.remove(request)

    def _response(self, reply: Reply, request: web.BaseRequest) -> web.StreamResponse:
        match reply:
            case web.StreamResponse():
                return reply
            case Page(template, values, status):
                more = {"call": request, "session": self.guard.known(request)}
                text = pages.rendered(template, {**values, **more})
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
            return self.refused(refusal, request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            text = "no such page" if error.status == 404 else error.reason
            allowed = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
            return self.refused(Refusal(_known(error.status), text, headers=allowed), request)
        except NotKept as error:
            return self.refused(Refusal(507, str(error)), request)
        except PerfbenchError as error:
            return self.refused(Refusal(422, str(error)), request)
        except ConnectionError:
            raise
        except RecursionError:
            return self.refused(Refusal(400, "what is sent is too deep"), request)
        except Exception as error:
            tell_fault(error)
            return self.refused(Refusal(500, "a fault of the server; its log says more"), request)

    def refused(self, refusal: Refusal, request: web.BaseRequest) -> web.StreamResponse:
        """A refusal as whoever asks reads it."""
        self.counts.refused[CODES[refusal.status]] += 1
        if "text/html" in request.headers.get("Accept", ""):
            response = self._response(
                Page("refused.html.j2", {"refusal": refusal}, refusal.status), request
            )
            response.headers.update(refusal.headers)
            return response
        return _json(refusal.body, refusal.status, refusal.headers)


def tell_fault(error: Exception) -> None:
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
        lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        cleanup.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where, address = folder.parent, one_line((folder / LOCK).read_text(), 80)
        raise ConfigError(
            f"another server shows {where}{f', at {address}' if address else ''}: use that, or "
            "give another --outputs-dir"
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot use {folder}: {error.strerror or error}") from None
