"""Load tests of several URLs: what each of them got, by its own log and by ours, and what the
reports say of each."""

from __future__ import annotations

import csv
import io
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from load_runs import Refused, measured, read_truth

from perfbench.config import SimulatorConfig
from perfbench.reports.console import print_summary
from perfbench.reports.export import export
from perfbench.reports.frame import describe
from perfbench.reports.html import render
from perfbench.scrape import source
from perfbench.simulator.spawn import Simulator
from perfbench.store import open_run
from perfbench.types import Summary

QUICK = {"max_tokens": [4], "ignore_eos": True, "seed": 3}


@contextmanager
def pair(folder: Path, **second: Any) -> Iterator[tuple[list[str], list[Path]]]:
    """Two services, the second one slower if nothing else is said, with the log of each."""
    logs = [folder / "first.tsv", folder / "second.tsv"]
    slow = {"ttft_ms": 40, "itl_ms": 3, **second}
    with (
        Simulator(SimulatorConfig(port=0, ttft_ms=10, itl_ms=1, log=logs[0])) as one,
        Simulator(SimulatorConfig(port=0, log=logs[1], **slow)) as other,
    ):
        yield [one.url, other.url], logs


def by_url(summary: Summary) -> dict[str, tuple[int, int]]:
    return {part.name: (part.completed, part.failed) for part in summary.urls or ()}


@pytest.mark.parametrize(
    ("load", "number"),
    [({"parallel": [6]}, 61), ({"rate": [200]}, 61), ({"parallel": [6], "duration": 0.5}, None)],
)
def test_they_take_turns_and_both_ends_count_the_same(
    tmp_path: Path, load: dict[str, Any], number: int | None
) -> None:
    with pair(tmp_path) as (urls, logs):
        counted = {"number": [number]} if number else {}
        run = measured(tmp_path / "out", url=urls, workers=2, **load, **counted, **QUICK)
    got = Counter(record.url for record in run.records)
    assert [got[0], got[1]] == [len(read_truth(log)) for log in logs]
    if number:
        assert (got[0], got[1]) == (31, 30)
    assert by_url(run.summary) == {urls[0]: (got[0], 0), urls[1]: (got[1], 0)}
    first, second = run.summary.urls or ()
    assert (first.metrics["ttft_ms"]["p50"] or 0) < 30 < (second.metrics["ttft_ms"]["p50"] or 0)


def test_every_report_tells_them_apart(tmp_path: Path) -> None:
    with pair(tmp_path) as (urls, _):
        run = measured(tmp_path / "out", url=urls, parallel=[8], number=[80], **QUICK)
    with open_run(run.path) as again:
        assert again.summaries() == run.summaries, "summary.json holds the parts"
        assert again.about.url == ", ".join(urls)
        assert again.about.urls == tuple(urls)
        html = render(describe(again), run.summaries, [])
        table = io.StringIO()
        export(again, "csv", table)
    text = io.StringIO()
    print_summary(run.summaries, run.path, text, width=100)
    for shown in (" ".join(text.getvalue().split()), html):
        assert "by url" in shown.lower()
        assert f"{urls[1]} is slower: TTFT p50" in shown
        assert f"{urls[0]} is slower" not in shown
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert Counter(row["url"] for row in rows) == {urls[0]: 40, urls[1]: 40}


def test_two_that_are_alike_are_not_told_apart_by_chance(tmp_path: Path) -> None:
    # One service by two names: of two processes on a busy machine one may well be slower.
    with Simulator(SimulatorConfig(port=0, ttft_ms=10, itl_ms=1)) as one:
        urls = [one.url, one.url.replace("127.0.0.1", "localhost")]
        run = measured(tmp_path / "out", url=urls, parallel=[4], number=[120], **QUICK)
    assert [part.completed for part in run.summary.urls or ()] == [60, 60]
    text = io.StringIO()
    print_summary(run.summaries, run.path, text, width=100)
    assert "is slower" not in text.getvalue()


def test_the_one_with_the_fewest_in_flight_gets_more_where_it_is_faster(tmp_path: Path) -> None:
    with pair(tmp_path) as (urls, logs):
        settings = {"parallel": [6], "number": [90], "url_strategy": "least_in_flight"}
        run = measured(tmp_path / "out", url=urls, **settings, **QUICK)
    got = Counter(record.url for record in run.records)
    assert [got[0], got[1]] == [len(read_truth(log)) for log in logs]
    assert got[0] > 2 * got[1] > 0


@pytest.mark.parametrize("strategy", ["round_robin", "least_in_flight"])
def test_a_conversation_stays_where_it_began(tmp_path: Path, strategy: str) -> None:
    with pair(tmp_path) as (urls, _):
        run = measured(
            tmp_path / "out",
            url=urls,
            url_strategy=strategy,
            dataset="random_multi_turn",
            min_turns=2,
            max_turns=4,
            conversations=[10],
            parallel=[4],
            **QUICK,
        )
    homes: dict[str | None, set[int | None]] = {}
    for record in run.records:
        homes.setdefault(record.conversation, set()).add(record.url)
    assert len(homes) == 10
    assert all(len(urls) == 1 for urls in homes.values())
    begun = Counter(next(iter(urls)) for urls in homes.values())
    if strategy == "round_robin":
        assert begun == {0: 5, 1: 5}
    assert set(begun) == {0, 1}


def test_one_that_fails_every_request_is_data(tmp_path: Path) -> None:
    with pair(tmp_path, error_rate=1.0) as (urls, logs):
        run = measured(tmp_path / "out", url=urls, parallel=[4], number=[40], **QUICK)
        assert [len(read_truth(log)) for log in logs] == [20, 20]
    assert by_url(run.summary) == {urls[0]: (20, 0), urls[1]: (0, 20)}
    assert (run.summary.urls or ())[1].errors == {"http_5xx": 20}
    text = io.StringIO()
    print_summary(run.summaries, run.path, text, width=140)
    assert f"{urls[1]}: none of its 20 requests succeeded (http_5xx 20)" in text.getvalue()


def test_one_that_hangs_leaves_the_plan_of_the_other_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrivals of both are sent when they are due, though nothing comes back from one."""
    monkeypatch.setattr(source, "TIMEOUT_S", 0.5)  # Its /metrics page hangs too.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        hanging = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Simulator(SimulatorConfig(port=0, ttft_ms=2, itl_ms=1)) as simulator:
            run = measured(
                tmp_path / "out",
                url=[simulator.url, hanging],
                model="simulated",
                rate=[100],
                arrival="constant",
                number=[60],
                read_timeout=1,
                **QUICK,
            )
    outcomes = Counter((record.url, record.outcome) for record in run.records)
    assert outcomes == {(0, "ok"): 30, (1, "timeout"): 30}
    lags = [record.sent_ns - record.due_ns for record in run.records if record.sent_ns]
    assert len(lags) == 60
    assert max(lags) < 1_000_000_000, "none of them waited for what hangs"


SHORT = ("--number", 2, "--no-report")


def test_the_one_that_does_not_answer_is_named_at_the_start(refused: Refused) -> None:
    with socket.socket() as sock, Simulator(SimulatorConfig(port=0)) as simulator:
        sock.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{sock.getsockname()[1]}"
        line = refused("--url", simulator.url, nobody, *SHORT)
        assert line == f"cannot connect to {nobody}: connection refused"
        line = refused("--url", simulator.url, f"{simulator.url}/nothing/here", *SHORT)
        where = simulator.url.removeprefix("http://")
        assert f"{where}/nothing/here/v1/chat/completions answered 404 to a probe" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--url", "http://h", "h/"], "http://h is given twice"),
        (["--url", "http://h", "ftp://i"], "'ftp://i' is not an http:// or https:// address"),
        (["--url", "http://h", "--url-strategy", "least_in_flight"], "is for several URLs"),
        (["--url", "a", "b", "--url-strategy", "least_in"], "did you mean least_in_flight?"),
        (["--url", "a", "b", "--unix-socket", "s"], "--unix-socket is one service"),
        (["--url", "a", "b:0"], "has a bad port"),
    ],
)
def test_what_makes_no_sense_is_one_line(refused: Refused, words: list[str], said: str) -> None:
    assert said in refused(*words, "--model", "m", *SHORT)


def test_an_evaluation_asks_one(refused: Refused) -> None:
    line = refused("eval", "--url", "http://a", "http://b", "--datasets", "gsm8k")
    assert "2 URLs, and an evaluation asks a model at one: give one" in line
