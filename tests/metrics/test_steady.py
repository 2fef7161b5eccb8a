"""The plateau of the load, and the rates in it, by hand."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.metrics.steady import UNKNOWN, plateau, steady_state
from perfbench.types import Record, Usage, pack_gaps

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


def steady(columns):
    return steady_state(columns, columns.select(columns.ok))


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


spans = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 500)), min_size=2, max_size=40)


@given(spans)
def test_the_plateau_lies_within_the_sends(made):
    sent = np.array([float(start) for start, _ in made])
    end = np.array([float(start + length) for start, length in made])
    begin, finish = plateau(sent, end)
    assert sent.min() <= begin <= finish == sent.max()
