"""The composed charts a tracker is sent, and the few figures that stand for a whole run.

A tracker draws one chart for each series by itself; what is compared lies in four of ours for a
load test and as many for an evaluation. Knows no tracker. Units are in the titles; unknown is
``None``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from perfbench.reports.charts import against_load, best_place, sweep_of, tradeoffs
from perfbench.types import Scored, SubtaskFacts, Summary

OVER_LOAD = ("total", "tpot_ms")
"""Charts over the load, by key in ``reports.charts``, beside those of throughput and latency."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one axis, or bars side by side; every line has one value for each of ``x``."""

    name: str
    title: str
    kind: Literal["line", "bar"]
    x_title: str
    x: list[float] | list[str]
    lines: Mapping[str, list[float | None]]


def load_charts(summaries: Sequence[Summary]) -> list[Chart]:
    """Of the report's charts those that compare: throughput against latency, and throughput and the
    time between tokens over the load. None of fewer than two loads with successes.
    """
    sweep = sweep_of(summaries)
    over_load = [chart for chart in against_load(sweep) if chart.key in OVER_LOAD]
    return [
        Chart(
            name=chart.key,
            title=f"{chart.title} ({chart.y_title})",
            kind="line",
            x_title=chart.x_title,
            x=chart.xs,
            lines={line.name: line.values for line in chart.lines},
        )
        for chart in (*tradeoffs(sweep), *over_load)
    ]


def score_charts(scores: Sequence[Scored], subtasks: Mapping[str, SubtaskFacts]) -> list[Chart]:
    """Of each subtask the main score, the share of its answers without a score by reason, and how
    fast it was answered."""
    several = len({each.model for each in subtasks.values()}) > 1
    names = [
        f"{facts.model} {facts.dataset}" if several else facts.dataset
        for facts in (subtasks[each.name] for each in scores)
    ]
    main: list[float | None] = [each.figures[each.metric].scored for each in scores]
    reasons = dict.fromkeys(
        reason for each in scores for reason, count in each.unscored.items() if count
    )
    unscored: dict[str, list[float | None]] = {
        reason: [_share(each.unscored.get(reason, 0), each.answers) for each in scores]
        for reason in reasons
    }
    charts = [
        Chart("scores", "Score", "bar", "data set", names, {"score": main}),
        Chart("unscored", "Answers without a score (share)", "bar", "data set", names, unscored),
        *_load_bars(scores, names),
    ]
    return [chart for chart in charts if chart.x and chart.lines]


def _load_bars(scores: Sequence[Scored], names: list[str]) -> list[Chart]:
    """How fast each subtask was answered when it asked last."""
    loads = [each.performance[-1] if each.performance else None for each in scores]
    speed = [None if load is None else load.output_throughput_tok_s for load in loads]
    ttft = [{} if load is None else load.metrics.get("ttft_ms", {}) for load in loads]
    waits = {level: [each.get(level) for each in ttft] for level in ("p50", "p99")}
    charts = [
        Chart("speed", "Output throughput (tok/s)", "bar", "data set", names, {"tok/s": speed}),
        Chart("wait", "TTFT (ms)", "bar", "data set", names, waits),
    ]
    known = [[value for line in chart.lines.values() for value in line] for chart in charts]
    return [chart for chart, values in zip(charts, known, strict=True) if any(values)]


def load_outcome(summaries: Sequence[Summary]) -> dict[str, float | str]:
    """What a load test came to: its maxima, and the figures at the load of the best throughput.

    ``best/load`` names that load, ``all/verdict`` the worst verdict of all points.
    """
    found: dict[str, float | str | None] = {
        "max/requests_rps": _most(summaries, "request_throughput_rps"),
        "max/output_tok_s": _most(summaries, "output_throughput_tok_s"),
        "max/total_tok_s": _most(summaries, "total_throughput_tok_s"),
        "all/completed": sum(summary.completed for summary in summaries),
        "all/failed": sum(summary.failed for summary in summaries),
        "all/verdict": _worst(summaries),
    }
    sweep = sweep_of(summaries)
    if sweep.summaries:
        place = best_place(sweep)
        best = sweep.summaries[place]
        found |= {"best/load": sweep.labels[place]}
        found |= {"best/requests_rps": best.request_throughput_rps}
        found |= {"best/total_tok_s": best.total_throughput_tok_s}
        for metric in ("ttft_ms", "tpot_ms", "itl_ms", "e2e_ms"):
            for level in ("p50", "p99"):
                found[f"best/{metric}_{level}"] = best.metrics.get(metric, {}).get(level)
    return {name: value for name, value in found.items() if value is not None}


def score_outcome(scores: Sequence[Scored], sections: Mapping[str, str]) -> dict[str, float | str]:
    """What an evaluation came to: the main score of each subtask, and how much it stands on."""
    found: dict[str, float | str | None] = {}
    for each in scores:
        section = sections[each.name]
        found[f"score/{section}"] = each.figures[each.metric].scored
        found[f"unscored/{section}"] = _share(sum(each.unscored.values()), each.answers)
    known = {name: v for name, v in found.items() if name.startswith("score/") and v is not None}
    if len(known) > 1:
        best = max(known, key=lambda name: float(known[name]))
        found |= {"max/score": known[best], "best/task": best.removeprefix("score/")}
    return {name: value for name, value in found.items() if value is not None}


def _most(summaries: Sequence[Summary], name: str) -> float | None:
    return max((v for s in summaries if (v := getattr(s, name)) is not None), default=None)


def _worst(summaries: Sequence[Summary]) -> str | None:
    found = {summary.client.verdict for summary in summaries}
    return next((v for v in ("saturated", "strained", "trusted") if v in found), None)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
