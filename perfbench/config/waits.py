"""Waits and amounts that are drawn: ``2s``, ``exponential:2s``, ``lognormal:2s:0.8``.

Owns how they are written and what is drawn. Knows no particular setting. Durations are seconds.
"""

from __future__ import annotations

import math
import random

import msgspec

from perfbench.config.quantities import plain

LAWS = ("constant", "exponential", "lognormal")
_SIGMA = 1.0
"""Spread of a lognormal where it is left out: the longest tenth is then half of all waiting."""


class Drawn(msgspec.Struct, frozen=True):
    """An amount that is drawn anew each time, of a given mean."""

    law: str
    mean: float
    sigma: float = 0.0
    """Standard deviation of the logarithm, of ``lognormal``."""

    def draw(self, chance: random.Random) -> float:
        """One amount, 0 or more."""
        if self.law == "exponential" and self.mean:
            return chance.expovariate(1 / self.mean)
        if self.law == "lognormal" and self.mean:
            return chance.lognormvariate(math.log(self.mean) - self.sigma**2 / 2, self.sigma)
        return self.mean


def read_drawn(text: str, unit: str | None = "s") -> Drawn:
    """What a text such as ``exponential:500ms`` says.

    Args:
        unit: of a plain number, and of the result; durations are also read with a unit of theirs.

    Raises:
        ValueError: it is no such text.
    """
    law, colon, rest = text.partition(":")
    if not colon:
        law, rest = "constant", text
    amount, _, sigma = rest.partition(":")
    if law not in LAWS or (sigma and law != "lognormal"):
        raise ValueError(
            f"{text!r}: it is a mean (2s), or exponential:MEAN, or lognormal:MEAN[:SIGMA]"
        )
    spread = _number(text, sigma, None) if sigma else _SIGMA if law == "lognormal" else 0.0
    return Drawn(law, _number(text, amount, unit), spread)


def _number(text: str, word: str, unit: str | None) -> float:
    try:
        value = float(plain(word, unit))
    except ValueError:
        raise ValueError(f"{text!r}: {word!r} is no number" + " or duration" * bool(unit)) from None
    if not 0 <= value < math.inf:
        raise ValueError(f"{text!r}: must be 0 or more")
    return value
