"""The figures of a point: distributions, where token counts come from, the client's audit.

Plain data, computed in ``perfbench.metrics``. Latencies are milliseconds; unknown is ``None``.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from perfbench.types.objective import Goodput, Objective
from perfbench.types.server import ServerFigures

Verdict = Literal["trusted", "strained", "saturated"]

TokenSource = Literal["usage", "tokenizer", "mixed", "unknown"]

Distribution = dict[str, float | int | None]
"""``mean std min p1 p5 p10 p25 p50 p75 p90 p95 p99 p99.9 max count``, each ``None`` if unknown.

``unsupported`` (a list, absent when empty) is kept beside the metrics, not in here.
"""


class Machine(msgspec.Struct, frozen=True):
    """One of several machines that sent a load, and its monotonic clock beside the parent's."""

    host: str
    workers: int
    clock_offset_ms: float | None
    """What its clock was ahead when the point was over: of no meaning but that stamps are put on
    the parent's clock by it. ``None`` where it could not be told."""
    clock_error_ms: float | None
    """How far its stamps may be off those of other machines. Latencies do not depend on it."""
    clock_drift_ppm: float | None
    """How much faster its clock ran than the parent's."""
    lost: str | None = None
    """What the first of its workers that died did so of."""


class ClientAudit(msgspec.Struct, frozen=True):
    """Was the client fast enough for its figures to be the server's?"""

    verdict: Verdict | None
    """``None`` where no request succeeded: there are no figures to trust."""
    reason: str
    """One sentence: what was found and what to change."""
    send_lag_ms: Distribution
    """Sent - due of open-loop requests; all ``None`` in a closed loop."""
    read_delay_ms: Distribution
    """Worst handled - received of each request."""
    cpu_s: float | None
    """CPU of the whole process tree (workers and parent) over the point, warm-up included."""
    cpu_us_per_event: float | None
    """Unknown with a warm-up, whose CPU is not told apart."""
    events: int
    workers: int
    worker_cpu_share: list[float]
    """CPU of each worker as a share of one core, over the point."""
    sched_delay_share: float | None
    """Time the busiest worker stood runnable but waiting for a core, as a share of the phase."""
    coalesced_share: float | None
    """Share of inter-token gaps that are zero because one read carried several events."""
    kernel_stamps: bool
    """Whether arrival times are the kernel's; if not they are the event loop's."""
    stall_share: float | None = None
    """Time the event loop of the worst worker stood still, as a share of the phase."""
    longest_stall_s: float | None = None
    """The longest time that it stood still."""
    restamped: int = 0
    """Requests during which the wall clock stepped: their arrival times are the event loop's."""
    steal_share: float | None = None
    """Of a virtual machine: share of all its cores that its host gave to others meanwhile."""
    machines: list[Machine] = msgspec.field(default_factory=list)
    """Those that sent, where it was not the parent's alone."""


class RequestLedger(msgspec.Struct, frozen=True):
    """Every measured request of a point accounted for, from counts kept by workers, parent and
    store apart: planned = sent + unsent + dropped, and sent = ok + failed +
    abandoned + cut + lost.

    What the driver counted is ``None`` if the run was killed in this point, or is of a version that
    did not count.
    """

    planned: int | None
    """Where only time bounds the point: what was sent."""
    sent: int | None
    unsent: int | None
    """Not sent when the point was over: time was up, or it was stopped."""
    dropped: int | None
    """Left out: turns of conversations that had ended before them, or by a policy that the user
    named (``--drop-late``)."""
    ok: int
    failed: dict[str, int]
    """Every way to fail with its count, zeros included, but for those that were cut."""
    cut: int
    """Cancelled by us: by Ctrl-C, or after the grace."""
    lost: int | None
    """Sent, and not in the store: what a worker that died had in hand. Anything but 0 is the first
    thing to be said of a point."""
    resends: int | None
    """Times a request was sent again, because its connection had been closed before the request
    can have been read."""
    warmup_sent: int | None = None
    warmup_lost: int | None = None
    """Of the warm-up and the cool-down."""
    late: int | None = None
    """Of an open loop: sent more than a millisecond after they were due; how late says
    ``client.send_lag_ms``."""
    cooldown_sent: int | None = None
    abandoned: int = 0
    """Closed by the client amid the answer, as planned."""

    @property
    def balanced(self) -> bool | None:
        """Whether the two sums hold and nothing is lost; ``None`` if that is not known."""
        if self.planned is None or self.sent is None:
            return None
        ended = self.ok + sum(self.failed.values()) + self.abandoned + self.cut
        as_planned = self.sent + (self.unsent or 0) + (self.dropped or 0)
        return self.planned == as_planned and self.sent == ended and not self.warmup_lost


class TokenLedger(msgspec.Struct, frozen=True):
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
    cached_share: float | None = None
    """Cached input tokens / input tokens, of the requests for which the service states both."""
    input_mismatched: int | None = None
    """Requests whose prompt is of another length by ``usage`` than by our tokenizer; ``None``
    unless both are known."""
    input_ratio: float | None = None
    """Median of ``usage`` / tokenizer over the lengths of prompts."""
    output_ratio: float | None = None
    """Median of ``usage`` / tokenizer over the lengths of answers."""


class Steady(msgspec.Struct, frozen=True):
    """What is known of the plateau of a point beside its window and rates."""

    requests: int
    """Requests sent in it that ended ``ok``: those of ``metrics``; 0 where there is none."""
    metrics: dict[str, Distribution]
    """Of these requests; empty where there is no plateau."""
    growing: bool | None
    """Whether the queue was still growing: more load than the service carries. ``None`` in a closed
    loop, and where it cannot be told."""
    reason: str
    """Why there is no plateau, or that the queue grew, in a sentence or two; else empty."""


class TurnFigures(msgspec.Struct, frozen=True):
    """The figures of one turn of all conversations, or of several turns together."""

    turn: str
    """``first``, ``later``, or its place from 1."""
    requests: int
    completed: int
    failed: int
    abandoned: int
    metrics: dict[str, Distribution]
    """TTFT, TPOT, E2E, input, cached and output tokens, named as those of the point."""
    cached_share: float | None
    """Cached input tokens / input tokens, of the requests for which the service states both."""


class ConversationFigures(msgspec.Struct, frozen=True):
    """The figures of a point's conversations; those with a measured turn.

    begun = completed + failed + abandoned + cut.
    """

    begun: int
    completed: int
    """Every turn that was planned has its answer."""
    failed: int
    """Ended by a turn that failed."""
    abandoned: int
    """Ended by a turn that was abandoned."""
    cut: int
    """Not over when the point was."""
    turns: Distribution
    """Turns asked in each."""
    duration_s: Distribution
    """First send to last end, thinking included."""
    tokens: Distribution
    """Read and written over all turns of each; of those where all is known."""
    first: TurnFigures
    later: TurnFigures
    """All turns but the first."""
    by_turn: list[TurnFigures]
    inputs_checked: int = 0
    """Later turns whose input, and all counts of the turn before, the service states."""
    inputs_short: int | None = None
    """Of these, those that read less than the turn before had read and answered: part of the
    conversation is missing, or the service cut its context."""


class Slice(msgspec.Struct, frozen=True):
    """The figures of a part of a point's requests: those of one model, for example."""

    name: str
    sent: int
    completed: int
    failed: int
    request_throughput_rps: float | None
    """Completed over the time of the whole point, so that the parts add up."""
    output_throughput_tok_s: float | None
    metrics: dict[str, Distribution]
    """``ttft_ms``, ``tpot_ms``, ``e2e_ms``."""
    unsupported: list[str]
    """Percentiles that so few requests cannot support."""
    errors: dict[str, int] = msgspec.field(default_factory=dict)
    """Outcomes of requests that did not end ``ok``, with their counts; no zeros."""


class Summary(msgspec.Struct, frozen=True):
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
    trace_speed: float | None = None
    """How many times as fast as recorded a trace was replayed; ``None`` where there was none."""
    models: list[Slice] | None = None
    """By model, where the run asked several."""
    urls: list[Slice] | None = None
    """By URL, where the run has several; in the order in which they were given."""
    interrupted: bool = False
    """Ended by Ctrl-C, a kill or an error before its plan was done."""
    cut_at_end: int = 0
    """Streams cancelled after ``grace_s``: they are in ``errors.cancelled`` too."""
    drained: int = 0
    """Streams in flight when ``duration_s`` ended that were let finish."""
    ledger: RequestLedger | None = None
    """``None`` in summaries of versions that kept none."""
    sent_rate_rps: float | None = None
    """(Sent - 1) / (last send - first send); ``None`` for a single request."""
    mean_in_flight: float | None = None
    """Requests in flight, averaged over time from first send to last end."""
    shape: str | None = None
    """How the load changed over the point, as stages in words; ``None`` if it did not."""
    cooldown: int = 0
    steady: Steady | None = None
    """``None`` in summaries of versions that did not look."""
    abandoned: int = 0
    """Measured requests that the client gave up as planned (``--cancel-rate``): neither completed
    nor failed, and in no figure of latency, rate or tokens."""
    conversations: ConversationFigures | None = None
    """``None`` where requests stand alone."""
    repeat: int | None = None
    """Which time this load was run, from 1; ``None`` if it was run once."""
    intervals: dict[str, tuple[float, float]] | None = None
    """95 % intervals by figure (``ttft_ms.p99``, ``request_throughput_rps``), of those that enough
    requests know; ``None`` if they were not asked for."""
    ended_early: str | None = None
    """Why it was ended before its plan by what was found, not by a user or an error."""
    objectives: list[Objective] | None = None
    """``None`` where there are none."""
    goodput: Goodput | None = None
    """``None`` where requests have no limits."""
    set_aside: int = 0
    """Requests of attempts at this point that were cut, so that it was run again whole: they are in
    the store, and in no figure."""
    server: ServerFigures | None = None
    """What the service said of itself; ``None`` where it said nothing, or was not asked."""


class Repeated(msgspec.Struct, frozen=True):
    """One figure over the repeats of a load."""

    mean: float
    std: float | None
    """Spread between runs: standard deviation of a single run (divided by n - 1)."""
    low: float | None
    """Lower end of the 95 % interval of the mean, by Student's t over runs."""
    high: float | None
    runs: int
    """Repeats that know the figure; one tells nothing of their spread."""


class RepeatedLoad(msgspec.Struct, frozen=True):
    """A load that was run several times."""

    name: str
    """Of its points, without the number of the repeat."""
    points: tuple[str, ...]
    figures: dict[str, Repeated]
    """By figure (``ttft_ms.p99``, ``request_throughput_rps``)."""
