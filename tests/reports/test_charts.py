"""What the charts of a sweep show, before anything is drawn."""

from __future__ import annotations

from typing import Any

import pytest
from report_builders import make_summary, make_sweep, nothing

from perfbench.metrics.definitions import METRICS
from perfbench.reports import charts
from perfbench.reports.charts import SweepChart, against_load, sweep_of, tradeoffs
from perfbench.types import Summary


def drawn(summaries: list[Summary]) -> dict[str, SweepChart]:
    sweep = sweep_of(summaries)
    return {chart.key: chart for chart in (*tradeoffs(sweep), *against_load(sweep))}


def metrics_of(**changed: Any) -> dict[str, Any]:
    return {**make_summary().metrics, **changed}


def test_latencies_are_the_charted_metrics_that_were_measured() -> None:
    shown = drawn(make_sweep())
    assert [key for key in shown if key in METRICS] == ["ttft_ms", "tpot_ms", "itl_ms", "e2e_ms"]
    assert {key for key in shown if key not in METRICS} == {
        *("speed", "ttft_ms_cost", "requests", "output", "total", "failed"),
    }


def test_points_stand_in_the_order_of_their_load() -> None:
    one, ten, fifty = make_sweep()
    for summaries in ([fifty, one, ten], [one, ten, fifty]):
        chart = drawn(summaries)["output"]
        assert chart.xs == [1, 10, 50]
        assert chart.labels == ["parallel 1", "parallel 10", "parallel 50"]
        assert chart.lines[0].values == [s.output_throughput_tok_s for s in (one, ten, fifty)]


def test_throughput_stands_against_what_a_user_gets() -> None:
    sweep = make_sweep()
    speed, cost = tradeoffs(sweep_of(sweep))
    assert speed.xs == [s.metrics["output_tok_s"]["p50"] for s in sweep]
    assert speed.lines[0].values == [s.total_throughput_tok_s for s in sweep]
    assert speed.marks == ["1", "10", "50"]
    assert cost.xs == [s.output_throughput_tok_s for s in sweep]
    assert [line.name for line in cost.lines] == ["p50", "p99"]
    assert cost.lines[1].values == [s.metrics["ttft_ms"]["p99"] for s in sweep]


def test_percentiles_without_support_are_hollow() -> None:
    weak = make_summary(4, unsupported={"ttft_ms": ["p99"]})
    lines = {line.name: line for line in drawn([make_summary(1), weak])["ttft_ms"].lines}
    assert lines["p99"].hollow == [False, True]
    assert lines["p90"].hollow == [False, False]


def test_a_load_at_which_all_failed_is_left_out() -> None:
    dead = make_summary(20, completed=0, failed=1000, metrics={}, request_throughput_rps=0.0)
    shown = drawn([make_summary(1), dead, make_summary(50)])
    assert shown["requests"].xs == [1, 50]
    assert drawn([make_summary(1), dead]) == {}
    assert drawn([dead, dead]) == {}


def test_what_was_not_measured_has_no_chart() -> None:
    whole = metrics_of(ttft_ms=nothing(), tpot_ms=nothing(), itl_ms=nothing())
    shown = drawn([make_summary(p, metrics=whole) for p in (1, 4)])
    assert "ttft_ms" not in shown
    assert "e2e_ms_cost" in shown


def test_without_tokens_throughput_is_in_requests() -> None:
    bare = {"output_throughput_tok_s": None, "total_throughput_tok_s": None}
    shown = drawn([make_summary(p, **bare) for p in (1, 4)])
    assert "speed" not in shown
    assert shown["ttft_ms_cost"].x_title == "requests/s"


def test_an_open_loop_shows_what_was_asked_sent_and_done() -> None:
    rates = [
        make_summary(None, rate=r, sent_rate_rps=r * 0.9, mean_in_flight=3.0) for r in (2.0, 8.0)
    ]
    shown = drawn(rates)
    lines = {line.name: line.values for line in shown["requests"].lines}
    assert lines == {"asked": [2.0, 8.0], "sent": [1.8, 7.2], "done": [80.0, 80.0]}
    assert shown["in_flight"].lines[0].values == [3.0, 3.0]
    assert "in_flight" not in drawn(make_sweep())


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1, 21], True),
        ([1, 20], False),
        ([0, 1000], False),
        ([None, 1, 50], True),
        ([None], False),
        ([], False),
    ],
)
def test_wide_axes_are_logarithmic(values: list[float | None], log: bool) -> None:
    assert charts.wide(values) is log


def test_the_knee_is_marked_where_it_is() -> None:
    flat = {1: 100.0, 2: 190.0, 4: 360.0, 8: 362.0, 16: 365.0}
    summaries = [make_summary(p, output_throughput_tok_s=rate) for p, rate in flat.items()]
    shown = drawn(summaries)
    assert {chart.knee for chart in shown.values()} == {2}
    without = make_summary(1, metrics=metrics_of(ttft_ms=nothing()), output_throughput_tok_s=100.0)
    assert drawn([without, *summaries[1:]])["ttft_ms"].knee == 1


def test_a_metric_says_itself_that_it_is_charted(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setitem(METRICS, "connect_ms", replace(METRICS["connect_ms"], charted=True))
    assert "connect_ms" in drawn(make_sweep())
