"""The OpenTelemetry sink with the real library: what a collector gets, or its files hold."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from perfbench.api import run_eval, run_perf
from perfbench.config import PerfConfig
from perfbench.config.evaluation import EvalConfig
from perfbench.store import Run, open_run
from perfbench.types import Event, Note, Point, Record


class Collector:
    """Takes OTLP over HTTP, as a collector does, and keeps it."""

    def __init__(self) -> None:
        self.metrics: list[Any] = []
        self.traces: list[Any] = []
        self.headers: list[dict[str, str]] = []
        kept = {
            "/v1/metrics": (ExportMetricsServiceRequest, self.metrics),
            "/v1/traces": (ExportTraceServiceRequest, self.traces),
        }
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kind, into = kept[self.path]
                body = self.rfile.read(int(self.headers["Content-Length"]))
                into.append(kind.FromString(body))
                collector.headers.append(dict(self.headers))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    yield found
    found.server.shutdown()
    found.server.server_close()


def attributes(item: Any) -> dict[str, Any]:
    found = {}
    for pair in item.attributes:
        kind = pair.value.WhichOneof("value")
        value = getattr(pair.value, kind)
        found[pair.key] = [v.string_value for v in value.values] if kind == "array_value" else value
    return found


def spans_of(requests: list[Any]) -> list[Any]:
    return [
        span
        for request in requests
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def points_of(request: Any) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """The data points of the metrics in one export, by name."""
    found: dict[str, list[tuple[dict[str, Any], Any]]] = {}
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                data = getattr(metric, metric.WhichOneof("data"))
                found[metric.name] = [(attributes(point), point) for point in data.data_points]
    return found


def gauge(
    points: dict[str, list[tuple[dict[str, Any], Any]]], name: str, **wanted: str
) -> float | int:
    dotted = {f"perfbench.{key}": value for key, value in wanted.items()}
    (point,) = (point for told, point in points[name] if dotted.items() <= told.items())
    value: float | int = getattr(point, point.WhichOneof("value"))
    return value


def wall(run: Run, point: Point, stamp_ns: int | None) -> int:
    assert stamp_ns is not None
    return stamp_ns + run.to_wall_ns(point)


def check_span(span: Any, record: Record, run: Run, point: Point) -> None:
    told = attributes(span)
    assert span.start_time_unix_nano == wall(run, point, record.sent_ns)
    assert span.end_time_unix_nano == wall(run, point, record.end_ns)
    assert told["perfbench.outcome"] == record.outcome
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "openai"
    if record.outcome != "ok":
        assert (told["error.type"], span.status.code) == (record.outcome, 2)
        return
    assert record.usage is not None
    assert "error.type" not in told
    assert told["gen_ai.request.model"] == "simulated"
    assert told["gen_ai.response.id"] == record.response_id
    assert told["gen_ai.response.finish_reasons"] == [record.finish]
    assert told["gen_ai.usage.input_tokens"] == record.usage.input_tokens
    assert told["gen_ai.usage.output_tokens"] == record.usage.output_tokens
    (first,) = span.events
    assert (first.name, first.time_unix_nano) == ("first token", wall(run, point, record.first_ns))


def test_a_collector_gets_the_load_test(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=otlp-secret")
    config = PerfConfig(
        outputs_dir=tmp_path,
        parallel=[1, 2],
        number=[6],
        warmup=1,
        api_key="sk-secret-key",
        report=False,
        sinks=["otel"],
        sink_args={"settings": {"endpoint": collector.url}},
        simulator={"error_rate": 0.4, "seed": 3},
    )
    heard: list[Event] = []
    result = run_perf(config, [heard.append])
    notes = [event.text for event in heard if isinstance(event, Note) and "otel" in event.text]
    assert notes == [
        f"otel: {collector.url}",
        f"otel: {collector.url}; 14 of 14 requests have spans",
    ]
    spans = spans_of(collector.traces)
    with open_run(result.path) as run:
        records = {(p.name, r.seq): (r, p) for p in run.points() for r in run.records(p)}
        outcomes = {record.outcome for record, _ in records.values()}
        assert len(outcomes) == 2  # Both kinds are looked at.
        roots = {span.span_id: span for span in spans if not span.parent_span_id}
        assert [span.name for span in roots.values()] == [point.name for point in run.points()]
        for span in spans:
            if span.parent_span_id:
                parent = roots[span.parent_span_id]
                assert span.trace_id == parent.trace_id
                key = parent.name, attributes(span)["perfbench.seq"]
                record, point = records.pop(key)
                check_span(span, record, run, point)
    assert not records
    last = points_of(collector.metrics[-1])
    for summary in result.summaries:
        p99 = gauge(last, "perfbench.ttft_ms", point=summary.name, statistic="p99")
        assert p99 == pytest.approx(summary.metrics["ttft_ms"]["p99"])
        rate = gauge(last, "perfbench.throughput.requests_rps", point=summary.name)
        assert rate == pytest.approx(summary.request_throughput_rps)
    assert gauge(last, "perfbench.running") == 0
    measured = {"ok": 0, "failed": 0}
    for told, point in last["gen_ai.client.operation.duration"]:
        measured["failed" if "error.type" in told else "ok"] += point.count
    assert measured == {
        "ok": sum(summary.completed for summary in result.summaries),
        "failed": sum(summary.failed for summary in result.summaries),
    }
    tokens = {told["gen_ai.token.type"]: p for told, p in last["gen_ai.client.token.usage"]}
    output = sum(summary.tokens.output_tokens or 0 for summary in result.summaries)
    assert tokens["output"].sum == output
    assert {headers["api-key"] for headers in collector.headers} == {"otlp-secret"}
    sent = [each.SerializeToString() for each in (*collector.metrics, *collector.traces)]
    assert b"sk-secret-key" not in b"".join(sent)


def test_files_hold_what_they_have_not_had_of_an_evaluation(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "outputs_dir": tmp_path,
        "datasets": ["demo_gsm8k"],
        "report": False,
    }
    first = run_eval(EvalConfig(limit=2, **settings))
    settings |= {"sinks": ["otel"], "sink_mode": "offline", "reuse": str(first.path)}
    folder = first.path / "sinks" / "otel"
    # The sink is new to the run when that has two of five requests.
    for limit, untold in ((5, slice(0, 5)), (7, slice(5, 7))):
        (folder / "traces.jsonl").unlink(missing_ok=True)
        result = run_eval(EvalConfig(limit=limit, **settings))
        assert result.path == first.path
        told = _spans_in(folder)
        assert {s.name for s in told if not s.parent_span_id} == {"simulated/demo_gsm8k"}
        spans = sorted(
            (span for span in told if span.parent_span_id),
            key=lambda span: span.start_time_unix_nano,
        )
        with open_run(result.path) as run:
            records = [(point, record) for point in run.points() for record in run.records(point)]
            records.sort(key=lambda each: wall(run, each[0], each[1].sent_ns))
            assert len(records) == limit
            for span, (point, record) in zip(spans, records[untold], strict=True):
                check_span(span, record, run, point)
    line = (folder / "metrics.jsonl").read_text().splitlines()[-1]
    points = points_of(ParseDict(json.loads(line), ExportMetricsServiceRequest()))
    score = gauge(points, "perfbench.score", subtask="simulated/demo_gsm8k", metric="accuracy")
    assert score == result.subtasks[0].score
    assert gauge(points, "perfbench.answers", subtask="simulated/demo_gsm8k") == 7
    figures = result.subtasks[0].performance[-1].metrics["ttft_ms"]
    p50 = gauge(points, "perfbench.ttft_ms", subtask="simulated/demo_gsm8k", statistic="p50")
    assert p50 == pytest.approx(figures["p50"])


def test_there_are_no_more_spans_than_asked_for(tmp_path: Path) -> None:
    config = PerfConfig(
        outputs_dir=tmp_path,
        number=[6],
        report=False,
        sinks=["otel"],
        sink_mode="offline",
        sink_args={"otel": {"spans": 4}},
    )
    result = run_perf(config)
    assert len(_spans_in(result.path / "sinks" / "otel")) == 1 + 4
    line = (result.path / "sinks" / "otel" / "metrics.jsonl").read_text().splitlines()[-1]
    points = points_of(ParseDict(json.loads(line), ExportMetricsServiceRequest()))
    assert sum(point.count for _, point in points["gen_ai.client.operation.duration"]) == 6


def test_without_a_collector_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    config = PerfConfig(
        outputs_dir=tmp_path,
        number=[3],
        report=False,
        sinks=["otel"],
        sink_args={"otel": {"settings": {"endpoint": "http://user:pw-secret@127.0.0.1:9"}}},
    )
    heard: list[Event] = []
    result = run_perf(config, [heard.append])
    assert result.summaries[0].completed == 3
    (line,) = [event.text for event in heard if isinstance(event, Note) and "otel" in event.text]
    assert line.startswith("otel: no collector takes it at http://***@127.0.0.1:9: set OTEL_EXP")


def _spans_in(folder: Path) -> list[Any]:
    lines = (folder / "traces.jsonl").read_text().splitlines()
    told = [_with_base64_ids(json.loads(line)) for line in lines]
    return spans_of([ParseDict(each, ExportTraceServiceRequest()) for each in told])


def _with_base64_ids(told: Any) -> Any:
    """As protobuf's own JSON has them; OTLP's has hexadecimal."""
    if isinstance(told, list):
        return [_with_base64_ids(item) for item in told]
    if not isinstance(told, dict):
        return told
    ids = ("traceId", "spanId", "parentSpanId")
    return {
        key: base64.b64encode(bytes.fromhex(value)).decode()
        if key in ids
        else _with_base64_ids(value)
        for key, value in told.items()
    }
