"""A box behind SandboxFusion's HTTP API, ``POST /run_code``."""

from __future__ import annotations

import math
import time
from typing import Any

from perfbench.sandbox.bootstrap import interpreter, one_line
from perfbench.sandbox.client import Client, ServiceFailed, TooLong, field, text
from perfbench.sandbox.jobs import Limits, Ran
from perfbench.targets import ANYBODY, Policy

_KEPT_BYTES = 1 << 20
"""Of either stream the service keeps the first so many, and does not say that there were more."""


class Fusion:
    """Runs programs on a SandboxFusion service."""

    name = "sandboxfusion"

    def __init__(self, url: str, key: str | None, policy: Policy = ANYBODY) -> None:
        """
        Raises:
            ConfigError: the service is forbidden, is not there, or runs nothing.
        """
        self._client = Client(url, {"Authorization": f"Bearer {key}"} if key else {}, policy)
        self.isolation = interpreter(self, "--sandbox sandboxfusion")

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        """Run a script; see ``Box.once``."""
        begun = time.monotonic()
        body = {
            "code": one_line(source, stdin),
            "language": "python",
            "compile_timeout": 10,
            "run_timeout": math.ceil(limits.wall_s),
            "memory_limit_MB": limits.memory_bytes >> 20,
        }
        try:
            reply = self._client.ask("POST", "/run_code", body, limits.wall_s + 10)
            return _ran(reply, limits, time.monotonic() - begun)
        except TooLong as error:
            return Ran(None, b"", b"", "output", str(error), time.monotonic() - begun)
        except ServiceFailed as error:
            seconds = time.monotonic() - begun
            return Ran(None, b"", b"", "sandbox_failed", str(error), seconds)

    def close(self) -> None:
        """Nothing is held between programs."""


def _ran(reply: Any, limits: Limits, seconds: float) -> Ran:
    status = str(field(reply, "status"))
    result = field(reply, "run_result")
    if status == "SandboxError" or not isinstance(result, dict):
        said = str(reply.get("message") or f"the service says {status}")
        return Ran(None, b"", b"", "sandbox_failed", said[:300], seconds)
    stdout, stderr = text(result.get("stdout")), text(result.get("stderr"))
    how = result.get("status")
    if how == "TimeLimitExceeded":
        why = f"longer than {limits.wall_s:g} s"
        return Ran(None, stdout, stderr, "timeout", why, seconds)
    if how not in ("Finished", "Error"):
        why = f"the service says {how}"
        return Ran(None, stdout, stderr, "sandbox_failed", why, seconds)
    longest = max(len(stdout), len(stderr))
    if longest > limits.output_bytes or longest == _KEPT_BYTES:
        return Ran(None, stdout, stderr, "output", "", seconds)
    code = result.get("return_code")
    return Ran(code if isinstance(code, int) else 1, stdout, stderr, seconds=seconds)
