"""Does ``perfbench compare`` find what is there, and nothing else?

  measured    pairs of runs of perfbench against simulators with jitter (exact schedule, 1,000
              requests, 20 in flight): A against A, and A against a simulator that is 5 % slower.
              Every run has seeds of its own; the three kinds of runs take turns. A run whose client
              was saturated is made again.
  synthetic   pairs of made-up runs of a queue whose load drifts (AR(1), correlation 0.9 from one
              request to the next): the same question without a machine's noise.
  coverage    how often a 95 % interval of one run holds the true mean of a series whose
              neighbours depend on each other.

A pair counts as found if any figure of B is shown to be worse; corrected for all 18 figures. Takes
about 20 minutes with --pairs 40. With --check the exit status is 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import heapq
import tempfile
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import numpy as np
from common import Bar, BenchError, arguments, conclude, print_table, run_main, run_perfbench, say

from perfbench.chance import student_quantile
from perfbench.config import SimulatorConfig
from perfbench.metrics.columns import Columns, offsets_of
from perfbench.metrics.comparison import Difference, LoadRun, Reading, compare_load_tests
from perfbench.metrics.dependence import mean_error
from perfbench.metrics.uncertainty import estimates
from perfbench.perf.opposed import read_load_run
from perfbench.simulator.spawn import Simulator

SLOWER = 1.05
REQUESTS = 1000
IN_FLIGHT = 20
SAME_LIMIT = 0.95
FOUND_LIMIT = 0.90
COVERED_LIMIT = 0.90


def measured(folder: Path, seed: int, slower: float = 1.0) -> LoadRun:
    """One run of perfbench against a simulator of its own; again where the machine was so busy
    that the client says itself it was saturated, as ``compare`` would refuse it.

    Raises:
        BenchError: it was so five times in a row.
    """
    for attempt in range(_ATTEMPTS):
        run = _measured(folder, seed + _ATTEMPT_SEEDS * attempt, slower)
        if not any(each.verdict == "saturated" for side in run.loads.values() for each in side):
            return run
        say("the client was saturated: once more")
    raise BenchError("the machine is too busy: the client was saturated in every attempt")


_ATTEMPTS = 5
_ATTEMPT_SEEDS = 1_000_003


def _measured(folder: Path, seed: int, slower: float) -> LoadRun:
    config = SimulatorConfig(port=0, ttft_ms=40 * slower, itl_ms=6 * slower, jitter=0.5, seed=seed)
    words: list[object] = ["--parallel", IN_FLIGHT, "--number", REQUESTS, "--max-tokens", 8, 24]
    with Simulator(config) as simulator:
        run = run_perfbench([*words, "--url", simulator.url, "--no-report"], folder)
    return read_load_run(run.folder)


def synthetic(random: np.random.Generator, slower: float = 1.0) -> LoadRun:
    """One made-up run: a closed loop over a service whose load drifts."""
    load = _autoregressive(random, REQUESTS, 0.9)
    ttft = slower * 40e6 * np.exp(0.25 * load + random.normal(0, 0.3, REQUESTS))
    tokens = random.integers(8, 25, REQUESTS)
    step = slower * 6e6 * np.exp(0.03 * load)
    gaps = np.repeat(step, tokens - 1) * random.gamma(25, 1 / 25, int((tokens - 1).sum()))
    spans = offsets_of(tokens - 1)
    took = ttft + np.add.reduceat(gaps, spans[:-1])
    free = [0.0] * IN_FLIGHT
    sent = np.empty(REQUESTS)
    for place in range(REQUESTS):
        sent[place] = heapq.heappop(free)
        heapq.heappush(free, sent[place] + took[place])
    columns = _columns(sent, ttft, took, tokens, gaps, spans)
    reading = Reading("x", estimates(columns, False, disturbed=0.0), REQUESTS, 0, "trusted")
    return LoadRun("x", {}, {}, {"x": [reading]}, {"x": "parallel_20"})


def _autoregressive(random: np.random.Generator, n: int, correlation: float) -> np.ndarray:
    """A stationary series of variance 1."""
    shocks = random.normal(0, (1 - correlation**2) ** 0.5, n)
    shocks[0] = random.normal()
    return np.array(list(accumulate(shocks, lambda before, shock: correlation * before + shock)))


def _columns(
    sent: np.ndarray,
    ttft: np.ndarray,
    took: np.ndarray,
    tokens: np.ndarray,
    gaps: np.ndarray,
    spans: np.ndarray,
) -> Columns:
    n = len(sent)
    whole, unknown, yes = np.zeros(n, np.int64), np.full(n, np.nan), np.ones(n, np.bool_)
    end = sent + took
    return Columns(
        **dict.fromkeys(("repeat", "worker", "resends", "turn", "turns"), whole),
        **dict.fromkeys(("status", "url", "due_ns", "connect_ns", "input_tokens"), unknown),
        **dict.fromkeys(("usage_input_tokens", "usage_cached_tokens"), unknown),
        **dict.fromkeys(("usage_reasoning_tokens", "counted_output_tokens"), unknown),
        conversation=unknown,
        model=whole - 1,
        origin_ns=0,
        origin_wall_ns=0,
        seq=np.arange(n),
        stream=yes,
        reused=yes,
        restamped=~yes,
        outcome=np.zeros(n, np.uint8),
        sent_ns=sent,
        headers_ns=sent + ttft,
        first_ns=sent + ttft,
        first_content_ns=sent + ttft,
        last_ns=end,
        end_ns=end,
        read_delay_ns=np.zeros(n),
        usage_output_tokens=tokens.astype(np.float64),
        gaps=gaps.astype(np.float32),
        gap_offsets=spans,
        event_tokens=np.empty(0, np.uint16),
        token_offsets=np.zeros(n + 1, np.int64),
        error_examples={},
    )


def differences(a: LoadRun, b: LoadRun) -> list[Difference]:
    """The figures of B that are shown to differ."""
    (run,) = compare_load_tests(a, [b]).runs
    looked_at = (each for load in run.loads for each in load.differences)
    return [each for each in looked_at if each.change in ("better", "worse")]


def shares(pairs: int, make: Callable[[int, float], LoadRun]) -> tuple[float, float]:
    """Shares of the A/A pairs that come out the same, and of the A/B pairs that are found."""
    same = found = 0
    for pair in range(pairs):
        a, again, b = (make(3 * pair + k, SLOWER if k == 2 else 1.0) for k in range(3))
        mistaken = differences(a, again)
        same += not mistaken
        for each in mistaken:
            say(f"pair {pair}: {each.figure} {each.relative:+.1%} of the same, p {each.p_holm:.2g}")
        found += any(each.change == "worse" for each in differences(a, b))
        if pair % 10 == 9:
            say(f"{pair + 1} pairs: {same} the same, {found} found")
    return same / pairs, found / pairs


def coverage(random: np.random.Generator, correlation: float, series: int) -> float:
    """Share of the intervals that hold the true mean, which is 0."""
    held = 0
    for _ in range(series):
        values = _autoregressive(random, REQUESTS, correlation)
        known = mean_error(values)
        assert known is not None
        half = student_quantile(round(known.freedom, 1)) * known.variance**0.5
        held += abs(float(values.mean())) <= half
    return held / series


def main() -> int:
    options = _options()
    bars, rows = [], []
    kinds: list[tuple[str, int, Callable[[int, float], LoadRun]]] = []
    with tempfile.TemporaryDirectory(prefix="perfbench_compare_") as name:
        kinds = [
            ("measured", options.pairs, lambda seed, slow: measured(Path(name), seed, slow)),
            (
                "synthetic",
                options.synthetic,
                lambda seed, slow: synthetic(np.random.default_rng(seed), slow),
            ),
        ]
        for kind, pairs, make in kinds:
            if not pairs:
                continue
            say(kind)
            same, found = shares(pairs, make)
            rows.append([kind, pairs, same, found])
            bars.append(Bar(f"{kind}: A/A the same", same, SAME_LIMIT, "", at_least=True))
            bars.append(Bar(f"{kind}: 5 % slower found", found, FOUND_LIMIT, "", at_least=True))
    print_table(["pairs of", "each", "A/A the same", "A/B found worse"], rows)
    if options.series:
        random = np.random.default_rng(7)
        held = [(c, coverage(random, c, options.series)) for c in (0.0, 0.3, 0.6, 0.8, 0.9)]
        print_table(["AR(1) correlation", "95 % interval holds the mean"], held)
        bars.append(Bar("coverage, worst", min(s for _, s in held), COVERED_LIMIT, "", True))
    return conclude(bars, options.check)


def _options() -> argparse.Namespace:
    parser = arguments(__doc__ or "")
    parser.add_argument("--pairs", type=int, default=40, help="measured pairs [40]")
    parser.add_argument("--synthetic", type=int, default=300, help="made-up pairs [300]")
    parser.add_argument("--series", type=int, default=1000, help="series for coverage [1000]")
    return parser.parse_args()


if __name__ == "__main__":
    run_main(main)
