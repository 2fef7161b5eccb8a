"""The commands from the outside: a load test up to its exit status, and what follows it."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import forked
import pytest
import warm
from forked import PERFBENCH

from perfbench import cli, open_run
from perfbench.commands.command import FAILED


def perfbench(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    return forked.perfbench(shlex.split(line), folder)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run of two points, made without reports."""
    folder = tmp_path_factory.mktemp("finished")
    done = perfbench(folder, "--parallel 1 4 --number 12 --no-report --json")
    assert done.returncode == 0, done.stderr
    (run,) = (folder / "results").iterdir()
    printed = json.loads(done.stdout)
    assert printed == json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert printed["schema"] == "perfbench.summary/1"
    assert [point["completed"] for point in printed["points"]] == [12, 12]
    assert "simulator" in done.stderr
    assert not (run / "report.html").exists()
    return run


def test_a_report_tells_the_run_in_the_words_of_other_tools(finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "copy")
    done = perfbench(tmp_path, f"report {run} --metrics-as vllm evalscope")
    assert done.returncode == 0, done.stderr
    assert "nearest rank" in done.stdout
    assert (run / "words.html").exists()
    (told,) = (run / "words" / "vllm" / "parallel_1_number_12").iterdir()
    ours = json.loads((run / "summary.json").read_text(encoding="utf-8"))["points"][0]
    theirs = json.loads(told.read_text(encoding="utf-8"))
    assert theirs["completed"] == 12
    assert theirs["mean_ttft_ms"] == pytest.approx(ours["metrics"]["ttft_ms"]["mean"])


def test_a_run_leaves_its_words_where_it_was_asked_for_them(tmp_path: Path) -> None:
    line = "--number 3 --max-tokens 3 --no-report --metrics-as aiperf"
    done = perfbench(tmp_path, line)
    assert done.returncode == 0, done.stderr
    assert "words.html" in done.stdout
    (told,) = (tmp_path / "results").glob("*/words/aiperf/*/profile_export_aiperf.json")
    assert json.loads(told.read_text(encoding="utf-8"))["request_count"]["avg"] == 3


def test_a_tool_that_we_have_no_words_of_is_an_error(finished: Path, tmp_path: Path) -> None:
    done = perfbench(tmp_path, f"report {finished} --metrics-as vlm")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "did you mean vllm?" in done.stderr


def test_report_makes_everything_again(finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "copy")
    before = json.loads((run / "summary.json").read_text(encoding="utf-8"))["points"]
    (run / "summary.json").unlink()
    done = perfbench(tmp_path, f"report {run}")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(run / "report.html") in done.stdout.replace("\n", "")
    assert "24 planned = 24 sent = 24 ok" in done.stdout
    assert "overview" in done.stdout
    assert (run / "report.html").stat().st_size > 10_000
    assert list((run / "plots").glob("*.png"))
    assert json.loads((run / "summary.json").read_text(encoding="utf-8"))["points"] == before


def test_export_to_standard_output_and_file(finished: Path, tmp_path: Path) -> None:
    shown = perfbench(tmp_path, f"export {finished}")
    assert (shown.returncode, shown.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert len(rows) == 24
    assert all(float(row["ttft_ms"]) > 0 for row in rows)

    out = tmp_path / "out.jsonl"
    written = perfbench(tmp_path, f"export {finished} --format jsonl --out {out}")
    assert (written.returncode, written.stderr) == (0, "")
    assert len([json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]) == 24


@pytest.mark.parametrize("command", ["export", "report"])
def test_a_closed_pipe_is_quiet(finished: Path, tmp_path: Path, command: str) -> None:
    run = shutil.copytree(finished, tmp_path / "copy")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        line = [*PERFBENCH, command, str(run)]
        with warm.Popen(line, stdout=writer, stderr=subprocess.PIPE) as child:
            _, err = child.communicate(timeout=60)
    finally:
        os.close(writer)
    assert (child.returncode, err) == (cli.PIPE_CLOSED, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_standard_output_ends_no_run(tmp_path: Path) -> None:
    line = [*PERFBENCH, "--number", "3", "--no-report"]
    with (
        open("/dev/full", "w", encoding="utf-8") as full,
        warm.Popen(line, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path) as child,
    ):
        _, err = child.communicate(timeout=60)
    said = b"perfbench: standard output cannot be written: No space left on device\n"
    assert (child.returncode, err) == (cli.BAD_INPUT, said)
    (run,) = (tmp_path / "results").iterdir()
    with open_run(run) as stored:
        assert [summary.completed for summary in stored.summaries()] == [3]


def test_a_stored_evaluation_is_shown_again(tmp_path: Path) -> None:
    asked = perfbench(tmp_path, "eval --datasets gsm8k --limit 4")
    assert asked.returncode == 0, asked.stderr
    shown = perfbench(tmp_path, "report latest")
    assert (shown.returncode, shown.stderr) == (0, "")
    (scores,) = [line for line in shown.stdout.splitlines() if line.endswith(" 4/4")]
    assert scores in asked.stdout
    assert "report.html" in shown.stdout


def test_export_to_an_impossible_file_is_one_line(finished: Path, tmp_path: Path) -> None:
    done = perfbench(tmp_path, f"export {finished} --out no/x.csv")
    assert (done.returncode, done.stderr.count("\n")) == (cli.BAD_INPUT, 1)
    assert "x.csv" in done.stderr


def test_all_failed_is_status_1(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("simulator: {error_rate: 1.0}\nnumber: 5\nreport: false\n")
    done = perfbench(tmp_path, f"--config {settings} --json")
    assert done.returncode == FAILED
    (point,) = json.loads(done.stdout)["points"]
    assert (point["completed"], point["errors"]["http_5xx"]) == (0, 5)


def test_unreachable_service_is_one_line(tmp_path: Path) -> None:
    done = perfbench(tmp_path, "--url http://127.0.0.1:9 --number 5")
    assert (done.returncode, done.stderr.count("\n")) == (cli.BAD_INPUT, 1)
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stdout


def test_interrupted_run_keeps_what_it_has(tmp_path: Path) -> None:
    line = "--parallel 2 --number 30000 --no-report --json"
    with warm.Popen(
        [*PERFBENCH, *shlex.split(line)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        try:
            wait_for_rows(tmp_path)
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=30)
        finally:
            child.kill()
    assert child.returncode == cli.INTERRUPTED
    (point,) = json.loads(out)["points"]
    assert point["interrupted"]
    assert 0 < point["completed"] < 30_000


def wait_for_rows(folder: Path) -> None:
    """Return once a run in ``folder`` has stored requests."""
    deadline = time.monotonic() + 30
    while not any(log.stat().st_size > 100_000 for log in folder.glob("results/*/run.db-wal")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_simulate_serves_until_told_to_stop(stop: signal.Signals) -> None:
    with warm.Popen(
        [*PERFBENCH, "simulate", "--port", "0", "--model", "m"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            url = child.stdout.readline().split()[-1]
            with urllib.request.urlopen(f"{url}/v1/models", timeout=10) as answer:
                assert json.load(answer)["data"][0]["id"] == "m"
            child.send_signal(stop)
            _, errors = child.communicate(timeout=20)
        finally:
            child.kill()
    assert child.returncode == 0
    assert "Traceback" not in errors


def test_prompts_are_kept_where_wanted(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    words = "--number 9 --parallel 2 --no-report --json --dataset custom --dataset-path three.py"
    (tmp_path / "three.py").write_text(
        "from perfbench.types import Sample\n"
        "class Three:\n"
        "    def samples(self, point):\n"
        "        for word in ('a', 'b', 'c'):\n"
        "            yield Sample(word, f'Say {word}.', max_tokens=4)\n"
    )
    for more, kept in (("--keep-prompts", True), ("", False)):
        done = perfbench(tmp_path, f"{words} {more} --outputs-dir {folder}")
        assert done.returncode == 0, done.stderr
        path = json.loads(done.stdout)["run"]["path"]
        rows = perfbench(tmp_path, f"export {path} --format jsonl").stdout.splitlines()
        assert len(rows) == 9
        for row in map(json.loads, rows):
            assert row.get("prompt") == (f"Say {row['sample_id']}." if kept else None)
            assert ("prompt" in row) is kept


def test_prompts_of_a_plan_that_starts_over(tmp_path: Path) -> None:
    words = "--duration 1.5 --parallel 1 --no-report --json --keep-prompts --max-tokens 1"
    done = perfbench(tmp_path, f"{words} --dataset random --max-prompt-length 4")
    assert done.returncode == 0, done.stderr
    path = json.loads(done.stdout)["run"]["path"]
    with open_run(path) as run:
        (point,) = run.points()
        asked = run.samples.asked(point)
    rows = perfbench(tmp_path, f"export {path} --format jsonl").stdout.splitlines()
    for row in map(json.loads, rows):
        assert row["prompt"] == asked[row["seq"] % len(asked)].input
