"""The process between a run and the server it started: it ends the server when the run is gone.

Standard input is the run: each line names the file that the server's words go to from then on, as
JSON; its end is the end of the server. What the server says before a file is named is kept, up to a
limit. If the server ends first, that is told on standard output as one JSON object. Imports nothing
of ours: it must be there before anything else is.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from typing import BinaryIO

_KEPT_BYTES = 1 << 20
_PATIENCE_S = 8.0
"""From SIGTERM to SIGKILL."""
_LAST_BYTES = 4096
_PR_SET_PDEATHSIG = 1


class _Log:
    """Where the server's words go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept = bytearray()
        self._file: BinaryIO | None = None

    def write(self, words: bytes) -> None:
        with self._lock:
            self._kept += words
            del self._kept[: max(0, len(self._kept) - _KEPT_BYTES)]
            if self._file is not None:
                with contextlib.suppress(OSError):  # A full disk is no reason to end the server.
                    self._file.write(words)

    def move(self, path: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115 (closed by our end)
            self._file.write(self._kept)

    def end(self) -> str:
        with self._lock:
            return self._kept[-_LAST_BYTES:].decode(errors="replace")


def _die_with_us() -> None:
    """In the server, before it begins: if the guard is killed, so is the server."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(command: list[str]) -> int:
    """Run ``command`` until standard input ends."""
    try:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_us if sys.platform == "linux" else None,
        )
    except OSError as error:
        print(json.dumps({"status": error.errno, "log": str(error)}), flush=True)
        return 1
    log = _Log()
    threading.Thread(target=_listen, args=(server, log), daemon=True).start()
    for line in sys.stdin.buffer:
        log.move(json.loads(line))
    _end(server)
    return 0


def _listen(server: subprocess.Popen[bytes], log: _Log) -> None:
    assert server.stdout is not None
    while words := os.read(server.stdout.fileno(), 1 << 16):
        log.write(words)
    status = server.wait()
    with contextlib.suppress(OSError):  # The run has gone.
        print(json.dumps({"status": status, "log": log.end()}), flush=True)


def _end(server: subprocess.Popen[bytes]) -> None:
    for number, patience_s in ((signal.SIGTERM, _PATIENCE_S), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(patience_s)
            if number is signal.SIGKILL:
                return
    server.wait()


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)
