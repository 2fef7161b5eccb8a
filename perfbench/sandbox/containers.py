"""Boxes that are containers, by the command line of Docker or Podman.

A container for each program: no network, a read-only file system but for a small ``/tmp``, no
capabilities, no new privileges, nobody's user, limits of memory and processes; removed after. The
program comes in by standard input, so nothing of this machine is mounted.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import replace

from perfbench.errors import ConfigError
from perfbench.sandbox.bootstrap import interpreter
from perfbench.sandbox.jobs import Ending, Limits, Ran

_START_S = 60.0
"""For the container to start, beyond the time of the program."""
_COULD_NOT = (125, 126, 127)
"""Statuses of ``run`` itself: the daemon failed, or the image has no such command."""
_FILES = 64
"""Open at once, as in the sandboxes of this machine."""
_PROCESSES = 4096
"""Of all containers together, as they have one user; each has a limit of its own. Without it, and
without the one for files, Podman asks for more than it may give where it runs in a container."""
_KILLED = 137
"""By the kernel, for its memory, or by ``timeout``, which runs as the container's first process."""
_LOADER = (
    "import os;os.write(1,b'\\n');head=b''\n"
    "while not head.endswith(b'\\n'): head+=os.read(0,1)\n"
    "size=int(head);code=b''\n"
    "while len(code)<size: code+=os.read(0,size-len(code))\n"
    "exec(compile(code.decode('utf-8','surrogatepass'),'program.py','exec'),"
    "{'__name__':'__main__'})"
)
"""Ends a line, which tells that it runs: what comes after is the program's doing. Reads a program's
length and the program from standard input, whose rest is the program's."""


class Containers:
    """Runs each program in a container of its own."""

    def __init__(self, program: str, image: str) -> None:
        """
        Args:
            program: ``docker`` or ``podman``.

        Raises:
            ConfigError: it is not installed, its daemon does not answer, or the image runs nothing.
        """
        self.name = program
        self._image = image
        found = shutil.which(program)
        if found is None:
            raise ConfigError(
                f"--sandbox {program} needs the command {program}: install it, or take --sandbox "
                "auto, which needs none"
            )
        self._command = found
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.isolation = interpreter(self, f"--sandbox {program}")

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        """Run a script; see ``Box.once``."""
        # Podman's helpers leave a file where they were started, if memory runs out.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            return self._once(source, stdin, limits, folder)

    def _once(self, source: str, stdin: bytes, limits: Limits, folder: str) -> Ran:
        begun = time.monotonic()
        name = f"perfbench-{secrets.token_hex(8)}"
        code = source.encode("utf-8", "surrogatepass")
        try:
            child = subprocess.Popen(
                [*self._run(name, limits), "python3", "-I", "-c", _LOADER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for us, who end it
            )
        except OSError as error:
            return Ran(None, b"", b"", "sandbox_failed", f"{self.name}: {error.strerror}")
        self._running[name] = child
        with child:
            talk = _Talk(child, b"%d\n" % len(code) + code + stdin, limits.output_bytes + 1)
            ended = talk.hold(begun + limits.wall_s + _START_S)
            if ended != "exited":
                self._end(name, child)
        del self._running[name]
        loaded, stdout, stderr = bool(talk.read[0]), bytes(talk.read[0][1:]), bytes(talk.read[1])
        seconds = time.monotonic() - begun
        if ended != "exited":
            why = "" if ended == "output" else f"{self.name} does not end it"
            return Ran(None, stdout, stderr, ended, why, seconds)
        ran = Ran(None, stdout, stderr, seconds=seconds)
        return self._ended(child.returncode, ran, limits, loaded)

    def close(self) -> None:
        """End the containers that run."""
        for name, child in [*self._running.items()]:
            self._end(name, child)

    def _run(self, name: str, limits: Limits) -> list[str]:
        memory = f"{limits.memory_bytes}b"
        scratch = max(limits.scratch_bytes, 1 << 20)
        seconds = max(1, round(limits.cpu_s))
        return [
            *(self._command, "run", "--rm", "--interactive", "--name", name),
            *("--network", "none", "--read-only", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges", "--user", "65534:65534"),
            *("--memory", memory, "--memory-swap", memory),
            *("--pids-limit", str(64 + limits.processes)),
            # What ignores the signal is ended by the time on the wall, not as if for its memory.
            *("--ulimit", f"cpu={seconds}:-1", "--ulimit", "core=0"),
            *("--ulimit", f"nofile={_FILES}:{_FILES}", "--ulimit", f"nproc={_PROCESSES}"),
            *("--tmpfs", f"/tmp:rw,nosuid,nodev,noexec,size={scratch}", "--workdir", "/tmp"),
            *("--env", "PYTHONDONTWRITEBYTECODE=1", "--log-driver", "none", self._image),
            *("timeout", "--signal", "KILL", f"{limits.wall_s:g}"),
        ]

    def _ended(self, status: int, ran: Ran, limits: Limits, loaded: bool) -> Ran:
        """What the status of the container's client says."""
        if status < 0:
            why = f"{self.name} was ended by signal {-status}"
            return replace(ran, ended="sandbox_failed", why=why)
        if status in _COULD_NOT and not loaded:
            why = f"{self.name} cannot run it: {self._said(ran.stderr) or f'status {status}'}"
            return replace(ran, ended="sandbox_failed", why=why)
        if status == _KILLED and ran.seconds >= limits.wall_s:
            return replace(ran, ended="timeout", why=f"longer than {limits.wall_s:g} s")
        if status == 128 + signal.SIGXCPU:
            why = f"more than {limits.cpu_s:g} s of processor time"
            return replace(ran, ended="timeout", why=why)
        if status == _KILLED:
            return replace(ran, ended="memory", why="killed in its container")
        return replace(ran, exit=128 - status if status > 128 else status)

    def _said(self, stderr: bytes) -> str:
        """What the client says is wrong: the line that begins with its name, else the last."""
        lines = stderr.decode("utf-8", "replace").strip().split("\n")
        own = [line for line in lines if line.startswith((f"{self.name}: ", "Error: "))]
        return (own or lines)[-1].removeprefix(f"{self.name}: ")[:300]

    def _end(self, name: str, child: subprocess.Popen[bytes]) -> None:
        """End a container, which would outlive its client, and the client with what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                [self._command, "rm", "--force", name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_START_S,
            )


class _Talk:
    """What goes to a container's client and comes from it, within limits."""

    def __init__(self, child: subprocess.Popen[bytes], said: bytes, limit: int) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        self._child = child
        self._said = memoryview(said)
        self._limit = limit
        self.read = (bytearray(), bytearray())
        self._files = (child.stdin, child.stdout, child.stderr)

    def hold(self, latest: float) -> Ending:
        """Feed it and read it until it ends.

        Args:
            latest: on ``time.monotonic``: when to give it up.
        """
        stdin, *outputs = self._files
        with selectors.DefaultSelector() as selector:
            os.set_blocking(stdin.fileno(), False)
            selector.register(stdin, selectors.EVENT_WRITE)
            for number, file in enumerate(outputs):
                selector.register(file, selectors.EVENT_READ, self.read[number])
            while selector.get_map():
                left = latest - time.monotonic()
                if left <= 0:
                    return "sandbox_failed"
                for key, _ in selector.select(left):
                    if key.data is None:
                        self._feed(selector)
                    elif not (some := os.read(key.fd, 65536)):
                        selector.unregister(key.fileobj)
                    else:
                        key.data.extend(some)
                        if len(key.data) > self._limit:
                            del key.data[self._limit :]
                            return "output"
        try:
            self._child.wait(max(0.0, latest - time.monotonic()))
        except subprocess.TimeoutExpired:
            return "sandbox_failed"
        return "exited"

    def _feed(self, selector: selectors.BaseSelector) -> None:
        stdin = self._files[0]
        try:
            self._said = self._said[os.write(stdin.fileno(), self._said[:65536]) :]
        except OSError:  # it reads no more
            self._said = self._said[:0]
        if not self._said:
            selector.unregister(stdin)
            with contextlib.suppress(OSError):
                stdin.close()
