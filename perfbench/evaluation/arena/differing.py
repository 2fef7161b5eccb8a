"""The battles that two arenas both held: where two models met over the same question in each.

Pure: works from what came of the battles, whoever judged them. Which model a battle calls its
first does not matter here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from perfbench.evaluation.arena.outcome import Judged
from perfbench.evaluation.figures.agreement import Agreement, cohen_kappa

_Key = tuple[str, str, str]
"""Two models in the order of their names, and the question."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """A battle that came out otherwise in the second arena."""

    question: str
    """Key of the question."""
    models: tuple[str, str]
    """In the order of their names."""
    a: int
    """Its place among the battles of the first arena."""
    b: int
    winner_a: str | None
    """A model, or ``None`` for a tie."""
    winner_b: str | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """What two arenas say of the battles that both held."""

    both: int
    """Battles with an outcome in both."""
    undecided: int
    """Held by both, but without an outcome in one of them or in both."""
    only_a: int
    only_b: int
    reversals: Sequence[Reversal]
    """In the order of the first arena."""
    kappa: Agreement
    """Cohen's kappa of the two outcomes of each battle, clustered by question."""


def met_in_both(a: Sequence[Judged], b: Sequence[Judged]) -> Meeting:
    """Hold the battles of two arenas against each other."""
    ours, theirs = dict(_placed(a)), dict(_placed(b))
    held = [key for key in ours if key in theirs]
    said = [
        key
        for key in held
        if a[ours[key]].outcome is not None and b[theirs[key]].outcome is not None
    ]
    outcomes = {key: (_winner(a[ours[key]]), _winner(b[theirs[key]])) for key in said}
    return Meeting(
        both=len(said),
        undecided=len(held) - len(said),
        only_a=len(ours) - len(held),
        only_b=len(theirs) - len(held),
        reversals=[
            Reversal(key[2], key[:2], ours[key], theirs[key], *winners)
            for key, winners in outcomes.items()
            if winners[0] != winners[1]
        ],
        kappa=_agreement(outcomes),
    )


def _placed(bouts: Sequence[Judged]) -> Iterator[tuple[_Key, int]]:
    for place, bout in enumerate(bouts):
        one, other = sorted((bout.first, bout.second))
        yield (one, other, bout.question), place


def _winner(bout: Judged) -> str | None:
    return {"first": bout.first, "second": bout.second}.get(bout.outcome or "")


def _agreement(outcomes: Mapping[_Key, tuple[str | None, str | None]]) -> Agreement:
    def label(key: _Key, winner: str | None) -> str:
        return "tie" if winner is None else "first" if winner == key[0] else "second"

    return cohen_kappa(
        ((label(key, one), label(key, other)) for key, (one, other) in outcomes.items()),
        [question for *_, question in outcomes],
    )
