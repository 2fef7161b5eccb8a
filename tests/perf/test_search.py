"""The search for a load: against services that are formulas, so that no clock is asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import perfbench.perf.search
from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.metrics.accounts import request_ledger
from perfbench.metrics.audit import audit
from perfbench.metrics.gathered import columns_of
from perfbench.metrics.summary import summarize
from perfbench.perf.search import Search
from perfbench.types import Outcome, Point, Record, SearchPath, Summary, Usage, pack_gaps

MS = 1_000_000
BATCH = 50
"""Requests between two looks."""

Service = Callable[[float, int], tuple[float, float, Outcome]]
"""Load and place of a request -> its TTFT and TPOT in ms, and how it ended."""


def searched(service: Service, **config: Any) -> SearchPath:
    """The path of a search on a service."""
    return course(service, **config).path


def course(service: Service, summaries: list[Summary] | None = None, **config: Any) -> Search:
    search = Search(PerfConfig(**{"search": "parallel", **config}))
    while (point := search.next()) is not None:
        watch = search.watch()
        assert watch is not None
        seen: list[Record] = []
        for batch in batches(service, point):
            watch.hear(batch)
            seen += batch
            if watch.enough() is not None:
                break
        summary = summary_of(point, seen)
        search.heard(summary)
        if summaries is not None:
            summaries.append(summary)
    return search


def batches(service: Service, point: Point) -> Iterator[list[Record]]:
    assert point.number is not None
    load = float(point.rate or point.parallel or 0)
    total = point.warmup + point.number
    for start in range(0, total, BATCH):
        yield [
            record(point, seq, *service(load, seq))
            for seq in range(start, min(total, start + BATCH))
        ]


def record(point: Point, seq: int, ttft_ms: float, tpot_ms: float, outcome: Outcome) -> Record:
    sent = round(seq * 1e9 / point.rate) if point.rate else seq * MS
    first = sent + round(ttft_ms * MS)
    gap = round(tpot_ms * MS)
    packed, width = pack_gaps([gap] * 4)
    ok = outcome == "ok"
    return Record(
        seq=seq,
        sample_id=str(seq),
        phase="warmup" if seq < point.warmup else "measure",
        sent_ns=sent,
        first_ns=first if ok else None,
        first_content_ns=first if ok else None,
        gaps=packed if ok else b"",
        gap_width=width,
        end_ns=first + 4 * gap,
        outcome=outcome,
        usage=Usage(input_tokens=3, output_tokens=5) if ok else None,
    )


def summary_of(point: Point, records: list[Record]) -> Summary:
    columns = columns_of([each for each in records if each.phase == "measure"])
    ledger = request_ledger(columns, None)
    return summarize(point, columns, None, ledger, audit(point, columns, None, ledger))


def slower(luck: random.Random, slope: float = 0.5, noise: float = 0.1) -> Service:
    """TPOT is 20 ms and more with every request in flight."""
    return lambda load, seq: (
        50.0,
        (20 + slope * load) * luck.uniform(1 - noise, 1 + noise),
        "ok",
    )


@settings(max_examples=10)
@given(st.integers(0, 1 << 30), st.integers(3, 1000))
def test_a_mean_is_met_up_to_a_load_within_the_tolerance(seed, capacity):
    path = searched(
        slower(random.Random(seed), slope=20 / capacity, noise=0.02), slo=["tpot_ms.mean<=40"]
    )
    assert path.answer is not None
    assert capacity / 1.08 - 1 <= path.answer <= capacity * 1.03
    assert path.requests == 0 or path.stopped


@settings(max_examples=8)
@given(st.integers(0, 1 << 30), st.integers(2, 400))
def test_a_percentile_is_met_up_to_the_load_from_which_some_wait(seed, capacity):
    luck = random.Random(seed)

    def service(load: float, seq: int) -> tuple[float, float, Outcome]:
        late = luck.random() < (0.5 if load > capacity else 0.0005)
        return (500.0 if late else 50.0), 10.0, "ok"

    path = searched(service, slo=["ttft_ms.p99<=200"])
    assert path.answer is not None
    # Where it says that the next load is too close to tell, there is one step more.
    steps = 2 if "too close to tell" in path.stopped else 1
    assert path.answer <= capacity <= max(path.answer * 1.05**steps, path.answer + 1)
    assert path.upper is not None
    assert path.upper > capacity


def test_the_answer_is_sure_and_the_way_to_it_cheap():
    path = searched(slower(random.Random(1)), slo=["tpot_ms.mean<=40"])
    answer = next(trial for trial in path.trials if trial.point == path.point)
    assert (answer.demand, answer.decision, answer.load) == ("certain", "met", path.answer)
    assert {trial.demand for trial in path.trials} >= {"glance", "certain"}
    glances = [trial for trial in path.trials if trial.demand == "glance" and trial.load < 64]
    assert all(trial.judged <= 50 + BATCH for trial in glances)
    assert path.stopped.startswith(f"parallel {path.answer:g} is met")


def test_never_met():
    path = searched(slower(random.Random(1)), slo=["tpot_ms.mean<=10"])
    assert (path.answer, path.upper, len(path.trials)) == (None, 1.0, 1)
    assert path.stopped == "parallel 1, the smallest load of the search, is not met"


def test_always_met():
    path = searched(slower(random.Random(1)), slo=["tpot_ms.mean<=10s"], search_max=64)
    assert (path.answer, path.upper) == (64.0, None)
    assert path.stopped == "parallel 64 is met and is the largest load of the search"


def test_a_service_that_fails_entirely_ends_the_search():
    search = course(lambda load, seq: (1.0, 1.0, "http_5xx"), slo=["tpot_ms.mean<=10"])
    assert search.stopped is not None
    assert "every request failed (http_5xx)" in search.stopped
    assert search.path.answer is None


@pytest.mark.parametrize("slo", ["ttft_ms.p99<=200", "tpot_ms.mean<=40", "error_rate<=2%"])
def test_failures_are_misses_whatever_is_asked(slo):
    def service(load: float, seq: int) -> tuple[float, float, Outcome]:
        return 50.0, 20.0, "http_5xx" if load > 30 and seq % 4 == 0 else "ok"

    path = searched(service, slo=[slo])
    assert path.answer in (29.0, 30.0)


def test_a_load_that_was_a_slip_of_the_climb_is_given_up():
    """At 16 one request in twenty is late: a glance may miss it, what is made sure of does not."""
    luck = random.Random(5)

    def service(load: float, seq: int) -> tuple[float, float, Outcome]:
        share = {True: 0.0, False: 0.05 if load < 40 else 1.0}[load < 12]
        return (500.0 if luck.random() < share else 50.0), 10.0, "ok"

    path = searched(service, slo=["ttft_ms.p99<=200"])
    assert path.answer is not None
    assert 11 <= path.answer <= 12


def test_a_queue_that_grows_is_no_load_that_is_met():
    """40 requests a second are served: beyond, each waits longer than the one before."""

    def service(load: float, seq: int) -> tuple[float, float, Outcome]:
        waits = max(0.0, seq / 40 - seq / load) * 1000
        return 10 + waits, 10.0, "ok"

    path = searched(service, search="rate", arrival="constant", slo=["ttft_ms.p99<=1000"])
    assert path.answer is not None
    assert 40 / 1.06 <= path.answer <= 40.1


def test_goodput_is_searched_for_by_the_share_of_good_requests():
    luck = random.Random(2)

    def service(load: float, seq: int) -> tuple[float, float, Outcome]:
        return 50.0, 50.0 if luck.random() < (load - 20) / 100 else 10.0, "ok"

    path = searched(service, goodput={"tpot": 30}, search_share=0.8)
    assert path.answer is not None
    assert 33 <= path.answer <= 42


def test_a_search_of_an_earlier_version_is_taken_up_as_it_went(monkeypatch):
    """Whose trials of the closing in were short, and repeated where that was too short to tell."""
    monkeypatch.setitem(perfbench.perf.search._MOST, "lean", 60)
    summaries: list[Summary] = []
    aim: dict[str, Any] = {"slo": ["ttft_ms.p95<=100"], "search_min": 4}
    luck = random.Random(3)

    def service(load: float, seq: int) -> tuple[float, float, Outcome]:
        return 500.0 if luck.random() < (load - 13) / 60 else 50.0, 20.0, "ok"

    path = course(service, summaries, **aim).path
    doubted = [each for each in path.trials if each.decision == "undecided"]
    assert "lean" in {each.demand for each in doubted}
    monkeypatch.undo()
    again = Search(PerfConfig(search="parallel", **aim), path)
    for summary in summaries:
        assert again.next() is not None
        assert again.recall(summary)
    assert again.next() is None
    assert again.path == path


def test_the_number_of_requests_bounds_a_trial():
    path = searched(slower(random.Random(1)), slo=["ttft_ms.p99<=200"], number=60, search_max=4)
    assert path.answer is None
    assert path.trials[-1].decision == "undecided"
    said = "too close to tell after 60 requests, and --number allows no more"
    assert said in path.trials[-1].why


@pytest.mark.parametrize(
    ("config", "hint"),
    [
        ({"slo": ["ttft_ms.max<=200"]}, "no limit on single requests"),
        ({"slo": ["itl_ms.p99<=200"]}, "no limit on single requests"),
        ({"slo": ["request_throughput_rps>=5"]}, "no limit on single requests"),
        ({"slo": ["a<1 or b<2"]}, "no figure is called 'a'"),
        ({"slo": ["completed<1 or failed<2"]}, "has no 'or'"),
        ({"slo": ["error_rate<=0"]}, "no sample can show"),
        ({"slo": ["ttft_ms.p99==3"]}, "cannot be searched for by =="),
        ({"slo": ["ttft_ms.p99<3"], "dataset": "speed_benchmark"}, "several lengths"),
    ],
)
def test_what_cannot_be_searched_for_is_told(config, hint):
    with pytest.raises(ConfigError, match=hint):
        Search(PerfConfig(search="parallel", **config))
