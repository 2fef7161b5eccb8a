"""Load tests that a test starts and this ends, whatever becomes of the test; and command lines in
this process."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from load_runs import Command, Refused
from started import Start, Started

from perfbench import cli


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs: list[Started] = []

    def begin(simulator: str, *arguments: str, report: bool = False) -> Started:
        runs.append(Started(tmp_path, simulator, *arguments, report=report))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
        run.process.communicate()


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command line to its end in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        status = cli.main([str(word) for word in words])
        return subprocess.CompletedProcess(words, status, *capfd.readouterr())

    return run


@pytest.fixture
def refused(command: Command) -> Refused:
    """Runs a command line that must be refused; the line that says why."""

    def line(*words: object) -> str:
        done = command(*words)
        assert (done.returncode, done.stdout) == (cli.BAD_INPUT, "")
        assert done.stderr.startswith("perfbench: ")
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr.removeprefix("perfbench: ").rstrip("\n")

    return line
