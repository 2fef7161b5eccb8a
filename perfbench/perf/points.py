"""Settings to points: which load shapes a run goes through, how long each is held, and the seed of
its prompts and arrivals.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.config.shapes import read_stage
from perfbench.driver.schedule import planned_arrivals
from perfbench.errors import ConfigError, WorkloadError
from perfbench.rows.files import DataFile
from perfbench.rows.tables import Place
from perfbench.types import Point, Profile, Stage

DEFAULT_NUMBER = 1000
SEEDS = 1 << 32
_TIMED = (
    *("rate", "arrival", "burstiness", "stages", "rate_file", "ramp"),
    *("cooldown", "conversations"),
)
"""Settings that say when requests arrive, or how many, which a trace does itself."""
_TIMES = ("time", "time_s", "seconds", "t", "timestamp", "offset_s")
_RATES = ("rate", "rate_rps", "rps", "qps", "requests_per_second", "value")
_RAMP_SHARE = 0.01
"""Of its end: where an exponential ramp of rates begins."""


class _Load(msgspec.Struct, frozen=True):
    """How hard a point asks, and for how long."""

    name: str
    parallel: int | None
    rate: float | None
    number: int | None
    duration_s: float | None
    stages: tuple[Stage, ...] = ()
    conversations: int | None = None

    @property
    def counted(self) -> int | None:
        """What a share of it is a share of."""
        return self.number if self.conversations is None else self.conversations


def plan_points(config: PerfConfig) -> list[Point]:
    """The points of a sweep, in order: every load, for every input length if those are swept; all
    of it in as many rounds as it is repeated.

    All have one seed. Where the settings leave it open it is drawn: a service with a prefix cache
    would have met the prompts of a seed that is always the same.

    Raises:
        ConfigError: a ratio has nothing to be a ratio of, or a ramp climbs to less than its start.
        WorkloadError: a file of rates cannot be read, or holds something else.
    """
    part: Any = None
    if config.prompt is None:
        part = registry.resolve(registry.WORKLOADS, config.dataset)
    seed = random.SystemRandom().randrange(SEEDS) if config.seed is None else config.seed
    if hasattr(part, "arrivals"):
        return _rounds(_replayed(config, part.arrivals(config), seed), config.repeat)
    points: list[Point] = []
    loads = _loads(config)
    for length in getattr(part, "input_lengths", None) or (None,):
        for load in loads:
            name = load.name if length is None else f"{load.name}_input_{length}"
            taken = sum(
                point.name == name or point.name.startswith(f"{name}_x") for point in points
            )
            points.append(
                Point(
                    index=len(points),
                    name=f"{name}_x{taken + 1}" if taken else name,
                    parallel=load.parallel,
                    rate=load.rate,
                    number=load.number,
                    conversations=load.conversations,
                    duration_s=load.duration_s,
                    warmup=_left_out("warmup", config.warmup, load.counted),
                    arrival=config.arrival,
                    burstiness=config.burstiness,
                    seed=seed,
                    grace_s=config.grace,
                    input_length=length,
                    stages=load.stages,
                    cooldown=_left_out("cooldown", config.cooldown, load.counted),
                    drop_late_s=config.drop_late,
                    recorded_replies=config.replies == "recorded",
                )
            )
    return _rounds(points, config.repeat)


def leave_something(point: Point) -> None:
    """Refuse a warm-up and a cool-down that take every arrival there is time for.

    Raises:
        ConfigError: they do.
    """
    apart = point.warmup + point.cooldown
    if not apart or point.rate is None or point.duration_s is None:
        return
    if point.trace_speed is not None:
        return  # What a trace leaves was looked at when it was planned.
    if (arrivals := len(planned_arrivals(point))) <= apart:
        given = [f"--{key} {getattr(point, key)}" for key in ("warmup", "cooldown")]
        asked = " and ".join(text for text in given if not text.endswith(" 0"))
        raise ConfigError(
            f"{asked} leaves nothing to measure: at {point.rate:g} requests/s there are {arrivals} "
            f"arrivals in {point.duration_s:g} s"
        )


def _rounds(points: list[Point], repeat: int) -> list[Point]:
    """The whole sweep once more and again, so that a drift of the service meets every load alike.

    What is drawn for a point goes by its index: every repeat asks other prompts at other times.
    """
    if repeat == 1:
        return points
    return [
        replace(
            point,
            index=nth * len(points) + point.index,
            name=f"{point.name}_r{nth + 1}",
            repeat=nth + 1,
        )
        for nth in range(repeat)
        for point in points
    ]


def _loads(config: PerfConfig) -> list[_Load]:
    if config.stages is not None:
        return [_staged(config, tuple(map(read_stage, config.stages)), "stages")]
    if config.rate_file is not None:
        return [_staged(config, rate_series(config.rate_file), "series")]
    swept: list[float] = list(config.rate or config.parallel or [1])
    numbers = _spread(config.number, len(swept))
    talks = _spread(config.conversations, len(swept))
    if config.number is None and config.duration is None and config.conversations is None:
        numbers = [DEFAULT_NUMBER] * len(swept)
    if config.rate is None:
        caps: list[int | None] = [int(load) for load in swept]
    else:
        caps = _spread(config.parallel, len(swept))
    return [
        _Load(
            name=_name(config, load, number, held),
            parallel=cap,
            rate=load if config.rate is not None else None,
            number=number,
            duration_s=config.duration,
            stages=_ramp(config, load),
            conversations=held,
        )
        for load, cap, number, held in zip(swept, caps, numbers, talks, strict=True)
    ]


def _ramp(config: PerfConfig, load: float) -> tuple[Stage, ...]:
    """The way up to a load, if there is one."""
    if config.ramp is None:
        return ()
    begin = config.ramp_from
    if begin is None:
        exponential = config.ramp_law == "exponential"
        begin = 1.0 if config.rate is None else load * _RAMP_SHARE if exponential else 0.0
    if begin > load:
        raise ConfigError(
            f"--ramp-from {begin:g} is above {load:g}, where the ramp ends: a load that falls is "
            f"--stages {config.ramp:g}s@{begin:g}..{load:g}"
        )
    return (Stage(config.ramp, begin, load, config.ramp_law),)


def _staged(config: PerfConfig, stages: tuple[Stage, ...], kind: str) -> _Load:
    """The one point of a load that is given over time."""
    profile = Profile(stages, 0.0)
    seconds = profile.begins[-1]
    levels = [level for stage in stages for level in (stage.start, stage.end)]
    of = "rate" if config.open_loop else "parallel"
    number = _spread(config.number, 1)[0]
    name = f"{kind}_{of}_{min(levels):g}_to_{max(levels):g}_duration_{seconds:g}"
    talks = _spread(config.conversations, 1)[0]
    if talks is not None:
        name += f"_conversations_{talks}"
    cap = _spread(config.parallel, 1)[0]
    if not config.open_loop:
        if any(level != int(level) for level in levels):
            raise ConfigError("--stages: requests in flight are whole numbers")
        cap = int(profile.peak)
    return _Load(
        name=name if number is None else f"{name}_number_{number}",
        parallel=cap,
        rate=profile.amount(seconds) / seconds if config.open_loop else None,
        number=number,
        duration_s=seconds,
        stages=stages,
        conversations=talks,
    )


def rate_series(path: Path) -> tuple[Stage, ...]:
    """The stages of a file of rates over time; the first row is the start of the point.

    Raises:
        WorkloadError: it cannot be read, or is no such file; one line.
    """
    series: list[tuple[float, float]] = []
    for place, row in DataFile(path).rows():
        time_s, rate = _cell(place, row, _TIMES), _cell(place, row, _RATES)
        if rate < 0:
            raise WorkloadError(f"{place}: a rate of {rate:g}; rates are 0 or more")
        if series and time_s <= series[-1][0]:
            raise WorkloadError(f"{place}: time {time_s:g} does not come after the row before it")
        series.append((time_s, rate))
    if len(series) < 2:
        raise WorkloadError(f"{path}: a rate over time takes two rows or more")
    if not any(rate for _, rate in series):
        raise WorkloadError(f"{path}: no rate is above 0")
    lasting = [after - before for (before, _), (after, _) in pairwise(series)]
    return tuple(
        Stage(seconds, rate, rate)
        for seconds, (_, rate) in zip([*lasting, lasting[-1]], series, strict=True)
    )


def _cell(place: Place, row: Any, names: tuple[str, ...]) -> float:
    """The number under one of these names."""
    name = next((name for name in names if isinstance(row, dict) and name in row), None)
    if name is None:
        raise WorkloadError(f"{place}: no {names[0]!r}; a row has its time (s) and rate by name")
    try:
        value = float(row[name])
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise WorkloadError(f"{place}: {name!r} is no number")
    return value


def _spread(values: list[int] | None, count: int) -> list[int | None]:
    """One value for all, or one each."""
    if not values:
        return [None] * count
    return [values[0]] * count if len(values) == 1 else list(values)


def _replayed(config: PerfConfig, arrivals: Sequence[float], seed: int) -> list[Point]:
    """The points of a trace: every speed, or every cap on what is in flight.

    Args:
        arrivals: seconds on the trace's own clock, ascending.
    """
    if config.search is not None:
        raise ConfigError(
            f"--search and --dataset {config.dataset} both say what the load is: leave --search "
            "out, and give --trace-speed several values"
        )
    for key in _TIMED:
        if config.asks(key):
            raise ConfigError(
                f"--{key} and --dataset {config.dataset} both say when requests arrive: leave "
                f"--{key} out, and use --trace-speed for more or less load"
            )
    speeds = config.trace_speed or [1.0]
    counts = {len(values or ()) for values in (speeds, config.parallel, config.number)} - {0, 1}
    if len(counts) > 1:
        raise ConfigError(
            "--trace-speed, --parallel and --number have different counts of values: give one for "
            "all, or one each"
        )
    size = max(counts, default=1)
    points: list[Point] = []
    for speed, cap, number in zip(
        speeds * size if len(speeds) == 1 else speeds,
        _spread(config.parallel, size),
        _spread(config.number, size),
        strict=True,
    ):
        due = [at_s / speed for at_s in arrivals]
        if config.duration is not None:
            due = due[: bisect_left(due, config.duration)]
        warmup = _left_out("warmup", config.warmup, len(due) if number is None else number)
        due = due if number is None else due[: warmup + number]
        measured = len(due) - warmup
        if measured < 1:
            raise ConfigError(
                f"{len(due)} requests of the trace fall into this point: "
                f"{f'--warmup {warmup}' if warmup else '--duration'} leaves nothing to measure"
            )
        span_s = due[-1] - due[0]
        names = [config.dataset, f"speed_{speed:g}", f"number_{measured}"]
        points.append(
            Point(
                index=len(points),
                name="_".join([*names, *([] if cap is None else [f"cap_{cap}"])]),
                parallel=cap,
                rate=(len(due) - 1) / span_s if span_s else float(len(due)),
                number=measured,
                duration_s=config.duration,
                warmup=warmup,
                seed=seed,
                grace_s=config.grace,
                trace_speed=speed,
            )
        )
    return points


def _name(config: PerfConfig, load: float, number: int | None, talks: int | None) -> str:
    parts = [f"rate_{load:g}" if config.rate is not None else f"parallel_{load:g}"]
    if config.ramp is not None:
        parts.append(f"ramp_{config.ramp:g}")
    if number is not None:
        parts.append(f"number_{number}")
    if config.duration is not None:
        parts.append(f"duration_{config.duration:g}")
    if talks is not None:
        parts.append(f"conversations_{talks}")
    return "_".join(parts)


def _left_out(key: str, value: float, number: int | None) -> int:
    """Requests of a warm-up or a cool-down: a count, or a ratio of ``number``."""
    if not 0 < value < 1:
        if not value.is_integer():
            raise ConfigError(f"--{key}: {value:g} is neither a count nor a ratio below 1")
        return int(value)
    if number is None:
        raise ConfigError(f"--{key} as a ratio needs --number or --conversations; give a count")
    return max(1, round(value * number))
