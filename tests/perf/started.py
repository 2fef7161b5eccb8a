"""A load test in a process of its own, of the built-in simulator, and what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import warm
from forked import PERFBENCH
from load_runs import Measured, left_in, read_truth, wait_for

QUICK = "ttft_ms: 10, itl_ms: 5, output_tokens: 8"
SLOW = "ttft_ms: 10, itl_ms: 1000, output_tokens: 30"


class Started:
    """A load test of the built-in simulator in a process group of its own."""

    def __init__(self, folder: Path, simulator: str, *arguments: str, report: bool = False) -> None:
        self.folder = folder
        self.log = folder / "truth.tsv"
        settings = folder / "settings.yaml"
        settings.write_text(f"simulator: {{{simulator}, log: {self.log}}}\n")
        command = [*PERFBENCH, "--no-probe", "--config", str(settings), *arguments]
        if not report:
            command.append("--no-report")
        self.process = warm.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_until_answered(self, requests: int) -> None:
        wait_for(lambda: len(read_truth(self.log)) >= requests or self.process.poll() is not None)
        assert self.process.poll() is None, self.process.communicate()

    def interrupt(self) -> None:
        """As a terminal does it: every process of the group hears of it."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self, within_s: float) -> tuple[int, str]:
        """Wait for the end; exit status and standard error."""
        _, errors = self.process.communicate(timeout=within_s)
        return self.process.returncode, errors

    def left(self) -> Measured:
        (path,) = (self.folder / "results").iterdir()
        return left_in(path)


Start = Callable[..., Started]
