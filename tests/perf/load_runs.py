"""Load tests as the tests run them: by the API or by the command line, and what they leave."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfbench import PerfConfig, Summary, open_run, run_perf
from perfbench.types import Observer, PointFacts, Record

Command = Callable[..., subprocess.CompletedProcess[str]]
"""The fixture ``command``: words of a command line to what came of it."""
Refused = Callable[..., str]
"""The fixture ``refused``: words of a command line to the line that says why they are refused."""


@dataclass(frozen=True)
class Measured:
    """What a load test left; of its last point where there are several."""

    path: Path
    summaries: list[Summary]
    records: list[Record]
    facts: PointFacts | None

    @property
    def summary(self) -> Summary:
        return self.summaries[-1]

    @property
    def outcomes(self) -> dict[str, int]:
        return dict(Counter(record.outcome for record in self.records))


def measured(folder: Path, observers: Sequence[Observer] = (), **settings: Any) -> Measured:
    """Run a load test by the API, without reports, and without a probe: what the service counts is
    the load."""
    settings = {"report": False, "probe": False, **settings}
    summaries = run_perf(PerfConfig(outputs_dir=folder, **settings), observers)
    (path,) = folder.iterdir()
    return left_in(path, summaries)


def left_in(path: Path, summaries: Sequence[Summary] = ()) -> Measured:
    """Read a results folder."""
    with open_run(path) as run:
        point = run.points()[-1]
        records = list(run.records(point))
        return Measured(path, list(summaries) or run.summaries(), records, run.facts(point))


@dataclass(frozen=True)
class Truth:
    """One line of the simulator's log; instants in ns of the clock of all stamps."""

    received_ns: int
    first_ns: int
    last_ns: int
    tokens: int
    status: str


def read_truth(log: Path) -> dict[int, Truth]:
    """The log by the number of the request; a line that is being written is left out."""
    found = {}
    text = log.read_text() if log.exists() else ""
    for line in text.splitlines(keepends=True):
        if line.endswith("\n") and not line.startswith("#"):
            number, received, first, last, tokens, status = line.split()
            found[int(number)] = Truth(int(received), int(first), int(last), int(tokens), status)
    return found


def number_of(record: Record) -> int:
    """The simulator's number of a request: its response id ends in it."""
    assert record.response_id is not None
    return int(record.response_id.rpartition("-")[2])


def wait_for(what: Any, timeout_s: float = 20.0) -> None:
    """Wait until ``what()`` is true."""
    end = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
