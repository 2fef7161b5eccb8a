"""Workers without the parts above them: any requests, to any service, and the records back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from perfbench.client.target import Target
from perfbench.driver.crew import Crew
from perfbench.driver.fleet import Fleet, Standing
from perfbench.driver.protocol import WorkerSpec
from perfbench.types import Generation, Point, PointFacts, Record, Request


def target_of(url: str, **more: Any) -> Target:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return Target(scheme="http", host=parts.hostname, port=parts.port, **more)


def spec_of(target: Target, endpoint: str = "openai") -> WorkerSpec:
    return WorkerSpec((target,), "wire", endpoint, Generation(model="simulated"))


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


class Team:
    """A crew that runs point after point for one service."""

    def __init__(self, workers: int, replaces: bool = False) -> None:
        self.crew = Crew(workers, replaces=replaces)
        self._spec: WorkerSpec | None = None
        self._fleet: Fleet | None = None
        self._stop: float | None = None

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *_: object) -> None:
        self.crew.close()

    def greet(self, spec: WorkerSpec) -> None:
        self._spec = spec

    def stop(self, grace_s: float) -> None:
        """Stop the running point, or the next one."""
        self._stop = grace_s
        if self._fleet is not None:
            self._fleet.stop(grace_s)

    def run(
        self,
        point: Point,
        workers: int,
        plan: Iterable[Request],
        cycle: int | None = None,
        on_tick: Callable[[Standing], None] = lambda standing: None,
    ) -> Heard:
        """Run one point on ``workers`` of the crew."""
        assert self._spec is not None
        heard = Heard()

        def tick(standing: Standing) -> None:
            heard.ticks.append(standing)
            on_tick(standing)

        with Fleet(self.crew, workers) as fleet:
            self._fleet = fleet
            fleet.greet(self._spec)
            fleet.load(point, plan)
            fleet.prepare(point, cycle)
            fleet.await_ready()
            if self._stop is not None:
                fleet.stop(self._stop)
            heard.facts = fleet.run(point, heard.records.extend, tick)
        self._fleet = None
        return heard
