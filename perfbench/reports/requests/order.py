"""Rows in the order of a key: any part of it, found without sorting the rest.

Places are those of rows in the order of completion, from 0; an id is one more. NaN, which is
unknown, comes last, and what is equal stays in the order of completion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perfbench.metrics.columns import Floats


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows that a query finds, in its order."""

    length: int
    """Rows of the table."""
    places: NDArray[np.int64] | None
    """Which rows, from 0; ``None`` if all."""
    keys: Floats | None
    """What each is sorted by; ``None``: in the order of completion."""
    descending: bool

    @property
    def total(self) -> int:
        return self.length if self.places is None else len(self.places)

    def ids(self, offset: int, limit: int) -> list[int]:
        """Those of some of them, as they are sorted."""
        if self.keys is not None:
            chosen = ordered(self.keys, self.descending, offset, limit)
        else:
            start, stop = min(offset, self.total), min(offset + limit, self.total)
            chosen = np.arange(start, stop)
            chosen = self.total - 1 - chosen if self.descending else chosen
        found = chosen if self.places is None else self.places[chosen]
        return [int(place) + 1 for place in found]

    def position(self, key: int) -> int | None:
        """Where the request with this id stands; ``None`` if it is not among them."""
        if not 0 < key <= self.length:
            return None
        place = key - 1
        if self.places is not None:
            place = int(np.searchsorted(self.places, key - 1))
            if place == len(self.places) or self.places[place] != key - 1:
                return None
        if self.keys is not None:
            return position(self.keys, self.descending, place)
        return self.total - 1 - place if self.descending else place


def ordered(keys: Floats, descending: bool, offset: int, limit: int) -> NDArray[np.int64]:
    """The places of the keys that stand from ``offset`` on when they are sorted: NaN last, equal
    ones in the order they have. Finds them without sorting the rest.
    """
    keys = -keys if descending else keys
    unknown = np.isnan(keys)
    known = len(keys) - int(unknown.sum())
    stop = min(offset + limit, known)
    parts: list[NDArray[np.int64]] = []
    if offset < stop:
        parts.append(_between(keys, offset, stop))
    if offset + limit > known:
        rest = np.nonzero(unknown)[0]
        parts.append(rest[max(offset - known, 0) : offset + limit - known])
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _between(keys: Floats, start: int, stop: int) -> NDArray[np.int64]:
    """Those of the ``start``-th to before the ``stop``-th smallest, in order."""
    parted = np.partition(keys, (start, stop - 1))
    low, high = parted[start], parted[stop - 1]
    lowest = np.nonzero(keys == low)[0][start - int((keys < low).sum()) :]
    if low == high:
        return lowest[: stop - start]
    middle = np.nonzero((keys > low) & (keys < high))[0]
    middle = middle[np.argsort(keys[middle], kind="stable")]
    left = stop - start - len(lowest) - len(middle)
    return np.concatenate([lowest, middle, np.nonzero(keys == high)[0][:left]])


def position(keys: Floats, descending: bool, place: int) -> int:
    """Where the key at ``place`` stands when they are sorted as :func:`ordered` sorts them."""
    keys = -keys if descending else keys
    own = keys[place]
    if np.isnan(own):
        unknown = np.isnan(keys)
        return len(keys) - int(unknown.sum()) + int(unknown[:place].sum())
    return int((keys < own).sum()) + int((keys[:place] == own).sum())
