"""How far perfbench's figures are from the truth, and what an event costs it.

A service with an exact schedule logs when each request reached it and when it sent the first and
the last token. perfbench measures it from the command line; its summary.json is then held against
that log, run by run, and the median over the runs is printed.

  TTFT p50, p99 error   |percentile in summary.json - percentile of (first token - received)|
  ITL p99 error         |p99 in summary.json - the schedule's gap|: the service's own lateness,
                        which its log does not tell for single gaps, is inside
  each request          |TTFT of this request - TTFT in the log|, joined by response id; its two
                        parts, send (received by the service - sent) and receive (first token
                        stamped - sent by the service); and |mean ITL - mean ITL in the log|,
                        (last - first) / (tokens - 1). A send part of milliseconds beside a receive
                        part of microseconds means that the service took note of requests late
  CPU per event         per token-bearing event. audit: what summary.json says (measured phase).
                        tree: of the whole process tree, less that of a run of one request for each
                        worker (start-up), so planning, storing and summarising are inside
  reference             refclient.c, a client in C that counts events and nothing else, with the
                        same load in the same run; ratio = tree / reference

Takes about 2.5 minutes. With --check the exit status is 1 if a bar of the project is missed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from common import (
    PROMPT,
    TOOLS,
    Bar,
    BenchError,
    Measured,
    Services,
    Truth,
    arguments,
    compile_c,
    conclude,
    number_of,
    over_tls,
    print_table,
    read_log,
    run_main,
    run_perfbench,
    say,
    services,
)

from perfbench.store import open_run

LIMITS_MS = {100: (0.1, 2.0, 0.5), 500: (0.2, 3.0, 1.0), 1000: (0.2, 5.0, 2.0)}
"""Limits of :data:`ERRORS` by streams."""
ERRORS = ("ttft_p50_error_ms", "ttft_p99_error_ms", "itl_p99_error_ms")
COMMAND: list[object] = ["--no-report", "--prompt", PROMPT]
WORDS = 128
"""Of every turn, with ``--turns``."""
JUDGED = (4, 100, 50.0, 20.0)
"""Rounds, tokens, TTFT and ITL in ms that the limits are for."""
RATIO_LIMIT = 2.0
RATIO_STREAMS = (500, 1000)


@dataclass(frozen=True, slots=True)
class Shape:
    """The load of a run: streams at once, requests, tokens of each, and the service's schedule."""

    streams: int
    rounds: int
    tokens: int
    ttft_ms: float
    itl_ms: float

    @property
    def number(self) -> int:
        return self.streams * self.rounds

    @property
    def events(self) -> int:
        """Token-bearing events."""
        return self.number * self.tokens


Spread = tuple[float, float, float]
"""p50, p99 and maximum."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The figures of one run."""

    ttft_p50_error_ms: float
    ttft_p99_error_ms: float
    itl_p99_error_ms: float
    requests_ms: dict[str, Spread]
    """Errors of single requests, by what :func:`request_errors` calls them."""
    audit_us: float | None
    tree_us: float
    reference_us: float | None
    read_delay_p99_ms: float | None
    verdict: str
    events_per_s: float

    @property
    def ratio(self) -> float | None:
        return None if self.reference_us is None else self.tree_us / self.reference_us


def measure(
    made: Services, shape: Shape, command: list[object], folder: Path
) -> tuple[Measured, dict[int, Truth]]:
    """One run of perfbench against a fresh service, and what the service logged."""
    log = folder / "truth.tsv"
    load = ["--parallel", shape.streams, "--number", shape.number, "--max-tokens", shape.tokens]
    with ExitStack() as stack:
        url = stack.enter_context(made.start(shape.ttft_ms, shape.itl_ms, log))
        if "--insecure" in command:
            url = stack.enter_context(over_tls(url, folder))
        measured = run_perfbench(["--url", url, *load, *command], folder)
    failed = measured.point["failed"]
    if failed:
        raise BenchError(f"{failed} of {shape.number} requests failed: {measured.point['errors']}")
    return measured, read_log(log)


def request_errors(measured: Measured, truths: dict[int, Truth]) -> dict[str, Spread]:
    """Errors in ms request by request: of TTFT, of its two parts, and of mean ITL."""
    errors: dict[str, list[float]] = {"ttft": [], "send": [], "receive": [], "mean_itl": []}
    with open_run(measured.folder) as run:
        (point,) = run.points()
        for record in run.records(point, "measure"):
            truth = truths[number_of(record.response_id)]
            assert record.sent_ns is not None
            events = record.event_ns
            send_ns = truth.received_ns - record.sent_ns
            receive_ns = events[0] - truth.first_ns
            errors["send"].append(send_ns / 1e6)
            errors["receive"].append(receive_ns / 1e6)
            errors["ttft"].append(abs(send_ns + receive_ns) / 1e6)
            mean_gap_ms = (events[-1] - events[0]) / max(1, len(events) - 1) / 1e6
            errors["mean_itl"].append(abs(mean_gap_ms - truth.mean_gap_ms))
    return {name: spread(values) for name, values in errors.items()}


def spread(values: list[float]) -> Spread:
    """Median, p99 and maximum."""
    p50, p99, most = np.percentile(values, [50, 99, 100])
    return float(p50), float(p99), float(most)


def trial(
    measured: Measured,
    truths: dict[int, Truth],
    shape: Shape,
    startup_cpu_s: float,
    reference_us: float | None,
) -> Trial:
    """Hold a run against the log."""
    if len(truths) != shape.number:
        raise BenchError(f"the service logged {len(truths)} of {shape.number} requests")
    metrics, client = measured.point["metrics"], measured.point["client"]
    true_p50, true_p99 = np.percentile([truth.ttft_ms for truth in truths.values()], [50, 99])
    return Trial(
        ttft_p50_error_ms=abs(metrics["ttft_ms"]["p50"] - true_p50),
        ttft_p99_error_ms=abs(metrics["ttft_ms"]["p99"] - true_p99),
        itl_p99_error_ms=abs(metrics["itl_ms"]["p99"] - shape.itl_ms),
        requests_ms=request_errors(measured, truths),
        audit_us=client["cpu_us_per_event"],
        tree_us=(measured.cpu_s - startup_cpu_s) * 1e6 / shape.events,
        reference_us=reference_us,
        read_delay_p99_ms=client["read_delay_ms"]["p99"],
        verdict=client["verdict"],
        events_per_s=client["events"] / measured.point["duration_s"],
    )


def reference_us_per_event(program: Path, made: Services, shape: Shape) -> float:
    """CPU of the reference client for the same load, in µs per token-bearing event."""
    with made.start(shape.ttft_ms, shape.itl_ms) as url:
        words = [url.rpartition(":")[2], shape.streams, shape.number, shape.tokens]
        command = [str(program), *(str(word) for word in words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise BenchError(f"{program.name} failed: {done.stderr.strip()}")
    said = json.loads(done.stdout)
    # It counts role, finish, usage and [DONE] as events too; perfbench does not.
    cpu_us: float = said["cpu_us_per_event"] * said["events"]
    return cpu_us / shape.events


def startup_cpu_s(made: Services, workers: int, folder: Path) -> float:
    """CPU of a run of one request of one token for each worker: median of three."""
    smallest = Shape(workers, 1, 1, 0.0, 0.0)
    command = [*COMMAND, "--workers", workers]
    return median(measure(made, smallest, command, folder)[0].cpu_s for _ in range(3))


def middle(trials: list[Trial], name: str) -> float | None:
    """The median of a figure over the runs; ``None`` where it is unknown."""
    values = [value for each in trials if (value := getattr(each, name)) is not None]
    return median(values) if values else None


def report(results: dict[int, list[Trial]]) -> None:
    """Print the tables: medians over the runs."""
    percentiles, requests, cost = [], [], []
    for streams, trials in results.items():
        errors = [middle(trials, name) for name in ERRORS]
        percentiles.append([streams, middle(trials, "events_per_s"), *errors])
        for name in trials[0].requests_ms:
            runs = [each.requests_ms[name] for each in trials]
            requests.append([streams, name, *(median(v) for v in zip(*runs, strict=True))])
        names = ("audit_us", "tree_us", "reference_us", "ratio", "read_delay_p99_ms")
        verdicts = Counter(each.verdict for each in trials)
        words = ", ".join(f"{verdict} ({count})" for verdict, count in verdicts.items())
        cost.append([streams, *(middle(trials, name) for name in names), words])
    print("Errors of summary.json, ms")
    print_table(["streams", "events/s", "TTFT p50", "TTFT p99", "ITL p99"], percentiles)
    print("Errors of single requests, ms")
    print_table(["streams", "error of", "p50", "p99", "max"], requests)
    print("CPU, µs per event")
    head = ["streams", "audit", "tree", "reference", "ratio", "read delay p99 (ms)", "verdict"]
    print_table(head, cost)


def bars(results: dict[int, list[Trial]]) -> list[Bar]:
    """What the project demands of these figures."""
    found = []
    for streams, trials in results.items():
        for name, limit in zip(ERRORS, LIMITS_MS.get(streams, ()), strict=False):
            what = name.removesuffix("_ms").replace("_", " ")
            found.append(Bar(f"{streams} streams: {what}", middle(trials, name), limit, "ms"))
        ratio = middle(trials, "ratio")
        if ratio is not None:
            found.append(Bar(f"{streams} streams: CPU / reference", ratio, RATIO_LIMIT, ""))
    return found


def conversations(turns: int) -> list[object]:
    """The flags of conversations whose answers are fed back, in place of one prompt."""
    lengths = ("--min-prompt-length", "--max-prompt-length", "--later-prompt-length")
    bounds = [word for flag in lengths for word in (flag, WORDS)]
    return [
        *("--no-report", "--dataset", "random_multi_turn"),
        *("--min-turns", turns, "--max-turns", turns, *bounds),
    ]


def parse() -> argparse.Namespace:
    """The command line."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--streams", type=int, nargs="+", default=[100, 500, 1000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=4, help="requests per stream")
    parser.add_argument("--tokens", type=int, default=100, help="output tokens per request")
    parser.add_argument("--ttft-ms", type=float, default=50.0)
    parser.add_argument("--itl-ms", type=float, default=20.0)
    parser.add_argument("--workers", type=int, help="default: perfbench's own choice")
    parser.add_argument("--turns", type=int, help="in conversations of so many requests each")
    parser.add_argument("--https", action="store_true", help="through TLS (needs haproxy)")
    parser.add_argument("--refclient-source", type=Path, default=TOOLS / "refclient.c")
    return parser.parse_args()


def main() -> int:
    """Measure and print."""
    options = parse()
    # The reference client holds a socket for each stream and does not raise the limit itself.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asked = conversations(options.turns) if options.turns else COMMAND
    command = [*asked, *(["--workers", options.workers] if options.workers else [])]
    command += ["--insecure"] if options.https else []
    results: dict[int, list[Trial]] = {streams: [] for streams in options.streams}
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as name:
        folder = Path(name)
        made = services(options, folder)
        reference = compile_c(options.refclient_source, folder)
        startup: dict[int, float] = {}
        for number in range(options.runs):
            for streams, trials in results.items():
                say(f"run {number + 1} of {options.runs}: {streams} streams")
                shape = Shape(
                    streams, options.rounds, options.tokens, options.ttft_ms, options.itl_ms
                )
                measured, truths = measure(made, shape, command, folder)
                workers = measured.point["client"]["workers"]
                if workers not in startup:
                    startup[workers] = startup_cpu_s(made, workers, folder)
                cost = None
                if reference is not None and streams in RATIO_STREAMS:
                    cost = reference_us_per_event(reference, made, shape)
                trials.append(trial(measured, truths, shape, startup[workers], cost))
    report(results)
    judged = (options.rounds, options.tokens, options.ttft_ms, options.itl_ms) == JUDGED
    judged = judged and not options.https and not options.turns
    return conclude(bars(results) if judged else [], options.check)


if __name__ == "__main__":
    run_main(main)
