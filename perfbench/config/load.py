"""Settings of a load's shape: how many requests, how they are spaced, how long. Durations are
seconds, rates per second.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import field_validator, model_validator

from perfbench.config.base import Numbers
from perfbench.config.facts import setting
from perfbench.config.shapes import ShapeSettings, read_stage
from perfbench.types import Arrival


class LoadSettings(ShapeSettings):
    """How hard the service is asked, and for how long."""

    parallel: Annotated[list[int] | None, Numbers] = setting(
        None,
        "Requests in flight at a time: each answer is followed by the next request. Several "
        "values make a sweep. With --rate: no more than so many. Default 1 when there is no "
        "--rate.",
        "Load",
    )
    rate: Annotated[list[float] | None, Numbers] = setting(
        None,
        "Requests sent per second, whether answers come or not. Several values make a sweep.",
        "Load",
        "requests/s",
    )
    number: Annotated[list[int] | None, Numbers] = setting(
        None,
        "Requests to send: one count for every point of a sweep, or one each. Default 1000 "
        "unless --duration is given.",
        "Load",
    )
    duration: float | None = setting(
        None, "End a point after this long, or at --number, whichever is first.", "Load", "s", gt=0
    )
    arrival: Arrival = setting("poisson", "How the requests of --rate are spaced.", "Load")
    burstiness: float = setting(
        1.0,
        "Shape of gamma arrivals: 1 is Poisson, below 1 burstier. Implies --arrival gamma.",
        "Load",
        gt=0,
    )
    warmup: float = setting(
        0.0,
        "Requests sent first and left out of the figures: a count, or a ratio of --number "
        "when below 1.",
        "Load",
        ge=0,
    )
    cooldown: float = setting(
        0.0,
        "Requests sent last and left out of the figures, so that what is measured has company to "
        "its end: a count, or a ratio of --number when below 1.",
        "Load",
        ge=0,
    )
    pause: float = setting(
        0.0,
        "Rest this long between the points of a sweep or of a search, so that what one left behind "
        "in the service is over before the next.",
        "Load",
        "s",
        ge=0,
    )
    grace: float | None = setting(
        None,
        "After --duration (or the last stage), cancel what is still streaming after this long; "
        "default lets it finish.",
        "Load",
        "s",
        ge=0,
    )
    workers: int | None = setting(
        None, "Processes that send; default from cores and load.", "Load", ge=1
    )
    seed: int | None = setting(
        None,
        "Seed of prompts and arrivals (not sent to the service), to repeat a run. Default: drawn "
        "for each run, and stored with it.",
        "Load",
        ge=0,
    )

    @field_validator("parallel", "number")
    @classmethod
    def _at_least_one(cls, values: list[int] | None) -> list[int] | None:
        if values is not None and (not values or min(values) < 1):
            raise ValueError("must be 1 or more")
        return values

    @field_validator("rate")
    @classmethod
    def _positive(cls, values: list[float] | None) -> list[float] | None:
        if values is not None and not all(0 < value < float("inf") for value in values or [0]):
            raise ValueError("must be above 0, and finite")
        return values

    @property
    def open_loop(self) -> bool:
        """Whether a plan says when requests are sent, not the answers."""
        in_stages = self.stages is not None and self.stages_of == "rate"
        return self.rate is not None or self.rate_file is not None or in_stages

    @model_validator(mode="after")
    def _one_shape(self) -> LoadSettings:
        """Stages and a file of rates say all of the load themselves."""
        shape = "--stages" if self.stages is not None else "--rate-file"
        if self.stages is None and self.rate_file is None:
            shape = ""
        elif self.stages is not None and self.rate_file is not None:
            raise ValueError("--stages and --rate-file are both the load over time: give one")
        if self.asks("stages_of") and self.stages is None:
            raise ValueError("--stages-of needs --stages")
        if not self.open_loop and any(read_stage(each).burstiness for each in self.stages or ()):
            raise ValueError(
                "--stages: burstiness is of arrivals, and with --stages-of parallel answers decide "
                "what is sent"
            )
        taken = ["rate", "ramp", "duration"] + ([] if self.open_loop else ["parallel"])
        for key in taken if shape else ():
            if getattr(self, key) is not None:
                raise ValueError(f"--{key} and {shape} contradict each other: give one")
        for key in ("parallel", "number"):
            if shape and len(getattr(self, key) or ()) > 1:
                raise ValueError(f"{shape} is one point: give one --{key}")
        return self

    @model_validator(mode="after")
    def _ramp(self) -> LoadSettings:
        for key in ("ramp_from", "ramp_law"):
            if self.asks(key) and self.ramp is None:
                raise ValueError(f"--{key.replace('_', '-')} needs --ramp")
        if self.ramp_law == "exponential" and self.ramp_from == 0:
            raise ValueError("--ramp-law exponential cannot begin at --ramp-from 0")
        return self

    @model_validator(mode="after")
    def _sweep(self) -> LoadSettings:
        sweep = self.rate if self.rate is not None else (self.parallel or [1])
        swept = "rate" if self.rate is not None else "parallel"
        if self.rate is not None and self.parallel and len(self.parallel) not in (1, len(sweep)):
            raise ValueError(
                f"--parallel has {len(self.parallel)} values and --rate {len(sweep)}: "
                "give one for all, or one each"
            )
        if self.number and len(self.number) not in (1, len(sweep)):
            raise ValueError(
                f"--number has {len(self.number)} values and --{swept} {len(sweep)}: "
                "give one for all, or one each"
            )
        timed = self.duration is not None or self.stages is not None or self.rate_file is not None
        if self.grace is not None and not timed:
            raise ValueError("--grace needs --duration")
        if self.cooldown and not self.open_loop and self.number is None and timed:
            raise ValueError(
                "--cooldown needs --number: where answers decide what is sent, nobody knows "
                "beforehand which requests are the last that there is time for"
            )
        return self

    @model_validator(mode="after")
    def _arrivals(self) -> LoadSettings:
        for key in ("arrival", "burstiness", "drop_late"):
            if self.asks(key) and not self.open_loop:
                raise ValueError(
                    f"--{key.replace('_', '-')} needs --rate: without it answers decide what is "
                    "sent"
                )
        if self.asks("burstiness") and self.arrival != "gamma":
            if "arrival" in self.model_fields_set:
                raise ValueError(
                    f"--burstiness is of gamma arrivals: give --arrival gamma, not {self.arrival}"
                )
            self.arrival = "gamma"
        return self
