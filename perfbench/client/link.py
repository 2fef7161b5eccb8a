"""What the connections of one transport share: the wall clock's offset, request heads, whom they
tell. Knows no socket. Instants are monotonic ns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from perfbench.client.clock import now_ns, realtime_offset_ns
from perfbench.client.digester import Digester
from perfbench.client.exchange import Exchange
from perfbench.client.poller import Poller
from perfbench.client.target import Target

if TYPE_CHECKING:
    from perfbench.client.connection import Connection

_CAN_STAMP = sys.platform == "linux" and sys.byteorder == "little"
_STAMPS_START_NS = 500_000_000
"""The kernel starts stamping a moment after it was first asked to; until then reads may lack it."""
_STEP_NS = 1_000_000
"""A wall clock that moves by more between two looks was set; less is the adjustment of a clock."""


class Link:
    """What all connections of a transport share, and whom they tell."""

    def __init__(
        self,
        target: Target,
        digester: Digester,
        poller: Poller,
        read_offset: Callable[[int], int] = realtime_offset_ns,
    ) -> None:
        """``read_offset`` takes a number of samples and gives the wall clock's offset in ns."""
        self.poller = poller
        self.offset_ns = read_offset(25)
        """``CLOCK_REALTIME`` minus monotonic, kept fresh by :meth:`look_at_clock`."""
        self.digester = digester
        self.can_stamp = _CAN_STAMP and target.unix_socket is None
        self.kernel_stamps = self.can_stamp
        """Whether reads carry the kernel's receive time."""
        self._stamps_due_ns = now_ns() + _STAMPS_START_NS
        self.released: Callable[[Connection], None] = _nobody
        self.lost: Callable[[Connection, Exchange | None], None] = _nobody_either
        self.hung_up: Callable[[Connection], None] = _nobody
        """The peer ended a used connection before it answered again; ``lost`` follows."""
        self.stepped: Callable[[], None] = _nobody_at_all
        self._read_offset = read_offset
        self._target = target
        self._heads: dict[tuple[str, str, tuple[tuple[str, str], ...]], bytes] = {}

    def note_unstamped(self, handled_ns: int) -> None:
        """A read came without the kernel's receive time."""
        if handled_ns > self._stamps_due_ns:
            self.kernel_stamps = False

    def look_at_clock(self) -> None:
        """Take the wall clock's offset anew, and tell the owner if the clock was set."""
        offset = self._read_offset(5)
        moved, self.offset_ns = abs(offset - self.offset_ns), offset
        if moved > _STEP_NS:
            self.stepped()

    def doubt_clock(self) -> None:
        """The same at a fraction of the cost as long as nothing is wrong."""
        if abs(self._read_offset(1) - self.offset_ns) > _STEP_NS:
            self.look_at_clock()

    def head(self, method: str, path: str, headers: tuple[tuple[str, str], ...]) -> bytes:
        """The request head up to ``Content-Length: ``; the same few are used over and over."""
        key = (method, path, headers)
        if key not in self._heads:
            asked, route = self._asked(path)
            given = dict.fromkeys(name.lower() for name, _ in (*self._target.headers, *headers))
            host = [] if "host" in given else [f"Host: {self._target.authority}"]
            lines = [f"{method} {asked} HTTP/1.1", *host, *route]
            for name, value in (
                ("Content-Type", "application/json"),
                ("Accept", "text/event-stream, application/json"),
                ("Accept-Encoding", "identity"),
                ("User-Agent", "perfbench"),
            ):
                if name.lower() not in given:
                    lines.append(f"{name}: {value}")
            lines += [f"{name}: {value}" for name, value in (*self._target.headers, *headers)]
            self._heads[key] = "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")
        return self._heads[key]

    def _asked(self, path: str) -> tuple[str, list[str]]:
        """Request target, and header lines for whoever brings the request there.

        A proxy before a service without TLS reads each request; one before TLS has made a tunnel.
        """
        target = self._target
        asked = target.path or path
        if target.proxy is None or target.scheme == "https":
            return asked, []
        authorization = target.proxy.authorization
        route = [] if authorization is None else [f"Proxy-Authorization: {authorization}"]
        return f"{target.scheme}://{target.authority}{asked}", route


def _nobody(connection: Connection) -> None:
    raise RuntimeError("the connection's owner is not set")


def _nobody_either(connection: Connection, retry: Exchange | None) -> None:
    raise RuntimeError("the connection's owner is not set")


def _nobody_at_all() -> None:
    raise RuntimeError("the connection's owner is not set")
