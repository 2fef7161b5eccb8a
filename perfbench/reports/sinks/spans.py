"""A run as OpenTelemetry's traces: a span for each request, in the trace of its point or subtask.

Reads the store of a run that is over. Owns the attributes of GenAI's semantic conventions and how
what a record holds is said in them; knows no exporter. Prompts and answers are not sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from perfbench import __version__
from perfbench.reports.sinks.child import FOLDER
from perfbench.store import Run, open_run
from perfbench.types import Point, Record, RunStarted, on_clock

MAX_SPANS = 10_000
"""Unless more are asked for: a thousand take about a second, and a run waits a minute."""
_BATCH = 512

_PROVIDERS = {
    "anthropic": "anthropic",
    "gemini": "gcp.gemini",
    **dict.fromkeys(("openai", "openai_chat", "completions", "openai_completions"), "openai"),
    "responses": "openai",
}
"""``gen_ai.provider.name`` by ``--api``, where it is another."""
_OPERATIONS = {
    **dict.fromkeys(("completions", "openai_completions", "vllm"), "text_completion"),
    **dict.fromkeys(("tgi", "sglang", "triton", "ollama_generate"), "text_completion"),
    **dict.fromkeys(("embeddings", "embedding"), "embeddings"),
    "rerank": "rerank",
    "gemini": "generate_content",
}
"""``gen_ai.operation.name`` by ``--api``; it is a chat elsewhere."""

_SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
_FIRST = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10]
_TOKENS = [4**power for power in range(14)]
"""Bounds of histograms that the conventions advise."""


class Spans:
    """The requests of one run, as spans and in GenAI's histograms."""

    def __init__(self, started: RunStarted, resource: Resource) -> None:
        self._path = Path(started.path)
        # Of a run that is continued, this sink may have told what was asked before, or not: it was
        # not asked for then, or did not come to it. The file says until when it has.
        self._told = self._path / FOLDER / "otel.told"
        self._since_ns = int(self._told.read_text()) if self._told.exists() else 0
        config = started.config
        self._subtasks = {each.name: each for each in started.subtasks}
        api = str(config.get("api") or "openai")
        self._operation = _OPERATIONS.get(api, "chat")
        self._common = {
            "gen_ai.operation.name": self._operation,
            "gen_ai.provider.name": _PROVIDERS.get(api, api),
        }
        self._model, self._url = config.get("model"), config.get("url")
        # A batch processor drops what comes faster than it sends.
        self._ended = InMemorySpanExporter()
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._ended))
        self._tracer = provider.get_tracer("perfbench", __version__)

    def send(self, meter: Any, take: Callable[[Sequence[ReadableSpan]], None], most: int) -> str:
        """Put every request into histograms of ``meter``, and the first ``most`` into spans.

        Args:
            take: gets some ended spans at a time.

        Returns:
            How many requests have spans, in words.
        """
        histograms = _Histograms(meter)
        requests = sent = 0
        with open_run(self._path) as run:
            for point in run.points():
                root: Any = None
                last_ns = 0
                for record in self._untold(run, point):
                    root = root or self._begin(run, point, record)
                    requests, last_ns = requests + 1, max(last_ns, record.end_ns or 0)
                    attributes = self._attributes(point, record)
                    if record.phase == "measure":
                        histograms.take(record, attributes)
                    if sent < most:
                        sent += 1
                        self._span(root, record, attributes)
                    if requests % _BATCH == 0:
                        self._hand_over(take)
                if root is not None:
                    root.end(last_ns)
                    self._hand_over(take)
        self._told.write_text(f"{time.time_ns()}\n")
        return f"{sent:,} of {requests:,} requests have spans"

    def _untold(self, run: Run, point: Point) -> Iterator[Record]:
        """The requests that were not told before, with wall times as stamps."""
        to_wall_ns = run.to_wall_ns(point)
        for record in run.records(point):
            at_wall = on_clock(record, to_wall_ns)
            begun_ns = _begun_ns(at_wall)
            if begun_ns is None or record.end_ns is None:
                continue
            if begun_ns >= self._since_ns:
                yield at_wall

    def _span(self, root: Any, record: Record, attributes: dict[str, str | int]) -> None:
        model = attributes.get("gen_ai.request.model")
        span = self._tracer.start_span(
            f"{self._operation} {model}" if model else self._operation,
            set_span_in_context(root),
            SpanKind.CLIENT,
            {**attributes, **_told(record)},
            start_time=_begun_ns(record),
        )
        if record.first_ns is not None and record.stream:
            span.add_event("first token", timestamp=record.first_ns)
        if _failed(record):
            span.set_status(Status(StatusCode.ERROR, record.detail or None))
        span.end(record.end_ns)

    def _hand_over(self, take: Callable[[Sequence[ReadableSpan]], None]) -> None:
        if spans := self._ended.get_finished_spans():
            take(spans)
            self._ended.clear()

    def _begin(self, run: Run, point: Point, first: Record) -> Any:
        """The span of a point, under which those of its requests are."""
        facts = run.facts(point)
        start_ns = _begun_ns(first)
        if facts is not None and facts.start_ns is not None:
            start_ns = facts.start_ns + run.to_wall_ns(point)
        load = {"parallel": point.parallel, "rate_rps": point.rate}
        known = {f"perfbench.{name}": value for name, value in load.items() if value is not None}
        return self._tracer.start_span(point.name, start_time=start_ns, attributes=known)

    def _attributes(self, point: Point, record: Record) -> dict[str, str | int]:
        """What tells the requests of a run apart in metrics: few values of each."""
        subtask = self._subtasks.get(point.name)
        model = record.model or (subtask.served_model if subtask else self._model)
        found: dict[str, str | int] = dict(self._common)
        if model:
            found["gen_ai.request.model"] = str(model)
        found |= _server(subtask.url if subtask else self._url, record.url or 0)
        if _failed(record):
            found["error.type"] = record.outcome
        return found


class _Histograms:
    """GenAI's client metrics, of requests that were measured. Not the one of chunks: to count them
    one by one would take longer than the run did."""

    def __init__(self, meter: Any) -> None:
        def histogram(name: str, unit: str, bounds: Sequence[float]) -> Any:
            return meter.create_histogram(
                f"gen_ai.client.{name}", unit, explicit_bucket_boundaries_advisory=bounds
            )

        self._duration = histogram("operation.duration", "s", _SECONDS)
        self._first = histogram("operation.time_to_first_chunk", "s", _FIRST)
        self._tokens = histogram("token.usage", "{token}", _TOKENS)

    def take(self, record: Record, attributes: dict[str, str | int]) -> None:
        """Count one request."""
        if record.sent_ns is None or record.end_ns is None:
            return
        self._duration.record((record.end_ns - record.sent_ns) / 1e9, attributes)
        if record.first_ns is not None and record.stream:
            self._first.record((record.first_ns - record.sent_ns) / 1e9, attributes)
        if record.usage is not None:
            counts = {"input": record.usage.input_tokens, "output": record.usage.output_tokens}
            for kind_of, count in counts.items():
                if count is not None:
                    self._tokens.record(count, {**attributes, "gen_ai.token.type": kind_of})


def _begun_ns(record: Record) -> int | None:
    """When it was sent; of a request that was not, when it should have been."""
    return record.due_ns if record.sent_ns is None else record.sent_ns


def _told(record: Record) -> dict[str, Any]:
    """What a record says of its request alone."""
    usage = record.usage
    waited = record.first_ns is not None and record.sent_ns is not None and record.stream
    found: dict[str, Any] = {
        "gen_ai.request.stream": record.stream,
        "gen_ai.response.id": record.response_id,
        "gen_ai.response.finish_reasons": [record.finish] if record.finish else None,
        "gen_ai.response.time_to_first_chunk": (
            ((record.first_ns or 0) - (record.sent_ns or 0)) / 1e9 if waited else None
        ),
        "gen_ai.conversation.id": record.conversation,
        "gen_ai.usage.input_tokens": usage.input_tokens if usage else None,
        "gen_ai.usage.output_tokens": usage.output_tokens if usage else None,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens if usage else None,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens if usage else None,
        "http.response.status_code": record.status,
        "perfbench.seq": record.seq,
        "perfbench.repeat": record.repeat,
        "perfbench.sample_id": record.sample_id,
        "perfbench.phase": record.phase,
        "perfbench.outcome": record.outcome,
        "perfbench.worker": record.worker,
    }
    return {name: value for name, value in found.items() if value is not None}


def _failed(record: Record) -> bool:
    return record.outcome not in ("ok", "abandoned")


def _server(url: Any, place: int) -> dict[str, str | int]:
    """Of the URL, or that of several."""
    chosen = url[place] if isinstance(url, list) and place < len(url) else url
    if not isinstance(chosen, str):
        return {}
    parts = urlsplit(chosen)
    found: dict[str, str | int] = {}
    if parts.hostname:
        found["server.address"] = parts.hostname
    if parts.port:
        found["server.port"] = parts.port
    return found
