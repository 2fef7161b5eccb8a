"""Load tests that a test starts and this ends, whatever becomes of the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from started import Start, Started


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
