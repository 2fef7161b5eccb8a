"""Which requests go wrong, and how.

Owns the draw of faults by their rates and the ``x-sim-fault`` header that asks for one. Knows
nothing of how a fault is acted out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from perfbench.simulator.api import Reject
from perfbench.simulator.options import Options

HEADER = "x-sim-fault"
KINDS = ("error", "in_band", "cut", "close", "stall", "empty")
"""``cut`` resets the connection half way through the answer, ``close`` closes it in good order."""

_EPSILON = 1e-9


class Fault(msgspec.Struct, frozen=True):
    """One thing that goes wrong with one request."""

    kind: str
    value: float | None = None
    """Status of an ``error``, seconds of a ``stall``; ``None`` takes the options'."""


class FaultPlan:
    """Deals faults to requests so that their shares are exact and evenly spread.

    After N requests every fault with rate r has come N*r times whenever all of the N*r are whole:
    a fault is dealt when the owed shares add up to one, and it is the one owed most, so no share is
    ever overdrawn by a whole fault.
    """

    def __init__(self, options: Options) -> None:
        rates = {
            "error": options.error_rate,
            "in_band": options.in_band_error_rate,
            "cut": options.cut_rate,
            "stall": options.stall_rate,
            "empty": options.empty_rate,
        }
        self._rates = {kind: rate for kind, rate in rates.items() if rate > 0}
        self._dealt = dict.fromkeys(self._rates, 0)
        self._seen = 0

    def deal(self) -> Fault | None:
        """The fault of the next request, if any."""
        if not self._rates:
            return None
        self._seen += 1
        owed = {kind: self._seen * rate - self._dealt[kind] for kind, rate in self._rates.items()}
        if sum(owed.values()) < 1 - _EPSILON:
            return None
        kind = max(owed, key=owed.__getitem__)
        self._dealt[kind] += 1
        return Fault(kind)


def parse_header(text: str, options: Options) -> tuple[Fault | None, Options]:
    """Read ``x-sim-fault``: items split by ``;``, each a fault or an option for this request.

    For example ``cut``, ``error=503``, ``stall=0.2``, or ``framing=odd; usage=late``. An empty
    header spares the request any fault.

    Raises:
        Reject: 400, it names no fault or option, or its value does not fit.
    """
    fault: Fault | None = None
    changes: dict[str, Any] = {}
    for key, value in _items(text):
        if key in KINDS:
            fault = Fault(key, _number(key, value) if value else None)
            if key == "error" and fault.value and not 400 <= fault.value <= 599:
                raise Reject(400, f"{HEADER}: error takes a status from 400 to 599, not {value!r}")
        elif key in _OVERRIDES:
            changes[key] = _OVERRIDES[key](key, value)
        else:
            raise Reject(400, f"{HEADER}: unknown item {key!r}")
    return fault, replace(options, **changes) if changes else options


def _items(text: str) -> Iterator[tuple[str, str]]:
    for item in filter(None, map(str.strip, text.split(";"))):
        key, _, value = item.partition("=")
        yield key.strip().replace("-", "_"), value.strip()


def _number(key: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e6:
        raise Reject(400, f"{HEADER}: {key} takes a number, not {value!r}")
    return number


def _integer(key: str, value: str) -> int:
    return int(_number(key, value))


def _positive(key: str, value: str) -> int:
    return max(1, _integer(key, value))


def _flag(key: str, value: str) -> bool:
    if value not in ("", "true", "false"):
        raise Reject(400, f"{HEADER}: {key} is true or false, not {value!r}")
    return value != "false"


def _word(key: str, value: str) -> str:
    if value not in _WORDS[key]:
        raise Reject(400, f"{HEADER}: {key} is one of {', '.join(_WORDS[key])}, not {value!r}")
    return value


_WORDS = {
    "framing": ("lf", "crlf", "cr", "odd"),
    "usage": ("own", "own-with-choices", "finish", "late", "missing"),
    "reasoning_field": ("reasoning_content", "reasoning"),
}

_OVERRIDES = {
    "done": _flag,
    "role_early": _flag,
    "framing": _word,
    "usage": _word,
    "reasoning_field": _word,
    "reasoning_tokens": _integer,
    "tokens_per_event": _positive,
    "slow_headers_s": _number,
}
"""Options that a request may set for itself, and how their text is read."""
