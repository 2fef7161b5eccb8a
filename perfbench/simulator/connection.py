"""HTTP/1.1 on one socket: requests in, bytes out.

Owns the socket, the parser, what is not sent yet and the instant at which a request was complete
in the kernel. Knows nothing of paths, JSON or models. Instants are ``perf_counter_ns``.
"""

from __future__ import annotations

import fcntl
import re
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import httptools
import msgspec

from perfbench.simulator.api import error_body
from perfbench.simulator.loop import READ, WRITE, Loop
from perfbench.simulator.script import plain_response

if TYPE_CHECKING:
    from perfbench.simulator.generation import Generation

_READ_BYTES = 1 << 18
_SPLIT_NS = 300_000
"""Between the two parts of a split write."""
_LINGER_NS = 1_000_000_000
"""How long a reset waits at most for a client that does not read."""
_SIOCOUTQNSD = 0x894B
"""Linux: bytes that are written and not sent."""

SO_TIMESTAMPNS = 35 if sys.platform == "linux" else None
"""Socket option (and control message) of kernel receive stamps; Python has no name for it."""

_STAMP = struct.Struct("@ll")


class Request(msgspec.Struct, frozen=True):
    """One complete HTTP request."""

    method: str
    path: str
    """Without the query."""
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes
    received: int
    """When the kernel had all of it."""
    http11: bool
    keep_alive: bool


class Connection:
    """One client connection, from accept to close."""

    __slots__ = (
        "_backlog",
        "_body",
        "_busy",
        "_closing",
        "_handle",
        "_headers",
        "_inbox",
        "_loop",
        "_on_close",
        "_parser",
        "_received",
        "_send",
        "_socket",
        "_target",
        "_watched",
        "closed",
        "generation",
    )

    def __init__(
        self,
        sock: socket.socket,
        loop: Loop,
        handle: Callable[[Connection, Request], None],
        on_close: Callable[[Connection], None],
    ) -> None:
        self.closed = False
        self.generation: Generation | None = None
        """The answer in progress, if it takes time."""
        self._socket = sock
        self._send = sock.send
        self._loop = loop
        self._handle = handle
        self._on_close = on_close
        self._backlog = bytearray()
        self._inbox: deque[Request] = deque()
        self._busy = False
        self._closing = False
        self._received = 0
        self._start_message()
        # The parser and this object refer to each other until close() parts them.
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._watched = READ
        loop.watch(sock.fileno(), READ, self._ready)

    def write(self, data: bytes) -> None:
        """Send now what the socket takes, and the rest when it takes more."""
        if not data:
            return
        if self._backlog:
            self._backlog += data
            return
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(data):
            self._backlog += data[sent:]
            self._watch(READ | WRITE)

    def write_split(self, data: bytes) -> None:
        """Send in two parts, the second a moment later; the cut is inside a character if it can."""
        if len(data) < 2 or self._backlog:
            self.write(data)
            return
        inside = (i for i, byte in enumerate(data) if 0x80 <= byte < 0xC0)
        cut = next(inside, len(data) // 2)
        self.write(data[:cut])
        self._backlog += data[cut:]
        self._loop.at(time.perf_counter_ns() + _SPLIT_NS, self._release)

    def respond(self, data: bytes, keep_alive: bool) -> None:
        """Send a whole response."""
        self.write(data)
        self.answered("keep" if keep_alive else "close")

    def answered(self, ending: str) -> None:
        """The response is complete: ``keep``, ``close`` or ``reset`` the connection."""
        self.generation = None
        if self.closed:
            return
        if ending == "reset":
            now_ns = time.perf_counter_ns()
            self._reset(now_ns, now_ns + _LINGER_NS)
        elif ending == "close":
            self._closing = True
            if not self._backlog:
                self.close()
        else:
            was_busy, self._busy = self._busy, False
            if was_busy and self._inbox:
                self._loop.at(time.perf_counter_ns(), self._next)

    def _reset(self, _due_ns: int, latest_ns: int) -> None:
        """Reset the connection, once what was written has left: a reset throws away the rest, and
        the log would say that it was sent."""
        if self.closed:
            return
        now_ns = time.perf_counter_ns()
        if now_ns < latest_ns and (self._backlog or _unsent(self._socket)):
            self._loop.at(now_ns + _SPLIT_NS, self._reset, latest_ns)
            return
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close the socket; an answer in progress is aborted."""
        if self.closed:
            return
        self.closed = True
        self._loop.forget(self._socket.fileno())
        self._socket.close()
        self._parser = None
        self._backlog.clear()
        self._inbox.clear()
        generation, self.generation = self.generation, None
        if generation is not None:
            generation.abort()
        self._on_close(self)

    # What httptools calls while it parses.

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        parser = self._parser
        if parser is None:
            return
        # A proxy may pass on the whole URL.
        path = re.sub(rb"^https?://[^/?]*", b"", self._target).partition(b"?")[0]
        request = Request(
            method=parser.get_method().decode("latin-1"),
            path=path.decode("latin-1") or "/",
            headers=self._headers,
            body=b"".join(self._body),
            received=self._received,
            http11=parser.get_http_version() != "1.0",
            keep_alive=parser.should_keep_alive(),
        )
        self._start_message()
        self._inbox.append(request)

    def _start_message(self) -> None:
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def _ready(self, events: int) -> None:
        if events & WRITE and not self.closed:
            self._flush()
        if events & READ and not self.closed:
            self._read()

    def _read(self) -> None:
        try:
            data, control, _, _ = self._socket.recvmsg(_READ_BYTES, 64)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data or self._parser is None:
            self.close()
            return
        self._received = _kernel_time(control)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            body = error_body(400, "this is not an HTTP/1.1 request")
            self.respond(plain_response(400, body, False), False)
            return
        self._next(0, None)

    def _next(self, due: int, argument: None) -> None:
        while self._inbox and not self._busy and not self._closing and not self.closed:
            self._busy = True
            self._handle(self, self._inbox.popleft())

    def _release(self, due: int, argument: None) -> None:
        if not self.closed:
            self._flush()

    def _flush(self) -> None:
        try:
            sent = self._send(self._backlog) if self._backlog else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        del self._backlog[:sent]
        if self._backlog:
            self._watch(READ | WRITE)
        elif self._closing:
            self.close()
        else:
            self._watch(READ)

    def _watch(self, events: int) -> None:
        if events != self._watched:
            self._watched = events
            self._loop.change(self._socket.fileno(), events, self._ready)


def _kernel_time(control: list[tuple[int, int, bytes]]) -> int:
    """The receive stamp as a monotonic instant; where the kernel gives none, now."""
    now = time.perf_counter_ns()
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= _STAMP.size:
            seconds, nanoseconds = _STAMP.unpack_from(data)
            age = time.time_ns() - (seconds * 1_000_000_000 + nanoseconds)
            # A step of the wall clock in between would make nonsense of the age.
            return now - age if 0 <= age < 60_000_000_000 else now
    return now


def _unsent(sock: socket.socket) -> bool:
    """Whether the kernel holds bytes that it has not sent (a congestion window holds ten segments
    at first); false where it cannot be asked."""
    try:
        held: int = struct.unpack("i", fcntl.ioctl(sock.fileno(), _SIOCOUTQNSD, bytes(4)))[0]
    except OSError:
        return False
    return held > 0
