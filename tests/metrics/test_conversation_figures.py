"""The figures of conversations, against records whose figures are plain to see."""

from __future__ import annotations

from typing import Any

from perfbench.metrics.conversations import conversation_figures
from perfbench.types import Record, Usage

MS = 1_000_000


def turn(talk: int, place: int, planned: int, **more: Any) -> Record:
    """Turn ``place`` of a conversation: sent at 100 ms x place, TTFT 10 ms in first turns and 20 in
    later ones, over after 50 ms; input grows by 40 a turn, of which 10 are its answer."""
    sent = (1000 * talk + 100 * place) * MS
    fields: dict[str, Any] = {
        "sent_ns": sent,
        "first_ns": sent + (20 if place else 10) * MS,
        "end_ns": sent + 50 * MS,
        "usage": Usage(100 + 40 * place, 10, 0 if not place else 80),
        **more,
    }
    return Record(
        seq=10 * talk + place,
        sample_id="",
        conversation=f"talk {talk}",
        turn=place,
        turns=planned,
        **fields,
    )


def test_first_turns_later_turns_and_conversations(columns_of):
    records = [
        *(turn(0, place, 3) for place in (0, 1, 2)),
        *(turn(1, 0, 3), turn(1, 1, 3, outcome="timeout")),
        *(turn(2, 0, 2), turn(2, 1, 2, outcome="abandoned")),
        turn(3, 0, 2),
        turn(4, 0, 2, outcome="cancelled"),
    ]
    # Conversations run side by side, so their turns are stored in any order.
    found = conversation_figures(columns_of(records[::2] + records[1::2]))
    assert found is not None
    assert (found.begun, found.completed, found.failed, found.abandoned, found.cut) == (
        *(5, 1, 1, 1),
        2,
    )
    assert found.turns["mean"] == 9 / 5
    assert found.duration_s["max"] == 0.25
    assert found.tokens["max"] == 110 + 150 + 190
    assert found.first.metrics["ttft_ms"]["mean"] == 10
    assert found.later.metrics["ttft_ms"]["mean"] == 20
    assert (found.later.requests, found.later.completed) == (4, 2)
    assert (found.later.failed, found.later.abandoned) == (1, 1)
    assert found.first.cached_share == 0
    assert found.later.cached_share == 160 / (140 + 180)
    assert [each.turn for each in found.by_turn] == ["1", "2", "3"]
    assert [each.metrics["input_tokens"]["mean"] for each in found.by_turn] == [100, 140, 180]
    assert (found.inputs_checked, found.inputs_short) == (4, 0)


def test_a_service_that_reads_less_than_the_conversation_is_found(columns_of):
    records = [turn(0, 0, 3), turn(0, 1, 3, usage=Usage(60, 10)), turn(0, 2, 3)]
    found = conversation_figures(columns_of(records))
    assert found is not None
    assert (found.inputs_checked, found.inputs_short) == (2, 1)


def test_what_was_not_fed_back_is_not_missed(columns_of):
    """Recorded answers stand in for the service's: an input may fall by all that it wrote, but not
    below what was read before."""
    columns = columns_of(
        [turn(0, 0, 3, usage=Usage(100, 300)), turn(0, 1, 3), turn(0, 2, 3, usage=Usage(90, 10))]
    )
    for recorded, short in ((False, 2), (True, 1)):
        found = conversation_figures(columns, recorded)
        assert found is not None
        assert (found.inputs_checked, found.inputs_short) == (2, short)


def test_reasoning_is_not_expected_in_the_next_turn(columns_of):
    records = [turn(0, 0, 2, usage=Usage(100, 300, 0, 295)), turn(0, 1, 2)]
    found = conversation_figures(columns_of(records))
    assert found is not None
    assert found.inputs_short == 0


def test_where_nobody_counts_tokens_nothing_is_made_up(columns_of):
    records = [turn(0, place, 2, usage=None) for place in (0, 1)]
    found = conversation_figures(columns_of(records))
    assert found is not None
    assert (found.inputs_checked, found.inputs_short) == (0, None)
    assert found.tokens["mean"] is found.later.cached_share is None


def test_requests_that_stand_alone_have_no_such_figures(columns_of):
    assert conversation_figures(columns_of([turn(0, 0, 0)])) is None
