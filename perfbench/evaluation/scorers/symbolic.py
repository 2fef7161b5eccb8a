"""Whether two formulas have the same value, by math-verify, at a bounded cost.

Owns one child process that compares, started at the first question. The bound is processor time of
the child, not time on the wall, so that a busy machine does not change a verdict. A child that
exceeds it, or its memory, is ended and started anew for the next question: an evaluation never
hangs. Usable from any thread.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import subprocess
import sys
import threading
from functools import lru_cache

from perfbench.errors import ConfigError

CPU_LIMIT_S = 5
"""Processor time for one comparison."""
WALL_LIMIT_S = 300
"""Time after which a child that uses no processor is given up, too."""
LONGEST = 500
"""Characters; longer formulas are not compared symbolically."""


class _Comparer:
    """The child process and the pipe to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None

    def ask(self, target: str, answer: str) -> tuple[bool, str]:
        with self._lock:
            child = self._running()
            assert child.stdin is not None  # both are pipes
            assert child.stdout is not None
            guard = threading.Timer(WALL_LIMIT_S, child.kill)
            guard.start()
            try:
                child.stdin.write(json.dumps([target, answer]) + "\n")
                child.stdin.flush()
                reply = child.stdout.readline()
            except BrokenPipeError:
                reply = ""
            finally:
                guard.cancel()
            if not reply:
                self._end(child)
                return False, "not shown equal: time limit"
            equal, why = json.loads(reply)
            return bool(equal), str(why)

    def _running(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            atexit.register(self.close)
            command = [sys.executable, "-m", "perfbench.evaluation.scorers.symbolic_child"]
            self._child = subprocess.Popen(
                [*command, str(CPU_LIMIT_S)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )
        return self._child

    def _end(self, child: subprocess.Popen[str]) -> None:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        self._child = None

    def close(self) -> None:
        """End the child; the next question starts another."""
        atexit.unregister(self.close)
        with self._lock:
            if self._child is not None:
                self._end(self._child)


_COMPARER = _Comparer()
close = _COMPARER.close


@lru_cache(maxsize=16384)
def same_value(target: str, answer: str) -> tuple[bool, str]:
    """Whether two LaTeX formulas are equal, and how that was found.

    Raises:
        ConfigError: math-verify is not installed.
    """
    if max(len(target), len(answer)) > LONGEST:
        return False, "too long to compare"
    if importlib.util.find_spec("math_verify") is None:
        raise ConfigError("math needs the package math-verify")
    return _COMPARER.ask(target, answer)
