"""Prometheus's text format, also as it should not be."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.scrape.exposition import labels_of, read

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
NAMES = st.tuples(st.sampled_from("az_"), st.text("az_09", max_size=6)).map("".join)


@given(TEXTS)
def test_no_page_is_an_error(text):
    read(text, {"a", "b"})
    read(f"a{{{text}}} 1\n", {"a"})
    read(f"a {text}", {"a"})


@given(
    st.dictionaries(NAMES, TEXTS, max_size=6),
    st.integers(0, 10**15),
)
def test_labels_and_values_come_through(labels, value):
    def quoted(text):
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')

    inside = ",".join(f'{name}="{quoted(text)}"' for name, text in labels.items())
    page = read(f"a{{{inside}}} {value}\n", {"a"})
    assert page.series == {"a": [(labels, float(value))]}
    assert not labels or labels_of(inside + ",") == labels


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("a 1", 1),
        ("a\t1.5e+03", 1500),
        ("a{} 0", 0),
        ("a 7 1395066363000", 7),
        ('a{b="}"} 2', 2),
        ('a{ b = "c" , } .5', 0.5),
        ('a 3 # {trace_id="x"} 0.67', 3),
        ("a 4\r", 4),
    ],
)
def test_forms_of_a_series(line, value):
    page = read(f"# TYPE a gauge\n{line}\nb 9\n", {"a"})
    assert [each for _, each in page.series["a"]] == [value]
    assert page.problem is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a NaN", "not a finite number"),
        ("a +Inf", "not a finite number"),
        ("a -1", "below 0"),
        ("a 1_000", "not in Prometheus's text format"),
        ("a", "not in Prometheus's text format"),
        ("a{b=c} 1", "not in Prometheus's text format"),
        ('a{b="c} 1', "not in Prometheus's text format"),
        ("a 1 2 3", "not in Prometheus's text format"),
        ("a 0x10", "not in Prometheus's text format"),
    ],
)
def test_what_is_no_value_is_left_out_and_said(line, why):
    page = read(f"{line}\na 5\nb 6\n", {"a", "b"})
    assert page.series == {"b": [({}, 6.0)]}
    assert page.problem == f"{why}: {line}"


def test_odd_lines_of_other_names_are_of_no_account():
    page = read('b{"} oh\n<html>\n\x00\x01 \nc NaN\na 1\n', {"a"})
    assert page.series == {"a": [({}, 1.0)]}
    assert page.problem is None


def test_a_page_of_many_lines_is_read_quickly():
    text = "".join(f'other_metric_bucket{{le="{i}",model_name="m"}} {i}\n' for i in range(50_000))
    began = time.process_time()
    read(text + "a 1\n", {"a"})
    assert time.process_time() - began < 2  # about 0.02 s
