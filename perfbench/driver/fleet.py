"""The workers of one point as the parent sees them: given one plan, listened to until done.

Borrows its members from a crew and knows nothing of how they came to be. The parent's loop here
does no more than move records along and count them; what is done with them is up to the callbacks.
Instants are monotonic ns of this process; a member's own clock is told apart by its offset.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from perfbench.client.clock import now_ns
from perfbench.client.target import Target
from perfbench.driver.crew import Crew
from perfbench.driver.post import Post
from perfbench.driver.protocol import Go, Hello, Load, Prepare, Stop
from perfbench.driver.schedule import share, worker_of
from perfbench.errors import TargetError, WorkerError
from perfbench.types import (
    PHASES,
    Counts,
    Generation,
    Phase,
    Point,
    PointFacts,
    Record,
    Request,
)

TICK_S = 0.5
"""How often records are handed on and counters looked at."""
_HEAD_START_NS = 20_000_000
"""From the order to go to the start, so that every worker has heard it."""
_LOAD_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What every worker must know: whom it talks to, and how."""

    target: Target
    transport: str
    endpoint: str
    generation: Generation


@dataclass(slots=True)
class Standing:
    """Counters of a running point, over all workers."""

    sent: int = 0
    in_flight: int = 0
    events: int = 0
    """Token-bearing events, about, of requests that have not finished."""


class Fleet:
    """The members that run one point together. Use as a context manager."""

    def __init__(self, crew: Crew, workers: int) -> None:
        self._crew = crew
        self._posts = [Post(n, member) for n, member in enumerate(crew.muster(workers))]
        self._cycle: int | None = None
        self._over = False
        self._selector = selectors.DefaultSelector()
        for post in self._posts:
            self._selector.register(post.member.sock, selectors.EVENT_READ, post)
        self._graces: deque[float] = deque()
        """Stops that are still to be passed on."""
        self._waker, self._wakes = socket.socketpair()
        self._waker.setblocking(False)
        self._selector.register(self._wakes, selectors.EVENT_READ)

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_: object) -> None:
        """Give the members back: those that have finished the point wait for the next one."""
        self._selector.close()
        self._waker.close()
        self._wakes.close()
        for post in self._posts:
            sound = self._over and post.alive and post.finished is not None
            self._crew.take_back(post.member, sound)

    def greet(self, spec: WorkerSpec) -> None:
        """Tell the workers whom they will talk to."""
        for post in self._posts:
            hello = Hello(
                worker=post.number,
                target=spec.target,
                transport=spec.transport,
                endpoint=spec.endpoint,
                generation=spec.generation,
            )
            post.tell(hello)

    def load(self, point: Point, requests: Iterable[Request]) -> int:
        """Hand out the plan of the point; returns how many requests."""
        parallel = point.parallel if point.rate is None else None
        workers = len(self._posts)
        stripes: list[list[Request]] = [[] for _ in self._posts]
        sizes = [0] * workers
        total = 0
        for position, request in enumerate(requests):
            k = worker_of(position, workers, parallel)
            self._posts[k].planned[request.phase] += 1
            stripes[k].append(request)
            sizes[k] += len(request.body)
            total += 1
            if sizes[k] > _LOAD_BYTES:
                self._posts[k].tell(Load(stripes[k]))
                stripes[k], sizes[k] = [], 0
        for post, stripe in zip(self._posts, stripes, strict=True):
            post.tell(Load(stripe))
        return total

    def prepare(self, point: Point, cycle: int | None) -> None:
        """Let the workers connect; :meth:`await_ready` hears whether they could.

        Args:
            cycle: the plan starts over when it ends, adding this to ``seq`` each time.
        """
        self._cycle = cycle
        n = len(self._posts)
        for k, post in enumerate(self._posts):
            slots = None if point.parallel is None else share(point.parallel, n, k)
            connections, spare = slots or 1, 0
            if point.rate is not None:
                expected = max(4, round(point.rate / 4 / n))
                connections = min(expected, slots or expected, 256)
                spare = 0 if slots else max(2, min(32, round(point.rate / 25 / n)))
            post.member.clear()
            shape = Prepare(slots, point.rate is not None, connections, spare, cycle)
            post.tell(shape)

    def await_ready(self) -> bool:
        """Wait until every worker has connected; false if a stop came before.

        Raises:
            TargetError: a worker could not connect at all.
            WorkerError: a worker died.
        """
        while not all(post.ready for post in self._posts):
            if self._graces:
                return False
            self._listen(1.0, lambda records: None)
            if dead := [post for post in self._posts if not post.alive]:
                raise WorkerError(f"worker {dead[0].number} died: {dead[0].why}")
        for post in self._posts:
            if post.ready and post.ready.error:
                raise TargetError(post.ready.error)
        return True

    def run(
        self,
        point: Point,
        on_records: Callable[[list[Record]], None],
        on_tick: Callable[[Standing], None],
        report_s: float | None = None,
    ) -> PointFacts:
        """Run the loaded point to its end. Callbacks come from this call, about twice a second.

        A worker that dies is reported in the facts; what it had handed over is kept.

        Args:
            report_s: hand records over about so soon after their end, at some cost in CPU.
        """
        t0_ns = now_ns() + _HEAD_START_NS
        for post in self._posts:
            go = Go(t0_ns + post.member.clock.offset_ns, point.duration_s, point.grace_s)
            if report_s is not None:
                go.report_s = report_s
            post.tell(go)
        cpu = time.thread_time()  # Other points may run on other threads.
        next_tick = time.monotonic() + TICK_S
        fresh: list[Record] = []
        self._pass_on_stop()
        while any(post.running for post in self._posts):
            self._listen(max(0.0, next_tick - time.monotonic()), fresh.extend)
            self._pass_on_stop()
            ticks = time.monotonic() >= next_tick
            if fresh and (ticks or report_s is not None):
                on_records(fresh)
                fresh = []
            if ticks:
                # A parent that was stopped for long makes up for no tick that it missed.
                next_tick = max(next_tick + TICK_S, time.monotonic())
                on_tick(self._standing())
        if fresh:
            on_records(fresh)
        on_tick(self._standing())
        self._over = True
        return self._facts(time.thread_time() - cpu, (now_ns() - t0_ns) / 1e9)

    def stop(self, grace_s: float) -> None:
        """Let :meth:`run` send nothing more; cancel what is in flight after ``grace_s`` (0: at
        once). May be called from a signal handler, which may have interrupted a message half way.
        """
        self._graces.append(grace_s)
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def _pass_on_stop(self) -> None:
        while self._graces:
            grace_s = self._graces.popleft()
            for post in self._posts:
                post.tell(Stop(grace_s))

    def _standing(self) -> Standing:
        heard = [(post.heard, post.alive) for post in self._posts if post.heard]
        return Standing(
            sent=sum(batch.sent for batch, _ in heard),
            in_flight=sum(batch.in_flight for batch, alive in heard if alive),
            events=sum(batch.events for batch, alive in heard if alive),
        )

    def _facts(self, parent_cpu_s: float, wall_s: float) -> PointFacts:
        workers = [post.facts(wall_s) for post in self._posts]
        ended = [post.finished for post in self._posts if post.finished]
        return PointFacts(
            workers=workers,
            parent_cpu_s=parent_cpu_s,
            interrupted=any(worker.died for worker in workers),
            cut_at_end=sum(each.cut_at_end for each in ended),
            drained=sum(each.drained for each in ended),
            counts=self._counts(),
        )

    def _counts(self) -> dict[Phase, Counts]:
        """Each phase's requests, every number from whoever counted it."""
        sent: Counter[Phase] = Counter()
        unsent: Counter[Phase] = Counter()
        handed: Counter[Phase] = Counter()
        planned: Counter[Phase] = Counter()
        received: Counter[Phase] = Counter()
        for post in self._posts:
            own_sent = post.sent()
            received.update(post.received)
            if post.finished is not None:
                unsent.update(post.finished.unsent)
                handed.update(post.finished.handed)
            else:
                if self._cycle is None:
                    unsent.update(post.planned - Counter(own_sent))
                handed.update(post.received)
            sent.update(own_sent)
            planned.update(post.planned if self._cycle is None else own_sent)
        return {
            phase: Counts(
                planned=planned[phase],
                sent=sent[phase],
                unsent=unsent[phase],
                handed=handed[phase],
                received=received[phase],
            )
            for phase in PHASES
        }

    def _listen(self, timeout_s: float, on_records: Callable[[list[Record]], None]) -> None:
        """Take in what has come, waiting at most ``timeout_s`` for something."""
        for key, _ in self._selector.select(timeout_s):
            post: Post | None = key.data
            if post is None:
                self._wakes.recv(64)
                continue
            if records := post.listen():
                on_records(records)
            if not post.alive:
                self._selector.unregister(post.member.sock)
