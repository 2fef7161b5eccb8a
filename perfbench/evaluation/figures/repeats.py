"""What several answers to one question tell: pass@k, pass^k, cons@k, G-Pass@k, mG-Pass@k.

Each figure is the exact expectation over a uniform draw of k of the answers of one sample, without
replacement: an unbiased estimate of the same event with k fresh answers. Pure combinatorics on one
sample; averages and intervals over samples are made elsewhere. ``docs/accuracy.md`` names sources.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, comb, fsum

from perfbench.errors import ConfigError
from perfbench.types import Score

THRESHOLDS = (0.5, 0.75, 1.0)
"""Shares of right answers that G-Pass@k asks for."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Which figures of repeats are wanted."""

    repeats: int
    """Answers asked for of each sample."""
    ks: tuple[int, ...]
    thresholds: tuple[float, ...] = THRESHOLDS

    @classmethod
    def of(cls, repeats: int, ks: Sequence[int] | None, thresholds: Sequence[float]) -> Draws:
        """Check the wishes; the default of ``ks`` is 1 and ``repeats``.

        Raises:
            ConfigError: a k is below 1 or above ``repeats``, or a threshold outside 0 to 1.
        """
        chosen = tuple(sorted({1, repeats} if ks is None else set(ks)))
        for k in chosen:
            if not 1 <= k <= repeats:
                raise ConfigError(f"k = {k} cannot be estimated from {repeats} repeats")
        for threshold in thresholds:
            if not 0 <= threshold <= 1:
                raise ConfigError(f"a threshold of G-Pass@k lies in 0 to 1, not at {threshold}")
        return cls(repeats, chosen, tuple(sorted(set(thresholds))))


@dataclass(frozen=True, slots=True)
class Consensus:
    """The majority vote of k answers."""

    value: float
    """Expected score of the winner; tied answers win with equal chances."""
    tie: float
    """Probability that more than one answer leads."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the repeats of one sample tell."""

    figures: dict[str, float]
    """By name (``pass@8``)."""
    ties: dict[str, float]
    """Probability of a tied vote, for each ``cons@k`` among the figures."""


def told(scores: Sequence[Score], draws: Draws, verdicts: bool) -> Told:
    """Every figure of one sample that these repeats of it can tell.

    Unscored answers are drawn like the others: they are not right and have no vote. Leave them out
    of ``scores`` to draw from scored answers alone. A figure is absent if fewer than k answers are
    there; ``verdicts`` says that all scores are 0 or 1, as all but cons@k ask for.
    """
    found, ties = {}, {}
    right = sum(score.value == 1 for score in scores)
    for k in draws.ks:
        if k > len(scores):
            continue
        if verdicts:
            found.update(_passes(len(scores), right, k, draws.thresholds))
        vote = consensus(scores, k) if k > 1 else None
        if vote is not None:
            found[f"cons@{k}"] = vote.value
            ties[f"cons@{k}"] = vote.tie
    return Told(found, ties)


def names(draws: Draws, verdicts: bool) -> list[str]:
    """The figures that :func:`told` can give, in the order they are shown."""
    found = []
    for k in draws.ks:
        if verdicts:
            found += list(_passes(k, k, k, draws.thresholds))
        if k > 1:
            found.append(f"cons@{k}")
    return found


def at_least(number: int, right: int, k: int, wanted: int) -> float:
    """Probability that ``wanted`` or more of k answers, drawn from ``number``, are right.

    The upper tail of the hypergeometric distribution: ``wanted`` 1 makes it pass@k, k pass^k.
    """
    wrong = number - right
    ways = sum(comb(right, i) * comb(wrong, k - i) for i in range(wanted, min(right, k) + 1))
    return ways / comb(number, k)


def pass_at_k(number: int, right: int, k: int) -> float:
    """Probability that any of k answers is right (Chen et al. 2021)."""
    return at_least(number, right, k, 1)


def pass_hat_k(number: int, right: int, k: int) -> float:
    """Probability that all of k answers are right: pass^k (Yao et al. 2024)."""
    return at_least(number, right, k, k)


def g_pass_at_k(number: int, right: int, k: int, threshold: float) -> float:
    """Probability that the share ``threshold`` of k answers is right (Liu et al. 2024).

    A threshold of 0 asks for one right answer, as pass@k does.
    """
    # 0.28 * 25 is above 7 in binary; what is meant is the decimal number.
    return at_least(number, right, k, max(1, ceil(Fraction(str(threshold)) * k)))


def mg_pass_at_k(number: int, right: int, k: int) -> float:
    """Mean of G-Pass@k over thresholds from one half to 1 (Liu et al. 2024), for k > 1."""
    return 2 / k * fsum(at_least(number, right, k, i) for i in range(ceil(k / 2) + 1, k + 1))


def consensus(scores: Sequence[Score], k: int) -> Consensus | None:
    """The majority vote of k of these answers; ``None`` if it cannot be told.

    Answers are equal if they have one vote (``Score.vote``). A draw without any vote scores 0. It
    cannot be told if fewer than k answers are there, or if one was scored without an extracted
    answer.
    """
    if len(scores) < k:
        return None
    values: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        if score.value is None:
            continue
        if score.answer is None:
            return None
        values[score.answer if score.vote is None else score.vote].append(score.value)
    counts = tuple(sorted(map(len, values.values())))
    outcome = _election(counts, len(scores) - sum(counts), k)
    worth = fsum(outcome.wins[len(given)] * fsum(given) / len(given) for given in values.values())
    return Consensus(worth, outcome.tie)


@lru_cache(maxsize=65536)
def _passes(number: int, right: int, k: int, thresholds: tuple[float, ...]) -> dict[str, float]:
    found = {f"pass@{k}": pass_at_k(number, right, k)}
    if k == 1:
        return found  # all the others are the same figure
    found[f"pass^{k}"] = pass_hat_k(number, right, k)
    for threshold in thresholds:
        found[f"G-Pass@{k}_{threshold}"] = g_pass_at_k(number, right, k, threshold)
    found[f"mG-Pass@{k}"] = mg_pass_at_k(number, right, k)
    return found


@dataclass(frozen=True, slots=True)
class _Outcome:
    wins: dict[int, float]
    """Probability that an answer given so many times wins the vote, ties broken by lot."""
    tie: float


@lru_cache(maxsize=65536)
def _election(counts: tuple[int, ...], silent: int, k: int) -> _Outcome:
    """``counts``: how often each answer was given; ``silent``: answers without a vote."""
    number = sum(counts) + silent
    if k == number:
        most = max(counts, default=0)
        leaders = counts.count(most)
        wins = {count: 1 / leaders if count == most else 0.0 for count in counts}
        return _Outcome(wins, float(leaders > 1))
    draws = comb(number, k)
    wins, alone = {}, Fraction(comb(silent, k), draws)
    for count, times in Counter(counts).items():
        others = list(counts)
        others.remove(count)
        chance = Fraction(0)
        for rivals, ways in _leading(count, tuple(others), silent, k):
            chance += Fraction(ways, draws * (rivals + 1))
            if rivals == 0:
                alone += Fraction(ways * times, draws)
        wins[count] = float(chance)
    return _Outcome(wins, float(1 - alone))


def _leading(count: int, others: tuple[int, ...], silent: int, k: int) -> Iterator[tuple[int, int]]:
    """Number of draws in which an answer leads, by the number of rivals it leads with.

    Builds up, answer by answer, the number of ways to draw so many others in all of which none is
    drawn more often than the leader.
    """
    for votes in range(1, min(count, k) + 1):
        rest = k - votes
        ways: dict[tuple[int, int], int] = {(0, 0): comb(count, votes)}
        for other in others:
            grown: dict[tuple[int, int], int] = defaultdict(int)
            for (rivals, drawn), number in ways.items():
                for more in range(min(votes, other, rest - drawn) + 1):
                    grown[rivals + (more == votes), drawn + more] += number * comb(other, more)
            ways = grown
        for (rivals, drawn), number in ways.items():
            yield rivals, number * comb(silent, rest - drawn)
