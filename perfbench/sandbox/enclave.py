"""A box behind ms-enclave's HTTP API: that of ms-enclave, and of ``perfbench sandbox serve``.

A sandbox of its own for each program, made without a network and removed after. The service's own
failures are ``sandbox_failed``.
"""

from __future__ import annotations

import contextlib
import math
import time
from typing import Any

from perfbench.sandbox.bootstrap import interpreter, one_line
from perfbench.sandbox.client import Client, ServiceFailed, TooLong, field, text
from perfbench.sandbox.jobs import Ending, Limits, Ran
from perfbench.targets import ANYBODY, Policy

TOOL = "python_executor"
_ENDINGS: dict[str, Ending] = {
    "success": "exited",
    "error": "exited",
    "timeout": "timeout",
    "cancelled": "sandbox_failed",
}
_FAILED = "Execution failed: "
"""How ms-enclave begins the error of a program that it could not run at all."""
_WAITING = ["sh", "-c", "trap 'exit 0' TERM; sleep infinity & wait"]
"""What a container does beside its programs. It ends when it is told to; an image's own command
mostly has to be killed, 10 s later."""
_KILLED = b"Killed"
"""What is left of a program that the kernel ended for its memory."""
_BEGIN = "print(flush=True);"
"""Ends a line, which tells that the program runs: what comes after is the program's doing."""


class Enclave:
    """Runs each program in a sandbox of its own on another machine."""

    name = "remote"

    def __init__(self, url: str, key: str | None, image: str, policy: Policy = ANYBODY) -> None:
        """
        Raises:
            ConfigError: the service is forbidden, is not there, or runs nothing.
        """
        self._client = Client(url, {"X-API-Key": key} if key else {}, policy)
        self._image = image
        self.isolation = interpreter(self, "--sandbox remote")

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        """Run a script; see ``Box.once``."""
        begun = time.monotonic()
        try:
            sandbox = str(field(self._create(limits), "sandbox_id"))
            try:
                reply = self._execute(sandbox, _BEGIN + one_line(source, stdin), limits)
            except TooLong as error:
                seconds = time.monotonic() - begun
                return Ran(None, b"", b"", "output", str(error), seconds)
            finally:
                # It is gone with the service, or removed by it in time.
                with contextlib.suppress(ServiceFailed):
                    self._client.ask("DELETE", f"/sandbox/{sandbox}")
            return _ran(reply, limits, time.monotonic() - begun)
        except ServiceFailed as error:
            seconds = time.monotonic() - begun
            return Ran(None, b"", b"", "sandbox_failed", str(error), seconds)

    def close(self) -> None:
        """Nothing is held between programs."""

    def _create(self, limits: Limits) -> Any:
        config = {
            "image": self._image,
            "command": _WAITING,
            "timeout": math.ceil(limits.wall_s) + 5,
            "tools_config": {TOOL: {}},
            "network_enabled": False,
            "memory_limit": f"{limits.memory_bytes >> 20}m",
        }
        return self._client.ask("POST", "/sandbox/create?sandbox_type=docker", config)

    def _execute(self, sandbox: str, code: str, limits: Limits) -> Any:
        seconds = math.ceil(limits.wall_s)
        body = {
            "sandbox_id": sandbox,
            "tool_name": TOOL,
            "parameters": {"code": code, "timeout": seconds},
            "timeout": seconds + 5,
        }
        return self._client.ask("POST", "/sandbox/tool/execute", body, limits.wall_s)


def _ran(reply: Any, limits: Limits, seconds: float) -> Ran:
    status = str(field(reply, "status"))
    more = reply.get("metadata")
    more = more if isinstance(more, dict) else {}
    ended = _ENDINGS.get(status, "sandbox_failed")
    said = reply.get("error")
    stdout, stderr = text(reply.get("output")), text(said)
    begun, stdout = stdout.startswith(b"\n"), stdout.removeprefix(b"\n")
    if status == "error" and str(said).startswith(_FAILED) and not (begun or more.get("ended")):
        ended = "sandbox_failed"
    if more.get("ended") in ("memory", "output", "timeout", "sandbox_failed"):
        ended = more["ended"]  # only our own service tells so much
    elif "ended" not in more and status == "error" and begun and stderr.rstrip().endswith(_KILLED):
        ended = "memory"
    if len(stdout) > limits.output_bytes or len(stderr) > limits.output_bytes:
        ended = "output"
    why = {
        "timeout": f"longer than {limits.wall_s:g} s",
        "memory": "killed in its sandbox",
        "sandbox_failed": str(more.get("why") or said or f"the service says {status}")[:300],
    }.get(ended, "")
    code = more.get("exit_code")
    status_code = code if isinstance(code, int) else int(status != "success")
    exit_status = status_code if ended == "exited" else None
    return Ran(exit_status, stdout, stderr, ended, why, seconds)
