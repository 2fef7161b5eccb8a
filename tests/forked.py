"""``perfbench`` to its end in a process of its own, without the half second in which a new one
imports it: see ``warm``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import warm

PERFBENCH = [sys.executable, "-m", "perfbench"]


def perfbench(
    words: Sequence[object],
    cwd: Path,
    *,
    env: Mapping[str, str] | None = None,
    timeout: float = 110,
    text: bool = True,
) -> subprocess.CompletedProcess[Any]:
    """Run ``perfbench WORDS`` in ``cwd``; see ``subprocess.run``."""
    line = [*PERFBENCH, *map(str, words)]
    return warm.run(line, cwd=cwd, env=env, timeout=timeout, text=text)
