"""A machine whose name server changes its mind: runs ``perfbench`` against a name that leads to a
public address when it is first looked up, and to this machine afterwards.

    python -m rebinding WORDS...

Prints as JSON, in a line after what ``perfbench`` prints, how it ended and whether this machine was
connected to. Moves into a network and mounts of its own, and changes no others.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from scripted_server import DONE, END, Reply, ScriptedServer, chunk, head, says, stops

from perfbench import cli

NAME = "llm.example.com"
PUBLIC = "8.8.8.8"
_NEW_MOUNTS, _NEW_USERS, _NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000
"""See unshare(2)."""
ANSWER = Reply([head(), *map(chunk, (says("a"), says("b"), stops(), DONE)), END])
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_A = 1


class NameServer(threading.Thread):
    """Says of every name that it is at the first address, and from the second time on at the
    other."""

    def __init__(self, first: str, later: str) -> None:
        super().__init__(daemon=True)
        self.lookups = 0
        self._answers = (first, later)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))

    def run(self) -> None:
        while True:
            asked, client = self._socket.recvfrom(512)
            name_end = asked.index(0, 12) + 1
            question = asked[12 : name_end + 4]
            kind = struct.unpack(">H", asked[name_end : name_end + 2])[0]
            answer = b""
            if kind == _A:
                address = socket.inet_aton(self._answers[min(self.lookups, 1)])
                answer = b"\xc0\x0c" + struct.pack(">HHIH", _A, 1, 0, 4) + address
                self.lookups += 1
            head = asked[:2] + struct.pack(">HHHHH", 0x8180, 1, bool(answer), 0, 0)
            self._socket.sendto(head + question + answer, client)


def move() -> None:
    """As ``unshare --net --mount --map-root-user``."""
    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None).unshare(_NEW_MOUNTS | _NEW_USERS | _NEW_NETWORK):
        raise OSError("there are no namespaces here")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def main(words: list[str]) -> None:
    move()
    loopback_up()
    os.environ.pop("WARM_HELPERS", None)  # What they forked would have the network that they have.
    with tempfile.TemporaryDirectory() as folder:
        resolv = Path(folder, "resolv.conf")
        resolv.write_text("nameserver 127.0.0.1\n", encoding="utf-8")
        subprocess.run(["mount", "--bind", str(resolv), "/etc/resolv.conf"], check=True)
        names = NameServer(PUBLIC, "127.0.0.1")
        names.start()
        with ScriptedServer([ANSWER]).running() as server:
            url = f"http://{NAME}:{server.port}"
            status = cli.main(["--url", url, "--outputs-dir", folder, *words])
    told = {"status": status, "lookups": names.lookups, "connections": server.connections}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
