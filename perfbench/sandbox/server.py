"""The fork server: programs are forked from it, confined, watched and told of at their end.

**What it withstands.** The program is taken to be hostile and to know this source. It must not
read or write a file but the interpreter's library, reach a network or another process, outlive its
time, leave anything behind, or take more than its limits of processor, memory and output; and it
must not learn what another program did, or what is expected of it. It may end itself, fill what it
was given, and say anything over its own streams. What separates it is in ``confine``; that the
kernel and the interpreter's C code have no hole is taken for granted. The server holds no secret:
it was started with an empty environment, a program's text is read by the process that runs it, and
results flow past it.

A request on the control socket is a fixed header (:data:`HEADER`) with five descriptors: standard
input, output and error, the order (a file), and a socket for news of this one run. On that comes
one JSON line at the end; that the other side closes it ends the run. When the control socket
closes, or the parent is gone, all of it ends. Seconds and bytes.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from dataclasses import dataclass
from typing import Any, NoReturn

from perfbench.sandbox import checker, inside, kernel, seccomp
from perfbench.sandbox.confine import THREADS, Confinement
from perfbench.sandbox.jobs import PATIENCE, Limits

HEADER = struct.Struct("=dddddd")
"""The fields of :class:`Limits`, in their order."""
STREAMS = 5
_PRELOADED = (
    *("bisect", "copy", "dataclasses", "enum", "functools", "heapq", "math"),
    *("operator", "queue", "random", "re", "string", "typing"),
)
_GLANCE_S = 0.1
"""Between two looks at how many threads a program has."""
_CPU_CLOCK = 2
"""The kind of clock that counts the processor time of a process; see clock_getcpuclockid(3)."""
_BUSY = 0.04
"""The share of a processor that a program has at least while others keep it from more."""
_ENOUGH = 0.9
"""The share of its time that a program has used which nothing kept from it."""
_PATROL_S = 2.0
"""Between two looks at whether the parent is there."""


@dataclass
class _Run:
    """A program that runs."""

    pid: int
    slot: int
    limits: Limits
    news: socket.socket
    began_s: float
    looked_s: float
    """When it was last asked how much processor it has used; at first, its start."""
    deadline_s: float
    """When it is next asked, and stopped if it could have used its time."""
    used_s: float = 0.0
    stopped: tuple[str, str] | None = None
    """What it was stopped for: how it ended, and why in words."""


def main() -> None:
    """Serve the control socket, which is standard input.

    Arguments of the command line: the kind of sandbox, and modules to import beforehand.
    """
    kind, *preloaded = sys.argv[1:]
    link = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confinement = Confinement(kind)
    for name in (*_PRELOADED, *preloaded):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    try:
        confinement.separate()
    except (OSError, ValueError) as error:
        link.sendall(json.dumps({"refused": str(error)}).encode() + b"\n")
        return
    link.sendall(json.dumps({"landlock": confinement.landlock}).encode() + b"\n")
    _warm_up()
    _Server(link, confinement).serve()


def _warm_up() -> None:
    """Have what every program needs at its start done once, and shared: a third of its cost."""
    if kernel.MACHINE in seccomp.MACHINES:
        seccomp.program(kernel.MACHINE, 1, files=False, processes=False)
    exec(compile("def add(a, b=1):\n    return [a + b, 'x']\nassert add(1)", "warm.py", "exec"), {})
    inside.unpack(inside.pack([1, 2.0, "a", (1,), {"a": None}]))
    with open(os.devnull, "r+b", buffering=0) as file, io.TextIOWrapper(file, "utf-8") as text:
        text.write(json.dumps(json.loads('["value", [1]]')))
    gc.collect()
    gc.freeze()
    gc.disable()


class _Server:
    def __init__(self, link: socket.socket, confinement: Confinement) -> None:
        self._link = link
        self._confinement = confinement
        self._parent = os.getppid()
        self._runs: dict[int, _Run] = {}
        """By the descriptor of their news."""
        self._poll = select.poll()
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until the other side closes."""
        self._poll.register(self._link, select.POLLIN)
        self._poll.register(self._woken, select.POLLIN)
        while os.getppid() == self._parent:
            for descriptor, _ in self._poll.poll(self._patience_s() * 1000):
                if descriptor == self._link.fileno():
                    if not self._take():
                        return self._end_all()
                elif descriptor == self._woken:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._woken, 4096)
                elif descriptor in self._runs:
                    self._stop(self._runs[descriptor])
            self._reap()
            self._look_after()
        self._end_all()

    def _patience_s(self) -> float:
        if not self._runs:
            return _PATROL_S
        if self._confinement.counts_threads:
            return _GLANCE_S
        next_s = min(each.deadline_s for each in self._runs.values()) - time.monotonic()
        return min(max(next_s, 0.001), _PATROL_S)

    def _take(self) -> bool:
        """Start what is asked for; whether the other side is still there."""
        data, ancillary, _, _ = self._link.recvmsg(
            HEADER.size, socket.CMSG_SPACE(4 * STREAMS), socket.MSG_WAITALL
        )
        got = array.array("i")
        for _, _, content in ancillary:
            got.frombytes(content[: len(content) - len(content) % 4])
        if len(data) < HEADER.size or len(got) < STREAMS:
            return False
        wall_s, cpu_s, *counts = HEADER.unpack(data)
        limits = Limits(wall_s, cpu_s, *map(int, counts))
        *files, news = got
        try:
            self._start(limits, files, socket.socket(fileno=news))
        finally:
            for each in files:
                os.close(each)
        return True

    def _start(self, limits: Limits, files: list[int], news: socket.socket) -> None:
        taken = {each.slot for each in self._runs.values()}
        slot = next(number for number in range(len(taken) + 1) if number not in taken)
        try:
            if refusal := self._confinement.refuses(limits):
                raise OSError(refusal)
            self._confinement.before_fork()
            try:
                server = os.getpid()
                pid = os.fork()
                if pid == 0:
                    self._become(limits, slot, server, files, news)
            finally:
                self._confinement.after_fork()
        except OSError as error:
            _tell(news, ended="sandbox_failed", why=f"cannot start a program: {error}")
            news.close()
            return
        now_s = time.monotonic()
        run = _Run(pid, slot, limits, news, now_s, now_s, now_s + limits.wall_s)
        self._runs[news.fileno()] = run
        self._poll.register(news, 0)

    def _become(
        self, limits: Limits, slot: int, server: int, files: list[int], news: socket.socket
    ) -> NoReturn:
        """The program: confined first, and only then anything of what it brings."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number in range(3):
                os.dup2(files[number], number)
            with open(files[3], "rb", closefd=False) as file:
                order = json.load(file)
            os.dup2(news.fileno(), 3)
            self._confinement.enter(limits, slot, server, keep=3)
        except BaseException as error:
            line = {"ended": "sandbox_failed", "why": f"not confined: {error}"}
            os.write(3, json.dumps(line).encode() + b"\n")
            os._exit(1)
        os.close(3)
        for name in [each for each in sys.modules if each.startswith("perfbench")]:
            del sys.modules[name]
        gc.enable()
        try:
            (checker if order["mode"] == "check" else inside).run(order)
        except BaseException:
            os.write(2, traceback.format_exc().encode(errors="replace"))
        finally:
            os._exit(1)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for run in [each for each in self._runs.values() if each.pid == pid]:
                self._conclude(run, os.waitstatus_to_exitcode(status), usage)

    def _conclude(self, run: _Run, exit_status: int, usage: Any) -> None:
        cpu_s = usage.ru_utime + usage.ru_stime
        ended, why = "exited", ""
        if run.stopped:
            ended, why = run.stopped
        elif exit_status == -signal.SIGKILL:  # not by itself: see ``seccomp``
            ended, why = "sandbox_failed", "the program was killed from outside"
            if cpu_s > run.limits.cpu_s - 0.5:
                ended, why = "timeout", f"more than {run.limits.cpu_s:g} s of processor time"
        with contextlib.suppress(KeyError):
            self._poll.unregister(run.news)
        del self._runs[run.news.fileno()]
        _tell(run.news, ended=ended, why=why, exit=exit_status)
        run.news.close()

    def _look_after(self) -> None:
        now_s = time.monotonic()
        for run in self._runs.values():
            if now_s >= run.deadline_s and not _held_up(run, now_s):
                self._stop(run, "timeout", f"more than {run.limits.wall_s:g} s")
            elif self._confinement.counts_threads and _threads(run.pid) > THREADS + 1:
                self._stop(run, "memory", f"more than {THREADS} threads")

    def _stop(self, run: _Run, ended: str = "sandbox_failed", why: str = "given up") -> None:
        run.stopped = run.stopped or (ended, why)
        with contextlib.suppress(KeyError):  # its hang-up is no news any more
            self._poll.unregister(run.news)
        with contextlib.suppress(ProcessLookupError):
            os.kill(run.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(run.pid, signal.SIGKILL)

    def _end_all(self) -> None:
        for run in self._runs.values():
            self._stop(run)


def _tell(news: socket.socket, **what: Any) -> None:
    with contextlib.suppress(OSError):
        news.sendall(json.dumps(what).encode() + b"\n")


def _held_up(run: _Run, now_s: float) -> bool:
    """Whether a program has longer, as others had the processor that it would have used."""
    try:
        used_s = time.clock_gettime(~run.pid << 3 | _CPU_CLOCK)
    except OSError:
        return False
    busy = used_s - run.used_s >= _BUSY * (now_s - run.looked_s)
    run.looked_s, run.used_s = now_s, used_s
    run.deadline_s = now_s + max(run.limits.wall_s / 10, _GLANCE_S)
    over = now_s - run.began_s >= run.limits.wall_s * PATIENCE
    return busy and not over and used_s < min(_ENOUGH * run.limits.wall_s, run.limits.cpu_s)


def _threads(pid: int) -> int:
    """How many a process has; 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[17])
    except (OSError, ValueError, IndexError):
        return 0


if __name__ == "__main__":
    main()
