"""Averages over samples with their standard error and 95 % interval.

The unit of chance is the sample: samples count as drawn independently from all the questions the
data set stands for, the repeats of one sample do not (Miller 2024, "Adding Error Bars to Evals").
An average is therefore a ratio of sums over samples, and its variance the clustered one of the
ratio estimator (Cochran 1977, "Sampling Techniques", ch. 6). Knows nothing of answers or verdicts.
Figures carry the unit of the values they average; ``docs/accuracy.md`` gives every formula.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from perfbench.chance import Z, student_quantile

Method = Literal["wilson", "student"]


@dataclass(frozen=True, slots=True)
class Term:
    """What one sample adds to an average."""

    total: float
    """Sum of its values, each multiplied by its weight."""
    weight: float
    """Sum of the weights; 0 if the sample has no say."""
    answers: int
    """How many answers stand behind it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An average and how well it is known. Unknown is ``None``."""

    value: float | None
    standard_error: float | None
    """``None`` if fewer than two samples speak."""
    low: float | None
    """Lower end of the 95 % interval."""
    high: float | None
    samples: int
    """Samples with any weight in the average."""
    method: Method | None
    """How the interval was made: ``wilson`` for averages of 0/1 verdicts, else ``student``."""


NOTHING = Estimate(None, None, None, None, 0, None)
"""The average of no values."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What is known of the values that are averaged."""

    verdicts: bool
    """They come from 0/1 verdicts, so that 0 and 1 bound them and the interval is Wilson's."""
    low: float = -math.inf
    high: float = math.inf


UNBOUNDED = Scale(verdicts=False)


def average(terms: Sequence[Term], scale: Scale) -> Estimate:
    """The sum of all totals over the sum of all weights, clustered by sample."""
    heard = [term for term in terms if term.weight > 0]
    if not heard:
        return NOTHING
    weight = math.fsum(term.weight for term in heard)
    value = math.fsum(term.total for term in heard) / weight
    off = math.fsum((term.total - value * term.weight) ** 2 for term in heard)
    spread, samples = off / weight**2, len(heard)
    error = math.sqrt(spread * samples / (samples - 1)) if samples > 1 else None
    if scale.verdicts:
        low, high = wilson(value, _effective(value, spread, heard))
        return Estimate(value, error, low, high, samples, "wilson")
    if error is None:
        return Estimate(value, None, None, None, samples, None)
    low, high = _student(value, error, samples - 1, scale)
    return Estimate(value, error, low, high, samples, "student")


def mean_of(groups: Sequence[Sequence[Term]], scale: Scale) -> Estimate:
    """The unweighted mean of the groups' averages (macro average); groups without weight stay out.

    Its variance is the sum of the groups' own over the squared number of groups: the groups are
    fixed, only samples within them are drawn. It is unknown if a group has a single sample.
    """
    parts = [part for part in (average(group, scale) for group in groups) if part.value is not None]
    if not parts:
        return NOTHING
    value = math.fsum(part.value for part in parts if part.value is not None) / len(parts)
    errors = [part.standard_error for part in parts if part.standard_error is not None]
    samples = sum(part.samples for part in parts)
    if len(errors) < len(parts):
        return Estimate(value, None, None, None, samples, None)
    variance = math.fsum(error**2 for error in errors) / len(parts) ** 2
    error = math.sqrt(variance)
    if scale.verdicts:
        heard = [term for group in groups for term in group if term.weight > 0]
        low, high = wilson(value, _effective(value, variance, heard))
        return Estimate(value, error, low, high, samples, "wilson")
    low, high = _student(value, error, samples - len(parts), scale)
    return Estimate(value, error, low, high, samples, "student")


def wilson(share: float, count: float) -> tuple[float, float]:
    """Wilson's score interval (1927) for a share seen in ``count`` independent verdicts."""
    square = Z * Z / count
    centre = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / count + square / (4 * count)) / (1 + square)
    # Rounding must not put the ends on the wrong side of the share or of 0 and 1.
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def _effective(share: float, spread: float, terms: Sequence[Term]) -> float:
    """How many independent verdicts would know the share as well (Korn and Graubard 1998).

    Their very number if each sample gave one; never more than the answers given. At 0 or 1 they
    say nothing of how repeats depend on each other: then only samples count.

    Args:
        spread: variance of the share, not corrected for few samples.
        terms: those with a weight.
    """
    if not 0 < share < 1:
        return len(terms)
    answers = sum(term.answers for term in terms)
    return min(share * (1 - share) / spread, answers) if spread > 0 else answers


def _student(value: float, error: float, freedom: int, scale: Scale) -> tuple[float, float]:
    half = student_quantile(freedom) * error
    return max(value - half, scale.low), min(value + half, scale.high)
