"""The SwanLab sink with the library as it was until 0.7, offline: what its files hold, read back.

``scripts/test-floors`` runs it; elsewhere a newer one is installed.
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from sample_load_test import Evaluation, LoadTest

from perfbench.errors import ConfigError
from perfbench.reports.sinks import close_sinks, open_sinks

VERSION = tuple(int(part) for part in importlib.metadata.version("swanlab").split(".")[:2])
pytestmark = [
    pytest.mark.skipif(VERSION >= (0, 8), reason="a newer SwanLab is installed"),
    pytest.mark.filterwarnings("ignore"),  # of the library's own imports
]


@pytest.fixture(autouse=True)
def _no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYTEST_VERSION", raising=False)  # SwanLab lets tests do what others may not
    for name in ("API_KEY", "MODE", "PROJ_NAME", "WORKSPACE", "LOG_DIR", "SAVE_DIR", "EXP_NAME"):
        monkeypatch.delenv(f"SWANLAB_{name}", raising=False)


def read_records(path: Path) -> list[tuple[str, dict[str, Any]]]:
    from swanlab.data.porter.datastore import DataStore

    store = DataStore()
    store.open_for_scan(str(path))
    records = []
    while (text := store.scan()) is not None:
        record = json.loads(text)
        records.append((record["model_type"], record["data"]))
    store.close()
    return records


def all_of(kind: str, records: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [data for model, data in records if model == kind]


def series_of(records: list[tuple[str, dict[str, Any]]]) -> dict[str, list[float]]:
    series: dict[str, list[float]] = {}
    for scalar in all_of("Scalar", records):
        series.setdefault(scalar["key"], []).append(scalar["metric"]["data"])
    return series


def test_offline_files_hold_the_load_test(
    load_test: LoadTest, reported: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    config = load_test.config(
        sinks=["swanlab"],
        api_key="sk-secret",
        sink_project="speed",
        sink_args={"tags": ["nightly"]},
    )
    sinks = open_sinks(config, reported.append)
    load_test.play(sinks[0], config)
    close_sinks(sinks)

    (path,) = (load_test.folder / "sinks" / "swanlab").glob("run-*/backup.swanlab")
    assert reported == [f"swanlab: offline run; upload it with: swanlab sync '{path.parent}'"]
    assert capfd.readouterr() == ("", "")
    records = read_records(path)
    (project,), (run,) = all_of("Project", records), all_of("Experiment", records)
    assert (project["name"], run["name"]) == ("speed", load_test.folder.name)
    assert {"perfbench", "load test", "simulator", "nightly"} < {*run["tags"]}
    settings = yaml.safe_load((path.parent / "files" / "config.yaml").read_text())
    assert settings["parallel"]["value"] == [1, 10]
    assert settings["api_key"]["value"] == "***"
    assert settings["outcome"]["value"]
    series = series_of(records)
    assert series["load"] == [1, 10]
    assert series["ttft_ms/p99"] == [60.0, 61.0]
    assert series["time_s"][-1] == 3.0
    assert series["live/done"][-1] == 20
    assert "itl_ms/p99" not in series
    media = {record["key"] for record in all_of("Media", records)}
    assert media == {"summary", "notes", "plots/latency", "charts/ttft_ms_cost"}
    assert all_of("Footer", records)[0]["success"] is True
    everything = b"".join(f.read_bytes() for f in load_test.folder.rglob("*") if f.is_file())
    assert b"sk-secret" not in everything


def test_offline_files_hold_the_evaluation(evaluation: Evaluation, reported: list[str]) -> None:
    config = evaluation.config(sinks=["swanlab"])
    sinks = open_sinks(config, reported.append)
    evaluation.play(sinks[0], config)
    close_sinks(sinks)

    (path,) = (evaluation.folder / "sinks" / "swanlab").glob("run-*/backup.swanlab")
    records = read_records(path)
    series = series_of(records)
    assert series["gsm8k/accuracy"] == [0.75]
    assert series["live mmlu/done"][-1] == 4
    charts = {f"charts/{name}" for name in ("scores", "unscored", "wait")}
    media = {record["key"] for record in all_of("Media", records)}
    assert media == {"scores", "load", "notes", *charts}


def test_a_run_that_is_left_is_not_a_success(load_test: LoadTest) -> None:
    from perfbench.reports.sinks.swanlab import SwanLabSink

    config = load_test.config(sinks=["swanlab"])
    sink = SwanLabSink(config)
    sink(load_test.started(config))
    sink.close()
    (path,) = (load_test.folder / "sinks" / "swanlab").glob("run-*/backup.swanlab")
    assert all_of("Footer", read_records(path))[0]["success"] is False


def test_without_a_key_it_says_what_to_do(load_test: LoadTest, reported: list[str]) -> None:
    config = load_test.config(sinks=["swanlab"], sink_mode="online")
    sinks = open_sinks(config, reported.append)
    load_test.play(sinks[0], config)
    close_sinks(sinks)
    (line,) = reported
    assert line.startswith("swanlab: no API key: run `swanlab login`")


def test_what_it_would_forget_is_refused(load_test: LoadTest) -> None:
    with pytest.raises(ConfigError, match=r"swanlab\.init of .* takes no colour"):
        open_sinks(load_test.config(sinks=["swanlab"], sink_args={"colour": "red"}), print)
