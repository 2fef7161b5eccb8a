"""Parses what exchanges have received, a slice at a time, whenever nothing waits to be read.

Knows exchanges and the event loop, no socket and no format.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from perfbench.client.exchange import Exchange


class Digester:
    """Parses what exchanges have received, one slice per turn of the event loop.

    Reading always comes first: a slice is short, and between two slices the loop polls every
    socket. An exchange is queued when it has ended, and earlier when much of it is unparsed, so
    that long answers do not pile up as raw bytes.
    """

    BACKLOG = 256
    """Unparsed pieces that make a running exchange worth a turn."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        worker: int = 0,
        between: Callable[[], None] | None = None,
    ) -> None:
        """``between`` is called after each slice."""
        self._loop = loop
        self._worker = worker
        self._between = between
        self._queue: deque[Exchange] = deque()
        self._turn_comes = False

    def add(self, exchange: Exchange) -> None:
        """Give the exchange a turn; once it has ended this leads to its record."""
        self._queue.append(exchange)
        if not self._turn_comes:
            self._turn_comes = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        exchange = self._queue.popleft()
        if exchange.digest():
            self._queue.append(exchange)
        elif not exchange.running and not exchange.record.done():
            exchange.record.set_result(exchange.finish(self._worker))
        if self._between is not None:
            self._between()
        self._turn_comes = bool(self._queue)
        if self._turn_comes:
            self._loop.call_soon(self._turn)
