"""What perfbench adds to the requests themselves: starting, stopping, and the report.

Every figure is wall time of the command line, median over the runs, in ms.

  one request       --parallel 1 --number 1 --no-report, no tokenizer: wall time less the e2e
                    latency of the request
  same, embedded    the same without --url: the simulator is started and measured
  report            --parallel 1 10 50 --number 1000: what the run takes beyond its points, with
                    the report less without, from pairs of runs
  --help            perfbench --help

Takes about 1.5 minutes. With --check the exit status is 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

from common import (
    Bar,
    BenchError,
    Measured,
    Services,
    arguments,
    conclude,
    print_table,
    run_main,
    run_perfbench,
    say,
    services,
    timed,
)

ONE_REQUEST_LIMIT_MS = 800.0
REPORT_LIMIT_MS = 3000.0
HELP_LIMIT_MS = 400.0

ONE: list[object] = ["--parallel", 1, "--number", 1, "--max-tokens", 16, "--no-report"]
SWEEP: list[object] = ["--parallel", 1, 10, 50, "--max-tokens", 24]
JUDGED_SWEEP = 1000


def one_request(words: list[object], folder: Path) -> float:
    """Wall time beyond the request, in ms."""
    measured = run_perfbench([*ONE, *words], folder)
    e2e_ms: float | None = measured.point["metrics"]["e2e_ms"]["max"]
    if e2e_ms is None:
        raise BenchError(f"the request failed: {measured.point['errors']}")
    return measured.wall_s * 1e3 - e2e_ms


def beyond_points_ms(measured: Measured) -> float:
    """Wall time of a sweep that is not the measured phase of a point, in ms."""
    inside_s = 0.0
    for point in measured.summary["points"]:
        if point["failed"] or point["duration_s"] is None:
            raise BenchError(f"requests failed: {point['errors']}")
        inside_s += point["duration_s"]
    return (measured.wall_s - inside_s) * 1e3


def report_ms(made: Services, number: int, folder: Path) -> float:
    """What the report adds to a sweep of three points, in ms."""
    with made.start(1.0, 0.1) as url:
        words = ["--url", url, *SWEEP, "--number", number]
        without = beyond_points_ms(run_perfbench([*words, "--no-report"], folder))
        return beyond_points_ms(run_perfbench(words, folder)) - without


def parse() -> argparse.Namespace:
    """The command line."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--runs", type=int, default=7, help="of one request, and of --help")
    parser.add_argument("--report-runs", type=int, default=3, help="pairs with and without report")
    parser.add_argument("--number", type=int, default=JUDGED_SWEEP, help="requests of each point")
    return parser.parse_args()


def main() -> int:
    """Measure and print."""
    options = parse()
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as name:
        folder = Path(name)
        made = services(options, folder)
        with made.start(0.0, 0.0) as url:
            say("one request")
            one = [one_request(["--url", url], folder) for _ in range(options.runs)]
        embedded = [one_request([], folder) for _ in range(options.runs)]
        say("--help")
        usage = [timed(["--help"])[0] * 1e3 for _ in range(options.runs)]
        say("report")
        report = [report_ms(made, options.number, folder) for _ in range(options.report_runs)]
    rows = [
        [what, len(times), min(times), median(times), max(times)]
        for what, times in (
            ("one request", one),
            ("same, embedded", embedded),
            (f"report of 3 x {options.number} requests", report),
            ("--help", usage),
        )
    ]
    print_table(["wall time (ms)", "runs", "min", "median", "max"], rows)
    bars = [
        Bar("one request", median(one), ONE_REQUEST_LIMIT_MS, "ms"),
        Bar("--help", median(usage), HELP_LIMIT_MS, "ms"),
    ]
    if options.number == JUDGED_SWEEP:
        bars.append(Bar("report", median(report), REPORT_LIMIT_MS, "ms"))
    return conclude(bars, options.check)


if __name__ == "__main__":
    run_main(main)
