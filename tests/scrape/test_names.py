"""What the pages of each server come to."""

from __future__ import annotations

import pytest
from pages import PAGES, SGLANG, VLLM

from perfbench.scrape.exposition import read
from perfbench.scrape.names import DIALECTS, Reading, Told
from perfbench.types import QUANTITIES


def told(text: str, models: tuple[str, ...] = (), **mapping: str) -> Told:
    reading = Reading(mapping, models)
    page = read(text, reading.names)
    assert page.problem is None
    return reading.told(page)


@pytest.mark.parametrize("kind", PAGES)
def test_each_server_is_read_by_its_own_names(kind):
    page = PAGES[kind]
    found = told(page.text, ("ensemble",))
    assert found.kind == kind
    assert found.values == pytest.approx(page.values)
    if page.ttft is None:
        assert found.histograms == {}
    else:
        histogram = found.histograms["ttft"]
        assert (histogram.total, histogram.sum) == pytest.approx(page.ttft)
        assert histogram.bounds == pytest.approx(page.bounds)


def test_every_row_tells_a_quantity_and_every_dialect_has_a_page():
    assert set(PAGES) == set(DIALECTS)
    for rows in DIALECTS.values():
        assert {row.quantity for row in rows} <= set(QUANTITIES)


def test_of_a_server_with_several_models_those_that_are_asked_count():
    text = (
        'vllm:num_requests_running{model_name="a"} 3\nvllm:num_requests_running{model_name="b"} 4\n'
    )
    assert told(text, ("b", "c")).values == {"running": 4}
    assert told(text, ("a", "b")).values == {"running": 7}
    # An adapter has no series of its own: the server's are all there is.
    assert told(text, ("adapter",)).values == {"running": 7}


def test_the_newest_name_counts_and_an_old_one_alone_does_too():
    both = "vllm:kv_cache_usage_perc 0.5\nvllm:gpu_cache_usage_perc 0.4\n"
    assert told(both).values == {"kv_usage": 0.5}
    assert told("vllm:gpu_cache_usage_perc 0.4\n").values == {"kv_usage": 0.4}


def test_a_sum_that_lacks_a_part_is_not_known():
    found = told("llamacpp:prompt_tokens_total 5\nllamacpp:tokens_predicted_total 2\n")
    assert found.values == {"output_tokens": 2}


def test_a_user_names_what_is_not_known_and_comes_first():
    text = VLLM.text + 'my_queue{shard="a"} 5\nmy_queue{shard="b"} 6\ngpu_mw 2500\n'
    found = told(text, waiting="my_queue", power_w="gpu_mw*0.001")
    assert (found.kind, found.values["waiting"], found.values["power_w"]) == ("vllm", 11, 2.5)
    assert told(text, waiting='my_queue{shard="b"}').values["waiting"] == 6
    assert told("my_queue 2\n", waiting="my_queue").kind == "user"
    histogram = told('a_bucket{le="1"} 1\na_count 2\na_sum 3\n', ttft="a").histograms["ttft"]
    assert (histogram.bounds, histogram.counts, histogram.total) == ((1.0,), (1.0,), 2.0)


def test_a_page_of_something_else_says_nothing():
    assert told("process_cpu_seconds_total 1\n") == Told("", {}, {})
    assert told("") == Told("", {}, {})


def test_ranks_that_tell_the_same_count_once():
    assert told(SGLANG.text).values["running"] == 162
    two_replicas = (
        'sglang:num_running_reqs{dp_rank="0",tp_rank="0"} 5\n'
        'sglang:num_running_reqs{dp_rank="0",tp_rank="1"} 5\n'
        'sglang:num_running_reqs{dp_rank="1",tp_rank="0"} 7\n'
    )
    assert told(two_replicas).values["running"] == 12
    pods = two_replicas.replace("dp_rank", "pod").replace("tp_rank", "pp_rank")
    assert told(pods).values["running"] == 12
