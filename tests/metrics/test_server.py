"""What looks at the service's side come to, and how its totals are held against ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from perfbench.metrics.server import rates, server_figures, tracks
from perfbench.metrics.server_checks import Ours
from perfbench.types import Histogram, Scrape, ServerCheck, ServerFigures

S = 1_000_000_000
ORIGIN = 5 * S

OURS = Ours(
    origin_ns=ORIGIN,
    window_ns=(1e9, 9e9),
    span_ns=(0.5e9, 9e9),
    ok=100,
    sent=100,
    more_sent=False,
    choices=1,
    input_tokens=5000,
    output_tokens=3000,
    ttft_ms=50.0,
    ttft_count=100,
    measured_output_tokens=2000,
)


def look(at_s: float, source: str = "http://a/metrics", **values: float) -> Scrape:
    kind = "nvml" if source == "nvml" else "vllm"
    return Scrape(source, kind, ORIGIN + round(at_s * S), S // 1000, values)


def failed(at_s: float, why: str = "timed out") -> Scrape:
    return Scrape("http://a/metrics", "", ORIGIN + round(at_s * S), S, problem=why)


def figures(*scrapes: Scrape, **ours: Any) -> ServerFigures:
    found = server_figures(scrapes, replace(OURS, **ours))
    assert found is not None
    return found


def check(what: str, found: ServerFigures) -> ServerCheck:
    (one,) = (each for each in found.checks if each.what == what)
    return one


def totals(requests: float, prompt: float = 5000, output: float = 3000) -> list[Scrape]:
    """A service that had counted something before, and rose by so much."""
    before = {"requests": 7.0, "prompt_tokens": 1.0, "output_tokens": 2.0}
    after = {
        "requests": 7 + requests,
        "prompt_tokens": 1 + prompt,
        "output_tokens": 2 + output,
    }
    return [look(0, **before), look(10, **after)]


def test_gauges_are_those_of_the_measured_phase():
    looks = [look(0.4, running=99), look(2, running=2), look(4, running=6), look(9.5, running=50)]
    gauge = figures(*looks).gauges["running"]
    assert (gauge.mean, gauge.max, gauge.samples) == (4, 6, 2)
    assert "running" not in figures(look(0.4, running=1), look(9.5, running=1)).gauges


def test_counters_are_what_they_rose_by():
    found = figures(
        look(0, prefix_queries=1000, prefix_hits=500, drafted=10, accepted=10),
        look(10, prefix_queries=3000, prefix_hits=1000, drafted=110, accepted=90),
    )
    assert found.counters["prefix_queries"] == 2000
    assert found.prefix_hit_rate == 0.25
    assert found.acceptance_rate == 0.8
    assert found.energy_j is None


def test_services_add_up_and_shares_are_averaged():
    looks = []
    for at in range(11):
        looks += [
            look(at, "a", running=1, kv_usage=0.2, requests=at),
            look(at + 0.1, "b", running=2, kv_usage=0.4, requests=3 * at),
        ]
    found = figures(*looks, span_ns=(0.5e9, 9e9))
    assert found.gauges["running"].mean == pytest.approx(3)
    assert found.gauges["kv_usage"].mean == pytest.approx(0.3)
    assert found.counters["requests"] == pytest.approx(40, abs=0.5)
    assert [source.source for source in found.sources] == ["a", "b"]


def test_a_server_that_tells_of_its_cards_is_believed_before_the_cards():
    looks = [look(0, power_w=100), look(10, power_w=100)]
    cards = [look(0, "nvml", power_w=130), look(10, "nvml", power_w=130)]
    assert figures(*looks, *cards).energy_j == pytest.approx(800)
    assert figures(*cards).energy_j == pytest.approx(130 * 8)


def test_energy_is_that_of_the_measured_phase():
    counted = figures(look(0, energy_j=100), look(5, energy_j=600), look(10, energy_j=1100))
    assert counted.energy_j == pytest.approx(800)
    assert counted.energy_per_output_token_j == pytest.approx(0.4)
    ramp = figures(look(0, power_w=0), look(10, power_w=100))
    assert ramp.energy_j == pytest.approx((10 + 90) / 2 * 8)
    # Not known from its beginning: no energy rather than too little.
    assert figures(look(3, energy_j=1), look(10, energy_j=9)).energy_j is None


def test_equal_totals_are_verified():
    found = figures(*totals(100))
    assert [(each.what, each.agrees) for each in found.checks] == [
        ("requests", True),
        ("prompt_tokens", True),
        ("output_tokens", True),
    ]
    assert check("requests", found).said == "100 requests, as we sent"
    assert found.missing == []


def test_strangers_are_found():
    one = check("requests", figures(*totals(112)))
    assert (one.agrees, one.counted, one.low, one.high) == (False, 112, 100, 100)
    assert one.said == "the service counted 112 requests, we sent 100: somebody else uses it"


def test_what_a_lost_machine_sent_unseen_is_not_taken_for_strangers():
    one = check("requests", figures(*totals(112), more_sent=True, sent=103))
    assert (one.agrees, one.counted, one.low, one.high) == (None, 112, 100, None)
    assert one.said == (
        "the service counted 112 requests, we sent 103, and what a lost machine sent after its "
        "last word is not known"
    )
    assert check("prompt_tokens", figures(*totals(100, prompt=5100), more_sent=True)).agrees
    assert check("requests", figures(*totals(99), more_sent=True)).agrees is False


def test_a_page_of_one_replica_is_found():
    one = check("requests", figures(*totals(51)))
    assert one.agrees is False
    assert "one of several processes or replicas" in one.said


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 20), st.integers(0, 300))
def test_counts_between_what_was_answered_and_what_was_sent_are_explained(
    ok, more, before, counted
):
    """Of a request that failed nobody knows whether the service counts it, and those that ran
    already may end within the point."""
    looks = [look(0, requests=3, running=before), look(10, requests=3 + counted, running=0)]
    found = figures(*looks, ok=ok, sent=ok + more, input_tokens=None, output_tokens=None)
    assert check("requests", found).agrees == (ok <= counted <= ok + more + before)


def test_answers_of_several_choices_may_be_counted_each():
    assert check("requests", figures(*totals(300), choices=3)).agrees
    assert check("requests", figures(*totals(301), choices=3)).agrees is False


def test_tokens_of_requests_that_failed_explain_more_but_never_less():
    more = figures(*totals(100, prompt=5100), sent=102)
    assert check("prompt_tokens", more).agrees
    assert check("prompt_tokens", figures(*totals(100, prompt=5100))).agrees is False
    assert check("output_tokens", figures(*totals(100, output=2999), sent=102)).agrees is False


def test_what_we_do_not_know_is_held_against_nothing():
    found = figures(*totals(100), sent=None, input_tokens=None)
    assert [each.what for each in found.checks] == ["output_tokens"]


def test_a_service_that_began_anew_is_said_and_held_against_nothing():
    found = figures(look(0, requests=900), look(5, requests=950), look(10, requests=40))
    assert found.counters["requests"] == 90
    assert found.checks == []
    assert ["began anew" in text for text in found.missing] == [True]


@pytest.mark.parametrize("at_s", [(0.6, 10), (0, 8.9)])
def test_totals_that_do_not_frame_the_point_are_held_against_nothing(at_s):
    first, last = at_s
    found = figures(look(first, requests=0), look(last, requests=100))
    assert found.checks == []
    assert ["before the first request" in text for text in found.missing] == [True]


def test_what_a_source_counts_after_the_last_look_at_another_is_in_the_sum():
    first = [look(at, requests=10.0 * at) for at in (0, 5, 10)]
    later = [look(0, "http://b/metrics", requests=3), look(10.4, "http://b/metrics", requests=53)]
    assert check("requests", figures(*first, *later, sent=150, ok=150)).counted == 150


def test_looks_that_failed_are_counted_and_said():
    found = figures(look(0, running=1), failed(3), failed(4), look(5, running=3))
    (source,) = found.sources
    assert (source.scrapes, source.failed, source.problem) == (4, 2, "timed out")
    assert source.half_width_ms == 1
    assert found.missing == ["http://a/metrics: 2 of 4 reads failed (timed out)"]
    assert figures(failed(0), failed(9)).gauges == {}
    assert server_figures([], OURS) is None


BOUNDS = (0.01, 0.02, 0.04)


def ttft_looks(counts: tuple[int, int, int, int], seconds: float) -> list[Scrape]:
    *inside, total = counts
    before = Histogram(BOUNDS, (1.0, 1.0, 1.0), 1.0, 0.5)
    after = Histogram(BOUNDS, tuple(1.0 + n for n in inside), 1.0 + total, 0.5 + seconds)
    return [
        replace(look(0), histograms={"ttft": before}),
        replace(look(10), histograms={"ttft": after}),
    ]


def test_the_services_own_ttft_and_the_buckets_of_its_quantiles():
    found = figures(*ttft_looks((10, 60, 95, 100), 4.9))
    assert found.ttft is not None
    assert found.ttft.count == 100
    assert found.ttft.mean_ms == pytest.approx(49)
    assert found.ttft.quantiles_ms == {
        "p50": (pytest.approx(10), pytest.approx(20)),
        "p90": (pytest.approx(20), pytest.approx(40)),
        "p99": (pytest.approx(40), None),
    }


def test_the_services_own_ttft_is_not_known_where_it_began_anew():
    first, last = ttft_looks((10, 60, 95, 100), 4.9)
    anew = replace(look(5), histograms={"ttft": Histogram(BOUNDS, (0.0, 0.0, 0.0), 0.0, 0.0)})
    assert figures(first, anew, last).ttft is None


@pytest.mark.parametrize(
    ("seconds", "agrees", "words"),
    [
        (4.9, True, "49.0 ms by the service, 50.0 ms by us"),
        (2.0, False, "30.0 ms pass on the way to its engine and back"),
        (6.0, False, "does not begin where we send"),
    ],
)
def test_ttft_beyond_ours_or_far_below_is_a_finding(seconds, agrees, words):
    one = check("ttft", figures(*ttft_looks((10, 60, 95, 100), seconds)))
    assert one.agrees is agrees
    assert words in one.said


def test_ttft_of_other_requests_is_held_against_nothing():
    one = check("ttft", figures(*ttft_looks((10, 60, 95, 120), 2.0)))
    assert one.agrees is None
    assert "it has counted 120 first tokens, we 100" in one.said


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=20),
    st.integers(1, 5),
)
def test_a_counter_never_falls_and_rates_give_it_back(steps, sources):
    looks = []
    for number in range(sources):
        value = 10.0 * number
        for at, step in enumerate(steps):
            value += step
            looks.append(look(at, f"source {number}", output_tokens=value))
    found = tracks(looks, ORIGIN)
    track = found["output_tokens"]
    assert track.values.tolist() == sorted(track.values.tolist())
    assert track.values[-1] == sources * sum(steps[1:])
    drawn = rates(found)["output_tok_s"]
    assert drawn.values.sum() == pytest.approx(track.values[-1])
