"""How far a job is: points or subtasks, the running ones, how long it will still take.

Pure: from what a job has told (:class:`Seen`) to plain data. Durations are seconds, shares of 1;
unknown is ``None``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec

from perfbench.reports.sweep import Sweep
from perfbench.server.feed import Seen
from perfbench.types import Point, RunKind
from perfbench.types import Progress as Counters

PartState = Literal["waiting", "running", "scoring", "done", "failed", "stopped"]
"""``stopped``: it had begun when the job ended."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a load test, or a subtask of an evaluation or arena."""

    name: str
    label: str
    """As people read it: ``parallel 10``."""
    state: PartState
    done: int | None
    """Requests that have ended, with those whose stored answers count."""
    planned: int | None
    """Requests; ``None`` if only time bounds it."""
    failed: int
    share: float | None
    left_s: float | None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is."""

    kind: RunKind | None
    """``None`` until it has told."""
    parts_done: int
    parts_planned: int | None
    """A search finds its points as it goes, so that there may be more later."""
    running: tuple[str, ...]
    """Names of the parts that ask or are scored now."""
    done: int
    """Requests of all parts that have ended."""
    planned: int | None
    share: float | None
    eta_s: float | None
    """Until all is asked; ``None`` if nobody can say."""
    told_s: float | None
    """When it said something last, Unix seconds."""
    parts: tuple[Part, ...]


def progress_of(seen: Seen, over: bool = False) -> Progress:
    """How far the job is that has told this.

    Args:
        over: its process has ended, whatever it told.
    """
    started = seen.started or {}
    kind = started.get("kind")
    if kind == "load test":
        parts, share, eta_s = _load_test(seen)
    else:
        parts, share, eta_s = _evaluation(seen)
    if over or seen.finished is not None:
        parts = [_over(part) for part in parts]
        eta_s = None
    if seen.finished is not None and not (
        seen.finished.get("interrupted") or seen.finished.get("error")
    ):
        share = 1.0
    planned = [part.planned for part in parts]
    return Progress(
        kind=kind,
        parts_done=sum(part.state in ("done", "failed") for part in parts),
        parts_planned=len(parts) if seen.started is not None else None,
        running=tuple(part.name for part in parts if part.state in ("running", "scoring")),
        done=sum(part.done or 0 for part in parts),
        planned=sum(each or 0 for each in planned) if parts and None not in planned else None,
        share=share,
        eta_s=eta_s,
        told_s=_time_s(seen.latest),
        parts=tuple(parts),
    )


def _over(part: Part) -> Part:
    if part.state in ("running", "scoring"):
        return msgspec.structs.replace(part, state="stopped", left_s=None)
    return part


def _load_test(seen: Seen) -> tuple[list[Part], float | None, float | None]:
    sweep = Sweep(list(seen.points.values()))
    parts = []
    for row in sweep.rows:
        name = row.point.name
        if (progress := seen.progress.get(name)) is not None:
            row.progress = msgspec.convert(progress, Counters)
        counters, summary = row.progress, seen.summaries.get(name)
        row.summary = summary
        done = None if counters is None else counters.done
        if counters is None and summary is not None:
            done = summary.completed + summary.failed
        parts.append(
            Part(
                name=name,
                label=row.label,
                state="done" if summary is not None else _begun(seen, name),
                done=done,
                planned=_planned(row.point) if counters is None else counters.planned,
                failed=sum(row.failed.values()),
                share=row.part(),
                left_s=None if counters is None or summary is not None else counters.eta_s,
            )
        )
    share = sum(part.share or 0.0 for part in parts) / len(parts) if parts else None
    return parts, share, sweep.left_s() if parts else None


def _begun(seen: Seen, name: str) -> PartState:
    return "running" if name in seen.begun else "waiting"


def _planned(point: Point) -> int | None:
    return None if point.number is None else point.warmup + point.number + point.cooldown


def _evaluation(seen: Seen) -> tuple[list[Part], float | None, float | None]:
    subtasks = (seen.started or {}).get("subtasks", ())
    wanted = {str(each["name"]): each["samples"] * each["repeats"] for each in subtasks}
    parts = [
        _subtask(seen, name, wanted.get(name)) for name in dict.fromkeys([*wanted, *_asked(seen)])
    ]
    planned = sum(part.planned or 0 for part in parts)
    done = sum(part.done or 0 for part in parts)
    return parts, done / planned if planned else None, _left_s(seen, parts)


def _asked(seen: Seen) -> Iterator[str]:
    """Judges are not among the subtasks that were told at the beginning."""
    yield from seen.begun


def _subtask(seen: Seen, name: str, wanted: int | None) -> Part:
    asking, counters = seen.asking.get(name), seen.progress.get(name)
    ended, scored = seen.ended.get(name), seen.scored.get(name)
    reused = asking["reused"] if asking is not None else 0
    planned = wanted if asking is None else reused + asking["missing"]
    done = None if asking is None else reused + (counters["done"] if counters else 0)
    if done is None and scored is not None:
        lost = scored["unscored"]
        done = scored["answers"] - lost.get("request_failed", 0) - lost.get("not_asked", 0)
    state: PartState = "waiting"
    if scored is not None:
        state = "done"
    elif name in seen.scoring:
        state = "scoring"
    elif ended is not None:
        state = "done"
    elif asking is not None:
        state = "running"
    if ended is not None and ended.get("error"):
        state = "failed"
    return Part(
        name=name,
        label=name,
        state=state,
        done=done,
        planned=planned,
        failed=sum(counters["failed"].values()) if counters else 0,
        share=(done or 0) / planned if planned else None,
        left_s=counters["eta_s"] if counters and state == "running" else None,
    )


def _left_s(seen: Seen, parts: list[Part]) -> float | None:
    """Until all is asked, at the rate of all subtasks since the first began to ask."""
    began_s = min((s for e in seen.asking.values() if (s := _time_s(e)) is not None), default=None)
    now_s = max((s for e in seen.progress.values() if (s := _time_s(e)) is not None), default=None)
    ended = sum(int(each["done"]) for each in seen.progress.values())
    waiting = sum(
        max(0, (part.planned or 0) - (part.done or 0))
        for part in parts
        if part.state in ("waiting", "running")
    )
    if began_s is None or now_s is None or not ended or not waiting:
        return None
    return (now_s - began_s) / ended * waiting


def _time_s(event: dict[str, Any] | None) -> float | None:
    """When an event was written, Unix seconds."""
    try:
        return datetime.fromisoformat(str((event or {})["time"])).timestamp()
    except (KeyError, ValueError):
        return None
