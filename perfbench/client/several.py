"""Several transports as one: each request goes to the URL that its plan says, or to the one that
has the fewest requests in flight.

Every URL keeps its own connections and its own queue, so that one which hangs holds up no request
to another. Knows no schedule and no socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from perfbench.client.exchange import Exchange
from perfbench.client.target import Punctual, Transport
from perfbench.errors import TargetError
from perfbench.types import Request


class Several:
    """A transport (see ``client.target.Transport``) over others, by their places."""

    def __init__(self, transports: Sequence[Transport]) -> None:
        self._transports = tuple(transports)
        self._punctual = {
            place: each for place, each in enumerate(transports) if isinstance(each, Punctual)
        }
        self._due_ns: int | None = None
        self._in_flight = [0] * len(self._transports)
        self._over: list[Callable[[asyncio.Future[None]], None]] = [
            partial(self._ended, place) for place in range(len(self._transports))
        ]
        self._last = -1

    @property
    def kernel_stamps(self) -> bool:
        """Whether the reads so far carried the kernel's receive time, from whatever URL."""
        return all(transport.kernel_stamps for transport in self._transports)

    async def open(self, connections: int, spare: int = 0) -> None:
        """Connect to each of them.

        Raises:
            TargetError: not one connection could be made to any of them.
        """
        opening = [transport.open(connections, spare) for transport in self._transports]
        ended = await asyncio.gather(*opening, return_exceptions=True)
        failed = [each for each in ended if each is not None]
        for error in failed:
            if not isinstance(error, TargetError) or len(failed) == len(ended):
                raise error

    def lead_ns(self, requests: int, size: int) -> int:
        """How long before their instant requests may be handed over; 0 if there is one among the
        transports that holds none."""
        if len(self._punctual) < len(self._transports):
            return 0
        return min(each.lead_ns(requests, size) for each in self._punctual.values())

    def hold(self, due_ns: int) -> None:
        """The request that is sent next waits for :meth:`release`, if its transport can hold it."""
        self._due_ns = due_ns

    def release(self) -> None:
        """Each request that was held leaves at its instant, or at once if that has passed."""
        for each in self._punctual.values():
            each.release()

    def send(self, request: Request) -> Exchange:
        """Send the request to its URL; if it has none, to the one with the fewest in flight. What
        follows in its conversation has the URL of its record."""
        place = request.url
        if place is None:
            place = self._last = self._least()
            request = msgspec.structs.replace(request, url=place)
        self._in_flight[place] += 1
        if self._due_ns is not None and place in self._punctual:
            self._punctual[place].hold(self._due_ns)
        self._due_ns = None
        exchange = self._transports[place].send(request)
        exchange.ended.add_done_callback(self._over[place])
        return exchange

    def cancel_all(self, reason: str) -> None:
        """End every running exchange as ``cancelled``, keeping what it has received."""
        for transport in self._transports:
            transport.cancel_all(reason)

    async def close(self) -> None:
        """Close every connection; running exchanges end as ``cancelled``."""
        await asyncio.gather(*(transport.close() for transport in self._transports))

    def _least(self) -> int:
        """Where the fewest are in flight; of equals the next in turn."""
        count = len(self._transports)
        turn = [(self._last + step) % count for step in range(1, count + 1)]
        return min(turn, key=self._in_flight.__getitem__)

    def _ended(self, place: int, _: asyncio.Future[None]) -> None:
        self._in_flight[place] -= 1
