"""What ``vllm bench serve`` and SGLang's ``bench_serving`` share: the one grew from the other.

Both take their clock from when they begin to schedule until the last request is over, and keep per
request ``ttft``, ``itl``, ``latency``, ``output_len``. Their percentiles are numpy's, as ours are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perfbench.metrics import ledger
from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.definitions import METRICS, NS_TO_MS
from perfbench.reports.words.material import (
    Material,
    peak_events_per_second,
    peak_requests_per_second,
    ratio,
)
from perfbench.reports.words.term import Clock, Spread, Term

MS = "ms"


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests that a tool calls successful, and what it makes of each."""

    columns: Columns
    latency_ns: Floats
    """Send until what the tool takes for the end."""
    ends_later: str
    """Why that is not our end."""
    counted: str = ""
    """Why these are not the requests that we call successful."""

    @property
    def ttft_ms(self) -> Floats:
        """NaN of requests that were not streamed."""
        return METRICS["ttft_ms"].values(self.columns) * NS_TO_MS

    @property
    def tpot_ms(self) -> Floats:
        """``(latency - ttft) / (output_len - 1)`` of those with more than one token."""
        return _per_step(self.columns, self.latency_ns * NS_TO_MS - self.ttft_ms)

    @property
    def tpot_of_all_ms(self) -> Floats:
        """Our TPOT, but also of answers that came in one event."""
        columns = self.columns
        span = np.where(columns.stream, columns.last_ns - columns.first_ns, np.nan)
        return _per_step(columns, span * NS_TO_MS)


def until_usage(done: Columns) -> Requests:
    """The successes to a tool that takes the last event of an answer for its end."""
    return Requests(
        done,
        done.end_ns - done.sent_ns,
        ends_later="its latency ends with the last event, that of usage; ours with the last token",
    )


def clock(material: Material) -> Clock:
    """From the start of the load until the last request of any outcome is over.

    ``benchmark_start_time = time.perf_counter()`` stands before the loop that sends, and
    ``benchmark_duration`` is taken after ``asyncio.gather`` of all requests (``benchmark`` in
    ``vllm/benchmarks/serve.py`` and in ``sglang/benchmark/serving.py``).
    """
    start_ns = material.first_sent_ns if material.start_ns is None else material.start_ns
    lead = f"{material.lead_s:.3g} s before the first request was sent"
    return Clock(
        (material.last_end_ns - start_ns) / 1e9,
        f"its clock runs from the start of the load, {lead}; ours from that send",
    )


def spreads(requests: Requests, material: Material, source: str) -> dict[str, Spread]:
    """TTFT, TPOT, ITL and latency by the tool's short names."""
    counted = requests.counted
    ours = material.ours
    itl = METRICS["itl_ms"].values(requests.columns).astype(np.float64) * NS_TO_MS
    single = (
        "answers of several tokens in one event count, with no time between tokens; "
        "we say nothing of them"
    )
    return {
        "ttft": Spread(
            "ttft_ms",
            MS,
            "first chunk with output − send",
            source,
            [("", ours("ttft_ms")), (counted, requests.ttft_ms)],
        ),
        "tpot": Spread(
            "tpot_ms",
            MS,
            "(latency − TTFT) / (output tokens − 1), of requests with more than one token",
            source,
            [
                ("", ours("tpot_ms")),
                (_both(counted, single), requests.tpot_of_all_ms),
                (requests.ends_later, requests.tpot_ms),
            ],
        ),
        "itl": Spread(
            "itl_ms",
            MS,
            "gaps between chunks with output, of all requests together; a chunk may be several "
            "tokens",
            source,
            [("", ours("itl_ms")), (counted, itl)],
        ),
        "latency": Spread(
            "e2e_ms",
            MS,
            "the tool's end of the answer − send",
            source,
            [
                ("", ours("e2e_ms")),
                (counted, METRICS["e2e_ms"].values(requests.columns) * NS_TO_MS),
                (requests.ends_later, requests.latency_ns * NS_TO_MS),
            ],
        ),
    }


def peaks(done: Columns, ends_ns: Floats, source: str) -> list[Term]:
    """The fullest second: its chunks, and its requests, of which ``ends_ns`` says when the tool
    takes them to be over."""
    return [
        Term(
            "max_output_tokens_per_s",
            float(peak_events_per_second(done)),
            "chunks/s",
            "most chunks in one second of those from the first send; called tokens there",
            source,
        ),
        Term(
            "max_concurrent_requests",
            peak_requests_per_second(done, ends_ns),
            "",
            "most requests that touched one second, so those that follow each other within it "
            "count together",
            source,
        ),
    ]


def whole_as_first(of: dict[str, Spread], requests: Requests) -> dict[str, Spread]:
    """The spreads of a tool to which the latency of an answer that was not streamed is its TTFT;
    the same where any was streamed, or where no answer has tokens."""
    columns = requests.columns
    written = ~np.isnan(ledger.output_tokens(columns))
    if columns.stream.any() or not written.any():
        return of
    said = "the whole latency, as no answer was streamed; we have no TTFT of those"
    latency_ms = requests.latency_ns * NS_TO_MS
    return of | {"ttft": Spread(None, MS, said, of["ttft"].source, [("", latency_ms)])}


def by_key(terms: list[Term]) -> dict[str, float | None]:
    """Terms as the members of a flat JSON object."""
    return {term.name: term.value for term in terms}


def _per_step(columns: Columns, span: Floats) -> Floats:
    return ratio(span, ledger.output_tokens(columns) - 1)


def _both(one: str, other: str) -> str:
    return f"{one}; {other}" if one else other
