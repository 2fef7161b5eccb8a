"""Objectives and goodput: figures by name, verdicts of points and of requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.errors import ConfigError
from perfbench.metrics.accounts import request_ledger
from perfbench.metrics.audit import audit
from perfbench.metrics.columns import Columns
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.figures import checked, figure, known_figures
from perfbench.metrics.gathered import Gathered
from perfbench.metrics.gathered import columns_of as gathered_columns
from perfbench.metrics.objectives import (
    MET,
    MISSED,
    UNKNOWN,
    Aims,
    aims_of,
    goodput,
    known_expressions,
    objective,
    verdicts,
)
from perfbench.metrics.summary import summarize
from perfbench.types import Outcome, Point, Record, Summary, Usage, pack_gaps

MS = 1_000_000


def record(
    seq: int,
    ttft_ms: float | None = 100,
    gaps_ms: Sequence[float] = (10, 10),
    outcome: Outcome = "ok",
    tokens: int | None = 3,
) -> Record:
    packed, width = pack_gaps([round(gap * MS) for gap in gaps_ms])
    first = None if ttft_ms is None else 1000 + round(ttft_ms * MS)
    return Record(
        seq=seq,
        sample_id=str(seq),
        sent_ns=1000,
        first_ns=first,
        first_content_ns=first,
        gaps=packed if first is not None else b"",
        gap_width=width,
        end_ns=(first or 1000) + round(sum(gaps_ms) * MS),
        outcome=outcome,
        usage=None if tokens is None else Usage(input_tokens=5, output_tokens=tokens),
    )


RECORDS = [
    record(0),
    record(1, ttft_ms=300),
    record(2, gaps_ms=(50, 60)),
    record(3, outcome="http_5xx", ttft_ms=None),
    record(4, outcome="cancelled"),
    record(5, tokens=None),
    record(6, gaps_ms=(), tokens=1),
    record(7, outcome="truncated"),
]


def test_a_request_is_good_if_it_kept_every_limit():
    found = verdicts(gathered_columns(RECORDS), {"ttft_ms": 200, "tpot_ms": 30})
    assert found.tolist() == [MET, MISSED, MISSED, MISSED, UNKNOWN, UNKNOWN, MET, MISSED]


def test_a_limit_that_is_not_kept_decides_whatever_else_is_unknown():
    late = [record(0, ttft_ms=300, tokens=None)]
    assert verdicts(gathered_columns(late), {"ttft_ms": 200, "tpot_ms": 30}).tolist() == [MISSED]


def test_goodput_counts_what_met_and_its_tokens():
    found = goodput(gathered_columns(RECORDS), {"ttft_ms": 200, "tpot_ms": 30}, 2.0)
    assert (found.met, found.missed, found.unknown) == (2, 4, 2)
    assert found.attainment == pytest.approx(2 / 6)
    assert (found.request_goodput_rps, found.output_goodput_tok_s) == (1.0, 2.0)


def test_goodput_of_nothing_is_unknown():
    found = goodput(gathered_columns([]), {"ttft_ms": 200}, None)
    assert (found.attainment, found.request_goodput_rps) == (None, None)
    assert goodput(gathered_columns([record(0, tokens=None)]), {"ttft_ms": 200}, 1.0) == (
        msgspec.structs.replace(
            goodput(gathered_columns([record(0)]), {"ttft_ms": 200}, 1.0), output_goodput_tok_s=None
        )
    )


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("ttft", "ttft_ms"),
        ("ttft_ms", "ttft_ms"),
        ("e2e", "e2e_ms"),
        ("schedule_ttft", "schedule_ttft_ms"),
    ],
)
def test_limits_are_called_as_metrics_are(name, metric):
    assert aims_of({"goodput": {name: 5}}).limits_ms == {metric: 5.0}


@pytest.mark.parametrize(
    ("name", "hint"),
    [("itl", "its mean is tpot"), ("tpott", "did you mean tpot"), ("zzz", "there are: ttft")],
)
def test_limits_of_what_is_no_latency_of_a_request_are_refused(name, hint):
    with pytest.raises(ConfigError, match=hint):
        aims_of({"goodput": {name: 5}})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ttft.p99", "did you mean ttft_ms.p99"),
        ("ttft_ms", "it is a distribution"),
        ("eror_rate", "did you mean error_rate"),
        ("request_throughput", "did you mean request_throughput_rps"),
        ("nothing_like_it", "names are those of summary.json"),
    ],
)
def test_unknown_figures_are_told_with_what_was_meant(name, hint):
    with pytest.raises(ConfigError, match=hint):
        checked(name)
    with pytest.raises(ConfigError, match=r"^--slo: no figure"):
        known_expressions([f"{name}<1"], "--slo")


def test_every_known_figure_of_a_summary_can_be_asked_for(summary):
    for name in known_figures():
        value = figure(summary, name)
        assert value is None or isinstance(value, float | int)
    assert figure(summary, "ttft_ms.p99.9") == summary.metrics["ttft_ms"]["p99.9"]
    assert figure(summary, "client.read_delay_ms.p99") == summary.client.read_delay_ms["p99"]


def test_objectives_are_met_missed_or_cannot_be_said(summary):
    (met, missed, unknown) = known_expressions(
        ["completed>=1", "completed<1", "goodput.attainment>0"], "--slo"
    )
    assert objective(met, summary).attained == "met"
    assert objective(missed, summary).attained == "missed"
    found = objective(unknown, summary)
    assert (found.attained, found.values) == ("unknown", {"goodput.attainment": None})


def test_without_any_aim_there_is_none():
    assert aims_of({}) == Aims()


def test_columns_of_records_are_those_that_a_store_gives_back(
    columns_of: Callable[[Sequence[Record]], Columns],
):
    ours, theirs = gathered_columns(RECORDS), columns_of(RECORDS)
    for name, metric in METRICS.items():
        np.testing.assert_allclose(metric.values(ours), metric.values(theirs), err_msg=name)
    assert ours.outcome.tolist() == theirs.outcome.tolist()
    assert ours.events.tolist() == theirs.events.tolist()


@pytest.fixture
def summary(columns_of: Callable[[Sequence[Record]], Columns]) -> Summary:
    point = Point(index=0, name="parallel_2", parallel=2, rate=None, number=8)
    columns = columns_of(RECORDS)
    ledger = request_ledger(columns, None)
    return summarize(point, columns, None, ledger, audit(point, columns, None, ledger))


NAMES = ("ttft_ms.p50", "ttft_ms.p99", "error_rate", "failed", "errors.http_5xx", "completed")


def test_nothing_is_said_of_a_point_that_runs_before_there_is_enough():
    gathered = Gathered([*NAMES, "goodput.attainment"], {"ttft_ms": 200})
    gathered.add([record(seq) for seq in range(29)])
    assert set(gathered.figures().values()) == {None}
    gathered.add([record(29, outcome="http_5xx", ttft_ms=None), record(30, outcome="cancelled")])
    found = gathered.figures()
    assert found["ttft_ms.p50"] == pytest.approx(100)
    assert found["ttft_ms.p99"] is None
    assert found["error_rate"] == pytest.approx(1 / 30)
    assert (found["failed"], found["errors.http_5xx"], found["completed"]) == (2, 1, 29)
    assert found["goodput.attainment"] == pytest.approx(29 / 30)


def test_the_warm_up_does_not_count():
    gathered = Gathered(["completed"], None)
    warm = record(0)
    warm.phase = "warmup"
    gathered.add([warm] * 40)
    assert gathered.ended == 0


@given(st.lists(st.integers(1, 500), min_size=30, max_size=80), st.integers(1, 20))
def test_batches_make_no_difference(latencies, size):
    records = [record(seq, ttft_ms=value) for seq, value in enumerate(latencies)]
    whole, parts = Gathered(NAMES, None), Gathered(NAMES, None)
    whole.add(records)
    for start in range(0, len(records), size):
        parts.add(records[start : start + size])
    assert whole.figures() == parts.figures()
