"""The formula a text gives."""

import re

import pytest
from corpus import cases
from corpus.math_corpus import FORMULAS
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.evaluation.extraction.latex import boxes, matching_braces, without_text_commands
from perfbench.evaluation.extraction.math import math
from perfbench.evaluation.scorers.math import math as scored
from perfbench.types import Sample

SAMPLE = Sample(id="1", input="Find x.")

BALANCED = st.recursive(
    st.text("abx12+-^_ \\", max_size=6).map(lambda each: each.replace("\\", "\\pi ")),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(
        lambda parts: "".join(f"{{{part}}}" for part in parts)
    ),
    max_leaves=8,
)


def test_corpus() -> None:
    wrong = []
    for text, formula in FORMULAS:
        found = math(text, SAMPLE)
        if found.answer != formula:
            wrong.append((text, formula, found))
    assert not wrong


def test_answers_are_equal_to_what_a_reader_takes() -> None:
    wrong = []
    for text, formula in cases("math", "ANSWERS"):
        answer = math(text, SAMPLE).answer
        if answer is None or formula is None:
            right = answer == formula
        else:
            right = bool(scored(answer, Sample(id="1", input="", target=formula)).value)
        if not right:
            wrong.append((text, formula, answer))
    assert not wrong


def test_solutions_agree_with_their_references_as_a_reader_finds() -> None:
    wrong = []
    for text, target, agrees in cases("math", "SOLUTIONS"):
        answer = math(text, SAMPLE).answer
        found = (
            None
            if answer is None
            else bool(scored(answer, Sample(id="1", input="", target=target)).value)
        )
        if found is not agrees:
            wrong.append((text, target, answer, found))
    assert not wrong


def test_corpus_is_large() -> None:
    assert len({text for text, _ in FORMULAS}) >= 300


@settings(deadline=None)
@given(BALANCED)
def test_boxes_hold_any_balanced_content(content: str) -> None:
    text = f"So \\boxed{{{content}}} as {{claimed}}."
    (box,) = boxes(text)
    assert box.closed
    assert text[box.begin : box.end] == content


@settings(deadline=None)
@given(st.text("{}\\ab", max_size=30))
def test_a_matching_brace_encloses_a_balanced_text(text: str) -> None:
    for opening, closing in matching_braces(text).items():
        assert text[opening] == "{"
        inner = re.sub(r"\\.", "", text[opening + 1 : closing])
        assert inner.count("{") == inner.count("}")


def test_text_commands_are_unwrapped_at_any_depth() -> None:
    assert without_text_commands(r"\text{a \textbf{b} c}^2") == "a b c^2"
    assert without_text_commands(r"5 \text{ cm") == "5  cm"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    answer = math(text, SAMPLE).answer
    assert answer is None or answer == answer.strip()


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        (r"\boxed{5}", True),
        (r"\boxed{5", False),
        ("The answer is $5$.", True),
        ("The answer is 5.", True),
        ("The answer is 5", False),
        ("So we get $5$.", False),
    ],
)
def test_marked(text: str, marked: bool) -> None:
    assert math(text, SAMPLE).marked is marked


@pytest.mark.parametrize(
    "text", ["\\boxed{" * 500, "$" * 5000, "$x$ " * 3000, "the answer is " * 3000, "\\(" * 3000]
)
@pytest.mark.timeout(5)
def test_long_nonsense_ends_soon(text: str) -> None:
    math(text, SAMPLE)
