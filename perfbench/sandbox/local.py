"""Boxes of this machine: a fork server each, and the pipes to what runs in it.

Opens, watches and closes the server, hands it what is to be run, and moves bytes. How programs are
confined is the server's business, and what their output is worth is ``verdicts``'. Usable from any
thread; as many programs run at once as the box has slots. Seconds and bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from io import FileIO
from pathlib import Path
from typing import IO, Any

from perfbench.errors import ConfigError
from perfbench.sandbox import bwrap
from perfbench.sandbox.jobs import PATIENCE, Ending, Limits, Ran

KINDS = ("ns", "landlock", "bwrap", "none")
_BOOT = (
    "import sys; root = sys.argv.pop(1); sys.path[:1] = [root]; "
    "from perfbench.sandbox.server import main; sys.path.remove(root); main()"
)
"""The first place is the working directory's."""
_ENVIRONMENT = {"PYTHONHASHSEED": "0"}
"""All of it, so that the order of a set is the same each time."""
_HEADER = struct.Struct("=dddddd")
_START_S = 30.0
"""The server's own start."""
_GRACE_S = 10.0
"""Added to a program's time before the server is taken to be stuck."""
_CHUNK = 1 << 16
_HELP = (
    "allow unprivileged user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0, "
    "kernel.unprivileged_userns_clone=1) or use a kernel from 5.13 with Landlock"
)


@dataclass
class End:
    """How a program ended."""

    ended: Ending
    exit: int | None = None
    why: str = ""


class Run:
    """A program in a box, from its start to its end."""

    def __init__(self, news: socket.socket, limits: Limits) -> None:
        self.news = news
        self._said = bytearray()
        self.end: End | None = None
        self.deadline_s = time.monotonic() + limits.wall_s * PATIENCE + _GRACE_S

    def listen(self) -> None:
        """Take what the server says of it; without waiting if there is something."""
        try:
            data = self.news.recv(_CHUNK)
        except OSError:
            data = b""
        self._said += data
        if b"\n" in self._said:
            said = json.loads(self._said.partition(b"\n")[0])
            self._finish(End(said["ended"], said.get("exit"), said["why"]))
        elif not data:
            self._finish(End("sandbox_failed", None, "the sandbox has ended"))

    def stop(self, ended: Ending = "sandbox_failed", why: str = "stopped") -> None:
        """End it, unless it has ended."""
        if self.end is None:
            self._finish(End(ended, None, why))

    def _finish(self, end: End) -> None:
        self.end = end
        self.news.close()


@dataclass
class Sink:
    """What is read of a pipe."""

    pipe: FileIO
    limit: int
    data: bytearray = field(default_factory=bytearray)

    def take(self) -> bool:
        """Read what is there, without waiting; whether there may be more."""
        try:
            data = self.pipe.read(_CHUNK)
        except OSError:
            data = b""
        if data:
            self.data += data
        return data is None or bool(data)

    @property
    def over(self) -> bool:
        """Whether it was more than the limit."""
        return len(self.data) > self.limit


class LocalBox:
    """A fork server of one kind, and what runs in it."""

    def __init__(self, kind: str, slots: int, preload: Sequence[str] = ()) -> None:
        """Start the server.

        Raises:
            ConfigError: it cannot be had here.
        """
        self.name = kind
        self._preload = tuple(preload)
        self._closed = False
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(slots)
        self._server, self._link, landlock = self._open()
        version = ".".join(map(str, sys.version_info[:3]))
        how = kind + (f" with landlock {landlock}" if landlock else "")
        self.isolation = f"{how}, {sys.implementation.name} {version} {sys.executable}"

    def __enter__(self) -> LocalBox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def slot(self) -> contextlib.AbstractContextManager[object]:
        """Wait until one more program may run, for as long as the context lasts."""
        return self._slots

    def start(self, order: Mapping[str, Any], limits: Limits, streams: Sequence[FileIO]) -> Run:
        """Have a program run; what fails is told by how it ends.

        Args:
            order: see ``inside`` and ``checker``.
            streams: its standard input, output and error, which are closed here.
        """
        ours, theirs = socket.socketpair()
        run = Run(ours, limits)
        try:
            with theirs, _file(json.dumps(order).encode()) as file:
                streamed = [each.fileno() for each in streams]
                self._send(limits, [*streamed, file.fileno(), theirs.fileno()])
        except (OSError, ConfigError) as error:
            run.stop(why=str(error))
        finally:
            for each in streams:
                each.close()
        return run

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        """Run a script to its end."""
        order = {"mode": "program", "code": source}
        with self.slot():
            return self.ran(order, stdin, limits)

    def ran(self, order: Mapping[str, Any], stdin: bytes, limits: Limits) -> Ran:
        """What came of an order that is fed once; the slot is the caller's."""
        began_s = time.monotonic()
        with contextlib.ExitStack() as closing:
            given, feed = pipe(closing)
            printed, out = pipe(closing)
            warned, err = pipe(closing)
            run = self.start(order, limits, [given, out, err])
            closing.callback(run.stop)
            sinks = [Sink(printed, limits.output_bytes), Sink(warned, limits.output_bytes)]
            end = gather(run, sinks, (feed, stdin))
        stdout, stderr = (bytes(each.data) for each in sinks)
        return Ran(end.exit, stdout, stderr, end.ended, end.why, time.monotonic() - began_s)

    def close(self) -> None:
        """End the server and with it everything that runs."""
        with self._lock:
            self._closed = True
            self._shut()

    def _send(self, limits: Limits, descriptors: list[int]) -> None:
        header = _HEADER.pack(*astuple(limits))
        with self._lock:
            if self._closed:
                raise ConfigError("the sandbox is closed")
            if self._server.poll() is not None:
                self._shut()
                self._server, self._link, _ = self._open()
            sent = socket.send_fds(self._link, [header], descriptors)
            self._link.sendall(header[sent:])

    def _open(self) -> tuple[subprocess.Popen[bytes], socket.socket, int]:
        command = self._command()
        kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as words:
            try:
                server = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=words,
                    env=kept | _ENVIRONMENT,
                    cwd="/",
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise ConfigError(f"the sandbox {self.name} cannot be had: {error}") from None
            theirs.close()
            ours.settimeout(_START_S)
            try:
                with ours.makefile("rb") as file:
                    said = json.loads(file.readline() or b"{}")
            except (OSError, ValueError):
                said = {}
            if "landlock" not in said:
                ours.close()
                server.kill()
                server.wait()
                words.seek(0)
                lines = words.read().decode(errors="replace").strip().splitlines()
                why = said.get("refused") or (lines[-1] if lines else "its server does not start")
                raise ConfigError(f"the sandbox {self.name} cannot be had: {why}")
        return server, ours, said["landlock"]

    def _command(self) -> list[str]:
        root = Path(__file__).resolve().parents[2]
        if self.name == "bwrap":
            return bwrap.command(_BOOT, [self.name, *self._preload], root)
        python = [sys.executable, "-s", "-X", "utf8", "-c", _BOOT]
        return [*python, str(root), self.name, *self._preload]

    def _shut(self) -> None:
        self._link.close()
        try:
            self._server.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()


def pipe(closing: contextlib.ExitStack) -> tuple[FileIO, FileIO]:
    """Where it is read, and where it is written; closed at the latest with ``closing``."""
    ours, theirs = os.pipe()
    read, write = FileIO(ours, "r"), FileIO(theirs, "w")
    closing.callback(read.close)
    closing.callback(write.close)
    return read, write


def gather(run: Run, sinks: Sequence[Sink], feed: tuple[FileIO, bytes] | None = None) -> End:
    """Move bytes until the program has ended, and say how it did.

    A sink that is full ends it. What others hold open of its pipes is not waited for.
    """
    with selectors.DefaultSelector() as selector:
        if run.end is None:
            selector.register(run.news, selectors.EVENT_READ, run)
        for sink in sinks:
            os.set_blocking(sink.pipe.fileno(), False)
            selector.register(sink.pipe, selectors.EVENT_READ, sink)
        if feed is not None:
            os.set_blocking(feed[0].fileno(), False)
            selector.register(feed[0], selectors.EVENT_WRITE, memoryview(feed[1]))
        while run.end is None:
            left_s = run.deadline_s - time.monotonic()
            if left_s <= 0:
                run.stop("sandbox_failed", "the sandbox does not say how the program ended")
            for key, _ in selector.select(max(left_s, 0)):
                if run.end is not None:  # by what came at the same time
                    break
                if isinstance(key.data, Run):
                    run.listen()
                elif isinstance(key.data, Sink):
                    if not key.data.take():
                        selector.unregister(key.fileobj)
                    if key.data.over:
                        run.stop("output", f"more than {key.data.limit} bytes of output")
                else:
                    _feed(selector, key)
    assert run.end is not None
    for sink in sinks:
        while sink.pipe.fileno() >= 0 and not sink.over and _ready(sink.pipe) and sink.take():
            pass
        if sink.over and run.end.ended == "exited":
            run.end = End("output", None, f"more than {sink.limit} bytes of output")
    return run.end


def _feed(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    file, rest = key.fileobj, key.data
    assert isinstance(file, FileIO)
    try:
        rest = rest[file.write(rest) or 0 :] if rest else rest
    except BrokenPipeError:
        rest = rest[:0]
    if rest:
        selector.modify(file, selectors.EVENT_WRITE, rest)
    else:
        selector.unregister(file)
        file.close()


def _ready(file: FileIO) -> bool:
    poll = select.poll()  # not select(), which takes no descriptor from 1024 on
    poll.register(file, select.POLLIN)
    return bool(poll.poll(0))


def _file(data: bytes) -> IO[bytes]:
    """A file without a name that holds these bytes, at its start."""
    file = open(os.memfd_create("order"), "w+b")  # noqa: SIM115, the caller's
    file.write(data)
    file.seek(0)
    return file


def open_box(kind: str = "auto", slots: int = 0, preload: Sequence[str] = ()) -> LocalBox:
    """A box of this machine: ``auto`` (the first of the next two that the kernel allows), ``ns``,
    ``landlock``, ``bwrap``, or ``none`` (limits, but nothing that separates).

    Args:
        slots: how many programs run at once; 0: as many as there are processors.
        preload: modules that programs need and that take long to import.

    Raises:
        ConfigError: it cannot be had here; one line says why and what helps.
    """
    if sys.platform != "linux":
        raise ConfigError(
            "the sandboxes of this machine need Linux: name another one (docker, ...)"
        )
    if kind not in ("auto", *KINDS):
        raise ConfigError(f"there is no sandbox {kind}: auto, {', '.join(KINDS)}")
    slots = slots or len(os.sched_getaffinity(0))
    refused = []
    for name in ("ns", "landlock") if kind == "auto" else (kind,):
        try:
            return _tried(LocalBox(name, slots, preload))
        except ConfigError as error:
            refused.append(str(error))
    raise ConfigError(f"{'; '.join(refused)}{'' if kind in ('bwrap', 'none') else '; ' + _HELP}")


def _tried(box: LocalBox) -> LocalBox:
    """The box, if a program runs in it."""
    ran = box.once("print(6 * 7)", b"", Limits())
    if ran.stdout != b"42\n":
        box.close()
        raise ConfigError(f"the sandbox {box.name} cannot be had: {ran.why or ran.ended}")
    return box
