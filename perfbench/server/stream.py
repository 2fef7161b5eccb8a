"""Server-sent events to one client, as they are told; no wait for who does not read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from perfbench.server.feed import CHANGED, Feed
from perfbench.server.guard import HEADERS

_WRITE_S = 30.0
"""For a client to take what it is sent."""
_PIECE_BYTES = 32 << 10


class Stream:
    """The answer to one client that watches; made by :func:`streaming`."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self._request = request
        self.response = response

    async def send(self, told: bytes) -> None:
        """Send events.

        Raises:
            ConnectionError: the client has gone, or has not read for long.
        """
        for start in range(0, len(told), _PIECE_BYTES):
            piece = told[start : start + _PIECE_BYTES]
            transport = self._request.transport
            if transport is None or transport.is_closing():
                raise ConnectionResetError
            if not transport.get_write_buffer_size():
                await self.response.write(piece)  # Does not wait: no need of a watch beside it.
                continue
            try:
                await asyncio.wait_for(self.response.write(piece), _WRITE_S)
            except asyncio.TimeoutError:
                transport.abort()
                raise ConnectionResetError from None

    async def follow(self, feed: Feed, place: int, beside: Callable[[bool], bytes]) -> None:
        """Send what a feed has told since ``place``, and all that it tells, until it ends.

        Args:
            beside: what to send behind each, given whether the job itself has changed.
        """
        before, watcher = feed.join(place)
        try:
            for piece in _pieces(before):
                await self.send(piece)
                await asyncio.sleep(0)  # Others may be told meanwhile.
            await self.send(beside(False))
            while (told := await watcher.get()) is not None:
                changed = told == CHANGED
                await self.send(told + beside(changed))
            await self.send(beside(True))
        finally:
            feed.leave(watcher)


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same, a few at a time."""
    piece: list[bytes] = []
    size = 0
    for block in blocks:
        piece.append(block)
        size += len(block)
        if size >= _PIECE_BYTES:
            yield b"".join(piece)
            piece, size = [], 0
    yield b"".join(piece)


@asynccontextmanager
async def streaming(request: web.Request) -> AsyncIterator[Stream]:
    """An answer of server-sent events; that the client has gone ends it quietly."""
    headers = {**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    with suppress(ConnectionError):
        yield Stream(request, response)
        await response.write_eof()


def place_of(request: web.Request) -> int:
    """Where a client was when it lost the connection."""
    text = request.headers.get("Last-Event-ID", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
