"""One ``/metrics`` page, read again and again over one connection.

Whatever answers costs at most ``TIMEOUT_S`` and ``LIMIT`` bytes: a page that hangs, dies or never
ends is a scrape without values, which says why. Instants are ns of the clock of all stamps.
"""

from __future__ import annotations

import http.client
import threading
import zlib
from typing import Literal, Protocol

import msgspec

from perfbench.client.clock import now_ns
from perfbench.client.inflate import ENCODINGS, Inflater
from perfbench.client.target import Target, connect_failure
from perfbench.driver.discover import Connection, ask_for, hung_up_after
from perfbench.foreign import one_line
from perfbench.scrape.exposition import read
from perfbench.scrape.names import Reading
from perfbench.types import Scrape

TIMEOUT_S = 5.0
"""Longest that a page may take: a service that is busy answers late, and then the value is of some
moment in between."""
LIMIT = 16 << 20
"""Bytes that a page may have, unpacked."""
_CLOSING_S = 1.0
"""Longest that a close waits for a scrape, which it has ended: one that still connects goes on."""
_SHOWN = 120
_NOT_IMPLEMENTED = http.client.NOT_IMPLEMENTED
"""As some services answer whatever they do not know."""
_HEADERS = {"Accept": "text/plain; version=0.0.4, */*; q=0.1"}


class Source(Protocol):
    """What can be scraped. Threads take turns; only ``close`` may come in between."""

    @property
    def name(self) -> str:
        """For people: its URL without secrets."""
        ...

    def scrape(self) -> Scrape:
        """Ask once. Never raises: what goes wrong is in the answer."""
        ...

    def close(self) -> None: ...


class _NotThere(ValueError):
    """The service has no such page, or does not show it."""


class Page:
    """A page at ``path`` of ``target``.

    Args:
        name: what people are told it is.
        reading: which of it matters.
    """

    def __init__(self, name: str, target: Target, path: str, reading: Reading) -> None:
        self.name = name
        patience_s = min(target.connect_timeout_s, TIMEOUT_S)
        self._target = msgspec.structs.replace(target, connect_timeout_s=patience_s)
        self._path = path
        self._reading = reading
        self._connection: Connection | None = None
        self._turn = threading.Lock()
        self.found: Literal["known", "nothing", "trouble"] = "nothing"
        """By the last scrape: names that are known, readable or not; a page without any, or none at
        all; or one that could not be had."""

    def scrape(self) -> Scrape:
        """Read the page once, when whoever reads it now has."""
        with self._turn:
            return self._scraped()

    def close(self) -> None:
        """End the scrape that runs and let the connection go; the next scrape has another."""
        connection = self._connection
        if connection is not None:
            connection.hang_up()
        if self._turn.acquire(timeout=_CLOSING_S):
            self._let_go()
            self._turn.release()

    def _scraped(self) -> Scrape:
        asked_ns = now_ns()
        try:
            asked_ns, answered_ns, text = self._get()
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            self._let_go()
            absent = isinstance(error, (_NotThere, ConnectionError))
            self.found = "nothing" if absent else "trouble"
            why = one_line(connect_failure(error), _SHOWN)
            return self._stamped(asked_ns, now_ns(), "", why)
        page = read(text, self._reading.names)
        told = self._reading.told(page)
        problem = page.problem
        self.found = "known" if told.kind or problem else "nothing"
        if not told.kind:
            problem = problem or "nothing in it is known (--metrics-map names what is)"
        found = self._stamped(asked_ns, answered_ns, told.kind, problem)
        found.values.update(told.values)
        found.histograms.update(told.histograms)
        return found

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _stamped(self, asked_ns: int, answered_ns: int, kind: str, problem: str | None) -> Scrape:
        half_ns = (answered_ns - asked_ns) // 2
        return Scrape(self.name, kind, asked_ns + half_ns, half_ns, problem=problem)

    def _get(self) -> tuple[int, int, str]:
        """When it was asked for, when the answer began, and the page.

        Raises:
            OSError, HTTPException, ValueError, zlib.error: it could not be had.
        """
        kept = self._connection
        try:
            return self._asked()
        except (http.client.RemoteDisconnected, ConnectionError):
            self._let_go()
            if kept is None:
                raise
            return self._asked()  # The service had closed what was kept from the last time.

    def _asked(self) -> tuple[int, int, str]:
        if self._connection is None:
            self._connection = Connection(self._target)
        connection = self._connection
        with hung_up_after(connection, TIMEOUT_S):
            if connection.sock is None:
                connection.connect()
            asked_ns = now_ns()
            ask_for(connection, self._target, self._path, _HEADERS)
            response = connection.getresponse()
            answered_ns = now_ns()
            body = response.read(LIMIT + 1)
        if response.getheader("Content-Encoding", "").lower() in ENCODINGS:
            body, _ = Inflater().feed(body, LIMIT + 1)
        if len(body) > LIMIT:
            raise ValueError(f"more than {LIMIT >> 20} MB")
        if response.status != http.client.OK:
            status = response.status
            fails = status >= http.client.INTERNAL_SERVER_ERROR and status != _NOT_IMPLEMENTED
            raise (ValueError if fails else _NotThere)(f"answered {status}")
        return asked_ns, answered_ns, body.decode("utf-8", "replace")
