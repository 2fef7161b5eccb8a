"""Workers without the parts above them: any requests, to any service, and the records back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from perfbench.client.target import Target
from perfbench.driver.fleet import Fleet, Standing, WorkerSpec
from perfbench.types import Generation, Point, PointFacts, Record, Request


def target_of(url: str, **more: Any) -> Target:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return Target(scheme="http", host=parts.hostname, port=parts.port, **more)


def spec_of(target: Target, endpoint: str = "openai") -> WorkerSpec:
    return WorkerSpec(target, "wire", endpoint, Generation(model="simulated"))


@dataclass
class Heard:
    """What the parent heard of a point."""

    records: list[Record] = field(default_factory=list)
    ticks: list[Standing] = field(default_factory=list)
    facts: PointFacts | None = None

    def kept(self) -> PointFacts:
        assert self.facts is not None
        return self.facts

    @property
    def outcomes(self) -> dict[str, int]:
        return dict(Counter(record.outcome for record in self.records))


def run_point(
    fleet: Fleet,
    point: Point,
    workers: int,
    plan: Iterable[Request],
    cycle: int | None = None,
    on_tick: Callable[[Standing], None] = lambda standing: None,
) -> Heard:
    """Run one point on ``workers`` of a fleet that knows its service."""
    heard = Heard()

    def tick(standing: Standing) -> None:
        heard.ticks.append(standing)
        on_tick(standing)

    fleet.load(point, plan, workers)
    fleet.prepare(point, cycle)
    fleet.await_ready()
    heard.facts = fleet.run(point, heard.records.extend, tick)
    return heard
