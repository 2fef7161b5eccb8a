"""What changes no meaning changes no answer: every answer of the corpora, set in other ways."""

import re
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from corpus import cases

from perfbench.evaluation.extraction.choice import choice
from perfbench.evaluation.extraction.courtesies import without_courtesies
from perfbench.evaluation.extraction.markup import plain
from perfbench.evaluation.extraction.math import math
from perfbench.evaluation.extraction.number import number
from perfbench.types import Sample

SAMPLE = Sample(id="1", input="?")
Dress = Callable[[str], str]


def _bold_as(before: str, after: str) -> Dress:
    return lambda text: re.sub(r"\*\*([^*\n]+)\*\*", rf"{before}\1{after}", text)


DRESSES: dict[str, Dress] = {
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "blanks behind lines": lambda text: text.replace("\n", "  \n"),
    "blank lines before": lambda text: "\n\n " + text,
    "indented": lambda text: "\n".join("  " + line for line in text.split("\n")),
    "quoted": lambda text: "\n".join("> " + line for line in text.split("\n")),
    "blanks that do not break": lambda text: re.sub("(?<=[a-z]) (?=[a-z])", "\u00a0", text),
    "hyphens that do not break": lambda text: re.sub("(?<=[a-z])-(?=[a-z])", "\u2011", text),
    "bold as HTML": _bold_as("<b>", "</b>"),
    "bold as strong HTML": _bold_as("<strong>", "</strong>"),
    "bold as underscores": _bold_as("__", "__"),
    "bold and slanted": _bold_as("***", "***"),
    "a courtesy before": lambda text: "Sure, I'd be happy to help.\n\n" + text,
}
CLOSERS: dict[str, Dress] = {
    "a hope": lambda text: text + "\n\nI hope this helps! Let me know if you have any questions.",
    "an offer": lambda text: text + "\n\nFeel free to ask if anything is unclear.",
    "a stop token": lambda text: text + "<|im_end|>",
    "a turn": lambda text: text + "\n\nHuman: Thanks! What is 2 + 2?\n\nAssistant: 4",
    "a picture": lambda text: text + " \U0001f60a",
}


def _every_fourth(name: str) -> Iterator[tuple[str, Callable[[str], str | None]]]:
    """Texts and how each is read: enough of them, and others for each dress."""
    first = [*DRESSES, *CLOSERS].index(name) % 4
    return islice(_answers(), first, None, 4)


def _answers() -> Iterator[tuple[str, Callable[[str], str | None]]]:
    for options, text, _ in cases("choice", "CHOICES"):
        sample = Sample(id="1", input="?", choices=options)
        yield text, lambda said, sample=sample: choice(said, sample).answer
    for text, _ in cases("number", "CLOSINGS"):
        yield text, lambda said: number(said, SAMPLE).answer
    for text, *_ in cases("math", "SOLUTIONS"):
        yield text, lambda said: math(said, SAMPLE).answer


@pytest.mark.parametrize("name", DRESSES)
def test_the_dress_plays_no_part(name: str) -> None:
    dress = DRESSES[name]
    changed = [
        (text, read(text), read(dress(text)))
        for text, read in _every_fourth(name)
        if dress(text) != text and read(dress(text)) != read(text)
    ]
    assert not changed


@pytest.mark.parametrize("name", CLOSERS)
def test_what_closes_a_finished_answer_plays_no_part(name: str) -> None:
    close = CLOSERS[name]
    changed = [
        (text, read(text), read(close(text)))
        for text, read in _every_fourth(name)
        if text.endswith((".", "!", "}", "$", "*")) and read(text) is not None
        if read(close(text)) != read(text)
    ]
    assert not changed


def test_a_plain_text_stays_as_it_is() -> None:
    for text in ("x = 3\n", "a__b and c__d", "2 ** 3 *** 4", "__init__.py", "> x\nand > y"):
        assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Sure!", "Sure!"),
        ("Sure! 5", "5"),
        ("Certainly! The answer is 5.\n\nHope this helps!", "The answer is 5.\n"),
        ("It is 5. Thank you!", "It is 5.\n"),
        ("Send me the price.\n\nLet me know if you can provide it.",) * 2,
        ("You are welcome to 5 of them. If you have 3 questions, ask.",) * 2,
        ("Of course it is Paris.", "Of course it is Paris."),
    ],
)
def test_courtesies(text: str, without: str) -> None:
    assert without_courtesies(text) == without
