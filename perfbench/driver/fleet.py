"""The workers as the parent sees them: started early, given one plan, listened to until done.

Owns processes and socket pairs. The parent's loop here does no more than move records along; what
is done with them is up to the callbacks. Instants are monotonic ns.
"""

from __future__ import annotations

import contextlib
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from perfbench.client.clock import now_ns
from perfbench.client.target import Target
from perfbench.driver.protocol import (
    LENGTH,
    Batch,
    Failed,
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
from perfbench.types import Generation, Point, PointFacts, Record, Request, WorkerFacts

TICK_S = 0.5
"""How often records are handed on and counters looked at."""
_HEAD_START_NS = 20_000_000
"""From the order to go to the start, so that every worker has heard it."""
_LOAD_BYTES = 1 << 20
_SEND_TIMEOUT_S = 120.0
_WORKER = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from perfbench.driver.worker import main; main(int(sys.argv[1]))"
)
"""With this process's path, so that third-party parts are found and a file in the working
directory that is named like a library is not taken for it."""


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


@dataclass(slots=True, eq=False)
class _Member:
    number: int
    process: subprocess.Popen[bytes]
    sock: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    heard: Batch | None = None
    """The last message on how it stands in the running point."""
    ready: Ready | None = None
    finished: Finished | None = None
    failed: Failed | None = None
    alive: bool = True


class Fleet:
    """Worker processes for the points of one run. Use as a context manager."""

    def __init__(self, workers: int) -> None:
        self._members = [_start(number) for number in range(workers)]
        self._team: list[_Member] = []
        self._selector = selectors.DefaultSelector()
        for member in self._members:
            self._selector.register(member.sock, selectors.EVENT_READ, member)
        self._grace_s: float | None = None
        self._waker, self._wakes = socket.socketpair()
        self._waker.setblocking(False)
        self._selector.register(self._wakes, selectors.EVENT_READ)

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
                generation=spec.generation,
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
        """Let the workers connect; :meth:`await_ready` hears whether they could."""
        n = len(self._team)
        for k, member in enumerate(self._team):
            slots = None if point.parallel is None else share(point.parallel, n, k)
            connections, spare = slots or 1, 0
            if point.rate is not None:
                expected = max(4, round(point.rate / 4 / n))
                connections = min(expected, slots or expected, 256)
                spare = 0 if slots else max(2, min(32, round(point.rate / 25 / n)))
            member.heard = member.ready = member.finished = None
            shape = Prepare(slots, point.rate is not None, connections, spare, cycle)
            self._tell(member, shape)

    def await_ready(self) -> None:
        """Wait until every worker has connected.

        Raises:
            TargetError: a worker could not connect at all.
            WorkerError: a worker died.
        """
        while not all(member.ready for member in self._team):
            self._listen(1.0, lambda records: None)
            if dead := [member for member in self._team if not member.alive]:
                raise WorkerError(f"worker {dead[0].number} died: {_why(dead[0])}")
        for member in self._team:
            if member.ready and member.ready.error:
                raise TargetError(member.ready.error)

    def run(
        self,
        point: Point,
        on_records: Callable[[list[Record]], None],
        on_tick: Callable[[Standing], None],
        report_s: float | None = None,
    ) -> PointFacts:
        """Run the loaded point to its end. Callbacks come from this call, about twice a second.

        A worker that dies is reported in the facts; what it had sent is kept.

        Args:
            report_s: hand records over about so soon after their end, at some cost in CPU.
        """
        t0_ns = now_ns() + _HEAD_START_NS
        go = Go(t0_ns, point.duration_s, point.grace_s)
        if report_s is not None:
            go.report_s = report_s
        for member in self._team:
            self._tell(member, go)
        cpu = time.process_time()
        next_tick = time.monotonic() + TICK_S
        fresh: list[Record] = []
        self._pass_on_stop()
        while any(member.alive and member.finished is None for member in self._team):
            self._listen(max(0.0, next_tick - time.monotonic()), fresh.extend)
            self._pass_on_stop()
            ticks = time.monotonic() >= next_tick
            if fresh and (ticks or report_s is not None):
                on_records(fresh)
                fresh = []
            if ticks:
                next_tick += TICK_S
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
            unsent=sum(each.unsent for each in ended),
        )

    def stop(self, grace_s: float) -> None:
        """Let :meth:`run` send nothing more; cancel what is in flight after ``grace_s`` (0: at
        once). May be called from a signal handler, which may have interrupted a message half way.
        """
        self._grace_s = grace_s
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def _pass_on_stop(self) -> None:
        grace_s, self._grace_s = self._grace_s, None
        if grace_s is not None:
            for member in self._team:
                self._tell(member, Stop(grace_s))

    def close(self) -> None:
        """Hang up; workers end by themselves, or are killed after a moment."""
        for member in self._members:
            member.sock.close()
        self._waker.close()
        self._wakes.close()
        self._selector.close()
        for member in self._members:
            try:
                member.process.wait(2)
            except subprocess.TimeoutExpired:
                member.process.kill()
                member.process.wait()

    def _standing(self) -> Standing:
        heard = [(member.heard, member.alive) for member in self._team if member.heard]
        return Standing(
            sent=sum(batch.sent for batch, _ in heard),
            in_flight=sum(batch.in_flight for batch, alive in heard if alive),
        )

    def _tell(self, member: _Member, message: FromParent) -> None:
        if not member.alive:
            return
        member.sock.settimeout(_SEND_TIMEOUT_S)
        try:
            member.sock.sendall(frame(message))
        except (BrokenPipeError, ConnectionResetError):
            pass  # What it had sent before is still to be read; then its end is noticed.
        except TimeoutError:
            raise WorkerError(f"worker {member.number} does not answer") from None

    def _listen(self, timeout_s: float, on_records: Callable[[list[Record]], None]) -> None:
        """Take in what has come, waiting at most ``timeout_s`` for something."""
        for key, _ in self._selector.select(timeout_s):
            member: _Member | None = key.data
            if member is None:
                self._wakes.recv(64)
                continue
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
                    if message.records:
                        on_records(message.records)
                        message.records = []
                    member.heard = message
                elif isinstance(message, Ready):
                    member.ready = message
                elif isinstance(message, Failed):
                    member.failed = message
                else:
                    member.finished = message


def _start(number: int) -> _Member:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(theirs.fileno()), *sys.path],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent, which lets the workers drain.
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
    done, heard = member.finished, member.heard
    if done is not None:
        return WorkerFacts(
            member.number, done.wall_s, done.cpu_s, done.sched_delay_s, done.kernel_stamps
        )
    return WorkerFacts(
        member.number,
        wall_s,
        heard.cpu_s if heard else 0.0,
        None,
        heard is not None and heard.kernel_stamps,
        died=True,
        why=_why(member),
    )


def _why(member: _Member) -> str:
    """What a worker died of."""
    if member.failed is not None:
        return member.failed.reason
    try:
        status = member.process.wait(2)
    except subprocess.TimeoutExpired:
        return "it hung up"
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
