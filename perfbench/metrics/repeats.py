"""What the repeats of a load tell: mean, spread between runs, and an interval over runs.

A run of a load is one value here, whatever happened inside it: the spread holds everything by which
runs differ, also what no single run can know of itself. Pure, without numpy: from summaries.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from perfbench.chance import student_quantile
from perfbench.types import Repeated, RepeatedLoad, Summary

LATENCIES = ("ttft_ms", "tpot_ms", "itl_ms", "e2e_ms")
STATISTICS = ("mean", "p50", "p90", "p99")
THROUGHPUTS = ("request_throughput_rps", "output_throughput_tok_s")

FIGURES = (*(f"{metric}.{name}" for metric in LATENCIES for name in STATISTICS), *THROUGHPUTS)
"""The figures that have intervals and are compared, by name: those of ``summary.json``."""


def repeated_loads(summaries: Sequence[Summary]) -> list[RepeatedLoad]:
    """The loads that were run several times, in order; points in which nothing succeeded or that
    did not end as planned have no say."""
    loads: dict[str, list[Summary]] = {}
    for summary in summaries:
        if summary.repeat is not None:
            name = summary.name.removesuffix(f"_r{summary.repeat}")
            loads.setdefault(name, []).append(summary)
    return [_load(name, points) for name, points in loads.items()]


def figure_of(summary: Summary, name: str) -> float | None:
    """One of ``FIGURES``; ``None`` if it is not known of this point."""
    metric, _, statistic = name.partition(".")
    if statistic:
        return summary.metrics.get(metric, {}).get(statistic)
    found: float | None = getattr(summary, name)
    return found


def _load(name: str, points: Sequence[Summary]) -> RepeatedLoad:
    whole = [each for each in points if each.completed and not each.interrupted]
    figures = {}
    for figure in FIGURES:
        values = [value for each in whole if (value := figure_of(each, figure)) is not None]
        if values:
            figures[figure] = _over_runs(values)
    return RepeatedLoad(name, tuple(each.name for each in points), figures)


def _over_runs(values: Sequence[float]) -> Repeated:
    runs = len(values)
    mean = math.fsum(values) / runs
    if runs == 1:
        return Repeated(mean, None, None, None, 1)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (runs - 1))
    half = student_quantile(runs - 1) * std / math.sqrt(runs)
    return Repeated(mean, std, mean - half, mean + half, runs)
