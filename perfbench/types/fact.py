"""What came of a request: the deltas a server sent and the record of one finished request.

Knows no schedule, no statistics and no display. Instants are absolute monotonic nanoseconds.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Literal

import msgspec

Outcome = Literal[
    "ok",
    "connect",
    "timeout",
    "http_4xx",
    "http_5xx",
    "in_band_error",
    "truncated",
    "empty",
    "protocol",
    "cancelled",
    "abandoned",
]
"""How a request ended; exactly one of these. Only ``ok`` requests enter latency figures.

``abandoned``: the client closed the connection amid the answer, as planned (``--cancel-rate``);
neither a success nor a failure."""

FAILURES: tuple[Outcome, ...] = (
    "connect",
    "timeout",
    "http_4xx",
    "http_5xx",
    "in_band_error",
    "truncated",
    "empty",
    "protocol",
    "cancelled",
)
"""Every outcome but ``ok`` and ``abandoned``, in the order reports list them."""

Phase = Literal["warmup", "measure", "cooldown"]
PHASES: tuple[Phase, ...] = ("warmup", "measure", "cooldown")


class Usage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Token counts as the server states them."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Delta(msgspec.Struct, gc=False):
    """What one event (or one whole non-streamed body) said."""

    text: str = ""
    reasoning: str = ""
    tool_calls: list[dict[str, Any]] | None = None
    """Fragments in the OpenAI shape: index, id, function.name, function.arguments. One without an
    index is a call in one piece."""
    finish: str | None = None
    usage: Usage | None = None
    error: str | None = None
    response_id: str | None = None
    tokens: int | None = None
    """Tokens this event carries, when the server says so."""
    choice: int = 0
    """Index of the choice the text belongs to (``n`` > 1)."""
    more: list[Delta] | None = None
    """What the same event said of further choices: their text, reasoning, tool calls, finish."""
    usage_apart: bool = False
    """``usage`` stands beside no choice of its own: the event has none, or several."""
    so_far: bool = False
    """``text`` and ``reasoning`` may be all there is so far of this choice, not what is new: the
    events of a stream, held against each other, tell which (``client.growth``)."""
    result: bool = False
    """What was asked for is there, though it is no token: vectors, scores."""
    results: int = 0
    """How many of them, where each can be told from the others; 0: that is not known."""
    done: bool = False
    """The answer is over: nothing more is said of it."""

    @property
    def token_bearing(self) -> bool:
        """Whether text, reasoning or tool-call content is present; anything else stamps nothing."""
        if self.text or self.reasoning or self.tool_calls:
            return True
        return self.more is not None and any(each.token_bearing for each in self.more)


class Record(msgspec.Struct, array_like=True, gc=False, kw_only=True):
    """The raw facts of one finished request. All instants are absolute monotonic ns.

    ``first_ns`` and ``gaps`` together are the stamps of the token-bearing events; they are kept
    as unsigned little-endian gaps so that an event costs 4 bytes (8 when a gap exceeds 4.29 s).
    """

    seq: int
    sample_id: str
    repeat: int = 0
    phase: Phase = "measure"
    worker: int = 0
    stream: bool = True
    due_ns: int | None = None
    """Planned arrival; ``None`` in a closed loop."""
    sent_ns: int | None = None
    """Immediately before the first byte went to the kernel; ``None`` if nothing was sent."""
    headers_ns: int | None = None
    first_ns: int | None = None
    """First token-bearing event."""
    first_content_ns: int | None = None
    """First token-bearing event that is not reasoning."""
    gaps: bytes = b""
    """Gaps between consecutive token-bearing events: uint32 or uint64, see ``gap_width``."""
    gap_width: int = 4
    event_tokens: bytes | None = None
    """uint16 tokens of each token-bearing event, when the server says so for every one of them."""
    end_ns: int | None = None
    """Last byte of the response, or the instant of the failure."""
    read_delay_ns: int | None = None
    """Worst (handled - received) over the reads of this request: the client's own lateness."""
    connect_ns: int | None = None
    """Time to connect (TCP, the tunnel of a proxy, TLS) if this request had to; ``None`` on a warm
    connection."""
    reused: bool = False
    status: int | None = None
    outcome: Outcome = "ok"
    detail: str = ""
    """Why it failed: at most 2 kB of the server's or the system's own words."""
    text: str = ""
    reasoning: str = ""
    tool_calls: list[dict[str, Any]] | None = None
    finish: str | None = None
    usage: Usage | None = None
    response_id: str | None = None
    input_tokens: int | None = None
    """Prompt length the workload's tokenizer counted (not the server's ``usage``)."""
    more_texts: list[str] | None = None
    """Texts of the choices after the first (``n`` > 1)."""
    resends: int = 0
    """How often it was sent again, because its connection had been closed before the request can
    have been read."""
    restamped: bool = False
    """The wall clock stepped while it ran: the stamps concerned are the event loop's."""
    conversation: str | None = None
    """Conversation that it was a turn of."""
    turn: int = 0
    """Its place in the conversation, from 0."""
    model: str | None = None
    """Model or adapter that was asked, where the run asks several."""
    url: int | None = None
    """Which of the run's URLs was asked, where there are several."""
    turns: int = 0
    """Turns planned in its conversation; 0 where it stands alone."""

    @property
    def answered(self) -> bool:
        """Whether the service gave its answer; see :func:`is_answer`."""
        return is_answer(self.outcome, self.finish)

    @property
    def events(self) -> int:
        """Number of token-bearing events."""
        return 0 if self.first_ns is None else 1 + len(self.gaps) // self.gap_width

    @property
    def event_ns(self) -> list[int]:
        """Absolute stamps of the token-bearing events."""
        if self.first_ns is None:
            return []
        return list(accumulate(unpack_gaps(self.gaps, self.gap_width), initial=self.first_ns))


def is_answer(outcome: Outcome, finish: str | None) -> bool:
    """Whether a request that ended so has an answer: a whole one, or one that the service finished
    in due form without a word. To ask again would bring no other."""
    return outcome == "ok" or (outcome == "empty" and finish is not None)


_STAMPS = ("due_ns", "sent_ns", "headers_ns", "first_ns", "first_content_ns", "end_ns")


def on_clock(record: Record, offset_ns: int) -> Record:
    """The record with its stamps on a clock that is ahead of its own by ``offset_ns``."""
    stamps = {name: getattr(record, name) for name in _STAMPS}
    moved = {name: stamp + offset_ns for name, stamp in stamps.items() if stamp is not None}
    return msgspec.structs.replace(record, **moved)


def pack_gaps(gaps: Sequence[int]) -> tuple[bytes, int]:
    """Pack non-negative gaps (ns) as little-endian uint32, or uint64 if one needs it.

    Returns the bytes and the width of one gap in bytes.
    """
    width = 8 if gaps and max(gaps) >= 1 << 32 else 4
    packed = array("Q" if width == 8 else "I", gaps)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes(), width


def unpack_gaps(packed: bytes, width: int) -> array[int]:
    """The inverse of :func:`pack_gaps`."""
    gaps = array("Q" if width == 8 else "I", packed)
    if sys.byteorder == "big":
        gaps.byteswap()
    return gaps
