"""Where workers come from: processes of this machine or of others, started once for a whole run.

The one seam between a plan and those who carry it out. A member is a socket on which messages go
to and fro, its clock as this process sees it, a count of what it has sent that survives its death,
and a word on what it died of. Knows no point and no message.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Protocol

import msgspec

from perfbench.driver.process import WorkerProcess
from perfbench.errors import WorkerError


class Clock(msgspec.Struct, frozen=True):
    """A member's monotonic clock, as it is known here."""

    offset_ns: int = 0
    """Add to an instant of this process to have the member's."""
    error_ns: int = 0
    """How far off the offset may be, or have been since the clock is followed."""
    drift_ppm: float | None = None
    """How much faster it runs than ours; ``None`` where it is ours, or not known yet."""


class Member(Protocol):
    """One worker, wherever it is."""

    sock: socket.socket

    @property
    def place(self) -> str | None:
        """The machine it is on; ``None`` if it is this one."""
        ...

    @property
    def clock(self) -> Clock:
        """Its clock at this moment."""
        ...

    @property
    def patience_s(self) -> float | None:
        """Silence after which it is taken for lost; ``None``: never while it lives."""
        ...

    @property
    def head_start_ns(self) -> int:
        """What it needs at least from the order to go to the start."""
        ...

    def follow_clock(self) -> None:
        """Look closely at its clock, and follow it from now on."""
        ...

    def settle_clock(self) -> None:
        """Look closely at its clock once more, and follow it no longer."""
        ...

    def sent(self) -> list[int] | None:
        """What it has sent in the running point, in the order of ``PHASES``, also after its death;
        ``None`` if nobody can know."""
        ...

    def clear(self) -> None:
        """Count what is sent from 0 again."""
        ...

    def why(self) -> str:
        """What it died of, in a few words."""
        ...

    def end(self) -> None:
        """Hang up; it ends by itself, or is killed after a moment."""
        ...


class Process(WorkerProcess):
    """A worker process of this machine; all processes share one monotonic clock."""

    place = None
    clock = Clock()
    patience_s = None
    head_start_ns = 20_000_000
    """So that every worker has heard it."""

    def __init__(self) -> None:
        self.sock, theirs = socket.socketpair()
        with theirs:
            super().__init__(theirs)

    def follow_clock(self) -> None:
        """See :class:`Member`."""

    def settle_clock(self) -> None:
        """See :class:`Member`."""

    def end(self) -> None:
        """See :class:`Member`."""
        self.sock.close()
        super().end()


class Crew:
    """The members of a run, lent to its points. Use as a context manager.

    A member that has not come back in good order is not lent again: another takes its place.
    May be used from several threads.
    """

    def __init__(
        self,
        workers: int = 0,
        start: Callable[[], Member] = Process,
        replaces: bool = False,
    ) -> None:
        """Start ``workers`` at once, so that they are there when they are wanted."""
        self.replaces = replaces
        """Whether a member that is lost in a point has its place taken by another."""
        self._start = start
        self._lock = threading.Lock()
        self._members: list[Member] = []
        self._idle: list[Member] = []
        try:
            for _ in range(workers):
                self._members.append(self._started())
        except BaseException:
            self.close()
            raise
        self._idle = list(self._members)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def muster(self, workers: int) -> list[Member]:
        """So many members, new ones where there are too few.

        Raises:
            WorkerError: one cannot be started.
        """
        with self._lock:
            alive = [member for member in self._idle if not _hung_up(member.sock)]
            lent, self._idle = alive[:workers], alive[workers:]
            while len(lent) < workers:
                lent.append(self._started())
                self._members.append(lent[-1])
        return lent

    def _started(self) -> Member:
        try:
            return self._start()
        except OSError as error:
            raise WorkerError(f"a worker cannot be started: {error.strerror or error}") from None

    def take_back(self, member: Member, sound: bool) -> None:
        """A member is needed no more; ``sound``: it waits for its next point."""
        with self._lock:
            if member not in self._members:
                return
            if sound:
                self._idle.append(member)
                return
            self._members.remove(member)
        member.end()

    def close(self) -> None:
        """End them all."""
        with self._lock:
            members, self._members, self._idle = self._members, [], []
        # All hang up first: they end side by side.
        for member in members:
            with contextlib.suppress(OSError):
                member.sock.shutdown(socket.SHUT_RDWR)
        for member in members:
            member.end()


def _hung_up(sock: socket.socket) -> bool:
    """Whether whoever is at the other end has gone; an idle member says nothing else."""
    sock.settimeout(0)
    try:
        return not sock.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, InterruptedError):
        return False
    except OSError:
        return True
