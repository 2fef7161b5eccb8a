"""What reports show of conversations: a line, tables and charts by turn.

Works from summaries. Latencies are ms; unknown is an en dash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perfbench.metrics.percentiles import unsupported
from perfbench.reports import wording
from perfbench.reports.charts import Line, SweepChart
from perfbench.reports.palette import point_colours
from perfbench.types import ConversationFigures, Summary, TurnFigures

TURN_HEADS = (
    *("requests", "ok", "failed", "abandoned", "TTFT p50", "TTFT p99", "TPOT p50", "E2E p50"),
    *("input", "cached", "share cached", "output"),
)
"""Columns of :func:`turn_cells`; latencies in ms, tokens on average."""
TALK_HEADS = (
    *("begun", "completed", "failed", "abandoned", "cut", "turns", "lasting p50", "lasting p99"),
    "tokens",
)
"""Columns of :func:`talk_cells`."""


@dataclass(frozen=True, slots=True)
class Talks:
    """A point's conversations, as tables show them."""

    label: str
    cells: list[str]
    """Of the conversations, under ``TALK_HEADS``."""
    parts: list[tuple[str, list[str]]]
    """First and later turns, under ``TURN_HEADS``."""
    turns: list[tuple[str, list[str]]]
    """Each turn."""
    note: str


def talks_of(summaries: Sequence[Summary], labels: Sequence[str]) -> list[Talks]:
    """The points that held conversations."""
    found = []
    for label, summary in zip(labels, summaries, strict=True):
        if (figures := summary.conversations) is not None:
            parts = [("first", figures.first), ("later", figures.later)]
            found.append(
                Talks(
                    label,
                    _talk_cells(figures),
                    [(name, turn_cells(each)) for name, each in parts],
                    [(each.turn, turn_cells(each)) for each in figures.by_turn],
                    short_note(figures),
                )
            )
    return found


def sentence(figures: ConversationFigures) -> str:
    """A point's conversations in a line."""
    ends = {"completed": figures.completed, "failed": figures.failed}
    ends |= {"abandoned": figures.abandoned, "cut": figures.cut}
    said = ", ".join(f"{count:,} {name}" for name, count in ends.items() if count)
    text = f"{figures.begun:,} conversations ({said}) of {_mean(figures.turns)} turns"
    first, later = figures.first, figures.later
    if not later.requests:
        return text
    text += f"; TTFT p50 {_p50(first)} ms in first turns, {_p50(later)} ms in later ones"
    if later.cached_share is not None:
        shares = f"{wording.share(first.cached_share)} and {wording.share(later.cached_share)}"
        text += f"; {shares} of their input cached"
    return text


def short_note(figures: ConversationFigures) -> str:
    """That the service read less than the conversation so far; empty if it did not."""
    if not figures.inputs_short:
        return ""
    return (
        f"{figures.inputs_short:,} of {figures.inputs_checked:,} later turns read less than the "
        "turn before had read and answered: the service cut its context, or counts otherwise"
    )


def turn_cells(turn: TurnFigures) -> list[str]:
    """The cells of a turn, under ``TURN_HEADS``."""
    counts = (turn.requests, turn.completed, turn.failed, turn.abandoned)
    return [
        *map(wording.number, counts),
        _percentile(turn, "ttft_ms", "p50"),
        _percentile(turn, "ttft_ms", "p99"),
        _percentile(turn, "tpot_ms", "p50"),
        _percentile(turn, "e2e_ms", "p50"),
        _mean(turn.metrics["input_tokens"]),
        _mean(turn.metrics["cached_tokens"]),
        wording.share(turn.cached_share),
        _mean(turn.metrics["output_tokens"]),
    ]


def turn_charts(summaries: Sequence[Summary], labels: Sequence[str]) -> list[SweepChart]:
    """TTFT and the cached share of the input against the turn, a line for each point."""
    held = [
        (label, summary.conversations)
        for label, summary in zip(labels, summaries, strict=True)
        if summary.conversations is not None and len(summary.conversations.by_turn) > 1
    ]
    if not held:
        return []
    charts = [
        _chart("turn_ttft", ("TTFT by turn (p50)", "TTFT (ms)", "ms"), held, _ttft),
        _chart("turn_cached", ("Cached input by turn", "% of the input", "%"), held, _cached),
    ]
    return [chart for chart in charts if any(any(line.values) for line in chart.lines)]


def _chart(
    key: str,
    titles: tuple[str, str, str],
    held: Sequence[tuple[str, ConversationFigures]],
    of: Callable[[TurnFigures], float | None],
) -> SweepChart:
    """Args:
    titles: of the chart, of its y axis, and the unit of its values.
    """
    turns = max(len(figures.by_turn) for _, figures in held)
    lines = []
    for (label, figures), colour in zip(held, point_colours(len(held)), strict=True):
        rest = turns - len(figures.by_turn)
        few = ["p50" in unsupported(turn.completed) for turn in figures.by_turn]
        values = [*map(of, figures.by_turn), *[None] * rest]
        lines.append(Line(label, values, [*few, *[False] * rest], colour))
    return SweepChart(
        key=key,
        title=titles[0],
        x_title="turn",
        y_title=titles[1],
        unit=titles[2],
        xs=[float(turn + 1) for turn in range(turns)],
        lines=lines,
        labels=[f"turn {turn + 1}" for turn in range(turns)],
        marks=[],
        mark_title="turn",
        knee=None,
    )


def _talk_cells(figures: ConversationFigures) -> list[str]:
    counts = (figures.begun, figures.completed, figures.failed, figures.abandoned, figures.cut)
    return [
        *map(wording.number, counts),
        _mean(figures.turns),
        wording.span(figures.duration_s["p50"]),
        wording.span(figures.duration_s["p99"]),
        _mean(figures.tokens),
    ]


def _ttft(turn: TurnFigures) -> float | None:
    return turn.metrics["ttft_ms"]["p50"]


def _cached(turn: TurnFigures) -> float | None:
    return None if turn.cached_share is None else turn.cached_share * 100


def _percentile(turn: TurnFigures, metric: str, name: str) -> str:
    figures = turn.metrics[metric]
    return wording.percentile(figures, name, unsupported(int(figures["count"] or 0)))


def _p50(turn: TurnFigures) -> str:
    return wording.number(turn.metrics["ttft_ms"]["p50"])


def _mean(figures: dict[str, float | int | None]) -> str:
    return wording.number(figures["mean"])
