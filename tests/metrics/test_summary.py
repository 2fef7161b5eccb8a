"""The figures of a point, the token ledger, and ``summary.json`` to disk and back."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from perfbench.metrics.accounts import request_ledger
from perfbench.metrics.audit import audit
from perfbench.metrics.ledger import token_ledger
from perfbench.metrics.percentiles import KEYS
from perfbench.metrics.summary import summarize
from perfbench.store import Run, open_run
from perfbench.types import (
    FAILURES,
    Point,
    PointFacts,
    Record,
    Summary,
    TokenLedger,
    Usage,
    WorkerFacts,
    pack_gaps,
)

MS = 1_000_000
START = time.perf_counter_ns()
POINT = Point(index=0, name="parallel_2_number_4", parallel=2, rate=None, number=4, warmup=2)
WORKER = WorkerFacts(worker=0, wall_s=1.0, cpu_s=0.2, sched_delay_s=0.0, kernel_stamps=True)
USAGE = Usage(input_tokens=8, output_tokens=5)
FACTS = PointFacts(workers=[WORKER], parent_cpu_s=0.1)


def request(seq, sent, took=100, usage=USAGE, **more) -> Record:
    packed, width = pack_gaps([10 * MS] * 4)
    fields = {
        "seq": seq,
        "sample_id": "s",
        "sent_ns": START + sent * MS,
        "first_ns": START + (sent + took - 40) * MS,
        "gaps": packed,
        "gap_width": width,
        "end_ns": START + (sent + took) * MS,
        "usage": usage,
    }
    return Record(**fields | more)


def summary_of(columns, point=POINT, facts=FACTS) -> Summary:
    ledger = request_ledger(columns, facts)
    return summarize(point, columns, facts, ledger, audit(point, columns, facts, ledger))


def test_counts_rates_and_window(columns_of):
    made = [request(n, 100 * n) for n in range(4)]
    made.append(
        request(4, 350, took=150, outcome="truncated", detail="closed before [DONE]", usage=None)
    )
    made.append(Record(seq=5, sample_id="s", outcome="http_5xx", detail="", end_ns=START))
    made.append(request(6, 0, outcome="http_5xx", detail="500: overloaded"))
    made.append(request(7, -900, phase="warmup"))
    found = summary_of(columns_of(made))
    assert (found.completed, found.failed) == (4, 3)
    assert found.errors == dict.fromkeys(FAILURES, 0) | {"truncated": 1, "http_5xx": 2}
    assert found.error_examples == {
        "truncated": "closed before [DONE]",
        "http_5xx": "500: overloaded",
    }
    assert found.duration_s == pytest.approx(0.5)  # first send to the end of the cut stream
    assert found.request_throughput_rps == pytest.approx(8.0)
    assert found.output_throughput_tok_s == pytest.approx(4 * 5 / 0.5)
    assert found.total_throughput_tok_s == pytest.approx(4 * 13 / 0.5)
    assert found.metrics["ttft_ms"]["count"] == 4
    assert found.metrics["ttft_ms"]["mean"] == pytest.approx(60.0)
    assert found.metrics["itl_ms"]["count"] == 16
    assert found.unsupported["ttft_ms"][-1] == "p99.9"
    assert "connect_ms" not in found.unsupported
    assert found.warmup == 2
    assert not found.interrupted


def test_rate_of_sends_and_mean_in_flight(columns_of):
    made = [request(n, 100 * n, took=150) for n in range(4)]
    made.append(request(4, 400, took=200, outcome="truncated", usage=None))
    made.append(Record(seq=5, sample_id="s", outcome="connect", detail="", end_ns=START))
    made.append(request(6, -900, phase="warmup"))
    found = summary_of(columns_of(made))
    assert found.sent_rate_rps == pytest.approx(10.0)  # four intervals of 100 ms
    assert found.mean_in_flight == pytest.approx((4 * 150 + 200) / 600)


def test_one_request_has_no_rate_of_sends(columns_of):
    found = summary_of(columns_of([request(0, 0)]))
    assert found.sent_rate_rps is None
    assert found.mean_in_flight == pytest.approx(1.0)


def test_nothing_done(columns_of):
    made = [Record(seq=0, sample_id="s", outcome="connect", detail="refused", end_ns=START)]
    found = summary_of(columns_of(made))
    assert (found.completed, found.failed, found.errors["connect"]) == (0, 1, 1)
    assert found.duration_s is None
    assert found.request_throughput_rps is None
    assert found.output_throughput_tok_s is None
    assert found.sent_rate_rps is None
    assert found.mean_in_flight is None
    assert found.tokens.source == "unknown"
    assert found.metrics["ttft_ms"] == {key: None for key in KEYS} | {"count": 0}
    assert found.unsupported == {}


def test_all_failed_has_a_rate_of_zero_but_no_tokens(columns_of):
    found = summary_of(columns_of([request(0, 0, outcome="timeout")]))
    assert found.request_throughput_rps == 0
    assert found.output_throughput_tok_s is None


@pytest.mark.parametrize(
    ("facts", "interrupted"),
    [
        (FACTS, False),
        (None, True),
        (PointFacts(workers=[WORKER], parent_cpu_s=None, interrupted=True), True),
        (
            PointFacts(
                workers=[WorkerFacts(1, 1.0, 0.1, None, kernel_stamps=True, died=True)],
                parent_cpu_s=None,
            ),
            True,
        ),
    ],
    ids=["finished", "killed", "ctrl-c", "worker died"],
)
def test_interrupted(columns_of, facts, interrupted):
    columns = columns_of([request(0, 0)])
    assert summary_of(columns, facts=facts).interrupted is interrupted


def test_arrival_only_in_an_open_loop(columns_of):
    columns = columns_of([request(0, 0)])
    open_loop = Point(index=1, name="rate_5", parallel=None, rate=5.0, number=4, arrival="gamma")
    assert summary_of(columns).arrival is None
    assert summary_of(columns, point=open_loop).arrival == "gamma"


def counted(stated, by_tokenizer, tmp_path):
    with Run.create(tmp_path, "ledger", {}, {}) as run:
        run.begin_point(POINT)
        run.append(
            POINT,
            [
                request(n, 0, usage=None if tokens is None else Usage(output_tokens=tokens))
                for n, tokens in enumerate(stated)
            ],
        )
        run.update_output_tokens(
            POINT, [(n, 0, t) for n, t in enumerate(by_tokenizer) if t is not None]
        )
        return run.columns(POINT)


@pytest.mark.parametrize(
    ("stated", "by_tokenizer", "expected"),
    [
        ([5, 6], [], TokenLedger("usage", from_usage=2, output_tokens=11)),
        (
            [5, 6],
            [5, 8],
            TokenLedger(
                "usage", from_usage=2, mismatched=1, output_tokens=11, output_ratio=(1 + 6 / 8) / 2
            ),
        ),
        ([None, None], [5, 7], TokenLedger("tokenizer", from_tokenizer=2, output_tokens=12)),
        (
            [5, None, None],
            [5, 7],
            TokenLedger(
                "mixed",
                from_usage=1,
                from_tokenizer=1,
                unknown=1,
                mismatched=0,
                output_tokens=12,
                output_ratio=1.0,
            ),
        ),
        ([None, None], [], TokenLedger("unknown", unknown=2)),
        ([5, None], [], TokenLedger("usage", from_usage=1, unknown=1, output_tokens=5)),
        ([0], [], TokenLedger("usage", from_usage=1, output_tokens=0)),
    ],
)
def test_token_ledger(tmp_path, stated, by_tokenizer, expected):
    columns = counted(stated, by_tokenizer, tmp_path)
    assert token_ledger(columns) == expected


def test_cached_reasoning_and_prompt_tokens(columns_of):
    usage = Usage(input_tokens=10, output_tokens=5, cached_tokens=4, reasoning_tokens=2)
    made = [request(0, 0, usage=usage, input_tokens=9), request(1, 0, usage=None, input_tokens=3)]
    ledger = token_ledger(columns_of(made))
    assert ledger.input_tokens == 13  # usage where it is stated, else the workload's own count
    assert (ledger.cached_tokens, ledger.reasoning_tokens) == (4, 2)
    # Of the one request for which both are known.
    assert ledger.cached_share == 0.4
    assert (ledger.input_mismatched, ledger.input_ratio) == (1, 10 / 9)


def test_inputs_are_held_against_the_servers(columns_of):
    lengths = [(100, 100), (130, 100), (150, 100), (None, 100), (90, None), (7, 0)]
    columns = columns_of(
        [
            request(n, 0, usage=Usage(input_tokens=stated, output_tokens=5), input_tokens=counted)
            for n, (stated, counted) in enumerate(lengths)
        ]
    )
    ledger = token_ledger(columns)
    assert (ledger.input_mismatched, ledger.input_ratio) == (3, 1.3)
    assert ledger.cached_share is None
    unknown = token_ledger(columns.select((columns.seq == 3) | (columns.seq == 4)))
    assert (unknown.input_mismatched, unknown.input_ratio) == (None, None)


def test_cached_tokens_are_a_metric_where_the_service_states_them(columns_of):
    stated = [Usage(input_tokens=10, output_tokens=5, cached_tokens=n) for n in (0, 8)]
    made = [request(n, 0, usage=usage) for n, usage in enumerate([*stated, Usage(10, 5)])]
    found = summary_of(columns_of(made)).metrics["cached_tokens"]
    assert (found["count"], found["mean"], found["max"]) == (2, 4.0, 8.0)


def test_a_rate_is_not_made_of_part_of_the_tokens(columns_of):
    found = summary_of(columns_of([request(0, 0), request(1, 100, usage=None)]))
    assert found.tokens.unknown == 1
    assert found.output_throughput_tok_s is None
    assert found.total_throughput_tok_s is None
    assert found.request_throughput_rps == pytest.approx(10.0)


@pytest.mark.parametrize("prompt", [None, 7])
def test_unknown_prompts_leave_the_output_rate(columns_of, prompt):
    made = [request(n, 100 * n, usage=Usage(output_tokens=5)) for n in range(2)]
    made[0].input_tokens = prompt
    found = summary_of(columns_of(made))
    assert found.output_throughput_tok_s == pytest.approx(50.0)
    assert found.total_throughput_tok_s is None


def test_summary_json_comes_back_as_it_was_and_holds_no_nan(columns_of, tmp_path: Path):
    columns = columns_of([request(0, 0), request(1, 10, outcome="cancelled", usage=None)])
    summaries = [summary_of(columns), summary_of(columns.select(~columns.ok), facts=None)]
    with Run.create(tmp_path, "json", {"seed": 1}, {"model": "m"}) as run:
        file = run.write_summary(summaries)
        path = run.path

    def refuse(word):
        raise AssertionError(word)

    data = json.loads(file.read_text(), parse_constant=refuse)
    assert [point["completed"] for point in data["points"]] == [1, 0]
    assert data["points"][0]["metrics"]["ttft_ms"]["p99.9"] == pytest.approx(60.0)
    assert data["points"][1]["metrics"]["ttft_ms"]["p50"] is None
    with open_run(path) as run:
        assert run.summaries() == summaries
