"""What an answer is worth: what was extracted from it, and the verdict on it.

Plain data, made in ``perfbench.evaluation``. Unscored is not wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unscored = Literal["request_failed", "cut_off", "no_answer", "no_reference", "grading_failed"]
"""Why a sample has no score: no complete answer came, it ended at the token limit before an answer
was given, nothing in it could be extracted, the data set has no right answer to compare it with, or
extraction or comparison did not come to an end in its limits. None of these is a wrong answer."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What an extractor found in a model's text."""

    answer: str | None
    """The answer in the extractor's canonical form; ``None`` if there is none."""
    marked: bool = False
    """Given as the final answer in so many words (boxed, ``#### N``, "the answer is"), and so to be
    believed even in a text that was cut off."""
    how: str = ""
    """Which rule found it."""


@dataclass(frozen=True, slots=True)
class Score:
    """The verdict on one answer."""

    value: float | None
    """1 right, 0 wrong, or between; ``None`` = unscored, which is not wrong."""
    answer: str | None = None
    """What was extracted."""
    unscored: Unscored | None = None
    """Set exactly when ``value`` is ``None``."""
    why: str = ""
    scorer: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Further figures of the same answer (``rouge_1_f``, ``bleu_4``), by name."""
