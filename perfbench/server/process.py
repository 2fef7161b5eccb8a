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
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from perfbench.config.loading import ENV_PREFIX
from perfbench.config.secrets import names_secret
from perfbench.server.queue import Process

EVENTS, LOG = "events.jsonl", "log.txt"

_OF_HUBS = frozenset(("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MODELSCOPE_API_TOKEN"))
"""Keys that go to the hubs which the environment names, and nowhere else."""
_OF_SINKS = ("WANDB_", "SWANLAB_", "MLFLOW_", "CLEARML_", "OTEL_")
"""What variables begin with that hold keys of trackers."""
_FOLDERS = frozenset(("PERFBENCH_DATASETS", "PERFBENCH_DATA"))


class Child:
    """A running job: one of this server's, or one that an earlier server started."""

    def __init__(
        self,
        known: Process,
        started: subprocess.Popen[bytes] | None = None,
        settings: Callable[[], None] | None = None,
    ) -> None:
        self.known = known
        self._started = started
        self._settings = settings

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
        """Ask it to finish what is under way and to end, as Ctrl-C does; if asked again, to end
        what is under way."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self.known.pid, signal.SIGCONT)  # Stopped, it would not hear it.
                os.kill(self.known.pid, signal.SIGINT)

    def kill(self) -> None:
        """End it and all that it started, at once."""
        if self.alive:
            self.sweep()

    def sweep(self) -> None:
        """End what is left of all that it started; to be called while it runs or has just ended,
        when its number cannot be another's yet."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.known.pid, signal.SIGKILL)

    def give(self) -> None:
        """Hand over its settings, for which it waits."""
        if self._settings is not None:
            settings, self._settings = self._settings, None
            # A pipe holds little, and who reads it has yet to start.
            threading.Thread(target=settings, name="settings", daemon=True).start()


def start(
    command: str,
    settings: Mapping[str, Any],
    words: Sequence[str],
    folder: Path,
    sinks: bool = False,
) -> Child:
    """Run ``perfbench COMMAND`` in a session of its own. It waits for :meth:`Child.give`, and ends
    if this process does before.

    Args:
        settings: what it is given through the pipe.
        words: what it is given on the command line beside; no secrets.
        folder: where its events and what it prints go.
        sinks: whether it may use the accounts of trackers.

    Raises:
        OSError: it cannot be started.
    """
    line = [sys.executable, "-m", "perfbench", command, "--config", "-"]
    line += ["--events", str(folder / EVENTS), *words]
    text = msgspec.json.encode(settings)
    reader, writer = os.pipe()
    private = functools.partial(os.open, mode=0o600)
    # If this process ends before it has given them whole, they are no settings, and are refused.
    try:
        with open(folder / LOG, "ab", opener=private) as log:
            started = subprocess.Popen(
                line,
                stdin=reader,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(sinks),
                start_new_session=True,
            )
    except BaseException:
        os.close(writer)
        raise
    finally:
        os.close(reader)

    def give() -> None:
        with suppress(BrokenPipeError), open(writer, "wb") as pipe:
            pipe.write(text)

    return Child(Process(started.pid, _mark(started.pid) or ""), started, give)


def environment(sinks: bool, variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a job is given of the server's environment: nothing that decides settings, for those are
    what was asked for, and no key that whoever names a URL could be sent.

    Args:
        sinks: whether jobs may use the accounts of trackers.
    """
    return {
        name: value
        for name, value in variables.items()
        if (not name.startswith(ENV_PREFIX) or name in _FOLDERS)
        and (not names_secret(name) or name in _OF_HUBS or (sinks and name.startswith(_OF_SINKS)))
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
