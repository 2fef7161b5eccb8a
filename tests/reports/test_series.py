from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from report_builders import make_run

from perfbench.metrics import timeline
from perfbench.metrics.columns import Columns
from perfbench.reports import series
from perfbench.reports.series import PERCENTILES, Planned, reduce_point
from perfbench.types import Point, Stage

PLANNED = Planned(Point(0, "parallel_8", 8, None, 200), None)

spans = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(1, 300)).map(lambda s: (s[0], s[0] + s[1])),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Columns:
    """8 streams, 200 requests, every tenth cut."""
    with make_run(tmp_path_factory.mktemp("results"), [(8, 200)], failed_every=10) as run:
        return run.columns(run.points()[0])


@settings(deadline=None)
@given(spans)
def test_in_flight_against_counting_every_tick(requests: list[tuple[int, int]]) -> None:
    sent, end = (np.array(values, dtype=np.float64) for values in zip(*requests, strict=True))
    edges = np.arange(0.0, 1400.0, 100.0)
    mean, highest = timeline.in_flight(sent, end, edges)
    ticks = np.arange(1300) + 0.5
    level = ((sent[:, None] < ticks) & (ticks < end[:, None])).sum(axis=0).reshape(-1, 100)
    np.testing.assert_allclose(mean, level.mean(axis=1), atol=1e-9)
    np.testing.assert_array_equal(highest, level.max(axis=1))


@settings(deadline=None)
@given(start=st.floats(0, 1e5), length=st.floats(1e-3, 1e6))
def test_slices_are_few_round_and_cover_the_point(start: float, length: float) -> None:
    edges = timeline.bin_edges(start, start + length)
    widths = np.diff(edges)
    assert len(widths) <= timeline.MAX_BINS
    assert widths[0] > 0.99 * min(timeline.MIN_BIN_S, length)
    assert edges[0] == start
    assert edges[-1] == pytest.approx(start + length)
    if len(widths) > 1:
        assert f"{widths[0]:.3e}"[0] in "125"
        assert widths[:-1] == pytest.approx(widths[0], rel=1e-3)
        assert 0.99 * widths[0] < widths[-1] < 2.01 * widths[0]


@pytest.mark.parametrize(
    ("length", "widths"),
    [
        (0.1, [0.1]),
        (2.0, [1.0] * 2),
        (4.0, [1.0] * 4),
        (5.7, [1, 1, 1, 1, 1.7]),
        (300.5, [2.0] * 149 + [2.5]),
    ],
)
def test_slices_last_a_second_or_more_but_in_short_points(
    length: float, widths: list[float]
) -> None:
    np.testing.assert_allclose(np.diff(timeline.bin_edges(3.0, 3.0 + length)), widths, rtol=1e-6)


def test_every_token_is_in_the_timeline(columns: Columns) -> None:
    reduced = reduce_point(columns, "parallel 8", float(columns.sent_ns.min()), 100, PLANNED)
    line = reduced.timeline
    widths = np.diff(line.edges_s)
    ok_tokens = columns.usage_output_tokens[columns.ok].sum()
    failed_events = columns.events[~columns.ok].sum()
    assert (line.token_rate * widths).sum() == pytest.approx(ok_tokens + failed_events)
    assert line.failures.sum() == 20
    assert line.in_flight_max.max() == 8
    spent = (columns.end_ns - columns.sent_ns).sum() / 1e9
    assert (line.in_flight * widths).sum() == pytest.approx(spent)


def test_events_are_counted_the_same_in_small_and_large_slices(
    columns: Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    edges = np.linspace(columns.sent_ns.min(), columns.end_ns.max(), 30)
    weights = np.ones(len(columns))
    whole = timeline.event_counts(columns, weights, edges)
    monkeypatch.setattr(timeline, "_REQUESTS_AT_ONCE", 7)
    np.testing.assert_array_equal(timeline.event_counts(columns, weights, edges), whole)
    expected, _ = np.histogram(columns.event_ns(), edges)
    np.testing.assert_array_equal(whole, expected)


def test_curves_are_numpys_percentiles_of_ok_requests(columns: Columns) -> None:
    reduced = reduce_point(columns, "x", 0.0, 100, PLANNED)
    ok = columns.ok
    ttft_ms = (columns.first_ns - columns.sent_ns)[ok] / 1e6
    np.testing.assert_allclose(reduced.curves["ttft_ms"], np.percentile(ttft_ms, PERCENTILES))
    assert reduced.counts["ttft_ms"] == 180
    assert reduced.counts["itl_ms"] == columns.events[ok].sum() - 180
    assert set(reduced.curves) == {"ttft_ms", "tpot_ms", "itl_ms", "e2e_ms"}


def test_a_point_in_which_all_failed_has_no_curves(columns: Columns) -> None:
    reduced = reduce_point(columns.select(~columns.ok), "x", 0.0, 100, PLANNED)
    assert reduced.curves == {}
    assert set(reduced.scatter.outcome) == {"truncated"}
    assert np.isnan(reduced.scatter.latency_ms["ttft_ms"]).all()
    assert (reduced.scatter.lasted_ms > 0).all()


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 50))
def test_thinned_gaps_keep_their_ends(count: int, most: int) -> None:
    gaps = np.random.default_rng(count).random(count, dtype=np.float32)
    kept, step = series.thin_gaps(gaps, most)
    assert kept.size <= most + 2
    assert (step == 1) == (count <= most)
    assert kept.min() == gaps.min()
    assert kept.max() == gaps.max()


@settings(max_examples=60, deadline=None)
@given(
    npst.arrays(
        np.float64,
        st.tuples(st.integers(1, 3), st.integers(1, 60)),
        elements=st.floats(0, 1e6) | st.just(float("nan")),
    ),
    st.integers(7, 80),
)
def test_thinned_requests_keep_every_extreme(ys: np.ndarray, most: int) -> None:
    kept = series.thin_requests(list(ys), most)
    assert len(kept) <= max(most, 2 * len(ys) + 1)
    assert (np.diff(kept) > 0).all()
    for y in ys:
        if not np.isnan(y).all():
            assert np.nanmax(y[kept]) == np.nanmax(y)
            assert np.nanmin(y[kept]) == np.nanmin(y)


def test_the_scatter_is_whole_or_thinned_and_says_so(columns: Columns) -> None:
    whole = reduce_point(columns, "x", 0.0, 200, PLANNED).scatter
    assert sorted(whole.seq) == sorted(columns.seq)
    assert (np.diff(whole.sent_s) >= 0).all()
    thinned = reduce_point(columns, "x", 0.0, 50, PLANNED).scatter
    assert thinned.total == 200
    assert thinned.seq.size <= 50
    assert thinned.lasted_ms.max() == whole.lasted_ms.max()


def test_untimed_tokens_count_as_one_per_event(tmp_path: Path, columns: Columns) -> None:

    unknown = replace(columns, usage_output_tokens=np.full(len(columns), np.nan))
    line = reduce_point(unknown, "x", 0.0, 100, PLANNED).timeline
    assert (line.token_rate * np.diff(line.edges_s)).sum() == pytest.approx(columns.events.sum())


def test_planned_and_sent_rates_over_time(columns: Columns) -> None:
    stages = (Stage(2.0, 0, 100), Stage(2.0, 100, 100))
    point = Point(0, "staged", None, 75.0, None, 4.0, stages=stages)
    first = float(columns.sent_ns.min())
    planned = Planned(point, columns.origin_ns + round(first))
    line = reduce_point(columns, "x", first, 100, planned).timeline
    assert line.planned_rate is not None
    assert line.planned_slots is None
    widths = np.diff(line.edges_s)
    assert float((line.sent_rate * widths).sum()) == pytest.approx(len(columns))
    amounts = [point.profile.amount(min(edge, 4.0)) for edge in line.edges_s]
    assert line.planned_rate * widths == pytest.approx(np.diff(amounts), abs=1e-3)
    closed = Planned(msgspec.structs.replace(point, rate=None, parallel=100), planned.start_ns)
    line = reduce_point(columns, "x", first, 100, closed).timeline
    assert line.planned_rate is None
    assert line.planned_slots is not None
    assert reduce_point(columns, "x", first, 100, PLANNED).timeline.planned_slots is None
