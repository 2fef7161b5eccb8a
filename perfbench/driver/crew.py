"""Where workers come from: processes of this machine, started once for a whole run.

The one seam between a plan and those who carry it out. A member is a socket on which messages go
to and fro, its clock as this process sees it, a count of what it has sent that survives its death,
and a word on what it died of. Knows no point and no message.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from perfbench.driver.protocol import TALLY_BYTES
from perfbench.errors import WorkerError

_WORKER = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from perfbench.driver.worker import main; main(int(sys.argv[1]), int(sys.argv[2]))"
)
"""With this process's path, so that third-party parts are found and a file in the working
directory that is named like a library is not taken for it."""
_STDERR = 2
_FAREWELL_S = 2.0
"""How long a member may take to end by itself."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A member's monotonic clock, as it is known here."""

    offset_ns: int = 0
    """Add to an instant of this process to have the member's."""
    error_ns: int = 0
    """How far off the offset may be."""


class Member(Protocol):
    """One worker, wherever it is."""

    sock: socket.socket
    clock: Clock

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


class Process:
    """A worker process of this machine; all processes share one monotonic clock."""

    clock = Clock()
    command: Sequence[str] = (sys.executable,)
    """What runs the worker's code."""

    def __init__(self) -> None:
        page = _shared_page()
        try:
            self._page = mmap.mmap(page, TALLY_BYTES)
            self.sock, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    [*self.command, "-c", _WORKER, str(theirs.fileno()), str(page), *sys.path],
                    pass_fds=[theirs.fileno(), page],
                    stdin=subprocess.DEVNULL,
                    stdout=_STDERR,  # Standard output is the parent's, and may be for programs.
                    start_new_session=True,  # Ctrl-C is for the parent, which lets workers drain.
                )
        finally:
            os.close(page)

    def sent(self) -> list[int]:
        """See :class:`Member`."""
        with memoryview(self._page) as page, page.cast("q") as counts:
            return counts.tolist()

    def clear(self) -> None:
        """See :class:`Member`."""
        self._page[:] = bytes(TALLY_BYTES)

    def why(self) -> str:
        """See :class:`Member`."""
        try:
            status = self._process.wait(_FAREWELL_S)
        except subprocess.TimeoutExpired:
            return "it hung up"
        return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"

    def end(self) -> None:
        """See :class:`Member`."""
        self.sock.close()
        try:
            self._process.wait(_FAREWELL_S)
        except BaseException as error:  # Also a second Ctrl-C: it must not outlive us.
            self._process.kill()
            self._process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
        finally:
            self._page.close()


class Crew:
    """The members of a run, lent to its points. Use as a context manager.

    A member that has not come back in good order is not lent again: another takes its place.
    May be used from several threads.
    """

    def __init__(self, workers: int = 0, start: Callable[[], Member] = Process) -> None:
        """Start ``workers`` at once, so that they are there when they are wanted."""
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


def _shared_page() -> int:
    """A descriptor of some bytes that two processes share."""
    if hasattr(os, "memfd_create"):
        page = os.memfd_create("perfbench", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            page = os.dup(file.fileno())
    os.truncate(page, TALLY_BYTES)
    return page
