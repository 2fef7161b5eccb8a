"""How often somebody may guess: wrong tokens are counted by address and over all.

An address that has given the right token is not kept out by the guesses of others. Knows no token
and no HTTP. Seconds of a monotonic clock.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable

WINDOW_S = 60.0
PER_ADDRESS = 10
"""Wrong tokens in a window from one address; of IPv6, one network of 64 bits."""
OVER_ALL = 100
"""Wrong tokens in a window from all addresses that never gave the right one."""
_REMEMBERED = 4096
"""Addresses; the ones that were heard of longest ago are forgotten."""


class Guesses:
    """Wrong tokens of late."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=OVER_ALL)
        self._known: OrderedDict[str, None] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """How long an address must wait before it may try again; 0 if it need not."""
        place = _place(address)
        own = self._left(self._wrong.get(place, deque()), PER_ADDRESS)
        return max(own, 0.0 if place in self._known else self._left(self._all, OVER_ALL))

    def wrong(self, address: str) -> None:
        """A wrong token came from an address."""
        place, now = _place(address), self._clock()
        self._wrong.setdefault(place, deque(maxlen=PER_ADDRESS)).append(now)
        self._wrong.move_to_end(place)
        self._all.append(now)
        if len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)

    def right(self, address: str) -> None:
        """The right token came from an address."""
        self._known[_place(address)] = None
        self._known.move_to_end(_place(address))
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _left(self, wrong: deque[float], most: int) -> float:
        if len(wrong) < most:
            return 0.0
        return max(0.0, wrong[0] + WINDOW_S - self._clock())


def _place(address: str) -> str:
    """What one attacker has of addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
