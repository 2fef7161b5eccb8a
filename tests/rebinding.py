"""A machine whose name server changes its mind: runs ``perfbench`` against a name that leads to a
public address when it is first looked up, and to this machine afterwards.

    unshare --net --mount --map-root-user python tests/rebinding.py WORDS...

Prints as JSON how it ended and whether this machine was connected to. Changes the network and
``/etc/resolv.conf`` of the namespaces it is run in, and of no others.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from scripted_server import Reply, ScriptedServer
from transcripts import SAME_STREAM

NAME = "llm.example.com"
PUBLIC = "8.8.8.8"
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


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def main(words: list[str]) -> None:
    loopback_up()
    with tempfile.TemporaryDirectory() as folder:
        resolv = Path(folder, "resolv.conf")
        resolv.write_text("nameserver 127.0.0.1\n", encoding="utf-8")
        subprocess.run(["mount", "--bind", str(resolv), "/etc/resolv.conf"], check=True)
        names = NameServer(PUBLIC, "127.0.0.1")
        names.start()
        with ScriptedServer([Reply(SAME_STREAM)]).running() as server:
            url = f"http://{NAME}:{server.port}"
            command = [sys.executable, "-m", "perfbench", "--url", url, *words]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    told = {
        "status": done.returncode,
        "errors": done.stderr,
        "lookups": names.lookups,
        "connections": server.connections,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
