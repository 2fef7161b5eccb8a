"""The SwanLab sink with the real library, offline: what its files hold, read back."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from sample_load_test import Evaluation, LoadTest

from perfbench.reports.sinks import close_sinks, open_sinks

VERSION = tuple(int(part) for part in importlib.metadata.version("swanlab").split(".")[:2])
pytestmark = pytest.mark.skipif(VERSION < (0, 8), reason="an older SwanLab is installed")
TAGS = {"perfbench", "load test", "openai", "openqa", "simulator"}


@pytest.fixture(autouse=True)
def _no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("API_KEY", "MODE", "PROJECT", "LOG_DIR", "SAVE_DIR", "ROOT"):
        monkeypatch.delenv(f"SWANLAB_{name}", raising=False)


def read_records(path: Path) -> list[Any]:
    # Not while tests are collected: they take long.
    from swanlab.proto.swanlab.record.v1.record_pb2 import Record
    from swanlab.sdk.internal.core_python.store import DataStoreReader

    reader = DataStoreReader()
    reader.open(str(path))
    records = []
    while (data := reader.scan()) is not None:
        record = Record()
        record.ParseFromString(data)
        records.append(record)
    reader.close()
    return records


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

    (path,) = (load_test.folder / "sinks" / "swanlab").glob("run-*/run-*.swanlab")
    assert reported == [f"swanlab: offline run; upload it with: swanlab sync '{path.parent}'"]
    assert capfd.readouterr() == ("", "")
    records = read_records(path)
    check_identity(records, path.parent, load_test)
    check_series(records)
    check_media(records, path.parent, load_test)
    everything = b"".join(f.read_bytes() for f in load_test.folder.rglob("*") if f.is_file())
    assert b"sk-secret" not in everything


def check_identity(records: list[Any], run: Path, load_test: LoadTest) -> None:
    from swanlab.proto.swanlab.run.v1.run_pb2 import RunState

    start = next(record.start for record in records if record.HasField("start"))
    assert (start.project, start.name) == ("speed", load_test.folder.name)
    assert set(start.tags) == {*TAGS, "nightly"}
    finish = next(record.finish for record in records if record.HasField("finish"))
    assert finish.state == RunState.RUN_STATE_FINISHED
    settings = yaml.safe_load((run / "files" / "config.yaml").read_text())
    assert settings["parallel"]["value"] == [1, 10]
    assert settings["load_axis"]["value"] == "parallel"
    assert settings["api_key"]["value"] == "***"


def axes_of(records: list[Any]) -> dict[str, str] | None:
    """Which series is drawn over which; ``None`` in versions before 0.10, which draw all over their
    step."""
    columns = [record.column for record in records if record.HasField("column")]
    if not hasattr(columns[0], "x_axis"):
        return None
    return {column.column_key: column.x_axis for column in columns}


def check_series(records: list[Any]) -> None:
    if (axes := axes_of(records)) is not None:
        assert axes["ttft_ms/p99"] == axes["throughput/requests_rps"] == "load"
        assert axes["live/done"] == axes["live/ttft_ms"] == "time_s"
    series: dict[str, list[float]] = {}
    for record in records:
        if record.HasField("scalar"):
            series.setdefault(record.scalar.key, []).append(record.scalar.value.number)
    assert series["load"] == [1, 10]
    assert series["ttft_ms/p99"] == [60.0, 61.0]
    assert series["errors/timeout"] == [3, 3]
    assert "itl_ms/p99" not in series
    # The final state of each point; 1.5 s under load each.
    assert series["time_s"][-1] == 3.0
    assert series["live/done"][-1] == 20
    assert set(series["live/point"]) == {0, 1}
    assert len(series["time_s"]) <= 4


def check_media(records: list[Any], run: Path, load_test: LoadTest) -> None:
    drawn = [json.loads(file.read_text()) for file in (run / "media" / "echarts").glob("*.json")]
    tables = [content for content in drawn if "rowData" in content]
    (ttft,) = (content for content in drawn if "rowData" not in content)
    assert ttft["xAxis"][0]["data"] == ["11.25", "11.25"]
    assert [(line["name"], line["type"]) for line in ttft["series"]] == [
        ("p50", "line"),
        ("p99", "line"),
    ]
    rows = next(table["rowData"] for table in tables if "name" in table["rowData"][0])
    assert [{"note": "the data set was repeated"}] in [table["rowData"] for table in tables]
    assert [(r["name"], r["parallel"], r["ttft_ms p99"]) for r in rows] == [
        ("point_0", 1, 60.0),
        ("point_1", 10, 61.0),
    ]
    assert rows[0]["output_throughput_tok_s"] == "–"
    (html,) = (run / "media" / "html").glob("*.html")
    assert html.read_bytes() == (load_test.folder / "report.html").read_bytes()
    assert {r.media.key for r in records if r.HasField("media")} == {
        "summary",
        "notes",
        "report",
        "plots/latency",
        "charts/ttft_ms_cost",
    }
    for name in ("summary.json", "report.html", "plots/latency.png"):
        assert (run / "files" / name).read_bytes() == (load_test.folder / name).read_bytes()


def test_offline_files_hold_the_evaluation(evaluation: Evaluation, reported: list[str]) -> None:
    config = evaluation.config(sinks=["swanlab"])
    sinks = open_sinks(config, reported.append)
    evaluation.play(sinks[0], config)
    close_sinks(sinks)

    (path,) = (evaluation.folder / "sinks" / "swanlab").glob("run-*/run-*.swanlab")
    records = read_records(path)
    if (axes := axes_of(records)) is not None:
        assert axes["live gsm8k/done"] == axes["live mmlu/done"] == "time_s"
    series: dict[str, list[float]] = {}
    for record in records:
        if record.HasField("scalar"):
            series.setdefault(record.scalar.key, []).append(record.scalar.value.number)
    assert series["gsm8k/accuracy"] == [0.75]
    assert series["mmlu subset/law_eu"] == [0.5]
    assert series["live mmlu/done"][-1] == 4
    media = {r.media.key for r in records if r.HasField("media")}
    charts = {f"charts/{name}" for name in ("scores", "unscored", "wait")}
    assert media == {"scores", "load", "notes", "report", *charts}
    copy = path.parent / "files" / "summary" / "summary_1.csv"
    assert copy.read_text() == "dataset,version\n"


def test_without_a_key_it_says_what_to_do(load_test: LoadTest, reported: list[str]) -> None:
    config = load_test.config(sinks=["swanlab"], sink_mode="online")
    sinks = open_sinks(config, reported.append)
    load_test.play(sinks[0], config)
    close_sinks(sinks)
    (line,) = reported
    assert line.startswith(
        "swanlab: no API key: run `swanlab login`, set SWANLAB_API_KEY, or use --sink-mode offline"
    )
