"""From an answer to a verdict: right, wrong, or unscored and why."""

import pytest

from perfbench.evaluation.extraction.choice import choice as choose
from perfbench.evaluation.extraction.number import number as find_number
from perfbench.evaluation.extraction.text import verbatim
from perfbench.evaluation.scorers.choice import choice
from perfbench.evaluation.scorers.exact import exact
from perfbench.evaluation.scorers.number import number
from perfbench.evaluation.verdict import verdict
from perfbench.types import FAILURES, Outcome, Record, Sample

SAMPLE = Sample(id="1", input="How many?", target="18")
QUESTION = Sample(id="1", input="Which?", target="B", choices=("London", "Paris"))


def _record(text: str, finish: str | None = "stop", outcome: Outcome = "ok") -> Record:
    return Record(seq=0, sample_id="1", text=text, finish=finish, outcome=outcome)


@pytest.mark.parametrize(
    ("text", "finish", "value", "unscored"),
    [
        ("The answer is 18.", "stop", 1, None),
        ("The answer is 17.", "stop", 0, None),
        ("So 18", "stop", 1, None),
        ("So 17", "stop", 0, None),
        ("The answer is 18.", None, 1, None),
        ("The answer is 18. That is because", "length", 1, None),
        ("The answer is 17. That is because", "length", 0, None),
        (r"\boxed{18} and", "length", 1, None),
        ("So she makes 9 * 2 = 18", "length", None, "cut_off"),
        ("The answer is 1", "length", None, "cut_off"),
        ("Let me think", "length", None, "cut_off"),
        ("", "length", None, "cut_off"),
        ("<think>The answer is 18.", "length", None, "cut_off"),
        ("<think>The answer is 17.</think>The answer is 18.", "stop", 1, None),
        ("<think>The answer is 18.</think>I do not know.", "stop", None, "no_answer"),
        ("<think>The answer is 18.", "stop", None, "no_answer"),
        ("The answer is 17.</think>18", "stop", 1, None),
        ("I do not know.", "stop", None, "no_answer"),
        ("", "stop", None, "no_answer"),
    ],
)
def test_number(text: str, finish: str | None, value: float | None, unscored: str | None) -> None:
    score = verdict(_record(text, finish), SAMPLE, find_number, number)
    assert (score.value, score.unscored) == (value, unscored)
    assert score.why


@pytest.mark.parametrize(
    ("text", "finish", "value", "unscored"),
    [
        ("B", "stop", 1, None),
        ("B", "length", 1, None),
        ("A", "stop", 0, None),
        ("The answer is Paris.", "stop", 1, None),
        ("The answer is Pari.", "stop", None, "no_answer"),
        ("A or B", "stop", None, "no_answer"),
        ("The answer is C.", "stop", None, "no_answer"),
        ("I think", "length", None, "cut_off"),
    ],
)
def test_choice(text: str, finish: str, value: float | None, unscored: str | None) -> None:
    score = verdict(_record(text, finish), QUESTION, choose, choice)
    assert (score.value, score.unscored) == (value, unscored)


@pytest.mark.parametrize(
    ("finish", "unscored"),
    [("stop", "no_answer"), ("length", "cut_off"), (None, "request_failed")],
)
def test_an_answer_without_a_word(finish: str | None, unscored: str) -> None:
    score = verdict(_record("", finish, "empty"), SAMPLE, find_number, number)
    assert (score.value, score.unscored) == (None, unscored)


@pytest.mark.parametrize("outcome", [each for each in FAILURES if each != "empty"])
def test_a_failed_request_is_not_wrong(outcome: Outcome) -> None:
    score = verdict(_record("The answer is 18.", "stop", outcome), SAMPLE, find_number, number)
    assert (score.value, score.unscored, score.why) == (None, "request_failed", outcome)
    assert score.answer is None


def test_reasoning_in_its_own_field_is_no_answer() -> None:
    record = Record(seq=0, sample_id="1", text="", reasoning="The answer is 18.", finish="stop")
    assert verdict(record, SAMPLE, find_number, number).unscored == "no_answer"


def test_a_whole_text_that_was_cut_off_is_unscored() -> None:
    sample = Sample(id="1", input="?", target="one two")
    assert verdict(_record("one two", "length"), sample, verbatim, exact).unscored == "cut_off"
    assert verdict(_record("one two"), sample, verbatim, exact).value == 1
