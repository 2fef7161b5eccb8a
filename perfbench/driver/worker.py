"""A worker process: takes its stripe of the plan from the parent, sends it, returns the records.

Owns its event loop, its transport and its garbage collector. Started by ``fleet`` as
``python -m perfbench.driver.worker FD`` with one end of a socket pair; ends when that closes, so
that it never outlives its parent.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import socket
import sys
import time

from perfbench import registry
from perfbench.client.clock import open_alarm
from perfbench.client.target import Transport
from perfbench.driver.load import PointLoad
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
    decode_from_parent,
    frame,
)
from perfbench.errors import PerfbenchError
from perfbench.types import Endpoint, Record, Request

FLUSH_S = 0.25
"""How long a finished record waits in the worker at most."""


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
                self._point = asyncio.create_task(self._run_point(message))
            elif isinstance(message, Stop) and self._load is not None:
                self._load.stop(message.grace_s)

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
        from perfbench.config import PerfConfig

        sys.path[:] = hello.path
        self._hello = hello
        config = PerfConfig.model_construct(**hello.config)
        self._endpoint = registry.resolve(registry.ENDPOINTS, hello.endpoint)(config, hello.model)

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

    async def _run_point(self, go: Go) -> None:
        assert self._transport is not None
        assert self._shape is not None
        gc.disable()
        load = PointLoad(
            self._transport, self._requests, self._shape, self._alarm, self._records.append
        )
        self._load = load
        wall, cpu, waited = time.perf_counter(), time.process_time(), _sched_delay_s()
        load.start(go)
        while not load.finished.done():
            await asyncio.wait([load.finished], timeout=FLUSH_S)
            self._flush(load)
            await self._writer.drain()
        waited_after = _sched_delay_s()
        facts = Finished(
            wall_s=time.perf_counter() - wall,
            cpu_s=time.process_time() - cpu,
            sched_delay_s=None if waited is None or waited_after is None else waited_after - waited,
            kernel_stamps=self._transport.kernel_stamps,
            drained=load.drained,
            cut_at_end=load.cut_at_end,
        )
        self._load = None
        self._requests = []
        await self._transport.close()
        gc.unfreeze()
        gc.enable()
        self._say(facts)

    def _flush(self, load: PointLoad) -> None:
        records = self._records[:]
        self._records.clear()
        self._say(Batch(records, load.sent, load.in_flight))


def _sched_delay_s() -> float | None:
    """Seconds this process has stood runnable without a core (Linux)."""
    try:
        with open("/proc/self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None


async def _main(sock: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=sock, limit=1 << 22)
    await Worker(reader, writer).serve()


def main() -> None:
    """Entry point of the process: ``argv[1]`` is the inherited socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sock = socket.socket(fileno=int(sys.argv[1]))
    import uvloop

    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_main(sock))
    # Nothing is left to save, and a parent that is gone must not keep us busy cleaning up.
    os._exit(0)


if __name__ == "__main__":
    main()
