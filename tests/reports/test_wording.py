from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_builders import make_point, make_summary

from perfbench.reports import wording
from perfbench.types import TokenLedger


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (0.0, "0"),
        (0.1234, "0.123"),
        (7.0, "7.00"),
        (99.994, "99.99"),
        (158.11, "158.1"),
        (2030.4, "2,030"),
        (1234567, "1,234,567"),
        (-3.5, "-3.50"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (9999, "9999"), (3.14, "3.1"), (12_345, "12.3k"), (8.5e7, "85.0M")],
)
def test_compact(value: float | None, text: str) -> None:
    assert wording.compact(value) == text


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=9.9e9))
def test_compact_fits_its_column(value: float) -> None:
    assert len(wording.compact(value)) <= 6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.34, "340ms"),
        (8.25, "8.2s"),
        (59.97, "1m00s"),
        (245, "4m05s"),
        (3720, "1h02m"),
    ],
)
def test_span(seconds: float | None, text: str) -> None:
    assert wording.span(seconds) == text


def test_load_labels() -> None:
    points = [
        make_point(parallel=10),
        make_point(parallel=None, rate=2.5),
        make_point(parallel=64, rate=5.0),
        make_point(parallel=1, input_length=6144),
    ]
    assert wording.load_labels(points) == [
        "parallel 10",
        "rate 2.5/s",
        "rate 5/s, cap 64",
        "parallel 1, input 6144",
    ]


def test_equal_loads_are_told_apart_by_name() -> None:
    points = [make_point(0, 10, number=5), make_point(1, 10, number=50), make_point(2, 20)]
    assert wording.load_labels(points) == [
        "parallel_10_number_5",
        "parallel_10_number_50",
        "parallel 20",
    ]


@pytest.mark.parametrize(
    ("loads", "axis"),
    [
        ([{"parallel": 1}, {"parallel": 8}], ("requests in flight", [1.0, 8.0])),
        (
            [{"parallel": 9, "rate": 1.5}, {"parallel": 9, "rate": 3.0}],
            ("arrivals (requests/s)", [1.5, 3.0]),
        ),
        (
            [{"parallel": 1, "input_length": 1}, {"parallel": 1, "input_length": 6144}],
            ("input length (tokens)", [1.0, 6144.0]),
        ),
        ([{"parallel": 4}, {"parallel": 4}], ("point of the sweep", [1.0, 2.0])),
        ([], ("point of the sweep", [])),
    ],
)
def test_load_axis_is_what_the_sweep_varies(
    loads: list[dict[str, float]], axis: tuple[str, list[float]]
) -> None:
    assert wording.load_axis([make_summary(**load) for load in loads]) == axis


@pytest.mark.parametrize(
    ("loads", "span"),
    [
        ([{"parallel": 1}, {"parallel": 8}], "parallel 1, 8"),
        ([{"parallel": 4}, {"parallel": 4}], "parallel 4"),
        ([{"parallel": None, "rate": r} for r in (0.5, 2.0)], "rate 0.5, 2/s"),
        ([{"parallel": 9, "rate": 1.5}, {"parallel": 9, "rate": 3.0}], "rate 1.5, 3/s · cap 9"),
        ([{"input_length": n} for n in (1, 6144)], "parallel 10 · input 1, 6144"),
        ([{"parallel": p} for p in range(1, 10)], "parallel 1 to 9"),
        ([{"parallel": None, "name": "odd"}], "odd"),
        ([], "no load"),
    ],
)
def test_all_loads_of_a_run_in_a_few_words(loads: list[dict[str, Any]], span: str) -> None:
    assert wording.load_span([make_summary(**load) for load in loads]) == span


def test_a_load_that_is_given_again_is_told_by_its_place() -> None:
    loads = [make_summary(parallel=4, name=f"parallel_4_number_5{end}") for end in ("", "_x2")]
    assert wording.load_labels(loads) == ["parallel 4", "parallel 4 (2)"]
    other = make_summary(parallel=4, name="parallel_4_number_9")
    assert wording.load_labels([loads[0], other]) == ["parallel_4_number_5", "parallel_4_number_9"]


def test_unsupported_percentiles_carry_a_dagger_and_unknown_ones_do_not() -> None:
    assert wording.percentile({"p99": 5.0}, "p99", ["p99"]) == "5.00†"
    assert wording.percentile({"p99": 5.0}, "p99") == "5.00"
    assert wording.percentile({"p99": None}, "p99", ["p99"]) == "–"


def test_token_sentence_names_sources_and_disagreement() -> None:
    ledger = TokenLedger("mixed", from_usage=1200, from_tokenizer=3, unknown=1, mismatched=2)
    assert wording.token_sentence(ledger) == (
        "the server's usage for 1,200 requests, the tokenizer for 3 requests, "
        "unknown for 1 requests; usage and tokenizer differ in 2 outputs"
    )
    told = TokenLedger("usage", 5, 0, 0, 0, None, None, 40, None, 0.25, 5, 1.1, 1.0)
    assert wording.token_sentence(told) == (
        "the server's usage for 5 requests; usage and tokenizer differ in 5 inputs "
        "(median ratio 1.10) and 0 outputs; 25.0% of the input was cached"
    )
    assert wording.token_sentence(TokenLedger("unknown")) == "unknown"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_one_line_is_printable_and_short(text: str) -> None:
    line = wording.one_line(text, 50)
    assert line.isprintable()
    assert len(line) <= 50
