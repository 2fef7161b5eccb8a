"""``perfbench`` in a process of its own, without the half second in which a new one imports it.

A helper process imports perfbench once and forks for every command: each has its own working
directory, environment, standard streams and status, as if started by a shell. What is about the
start of a process, or needs its pipes, starts a real one.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import warm

LOADED = ("perfbench.cli", "perfbench.api", "perfbench.reports.html", "matplotlib.figure")


def perfbench(
    words: Sequence[object],
    cwd: Path,
    *,
    env: Mapping[str, str] | None = None,
    timeout: float = 110,
    text: bool = True,
) -> subprocess.CompletedProcess[Any]:
    """Run ``perfbench WORDS`` in ``cwd`` to its end; see ``subprocess.run``."""
    with tempfile.TemporaryDirectory(prefix="forked_") as streams:
        out, err = Path(streams, "out"), Path(streams, "err")
        order = {
            "words": [str(word) for word in words],
            "cwd": str(cwd),
            "env": dict(os.environ if env is None else env),
            "streams": [str(out), str(err)],
            "timeout": int(timeout),
        }
        helper = _helper()
        assert helper.stdin is not None
        assert helper.stdout is not None
        helper.stdin.write(json.dumps(order).encode() + b"\n")
        helper.stdin.flush()
        status = json.loads(helper.stdout.readline())
        if status is None:
            raise subprocess.TimeoutExpired(order["words"], timeout, *_said(out, err, text))
        return subprocess.CompletedProcess(order["words"], status, *_said(out, err, text))


def _said(out: Path, err: Path, text: bool) -> list[Any]:
    return [file.read_text("utf-8") if text else file.read_bytes() for file in (out, err)]


_running: list[subprocess.Popen[bytes]] = []


def _helper() -> subprocess.Popen[bytes]:
    if not _running:
        _running.append(
            subprocess.Popen(
                [sys.executable, __file__, warm.address()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        )
        atexit.register(_stop)
    return _running[0]


def _stop() -> None:
    helper = _running.pop()
    helper.communicate()


def _serve(address: str) -> None:
    warm.install(address)
    for name in LOADED:
        importlib.import_module(name)
    for line in sys.stdin.buffer:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_carry_out(order))
        print(json.dumps(_ended(child, order["timeout"])), flush=True)


def _ended(child: int, timeout_s: int) -> int | None:
    """Its status as ``subprocess`` gives it; ``None`` if it had to be killed."""
    import signal

    late = False

    def give_up(*_: object) -> None:
        nonlocal late
        late = True
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(timeout_s)
    status = os.waitpid(child, 0)[1]
    signal.alarm(0)
    return None if late else os.waitstatus_to_exitcode(status)


def _carry_out(order: dict[str, Any]) -> int:
    nothing = os.open(os.devnull, os.O_RDONLY)
    files = [os.open(path, os.O_WRONLY | os.O_CREAT) for path in order["streams"]]
    for place, descriptor in enumerate((nothing, *files)):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.path[:1] = [order["cwd"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = ["perfbench", *order["words"]]
    importlib.invalidate_caches()
    from perfbench.__main__ import main

    try:
        status = main()
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    _serve(sys.argv[1])
