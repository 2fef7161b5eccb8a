"""Events as JSON lines: what is written where, and what happens when it cannot be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import msgspec
import pytest
import warm
from forked import PERFBENCH, perfbench
from report_builders import begun, make_point, make_progress, make_summary

from perfbench.errors import ConfigError
from perfbench.reports.stream import open_stream
from perfbench.types import Event, Note, PointFinished, PointStarted, RunFinished

QUICK = ["--parallel", "2", "--number", "6", "--no-report"]


def lines(text: bytes) -> list[Event]:
    return [msgspec.json.decode(line, type=Event) for line in text.splitlines()]


def test_every_line_is_an_event_as_soon_as_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("of an earlier run")
    point = make_point()
    told: list[Event] = [
        begun([point]),
        PointStarted(point),
        make_progress(point),
        PointFinished(point, make_summary(1)),
        Note("two\nlines, “quoted”"),
        RunFinished(interrupted=True, error="no worker is left"),
    ]
    with open_stream(str(file), pytest.fail) as stream:
        for number, event in enumerate(told, 1):
            stream(event)
            assert lines(file.read_bytes()) == told[:number]
    first = json.loads(file.read_text().splitlines()[0])
    assert list(first)[:2] == ["time", "event"]


def test_what_utf_8_cannot_say_is_escaped(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with open_stream(str(file), pytest.fail) as stream:
        stream(Note("a lone \ud800"))
    assert json.loads(file.read_text())["text"] == "a lone \ud800"


def test_a_file_that_cannot_be_opened_is_an_error_of_the_settings(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match=r"--events: cannot write .*: Is a directory"),
        open_stream(str(tmp_path), pytest.fail),
    ):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device is full here")
def test_a_full_disk_is_said_once_and_ends_nothing() -> None:
    said: list[str] = []
    with open_stream("/dev/full", said.append) as stream:
        stream(Note("first"))
        stream(Note("second"))
    assert said == [
        "--events: No space left on device; the run goes on without the rest of the events"
    ]


def test_standard_output_is_for_events_alone(tmp_path: Path) -> None:
    done = perfbench([*QUICK, "--events", "-"], tmp_path, text=False)
    assert done.returncode == 0, done.stderr
    names = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert (names[0], names[-1]) == ("run_started", "run_finished")
    assert b"parallel 2" in done.stderr


def test_a_reader_who_leaves_ends_the_run(tmp_path: Path) -> None:
    child = warm.Popen(
        [*PERFBENCH, "--parallel", "2", "--duration", "30", "--no-report", "--events", "-"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert b"run_started" in child.stdout.readline()
    child.stdout.close()
    _, said = child.communicate(timeout=60)
    assert child.returncode == 141
    assert b"Traceback" not in said


def test_json_and_events_cannot_share_standard_output(tmp_path: Path) -> None:
    done = perfbench([*QUICK, "--json", "--events", "-"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "perfbench: --json and --events - both want standard output: give --events FILE\n"
    )
