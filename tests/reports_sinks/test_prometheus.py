"""The Prometheus sink, scraped over HTTP and read by Prometheus's own parser."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from sample_load_test import Evaluation, LoadTest, progress, summary

from perfbench.reports.sinks import SinkProcess, close_sinks, open_sinks
from perfbench.types import PointFinished, PointStarted, RunFinished

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def read(text: str) -> Samples:
    """What Prometheus makes of an exposition: each sample once, each family once."""
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    samples = [sample for family in families for sample in family.samples]
    found = {(each.name, frozenset(each.labels.items())): each.value for each in samples}
    assert len(found) == len(samples)
    return found


def labelled(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def scrape(port: int, accept: str = "text/plain") -> str:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def settled(
    port: int, name: str, again: Callable[[], None] = lambda: None, **labels: str
) -> Samples:
    """The exposition once it has a sample: events cross a process, and some are held back."""
    deadline = time.monotonic() + 60
    while True:
        again()
        try:
            found = read(scrape(port))
        except OSError:
            found = {}
        if labelled(name, **labels) in found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


@pytest.fixture
def exposed(load_test: LoadTest, reported: list[str]) -> Iterator[tuple[SinkProcess, int]]:
    port = free_port()
    config = load_test.config(
        sinks=["prometheus"], sink_mode="online", sink_args={"prometheus": {"port": port}}
    )
    (sink,) = open_sinks(config, reported.append)
    sink(load_test.started(config))
    yield sink, port
    close_sinks([sink])


def test_every_moment_of_a_load_test_can_be_scraped(
    exposed: tuple[SinkProcess, int], load_test: LoadTest, reported: list[str]
) -> None:
    sink, port = exposed
    before = settled(port, "perfbench_running")
    assert before[labelled("perfbench_running")] == 1
    at = load_test.points[0]
    sink(PointStarted(at))
    during = settled(
        port,
        "perfbench_live_in_flight",
        again=lambda: sink(progress(at, 0.5, done=5)),
        point="point_0",
    )
    assert during[labelled("perfbench_live_in_flight", point="point_0")] == 2
    assert during[labelled("perfbench_live_requests_done_total", point="point_0")] == 5
    failed = labelled("perfbench_live_requests_failed_total", point="point_0", outcome="http_5xx")
    assert during[failed] == 2
    assert not any(name.startswith("perfbench_ttft") for name, _ in during)
    sink(PointFinished(at, summary(at, ttft_p99=60.0)))
    after = settled(port, "perfbench_ttft_seconds_count", point="point_0")
    assert after[labelled("perfbench_ttft_seconds", point="point_0", quantile="0.99")] == 0.06
    assert after[labelled("perfbench_ttft_seconds_count", point="point_0")] == 17
    total = after[labelled("perfbench_ttft_seconds_sum", point="point_0")]
    assert total == pytest.approx(17 * 0.0505)
    assert after[labelled("perfbench_throughput_requests_rps", point="point_0")] == 11.25
    assert after[labelled("perfbench_errors", point="point_0", outcome="timeout")] == 3
    # Nothing is under way; what was counted stays counted.
    assert labelled("perfbench_live_in_flight", point="point_0") not in after
    assert after[labelled("perfbench_live_requests_done_total", point="point_0")] == 5
    assert list(openmetrics(scrape(port, "application/openmetrics-text")))
    assert reported == [f"prometheus: http://127.0.0.1:{port}/metrics"]


def test_the_last_figures_wait_for_one_who_scrapes(
    exposed: tuple[SinkProcess, int], load_test: LoadTest
) -> None:
    sink, port = exposed
    settled(port, "perfbench_running")
    last: list[Samples] = []

    def scrape_on() -> None:
        while not last or last[-1][labelled("perfbench_running")]:
            last.append(read(scrape(port)))
            time.sleep(0.2)

    scraper = threading.Thread(target=scrape_on)
    scraper.start()
    at = load_test.points[0]
    sink(PointFinished(at, summary(at, ttft_p99=60.0)))
    sink(RunFinished())
    close_sinks([sink])
    scraper.join(30)
    assert last[-1][labelled("perfbench_running")] == 0
    assert labelled("perfbench_ttft_seconds_count", point="point_0") in last[-1]
    text = (load_test.folder / "sinks" / "prometheus.prom").read_text()
    assert read(text) == last[-1]
    with pytest.raises(OSError, match="refused"):
        scrape(port)


def test_nobody_is_waited_for_who_never_asked(load_test: LoadTest, reported: list[str]) -> None:
    args: dict[str, Any] = {"prometheus": {"port": free_port(), "linger_s": 600}}
    config = load_test.config(sinks=["prometheus"], sink_mode="online", sink_args=args)
    sinks = open_sinks(config, reported.append)
    load_test.play(sinks[0], config)
    close_sinks(sinks)
    assert len(reported) == 1  # It was not given up.


def test_a_taken_port_is_one_line(load_test: LoadTest, reported: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        args = {"prometheus": {"port": port}}
        config = load_test.config(sinks=["prometheus"], sink_mode="online", sink_args=args)
        sinks = open_sinks(config, reported.append)
        load_test.play(sinks[0], config)
        close_sinks(sinks)
    (line,) = reported
    assert line.startswith(
        f"prometheus: cannot listen on 127.0.0.1:{port}: Address already in use; choose another "
        """port: --sink-args '{"prometheus": {"port": 9465}}'"""
    )


def test_a_metric_of_a_users_own_hides_no_figure_of_its_name(
    load_test: LoadTest, reported: list[str]
) -> None:
    config = load_test.config(sinks=["prometheus"])
    sinks = open_sinks(config, reported.append)
    sinks[0](load_test.started(config))
    at = load_test.points[0]
    told = summary(at, ttft_p99=60.0)
    for name in ("throughput", "requests", "tokens"):
        told.metrics[name] = told.metrics["ttft_ms"]
    sinks[0](PointFinished(at, told))
    sinks[0](RunFinished())
    close_sinks(sinks)
    found = read((load_test.folder / "sinks" / "prometheus.prom").read_text())
    point = {"point": at.name}
    assert found[labelled("perfbench_throughput_requests_rps", **point)] == 11.25
    assert found[labelled("perfbench_requests_completed", **point)] == 17
    assert found[labelled("perfbench_tokens_output", **point)] == 1700
    assert found[labelled("perfbench_throughput", **point, quantile="0.99")] == 60
    assert labelled("perfbench_throughput_mean", **point) not in found


def test_an_evaluation_is_exposed(evaluation: Evaluation, reported: list[str]) -> None:
    config = evaluation.config(sinks=["prometheus"], api_key="sk-secret")
    sinks = open_sinks(config, reported.append)
    evaluation.play(sinks[0], config)
    close_sinks(sinks)
    file: Path = evaluation.folder / "sinks" / "prometheus.prom"
    assert reported == [f"prometheus: offline; the figures are in {file}"]
    text = file.read_text()
    assert "sk-secret" not in text
    found = read(text)
    gsm8k = {"subtask": "qwen/gsm8k"}
    assert found[labelled("perfbench_score", **gsm8k, metric="accuracy")] == 0.75
    assert found[labelled("perfbench_score_low", **gsm8k, metric="accuracy")] == 0.5
    assert found[labelled("perfbench_unscored_answers", **gsm8k, reason="no_answer")] == 3
    part = {"metric": "accuracy", "kind": "subset", "part": "law/eu"}
    assert found[labelled("perfbench_part_score", subtask="qwen/mmlu", **part)] == 0.5
    p99 = labelled("perfbench_ttft_seconds", subtask="qwen/mmlu", quantile="0.99")
    assert found[p99] == 0.062
    assert found[labelled("perfbench_live_requests_done_total", subtask="qwen/mmlu")] == 4
