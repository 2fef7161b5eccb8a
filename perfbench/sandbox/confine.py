"""How a process is cut off from everything else, step by step, for good.

Two moments. :meth:`Confinement.separate` is the server's: with ``ns`` it goes into namespaces of
its own, onto a root that holds the interpreter's libraries and nothing else, read-only.
:meth:`Confinement.enter` is each program's, in a process just forked from the server: own process
and user namespace, a user id that nobody has (of root's), no capability, limits, Landlock where
there is one, and at last the filter of system calls. Linux only, but for ``none``.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import stat
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from perfbench.sandbox import kernel, seccomp
from perfbench.sandbox.jobs import Limits

THREADS = 64
_DESCRIPTORS = 64
_STACK_BYTES = 64 << 20
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_LIBRARIES = (
    *("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64"),
    *("/usr/local/lib", "/nix/store"),
)
_DATA = ("/etc/ld.so.cache", "/etc/alternatives", "/usr/share/zoneinfo")
SCRATCH = "/scratch"
"""A program's own folder; also ``/tmp``, unless something is shown below that."""
_STAGE = "/tmp"
"""Where the new root is put together."""
_BYTES_PER_FILE = 16 << 10
"""Of a folder's size, for each file it can hold."""
_USER_IDS = 0x70000000
"""From here on nobody has them."""
_SLOTS = 256
"""User ids of each server, which are told apart by its process number."""
_SIGNALS = 256
_EVERY_DESCRIPTOR = 1 << 20
_PATROL_S = 2.0
_OLD, _NEW = "/old", "/new"
_COUNTED_BY_NAMESPACE = (5, 14)
"""The kernel from which the processes of a user are counted in each user namespace alone."""


@dataclass(frozen=True)
class Places:
    """What of the file system a program can open."""

    readable: tuple[tuple[str, str], ...]
    """Paths, and each without symbolic links."""
    devices: tuple[str, ...]


def places() -> Places:
    """Of this interpreter: its library, what is installed for it, and shared libraries."""
    wanted = [
        os.path.join(sys.base_prefix, "lib"),
        sysconfig.get_paths()["stdlib"],
        *(each for each in sys.path if each.endswith("-packages")),
        *_LIBRARIES,
        *_DATA,
    ]
    there = [each for each in dict.fromkeys(wanted) if os.path.exists(each)]
    pairs = tuple((each, os.path.realpath(each)) for each in there)
    return Places(pairs, tuple(each for each in _DEVICES if os.path.exists(each)))


class Confinement:
    """What confines the programs of one server. Every method raises ``OSError`` if it cannot."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._places = places()
        self._root = kind in ("ns", "landlock") and os.geteuid() == 0
        self._first_user = _unused_users() if self._root else 0
        self.counts_threads = kind == "landlock" and not self._root
        """Whether nobody but the server counts a program's threads."""
        self._kept = 0
        if kind == "landlock" and self._root and not all(map(_open_to_all, self._places.readable)):
            self._kept = kernel.CAP_DAC_READ_SEARCH  # of what Landlock lets it open
        self._proc = self._pids = self._rules = -1
        self.landlock = 0
        """Version of Landlock that is used; 0: none."""

    def separate(self) -> None:
        """Cut the server off. With ``ns``, what goes on is a child; the caller watches over it."""
        if self.kind == "none":
            return
        if kernel.MACHINE not in seccomp.MACHINES:
            raise OSError(f"no filter of system calls is known for {kernel.MACHINE}")
        try:
            self.landlock = kernel.landlock_version()
        except OSError:
            if self.kind == "landlock":
                raise
        if self.kind == "ns":
            self._leave()
        if self.landlock:
            self._rules = self._ruleset(())

    def _leave(self) -> None:
        self._proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        user, group = os.geteuid(), os.getegid()
        flags = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC
        flags |= kernel.CLONE_NEWUTS | kernel.CLONE_NEWPID
        kernel.unshare(flags if self._root else flags | kernel.CLONE_NEWUSER)
        if not self._root:
            self._map(user, group)
        parent = os.getppid()
        if (server := os.fork()) != 0:
            _watch(server, parent)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        self._pids = os.open("self/ns/pid", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        _change_root(self._places)

    def before_fork(self) -> None:
        """Have the next child be the first process of a namespace."""
        if self._pids >= 0:
            kernel.unshare(kernel.CLONE_NEWPID)

    def after_fork(self) -> None:
        """Have the next child be an ordinary one again."""
        if self._pids >= 0:
            kernel.setns(self._pids, kernel.CLONE_NEWPID)

    def refuses(self, limits: Limits) -> str:
        """Why a program with these limits cannot be run here; empty if it can."""
        if self.kind in ("landlock", "bwrap") and (limits.processes or limits.scratch_bytes):
            return f"the {self.kind} sandbox gives no folder and no processes: it takes ns"
        return ""

    def enter(self, limits: Limits, slot: int, server: int, keep: int) -> None:
        """Confine this process, just forked, with its three streams in place.

        Args:
            slot: a number that no other program has now.
            server: the number of the parent, as this process sees it.
            keep: a descriptor that is still open when this ends.
        """
        os.setsid()
        if self.kind == "none":
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            _limit(limits, count_processes=False)
            _close_all_but(keep)
            return
        user, group = os.geteuid(), os.getegid()
        if self._root:
            user = group = self._first_user + slot % _SLOTS
        rules = self._rules
        if limits.scratch_bytes:
            rules = self._add_scratch(limits.scratch_bytes, user, group)
        self._become(user, group)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # now: a change of user undoes it
        if self.kind != "ns" and os.getppid() != server:
            os._exit(1)
        kernel.drop_capabilities(self._kept)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        if rules >= 0:
            kernel.restrict(rules)
        _limit(limits, count_processes=self._root or (self.kind == "ns" and _counts_apart()))
        _close_all_but(keep)
        kernel.install_filter(
            seccomp.program(
                kernel.MACHINE,
                os.getpid(),
                files=limits.scratch_bytes > 0,
                processes=limits.processes > 0,
            )
        )

    def _become(self, user: int, group: int) -> None:
        """Be this user and nobody else, in a user namespace of its own where there is one."""
        if self._root:
            os.setgroups([])
            kernel.prctl(kernel.PR_SET_KEEPCAPS, 1 if self._kept else 0)
            os.setresgid(group, group, group)
            os.setresuid(user, user, user)
            kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # else the map cannot be written
        if self.kind == "ns":
            kernel.unshare(kernel.CLONE_NEWUSER)
            self._map(user, group)

    def _add_scratch(self, size: int, user: int, group: int) -> int:
        kernel.unshare(kernel.CLONE_NEWNS)
        files = max(size // _BYTES_PER_FILE, 64)
        options = f"size={size},nr_inodes={files},mode=0700,uid={user},gid={group}"
        kernel.mount("tmpfs", SCRATCH, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, options)
        os.chdir(SCRATCH)
        return self._ruleset((SCRATCH,)) if self.landlock else -1

    def _ruleset(self, own: tuple[str, ...]) -> int:
        readable = [real for _, real in self._places.readable]
        return kernel.ruleset(readable, self._places.devices, own)

    def _map(self, user: int, group: int) -> None:
        """Have this process be who it was in the user namespace that it has just made."""
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            file = os.open(f"self/{name}", os.O_WRONLY | os.O_CLOEXEC, dir_fd=self._proc)
            try:
                os.write(file, text.encode())
            finally:
                os.close(file)


def _open_to_all(path: tuple[str, str]) -> bool:
    """Whether a user that nobody is can get there: not into a private home."""
    above = Path(path[1]).parents
    return all(each.stat().st_mode & stat.S_IXOTH for each in above)


def _watch(server: int, parent: int) -> NoReturn:
    """Wait for the server's end, and end as it did; end it when the parent is gone."""
    os.closerange(3, _EVERY_DESCRIPTOR)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    status = 0
    while os.getppid() == parent:
        ended, status = os.waitpid(server, os.WNOHANG)
        if ended:
            break
        signal.sigtimedwait([signal.SIGCHLD], _PATROL_S)
    os._exit(abs(os.waitstatus_to_exitcode(status)))


def _change_root(shown: Places) -> None:
    """Have a root with what is shown and nothing else, read-only."""
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    quiet = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", _STAGE, "tmpfs", quiet, "size=1m,mode=0755")
    os.mkdir(_STAGE + _OLD)
    os.mkdir(_STAGE + _NEW)
    kernel.pivot_root(_STAGE, _STAGE + _OLD)
    os.chdir("/")
    kernel.mount("tmpfs", _NEW, "tmpfs", quiet, "size=1m,mode=0755")
    os.mkdir(_NEW + SCRATCH, 0o755)
    hidden = kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID
    bound: list[str] = []
    for path, real in sorted(shown.readable, key=lambda pair: len(pair[1])):
        if not any(real == each or real.startswith(each + "/") for each in bound):
            _bind(real, hidden | kernel.MOUNT_ATTR_NODEV)
            bound.append(real)
        if path != real and not os.path.lexists(_NEW + path):
            os.makedirs(os.path.dirname(_NEW + path), exist_ok=True)
            os.symlink(real, _NEW + path)
    for path in shown.devices:
        _bind(path, hidden)
    if not os.path.lexists(_NEW + "/tmp"):
        os.symlink(SCRATCH, _NEW + "/tmp")
    kernel.pivot_root(_NEW, _NEW + SCRATCH)
    os.chdir("/")
    kernel.unmount(SCRATCH)
    kernel.protect("/", hidden)


def _bind(path: str, attributes: int) -> None:
    source, target = _OLD + path, _NEW + path
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    kernel.mount(source, target, "", kernel.MS_BIND | kernel.MS_REC)
    kernel.protect(target, attributes)


def _limit(limits: Limits, count_processes: bool) -> None:
    """The limits of a process that the kernel keeps."""
    _set("AS", limits.memory_bytes)
    _set("CPU", math.ceil(limits.cpu_s))
    _set("FSIZE", limits.scratch_bytes)
    _set("NOFILE", _DESCRIPTORS)
    for name in ("CORE", "MSGQUEUE", "MEMLOCK", "RTPRIO", "NICE"):
        _set(name, 0)
    _set("SIGPENDING", _SIGNALS)
    if count_processes:
        _set("NPROC", limits.processes + THREADS)
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    stack = _STACK_BYTES if most == resource.RLIM_INFINITY else min(most, _STACK_BYTES)
    resource.setrlimit(resource.RLIMIT_STACK, (stack, most))


def _set(name: str, value: int) -> None:
    """A limit that is not above what it was; nothing where the system has no such limit."""
    which = getattr(resource, f"RLIMIT_{name}", None)
    if which is not None:
        _, most = resource.getrlimit(which)
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(which, (value, value))


def _close_all_but(keep: int) -> None:
    os.closerange(3, keep)
    os.closerange(keep + 1, _EVERY_DESCRIPTOR)


def _unused_users() -> int:
    """The first of some user ids that nobody has: from far up, or the top of those there are."""
    with open("/proc/self/uid_map") as file:
        ends = [sum(map(int, line.split()[::2])) for line in file]
    server = os.getpid()
    first = _USER_IDS + server * _SLOTS
    return first if first + _SLOTS <= max(ends) else max(ends) - 2 * _SLOTS


def _counts_apart() -> bool:
    """Whether the kernel counts the processes of a user in each user namespace by themselves."""
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int("".join(filter(str.isdigit, minor)))) >= _COUNTED_BY_NAMESPACE
