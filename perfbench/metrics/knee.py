"""Where a sweep stops paying: the load after which more load brings hardly more throughput.

Pure arithmetic on loads and throughputs; knows no requests and no units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MIN_GROWTH = 0.05
"""Growth of throughput for each doubling of the load below which it counts as flat."""
MIN_LOADS = 3
"""Two loads show one step, and a step has no bend."""


@dataclass(frozen=True, slots=True)
class Knee:
    """What a sweep says of its knee."""

    place: int | None
    """Index of the load; ``None`` unless it was found."""
    where: Literal["inside", "at the lowest load", "beyond the highest load", "too few loads"]


def find_knee(loads: Sequence[float | None], throughputs: Sequence[float | None]) -> Knee:
    """The first load from which to every higher one throughput grows less than ``MIN_GROWTH`` for
    each doubling.

    Comparing with every higher load and not only with the next keeps one noisy step from making
    a knee.

    Args:
        loads: in any order; loads that are not all known and different are no sweep of the load.
        throughputs: of each load; ``None`` is unknown and left out.
    """
    known = sorted(
        (load, value, place)
        for place, (load, value) in enumerate(zip(loads, throughputs, strict=True))
        if load is not None and value is not None
    )
    distinct = len({load for load in loads if load}) == len(loads)
    if not distinct or sum(value > 0 for _, value, _ in known) < MIN_LOADS:
        return Knee(None, "too few loads")
    for rank, (load, value, place) in enumerate(known[:-1]):
        higher = known[rank + 1 :]
        if value > 0 and all(_flat(load, value, more, then) for more, then, _ in higher):
            return Knee(place, "inside" if rank else "at the lowest load")
    return Knee(None, "beyond the highest load")


def _flat(load: float, value: float, more: float, then: float) -> bool:
    doublings = math.log2(more / load)
    return then < value * math.pow(1 + MIN_GROWTH, doublings)
