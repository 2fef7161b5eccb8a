from hypothesis import given
from hypothesis import strategies as st

from perfbench.simulator.book import Book, Histogram, Lateness


def samples(text):
    """Prometheus samples by name and labels."""
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


def test_a_histogram_counts_what_is_at_or_below_each_bound():
    histogram = Histogram("h", "Help.", (0.001, 0.01))
    for value in (999_999, 1_000_000, 1_000_001, 50_000_000):
        histogram.observe(value)
    histogram.observe(2_000_000, times=3)
    got = samples("\n".join(histogram.lines('a="b"')))
    assert got == {
        'h_bucket{le="0.001",a="b"}': 2,
        'h_bucket{le="0.01",a="b"}': 6,
        'h_bucket{le="+Inf",a="b"}': 7,
        'h_sum{a="b"}': 0.059,
        'h_count{a="b"}': 7,
    }


@given(st.lists(st.integers(0, 200_000_000), min_size=1, max_size=300), st.integers(1, 100))
def test_lateness_percentiles_are_right_to_one_step(values, percent):
    lateness = Lateness()
    for value in values:
        lateness.add(value)
    exact = sorted(values)[-(-len(values) * percent // 100) - 1]
    got = lateness.percentile_ns(percent)
    # At and beyond 0.1 s only the maximum is kept.
    assert exact <= got <= (exact + Lateness.STEP_NS if exact < 99_990_000 else max(values))
    assert lateness.max_ns == max(values)
    assert lateness.mean_ns == sum(values) / len(values)


def test_lateness_of_nothing_is_unknown():
    lateness = Lateness()
    assert lateness.mean_ns is None
    assert lateness.percentile_ns(99) is None
    assert lateness.sentence() == "events 0"


def test_the_log_has_a_line_for_each_request_and_ends_with_the_lateness(tmp_path):
    path = tmp_path / "truth.tsv"
    book = Book(str(path))
    book.truth(0, (1, 2, 3), 4, "ok")
    assert path.read_text() == "0\t1\t2\t3\t4\tok\n"
    book.lateness.add(2_000_000)
    book.close()
    book.close()
    assert path.read_text().splitlines()[1] == (
        "# events 1, sent late by: mean 2.000 ms, p50 2.000 ms, p99 2.000 ms, max 2.000 ms"
    )


def test_the_exposition_has_the_figures_of_what_happened():
    book = Book(None)
    book.prompt_tokens = 12
    book.finish("length", (0, 10_000_000, 110_000_000), tokens=22, choices=2)
    book.finish("abort", (0, 10_000_000, 20_000_000), tokens=3)
    book.finish("tool_calls", (0, 1_000_000, 2_000_000), tokens=1)
    labels = 'engine="0",model_name="m"'
    got = samples(book.exposition("m", {"vllm:num_requests_running": 2}, streaming_tokens=5))
    assert got[f"vllm:num_requests_running{{{labels}}}"] == 2
    assert got[f"vllm:prompt_tokens_total{{{labels}}}"] == 12
    assert got[f"vllm:generation_tokens_total{{{labels}}}"] == 31
    for reason, count in {"stop": 1, "length": 1, "abort": 1, "error": 0}.items():
        assert got[f'vllm:request_success_total{{finished_reason="{reason}",{labels}}}'] == count
    assert got[f"vllm:e2e_request_latency_seconds_count{{{labels}}}"] == 2
    assert got[f"vllm:request_time_per_output_token_seconds_sum{{{labels}}}"] == 0.01
    assert got[f"simulator:send_lateness_seconds_count{{{labels}}}"] == 0
