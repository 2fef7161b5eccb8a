"""A worker process: takes its stripe of the plan from the parent, sends it, returns the records.

Owns its event loop, its transport and its garbage collector. Started by ``fleet`` with one end of
a socket pair; ends when that closes, so that it never outlives its parent. A bug in it, or in a
third-party part, is told to the parent in a line and ends it: nobody waits for what cannot come.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import socket
import time
import traceback
from pathlib import Path
from typing import Any

from perfbench import registry
from perfbench.client.clock import open_alarm
from perfbench.client.target import Transport
from perfbench.driver.load import PointLoad
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
    decode_from_parent,
    frame,
)
from perfbench.errors import PerfbenchError
from perfbench.types import Endpoint, Record, Request


class Worker:
    """The state of one worker over all points of a run."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._alarm = open_alarm(asyncio.get_running_loop())
        self._hello: Hello | None = None
        self._endpoint: Endpoint | None = None
        self._requests: list[Request] = []
        self._shape: Prepare | None = None
        self._transport: Transport | None = None
        self._load: PointLoad | None = None
        self._records: list[Record] = []
        self._point: asyncio.Task[None] | None = None
        self._cpu_s = 0.0

    async def serve(self) -> None:
        """Obey the parent until it hangs up."""
        while (message := await self._read()) is not None:
            if isinstance(message, Hello):
                self._greet(message)
            elif isinstance(message, Load):
                self._requests += message.requests
            elif isinstance(message, Prepare):
                self._say(Ready(await self._prepare(message)))
            elif isinstance(message, Go):
                self._go(message)
            elif isinstance(message, Stop) and self._load is not None:
                self._load.stop(message.grace_s)

    def fail(self, error: BaseException) -> None:
        """Hand over what has finished, say what went wrong, and hang up."""
        if self._writer.is_closing():
            return
        if self._load is not None:
            self._flush(self._load)
        self._say(Failed(_in_a_line(error)))
        self._writer.close()

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
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return message

    def _say(self, message: FromWorker) -> None:
        self._writer.write(frame(message))

    def _greet(self, hello: Hello) -> None:
        self._hello = hello
        self._endpoint = registry.resolve(registry.ENDPOINTS, hello.endpoint)(hello.generation)

    async def _prepare(self, shape: Prepare) -> str | None:
        assert self._hello is not None
        hello = self._hello
        self._shape = shape
        try:
            transport = registry.resolve(registry.TRANSPORTS, hello.transport)
            self._transport = transport(hello.target, self._endpoint, hello.worker)
            await self._transport.open(shape.connections, shape.spare)
        except PerfbenchError as error:
            return str(error)
        gc.collect()
        gc.freeze()
        return None

    def _go(self, go: Go) -> None:
        """Start the point at once, so that a stop that follows closely finds it."""
        assert self._transport is not None
        assert self._shape is not None
        gc.disable()
        self._load = PointLoad(
            self._transport, self._requests, self._shape, self._alarm, self._records.append
        )
        self._load.start(go)
        run = self._run_point(self._load, self._transport, go.report_s)
        self._point = asyncio.create_task(run)
        self._point.add_done_callback(self._point_ended)

    def _point_ended(self, point: asyncio.Task[None]) -> None:
        if not point.cancelled() and (error := point.exception()):
            self.fail(error)

    async def _run_point(self, load: PointLoad, transport: Transport, report_s: float) -> None:
        wall, waited = time.perf_counter(), _sched_delay_s()
        self._cpu_s = time.process_time()
        while not load.finished.done():
            await asyncio.wait([load.finished], timeout=report_s)
            self._flush(load)
            await self._writer.drain()
        load.finished.result()
        waited_after = _sched_delay_s()
        facts = Finished(
            wall_s=time.perf_counter() - wall,
            cpu_s=time.process_time() - self._cpu_s,
            sched_delay_s=None if waited is None or waited_after is None else waited_after - waited,
            kernel_stamps=transport.kernel_stamps,
            drained=load.drained,
            cut_at_end=load.cut_at_end,
            unsent=load.unsent,
        )
        self._load = None
        self._requests = []
        await transport.close()
        gc.unfreeze()
        gc.enable()
        self._say(facts)

    def _flush(self, load: PointLoad) -> None:
        records = self._records[:]
        self._records.clear()
        cpu_s = time.process_time() - self._cpu_s
        stamps = self._transport is not None and self._transport.kernel_stamps
        self._say(Batch(records, load.sent, load.in_flight, cpu_s, stamps))


def _sched_delay_s() -> float | None:
    """Seconds this process has stood runnable without a core (Linux)."""
    try:
        with open("/proc/self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None


def _in_a_line(error: BaseException) -> str:
    """What was raised, and where if that is of help."""
    if isinstance(error, PerfbenchError):
        return str(error)
    words = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return words
    return f"{words} ({Path(frames[-1].filename).name}:{frames[-1].lineno})"


async def _main(sock: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=sock, limit=1 << 22)
    worker = Worker(reader, writer)
    asyncio.get_running_loop().set_exception_handler(worker.callback_failed)
    serving = asyncio.create_task(worker.serve())
    await asyncio.wait([serving])
    if error := serving.exception():
        worker.fail(error)
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def main(inherited: int) -> None:
    """Entry point of the process; ``inherited`` is the descriptor of its socket."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sock = socket.socket(fileno=inherited)
    import uvloop

    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_main(sock))
    # Nothing is left to save, and a parent that is gone must not keep us busy cleaning up.
    os._exit(0)
