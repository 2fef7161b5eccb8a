"""Intervals of a point's figures: what they hold, and that a run's own changes widen them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from perfbench.metrics.columns import Columns
from perfbench.metrics.repeats import FIGURES
from perfbench.metrics.uncertainty import estimates, intervals
from perfbench.store import Run
from perfbench.types import Point, Record, Usage, pack_gaps

MS = 1_000_000
POINT = Point(index=0, name="parallel_4_number_400", parallel=4, rate=None, number=400)
TRUE = {
    "ttft_ms.mean": 40.0,
    "ttft_ms.p50": 40.0,
    "ttft_ms.p90": 56.0,
    "ttft_ms.p99": 59.6,
    "itl_ms.mean": 5.0,
    "itl_ms.p50": 5.0,
    "itl_ms.p90": 7.4,
    "itl_ms.p99": 7.94,
    "e2e_ms.mean": 70.0,
    # By Little's law: 4 in flight, 70 ms each, 7 tokens a request.
    "request_throughput_rps": 4 / 0.070,
    "output_throughput_tok_s": 4 / 0.070 * 7,
}
"""What :func:`closed_loop` draws from; its number of gaps is 4 to 8, 6 in the mean."""


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[Callable[[Sequence[Record]], Columns]]:
    """Columns of the records of a run of its own, each time."""
    with ExitStack() as runs:

        def build(records: Sequence[Record]) -> Columns:
            run = runs.enter_context(Run.create(tmp_path, "columns", {}, {}))
            run.begin_point(POINT)
            run.append(POINT, records)
            return run.columns(POINT)

        yield build


def closed_loop(seed: int, number: int = 400, step: int | None = None) -> list[Record]:
    """Four slots, each request after another; from the request ``step`` on TTFT is doubled."""
    random = np.random.default_rng(seed)
    free = [0] * 4
    records = []
    for seq in range(number):
        place = int(np.argmin(free))
        sent = free[place]
        ttft = int(random.uniform(20, 60) * MS) * (2 if step and seq >= step else 1)
        gaps = [int(each * MS) for each in random.uniform(2, 8, int(random.integers(4, 9)))]
        packed, width = pack_gaps(gaps)
        end = sent + ttft + sum(gaps)
        free[place] = end
        records.append(
            Record(
                seq=seq,
                sample_id=str(seq),
                sent_ns=sent,
                headers_ns=sent + ttft,
                first_ns=sent + ttft,
                first_content_ns=sent + ttft,
                gaps=packed,
                gap_width=width,
                end_ns=end,
                usage=Usage(output_tokens=len(gaps) + 1),
            )
        )
    return sorted(records, key=lambda record: record.end_ns)


def test_intervals_hold_the_truth_as_often_as_they_say(measured):
    held = dict.fromkeys(TRUE, 0)
    for seed in range(60):
        found = intervals(measured(closed_loop(seed)), open_loop=False)
        for name, truth in TRUE.items():
            low, high = found[name]
            held[name] += low <= truth <= high
    # 95 % of 60 is 57; fewer than 50 would be chance in one of thousands.
    assert min(held.values()) >= 50, held
    assert sum(held.values()) < 60 * len(TRUE)


def test_the_figures_are_those_of_the_summary(measured):
    columns = measured(closed_loop(1))
    found = estimates(columns, open_loop=False)
    assert set(found) == set(FIGURES)
    took = columns.end_ns - columns.sent_ns
    assert found["e2e_ms.mean"].value == pytest.approx(took.mean() / 1e6)
    assert found["e2e_ms.p90"].value == pytest.approx(np.quantile(took, 0.9) / 1e6)
    assert found["itl_ms.mean"].value == pytest.approx(columns.gaps.mean() / 1e6, rel=1e-6)
    seconds = (columns.end_ns.max() - columns.sent_ns.min()) / 1e9
    assert found["request_throughput_rps"].value == pytest.approx(400 / seconds)
    tokens = columns.usage_output_tokens.sum()
    assert found["output_throughput_tok_s"].value == pytest.approx(tokens / seconds)
    for each in found.values():
        assert each.low < each.value < each.high


def test_a_percentile_that_few_requests_support_has_no_interval(measured):
    columns = measured(closed_loop(1, number=100))
    found = estimates(columns, open_loop=False)
    assert found["ttft_ms.p99"].low is None
    assert found["ttft_ms.p99"].error is None
    assert found["ttft_ms.p90"].error is not None
    assert "ttft_ms.p99" not in intervals(columns, open_loop=False)


def test_few_requests_have_figures_and_no_intervals(measured):
    columns = measured(closed_loop(1, number=10))
    assert intervals(columns, open_loop=False) == {}
    assert estimates(columns, open_loop=False)["ttft_ms.mean"].value > 0


def test_nothing_sent_has_no_figures(measured):
    never = Record(seq=0, sample_id="s", outcome="connect", end_ns=5)
    assert estimates(measured([never]), open_loop=False) == {}


def test_what_changes_within_a_run_may_change_between_runs(measured):
    steady, stepped = measured(closed_loop(3)), measured(closed_loop(3, step=350))
    name = "ttft_ms.mean"
    own = estimates(stepped, open_loop=False)[name].error
    among = estimates(stepped, open_loop=False, disturbed=0.0)[name].error
    assert among > 1.2 * own
    calm = estimates(steady, open_loop=False, disturbed=0.0)[name].error
    assert calm < among / 3


def test_a_busy_machine_widens_percentiles_of_single_gaps_only(measured):
    columns = measured(closed_loop(4))
    calm = estimates(columns, open_loop=False, disturbed=0.0)
    busy = estimates(columns, open_loop=False, disturbed=0.1)
    wider = {name for name in FIGURES if busy[name].error > calm[name].error}
    assert wider == {"itl_ms.p50", "itl_ms.p90", "itl_ms.p99"}


def test_constant_arrivals_make_a_throughput_that_is_known_well(measured):
    records = []
    random = np.random.default_rng(8)
    for seq in range(300):
        sent = seq * 10 * MS
        first = sent + int(random.uniform(4, 6) * MS)
        more = {"first_ns": first, "first_content_ns": first, "end_ns": first, "due_ns": sent}
        records.append(Record(seq=seq, sample_id="s", sent_ns=sent, **more))
    found = estimates(measured(records), open_loop=True)["request_throughput_rps"]
    assert found.value == pytest.approx(100, rel=0.01)
    assert found.error < 0.005
