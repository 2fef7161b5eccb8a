"""Settings of the replay of a recorded trace: how fast, and which part of it.

Durations are seconds.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import field_validator

from perfbench.config.base import Numbers, Settings
from perfbench.config.facts import setting


class TraceSettings(Settings):
    """How the data sets that have arrival times of their own are replayed."""

    trace_speed: Annotated[list[float] | None, Numbers] = setting(
        None,
        "Replay a trace so many times as fast as it was recorded; default 1. Several values make "
        "a sweep.",
        "Workload",
    )
    trace_start: float = setting(
        0.0, "Begin so far into the trace, on its own clock.", "Workload", "s", ge=0
    )
    trace_duration: float | None = setting(
        None, "Replay so much of the trace, on its own clock.", "Workload", "s", gt=0
    )

    @field_validator("trace_speed")
    @classmethod
    def _moving(cls, values: list[float] | None) -> list[float] | None:
        if values is not None and not all(0 < value < float("inf") for value in values or [0]):
            raise ValueError("must be above 0")
        return values
