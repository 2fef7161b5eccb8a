"""The parts of a point's requests in words and tables: those of each model, of each URL.

Knows summaries; knows no terminal and no page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from perfbench.metrics.definitions import METRICS
from perfbench.metrics.slices import slower
from perfbench.reports.wording import number, percentile
from perfbench.types import Slice, Summary

HEADS = ("ok", "failed", "req/s", "tok/s", "TTFT p50", "TTFT p99", "E2E p50", "E2E p99")
"""What a table shows of each part; latencies in ms."""

_OURS = ("cancelled", "abandoned")
"""How requests end that the client gives up."""


class Parts(NamedTuple):
    """One way in which a point's requests are parted."""

    kind: str
    """What a part is."""
    rows: list[tuple[str, list[str]]]
    """The name of each and its figures, in the order of :data:`HEADS`."""


def parts_of(summary: Summary) -> list[Parts]:
    """The tables of a point."""
    ways = (("model", summary.models), ("URL", summary.urls))
    return [Parts(kind, [_row(part) for part in parts]) for kind, parts in ways if parts]


def troubles(summary: Summary) -> Iterator[str]:
    """At which URLs requests failed, and which are slower than another beyond chance."""
    parts = summary.urls or ()
    for part in parts:
        errors = {kind: count for kind, count in part.errors.items() if kind not in _OURS}
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in errors.items())
        failed = sum(errors.values())
        if failed and part.completed:
            total = part.completed + part.failed
            yield f"{part.name}: {failed:,} of its {total:,} requests failed ({kinds})"
        elif failed:
            yield f"{part.name}: none of its {failed:,} requests succeeded ({kinds})"
    yield from _slower(parts)


def _slower(parts: Sequence[Slice]) -> Iterator[str]:
    named = {part.name: part for part in parts}
    found: dict[str, list[str]] = {}
    for each in slower(parts):
        own, other = (named[name].metrics[each.metric]["p50"] for name in (each.name, each.than))
        found.setdefault(each.name, []).append(
            f"{METRICS[each.metric].title} p50 {number(own)} ms, {each.ratio:.2f} times the "
            f"{number(other)} ms of {each.than}"
        )
    for name, said in found.items():
        yield f"{name} is slower: {'; '.join(said)}"


def _row(part: Slice) -> tuple[str, list[str]]:
    latencies = [
        percentile(part.metrics.get(metric, {}), name, part.unsupported)
        for metric in ("ttft_ms", "e2e_ms")
        for name in ("p50", "p99")
    ]
    rates = (part.request_throughput_rps, part.output_throughput_tok_s)
    return part.name, [
        *(number(count) for count in (part.completed, part.failed)),
        *map(number, rates),
        *latencies,
    ]
