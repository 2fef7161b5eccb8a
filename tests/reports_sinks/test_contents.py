"""What sinks send: names of the series, their axes, the table."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sample_load_test import (
    UNKNOWN,
    Evaluation,
    LoadTest,
    point,
    progress,
    scored,
    subtask,
    summary,
)

from perfbench.reports.sinks import charts, contents
from perfbench.reports.sinks.arguments import init_args
from perfbench.types import Event, RunStarted, Summary


def test_series_of_a_point_are_named_by_metric_and_statistic() -> None:
    series = contents.metric_series(summary(point(0, 4), ttft_p99=60.5))
    assert series["ttft_ms/p99"] == 60.5
    assert series["ttft_ms/mean"] == 50.5
    assert series["requests/parallel"] == 4
    assert series["requests/completed"] == 17
    assert series["throughput/requests_rps"] == 11.25
    assert series["errors/timeout"] == 3
    assert [name for name in series if name.startswith("errors/")] == ["errors/timeout"]
    assert series["tokens/output"] == 1700
    assert series["client/cpu_us_per_event"] == 8.5
    assert series["client/read_delay_ms_p99"] == 0.875


def test_a_metric_is_five_statistics() -> None:
    many = {f"p{share}": float(share) for share in range(1, 100)} | {"mean": 1.0, "max": 9.0}
    full = replace(summary(point(0, 4), 60.5), metrics={"ttft_ms": many, "itl_ms": UNKNOWN})
    series = contents.metric_series(full)
    sent = {name for name in series if name.startswith(("ttft_ms/", "itl_ms/"))}
    assert sent == {f"ttft_ms/{name}" for name in ("mean", "p50", "p90", "p99", "max")}


def test_a_group_that_is_all_zero_is_not_sent() -> None:
    none = {**dict.fromkeys(contents.STATISTICS, 0.0), "count": 17}
    some = {**none, "max": 8.0}
    for figures, sent in ((none, False), (some, True)):
        series = contents.metric_series(
            replace(summary(point(0, 4), 60.5), metrics={"cached_tokens": figures})
        )
        assert ("cached_tokens/mean" in series) is sent
    scores = contents.score_series(scored(subtask("gsm8k", 8), 0.5), "gsm8k")
    assert {name for name in scores if "unscored" in name} == {
        "gsm8k/unscored cut_off",
        "gsm8k/unscored no_answer",
    }


def test_unknown_figures_are_left_out_of_series() -> None:
    series = contents.metric_series(summary(point(0, 4), ttft_p99=60.5))
    for name in (
        "requests/rate_rps",
        "throughput/output_tok_s",
        "itl_ms/p99",
        "tokens/cached_share",
        "client/send_lag_ms_p99",
        "errors/http_5xx",
    ):
        assert name not in series
    assert all(isinstance(value, (int, float)) for value in series.values())
    # One slash: trackers make a section of what is before it.
    assert all(name.count("/") == 1 for name in series)
    live = contents.live_series(progress(point(0, 4), 2.5, done=7), time_s=2.5)
    assert live[contents.TIME] == 2.5
    assert (live["live/done"], live["live/in_flight"], live["live/failed"]) == (7, 2, 3)
    assert (live["live/requests_rps"], live["live/events_per_s"]) == (12.5, 1250.0)
    assert live["live/ttft_ms"] == 50.25
    assert not {"live/tpot_ms", "live/output_tokens"} & set(live)


loads = st.none() | st.integers(1, 3)


@given(st.lists(st.tuples(loads, loads, loads), min_size=1, max_size=4))
def test_no_two_points_share_a_place_on_the_load_axis(
    shapes: list[tuple[int | None, int | None, int | None]],
) -> None:
    points = [
        replace(point(index, parallel, rate), input_length=length)
        for index, (parallel, rate, length) in enumerate(shapes)
    ]
    axis = contents.load_axis(points)
    places = [getattr(at, axis) for at in points]
    assert None not in places
    assert len(set(places)) == len(places)


def test_the_load_axis_is_what_the_run_sweeps() -> None:
    assert contents.load_axis([point(0, 1), point(1, 10)]) == "parallel"
    assert contents.load_axis([point(0, None, 2.5), point(1, None, 5.0)]) == "rate"
    assert contents.load_axis([point(0, 8, 2.5), point(1, 8, 5.0)]) == "rate"
    lengths = [replace(point(i, 1), input_length=length) for i, length in enumerate((1, 6144))]
    assert contents.load_axis(lengths) == "input_length"
    assert contents.load_axis([point(0, 10), point(1, 10)]) == "index"
    assert contents.load_axis([point(0, 10)]) == "parallel"


times = st.lists(st.floats(0.001, 1e4), min_size=1, max_size=5).map(sorted)


@given(st.lists(times, min_size=1, max_size=4))
def test_live_time_never_runs_backwards_and_adds_up(points: list[list[float]]) -> None:
    clock = contents.LiveClock()
    seen = [
        clock.time_s(progress(point(index, 1), elapsed_s, done=0))
        for index, states in enumerate(points)
        for elapsed_s in states
    ]
    assert all(earlier <= later for earlier, later in pairwise(seen))
    assert math.isclose(seen[-1], sum(states[-1] for states in points))


def test_table_has_a_row_for_each_point_and_no_column_of_nothing() -> None:
    points = point(0, 1), point(1, 10)
    found = contents.summary_table([summary(at, 60.0 + at.index) for at in points])
    table = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    assert [row["name"] for row in table] == ["point_0", "point_1"]
    assert [row["ttft_ms p99"] for row in table] == [60.0, 61.0]
    assert table[0]["ttft_ms p90"] is None
    assert table[0]["client"] == "trusted"
    assert not any(name.startswith("itl_ms") for name in found.columns)


def test_settings_of_one_sink_do_not_reach_the_other(load_test: LoadTest) -> None:
    config = load_test.config(
        sinks=["wandb", "swanlab"],
        sink_args={"tags": ["a"], "wandb": {"entity": "team"}, "swanlab": {"tags": ["b"]}},
    )
    assert init_args(config, "wandb") == {"tags": ["a"], "entity": "team"}
    assert init_args(config, "swanlab") == {"tags": ["b"]}


def test_only_files_that_exist_are_kept(load_test: LoadTest, tmp_path: Path) -> None:
    kept = [
        str(path.relative_to(load_test.folder)) for path in contents.artefacts(load_test.folder)
    ]
    assert kept == ["summary.json", "report.html", "plots/latency.png"]
    assert contents.artefacts(tmp_path) == []


def told(evaluation: Evaluation) -> tuple[contents.Account, list[contents.Series]]:
    heard: list[Event] = []
    evaluation.play(heard.append, evaluation.config())
    started, *rest = heard
    assert isinstance(started, RunStarted)
    account = contents.Account(started)
    return account, [series for event in rest if (series := account.hear(event)) is not None]


def test_subtasks_side_by_side_have_sections_of_their_own(evaluation: Evaluation) -> None:
    account, found = told(evaluation)
    assert account.config["subtasks"]["gsm8k"]["version"] == "abc123"
    live = [series for series in found if series.axis == contents.TIME]
    assert [sorted(series.sections()) for series in live] == [["live gsm8k"], ["live mmlu"]] * 2
    assert [series.step for series in live] == [0, 1, 2, 3]
    assert live[-1].values["time_s"] == 2.0
    assert live[-1].values["live mmlu/done"] == 4


def test_scores_are_series_and_a_table(evaluation: Evaluation) -> None:
    account, found = told(evaluation)
    first, second = (series.values for series in found if series.axis is None)
    assert first["gsm8k/accuracy"] == 0.75
    assert (first["gsm8k/accuracy low"], first["gsm8k/accuracy high"]) == (0.5, 1.0)
    assert (first["gsm8k/scored"], first["gsm8k/unscored no_answer"]) == (4, 3)
    assert second["mmlu subset/law_eu"] == 0.5
    assert all(name.count("/") == 1 for name in (*first, *second))
    tables = account.tables()
    scores = tables["scores"]
    rows = [dict(zip(scores.columns, row, strict=True)) for row in scores.rows]
    assert [(row["dataset"], row["part"], row["scored"]) for row in rows] == [
        ("gsm8k", "all", 0.75),
        ("mmlu", "all", 0.5),
        ("mmlu", "subset astronomy", 0.5),
        ("mmlu", "subset law/eu", 0.5),
    ]
    assert tables["notes"].rows == [["qwen/mmlu: the service has gone"], ["a handful of rows"]]


def answered(index: int, parallel: int, total: float, user: float | None) -> Summary:
    found = summary(point(index, parallel), 60.0 + index)
    rate = {"p50": user}
    return replace(
        found,
        total_throughput_tok_s=total,
        output_throughput_tok_s=total / 2,
        metrics={**found.metrics, "output_tok_s": rate},
    )


def test_what_is_compared_is_in_four_charts() -> None:
    failed = replace(summary(point(2, 100), 0.0), completed=0)
    sweep = [answered(0, 1, 100.0, 40.0), answered(1, 10, 400.0, 25.0), failed]
    found = {chart.name: chart for chart in charts.load_charts(sweep)}
    # Nobody measured the time between tokens.
    assert list(found) == ["speed", "ttft_ms_cost", "total"]
    speed, cost, total = found.values()
    assert (speed.x, speed.lines) == ([40.0, 25.0], {"all users": [100.0, 400.0]})
    assert (cost.x, cost.lines) == ([50.0, 200.0], {"p50": [50.0, 50.0], "p99": [60.0, 61.0]})
    assert (total.x, total.lines) == ([1.0, 10.0], {"with input": [100.0, 400.0]})
    assert charts.load_charts([failed]) == []


def test_the_outcome_names_the_best_load() -> None:
    outcome = charts.load_outcome([answered(0, 1, 100.0, 40.0), answered(1, 10, 400.0, None)])
    assert (outcome["best/load"], outcome["best/ttft_ms_p99"]) == ("parallel 10", 61.0)
    assert outcome["max/total_tok_s"] == 400.0
    assert (outcome["all/completed"], outcome["all/failed"]) == (34, 6)
    assert outcome["all/verdict"] == "trusted"
    assert "best/itl_ms_p99" not in outcome


def test_scores_and_their_load_are_charts_and_an_outcome(evaluation: Evaluation) -> None:
    account, _ = told(evaluation)
    scores, unscored, wait = account.charts()
    assert (scores.x, scores.lines) == (["gsm8k", "mmlu"], {"score": [0.75, 0.5]})
    assert set(unscored.lines) == {"cut_off", "no_answer"}
    assert (wait.title, wait.lines["p99"]) == ("TTFT (ms)", [None, 62.0])
    assert account.outcome()["best/task"] == "gsm8k"
    assert account.outcome()["max/score"] == 0.75
    assert account.outcome()["score/gsm8k"] == 0.75
    assert account.outcome()["unscored/gsm8k"] == 0.5
    assert {"perfbench", "evaluation", "qwen", "gsm8k", "mmlu"} <= set(account.tags)


def test_an_evaluation_has_a_verdict_for_each_time_it_asked() -> None:
    facts = [subtask("gsm8k", 8), subtask("mmlu", 8)]
    started = RunStarted(
        kind="evaluation", path="", simulated=False, config={}, subtasks=tuple(facts)
    )
    account = contents.Account(started)
    once, load = summary(point(0, 4), ttft_p99=60.5), summary(point(1, 4), ttft_p99=60.5)
    account.hear(msgspec.structs.replace(scored(facts[0], 0.5), performance=(once,)))
    account.hear(msgspec.structs.replace(scored(facts[1], 0.5), performance=(once, load)))
    assert list(account.verdicts()) == ["gsm8k", "mmlu (1 of 2)", "mmlu (2 of 2)"]
    assert account.verdicts()["gsm8k"].startswith(f"{once.client.verdict}: ")


def test_several_models_are_told_apart() -> None:
    both = [subtask("gsm8k", 8), subtask("gsm8k", 8, "llama")]
    assert contents.sections(both) == {"qwen/gsm8k": "qwen gsm8k", "llama/gsm8k": "llama gsm8k"}
    unknown = contents.score_series(scored(both[0], 0.5), "qwen gsm8k")
    assert unknown["qwen gsm8k/accuracy over all"] == 0.25
