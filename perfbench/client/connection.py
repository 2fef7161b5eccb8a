"""One HTTP/1.1 connection: writes a request, frames what comes back, stamps each read.

Framing is llhttp's (``httptools``), stamps are the kernel's receive times (``SO_TIMESTAMPNS``
through ``recvmsg``), so a busy event loop delays the handling and not the measurement. Knows
nothing of pools, schedules or what a body means. Instants are monotonic ns.

Every piece of a body has its stamp, also when the framing breaks behind it: one place stamps what
a read brought, whatever the parser thought of the rest. What comes behind a whole answer is no
part of it; it costs the connection, as with other clients.

**When a request is sent again.** Only if it cannot have been read:

- The peer had closed, or said something unasked, before the request was sent: a look at the socket
  just before finds this, and the request goes out elsewhere. It was never sent, so nothing counts.
- The kernel took no byte of it, because the connection had failed in between.
- The peer's end of the connection (FIN, or TLS's goodbye) came and acknowledges no byte of the
  request: the peer had ended the conversation before the request reached it. The segment with the
  FIN carries the acknowledgement, so this is exact (see ``_unheard``).

The last two count as ``resends``. All else is ``truncated``. A reset in particular proves nothing:
the server may have read the request and then reset the connection before acknowledging it. A
connection that was never used is not given a second chance, or a server that closes every
connection at once would be asked for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import termios

import httptools

from perfbench.client.clock import now_ns
from perfbench.client.digester import Digester
from perfbench.client.exchange import Exchange
from perfbench.client.link import Link
from perfbench.client.tls import TLSSession
from perfbench.types import Outcome

_SO_TIMESTAMPNS = 35
"""``asm-generic/socket.h``; Python's socket module has no name for it."""
_TIMESPEC = struct.Struct("@ll")
_unpack = _TIMESPEC.unpack
_READ_SIZE = 65536
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_NOISE_NS = 100_000
"""How far a stamp may be off: the offset's own error, and what the clock is adjusted meanwhile."""
_MANY = 64
"""Pieces of one read that are worth joining: they have one stamp."""
_UNFRAMED_LIMIT = 4 << 20
"""Bytes of reads that brought no body: heads, chunk sizes, trailers. No service sends as many."""
_OUTQ = struct.Struct("i")


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
        "_fault",
        "_feed",
        "_interim",
        "_link",
        "_location",
        "_loop",
        "_parser",
        "_recvmsg",
        "_reusable",
        "_sized",
        "_sock",
        "_stamps",
        "_tls",
        "_unframed",
        "_unsent",
        "_written",
        "answers",
        "exchange",
        "fate",
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
        self.answers = 0
        """Whole answers that it has carried; above 0 it is used again."""
        self._unsent: memoryview | None = None
        self.exchange: Exchange | None = None
        self.last_ns = now_ns()
        """When something last came, the request was sent, or this connected."""
        self.fate = ""
        """Why it ended while it was idle."""
        if link.can_stamp:
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        link.poller.add(sock, self._readable)

    def load(self, exchange: Exchange) -> bool:
        """Make the exchange's request ready for :meth:`fire`; the connection must be idle. False if
        it is of no more use: who waits for it has been told."""
        if self.answers and not self._still_open():
            self._link.hung_up(self)
            self.close()
            self._link.lost(self, exchange)
            return False
        request = exchange.request
        self.exchange = exchange
        exchange.abandon = self.give_up
        exchange.reused = self.answers > 0
        exchange.connect_ns = None if self.answers else self._connect_ns
        self._frame_anew(exchange)
        head = self._link.head(request.method, request.path, request.headers)
        data = b"%b%d\r\n\r\n%b" % (head, len(request.body), request.body)
        self._written = 0
        if self._tls is not None:
            data = self._tls.encrypt(data)
            if self._tls.over:
                self._tls_ended(self._tls)
                return False
        self._unsent = memoryview(data)
        return True

    def fire(self) -> None:
        """Send what was loaded, once it is due."""
        exchange, data = self.exchange, self._unsent
        assert exchange is not None
        assert data is not None
        due_ns = exchange.due_ns
        if due_ns is not None:
            while now_ns() < due_ns:
                pass
        self.last_ns = exchange.sent_ns = now_ns()
        try:
            self._written = self._sock.send(data)
        except BlockingIOError:
            pass
        except OSError as error:
            self._gone(error)
            return
        if exchange.request.patience is not None:
            exchange.be_patient()
        if self._written < len(data):
            self._unsent = data[self._written :]
            self._loop.add_writer(self._sock, self._writable)
        else:
            self._unsent = None

    def _still_open(self) -> bool:
        """Whether the peer has neither closed an idle connection nor said anything on it."""
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        if self._tls is None:
            return False
        self._readable()  # It may be a session ticket.
        return self._sock.fileno() >= 0

    def give_up(self, outcome: Outcome, detail: str) -> None:
        """End the running exchange as failed and close: its answer would still be coming."""
        exchange = self._end(now_ns(), outcome, detail)
        self.close()
        self._link.lost(self, None)
        if exchange is not None:
            self._link.digester.add(exchange)

    def settle(self) -> None:
        """End the running exchange by what it has said; its connection says no end, so close."""
        self._reusable = False
        self._finished(self.last_ns)

    @property
    def closed(self) -> bool:
        """Whether it has ended; ``fate`` says why, if it was idle."""
        return self._sock.fileno() < 0

    @property
    def refusal(self) -> str | None:
        """Why its TLS ended, where that failed."""
        return None if self._tls is None else self._tls.failure

    def close(self) -> None:
        """Close the socket; does not tell anybody."""
        if self._sock.fileno() >= 0:
            self._link.poller.remove(self._sock)
            if self._unsent is not None:
                self._loop.remove_writer(self._sock)
            self._sock.close()

    def on_message_begin(self) -> None:
        if self._complete:
            raise ValueError("a second answer")
        self._begun = True
        self._chunked = self._sized = False
        self._content_type = self._encoding = self._location = ""

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
        elif name == b"location":
            self._location = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        self._interim = 100 <= status < 200 and status != 101
        if not self._interim and self.exchange is not None:
            self.exchange.headers(
                status, self._content_type, self._encoding, self._location, self.last_ns
            )

    def on_message_complete(self) -> None:
        self._complete = not self._interim
        # llhttp forgets the message's length once this callback has returned.
        self._reusable = self._parser.should_keep_alive()

    def _frame_anew(self, exchange: Exchange) -> None:
        """A parser for one response, whose body pieces go straight into the exchange."""
        self._bodies, self._stamps = exchange.bodies, exchange.stamps
        self.on_body = exchange.on_body
        self._begun = self._complete = self._interim = self._chunked = self._sized = False
        self._reusable = False
        self._fault: str | None = None
        self._unframed = 0
        self._content_type = self._encoding = self._location = ""
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
            if not 0 <= delay < 1_000_000:
                stamp = self._doubted(exchange, stamp, handled)
                delay = handled - stamp
            if delay > exchange.read_delay_ns:
                exchange.read_delay_ns = delay
            if stamp < self.last_ns:
                stamp = self._reordered(exchange, stamp, handled)
        else:
            stamp = handled
            self._link.note_unstamped(handled)
        self.last_ns = stamp
        if self._tls is not None:
            data = self._tls.decrypt(data)
        feed = self._feed
        try:
            feed(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._broken(error)
        stamps = self._stamps
        new = len(self._bodies) - len(stamps)
        if new == 1:
            stamps.append(stamp)
        elif new:
            new = self._stamp_several(new, stamp)
        else:
            self._no_body(data)
        if self._complete:
            self._finished(stamp)
        elif new and len(stamps) % Digester.BACKLOG < new:
            self._link.digester.add(exchange)
        if self._tls is not None and self._tls.over and self.exchange is exchange:
            self._tls_ended(self._tls)

    def _doubted(self, exchange: Exchange, stamp: int, handled: int) -> int:
        """A read that seems to have come after it was handled, or long before: when it came.

        Either the client was late, or the wall clock, which the kernel stamps by, was set. Then
        the stamp may be by the clock as it was before, and only the loop's own can be trusted.
        """
        self._link.doubt_clock()
        return handled if exchange.restamped or stamp > handled else stamp

    def _reordered(self, exchange: Exchange, stamp: int, handled: int) -> int:
        """A read stamped before the last one: it could be read no sooner than what it follows.

        Segments that overtook a lost one are such. What came before the request was sent is not:
        there the wall clock was set.
        """
        if exchange.sent_ns is not None and exchange.sent_ns - stamp > _NOISE_NS:
            exchange.restamped = True
            return handled
        return self.last_ns

    def _stamp_several(self, new: int, stamp: int) -> int:
        """Stamp the pieces of one read; how many they are now."""
        bodies = self._bodies
        if new > _MANY:
            bodies[-new:] = [b"".join(bodies[-new:])]
            new = 1
        self._stamps.extend([stamp] * new)
        return new

    def _no_body(self, data: bytes) -> None:
        """A read brought framing alone: a head, a chunk's size, a trailer."""
        self._unframed += len(data)
        if self._unframed > _UNFRAMED_LIMIT and not self._complete:
            self._break_off("the head or the framing does not end")

    def _broken(self, error: Exception) -> None:
        """The parser cannot go on. Behind a whole answer that costs the connection and no more."""
        if not self._complete:
            self._break_off(f"not HTTP/1.1: {error or type(error).__name__}")
        self._reusable = False

    def _break_off(self, fault: str) -> None:
        self._fault = fault
        self._complete, self._reusable = True, False

    def _tls_ended(self, tls: TLSSession) -> None:
        if tls.failure is not None:
            self.give_up("protocol", tls.failure)
        else:
            self._gone(None)

    def _unasked(self, data: bytes) -> None:
        """The peer has closed (no data), or sent something on an idle connection."""
        tls = self._tls
        if data and tls is not None and not tls.decrypt(data) and not tls.over:
            return  # A session ticket: they come when the handshake is over.
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
        self._written += sent
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

    def _finished(self, stamp: int) -> None:
        if self._fault is None:
            exchange = self._end(stamp)
        else:
            exchange = self._end(stamp, "protocol", self._fault)
        over = self._tls is not None and self._tls.over
        if self._reusable and self._unsent is None and not over:
            self.answers += 1
            self._link.released(self)
        else:
            self.close()
            self._link.lost(self, None)
        if exchange is not None:
            self._link.digester.add(exchange)

    def _gone(self, error: OSError | None) -> None:
        """The peer closed (``None``) or the socket failed."""
        exchange = self.exchange
        if self.answers and (exchange is None or not self._begun):
            self._link.hung_up(self)
        why = "connection closed" if error is None else (error.strerror or str(error)).lower()
        if exchange is None:
            failure = None if self._tls is None else self._tls.failure
            self.fate = failure or f"{why} before anything was asked"
            self.close()
            self._link.lost(self, None)
            return
        if error is None and exchange.headers_ns is not None and not (self._chunked or self._sized):
            # No length was given: the end of the connection is the end of the body.
            self.settle()
            return
        if self.answers and not self._begun and self._unheard(error):
            exchange.resends += 1
            exchange.abandon = self.exchange = None
            self.close()
            self._link.lost(self, exchange)
            return
        where = "in the body" if exchange.headers_ns is not None else "before the response"
        self.give_up("truncated", f"{why} {where}")

    def _unheard(self, error: OSError | None) -> bool:
        """Whether no byte of the request can have reached the peer before it closed.

        The kernel's send queue holds what the peer has not acknowledged. Not so with unix sockets.
        """
        if not self._written:
            return True
        if error is not None or not self._link.can_stamp:
            return False
        (queued,) = _OUTQ.unpack(fcntl.ioctl(self._sock, termios.TIOCOUTQ, bytes(_OUTQ.size)))
        return bool(queued >= self._written)

    def _end(self, stamp: int, outcome: Outcome | None = None, detail: str = "") -> Exchange | None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.kernel_stamped = self._link.kernel_stamps
            exchange.end(stamp, outcome, detail)
        return exchange
