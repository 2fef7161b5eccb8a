"""The option a text chooses: the corpus, and every dress of a grammar around every letter."""

import pytest
from corpus import cases
from corpus.choice_corpus import CHOICES, CITIES
from hypothesis import given, settings
from hypothesis import strategies as st

from perfbench.evaluation.extraction.choice import choice
from perfbench.types import Sample

DRESSES = (
    "%s",
    "(%s)",
    "**%s**",
    "\\boxed{%s}",
    "\\boxed{\\text{%s}}",
    "The answer is %s.",
    "The answer is (%s).",
    "The answer is **%s**.",
    "ANSWER: %s",
    "Answer: %s",
    "**Answer: (%s)**",
    "**Answer:** %s",
    "### Answer\n%s",
    "The correct answer is option (%s).",
    "The correct option is %s.",
    "Therefore, the correct choice is %s.",
    "I would choose %s.",
    "选%s",
    "故选：%s。",
    "答案：%s",
    "正确答案是 **%s**。",
    "【答案】%s",
    "<answer>%s</answer>",
    '{"answer": "%s"}',
    "Final Answer: The final answer is (%s). I hope it is correct.",
)
WORKINGS = (
    "",
    "Let's look at each option.\n\n",
    "A is wrong because it is in England, and B is wrong, too.\n\n",
    "A. London\nB. Paris\nC. Rome\nD. Berlin\n\n",
    "I am not sure at first. A city is a large town.\n\n",
    "首先分析各选项：A错误，C错误。\n\n",
)
ENDINGS = ("", "\n", "\n\nExplanation: it is the capital of that country, and the others are not.")


def test_corpus() -> None:
    wrong = []
    for options, text, letters in cases("choice", "CHOICES"):
        found = choice(text, Sample(id="1", input="Which?", choices=options))
        if found.answer != letters:
            wrong.append((text, letters, found))
    assert not wrong


def test_corpus_is_large() -> None:
    assert len({(options, text) for options, text, _ in CHOICES}) >= 300


@settings(max_examples=150, deadline=None)
@given(
    letter=st.sampled_from("ABCD"),
    lower=st.booleans(),
    dress=st.sampled_from(DRESSES),
    working=st.sampled_from(WORKINGS),
    ending=st.sampled_from(ENDINGS),
)
def test_any_letter_in_any_dress(
    letter: str, lower: bool, dress: str, working: str, ending: str
) -> None:
    lower = lower and dress != "%s"
    text = working + dress % (letter.lower() if lower else letter) + ending
    found = choice(text, Sample(id="1", input="Which?", choices=CITIES))
    assert found.answer == letter, text


@settings(deadline=None)
@given(city=st.sampled_from(CITIES), dress=st.sampled_from(DRESSES))
def test_the_text_of_an_option_is_as_good_as_its_letter(city: str, dress: str) -> None:
    found = choice(dress % city, Sample(id="1", input="Which?", choices=CITIES))
    assert found.answer == "ABCD"[CITIES.index(city)]


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=200), number=st.integers(2, 10))
def test_no_letter_beyond_the_options(text: str, number: int) -> None:
    sample = Sample(id="1", input="Which?", choices=tuple(f"option {i}" for i in range(number)))
    answer = choice(text, sample).answer
    assert answer is None or set(answer) <= set("ABCDEFGHIJ"[:number])


@pytest.mark.parametrize("text", ["B", "The answer is (B).", r"\boxed{B}", "选B。", "B\n\nBecause"])
def test_stated_choices_are_marked(text: str) -> None:
    assert choice(text, Sample(id="1", input="Which?", choices=CITIES)).marked


@pytest.mark.parametrize(
    "text", ["B: because Paris is", "So B is correct.", "It is **B**, I think"]
)
def test_judgements_are_not_marked(text: str) -> None:
    found = choice(text, Sample(id="1", input="Which?", choices=CITIES))
    assert found.answer == "B"
    assert not found.marked


@pytest.mark.parametrize(
    "text", ["A is " * 4000, "(" * 8000, "the answer is " * 3000, "选" * 9000, "A, " * 5000]
)
@pytest.mark.timeout(5)
def test_long_nonsense_ends_soon(text: str) -> None:
    choice(text, Sample(id="1", input="Which?", choices=CITIES))
