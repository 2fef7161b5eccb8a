"""The nouns every layer shares. Knows nothing of sockets, disks, statistics or displays.

Instants are integer nanoseconds of one monotonic clock (``time.perf_counter_ns``), names end in
``_ns``; durations given by people are seconds (``_s``); milliseconds appear only in summaries.
Absent is ``None``, never 0 or -1.

Nouns that are built once per event or cross a process boundary (``Request``, ``Delta``,
``Record``) are msgspec structs: frozen like the dataclasses, but cheap to build and to encode.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal, Protocol

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
]
"""How a request ended; exactly one of these. Only ``ok`` requests enter latency figures."""

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
"""Every outcome but ``ok``, in the order reports list them."""

Phase = Literal["warmup", "measure"]
Arrival = Literal["constant", "poisson", "gamma"]
Verdict = Literal["trusted", "strained", "saturated"]
TokenSource = Literal["usage", "tokenizer", "mixed", "unknown"]

Message = dict[str, Any]
Input = str | list[Message] | list[int] | dict[str, Any]
"""What is asked: text, chat messages, token ids, or a whole request body."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing to ask, as a workload yields it."""

    id: str
    input: Input
    target: str | list[str] | None = None
    choices: tuple[str, ...] = ()
    max_tokens: int | None = None
    """Output length wanted for this sample; ``None`` leaves it to the settings."""
    input_tokens: int | None = None
    """Prompt tokens the server is expected to count (chat template and BOS included where the
    tokenizer knows them); ``None`` if unknown."""
    offset_s: float | None = None
    """Arrival time from the start of the run (traces only)."""
    group: str | None = None
    turn: int = 0
    meta: Mapping[str, Any] = field(default_factory=dict)


class Request(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One HTTP request, ready to send."""

    seq: int
    """Position in the point's plan, from 0."""
    sample_id: str
    phase: Phase
    body: bytes
    path: str
    """Request target: path and query."""
    stream: bool = True
    due_ns: int | None = None
    """Planned arrival, in ns after the start of the point; ``None`` in a closed loop."""
    repeat: int = 0
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    """Headers beyond the target's own."""
    input_tokens: int | None = None
    """Prompt length the workload's tokenizer counted."""


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
    """Fragments in the OpenAI shape: index, id, function.name, function.arguments."""
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
    """Time to connect (TCP and TLS) if this request had to; ``None`` on a warm connection."""
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


@dataclass(frozen=True, slots=True)
class Point:
    """One cell of a sweep: a load shape and how long it is held."""

    index: int
    name: str
    """For example ``parallel_10_number_1000`` or ``rate_5_number_200``."""
    parallel: int | None
    """Requests in flight (closed loop), or the cap on them (open loop); ``None`` = no cap."""
    rate: float | None
    """Planned arrivals per second; ``None`` in a closed loop."""
    number: int | None
    """Measured requests planned; ``None`` when only ``duration_s`` bounds the point."""
    duration_s: float | None = None
    warmup: int = 0
    """Requests sent before the measured ones, never part of the figures."""
    arrival: Arrival = "poisson"
    burstiness: float = 1.0
    """Shape of the gamma arrivals: 1 is Poisson, below 1 is burstier."""
    seed: int = 0
    grace_s: float | None = None
    """How long streams in flight may go on after ``duration_s``; ``None`` = until they finish."""
    input_length: int | None = None
    """Prompt length of this point, for workloads that sweep it (``speed_benchmark``)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Counters of a running point, sent to displays and sinks about twice a second."""

    point: Point
    elapsed_s: float
    planned: int | None
    """Requests that will be sent, warm-up included; ``None`` if only time bounds the point."""
    sent: int
    done: int
    """Finished requests, whatever their outcome."""
    in_flight: int
    failed: Mapping[str, int]
    """Failures so far by outcome; outcomes that did not occur are absent."""
    events: int
    """Token-bearing events of finished requests so far."""
    output_tokens: int | None
    """Output tokens of finished requests so far, by ``usage``; ``None`` if it is missing."""
    request_rate_rps: float | None
    """Successes per second over the last few seconds."""
    event_rate_eps: float | None
    """Token-bearing events per second over the last few seconds."""
    ttft_ms: float | None
    """Mean over the requests finished so far."""
    tpot_ms: float | None
    """Mean over the requests finished so far."""
    eta_s: float | None
    phase: Phase = "measure"


Distribution = dict[str, float | int | None]
"""``mean std min p1 p5 p10 p25 p50 p75 p90 p95 p99 p99.9 max count``, each ``None`` if unknown.

``unsupported`` (a list, absent when empty) is kept beside the metrics, not in here.
"""


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """What one worker process cost over the measured phase of a point."""

    worker: int
    wall_s: float
    cpu_s: float
    sched_delay_s: float | None
    """Runnable but waiting for a core (``/proc/self/schedstat``); ``None`` where unknown."""
    kernel_stamps: bool
    died: bool = False
    """The process ended before its plan was done; its finished records are kept."""
    why: str | None = None
    """What it died of, in a line."""


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What the driver knows of a point beyond its records. Stored with the point."""

    workers: list[WorkerFacts]
    parent_cpu_s: float | None
    """CPU of the parent process over the measured phase."""
    interrupted: bool = False
    cut_at_end: int = 0
    """Streams cancelled when ``grace_s`` had passed."""
    drained: int = 0
    """Streams in flight when ``duration_s`` ended that were let finish."""
    unsent: int = 0
    """Planned arrivals that had found no slot when ``duration_s`` ended, and were not sent."""


@dataclass(frozen=True, slots=True)
class ClientAudit:
    """Was the client fast enough for its figures to be the server's?"""

    verdict: Verdict
    reason: str
    """One sentence: what was found and what to change."""
    send_lag_ms: Distribution
    """Sent - due of open-loop requests; all ``None`` in a closed loop."""
    read_delay_ms: Distribution
    """Worst handled - received of each request."""
    cpu_s: float | None
    """CPU of the whole process tree (workers and parent) over the measured phase."""
    cpu_us_per_event: float | None
    events: int
    workers: int
    worker_cpu_share: list[float]
    """CPU of each worker as a share of one core, over the measured phase."""
    sched_delay_share: float | None
    """Time the busiest worker stood runnable but waiting for a core, as a share of the phase."""
    coalesced_share: float | None
    """Share of inter-token gaps that are zero only because one read carried several events."""
    kernel_stamps: bool
    """Whether arrival times are the kernel's; if not they are the event loop's."""


@dataclass(frozen=True, slots=True)
class TokenLedger:
    """Where token counts come from, and where sources disagree."""

    source: TokenSource
    """Of output tokens: ``mixed`` when some have ``usage`` and others needed the tokenizer."""
    from_usage: int = 0
    from_tokenizer: int = 0
    unknown: int = 0
    mismatched: int | None = None
    """Requests whose ``usage`` and tokenizer differ; ``None`` unless both are known."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one point, recomputable from its records at any time. Serialised as is."""

    name: str
    parallel: int | None
    rate: float | None
    number: int | None
    completed: int
    """Measured requests that ended ``ok``."""
    failed: int
    errors: dict[str, int]
    """Every failure outcome with its count, zeros included."""
    error_examples: dict[str, str]
    """One ``detail`` for each outcome that occurred."""
    duration_s: float | None
    """First send to last end over the measured phase."""
    request_throughput_rps: float | None
    output_throughput_tok_s: float | None
    total_throughput_tok_s: float | None
    steady_state: dict[str, float | None]
    """``start_s, end_s, request_throughput_rps, output_throughput_tok_s`` of the plateau."""
    metrics: dict[str, Distribution]
    unsupported: dict[str, list[str]]
    """Percentiles the sample cannot support, by metric (p99 of 20 requests)."""
    tokens: TokenLedger
    client: ClientAudit
    arrival: str | None = None
    warmup: int = 0
    input_length: int | None = None
    interrupted: bool = False
    """Ended by Ctrl-C, a kill or an error before its plan was done."""
    cut_at_end: int = 0
    """Streams cancelled after ``grace_s``: they are in ``errors.cancelled`` too."""
    drained: int = 0
    """Streams in flight when ``duration_s`` ended that were let finish."""


Unscored = Literal["request_failed", "cut_off", "no_answer", "no_reference"]
"""Why a sample has no score: no complete answer came, it ended at the token limit before an answer
was given, nothing in it could be extracted, or the data set has no right answer to compare it with.
None of these is a wrong answer."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What an extractor found in a model's text."""

    answer: str | None
    """The answer in the extractor's canonical form; ``None`` if there is none."""
    marked: bool = False
    """Given as the final answer in so many words (boxed, ``#### N``, "the answer is"), and so to be
    believed even in a text that was cut off."""
    how: str = ""
    """Which rule found it."""


@dataclass(frozen=True, slots=True)
class Score:
    """The verdict on one answer."""

    value: float | None
    """1 right, 0 wrong, or between; ``None`` = unscored, which is not wrong."""
    answer: str | None = None
    """What was extracted."""
    unscored: Unscored | None = None
    """Set exactly when ``value`` is ``None``."""
    why: str = ""
    scorer: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Further figures of the same answer (``rouge_1_f``, ``bleu_4``), by name."""


class Observer(Protocol):
    """What displays and sinks implement. Called from the parent process, never a worker.

    Calls must return quickly: a slow consumer keeps its own queue. ``run`` is the path of the
    results folder.
    """

    def run_started(self, run: str, config: Mapping[str, Any], points: Sequence[Point]) -> None: ...

    def point_started(self, point: Point) -> None: ...

    def progress(self, progress: Progress) -> None: ...

    def point_finished(self, point: Point, summary: Summary) -> None: ...

    def note(self, text: str) -> None:
        """Something the user should know: a warning, a fallback, a repeated data set."""
        ...

    def run_finished(self, summaries: Sequence[Summary]) -> None:
        """After reports are written, so that they can be uploaded."""
        ...


class Workload(Protocol):
    """Yields the samples of a point, in order, the same ones for the same seed.

    A workload may end early (its data set is exhausted); the caller then repeats it and says so.
    """

    def samples(self, point: Point) -> Iterator[Sample]: ...


class Endpoint(Protocol):
    """How one API is spoken. Pure: bytes in, bytes out, no sockets."""

    name: str

    def path(self) -> str:
        """Request target, joined to the base URL's own path."""
        ...

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request."""
        ...

    def parse(self, data: bytes) -> Delta:
        """One SSE event's data, or a whole non-streamed body. Raises ``ValueError`` on nonsense."""
        ...

    def parse_many(self, events: Sequence[bytes]) -> list[Delta]:
        """The same for many events at once: what ``[parse(e) for e in events]`` gives.

        Raises ``ValueError`` if any of them is nonsense; the caller then parses one by one.
        """
        ...
