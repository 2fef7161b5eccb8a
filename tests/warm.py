"""Workers and simulators without the fifth of a second in which each new interpreter imports them.

A helper process imports perfbench once. :func:`install` has what starts those processes ask it to
fork in place of starting an interpreter: what comes of it has the arguments, environment, working
directory, path and descriptors it was given, a session of its own if it was to have one, and ends
with a status, as if it had been started. What is about the start of a process starts a real one:
whoever runs ``python -m perfbench`` has them all.
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
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, NoReturn

LOADED = (
    *("perfbench.driver.worker", "uvloop", "perfbench.client.wire", "perfbench.client.aiohttp"),
    *("perfbench.endpoints.openai_chat", "perfbench.endpoints.openai_completions"),
    *("perfbench.simulator.__main__", "random"),
)
STARTERS = ("perfbench.driver.process", "perfbench.simulator.spawn")
"""Modules whose ``subprocess`` is replaced."""
_HIGH = 512
"""Descriptors from here on are on their way to their numbers."""
_FORKS = hasattr(os, "pidfd_open") and hasattr(socket, "send_fds")

_started: list[_Forked] = []


def started(word: str = "") -> list[int]:
    """What this process has had forked, whose command line would have ``word`` in it, oldest first;
    some may have ended."""
    return [each.pid for each in _started if each.returncode is None and word in str(each.args)]


_helper: list[str] = []
"""The address of the helper, once there is one."""


def install(address: str = "") -> None:
    """Have this process, and what is forked from it, start workers and simulators warm.

    ``address``: of a helper that is there already.
    """
    if _FORKS:
        _helper[:] = filter(None, [address])
        for name in STARTERS:
            vars(importlib.import_module(name))["subprocess"] = _Subprocess()


class _Subprocess:
    """The module ``subprocess`` with another ``Popen``."""

    def __getattr__(self, name: str) -> Any:
        return _popen if name == "Popen" else getattr(subprocess, name)


def _popen(args: list[str], **how: Any) -> Any:
    """``subprocess.Popen`` where it is this interpreter that is to be started."""
    if args[0] != sys.executable or args[1] not in ("-c", "-m"):
        return subprocess.Popen(args, **how)
    return _Forked(args[1:], **how)


class _Forked:
    """What ``Popen`` is to whoever has started a process."""

    def __init__(
        self,
        args: list[str],
        *,
        pass_fds: list[int] | tuple[int, ...] = (),
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        env: dict[str, str] | None = None,
        start_new_session: bool = False,
    ) -> None:
        self.args = args
        self.returncode: int | None = None
        self.stdin: Any = None
        self.stdout: Any = None
        self._lock = threading.Lock()
        opened: list[int] = []
        streams = []
        for number, given in enumerate((stdin, stdout, stderr)):
            if given == subprocess.PIPE:
                ends = os.pipe()
                theirs, ours = ends if number == 0 else reversed(ends)
                opened.append(theirs)
                file = os.fdopen(ours, "wb" if number == 0 else "rb")
                setattr(self, ("stdin", "stdout")[number], file)
                streams.append(theirs)
            elif given == subprocess.DEVNULL:
                opened.append(os.open(os.devnull, os.O_RDWR))
                streams.append(opened[-1])
            else:
                streams.append(number if given is None else given)
        order = {
            "args": args,
            "env": dict(os.environ if env is None else env),
            "cwd": os.getcwd(),
            "path": sys.path,
            "numbers": [0, 1, 2, *pass_fds],
            "session": start_new_session,
        }
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(address())
            data = json.dumps(order).encode() + b"\n"
            sent = socket.send_fds(self._socket, [data], [*streams, *pass_fds])
            self._socket.sendall(data[sent:])
            self._replies = self._socket.makefile("rb")
            self.pid = int(self._replies.readline())
            _started.append(self)
        finally:
            for each in opened:
                os.close(each)

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._lock:
            if self.returncode is None:
                if not select.select([self._socket], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                self.returncode = int(self._replies.readline())
                self._replies.close()
                self._socket.close()
                _started.remove(self)
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def address() -> str:
    """Where the helper listens; starts it if there is none. Empty where none can be."""
    if not _helper and _FORKS:
        folder = tempfile.TemporaryDirectory(prefix="warm_")
        _helper.append(str(Path(folder.name, "socket")))
        helper = subprocess.Popen(
            [sys.executable, __file__, *_helper],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert helper.stdout is not None
        helper.stdout.readline()
        mine = os.getpid()

        def stop() -> None:
            if os.getpid() == mine:
                helper.communicate()
                folder.cleanup()

        atexit.register(stop)
    return _helper[0] if _helper else ""


def _serve(address: str) -> None:
    """Fork for each connection until standard input ends."""
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    print(flush=True)
    running: dict[int, tuple[int, socket.socket]] = {}
    while True:
        ready = select.select([0, listener, *running], [], [])[0]
        if 0 in ready:
            return
        for each in ready:
            if each is listener:
                connection = listener.accept()[0]
                child = _start(connection)
                running[os.pidfd_open(child)] = child, connection
            else:
                child, connection = running.pop(each)
                os.close(each)
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                with connection, contextlib.suppress(OSError):
                    connection.sendall(b"%d\n" % status)


def _start(connection: socket.socket) -> int:
    data, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 64)
    while not data.endswith(b"\n") and (more := connection.recv(1 << 20)):
        data += more
    child = os.fork()
    if child == 0:
        _become(json.loads(data), list(descriptors))
    for each in descriptors:
        os.close(each)
    with contextlib.suppress(OSError):
        connection.sendall(b"%d\n" % child)
    return child


def _become(order: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Be the process that was ordered, to its end."""
    status = 1
    try:
        high = [fcntl.fcntl(each, fcntl.F_DUPFD, _HIGH) for each in descriptors]
        os.closerange(0, _HIGH)
        for each, number in zip(high, order["numbers"], strict=True):
            os.dup2(each, number)
            os.close(each)
        if order["session"]:
            os.setsid()
        os.chdir(order["cwd"])
        os.environ.clear()
        os.environ.update(order["env"])
        sys.path[:] = order["path"]
        importlib.import_module("random").seed()
        status = _run(*order["args"])
        threading._shutdown()
        atexit._run_exitfuncs()
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def _run(kind: str, what: str, *words: str) -> int:
    if kind == "-c":
        sys.argv = ["-c", *words]
        exec(what, {"__name__": "__main__"})
        return 0
    assert what == "perfbench.simulator"
    sys.argv = [what, *words]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return int(importlib.import_module("perfbench.simulator.__main__").main())


if __name__ == "__main__":
    _serve(sys.argv[1])
