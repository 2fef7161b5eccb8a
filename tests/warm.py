"""Processes of perfbench without the time in which each new interpreter imports it.

Two helper processes import what such processes need, once for all tests: one what workers and
simulators do, which are many and must stay small, one all that commands, jobs, graders and sinks
do. :class:`Popen` has them fork in place of starting an interpreter: what comes of it has the
arguments, environment, working directory, path and descriptors it was given, a session of its own
if it was to have one, and ends with a status, as if it had been started. :func:`install` has
perfbench itself start its processes so. What is about the start of a process starts a real one.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, NoReturn

SMALL = (
    *("perfbench.driver.worker", "uvloop", "perfbench.client.wire", "perfbench.client.aiohttp"),
    *("perfbench.endpoints.openai_chat", "perfbench.endpoints.openai_completions"),
    *("perfbench.simulator.serve", "random", "runpy"),
)
LARGE = (
    *("perfbench.cli", "perfbench.api", "perfbench.evaluation.evaluate", "perfbench.server.app"),
    *("perfbench.reports.html", "perfbench.reports.plots", "matplotlib.figure", "runpy"),
    *("matplotlib.backends.backend_agg", "perfbench.evaluation.grader_child", "math_verify"),
    *("perfbench.commands.load", "perfbench.commands.evaluation", "perfbench.commands.arena"),
    *("perfbench.reports.sinks.child", "perfbench.reports.requests.table"),
    *("perfbench.commands.serve", "perfbench.local.guard"),
    *("perfbench.evaluation.scorers.choice", "perfbench.evaluation.scorers.number"),
    *("perfbench.evaluation.tasks.gsm8k", "perfbench.evaluation.tasks.mmlu"),
    *("perfbench.evaluation.extraction.number", "perfbench.evaluation.extraction.choice"),
    *("perfbench.reports.write", "perfbench.reports.evaluation.logs", "perfbench.reports.stream"),
    *("perfbench.metrics.summary", "perfbench.metrics.server", "perfbench.store.reading"),
    *("perfbench.options", "perfbench.workloads.openqa", "rich.rule", "encodings.idna"),
)
STARTERS = (
    *("perfbench.driver.process", "perfbench.simulator.spawn", "perfbench.evaluation.grader"),
    *("perfbench.server.process", "perfbench.server.tables", "perfbench.local.launch"),
    "perfbench.reports.sinks.process",
)
"""Modules whose ``subprocess`` is replaced."""
_PYTHON = sys.executable
"""Some tests have perfbench take another for it."""
_KINDS = {"small": SMALL, "large": LARGE}
_HIGH = 512
"""Descriptors from here on are on their way to their numbers."""
_FORKS = hasattr(os, "pidfd_open") and hasattr(socket, "send_fds")
_FOLDER = "WARM_HELPERS"
"""The variable that says where the helpers listen."""


def install() -> None:
    """Have this process, and what comes of it, start perfbench's processes warm."""
    if _FORKS:
        if _FOLDER not in os.environ:
            _start_helpers()
        for name in STARTERS:
            vars(importlib.import_module(name))["subprocess"] = _Subprocess()


class _Subprocess:
    """The module ``subprocess`` with another ``Popen``."""

    def __getattr__(self, name: str) -> Any:
        return Popen if name == "Popen" else getattr(subprocess, name)


def run(args: list[str], *, timeout: float = 110, **how: Any) -> subprocess.CompletedProcess[Any]:
    """``subprocess.run`` with both outputs taken."""
    how = {"stdin": subprocess.DEVNULL, **how}
    with Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(args, process.returncode, out, err)


def started(parent: int, word: str = "") -> list[int]:
    """What ``parent`` has had forked and is there still, whose command line has ``word`` in it;
    some may be ending."""
    found = []
    for file in Path(os.environ[_FOLDER]).glob("*.child") if _FOLDER in os.environ else ():
        with contextlib.suppress(OSError, ValueError):
            about = json.loads(file.read_text())
            if about["parent"] == parent and word in about["line"]:
                found.append(int(file.stem))
    return found


class Popen(subprocess.Popen[Any]):
    """``subprocess.Popen``, which forks where it is this interpreter that is to be started."""

    _replies: socket.socket | None = None

    def _execute_child(
        self,
        args: list[str],
        executable: Any,
        preexec_fn: Any,
        close_fds: bool,
        pass_fds: tuple[int, ...],
        cwd: Any,
        env: dict[str, str] | None,
        startupinfo: Any,
        creationflags: int,
        shell: bool,
        *more: Any,
    ) -> None:
        plain = preexec_fn is None and not shell and args[0] == _PYTHON
        if not (plain and _FORKS and args[1] in ("-c", "-m") and _FOLDER in os.environ):
            given = (args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo)
            super()._execute_child(*given, creationflags, shell, *more)
            return
        pipes, session = more[:6], more[11]
        order = {
            "args": args[1:],
            "env": dict(os.environ if env is None else env) | {_FOLDER: os.environ[_FOLDER]},
            "cwd": os.fspath(cwd or os.getcwd()),
            "numbers": [0, 1, 2, *pass_fds],
            "session": session,
        }
        streams = [n if given == -1 else given for n, given in enumerate(pipes[0:1] + pipes[3::2])]
        try:
            self._replies, self.pid = _ordered(order, [*streams, *pass_fds])
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if self._replies is None:
            return super()._try_wait(wait_flags)
        if wait_flags == os.WNOHANG and not select.select([self._replies], [], [], 0)[0]:
            return 0, 0
        # Nothing comes where the helper has ended, as it does with the tests.
        data = self._replies.recv(4)
        self._replies.close()
        return self.pid, struct.unpack("i", data)[0] if data else signal.SIGKILL

    def _internal_poll(self, *more: Any, **named: Any) -> int | None:
        if self._replies is None:
            return super()._internal_poll(*more, **named)
        if self.returncode is None and self._waitpid_lock.acquire(False):
            try:
                if self.returncode is None:
                    pid, status = self._try_wait(os.WNOHANG)
                    if pid:
                        self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


def _ordered(order: dict[str, Any], descriptors: list[int]) -> tuple[socket.socket, int]:
    """Who says how it ended, and its process id."""
    line = " ".join(order["args"])
    small = "perfbench.driver.worker" in line or "perfbench.simulator" in line
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(f"{os.environ[_FOLDER]}/{'small' if small else 'large'}")
        data = json.dumps(order).encode() + b"\n"
        sent = socket.send_fds(connection, [data], descriptors)
        connection.sendall(data[sent:])
        said = connection.recv(4, socket.MSG_WAITALL)
        if len(said) < 4:
            raise OSError("the helper of the tests has ended")
        return connection, struct.unpack("i", said)[0]
    except BaseException:
        connection.close()
        raise


def _start_helpers() -> None:
    folder = tempfile.TemporaryDirectory(prefix="warm_")
    os.environ[_FOLDER] = folder.name
    # One thread will do for a test, and a process with several should not be forked.
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    helpers = [
        subprocess.Popen(
            [sys.executable, __file__, kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            start_new_session=True,
        )
        for kind in _KINDS
    ]
    for helper in helpers:
        assert helper.stdout is not None
        helper.stdout.readline()
    mine = os.getpid()

    def stop() -> None:
        if os.getpid() == mine:
            for helper in helpers:
                helper.communicate()
            folder.cleanup()

    atexit.register(stop)


def _serve(kind: str) -> None:
    """Fork for each connection until standard input ends."""
    folder = Path(os.environ[_FOLDER])
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / kind))
    listener.listen(64)
    print(flush=True)
    for name in _KINDS[kind]:
        importlib.import_module(name)
    if kind == "large":
        _build()
        install()
    gc.collect()
    gc.freeze()
    base = [each for each in sys.path[1:] if each not in _python_path(os.environ)]
    running: dict[int, tuple[int, socket.socket]] = {}
    while True:
        ready = select.select([0, listener, *running], [], [])[0]
        if 0 in ready:
            return
        for each in ready:
            if each is listener:
                connection = listener.accept()[0]
                child = _start(connection, base, folder)
                running[os.pidfd_open(child)] = child, connection
            else:
                child, connection = running.pop(each)
                os.close(each)
                status = os.waitpid(child, 0)[1]
                (folder / f"{child}.child").unlink(missing_ok=True)
                with connection, contextlib.suppress(OSError):
                    connection.sendall(struct.pack("i", status))


def _build() -> None:
    """What processes make of what they have imported, the first time."""
    from perfbench.config import SimulatorConfig
    from perfbench.reports import frame
    from perfbench.server.vetting import model_of

    for model in (*map(model_of, ("perf", "eval", "arena")), SimulatorConfig):
        model.model_rebuild(force=True)
    for template in ("report.html.j2", "evaluation.html.j2"):
        frame._templates().get_template(template)


def _start(connection: socket.socket, base: list[str], folder: Path) -> int:
    data, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 64)
    while not data.endswith(b"\n") and (more := connection.recv(1 << 20)):
        data += more
    order = json.loads(data)
    whose = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    parent, _, _ = struct.unpack("3i", whose)
    child = os.fork()
    if child == 0:
        about = {"parent": parent, "line": " ".join(order["args"])}
        (folder / f"{os.getpid()}.child").write_text(json.dumps(about))
        _become(order, list(descriptors), base, connection)
    for each in descriptors:
        os.close(each)
    return child


def _become(
    order: dict[str, Any], descriptors: list[int], base: list[str], connection: socket.socket
) -> NoReturn:
    """Be the process that was ordered, to its end."""
    status = 1
    try:
        if order["session"]:
            os.setsid()
        connection.sendall(struct.pack("i", os.getpid()))
        high = [fcntl.fcntl(each, fcntl.F_DUPFD, _HIGH) for each in descriptors]
        os.closerange(0, _HIGH)
        for each, number in zip(high, order["numbers"], strict=True):
            os.dup2(each, number)
            os.close(each)
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"])
        kind, what, *words = order["args"]
        sys.path[:] = [order["cwd"] if kind == "-m" else "", *_python_path(os.environ), *base]
        importlib.invalidate_caches()
        _open_streams()
        importlib.import_module("random").seed()
        _run(kind, what, words)
        status = 0
        threading._shutdown()
        atexit._run_exitfuncs()
    except SystemExit as ending:
        if isinstance(ending.code, str):
            print(ending.code, file=sys.stderr)
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
        atexit._run_exitfuncs()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status & 255)


def _run(kind: str, what: str, words: list[str]) -> None:
    if kind == "-c":
        sys.argv = ["-c", *words]
        exec(what, {"__name__": "__main__"})
        return
    import runpy

    sys.argv = [what, *words]
    runpy.run_module(what, run_name="__main__", alter_sys=True)


def _open_streams() -> None:
    """Standard streams as a new interpreter has them."""
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdin = sys.__stdin__ = os.fdopen(0, encoding="utf-8", closefd=False)
    for number, name in ((1, "stdout"), (2, "stderr")):
        lines = number == 2 or os.isatty(number)
        errors = "backslashreplace" if number == 2 else "strict"
        stream = os.fdopen(
            number, "w", 1 if lines else -1, encoding="utf-8", errors=errors, closefd=False
        )
        stream.reconfigure(write_through=unbuffered)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _python_path(env: Any) -> list[str]:
    return [each for each in env.get("PYTHONPATH", "").split(os.pathsep) if each]


if __name__ == "__main__":
    _serve(sys.argv[1])
