"""The overview of a load test: the figures that people want first, point by point, and its charts.

Latencies are ms, rates per second; unknown is an en dash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from perfbench.metrics.uncertainty import intervals
from perfbench.reports import overview as first
from perfbench.reports import wording
from perfbench.reports.charts import against_load, sweep_of, tradeoffs
from perfbench.reports.frame import embeddable
from perfbench.reports.html import chart_data
from perfbench.server.shelf import Facts, Shelf
from perfbench.store import open_run
from perfbench.types import Summary

_MOST_REQUESTS = 100_000
"""Up to which intervals are made for the page: it takes about a second."""
_COLUMNS = (
    ("req/s", "request_throughput_rps", None),
    ("output tok/s", "output_throughput_tok_s", None),
    *(
        (f"{metric.removesuffix('_ms').upper()} {name}", metric, name)
        for metric in ("ttft_ms", "tpot_ms", "e2e_ms")
        for name in ("p50", "p99")
    ),
)
"""Title, figure of a summary, and which of its statistics."""


async def overview(shelf: Shelf, path: Path, facts: Facts) -> dict[str, Any]:
    """What the template needs."""
    summaries = facts.summaries
    labels = wording.load_labels(summaries)
    sweep = sweep_of(summaries)
    costs, charts = tradeoffs(sweep), against_load(sweep)
    known = await shelf.take("intervals", (path,), lambda: _intervals(path, summaries))
    return {
        "rows": [
            {
                "label": label,
                "summary": each,
                "failed": wording.failed(each),
                "cells": [
                    _cell(each, known.get(each.name, {}), figure, statistic)
                    for _, figure, statistic in _COLUMNS
                ],
            }
            for each, label in zip(summaries, labels, strict=True)
        ],
        "columns": [title for title, *_ in _COLUMNS],
        "tiles": first.tiles(summaries, sweep) if summaries else [],
        "failures": first.failures(summaries, labels),
        "verdicts": _verdicts(summaries, labels),
        "unsupported": any(names for s in summaries for names in s.unsupported.values()),
        "note_unsupported": f"{wording.UNSUPPORTED} {wording.UNSUPPORTED_NOTE}",
        "costs": costs,
        "charts": charts,
        "data": Markup(embeddable(chart_data([*costs, *charts], []))),
    }


def _intervals(
    path: Path, summaries: Sequence[Summary]
) -> Mapping[str, Mapping[str, tuple[float, float]]]:
    """95 % intervals of the figures of each point, by its name: those of the summary, else made."""
    found = {each.name: each.intervals for each in summaries if each.intervals}
    if sum(each.completed for each in summaries) > _MOST_REQUESTS:
        return found
    with open_run(path, read_only=True) as run:
        for point in run.points():
            if point.name not in found:
                columns = run.columns(point)
                found[point.name] = (
                    intervals(columns, point.rate is not None) if len(columns.sent_ns) else {}
                )
    return found


def _cell(
    summary: Summary,
    known: Mapping[str, tuple[float, float]],
    figure: str,
    statistic: str | None,
) -> tuple[str, str | None]:
    """A figure and its interval, as text."""
    if statistic is None:
        text, name = wording.number(getattr(summary, figure)), figure
    else:
        few = summary.unsupported.get(figure, [])
        text = wording.percentile(summary.metrics.get(figure, {}), statistic, few)
        name = f"{figure}.{statistic}"
    ends = known.get(name)
    if ends is None:
        return text, None
    return text, f"{wording.number(ends[0])} to {wording.number(ends[1])}"


def _verdicts(summaries: Sequence[Summary], labels: Sequence[str]) -> list[dict[str, Any]]:
    """Whether each point is to be trusted, and why, those with one reason together."""
    found: dict[tuple[str, str], list[str]] = {}
    for each, label in zip(summaries, labels, strict=True):
        verdict = each.client.verdict
        if verdict is not None:
            found.setdefault((verdict, each.client.reason), []).append(label)
    return [
        {"verdict": verdict, "reason": reason, "points": points}
        for (verdict, reason), points in found.items()
    ]
