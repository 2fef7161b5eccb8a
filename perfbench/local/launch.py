"""A server of this machine that lives as long as a ``with`` block: started, waited for, ended.

Owns its guard (see ``guard``), its port and its log. Listens on loopback only.
"""

from __future__ import annotations

import http.client
import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from perfbench import children, registry
from perfbench.config import ServiceConfig
from perfbench.errors import ConfigError, TargetError
from perfbench.foreign import one_line

START_S = 600.0
"""How long a server may take until it answers: large models are slow to load."""
_POLL_S = 0.1
_STOP_S = 15.0
_HOST = "127.0.0.1"
_LAST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Launch:
    """How a server is started, as the file of its kind says."""

    engine: str
    """What it is, for people."""
    model: str
    """Name under which its model is asked."""
    command: Sequence[str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the run says of it: version, file of the model, slots."""
    health: str = "/health"
    """Path that is answered with 200 once it can be asked."""


class LocalServer:
    """The server that ``--api`` names, as a context manager: it answers inside the block.

    ``local`` starts llama.cpp with a GGUF file, ``local_vllm`` an installed vLLM.

    Raises:
        ConfigError: on creation: what it needs is not installed, or its model is not there.
        TargetError: on entry: it did not start; with its last words.
    """

    def __init__(self, config: ServiceConfig) -> None:
        self.port = _free_port()
        plan = registry.load(config.api, registry.LOCAL[config.api])
        self.launch: Launch = plan(config, self.port)
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{_HOST}:{self.port}"

    @property
    def facts(self) -> dict[str, Any]:
        """What the run says of it."""
        return {"engine": self.launch.engine, **self.launch.facts}

    def __enter__(self) -> LocalServer:
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "perfbench.local.guard", *self.launch.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the run, which ends the server in its time.
        )
        try:
            self._await()
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

    def keep_log(self, file: Path) -> None:
        """Have all that the server has said, and what it will say, written to ``file``."""
        if self._guard is not None and self._guard.stdin is not None:
            with suppress(OSError):
                self._guard.stdin.write(json.dumps(str(file.absolute())).encode() + b"\n")
                self._guard.stdin.flush()

    def stop(self) -> None:
        """End the server and its guard. Does nothing the second time."""
        guard, self._guard = self._guard, None
        if guard is not None:
            children.end(guard, _STOP_S)  # If it is killed, the kernel ends the server.

    def _await(self) -> None:
        assert self._guard is not None
        assert self._guard.stdout is not None
        end = time.monotonic() + START_S
        while not _answers(self.port, self.launch.health):
            if select.select([self._guard.stdout], [], [], _POLL_S)[0]:
                raise TargetError(f"{self.launch.engine} {_ending(self._guard.stdout)}")
            if time.monotonic() > end:
                raise TargetError(f"{self.launch.engine} did not answer within {START_S:g} s")


def whole(config: ServiceConfig, name: str, default: int) -> int:
    """A count of ``--local-args``.

    Raises:
        ConfigError: it is none.
    """
    value = config.local_args.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"--local-args: {name} must be a count, not {value!r}")
    return value


def refuse_unknown(config: ServiceConfig, known: Sequence[str]) -> None:
    """Raises:
    ConfigError: ``--local-args`` has a name that this server does not know.
    """
    unknown = [name for name in config.local_args if name not in known]
    if unknown:
        raise ConfigError(
            f"--local-args: {config.api} knows no {', '.join(unknown)}; it knows {', '.join(known)}"
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _ending(stdout: IO[bytes]) -> str:
    """How a server ended, as its guard tells it."""
    try:
        told = json.loads(stdout.readline())
        lines = [line for line in told["log"].splitlines() if line.strip()]
        how = f"ended with status {told['status']} before it answered"
        return f"{how}: {one_line(' / '.join(lines[-3:]), _LAST_WORDS)}" if lines else how
    except (ValueError, KeyError):
        return "could not be started"
