"""Settings of a load that changes over time, and the text of stages. Durations are seconds.

Knows no file and no other section of settings.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import field_validator

from perfbench.config.base import Settings, Words
from perfbench.config.facts import setting
from perfbench.config.quantities import plain
from perfbench.types import Law, Stage

_STAGE = re.compile(r"(?P<time>[^@]+)@(?P<start>[^:]+?)(\.\.(?P<end>[^:]+))?(?P<more>:.*)?")
_FORM = "a stage is TIME@LEVEL or TIME@FROM..TO (30s@10, 1m@10..50, 1m@1..100:exponential)"


class ShapeSettings(Settings):
    """How the load of a point changes over time."""

    stages: Annotated[list[str] | None, Words] = setting(
        None,
        "A load that changes, in stages of TIME@LEVEL, or TIME@FROM..TO for one that climbs or "
        "falls: 30s@10,1m@10..50,30s@50. Levels are requests per second; :exponential climbs by "
        "equal factors, :burstiness=0.5 has gamma arrivals. They are one point.",
        "Load",
        metavar="STAGE",
    )
    stages_of: Literal["rate", "parallel"] = setting(
        "rate",
        "What the levels of --stages are: requests per second, or requests in flight.",
        "Load",
    )
    rate_file: Path | None = setting(
        None,
        "The rate over time from a file of rows with time (s) and rate (requests/s): each holds "
        "until the next, the last as long as the one before it.",
        "Load",
    )
    ramp: float | None = setting(
        None,
        "Climb to --rate or --parallel over this long instead of starting with all of it, and "
        "hold it then; with --parallel, slots start one by one.",
        "Load",
        "s",
        gt=0,
    )
    ramp_from: float | None = setting(
        None,
        "Where --ramp begins. Default: 0 requests per second, or 1 in flight; an exponential ramp "
        "of rates begins at a hundredth of its end.",
        "Load",
        ge=0,
    )
    ramp_law: Law = setting(
        "linear", "Whether --ramp climbs by equal steps or by equal factors.", "Load"
    )
    drop_late: float | None = setting(
        None,
        "Leave out an arrival of --rate that could only be sent this long after it was due, and "
        "count it as dropped. Default: all are sent, however late.",
        "Load",
        "s",
        gt=0,
    )

    @field_validator("stages")
    @classmethod
    def _readable(cls, values: list[str] | None) -> list[str] | None:
        if values is not None:
            stages = [read_stage(text) for text in values]
            if not any(stage.start or stage.end for stage in stages):
                raise ValueError("no stage has a load above 0")
        return values


def read_stage(text: str) -> Stage:
    """A stage from its text.

    Raises:
        ValueError: it is none; one line.
    """
    found = _STAGE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no stage: {_FORM}")
    seconds = _positive(plain(found["time"], "s"), text, "its time")
    start = _level(found["start"], text)
    end = start if found["end"] is None else _level(found["end"], text)
    law: Law = "linear"
    burstiness = None
    for word in (found["more"] or "").split(":")[1:]:
        if word in ("exponential", "linear"):
            law = "exponential" if word == "exponential" else "linear"
        elif word.startswith("burstiness="):
            burstiness = _positive(word.partition("=")[2], text, "its burstiness")
        else:
            raise ValueError(f"{text!r}: {word!r} is neither exponential nor burstiness=NUMBER")
    if law == "exponential" and not (start > 0 and end > 0):
        raise ValueError(f"{text!r}: an exponential stage goes from and to a level above 0")
    return Stage(seconds, start, end, law, burstiness)


def _level(text: str, stage: str) -> float:
    level = _number(plain(text, None), stage, "a level")
    if level < 0:
        raise ValueError(f"{stage!r}: a level is 0 or more")
    return level


def _positive(text: str, stage: str, what: str) -> float:
    value = _number(text, stage, what)
    if value <= 0:
        raise ValueError(f"{stage!r}: {what} must be above 0")
    return value


def _number(text: str, stage: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{stage!r}: {what} is no number: {_FORM}") from None
    if value in (float("inf"), float("-inf")) or value != value:
        raise ValueError(f"{stage!r}: {what} is no number: {_FORM}")
    return value
