"""The MLflow sink with the real library: what its own client reads back."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sample_load_test import Evaluation, LoadTest

from perfbench.reports.sinks import close_sinks, open_sinks

pytestmark = pytest.mark.skipif(
    find_spec("mlflow") is None, reason="mlflow is not installed: it is too heavy for [test]"
)


def play(run: LoadTest | Evaluation, reported: list[str], **settings: object) -> None:
    config = run.config(sinks=["mlflow"], api_key="sk-secret", **settings)
    sinks = open_sinks(config, reported.append)
    run.play(sinks[0], config)  # type: ignore[arg-type]
    close_sinks(sinks)


def read(uri: str, experiment: str) -> tuple[Any, Any]:
    """MLflow's client, and the only run of an experiment."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    (run,) = client.search_runs([found.experiment_id])
    return client, run


def series(client: Any, run: Any, name: str) -> list[tuple[int, float]]:
    return [(each.step, each.value) for each in client.get_metric_history(run.info.run_id, name)]


def check_load_test(client: Any, run: Any, load_test: LoadTest, tmp_path: Path) -> None:
    assert (run.info.run_name, run.info.status) == (load_test.folder.name, "FINISHED")
    assert {"perfbench", "load test", "simulator", "nightly"} <= set(run.data.tags)
    assert run.data.tags["client point_0"] == "trusted: "
    assert run.data.params["parallel"] == "1 10"
    assert run.data.params["api_key"] == "***"
    # At its load, in requests in flight.
    assert series(client, run, "ttft_ms/p99") == [(1, 60.0), (10, 61.0)]
    assert series(client, run, "live/done")[-1] == (3, 20.0)
    assert run.data.metrics["outcome/max requests_rps"] == 11.25
    assert "itl_ms/p99" not in run.data.metrics
    kept = Path(client.download_artifacts(run.info.run_id, "", str(tmp_path)))
    for name in ("summary.json", "report.html", "plots/latency.png"):
        assert (kept / name).read_bytes() == (load_test.folder / name).read_bytes()
    assert (kept / "tables" / "notes.csv").read_text().split("\n")[1] == "the data set was repeated"
    assert json.loads((kept / "settings.json").read_text())["parallel"] == [1, 10]


def test_a_file_store_holds_the_load_test(
    load_test: LoadTest, reported: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    play(load_test, reported, sink_project="speed", sink_args={"tags": ["nightly"]})
    uri = (load_test.folder / "sinks" / "mlflow").as_uri()
    shown = f"MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri {uri}"
    assert reported == [f"mlflow: offline run; look at it with: {shown}"]
    assert capfd.readouterr() == ("", "")
    client, run = read(uri, "speed")
    check_load_test(client, run, load_test, tmp_path / "kept")
    files = [file for file in load_test.folder.rglob("*") if file.is_file()]
    assert b"sk-secret" not in b"".join(file.read_bytes() for file in files)


def test_a_tag_may_be_the_path_of_a_model(load_test: LoadTest, reported: list[str]) -> None:
    tags = ["/models/Qwen3", "llama@fp8", "./a//b/../c/", "/", "..", "Qwen/Qwen3-8B"]
    play(load_test, reported, sink_args={"tags": tags})
    assert len(reported) == 1  # It was not given up.
    _, run = read((load_test.folder / "sinks" / "mlflow").as_uri(), "perfbench")
    assert {"models/Qwen3", "llama_fp8", "a/b/c", "Qwen/Qwen3-8B"} <= set(run.data.tags)
    assert not {"/", "..", ""} & set(run.data.tags)


def test_a_file_store_holds_the_evaluation(evaluation: Evaluation, reported: list[str]) -> None:
    play(evaluation, reported)
    client, run = read((evaluation.folder / "sinks" / "mlflow").as_uri(), "perfbench")
    assert series(client, run, "gsm8k/accuracy") == [(0, 0.75)]
    assert run.data.metrics["mmlu subset/law_eu"] == 0.5
    assert run.data.metrics["mmlu load/ttft_ms p99"] == 62.0
    assert run.data.metrics["outcome/score gsm8k"] == 0.75
    assert series(client, run, "live mmlu/done")[-1] == (2, 4.0)
    names = {each.path for each in client.list_artifacts(run.info.run_id, "tables")}
    assert names == {f"tables/{name}.csv" for name in ("scores", "load", "notes")}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """MLflow's own server over SQLite."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place = ["--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db"]
    place += ["--artifacts-destination", str(tmp_path / "artifacts")]
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    with open(tmp_path / "server.log", "wb") as log:
        process = subprocess.Popen(
            [*command, *place], stdout=log, stderr=log, start_new_session=True
        )
        url = f"http://127.0.0.1:{port}"
        try:
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline:
                try:
                    urllib.request.urlopen(f"{url}/health", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield url
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)


@pytest.mark.skipif(find_spec("sqlalchemy") is None, reason="only mlflow-skinny is installed")
def test_a_server_is_sent_the_load_test(
    load_test: LoadTest, reported: list[str], server: str, tmp_path: Path
) -> None:
    args = {"tags": ["nightly"], "settings": {"tracking_uri": server}}
    play(load_test, reported, sink_mode="online", sink_args=args)
    client, run = read(server, "perfbench")
    (line,) = reported
    page = f"{server}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
    assert line == f"mlflow: {page}"
    check_load_test(client, run, load_test, tmp_path / "kept")


def test_without_a_server_it_says_what_to_do(
    load_test: LoadTest, reported: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    play(load_test, reported, sink_mode="online")
    (line,) = reported
    assert line.startswith("mlflow: no server: set MLFLOW_TRACKING_URI, or use --sink-mode offline")


def test_a_server_that_is_not_there_is_one_line(
    load_test: LoadTest, reported: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:pw-secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    play(load_test, reported, sink_mode="online")
    (line,) = reported
    assert "--sink-mode offline needs no service" in line
    assert "pw-secret" not in line
