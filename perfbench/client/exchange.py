"""One request and its answer while it runs: what arrived, when, and what it turned out to be.

A transport puts bytes and stamps in; ``digest`` parses them later, in slices, when nothing is
waiting to be read; ``finish`` makes the ``Record``. Holds no socket. All instants are monotonic ns.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import Callable

from perfbench.client.answer import Answer
from perfbench.client.sse import SSEDecoder
from perfbench.types import Delta, Endpoint, Outcome, Record, Request

DETAIL_LIMIT = 2048
"""Bytes of an error body that are kept."""
SLICE = 64
"""Reads parsed at a time: about a tenth of a millisecond of work."""
_STREAM_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")


class Exchange:
    """A running request.

    ``ended`` is done when the response has ended, so that its slot is free; ``record`` when
    everything in it has been parsed. Neither ever raises for something the service did.
    """

    __slots__ = (
        "_answer",
        "_encoding",
        "_endpoint",
        "_failure",
        "_inflate",
        "_malformed",
        "_sse",
        "bodies",
        "connect_ns",
        "content_type",
        "due_ns",
        "end_ns",
        "ended",
        "headers_ns",
        "kernel_stamped",
        "read_delay_ns",
        "record",
        "request",
        "reused",
        "sent_ns",
        "stamps",
        "status",
    )

    def __init__(
        self, request: Request, endpoint: Endpoint, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.request = request
        self.ended: asyncio.Future[None] = loop.create_future()
        self.record: asyncio.Future[Record] = loop.create_future()
        self.due_ns: int | None = None
        """Planned arrival; set by the driver."""
        self.sent_ns: int | None = None
        self.headers_ns: int | None = None
        self.end_ns: int | None = None
        self.read_delay_ns = 0
        """Worst (handled - received) of the reads; means something if ``kernel_stamped``."""
        self.kernel_stamped = False
        """Whether ``stamps`` are the kernel's receive times; set by the transport."""
        self.connect_ns: int | None = None
        self.reused = False
        self.status: int | None = None
        self.content_type = ""
        self.bodies: list[bytes] = []
        """Body pieces not yet parsed; ``stamps`` has the arrival of each."""
        self.stamps: list[int] = []
        self._endpoint = endpoint
        self._answer = Answer()
        self._sse = SSEDecoder()
        self._encoding = ""
        self._inflate: zlib._Decompress | None = None
        self._failure: tuple[Outcome, str] | None = None
        self._malformed: str | None = None

    @property
    def running(self) -> bool:
        """Whether the response has not ended."""
        return not self.ended.done()

    def headers(self, status: int, content_type: str, encoding: str, stamp: int) -> None:
        """The head of the response has arrived."""
        self.status = status
        self.content_type = content_type
        self.headers_ns = stamp
        self._encoding = encoding
        if encoding in ("gzip", "deflate"):
            self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        elif encoding not in ("", "identity"):
            self._malformed = f"the body is encoded as {encoding}, which was not asked for"

    def end(self, stamp: int, outcome: Outcome | None = None, detail: str = "") -> None:
        """The response has ended; ``outcome`` says how if the transport had to give it up."""
        if self.ended.done():
            return
        self.end_ns = stamp
        if outcome is not None:
            self._failure = (outcome, detail)
        self.ended.set_result(None)

    @property
    def _is_event_stream(self) -> bool:
        if self.status is None or not 200 <= self.status < 300 or not self.request.stream:
            return False
        if "event-stream" in self.content_type:
            return True
        if "json" in self.content_type:
            return False
        # Some servers do not name the type: an event stream starts with a field or a comment.
        start = b"".join(self.bodies[:SLICE])[:256].removeprefix(b"\xef\xbb\xbf").lstrip()
        return start.startswith(_STREAM_STARTS)

    def digest(self, limit: int = SLICE) -> bool:
        """Parse up to ``limit`` pieces of an event stream; true while there are more."""
        if not self.bodies or not self._is_event_stream:
            return False
        bodies, stamps = self.bodies[:limit], self.stamps[:limit]
        del self.bodies[:limit]
        del self.stamps[:limit]
        self.content_type = "text/event-stream"  # However it was named, from here on it is one.
        if self._inflate is not None:
            bodies = [self._decompress(body) for body in bodies]
        if (whole := self._sse.feed_whole(bodies)) is not None:
            self._take(whole, stamps)
            return bool(self.bodies)
        events: list[bytes] = []
        times: list[int] = []
        for body, stamp in zip(bodies, stamps, strict=True):
            found = self._sse.feed(body)
            events += found
            times += [stamp] * len(found)
        self._take(events, times)
        return bool(self.bodies)

    def finish(self, worker: int = 0) -> Record:
        """Parse what is left and make the record; call it once the exchange has ended."""
        while self.digest():
            pass
        request = self.request
        streamed = self._is_event_stream or "event-stream" in self.content_type
        record = Record(
            seq=request.seq,
            sample_id=request.sample_id,
            repeat=request.repeat,
            phase=request.phase,
            worker=worker,
            stream=streamed,
            due_ns=self.due_ns,
            sent_ns=self.sent_ns,
            headers_ns=self.headers_ns,
            end_ns=self.end_ns,
            read_delay_ns=self._known_read_delay,
            connect_ns=self.connect_ns,
            reused=self.reused,
            status=self.status,
            input_tokens=request.input_tokens,
        )
        if streamed:
            malformed = self._malformed
            tail = self._sse.flush()
            self._take(tail, [self.end_ns or 0] * len(tail))
            # An event that the end of the stream cut is no nonsense of the server's.
            self._malformed = malformed
        record.outcome, detail = self._judge(streamed)
        record.detail = detail[:DETAIL_LIMIT]
        self._answer.fill(record)
        return record

    def _judge(self, streamed: bool) -> tuple[Outcome, str]:
        status, answer = self.status, self._answer
        if status is not None and not 200 <= status < 300:
            words = self._whole_body(DETAIL_LIMIT).decode("utf-8", "replace")
            if status >= 500:
                return "http_5xx", words
            return ("http_4xx", words) if status >= 400 else ("protocol", f"HTTP {status}")
        if not streamed and self._failure is None and self._malformed is None:
            body = self._whole_body()
            try:
                delta = self._endpoint.parse(body)
            except ValueError:
                text = body[:DETAIL_LIMIT].decode("utf-8", "replace")
                return "protocol", f"the body is not an answer in JSON: {text!r}"
            answer.add([delta], [self.end_ns or 0])
            answer.done = True
        if answer.error is not None:
            return "in_band_error", answer.error
        complete = answer.complete
        if self._failure is not None and not (self._failure[0] == "truncated" and complete):
            return self._failure
        if self._malformed is not None:
            return "protocol", self._malformed
        if not complete:
            return "truncated", "the stream ended before a finish reason or [DONE]"
        return ("ok", "") if answer.has_tokens else ("empty", "finished without a token")

    @property
    def _known_read_delay(self) -> int | None:
        if self.headers_ns is None or not self.kernel_stamped:
            return None
        return self.read_delay_ns

    def _take(self, events: list[bytes], stamps: list[int]) -> None:
        """Parse event payloads that arrived at ``stamps``."""
        if b"[DONE]" in events or (events and events[-1][:6] == b"[DONE]"):
            self._answer.done = True
            kept = [pair for pair in zip(events, stamps, strict=True) if pair[0][:6] != b"[DONE]"]
            events, stamps = [event for event, _ in kept], [stamp for _, stamp in kept]
        if events:
            self._answer.add(self._parse(events), stamps)

    def _parse(self, events: list[bytes]) -> list[Delta]:
        try:
            return self._endpoint.parse_many(events)
        except ValueError:
            pass
        deltas = []
        for event in events:
            try:
                deltas.append(self._endpoint.parse(event))
            except ValueError:
                deltas.append(Delta())
                shown = event[:200].decode("utf-8", "replace")
                self._malformed = self._malformed or f"an event is not JSON: {shown!r}"
        return deltas

    def _whole_body(self, limit: int | None = None) -> bytes:
        body = b"".join(self.bodies)
        self.bodies.clear()
        self.stamps.clear()
        if self._inflate is not None:
            body = self._decompress(body)
        return body[:limit]

    def _decompress(self, data: bytes) -> bytes:
        assert self._inflate is not None
        try:
            return self._inflate.decompress(data)
        except zlib.error as error:
            self._malformed = self._malformed or f"bad {self._encoding} body: {error}"
            return b""


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

    def add(self, exchange: Exchange) -> None:
        """Give the exchange a turn; once it has ended this leads to its record."""
        if not self._queue:
            self._loop.call_soon(self._turn)
        self._queue.append(exchange)

    def _turn(self) -> None:
        exchange = self._queue.popleft()
        if exchange.digest():
            self._queue.append(exchange)
        elif not exchange.running and not exchange.record.done():
            exchange.record.set_result(exchange.finish(self._worker))
        if self._between is not None:
            self._between()
        if self._queue:
            self._loop.call_soon(self._turn)
