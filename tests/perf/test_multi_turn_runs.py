"""Conversations and abandoned answers from end to end: real workers, the simulator, its own log."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from load_runs import Measured, measured, read_truth

from perfbench.types import Record

TALKS: dict[str, Any] = {
    **{"dataset": "random_multi_turn", "min_turns": 2, "max_turns": 4, "seed": 5},
    **{"min_prompt_length": 40, "max_prompt_length": 50, "later_prompt_length": [5, 10]},
    "max_tokens": [8],
}
QUICK = {"ttft_ms": 5.0, "itl_ms": 1.0, "output_tokens": 8}


def talks_of(found: Measured) -> dict[str, list[Record]]:
    talks: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(found.records, key=lambda record: record.seq):
        assert record.conversation is not None
        talks[record.conversation].append(record)
    return talks


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("load", [{"parallel": [4]}, {"rate": [50]}])
def test_conversations_are_whole_and_in_order_on_one_worker(tmp_path, workers, load):
    found = measured(
        *(tmp_path, ()),
        **{**TALKS, **load, "conversations": [12], "warmup": 2, "workers": workers},
        **{"think_time": "exponential:10ms", "simulator": QUICK},
    )
    talks = talks_of(found)
    assert len(talks) == 14
    for turns in talks.values():
        assert [turn.turn for turn in turns] == list(range(turns[0].turns))
        assert len({(turn.worker, turn.phase) for turn in turns}) == 1
        for before, after in pairwise(turns):
            assert before.end_ns is not None
            assert after.sent_ns is not None
            assert after.sent_ns > before.end_ns
            # The answer before is in it: the service reads more than it had read and written.
            assert before.usage is not None
            assert after.usage is not None
            assert (after.usage.input_tokens or 0) > (before.usage.input_tokens or 0) + 8
    figures, ledger = found.summary.conversations, found.summary.ledger
    assert figures is not None
    assert ledger is not None
    assert figures.begun == figures.completed == 12
    assert (figures.inputs_short, ledger.dropped, ledger.unsent) == (0, 0, 0)
    assert ledger.balanced


@pytest.mark.parametrize("load", [{"parallel": [6], "duration": 0.6}, {"rate": [60], "number": 80}])
def test_failed_turns_end_their_conversations_and_every_turn_is_accounted_for(tmp_path, load):
    log = tmp_path / "truth.tsv"
    service = {**QUICK, "error_rate": 0.1, "cut_rate": 0.1, "log": log}
    found = measured(tmp_path / "results", **TALKS, **load, workers=2, simulator=service)
    for turns in talks_of(found).values():
        assert all(turn.outcome == "ok" for turn in turns[:-1])
    ledger, figures = found.summary.ledger, found.summary.conversations
    assert ledger is not None
    assert figures is not None
    assert ledger.balanced
    assert ledger.sent == len(read_truth(log)) == len(found.records)
    assert ledger.dropped
    assert figures.failed == sum(ledger.failed.values()) > 0
    assert figures.begun == figures.completed + figures.failed + figures.cut


def test_a_prefix_cache_knows_later_turns(tmp_path):
    service = {"step_ms": 0.2, "prefill_rate": 100_000.0}
    found = measured(tmp_path, **TALKS, parallel=[2], conversations=[6], simulator=service)
    figures = found.summary.conversations
    assert figures is not None
    assert (figures.first.cached_share or 0) < 0.2
    assert (figures.later.cached_share or 0) > 0.6


@pytest.mark.parametrize("transport", ["wire", "aiohttp"])
def test_answers_are_abandoned_at_a_token_and_the_service_frees_their_slots(tmp_path, transport):
    log = tmp_path / "truth.tsv"
    # Two at a time: were their answers of 5 s written to the end, the run would take 50 s. Steps
    # are long enough for a busy machine to read each event by itself.
    service = {"step_ms": 25.0, "output_tokens": 200, "max_batch": 2, "log": log}
    found = measured(
        *(tmp_path / "results", ()),
        **{"parallel": [4], "number": 20, "cancel_rate": 1.0, "cancel_after": "3tokens"},
        **{"simulator": service, "transport": transport},
    )
    assert found.outcomes == {"abandoned": 20}
    assert all(record.events == 3 for record in found.records)
    truth = read_truth(log).values()
    assert {each.status for each in truth} == {"gone"}
    assert max(each.tokens for each in truth) < 100
    ledger = found.summary.ledger
    assert ledger is not None
    assert (ledger.abandoned, sum(ledger.failed.values()), ledger.cut) == (20, 0, 0)
    assert ledger.balanced
    assert (found.summary.completed, found.summary.failed, found.summary.abandoned) == (0, 0, 20)


def test_answers_are_abandoned_after_a_time_and_the_others_are_untouched(tmp_path: Path):
    service = {"ttft_ms": 20.0, "itl_ms": 10.0, "output_tokens": 40}
    found = measured(
        *(tmp_path, ()),
        **{"parallel": [8], "number": 60, "cancel_rate": 0.5, "cancel_after": "150ms", "seed": 3},
        simulator=service,
    )
    left = [record for record in found.records if record.outcome == "abandoned"]
    assert 15 < len(left) < 45
    assert found.outcomes["ok"] == 60 - len(left) == found.summary.completed
    for record in left:
        assert record.end_ns is not None
        assert record.sent_ns is not None
        assert 150e6 <= record.end_ns - record.sent_ns < 400e6
    assert found.summary.metrics["ttft_ms"]["count"] == found.summary.completed
