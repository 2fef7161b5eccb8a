"""Carries a worker's messages to a parent that may read slowly, or not at all for a while.

The event loop only puts frames into a queue; a thread writes them, so a parent that is stopped
delays nothing in the worker. What waits is kept in memory up to a bound, then in a temporary file.
Knows nothing of what the messages say. Sizes are bytes.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import socket
import tempfile
import threading
from collections import deque
from typing import IO

MEMORY_LIMIT = 64 << 20
"""What may wait in memory; all that comes on top waits in a file."""
_PIECE = 1 << 20
"""Read back from the file at a time."""
_LOOK_MS = 50
"""How often the queue is looked at while the parent does not read."""


class Courier:
    """Writes frames to ``sock``, in order and whole, from a thread of its own."""

    def __init__(self, sock: socket.socket, memory_limit: int = MEMORY_LIMIT) -> None:
        """``sock`` stays the caller's, and may be non-blocking; it is written to here alone."""
        self._sock = sock
        self._limit = memory_limit
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._memory: deque[memoryview] = deque()
        self._in_memory = 0
        self._spool: IO[bytes] | None = None
        self._spool_read = self._spool_written = 0
        self._ending = False
        self.peak = 0
        """Most that has waited for the parent at one time, in memory and file together."""
        self.spooled = 0
        """Of all that was carried, what went through the file."""
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def put(self, frame: bytes) -> None:
        """Send ``frame`` as soon as the parent reads. Never waits."""
        self._queue.put(frame)

    def finish(self, timeout_s: float | None = None) -> None:
        """Wait until all is with the kernel, or the parent has hung up; nothing may follow."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def count_anew(self) -> None:
        """From now on, ``peak`` and ``spooled`` are of what comes."""
        self.peak = self.spooled = 0

    @property
    def _waiting(self) -> int:
        return self._in_memory + self._spool_written - self._spool_read

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._sock, select.POLLOUT)
        try:
            while True:
                self._take_in()
                if not self._waiting:
                    return
                if poll.poll(_LOOK_MS):
                    self._write()
        except (OSError, MemoryError):
            # The parent has hung up, or what waited in the file cannot be had again: then it must
            # not wait for what will never come.
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
        finally:
            if self._spool is not None:
                self._spool.close()

    def _take_in(self) -> None:
        """Move what is queued to where it waits; rest here while there is nothing to do."""
        while not self._ending:
            try:
                frame = self._queue.get(block=not self._waiting)
            except queue.Empty:
                return
            if frame is None:
                self._ending = True
            else:
                self._keep(frame)

    def _keep(self, frame: bytes) -> None:
        in_file = self._spool_written > self._spool_read
        if in_file or self._in_memory + len(frame) > self._limit:
            in_file = self._store(frame)
        if not in_file:
            self._memory.append(memoryview(frame))
            self._in_memory += len(frame)
        self.peak = max(self.peak, self._waiting)

    def _store(self, frame: bytes) -> bool:
        """Append to the file; false if that cannot be done and nothing is in it.

        With a full disk there is only memory left. Then the parent cannot store either: its run
        ends, and with it what waits here.
        """
        try:
            if self._spool is None:
                self._spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the thread's
            rest = memoryview(frame)
            at = self._spool_written
            while rest:
                done = os.pwrite(self._spool.fileno(), rest, at)
                rest, at = rest[done:], at + done
        except OSError:
            while self._spool_written > self._spool_read:
                self._read_back()
            return False
        self._spool_written = at
        self.spooled += len(frame)
        return True

    def _write(self) -> None:
        if not self._memory:
            self._read_back()
        frame = self._memory[0]
        try:
            sent = self._sock.send(frame, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return
        self._in_memory -= sent
        if sent == len(frame):
            self._memory.popleft()
        else:
            self._memory[0] = frame[sent:]

    def _read_back(self) -> None:
        assert self._spool is not None
        size = min(_PIECE, self._spool_written - self._spool_read)
        piece = os.pread(self._spool.fileno(), size, self._spool_read)
        self._spool_read += len(piece)
        self._memory.append(memoryview(piece))
        self._in_memory += len(piece)
        if self._spool_read == self._spool_written:
            self._spool_read = self._spool_written = 0
            self._spool.truncate(0)
