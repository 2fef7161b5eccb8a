"""What a worker sends next: its part of a point's plan, taken one request at a time.

A source knows no clock, no slots and no transport. It hears of every request that has ended, so
that a later request may depend on it; those here do not. Bodies are made before the clock starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

import msgspec

from perfbench.types import Phase, Record, Request


class Source(Protocol):
    """Where a :class:`~perfbench.driver.load.PointLoad` gets its requests."""

    def take(self) -> Request | None:
        """The next request, or ``None`` while there is none. In a closed loop what has ended may
        bring more; an open loop is over then."""
        ...

    def ended(self, record: Record) -> None:
        """A request that was taken has ended and is recorded."""
        ...

    def left(self) -> Counter[Phase]:
        """How many planned requests have not been taken; none where only time ends the plan."""
        ...


def source_of(requests: list[Request], cycle: int | None) -> Source:
    """The source of a plan that ends, or that starts over every ``cycle`` requests. Takes over
    the list."""
    return Flat(requests) if cycle is None else Cycling(requests, cycle)


class Flat:
    """Requests in order, once. They leave the list as they are taken."""

    def __init__(self, requests: list[Request]) -> None:
        self._requests = requests
        self._requests.reverse()

    def take(self) -> Request | None:
        return self._requests.pop() if self._requests else None

    def ended(self, record: Record) -> None:
        pass

    def left(self) -> Counter[Phase]:
        return Counter(request.phase for request in self._requests)


class Cycling:
    """Requests in order, again and again; ``cycle`` is added to ``seq`` with each turn, and all
    but the first turn are measured."""

    def __init__(self, requests: list[Request], cycle: int) -> None:
        self._plan = self._turns(requests, cycle)

    def take(self) -> Request | None:
        return next(self._plan, None)

    def ended(self, record: Record) -> None:
        pass

    def left(self) -> Counter[Phase]:
        return Counter()

    @staticmethod
    def _turns(requests: list[Request], cycle: int) -> Iterator[Request]:
        yield from requests
        turn = 0
        while requests:
            turn += cycle
            for request in requests:
                yield msgspec.structs.replace(request, seq=request.seq + turn, phase="measure")
