"""Durations and counts as people write them: ``10s``, ``1h30m``, ``500ms``, ``2.5k``, ``1M``.

Only text is read, and only where a setting is a number: a name such as ``1k`` stays a name. Knows
no particular setting.
"""

from __future__ import annotations

import re
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin

_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "min": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
_PER_SECOND = {"s": 1, "ms": 1000}
"""By the unit of a setting that is a duration: how many of it are a second."""
_MULTIPLES = {"k": 1000, "M": 1_000_000}

_WORD = re.compile(r"[^\s,]+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|min|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_PARTED = re.compile(r"(?<=\d)\s+(?=(?:ms|min|s|m|h|d)(?!\w))")
"""What some write between a number and its unit."""
_SCIENTIFIC = re.compile(r"\d+(?:\.\d+)?[eE]\+?\d{1,2}")
_COUNT = re.compile(r"(\d+(?:\.\d+)?)([kKM])")


def plain(value: Any, unit: str | None) -> Any:
    """``value`` (text of one number or several, or a list of such) with its quantities as plain
    numbers of ``unit``; all else, and what is no quantity, as it was."""
    if isinstance(value, (list, tuple)):
        return [plain(item, unit) for item in value]
    if not isinstance(value, str):
        return value
    value = _PARTED.sub("", value) if unit in _PER_SECOND else value
    return _WORD.sub(lambda found: _number(found[0], unit), value)


def is_number(annotation: Any) -> bool:
    """Whether a setting of that type is a number or a list of numbers, and never text."""
    kinds = set(_kinds(annotation))
    return bool(kinds) and kinds <= {int, float}


def _kinds(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, UnionType, list):
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    return [] if annotation is type(None) else [annotation]


def _number(word: str, unit: str | None) -> str:
    if unit in _PER_SECOND:
        if _DURATION.fullmatch(word) is None:
            return word
        parts = _PART.findall(word)
        seconds = sum((Decimal(size) * _SECONDS[name] for size, name in parts), Decimal(0))
        return f"{(seconds * _PER_SECOND[unit]).normalize():f}"
    if _SCIENTIFIC.fullmatch(word):
        return f"{Decimal(word).normalize():f}"
    found = _COUNT.fullmatch(word)
    if found is None:
        return word
    factor = _MULTIPLES["k" if found[2] in "kK" else "M"]
    return f"{(Decimal(found[1]) * factor).normalize():f}"
