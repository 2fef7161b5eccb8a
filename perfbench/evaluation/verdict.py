"""From what the server sent to a verdict: right, wrong, or why there is neither.

Owns the order of the questions asked of an answer. Knows no server and no data set.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.scorers.targets import NoReference
from perfbench.evaluation.task import Extractor, Scorer
from perfbench.types import Extraction, Outcome, Sample, Score, Unscored, is_answer


class Judged(Protocol):
    """What is left of a request; a ``Record`` is one."""

    @property
    def text(self) -> str: ...
    @property
    def finish(self) -> str | None: ...
    @property
    def outcome(self) -> Outcome: ...


def verdict(output: Judged, sample: Sample, extractor: Extractor, scorer: Scorer) -> Score:
    """Judge one answer.

    What holds no answer is unscored (:func:`extracted`); so is an answer that the data set has no
    right answer for. Only then does the scorer see it.
    """
    found = extracted(output, sample, extractor)
    if isinstance(found, Score):
        return found
    try:
        score = scorer(found, sample)
    except NoReference:
        return _unscored("no_reference", "the data set has no right answer for this sample")
    return score if score.answer is not None else replace(score, answer=found)


def extracted(output: Judged, sample: Sample, extractor: Extractor) -> str | Score:
    """The answer in what a server sent, or why there is none.

    A request that failed, a text that ended at the token limit before it stated an answer and a
    text without an answer (or no text at all) are unscored, in this order. An answer that was cut
    off counts if it had been given in so many words before.
    """
    if not is_answer(output.outcome, output.finish):
        return _unscored("request_failed", output.outcome)
    if output.outcome == "empty":
        cut = output.finish == "length"
        return _unscored("cut_off" if cut else "no_answer", "finished without a token")
    text, _ = split_reasoning(output.text)
    extraction = extractor(text, sample)
    if output.finish == "length" and not (extraction.marked and extraction.answer is not None):
        return _unscored("cut_off", _reached(extraction))
    if extraction.answer is None:
        return _unscored("no_answer", extraction.how)
    return extraction.answer


def _reached(extraction: Extraction) -> str:
    if extraction.answer is None:
        return "ended at the token limit"
    answer = extraction.answer if "\n" not in extraction.answer else "a text of several lines"
    return f"ended at the token limit; {answer} ({extraction.how}) was not its answer yet"


def _unscored(reason: Unscored, why: str) -> Score:
    return Score(None, unscored=reason, why=why)
