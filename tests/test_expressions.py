"""Expressions: what is one, what is none, and what a true one of known and unknown figures is."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.config.expressions import Expression, Limit, parted, read_expression

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}(\.[a-z0-9_]{1,4}){0,2}", fullmatch=True).filter(
    lambda name: name not in ("and", "or")
)
RELATIONS = st.sampled_from(["<=", "<", ">=", ">", "==", "!="])
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LIMITS = st.builds(Limit, NAMES, RELATIONS, NUMBERS)
GROUPS = st.lists(LIMITS, min_size=1, max_size=3).map(tuple)
EXPRESSIONS = st.builds(Expression, st.lists(GROUPS, min_size=1, max_size=3).map(tuple))


@given(EXPRESSIONS)
def test_what_is_written_is_read_as_the_same(expression):
    assert read_expression(str(expression)) == expression


@given(EXPRESSIONS, st.data())
def test_blanks_around_signs_change_nothing(expression, data):
    blanks = st.sampled_from(["", " ", "  "])
    text = str(expression)
    for sign in ("<=", ">=", "==", "!="):
        text = text.replace(sign, f"{data.draw(blanks)}{sign}{data.draw(blanks)}")
    assert read_expression(f" {text} ") == expression


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_a_value_error(text):
    try:
        found = read_expression(text)
    except ValueError:
        return
    assert read_expression(str(found)) == found


@given(EXPRESSIONS, st.data())
def test_what_is_said_holds_whatever_the_unknown_turns_out_to_be(expression, data):
    known = {
        clause: data.draw(st.sampled_from([True, False, None])) for clause in expression.clauses
    }
    unknown = [clause for clause in known if known[clause] is None]
    outcomes = set()
    for filled in itertools.product([True, False], repeat=len(unknown)):
        values = {**known, **dict(zip(unknown, filled, strict=True))}
        outcomes.add(any(all(values[clause] for clause in group) for group in expression.groups))
    found = expression.holds(known.__getitem__)
    assert found is None or outcomes == {found}
    # Where each clause stands once, what cannot be said can turn out either way.
    if len(set(expression.clauses)) == len(expression.clauses):
        assert (found is None) == (len(outcomes) == 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ttft_ms.p99<=200", 200),
        ("ttft_ms.p99<=0.2s", 200),
        ("ttft_ms.p99<=200ms", 200),
        ("ttft_ms.p99 ≤ 200", 200),
        ("duration_s<1m30s", 90),
        ("error_rate<1%", 0.01),
        ("output_throughput_tok_s>=2.5k", 2500),
        ("completed>-1", -1),
        ("x<1e3", 1000),
    ],
)
def test_numbers_have_units(text, value):
    ((clause,),) = read_expression(text).groups
    assert clause.value == pytest.approx(value)


@given(st.lists(EXPRESSIONS, max_size=4), st.sampled_from([" ", ", ", ";", "  "]))
def test_expressions_of_one_text_are_told_apart(expressions, between):
    text = between.join(map(str, expressions))
    assert [read_expression(each) for each in parted(text)] == expressions


def test_and_binds_closer_than_or():
    groups = read_expression("a<1 and b<2 or c<3").groups
    assert [[clause.figure for clause in group] for group in groups] == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a<", "<1", "a<b", "a<1 b<2", "a<1 and", "or a<1", "a=1", "a<1 and or b<1"),
        *("ttft_ms.p99<10%", "request_throughput_rps>5%", "goodput.request_goodput_rps<1%"),
        *("a<inf", "a<nan", "1a<2", "a..b<1", "a<1%%", "a<<1", "a!1", "a<5s", "a<1;b<2"),
    ],
)
def test_what_is_no_expression_is_told_in_a_line(text):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        read_expression(text)
