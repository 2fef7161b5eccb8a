"""Which runs of a list are wanted, and in which order: the filters of the page of runs and of the
API. Pure. Dates are of the server's zone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from perfbench.server.listed import Listed
from perfbench.server.refusal import Refusal
from perfbench.server.wanted import Wants

KINDS = ("load test", "evaluation", "arena")
STATES = ("complete", "incomplete", "being written")
VERDICTS = ("trusted", "strained", "saturated", "unknown")
PAGE, MOST = 50, 1000


class Wanted(Wants, frozen=True, kw_only=True):
    """What of a list is wanted; empty text is anything."""

    kind: str = ""
    model: str = ""
    """Part of its name, whatever the case."""
    dataset: str = ""
    """Part of the name of one."""
    since: str = ""
    """First day, ``YYYY-MM-DD``."""
    until: str = ""
    """Last day."""
    verdict: str = ""
    state: str = ""
    tag: str = ""
    text: str = ""
    """Words, each of which stands somewhere in the run: name, model, data sets, tags, note."""
    sort: str = "-started"
    """What it is ordered by; ``-`` in front: the greatest first."""
    limit: int = PAGE
    offset: int = 0


ORDERS: Mapping[str, Callable[[Listed], Any]] = {
    "name": lambda run: run.name,
    "kind": lambda run: run.kind,
    "model": lambda run: run.model,
    "datasets": lambda run: ", ".join(run.datasets) or None,
    "started": lambda run: run.started_s,
    "verdict": lambda run: None if run.verdict is None else VERDICTS.index(run.verdict),
    "throughput": lambda run: None if run.best is None else run.best.throughput,
    "wait": lambda run: None if run.best is None else run.best.wait_p99_ms,
    "score": lambda run: run.scores[0].value if run.scores else None,
}
"""What a list can be ordered by; unknown is last, whichever way."""


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """What an address asks for.

    Raises:
        Refusal: a value is none that there is.
    """
    given = {name: query[name].strip() for name in Wanted.__struct_fields__ if name in query}
    for name, known in (("kind", KINDS), ("state", STATES), ("verdict", VERDICTS)):
        _expect(name, given.get(name, ""), ("", *known))
    _expect("sort", given.get("sort", "started").removeprefix("-"), tuple(ORDERS))
    for name in ("since", "until"):
        if given.get(name):
            _day(name, given[name])
    numbers = {"limit": (1, MOST), "offset": (0, 10**9)}
    values: dict[str, Any] = {**given}
    for name, (low, high) in numbers.items():
        if name in given:
            values[name] = _number(name, given[name], low, high)
    return Wanted(**values)


def selected(runs: Sequence[Listed], wanted: Wanted) -> list[Listed]:
    """The runs that are wanted, in the order that is wanted; all pages."""
    found = [run for run in runs if _is_wanted(run, wanted)]
    order = ORDERS[wanted.sort.removeprefix("-")]
    known = [run for run in found if order(run) is not None]
    known.sort(key=order, reverse=wanted.sort.startswith("-"))
    return known + [run for run in found if order(run) is None]


def _is_wanted(run: Listed, wanted: Wanted) -> bool:
    day = _local(run.started_s)
    exact = (
        (wanted.kind, run.kind),
        (wanted.state, run.state),
        (wanted.verdict, run.verdict or "unknown"),
    )
    return (
        all(not given or given == has for given, has in exact)
        and (not wanted.verdict or run.kind == "load test")
        and (not wanted.tag or wanted.tag in run.tags)
        and _within(wanted.model, run.model or "")
        and (not wanted.dataset or any(_within(wanted.dataset, name) for name in run.datasets))
        and (not wanted.since or day >= date.fromisoformat(wanted.since))
        and (not wanted.until or day <= date.fromisoformat(wanted.until))
        and all(_within(word, _words(run)) for word in wanted.text.split())
    )


def _words(run: Listed) -> str:
    said = (run.name, run.title, run.kind, run.model, run.url, *run.datasets, *run.tags, run.note)
    return "\n".join(filter(None, said))


def _within(part: str, text: str) -> bool:
    return part.casefold() in text.casefold()


def _local(unix_s: float) -> date:
    try:
        return datetime.fromtimestamp(unix_s).date()
    except (OverflowError, ValueError, OSError):
        return date.min


def _expect(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise Refusal(422, f"{name} must be one of {', '.join(filter(None, known))}", name)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(422, f"{name} must be a day, as 2026-01-31", name) from None


def _number(name: str, text: str, low: int, high: int) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 12 and low <= int(text) <= high:
        return int(text)
    raise Refusal(422, f"{name} must be a whole number from {low} to {high}", name)
