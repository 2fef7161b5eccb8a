"""Agents of other machines, all of which are this one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import warm

from perfbench.driver.machines.hosts import Where

TOKEN = "a token of the tests"
AHEAD_S = 5
AHEAD = ("unshare", "--time", "--monotonic", str(AHEAD_S), "--fork", "--kill-child")
"""Runs a command in a time namespace whose monotonic clock is ahead of ours."""


@dataclass
class Running:
    """An agent in a process of its own."""

    process: subprocess.Popen[str]
    where: Where


@contextmanager
def agent(before: Sequence[str] = (), *words: str) -> Iterator[Running]:
    """``perfbench agent`` on a free port, until the end of the block.

    Args:
        before: what runs the command.
    """
    command = [*before, sys.executable, "-m", "perfbench", "agent", "--listen", "127.0.0.1:0"]
    with warm.Popen(
        [*command, *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PERFBENCH_AGENT_TOKEN": TOKEN},
    ) as process:
        try:
            assert process.stdout is not None
            said = re.fullmatch(
                r"agent listening on 127\.0\.0\.1:(\d+)\n", process.stdout.readline()
            )
            assert said is not None
            yield Running(process, Where("127.0.0.1", int(said[1])))
        finally:
            # What runs the command may take no other signal; it takes the command with it.
            process.send_signal(signal.SIGKILL if before else signal.SIGTERM)


def time_namespaces() -> bool:
    """Whether this system lets us have a clock of our own."""
    if shutil.which(AHEAD[0]) is None:
        return False
    probe = subprocess.run([*AHEAD, sys.executable, "-c", ""], capture_output=True)
    return probe.returncode == 0
