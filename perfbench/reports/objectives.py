"""Objectives, goodput and a search as people read them: rows of tables, and the chart of a search.

Works from summaries and the search's path; knows no page and no terminal. All cells are text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perfbench.metrics.definitions import METRICS
from perfbench.reports import wording
from perfbench.reports.charts import Line, SweepChart
from perfbench.reports.palette import ASKED, point_colours
from perfbench.types import Attained, Goodput, SearchPath, Summary

WORDS: dict[Attained, str] = {"met": "met", "missed": "missed", "unknown": "cannot be said"}

GOODPUT_HEAD = ("load", "good", "missed", "unknown", "attained", "good req/s", "good tok/s")
SEARCH_HEAD = ("trial", "load", "asked", "found", "sent", "judged", "why")


@dataclass(frozen=True, slots=True)
class Row:
    """One objective at one point."""

    load: str
    objective: str
    attained: Attained
    said: str
    """The verdict in words."""
    values: str
    """The figures it is of."""


def objective_rows(summaries: Sequence[Summary], labels: Sequence[str]) -> list[Row]:
    """Every objective of every point, in order."""
    return [
        Row(
            label,
            each.expression,
            each.attained,
            WORDS[each.attained],
            ", ".join(_value(name, value, len(each.values)) for name, value in each.values.items()),
        )
        for summary, label in zip(summaries, labels, strict=True)
        for each in summary.objectives or ()
    ]


def goodput_rows(summaries: Sequence[Summary], labels: Sequence[str]) -> list[list[str]]:
    """The goodput of each point that has one, under ``GOODPUT_HEAD``."""
    return [
        [
            label,
            *(wording.number(count) for count in (good.met, good.missed, good.unknown)),
            wording.share(good.attainment),
            wording.number(good.request_goodput_rps),
            wording.number(good.output_goodput_tok_s),
        ]
        for summary, label in zip(summaries, labels, strict=True)
        if (good := summary.goodput) is not None
    ]


def limits_said(summaries: Sequence[Summary]) -> str:
    """The limits of a good request: ``TTFT ≤ 200 ms, TPOT ≤ 30 ms``; empty without any."""
    found: Goodput | None = next((s.goodput for s in summaries if s.goodput is not None), None)
    limits = {} if found is None else found.limits_ms
    return ", ".join(f"{METRICS[name].title} ≤ {limit:g} ms" for name, limit in limits.items())


def search_answer(path: SearchPath) -> str:
    """What a search found, in a sentence."""
    if path.answer is None:
        found = f"no {path.variable} is known to meet the objectives"
    else:
        found = f"{path.variable} {path.answer:g} is the largest load that meets the objectives"
        if path.upper is not None:
            found += f" ({path.upper:g} does not)"
    ended = path.stopped or "stopped before it was done"
    many = f"{path.requests:,} requests in {len(path.trials)} trials"
    return (
        f"{found}, with {100 * path.confidence:g} % confidence; {many}. It ended because {ended}."
    )


def search_rows(path: SearchPath) -> list[list[str]]:
    """The trials in order, under ``SEARCH_HEAD``."""
    return [
        [
            str(place),
            f"{trial.load:g}",
            trial.demand,
            trial.decision,
            wording.number(trial.requests),
            wording.number(trial.judged),
            trial.why,
        ]
        for place, trial in enumerate(path.trials, 1)
    ]


def search_chart(path: SearchPath) -> SweepChart | None:
    """Load against how far each objective was attained; ``None`` for fewer than two loads.

    Of a share that is the requests within the limit, of a mean the limit as a share of it, at most
    all. A load that was tried again stands by its last trial.
    """
    latest = {trial.load: trial for trial in path.trials if trial.evidence}
    loads = sorted(latest)
    if len(loads) < 2:
        return None
    names = [each.objective for each in latest[loads[0]].evidence]
    colours = point_colours(len(names))
    lines = []
    for place, name in enumerate(names):
        shares = [latest[load].evidence[place].attained for load in loads]
        values = [share and share * 100 for share in shares]
        hollow = [latest[load].demand == "glance" for load in loads]
        lines.append(Line(name, values, hollow, colours[place]))
    first = latest[loads[0]].evidence
    if len(first) == 1 and first[0].kind == "share":
        needed: list[float | None] = [100 * (1 - first[0].allowed)] * len(loads)
        lines.append(Line("needed", needed, [False] * len(loads), ASKED, dashed=True))
    marked = [(load, word) for load, word in ((path.answer, "met"), (path.upper, "too much"))]
    return SweepChart(
        key="search",
        title="Load against attainment",
        x_title="requests in flight" if path.variable == "parallel" else "arrivals (requests/s)",
        y_title="attained (%)",
        unit="%",
        xs=loads,
        lines=lines,
        labels=[f"{path.variable} {load:g}: {latest[load].decision}" for load in loads],
        marks=[],
        mark_title="",
        knee=None,
        marked=[(loads.index(load), word) for load, word in marked if load in loads],
    )


def _value(name: str, value: float | None, of: int) -> str:
    shown = wording.number(value)
    return shown if of == 1 else f"{name} {shown}"
