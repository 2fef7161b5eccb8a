"""The metrics of a request: one function per metric, and the table that names them.

To add a metric, write its function and add one row to :data:`METRICS`: ``summary.json``, tables,
reports, exports and docs/metrics.md (by ``scripts/docs``) follow. Each function takes the
columns of ``ok`` requests and returns float values, NaN where the metric is undefined; those in
time return nanoseconds, which the row scales to its unit. Most return one
value per request; those that pool gaps return one per gap or per token.

A request that was not streamed has no stamp but that of its whole response, so its latency is the
time from send to the last byte of the body, and it has no TTFT, TPOT or ITL. A streamed request
ends, for these figures, at its last token-bearing event: a server's trailing ``usage`` event and
``[DONE]`` are not the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics import ledger
from perfbench.metrics.columns import Bools, Columns, Floats

NS_TO_MS = 1e-6


def ttft(columns: Columns) -> Floats:
    """First token-bearing event - sent."""
    return _streamed(columns, columns.first_ns - columns.sent_ns)


def ttfo(columns: Columns) -> Floats:
    """First token-bearing event that is not reasoning - sent."""
    return _streamed(columns, columns.first_content_ns - columns.sent_ns)


def tpot(columns: Columns) -> Floats:
    """(Last event - first event) / (output tokens - 1).

    Undefined for a single output token, and for an answer that came in a single event: no time
    between tokens was seen.
    """
    steps = ledger.output_tokens(columns) - 1
    seen = (steps > 0) & (columns.events > 1)
    span = _streamed(columns, columns.last_ns - columns.first_ns)
    return _ratio(span, steps, seen)


def itl(columns: Columns) -> NDArray[np.float32]:
    """Gaps between consecutive token-bearing events, pooled over requests."""
    if columns.stream.all():
        return columns.gaps
    return columns.select(columns.stream).gaps


def itl_per_token(columns: Columns) -> NDArray[np.float32]:
    """Gap / k where the event that ends the gap carries k tokens, once for each of the k tokens.

    Only requests whose server said so for every event have it. Each token counts once, so the mean
    is time per token, as TPOT's is. The gap before an event that completes no token belongs to the
    next one that does.
    """
    counted = columns.select(columns.stream & (np.diff(columns.token_offsets) > 0))
    gap_counts = np.diff(counted.gap_offsets)
    is_first = np.zeros(len(counted.event_tokens), dtype=np.bool_)
    is_first[counted.token_offsets[:-1]] = True
    tokens = counted.event_tokens[~is_first]
    gaps = counted.gaps
    if not tokens.all():
        gaps, tokens = _merge_tokenless(gaps, tokens, gap_counts)
    return np.repeat(gaps / tokens, tokens)


def e2e(columns: Columns) -> Floats:
    """Last token-bearing event - sent; end of the response - sent if it was not streamed."""
    latency: Floats = _finished_ns(columns) - columns.sent_ns
    return latency


def schedule_latency(columns: Columns) -> Floats:
    """As ``e2e``, but from the planned arrival, so with queueing in the client. Open loop only."""
    return _finished_ns(columns) - columns.due_ns


def schedule_ttft(columns: Columns) -> Floats:
    """As ``ttft``, but from the planned arrival. Open loop only."""
    return _streamed(columns, columns.first_ns - columns.due_ns)


def connect(columns: Columns) -> Floats:
    """Time to connect (name, TCP, tunnel, TLS), of the requests that had to; never part of TTFT."""
    return columns.connect_ns


def output_rate(columns: Columns) -> Floats:
    """Output tokens per second of one request's ``e2e``: what its user sees, waiting included."""
    seconds = e2e(columns) / 1e9
    return _ratio(ledger.output_tokens(columns), seconds, seconds > 0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: how it is computed, and all that tables, reports and documents say of it."""

    values: Callable[[Columns], NDArray[Any]]
    title: str
    unit: str
    meaning: str
    """What it is, in one line."""
    defined: str
    """Of which requests."""
    scale: float = 1.0
    """From the unit of ``values`` to ``unit``."""
    pooled: bool = False
    """Not one value for each request: gaps or tokens of all requests together."""
    charted: bool = False
    """Whether it is a latency that tables of a sweep and charts show."""
    asked: bool = False
    """Whether it is one of the user's, who is shown it at once."""


METRICS: dict[str, Metric] = {
    "ttft_ms": Metric(
        ttft,
        "TTFT",
        "ms",
        "time to first token: first token-bearing event − sent",
        "streamed",
        scale=NS_TO_MS,
        charted=True,
    ),
    "ttfo_ms": Metric(
        ttfo,
        "TTFO",
        "ms",
        "time to first output token: as TTFT, reasoning left out",
        "streamed",
        scale=NS_TO_MS,
    ),
    "tpot_ms": Metric(
        tpot,
        "TPOT",
        "ms",
        "time per output token: (last − first event) / (output tokens − 1)",
        "streamed, more than 1 output token known, two events or more",
        scale=NS_TO_MS,
        charted=True,
    ),
    "itl_ms": Metric(
        itl,
        "ITL",
        "ms",
        "inter-token latency: gaps between token-bearing events, pooled over requests",
        "streamed, two events or more",
        scale=NS_TO_MS,
        pooled=True,
        charted=True,
    ),
    "itl_token_ms": Metric(
        itl_per_token,
        "ITL per token",
        "ms",
        "ITL of events that carry several tokens: gap / tokens",
        "streamed, and the server states the tokens of every event",
        scale=NS_TO_MS,
        pooled=True,
    ),
    "e2e_ms": Metric(
        e2e,
        "E2E",
        "ms",
        "end-to-end latency: last token-bearing event − sent",
        "always",
        scale=NS_TO_MS,
        charted=True,
    ),
    "schedule_ttft_ms": Metric(
        schedule_ttft,
        "Schedule TTFT",
        "ms",
        "as TTFT, but from the planned arrival",
        "open loop, streamed",
        scale=NS_TO_MS,
        charted=True,
    ),
    "schedule_latency_ms": Metric(
        schedule_latency,
        "Schedule latency",
        "ms",
        "as E2E, but from the planned arrival",
        "open loop",
        scale=NS_TO_MS,
        charted=True,
    ),
    "connect_ms": Metric(
        connect,
        "Connect",
        "ms",
        "name look-up, TCP, a proxy's tunnel and TLS; never part of TTFT",
        "the request had to connect",
        scale=NS_TO_MS,
    ),
    "input_tokens": Metric(
        ledger.input_tokens,
        "Input",
        "tokens",
        "prompt tokens of a request",
        "known",
    ),
    "cached_tokens": Metric(
        ledger.cached_tokens,
        "Cached",
        "tokens",
        "prompt tokens of a request that the service's prefix cache held",
        "stated by the service",
    ),
    "output_tokens": Metric(
        ledger.output_tokens,
        "Output",
        "tokens",
        "output tokens of a request",
        "known",
    ),
    "output_tok_s": Metric(
        output_rate,
        "Output rate",
        "tok/s",
        "output tokens / E2E of a request",
        "known",
    ),
}
"""Name in ``summary.json`` -> metric, in the order in which reports list them."""


_RATES = {"request_throughput_rps": "requests/s", "output_throughput_tok_s": "output tok/s"}


def figure_title(name: str) -> str:
    """A figure as tables call it: ``TTFT p99 (ms)`` for ``ttft_ms.p99``."""
    metric, _, statistic = name.partition(".")
    if metric not in METRICS:
        return _RATES[name]
    return f"{METRICS[metric].title} {statistic} ({METRICS[metric].unit})"


def _streamed(columns: Columns, values: Floats) -> Floats:
    return np.where(columns.stream, values, np.nan)


def _ratio(over: Floats, under: Floats, defined: Bools) -> Floats:
    ratio = np.full(len(over), np.nan)
    np.divide(over, under, out=ratio, where=defined)
    return ratio


def _finished_ns(columns: Columns) -> Floats:
    return np.where(columns.stream, columns.last_ns, columns.end_ns)


def _merge_tokenless(
    gaps: NDArray[np.float32], tokens: NDArray[np.uint16], gap_counts: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
    """Add the gap before each event of 0 tokens to the next gap of the same request, if any."""
    elapsed = np.cumsum(gaps, dtype=np.float64)
    request = np.repeat(np.arange(len(gap_counts)), gap_counts)
    before = np.concatenate(([0.0], elapsed))[np.cumsum(gap_counts) - gap_counts]
    kept = tokens > 0
    elapsed, request = elapsed[kept], request[kept]
    opens = np.diff(request, prepend=-1) != 0
    previous = np.where(opens, before[request], np.concatenate(([0.0], elapsed))[:-1])
    return (elapsed - previous).astype(np.float32), tokens[kept]
