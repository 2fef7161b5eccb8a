#!/usr/bin/env python3
"""Nothing is lost: what the service answered against what is stored, run after run.

Each run has a service and settings of its own, drawn from the seed: workers, load, faults, warm-up,
answers of a few bytes or a megabyte. In half of the runs the parent process is stopped (SIGSTOP)
for a while at random moments. What the service says it received and answered must be what the
store holds, and the run's own ledger must say so.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from common import Bar, Measured, arguments, conclude, print_table, run_main, run_perfbench, say

from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator


@dataclass(frozen=True, slots=True)
class Case:
    """One run: how the service behaves and how it is loaded."""

    service: dict[str, object]
    words: tuple[object, ...]
    stops: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run made of its requests, by those who counted."""

    received: int
    """By the service."""
    answered: int
    """By the service: in full."""
    stored: int
    ok: int
    """Stored, and ended well."""
    sent: int
    """By the run's ledger, warm-up included."""
    lost: int
    """By the run's ledger."""
    balanced: bool
    stopped_s: float

    @property
    def exact(self) -> bool:
        """Whether everybody counted the same."""
        same = self.received == self.stored == self.sent and self.answered == self.ok
        return same and self.balanced and not self.lost


def draw(random_: random.Random, stops: bool) -> Case:
    """A case at random."""
    large = random_.random() < 0.2
    tokens = 100_000 if large else random_.choice([2, 20, 100])
    number = random_.randint(20, 60) if large else random_.randint(800, 2500)
    fault = random_.choice([None, "error_rate", "cut_rate", "in_band_error_rate"])
    service = {
        "port": 0,
        "ttft_ms": random_.choice([1, 20]),
        "itl_ms": 0 if large else random_.choice([0.2, 2]),
        "tokens_per_event": 500 if large else 1,
        **({fault: 0.1} if fault else {}),
    }
    parallel = random_.choice([1, 4]) if large else random_.choice([8, 50, 200])
    load = ["--parallel", parallel]
    if not large and random_.random() < 0.4:
        load = ["--rate", random_.choice([200, 500])]
    return Case(
        service,
        (
            *load,
            *("--number", number, "--max-tokens", tokens),
            *("--workers", random_.choice([1, 2, 4])),
            *("--warmup", random_.choice([0, 0, 25])),
            "--no-report",
        ),
        stops,
    )


def run(case: Case, random_: random.Random, folder: Path) -> Outcome:
    """Carry out a case."""
    log = folder / "truth.tsv"
    stopped = [0.0]
    over = threading.Event()

    def disturb(pid: int) -> None:
        if case.stops:
            threading.Thread(target=stop_and_go, args=(pid,), daemon=True).start()

    def stop_and_go(pid: int) -> None:
        while not over.wait(random_.uniform(0.3, 2.5)):
            pause_s = random_.uniform(1, 5)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                time.sleep(pause_s)
                os.kill(pid, signal.SIGCONT)
                stopped[0] += pause_s

    with Simulator(SimulatorConfig.model_validate({**case.service, "log": log})) as simulator:
        try:
            measured = run_perfbench(("--url", simulator.url, *case.words), folder, disturb)
        finally:
            over.set()
    return counted(measured, log, stopped[0])


def counted(measured: Measured, log: Path, stopped_s: float) -> Outcome:
    """What each place says."""
    lines = [line for line in log.read_text().splitlines() if not line.startswith("#")]
    statuses = Counter(line.split("\t")[-1] for line in lines)
    db = sqlite3.connect(measured.folder / "run.db")
    stored = dict(db.execute("SELECT outcome, count(*) FROM request GROUP BY outcome"))
    db.close()
    ledger = measured.point["ledger"]
    ended = ledger["ok"] + sum(ledger["failed"].values()) + ledger["cut"]
    return Outcome(
        received=len(lines),
        answered=statuses["ok"],
        stored=sum(stored.values()),
        ok=stored.get("ok", 0),
        sent=ledger["sent"] + ledger["warmup_sent"],
        lost=ledger["lost"] + ledger["warmup_lost"],
        balanced=ledger["planned"] == ledger["sent"] + ledger["unsent"] + ledger["dropped"]
        and ledger["sent"] == ended,
        stopped_s=stopped_s,
    )


def main() -> int:
    """Run the cases, half of them disturbed."""
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=60, help="of each kind (default 60)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random_ = random.Random(options.seed)
    rows, wrong = [], {False: 0, True: 0}
    for stops in (False, True):
        requests, stopped_s = 0, 0.0
        for number in range(options.runs):
            case = draw(random_, stops)
            with tempfile.TemporaryDirectory() as folder:
                outcome = run(case, random_, Path(folder))
            requests += outcome.received
            stopped_s += outcome.stopped_s
            if not outcome.exact:
                wrong[stops] += 1
                say(f"run {number}, {'stopped' if stops else 'not stopped'}: {case} {outcome}")
        kind = "parent stopped" if stops else "parent not stopped"
        rows.append((kind, options.runs, requests, f"{stopped_s:.0f} s", wrong[stops]))
    print_table(["", "runs", "requests", "stopped in all", "runs that do not add up"], rows)
    bars = [
        Bar("runs that do not add up, parent not stopped", wrong[False], 0, ""),
        Bar("runs that do not add up, parent stopped", wrong[True], 0, ""),
    ]
    return conclude(bars, options.check)


if __name__ == "__main__":
    run_main(main)
