"""The plateau of the load, and the rates in it, by hand."""

from __future__ import annotations

import heapq
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from perfbench.metrics.steady import UNKNOWN, plateau, steady_state
from perfbench.types import Point, PointFacts, Record, Stage, Usage, pack_gaps

MS = 1_000_000
START = time.perf_counter_ns()


def request(seq, sent, events, **more) -> Record:
    """Sent at ``sent`` ms, with token-bearing events at these ms after it; ends with the last."""
    packed, width = pack_gaps([(b - a) * MS for a, b in pairwise(events)])
    begin = START + sent * MS
    fields = {
        "seq": seq,
        "sample_id": "s",
        "sent_ns": begin,
        "first_ns": begin + events[0] * MS,
        "gaps": packed,
        "gap_width": width,
        "end_ns": begin + events[-1] * MS,
        "usage": Usage(output_tokens=len(events)),
    }
    return Record(**fields | more)


POINT = Point(index=0, name="parallel_2_number_4", parallel=2, rate=None, number=4)


def steady(columns):
    return steady_state(POINT, columns, columns.select(columns.ok))[0]


def test_open_loop_fills_then_holds_its_level(columns_of):
    # One arrival in 100 ms, each takes 300 ms: 3 in flight from 200 ms to the last send at 900 ms.
    found = steady(columns_of([request(n, 100 * n, (100, 200, 300)) for n in range(10)]))
    assert found == {
        "start_s": pytest.approx(0.2),
        "end_s": pytest.approx(0.9),
        "request_throughput_rps": pytest.approx(10.0),
        "output_throughput_tok_s": pytest.approx(30.0),
    }


def test_closed_loop_in_lock_step(columns_of):
    # Two at a time for four rounds of 100 ms; the last round is the drain.
    made = [request(2 * n + k, 100 * n, (50, 100)) for n in range(4) for k in range(2)]
    found = steady(columns_of(made))
    assert (found["start_s"], found["end_s"]) == (0.0, pytest.approx(0.3))
    assert found["request_throughput_rps"] == pytest.approx(20.0)
    assert found["output_throughput_tok_s"] == pytest.approx(40.0)


def test_a_slow_last_request_does_not_dilute_the_plateau(columns_of):
    made = [request(n, 100 * n, (50, 100)) for n in range(20)]
    made.append(request(20, 0, (5000,)))
    found = steady(columns_of(made))
    assert found["end_s"] == pytest.approx(1.9)
    assert found["request_throughput_rps"] == pytest.approx(10.0 + 1 / 5.0, rel=0.01)


def test_failed_requests_are_load_but_not_throughput(columns_of):
    made = [
        request(2 * n + k, 100 * n, (50, 100), outcome="ok" if k else "truncated")
        for n in range(6)
        for k in range(2)
    ]
    found = steady(columns_of(made))
    assert found["request_throughput_rps"] == pytest.approx(10.0)


def test_requests_that_were_not_streamed_count_by_time(columns_of):
    made = [
        request(n, 100 * n, (300,), stream=False, usage=Usage(output_tokens=3)) for n in range(10)
    ]
    assert steady(columns_of(made))["output_throughput_tok_s"] == pytest.approx(30.0)


def test_unknown_tokens_leave_the_request_rate(columns_of):
    made = [request(n, 100 * n, (100, 200, 300)) for n in range(10)]
    made[4].usage = None
    found = steady(columns_of(made))
    assert found["output_throughput_tok_s"] is None
    assert found["request_throughput_rps"] == pytest.approx(10.0)


@pytest.mark.parametrize(
    "made",
    [
        [],
        [request(0, 0, (50, 100))],
        [request(n, 0, (50, 100)) for n in range(8)],  # one burst: no plateau, only edges
        [request(0, 0, (50,), outcome="timeout")],
        [Record(seq=0, sample_id="s", outcome="connect", end_ns=START)],
    ],
    ids=["nothing", "one", "one burst", "all failed", "never sent"],
)
def test_no_plateau_is_unknown(columns_of, made):
    assert steady(columns_of(made)) == UNKNOWN


def queued(load: float, count: int = 600, servers: int = 8, seed: int = 1) -> list[Record]:
    """Poisson arrivals at ``load`` times what ``servers`` carry, each taking about 200 ms."""
    draw = np.random.default_rng(seed)
    due = np.cumsum(draw.exponential(200 / servers / load, count))
    free = [0.0] * servers
    made = []
    for seq, at in enumerate(due):
        begun = max(heapq.heappop(free), at)
        end = begun + draw.uniform(150, 250)
        heapq.heappush(free, end)
        fields = {"due_ns": START + round(at * MS), "sent_ns": START + round(at * MS)}
        first = START + round((begun + 20) * MS)
        last = START + round(end * MS)
        made.append(request(seq, 0, (1, 2), **fields, first_ns=first, end_ns=last))
    return made


OPEN = Point(index=0, name="open", parallel=None, rate=30.0, number=600)


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_a_service_that_carries_the_load_has_no_growing_queue_and_a_plateau(columns_of, load):
    columns = columns_of(queued(load))
    rates, found = steady_state(OPEN, columns, columns.select(columns.ok))
    assert (found.growing, found.reason) == (False, "")
    assert rates["request_throughput_rps"] == pytest.approx(40 * load, rel=0.15)
    assert found.metrics["ttft_ms"]["count"] == found.requests > 250


def test_more_load_than_the_service_carries_is_told_and_is_no_plateau(columns_of):
    columns = columns_of(queued(1.4))
    rates, found = steady_state(OPEN, columns, columns.select(columns.ok))
    assert found.growing is True
    assert rates == UNKNOWN
    assert "more load than the service carries" in found.reason
    assert (found.requests, found.metrics) == (0, {})


@pytest.mark.parametrize("grace_s", [0, 1, 60])
def test_a_queue_that_grows_is_told_though_what_waits_in_it_is_cut(columns_of, grace_s):
    made = queued(2.5)
    cut_ns = made[-1].due_ns + grace_s * 1_000_000_000
    for record in made:
        if record.end_ns > cut_ns:
            record.end_ns, record.outcome = cut_ns, "cancelled"
            if record.first_ns > cut_ns:
                record.first_ns, record.gaps = None, b""
    columns = columns_of(made)
    rates, found = steady_state(OPEN, columns, columns.select(columns.ok))
    assert (found.growing, rates) == (True, UNKNOWN)
    assert "as 105 arrived each second and 39.8 ended" in found.reason


def test_behind_a_cap_the_queue_grows_and_what_is_in_flight_does_not(columns_of):
    made = queued(1.4)
    for record in made:  # sent as a server is free: the queue is ours
        record.sent_ns = (record.first_ns or 0) - 20 * MS
    columns = columns_of(made)
    capped = replace(OPEN, parallel=8)
    rates, found = steady_state(capped, columns, columns.select(columns.ok))
    assert found.growing is True
    assert rates["request_throughput_rps"] == pytest.approx(40, rel=0.05)
    assert found.metrics["ttft_ms"]["max"] == pytest.approx(20)


def test_chance_makes_no_queue_grow_at_moderate_load(columns_of):
    """Twenty seeds at 85% of capacity, one after another in one run of columns."""
    verdicts = []
    columns = columns_of(queued(0.85, 20 * 200))
    for at in range(0, len(columns), 200):
        some = columns.select((columns.seq >= at) & (columns.seq < at + 200))
        verdicts.append(steady_state(OPEN, some, some)[1].growing)
    assert verdicts.count(True) <= 1
    assert verdicts.count(False) > 15


def test_a_slow_beginning_is_cut_by_the_first_token_times(columns_of):
    # Two slots without a pause; first tokens take 90 ms in the first two seconds, then 10 ms.
    made = [
        request(2 * n + k, 100 * n, (90 if n < 20 else 10, 95, 100))
        for n in range(100)
        for k in range(2)
    ]
    columns = columns_of(made)
    rates, found = steady_state(POINT, columns, columns.select(columns.ok))
    assert rates["start_s"] == pytest.approx(2.0, abs=0.3)
    assert found.metrics["ttft_ms"]["max"] == pytest.approx(10)
    assert found.growing is None


def test_one_slow_answer_moves_nothing(columns_of):
    made = [request(n, 100 * n, (10, 100)) for n in range(100)]
    made[60] = request(60, 6000, (4000, 4100))
    columns = columns_of(made)
    rates, _ = steady_state(POINT, columns, columns.select(columns.ok))
    assert rates["start_s"] < 1


def test_a_load_that_climbs_to_its_end_has_no_plateau(columns_of):
    stages = (Stage(10.0, 0, 100),)
    point = Point(0, "ramp", None, 50.0, None, 10.0, stages=stages)
    facts = PointFacts([], None, start_ns=START)
    made = [request(n, round(1000 * (n / 5) ** 0.5), (50, 100)) for n in range(500)]
    columns = columns_of(made)
    rates, found = steady_state(point, columns, columns.select(columns.ok), facts)
    assert rates == UNKNOWN
    assert "never planned to hold" in found.reason


def test_the_plateau_of_stages_lies_in_the_longest_one_that_is_held(columns_of):
    point = Point(
        *(0, "stages", None, 14.0, None, 10.0),
        stages=(Stage(2.0, 10, 10), Stage(6.0, 20, 20), Stage(2.0, 10, 0)),
    )
    facts = PointFacts([], None, start_ns=START)
    sends = [100 * n for n in range(20)] + [2000 + 50 * n for n in range(120)]
    sends += [8000 + 200 * n for n in range(10)]
    columns = columns_of([request(n, at, (50, 100)) for n, at in enumerate(sends)])
    rates, _ = steady_state(point, columns, columns.select(columns.ok), facts)
    assert 2.0 <= rates["start_s"] < 2.5
    assert 7.0 < rates["end_s"] <= 8.0
    assert rates["request_throughput_rps"] == pytest.approx(20, rel=0.02)
    unknown, _ = steady_state(point, columns, columns.select(columns.ok))
    assert unknown == UNKNOWN


spans = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 500)), min_size=2, max_size=40)


@given(spans)
def test_the_plateau_lies_within_the_sends(made):
    sent = np.array([float(start) for start, _ in made])
    end = np.array([float(start + length) for start, length in made])
    begin, finish = plateau(sent, end)
    assert sent.min() <= begin <= finish <= sent.max()
    assert finish - begin >= (sent.max() - sent.min()) / 2
