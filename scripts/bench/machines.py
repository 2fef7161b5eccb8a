"""Whether workers behind agents measure what workers of one machine measure.

All agents run on this machine, so that the clocks are known to be one. Prints, in one run:

  one fleet     rounds of the same load by turns, sent by --workers of this machine and by as many
                agents with one worker each: medians over the rounds, and their difference
  arrivals      a constant rate from four agents: how far each request left from the planned grid,
                all machines together. The grid's origin is the median over all requests, so that
                the time that sending takes (send lag) is beside it
  other clock   the same from two agents, of which one lives in a time namespace whose monotonic
                clock is five seconds ahead: the same figures, and the bound it is known to
  lost node     the ledger of a run on a Ray cluster of two nodes, of which one is removed half way;
                left out without Ray

Takes about two minutes, and two more where Ray is installed. The grid can be kept on idle cores
only: the row of this machine's own workers says what it is here. With --check the exit status is
1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
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
)

from perfbench.store import open_run

THROUGHPUT_LIMIT = 0.02
TTFT_LIMIT_MS = 0.05
GRID_LIMIT_MS = 0.3
CLOCK_LIMIT_MS = 1.0
AHEAD_S = 5
AHEAD = ("unshare", "--time", "--monotonic", str(AHEAD_S), "--fork", "--kill-child")
LEDGER = ("planned", "sent", "unsent", "ok", "lost")
TOKEN = secrets.token_urlsafe(24)

LOSING_A_NODE = """
import json, sys
from ray.cluster_utils import Cluster
from perfbench import run_perf

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
nodes = [cluster.add_node(num_cpus=2) for _ in range(2)]
cluster.wait_for_nodes()

def lose(event):
    if type(event).__name__ == "Progress" and event.done > 500 and nodes:
        cluster.remove_node(nodes.pop(), allow_graceful=False)
        nodes.clear()

found = run_perf({"ray": cluster.address, "workers": 1, "parallel": 8, "number": 4000,
    "report": False, "outputs_dir": sys.argv[1], "replace_lost": sys.argv[2] == "replaced",
    "simulator": {"ttft_ms": 10, "itl_ms": 5, "output_tokens": 5}}, [lose])
cluster.shutdown()
print(json.dumps(str(found.path)))
"""


@contextmanager
def agents(befores: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """An agent for each, on free ports; gives their addresses.

    Args:
        befores: what runs each of them.
    """
    command = [sys.executable, "-m", "perfbench", "agent", "--listen", "127.0.0.1:0"]
    with ExitStack() as cleanup:
        found = []
        for before in befores:
            process = cleanup.enter_context(
                subprocess.Popen(
                    [*before, *command, "--token", TOKEN], stdout=subprocess.PIPE, text=True
                )
            )
            cleanup.callback(process.kill if before else process.terminate)
            assert process.stdout is not None
            line = process.stdout.readline()
            said = re.fullmatch(r"agent listening on (\S+)\n", line)
            if said is None:
                raise BenchError(f"an agent did not start: {line.strip()}")
            found.append(said[1])
        yield found


def on(hosts: Sequence[str]) -> list[object]:
    """The words that send from these."""
    return ["--hosts", *hosts, "--agent-token", TOKEN, "--workers", 1]


def figures(measured: Measured) -> tuple[float, float]:
    """Requests per second, and the median TTFT in ms."""
    point = measured.point
    if point["failed"]:
        raise BenchError(f"{point['failed']} requests failed: {point['errors']}")
    return point["request_throughput_rps"], point["metrics"]["ttft_ms"]["p50"]


def one_fleet(made: Services, options: argparse.Namespace, folder: Path) -> list[Bar]:
    """Two agents beside one fleet of the same workers."""
    load = ["--parallel", options.parallel, "--number", options.number, "--no-report"]
    load += ["--max-tokens", options.tokens, "--dataset", "random", "--seed", 1]
    here: list[tuple[float, float]] = []
    there: list[tuple[float, float]] = []
    with made.start(options.ttft_ms, options.itl_ms) as url, agents([(), ()]) as hosts:
        for turn in range(options.rounds):
            ways = [(here, ["--workers", 2]), (there, on(hosts))]
            for found, words in ways if turn % 2 else ways[::-1]:
                say(f"one fleet, round {turn + 1}: {'here' if found is here else 'agents'}")
                found.append(figures(run_perfbench(["--url", url, *load, *words], folder)))
    rows = []
    for name, found in (("one fleet of two workers", here), ("two agents, a worker each", there)):
        rates, ttfts = zip(*found, strict=True)
        spread = (max(rates) - min(rates)) / statistics.median(rates)
        rows.append([name, statistics.median(rates), spread, statistics.median(ttfts)])
    print_table(["sent by", "requests/s", "spread of rounds", "TTFT p50 (ms)"], rows)
    apart = abs(rows[1][1] / rows[0][1] - 1)
    return [
        Bar("two agents: throughput apart", apart, THROUGHPUT_LIMIT, ""),
        Bar("two agents: TTFT p50 apart", abs(rows[1][3] - rows[0][3]), TTFT_LIMIT_MS, "ms"),
    ]


def off_grid_ms(measured: Measured, rate: float) -> list[float]:
    """How far each request left from its place on the grid of a constant rate, in ms."""
    with open_run(measured.folder) as run:
        (point,) = run.points()
        found = [(record.seq, record.sent_ns) for record in run.records(point)]
    seq, sent_ns = (np.array(column, dtype=np.int64) for column in zip(*found, strict=True))
    behind_ns = sent_ns - np.round(seq * 1e9 / rate).astype(np.int64)
    return list(np.abs(behind_ns - np.median(behind_ns)) / 1e6)


def arrivals(
    made: Services, options: argparse.Namespace, folder: Path, befores: Sequence[Sequence[str]]
) -> tuple[list[object], float, float]:
    """A constant rate from agents, or four workers of this machine: a row of the table, the p99,
    and the offset of the farthest clock in ms."""
    words = ["--rate", options.rate, "--duration", options.duration, "--arrival", "constant"]
    words += ["--max-tokens", 2, "--no-report", "--seed", 1]
    with made.start(options.ttft_ms, options.itl_ms) as url, agents(befores) as hosts:
        sent_by = on(hosts) if hosts else ["--workers", 4]
        measured = run_perfbench(["--url", url, *words, *sent_by], folder)
    _, ttft_ms = figures(measured)
    off = off_grid_ms(measured, options.rate)
    p50, p99, most = np.percentile(off, [50, 99, 100])
    machines = measured.point["client"]["machines"]
    farthest = max((machine["clock_offset_ms"] for machine in machines), key=abs, default=0.0)
    bound = max((machine["clock_error_ms"] for machine in machines), default=None)
    lag_ms = measured.point["client"]["send_lag_ms"]["p50"]
    row = [len(off), p50, p99, most, lag_ms, ttft_ms, farthest / 1e3, bound]
    return row, float(p99), farthest


def clocks(made: Services, options: argparse.Namespace, folder: Path) -> list[Bar]:
    """Arrivals of this machine, of four agents, and of two whose clocks differ."""
    say("arrivals of this machine")
    row, _, _ = arrivals(made, options, folder, [])
    rows = [["four workers of this machine", *row]]
    say("arrivals of four agents")
    row, p99, _ = arrivals(made, options, folder, [()] * 4)
    rows.append(["four agents", *row])
    bars = [Bar("four agents: off the grid, p99", p99, GRID_LIMIT_MS, "ms")]
    if namespaces():
        say("arrivals of two agents, one with another clock")
        row, p99, far = arrivals(made, options, folder, [(), AHEAD])
        rows.append(["two agents, one clock 5 s ahead", *row])
        off_ms = abs(far - AHEAD_S * 1e3)
        bars += [
            Bar("other clock: off the grid, p99", p99, GRID_LIMIT_MS, "ms"),
            Bar("other clock: its offset, off the truth", off_ms, CLOCK_LIMIT_MS, "ms"),
        ]
    else:
        say("no time namespaces here: doing without another clock")
    head = ["", "requests", "off the grid p50 (ms)", "p99", "max", "send lag p50 (ms)"]
    print_table([*head, "TTFT p50 (ms)", "farthest clock (s)", "bound (ms)"], rows)
    return bars


def namespaces() -> bool:
    """Whether this system gives a process a clock of its own."""
    if shutil.which(AHEAD[0]) is None:
        return False
    return subprocess.run([*AHEAD, "true"], capture_output=True).returncode == 0


def lost_node(folder: Path) -> None:
    """The ledgers of runs on a Ray cluster that loses a node."""
    if importlib.util.find_spec("ray") is None:
        say("no Ray here: doing without a lost node")
        return
    rows = []
    for what in ("left", "replaced"):
        say(f"a Ray cluster that loses a node, its place {what}")
        command = [sys.executable, "-W", "ignore", "-c", LOSING_A_NODE, str(folder), what]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise BenchError(f"the Ray session failed: {done.stderr.strip().splitlines()[-1]}")
        path = Path(json.loads(done.stdout.splitlines()[-1]))
        (point,) = json.loads((path / "summary.json").read_text(encoding="utf-8"))["points"]
        ledger = point["ledger"]
        rows.append([what, *(ledger[key] for key in LEDGER), point["client"]["verdict"]])
        say(point["client"]["reason"])
    print_table(["place of the lost node", *LEDGER, "verdict"], rows)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--rounds", type=int, default=5, help="of each way")
    parser.add_argument("--parallel", type=int, default=40)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--tokens", type=int, default=16, help="output tokens per request")
    parser.add_argument("--ttft-ms", type=float, default=50.0)
    parser.add_argument("--itl-ms", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=200.0, help="requests/s of arrivals")
    parser.add_argument("--duration", type=float, default=10.0, help="s of arrivals")
    return parser.parse_args()


def main() -> int:
    """Measure and print."""
    options = parse()
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as name:
        folder = Path(name)
        made = services(options, folder)
        bars = [*one_fleet(made, options, folder), *clocks(made, options, folder)]
        lost_node(folder)
    return conclude(bars, options.check)


if __name__ == "__main__":
    run_main(main)
