"""The processes that a run starts, found as the system shows them (Linux)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import warm


def children(parent: int | None = None, word: str = "") -> list[int]:
    """Living child processes, oldest first, whose command line has ``word`` in it."""
    wanted = os.getpid() if parent is None else parent
    found = [pid for pid in warm.started(wanted, word) if alive(pid)]
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, ppid = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if int(ppid) == wanted and state != "Z" and word in command:
            found.append(int(folder.name))
    return sorted(found)


def workers_of(parent: int | None = None) -> list[int]:
    """The worker processes of a run, in the order of their numbers."""
    return children(parent, "perfbench.driver.worker")


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not. One that was killed has its descriptors until the
    last of its threads has ended, also where the first is a zombie already."""
    folder = Path(f"/proc/{pid}")
    try:
        state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" or len(list((folder / "task").iterdir())) > 1
    except OSError:
        return False


def all_gone(pids: list[int], within_s: float) -> bool:
    """Whether these processes end in time."""
    end = time.monotonic() + within_s
    while any(map(alive, pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
