"""What listens on loopback and serves every connection in a thread of its own.

Blocking sockets, so that a busy client loop does not delay it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, TypeVar

Self = TypeVar("Self", bound="Acceptor")


class Acceptor(ABC):
    """A bound address; it takes connections while it is :meth:`running`."""

    def __init__(self, family: int = socket.AF_INET, address: Any = ("127.0.0.1", 0)) -> None:
        self.connections = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.bind(address)
        self.port = 0 if family == socket.AF_UNIX else int(self._listener.getsockname()[1])

    @contextlib.contextmanager
    def running(self: Self) -> Iterator[Self]:
        self._listener.listen(1024)
        acceptor = threading.Thread(target=self._accept, daemon=True)
        acceptor.start()
        try:
            yield self
        finally:
            self.stop()
            acceptor.join(5)
            self.drop_connections()

    def stop(self) -> None:
        """Take no more connections."""
        # Closing a listener does not wake a thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def drop_connections(self) -> None:
        """Close every connection there is, as an idle timeout does."""
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with self._lock:
                    self.connections += 1
                threading.Thread(target=self._served, args=(connection,), daemon=True).start()

    def _served(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), self._kept(connection):
            if connection.family != socket.AF_UNIX:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._serve(connection)

    @contextlib.contextmanager
    def _kept(self, connection: socket.socket) -> Iterator[None]:
        """Have it dropped with the others, and closed in the end."""
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    @abstractmethod
    def _serve(self, connection: socket.socket) -> None:
        """Speak with one client. An ``OSError`` ends it."""
