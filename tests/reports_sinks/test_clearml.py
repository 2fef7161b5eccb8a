"""The ClearML sink with the real library, offline: what its session holds, read back."""

from __future__ import annotations

import json
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sample_load_test import Evaluation, LoadTest

from perfbench.reports.sinks import close_sinks, open_sinks

pytestmark = pytest.mark.skipif(
    find_spec("clearml") is None, reason="clearml is not installed: it is too heavy for [test]"
)


@pytest.fixture(autouse=True)
def _no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLEARML_CONFIG_FILE", str(tmp_path / "clearml.conf"))
    for name in ("API_HOST", "API_ACCESS_KEY", "API_SECRET_KEY", "OFFLINE_MODE", "CACHE_DIR"):
        monkeypatch.delenv(f"CLEARML_{name}", raising=False)


def play(run: LoadTest | Evaluation, reported: list[str], **settings: object) -> Path:
    """The session that is left."""
    config = run.config(sinks=["clearml"], api_key="sk-secret", **settings)
    sinks = open_sinks(config, reported.append)
    run.play(sinks[0], config)  # type: ignore[arg-type]
    close_sinks(sinks)
    found = list((run.folder / "sinks" / "clearml" / "offline").glob("*.zip"))
    return found[0] if found else Path()


def read(session: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The task, and the figures and plots it reported."""
    with zipfile.ZipFile(session) as content:
        task = json.loads(content.read("task.json"))
        lines = content.read("metrics.jsonl").decode().splitlines()
    return task, [event for line in lines for event in json.loads(line)]


def series(events: list[dict[str, Any]], title: str, line: str) -> list[tuple[int, float]]:
    return [
        (event["iter"], event["value"])
        for event in events
        if (event["type"], event["metric"], event["variant"])
        == ("training_stats_scalar", title, line)
    ]


def test_an_offline_session_holds_the_load_test(
    load_test: LoadTest, reported: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    session = play(load_test, reported, sink_project="speed", sink_args={"tags": ["nightly"]})
    upload = f"upload it with: clearml-task --import-offline-session '{session}'"
    assert reported == [f"clearml: offline run; {upload}"]
    assert capfd.readouterr() == ("", "")
    task, events = read(session)
    assert (task["name"], task["project_name"]) == (load_test.folder.name, "speed")
    assert {"perfbench", "load test", "nightly"} <= set(task["tags"])
    settings = task["hyperparams"]["perfbench"]
    assert (settings["parallel"]["value"], settings["api_key"]["value"]) == ("1 10", "***")
    # Nothing of the machine's own is collected.
    assert not (task.get("script") or {}).get("diff")
    # At its load, in requests in flight.
    assert series(events, "ttft_ms", "p99") == [(1, 60.0), (10, 61.0)]
    assert series(events, "live", "done")[-1] == (3, 20.0)
    plots = {(each["metric"], each["variant"]) for each in events if each["type"] == "plot"}
    assert {("tables", "summary"), ("tables", "notes")} <= plots
    images = {each["variant"] for each in events if each["type"] == "training_debug_image"}
    assert images == {"latency"}
    kept = {each["key"] for each in task["execution"]["artifacts"]}
    assert kept == {"summary.json", "report.html", "plots/latency.png"}
    copies = [file for file in session.parent.rglob("report.html") if file.is_file()]
    assert [file.read_bytes() for file in copies] == [
        (load_test.folder / "report.html").read_bytes()
    ]
    assert "max/requests_rps = 11.25" in task["configuration"]["outcome"]["value"]
    files = [file for file in load_test.folder.rglob("*") if file.is_file()]
    assert b"sk-secret" not in b"".join(file.read_bytes() for file in files)


def test_an_offline_session_holds_the_evaluation(
    evaluation: Evaluation, reported: list[str]
) -> None:
    task, events = read(play(evaluation, reported))
    assert series(events, "gsm8k", "accuracy") == [(0, 0.75)]
    assert series(events, "mmlu subset", "law_eu") == [(1, 0.5)]
    assert series(events, "mmlu load", "ttft_ms p99") == [(1, 62.0)]
    assert series(events, "live mmlu", "done")[-1] == (2, 4.0)
    plots = {(each["metric"], each["variant"]) for each in events if each["type"] == "plot"}
    assert {("tables", "scores"), ("Score", "score")} <= plots
    assert "abc123" in task["configuration"]["settings"]["value"]


def test_without_credentials_it_says_what_to_do(load_test: LoadTest, reported: list[str]) -> None:
    play(load_test, reported, sink_mode="online")
    (line,) = reported
    assert "--sink-mode offline" in line
    assert "clearml-init" in line
