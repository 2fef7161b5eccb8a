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
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
from msgspec.structs import replace

from perfbench.client.clock import now_ns
from perfbench.driver.crew import Crew
from perfbench.driver.post import Post
from perfbench.driver.protocol import Go, Hello, Load, Prepare, Stop, WorkerSpec
from perfbench.driver.schedule import Crowd, rest_of, share, slot_steps, url_of, worker_of
from perfbench.errors import TargetError, WorkerError
from perfbench.types import (
    PHASES,
    Counts,
    Phase,
    Point,
    PointFacts,
    Record,
    Request,
)

TICK_S = 0.5
"""How often records are handed on and counters looked at."""
_TAKE_OVER_NS = 1_000_000_000
"""What whoever takes a place over needs until it sends."""
_MOST_AT_ONCE = 64
_LOAD_BYTES = 1 << 20
_CROWD_S = 0.25
"""An open loop begins with as many connections as it has arrivals in so long, where it has most."""
_RUSH_S = 0.04
"""And it tries to keep as many idle as come in so long: about what some dozens take to connect."""
_MOST_HEIRS = 3
"""How often a place is given away, on average: what kills every worker is not outdone by more."""


class _Orders(msgspec.Struct, frozen=True):
    """What every worker is told at the start."""

    point: Point
    t0_ns: int
    report_s: float | None


class Standing(msgspec.Struct):
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
        self._most_posts = (1 + _MOST_HEIRS) * workers
        self._crowds = [(Crowd(_CROWD_S), Crowd(_RUSH_S)) for _ in self._posts]
        """Of the arrivals of each place."""
        self._spec: WorkerSpec | None = None
        self._shapes: list[Prepare] = []
        self._stripes: dict[int, list[Request]] = {}
        """What each place was given, kept where a place may be given away."""
        self._orders: _Orders | None = None
        self._followed: list[Post] = []
        """Those whose clocks are followed."""
        self._late: list[Post] = []
        """Those that took a place over and have not connected yet."""
        self._stopped = False
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
        self._settle_clocks()
        self._selector.close()
        self._waker.close()
        self._wakes.close()
        for post in self._posts:
            sound = self._over and post.alive and post.finished is not None
            self._crew.take_back(post.member, sound)

    def greet(self, spec: WorkerSpec) -> None:
        """Tell the workers whom they will talk to."""
        self._spec = spec
        for post in self._posts:
            self._greet(post, spec)

    @staticmethod
    def _greet(post: Post, spec: WorkerSpec) -> None:
        post.answer_limit = spec.targets[0].max_answer_bytes
        post.tell(Hello(post.number, spec))

    def load(self, point: Point, requests: Iterable[Request]) -> int:
        """Hand out the plan of the point; returns how many requests. A conversation is whole with
        one worker."""
        parallel = point.parallel if point.rate is None else None
        workers = len(self._posts)
        stripes: list[list[Request]] = [[] for _ in self._posts]
        sizes = [0] * workers
        total = 0
        urls = 1 if self._spec is None else self._spec.taking_turns
        for position, request in enumerate(requests):
            k = worker_of(position, workers, parallel)
            if urls > 1:
                request = replace(request, url=url_of(position, urls, workers, parallel))
            self._posts[k].planned[request.phase] += request.planned
            stripes[k].append(request)
            if request.offset_ns is not None:
                for crowd in self._crowds[k]:
                    crowd.add(request.offset_ns)
            if self._crew.replaces:
                self._stripes.setdefault(k, []).append(request)
            sizes[k] += len(request.body) + (request.sequel.size if request.sequel else 0)
            total += request.planned
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
        assert self._spec is not None
        self._cycle = cycle
        self._follow_clocks(self._posts)
        n = len(self._posts)
        open_loop = point.rate is not None
        steps = [] if open_loop else slot_steps(point)
        late_ns = None if point.drop_late_s is None else round(point.drop_late_s * 1e9)
        for k, post in enumerate(self._posts):
            slots = None if point.parallel is None else share(point.parallel, n, k)
            connections, spare = -(-(slots or 1) // len(self._spec.targets)), 0
            if open_loop:
                # Where it is fullest: connecting in a burst makes what follows late.
                crowd, rush = (each.most for each in self._crowds[k])
                expected = max(4, crowd)
                connections = min(expected, slots or expected, 256)
                spare = 0 if slots else max(2, min(64, rush))
            post.member.clear()
            own = [(offset_ns, share(total, n, k)) for offset_ns, total in steps]
            shape = Prepare(slots, open_loop, connections, spare, cycle, own, late_ns)
            self._shapes.append(shape)
            post.tell(shape)

    def await_ready(self) -> bool:
        """Wait until every worker has connected; false if a stop came before.

        Raises:
            TargetError: a worker could not connect at all.
            WorkerError: a worker died.
        """
        assert self._spec is not None
        connect_s = 2 * self._spec.targets[0].connect_timeout_s
        begun = time.monotonic()
        while not all(post.ready for post in self._posts):
            if self._graces:
                return False
            self._listen(1.0, lambda records: None)
            waited_s = time.monotonic() - begun
            for post in self._posts:
                patience_s = post.member.patience_s
                if not post.ready and patience_s is not None and waited_s > patience_s + connect_s:
                    post.lose(f"it is not ready after {waited_s:.0f} s")
                if not post.alive:
                    raise WorkerError(f"{post.name} died: {post.why}")
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
        t0_ns = now_ns() + max(post.member.head_start_ns for post in self._posts)
        self._orders = _Orders(point, t0_ns, report_s)
        for post in self._posts:
            self._send_off(post, self._orders)
        cpu = time.thread_time()  # Other points may run on other threads.
        next_tick = time.monotonic() + TICK_S
        fresh: list[Record] = []
        self._pass_on_stop()
        while any(post.running for post in self._posts):
            self._listen(max(0.0, next_tick - time.monotonic()), fresh.extend)
            self._pass_on_stop()
            self._give_places_away(self._orders)
            ticks = time.monotonic() >= next_tick
            if fresh and (ticks or report_s is not None):
                on_records(fresh)
                fresh = []
            if ticks:
                # A parent that was stopped for long makes up for no tick that it missed.
                next_tick = max(next_tick + TICK_S, time.monotonic())
                self._lose_the_silent()
                on_tick(self._standing())
        if fresh:
            on_records(fresh)
        on_tick(self._standing())
        self._over = True
        self._settle_clocks()
        return self._facts(time.thread_time() - cpu, t0_ns)

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
            self._stopped = True
            for post in self._posts:
                post.tell(Stop(grace_s))

    @staticmethod
    def _send_off(post: Post, orders: _Orders) -> None:
        t0_ns = orders.t0_ns + post.member.clock.offset_ns
        go = Go(t0_ns, orders.point.duration_s, orders.point.grace_s)
        if orders.report_s is not None:
            go.report_s = orders.report_s
        post.tell(go)

    def _lose_the_silent(self) -> None:
        """A tick is over: who has said nothing for too many of them is waited for no longer."""
        for post in self._posts:
            if not post.running:
                continue
            post.silent_s += TICK_S
            patience_s = post.member.patience_s
            if patience_s is not None and post.silent_s > patience_s:
                post.lose(f"nothing was heard of it for {patience_s:g} s")
                self._selector.unregister(post.member.sock)

    def _give_places_away(self, orders: _Orders) -> None:
        """Where a member was lost, let another do the rest of its plan."""
        for post in [*self._late]:
            error = "it was stopped before it began" if self._stopped else None
            if post.ready is None and post.alive and error is None:
                continue
            self._late.remove(post)
            if error is None and post.ready is not None:
                error = post.ready.error
            if error is not None and post.alive:
                post.lose(error)
                self._selector.unregister(post.member.sock)
            self._send_off(post, orders)
        if not self._crew.replaces or self._stopped:
            return
        for post in [*self._posts]:
            lost = not post.alive and post.finished is None
            if lost and post.number in self._stripes and len(self._posts) < self._most_posts:
                self._give_away(post, self._stripes.pop(post.number), orders)

    def _give_away(self, post: Post, stripe: list[Request], orders: _Orders) -> None:
        assert self._spec is not None
        since_ns = now_ns() - orders.t0_ns + _TAKE_OVER_NS
        rest = rest_of(stripe, sum(post.sent().values()), since_ns, self._cycle)
        if not rest or any(request.sequel for request in stripe):
            return  # Which conversations it had begun is not known: none is held twice.
        try:
            (member,) = self._crew.muster(1)
        except WorkerError:
            return  # Nobody is left to take it: it stays unsent, and its loss is told.
        heir = Post(len(self._posts), member)
        post.replaced_by = heir.number
        heir.planned.update(request.phase for request in rest)
        post.planned.subtract(heir.planned)
        self._stripes[heir.number] = rest
        self._shapes.append(self._shapes[post.number])
        self._posts.append(heir)
        self._late.append(heir)
        self._selector.register(member.sock, selectors.EVENT_READ, heir)
        self._follow_clocks([heir])
        self._greet(heir, self._spec)
        heir.tell(Load(rest))
        member.clear()
        heir.tell(self._shapes[heir.number])

    def _follow_clocks(self, posts: list[Post]) -> None:
        self._followed += posts
        _at_once([post.member.follow_clock for post in posts if post.member.place is not None])

    def _settle_clocks(self) -> None:
        posts, self._followed = self._followed, []
        _at_once([post.member.settle_clock for post in posts if post.member.place is not None])

    def _standing(self) -> Standing:
        heard = [(post.heard, post.alive) for post in self._posts if post.heard]
        return Standing(
            sent=sum(sum(batch.sent) for batch, _ in heard),
            in_flight=sum(batch.in_flight for batch, alive in heard if alive),
            events=sum(batch.events for batch, alive in heard if alive),
        )

    def _facts(self, parent_cpu_s: float, t0_ns: int) -> PointFacts:
        wall_s = (now_ns() - t0_ns) / 1e9
        counts = self._counts()
        workers = [post.facts(wall_s) for post in self._posts]
        ended = [post.finished for post in self._posts if post.finished]
        return PointFacts(
            workers=workers,
            parent_cpu_s=parent_cpu_s,
            interrupted=any(worker.died for worker in workers),
            cut_at_end=sum(each.cut_at_end for each in ended),
            drained=sum(each.drained for each in ended),
            counts=counts,
            start_ns=t0_ns,
        )

    def _counts(self) -> dict[Phase, Counts]:
        """Each phase's requests, every number from whoever counted it."""
        sent: Counter[Phase] = Counter()
        unsent: Counter[Phase] = Counter()
        dropped: Counter[Phase] = Counter()
        handed: Counter[Phase] = Counter()
        planned: Counter[Phase] = Counter()
        received: Counter[Phase] = Counter()
        for post in self._posts:
            own_sent = post.sent()
            received.update(post.received)
            if post.finished is not None:
                unsent.update(post.finished.unsent)
                dropped.update(post.finished.dropped)
                handed.update(post.finished.handed)
            else:
                if self._cycle is None:
                    unsent.update(post.planned - own_sent)
                handed.update(post.received)
            sent.update(own_sent)
            planned.update(post.planned if self._cycle is None else own_sent)
            if self._cycle is not None and post.finished is not None:
                planned.update(post.finished.dropped)
        return {
            phase: Counts(
                planned=planned[phase],
                sent=sent[phase],
                unsent=unsent[phase],
                dropped=dropped[phase],
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


def _at_once(calls: Sequence[Callable[[], None]]) -> None:
    """Make all of these calls side by side: each waits for another machine."""
    if calls:
        with ThreadPoolExecutor(min(len(calls), _MOST_AT_ONCE)) as pool:
            for done in [pool.submit(call) for call in calls]:
                done.result()
