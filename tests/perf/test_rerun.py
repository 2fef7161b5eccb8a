"""``perfbench rerun``: the same plan again, byte for byte, in a folder of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from load_runs import read_truth
from test_resume import refused, what_was_asked

import perfbench
from perfbench import PerfConfig, Run, cli, open_run, run_perf
from perfbench.errors import ConfigError
from perfbench.store.again import other_plans

FAST = {"ttft_ms": 1.0, "itl_ms": 1.0, "output_tokens": 4}
COMMON: dict[str, Any] = {"report": False, "probe": False, "keep_prompts": True}


def trace(folder: Path) -> Path:
    rows = [{"timestamp": n / 20, "input_length": 9 + n, "output_length": 4} for n in range(8)]
    path = folder / "trace.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


LOADS: dict[str, dict[str, Any]] = {
    "sweep": {"parallel": [1, 3], "number": [12], "max_tokens": [2, 9], "warmup": 2},
    "stages": {"stages": ["0.2s@20..60", "0.2s@60"], "dataset": "random"},
    "gamma": {"rate": [80], "number": [20], "arrival": "gamma", "burstiness": 0.5, "ramp": 0.1},
    "conversations": {
        "dataset": "random_multi_turn",
        "conversations": [3],
        "max_turns": 3,
        "think_time": "0.01",
        "parallel": [2],
    },
    "trace": {"dataset": "trace", "trace_speed": [2.0]},
    "time": {"parallel": [2], "duration": 0.3},
}


def arrivals(run: Run) -> list[list[tuple[int, int]]]:
    """Of each point: the place of every request in the plan, and when it was due, ns after the
    start; 0 in a closed loop."""
    found = []
    for point in run.points():
        facts = run.facts(point)
        assert facts is not None
        start_ns = facts.start_ns or 0
        due = [(each.seq, (each.due_ns or start_ns) - start_ns) for each in run.records(point)]
        found.append(sorted(due))
    return found


@pytest.mark.parametrize("kind", LOADS)
def test_a_rerun_has_the_plan_of_the_run(kind: str, tmp_path: Path) -> None:
    load = {"dataset_path": trace(tmp_path)} if kind == "trace" else {}
    # The seed is drawn: the run keeps it.
    first = run_perf(
        PerfConfig(outputs_dir=tmp_path, simulator=FAST, **COMMON, **LOADS[kind], **load)
    )
    second = perfbench.rerun(first.path, outputs_dir=tmp_path / "again")
    assert second.path.parent == tmp_path / "again"
    assert what_was_asked(second.path) == what_was_asked(first.path)
    assert all(plan for _, plan, _, _ in what_was_asked(first.path))
    with open_run(first.path) as one, open_run(second.path) as other:
        assert other_plans(one, other) == []
        assert one.config["seed"] == other.config["seed"]
        for key, value in one.config.items():
            assert value == other.config[key] or key == "outputs_dir"
        if kind != "time":
            assert arrivals(other) == arrivals(one)
    # And what it leaves can be done again in its turn.
    assert len(perfbench.rerun(second.path, outputs_dir=tmp_path / "third")) == len(first)


def test_the_command_says_what_it_does_and_how_to_compare(tmp_path, capsys):
    first = run_perf(
        PerfConfig(outputs_dir=tmp_path, simulator=FAST, number=[5], seed=3, name="a b", **COMMON)
    )
    assert cli.main(["rerun", "latest", "--outputs-dir", str(tmp_path)]) == 0
    (second,) = (path for path in tmp_path.iterdir() if path != first.path)
    out = capsys.readouterr().out
    assert f"again: {first.path}" in out
    assert "--number 5 --seed 3" in out
    assert out.endswith(f"compare   perfbench compare {first.path} {second}\n")
    assert "note:" not in out
    assert cli.main(["rerun", str(first.path), "--json", "--outputs-dir", str(tmp_path / "b")]) == 0
    assert json.loads(capsys.readouterr().out)["points"]


def test_other_settings_and_other_data_are_refused(tmp_path, capsys):
    data = trace(tmp_path)
    first = run_perf(
        PerfConfig(
            outputs_dir=tmp_path, simulator=FAST, dataset="trace", dataset_path=data, **COMMON
        )
    )
    path = str(first.path)
    assert "unknown option --number" in refused(capsys, "rerun", path, "--number", "3")
    settings = tmp_path / "settings.yaml"
    settings.write_text("seed: 1\nmax_tokens: 7\n")
    said = refused(capsys, "rerun", path, "--config", str(settings))
    assert f"rerun {path}: its settings are other: --max-tokens is 7 here and 2048 there" in said
    assert "--seed is 1 here and" in said
    with pytest.raises(ConfigError, match=r"--url is http://127.0.0.1:1 here and not given there"):
        perfbench.rerun(path, url="http://127.0.0.1:1")
    data.write_text(data.read_text().replace('"output_length": 4', '"output_length": 5', 1))
    assert "not the file that it was: --dataset-path" in refused(capsys, "rerun", path)


def test_a_settings_file_says_where_the_run_lies(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "kept here"
    first = run_perf(PerfConfig(outputs_dir=folder, simulator=FAST, number=[3], **COMMON))
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"outputs_dir: {folder}\n")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["rerun", "latest", "--config", str(settings)]) == 0
    assert f"again: {first.path}" in capsys.readouterr().out
    assert len([*folder.iterdir()]) == 2
    # A variable wins over a file, here as everywhere.
    monkeypatch.setenv("PERFBENCH_OUTPUTS_DIR", str(tmp_path / "elsewhere"))
    assert "elsewhere" in refused(capsys, "rerun", "latest", "--config", str(settings))
    monkeypatch.delenv("PERFBENCH_OUTPUTS_DIR")
    settings.write_text("outputs_dir: [a, b]\n")
    said = refused(capsys, "rerun", "latest", "--config", str(settings))
    assert f"{settings}: outputs_dir: must be a path (got ['a', 'b'])" in said


def test_a_plan_that_differs_all_the_same_is_said(tmp_path):
    """What no file and no setting tells: another model is served at the same address."""
    runs = []
    for model in ("one", "other"):
        simulator = {**FAST, "model": model}
        settings = {"simulator": simulator, "number": [4], "seed": 3, **COMMON}
        runs.append(run_perf(PerfConfig(outputs_dir=tmp_path / model, **settings)).path)
    with open_run(runs[0]) as before, open_run(runs[1]) as now:
        (line,) = other_plans(before, now)
    assert line.startswith("parallel_1_number_4: not the requests of then")


def test_the_service_sees_the_same_again(tmp_path):
    """By the log of the service itself: as many requests, of the same lengths."""
    log = tmp_path / "truth.tsv"
    simulator = {**FAST, "log": log, "output_tokens": 16, "ttft_ms": None, "itl_ms": None}
    settings = {"simulator": simulator, "rate": [50], "number": [20], "seed": 5, **COMMON}
    first = run_perf(PerfConfig(outputs_dir=tmp_path / "a", **settings))
    before = sorted(truth.tokens for truth in read_truth(log).values())
    log.unlink()
    perfbench.rerun(first.path, outputs_dir=tmp_path / "b")
    assert sorted(truth.tokens for truth in read_truth(log).values()) == before
    assert len(before) == 20
