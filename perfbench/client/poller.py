"""Tells which sockets can be read, with one wake-up of the event loop for all of them.

An event loop spends as much on finding and calling a handler as the read itself costs in Python.
On Linux the sockets are therefore in an ``epoll`` of their own, which the loop watches as a single
file. Elsewhere each socket is given to the loop.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
from collections.abc import Callable

_BATCH = 64
"""Sockets read before the loop gets a turn: about half a millisecond of work."""
_PUNCTUAL_BATCH = 16
"""The same where requests are due at set times: what a send may be late because of reads."""


class Poller:
    """Calls a function whenever its socket can be read."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._batch = _BATCH
        self._epoll: select.epoll | None = None
        if hasattr(select, "epoll"):
            self._epoll = select.epoll()
            self._poll = self._epoll.poll
            loop.add_reader(self._epoll.fileno(), self._ready)

    def add(self, sock: socket.socket, callback: Callable[[], None]) -> None:
        """Call ``callback`` when ``sock`` has something to read or has failed."""
        if self._epoll is None:
            self._loop.add_reader(sock, callback)
            return
        self._callbacks[sock.fileno()] = callback
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def remove(self, sock: socket.socket) -> None:
        """Stop; must come before the socket is closed."""
        if self._epoll is None:
            self._loop.remove_reader(sock)
            return
        del self._callbacks[sock.fileno()]
        self._epoll.unregister(sock.fileno())

    def be_punctual(self) -> None:
        """From now on the loop has timers to keep: give it a turn more often."""
        self._batch = _PUNCTUAL_BATCH

    def step_aside(self) -> None:
        """Let whoever waits for this core run, between two batches of work.

        On a machine with few cores that may be the very service that is measured, woken by us on
        our core: without this it is some milliseconds late, and looks slower than it is. Where
        requests are due at set times the core is kept: the same milliseconds would be their lag.
        """
        if self._batch == _BATCH and hasattr(os, "sched_yield"):
            os.sched_yield()

    def readable(self) -> bool:
        """Whether a socket can be read at this moment, as far as that can be told cheaply."""
        return self._epoll is not None and bool(self._poll(0, 1))

    def close(self) -> None:
        """Let go of the loop; sockets still added are no longer watched."""
        if self._epoll is not None and not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()

    def _ready(self) -> None:
        callbacks = self._callbacks
        ready = self._poll(0, self._batch)
        for fd, _ in ready:
            # An earlier callback may have closed this one's connection.
            if fd in callbacks:
                callbacks[fd]()
        if len(ready) == _BATCH:
            self.step_aside()
