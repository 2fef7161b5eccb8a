"""The connections: how many there may be, how long one may wait, and how slowly it may read.

The HTTP library times none of this: a head that comes byte by byte, a connection on which nothing
is asked, a reader who takes nothing. Each connection is held here in front of its protocol, and one
look a second finds those that are over time. Knows no request; seconds of the event loop's clock.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

_SOME_BYTES = 4096
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\n"
    b"Connection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of the server clients may use."""

    connections: int = 1000
    of_address: int = 400
    """Connections from one address that is no proxy's."""
    head_s: float = 20.0
    """For a connection to be silent between two requests, and for the head of one to arrive."""
    body_s: float = 30.0
    """For the whole body of a request to arrive."""
    stuck_s: float = 30.0
    """For a reader to take some of what it is sent."""
    streams: int = 600
    of_stream: int = 300
    """Readers of one stream."""


USUAL = Limits()


class Door:
    """Makes protocols for connections, and looks after them.

    Args:
        protocol: makes one of the HTTP library's.
        proxies: addresses that speak for many.
    """

    def __init__(
        self,
        protocol: Callable[[], asyncio.Protocol],
        limits: Limits,
        proxies: Collection[str] = (),
    ) -> None:
        self._protocol = protocol
        self._limits = limits
        self._proxies = proxies
        self._connections: dict[asyncio.BaseTransport, _Connection] = {}
        self._by_address: Counter[str] = Counter()
        self._look_again: asyncio.TimerHandle | None = None
        self.turned_away = 0
        """Connections that were too many."""
        self.cut = 0
        """Connections that were over time."""

    def __call__(self) -> asyncio.Protocol:
        return _Connection(self)

    def __len__(self) -> int:
        return len(self._connections)

    def open(self) -> None:
        """Begin to look after connections."""
        self._look_again = asyncio.get_running_loop().call_later(
            min(1.0, self._limits.head_s / 4, self._limits.stuck_s / 4), self._look
        )

    def close(self) -> None:
        """Look after them no more."""
        if self._look_again is not None:
            self._look_again.cancel()

    def begins(self, transport: asyncio.BaseTransport | None) -> None:
        """The head of a request has arrived."""
        if (connection := self._connections.get(transport)) is not None:  # type: ignore[arg-type]
            connection.under_way = True

    def ends(self, transport: asyncio.BaseTransport | None) -> None:
        """Its answer is made, though perhaps not read."""
        if (connection := self._connections.get(transport)) is not None:  # type: ignore[arg-type]
            connection.under_way = False
            connection.moved_s = asyncio.get_running_loop().time()

    def admit(self, connection: _Connection) -> asyncio.Protocol | None:
        """The protocol of a new connection; ``None`` if it is one too many."""
        address = connection.address
        full = len(self._connections) >= self._limits.connections
        many = self._by_address[address] >= self._limits.of_address
        if full or (many and address not in self._proxies):
            self.turned_away += 1
            return None
        self._connections[connection.transport] = connection
        self._by_address[address] += 1
        return self._protocol()

    def forget(self, connection: _Connection) -> None:
        """A connection has ended."""
        if self._connections.pop(connection.transport, None) is not None:
            self._by_address[connection.address] -= 1
            if not self._by_address[connection.address]:
                del self._by_address[connection.address]

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in [*self._connections.values()]:
            if connection.is_over_time(now, self._limits):
                self.cut += 1
                connection.transport.abort()
        self.open()


class _Connection(asyncio.Protocol):
    """One connection, in front of the protocol that understands it."""

    transport: asyncio.Transport

    def __init__(self, door: Door) -> None:
        self._door = door
        self._inner: asyncio.Protocol | None = None
        self.address = ""
        self.under_way = False
        """Whether a request is being answered."""
        self.moved_s = 0.0
        """When it last got on: was made, answered, or took some of an answer."""
        self._left = 0
        """Bytes that were to be sent then."""

    def is_over_time(self, now: float, limits: Limits) -> bool:
        """Whether it is to be cut."""
        left = self.transport.get_write_buffer_size()
        if left:
            if not self._left or self._left - left >= _SOME_BYTES:
                self._left, self.moved_s = left, now
            return now - self.moved_s > limits.stuck_s
        self._left = 0
        return not self.under_way and now - self.moved_s > limits.head_s

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else ""
        self.moved_s = asyncio.get_running_loop().time()
        self._inner = self._door.admit(self)
        if self._inner is None:
            transport.write(_FULL)
            transport.close()
        else:
            self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._inner is None else self._inner.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._door.forget(self)
        if self._inner is not None:
            self._inner.connection_lost(error)

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._left = 0  # Some was taken, and more may be written at once.
        if self._inner is not None:
            self._inner.resume_writing()
