"""The figures against what the simulator logged. Bounds are for a busy machine; the programs in
``scripts/bench`` hold the client to far narrower ones."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from load_runs import Measured, Truth, measured, number_of, read_truth

from perfbench import SimulatorConfig
from perfbench.simulator.spawn import Simulator

STREAMS, REQUESTS = 50, 200
TTFT_MS, ITL_MS, TOKENS = 40, 10, 25
CLOSE_NS = 5_000_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Measured, dict[int, Truth]]:
    folder: Path = tmp_path_factory.mktemp("truth")
    log = folder / "truth.tsv"
    config = SimulatorConfig(port=0, ttft_ms=TTFT_MS, itl_ms=ITL_MS, output_tokens=TOKENS, log=log)
    with Simulator(config) as simulator:
        found = measured(
            folder / "runs",
            url=simulator.url,
            parallel=STREAMS,
            number=REQUESTS,
            max_tokens=TOKENS,
        )
    return found, read_truth(log)


def test_nothing_is_missing_and_nothing_is_invented(run):
    found, truth = run
    assert found.outcomes == {"ok": REQUESTS}
    assert sorted(map(number_of, found.records)) == sorted(truth)
    assert {record.seq for record in found.records} == set(range(REQUESTS))


def test_tokens_are_the_servers(run):
    found, truth = run
    for record in found.records:
        assert record.usage is not None
        assert truth[number_of(record)].tokens == record.usage.output_tokens == record.events
    assert found.summary.tokens.output_tokens == REQUESTS * TOKENS
    assert found.summary.metrics["output_tokens"]["max"] == TOKENS


def test_no_stamp_is_before_the_fact(run):
    found, truth = run
    for record in found.records:
        true = truth[number_of(record)]
        assert record.sent_ns is not None
        assert record.first_ns is not None
        assert record.end_ns is not None
        # Both sides convert kernel stamps from the wall clock, and may be interrupted doing so.
        assert record.sent_ns <= true.received_ns + CLOSE_NS
        assert record.first_ns >= true.first_ns - CLOSE_NS
        assert record.event_ns[-1] >= true.last_ns - CLOSE_NS
        assert record.end_ns >= record.event_ns[-1]


def test_time_to_first_token_is_the_servers(run):
    found, truth = run
    errors = []
    for record in found.records:
        true = truth[number_of(record)]
        errors.append(record.first_ns - record.sent_ns - (true.first_ns - true.received_ns))
    assert median(map(abs, errors)) < CLOSE_NS
    true_ms = [(true.first_ns - true.received_ns) / 1e6 for true in truth.values()]
    assert found.summary.metrics["ttft_ms"]["p50"] == pytest.approx(median(true_ms), abs=5)


def test_time_between_tokens_is_the_servers(run):
    found, truth = run
    errors, gaps = [], []
    for record in found.records:
        true = truth[number_of(record)]
        stamps = record.event_ns
        errors.append((stamps[-1] - stamps[0] - (true.last_ns - true.first_ns)) / (TOKENS - 1))
        gaps += [later - earlier for earlier, later in pairwise(stamps)]
    assert median(map(abs, errors)) < CLOSE_NS
    assert median(gaps) == pytest.approx(ITL_MS * 1e6, abs=CLOSE_NS)
    assert found.summary.metrics["itl_ms"]["p50"] == pytest.approx(median(gaps) / 1e6, abs=0.01)
    assert found.summary.metrics["itl_ms"]["count"] == REQUESTS * (TOKENS - 1)


def test_throughput_is_the_servers(run):
    found, truth = run
    first = min(true.received_ns for true in truth.values())
    last = max(true.last_ns for true in truth.values())
    duration_s = (last - first) / 1e9
    summary = found.summary
    assert summary.duration_s == pytest.approx(duration_s, rel=0.05)
    assert summary.request_throughput_rps == pytest.approx(REQUESTS / duration_s, rel=0.05)
    assert summary.output_throughput_tok_s == pytest.approx(
        REQUESTS * TOKENS / duration_s, rel=0.05
    )


def test_as_many_streams_as_asked_for_and_no_more(run):
    found, _ = run
    edges = sorted(edge for r in found.records for edge in ((r.sent_ns, 1), (r.end_ns, -1)))
    in_flight, most = 0, 0
    for _, step in edges:
        in_flight += step
        most = max(most, in_flight)
    assert most == STREAMS


def test_connecting_is_a_figure_of_its_own(run):
    found, _ = run
    connected = [record for record in found.records if record.connect_ns is not None]
    assert len(connected) == STREAMS
    assert all(record.reused == (record.connect_ns is None) for record in found.records)
    assert found.summary.metrics["connect_ms"]["count"] == STREAMS
