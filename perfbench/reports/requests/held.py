"""Columns of requests in memory: numbers, places in lists of words, and texts, each as an array
that grows with its run.

Owns how a column is kept and made comparable; reads nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics.columns import Bools, Floats

_TEXT_BYTES = 180
"""A text that occurs, in a dict and in a list."""


class Growing:
    """An array that values are added to at its end.

    Args:
        values: the first of them; what numpy keeps them as, it keeps the others as.
    """

    def __init__(self, values: NDArray[Any]) -> None:
        self._room = values
        self._length = len(values)

    def __len__(self) -> int:
        return self._length

    def add(self, values: NDArray[Any], upto: int) -> None:
        """Add values; ``upto`` is how many there will soon be, as far as is known."""
        length = self._length + len(values)
        if length > len(self._room):
            room = np.empty(max(length, upto, len(self._room) * 5 // 4), dtype=self._room.dtype)
            room[: self._length] = self._room[: self._length]
            self._room = room
        self._room[self._length : length] = values
        self._length = length

    def first(self, count: int) -> NDArray[Any]:
        """The first of them; what is added later does not change it."""
        return self._room[:count]

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self._room.nbytes


class Numbers:
    """A column of numbers, NaN where unknown, or of places in a list of words, -1 where unknown.

    Args:
        values: those of the first rows.
    """

    def __init__(self, word: bool, values: NDArray[Any] | None = None) -> None:
        nothing = np.empty(0, dtype=np.int32 if word else np.float64)
        self._values = Growing(nothing if values is None else values)
        self._word = word

    def __len__(self) -> int:
        return len(self._values)

    def add(self, values: NDArray[Any], upto: int) -> None:
        """Add those of the next rows."""
        self._values.add(values, upto)

    def keys(self, count: int) -> Floats:
        """What the first rows are sorted by; NaN where unknown."""
        values = self._values.first(count)
        return _known(values) if self._word else values

    def places(self, count: int) -> NDArray[Any]:
        """The first rows' values as they are."""
        return self._values.first(count)

    def pieces(self, count: int) -> list[tuple[str, NDArray[Any]]]:
        """What the first rows are made from, by name."""
        return [("places" if self._word else "numbers", self._values.first(count))]

    @property
    def nbytes(self) -> int:
        """Memory that it takes, about."""
        return self._values.nbytes


class Texts:
    """A column of texts: each text that occurs once, and which of them every row has.

    Args:
        texts: those that occur, sorted.
        rows: which of them the first rows have, -1 where unknown.
    """

    def __init__(self, texts: Sequence[str] = (), rows: NDArray[Any] | None = None) -> None:
        self._places: dict[str, int] = {}
        self._rows = Growing(np.empty(0, dtype=np.int32) if rows is None else rows)
        self._sorted = [*texts]
        self._ranks = np.append(np.arange(len(texts), dtype=np.int32), np.int32(-1))

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, values: Sequence[str | None], upto: int) -> None:
        """Add those of the next rows."""
        if len(self._places) < len(self._sorted):
            self._places = {text: place for place, text in enumerate(self._sorted)}
        places = self._places
        rows = [-1 if text is None else places.setdefault(text, len(places)) for text in values]
        self._rows.add(np.array(rows, dtype=np.int32), upto)

    def keys(self, count: int) -> Floats:
        """What the first rows are sorted by: places in the alphabet; NaN where unknown."""
        return _known(self._ranked(count))

    def match(self, pattern: str, count: int) -> Bools:
        """Which of the first rows have this text, or one that begins so, if it ends in ``*``."""
        ranked = self._ranked(count)
        start, stop = matching(self._sorted, pattern)
        found: Bools = (ranked >= start) & (ranked < stop)
        return found

    def pieces(self, count: int) -> list[tuple[str, NDArray[Any]]]:
        """What the first rows are made from, by name."""
        ranked = self._ranked(count)
        encoded = [text.encode() for text in self._sorted]
        ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
        letters = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        return [("places", ranked), ("letters", letters), ("ends", ends)]

    @property
    def nbytes(self) -> int:
        """Memory that it takes, about."""
        return self._rows.nbytes + _TEXT_BYTES * len(self._sorted)

    def _ranked(self, count: int) -> NDArray[Any]:
        if len(self._sorted) < len(self._places):
            self._sorted = sorted(self._places)
            self._ranks = np.empty(len(self._sorted) + 1, dtype=np.int32)
            self._ranks[[self._places[text] for text in self._sorted]] = range(len(self._sorted))
            self._ranks[-1] = -1
        ranks: NDArray[Any] = self._ranks[self._rows.first(count)]
        return ranks


def matching(alphabet: Sequence[str], pattern: str) -> tuple[int, int]:
    """Where the texts that a pattern means stand in a sorted list: from one place to before
    another."""
    stem = pattern.removesuffix("*")
    start = bisect_left(alphabet, stem)
    if stem == pattern:
        return start, start + (alphabet[start : start + 1] == [pattern])
    return start, bisect_left(alphabet, True, start, key=lambda text: not text.startswith(stem))


def _known(places: NDArray[Any]) -> Floats:
    keys = places.astype(np.float64)
    keys[places < 0] = np.nan
    return keys
