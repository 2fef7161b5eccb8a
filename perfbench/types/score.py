"""What an answer is worth: how it was asked for, what was extracted from it, the verdict on it.

Plain data, made in ``perfbench.evaluation``. Unscored is not wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from perfbench.types.ask import Generation, Sample
from perfbench.types.fact import Record

Unscored = Literal[
    "request_failed",
    "cut_off",
    "no_answer",
    "no_reference",
    "grading_failed",
    "no_verdict",
    "sandbox_failed",
]
"""Why a sample has no score: no complete answer came, it ended at the token limit before an answer
was given, nothing in it could be extracted, the data set has no right answer to compare it with,
extraction or comparison did not come to an end in its limits, what a judge said of it holds no
verdict (or two), or what was to run its program did not. None of these is a wrong answer."""


Strategy = Literal["judge", "recall", "both"]
"""Who decides: the judge; the rule, and the judge where that found nothing or said wrong; each for
itself, to see how far they agree."""
Aggregate = Literal["mean", "median", "majority"]


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """Of a subtask whose questions were made from the answers to another: how they are judged."""

    of: str
    """Name of the subtask whose answers are judged."""
    rubric: str
    """Name of the prompt."""
    pairwise: bool = False
    """The answer is compared with the right one."""
    needs_reference: bool = False
    """Judges are shown the right answer."""
    strategy: Strategy = "judge"
    panel: tuple[str, ...] = ()
    """Names of the subtasks of all judges, this one first; their verdicts together make its score.
    Empty: the verdicts count elsewhere."""
    aggregate: Aggregate = "mean"
    min_valid: int = 1
    """Judges with a verdict on an answer below which it has no score."""
    prices: tuple[float | None, float | None] = (None, None)
    """Of a million tokens the judge reads, and writes; ``None`` if nobody said."""


class Subtask(msgspec.Struct, frozen=True, kw_only=True):
    """One model and one data set: how it is asked and how its answers are scored.

    Stored as it is, and enough to score and report answers without settings or data.
    """

    model: str
    """Its name in results."""
    served_model: str
    """Its name in requests."""
    data_set: str = msgspec.field(name="dataset")
    """Short name, for reports."""
    asked_as: str = msgspec.field(name="name")
    """The data set as the user named it, variant included."""
    version: str
    """Hash of ``parts``: where it is equal, scores can be compared."""
    parts: Mapping[str, str]
    """All that decides a score, by name, to say why two versions differ."""
    metric: str
    """Name of the figure that ``Score.value`` averages to."""
    weights: Mapping[str, str] = {}
    """Metric of ``Score.metrics`` to the one that weighs it, for ratios of sums."""
    mode: str
    extractor: str
    scorer: str
    prompt: str
    """Kind of the prompt."""
    samples: int
    repeats: int
    """Times each sample is asked."""
    ks: tuple[int, ...] = ()
    """The k of the figures of repeats; empty: 1 and ``repeats``."""
    api: str = "openai"
    """Name of the endpoint."""
    generation: Generation | None = None
    """How answers are generated, secrets masked; ``None`` where an older perfbench asked."""
    url: str = ""
    """Where it is asked, as it may be shown."""
    simulated: bool = False
    """Asked of the built-in simulator."""
    parallel: int = 1
    """Requests in flight."""
    notes: tuple[str, ...] = ()
    """What a user should know of the data."""
    judge: str | None = None
    """The model that is asked, where the questions are about the answers of ``model``."""
    judging: Judging | None = None
    """How, if they are judged one by one."""

    @property
    def name(self) -> str:
        """``model/data set``: what it is called in a run."""
        return f"{self.model}/{self.data_set}"

    def sent(self) -> str:
        """All that is sent beside model and question, as JSON."""
        return self.parts.get("generation", "")


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
    """Further figures of the same answer (``rouge_1_f``, ``bleu_4_13a_exp``), by name."""
    vote: str | None = None
    """Another answer to the same question that the scorer takes for equal, by which this one is
    counted in a vote; ``None``: by its own spelling."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one judge said of one answer, once."""

    judge: str
    """Its name in results."""
    score: Score
    """What its verdict (``answer``) is worth to the model judged."""
    repeat: int = 0
    """Of the same question to it."""
    swapped: bool = False
    """Of a comparison: the answer judged was shown second."""
    record: Record | None = None
    """What the judge wrote; ``None`` where it was not asked."""


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """One answer of a subtask with its verdict.

    Figures and comparisons need no more than the verdict and whose it is; reports show the rest.
    """

    sample_id: str
    score: Score
    subset: str = "default"
    category: str | None = None
    """Category of the subset."""
    repeat: int = 0
    hash: str = ""
    """Of the request, by which its answer is known."""
    sample: Sample | None = None
    """What was asked; ``None`` where it was not read, or an older perfbench did not store it."""
    record: Record | None = None
    """What came of it; ``None`` where it was not read, was not asked, or never ended."""
    judgements: Sequence[Judgement] = ()
    """What judges said of it, where the score is of judges."""

    @property
    def output_tokens(self) -> int | None:
        """Length of the output by ``usage``; ``None`` if unknown."""
        usage = self.record.usage if self.record is not None else None
        return usage.output_tokens if usage is not None else None

    @property
    def latency_ms(self) -> float | None:
        """From sending the request to the end of its answer; ``None`` if unknown."""
        record = self.record
        if record is None or record.sent_ns is None or record.end_ns is None:
            return None
        return (record.end_ns - record.sent_ns) / 1e6
