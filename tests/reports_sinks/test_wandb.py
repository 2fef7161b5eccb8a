"""The wandb sink with the real library, offline: what its files hold, read back."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_load_test import Evaluation, LoadTest

from perfbench.reports.sinks import close_sinks, open_sinks

TAGS = {"perfbench", "load test", "openai", "openqa", "simulator"}

BLOCK = 32_768
HEADER = struct.Struct("<IHB")
ENDS_RECORD = (1, 4)
"""LevelDB's FULL and LAST."""


@pytest.fixture(autouse=True)
def _no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("API_KEY", "MODE", "PROJECT", "DATA_DIR", "DIR", "SERVICE"):
        monkeypatch.delenv(f"WANDB_{name}", raising=False)


def read_records(path: Path) -> Iterator[Any]:
    """The records of a ``.wandb`` file: protobuf messages in LevelDB's log format."""
    from wandb.proto import wandb_internal_pb2  # not while tests are collected: it takes long

    data = path.read_bytes()
    assert data[:4] == b":W&B"
    at, message = HEADER.size, b""
    while at + HEADER.size <= len(data):
        if BLOCK - at % BLOCK < HEADER.size:
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = HEADER.unpack_from(data, at)
        at += HEADER.size + length
        message += data[at - length : at]
        if kind in ENDS_RECORD:
            record = wandb_internal_pb2.Record()
            record.ParseFromString(message)
            message = b""
            yield record


def values(items: Any) -> dict[str, Any]:
    return {i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in items}


def test_offline_files_hold_the_load_test(
    load_test: LoadTest, reported: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    config = load_test.config(
        sinks=["wandb"],
        api_key="sk-secret",
        sink_project="speed",
        sink_args={"tags": ["nightly"], "settings": {"run_notes": "a note"}},
    )
    sinks = open_sinks(config, reported.append)
    load_test.play(sinks[0], config)
    close_sinks(sinks)

    (path,) = (load_test.folder / "sinks" / "wandb").glob("offline-run-*/run-*.wandb")
    assert reported == [f"wandb: offline run; upload it with: wandb sync '{path.parent}'"]
    assert capfd.readouterr() == ("", "")
    records = list(read_records(path))
    check_identity(records, load_test)
    check_series(records)
    check_media(records, path.parent / "files", load_test)
    everything = b"".join(f.read_bytes() for f in load_test.folder.rglob("*") if f.is_file())
    assert b"sk-secret" not in everything


def check_identity(records: list[Any], load_test: LoadTest) -> None:
    run = next(record.run for record in records if record.HasField("run"))
    assert (run.project, run.display_name) == ("speed", load_test.folder.name)
    assert (set(run.tags), run.notes) == ({*TAGS, "nightly"}, "a note")
    settings = values(run.config.update)
    assert settings["parallel"] == [1, 10]
    assert settings["load_axis"] == "parallel"
    assert settings["api_key"] == "***"
    assert any(record.HasField("exit") and record.exit.exit_code == 0 for record in records)


def check_series(records: list[Any]) -> None:
    axes = {r.metric.glob_name: r.metric.step_metric for r in records if r.HasField("metric")}
    assert axes["ttft_ms/*"] == axes["throughput/*"] == axes["requests/*"] == "load"
    assert axes["live/*"] == "time_s"
    history = [values(r.history.item) for r in records if r.HasField("history")]
    by_load = [row for row in history if "load" in row]
    assert [(row["load"], row["ttft_ms/p99"]) for row in by_load] == [(1, 60.0), (10, 61.0)]
    assert all(row["errors/timeout"] == 3 for row in by_load)
    assert not any("itl_ms/p99" in row for row in by_load)
    # The final state of each point; 1.5 s under load each.
    live = [row for row in history if "time_s" in row]
    assert [(live[-1]["time_s"], live[-1]["live/done"])] == [(3.0, 20)]
    assert {row["live/point"] for row in live} == {0, 1}
    assert len(live) <= 4


def check_media(records: list[Any], files: Path, load_test: LoadTest) -> None:
    (notes,) = (files / "media" / "table").glob("notes*.json")
    assert json.loads(notes.read_text())["data"] == [["the data set was repeated"]]
    (table,) = (files / "media" / "table").glob("summary*.json")
    content = json.loads(table.read_text())
    rows = [dict(zip(content["columns"], row, strict=True)) for row in content["data"]]
    assert [(r["name"], r["parallel"], r["ttft_ms p99"]) for r in rows] == [
        ("point_0", 1, 60.0),
        ("point_1", 10, 61.0),
    ]
    assert rows[0]["output_throughput_tok_s"] is None
    (html,) = (files / "media" / "html").glob("report*.html")
    assert html.read_bytes() == (load_test.folder / "report.html").read_bytes()
    (plot,) = (files / "media" / "images" / "plots").glob("latency*.png")
    assert plot.read_bytes() == (load_test.folder / "plots" / "latency.png").read_bytes()
    (artifact,) = (
        r.artifact for r in records if r.HasField("artifact") and r.artifact.type == "perfbench"
    )
    kept = {entry.path: Path(entry.local_path) for entry in artifact.manifest.contents}
    assert set(kept) == {"summary.json", "report.html", "plots/latency.png"}
    for name, copy in kept.items():
        assert copy.is_relative_to(load_test.folder)
        assert copy.read_bytes() == (load_test.folder / name).read_bytes()


def test_offline_files_hold_the_evaluation(evaluation: Evaluation, reported: list[str]) -> None:
    config = evaluation.config(sinks=["wandb"])
    sinks = open_sinks(config, reported.append)
    evaluation.play(sinks[0], config)
    close_sinks(sinks)

    (path,) = (evaluation.folder / "sinks" / "wandb").glob("offline-run-*/run-*.wandb")
    records = list(read_records(path))
    axes = {r.metric.glob_name: r.metric.step_metric for r in records if r.HasField("metric")}
    assert axes["live gsm8k/*"] == axes["live mmlu/*"] == "time_s"
    history = [values(r.history.item) for r in records if r.HasField("history")]
    assert [row["gsm8k/accuracy"] for row in history if "gsm8k/accuracy" in row] == [0.75]
    assert [row["mmlu subset/law_eu"] for row in history if "mmlu/accuracy" in row] == [0.5]
    # The last counters of each subtask always arrive.
    assert [row["live mmlu/done"] for row in history if "live mmlu/done" in row][-1] == 4
    tables = (path.parent / "files" / "media" / "table").glob("*.json")
    assert {file.name.partition("_")[0] for file in tables} == {"scores", "load", "notes"}
    run = next(record.run for record in records if record.HasField("run"))
    assert values(run.config.update)["subtasks"]["mmlu"]["samples"] == 20
    assert any(record.HasField("exit") and record.exit.exit_code == 0 for record in records)


def test_without_a_key_it_says_what_to_do(load_test: LoadTest, reported: list[str]) -> None:
    config = load_test.config(sinks=["wandb"], sink_mode="online")
    sinks = open_sinks(config, reported.append)
    load_test.play(sinks[0], config)
    close_sinks(sinks)
    (line,) = reported
    assert line.startswith(
        "wandb: no API key: run `wandb login`, set WANDB_API_KEY, or use --sink-mode offline"
    )
