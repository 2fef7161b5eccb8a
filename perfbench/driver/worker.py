"""A worker process: takes its stripe of the plan from the parent, sends it, returns the records.

Owns its event loop, its transport and its garbage collector. Started by ``crew`` with one end of
a socket; ends when that closes, so that it never outlives its parent. A bug in it, or in a
third-party part, is told to the parent in a line and ends it: nobody waits for what cannot come.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import mmap
import os
import resource
import socket
import time
import traceback
from collections import Counter, deque
from pathlib import Path
from typing import Any

from perfbench import registry
from perfbench.client.clock import now_ns, open_alarm
from perfbench.client.several import Several
from perfbench.client.target import Transport
from perfbench.driver.courier import Courier
from perfbench.driver.load import PointLoad
from perfbench.driver.protocol import (
    LENGTH,
    TALLY_BYTES,
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
    Tally,
    decode_from_parent,
    frame,
)
from perfbench.driver.source import source_of
from perfbench.driver.watch import Watch, Withheld
from perfbench.errors import PerfbenchError, WorkerError
from perfbench.types import PHASES, Endpoint, Phase, Record, Request

_STDIN = 0
_CLOSE_S = 5.0
"""How long a transport may take to close."""
_BATCH_BYTES = 1 << 20
"""Records are handed over in messages of about this size at most: encoding one takes a millisecond
in which nothing else runs."""


class Worker:
    """The state of one worker over all points of a run."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        courier: Courier,
        tally: Tally,
    ) -> None:
        """``tally`` is where the parent can see what has been sent, whatever becomes of us."""
        self._reader = reader
        self._courier = courier
        self._tally = tally
        self._ended = False
        self._alarm = open_alarm(asyncio.get_running_loop())
        self._watch = Watch(asyncio.get_running_loop())
        self._handed: Counter[Phase] = Counter()
        self._hello: Hello | None = None
        self._endpoint: Endpoint | None = None
        self._requests: list[Request] = []
        self._shape: Prepare | None = None
        self._transport: Transport | None = None
        self._load: PointLoad | None = None
        self._records: deque[Record] = deque()
        self._preparing: asyncio.Task[None] | None = None
        self._point: asyncio.Task[None] | None = None
        self._cpu_s = 0.0
        self._failed = asyncio.Event()

    async def serve(self) -> None:
        """Obey the parent until it hangs up, or until a bug is met."""
        obeying = asyncio.create_task(self._obey())
        failing = asyncio.create_task(self._failed.wait())
        await asyncio.wait([obeying, failing], return_when=asyncio.FIRST_COMPLETED)
        if obeying.done() and (error := obeying.exception()):
            self.fail(error)

    async def _obey(self) -> None:
        while (message := await self._read()) is not None:
            if isinstance(message, Hello):
                self._greet(message)
            elif isinstance(message, Load):
                self._requests += message.requests
            elif isinstance(message, Prepare):
                # Not awaited: that the parent hangs up must be heard while we connect.
                self._preparing = asyncio.create_task(self._get_ready(message))
                self._preparing.add_done_callback(self._task_ended)
            elif isinstance(message, Go):
                if self._preparing is not None:
                    await asyncio.wait([self._preparing])
                self._go(message)
            elif isinstance(message, Stop) and self._load is not None:
                self._load.stop(message.grace_s)

    def fail(self, error: BaseException) -> None:
        """Hand over what has finished, say what went wrong, and end."""
        if self._ended:
            return
        self._ended = True
        if self._load is not None:
            self._flush(self._load)
        self._say(Failed(_in_a_line(error)))
        self._failed.set()

    def callback_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The event loop's exception handler."""
        error = context.get("exception")
        if error is not None and "handle" in context:
            self.fail(error)
        else:
            loop.default_exception_handler(context)

    async def _read(self) -> FromParent | None:
        try:
            head = await self._reader.readexactly(LENGTH.size)
            message: FromParent = decode_from_parent(
                await self._reader.readexactly(LENGTH.unpack(head)[0])
            )
        except (asyncio.IncompleteReadError, OSError):
            return None
        return message

    def _say(self, message: FromWorker) -> None:
        self._courier.put(frame(message))

    def _greet(self, hello: Hello) -> None:
        self._hello = hello
        spec = hello.spec
        self._endpoint = registry.resolve(registry.ENDPOINTS, spec.endpoint)(spec.generation)

    async def _get_ready(self, shape: Prepare) -> None:
        self._say(Ready(await self._prepare(shape)))

    async def _prepare(self, shape: Prepare) -> str | None:
        assert self._hello is not None
        spec, worker = self._hello.spec, self._hello.worker
        self._shape = shape
        try:
            transport = registry.resolve(registry.TRANSPORTS, spec.transport)
            made: list[Transport] = [
                transport(each, self._endpoint, worker) for each in spec.targets
            ]
            self._transport = made[0] if len(made) == 1 else Several(made)
            await self._transport.open(shape.connections, shape.spare)
        except PerfbenchError as error:
            return str(error)
        gc.collect()
        return None

    def _go(self, go: Go) -> None:
        """Start the point at once, so that a stop that follows closely finds it."""
        assert self._transport is not None
        assert self._shape is not None
        gc.disable()
        assert self._hello is not None
        urls = len(self._hello.spec.targets)
        source = source_of(self._requests, self._shape.cycle, self._endpoint, urls)
        self._requests = []
        self._handed.clear()
        self._courier.count_anew()
        self._load = PointLoad(
            self._transport, source, self._shape, self._alarm, self._records.append, self._tally
        )
        self._load.start(go)
        self._watch.start()
        run = self._run_point(self._load, self._transport, go)
        self._point = asyncio.create_task(run)
        self._point.add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self.fail(error)

    async def _run_point(self, load: PointLoad, transport: Transport, go: Go) -> None:
        # Between machines the order to go comes long before the start.
        begun_ns, withheld = max(go.t0_ns, now_ns()), Withheld()
        self._cpu_s = time.process_time()
        while not load.finished.done():
            await asyncio.wait([load.finished], timeout=go.report_s)
            self._flush(load)
        load.finished.result()
        self._watch.stop()
        facts = Finished(
            wall_s=max(0.0, (now_ns() - begun_ns) / 1e9),
            cpu_s=time.process_time() - self._cpu_s,
            sched_delay_s=withheld.sched_delay_s(),
            steal_share=withheld.steal_share(),
            kernel_stamps=transport.kernel_stamps,
            drained=load.drained,
            cut_at_end=load.cut_at_end,
            sent=dict(zip(PHASES, self._tally, strict=True)),
            unsent=dict(load.unsent),
            dropped=dict(load.dropped),
            handed=dict(self._handed),
            stalled_s=self._watch.stalled_s,
            longest_stall_s=self._watch.longest_s,
            backlog_bytes=self._courier.peak,
            spooled_bytes=self._courier.spooled,
        )
        self._load = None
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(transport.close(), _CLOSE_S)
        gc.enable()
        self._say(facts)

    def _flush(self, load: PointLoad) -> None:
        """Hand over every finished record, in messages of bounded size; never waits."""
        cpu_s = time.process_time() - self._cpu_s
        stamps = self._transport is not None and self._transport.kernel_stamps
        # Counted when it is told, not as it is read: reading is what must be fast.
        events = load.events
        records, size = [], 0
        while True:
            more = bool(self._records)
            if more:
                record = self._records.popleft()
                self._handed[record.phase] += 1
                records.append(record)
                size += _size(record)
            if not more or size > _BATCH_BYTES:
                sent = list(self._tally)
                self._say(Batch(records, sent, load.in_flight, cpu_s, stamps, events))
                records, size = [], 0
            if not more:
                return


def _size(record: Record) -> int:
    """About how long it is as a message."""
    texts = (record.text, record.reasoning, record.detail, *(record.more_texts or ()))
    calls = 0 if record.tool_calls is None else len(str(record.tool_calls))
    return len(record.gaps) + len(record.event_tokens or b"") + sum(map(len, texts)) + calls


def _in_a_line(error: BaseException) -> str:
    """What was raised, and where if that is of help."""
    if isinstance(error, PerfbenchError):
        return str(error)
    words = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return words
    return f"{words} ({Path(frames[-1].filename).name}:{frames[-1].lineno})"


async def _main(sock: socket.socket, tally: Tally, bound: bool) -> None:
    # Read by the event loop and written by the courier: each has the socket to itself.
    local = sock.family == socket.AF_UNIX
    connect = asyncio.open_unix_connection if local else asyncio.open_connection
    reader, _ = await connect(sock=sock.dup(), limit=1 << 22)
    courier = Courier(sock)
    worker = Worker(reader, courier, tally)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(worker.callback_failed)
    if bound:

        def starter_ended() -> None:
            loop.remove_reader(_STDIN)
            worker.fail(WorkerError("the agent that had started it ended"))

        loop.add_reader(_STDIN, starter_ended)
    await worker.serve()
    courier.finish()


def main(inherited: int, page: int, bound: int) -> None:
    """Entry point of the process.

    Args:
        inherited: descriptor of the socket to the parent.
        page: descriptor of memory that whoever started this process has too, where what has been
            sent is counted.
        bound: 1 if standard input is a pipe whose end is the starter's end, and ours.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses to have no limit.
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sock = socket.socket(fileno=inherited)
    tally = memoryview(mmap.mmap(page, TALLY_BYTES)).cast("q")
    import uvloop

    # What was imported stays: no collection between two points need look at it.
    gc.freeze()
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_main(sock, tally, bool(bound)))
    # Nothing is left to save, and a parent that is gone must not keep us busy cleaning up.
    os._exit(0)
