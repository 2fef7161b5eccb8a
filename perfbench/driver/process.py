"""A worker process as its starter has it: a count that outlives it, what it died of, its end.

Knows nothing of what the process is told: that goes over a socket that is handed to it.
"""

from __future__ import annotations

import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from perfbench.driver.protocol import TALLY_BYTES

_WORKER = (
    "import sys; sys.path[:] = sys.argv[4:]; "
    "from perfbench.driver.worker import main; main(*map(int, sys.argv[1:4]))"
)
"""With this process's path, so that third-party parts are found and a file in the working
directory that is named like a library is not taken for it."""
_STDERR = 2
_FAREWELL_S = 2.0
"""How long it may take to end by itself."""


class WorkerProcess:
    """A worker process that obeys whoever is at the other end of a socket."""

    command: Sequence[str] = (sys.executable,)
    """What runs the worker's code."""

    def __init__(self, theirs: socket.socket, bound: bool = False) -> None:
        """Start it.

        Args:
            theirs: its end of the socket; may be closed here afterwards.
            bound: it also ends when this process does, whoever has the other end.

        Raises:
            OSError: it cannot be started.
        """
        page = _shared_page()
        try:
            self._page = mmap.mmap(page, TALLY_BYTES)
            words = [str(theirs.fileno()), str(page), str(int(bound)), *sys.path]
            self._process = subprocess.Popen(
                [*self.command, "-c", _WORKER, *words],
                pass_fds=[theirs.fileno(), page],
                stdin=subprocess.PIPE if bound else subprocess.DEVNULL,
                stdout=_STDERR,  # Standard output is the parent's, and may be for programs.
                start_new_session=True,  # Ctrl-C is for the parent, which lets workers drain.
            )
        finally:
            os.close(page)

    def sent(self) -> list[int] | None:
        """What it has sent in the running point, in the order of ``PHASES``, also after its
        death."""
        with memoryview(self._page) as page, page.cast("q") as counts:
            return counts.tolist()

    def clear(self) -> None:
        """Count what is sent from 0 again."""
        self._page[:] = bytes(TALLY_BYTES)

    def why(self) -> str:
        """What it died of, in a few words."""
        try:
            status = self._process.wait(_FAREWELL_S)
        except subprocess.TimeoutExpired:
            return "it hung up"
        return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"

    def end(self) -> None:
        """Wait for its end, which its socket's end brings about; kill it after a moment."""
        try:
            self._process.wait(_FAREWELL_S)
        except BaseException as error:  # Also a second Ctrl-C: it must not outlive us.
            self._process.kill()
            self._process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
        finally:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._page.close()


def _shared_page() -> int:
    """A descriptor of some bytes that two processes share."""
    if hasattr(os, "memfd_create"):
        page = os.memfd_create("perfbench", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            page = os.dup(file.fileno())
    os.truncate(page, TALLY_BYTES)
    return page
