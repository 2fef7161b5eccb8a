"""What a program could try to get out of its box, and what tells whether it did.

A probe is Python that raises where it is refused; one that ends has escaped. Many run in one
process, one after the other. ``{plant}`` is a folder of the test with a file ``secret``,
``{victim}`` the number of a process of the test that sleeps.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

PRELUDE = r"""
import ctypes, json, os, signal, socket, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
RAW = {
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "clone3": (435, 435),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "prlimit64": (302, 261), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "umount2": (166, 39), "chroot": (161, 51), "pivot_root": (155, 41), "fsopen": (430, 430),
    "open_tree": (428, 428), "move_mount": (429, 429), "mount_setattr": (442, 442),
    "bpf": (321, 280), "io_uring_setup": (425, 425), "userfaultfd": (323, 282),
    "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
    "kexec_load": (246, 104), "init_module": (175, 105), "finit_module": (313, 273),
    "personality": (135, 92), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "timer_create": (222, 107), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "seccomp": (317, 277), "capset": (126, 91), "sethostname": (170, 161),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "quotactl": (179, 60), "acct": (163, 89), "swapon": (167, 224), "reboot": (169, 142),
    "syslog": (103, 116), "fanotify_init": (300, 262), "rt_sigqueueinfo": (129, 138),
    "kcmp": (312, 272), "lookup_dcookie": (212, 18), "openat2": (437, 437), "mlock": (149, 228),
    "vmsplice": (278, 75), "execveat": (322, 281), "process_madvise": (440, 440),
    "landlock_create_ruleset": (444, 444), "ioprio_set": (251, 30), "signalfd4": (289, 74),
    "setpriority": (141, 140), "modify_ldt": (154, None), "iopl": (172, None),
    "set_mempolicy": (237, 237), "migrate_pages": (256, 238), "move_pages": (279, 239),
}
def raw(name, *arguments):
    number = RAW[name][os.uname().machine == "aarch64"]
    if number is None:
        raise OSError("there is no such call")
    arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def escape(name, code):
    try:
        exec(code, dict(globals()))
        print("ESCAPED", name, flush=True)
    except BaseException as error:
        print("held", name, type(error).__name__, str(error)[:80], flush=True)
"""


@dataclass(frozen=True)
class Probe:
    """Something to try."""

    name: str
    code: str
    harmless: bool = True
    """It may be tried without any protection, and works there."""


def _harmless(**probes: str) -> list[Probe]:
    return [Probe(name, code) for name, code in probes.items()]


def _harmful(**probes: str) -> list[Probe]:
    return [Probe(name, code, harmless=False) for name, code in probes.items()]


NETWORK = [
    *_harmless(
        tcp="socket.socket()",
        udp="socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
        tcp6="socket.socket(socket.AF_INET6)",
        listening="s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()",
        unix_path="socket.socket(socket.AF_UNIX).bind('{plant}/socket')",
        unix_abstract="socket.socket(socket.AF_UNIX).bind(chr(0) + 'perfbench-{victim}')",
        abstract_of_another="a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "a.sendto(b'x', chr(0) + 'perfbench-listener-{victim}')",
        netlink="socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
        descriptor_over_a_pair="a, b = socket.socketpair(); socket.send_fds(a, [b'x'], [0])",
    ),
    *_harmful(
        raw_socket="socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        packet_socket="socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)",
        vsock="socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).connect((2, 1))",
        datagram_pair_of_tcp="socket.socketpair(socket.AF_INET)",
    ),
]
FILES = [
    *_harmless(
        secret="open('{plant}/secret').read()",
        secret_relative="open('..' * 1 + '/..' * 20 + '{plant}/secret').read()",
        folder="os.listdir('{plant}')",
        accounts="open('/etc/passwd').read()",
        root_folder="assert len(os.listdir('/')) > 6",
        etc="assert len(os.listdir('/etc')) > 5",
        own_environment="open('/proc/self/environ').read()",
        parents_environment="open('/proc/%d/environ' % os.getppid()).read()",
        first_process="open('/proc/1/cmdline').read()",
        own_memory="open('/proc/self/mem', 'r+b')",
        processes="[p for p in os.listdir('/proc') if p.isdigit()][1]",
        write_tmp="open('/tmp/perfbench-escape-{victim}', 'w').close()\n"
        "os.unlink('/tmp/perfbench-escape-{victim}')",
        write_here="os.chdir('{plant}'); open('here', 'w')",
        write_plant="open('{plant}/new', 'w').write('x')",
        append_secret="open('{plant}/secret', 'a').write('x')",
        shm="open('/dev/shm/perfbench-{victim}', 'w').close()\n"
        "os.unlink('/dev/shm/perfbench-{victim}')",
        library="import json as j; p = os.path.dirname(j.__file__) + '/perfbench{victim}'\n"
        "open(p, 'w').close(); os.unlink(p)",
        mkdir="os.mkdir('{plant}/folder')",
        chmod="os.chmod('{plant}/secret', 0o644)",
        utime="os.utime('{plant}/secret')",
        truncate="os.truncate('{plant}/secret', 1)",
        rename="os.rename('{plant}/second', '{plant}/third')",
        symlink="os.symlink('/etc/passwd', '{plant}/symlink')",
        hard_link="os.link('{plant}/secret', '{plant}/hard')",
        fifo="os.mkfifo('{plant}/fifo')",
        unlink="os.unlink('{plant}/fourth')",
        through_cwd="os.chdir('{plant}'); open('secret').read()",
        sysfs="os.listdir('/sys/kernel')",
        temporary_file="import tempfile; tempfile.mkstemp(dir='/tmp')",
        unnamed_file="os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
    ),
    *_harmful(
        xattr="os.setxattr('{plant}/secret', 'user.x', b'x')",
        chown="os.chown('{plant}/secret', 1, 1)",
        device="os.mknod('{plant}/device', 0o20666, os.makedev(1, 3))",
        disk="open('/dev/vda', 'rb')",
        kernel_log="open('/dev/kmsg')",
        terminal="open('/dev/tty', 'r+b', buffering=0)",
        terminals="os.openpty()",
        sysctl="open('/proc/sys/kernel/hostname', 'w')",
        sysrq="open('/proc/sysrq-trigger', 'w')",
        core_pattern="open('/proc/sys/kernel/core_pattern', 'w')",
        cgroup="os.mkdir('/sys/fs/cgroup/memory/perfbench')",
        by_handle="raw('open_by_handle_at', -100, ctypes.create_string_buffer(64), 0)",
        inherited="for n in (*range(3, 1100), 4095, 9999):\n"
        "    try: os.fstat(n)\n    except OSError: continue\n    break\n"
        "else: raise OSError('none')",
        dropped_program="open('/tmp/elf', 'wb').write(bytes(100))",
    ),
]
PROCESSES = [
    *_harmless(
        fork="pid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0)",
        spawn="os.waitpid(os.posix_spawn('/bin/true', ['true'], {{}}), 0)",
        shell="assert os.system('true') == 0",
        subprocess="import subprocess; subprocess.run(['/bin/true'], check=True)",
        session="pid = os.fork()\nif pid == 0: os.setsid(), os._exit(0)\nos.waitpid(pid, 0)",
        signal_another="os.kill({victim}, 0)",
        signal_everybody="os.kill(-1, 0)",
        stop_another="os.kill({victim}, signal.SIGCONT)",
        thread_of_another="assert libc.syscall(234 if os.uname().machine == 'x86_64' else 131,"
        " {victim}, {victim}, 0) == 0",
        handle_of_another="raw('pidfd_open', {victim}, 0)",
        limits_of_another="raw('prlimit64', {victim}, 7, 0, ctypes.create_string_buffer(16))",
        memory_of_another="b = ctypes.create_string_buffer(8)\n"
        "i = struct.pack('QQ', ctypes.addressof(b), 8)\n"
        "try: raw('process_vm_readv', {victim}, i, 1, struct.pack('QQ', 1, 8), 1, 0)\n"
        "except OSError as e:\n    if e.errno != 14: raise",
        compare_with_another="raw('kcmp', os.getpid(), {victim}, 0, 0, 0)",
        priority_of_another="os.setpriority(os.PRIO_PROCESS, {victim}, 19)",
    ),
    *_harmful(
        trace_another="raw('ptrace', 16, {victim}, 0, 0)",
        vfork="raw('vfork')",
        raw_clone="raw('clone', 17, 0, 0, 0, 0)",
        shared_clone="raw('clone', 0x100 | 17, 0, 0, 0, 0)",
        clone3="raw('clone3', struct.pack('11Q', 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0), 88)",
        execve="os.execv('/bin/true', ['true'])",
        queue_signal="raw('rt_sigqueueinfo', {victim}, 18, bytes(128))",
        trace_me="raw('ptrace', 0, 0, 0, 0)",
        kill_itself="os.kill(os.getpid(), 9)",
        kill_own_thread="assert libc.syscall(234 if os.uname().machine == 'x86_64' else 131,"
        " os.getpid(), threading.get_native_id(), 9) == 0",
        timer_that_kills="raw('timer_create', 1, struct.pack('QiiQQQQQQ', 0, 9, 0, 0,0,0,0,0,0),"
        " ctypes.create_string_buffer(8))",
        lock_of_a_library="import fcntl\n"
        "lock = struct.pack('hhqqi4x', 0, 0, 0, 0, 0)\n"
        "fcntl.fcntl(os.open(os.__file__, 0), fcntl.F_SETLK, lock)",
        lock_of_another="import fcntl\n"
        "lock = struct.pack('hhqqi4x', 1, 0, 0, 0, 0)\n"
        "fcntl.fcntl(os.open(os.__file__, 0), fcntl.F_GETLK, lock)",
        lock_of_a_description="import fcntl\n"
        "lock = struct.pack('hhqqi4x', 0, 0, 0, 0, 0)\n"
        "fcntl.fcntl(os.open(os.__file__, 0), 37, lock)",
        whole_lock="import fcntl; fcntl.flock(os.open(os.__file__, 0), 1)",
        owner_of_signals="import fcntl; fcntl.fcntl(1, 8, os.getpid())",
        signal_of_a_pipe="import fcntl; fcntl.fcntl(1, 10, 9)",
        death_signal="assert libc.prctl(1, 0, 0, 0, 0) == 0",
        strict_mode="assert libc.prctl(22, 1, 0, 0, 0) == 0",
        own_filter="raw('seccomp', 1, 0, 0)",
        dumpable="assert libc.prctl(4, 1, 0, 0, 0) == 0",
        subreaper="assert libc.prctl(36, 1, 0, 0, 0) == 0",
        affinity="os.sched_setaffinity(0, [0])",
        real_time="os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
        more_priority="os.setpriority(os.PRIO_PROCESS, 0, -5)",
    ),
]
PRIVILEGES = _harmful(
    become_root="os.setuid(0)",
    become_somebody="os.setresuid(1, 1, 1)",
    groups="os.setgroups([0])",
    capabilities="raw('capset', struct.pack('Ii', 0x20080522, 0), struct.pack('6I', *[2**32-1]*6))",
    user_namespace="raw('unshare', 0x10000000)",
    mount_namespace="raw('unshare', 0x20000)",
    join_namespace="raw('setns', 0, 0)",
    mount="raw('mount', b'none', b'/tmp', b'tmpfs', 0, 0)",
    unmount="raw('umount2', b'/', 2)",
    remount="raw('mount', b'none', b'/', b'', 0x1020, 0)",
    chroot="os.chroot('/')",
    pivot="raw('pivot_root', b'/', b'/')",
    new_mount="raw('fsopen', b'tmpfs', 0)",
    clone_of_a_mount="raw('open_tree', -100, b'/', 1)",
    attributes_of_a_mount="raw('mount_setattr', -100, b'/', 0, struct.pack('4Q', 0, 1, 0, 0), 32)",
    more_memory="import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    less_processor="import resource; resource.setrlimit(resource.RLIMIT_CPU, (0, 0))",
    more_processes="import resource; resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))",
    host_name="raw('sethostname', b'x', 1)",
    clock="raw('clock_settime', 0, struct.pack('QQ', 1, 1))",
    old_clock="raw('settimeofday', struct.pack('QQ', 1, 1), 0)",
    bpf="raw('bpf', 0, bytes(64), 64)",
    io_uring="raw('io_uring_setup', 1, ctypes.create_string_buffer(120))",
    userfaultfd="raw('userfaultfd', 0)",
    performance_counters="a = struct.pack('II14Q', 1, 112, *[0]*14)\n"
    "raw('perf_event_open', a, 0, -1, -1, 0)",
    keys="raw('add_key', b'user', b'x', b'x', 1, -3)",
    key_rings="raw('keyctl', 0, -3, 0)",
    module="raw('init_module', b'', 0, b'')",
    kexec="raw('kexec_load', 0, 0, 0, 0)",
    personality="raw('personality', 0xffffffff)",
    memory_file="raw('memfd_create', b'x', 0)",
    secret_memory="raw('memfd_secret', 0)",
    shared_memory="raw('shmget', 0, 4096, 0o1600)",
    message_queue="raw('msgget', 0, 0o1600)",
    semaphores="raw('semget', 0, 1, 0o1600)",
    named_queue="raw('mq_open', b'x', 0o102, 0o600, 0)",
    locked_memory="raw('mlock', ctypes.create_string_buffer(1 << 20), 1 << 20)",
    accounting="raw('acct', 0)",
    log="raw('syslog', 3, ctypes.create_string_buffer(10), 10)",
    notification="raw('fanotify_init', 0, 0)",
    ports="raw('iopl', 3)",
    descriptors_table="raw('modify_ldt', 0, ctypes.create_string_buffer(8), 8)",
    newest_open="raw('openat2', -100, b'/etc/passwd', bytes(24), 24)",
    typing_for_others="import fcntl; fcntl.ioctl(0, 0x5412, b'x')",
)
PROBES = [*NETWORK, *FILES, *PROCESSES, *PRIVILEGES]


def program(probes: list[Probe], plant: str, victim: int) -> str:
    """A program that tries them all and prints a line for each."""
    lines = [PRELUDE]
    for probe in probes:
        code = probe.code.format(plant=plant, victim=victim)
        lines.append(f"escape({json.dumps(probe.name)}, {json.dumps(code)})")
    return "\n".join(lines)
