"""The laws that lengths, prefixes and models are drawn by, from the words that name them.

``lognormal:mean=512,std=200,max=4096`` is a law of lengths, ``zipf:1.1`` one of choices. Reads no
file: a law of a file's values is told them by whoever draws. Pure.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import msgspec

from perfbench.config.quantities import plain

EXAMPLES = (
    "512, uniform:min=100,max=200, normal:mean=512,std=64, lognormal:mean=512,std=200, "
    "zipf:exponent=1.2,max=4096, file:lengths.csv"
)
_LARGEST = 1 << 24
"""A length above this is a slip: it is more than any service takes."""
_NAMES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "fixed": (frozenset({"value"}), frozenset()),
    "uniform": (frozenset({"min", "max"}), frozenset()),
    "normal": (frozenset({"mean", "std"}), frozenset({"min", "max"})),
    "lognormal": (frozenset({"mean", "std"}), frozenset({"min", "max"})),
    "zipf": (frozenset({"exponent", "max"}), frozenset({"min"})),
}
"""By law: what it needs, and what it may have beside."""
_ALONE = {"fixed": "value"}
"""By law: what a number without a name is."""


class LengthLaw(msgspec.Struct, frozen=True):
    """How lengths are drawn."""

    kind: str
    numbers: Mapping[str, float]
    file: Path | None = None
    column: str | None = None

    @classmethod
    def of(cls, text: str) -> LengthLaw:
        """The law that ``text`` names.

        Raises:
            ValueError: it names none; the text says what is wrong.
        """
        kind, _, rest = text.strip().partition(":")
        if kind == "file":
            return cls._of_file(rest)
        if not rest:
            kind, rest = "fixed", kind
        if kind not in _NAMES:
            raise ValueError(f"no law is called {kind!r}; there are {', '.join([*_NAMES, 'file'])}")
        numbers = _numbers(kind, rest)
        needed, optional = _NAMES[kind]
        if missing := needed - numbers.keys():
            raise ValueError(f"{kind} needs {' and '.join(sorted(missing))}, such as {EXAMPLES}")
        if strange := numbers.keys() - needed - optional:
            raise ValueError(
                f"{kind} knows no {min(strange)!r}; it takes {', '.join(sorted(needed | optional))}"
            )
        _check(kind, numbers)
        return cls(kind, numbers)

    @classmethod
    def _of_file(cls, rest: str) -> LengthLaw:
        path, colon, column = rest.rpartition(":")
        if not rest or (colon and not column):
            raise ValueError("file needs the path of one: file:lengths.csv or file:FILE:COLUMN")
        return cls("file", {}, Path(path or column), column if path else None)

    def drawer(self, values: Sequence[int] = ()) -> Callable[[random.Random], int]:
        """What draws a length, given the chance to draw with.

        Args:
            values: those of the file, where the law is of one; each is as likely as any other.
        """
        numbers = self.numbers
        least, most = round(numbers.get("min", 1)), round(numbers.get("max", _LARGEST))
        if self.kind == "file":
            return lambda chance: values[int(chance.random() * len(values))]
        if self.kind == "fixed":
            return lambda chance: round(numbers["value"])
        if self.kind == "uniform":
            return lambda chance: chance.randint(least, most)
        if self.kind == "zipf":
            sums = list(
                accumulate(rank ** -numbers["exponent"] for rank in range(1, most - least + 2))
            )
            return lambda chance: least + bisect(sums, chance.random() * sums[-1], hi=most - least)
        mean, std = numbers["mean"], numbers["std"]
        if self.kind == "normal":
            return lambda chance: min(most, max(least, round(chance.gauss(mean, std))))
        sigma = math.sqrt(math.log1p((std / mean) ** 2))
        mu = math.log(mean) - sigma**2 / 2
        return lambda chance: min(most, max(least, round(chance.lognormvariate(mu, sigma))))


class ChoiceLaw(msgspec.Struct, frozen=True):
    """How one of several is chosen: all alike, or the first most often."""

    exponent: float = 0.0
    """Of Zipf's law: the k-th is chosen as 1/k to this power; 0 is all alike."""

    @classmethod
    def of(cls, text: str) -> ChoiceLaw:
        """The law that ``text`` names.

        Raises:
            ValueError: it names none; the text says what is wrong.
        """
        kind, _, rest = text.strip().partition(":")
        if kind == "uniform" and not rest:
            return cls()
        try:
            exponent = float(rest.removeprefix("exponent="))
        except ValueError:
            exponent = math.nan
        if kind != "zipf" or not 0 <= exponent < 100:
            raise ValueError("a choice is uniform, or zipf:EXPONENT, such as zipf:1.1")
        return cls(exponent)

    def weights(self, count: int) -> list[float]:
        """How likely each of ``count`` is, up to a factor."""
        return [rank**-self.exponent for rank in range(1, count + 1)]

    def places(self, chance: random.Random, count: int) -> Iterator[int]:
        """Places from 0 to ``count - 1`` without end."""
        return drawn(chance, self.weights(count))


def drawn(chance: random.Random, weights: Sequence[float]) -> Iterator[int]:
    """Places without end, each as likely as its weight says."""
    sums = list(accumulate(weights))
    while True:
        yield bisect(sums, chance.random() * sums[-1], hi=len(sums) - 1)


def _numbers(kind: str, text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, equals, word = part.partition("=")
        if not equals:
            name, word = _ALONE.get(kind, ""), part
        try:
            number = float(plain(word.strip(), None))
        except ValueError:
            number = math.nan
        if not name or not math.isfinite(number):
            raise ValueError(f"{part!r} is no name=number; such as {EXAMPLES}")
        found[name.strip()] = number
    return found


def _check(kind: str, numbers: Mapping[str, float]) -> None:
    least, most = numbers.get("min", 1), numbers.get("max", _LARGEST)
    for name in ("value", "min", "max"):
        number = numbers.get(name, 1)
        if not 1 <= number <= _LARGEST or number != int(number):
            raise ValueError(f"{kind}: {name} is a whole number from 1 to {_LARGEST:,}")
    if least > most:
        raise ValueError(f"{kind}: min is above max")
    if "mean" in numbers and not least <= numbers["mean"] <= most:
        raise ValueError(f"{kind}: mean is not between min ({least:g}) and max ({most:g})")
    if numbers.get("std", 0) < 0:
        raise ValueError(f"{kind}: std is 0 or more")
    if not 0 <= numbers.get("exponent", 1) < 100:
        raise ValueError(f"{kind}: exponent is 0 or more, and below 100")
    if kind == "zipf" and most - least > 1 << 20:
        raise ValueError(f"zipf: max is not more than {1 << 20:,} above min")
