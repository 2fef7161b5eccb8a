"""The measuring client: HTTP/1.1 on non-blocking sockets, stamped by the kernel.

Owns the connection pool, when a request may be handed to the kernel, and timeouts; what one
connection does is in ``connection.py``. Nothing here parses a body: between the first byte
written and the last one read it only frames and stamps.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from functools import partial
from typing import Any

from perfbench.client.clock import now_ns
from perfbench.client.connection import Connection
from perfbench.client.digester import Digester
from perfbench.client.exchange import Exchange
from perfbench.client.link import Link
from perfbench.client.poller import Poller
from perfbench.client.proxy import open_tunnel
from perfbench.client.target import Target, connect_failure
from perfbench.client.tls import TLSSession
from perfbench.errors import ConfigError, TargetError
from perfbench.targets import Forbidden
from perfbench.types import Endpoint, Request

_CONNECTING_AT_ONCE = 64
_LEAD_NS = 80_000
"""What a core that has just woken up takes to make a request ready; a warm one needs a quarter."""
_MORE_LEAD_NS = 20_000
"""The same for each further request of the same instant."""
_COPIED_PER_NS = 2
"""Bytes of a body that nobody has touched for long, as it is copied behind its head."""
_MOST_LEAD_NS = 2_000_000
"""How long requests that are ready may keep the reads of others waiting."""
_SENDS_PER_TURN = 8
"""Requests handed to the kernel before every socket is polled again; those of one instant go
together."""
_LONGEST_HOLD_NS = 5_000_000
"""How long reads may keep the next requests of a closed loop waiting."""
_REST_S = 0.02
"""How long a connection rests after its first answer while nobody knows whether the service keeps
connections. One that does not says so within microseconds, or fractions of a millisecond: too late
for a next request that is sent at once."""
_AFTER_ANSWER_NS = 1_000_000_000
"""A service that closes an idle connection sooner does so for the answer, not for the idling."""
_MOST_STILLBORN = 3
_SWEEP_S = 0.1
"""How often the wall clock's offset is taken anew."""
_LOOK_S = 0.5
"""How often running exchanges are looked at: has one said all, or is it past a timeout?"""


class Wire:
    """A transport (see ``client.target.Transport``) on the running event loop."""

    def __init__(self, target: Target, endpoint: Endpoint, worker: int = 0) -> None:
        """Raises ``ConfigError`` where the target cannot be spoken to."""
        if target.nested_tls is not None:
            raise ConfigError(target.nested_tls)
        self._loop = asyncio.get_running_loop()
        self._target = target
        self._endpoint = endpoint
        self._tls = target.tls_context()
        self._poller = Poller(self._loop)
        self._digester = Digester(self._loop, worker, self._poller.step_aside)
        self._link = Link(target, self._digester, self._poller)
        self._idle: list[Connection] = []
        self._resting: set[Connection] = set()
        self._keeps: bool | None = None
        """Whether the service keeps connections open after an answer."""
        self._proved = False
        """A connection has carried a second answer."""
        self._busy: set[Connection] = set()
        self._connecting: set[asyncio.Task[Connection]] = set()
        self._stillborn = 0
        """How often since the last answer a new connection was closed before it was used."""
        self._stillborn_ns = 0
        """When that was last."""
        self._queue: deque[Exchange] = deque()
        self._taken = 0
        """Requests that were queued, so far."""
        self._sent_this_turn = 0
        self._turn_comes = False
        self._held_since_ns = 0
        self._due_ns: int | None = None
        """Of the request that is sent next."""
        self._holding = False
        """Requests are made ready and wait for :meth:`release`."""
        self._loaded: list[Connection] = []
        """With a request that waits."""
        self._spare = 0
        self._looked_ns = 0
        self._addresses: list[tuple[int, Any]] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False
        self._link.released = self._released
        self._link.lost = self._lost
        self._link.hung_up = self._hung_up
        self._link.stepped = self._stepped

    @property
    def kernel_stamps(self) -> bool:
        """Whether the reads so far carried the kernel's receive time."""
        return self._link.kernel_stamps

    async def open(self, connections: int, spare: int = 0) -> None:
        """Connect ahead of time; afterwards try to keep ``spare`` idle connections.

        Raises:
            TargetError: not one connection could be made.
        """
        self._spare = spare
        gate = asyncio.Semaphore(_CONNECTING_AT_ONCE)

        async def one() -> Connection:
            async with gate:
                return await self._connect()

        made = await asyncio.gather(*(one() for _ in range(connections)), return_exceptions=True)
        bad = [each for each in made if isinstance(each, BaseException)]
        good = [each for each in made if isinstance(each, Connection)]
        # Some may have ended while others were made.
        self._idle.extend(each for each in good if not each.closed)
        self._sweep()
        if bad and not good:
            raise TargetError(f"cannot connect to {self._target.where}: {connect_failure(bad[0])}")

    def lead_ns(self, requests: int, size: int) -> int:
        """How long before their instant so many requests, whose bodies have ``size`` bytes
        together, may be handed over."""
        lead_ns = _LEAD_NS + (requests - 1) * _MORE_LEAD_NS + size // _COPIED_PER_NS
        return min(lead_ns, _MOST_LEAD_NS)

    def hold(self, due_ns: int) -> None:
        """The request that is sent next is made ready, and waits for :meth:`release`."""
        self._due_ns = due_ns
        self._holding = True

    def release(self) -> None:
        """Each request that was held leaves at its instant, or at once if that has passed."""
        self._holding = False
        loaded, self._loaded = self._loaded, []
        for connection in loaded:
            connection.fire()

    def send(self, request: Request) -> Exchange:
        """Send now, or when it is released, if a connection is idle; else when one is there."""
        exchange = Exchange(request, self._endpoint, self._loop, self._target.max_answer_bytes)
        exchange.due_ns, self._due_ns = self._due_ns, None
        if request.offset_ns is not None:
            self._poller.be_punctual()
        self._queue.append(exchange)
        self._taken += 1
        if len(self._queue) == 1 and self._may_send:
            self._dispatch()
        return exchange

    def cancel_all(self, reason: str) -> None:
        """End every running exchange as ``cancelled``, keeping what it has received."""
        while self._queue:
            self._fail(self._queue.popleft(), "cancelled", reason)
        for connection in list(self._busy):
            connection.give_up("cancelled", reason)

    async def close(self) -> None:
        """Close every connection; running exchanges end as ``cancelled``."""
        self._closed = True
        self.cancel_all("the client was closed")
        if self._sweeper is not None:
            self._sweeper.cancel()
        tasks = list(self._connecting)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in (*self._idle, *self._resting):
            connection.close()
        self._idle.clear()
        self._resting.clear()
        self._poller.close()

    def _dispatch(self) -> None:
        """Hand queued requests to idle connections, a few at a time."""
        while self._queue:
            if not self._may_send:
                return
            if self._sent_this_turn == 0 and self._reads_first():
                self._turn_soon()
                return
            if not self._idle:
                punctual = self._queue[0].request.offset_ns is not None
                self._connect_more(len(self._queue) - (0 if punctual else len(self._resting)))
                return
            connection = self._idle.pop()
            exchange = self._queue.popleft()
            if not exchange.running:
                self._idle.append(connection)
                continue
            self._turn_soon()
            self._sent_this_turn += 1
            self._busy.add(connection)
            if connection.load(exchange):
                if self._holding:
                    self._loaded.append(connection)
                else:
                    connection.fire()
        if len(self._idle) < self._spare:
            self._connect_more(self._spare - len(self._idle))

    @property
    def _may_send(self) -> bool:
        return self._holding or self._sent_this_turn < _SENDS_PER_TURN

    def _reads_first(self) -> bool:
        """Whether a request that is due at no set time should wait for what can be read now.

        Requests of a closed loop follow upon answers, and answers come in bursts. One sent in the
        middle of a burst would delay the reads behind it, and find the server still writing.
        """
        if self._queue[0].request.offset_ns is not None or not self._poller.readable():
            self._held_since_ns = 0
            return False
        now = now_ns()
        if not self._held_since_ns:
            self._held_since_ns = now
        if now - self._held_since_ns < _LONGEST_HOLD_NS:
            return True
        self._held_since_ns = 0
        return False

    def _turn_soon(self) -> None:
        if not self._turn_comes:
            self._turn_comes = True
            self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._turn_comes = False
        if self._sent_this_turn:
            self._poller.step_aside()
        self._sent_this_turn = 0
        self._dispatch()

    def _released(self, connection: Connection) -> None:
        """A response has ended and its connection may be used again."""
        self._busy.discard(connection)
        self._proved = self._proved or connection.answers > 1
        self._stillborn = 0
        if self._closed or self._keeps is False:
            connection.close()
        elif self._keeps is None:
            self._resting.add(connection)
            self._loop.call_later(_REST_S, self._rested, connection)
        else:
            self._idle.append(connection)
        if self._queue and self._may_send:
            self._dispatch()

    def _rested(self, connection: Connection) -> None:
        """A connection that the service has not closed by now is one that it keeps."""
        if connection in self._resting:
            self._keeps = True
            self._idle.extend(self._resting)
            self._resting.clear()
            if self._queue:
                self._dispatch()

    def _hung_up(self, connection: Connection) -> None:
        """Learn that the service closes connections after an answer, if nothing speaks against it.

        One that closes without having said so (``Connection: close``) may have taken in a request
        that was sent at once, and never answers it. So each request gets a connection of its own.
        """
        soon = now_ns() - connection.last_ns < _AFTER_ANSWER_NS
        if soon and not self._proved and not self._closed:
            self._keeps = False
            used = [*self._resting, *(each for each in self._idle if each.answers)]
            for other in used:
                other.close()
            self._resting.clear()
            self._idle = [each for each in self._idle if not each.answers]

    def _lost(self, connection: Connection, retry: Exchange | None) -> None:
        """A connection is gone; ``retry`` was not, or cannot have been, read on it."""
        self._busy.discard(connection)
        self._resting.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
            self._ended_unused(connection)
        if retry is not None and not self._closed:
            self._queue.appendleft(retry)
        if self._queue:
            self._connect_more(len(self._queue))

    def _ended_unused(self, connection: Connection) -> None:
        """A connection has ended while it was idle: a service whose TLS refuses it has answered."""
        if connection.refusal is None or connection.answers:
            self._count_stillborn(connection)
        elif self._queue:
            self._fail(self._queue.popleft(), "protocol", connection.refusal)

    def _count_stillborn(self, connection: Connection) -> None:
        """A service that closes every connection before anything is asked is not asked for ever.

        Those that were lost together count once: after them others may live.
        """
        now = now_ns()
        soon = now - connection.last_ns < _AFTER_ANSWER_NS
        if connection.answers or not soon or connection.last_ns < self._stillborn_ns:
            return
        if self._stillborn < _MOST_STILLBORN:
            self._stillborn += 1
            self._stillborn_ns = now
        elif self._queue:
            self._fail(self._queue.popleft(), "connect", connection.fate)

    def _connect_more(self, wanted: int) -> None:
        if self._closed:
            return
        room = _CONNECTING_AT_ONCE - len(self._connecting)
        for _ in range(min(wanted - len(self._connecting), room)):
            task = self._loop.create_task(self._connect())
            self._connecting.add(task)
            task.add_done_callback(partial(self._connected, self._taken))

    def _connected(self, taken: int, task: asyncio.Task[Connection]) -> None:
        """An attempt has ended that began when so many requests had been queued."""
        self._connecting.discard(task)
        if task.cancelled():
            return
        if error := task.exception():
            failed = 1
            if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
                # All that were queued before it have waited for as long as it has, or longer.
                failed = max(failed, len(self._queue) - (self._taken - taken))
            while failed and self._queue and not self._idle:
                self._fail(self._queue.popleft(), "connect", connect_failure(error))
                failed -= 1
            self._dispatch()
            return
        connection = task.result()
        if self._closed:
            connection.close()
            return
        if connection.closed:  # Before it could be used.
            self._ended_unused(connection)
            if self._queue:
                self._connect_more(len(self._queue))
            return
        self._idle.append(connection)
        self._dispatch()

    async def _connect(self) -> Connection:
        started = now_ns()
        sock, tls = await asyncio.wait_for(self._establish(), self._target.connect_timeout_s)
        return Connection(self._link, self._loop, sock, tls, now_ns() - started)

    async def _establish(self) -> tuple[socket.socket, TLSSession | None]:
        if not self._addresses:
            self._addresses = await self._resolve()
        failure: OSError | None = None
        for family, address in list(self._addresses):
            if (why := self._target.refuse(address)) is not None:
                failure = Forbidden(why)
                continue
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.setblocking(False)
                await self._loop.sock_connect(sock, address)
                if family != getattr(socket, "AF_UNIX", None):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                tls = await self._secured(sock)
            except OSError as error:
                sock.close()
                failure = error
                continue
            except BaseException:
                sock.close()
                raise
            self._addresses = [(family, address)]
            return sock, tls
        raise failure or OSError(f"{self._target.where} has no address")

    async def _secured(self, sock: socket.socket) -> TLSSession | None:
        """The way through a proxy and the TLS of a connection that is made, where it has them."""
        target, proxy = self._target, self._target.proxy
        tls = None
        if proxy is not None and proxy.tls:
            tls = TLSSession(ssl.create_default_context(), proxy.host)
        elif self._tls is not None:
            if proxy is not None:
                await open_tunnel(self._loop, sock, proxy, f"{target.bracketed}:{target.port}")
            tls = TLSSession(self._tls, target.host)
        if tls is not None:
            await tls.handshake(self._loop, sock)
        return tls

    async def _resolve(self) -> list[tuple[int, Any]]:
        target = self._target
        if target.unix_socket:
            return [(socket.AF_UNIX, target.unix_socket)]
        first = target.proxy or target
        infos = await self._loop.getaddrinfo(first.host, first.port, type=socket.SOCK_STREAM)
        return [(int(info[0]), info[4]) for info in infos]

    def _fail(self, exchange: Exchange, outcome: Any, detail: str) -> None:
        exchange.end(now_ns(), outcome, detail)
        self._digester.add(exchange)

    def _stepped(self) -> None:
        """The wall clock was set: stamps of what is running may be by the clock before."""
        for connection in self._busy:
            if connection.exchange is not None:
                connection.exchange.restamped = True

    def _sweep(self) -> None:
        """Look at the clock, and now and then at every exchange under way."""
        now, target = now_ns(), self._target
        pause = min(_LOOK_S, target.read_timeout_s / 4, (target.total_timeout_s or 1e9) / 4)
        if now - self._looked_ns >= pause * 1e9:
            self._looked_ns = now
            quiet_ns, total_ns = target.quiet_s * 1e9, (target.total_timeout_s or 1e9) * 1e9
            for connection in list(self._busy):
                exchange = connection.exchange
                if exchange is None or exchange.sent_ns is None:
                    continue
                if now - connection.last_ns > quiet_ns or now - exchange.sent_ns > total_ns:
                    self._look_at(connection, exchange, now)
        self._link.look_at_clock()
        self._sweeper = self._loop.call_later(min(_SWEEP_S, pause), self._sweep)

    def _look_at(self, connection: Connection, exchange: Exchange, now: int) -> None:
        """End an exchange that has said all or is past a timeout."""
        target = self._target
        assert exchange.sent_ns is not None
        silent_s = (now - connection.last_ns) / 1e9
        if silent_s > target.quiet_s:
            if exchange.said_all:
                connection.settle()
                return
            if exchange.bodies:
                self._digester.add(exchange)
        total_s = target.total_timeout_s
        if silent_s > target.read_timeout_s:
            connection.give_up("timeout", f"nothing came for {target.read_timeout_s:g} s")
        elif total_s is not None and now - exchange.sent_ns > total_s * 1e9:
            connection.give_up("timeout", f"not finished after {total_s:g} s")
