"""Every metric against figures worked out by hand."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.metrics.definitions import METRICS
from perfbench.store import Run
from perfbench.types import Point, Record, Usage, pack_gaps

MS = 1_000_000
START = time.perf_counter_ns()


def streamed(seq=0, sent=0, first=50, gaps=(20, 20), **more) -> Record:
    """A streamed request; all times in ms after START."""
    packed, width = pack_gaps([round(gap * MS) for gap in gaps])
    fields = {
        "seq": seq,
        "sample_id": str(seq),
        "sent_ns": START + round(sent * MS),
        "first_ns": START + round((sent + first) * MS),
        "first_content_ns": START + round((sent + first) * MS),
        "gaps": packed,
        "gap_width": width,
        "end_ns": START + round((sent + first + sum(gaps) + 7) * MS),
        "usage": Usage(input_tokens=10, output_tokens=1 + len(gaps)),
    }
    return Record(**fields | more)


def whole(seq=0, sent=0, took=300, **more) -> Record:
    """A request that was not streamed."""
    return streamed(
        seq=seq,
        sent=sent,
        gaps=(),
        stream=False,
        end_ns=START + round((sent + took) * MS),
        usage=Usage(input_tokens=10, output_tokens=30),
        **more,
    )


def values(columns, name) -> list[float | None]:
    metric = METRICS[name]
    return [
        None if math.isnan(value) else round(float(value) * metric.scale, 6)
        for value in metric.values(columns)
    ]


def test_a_streamed_request(columns_of):
    columns = columns_of(
        [streamed(sent=1, first=50.25, gaps=(20, 30), due_ns=START - 2 * MS, connect_ns=3 * MS)]
    )
    expected = {
        "ttft_ms": [50.25],
        "ttfo_ms": [50.25],
        "tpot_ms": [25.0],  # 50 ms for the two tokens after the first
        "itl_ms": [20.0, 30.0],
        "itl_token_ms": [],  # the server did not say how many tokens an event carries
        "e2e_ms": [100.25],  # to the last token, not to the 7 ms later end of the response
        "schedule_latency_ms": [103.25],
        "schedule_ttft_ms": [53.25],
        "connect_ms": [3.0],
        "input_tokens": [10.0],
        "cached_tokens": [None],
        "output_tokens": [3.0],
        "output_tok_s": [round(3 / 0.10025, 6)],
    }
    assert {name: values(columns, name) for name in METRICS} == expected


def test_a_request_that_was_not_streamed_has_only_its_whole_latency(columns_of):
    columns = columns_of([whole(took=300)])
    for name in ("ttft_ms", "ttfo_ms", "tpot_ms", "schedule_ttft_ms", "schedule_latency_ms"):
        assert values(columns, name) == [None], name
    assert values(columns, "itl_ms") == []
    assert values(columns, "e2e_ms") == [300.0]
    assert values(columns, "output_tok_s") == [100.0]


def test_streamed_and_whole_requests_do_not_mix(columns_of):
    columns = columns_of([whole(0), streamed(1, gaps=(5,)), whole(2), streamed(3, gaps=(6, 7))])
    assert values(columns, "itl_ms") == [5.0, 6.0, 7.0]
    assert values(columns, "ttft_ms") == [None, 50.0, None, 50.0]


@pytest.mark.parametrize(
    ("tokens", "gaps", "expected"),
    [
        (5, (10, 30), 10.0),  # more tokens than events: 40 ms for four of them
        (1, (10,), None),  # one token has no next
        (0, (10,), None),
        (None, (10,), None),  # nobody said how many tokens
        (9, (), None),  # all in one event: no time between tokens was seen
    ],
)
def test_tpot(columns_of, tokens, gaps, expected):
    columns = columns_of([streamed(gaps=gaps, usage=Usage(output_tokens=tokens))])
    assert values(columns, "tpot_ms") == [expected]


def test_first_output_after_reasoning(columns_of):
    columns = columns_of(
        [
            streamed(0, first=50, gaps=(20,), first_content_ns=START + 70 * MS),
            streamed(1, first=50, gaps=(20,), first_content_ns=None),  # only reasoning
        ]
    )
    assert values(columns, "ttft_ms") == [50.0, 50.0]
    assert values(columns, "ttfo_ms") == [70.0, None]


def tokens(*counts: int) -> bytes:
    return np.array(counts, dtype="<u2").tobytes()


def test_itl_per_token_counts_each_token_once(columns_of):
    columns = columns_of(
        [
            streamed(0, gaps=(30, 40), event_tokens=tokens(1, 3, 2)),
            streamed(1, gaps=(99,)),  # unknown: left out
            streamed(2, gaps=(8,), event_tokens=tokens(5, 1)),
            streamed(3, gaps=(), event_tokens=tokens(4)),
        ]
    )
    assert values(columns, "itl_token_ms") == [10.0, 10.0, 10.0, 20.0, 20.0, 8.0]
    assert values(columns, "itl_ms") == [30.0, 40.0, 99.0, 8.0]


def test_time_before_an_event_without_a_token_goes_to_the_next(columns_of):
    columns = columns_of(
        [
            streamed(0, gaps=(10, 20, 6), event_tokens=tokens(1, 0, 3, 0)),
            streamed(1, gaps=(5, 7), event_tokens=tokens(0, 0, 1)),
            streamed(2, gaps=(9,), event_tokens=tokens(1, 0)),
        ]
    )
    assert values(columns, "itl_token_ms") == [10.0, 10.0, 10.0, 12.0]


def test_a_gap_longer_than_32_bits(columns_of):
    columns = columns_of([streamed(0, gaps=(20, 6000)), streamed(1, gaps=(10,))])
    assert values(columns, "itl_ms") == [20.0, 6000.0, 10.0]
    assert values(columns, "e2e_ms") == [6070.0, 60.0]


def test_nothing_at_all(columns_of):
    columns = columns_of([])
    assert {name: values(columns, name) for name in METRICS} == {name: [] for name in METRICS}


gap_lists = st.lists(st.lists(st.integers(0, 1 << 33), max_size=5), max_size=6)


@settings(max_examples=40, deadline=None)
@given(gap_lists, st.data())
def test_columns_hold_the_stamps_of_the_records(tmp_path_factory, lists, data):
    point = Point(index=0, name="p", parallel=1, rate=None, number=1)
    made = []
    for seq, gaps in enumerate(lists):
        begun = data.draw(st.booleans())
        packed, width = pack_gaps(gaps if begun else [])
        made.append(
            Record(
                seq=seq,
                sample_id="s",
                first_ns=START + seq if begun else None,
                gaps=packed,
                gap_width=width,
            )
        )
    with Run.create(tmp_path_factory.mktemp("run"), "x", {}, {}) as run:
        run.begin_point(point)
        run.append(point, made)
        columns = run.columns(point)
        origin = run.origin_ns
    stamps = [stamp - origin for record in made for stamp in record.event_ns]
    assert columns.events.tolist() == [record.events for record in made]
    np.testing.assert_allclose(columns.event_ns(), stamps, rtol=0, atol=4096)
    last = [record.event_ns[-1] - origin if record.events else math.nan for record in made]
    np.testing.assert_array_equal(columns.last_ns, np.array(last, dtype=np.float64))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(made), max_size=len(made))))
    chosen = columns.select(mask.astype(np.bool_))
    wanted = [record for record, keep in zip(made, mask, strict=True) if keep]
    assert chosen.seq.tolist() == [record.seq for record in wanted]
    stamps = [stamp - origin for record in wanted for stamp in record.event_ns]
    np.testing.assert_allclose(chosen.event_ns(), stamps, rtol=0, atol=4096)
