"""The number a text gives: the corpus, and every dress of a grammar around any number."""

from fractions import Fraction

import pytest
from corpus import cases
from corpus.number_corpus import NUMBERS
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.evaluation.extraction.number import number
from perfbench.evaluation.extraction.numerals import canonical, exact
from perfbench.types import Sample

SAMPLE = Sample(id="1", input="How many?")

DRESSES = (
    "\\boxed{%s}",
    "$\\boxed{%s}$",
    "\\boxed{\\text{%s}}",
    "\\boxed{%s \\text{ eggs}}",
    "\\boxed{x = %s}",
    "The answer is %s.",
    "The answer is: %s.",
    "The answer is **%s**.",
    "The final answer is $%s$.",
    "So the answer is %s eggs.",
    "Answer: %s\n",
    "**Answer:** %s\n",
    "**Answer: %s**",
    "#### %s\n",
    "<answer>%s</answer>",
    "答案是%s。",
    "答案：%s\n",
    "最终答案是 **%s**。",
    '{"answer": %s}',
    "Final Answer\n\n**%s**\n",
)
WORKINGS = (
    "",
    "First, 16 - 7 = 9.\n",
    "**Step 1.** We have 3 bags of 5.\n\n**Step 2.** 3 × 5 = 15.\n\n",
    "1. Count 16 eggs.\n2. Take 7 away.\n\n",
    "首先，16-7=9。\n",
)
ENDINGS = ("", "\n\nI hope this helps!", "\n", " ")


def _written(value: Fraction) -> list[str]:
    """Ways to write a number that has a finite decimal form."""
    text = canonical(value)
    ways = [text, text.replace("-", "−")]
    if value.denominator == 1:
        ways += [f"{int(value):,}", f"{int(value)}.0", f"{int(value)}.00"]
        ways.append(f"{int(value):,}".replace(",", "{,}"))
    return ways


def test_corpus() -> None:
    wrong = []
    for text, answer, marked in NUMBERS:
        found = number(text, SAMPLE)
        if found.answer != answer or (marked is not None and found.marked != marked):
            wrong.append((text, answer, marked, found))
    assert not wrong


def test_closing_sentences() -> None:
    wrong = []
    for text, answer in cases("number", "CLOSINGS"):
        found = number(text, SAMPLE)
        if found.answer != answer:
            wrong.append((text, answer, found))
    assert not wrong


def test_corpus_is_large_and_plain() -> None:
    assert len({text for text, _, _ in NUMBERS}) >= 300


@settings(max_examples=150, deadline=None)
@given(
    value=st.fractions(min_value=-(10**7), max_value=10**7).map(
        lambda each: Fraction(round(each * 100), 100)
    ),
    way=st.integers(0, 5),
    dress=st.sampled_from(DRESSES),
    working=st.sampled_from(WORKINGS),
    ending=st.sampled_from(ENDINGS),
)
def test_any_number_in_any_dress(
    value: Fraction, way: int, dress: str, working: str, ending: str
) -> None:
    ways = _written(value)
    text = working + dress % ways[way % len(ways)] + ending
    found = number(text, SAMPLE)
    assert found.answer == canonical(value), text
    assert found.marked


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    found = number(text, SAMPLE)
    assert found.answer is None or exact(found.answer) is not None


@settings(deadline=None)
@given(st.fractions())
def test_canonical_form_is_read_back(value: Fraction) -> None:
    assert exact(canonical(value)) == (value, False)
    assert exact(canonical(value, percent=True)) == (value, True)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("The answer is 18", False),
        ("The answer is 18,", False),
        ("The answer is 18 eggs", True),
        ("The answer is 18.", True),
        ("#### 1", False),
        ("#### 1\n", True),
        (r"\boxed{1", False),
        (r"\boxed{1}", True),
        ("So that makes 18 eggs.", False),
    ],
)
def test_marked_only_when_nothing_could_follow(text: str, marked: bool) -> None:
    """A text that was cut off behind a digit may have meant more digits."""
    assert number(text, SAMPLE).marked is marked


@pytest.mark.parametrize(
    "text",
    [
        "9 * " * 4000,
        "1," * 8000,
        "=" * 20000,
        "the answer is " * 3000,
        "{" * 5000,
        "\\boxed{" * 500,
    ],
    ids=["products", "commas", "equals", "answers", "braces", "boxes"],
)
@pytest.mark.timeout(5)
def test_long_nonsense_ends_soon(text: str) -> None:
    number(text, SAMPLE)
