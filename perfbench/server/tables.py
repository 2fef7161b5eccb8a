"""The tables of requests that are open: few at a time, read by threads of their own.

A million rows must not stop the server's event loop: whatever touches a table runs in these
threads, and the columns of a large run are read ahead by a process of the lowest priority, which
keeps them in a file. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from perfbench.errors import PerfbenchError, StoreError
from perfbench.reports.requests import RequestTable

_MOST = 8
"""Tables that stay open while nobody reads them."""
_MOST_BYTES = 1 << 30
"""And what they may hold together; one is always kept."""
_THREADS = 4

Found = TypeVar("Found")


@dataclass(slots=True)
class _Open:
    table: RequestTable
    readers: int = 0
    prepared: bool = False
    """Whether its columns are read ahead, or have been: once somebody has been answered."""


class Tables:
    """Open tables, the one read last at the end."""

    def __init__(self) -> None:
        self._open: dict[Path, _Open] = {}
        self._outdated: list[_Open] = []
        """Of runs that were continued since, or whose name another has; to be closed."""
        self._lock = threading.Lock()
        self._askers = ThreadPoolExecutor(_THREADS, thread_name_prefix="requests")
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="requests_ahead")
        self._reader: subprocess.Popen[bytes] | None = None
        self._closed = False

    async def ask(self, path: Path, question: Callable[[RequestTable], Found]) -> Found:
        """What a table answers.

        Args:
            path: folder of its run.
            question: runs in a thread.

        Raises:
            PerfbenchError: the run cannot be read, or the question cannot be answered.
        """

        def asked() -> Found:
            with self._reading(path) as table:
                try:
                    found = question(table)
                except StoreError:
                    if not table.outdated:
                        raise
                else:
                    if not table.outdated:
                        return found
            # A writer came while it was read.
            with self._reading(path) as table:
                return question(table)

        return await asyncio.get_running_loop().run_in_executor(self._askers, asked)

    def close(self) -> None:
        """Close all, after those that are being read."""
        with self._lock:
            self._closed = True
            tables = [each.table for each in (*self._open.values(), *self._outdated)]
            self._open.clear()
            self._outdated.clear()
            if self._reader is not None:
                self._reader.kill()
        self._askers.shutdown(wait=True, cancel_futures=True)
        self._ahead.shutdown(wait=True, cancel_futures=True)
        for table in tables:
            table.close()

    @contextmanager
    def _reading(self, path: Path) -> Iterator[RequestTable]:
        with self._lock:
            found = self._newest(path)
            found.readers += 1
        try:
            yield found.table
        finally:
            with self._lock:
                found.readers -= 1
                unneeded = self._unneeded()
                if not (found.prepared or self._closed):
                    found.prepared = True
                    self._ahead.submit(self._prepare, path)
            for table in unneeded:
                table.close()

    def _newest(self, path: Path) -> _Open:
        known = self._open.pop(path, None)
        if known is not None and known.table.outdated:
            self._outdated.append(known)
            known = None
        self._open[path] = found = known or _Open(RequestTable(path))
        return found

    def _unneeded(self) -> list[RequestTable]:
        """Those to be closed, the longest unread first; no longer among the open ones."""
        idle = [key for key, each in self._open.items() if not each.readers]
        gone = [each.table for each in self._outdated if not each.readers]
        self._outdated = [each for each in self._outdated if each.readers]
        for key in idle:
            size = sum(each.table.nbytes for each in self._open.values())
            if len(self._open) > _MOST or (size > _MOST_BYTES and len(self._open) > 1):
                gone.append(self._open.pop(key).table)
        return gone

    def _prepare(self, path: Path) -> None:
        """Have the columns of a large run read and kept."""
        worth = False
        with suppress(PerfbenchError), RequestTable(path) as table:
            worth = table.worth_preparing
        if not worth:
            return
        words = [sys.executable, "-m", "perfbench.reports.requests", str(path)]
        with self._lock:
            if self._closed:
                return
            # Its standard input ends with this process, and with it the reader.
            self._reader = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        with self._reader as reader:
            reader.wait()
