"""The service's side of real runs: what the simulator says when it is true, and when it is not."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import warm
from forked import PERFBENCH
from load_runs import Measured, measured

sys.path.append(str(Path(__file__).parent.parent / "client"))

from scripted_server import Reply, ScriptedServer, head

from perfbench import open_run
from perfbench.config import SimulatorConfig
from perfbench.scrape import source
from perfbench.simulator.lies import STRANGERS
from perfbench.simulator.spawn import Simulator
from perfbench.types import Note, Progress, ServerCheck, ServerFigures

LOAD = {"number": [60], "parallel": [4], "max_tokens": [20], "metrics_interval": 0.1}


def run(folder: Path, simulator: dict[str, Any] | None = None, **settings: Any) -> Measured:
    schedule = {"ttft_ms": 20, "itl_ms": 2}
    return measured(folder, simulator={**schedule, **(simulator or {})}, **{**LOAD, **settings})


def told(found: Measured) -> ServerFigures:
    assert found.summary.server is not None
    return found.summary.server


def checks(found: Measured) -> dict[str, ServerCheck]:
    return {check.what: check for check in told(found).checks}


def test_the_simulators_counts_are_ours(tmp_path):
    found = run(tmp_path, warmup=5)
    figures = told(found)
    assert {what: check.agrees for what, check in checks(found).items()} == {
        "requests": True,
        "prompt_tokens": True,
        "output_tokens": True,
        "ttft": True,
    }
    assert figures.counters["requests"] == 65
    assert figures.counters["output_tokens"] == 65 * 20
    assert 0 < figures.gauges["running"].max <= 4
    assert figures.ttft is not None
    low, high = figures.ttft.quantiles_ms["p50"]
    assert low <= 20 <= (high or 1e9)
    assert figures.missing == []
    (one,) = figures.sources
    assert (one.kind, one.failed) == ("vllm", 0)
    assert one.scrapes >= 4


def test_looks_lie_on_the_clock_of_the_records(tmp_path):
    found = run(tmp_path)
    with open_run(found.path) as stored:
        (point,) = stored.points()
        looks = stored.scrapes.of(point)
    first = min(record.sent_ns or 0 for record in found.records)
    last = max(record.end_ns or 0 for record in found.records)
    assert looks[0].at_ns + looks[0].half_ns <= first
    assert looks[-1].at_ns - looks[-1].half_ns >= last
    inside = [each for each in looks if first < each.at_ns < last]
    assert inside
    # What it said was running then is what we had in flight then.
    for each in inside:
        near = (each.at_ns - each.half_ns - 5_000_000, each.at_ns + each.half_ns + 5_000_000)
        flying = [
            r for r in found.records if (r.sent_ns or 0) <= near[1] and (r.end_ns or 0) >= near[0]
        ]
        assert each.values["running"] <= len(flying)


def test_strangers_are_told_apart(tmp_path):
    found = run(tmp_path, {"metrics_page": "strangers"})
    one = checks(found)["requests"]
    assert (one.agrees, one.counted) == (False, 60 + STRANGERS)
    assert one.said.endswith("we sent 60: somebody else uses it")


def test_another_client_is_noticed(tmp_path):
    """Not a lie: somebody else does use the service."""
    with Simulator(SimulatorConfig(port=0, ttft_ms=50, itl_ms=5)) as service:
        body = json.dumps({"prompt": "x", "max_tokens": 3}).encode()
        asked = urllib.request.Request(
            f"{service.url}/v1/completions", body, {"Content-Type": "application/json"}
        )

        def meddle(event: Any) -> None:
            if type(event).__name__ == "PointStarted":
                urllib.request.urlopen(asked, timeout=20).read()

        found = measured(tmp_path, [meddle], url=service.url, **LOAD)
    assert checks(found)["requests"].agrees is False
    assert checks(found)["requests"].counted == 61
    assert checks(found)["output_tokens"].counted == 60 * 20 + 3


def test_a_service_that_seems_to_begin_anew_is_said(tmp_path):
    found = run(tmp_path, {"metrics_page": "restart"})
    assert told(found).checks == []
    assert any("began anew" in text for text in told(found).missing)


def test_a_service_without_a_page_is_not_read(tmp_path):
    found = run(tmp_path, {"metrics_page": "off"})
    assert found.summary.server is None
    assert found.summary.completed == 60


def test_a_page_without_numbers_is_said(tmp_path):
    found = run(tmp_path, {"metrics_page": "nan"})
    assert found.summary.completed == 60
    assert checks(found) == {}
    assert any("reads failed (not a finite number: " in text for text in told(found).missing)


def test_a_page_of_the_services_own_that_hangs_is_said_and_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "TIMEOUT_S", 0.5)
    notes: list[str] = []

    def hear(event: Any) -> None:
        if isinstance(event, Note):
            notes.append(event.text)

    hanging = {"metrics_page": "hang"}
    found = measured(tmp_path, [hear], simulator=hanging, **{**LOAD, "number": [4]})
    assert found.summary.server is None
    assert [text for text in notes if "/metrics: timed out: the service's side is not read" in text]


def test_a_series_that_no_page_has_is_said(tmp_path):
    mapped = {"waiting": "my_queue", "kv_usage": 'cache{pool="gpu"}*0.01'}
    found = run(tmp_path, metrics_map=mapped)
    assert "waiting" not in told(found).gauges  # And no other is taken for it.
    assert told(found).missing == [
        "waiting: no page had my_queue (--metrics-map)",
        'kv_usage: no page had cache{pool="gpu"}*0.01 (--metrics-map)',
    ]


def test_negative_figures_are_left_out_and_said(tmp_path):
    found = run(tmp_path, {"metrics_page": "negative"})
    assert found.summary.completed == 60
    assert checks(found) == {}
    assert any("below 0" in text for text in told(found).missing)


def test_failures_are_within_what_is_explained(tmp_path):
    found = run(tmp_path, {"error_rate": 0.2, "cut_rate": 0.2, "seed": 3})
    assert found.summary.failed > 5
    one = checks(found)["requests"]
    assert one.agrees
    assert (one.low, one.high) == (found.summary.completed, 60)


def test_a_page_that_hangs_changes_no_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "TIMEOUT_S", 0.5)
    notes: list[str] = []
    hanging = ScriptedServer([Reply([head(), 600.0])])
    with hanging.running():
        url = f"http://127.0.0.1:{hanging.port}/metrics"

        def hear(event: Any) -> None:
            if isinstance(event, Note):
                notes.append(event.text)

        with_it = run(tmp_path / "with", seed=1, metrics_url=[url])
        measured(tmp_path / "noted", [hear], metrics_url=[url], **{**LOAD, "number": [4]})
    without = run(tmp_path / "without", seed=1, server_metrics=False, metrics_interval=1.0)
    assert without.summary.server is None
    assert with_it.summary.completed == without.summary.completed == 60
    assert with_it.summary.client.events == without.summary.client.events
    # The simulator's schedule is exact: a client that is held up would show it.
    for name in ("ttft_ms", "tpot_ms", "e2e_ms"):
        one, other = (each.summary.metrics[name]["p50"] for each in (with_it, without))
        assert one == pytest.approx(other, rel=0.2)
    assert f"{url}: timed out" in notes
    figures = told(with_it)
    assert figures.sources[0].failed == figures.sources[0].scrapes > 0
    assert "timed out" in figures.missing[0]


def test_pages_that_are_named_are_read_in_place_of_the_services_own(tmp_path):
    cards = (
        b'DCGM_FI_DEV_POWER_USAGE{gpu="0"} 100\nDCGM_FI_DEV_POWER_USAGE{gpu="1"} 50\n'
        b'DCGM_FI_DEV_GPU_UTIL{gpu="0"} 80\nmy_queue{shard="3"} 7\n'
    )
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(cards) + cards
    exporter = ScriptedServer([Reply([answer])])
    with exporter.running():
        found = run(
            tmp_path,
            metrics_url=[f"http://user:pass@127.0.0.1:{exporter.port}/metrics"],
            metrics_map={"waiting": "my_queue"},
        )
    figures = told(found)
    assert figures.gauges["power_w"].mean == pytest.approx(150)
    assert figures.gauges["waiting"].mean == 7
    seconds = found.summary.duration_s
    assert seconds is not None
    assert figures.energy_j == pytest.approx(150 * seconds, rel=0.01)
    tokens = found.summary.tokens.output_tokens
    assert tokens is not None
    assert figures.energy_per_output_token_j == pytest.approx(150 * seconds / tokens, rel=0.01)
    assert figures.checks == []
    # The key of the service is for the service; whoever is named in the URL is asked as told there.
    asked = exporter.requests[0][0]
    assert b"Basic dXNlcjpwYXNz" in asked
    assert "pass" not in (found.path / "summary.json").read_text()
    assert "user:" not in str(figures.sources)


def test_the_key_of_the_service_goes_to_no_other(tmp_path):
    exporter = ScriptedServer([Reply([b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na 1\n"])])
    with exporter.running():
        run(
            tmp_path,
            {"api_key": "sk-secret-of-the-service"},
            api_key="sk-secret-of-the-service",
            metrics_url=[f"127.0.0.1:{exporter.port}"],
            number=[4],
        )
    assert exporter.requests
    assert all(b"sk-secret" not in asked for asked, _ in exporter.requests)
    assert exporter.requests[0][0].startswith(b"GET /metrics ")


def test_the_command_line_says_it(tmp_path):
    settings = tmp_path / "settings.yaml"
    settings.write_text("simulator: {ttft_ms: 5, itl_ms: 1, metrics_page: strangers}\n")
    command = [*PERFBENCH, "--config", str(settings), "--number", "40", "--max-tokens", "8"]
    command += ["--metrics-interval", "0.1s", "--outputs-dir", str(tmp_path / "out")]
    environment = {**os.environ, "COLUMNS": "200"}
    done = warm.run(command, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "the service counted 52 requests, we sent 40: somebody else uses it" in done.stdout
    assert "its counts agree with ours: prompt tokens, output tokens" in done.stdout
    (folder,) = (tmp_path / "out").iterdir()
    page = (folder / "report.html").read_text()
    assert "somebody else uses it" in page
    assert '"running":{"t":[' in page
    seconds = warm.run(
        [*PERFBENCH, "export", str(folder), "--timeline"], text=True
    ).stdout.splitlines()
    assert seconds[0].startswith("point,second,begins,in_flight")
    assert len(seconds) >= 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--metrics-map", "queue=x"], "'queue' is none of running, waiting"),
        (["--metrics-map", "waiting=a b c"], "is no name of a Prometheus series"),
        (["--metrics-url", "ftp://h"], "is not an http:// or https:// address"),
        (["--metrics-url", "h", "--no-server-metrics"], "contradict each other"),
        (["--metrics-interval", "0"], "--metrics-interval"),
        (["--metrics-url", "http://h:99999"], "http://h:99999"),
    ],
)
def test_bad_values_are_one_line(refused, arguments, words):
    assert words in refused("--number", "1", *arguments)


def test_progress_says_what_the_service_said_last(tmp_path):
    said: list[dict[str, float] | None] = []

    def hear(event: Any) -> None:
        if isinstance(event, Progress):
            said.append(event.server)

    schedule = {"ttft_ms": 20, "itl_ms": 20}
    measured(tmp_path, [hear], simulator=schedule, **LOAD | {"number": [16]})
    assert {each["running"] for each in said if each} & {3, 4}


def test_a_stopped_point_keeps_its_looks(start):
    begun = start(
        "ttft_ms: 20, itl_ms: 20, output_tokens: 8", "--number", "400", "--metrics-interval", "0.1"
    )
    begun.wait_until_answered(5)
    time.sleep(0.5)
    begun.interrupt()
    begun.end(20)
    found = begun.left()
    assert found.summary.interrupted
    assert told(found).sources[0].scrapes >= 3
