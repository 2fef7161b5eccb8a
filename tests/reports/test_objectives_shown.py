"""Objectives, goodput and searches as tables and a chart."""

from __future__ import annotations

import io

from msgspec.structs import replace
from report_builders import make_summary

from perfbench.reports import objectives
from perfbench.reports.console import print_search, print_summary
from perfbench.types import Evidence, Goodput, Objective, SearchPath, Summary, Trial


def judged(parallel: int, value: float | None) -> Summary:
    attained = "unknown" if value is None else "met" if value <= 200 else "missed"
    return make_summary(
        parallel,
        objectives=[Objective("ttft_ms.p99<=200", attained, {"ttft_ms.p99": value})],
        goodput=Goodput({"ttft_ms": 200.0}, 8, 2, 1, 0.8, 4.0, None),
    )


def trial(place: int, load: float, seen: float, decision: str, demand: str = "certain") -> Trial:
    evidence = Evidence("ttft_ms.p99<=200", "share", seen, 0.01, 1 - seen, decision)  # type: ignore[arg-type]
    return Trial(f"trial_{place}", load, demand, decision, 50, 40, [evidence], "so it is")  # type: ignore[arg-type]


PATH = SearchPath(
    "parallel",
    0.95,
    0.05,
    [
        trial(1, 1, 0.0, "met", "glance"),
        trial(2, 4, 0.5, "missed"),
        trial(3, 2, 0.02, "undecided", "lean"),
        trial(4, 2, 0.0, "met"),
    ],
    answer=2,
    point="trial_4",
    upper=4,
    requests=200,
    stopped="parallel 2 is met and 4 is not",
)


def test_each_objective_of_each_point_is_a_row():
    summaries = [judged(1, 100.0), judged(2, 300.0), judged(4, None)]
    rows = objectives.objective_rows(summaries, ["a", "b", "c"])
    assert [(row.load, row.said, row.values) for row in rows] == [
        ("a", "met", "100.0"),
        ("b", "missed", "300.0"),
        ("c", "cannot be said", "–"),
    ]
    assert objectives.objective_rows([make_summary(1)], ["a"]) == []


def test_goodput_is_a_row_where_there_are_limits():
    (row,) = objectives.goodput_rows([judged(1, 100.0), make_summary(2)], ["a", "b"])
    assert row == ["a", "8", "2", "1", "80.0%", "4.00", "–"]
    assert objectives.limits_said([make_summary(2), judged(1, 100.0)]) == "TTFT ≤ 200 ms"


def test_the_answer_is_marked_on_the_chart_with_the_load_that_is_too_much():
    chart = objectives.search_chart(PATH)
    assert chart is not None
    assert chart.xs == [1, 2, 4]
    attained, needed = chart.lines
    assert attained.values == [100, 100, 50]
    assert attained.hollow == [True, False, False]
    assert needed.values == [99, 99, 99]
    assert chart.upright == [(1, "met"), (2, "too much")]


def test_of_one_load_there_is_no_chart():
    assert objectives.search_chart(replace(PATH, trials=PATH.trials[:1])) is None


def test_the_terminal_shows_them_in_60_columns():
    file = io.StringIO()
    print_search(PATH, file, width=60)
    print_search(replace(PATH, answer=None, upper=None, stopped=""), file, width=60)
    text = " ".join(file.getvalue().split())
    assert "parallel 2 is the largest load that meets the objectives (4 does not)" in text
    assert "with 95 % confidence; 200 requests in 4 trials" in text
    assert "no parallel is known to meet the objectives" in text
    assert "stopped before it was done" in text


def test_the_overview_has_the_table_of_objectives(tmp_path):
    file = io.StringIO()
    print_summary([judged(1, 100.0), judged(2, 300.0)], tmp_path, file, width=80)
    lines = [line.split() for line in file.getvalue().splitlines()]
    assert ["parallel", "2", "ttft_ms.p99<=200", "missed", "300.0"] in lines
    assert ["parallel", "1", "8", "2", "1", "80.0%", "4.00", "–"] in lines
