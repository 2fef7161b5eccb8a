"""The workers as the parent sees them: started early, given one plan, listened to until done.

Owns processes and socket pairs. The parent's loop here does no more than move records along; what
is done with them is up to the callbacks. Instants are monotonic ns.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from perfbench.client.clock import now_ns
from perfbench.client.target import Target
from perfbench.driver.protocol import (
    LENGTH,
    Batch,
    Finished,
    FromParent,
    FromWorker,
    Go,
    Hello,
    Load,
    Prepare,
    Ready,
    Stop,
    decode_from_worker,
    frame,
)
from perfbench.driver.schedule import share, worker_of
from perfbench.errors import TargetError, WorkerError
from perfbench.types import Point, PointFacts, Record, Request, WorkerFacts

TICK_S = 0.5
"""How often records are handed on and counters looked at."""
_HEAD_START_NS = 20_000_000
"""From the order to go to the start, so that every worker has heard it."""
_LOAD_BYTES = 1 << 20
_SEND_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What every worker must know: whom it talks to, and how."""

    target: Target
    transport: str
    endpoint: str
    model: str
    config: dict[str, Any]


@dataclass(slots=True)
class Standing:
    """Counters of a running point, over all workers."""

    sent: int = 0
    in_flight: int = 0


@dataclass(slots=True, eq=False)
class _Member:
    number: int
    process: subprocess.Popen[bytes]
    sock: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    sent: int = 0
    in_flight: int = 0
    ready: Ready | None = None
    finished: Finished | None = None
    alive: bool = True


class Fleet:
    """Worker processes for the points of one run. Use as a context manager."""

    def __init__(self, workers: int) -> None:
        self._members = [_start(number) for number in range(workers)]
        self._team: list[_Member] = []
        self._selector = selectors.DefaultSelector()
        for member in self._members:
            self._selector.register(member.sock, selectors.EVENT_READ, member)

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def greet(self, spec: WorkerSpec) -> None:
        """Tell the workers whom they will talk to."""
        for member in self._members:
            hello = Hello(
                worker=member.number,
                target=spec.target,
                transport=spec.transport,
                endpoint=spec.endpoint,
                model=spec.model,
                config=spec.config,
                path=sys.path,
            )
            self._tell(member, hello)

    def load(self, point: Point, requests: Iterable[Request], workers: int) -> int:
        """Hand out the plan of a point to ``workers`` of the fleet; returns how many requests."""
        parallel = point.parallel if point.rate is None else None
        self._team = self._members[:workers]
        stripes: list[list[Request]] = [[] for _ in self._team]
        sizes = [0] * workers
        total = 0
        for position, request in enumerate(requests):
            k = worker_of(position, workers, parallel)
            stripes[k].append(request)
            sizes[k] += len(request.body)
            total += 1
            if sizes[k] > _LOAD_BYTES:
                self._tell(self._team[k], Load(stripes[k]))
                stripes[k], sizes[k] = [], 0
        for member, stripe in zip(self._team, stripes, strict=True):
            self._tell(member, Load(stripe))
        return total

    def prepare(self, point: Point, cycle: int | None) -> None:
        """Let the workers connect.

        Raises:
            TargetError: a worker could not connect at all.
            WorkerError: a worker died.
        """
        n = len(self._team)
        for k, member in enumerate(self._team):
            slots = None if point.parallel is None else share(point.parallel, n, k)
            connections, spare = slots or 1, 0
            if point.rate is not None:
                expected = max(4, round(point.rate / 4 / n))
                connections = min(expected, slots or expected, 256)
                spare = 0 if slots else max(2, min(32, round(point.rate / 25 / n)))
            member.ready = member.finished = None
            member.sent = member.in_flight = 0
            shape = Prepare(slots, point.rate is not None, connections, spare, cycle)
            self._tell(member, shape)
        while not all(member.ready for member in self._team):
            self._listen(1.0, lambda records: None)
            if dead := [member for member in self._team if not member.alive]:
                raise WorkerError(
                    f"worker {dead[0].number} ended with status {dead[0].process.wait()} "
                    "before it was ready"
                )
        for member in self._team:
            if member.ready and member.ready.error:
                raise TargetError(member.ready.error)

    def run(
        self,
        point: Point,
        on_records: Callable[[list[Record]], None],
        on_tick: Callable[[Standing], None],
    ) -> PointFacts:
        """Run the loaded point to its end. Callbacks come from this call, about twice a second.

        A worker that dies is reported in the facts; what it had sent is kept.
        """
        t0_ns = now_ns() + _HEAD_START_NS
        for member in self._team:
            self._tell(member, Go(t0_ns, point.duration_s, point.grace_s))
        cpu = time.process_time()
        next_tick = time.monotonic() + TICK_S
        fresh: list[Record] = []
        while any(member.alive and member.finished is None for member in self._team):
            self._listen(max(0.0, next_tick - time.monotonic()), fresh.extend)
            if time.monotonic() >= next_tick:
                next_tick += TICK_S
                if fresh:
                    on_records(fresh)
                    fresh = []
                on_tick(self._standing())
        if fresh:
            on_records(fresh)
        on_tick(self._standing())
        parent_cpu_s = time.process_time() - cpu
        team = [_facts(member, (now_ns() - t0_ns) / 1e9) for member in self._team]
        ended = [member.finished for member in self._team if member.finished]
        return PointFacts(
            workers=team,
            parent_cpu_s=parent_cpu_s,
            interrupted=any(worker.died for worker in team),
            cut_at_end=sum(each.cut_at_end for each in ended),
            drained=sum(each.drained for each in ended),
        )

    def stop(self, grace_s: float) -> None:
        """Send nothing more; cancel what is in flight after ``grace_s`` (0: at once)."""
        for member in self._team:
            with contextlib.suppress(OSError):
                self._tell(member, Stop(grace_s))

    def close(self) -> None:
        """Hang up; workers end by themselves, or are killed after a moment."""
        for member in self._members:
            member.sock.close()
        self._selector.close()
        for member in self._members:
            try:
                member.process.wait(2)
            except subprocess.TimeoutExpired:
                member.process.kill()
                member.process.wait()

    def _standing(self) -> Standing:
        return Standing(
            sent=sum(member.sent for member in self._team),
            in_flight=sum(member.in_flight for member in self._team if member.alive),
        )

    def _tell(self, member: _Member, message: FromParent) -> None:
        if not member.alive:
            return
        member.sock.settimeout(_SEND_TIMEOUT_S)
        try:
            member.sock.sendall(frame(message))
        except (BrokenPipeError, ConnectionResetError):
            member.alive = False

    def _listen(self, timeout_s: float, on_records: Callable[[list[Record]], None]) -> None:
        """Take in what has come, waiting at most ``timeout_s`` for something."""
        for key, _ in self._selector.select(timeout_s):
            member: _Member = key.data
            try:
                data = member.sock.recv(1 << 20)
            except (ConnectionResetError, BrokenPipeError):
                data = b""
            if not data:
                member.alive = False
                self._selector.unregister(member.sock)
                continue
            member.buffer += data
            for message in _messages(member.buffer):
                if isinstance(message, Batch):
                    member.sent, member.in_flight = message.sent, message.in_flight
                    if message.records:
                        on_records(message.records)
                elif isinstance(message, Ready):
                    member.ready = message
                else:
                    member.finished = message


def _start(number: int) -> _Member:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "perfbench.driver.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    return _Member(number, process, ours)


def _messages(buffer: bytearray) -> Iterable[FromWorker]:
    """Cut whole messages off the front of ``buffer``."""
    start = 0
    while len(buffer) - start >= LENGTH.size:
        end = start + LENGTH.size + LENGTH.unpack_from(buffer, start)[0]
        if len(buffer) < end:
            break
        yield decode_from_worker(bytes(buffer[start + LENGTH.size : end]))
        start = end
    del buffer[:start]


def _facts(member: _Member, wall_s: float) -> WorkerFacts:
    done = member.finished
    if done is None:
        return WorkerFacts(member.number, wall_s, 0.0, None, False, died=True)
    return WorkerFacts(
        member.number, done.wall_s, done.cpu_s, done.sched_delay_s, done.kernel_stamps
    )
