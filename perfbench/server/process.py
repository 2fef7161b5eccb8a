"""The process that runs a job: started so that it outlives the server, and known again afterwards.

Settings go through a pipe, so that no secret is on a disk or in a command line. What it prints goes
to a file. Knows no job and no queue.
"""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from perfbench.config.loading import ENV_PREFIX, NOT_SETTINGS
from perfbench.server.queue import Process

EVENTS, LOG = "events.jsonl", "log.txt"

_KEYS = frozenset(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "DASHSCOPE_API_KEY"))
"""Variables that commands read keys from. Whoever may name a URL would be sent them."""


class Child:
    """A running job: one of this server's, or one that an earlier server started."""

    def __init__(self, known: Process, started: subprocess.Popen[bytes] | None = None) -> None:
        self.known = known
        self._started = started

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        if self._started is not None:
            return self._started.poll() is None
        return _mark(self.known.pid) == self.known.mark

    @property
    def exit_status(self) -> int | None:
        """Of one that has ended: negative is a signal; ``None`` if another server started it."""
        return None if self._started is None else self._started.returncode

    def drain(self) -> None:
        """Ask it to finish what is under way and to end, as Ctrl-C does."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.known.pid, signal.SIGINT)

    def kill(self) -> None:
        """End it and all that it started, at once."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self.known.pid, signal.SIGKILL)


def start(command: str, settings: Mapping[str, Any], words: Sequence[str], folder: Path) -> Child:
    """Run ``perfbench COMMAND`` in a session of its own.

    Args:
        settings: what it is given through the pipe.
        words: what it is given on the command line beside; no secrets.
        folder: where its events and what it prints go.

    Raises:
        OSError: it cannot be started.
    """
    line = [sys.executable, "-m", "perfbench", command, "--config", "-"]
    line += ["--events", str(folder / EVENTS), *words]
    with open(folder / LOG, "ab") as log:
        started = subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
        )
    assert started.stdin is not None
    with suppress(BrokenPipeError), started.stdin as pipe:
        pipe.write(msgspec.json.encode(settings))
    return Child(Process(started.pid, _mark(started.pid) or ""), started)


def _environment() -> dict[str, str]:
    """This process's, without what would decide settings: those are what was asked for."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _KEYS and (not name.startswith(ENV_PREFIX) or name in NOT_SETTINGS)
    } | {"COLUMNS": "100", "PYTHONUNBUFFERED": "1"}


def _mark(pid: int) -> str | None:
    """What tells a process from others of its number; ``None`` if there is none that runs."""
    if not sys.platform.startswith("linux"):
        found = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return found.stdout.strip() or None
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{_boot()} {fields[19]}"


@functools.cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
