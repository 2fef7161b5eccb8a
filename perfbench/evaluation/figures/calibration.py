"""A judge against the labels of people on the same answers: how often it says the same, how far
beyond chance, and whether it leans towards what is shown first, or is longer.

Pure functions; worth is 0 to 1, as seen from the answer judged (of a pair: the first). Shares are
of 1, intervals 95 %, clustered by question; unknown is ``None``.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from perfbench.chance import Z
from perfbench.evaluation.figures.agreement import (
    Agreement,
    cohen_kappa,
    confusion,
    krippendorff_alpha,
)
from perfbench.evaluation.figures.intervals import Estimate, Scale, Term, average

_SHARE = Scale(True, 0.0, 1.0)
_DIFFERENCE = Scale(False, -1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Compared:
    """One label of a person, and what the judge said of the same."""

    question: Hashable
    human: float
    judge: float | None
    """Over its repeats and both orders; ``None`` where it gave no verdict."""
    orders: tuple[float, float] | None = None
    """Of a comparison: what it said with the first answer shown first, and shown second."""
    lengths: tuple[int, ...] = ()
    """Characters of the answer, or of both."""


@dataclass(frozen=True, slots=True)
class LengthBias:
    """Whether a judge leans towards what is longer, more than people do."""

    judge: Estimate
    """Of a comparison: share of its decided verdicts for the longer answer. Else: how much more it
    gives to the longer half of the answers than people do."""
    human: Estimate
    """The same of people; else of the shorter half."""
    difference: Estimate
    """The first less the second, on what both decided."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a judge is worth, by the labels of people."""

    labels: int
    verdicts: int
    """Labels on which the judge gave a verdict, too."""
    accuracy: Estimate
    """Share of these on which it says the same."""
    decided: Estimate
    """The same without what either calls a tie; of comparisons."""
    kappa: Agreement
    """Cohen's; on a scale Krippendorff's alpha (interval)."""
    confusion: dict[str, dict[str, int]]
    """By the label of the person, then by that of the judge."""
    same_swapped: Estimate
    """Share of comparisons on which it says the same in both orders."""
    first_wins: Estimate
    """Share of its decided verdicts, over both orders, for what was shown first; 0.5 is unbiased.
    """
    length: LengthBias


def calibrated(
    compared: Sequence[Compared], name: Callable[[float], str], on_a_scale: bool
) -> Calibration:
    """Hold a judge against people.

    Args:
        name: what a worth is called in the table.
        on_a_scale: verdicts are numbers; agreement counts how far they are apart.
    """
    both = [each for each in compared if each.judge is not None]
    pairs = [(each.human, each.judge or 0.0) for each in both]
    clusters = [each.question for each in both]
    if on_a_scale:
        kappa = krippendorff_alpha(pairs, "interval", clusters)
    else:
        kappa = cohen_kappa(pairs, clusters)
    table = confusion(pairs)
    decided = [each for each in both if 0.5 not in (each.human, each.judge)]
    swapped = [(each.question, each.orders) for each in both if each.orders is not None]
    first = [
        (question, float((worth > 0.5) != second))
        for question, shown in swapped
        for second, worth in zip((False, True), shown, strict=True)
        if worth != 0.5
    ]
    return Calibration(
        labels=len(compared),
        verdicts=len(both),
        accuracy=_mean((e.question, float(e.human == e.judge)) for e in both),
        decided=_mean(
            (e.question, float(e.human == e.judge)) for e in (() if on_a_scale else decided)
        ),
        kappa=kappa,
        confusion={
            name(float(human)): {name(float(judge)): count for judge, count in row.items()}
            for human, row in table.items()
        },
        same_swapped=_mean((q, float(shown[0] == shown[1])) for q, shown in swapped),
        first_wins=_mean(first),
        length=_of_pairs(both) if any(len(e.lengths) == 2 for e in both) else _of_answers(both),
    )


def _of_pairs(both: Sequence[Compared]) -> LengthBias:
    """How often the longer one wins, by the judge and by people."""
    judge, human, difference = [], [], []
    for each in both:
        first, second = each.lengths
        if first == second:
            continue
        by_judge, by_human = (
            None if worth == 0.5 else float((worth > 0.5) == (first > second))
            for worth in (each.judge or 0.0, each.human)
        )
        if by_judge is not None:
            judge.append((each.question, by_judge))
        if by_human is not None:
            human.append((each.question, by_human))
        if by_judge is not None and by_human is not None:
            difference.append((each.question, by_judge - by_human))
    return LengthBias(_mean(judge), _mean(human), _mean(difference, _DIFFERENCE))


def _of_answers(both: Sequence[Compared]) -> LengthBias:
    """How much more than people the judge gives, to the longer and to the shorter half."""
    sized = [each for each in both if each.lengths]
    middle = statistics.median([each.lengths[0] for each in sized]) if sized else 0
    over = [(each, (each.judge or 0.0) - each.human) for each in sized]
    longer = [(each.question, more) for each, more in over if each.lengths[0] > middle]
    shorter = [(each.question, more) for each, more in over if each.lengths[0] <= middle]
    first, second = _mean(longer, _DIFFERENCE), _mean(shorter, _DIFFERENCE)
    return LengthBias(first, second, _apart(first, second))


def _apart(first: Estimate, second: Estimate) -> Estimate:
    """The difference of two means, each of other answers."""
    errors = (first.standard_error, second.standard_error)
    if first.value is None or second.value is None:
        return average([], _DIFFERENCE)
    value, samples = first.value - second.value, first.samples + second.samples
    if errors[0] is None or errors[1] is None:
        return Estimate(value, None, None, None, samples, "student")
    error = (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    reach = Z * error
    return Estimate(value, error, value - reach, value + reach, samples, "student")


def _mean(values: Iterable[tuple[Hashable, float]], scale: Scale = _SHARE) -> Estimate:
    clusters: dict[Hashable, list[float]] = defaultdict(list)
    for question, value in values:
        clusters[question].append(value)
    terms = [Term(sum(found), len(found), len(found)) for found in clusters.values()]
    return average(terms, scale)
