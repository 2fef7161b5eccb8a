"""The tables of requests that are open: few at a time, read by threads of their own.

A million rows must not stop the server's event loop: whatever touches a table runs in these
threads. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from perfbench.errors import PerfbenchError
from perfbench.reports.requests import RequestTable

_MOST = 8
"""Tables that stay open while nobody reads them."""
_MOST_BYTES = 1 << 30
"""And what they may hold together; one is always kept."""
_THREADS = 4

Found = TypeVar("Found")
_Key = tuple[Path, int]


@dataclass(slots=True)
class _Open:
    table: RequestTable
    readers: int = 0
    prepared: bool = False
    """Whether its columns are read ahead: once somebody has been answered."""


class Tables:
    """Open tables, the one read last at the end."""

    def __init__(self) -> None:
        self._open: dict[_Key, _Open] = {}
        self._lock = threading.Lock()
        self._askers = ThreadPoolExecutor(_THREADS, thread_name_prefix="requests")
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="requests_ahead")

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
                return question(table)

        return await asyncio.get_running_loop().run_in_executor(self._askers, asked)

    def close(self) -> None:
        """Close all, after those that are being read."""
        with self._lock:
            tables = [each.table for each in self._open.values()]
            self._open.clear()
        self._askers.shutdown(wait=True, cancel_futures=True)
        for table in tables:
            table.close()
        self._ahead.shutdown(wait=True, cancel_futures=True)

    @contextmanager
    def _reading(self, path: Path) -> Iterator[RequestTable]:
        key = _key(path)
        with self._lock:
            found = self._open.pop(key, None) or _Open(RequestTable(path))
            self._open[key] = found
            found.readers += 1
        try:
            yield found.table
        finally:
            with self._lock:
                found.readers -= 1
                unneeded = self._unneeded()
                if not found.prepared:
                    found.prepared = True
                    self._ahead.submit(_prepare, found.table)
            for table in unneeded:
                table.close()

    def _unneeded(self) -> list[RequestTable]:
        """Those to be closed, the longest unread first; no longer among the open ones."""
        idle = [key for key, each in self._open.items() if not each.readers]
        gone: list[RequestTable] = []
        for key in idle:
            size = sum(each.table.nbytes for each in self._open.values())
            if len(self._open) > _MOST or (size > _MOST_BYTES and len(self._open) > 1):
                gone.append(self._open.pop(key).table)
        return gone


def _prepare(table: RequestTable) -> None:
    # Whoever asks of a damaged run is told so.
    with suppress(PerfbenchError):
        table.prepare()


def _key(path: Path) -> _Key:
    """A run by its file: another may come to have its name."""
    try:
        return path, (path / "run.db").stat().st_ino
    except OSError:
        return path, 0
