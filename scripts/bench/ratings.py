"""Whether the intervals of arena ratings hold what they say, on simulated tournaments.

Models of known strength meet, every pair on every question, in both orders. A question suits some
models better than others (a random effect for each model and question), so that its battles are no
independent facts; the judge prefers the first answer, and sometimes calls a tie. The truth is what
endless questions would give, by integration over the random effects. Printed is the share of 95 %
intervals that hold it: of ratings with the mean and with a baseline as anchor, and of win rates
against the baseline; and the share of pairs called better that are not.

Takes about five minutes. With --check the exit status is 1 if a share of the ratings is outside
93 to 97 %.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass

import numpy as np

from perfbench.evaluation.figures.battles import Battle
from perfbench.evaluation.figures.bradley_terry import Outcomes, reach, strengths
from perfbench.evaluation.figures.ratings import ANCHOR, POINTS, rate
from perfbench.evaluation.figures.winrates import against

BAR = (0.93, 0.97)
SPREAD = 1.0
"""Standard deviation of a model's strength over questions, in natural logarithm of odds."""
BIAS = 0.6
"""What standing first is worth to the judge."""
TIE = 0.1


@dataclass(frozen=True)
class Tournament:
    models: int
    questions: int
    times: int

    @property
    def strengths(self) -> np.ndarray:
        return np.linspace(-0.8, 0.8, self.models)

    def played(self, random: np.random.Generator) -> list[Battle]:
        models = self.models
        first, second = np.triu_indices(models, 1)
        suits = self.strengths + SPREAD * random.standard_normal((self.questions, models))
        gap = suits[:, first] - suits[:, second]
        score = np.zeros(gap.shape)
        for bias in (BIAS, -BIAS):
            won = random.random(gap.shape) < 1 / (1 + np.exp(-(gap + bias)))
            score += np.where(random.random(gap.shape) < TIE, 0.5, won) / 2
        return [
            Battle(f"m{i}", f"m{j}", float(score[q, k]), str(q))
            for q in range(self.questions)
            for k, (i, j) in enumerate(zip(first, second, strict=True))
        ]

    def shares(self) -> np.ndarray:
        """How often each model truly beats each other, ties being halves."""
        at, weight = np.polynomial.hermite_e.hermegauss(60)
        gap = self.strengths[:, None] - self.strengths[None, :]
        noisy = gap[:, :, None] + math.sqrt(2) * SPREAD * at
        won = sum(1 / (1 + np.exp(-(noisy + bias))) for bias in (BIAS, -BIAS)) / 2
        return (1 - TIE) * (won @ (weight / weight.sum())) + TIE / 2

    def truth(self) -> np.ndarray:
        """Ratings that endless questions would give; their mean is 1000."""
        first, second = np.triu_indices(self.models, 1)
        share = self.shares()[first, second][None]
        found = Outcomes(self.models, first, second, share, 1 - share, np.zeros_like(share))
        return ANCHOR + POINTS * strengths(found, reach(found))[0][0]


def coverage(tournament: Tournament, draws: int) -> dict[str, float]:
    truth, shares = tournament.truth(), tournament.shares()
    held: dict[str, list[bool]] = {"mean": [], "baseline": [], "win rate": []}
    called = wrong = 0
    for seed in range(tournament.times):
        battles = tournament.played(np.random.default_rng([tournament.models, seed]))
        for anchor, name in ((None, "mean"), ("m0", "baseline")):
            table = rate(battles, anchor, draws=draws, seed=seed)
            for each in table.ratings:
                place = int(each.model[1:])
                if each.model != anchor and each.low is not None and each.high is not None:
                    true = truth[place] - (truth[0] - ANCHOR if anchor else 0)
                    held[name].append(each.low <= true <= each.high)
        called += len(table.beats)
        wrong += sum(int(a[1:]) < int(b[1:]) for a, b in table.beats)
        for model, rate_ in against(battles, "m0").items():
            low, high = rate_.estimate.low, rate_.estimate.high
            held["win rate"].append(low <= shares[int(model[1:]), 0] <= high)
    found = {name: sum(each) / len(each) for name, each in held.items()}
    return {**found, "falsely better": wrong / max(1, called)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--times", type=int, default=300, help="Tournaments of each size.")
    args = parser.parse_args()
    missed = False
    print(
        f"{'models':>6} {'questions':>9} {'mean':>7} {'baseline':>9} {'win rate':>9} "
        f"{'falsely better':>15} {'seconds':>8}"
    )
    for models, questions in ((3, 30), (3, 200), (10, 50), (10, 200), (30, 60)):
        began = time.monotonic()
        times = args.times if models < 30 else max(20, args.times // 4)
        found = coverage(Tournament(models, questions, times), args.draws)
        missed |= any(not BAR[0] <= found[name] <= BAR[1] for name in ("mean", "baseline"))
        print(
            f"{models:>6} {questions:>9} {found['mean']:>7.1%} {found['baseline']:>9.1%} "
            f"{found['win rate']:>9.1%} {found['falsely better']:>15.2%} "
            f"{time.monotonic() - began:>8.1f}",
            flush=True,
        )
    return int(args.check and missed)


if __name__ == "__main__":
    sys.exit(main())
