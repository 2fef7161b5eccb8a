"""The one way to run a point: a fleet from the crew, its plan, its records into the store, and what
Ctrl-C does to it.

Load tests and evaluations come here with a point and its requests and go away with facts. Several
points may run at a time, each on a thread of its own; the store has one lock. Knows no workload, no
data set and no figure.
"""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from perfbench.driver.crew import Crew
from perfbench.driver.fleet import Fleet, Standing
from perfbench.driver.progress import Tracker
from perfbench.driver.protocol import WorkerSpec
from perfbench.interrupts import interrupt
from perfbench.types import Phase, Point, PointFacts, Progress, Record, Request

DRAIN_S = 5.0
"""How long streams may go on after the first Ctrl-C, or when a point ends early."""
_LOOK_S = 0.1
"""How soon who rests sees that all is to stop."""


class Keeper(Protocol):
    """Where records are kept: a ``store.Run`` is one."""

    def begin_point(self, point: Point) -> None: ...

    def append(self, point: Point, records: list[Record]) -> None: ...

    def count(self, point: Point) -> Mapping[Phase, int]:
        """How many requests of the point are stored, by phase."""
        ...

    def end_point(self, point: Point, facts: PointFacts) -> None: ...


def _nothing(*_: Any) -> None:
    pass


class Ended(msgspec.Struct, frozen=True):
    """What became of a round."""

    facts: PointFacts
    done: int
    """Requests that ended, warm-up included."""


class Round(msgspec.Struct, frozen=True):
    """A point, ready to be run, and who wants to hear of it."""

    point: Point
    spec: WorkerSpec
    requests: Iterable[Request]
    workers: int
    total: int | None
    """Requests planned; ``None`` if only time bounds the point: then the plan starts over."""
    report_s: float | None = None
    """Records are stored about so soon after their end; ``None`` leaves it to the driver."""
    loaded: Callable[[int], None] = _nothing
    """The workers have the plan, of so many requests."""
    connecting: Callable[[], None] = _nothing
    """The workers connect: a moment for what must not disturb them later."""
    begun: Callable[[], None] = _nothing
    """The point is in the store, under the store's lock, and starts now."""
    stored: Callable[[list[Record]], None] = _nothing
    """Records that are in the store now."""
    progress: Callable[[Progress], None] = _nothing
    """Counters, about twice a second."""
    enough: Callable[[], str | None] = _nothing
    """Asked as often: why no more is to be sent, if so."""
    ended: Callable[[Ended], None] = _nothing
    """The point is over and stored; what follows from it is shielded from a first Ctrl-C."""


class Rounds:
    """Runs points on one crew and into one store, until stopped."""

    def __init__(self, crew: Crew, keeper: Keeper) -> None:
        self._crew = crew
        self._keeper = keeper
        self._lock = threading.Lock()
        self._guard = threading.Lock()
        self._connecting: set[Fleet] = set()
        self._running: set[Fleet] = set()
        self._stops = 0
        self._shields = 0
        self._shielded_stops = 0

    @property
    def stopped(self) -> bool:
        """Whether the user asked to stop."""
        return self._stops > 0

    def run(self, round: Round) -> Ended | None:
        """Run one point to its end; everything that came of it is stored when this returns.

        Returns ``None`` if it was stopped before it had begun: nothing was sent or stored.

        Raises:
            TargetError: the service cannot be reached.
            WorkerError: a worker died before the point had begun.
            StoreError: a record could not be stored; those before are.
        """
        point, keeper = round.point, self._keeper
        tracker = Tracker(point, round.total)
        early: str | None = None
        plan = hashlib.sha256()

        def on_records(records: list[Record]) -> None:
            with self._lock:
                keeper.append(point, records)
            tracker.add(records)
            round.stored(records)

        def on_tick(standing: Standing) -> None:
            nonlocal early
            round.progress(tracker.progress(standing))
            if early is None and (early := round.enough()) is not None:
                fleet.stop(DRAIN_S)

        with Fleet(self._crew, round.workers) as fleet:
            fleet.greet(round.spec)
            loaded = fleet.load(point, _hashed(round.requests, plan))
            round.loaded(loaded)
            fleet.prepare(point, None if round.total is not None else loaded)
            round.connecting()
            self._connecting.add(fleet)
            try:
                if self._stops or not fleet.await_ready():
                    return None
                self._running.add(fleet)
            finally:
                self._connecting.discard(fleet)
            try:
                with self._lock:
                    keeper.begin_point(point)
                    round.begun()
                facts = fleet.run(point, on_records, on_tick, round.report_s)
            except BaseException:
                self._running.discard(fleet)
                raise
        with self.shielded():
            self._running.discard(fleet)
            with self._lock:
                facts = _counted(facts, keeper.count(point), self.stopped)
                facts = replace(facts, plan=plan.hexdigest(), ended_early=early)
                keeper.end_point(point, facts)
            ended = Ended(facts, tracker.done)
            round.ended(ended)
        return ended

    def rest(self, seconds: float) -> None:
        """Wait so long with nothing under way, or until stopped."""
        end = time.monotonic() + seconds
        while not self.stopped and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_S))

    def stop(self) -> None:
        """First call: send nothing more and let streams drain; second: end at once.

        May be called from a signal handler.
        """
        self._stops += 1
        for fleet in [*self._running, *self._connecting]:
            fleet.stop(DRAIN_S if self._stops == 1 else 0)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """What runs in here goes on after a first Ctrl-C, which only says that nothing follows."""
        with self._guard:
            self._shields += 1
        try:
            yield
        finally:
            with self._guard:
                self._shields -= 1

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM stop the points that run: the first lets them drain, the second ends
        them at once. Where none runs there is nothing to drain: ``KeyboardInterrupt`` is raised,
        if shielded at the second that comes there: what a point came to is not given up because it
        drained sooner than a finger moves. A third of all always raises it.

        Does nothing on any thread but the main one, where Python has its signals.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def on_signal(number: int, frame: FrameType | None) -> None:
            self.stop()
            bears_it = bool(self._running)
            if not bears_it and self._shields:
                self._shielded_stops += 1
                bears_it = self._shielded_stops == 1
            if not bears_it or self._stops > 2:
                interrupt(number, frame)

        before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
        for number, _ in before:
            signal.signal(number, on_signal)
        try:
            yield
        finally:
            for number, handler in before:
                signal.signal(number, handler)


def _hashed(requests: Iterable[Request], plan: hashlib._Hash) -> Iterator[Request]:
    """The requests as they come, all of each going into ``plan``."""
    encode = msgspec.msgpack.Encoder().encode
    for request in requests:
        plan.update(encode(request))
        yield request


def _counted(facts: PointFacts, stored: Mapping[Phase, int], stopped: bool) -> PointFacts:
    counts = {
        phase: replace(counts, stored=stored.get(phase, 0))
        for phase, counts in facts.counts.items()
    }
    return replace(facts, counts=counts, interrupted=facts.interrupted or stopped)
