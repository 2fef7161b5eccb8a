"""Strengths of models from who beat whom: Bradley and Terry (1952) by maximum likelihood.

Many tables of outcomes (the resamples of a bootstrap) are fitted at once by Newton's method. Ties
are half a win for each side, or a kind of their own (Davidson 1970). Strengths are natural
logarithms of odds, with a mean of 0; what they are called on another scale is for the caller.

Where somebody never lost to anybody who could compare, the likelihood has no maximum: such a table
is fitted with one more battle a model, drawn, and spread over those it met. What of it is then
known on one side only is told by :func:`reach`. Tables that have a maximum get no such addition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from perfbench.evaluation.figures.battles import Array, Pairs

_STEPS = 200
_CLOSE = 1e-11
_RIDGE = 1e-9
"""Holds what a table says nothing of in its place; far below what any figure shows."""
_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Tables of outcomes of the same pairs: arrays of tables by pairs."""

    count: int
    """Models."""
    first: Array
    second: Array
    won: Array
    """Decided for the pair's first, scores between in parts."""
    lost: Array
    tied: Array
    """Ties as a kind of their own; all 0 where they are half a win for each."""

    @property
    def tables(self) -> int:
        return len(self.won)


def outcomes(pairs: Pairs, weights: Array, davidson: bool) -> Outcomes:
    """One table for each row of ``weights``, which says how often each question counts in it."""
    won, lost = weights @ pairs.won, weights @ pairs.lost
    tied = np.zeros_like(won)
    if davidson:
        tied = weights @ pairs.tied
        halves = weights @ pairs.tied_won
        won, lost = won - halves, lost - (tied - halves)
    return Outcomes(pairs.count, pairs.first, pairs.second, *map(_no_dust, (won, lost, tied)))


def _no_dust(values: Array) -> Array:
    """Without what subtraction leaves of nothing, which would count as a win."""
    return np.where(values < _EDGE, 0.0, values)


def reach(found: Outcomes) -> Array:
    """Who is shown to be as strong as whom, by tables x models x models: ``[t, i, j]`` says that i
    beat or drew with j, or with somebody of whom that is said.

    The strength of i above j is bounded from below exactly where it is true, from above where it
    is true of j and i; the likelihood has a maximum where it is true of all (Ford 1957).
    """
    beat = np.zeros((found.tables, found.count, found.count), dtype=np.float32)
    beat[:, found.first, found.second] = (found.won + found.tied) > 0
    beat[:, found.second, found.first] = (found.lost + found.tied) > 0
    beat[:, range(found.count), range(found.count)] = 1
    for _ in range(max(1, math.ceil(math.log2(max(2, found.count))))):
        beat = ((beat @ beat) > 0).astype(np.float32)
    return beat > 0


def strengths(found: Outcomes, reached: Array) -> tuple[Array, Array]:
    """Strengths by tables x models, and by table the logarithm of Davidson's tie parameter (minus
    infinity without ties)."""
    found = _with_draws(found, np.asarray(~reached.all(axis=(1, 2))))
    met = found.won + found.lost + found.tied
    score = found.won + found.tied / 2
    davidson = found.tied.sum(axis=1) > 0
    strength = np.zeros((found.tables, found.count))
    ties = np.where(davidson, 0.0, -np.inf)
    for _ in range(_STEPS):
        win, tie = chances(strength[:, found.first] - strength[:, found.second], ties[:, None])
        expected = win + tie / 2
        gradient, hessian = _assembled(
            found,
            score - met * expected,
            met * (win + tie / 4 - expected**2),
            met * tie * (0.5 - expected),
        )
        gradient[:, -1] = np.where(davidson, (found.tied - met * tie).sum(axis=1), 0)
        hessian[:, -1, -1] = np.where(davidson, (met * tie * (1 - tie)).sum(axis=1), 1) + _RIDGE
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        moved = np.abs(step[:, found.first] - step[:, found.second]).max(axis=1, initial=0)
        # No step may change a logit by more than 1: then each gains likelihood, from any start.
        step /= np.maximum(1.0, moved + np.abs(step[:, -1]))[:, None]
        strength += step[:, :-1]
        ties += np.where(davidson, step[:, -1], 0)
        if np.abs(step).max(initial=0) < _CLOSE:
            break
    return strength - strength.mean(axis=1, keepdims=True), ties


def chances(difference: Array, ties: Array) -> tuple[Array, Array]:
    """Chances that the stronger by ``difference`` wins, and of a tie."""
    ahead, behind = (
        np.exp(np.clip(difference, -700, 700) / 2),
        np.exp(np.clip(-difference, -700, 700) / 2),
    )
    even = np.exp(ties)
    total = ahead + behind + even
    return ahead / total, even / total


def _with_draws(found: Outcomes, open_ended: Array) -> Outcomes:
    """The tables, with one drawn battle more for each model of those that are ``open_ended``."""
    if not open_ended.any():
        return found
    met = found.won + found.lost + found.tied
    sides = np.eye(found.count)[found.first] + np.eye(found.count)[found.second]
    each = met @ sides
    share = 1 / np.maximum(each, _EDGE)
    added = met * (share[:, found.first] + share[:, found.second]) / 4 * open_ended[:, None]
    return Outcomes(
        found.count,
        found.first,
        found.second,
        found.won + added,
        found.lost + added,
        found.tied,
    )


def _assembled(
    found: Outcomes, gradient: Array, curvature: Array, mixed: Array
) -> tuple[Array, Array]:
    """Gradient and (negative) Hessian in strengths and the tie parameter, from those in the
    differences of the pairs; the tie parameter's own place is left to the caller."""
    size, models = found.count + 1, np.arange(found.count)
    incidence = np.zeros((len(found.first), size))
    incidence[np.arange(len(found.first)), found.first] = 1
    incidence[np.arange(len(found.first)), found.second] = -1
    hessian = np.zeros((found.tables, size, size))
    hessian[:, found.first, found.second] = -curvature
    hessian[:, found.second, found.first] = -curvature
    hessian[:, models, models] = (curvature @ np.abs(incidence))[:, :-1] + _RIDGE
    # Only differences count: the mean is held at 0.
    hessian[:, :-1, :-1] += 1 / found.count
    hessian[:, :-1, -1] = hessian[:, -1, :-1] = (mixed @ incidence)[:, :-1]
    return gradient @ incidence, hessian
