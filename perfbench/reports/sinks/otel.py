"""The sink for OpenTelemetry: metrics while a run goes on, and a span for each request after it.

Owns the names and the exporters; runs in a sink process. Names of GenAI's semantic conventions are
used where they have one (``gen_ai.client.operation.duration``, ``gen_ai.request.model``); all else
is ``perfbench.*``, with the units of ``summary.json`` in the names. Events hold no requests: spans
and GenAI's histograms are read from the store when the run is over, so that nothing measured waits
for them. Offline, both go to files of OTLP's JSON lines, which a collector's ``otlpjsonfile``
receiver takes.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from perfbench import __version__
from perfbench.config import RunConfig
from perfbench.config.secrets import shown_url
from perfbench.errors import SinkError
from perfbench.reports.sinks.arguments import read_args
from perfbench.reports.sinks.child import FOLDER
from perfbench.reports.sinks.contents import (
    STATISTICS,
    TIME,
    live_series,
    metric_series,
)
from perfbench.reports.sinks.spans import MAX_SPANS, Spans
from perfbench.reports.sinks.tracker import Gauges
from perfbench.types import Progress, RunStarted, Scored, Summary

INTERVAL_S = 5.0
"""Between exports of live figures."""

Attributes = Mapping[str, str | int | float | bool]


class _Settings(msgspec.Struct, forbid_unknown_fields=True):
    """How a collector is reached, in the place of the variables."""

    endpoint: str | None = None
    headers: dict[str, str] = {}


class _Args(msgspec.Struct):
    """What ``--sink-args`` may say."""

    spans: Annotated[int, msgspec.Meta(ge=0)] = MAX_SPANS
    settings: _Settings = msgspec.field(default_factory=_Settings)


class OpenTelemetrySink(Gauges):
    """Sends a load test or an evaluation to a collector by OTLP over HTTP, where the variables
    ``OTEL_EXPORTER_OTLP_*`` say (default ``http://localhost:4318``).

    ``--sink-args`` may have ``spans``, the most spans of requests (0 for none), and ``settings``
    with ``endpoint`` and ``headers`` in the place of the variables.

    Raises:
        ConfigError: ``--sink-args`` has others, or wrong values.
        SinkError: online, and no collector takes it.
    """

    def __init__(self, config: RunConfig) -> None:
        args = read_args(config, "otel", _Args)
        settings = args.settings
        if settings.endpoint is not None:
            os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = settings.endpoint
        if settings.headers:
            pairs = (f"{name}={value}" for name, value in settings.headers.items())
            os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = ",".join(pairs)
        self._offline = config.sink_mode == "offline"
        self._most_spans = args.spans
        self._outlet: _Collector | _Files | None = None
        self._reader = InMemoryMetricReader()
        self._meter: Any = None
        self._gauges: dict[str, Any] = {}
        self._spans: Spans | None = None
        self._next_export_s = 0.0
        self._label = "perfbench.point"
        self.location: str | None = None

    def _started(self, event: RunStarted) -> None:
        folder = Path(event.path)
        resource = Resource.create(
            {
                "service.name": "perfbench",
                "service.version": __version__,
                "perfbench.run": folder.name,
                "perfbench.kind": event.kind,
                "perfbench.simulated": event.simulated,
            }
        )
        provider = MeterProvider([self._reader], resource, shutdown_on_exit=False)
        self._meter = provider.get_meter("perfbench", __version__)
        if event.kind != "load test":
            self._label = "perfbench.subtask"
        self._spans = Spans(event, resource)
        self._outlet = _Files(folder / FOLDER / "otel") if self._offline else _Collector()
        self.location = self._outlet.where
        self._set("perfbench.running", 1, {})
        self._publish()

    def _progress(self, event: Progress) -> None:
        for name, value in live_series(event, event.elapsed_s).items():
            if name not in (TIME, "live/point"):
                self._set(f"perfbench.{name.replace('/', '.')}", value, {self._label: event.name})
        if time.monotonic() >= self._next_export_s:
            self._publish()

    def _figures(self, name: str, summary: Summary) -> None:
        at = {self._label: name}
        spread = {f"{metric}/{key}" for metric in summary.metrics for key in STATISTICS}
        for series, value in metric_series(summary).items():
            section, _, figure = series.partition("/")
            if series in spread:
                self._set(f"perfbench.{section}", value, {**at, "perfbench.statistic": figure})
            elif section == "objectives":
                self._set("perfbench.objective_met", value, {**at, "perfbench.objective": figure})
            elif section == "errors":
                self._set("perfbench.errors", value, {**at, "error.type": figure})
            else:
                self._set(f"perfbench.{section}.{figure}", value, at)

    def _scores(self, event: Scored) -> None:
        at = {"perfbench.subtask": event.name}
        for metric, found in event.figures.items():
            named = {**at, "perfbench.metric": metric}
            self._set("perfbench.score", found.scored, named)
            self._set("perfbench.score.low", found.low, named)
            self._set("perfbench.score.high", found.high, named)
            self._set("perfbench.score.over_all", found.over_all, named)
        for part in event.parts:
            named = {**at, f"perfbench.{part.kind}": part.name, "perfbench.metric": event.metric}
            self._set("perfbench.part_score", part.scored, named)
        self._set("perfbench.answers", event.answers, at)
        for reason, count in event.unscored.items():
            self._set("perfbench.unscored", count, {**at, "perfbench.reason": reason})
        for summary in event.performance[-1:]:
            self._figures(event.name, summary)

    def _finished(self) -> None:
        self._set("perfbench.running", 0, {})
        if self._spans is not None and self._outlet is not None:
            told = self._spans.send(self._meter, self._outlet.take_spans, self._most_spans)
            self.location = f"{self._outlet.where}; {told}"
        self._publish()

    def _set(self, name: str, value: float | None, attributes: Attributes) -> None:
        if value is None:
            return
        if name not in self._gauges:
            self._gauges[name] = self._meter.create_gauge(name)
        self._gauges[name].set(value, attributes)

    def _publish(self) -> None:
        self._next_export_s = time.monotonic() + INTERVAL_S
        if self._outlet is not None:
            self._outlet.take_metrics(self._reader.get_metrics_data())


class _Collector:
    """A collector on the network. Takes all or raises ``SinkError``."""

    def __init__(self) -> None:
        self._metrics = OTLPMetricExporter()
        self._traces = OTLPSpanExporter()
        given = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
        self.where = shown_url(given)

    def take_metrics(self, data: Any) -> None:
        """Send all figures as they stand."""
        self._taken(self._metrics.export(data))

    def take_spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Send some spans."""
        self._taken(self._traces.export(spans))

    def _taken(self, result: Any) -> None:
        if result.name != "SUCCESS":
            raise SinkError(
                f"no collector takes it at {self.where}: set OTEL_EXPORTER_OTLP_ENDPOINT, or use "
                "--sink-mode offline"
            )


class _Files:
    """``metrics.jsonl`` and ``traces.jsonl`` in a folder: a request of OTLP in each line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.where = f"offline; metrics.jsonl and traces.jsonl are in {folder}"

    def take_metrics(self, data: Any) -> None:
        """Append all figures as they stand."""
        self._append("metrics.jsonl", encode_metrics(data))

    def take_spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Append some spans."""
        self._append("traces.jsonl", encode_spans(spans))

    def _append(self, name: str, message: Any) -> None:
        told = MessageToDict(message, use_integers_for_enums=True)
        with open(self._folder / name, "a", encoding="utf-8") as file:
            file.write(json.dumps(_with_hex_ids(told)) + "\n")


def _with_hex_ids(told: Any) -> Any:
    """OTLP's JSON has ids in hexadecimal, where protobuf's has base64."""
    if isinstance(told, list):
        return [_with_hex_ids(item) for item in told]
    if not isinstance(told, dict):
        return told
    ids = ("traceId", "spanId", "parentSpanId")
    return {
        key: base64.b64decode(value).hex() if key in ids else _with_hex_ids(value)
        for key, value in told.items()
    }
