"""The layout that GenAI-Perf began and AIPerf kept: metric -> unit, ``avg``, percentiles, ``min``…

Owns this layout only; which metrics there are is each tool's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perfbench.reports.words.term import Spread, Term

PERCENTILES = ("p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99")
OURS_OF = {"avg": "mean", **{name: name for name in (*PERCENTILES, "min", "max", "std")}}
"""Statistics of a block -> ours."""


def spread_terms(spreads: Mapping[str, Spread], statistics: Sequence[str]) -> list[Term]:
    """Terms ``metric.statistic`` of all that have values."""
    return [
        term
        for name, spread in spreads.items()
        for term in spread.terms({f"{name}.{each}": OURS_OF[each] for each in statistics})
        if term.value is not None
    ]


def blocks(terms: Iterable[Term]) -> dict[str, dict[str, Any]]:
    """Terms ``metric.statistic`` as the members of the file; those without a value are left out."""
    found: dict[str, dict[str, Any]] = {}
    for term in terms:
        metric, _, statistic = term.name.rpartition(".")
        if term.value is not None:
            found.setdefault(metric, {"unit": term.unit})[statistic] = term.value
    return found


def shown(terms: Iterable[Term]) -> list[Term]:
    """What a page shows of them: single values, averages, medians and tails; the file has all."""
    return [term for term in terms if term.name.rpartition(".")[2] in ("avg", "p50", "p99")]
