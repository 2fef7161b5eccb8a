"""The composed charts a tracker is sent, and the few figures that stand for a whole run.

A tracker draws one chart for each series by itself; what is compared lies in four of ours for a
load test and two for an evaluation. Knows no tracker. Units are in the titles; unknown is ``None``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from perfbench.reports.wording import load_axis, load_labels
from perfbench.types import Scored, SubtaskFacts, Summary

LEVELS = ("p50", "p90", "p99")
"""Percentiles drawn over the load."""


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
    """Throughput, TTFT and the time between tokens over the load, and throughput over latency.

    Points without successes have nothing to draw; lines that no point has are left out, and charts
    without lines.
    """
    answered = [summary for summary in summaries if summary.completed]
    if not answered:
        return []
    title, places = load_axis(answered)
    throughput: dict[str, list[float | None]] = {
        "output tok/s": [summary.output_throughput_tok_s for summary in answered],
        "total tok/s": [summary.total_throughput_tok_s for summary in answered],
    }
    between = {
        f"{name} {level}": _over(answered, metric, level)
        for name, metric in (("TPOT", "tpot_ms"), ("ITL", "itl_ms"))
        for level in ("p50", "p99")
    }
    ttft = {f"TTFT {level}": _over(answered, "ttft_ms", level) for level in LEVELS}
    charts = [
        _chart("throughput", "Throughput (tok/s)", title, places, throughput),
        _chart("ttft", "TTFT (ms)", title, places, ttft),
        _chart("between_tokens", "Time between tokens (ms)", title, places, between),
        _against_latency(answered),
    ]
    return [chart for chart in charts if chart.lines]


def score_charts(scores: Sequence[Scored], subtasks: Mapping[str, SubtaskFacts]) -> list[Chart]:
    """The main score of each subtask, and the share of its answers without a score by reason."""
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
    ]
    return [chart for chart in charts if chart.x and chart.lines]


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
    rated = [
        (summary.total_throughput_tok_s or summary.request_throughput_rps, summary, label)
        for summary, label in zip(summaries, load_labels(summaries), strict=True)
        if summary.request_throughput_rps
    ]
    if rated:
        _, best, label = max(rated, key=lambda each: each[0] or 0.0)
        found |= {"best/load": label, "best/requests_rps": best.request_throughput_rps}
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
    return {name: value for name, value in found.items() if value is not None}


def _chart(
    name: str,
    title: str,
    x_title: str,
    x: list[float],
    lines: Mapping[str, list[float | None]],
) -> Chart:
    known = {key: values for key, values in lines.items() if any(v is not None for v in values)}
    return Chart(name, title, "line", x_title, x, known)


def _against_latency(summaries: Sequence[Summary]) -> Chart:
    """Total tokens per second of the service over those a single user gets."""
    places = [
        (user, summary.total_throughput_tok_s)
        for summary in summaries
        if (user := summary.metrics.get("output_tok_s", {}).get("p50")) is not None
        and summary.total_throughput_tok_s is not None
    ]
    places.sort()
    lines: dict[str, list[float | None]] = {"total tok/s": [total for _, total in places]}
    return Chart(
        "throughput_against_latency",
        "Throughput (tok/s) against tok/s of one user (p50)",
        "line",
        "tok/s of one user",
        [user for user, _ in places],
        lines if places else {},
    )


def _over(summaries: Sequence[Summary], metric: str, level: str) -> list[float | None]:
    return [summary.metrics.get(metric, {}).get(level) for summary in summaries]


def _most(summaries: Sequence[Summary], name: str) -> float | None:
    return max((v for s in summaries if (v := getattr(s, name)) is not None), default=None)


def _worst(summaries: Sequence[Summary]) -> str | None:
    found = {summary.client.verdict for summary in summaries}
    return next((v for v in ("saturated", "strained", "trusted") if v in found), None)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
