"""Evaluations as the tests run them, in this process or in one of their own, and what is left."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import forked
import pytest
import warm
from forked import PERFBENCH

from perfbench import cli

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Done:
    """A finished ``perfbench eval --json``."""

    status: int
    out: str
    err: str

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """What was printed of each subtask."""
        return {task["task"]: task for task in json.loads(self.out)["tasks"]}

    @property
    def path(self) -> Path:
        return Path(json.loads(self.out)["run"]["path"])

    def counts(self, task: str) -> dict[str, int]:
        counts: dict[str, int] = self.tasks[task]["result"]["overall"]["counts"]
        return counts

    def score(self, task: str, metric: str = "accuracy") -> dict[str, Any]:
        figures: dict[str, Any] = self.tasks[task]["result"]["overall"]["figures"][metric]
        return figures


def evaluate(folder: Path, *words: object) -> Done:
    """Run ``perfbench eval WORDS --json --no-report`` in ``folder`` to its end, asking once unless
    the words say otherwise."""
    all_words = ("--no-probe", *words, *_once(words))
    return command(folder, "eval", *all_words, "--json", "--no-report")


def command(folder: Path, *words: object) -> Done:
    """Run ``perfbench WORDS`` in ``folder`` to its end, in this process."""
    out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(environment()):
            patch.delenv(name)
        patch.chdir(folder)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.main([str(word) for word in words])
    assert Path.cwd() == before
    return Done(status, out.getvalue(), err.getvalue())


def process(folder: Path, *words: object) -> Done:
    """The same in a process of its own."""
    done = forked.perfbench(words, folder, timeout=TIMEOUT_S, env=environment())
    return Done(done.returncode, done.stdout, done.stderr)


def start(folder: Path, *words: object) -> subprocess.Popen[str]:
    """Start ``perfbench eval WORDS --json --no-report`` in ``folder``."""
    return warm.Popen(
        [
            *PERFBENCH,
            "eval",
            "--no-probe",
            *map(str, (*words, *_once(words))),
            "--json",
            "--no-report",
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def _once(words: Sequence[object]) -> Sequence[object]:
    return () if "--retries" in words else ("--retries", 0)


def environment() -> dict[str, str]:
    """This environment without settings of perfbench."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PERFBENCH_")}


def wait_for(what: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait until ``what()`` is true."""
    end = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def settings(folder: Path, *models: dict[str, Any]) -> Path:
    """A settings file with named models ``a``, ``b``, ..."""
    file = folder / "models.json"
    names = [chr(ord("a") + number) for number in range(len(models))]
    content = {"model_configs": dict(zip(names, models, strict=True))}
    file.write_text(json.dumps(content))
    return file
