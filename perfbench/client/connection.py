"""One HTTP/1.1 connection: writes a request, frames what comes back, stamps each read.

Framing is llhttp's (``httptools``), stamps are the kernel's receive times (``SO_TIMESTAMPNS``
through ``recvmsg``), so a busy event loop delays the handling and not the measurement. Knows
nothing of pools, schedules or what a body means. Instants are monotonic ns.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import sys
from collections.abc import Callable

import httptools

from perfbench.client.clock import now_ns
from perfbench.client.exchange import Digester, Exchange
from perfbench.client.poller import Poller
from perfbench.client.target import STALE_NS, Target
from perfbench.client.tls import TLSSession
from perfbench.types import Outcome

_SO_TIMESTAMPNS = 35
"""``asm-generic/socket.h``; Python's socket module has no name for it."""
_TIMESPEC = struct.Struct("@ll")
_unpack = _TIMESPEC.unpack
_READ_SIZE = 65536
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_CAN_STAMP = sys.platform == "linux" and sys.byteorder == "little"
_STAMPS_START_NS = 500_000_000
"""The kernel starts stamping a moment after it was first asked to; until then reads may lack it."""


class Link:
    """What all connections of a transport share, and whom they tell."""

    def __init__(self, target: Target, offset_ns: int, digester: Digester, poller: Poller) -> None:
        self.poller = poller
        self.offset_ns = offset_ns
        """``CLOCK_REALTIME`` minus monotonic, kept fresh by the transport."""
        self.digester = digester
        self.can_stamp = _CAN_STAMP and target.unix_socket is None
        self.kernel_stamps = self.can_stamp
        """Whether reads carry the kernel's receive time."""
        self._stamps_due_ns = now_ns() + _STAMPS_START_NS
        self.released: Callable[[Connection], None] = _nobody
        self.lost: Callable[[Connection, Exchange | None], None] = _nobody_either
        self._target = target
        self._heads: dict[tuple[str, str, tuple[tuple[str, str], ...]], bytes] = {}

    def note_unstamped(self, handled_ns: int) -> None:
        """A read came without the kernel's receive time."""
        if handled_ns > self._stamps_due_ns:
            self.kernel_stamps = False

    def head(self, method: str, path: str, headers: tuple[tuple[str, str], ...]) -> bytes:
        """The request head up to ``Content-Length: ``; the same few are used over and over."""
        key = (method, path, headers)
        if key not in self._heads:
            lines = [f"{method} {path} HTTP/1.1", f"Host: {self._target.authority}"]
            given = dict.fromkeys(name.lower() for name, _ in (*self._target.headers, *headers))
            for name, value in (
                ("Content-Type", "application/json"),
                ("Accept", "text/event-stream, application/json"),
                ("Accept-Encoding", "identity"),
                ("User-Agent", "perfbench"),
            ):
                if name.lower() not in given:
                    lines.append(f"{name}: {value}")
            lines += [f"{name}: {value}" for name, value in (*self._target.headers, *headers)]
            self._heads[key] = "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")
        return self._heads[key]


def _nobody(connection: Connection) -> None:
    raise RuntimeError("the connection's owner is not set")


def _nobody_either(connection: Connection, retry: Exchange | None) -> None:
    raise RuntimeError("the connection's owner is not set")


class Connection:
    """A connected socket and the exchange it carries, if any."""

    __slots__ = (
        "_begun",
        "_bodies",
        "_chunked",
        "_complete",
        "_connect_ns",
        "_content_type",
        "_encoding",
        "_feed",
        "_interim",
        "_link",
        "_loop",
        "_parser",
        "_recvmsg",
        "_reusable",
        "_sized",
        "_sock",
        "_stamps",
        "_tls",
        "_unsent",
        "_used",
        "exchange",
        "last_ns",
        "on_body",
    )

    def __init__(
        self,
        link: Link,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        tls: TLSSession | None,
        connect_ns: int,
    ) -> None:
        self._link = link
        self._loop = loop
        self._sock = sock
        self._tls = tls
        self._connect_ns = connect_ns
        self._recvmsg = sock.recvmsg
        self._used = False
        self._unsent: memoryview | None = None
        self.exchange: Exchange | None = None
        self.last_ns = 0
        """When something last came, or the request was sent."""
        if link.can_stamp:
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        link.poller.add(sock, self._readable)

    def start(self, exchange: Exchange) -> None:
        """Send the exchange's request; the connection must be idle."""
        request = exchange.request
        self.exchange = exchange
        exchange.reused = self._used
        exchange.connect_ns = None if self._used else self._connect_ns
        self._frame_anew(exchange)
        head = self._link.head(request.method, request.path, request.headers)
        data = b"%b%d\r\n\r\n%b" % (head, len(request.body), request.body)
        if self._tls is not None:
            data = self._tls.encrypt(data)
        self.last_ns = exchange.sent_ns = now_ns()
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._gone(error)
            return
        if sent < len(data):
            self._unsent = memoryview(data)[sent:]
            self._loop.add_writer(self._sock, self._writable)

    def give_up(self, outcome: Outcome, detail: str) -> None:
        """End the running exchange as failed and close: its answer would still be coming."""
        exchange = self._end(now_ns(), outcome, detail)
        self.close()
        self._link.lost(self, None)
        if exchange is not None:
            self._link.digester.add(exchange)

    def close(self) -> None:
        """Close the socket; does not tell anybody."""
        if self._sock.fileno() >= 0:
            self._link.poller.remove(self._sock)
            if self._unsent is not None:
                self._loop.remove_writer(self._sock)
            self._sock.close()

    def on_message_begin(self) -> None:
        self._begun = True
        self._chunked = self._sized = False
        self._content_type = self._encoding = ""

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"content-type":
            self._content_type = value.decode("latin-1").lower()
        elif name == b"content-encoding":
            self._encoding = value.decode("latin-1").lower()
        elif name == b"transfer-encoding":
            self._chunked = b"chunked" in value.lower()
        elif name == b"content-length":
            self._sized = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        self._interim = 100 <= status < 200 and status != 101
        if not self._interim and self.exchange is not None:
            self.exchange.headers(status, self._content_type, self._encoding, self.last_ns)

    def on_message_complete(self) -> None:
        self._complete = not self._interim
        # llhttp forgets the message's length once this callback has returned.
        self._reusable = self._parser.should_keep_alive()

    def _frame_anew(self, exchange: Exchange) -> None:
        """A parser for one response, whose body pieces go straight into the exchange."""
        self._bodies, self._stamps = exchange.bodies, exchange.stamps
        self.on_body = self._bodies.append
        self._begun = self._complete = self._interim = self._chunked = self._sized = False
        self._content_type = self._encoding = ""
        self._parser: httptools.HttpResponseParser = httptools.HttpResponseParser(self)
        self._feed = self._parser.feed_data

    def _readable(self) -> None:
        try:
            recvmsg = self._recvmsg  # A call through a slot is slow in CPython 3.11.
            data, ancillary, _, _ = recvmsg(_READ_SIZE, _ANCILLARY)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._gone(error)
            return
        handled = now_ns()
        exchange = self.exchange
        if exchange is None or not data:
            self._unasked(data)
            return
        if ancillary:
            seconds, nanoseconds = _unpack(ancillary[0][2])
            stamp = seconds * 1_000_000_000 + nanoseconds - self._link.offset_ns
            delay = handled - stamp
            if delay > exchange.read_delay_ns:
                exchange.read_delay_ns = delay
            # The wall clock's offset is known to a fraction of a microsecond, not exactly.
            elif delay < 0:
                stamp = handled
            if stamp < self.last_ns:
                stamp = self.last_ns
        else:
            stamp = handled
            self._link.note_unstamped(handled)
        self.last_ns = stamp
        if self._tls is not None:
            data = self._decrypted(data)
        feed = self._feed
        try:
            feed(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.give_up("protocol", f"not HTTP/1.1: {error or type(error).__name__}")
            return
        stamps = self._stamps
        new = len(self._bodies) - len(stamps)
        if new == 1:
            stamps.append(stamp)
        elif new:
            stamps.extend([stamp] * new)
        if self._complete:
            self._finished(stamp, self._reusable)
        elif new and len(stamps) % Digester.BACKLOG < new:
            self._link.digester.add(exchange)
        if self._tls is not None and self._tls.closed and self._sock.fileno() >= 0:
            self._gone(None)

    def _decrypted(self, data: bytes) -> bytes:
        """The plain bytes that ``data`` completes; nothing if it ends the exchange."""
        assert self._tls is not None
        try:
            return self._tls.decrypt(data)
        except ssl.SSLError as error:
            self.give_up("protocol", f"TLS failed: {error.reason or error}")
            return b""

    def _unasked(self, data: bytes) -> None:
        """The peer has closed (no data), or sent something on an idle connection."""
        if data and self._tls is not None:
            try:
                if not self._tls.decrypt(data) and not self._tls.closed:
                    return  # A session ticket: they come when the handshake is over.
            except ssl.SSLError:
                pass
        self._gone(None)

    def _writable(self) -> None:
        assert self._unsent is not None
        try:
            sent = self._sock.send(self._unsent)
        except BlockingIOError:
            return
        except OSError as error:
            self._loop.remove_writer(self._sock)
            self._write_failed(error)
            return
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._loop.remove_writer(self._sock)
            self._unsent = None

    def _write_failed(self, error: OSError) -> None:
        """The peer reads no more; it may have answered before, say that the body is too large."""
        exchange = self.exchange
        with contextlib.suppress(OSError):
            while self.exchange is exchange and self._sock.recv(1, socket.MSG_PEEK):
                self._readable()
        if self.exchange is exchange:
            self._gone(error)

    def _finished(self, stamp: int, reusable: bool) -> None:
        exchange = self._end(stamp)
        if reusable and self._unsent is None:
            self._used = True
            self._link.released(self)
        else:
            self.close()
            self._link.lost(self, None)
        if exchange is not None:
            self._link.digester.add(exchange)

    def _gone(self, error: OSError | None) -> None:
        """The peer closed (``None``) or the socket failed."""
        stamp = now_ns()
        exchange = self.exchange
        if exchange is None:
            self.close()
            self._link.lost(self, None)
            return
        if error is None and exchange.headers_ns is not None and not (self._chunked or self._sized):
            # No length was given: the end of the connection is the end of the body.
            self._finished(self.last_ns, reusable=False)
            return
        sent_ns = exchange.sent_ns or stamp
        if self._used and not self._begun and stamp - sent_ns < STALE_NS:
            self.exchange = None
            self.close()
            self._link.lost(self, exchange)
            return
        why = "connection closed" if error is None else (error.strerror or str(error)).lower()
        where = "in the body" if exchange.headers_ns is not None else "before the response"
        self.give_up("truncated", f"{why} {where}")

    def _end(self, stamp: int, outcome: Outcome | None = None, detail: str = "") -> Exchange | None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.kernel_stamped = self._link.kernel_stamps
            exchange.end(stamp, outcome, detail)
        return exchange
