"""The sink for Prometheus: an exposition to scrape while a run goes on, and a text file of it.

Owns the names of what is exposed (``perfbench_...``) and the HTTP server; runs in a sink process.
Counters and gauges of what is under way begin with ``perfbench_live_`` and have a series for each
point or subtask, so that counters never fall; figures are there once a point or subtask is over.
Prometheus counts time in seconds, and so do the distributions here; all other figures have the
units of ``summary.json``, which are in their names.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import msgspec
from prometheus_client import CollectorRegistry, make_wsgi_app, write_to_textfile
from prometheus_client.core import Metric
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.samples import Sample

from perfbench.config import RunConfig
from perfbench.errors import SinkError
from perfbench.metrics.percentiles import KEYS
from perfbench.reports.sinks.arguments import read_args
from perfbench.reports.sinks.child import FOLDER
from perfbench.reports.sinks.contents import STATISTICS, metric_series
from perfbench.reports.sinks.tracker import Gauges
from perfbench.types import Distribution, Progress, RunStarted, Scored, Summary

ADDRESS, PORT = "127.0.0.1", 9464
LINGER_S = 20.0
"""How long the last figures wait to be scraped, by one who has scraped before."""

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]+")
_QUANTILES = {key: f"{float(key[1:]) / 100:g}" for key in KEYS if key.startswith("p")}


class _Args(msgspec.Struct):
    """What ``--sink-args`` may say."""

    address: str = ADDRESS
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = PORT
    linger_s: Annotated[float, msgspec.Meta(ge=0)] = LINGER_S


class PrometheusSink(Gauges):
    """Exposes a load test or an evaluation on ``http://127.0.0.1:9464/metrics`` until it is over,
    and in ``sinks/prometheus.prom`` of its results folder; offline in the file alone.

    ``--sink-args`` may have ``address``, ``port`` and ``linger_s``.

    Raises:
        ConfigError: ``--sink-args`` has others, or wrong values.
        SinkError: the port is taken.
    """

    def __init__(self, config: RunConfig) -> None:
        args = read_args(config, "prometheus", _Args)
        self._linger_s = args.linger_s
        self._board = _Board()
        self._registry = CollectorRegistry()
        self._registry.register(self._board)
        self._file: Path | None = None
        self._label = "point"
        self._server: _Server | None = None
        self.location: str | None = None
        self._board.put("running", "Whether the run goes on.", {}, 1)
        if config.sink_mode == "online":
            self._server = _Server(self._registry, args.address, args.port)
            self.location = self._server.url

    def close(self) -> None:
        """Expose nothing any more; the file stays."""
        if self._server is not None:
            self._server.close()

    def _started(self, event: RunStarted) -> None:
        folder = Path(event.path)
        self._file = folder / FOLDER / "prometheus.prom"
        self._label = "point" if event.kind == "load test" else "subtask"
        about = {name: event.config.get(name) for name in ("api", "model", "dataset")}
        labels = {"run": folder.name, "kind": event.kind, "simulated": str(event.simulated).lower()}
        labels |= {name: str(value) for name, value in about.items() if value is not None}
        self._board.put("run_info", "What is measured.", labels, 1)
        if self._server is None:
            self.location = f"offline; the figures are in {self._file}"

    def _progress(self, event: Progress) -> None:
        at = {self._label: event.name}
        counters = {
            "requests_sent": (event.sent, "Requests sent."),
            "requests_done": (event.done, "Requests that have ended, whatever their outcome."),
            "events": (event.events, "Token-bearing events of finished requests."),
            "output_tokens": (event.output_tokens, "Output tokens of finished requests."),
        }
        for name, (value, text) in counters.items():
            self._board.count(f"live_{name}", text, at, value)
        for outcome, value in event.failed.items():
            text = "Requests that have failed."
            self._board.count("live_requests_failed", text, {**at, "outcome": outcome}, value)
        gauges: dict[str, tuple[float | None, str]] = {
            "in_flight": (event.in_flight, "Requests under way."),
            "requests_per_second": (event.request_rate_rps, "Successes, over the last seconds."),
            "events_per_second": (event.event_rate_eps, "Events, over the last seconds."),
        }
        for name, (now, text) in gauges.items():
            self._board.put(f"live_{name}", text, at, now)
        shown = {
            "ttft": (event.ttft_p50_ms, event.ttft_p99_ms, "Time to first token"),
            "itl": (event.itl_p50_ms, event.itl_p99_ms, "Inter-token latency"),
        }
        for name, (p50, p99, text) in shown.items():
            levels: Distribution = {"p50": p50, "p99": p99}
            where = f"live_{name}_seconds"
            self._board.spread(where, f"{text}, over the last seconds.", at, levels, 1e-3)

    def _figures(self, name: str, summary: Summary) -> None:
        self._board.forget_live(name)
        at = {self._label: name}
        for metric, levels in summary.metrics.items():
            if levels.get("count"):
                seconds = metric.endswith("_ms")
                shown = metric.removesuffix("_ms") + ("_seconds" if seconds else "")
                text = f"{metric} of the requests of a {self._label}."
                self._board.spread(shown, text, at, levels, 1e-3 if seconds else 1.0)
        # Not whole sections: a user's metric may be called as one of ours is.
        spread = {f"{metric}/{key}" for metric in summary.metrics for key in STATISTICS}
        for series, value in metric_series(summary).items():
            section, _, figure = series.partition("/")
            if series in spread:
                continue
            if section == "objectives":
                text = "Whether an objective is met."
                self._board.put("objective_met", text, {**at, "objective": figure}, value)
            elif section == "errors":
                text = "Failed requests that were measured."
                self._board.put("errors", text, {**at, "outcome": figure}, value)
            else:
                text = f"{figure} of a {self._label}."
                self._board.put(f"{section}_{figure}", text, at, value)

    def _scores(self, event: Scored) -> None:
        self._board.forget_live(event.name)
        at = {"subtask": event.name}
        for metric, found in event.figures.items():
            named = {**at, "metric": metric}
            scores = {
                "score": (found.scored, "Score over the scored answers."),
                "score_low": (found.low, "Lower end of the score's 95 % interval."),
                "score_high": (found.high, "Upper end of the score's 95 % interval."),
                "score_over_all": (found.over_all, "Score over all answers; unscored is 0."),
            }
            for name, (value, text) in scores.items():
                self._board.put(name, text, named, value)
        for part in event.parts:
            labels = {**at, "metric": event.metric, "kind": part.kind, "part": part.name}
            self._board.put("part_score", "Score of a category or subset.", labels, part.scored)
        self._board.put("answers", "Answers wanted.", at, event.answers)
        for reason, count in event.unscored.items():
            text = "Answers without a score."
            self._board.put("unscored_answers", text, {**at, "reason": reason}, count)
        for summary in event.performance[-1:]:
            self._figures(event.name, summary)

    def _publish(self) -> None:
        if self._file is not None:
            write_to_textfile(str(self._file), self._registry)

    def _finished(self) -> None:
        self._board.put("running", "Whether the run goes on.", {}, 0)
        self._publish()
        if self._server is not None:
            self._server.await_last_scrape(self._linger_s)


class _Board:
    """The samples as they stand, by family and labels; what is unknown is absent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._families: dict[str, Metric] = {}
        self._samples: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}

    def put(self, name: str, text: str, labels: Mapping[str, str], value: float | None) -> None:
        """A gauge."""
        self._set(Metric(_name(name), text, "gauge"), "", labels, value)

    def count(self, name: str, text: str, labels: Mapping[str, str], value: float | None) -> None:
        """A counter, whose samples end in ``_total``."""
        self._set(Metric(_name(name), text, "counter"), "_total", labels, value)

    def spread(
        self, name: str, text: str, labels: Mapping[str, str], levels: Distribution, scale: float
    ) -> None:
        """A summary: quantiles, and where all values are known their sum and number."""
        family = Metric(_name(name), text, "summary")
        for key, quantile in _QUANTILES.items():
            value = levels.get(key)
            known = None if value is None else value * scale
            self._set(family, "", {**labels, "quantile": quantile}, known)
        count, mean = levels.get("count"), levels.get("mean")
        if count and mean is not None:
            self._set(family, "_sum", labels, mean * count * scale)
            self._set(family, "_count", labels, count)

    def forget_live(self, name: str) -> None:
        """Nothing of a point or subtask is under way any more; its counters stay."""
        with self._lock:
            for family, samples in self._samples.items():
                if (
                    family.startswith("perfbench_live_")
                    and self._families[family].type != "counter"
                ):
                    over = [key for key in samples if name in dict(key[1]).values()]
                    for key in over:
                        del samples[key]

    def collect(self) -> Iterator[Metric]:
        """The families with their samples, each family whole."""
        with self._lock:
            families = [(each, dict(self._samples[name])) for name, each in self._families.items()]
        for family, samples in families:
            shown = Metric(family.name, family.documentation, family.type)
            for (suffix, labels), value in samples.items():
                shown.samples.append(Sample(family.name + suffix, dict(labels), value))
            if samples:
                yield shown

    def _set(
        self, family: Metric, suffix: str, labels: Mapping[str, str], value: float | None
    ) -> None:
        key = (suffix, tuple(labels.items()))
        with self._lock:
            self._families.setdefault(family.name, family)
            samples = self._samples.setdefault(family.name, {})
            if value is None:
                samples.pop(key, None)
            else:
                samples[key] = float(value)


class _Server:
    """Answers scrapes from a thread of its own, and knows when an answer has been read."""

    def __init__(self, registry: CollectorRegistry, address: str, port: int) -> None:
        self._answer = make_wsgi_app(registry)
        self._asked = False
        self._last = threading.Event()
        self._ending = False
        try:
            self._server = make_server(
                address, port, self._app, ThreadingWSGIServer, handler_class=_Silent
            )
        except OSError as error:
            raise SinkError(
                f"cannot listen on {address}:{port}: {error.strerror}; choose another port: "
                """--sink-args '{"prometheus": {"port": 9465}}'"""
            ) from None
        self.url = f"http://{address}:{self._server.server_port}/metrics"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def await_last_scrape(self, timeout_s: float) -> None:
        """Wait until what stands now has been scraped; not where nobody ever did."""
        self._ending = True
        if self._asked:
            self._last.wait(timeout_s)

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> _Answer:
        self._asked = True
        return _Answer(self._answer(environ, start_response), self._last if self._ending else None)


class _Answer:
    """A response that says when it has left."""

    def __init__(self, chunks: Iterable[bytes], left: threading.Event | None) -> None:
        self._chunks = chunks
        self._left = left

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        """Called by the server once the last byte is written."""
        if self._left is not None:
            self._left.set()


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are nothing to log."""


def _name(figure: str) -> str:
    return f"perfbench_{_NOT_IN_NAMES.sub('_', figure)}"
