"""Every fault of the simulator ends in the outcome that its kind has, with the server's words, and
the requests beside it are none the worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from fleet_runs import Team, spec_of, target_of
from load_runs import measured, number_of, read_truth

from perfbench import PerfConfig, SimulatorConfig, run_perf
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.endpoints.openai_completions import OpenAICompletions
from perfbench.errors import TargetError
from perfbench.simulator.output import speak
from perfbench.simulator.spawn import Simulator
from perfbench.types import Generation, Point, Record, Request, Sample

TOKENS = 8
EXACT: dict[str, Any] = {"port": 0, "ttft_ms": 20, "itl_ms": 5}
EACH = 4
"""Requests with each fault."""

FAULTS = {
    "error": ("http_5xx", "injected failure"),
    "error=503": ("http_5xx", "injected failure"),
    "error=429": ("http_4xx", "injected failure"),
    "in_band": ("in_band_error", "injected failure"),
    "cut": ("truncated", "reset"),
    "close": ("truncated", "closed"),
    "stall=30": ("timeout", "nothing came for 1 s"),
    "empty": ("empty", "without a token"),
}
"""The outcome of each fault, and words of its detail."""

USAGES = [
    "usage=own",
    "usage=own-with-choices",
    "usage=finish",
    "usage=late",
    "usage=missing",
]
ODDITIES = [
    "",
    "stall=0.2",
    "slow_headers_s=0.2",
    "done=false",
    "role_early=true",
    "framing=lf",
    "framing=crlf",
    "framing=cr",
    "framing=odd",
    "reasoning_tokens=3",
    "reasoning_tokens=3;reasoning_field=reasoning",
    "tokens_per_event=3",
    "framing=odd;done=false;role_early=true;usage=own-with-choices;reasoning_tokens=2",
    *USAGES,
]
"""What is strange but right."""

CHAT, COMPLETIONS, WHOLE = "chat", "completions", "chat, not streamed"
Answers = dict[tuple[str, str], list[Record]]


def plan() -> list[tuple[tuple[str, str], Request]]:
    """Every fault and oddity in every way of asking, mixed."""
    simulated = Generation(model="simulated")
    chat, completions = OpenAIChat(simulated), OpenAICompletions(simulated)
    whole = OpenAIChat(Generation(model="simulated", stream=False))
    asked = Sample("s", "Say something.", max_tokens=TOKENS)
    found = []
    for _ in range(EACH):
        for way, endpoint in ((CHAT, chat), (COMPLETIONS, completions), (WHOLE, whole)):
            for fault in [*FAULTS, *ODDITIES]:
                request = Request(
                    seq=len(found),
                    sample_id="s",
                    phase="measure",
                    body=endpoint.build(asked),
                    path=endpoint.path(),
                    stream=way != WHOLE,
                    headers=(("x-sim-fault", fault),),
                )
                found.append(((way, fault), request))
    return found


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Simulator(SimulatorConfig(**EXACT)) as simulator:
        yield simulator.url


@pytest.fixture(scope="module")
def answers(url: str) -> Answers:
    """All of the plan, twenty at a time on one worker, by way and fault."""
    asked = plan()
    with Team(1) as team:
        team.greet(spec_of(target_of(url, read_timeout_s=1.0)))
        point = Point(0, "faults", 20, None, len(asked))
        heard = team.run(point, 1, [request for _, request in asked])
    found: Answers = {key: [] for key, _ in asked}
    for record in heard.records:
        found[asked[record.seq][0]].append(record)
    return found


@pytest.mark.parametrize("way", [CHAT, COMPLETIONS, WHOLE])
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_one_outcome(answers, way, fault):
    outcome, words = FAULTS[fault]
    found = answers[way, fault]
    assert [record.outcome for record in found] == [outcome] * EACH
    assert all(words in record.detail for record in found)


@pytest.mark.parametrize("way", [CHAT, COMPLETIONS])
@pytest.mark.parametrize("fault", ["in_band", "cut", "close"])
def test_what_came_before_a_fault_is_kept(answers, way, fault):
    for record in answers[way, fault]:
        assert record.status == 200
        assert record.events == TOKENS // 2
        assert record.text == "".join(speak(number_of(record), TOKENS // 2, 0, (), "stop").content)


@pytest.mark.parametrize("way", [CHAT, COMPLETIONS, WHOLE])
@pytest.mark.parametrize("oddity", ODDITIES)
def test_what_is_only_odd_is_ok_and_says_what_was_said(answers, way, oddity):
    found = answers[way, oddity]
    assert [record.outcome for record in found] == ["ok"] * EACH
    thoughts = 0
    if "reasoning_tokens" in oddity and way != COMPLETIONS:
        thoughts = 3 if oddity.startswith("reasoning_tokens=3") else 2
    for record in found:
        said = speak(number_of(record), TOKENS, thoughts, (), "length")
        assert record.reasoning == "".join(said.reasoning)
        assert record.text == "".join(said.content)
        assert record.finish == "length"
        if way != WHOLE:
            assert record.events == (3 if oddity == "tokens_per_event=3" else TOKENS)


@pytest.mark.parametrize("way", [CHAT, COMPLETIONS, WHOLE])
@pytest.mark.parametrize("oddity", ODDITIES)
def test_usage_is_found_wherever_it_is(answers, way, oddity):
    for record in answers[way, oddity]:
        if oddity == "usage=missing":
            assert record.usage is None
        else:
            assert record.usage is not None
            assert record.usage.output_tokens == TOKENS
            assert record.usage.input_tokens == answers[way, ""][0].usage.input_tokens > 0


@pytest.mark.parametrize(
    ("oddity", "least_ms"), [("", 19), ("role_early=true", 19), ("slow_headers_s=0.2", 219)]
)
def test_a_first_token_is_a_token(answers, oddity, least_ms):
    """Neither headers nor a role chunk long before the first token is one."""
    waits = [(r.first_ns or 0) - (r.sent_ns or 0) for r in answers[CHAT, oddity]]
    assert min(waits) >= least_ms * 1e6
    assert median(waits) < (least_ms + 150) * 1e6


def test_reasoning_comes_before_content(answers):
    waits = [
        (r.first_content_ns or 0) - (r.first_ns or 0) for r in answers[CHAT, "reasoning_tokens=3"]
    ]
    # On a busy machine the simulator may be late with both, and send them together.
    assert min(waits) >= 0
    assert median(waits) > 10e6
    for record in answers[CHAT, ""]:
        assert record.first_content_ns == record.first_ns


def test_an_answer_in_one_piece_has_no_first_token(answers):
    for record in answers[WHOLE, ""]:
        assert (record.first_ns, record.events, record.stream) == (None, 0, False)
        assert (record.end_ns or 0) - (record.sent_ns or 0) >= (20 + 5 * (TOKENS - 1) - 1) * 1e6


def test_a_request_that_takes_too_long_in_all_is_a_timeout(tmp_path, url):
    found = measured(
        tmp_path, url=url, number=2, headers={"x-sim-fault": "stall=30"}, total_timeout=0.3
    )
    assert found.outcomes == {"timeout": 2}
    assert "not finished after 0.3 s" in found.summary.error_examples["timeout"]
    for record in found.records:
        assert 0.3 <= ((record.end_ns or 0) - (record.sent_ns or 0)) / 1e9 < 3


def test_failures_enter_no_figure(tmp_path, url):
    found = measured(tmp_path, url=url, number=3, headers={"x-sim-fault": "in_band"})
    summary = found.summary
    assert (summary.completed, summary.failed) == (0, 3)
    assert {kind: count for kind, count in summary.errors.items() if count} == {"in_band_error": 3}
    assert summary.error_examples == {"in_band_error": found.records[0].detail}
    for metric in ("ttft_ms", "itl_ms", "e2e_ms", "output_tokens"):
        assert summary.metrics[metric]["count"] == 0
        assert summary.metrics[metric]["p50"] is None
    assert summary.tokens.output_tokens is None


def test_missing_usage_leaves_tokens_unknown(tmp_path, url):
    found = measured(tmp_path, url=url, number=3, headers={"x-sim-fault": "usage=missing"})
    summary = found.summary
    assert summary.completed == 3
    assert (summary.tokens.source, summary.tokens.unknown) == ("unknown", 3)
    assert summary.tokens.output_tokens is None
    assert summary.output_throughput_tok_s is None
    assert summary.metrics["tpot_ms"]["count"] == 0
    assert summary.metrics["ttft_ms"]["count"] == 3


def test_without_streaming_there_is_latency_but_no_first_token(tmp_path, url):
    summary = measured(tmp_path, url=url, number=3, max_tokens=TOKENS, stream=False).summary
    assert summary.completed == 3
    assert summary.metrics["ttft_ms"]["count"] == summary.metrics["itl_ms"]["count"] == 0
    assert summary.metrics["e2e_ms"]["count"] == 3
    assert summary.tokens.output_tokens == 3 * TOKENS


def test_a_wrong_key_fails_every_request_with_the_servers_words(tmp_path):
    with Simulator(SimulatorConfig(**EXACT, api_key="right")) as simulator:
        common: dict[str, Any] = {"url": simulator.url, "number": 2}
        found = measured(tmp_path / "wrong", model="simulated", api_key="wrong", **common)
        assert found.outcomes == {"http_4xx": 2}
        assert {record.status for record in found.records} == {401}
        assert "the API key is missing or wrong" in found.summary.error_examples["http_4xx"]
        assert measured(tmp_path / "right", api_key="right", **common).outcomes == {"ok": 2}
        with pytest.raises(TargetError, match="wants a valid --api-key"):
            run_perf(PerfConfig(outputs_dir=tmp_path / "none", report=False, **common))


def test_an_unknown_model_fails_every_request_with_the_servers_words(tmp_path, url):
    found = measured(tmp_path, url=url, model="gpt-9", number=2)
    assert found.outcomes == {"http_4xx": 2}
    assert {record.status for record in found.records} == {404}
    assert "gpt-9" in found.summary.error_examples["http_4xx"]


def test_shares_of_errors_and_cuts_are_exact_at_200_streams(tmp_path):
    log = tmp_path / "truth.tsv"
    config = SimulatorConfig(**EXACT, output_tokens=20, error_rate=0.1, cut_rate=0.1, log=log)
    with Simulator(config) as simulator:
        found = measured(tmp_path / "runs", url=simulator.url, parallel=200, number=600)
    truth = read_truth(log)
    assert found.outcomes == {"ok": 480, "http_5xx": 60, "truncated": 60}
    assert Counter(each.status for each in truth.values()) == {"ok": 480, "500": 60, "cut": 60}
    assert found.summary.completed == 480
    for record in found.records:
        if record.outcome != "http_5xx":
            true = truth[number_of(record)]
            assert true.status == {"ok": "ok", "truncated": "cut"}[record.outcome]
            assert record.events == true.tokens


def test_faults_do_not_disturb_the_requests_beside_them(tmp_path):
    """One point with every fault in it, against the truth of those that were spared."""
    log = tmp_path / "truth.tsv"
    rates = ("error_rate", "in_band_error_rate", "cut_rate", "stall_rate", "empty_rate")
    config = SimulatorConfig(
        **EXACT, output_tokens=20, log=log, stall_s=30, **dict.fromkeys(rates, 0.1)
    )
    with Simulator(config) as simulator:
        found = measured(
            tmp_path / "runs", url=simulator.url, parallel=20, number=200, read_timeout=0.5
        )
    assert found.outcomes == {
        "ok": 100,
        "http_5xx": 20,
        "in_band_error": 20,
        "truncated": 20,
        "timeout": 20,
        "empty": 20,
    }
    truth = read_truth(log)
    errors = []
    for record in found.records:
        if record.outcome == "ok":
            true = truth[number_of(record)]
            assert record.usage is not None
            assert true.tokens == record.usage.output_tokens == record.events
            waited = (record.first_ns or 0) - (record.sent_ns or 0)
            errors.append(abs(waited - (true.first_ns - true.received_ns)))
    assert median(errors) < 5e6
    summary = found.summary
    assert summary.metrics["ttft_ms"]["count"] == 100
    # A stream that stalled until it timed out is in no gap of the others.
    assert summary.metrics["itl_ms"]["p99"] < 400
