"""The calls to the Linux kernel that Python has no words for, through the C library.

Each raises ``OSError`` with the name of the call where the kernel refuses. Knows nothing of what
they are used for. Bytes.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Sequence

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

CAP_DAC_READ_SEARCH = 1 << 2

MOUNT_ATTR_RDONLY = 0x1
MOUNT_ATTR_NOSUID = 0x2
MOUNT_ATTR_NODEV = 0x4
_MNT_DETACH = 2
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000

ACCESS_EXECUTE = 1 << 0
ACCESS_WRITE_FILE = 1 << 1
ACCESS_READ_FILE = 1 << 2
ACCESS_READ_DIR = 1 << 3
_ACCESS_TRUNCATE = 1 << 14
_FILE_ACCESS = ACCESS_EXECUTE | ACCESS_WRITE_FILE | ACCESS_READ_FILE | _ACCESS_TRUNCATE
"""Rights that a rule on a file can give; the others are about folders."""
_ACCESS_OF_ABI = {1: 1 << 13, 2: 1 << 14, 3: 1 << 15, 5: 1 << 16}
"""One above the highest right that each version of Landlock knows, from that version on."""

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_MOUNT_SETATTR = 442
_CAPSET = {"x86_64": 126, "aarch64": 91}

MACHINE = platform.machine()

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def _syscall(name: str, number: int, *arguments: ctypes._SimpleCData[int] | bytes | None) -> int:
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments), name)


def unshare(flags: int) -> None:
    """Leave the namespaces of ``flags`` for new ones; of processes, with the next child."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(descriptor: int, flags: int) -> None:
    """Go into a namespace that is open."""
    _checked(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(flags)), "setns")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """mount(2)."""
    done = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode(),
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _checked(done, f"mount {target}")


def protect(target: str, attributes: int) -> None:
    """Give a mount and all below it more attributes: read-only, no devices, no set-uid."""
    new = struct.pack("QQQQ", attributes, 0, 0, 0)
    _syscall(
        f"mount_setattr {target}",
        _MOUNT_SETATTR,
        ctypes.c_long(_AT_FDCWD),
        os.fsencode(target),
        ctypes.c_ulong(_AT_RECURSIVE),
        new,
        ctypes.c_size_t(len(new)),
    )


def unmount(target: str) -> None:
    """Take a mount out of sight now; it goes when nothing uses it any more."""
    _checked(_libc.umount2(os.fsencode(target), ctypes.c_int(_MNT_DETACH)), f"umount {target}")


def pivot_root(root: str, old: str) -> None:
    """Make the mount ``root`` the root, and have the old one at ``old`` below it."""
    _syscall("pivot_root", _PIVOT_ROOT[MACHINE], os.fsencode(root), os.fsencode(old))


def prctl(option: int, value: int) -> None:
    """prctl(2) with one argument."""
    zero = ctypes.c_ulong(0)
    done = _libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero)
    _checked(done, f"prctl {option}")


def drop_capabilities(kept: int = 0) -> None:
    """Have no capability but those of the bits ``kept``, and none to gain."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # it has none to drop it with, or the kernel knows no more of them
            break
    header = struct.pack("Ii", 0x20080522, 0)
    _syscall("capset", _CAPSET[MACHINE], header, struct.pack("6I", kept, kept, 0, 0, 0, 0))


def install_filter(program: bytes) -> None:
    """Have every system call of this process from now on decided by a seccomp program."""
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, _address(code)))
    done = _libc.prctl(
        ctypes.c_int(_PR_SET_SECCOMP),
        ctypes.c_ulong(_SECCOMP_MODE_FILTER),
        ctypes.c_void_p(_address(head)),
        ctypes.c_ulong(0),
        ctypes.c_ulong(0),
    )
    _checked(done, "seccomp")


def _address(buffer: ctypes.Array[ctypes.c_char]) -> int:
    return ctypes.addressof(buffer)


def landlock_version() -> int:
    """The version of Landlock that the kernel has.

    Raises:
        OSError: it has none, or refuses.
    """
    zero = ctypes.c_size_t(0)
    return _syscall("landlock", _CREATE_RULESET, None, zero, ctypes.c_ulong(1))


def ruleset(readable: Sequence[str], usable: Sequence[str], own: Sequence[str]) -> int:
    """A descriptor of rules by which files can be opened below ``readable`` for reading, devices
    ``usable`` for both, and everything be done below ``own``. No TCP; no signal and no abstract
    socket of others, where the kernel knows of that."""
    version = landlock_version()
    every = next(top for abi, top in sorted(_ACCESS_OF_ABI.items(), reverse=True) if abi <= version)
    handled = every - 1
    net = 3 if version >= 4 else 0
    scoped = 3 if version >= 6 else 0
    fields = 3 if version >= 6 else 2 if version >= 4 else 1
    attributes = struct.pack("QQQ", handled, net, scoped)[: 8 * fields]
    size = ctypes.c_size_t(len(attributes))
    rules = _syscall("landlock", _CREATE_RULESET, attributes, size, ctypes.c_ulong(0))
    read = ACCESS_EXECUTE | ACCESS_READ_FILE | ACCESS_READ_DIR
    for paths, access in (
        (readable, read),
        (usable, ACCESS_READ_FILE | ACCESS_WRITE_FILE),
        (own, handled),
    ):
        for path in paths:
            _allow(rules, path, access & handled)
    return rules


def _allow(rules: int, path: str, access: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            access &= _FILE_ACCESS
        rule = struct.pack("=Qi", access, descriptor)
        kind, flags = ctypes.c_long(1), ctypes.c_ulong(0)
        _syscall("landlock", _ADD_RULE, ctypes.c_long(rules), kind, rule, flags)
    finally:
        os.close(descriptor)


def restrict(rules: int) -> None:
    """Live by these rules from now on."""
    _syscall("landlock", _RESTRICT_SELF, ctypes.c_long(rules), ctypes.c_ulong(0))
