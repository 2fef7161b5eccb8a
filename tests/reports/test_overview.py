"""What a reader of a load test's report sees first."""

from __future__ import annotations

from typing import Any

from report_builders import HOSTILE, make_summary, make_sweep, nothing

from perfbench.reports import overview
from perfbench.reports.charts import sweep_of
from perfbench.reports.frame import About
from perfbench.reports.wording import load_labels
from perfbench.types import FAILURES, Summary, TokenLedger


def tiles(summaries: list[Summary]) -> dict[str, overview.Tile]:
    return {tile.name: tile for tile in overview.tiles(summaries, sweep_of(summaries))}


def about(config: dict[str, Any], given: dict[str, Any] | None = None, **more: Any) -> About:
    facts = {"service": "http://h/v1"}
    return About("x", False, facts, [], [], config=config, given=given, **more)


def sent(config: dict[str, Any], given: dict[str, Any] | None = None, **more: Any) -> Any:
    return dict(overview.sent(about(config, given, **more), make_sweep()))


def failing(parallel: int, **errors: int) -> Summary:
    return make_summary(
        parallel,
        completed=1000 - sum(errors.values()),
        failed=sum(errors.values()),
        errors={**dict.fromkeys(FAILURES, 0), **errors},
        error_examples={kind: f"{kind} said\n{HOSTILE}" for kind in errors},
    )


def flat_above_four() -> list[Summary]:
    rates = {1: 100.0, 2: 190.0, 4: 360.0, 8: 362.0, 16: 365.0}
    return [make_summary(p, output_throughput_tok_s=rate) for p, rate in rates.items()]


def test_tiles_tell_the_best_load_the_knee_and_what_users_wait_there() -> None:
    summaries = flat_above_four()
    shown = tiles(summaries)
    assert shown["Best throughput"].figure == "365.0"
    assert shown["Best throughput"].note.startswith("at parallel 16")
    assert shown["Knee"].figure == "parallel 4"
    wait = shown["TTFT p99 at the knee"]
    assert wait.figure == f"{summaries[2].metrics['ttft_ms']['p99']:.1f}"
    assert wait.note.startswith("parallel 4")
    assert "TPOT p99 at the knee" in shown


def test_without_a_knee_the_waits_are_those_of_the_best_throughput() -> None:
    shown = tiles(make_sweep())
    assert shown["Knee"].figure == "–"
    assert "still grows" in shown["Knee"].note
    assert shown["TTFT p99 at best throughput"].note.startswith("parallel 50")
    assert "three" in tiles(make_sweep()[:2])["Knee"].note


def test_a_single_point_has_no_knee() -> None:
    names = list(tiles([make_summary(unsupported={"ttft_ms": ["p99"]})]))
    assert names == ["Throughput", "TTFT p99", "TPOT p99", "Error rate"]


def test_answers_that_are_no_streams_have_their_whole_latency() -> None:
    known = make_summary().metrics
    whole = make_summary(metrics={**known, **dict.fromkeys(("ttft_ms", "tpot_ms"), nothing())})
    assert list(tiles([whole])) == ["Throughput", "E2E p99", "Error rate"]


def test_only_failures_are_told_where_nothing_succeeded() -> None:
    dead = failing(4, connect=1000)
    assert list(tiles([dead])) == ["Error rate"]
    assert tiles([dead])["Error rate"].figure == "100.0%"


def test_what_perfbench_cut_is_no_failure_of_the_service() -> None:
    tile = tiles([failing(4, cancelled=100, timeout=9)])["Error rate"]
    assert tile.figure == "1.0%"
    assert tile.note == "9 of 900 requests; 100 more cut by perfbench"
    assert overview.failures([failing(4, cancelled=5)], ["x"]) == []


def test_failures_are_counted_by_kind_with_the_servers_words() -> None:
    summaries = [make_summary(1), failing(4, http_5xx=3, timeout=1), failing(8, http_5xx=2)]
    first, second = overview.failures(summaries, load_labels(summaries))
    assert (first.kind, first.count, first.where) == ("http_5xx", 5, "parallel 4, parallel 8")
    assert first.words.startswith("http_5xx said")
    assert "\n" not in first.words
    assert "\x1b" not in first.words
    assert (second.kind, second.count, second.where) == ("timeout", 1, "parallel 4")


def test_cached_input_has_a_tile_when_it_is_known() -> None:
    known = TokenLedger("usage", from_usage=9, cached_share=0.25)
    shown = tiles([make_summary(1), make_summary(4, tokens=known)])
    assert shown["Most input cached"].figure == "25.0%"
    assert shown["Most input cached"].note.endswith("parallel 4")
    assert "Most input cached" not in tiles(make_sweep())


def test_what_was_sent() -> None:
    config = {
        "dataset": "random", "min_prompt_length": 128, "max_prompt_length": 1024, "api": "openai",
        "max_tokens": [256], "temperature": 0.5, "top_p": None, "duration": 90.0, "seed": 7,
        "stream": True, "workers": 2, "read_timeout": 600.0,
    }  # fmt: skip
    given = {name: config[name] for name in ("dataset", "temperature", "workers", "seed")}
    probe = {"outcome": "ok", "ttft_ms": 12.5, "e2e_ms": None}
    lines = sent(config, given, probe=probe)
    assert lines["data"] == "random"
    assert lines["input"].endswith("(asked for: 128 to 1,024)")
    assert lines["output"].endswith("(asked for: at most 256)")
    assert lines["endpoint"] == "openai at http://h/v1, streamed"
    assert lines["sampling"] == "temperature 0.5"
    assert lines["load"] == "closed loop, parallel 1, 10, 50"
    assert lines["amount"] == "1,000 requests or 1m30s at each load, whichever came first"
    assert lines["also given"] == "workers 2"
    assert lines["probe"] == "one request before the load: ok, TTFT 12.50 ms"


def test_an_old_run_shows_its_sampling_and_claims_nothing_as_given() -> None:
    lines = sent({"dataset": "openqa", "temperature": 0.2, "ignore_eos": False, "workers": 2})
    assert lines["sampling"] == "temperature 0.2"
    assert "also given" not in lines
    assert overview.sent(about({}), [])
