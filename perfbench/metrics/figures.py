"""The figures of a point by name, as expressions and other programs call them.

A name is the path in ``summary.json`` with dots, without ``metrics.`` in front: ``ttft_ms.p99``,
``request_throughput_rps``, ``errors.http_5xx``, ``tokens.cached_share``; and ``error_rate``, the
share of the requests that ended by themselves which failed. The names follow from the types: a
field that is added to a summary has one. Pure.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from perfbench import registry
from perfbench.errors import ConfigError
from perfbench.metrics import steady
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.percentiles import KEYS
from perfbench.types import FAILURES, Distribution, Summary

ERROR_RATE = "error_rate"
_KEYS_OF = {"errors": FAILURES, "steady_state": tuple(steady.UNKNOWN), "failed": FAILURES}
"""Keys of those fields that are mappings."""


@cache
def known_figures() -> tuple[str, ...]:
    """Every name, those of metrics first."""
    metrics = (f"{metric}.{key}" for metric in METRICS for key in KEYS)
    return (*metrics, ERROR_RATE, *_numbers_in(Summary))


def checked(name: str) -> str:
    """The name, if there is such a figure.

    Raises:
        ConfigError: there is none; with the one that was meant, if it is near.
    """
    if name in known_figures():
        return name
    metric, _, key = name.partition(".")
    if not key and name in METRICS:
        hint = f"; it is a distribution: {name}.p99, {name}.mean, …"
    elif f"{metric}_ms.{key or 'p99'}" in known_figures():
        hint = f"; did you mean {metric}_ms.{key or 'p99'}?"
    elif near := registry.nearest(name, known_figures()):
        hint = f"; did you mean {near}?"
    else:
        hint = ": names are those of summary.json, such as ttft_ms.p99 or request_throughput_rps"
    raise ConfigError(f"no figure is called {name!r}{hint}")


def figure(summary: Summary, name: str) -> float | None:
    """The figure of that name; ``None`` if it is not known of this point."""
    if name == ERROR_RATE:
        return error_rate(summary)
    metric, _, key = name.partition(".")
    if metric in METRICS:
        return summary.metrics.get(metric, {}).get(key)
    found: Any = summary
    rest = name
    while rest and found is not None:
        if isinstance(found, dict):
            found, rest = found.get(rest), ""  # Keys have dots of their own: p99.9.
        else:
            part, _, rest = rest.partition(".")
            found = getattr(found, part, None)
    return None if found is None else float(found)


def error_rate(summary: Summary) -> float | None:
    """Share of the requests that ended by themselves which failed; ``None`` if none ended."""
    failed = summary.failed - summary.errors.get("cancelled", 0)
    ended = failed + summary.completed
    return failed / ended if ended else None


def _numbers_in(model: Any, before: str = "") -> Iterator[str]:
    for name, hint in get_type_hints(model).items():
        if name == "metrics":
            continue
        for kind in _kinds(hint):
            if kind in (int, float):
                yield before + name
                break
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                yield from _numbers_in(kind, f"{before}{name}.")
            elif get_origin(kind) is dict and name in _KEYS_OF:
                yield from (f"{before}{name}.{key}" for key in _KEYS_OF[name])
            elif kind == Distribution:
                yield from (f"{before}{name}.{key}" for key in KEYS)


def _kinds(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
