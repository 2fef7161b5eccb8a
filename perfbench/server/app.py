"""The server: routes, what every request passes, and its life from the first to the last one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import msgspec
from aiohttp import web

from perfbench.config.server import ServerConfig
from perfbench.errors import ConfigError, PerfbenchError, StoreError
from perfbench.server import api, pages
from perfbench.server.guard import HEADERS, Guard, hashed
from perfbench.server.jobs import Jobs
from perfbench.server.library import Library
from perfbench.server.queue import Queue
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Answer, Call, Page, Reply, Route

STATE_DIR = ".server"
"""In the folder of the runs: the queue, and a folder for each job."""
LARGEST_BODY_BYTES = 2 << 20
_BODY_S = 30.0
"""For the whole body of a request to arrive."""
_MIDDLEWARE = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """What routes have at hand."""

    def __init__(self, config: ServerConfig, cleanup: ExitStack) -> None:
        folder = config.outputs_dir / STATE_DIR
        self.config = config
        _claim(folder, cleanup)
        queue = Queue(folder / "server.db")
        cleanup.callback(queue.close)
        self.jobs = Jobs(config, folder / "jobs", queue)
        self.library = Library(config.outputs_dir, queue.db)
        self.new_token: str | None = None
        """A token that was made at this start, to be shown once."""
        self.guard = Guard(config, self._token(folder / "token"))
        self.routes: tuple[Route, ...] = (*api.ROUTES, *pages.ROUTES)

    def _token(self, file: Path) -> str | None:
        """Hash of the token that requests must carry; one is made where others can connect."""
        if self.config.token is not None:
            return hashed(self.config.token.get_secret_value())
        if self.config.is_loopback:
            return None
        if file.exists():
            return file.read_text().strip()
        self.new_token = secrets.token_urlsafe(32)
        file.touch(mode=0o600)
        file.write_text(hashed(self.new_token))
        return hashed(self.new_token)

    def application(self) -> web.Application:
        """All routes behind the guard."""
        found = web.Application(
            client_max_size=LARGEST_BODY_BYTES, middlewares=[self._checked, self._guarded]
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
        return found

    def _dispatcher(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def dispatch(request: web.Request) -> web.StreamResponse:
            content = b""
            if route.body is not None:
                try:
                    content = await asyncio.wait_for(request.read(), _BODY_S)
                except asyncio.TimeoutError:
                    raise Refusal(408, f"the body did not arrive within {_BODY_S:g} s") from None
            call = Call(self, request, route.decode(content), content)
            return self._response(await route.handler(call), request)

        return dispatch

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
        self.guard.admit(request)
        return await handler(request)

    @web.middleware
    async def _checked(self, request: web.Request, handler: _MIDDLEWARE) -> web.StreamResponse:
        """What goes wrong is an answer, and every answer has the headers of safety."""
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = self._refused(refusal, request)
        except web.HTTPException as error:
            text = "no such page" if error.status == 404 else error.reason
            response = self._refused(Refusal(_known(error.status), text), request)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except StoreError as error:
            response = self._refused(Refusal(507, str(error)), request)
        except PerfbenchError as error:
            response = self._refused(Refusal(422, str(error)), request)
        except ConnectionError:
            raise
        except Exception:
            traceback.print_exc(file=sys.stderr)
            fault = Refusal(500, "a fault of the server; its log says more")
            response = self._refused(fault, request)
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    def _refused(self, refusal: Refusal, request: web.Request) -> web.StreamResponse:
        if "text/html" in request.headers.get("Accept", ""):
            return self._response(
                Page("refused.html.j2", {"refusal": refusal}, refusal.status), request
            )
        return _json(refusal.body, refusal.status, {})


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
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        cleanup.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = folder.parent
        raise ConfigError(f"another server shows {where}: give another --outputs-dir") from None
    except OSError as error:
        raise ConfigError(f"cannot use {folder}: {error.strerror or error}") from None


def serve(config: ServerConfig, tell: Callable[[str, str | None], None]) -> None:
    """Serve until SIGINT or SIGTERM. Jobs that run go on.

    Args:
        tell: called once with the address, and with the token if one was made.

    Raises:
        ConfigError: it cannot listen, or another server shows these results.
    """
    asyncio.run(_serve(config, tell))


async def _serve(config: ServerConfig, tell: Callable[[str, str | None], None]) -> None:
    with ExitStack() as cleanup:
        server = Server(config, cleanup)
        runner = web.AppRunner(
            server.application(), access_log=None, handle_signals=False, shutdown_timeout=2.0
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, config.host, config.port)
            try:
                await site.start()
            except OSError as error:
                where = f"{config.host}:{config.port}"
                raise ConfigError(f"cannot listen on {where}: {error.strerror}") from None
            port = runner.addresses[0][1]
            host = f"[{config.host}]" if ":" in config.host else config.host
            tell(f"http://{host}:{port}", server.new_token)
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, ended.set)
            await ended.wait()
        finally:
            await runner.cleanup()
