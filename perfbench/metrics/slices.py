"""The figures of parts of a point's requests, such as those of each model. Pure.

A part is a code of each request; parts without a request are there too, with nothing in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from perfbench.metrics.columns import OUTCOMES, Columns, Ints
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.ledger import token_ledger
from perfbench.metrics.percentiles import distribution, unsupported
from perfbench.types import Distribution, Slice

_LATENCIES = ("ttft_ms", "tpot_ms", "e2e_ms")
_FEW = 20
"""Fewer requests say nothing of how fast a part is."""
_SLOWER = 1.1
"""What a part's median must be of the fastest one's to be worth a word."""


class Slower(NamedTuple):
    """A part whose latency is longer than another's beyond chance."""

    metric: str
    name: str
    than: str
    """The part that is fastest."""
    ratio: float
    """Of their medians."""


def slices(
    columns: Columns, codes: Ints, names: Sequence[str], duration_s: float | None
) -> list[Slice]:
    """The figures of each part.

    Args:
        columns: the measured requests, whatever their outcome.
        codes: for each of them its place in ``names``.
        duration_s: of the whole phase: parts share the time, so their rates add up.
    """
    return [
        _slice(name, columns.select(codes == code), duration_s) for code, name in enumerate(names)
    ]


def by_url(columns: Columns, urls: Sequence[str], duration_s: float | None) -> list[Slice] | None:
    """The figures of each of a run's URLs; ``None`` where it has but one."""
    if not urls:
        return None
    places = np.nan_to_num(columns.url, nan=-1).astype(np.int64)
    return slices(columns, places, urls, duration_s)


def slower(parts: Sequence[Slice]) -> list[Slower]:
    """Which parts are slower than the fastest, in TTFT and in TPOT.

    Medians are held against each other as notched box plots do (McGill, Tukey and Larsen 1978):
    they differ where the intervals ``median ± 1.57 IQR / sqrt(n)`` do not overlap.
    """
    found = []
    for metric in ("ttft_ms", "tpot_ms"):
        notches = [(part, notch) for part in parts if (notch := _notch(part.metrics[metric]))]
        if not notches:
            continue
        fastest, (middle, _, high) = min(notches, key=lambda each: each[1][0])
        found += [
            Slower(metric, part.name, fastest.name, median / middle)
            for part, (median, low, _) in notches
            if low > high and median > _SLOWER * middle > 0
        ]
    return found


def _notch(values: Distribution) -> tuple[float, float, float] | None:
    """The median, and the ends of its interval."""
    count, low, median, high = (values.get(name) for name in ("count", "p25", "p50", "p75"))
    if not count or count < _FEW or low is None or median is None or high is None:
        return None
    half = 1.57 * (high - low) / math.sqrt(count)
    return median, median - half, median + half


def _slice(name: str, columns: Columns, duration_s: float | None) -> Slice:
    done = columns.select(columns.ok)
    ledger = token_ledger(done)
    tokens = None if ledger.unknown else ledger.output_tokens
    return Slice(
        name=name,
        sent=int(np.count_nonzero(~np.isnan(columns.sent_ns))),
        completed=len(done),
        failed=len(columns) - len(done),
        request_throughput_rps=len(done) / duration_s if duration_s else None,
        output_throughput_tok_s=tokens / duration_s if duration_s and tokens is not None else None,
        metrics={
            key: distribution(METRICS[key].values(done), METRICS[key].scale) for key in _LATENCIES
        },
        unsupported=unsupported(len(done)),
        errors={
            kind: count
            for code, kind in enumerate(OUTCOMES)
            if kind != "ok" and (count := int((columns.outcome == code).sum()))
        },
    )
