"""Load tests that a test starts and this ends, whatever becomes of the test; and command lines that
are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from load_runs import Refused
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
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Refused:
    """Runs a command line that must be refused, in an empty folder; the line that says why."""
    monkeypatch.chdir(tmp_path)

    def line(*arguments: object) -> str:
        assert cli.main([str(each) for each in arguments]) == cli.BAD_INPUT
        out, errors = capfd.readouterr()
        assert out == ""
        assert errors.startswith("perfbench: ")
        assert errors.count("\n") == 1, errors
        return errors.removeprefix("perfbench: ").rstrip("\n")

    return line
