"""Tells which sockets can be read, with one wake-up of the event loop for all of them.

An event loop spends as much on finding and calling a handler as the read itself costs in Python.
On Linux the sockets are therefore in an ``epoll`` of their own, which the loop watches as a single
file. Elsewhere each socket is given to the loop.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable

_BATCH = 64
"""Sockets read before the loop gets a turn for what is due to be sent: about half a millisecond."""


class Poller:
    """Calls a function whenever its socket can be read."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._callbacks: dict[int, Callable[[], None]] = {}
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

    def close(self) -> None:
        """Let go of the loop; sockets still added are no longer watched."""
        if self._epoll is not None and not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()

    def _ready(self) -> None:
        callbacks = self._callbacks
        for fd, _ in self._poll(0, _BATCH):
            # An earlier callback may have closed this one's connection.
            if fd in callbacks:
                callbacks[fd]()
