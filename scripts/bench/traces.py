"""How well recorded traces are replayed on their own times.

Each trace is replayed at the speed at which all of it lasts a given time (a minute), against a
service that logs when each request reached it. Instants of each request are held against the
recorded one, divided by the speed. The service has a core of its own, as it has a machine of its
own in life; --share-cores puts it on the client's too, where it takes turns from the sender:

  sent      when its first byte was written, less the plan (the report's "sent after plan")
  arrived   when the service had read it, less the plan: the way there, the reading of a prompt of
            100 kB and the service's own lateness are inside
  alone     sent, of the requests that the trace has at an instant of their own; beside it the
            others' share. Of those that it has at one instant each waits for the ones before it

steal is the share of all cores' time that the host of this virtual machine gave to others: what
should wake up then is late, whoever it is.

The plan is the trace's file, read here by itself, not what perfbench says it planned. Prompts have
the recorded lengths in tokens of a real tokenizer. Mooncake's are 145 million tokens, which take
minutes and a gigabyte to make. With --check the exit status is 1 if a bar is missed: sent within a
millisecond at the 99th percentile, and every recorded request accounted for.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from common import (
    Bar,
    Measured,
    Services,
    arguments,
    conclude,
    number_of,
    print_table,
    read_log,
    run_main,
    run_perfbench,
    say,
    services,
)

from perfbench.store import open_run

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
LIMIT_MS = 1.0
_TIMEOUT_S = 1200.0


def _mooncake(path: Path) -> list[float]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["timestamp"] / 1000 for line in lines]


def _azure(path: Path) -> list[float]:
    with path.open(encoding="utf-8", newline="") as file:
        stamps = [row["TIMESTAMP"] for row in csv.DictReader(file)]
    whole = [datetime.fromisoformat(stamp.partition(".")[0]) for stamp in stamps]
    parts = [float("0." + stamp.partition(".")[2]) for stamp in stamps]
    return [(at - whole[0]).total_seconds() + part for at, part in zip(whole, parts, strict=True)]


TRACES: dict[str, tuple[str, str, Callable[[Path], list[float]]]] = {
    "mooncake": ("mooncake", "mooncake/conversation_trace.jsonl", _mooncake),
    "azure_code": ("azure_llm", "azure_llm/AzureLLMInferenceTrace_code.csv", _azure),
    "azure_conv": ("azure_llm", "azure_llm/AzureLLMInferenceTrace_conv.csv", _azure),
}
"""Name -> data set, file, and how its arrivals are read, in seconds."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One run: milliseconds after the recorded instants, in the order of the trace."""

    recorded: int
    sent_ms: np.ndarray
    arrived_ms: np.ndarray
    """Fewer, if the service did not end some."""
    alone: np.ndarray
    """Whether the trace has the request at an instant of its own."""
    failed: int
    steal: float | None
    verdict: str


def replay(made: Services, options: argparse.Namespace, name: str, folder: Path) -> Replay:
    """The whole of one trace in ``options.duration`` seconds."""
    dataset, file, read = TRACES[name]
    at_s = np.sort(read(options.data / file))
    at_s -= at_s[0]
    speed = float(at_s[-1]) / options.duration
    words: list[object] = ["--dataset", dataset, "--dataset-path", options.data / file]
    words += ["--trace-speed", repr(speed)]
    if options.tokenizer.exists():
        words += ["--tokenizer-path", options.tokenizer]
    else:
        say(f"no {options.tokenizer}: lengths are words")
    words += ["--max-tokens", options.tokens, "--workers", options.workers, "--no-report"]
    log = folder / f"{name}.tsv"
    with made.start(options.ttft_ms, options.itl_ms, log) as url:
        measured = run_perfbench(["--url", url, *words], folder, timeout_s=_TIMEOUT_S)
    return _held(measured, log, at_s / speed)


def _held(measured: Measured, log: Path, planned_s: np.ndarray) -> Replay:
    """The instants of a run against those of the trace, whose first is the plan's first."""
    truth = read_log(log)
    with open_run(measured.folder) as run:
        (point,) = run.points()
        records = sorted(run.records(point), key=lambda record: record.seq)
    due_ns = min(record.due_ns or 0 for record in records)
    planned_ns = due_ns + planned_s * 1e9
    sent_ns = np.array([record.sent_ns or np.nan for record in records], np.float64)
    received = [
        truth[number_of(record.response_id)].received_ns - planned_ns[place]
        for place, record in enumerate(records)
        if record.response_id and number_of(record.response_id) in truth
    ]
    gaps_s = np.diff(planned_s, prepend=-1, append=np.inf)
    return Replay(
        len(planned_s),
        (sent_ns - planned_ns[: len(records)]) / 1e6,
        np.array(received) / 1e6,
        ((gaps_s[:-1] > 0) & (gaps_s[1:] > 0))[: len(records)],
        measured.point["failed"],
        measured.point["client"]["steal_share"],
        measured.point["client"]["verdict"],
    )


def _levels(values_ms: np.ndarray) -> list[float | None]:
    """p50, p99 and greatest."""
    known = values_ms[~np.isnan(values_ms)]
    return [float(v) for v in np.percentile(known, (50, 99, 100))] if len(known) else [None] * 3


def main() -> int:
    """Measure and print."""
    options = _options()
    rows: list[list[object]] = []
    bars = []
    with tempfile.TemporaryDirectory(prefix="perfbench_traces_") as folder:
        made = services(options, Path(folder), apart=not options.share_cores)
        for name in options.traces:
            say(name)
            found = replay(made, options, name, Path(folder))
            sent, arrived = _levels(found.sent_ms), _levels(found.arrived_ms)
            alone = _levels(found.sent_ms[found.alone])
            shared = 1 - float(found.alone.mean())
            rows.append([name, found.recorded, len(found.sent_ms), found.failed, *sent])
            rows[-1] += [*arrived[:2], alone[1], f"{shared:.0%}", found.steal, found.verdict]
            bars.append(Bar(f"{name}: sent after plan, p99", sent[1], LIMIT_MS, "ms"))
            ended = len(found.arrived_ms) / found.recorded
            bars.append(Bar(f"{name}: answered of recorded", ended, 1, "", at_least=True))
    head = ["trace", "recorded", "sent", "failed", "sent p50 (ms)", "p99", "max"]
    head += ["arrived p50 (ms)", "p99", "alone p99 (ms)", "not alone", "steal", "verdict"]
    print_table(head, rows)
    return conclude(bars, options.check)


def _options() -> argparse.Namespace:
    parser = arguments(__doc__ or "")
    parser.add_argument("--traces", nargs="+", choices=TRACES, default=list(TRACES))
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the traces")
    parser.add_argument("--tokenizer", type=Path, default=DATA / "tokenizers" / "qwen3")
    parser.add_argument("--duration", type=float, default=60.0, help="s that a replay lasts")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--share-cores", action="store_true", help="service on any core")
    parser.add_argument("--tokens", type=int, default=8, help="output tokens per request")
    parser.add_argument("--ttft-ms", type=float, default=50.0)
    parser.add_argument("--itl-ms", type=float, default=10.0)
    return parser.parse_args()


if __name__ == "__main__":
    run_main(main)
