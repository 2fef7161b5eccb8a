"""Answers that are words."""

import pytest

from perfbench.evaluation.extraction.text import (
    bbh,
    first_line,
    phrase,
    true_false,
    verbatim,
    yes_no,
)
from perfbench.types import Sample

OPTIONS = "Which date?\nOptions:\n(A) 01/01/2001\n(B) 02/02/2002\n(C) 03/03/2003"


@pytest.mark.parametrize(
    ("target", "text", "answer"),
    [
        ("(B)", "So the answer is (B).", "(B)"),
        ("(B)", "So the answer is B.", "(B)"),
        ("(B)", "So the answer is (B) 02/02/2002.", "(B)"),
        ("(B)", "So the answer is **(B)**.", "(B)"),
        ("(B)", "The answer is option (B).", "(B)"),
        ("(B)", "**Answer: B**", "(B)"),
        ("(B)", r"\boxed{(B)}", "(B)"),
        ("(B)", r"\boxed{\text{(B) 02/02/2002}}", "(B)"),
        ("(B)", "(B)", "(B)"),
        ("(B)", "B", "(B)"),
        ("(B)", "It could be (A). So the answer is (C).", "(C)"),
        ("(B)", "So the answer is (F).", None),
        ("(B)", "So the answer is (A) or (B).", None),
        ("(B)", "I do not know.", None),
        ("True", "So the answer is True.", "True"),
        ("True", "so the answer is false", "False"),
        ("True", "So the answer is **False**.", "False"),
        (
            "True",
            "not ( True ) is False, and False or True is True. So the answer is True.",
            "True",
        ),
        ("True", "True", "True"),
        ("True", "The value is hard to tell.", None),
        ("Yes", "So the answer is yes.", "Yes"),
        ("yes", "So the answer is No.", "No"),
        ("No", "Yes, because he did.", "Yes"),
        ("valid", "So the answer is invalid.", "invalid"),
        ("valid", "The argument is deductive. So the answer is valid.", "valid"),
        ("42", "So the answer is 42.", "42"),
        ("-3.5", "So the answer is -3.5.", "-3.5"),
        ("> ) }", "So the answer is > ) }.", "> ) }"),
        ("apple pear", "So the answer is apple pear.", "apple pear"),
        (
            "apple pear",
            "So the answer is apple pear.\n\nQ: Sort: b a\nA: So the answer is a b.",
            "apple pear",
        ),
        ("apple pear", 'So the answer is "apple pear".', "apple pear"),
        ("apple pear", "apple pear", "apple pear"),
        ("apple pear", "First we compare.\nThen we sort.", None),
    ],
)
def test_bbh(target: str, text: str, answer: str | None) -> None:
    assert bbh(text, Sample(id="1", input=OPTIONS, target=target)).answer == answer


def test_bbh_with_listed_choices() -> None:
    sample = Sample(id="1", input="Which?", target="(B)", choices=("x", "y"))
    assert bbh("So the answer is y.", sample).answer == "(B)"
    assert bbh("So the answer is z.", sample).answer is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes", "Yes"),
        ("no.", "No"),
        ("**Yes**", "Yes"),
        ("Yes, it is.", "Yes"),
        ("No - it is not.", "No"),
        ("The answer is yes.", "Yes"),
        ("Answer: **No**", "No"),
        ("We look at it.\n\nYes.", "Yes"),
        (r"\boxed{\text{Yes}}", "Yes"),
        ("Yesterday it rained.", None),
        ("Nobody knows.", None),
        ("Maybe.", None),
        ("", None),
    ],
)
def test_yes_no(text: str, answer: str | None) -> None:
    assert yes_no(text, Sample(id="1", input="Is it?")).answer == answer


def test_true_false() -> None:
    sample = Sample(id="1", input="Is it?")
    assert true_false("The statement is wrong. Answer: False", sample).answer == "False"
    assert true_false("Truely", sample).answer is None


def test_first_line_and_verbatim() -> None:
    sample = Sample(id="1", input="Name it.")
    assert first_line("\n\n Paris \nFrance", sample).answer == "Paris"
    assert first_line("\n\n Paris \nFrance", sample).marked
    assert not first_line("Paris", sample).marked
    assert first_line(" \n", sample).answer is None
    assert verbatim(" Two\nlines ", sample).answer == " Two\nlines "
    assert verbatim(" \n", sample).answer is None


def test_phrase_takes_a_short_text_whole() -> None:
    sample = Sample(id="1", input="Name it.")
    assert phrase("Paris.", sample).answer == "Paris"
    assert phrase("The answer is Paris. It is in France.", sample).answer == "Paris"
    assert phrase("It is big. It is old.", sample).answer is None
