"""The second transport, on aiohttp: for servers that only a well-worn HTTP client gets on with.

Same interface and same records as ``wire``, coarser in three ways: arrivals are stamped when the
request's task runs, not by the kernel; a read carries whatever aiohttp has buffered; and
connections are made when the first requests need them (``connect_ns``, never part of TTFT), since
aiohttp cannot be asked to connect ahead. Nothing here parses a body. Instants are monotonic ns.

No request is sent twice: what the peer had acknowledged when it closed cannot be asked of a
connection that aiohttp has closed (``connection`` asks). Idle ones that are closed are not used.
"""

from __future__ import annotations

import asyncio
import errno
import io
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from weakref import WeakSet

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from perfbench.client.clock import now_ns
from perfbench.client.digester import Digester
from perfbench.client.exchange import Exchange
from perfbench.client.proxy import refusal
from perfbench.client.target import Target, connect_failure
from perfbench.errors import TargetError
from perfbench.targets import Forbidden
from perfbench.types import Endpoint, Outcome, Request

_SWEEP_S = 0.1
"""How often timeouts are looked at."""
_IDLE_S = 86_400.0
"""Idle connections are kept until the server closes them."""
_BODY_AT_ONCE = 1 << 16
"""Larger bodies are written in pieces, so that reading goes on meanwhile."""


@dataclass(slots=True, eq=False)
class _Flight:
    """An exchange under way."""

    exchange: Exchange
    task: asyncio.Task[None] | None = None
    connecting_ns: int = 0
    last_ns: int = 0
    """When something last came, or the request was sent."""
    response: aiohttp.ClientResponse | None = None


class _Try(asyncio.Protocol):
    """A connection that is closed as soon as it is made."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._transport: asyncio.BaseTransport | None = None
        self._gone = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._gone.done():
            self._gone.set_result(None)

    async def end(self) -> None:
        """Have it gone: where TLS is spoken, the peer may still owe its goodbye."""
        if self._transport is not None:
            cast(asyncio.Transport, self._transport).abort()
            await self._gone


class AiohttpTransport:
    """A transport (see ``client.target.Transport``) on the running event loop."""

    kernel_stamps = False

    def __init__(self, target: Target, endpoint: Endpoint, worker: int = 0) -> None:
        self._loop = asyncio.get_running_loop()
        self._target = target
        self._endpoint = endpoint
        self._digester = Digester(self._loop, worker)
        self._flights: set[_Flight] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._tries: list[_Try] = []
        self._tls = target.tls_context()
        self._proxy, authorization = _proxy_of(target)
        # In a tunnel it is the proxy's alone; otherwise the proxy reads the request itself.
        self._proxy_headers = authorization if target.scheme == "https" else {}
        self._headers = [*target.headers, *(() if self._proxy_headers else authorization.items())]
        self._session = aiohttp.ClientSession(
            connector=_connector(target),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=target.connect_timeout_s),
            trace_configs=[_stamping()],
            skip_auto_headers=("Accept", "Content-Type"),
        )

    async def open(self, connections: int, spare: int = 0) -> None:
        """Make sure that the service, or the proxy before it, takes connections.

        Raises:
            TargetError: it does not.
        """
        self._sweep()
        if connections:
            try:
                await asyncio.wait_for(self._probe(), self._target.connect_timeout_s)
            except (OSError, asyncio.TimeoutError) as error:
                raise TargetError(
                    f"cannot connect to {self._target.where}: {connect_failure(error)}"
                ) from None

    def send(self, request: Request) -> Exchange:
        """Start the request; it goes out as soon as it has a connection."""
        exchange = Exchange(request, self._endpoint, self._loop, self._target.max_answer_bytes)
        flight = _Flight(exchange)
        exchange.abandon = partial(self._give_up, flight)
        self._flights.add(flight)
        flight.task = self._loop.create_task(self._fly(flight))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)
        return exchange

    def cancel_all(self, reason: str) -> None:
        """End every running exchange as ``cancelled``, keeping what it has received."""
        for flight in list(self._flights):
            self._give_up(flight, "cancelled", reason)

    async def close(self) -> None:
        """Close every connection; running exchanges end as ``cancelled``."""
        self.cancel_all("the client was closed")
        if self._sweeper is not None:
            self._sweeper.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()
        await asyncio.gather(*(each.end() for each in self._tries))

    def _try(self) -> _Try:
        self._tries.append(_Try(self._loop))
        return self._tries[-1]

    async def _probe(self) -> None:
        """Connect once as a request would, and close again."""
        target = self._target
        if target.unix_socket is not None:
            _see(target, target.unix_socket)
            await self._loop.create_unix_connection(self._try, target.unix_socket)
            return
        host, port, tls = target.host, target.port, self._tls
        if (proxy := target.proxy) is not None:
            host, port, tls = proxy.host, proxy.port, None
        failure: OSError | None = None
        for *_, place in await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                _see(target, place)
                await self._loop.create_connection(
                    self._try, *place[:2], ssl=tls, server_hostname=host if tls else None
                )
                return
            except OSError as error:
                failure = error
        raise failure or OSError(f"{target.where} has no address")

    async def _fly(self, flight: _Flight) -> None:
        exchange = flight.exchange
        try:
            await self._carry(flight)
        except Exception as error:  # Whatever aiohttp makes of what a service sends.
            self._end(flight, *_failure(exchange, error))
        finally:
            self._flights.discard(flight)

    async def _carry(self, flight: _Flight) -> None:
        """Send the request and hand over what comes back, stamped when it is seen."""
        exchange, request, target = flight.exchange, flight.exchange.request, self._target
        body: Any = request.body
        if len(body) > _BODY_AT_ONCE:
            body = io.BytesIO(body)
        async with self._session.request(
            request.method,
            URL(f"{target.scheme}://{target.authority}{target.path or request.path}", encoded=True),
            data=body,
            headers=_completed([*self._headers, *request.headers]),
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=self._proxy_headers or None,
            ssl=self._tls or True,
            trace_request_ctx=flight,
        ) as response:
            flight.response, flight.last_ns = response, now_ns()
            content_type = response.headers.get("Content-Type", "").lower()
            encoding = response.headers.get("Content-Encoding", "").lower()
            location = response.headers.get("Location", "")
            exchange.headers(response.status, content_type, encoding, location, flight.last_ns)
            take, stamps = exchange.on_body, exchange.stamps
            while data := await response.content.readany():
                flight.last_ns = now_ns()
                take(data)
                stamps.append(flight.last_ns)
                if not len(stamps) % Digester.BACKLOG:
                    self._digester.add(exchange)
            self._end(flight)
            if response.connection is not None and response.connection.transport is not None:
                # Not given back, so the request is still being written: nobody will read it.
                response.connection.transport.abort()

    def _end(self, flight: _Flight, outcome: Outcome | None = None, detail: str = "") -> None:
        self._flights.discard(flight)
        if flight.exchange.running:
            flight.exchange.end(now_ns(), outcome, detail)
            self._digester.add(flight.exchange)

    def _settle(self, flight: _Flight) -> None:
        """End the exchange by what it has said; its connection says no end, so close."""
        flight.exchange.end(flight.last_ns)
        self._digester.add(flight.exchange)
        self._give_up(flight)

    def _give_up(self, flight: _Flight, outcome: Outcome | None = None, detail: str = "") -> None:
        """End the exchange as failed and close: its answer would still be coming."""
        self._end(flight, outcome, detail)
        if flight.task is not None:
            flight.task.cancel()

    def _sweep(self) -> None:
        """End exchanges that have said all or are past a timeout."""
        now = now_ns()
        for flight in list(self._flights):
            self._look_at(flight, now)
        target = self._target
        pause = min(_SWEEP_S, target.read_timeout_s / 4, (target.total_timeout_s or 1e9) / 4)
        self._sweeper = self._loop.call_later(pause, self._sweep)

    def _look_at(self, flight: _Flight, now: int) -> None:
        exchange, target = flight.exchange, self._target
        if exchange.sent_ns is None:
            return
        silent_s = (now - flight.last_ns) / 1e9
        if silent_s > target.quiet_s:
            if exchange.said_all:
                self._settle(flight)
                return
            if exchange.bodies:
                self._digester.add(exchange)
        total_s = target.total_timeout_s
        if silent_s > target.read_timeout_s:
            self._give_up(flight, "timeout", f"nothing came for {target.read_timeout_s:g} s")
        elif total_s is not None and now - exchange.sent_ns > total_s * 1e9:
            self._give_up(flight, "timeout", f"not finished after {total_s:g} s")
        elif (error := _framing_error(flight.response)) is not None:
            self._give_up(flight, "protocol", f"not HTTP/1.1: {error}")


def _see(target: Target, address: Any) -> None:
    """Raises ``Forbidden`` where the policy forbids to connect to ``address`` for the target."""
    if (why := target.refuse(address)) is not None:
        raise Forbidden(why)


class _TCPConnector(aiohttp.TCPConnector):
    async def connect(self, *given: Any, **named: Any) -> aiohttp.connector.Connection:
        return await _open_one(partial(super().connect, *given, **named))


class _UnixConnector(aiohttp.UnixConnector):
    def __init__(self, target: Target, path: str) -> None:
        super().__init__(path, limit=0, keepalive_timeout=_IDLE_S)
        self._target = target

    async def connect(self, *given: Any, **named: Any) -> aiohttp.connector.Connection:
        _see(self._target, self.path)
        return await _open_one(partial(super().connect, *given, **named))


_used: WeakSet[object] = WeakSet()
"""Connections (their protocols) that have carried a request."""


async def _open_one(
    connect: Callable[[], Awaitable[aiohttp.connector.Connection]],
) -> aiohttp.connector.Connection:
    """A connection from the pool that the server has not closed, though the loop may not know of
    it yet; a new one as it is."""
    while True:
        connection = await connect()
        protocol = connection.protocol
        if protocol not in _used or _is_open(connection.transport):
            _used.add(protocol)
            return connection
        connection.close()


def _is_open(transport: asyncio.BaseTransport | None) -> bool:
    """Whether the server has neither closed an idle connection nor said anything on it."""
    sock = None if transport is None else transport.get_extra_info("socket")
    if transport is None or sock is None:
        return True
    try:
        with socket.socket(fileno=os.dup(sock.fileno())) as looked_at:
            said = looked_at.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except OSError:
        return False
    # In TLS it may be a session ticket.
    return bool(said) and transport.get_extra_info("sslcontext") is not None


def _connector(target: Target) -> aiohttp.BaseConnector:
    if target.unix_socket is not None:
        return _UnixConnector(target, target.unix_socket)

    def checked(info: aiohttp.connector.AddrInfoType) -> socket.socket:
        _see(target, info[4])
        return socket.socket(*info[:3])

    return _TCPConnector(
        limit=0,
        ttl_dns_cache=None,
        keepalive_timeout=_IDLE_S,
        socket_factory=checked if target.policy.binds else None,
    )


def _completed(given: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same headers that ``wire`` sends; aiohttp adds Host and Content-Length."""
    names = {name.lower() for name, _ in given}
    own = (
        ("Content-Type", "application/json"),
        ("Accept", "text/event-stream, application/json"),
        ("Accept-Encoding", "identity"),
        ("User-Agent", "perfbench"),
    )
    return [*(header for header in own if header[0].lower() not in names), *given]


def _proxy_of(target: Target) -> tuple[URL | None, dict[str, str]]:
    """The target's proxy as aiohttp takes it, if any, and the header it asks for.

    Not aiohttp's ``trust_env``: that also sends what ``~/.netrc`` holds for the host, and refuses
    to send an ``Authorization`` header beside it.
    """
    proxy = target.proxy
    if proxy is None:
        return None, {}
    scheme = "https" if proxy.tls else "http"
    asks = proxy.authorization
    return (
        URL(f"{scheme}://{proxy.address}"),
        {} if asks is None else {"Proxy-Authorization": asks},
    )


def _stamping() -> aiohttp.TraceConfig:
    """Stamps what happens inside aiohttp before there is a response."""

    async def connecting(_: Any, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.connecting_ns = now_ns()

    async def connected(_: Any, context: SimpleNamespace, __: Any) -> None:
        flight = context.trace_request_ctx
        flight.exchange.reused = False  # An idle one may have turned out to be closed.
        flight.exchange.connect_ns = now_ns() - flight.connecting_ns

    async def reused(_: Any, context: SimpleNamespace, __: Any) -> None:
        exchange = context.trace_request_ctx.exchange
        exchange.reused, exchange.connect_ns = True, None

    async def sending(_: Any, context: SimpleNamespace, __: Any) -> None:
        flight = context.trace_request_ctx
        flight.last_ns = flight.exchange.sent_ns = now_ns()
        flight.exchange.be_patient()

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(connecting)
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(reused)
    trace.on_request_headers_sent.append(sending)
    return trace


def _failure(exchange: Exchange, error: BaseException) -> tuple[Outcome, str]:
    """How an exchange ended that aiohttp could not bring to its end."""
    if exchange.sent_ns is None:
        return "connect", _connect_failure(error)
    where = "in the body" if exchange.headers_ns is not None else "before the response"
    system = _system_error(error)
    if system is not None:
        return "truncated", f"{connect_failure(system)} {where}"
    if isinstance(error, aiohttp.ClientPayloadError) and "ConnectionResetError" in str(error):
        return "truncated", f"{os.strerror(errno.ECONNRESET).lower()} {where}"
    if isinstance(error, (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)):
        return "truncated", f"connection closed {where}"
    return "protocol", f"not HTTP/1.1: {error or type(error).__name__}"


def _connect_failure(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return connect_failure(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return connect_failure(error.os_error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return refusal(error.status, error.message.encode("latin-1", "replace"))
    return connect_failure(error)


def _framing_error(response: aiohttp.ClientResponse | None) -> BaseException | None:
    """What is wrong with the chunks of a body, of which aiohttp does not tell its reader."""
    connection = response.connection if response is not None else None
    protocol = connection.protocol if connection is not None else None
    error = protocol.exception() if protocol is not None else None
    return error if isinstance(error, HttpProcessingError) else None


def _system_error(error: BaseException | None) -> OSError | None:
    """The operating system's error behind aiohttp's, if there is one."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error
        error = error.__cause__
    return None
