"""A member of a crew whose words a test writes, over a real socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

import msgspec

from perfbench.driver.crew import Clock
from perfbench.driver.protocol import (
    LENGTH,
    FromWorker,
    Go,
    Prepare,
    Ready,
    decode_from_parent,
    frame,
)


class Scripted:
    """Gets ready like a worker; from the order to go on ``script`` has its end of the socket."""

    place = "elsewhere:1"
    clock = Clock()
    head_start_ns = 0

    def __init__(self, script: Callable[[socket.socket], None], patience_s: float = 60) -> None:
        self.patience_s = patience_s
        self.sock, self._theirs = socket.socketpair()
        self._script = script
        self._thread = threading.Thread(target=self._obey, daemon=True)
        self._thread.start()

    def _obey(self) -> None:
        with self._theirs as theirs, theirs.makefile("rb") as reader:
            while head := reader.read(LENGTH.size):
                message = decode_from_parent(reader.read(LENGTH.unpack(head)[0]))
                if isinstance(message, Go):
                    self._script(theirs)
                    return
                if isinstance(message, Prepare):
                    theirs.sendall(frame(Ready()))

    def follow_clock(self) -> None:
        pass

    def settle_clock(self) -> None:
        pass

    def sent(self) -> None:
        return None

    def clear(self) -> None:
        pass

    def why(self) -> str:
        return "it hung up"

    def end(self) -> None:
        self.sock.close()
        self._thread.join()


def says(*messages: FromWorker | bytes) -> Callable[[socket.socket], None]:
    """A script that says these and then nothing more, until the other end hangs up."""

    def script(sock: socket.socket) -> None:
        for message in messages:
            sock.sendall(message if isinstance(message, bytes) else frame(message))
        with contextlib.suppress(ConnectionError):
            while sock.recv(1 << 16):
                pass

    return script


def packed(value: object) -> bytes:
    """Anything, framed as a message is."""
    body = msgspec.msgpack.encode(value)
    return LENGTH.pack(len(body)) + body
