"""How well perfbench keeps an open-loop schedule, and whether its arrivals are Poisson.

Runs the same plan with 1, 2 and 4 workers, at a constant rate and on a ramp of the same mean, and
reads summary.json and the records it stored. Arrivals of a ramp are put on the time in which they
come at a constant rate (where the integral of the rate grows evenly), and then judged like those.

  send lag      sent - planned, from summary.json
  late          requests that left more than a millisecond after they were due
  gaps          Kolmogorov-Smirnov test of the gaps between arrivals (of all workers together)
                against the exponential law of the rate that was asked for: the probability that
                Poisson arrivals are at least as far from it. planned tests the plan, sent the
                instants at which requests really left: requests that are late together leave
                closer together than planned, which shows here first
  counts        the same for independence: index of dispersion of the arrivals in each tenth of a
                second (1 for Poisson, 0 for constant), two-sided
  unsent        arrivals that another number of workers had and this one has not
  one plan      whether the planned arrivals are otherwise the same with any number of workers

A true Poisson process falls below a probability of 0.01 once in a hundred seeds: try another
--seed before drawing a conclusion. Takes about 80 s. With --check the exit status is 1 if a bar is
missed.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
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

SEND_LAG_LIMIT_MS = 0.5
PROBABILITY_LIMIT = 0.01
JUDGED = (500.0, 10.0)
"""Rate in requests/s and duration in s that the limit of the send lag is for."""
WINDOW_S = 0.1
LAG = ("p50", "p99", "max")


@dataclass(frozen=True, slots=True)
class Trial:
    """One run. Probabilities are those of data this far from Poisson, if it is Poisson."""

    requests: int
    late: int
    lag_ms: dict[str, float | None]
    planned_gaps_p: float
    sent_gaps_distance: float
    sent_gaps_p: float
    sent_dispersion: float
    sent_counts_p: float
    plan: frozenset[int]
    """Planned arrivals of the requests that were sent, in ns after the first."""
    verdict: str


def kolmogorov_smirnov(gaps_s: Sequence[float], rate: float) -> tuple[float, float]:
    """Distance of gaps from the exponential law of this rate, and the probability that gaps of
    that law are at least as far from it.

    The law is given, not fitted, so the limit distribution of Kolmogorov applies; Stephens'
    correction makes it good for any sample of more than a few gaps.
    """
    n = len(gaps_s)
    law = -np.expm1(-rate * np.sort(np.asarray(gaps_s)))
    steps = np.arange(n + 1) / n
    distance = max(float(np.max(steps[1:] - law)), float(np.max(law - steps[:-1])))
    scaled = distance * (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n))
    if scaled < 0.2:
        return distance, 1.0
    terms = ((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return distance, min(1.0, max(0.0, 2 * sum(terms)))


def dispersion(arrivals_s: Sequence[float], duration_s: float) -> tuple[float, float]:
    """Variance over mean of the counts per window, and the probability of one this far from 1.

    Uses the normal limit of the chi-squared law, which is good from some fifty windows on.
    """
    windows = int(duration_s / WINDOW_S)
    counts, _ = np.histogram(arrivals_s, bins=windows, range=(0.0, windows * WINDOW_S))
    index = float(np.var(counts, ddof=1) / np.mean(counts))
    deviation = abs(index - 1) * math.sqrt((windows - 1) / 2)
    return index, math.erfc(deviation / math.sqrt(2))


def shapes(options: argparse.Namespace) -> dict[str, list[object]]:
    """The loads, all of one mean and one length, and the flags that make them."""
    low, high = options.rate / 5, options.rate * 9 / 5
    return {
        "constant": ["--rate", options.rate, "--duration", options.duration],
        "ramp": ["--stages", f"{options.duration:g}s@{low:g}..{high:g}"],
    }


def measure(
    made: Services, options: argparse.Namespace, shape: str, workers: int, folder: Path
) -> Trial:
    """One run of this shape with this number of workers."""
    words = [*shapes(options)[shape], "--seed", options.seed]
    words += ["--workers", workers, "--max-tokens", options.tokens, "--no-report"]
    with made.start(options.ttft_ms, options.itl_ms) as url:
        measured = run_perfbench(["--url", url, "--arrival", "poisson", *words], folder)
    point = measured.point
    if point["failed"]:
        raise BenchError(f"{point['failed']} requests failed: {point['errors']}")
    due_ns, sent_ns, due_s, sent_s = arrivals(measured, options.rate)
    first = due_ns[0]
    distance, gaps_p = kolmogorov_smirnov(list(np.diff(sent_s)), options.rate)
    index, counts_p = dispersion(sent_s, options.duration - WINDOW_S)
    return Trial(
        requests=len(due_ns),
        lag_ms=point["client"]["send_lag_ms"],
        late=sum(sent - due > 1e6 for due, sent in zip(due_ns, sent_ns, strict=True)),
        planned_gaps_p=kolmogorov_smirnov(list(np.diff(due_s)), options.rate)[1],
        sent_gaps_distance=distance,
        sent_gaps_p=gaps_p,
        sent_dispersion=index,
        sent_counts_p=counts_p,
        plan=frozenset(due - first for due in due_ns),
        verdict=point["client"]["verdict"],
    )


def arrivals(
    measured: Measured, rate: float
) -> tuple[list[int], list[int], list[float], list[float]]:
    """Planned and real instants of all requests, in the order of the plan, in ns; and both on the
    time in which they come at ``rate``, each in order, in s."""
    with open_run(measured.folder) as run:
        (point,) = run.points()
        facts = run.facts(point)
        pairs = sorted((r.due_ns or 0, r.sent_ns or 0) for r in run.records(point))
    assert facts is not None
    assert facts.start_ns is not None
    start_ns, amount = facts.start_ns, point.profile.amount
    due_s, sent_s = (
        sorted(amount((stamps[column] - start_ns) / 1e9) / rate for stamps in pairs)
        for column in (0, 1)
    )
    return [due for due, _ in pairs], [sent for _, sent in pairs], due_s, sent_s


def bars(trials: dict[tuple[str, int], Trial], judged: bool) -> list[Bar]:
    """What the project demands of these figures."""
    found = []
    for (shape, workers), trial in trials.items():
        name = f"{shape}, {workers} worker{'s' * (workers > 1)}"
        if judged:
            lag = trial.lag_ms["p99"]
            found.append(Bar(f"{name}: send lag p99", lag, SEND_LAG_LIMIT_MS, "ms"))
        for what, p in (("gaps", trial.sent_gaps_p), ("counts", trial.sent_counts_p)):
            found.append(Bar(f"{name}: Poisson {what}", p, PROBABILITY_LIMIT, "", at_least=True))
    return found


def parse() -> argparse.Namespace:
    """The command line."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--rate", type=float, default=JUDGED[0], help="requests/s")
    parser.add_argument("--duration", type=float, default=JUDGED[1], help="s")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--tokens", type=int, default=16, help="output tokens per request")
    parser.add_argument("--ttft-ms", type=float, default=50.0)
    parser.add_argument("--itl-ms", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> int:
    """Measure and print."""
    options = parse()
    trials: dict[tuple[str, int], Trial] = {}
    with tempfile.TemporaryDirectory(prefix="perfbench_bench_") as name:
        made = services(options, Path(name))
        # One after the other, so that what the machine does meanwhile meets all shapes alike.
        for workers in options.workers:
            for shape in shapes(options):
                say(f"{shape}, workers: {workers}")
                trials[shape, workers] = measure(made, options, shape, workers, Path(name))
    plans = {
        shape: max((trial.plan for (of, _), trial in trials.items() if of == shape), key=len)
        for shape in shapes(options)
    }
    rows: list[list[object]] = []
    for (shape, workers), trial in trials.items():
        plan = plans[shape]
        rows.append(
            [shape, workers, trial.requests, trial.late, *(trial.lag_ms[key] for key in LAG)]
        )
        rows[-1] += [trial.planned_gaps_p, trial.sent_gaps_distance, trial.sent_gaps_p]
        rows[-1] += [trial.sent_dispersion, trial.sent_counts_p, len(plan - trial.plan)]
        rows[-1] += ["yes" if trial.plan <= plan else "NO", trial.verdict]
    head = [
        "load",
        "workers",
        "requests",
        "late",
        "send lag p50 (ms)",
        "p99",
        "max",
        "planned gaps: p",
    ]
    head += [
        "sent gaps: distance",
        "p",
        "sent counts: dispersion",
        "p",
        "unsent",
        "one plan",
        "verdict",
    ]
    print_table(head, rows)
    judged = (options.rate, options.duration) == JUDGED
    return conclude(bars(trials, judged), options.check)


if __name__ == "__main__":
    run_main(main)
