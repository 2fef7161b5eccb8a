"""Runs the simulator in a child process that never outlives this one.

Owns the child: its start, its URL and its end. Knows nothing of what it does.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from perfbench import children
from perfbench.errors import TargetError
from perfbench.simulator.options import options_of

if TYPE_CHECKING:
    from perfbench.config import SimulatorConfig

_START_S = 20.0
_STOP_S = 5.0


class Simulator:
    """The simulator as a context manager: it listens inside the ``with`` block.

    The child ends when the pipe to it closes, also when this process is killed. (The kernel's
    parent-death signal would not do: it fires when the thread that started the child ends.)

    Raises:
        TargetError: on entry, when it cannot listen, cannot write its log, or does not start.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        self._options = options_of(config)
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where it listens, for example ``http://127.0.0.1:41234``."""
        return self._url

    @property
    def pid(self) -> int:
        """Its process id."""
        if self._process is None:
            raise RuntimeError("the simulator is not running")
        return self._process.pid

    def __enter__(self) -> Simulator:
        process = subprocess.Popen(
            [sys.executable, "-m", "perfbench.simulator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env=_environment(),
        )
        self._process = process
        try:
            self._url = self._handshake(process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the child, at once if it does not end by itself. Does nothing the second time."""
        process, self._process = self._process, None
        if process is not None:
            children.end(process, _STOP_S)

    def _handshake(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(asdict(self._options)).encode() + b"\n")
            process.stdin.flush()
        if not select.select([process.stdout], [], [], _START_S)[0]:
            raise TargetError(f"the simulator did not start within {_START_S:g} s")
        line = process.stdout.readline()
        if not line:
            raise TargetError(f"the simulator ended at once, with status {process.wait()}")
        answer: dict[str, str] = json.loads(line)
        if "error" in answer:
            raise TargetError(answer["error"])
        return answer["url"]


def _environment() -> dict[str, str]:
    """This process's environment; a file named like a library in the working directory is not
    taken for it unless this process would take it too."""
    environment = dict(os.environ)
    if "" not in sys.path and os.getcwd() not in sys.path:
        environment["PYTHONSAFEPATH"] = "1"
    return environment
