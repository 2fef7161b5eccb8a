"""No text keeps an extractor or a scorer busy: looping answers cost about what others do.

Bounds are processor time, and generous: what is linear stays a hundred times (short texts) or ten
times (long ones) below. A short text takes that long only if a pattern is cubic or worse, a long
one if it is quadratic. ``scripts/fuzz_extraction`` tries every long text on everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import pytest
from pathological import texts

from perfbench import registry
from perfbench.evaluation.extraction.condensed import condensed
from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.judging.contracts import FIVE, Contract
from perfbench.evaluation.scorers.exact import exact
from perfbench.evaluation.scorers.formulas import canonical_formula, group_of
from perfbench.evaluation.scorers.instructions import CHECKS
from perfbench.evaluation.scorers.number import number
from perfbench.evaluation.scorers.rouge_bleu import longest_common, rouge_bleu
from perfbench.types import Sample

SAMPLE = Sample(
    id="1", input="?", target="18", choices=("Paris", "London", "the capital of Rome", "x+1")
)
ARGUMENTS = {
    "num_placeholders": 2, "postscript_marker": "P.S.", "num_bullets": 2, "num_sentences": 3,
    "num_words": 3, "num_paragraphs": 3, "nth_paragraph": 1, "first_word": "a", "letter": "a",
    "let_frequency": 3, "let_relation": "at least", "keywords": ["a b", "x"], "keyword": "a",
    "forbidden_words": ["no"], "num_highlights": 3, "section_spliter": "Section",
    "num_sections": 2, "prompt_to_repeat": "a", "end_phrase": "b", "capital_frequency": 3,
    "capital_relation": "less than", "relation": "at least", "frequency": 2, "language": "en",
}  # fmt: skip
DETECTING = (
    "language:response_language",
    "change_case:english_capital",
    "change_case:english_lowercase",
)
"""Instructions that langdetect decides, by the first 10,000 characters."""
SHORT, LONG = 200, 20_000
SHORT_S, LONG_S = 0.5, 5.0
EVERY = 100
"""Of the long texts one in so many, others for each function; the short ones all."""


def _extracted(name: str) -> Callable[[str], object]:
    extract = registry.resolve(registry.EXTRACTORS, name)
    return lambda text: extract(text, SAMPLE)


def _followed(text: str) -> None:
    for name, check in CHECKS.items():
        if name not in DETECTING:
            check(text, ARGUMENTS)


CONTRACTS = (
    Contract("letter", ("A", "B"), {"CORRECT": "A", "INCORRECT": "B"}),
    Contract("brackets", FIVE),
    Contract("scale", low=1, high=10),
    Contract("json", ("A", "B")),
)

JUDGED: dict[str, Callable[[str], object]] = {
    **{name: _extracted(name) for name in registry.EXTRACTORS if name != "verdict"},
    **{f"verdict, {each.form}": each.read for each in CONTRACTS},
    "reasoning": split_reasoning,
    "formulas": lambda text: group_of(canonical_formula(text)),
    "instructions": _followed,
    "exact": lambda text: exact(text, SAMPLE),
    "numbers": lambda text: number(text[:2000], SAMPLE),
}


@cache
def _corpus(size: int) -> list[tuple[str, str]]:
    return [*texts(size)]


@pytest.mark.parametrize("name", JUDGED)
def test_a_looping_answer_is_read_in_no_time(name: str) -> None:
    judge, slow = JUDGED[name], []
    long = _corpus(LONG)[[*JUDGED].index(name) :: EVERY]
    for what, text in (*_corpus(SHORT), *long):
        begun = time.thread_time()
        judge(text)
        spent = time.thread_time() - begun
        if spent > (SHORT_S if len(text) <= SHORT else LONG_S):
            slow.append(f"{what}, {len(text)} characters: {spent:.1f} s")
    assert slow == []


def test_a_judge_that_sets_stars_for_ever() -> None:
    """Each may begin a line of code; that took a minute."""
    begun = time.thread_time()
    JUDGED["verdict, letter"]("* " * 100_000)
    assert time.thread_time() - begun < 10


def test_rouge_of_a_looping_answer() -> None:
    begun = time.thread_time()
    found = rouge_bleu("the answer is " * 5_000, Sample("1", "?", "the answer is " * 20))
    assert found.metrics["rouge_l_r"] == 1
    assert time.thread_time() - begun < 10


def test_longest_common_subsequence_by_hand() -> None:
    assert longest_common("abcbdab", "bdcaba") == 4
    assert longest_common("", "a") == longest_common("a", "") == longest_common("a", "b") == 0
    assert longest_common("ab" * 50, "ba" * 50) == 99


def test_a_condensed_text_keeps_its_ends_and_its_paragraphs() -> None:
    assert condensed("**a** " + "- " * 18 + "b") == "**a** " + "- " * 18 + "b"
    assert condensed("a" + " " * 1000 + "b") == "a" + " " * 40 + "b"
    parted = condensed("a" + "-" * 100 + "\n" + "-" * 100 + "b")
    assert parted == "a" + "-" * 20 + "\n\n" + "-" * 20 + "b"
    assert condensed("7" * 1000) == "7" * 500
    whole = " ".join(str(n) for n in range(100_000))
    assert condensed(whole) == whole[:8_000] + "\n\n" + whole[-32_000:]


def test_an_answer_before_or_after_a_loop_is_found() -> None:
    loop = "and so on and on " * 20_000
    for text in (f"The answer is 18.\n{loop}", f"{loop}\nThe answer is 18."):
        found = registry.resolve(registry.EXTRACTORS, "number")(text, SAMPLE)
        assert (found.answer, found.marked) == ("18", True)
