"""One request and its answer while it runs: what arrived, when, and what it turned out to be.

A transport puts bytes and stamps in; ``digest`` parses them later, in slices, when nothing is
waiting to be read; ``finish`` makes the ``Record``. Holds no socket. All instants are monotonic ns,
sizes are bytes.

Whatever comes ends in an outcome of this one request: an answer that is larger than the limit, in
more parts than anybody reads, or that makes a parser raise is ``protocol``, with what came before.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Callable

from perfbench.client.answer import Answer
from perfbench.client.clock import now_ns
from perfbench.client.inflate import ENCODINGS, Inflater
from perfbench.client.lines import LineDecoder
from perfbench.client.sse import SSEDecoder
from perfbench.client.storable import storable, text_of
from perfbench.errors import PerfbenchError
from perfbench.types import Delta, Endpoint, Outcome, Record, Request

DETAIL_LIMIT = 2048
"""Bytes of an error body that are kept."""
SLICE = 64
"""Reads parsed at a time: about a tenth of a millisecond of work."""
ANSWER_LIMIT = 64 << 20
"""Bytes that an answer may have, unpacked, unless the settings say otherwise."""
_SLICE_BYTES = 65_536
"""Reads of a slice together, and what it may unpack to."""
_ERROR_LIMIT = 1 << 20
"""Bytes of an error body that are read, for the sake of its connection."""
_SNIFFED = 4096
"""Bytes that show whether a body is a stream of events where its type does not."""
_EDGE = 4
"""Pieces at either end of a stream in which more than text is to be expected: the role, the finish,
the usage, ``[DONE]``."""


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
        "_framing",
        "_inflater",
        "_limit",
        "_location",
        "_loop",
        "_malformed",
        "_patience",
        "_plain",
        "_plain_texts",
        "_received",
        "_streams",
        "_unpacked",
        "_weighed",
        "_whole",
        "abandon",
        "bodies",
        "connect_ns",
        "content_type",
        "due_ns",
        "end_ns",
        "ended",
        "headers_ns",
        "kernel_stamped",
        "parsed",
        "read_delay_ns",
        "record",
        "request",
        "resends",
        "restamped",
        "reused",
        "sent_ns",
        "stamps",
        "status",
    )

    def __init__(
        self,
        request: Request,
        endpoint: Endpoint,
        loop: asyncio.AbstractEventLoop,
        limit: int = ANSWER_LIMIT,
    ) -> None:
        self.request = request
        self.ended: asyncio.Future[None] = loop.create_future()
        self.record: asyncio.Future[Record] = loop.create_future()
        self.abandon: Callable[[Outcome, str], None] | None = None
        """Ends the exchange and its connection; set by the transport while it runs."""
        self.due_ns: int | None = None
        """Planned arrival; set by whoever knows it."""
        self.sent_ns: int | None = None
        self.headers_ns: int | None = None
        self.end_ns: int | None = None
        self.read_delay_ns = 0
        """Worst (handled - received) of the reads; means something if ``kernel_stamped``."""
        self.kernel_stamped = False
        """Whether ``stamps`` are the kernel's receive times; set by the transport."""
        self.connect_ns: int | None = None
        self.reused = False
        self.resends = 0
        self.restamped = False
        """The wall clock stepped meanwhile; set by the transport, as the one before."""
        self.status: int | None = None
        self.content_type = ""
        self.bodies: list[bytes] = []
        """Body pieces not yet parsed; ``stamps`` has the arrival of each."""
        self.stamps: list[int] = []
        self.parsed = 0
        """Token-bearing events in what has been parsed."""
        self._endpoint = endpoint
        self._plain_texts = getattr(endpoint, "plain_texts", None)
        self._plain = self._plain_texts is not None
        self._limit = limit
        self._loop = loop
        self._patience: asyncio.TimerHandle | None = None
        self._answer = Answer()
        lines = getattr(endpoint, "framing", "sse") == "ndjson"
        self._framing: SSEDecoder | LineDecoder = LineDecoder() if lines else SSEDecoder()
        self._streams: bool | None = None
        self._whole = bytearray()
        self._received = self._unpacked = self._weighed = 0
        self._encoding = self._location = ""
        self._inflater: Inflater | None = None
        self._failure: tuple[Outcome, str] | None = None
        self._malformed: str | None = None

    @property
    def running(self) -> bool:
        """Whether the response has not ended."""
        return not self.ended.done()

    @property
    def said_all(self) -> bool:
        """Whether what has been parsed says that the answer is over: nothing more can come."""
        return self._answer.done

    @property
    def on_body(self) -> Callable[[bytes], None]:
        """What takes a piece of the body. The list's own method, unless the answer is abandoned at
        one of its tokens."""
        patience = self.request.patience
        return self.bodies.append if patience is None or patience.events is None else self._watched

    def be_patient(self) -> None:
        """The request has been sent: from now on counts the time after which it is abandoned."""
        patience = self.request.patience
        if patience is not None and patience.wait_ns is not None:
            self._wait(patience.wait_ns)

    def headers(
        self, status: int, content_type: str, encoding: str, location: str, stamp: int
    ) -> None:
        """The head of the response has arrived."""
        self.status = status
        self.content_type = content_type
        self.headers_ns = stamp
        self._encoding = encoding
        self._location = location
        if encoding in ENCODINGS:
            self._inflater = Inflater()
        elif encoding not in ("", "identity"):
            self._malformed = f"the body is encoded as {encoding}, which was not asked for"

    def end(self, stamp: int, outcome: Outcome | None = None, detail: str = "") -> None:
        """The response has ended; ``outcome`` says how if the transport had to give it up."""
        if self.ended.done():
            return
        if self._patience is not None:
            self._patience.cancel()
        self.abandon = None
        self.end_ns = stamp
        if outcome is not None:
            self._failure = (outcome, detail)
        self.ended.set_result(None)

    def digest(self, pieces: int = SLICE) -> bool:
        """Parse the next ``pieces`` or fewer of what has come; true while there are more."""
        try:
            return self._digest(pieces)
        except Exception as error:  # An endpoint's parser may be anybody's code.
            self._refuse(_unreadable(error))
            return False

    def finish(self, worker: int = 0) -> Record:
        """Parse what is left and make the record; call it once the exchange has ended."""
        while self.digest():
            pass
        request = self.request
        record = Record(
            seq=request.seq,
            sample_id=request.sample_id,
            repeat=request.repeat,
            phase=request.phase,
            worker=worker,
            stream=bool(self._is_event_stream),
            due_ns=self.due_ns,
            sent_ns=self.sent_ns,
            headers_ns=self.headers_ns,
            end_ns=self.end_ns,
            read_delay_ns=self._known_read_delay,
            connect_ns=self.connect_ns,
            reused=self.reused,
            resends=self.resends,
            restamped=self.restamped,
            status=self.status,
            input_tokens=request.input_tokens,
            conversation=request.conversation,
            turn=request.turn,
            model=request.model,
            url=request.url,
            turns=request.turns,
        )
        try:
            record.outcome, record.detail = self._judge()
            self._answer.fill(record)
        except Exception as error:  # As above.
            record.outcome, record.detail = "protocol", _unreadable(error)
        record.detail = text_of(record.detail)[:DETAIL_LIMIT]
        return storable(record)

    def _wait(self, wait_ns: int) -> None:
        """Abandon the answer so long after the send. Asked again: the loop's timers are coarse."""
        left_ns = 0 if self.sent_ns is None else self.sent_ns + wait_ns - now_ns()
        if left_ns > 0:
            self._patience = self._loop.call_later(left_ns / 1e9, self._wait, wait_ns)
        else:
            self._leave(f"closed {wait_ns / 1e6:g} ms after the send, as planned")

    def _watched(self, body: bytes) -> None:
        """Take a piece of an answer that is abandoned at a token; looked at once it is stamped."""
        self.bodies.append(body)
        self._loop.call_soon(self._look_for_the_last_token)

    def _look_for_the_last_token(self) -> None:
        patience = self.request.patience
        if not self.running or patience is None or patience.events is None:
            return
        while self.digest():
            pass
        if self.parsed >= patience.events:
            self._leave(f"closed at token {patience.events:,}, as planned")

    def _leave(self, why: str) -> None:
        if self.abandon is not None:
            self.abandon("abandoned", why)

    @property
    def _is_error(self) -> bool:
        return self.status is not None and not 200 <= self.status < 300

    @property
    def _is_event_stream(self) -> bool | None:
        """Whether the body is a stream of events; ``None`` while too little of it has come."""
        if self._streams is None:
            self._streams = self._looks_streamed()
        return self._streams

    def _looks_streamed(self) -> bool | None:
        if self.status is None or self._is_error or not self.request.stream:
            return False
        if (named := self._framing.named(self.content_type)) is not None:
            return named
        start = b"".join([piece[:_SNIFFED] for piece in self.bodies[:_SNIFFED]])[:_SNIFFED]
        more = self.running and len(start) < _SNIFFED
        return self._framing.begun(start, more)

    def _digest(self, pieces: int) -> bool:
        if not self.bodies:
            return False
        self._weigh(_ERROR_LIMIT if self._is_error else self._limit)
        streamed = self._is_event_stream
        if streamed is None:
            return False
        bodies, stamps = self._slice(pieces)
        if self._inflater is not None:
            bodies, stamps = self._unpack(bodies, stamps)
        if streamed:
            self._read_events(bodies, stamps)
        else:
            self._keep(bodies)
        self.parsed = self._answer.events
        if self._unpacked > self._limit:
            self._refuse(self._too_large)
        elif self._answer.excess is not None:
            self._refuse(self._answer.excess)
        return bool(self.bodies)

    def _weigh(self, limit: int) -> None:
        """Add the size of the pieces that came since the last time; end at those above the limit,
        and go on to parse the others."""
        new = self.bodies[self._weighed :]
        self._received += sum(map(len, new))
        while new and self._received > limit:
            self._received -= len(new.pop())
        kept = self._weighed + len(new)
        if kept < len(self.bodies):
            del self.bodies[kept:]
            del self.stamps[kept:]
            self._give_up(self._too_large)
        self._weighed = len(self.bodies)

    def _slice(self, pieces: int) -> tuple[list[bytes], list[int]]:
        """Take the next pieces, at least one, from the front of what is unparsed."""
        size = number = 0
        for body in self.bodies[:pieces]:
            size += len(body)
            number += 1
            if size >= _SLICE_BYTES:
                break
        bodies, stamps = self.bodies[:number], self.stamps[:number]
        del self.bodies[:number]
        del self.stamps[:number]
        self._weighed -= number
        return bodies, stamps

    def _unpack(self, bodies: list[bytes], stamps: list[int]) -> tuple[list[bytes], list[int]]:
        """The plain bytes of these pieces; those there is no room for go back to the front."""
        assert self._inflater is not None
        plain: list[bytes] = []
        times: list[int] = []
        room = _SLICE_BYTES
        for position, (body, stamp) in enumerate(zip(bodies, stamps, strict=True)):
            rest: bytes | None = body
            while rest is not None and room:
                piece, rest = self._inflated(self._inflater, rest, room)
                room -= len(piece)
                plain.append(piece)
                times.append(stamp)
            if rest is not None or not room:
                left = [*([] if rest is None else [rest]), *bodies[position + 1 :]]
                self.bodies[:0] = left
                self.stamps[:0] = stamps[len(stamps) - len(left) :]
                self._weighed += len(left)
                break
        self._unpacked += _SLICE_BYTES - room
        return plain, times

    def _inflated(self, inflater: Inflater, data: bytes, room: int) -> tuple[bytes, bytes | None]:
        try:
            return inflater.feed(data, room)
        except zlib.error as error:
            self._malformed = self._malformed or f"bad {self._encoding} body: {error}"
            return b"", None

    def _read_events(self, bodies: list[bytes], stamps: list[int]) -> None:
        """Parse pieces of an event stream: at its ends with care, in between in bulk."""
        head = 0 if self._answer.has_tokens else _EDGE
        tail = len(bodies) if self.running or self.bodies else len(bodies) - _EDGE
        if not self._plain or tail - head < _EDGE:
            self._read_any(bodies, stamps)
            return
        self._read_any(bodies[:head], stamps[:head])
        if not self._read_plain(bodies[head:tail], stamps[head:tail]):
            self._plain = False
            self._read_any(bodies[head:tail], stamps[head:tail])
        self._read_any(bodies[tail:], stamps[tail:])

    def _read_plain(self, bodies: list[bytes], stamps: list[int]) -> bool:
        """Take these pieces if each is an event that is text of a single choice and nothing else:
        what nearly all of nearly every stream is, at a third of the cost. False: none was taken.
        """
        assert self._plain_texts is not None
        array = self._framing.as_array(bodies)
        texts = None if array is None else self._plain_texts(array)
        if texts is None or len(texts) != len(stamps):
            return False
        self._answer.add_texts(texts, stamps)
        return True

    def _read_any(self, bodies: list[bytes], stamps: list[int]) -> None:
        if (whole := self._framing.feed_whole(bodies)) is not None:
            self._take(whole, stamps)
            return
        events: list[bytes] = []
        times: list[int] = []
        for body, stamp in zip(bodies, stamps, strict=True):
            found = self._framing.feed(body)
            events += found
            times += [stamp] * len(found)
        self._take(events, times)

    def _keep(self, bodies: list[bytes]) -> None:
        """Put by what is no event stream; of an error only what its detail has room for."""
        if not self._is_error:
            self._whole += b"".join(bodies)
        elif len(self._whole) < DETAIL_LIMIT:
            self._whole += b"".join(bodies)[:DETAIL_LIMIT]

    @property
    def _too_large(self) -> str:
        return f"answer too large: more than {self._limit} bytes"

    def _refuse(self, detail: str) -> None:
        """Read no more of this answer: what is unparsed is dropped, what came before is kept."""
        self.bodies.clear()
        self.stamps.clear()
        self._weighed = 0
        self._give_up(detail)

    def _give_up(self, detail: str) -> None:
        if self.abandon is not None:
            self.abandon("protocol", detail)
        else:
            self._failure = ("protocol", detail)

    def _judge(self) -> tuple[Outcome, str]:
        """The outcome; reads an answer that is no event stream."""
        if self._is_error:
            return self._judge_status()
        answer = self._answer
        cut_within = False
        if self._is_event_stream:
            cut_within = self._read_tail()
        elif not (self._failure or self._malformed) and (refusal := self._read_whole()):
            return "protocol", refusal
        answer.settle()
        if answer.error is not None:
            return "in_band_error", answer.error
        if self._failure is not None and not self._forgiven(self._failure[0]):
            return self._failure
        if self._malformed is not None:
            return "protocol", self._malformed
        if not answer.complete and getattr(self._endpoint, "says_end", True):
            return "truncated", "the stream ended before a finish reason or [DONE]"
        if not answer.complete and cut_within:
            return "truncated", "the stream ended within an event"
        if answer.has_tokens:
            return "ok", ""
        if not answer.has_result:
            return "empty", self._nothing
        wanted = self._wanted if answer.results else 0
        if answer.results < wanted:
            return "protocol", f"{answer.results:,} of {wanted:,} results are there"
        return "ok", ""

    @property
    def _wanted(self) -> int:
        """Results that the request asks for; 0 if its API does not say."""
        asks = getattr(self._endpoint, "asks", None)
        return 0 if asks is None else int(asks(self.request.body))

    @property
    def _nothing(self) -> str:
        generates = getattr(self._endpoint, "generates", True)
        return f"finished without a {'token' if generates else 'result'}"

    def _judge_status(self) -> tuple[Outcome, str]:
        assert self.status is not None
        words = bytes(self._whole).decode("utf-8", "replace")
        if self.status >= 500:
            return "http_5xx", words
        if self.status >= 400:
            return "http_4xx", words
        to = self._location.partition("?")[0]  # A query may hold a key.
        return "protocol", f"HTTP {self.status}{to and f' to {to}'}"

    def _forgiven(self, failure: Outcome) -> bool:
        """Whether the answer was whole though its connection did not end as it should."""
        answer = self._answer
        return (failure in ("truncated", "abandoned") and answer.complete) or (
            failure == "timeout" and answer.done
        )

    def _read_tail(self) -> bool:
        """Take what the end of the stream completes; whether it ends within an event. That it was
        cut is no nonsense of the server's."""
        malformed = self._malformed
        tail = self._framing.flush()
        self._take(tail, [self.end_ns or 0] * len(tail))
        cut, self._malformed = self._malformed is not malformed, malformed
        return cut

    def _read_whole(self) -> str | None:
        """Parse a whole body; why not, if it is no answer."""
        body = bytes(self._whole)
        try:
            delta = self._endpoint.parse(body)
        except ValueError:
            if self._inflater is not None and not self._inflater.ended:
                return f"the {self._encoding} body ends too early"
            text = body[:DETAIL_LIMIT].decode("utf-8", "replace")
            return f"the body is not an answer in JSON: {text!r}"
        self._answer.add([delta], [self.end_ns or 0])
        self._answer.done = True
        return self._answer.excess

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
        parse_many = getattr(self._endpoint, "parse_many", None)
        if parse_many is not None:
            with contextlib.suppress(ValueError):
                found: list[Delta] = parse_many(events)
                return found
        deltas = []
        for event in events:
            try:
                deltas.append(self._endpoint.parse(event))
            except ValueError:
                deltas.append(Delta())
                shown = event[:200].decode("utf-8", "replace")
                self._malformed = self._malformed or f"an event is not JSON: {shown!r}"
        return deltas


def _unreadable(error: Exception) -> str:
    if isinstance(error, PerfbenchError):  # Of a class of the user's, and told as such.
        return str(error)
    return f"the answer could not be read: {type(error).__name__}: {error}"
