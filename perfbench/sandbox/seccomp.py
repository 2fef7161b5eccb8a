"""Which system calls a program in a box may make: a seccomp filter, built by hand.

What is not on the list is refused, so that a call which the kernel gets tomorrow is refused, too.
Some are looked at more closely: threads but no processes, no signal to others, no way for a program
to be killed as if from outside (it would then not be judged). Knows the numbers of x86_64 and
aarch64; on x86_64 the calls of other word sizes end the program.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass

_ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range dup dup2
    dup3 open openat stat fstat lstat newfstatat statx statfs fstatfs access faccessat
    faccessat2 readlink readlinkat getdents getdents64 getcwd chdir fchdir fadvise64 sendfile
    umask poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
    eventfd eventfd2 pipe pipe2 recvfrom shutdown getsockname getpeername getsockopt mmap
    mprotect munmap mremap madvise brk mincore msync futex set_robust_list rseq sched_yield
    sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
    sched_get_priority_min gettid set_tid_address exit exit_group membarrier wait4 waitid
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend
    sigaltstack pause restart_syscall alarm setitimer getitimer getpid getppid getuid geteuid
    getgid getegid getresuid getresgid getgroups getpgid getpgrp getsid uname sysinfo times
    getrusage getrlimit getpriority clock_gettime clock_getres clock_nanosleep gettimeofday time
    nanosleep getcpu getrandom capget
"""
_ON_FILES = """
    mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 symlink symlinkat truncate
    ftruncate fallocate fsync fdatasync sync_file_range chmod fchmod fchmodat utimensat utime
    utimes flock copy_file_range creat
"""
"""With a folder of its own."""
_ON_PROCESSES = """
    fork vfork execve execveat setsid setpgid kill tgkill tkill pidfd_open pidfd_send_signal
"""
"""With processes of its own, in a namespace where there are no others."""

_NUMBERS_OF = {
    "x86_64": """
        read=0 write=1 readv=19 writev=20 pread64=17 pwrite64=18 preadv=295 pwritev=296 lseek=8
        close=3 close_range=436 dup=32 dup2=33 dup3=292 open=2 openat=257 stat=4 fstat=5 lstat=6
        newfstatat=262 statx=332 statfs=137 fstatfs=138 access=21 faccessat=269 faccessat2=439
        readlink=89 readlinkat=267 getdents=78 getdents64=217 getcwd=79 chdir=80 fchdir=81
        fadvise64=221 sendfile=40 umask=95 poll=7 ppoll=271 select=23 pselect6=270
        epoll_create=213 epoll_create1=291 epoll_ctl=233 epoll_wait=232 epoll_pwait=281
        eventfd=284 eventfd2=290 pipe=22 pipe2=293 recvfrom=45 shutdown=48 getsockname=51
        getpeername=52 getsockopt=55 mmap=9 mprotect=10 munmap=11 mremap=25 madvise=28 brk=12
        mincore=27 msync=26 futex=202 set_robust_list=273 rseq=334 sched_yield=24
        sched_getaffinity=204 sched_getparam=143 sched_getscheduler=145
        sched_get_priority_max=146 sched_get_priority_min=147 gettid=186 set_tid_address=218
        exit=60 exit_group=231 membarrier=324 wait4=61 waitid=247 rt_sigaction=13
        rt_sigprocmask=14 rt_sigreturn=15 rt_sigpending=127 rt_sigtimedwait=128
        rt_sigsuspend=130 sigaltstack=131 pause=34 restart_syscall=219 alarm=37 setitimer=38
        getitimer=36 getpid=39 getppid=110 getuid=102 geteuid=107 getgid=104 getegid=108
        getresuid=118 getresgid=120 getgroups=115 getpgid=121 getpgrp=111 getsid=124 uname=63
        sysinfo=99 times=100 getrusage=98 getrlimit=97 getpriority=140 clock_gettime=228
        clock_getres=229 clock_nanosleep=230 gettimeofday=96 time=201 nanosleep=35 getcpu=309
        getrandom=318 capget=125 mkdir=83 mkdirat=258 rmdir=84 unlink=87 unlinkat=263 rename=82
        renameat=264 renameat2=316 symlink=88 symlinkat=266 truncate=76 ftruncate=77
        fallocate=285 fsync=74 fdatasync=75 sync_file_range=277 chmod=90 fchmod=91 fchmodat=268
        utimensat=280 utime=132 utimes=235 flock=73 copy_file_range=326 creat=85 fork=57
        vfork=58 execve=59 execveat=322 setsid=112 setpgid=109 kill=62 tgkill=234 tkill=200
        pidfd_open=434 pidfd_send_signal=424 fcntl=72 ioctl=16 clone=56 clone3=435 prctl=157
        prlimit64=302 socketpair=53 sendto=44
        """,
    "aarch64": """
        read=63 write=64 readv=65 writev=66 pread64=67 pwrite64=68 preadv=69 pwritev=70 lseek=62
        close=57 close_range=436 dup=23 dup3=24 openat=56 fstat=80 newfstatat=79 statx=291
        statfs=43 fstatfs=44 faccessat=48 faccessat2=439 readlinkat=78 getdents64=61 getcwd=17
        chdir=49 fchdir=50 fadvise64=223 sendfile=71 umask=166 ppoll=73 pselect6=72
        epoll_create1=20 epoll_ctl=21 epoll_pwait=22 eventfd2=19 pipe2=59 recvfrom=207
        shutdown=210 getsockname=204 getpeername=205 getsockopt=209 mmap=222 mprotect=226
        munmap=215 mremap=216 madvise=233 brk=214 mincore=232 msync=227 futex=98
        set_robust_list=99 rseq=293 sched_yield=124 sched_getaffinity=123 sched_getparam=121
        sched_getscheduler=120 sched_get_priority_max=125 sched_get_priority_min=126 gettid=178
        set_tid_address=96 exit=93 exit_group=94 membarrier=283 wait4=260 waitid=95
        rt_sigaction=134 rt_sigprocmask=135 rt_sigreturn=139 rt_sigpending=136
        rt_sigtimedwait=137 rt_sigsuspend=133 sigaltstack=132 restart_syscall=128 setitimer=103
        getitimer=102 getpid=172 getppid=173 getuid=174 geteuid=175 getgid=176 getegid=177
        getresuid=148 getresgid=150 getgroups=158 getpgid=155 getsid=156 uname=160 sysinfo=179
        times=153 getrusage=165 getrlimit=163 getpriority=141 clock_gettime=113 clock_getres=114
        clock_nanosleep=115 gettimeofday=169 nanosleep=101 getcpu=168 getrandom=278 capget=90
        mkdirat=34 unlinkat=35 renameat=38 renameat2=276 symlinkat=36 truncate=45 ftruncate=46
        fallocate=47 fsync=82 fdatasync=83 sync_file_range=84 fchmod=52 fchmodat=53 utimensat=88
        flock=32 copy_file_range=285 execve=221 execveat=281 setsid=157 setpgid=154 kill=129
        tgkill=131 tkill=130 pidfd_open=434 pidfd_send_signal=424 fcntl=25 ioctl=29 clone=220
        clone3=435 prctl=167 prlimit64=261 socketpair=199 sendto=206
        """,
}
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = tuple(_ARCHITECTURE)
"""Those there is a filter for."""
_X32 = 0x40000000
"""Bit of the numbers of x86_64's 32-bit pointer calls."""
_NEWER = 424
"""From this number on a refusal is "no such call", at which C libraries fall back to older ones."""

_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS, _PRETEND = 0x00050001, 0x00050026, 0x00050000
"""The last: say that it is done, and do nothing."""

_EVERY_BIT = 0xFFFFFFFF
_NEW_THREAD = 0x00010000
_NEW_NAMESPACES = 0x7E020000
_SIGKILL = 9
_AF_UNIX = 1
_RLIMIT_STACK = 3
_DESCRIPTOR_FLAGS = (0, 1, 2, 3, 4, 1030)
"""fcntl: duplicate, flags; not who is sent which signal."""
_LOCKS = (5, 6)
"""fcntl: with a folder of its own, where databases need them. On the library's files, programs see
those of others that run at the same time."""
_TERMINAL_QUESTIONS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""ioctl: is it a terminal, how wide, how much can be read, blocking, close on exec."""
_PROCESS_NAMES = (3, 15, 16, 23, 39, 0x53564D41)
"""prctl: names of threads and memory, and questions."""


@dataclass(frozen=True)
class _Check:
    """One half of an argument that must be one of some values, the other bits masked out."""

    argument: int
    values: tuple[int, ...]
    mask: int = _EVERY_BIT
    upper: bool = False


def _null(argument: int) -> tuple[_Check, _Check]:
    """A pointer that is null."""
    return _Check(argument, (0,)), _Check(argument, (0,), upper=True)


_Rule = tuple[str, tuple[_Check, ...], int]
"""Of a call with such arguments: what becomes of it. The first that fits counts."""


def program(machine: str, pid: int, *, files: bool, processes: bool) -> bytes:
    """The filter for a process that is ``pid`` to itself.

    Args:
        files: it has a folder of its own.
        processes: it may start others, and is in a namespace where there are no others.
    """
    numbers = _numbers(machine)
    code = [_before_rules(machine, files, processes)]
    for name, checks, action in _rules(pid, files, processes):
        if name in numbers:
            code += _ruled(numbers[name], checks, action)
    code += [_word(_AT_LEAST, _NEWER, 0, 1), _word(_RETURN, _ENOSYS), _word(_RETURN, _EPERM)]
    return b"".join(code)


@functools.cache
def _before_rules(machine: str, files: bool, processes: bool) -> bytes:
    """What is the same for every process: the calls that are allowed whatever their arguments."""
    numbers = _numbers(machine)
    names = f"{_ALLOWED}{_ON_FILES if files else ''}{_ON_PROCESSES if processes else ''}"
    code = [_word(_LOAD, _ARCH), _word(_EQUAL, _ARCHITECTURE[machine], 1, 0), _word(_RETURN, _KILL)]
    code.append(_word(_LOAD, _NUMBER))
    if machine == "x86_64":
        code += [_word(_AT_LEAST, _X32, 0, 1), _word(_RETURN, _KILL)]
    for name in names.split():
        if name in numbers:
            code += [_word(_EQUAL, numbers[name], 0, 1), _word(_RETURN, _ALLOW)]
    return b"".join(code)


@functools.cache
def _numbers(machine: str) -> dict[str, int]:
    pairs = (pair.split("=") for pair in _NUMBERS_OF[machine].split())
    return {name: int(number) for name, number in pairs}


def _rules(pid: int, files: bool, processes: bool) -> list[_Rule]:
    """In a namespace with processes of its own, the ``kill`` of all of them is allowed before."""
    thread = (_Check(0, (_NEW_THREAD,), _NEW_THREAD | _NEW_NAMESPACES),)
    anything_new = (_Check(0, (0,), _NEW_NAMESPACES),)
    descriptors = (*_DESCRIPTOR_FLAGS, *_LOCKS) if files else _DESCRIPTOR_FLAGS
    itself, none = (_Check(0, (pid, 0)),), (_Check(0, (0, pid)),)
    return [
        ("clone", anything_new if processes else thread, _ALLOW),
        ("clone3", (), _ENOSYS),
        ("kill", (_Check(1, (_SIGKILL,)),), _EPERM),
        ("kill", itself, _ALLOW),
        ("tgkill", (_Check(2, (_SIGKILL,)),), _EPERM),
        ("tgkill", (_Check(0, (pid,)),), _ALLOW),
        ("fcntl", (_Check(1, descriptors),), _ALLOW),
        ("ioctl", (_Check(1, _TERMINAL_QUESTIONS),), _ALLOW),
        ("prctl", (_Check(0, _PROCESS_NAMES),), _ALLOW),
        ("prlimit64", (*none, *_null(2)), _ALLOW),
        ("prlimit64", (*none, _Check(1, (_RLIMIT_STACK,))), _PRETEND),
        ("socketpair", (_Check(0, (_AF_UNIX,)),), _ALLOW),
        ("sendto", _null(4), _ALLOW),
    ]


def _ruled(number: int, checks: tuple[_Check, ...], action: int) -> list[bytes]:
    """The instructions of one rule; what does not fit goes on behind them, number loaded."""
    length = sum(1 + (each.mask != _EVERY_BIT) + len(each.values) for each in checks)
    length += 2 if checks else 1
    code = [_word(_EQUAL, number, 0, length)]
    left = length
    for check in checks:
        code.append(_word(_LOAD, _ARGUMENTS + 8 * check.argument + 4 * check.upper))
        left -= 1
        if check.mask != _EVERY_BIT:
            code.append(_word(_AND, check.mask))
            left -= 1
        count = len(check.values)
        for index, value in enumerate(check.values):
            left -= 1
            last = index == count - 1
            code.append(_word(_EQUAL, value, count - 1 - index, left - 1 if last else 0))
    code.append(_word(_RETURN, action))
    if checks:
        code.append(_word(_LOAD, _NUMBER))
    return code


def _word(operation: int, value: int, true: int = 0, false: int = 0) -> bytes:
    """One instruction; where it compares, how many to leave out when it holds, and when not."""
    return struct.pack("HBBI", operation, true, false, value)
