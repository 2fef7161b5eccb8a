"""The counters a display shows: what counts where, and what stays unknown."""

from __future__ import annotations

import time

import pytest

from perfbench.driver.fleet import Standing
from perfbench.driver.progress import Tracker
from perfbench.types import Outcome, Phase, Point, Progress, Record, Usage, pack_gaps

POINT = Point(0, "p", 4, None, 20)
MS = 1_000_000


def record(
    seq: int,
    outcome: Outcome = "ok",
    tokens: int | None = 5,
    phase: Phase = "measure",
    gaps_ms: tuple[int, ...] = (10, 10, 10, 10),
) -> Record:
    """Sent at 0, first token after 20 ms."""
    packed, width = pack_gaps([gap * MS for gap in gaps_ms])
    return Record(
        seq=seq,
        sample_id="s",
        phase=phase,
        sent_ns=0,
        first_ns=20 * MS,
        gaps=packed,
        gap_width=width,
        outcome=outcome,
        usage=None if tokens is None else Usage(output_tokens=tokens),
    )


def shown(tracker: Tracker, sent: int = 0, in_flight: int = 0, events: int = 0) -> Progress:
    return tracker.progress(Standing(sent, in_flight, events))


def test_nothing_is_known_before_anything_ends():
    progress = shown(Tracker(POINT, 20), sent=4, in_flight=4)
    assert (progress.planned, progress.sent, progress.done, progress.in_flight) == (20, 4, 0, 4)
    assert progress.failed == {}
    for unknown in (
        progress.output_tokens,
        progress.request_rate_rps,
        progress.event_rate_eps,
        progress.ttft_ms,
        progress.tpot_ms,
        progress.eta_s,
    ):
        assert unknown is None


def test_finished_requests_are_counted_and_averaged():
    tracker = Tracker(POINT, 20)
    tracker.add([record(0), record(1, gaps_ms=(30, 30, 30, 30))])
    tracker.add([record(2, gaps_ms=(20, 20, 20, 20))])
    progress = shown(tracker, sent=7, in_flight=4)
    assert (progress.done, progress.events, progress.output_tokens) == (3, 15, 15)
    assert progress.ttft_ms == pytest.approx(20)
    assert progress.tpot_ms == pytest.approx(20)


def test_failures_are_told_apart_and_enter_no_average():
    tracker = Tracker(POINT, 20)
    tracker.add([record(0), record(1, "http_5xx"), record(2, "timeout"), record(3, "timeout")])
    progress = shown(tracker)
    assert progress.done == 4
    assert progress.failed == {"http_5xx": 1, "timeout": 2}
    assert (progress.events, progress.output_tokens) == (5, 5)


def test_tokens_are_unknown_as_soon_as_one_answer_lacks_usage():
    tracker = Tracker(POINT, 20)
    tracker.add([record(0)])
    assert shown(tracker).output_tokens == 5
    tracker.add([record(1, tokens=None)])
    progress = shown(tracker)
    assert progress.output_tokens is None
    assert progress.events == 10


def test_an_answer_of_one_token_has_no_time_per_token():
    tracker = Tracker(POINT, 20)
    tracker.add([record(0, tokens=1, gaps_ms=())])
    progress = shown(tracker)
    assert progress.ttft_ms == pytest.approx(20)
    assert progress.tpot_ms is None


def test_warm_up_lasts_until_something_measured_ends():
    tracker = Tracker(Point(0, "p", 4, None, 20, warmup=2), 22)
    assert shown(tracker).phase == "warmup"
    tracker.add([record(0, phase="warmup"), record(1, phase="warmup")])
    assert shown(tracker).phase == "warmup"
    tracker.add([record(2)])
    assert shown(tracker).phase == "measure"
    assert shown(Tracker(POINT, 20)).phase == "measure"


def test_rates_are_over_what_has_passed():
    tracker = Tracker(POINT, 20)
    time.sleep(0.05)
    tracker.add([record(0), record(1)])
    progress = shown(tracker)
    assert progress.request_rate_rps is not None
    assert progress.request_rate_rps == pytest.approx(2 / progress.elapsed_s, rel=0.2)
    assert progress.event_rate_eps == pytest.approx(5 * progress.request_rate_rps)


def test_events_count_as_they_come_and_once():
    tracker = Tracker(POINT, 20)
    time.sleep(0.02)
    running = shown(tracker, sent=2, in_flight=2, events=8)
    assert (running.events, running.running_events) == (0, 8)
    assert running.event_rate_eps == pytest.approx(8 / running.elapsed_s, rel=0.2)
    assert running.output_tokens is None
    tracker.add([record(0), record(1)])
    ended = shown(tracker, sent=2)
    assert (ended.events, ended.running_events) == (10, 0)
    assert ended.event_rate_eps == pytest.approx(10 / ended.elapsed_s, rel=0.2)


def test_events_that_a_failure_takes_back_are_no_rate_below_0():
    tracker = Tracker(POINT, 20)
    shown(tracker, in_flight=1, events=50)
    tracker.add([record(0, "truncated")])
    assert shown(tracker).event_rate_eps in (0, None)


def test_percentiles_are_of_what_ended_lately(monkeypatch: pytest.MonkeyPatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    tracker = Tracker(POINT, None)
    tracker.add([record(seq, gaps_ms=(80,) * 4) for seq in range(30)])
    assert shown(tracker).itl_p50_ms == pytest.approx(80)
    clock[0] += 60
    tracker.add([record(seq, gaps_ms=(10,) * 99 + (90,)) for seq in range(30, 60)])
    progress = shown(tracker)
    assert (progress.ttft_p50_ms, progress.ttft_p99_ms) == (20, 20)
    assert progress.itl_p50_ms == pytest.approx(10)
    assert progress.itl_p99_ms == pytest.approx(10, abs=1)
    clock[0] += 60
    assert shown(tracker).itl_p50_ms == pytest.approx(10), "the latest few do not fade away"


def test_sampled_gaps_stand_for_all_of_them():
    """Also when an answer has fewer gaps than are stepped over."""
    tracker = Tracker(POINT, None)
    tracker.add([record(seq, gaps_ms=(1, 2, 3, 4, 100)) for seq in range(2000)])
    tracker.add([record(2000, gaps_ms=(50,) * 10_000)])
    progress = shown(tracker)
    assert progress.itl_p50_ms == pytest.approx(50)
    assert progress.itl_p99_ms == pytest.approx(100)


def test_a_tick_is_cheap():
    tracker = Tracker(POINT, None)
    tracker.add([record(seq, gaps_ms=(10,) * 500) for seq in range(3000)])
    begun = time.process_time()
    for _ in range(20):
        shown(tracker)
    assert (time.process_time() - begun) / 20 < 0.05


def test_an_open_loop_ends_when_all_has_arrived_and_been_answered():
    tracker = Tracker(Point(0, "p", None, 2.0, 200), 200)
    assert shown(tracker).eta_s == pytest.approx(100, rel=0.01)


def test_time_left_is_the_nearer_of_number_and_duration():
    tracker = Tracker(Point(0, "p", 4, None, 20, duration_s=1000.0), 20)
    time.sleep(0.02)
    left = shown(tracker).eta_s
    assert left is not None
    assert 999 < left < 1000
    tracker.add([record(seq) for seq in range(5)])
    progress = shown(tracker)
    assert progress.eta_s == pytest.approx(3 * progress.elapsed_s, rel=0.05)
    tracker.add([record(seq) for seq in range(5, 20)])
    assert shown(tracker).eta_s == 0
