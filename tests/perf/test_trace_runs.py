"""A trace replayed against the simulator: what was planned, sent and told."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from load_runs import measured
from scripted_server import Reply, ScriptedServer, Step
from transcripts import SAME_STREAM

from perfbench.errors import PerfbenchError
from perfbench.reports.console import print_summary

OFFSETS = (0.0, 0.1, 0.1, 0.25, 0.7, 1.0)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    rows = [{"timestamp": 50 + at, "input_length": 9, "output_length": 4} for at in OFFSETS]
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_arrivals_are_planned_as_recorded_over_the_speed(tmp_path: Path, trace: Path) -> None:
    run = measured(
        tmp_path / "runs",
        dataset="trace",
        dataset_path=trace,
        trace_speed=[2.0],
        warmup=1,
        ignore_eos=True,
        workers=2,
    )
    records = sorted(run.records, key=lambda record: record.seq)
    due = [record.due_ns or 0 for record in records]
    steps = [round((b - a) / 1e6) for a, b in pairwise(due)]
    assert steps == [round(500 * (b - a)) for a, b in pairwise(OFFSETS)][-len(steps) :]
    assert all((record.sent_ns or 0) >= (record.due_ns or 0) for record in records)
    assert [record.usage.output_tokens for record in records if record.usage] == [4] * len(records)
    summary = run.summary
    assert (summary.arrival, summary.trace_speed, summary.warmup) == ("trace", 2.0, 1)
    assert summary.ledger is not None
    assert (summary.ledger.planned, summary.completed) == (5, 5)
    text = io.StringIO()
    print_summary(run.summaries, run.path, text, width=100)
    assert "trace ×2" in text.getvalue()
    assert "sent after plan: p50" in text.getvalue()


def test_a_sweep_of_speeds_ends_with_the_duration(tmp_path: Path, trace: Path) -> None:
    run = measured(
        tmp_path / "runs",
        dataset="trace",
        dataset_path=trace,
        trace_speed=[4, 8],
        duration=0.1,
        parallel=[3],
    )
    assert [summary.ledger.planned for summary in run.summaries if summary.ledger] == [4, 5]
    assert [summary.parallel for summary in run.summaries] == [3, 3]


class Counting(ScriptedServer):
    """Knows how many connections there were a while after the first request came."""

    def __init__(self) -> None:
        super().__init__([Reply(SAME_STREAM)])
        self.at_first: int | None = None

    def _say(self, connection: socket.socket, steps: Sequence[Step]) -> bool:
        if self.at_first is None:
            self.at_first = 0
            # The kernel has made connections that a busy machine has not had accepted yet.
            time.sleep(0.25)
            self.at_first = self.connections
        return super()._say(connection, steps)


def test_a_burst_finds_its_connections_open(tmp_path: Path) -> None:
    # Fifty, of which all but the first come at one instant: a mean of 100 in a second.
    rows = [
        {"timestamp": 0.5 * (seq > 0), "input_length": 9, "output_length": 2} for seq in range(50)
    ]
    path = tmp_path / "burst.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Counting().running() as server:
        where = f"http://127.0.0.1:{server.port}"
        given = {"url": where, "model": "m", "server_metrics": False, "workers": 1}
        run = measured(tmp_path / "runs", dataset="trace", dataset_path=path, **given)
    assert run.outcomes == {"ok": 50}
    assert server.at_first is not None
    assert server.at_first >= 49


def test_a_trace_takes_no_rate(tmp_path: Path, trace: Path) -> None:
    with pytest.raises(PerfbenchError, match="--rate and --dataset trace both say"):
        measured(tmp_path / "runs", dataset="trace", dataset_path=trace, rate=[5])


@pytest.mark.parametrize("variable", ["rate", "parallel"])
def test_nobody_searches_the_load_of_a_trace(tmp_path: Path, trace: Path, variable: str) -> None:
    given = {"dataset": "trace", "dataset_path": trace, "slo": ["ttft_ms.p99<=200"]}
    with pytest.raises(PerfbenchError, match="--search and --dataset trace both say"):
        measured(tmp_path / "runs", search=variable, **given)
