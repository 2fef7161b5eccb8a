"""Settings to points: which load shapes a run goes through, how long each is held, and the seed of
its prompts and arrivals.
"""

from __future__ import annotations

import random
from dataclasses import replace

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.types import Point

DEFAULT_NUMBER = 1000
SEEDS = 1 << 32


def plan_points(config: PerfConfig) -> list[Point]:
    """The points of a sweep, in order: every load, for every input length if those are swept; all
    of it in as many rounds as it is repeated.

    All have one seed. Where the settings leave it open it is drawn: a service with a prefix cache
    would have met the prompts of a seed that is always the same.

    Raises:
        ConfigError: a warm-up ratio has nothing to be a ratio of.
    """
    open_loop = config.rate is not None
    loads: list[float] = list(config.rate or config.parallel or [1])
    numbers = _spread(config.number, len(loads))
    if config.number is None and config.duration is None:
        numbers = [DEFAULT_NUMBER] * len(loads)
    caps = _spread(config.parallel, len(loads)) if open_loop else [int(load) for load in loads]
    seed = random.SystemRandom().randrange(SEEDS) if config.seed is None else config.seed
    points: list[Point] = []
    for length in _input_lengths(config):
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
    return _rounds(points, config.repeat)


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


def _spread(values: list[int] | None, count: int) -> list[int | None]:
    """One value for all, or one each."""
    if not values:
        return [None] * count
    return [values[0]] * count if len(values) == 1 else list(values)


def _input_lengths(config: PerfConfig) -> tuple[int | None, ...]:
    if config.prompt is not None:
        return (None,)
    workload = registry.resolve(registry.WORKLOADS, config.dataset)
    return getattr(workload, "input_lengths", None) or (None,)


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
