"""The service's side in words: what it was busy with, and whether its counts are ours.

For the terminal and the page; knows figures, no display.
"""

from __future__ import annotations

from perfbench.reports import wording
from perfbench.types import QUANTITIES, ServerCheck, ServerFigures

_CHECKED = {
    "requests": "requests",
    "prompt_tokens": "prompt tokens",
    "output_tokens": "output tokens",
    "ttft": "TTFT",
}


def state(figures: ServerFigures) -> str:
    """What it was busy with over the measured phase, in a line; empty if nothing is known."""
    parts = []
    for name in ("running", "waiting"):
        if (gauge := figures.gauges.get(name)) is not None:
            parts.append(f"{name} {wording.number(gauge.mean)} (max {wording.number(gauge.max)})")
    if (usage := figures.gauges.get("kv_usage")) is not None:
        parts.append(f"KV cache {wording.share(usage.mean)} (max {wording.share(usage.max)})")
    if figures.prefix_hit_rate is not None:
        parts.append(f"prefix hits {wording.share(figures.prefix_hit_rate)}")
    if figures.acceptance_rate is not None:
        parts.append(f"draft tokens accepted {wording.share(figures.acceptance_rate)}")
    if preempted := figures.counters.get("preemptions"):
        parts.append(f"preemptions {wording.number(round(preempted))}")
    if (cards := figures.gauges.get("gpu_utilization")) is not None:
        parts.append(f"GPU {wording.share(cards.mean)}")
    if (power := figures.gauges.get("power_w")) is not None:
        parts.append(f"{wording.number(power.mean)} W")
    if figures.energy_j is not None:
        parts.append(f"{wording.number(figures.energy_j)} J")
    if figures.energy_per_output_token_j is not None:
        parts.append(f"{wording.number(figures.energy_per_output_token_j)} J per output token")
    return ", ".join(parts)


def agreed(figures: ServerFigures) -> str:
    """Which of its totals are ours; empty if none was held against ours."""
    names = [_CHECKED[check.what] for check in figures.checks if check.agrees]
    return f"its counts agree with ours: {', '.join(names)}" if names else ""


def findings(figures: ServerFigures) -> list[str]:
    """What its totals say against ours, and what could not be read."""
    return [*(check.said for check in figures.checks if check.agrees is False), *figures.missing]


CHECK_HEAD = ("the service's count", "by the service", "at least", "at most", "")


def check_rows(figures: ServerFigures) -> list[tuple[list[str], str, bool | None]]:
    """For each total its cells, what is said of it, and whether it agrees."""
    return [
        ([_CHECKED[c.what], *map(_plain, (c.counted, c.low, c.high))], _said(c), c.agrees)
        for c in figures.checks
    ]


def source_rows(figures: ServerFigures) -> list[list[str]]:
    """Each source: what it is, how often it was read and how near in time, and what it tells."""
    return [
        [
            each.source,
            each.kind or wording.UNKNOWN,
            f"{each.scrapes:,}" + (f" ({each.failed:,} failed)" if each.failed else ""),
            f"± {wording.number(each.half_width_ms)} ms" if each.half_width_ms else wording.UNKNOWN,
            ", ".join(QUANTITIES[name].title for name in each.quantities) or wording.UNKNOWN,
        ]
        for each in figures.sources
    ]


def ttft_sentence(figures: ServerFigures) -> str:
    """Its own TTFT, with the ends of the buckets that hold the quantiles."""
    found = figures.ttft
    if found is None:
        return ""
    spans = (
        f"{name} {wording.number(low)} to {wording.number(high)} ms"
        if high is not None
        else f"{name} above {wording.number(low)} ms"
        for name, (low, high) in found.quantiles_ms.items()
    )
    return ", ".join([f"mean {wording.number(found.mean_ms)} ms", *spans])


def _plain(value: float | None) -> str:
    return wording.number(int(value) if value is not None and value == int(value) else value)


def _said(check: ServerCheck) -> str:
    return check.said + (" ✓" if check.agrees else "")
