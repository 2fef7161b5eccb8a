"""Stored load tests as a comparison wants them. Reads stores alone: asks no service.

Points are paired by the shape of their load: everything in a point but its name, its place, how
long it was held and what was drawn for it. Points of one shape in one run are repeats.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from perfbench.config import PerfConfig
from perfbench.config.facts import facts_of
from perfbench.errors import ConfigError
from perfbench.metrics.comparison import (
    RUN_SPREAD,
    LoadRun,
    LoadTestComparison,
    Reading,
    compare_load_tests,
)
from perfbench.metrics.uncertainty import estimates
from perfbench.store import Run, open_run
from perfbench.store.summaries import summarise_point
from perfbench.types import Point

_NO_SHAPE = (
    *("index", "name", "number", "duration_s", "warmup", "seed", "grace_s"),
    *("first_prompt", "repeat", "cooldown", "conversations"),
)
_NOT_MEASURED = ("parallel", "rate", "arrival", "burstiness", "repeat", "seed", "probe")
"""Settings that are in the shapes of the points, or touch no figure."""
_WORK = ("Workload", "Sampling")
"""Groups of the settings that say what is asked."""
_PLACE = ("host", "port", "seed", "log", "api_key")
"""Settings of the simulator that do not decide what is measured."""


def compare_runs(paths: Sequence[Path], run_spread: float = RUN_SPREAD) -> LoadTestComparison:
    """Hold the load tests in these folders against the first of them.

    Args:
        run_spread: relative standard deviation by which figures of two runs of one service differ
            beyond chance, assumed where there are no repeats.

    Raises:
        StoreError: a folder holds no run.
        ConfigError: a run is no load test, or holds no finished point.
    """
    baseline, *others = [read_load_run(path) for path in paths]
    return compare_load_tests(baseline, others, run_spread)


def read_load_run(path: Path) -> LoadRun:
    """All that a comparison needs of one run.

    Raises:
        StoreError: the folder holds no run.
        ConfigError: it is no load test, or holds no point.
    """
    with open_run(path, read_only=True) as run:
        return load_run_of(run)


def load_run_of(run: Run) -> LoadRun:
    """The same of a run that is open.

    Raises:
        ConfigError: it is no load test, or holds no point.
    """
    if run.kind != "load test":
        raise ConfigError(f"{run.path} is an {run.kind}, not a load test")
    loads: dict[Hashable, list[Reading]] = {}
    points: dict[Hashable, Point] = {}
    for point in run.points():
        shape = _shape(point)
        points.setdefault(shape, point)
        loads.setdefault(shape, []).append(_reading(run, point))
    if not loads:
        raise ConfigError(f"{run.path} holds no point")
    return LoadRun(
        name=run.path.resolve().name,
        settings=_settings(run) | _surroundings(run),
        workload=_settings(run, _WORK),
        loads=loads,
        labels={shape: _label(point) for shape, point in points.items()},
    )


def _reading(run: Run, point: Point) -> Reading:
    columns = run.columns(point)
    summary = summarise_point(run, point, columns)
    client = summary.client
    busy = min((client.sched_delay_share or 0.0) + (client.steal_share or 0.0), 1.0)
    return Reading(
        name=point.name,
        estimates=estimates(columns, point.rate is not None, disturbed=busy),
        completed=summary.completed,
        failed=summary.failed - summary.errors.get("cancelled", 0),
        verdict=summary.client.verdict,
        interrupted=summary.interrupted,
        busy=busy,
        tokens=(summary.metrics["input_tokens"]["mean"], summary.metrics["output_tokens"]["mean"]),
        cached=summary.tokens.cached_share,
    )


def _shape(point: Point) -> Hashable:
    kept = (name for name in point.__struct_fields__ if name not in _NO_SHAPE)
    return repr([(name, getattr(point, name)) for name in kept])


def _label(point: Point) -> str:
    """The point's name without the number of its repeat and of what bounds it."""
    name = point.name.removesuffix(f"_r{point.repeat}")
    for bound in (f"_duration_{point.duration_s or 0:g}", f"_number_{point.number}"):
        name = name.replace(bound, "")
    return name


def _settings(run: Run, groups: Sequence[str] | None = None) -> dict[str, Any]:
    """The settings of these groups; ``None``: all that decide what is measured."""
    found = {}
    for name, field in PerfConfig.model_fields.items():
        facts = facts_of(field)
        if facts is None or name not in run.config or name in _NOT_MEASURED:
            continue
        if facts.group != "Output" if groups is None else facts.group in groups:
            found[name] = run.config[name]
    return found


def _surroundings(run: Run) -> dict[str, Any]:
    """Whom a run asked and from where, beside what its settings say."""
    found = {"model": run.about.model, "perfbench": run.version}
    found |= {name: run.about.extra.get(name) for name in ("host", "platform")}
    if run.about.simulator:
        simulator = run.config.get("simulator", {})
        kept = {name: value for name, value in simulator.items() if name not in _PLACE}
        found |= {f"simulator.{name}": value for name, value in kept.items()}
    return found
