"""What reports show of conversations: a line, tables and charts, from figures of few requests."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec.structs import replace
from report_builders import make_summary

from perfbench.metrics.conversations import BY_TURN
from perfbench.metrics.percentiles import distribution
from perfbench.reports import conversations
from perfbench.types import ConversationFigures, TurnFigures


def turn(name: str, requests: int, ttft_ms: float, cached: float | None) -> TurnFigures:
    known = distribution(np.full(requests, ttft_ms))
    metrics = {key: known if key == "ttft_ms" else distribution(np.array([])) for key in BY_TURN}
    return TurnFigures(name, requests, requests, 0, 0, metrics, cached)


def figures(turns: int, **more: Any) -> ConversationFigures:
    by_turn = [turn(str(n + 1), 8, 100.0 / (n + 1), 0.2 * n) for n in range(turns)]
    rest = distribution(np.array([float(turns)] * 8))
    return ConversationFigures(
        **{"begun": 8, "completed": 6, "failed": 2, "abandoned": 0, "cut": 0, **more},
        turns=rest,
        duration_s=rest,
        tokens=rest,
        first=replace(by_turn[0], turn="first"),
        later=turn("later", 8 * (turns - 1), 40.0, 0.5 if turns > 1 else None),
        by_turn=by_turn,
    )


def test_a_line_for_the_console():
    assert conversations.sentence(figures(3)) == (
        "8 conversations (6 completed, 2 failed) of 3.00 turns; TTFT p50 100.0 ms in first turns, "
        "40.00 ms in later ones; 0.0% and 50.0% of their input cached"
    )
    assert conversations.sentence(figures(1)).endswith("of 1.00 turns")


def test_tables_have_a_cell_for_each_head_and_a_row_for_each_turn():
    shown = [make_summary(), replace(make_summary(), conversations=figures(3))]
    (talks,) = conversations.talks_of(shown, ["one", "two"])
    assert talks.label == "two"
    assert len(talks.cells) == len(conversations.TALK_HEADS)
    assert [name for name, _ in talks.turns] == ["1", "2", "3"]
    for _, cells in (*talks.parts, *talks.turns):
        assert len(cells) == len(conversations.TURN_HEADS)
    assert talks.turns[0][1][:5] == ["8", "8", "0", "0", "100.0"]


def test_charts_have_a_line_for_each_point_and_gaps_where_it_has_no_such_turn():
    shown = [replace(make_summary(), conversations=figures(n)) for n in (4, 2)]
    ttft, cached = conversations.turn_charts(shown, ["one", "two"])
    assert ttft.xs == [1, 2, 3, 4]
    assert [line.values for line in ttft.lines] == [
        [100, 50, 100 / 3, 25],
        [100, 50, None, None],
    ]
    assert cached.lines[1].values == [0, 20, None, None]
    assert (
        conversations.turn_charts([replace(make_summary(), conversations=figures(1))], ["x"]) == []
    )


def test_that_a_service_read_too_little_is_said():
    short = replace(figures(3), inputs_checked=10, inputs_short=4)
    assert conversations.short_note(short).startswith("4 of 10 later turns read less")
    assert conversations.short_note(figures(3)) == ""
