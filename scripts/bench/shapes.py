"""How far perfbench's figures are from the truth under every shape of load, not only a closed loop.

A service with an exact schedule logs when each request reached it and when it sent the first
token. The same errors as in accuracy.py, with its limits for as many streams as the service had at
most at once: about 300, but where a trace has more.

  closed         300 requests in flight
  ramp           requests in flight climb from 1 to 300 and hold
  stages         a rate that is low, climbs, and falls to a half at once
  poisson        Poisson arrivals
  trace          recorded arrivals and lengths: Azure's code trace, its first minutes, speeded up
  conversations  three turns each, answers fed back
  agents         two agents on this machine, a worker each
  ray            two nodes of a Ray cluster on this machine, a worker each; left out without Ray

  TTFT p50, p99  |percentile in summary.json - percentile of (first token - received)|
  ITL p99        |p99 in summary.json - the schedule's gap|
  each request   |TTFT of this request - TTFT in the log|, joined by response id: p50 and p99
  peak           requests in flight at once, by the service's log

With --check the exit status is 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
from accuracy import ERRORS, LIMITS_MS, conversations, request_errors
from common import (
    Bar,
    BenchError,
    Measured,
    Services,
    Truth,
    arguments,
    conclude,
    print_table,
    read_log,
    run_main,
    run_perfbench,
    say,
    services,
)
from machines import agents, on
from traces import DATA

TTFT_MS, ITL_MS = 50.0, 20.0
TRACE = DATA / "azure_llm" / "AzureLLMInferenceTrace_code.csv"
RAY = """
import sys
from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
for _ in range(2):
    cluster.add_node(num_cpus=1)
cluster.wait_for_nodes()
print("address", cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""

NAMES = ("closed", "ramp", "stages", "poisson", "trace", "conversations", "agents", "ray")


def load(name: str, streams: int, tokens: int) -> list[object]:
    """The words of a load that has about so many requests of so many tokens in flight."""
    closed = ["--parallel", streams, "--number", 5 * streams]
    rate = streams / (TTFT_MS + tokens * ITL_MS) * 1e3
    changing: dict[str, list[object]] = {
        "ramp": [*closed, "--ramp", "5s"],
        "stages": [
            "--stages",
            f"5s@{rate / 6:.3f},5s@{rate / 6:.3f}..{rate:.3f},5s@{rate / 2:.3f}",
        ],
        "poisson": ["--rate", rate, "--duration", "12s"],
        "trace": [
            *("--dataset", "azure_llm", "--dataset-path", TRACE, "--trace-duration", "15m"),
            *("--trace-speed", 60),
        ],
        "conversations": [*closed, *conversations(3)],
    }
    return [*changing.get(name, closed), "--max-tokens", tokens, "--no-report"]


@contextmanager
def ray_cluster() -> Iterator[list[object]]:
    """A Ray cluster of two nodes; gives the words that send from it."""
    command = [sys.executable, "-W", "ignore", "-c", RAY]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "RAY_DEDUP_LOGS": "0"},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        lines = iter(process.stdout.readline, "")
        said = next((line.split() for line in lines if line.startswith("address ")), None)
        if said is None:
            raise BenchError("the Ray cluster did not start")
        try:
            yield ["--ray", said[1], "--workers", 1]
        finally:
            process.stdin.close()
            process.wait(60)


@contextmanager
def senders(name: str) -> Iterator[list[object]]:
    """The words that say who sends."""
    if name == "agents":
        with agents([(), ()]) as hosts:
            yield on(hosts)
    elif name == "ray":
        with ray_cluster() as words:
            yield words
    else:
        with nullcontext():
            yield []


def measured_under(
    made: Services, name: str, words: list[object], folder: Path
) -> tuple[Measured, dict[int, Truth]]:
    """One run of a load, and what the service logged of it."""
    log = folder / f"{name}.tsv"
    with senders(name) as sent_by, made.start(TTFT_MS, ITL_MS, log) as url:
        measured = run_perfbench(["--url", url, *words, *sent_by], folder)
    if measured.point["failed"]:
        raise BenchError(f"{name}: {measured.point['failed']} failed: {measured.point['errors']}")
    truths = read_log(log)
    sent = measured.point["ledger"]["sent"]
    if len(truths) != sent:
        raise BenchError(f"{name}: the service logged {len(truths)} of {sent} requests")
    return measured, truths


def peak_of(truths: dict[int, Truth]) -> int:
    """The most requests that the service had at once."""
    starts = np.sort([truth.received_ns for truth in truths.values()])
    ends = np.sort([truth.last_ns for truth in truths.values()])
    return int(np.max(np.arange(1, len(starts) + 1) - np.searchsorted(ends, starts)))


def parse() -> argparse.Namespace:
    """The command line."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--loads", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--tokens", type=int, default=100, help="output tokens per request")
    return parser.parse_args()


def main() -> int:
    """Measure and print."""
    options = parse()
    rows, bars = [], []
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as folder:
        made = services(options, Path(folder))
        for name in options.loads:
            if name == "ray" and importlib.util.find_spec("ray") is None:
                say("no Ray here: doing without it")
                continue
            if name == "trace" and not TRACE.is_file():
                say(f"no {TRACE}: doing without a trace")
                continue
            say(name)
            words = load(name, options.streams, options.tokens)
            measured, truths = measured_under(made, name, words, Path(folder))
            metrics = measured.point["metrics"]
            true = np.percentile([truth.ttft_ms for truth in truths.values()], [50, 99])
            errors = [
                abs(metrics["ttft_ms"]["p50"] - float(true[0])),
                abs(metrics["ttft_ms"]["p99"] - float(true[1])),
                abs(metrics["itl_ms"]["p99"] - ITL_MS),
            ]
            each = request_errors(measured, truths)["ttft"]
            client = measured.point["client"]
            peak = peak_of(truths)
            rows.append([name, len(truths), peak, *errors, *each[:2]])
            rows[-1] += [client["send_lag_ms"]["p99"], client["verdict"]]
            limits = LIMITS_MS[min((n for n in LIMITS_MS if n >= peak), default=max(LIMITS_MS))]
            for error, limit, value in zip(ERRORS, limits, errors, strict=True):
                what = error.removesuffix("_ms").replace("_", " ")
                bars.append(Bar(f"{name}: {what}", value, limit, "ms"))
    head = ["load", "requests", "peak", "TTFT p50 (ms)", "TTFT p99", "ITL p99"]
    head += ["each request p50 (ms)", "p99", "send lag p99 (ms)", "verdict"]
    print_table(head, rows)
    return conclude(bars, options.check)


if __name__ == "__main__":
    run_main(main)
