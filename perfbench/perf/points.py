"""Settings to points: which load shapes a run goes through, how long each is held, and the seed of
its prompts and arrivals.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.types import Point

DEFAULT_NUMBER = 1000
SEEDS = 1 << 32


def plan_points(config: PerfConfig) -> list[Point]:
    """The points of a sweep, in order: every load, for every input length if those are swept.

    All have one seed. Where the settings leave it open it is drawn: a service with a prefix cache
    would have met the prompts of a seed that is always the same.

    Raises:
        ConfigError: a warm-up ratio has nothing to be a ratio of.
    """
    part: Any = None
    if config.prompt is None:
        part = registry.resolve(registry.WORKLOADS, config.dataset)
    seed = random.SystemRandom().randrange(SEEDS) if config.seed is None else config.seed
    if hasattr(part, "arrivals"):
        return _replayed(config, part.arrivals(config), seed)
    open_loop = config.rate is not None
    loads: list[float] = list(config.rate or config.parallel or [1])
    numbers = _spread(config.number, len(loads))
    if config.number is None and config.duration is None:
        numbers = [DEFAULT_NUMBER] * len(loads)
    caps = _spread(config.parallel, len(loads)) if open_loop else [int(load) for load in loads]
    points: list[Point] = []
    for length in getattr(part, "input_lengths", None) or (None,):
        for load, cap, number in zip(loads, caps, numbers, strict=True):
            name = _name(config, load, number, length)
            taken = sum(
                point.name == name or point.name.startswith(f"{name}_x") for point in points
            )
            points.append(
                Point(
                    index=len(points),
                    name=f"{name}_x{taken + 1}" if taken else name,
                    parallel=cap,
                    rate=load if open_loop else None,
                    number=number,
                    duration_s=config.duration,
                    warmup=_warmup(config.warmup, number),
                    arrival=config.arrival,
                    burstiness=config.burstiness,
                    seed=seed,
                    grace_s=config.grace,
                    input_length=length,
                )
            )
    return points


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
    for key in ("rate", "arrival", "burstiness"):
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
        warmup = _warmup(config.warmup, len(due) if number is None else number)
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


def _name(config: PerfConfig, load: float, number: int | None, length: int | None) -> str:
    parts = [f"rate_{load:g}" if config.rate is not None else f"parallel_{load:g}"]
    if number is not None:
        parts.append(f"number_{number}")
    if config.duration is not None:
        parts.append(f"duration_{config.duration:g}")
    if length is not None:
        parts.append(f"input_{length}")
    return "_".join(parts)


def _warmup(warmup: float, number: int | None) -> int:
    if not 0 < warmup < 1:
        if warmup != int(warmup):
            raise ConfigError(f"--warmup: {warmup:g} is neither a count nor a ratio below 1")
        return int(warmup)
    if number is None:
        raise ConfigError("--warmup as a ratio needs --number; give a count")
    return max(1, round(warmup * number))
