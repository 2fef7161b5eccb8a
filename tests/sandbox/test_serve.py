"""``perfbench sandbox serve``: the same verdicts as here, and who may ask how much."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import warm

from perfbench.errors import ConfigError
from perfbench.sandbox import serve
from perfbench.sandbox.enclave import Enclave
from perfbench.sandbox.jobs import Calls, Limits, Ran, StdIn
from perfbench.sandbox.local import LocalBox, open_box
from perfbench.sandbox.serve import Sandboxes, Server
from perfbench.sandbox.verdicts import judge

TOKEN = "a-token-of-this-test"


@pytest.fixture(scope="module")
def box() -> Iterator[LocalBox]:
    try:
        found = open_box("auto")
    except ConfigError as error:
        pytest.skip(f"no sandbox here: {error}")
    with found:
        yield found


@contextlib.contextmanager
def listening(box: Any, token: str | None = None, at_a_time: int = 2) -> Iterator[Server]:
    server = Server("127.0.0.1", 0, token, Sandboxes(box, at_a_time))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def ask(
    server: Server, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    host, port = str(server.server_address[0]), int(server.server_address[1])
    connection = http.client.HTTPConnection(host, port, timeout=20)
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, data, {"Content-Type": "application/json", **more})
    reply = connection.getresponse()
    found = reply.status, json.loads(reply.read())
    connection.close()
    return found


def test_verdicts_are_those_of_its_box(box: LocalBox) -> None:
    with listening(box, TOKEN) as server:
        there = Enclave(server.address, TOKEN, "any")
        version = ".".join(map(str, sys.version_info[:3]))
        assert there.isolation == f"remote, {sys.implementation.name} {version}"
        limits = Limits(wall_s=1, cpu_s=1, memory_bytes=256 << 20)
        tests = "assert f(1) == 2\nassert f(5) == 6"
        for code in (
            "def f(n):\n    return n + 1",
            "def f(n):\n    return 2",
            "def f(n):\n    return 1 / 0",
            "def f(n):\n    while True: pass",
            "def f(n):\n    return bytearray(1 << 32)",
            "def f(n):\n    while True: print('x' * 9999)",
            "def f(n) return",
            "import os\nos._exit(0)",
            "import os\nos.write(2, b'Execution failed: so')\nos._exit(1)",
            "import os\nfor _ in range(12): os.write(1, bytes(1 << 20))",
        ):
            job = Calls(code, "f", tests)
            assert judge(job, there, limits).status == judge(job, box, limits).status, code
        echo = StdIn("print(input())", (("a\n", "a"), ("é", "é")))
        assert judge(echo, there, limits).status == "passed"


def test_the_whole_interface(box: LocalBox) -> None:
    with listening(box) as server:
        status, made = ask(server, "POST", "/sandbox/create?sandbox_type=docker", {"timeout": 5})
        name = made["sandbox_id"]
        assert status == 200
        _, info = ask(server, "GET", f"/sandbox/{name}")
        assert (info["id"], info["status"], info["available_tools"]) == (
            *(name, "running"),
            ["python_executor"],
        )
        assert [each["id"] for each in ask(server, "GET", "/sandboxes")[1]] == [name]
        assert "python_executor" in ask(server, "GET", f"/sandbox/{name}/tools")[1]
        order = {
            "sandbox_id": name,
            "tool_name": "python_executor",
            "parameters": {"code": "import sys; print('out'); sys.exit('err')", "timeout": 5},
        }
        status, ran = ask(server, "POST", "/sandbox/tool/execute", order)
        assert (status, ran["status"], ran["output"], ran["error"]) == (
            *(200, "error"),
            *("out\n", "err\n"),
        )
        assert ran["metadata"]["exit_code"] == 1
        health = ask(server, "GET", "/health")[1]
        assert (health["healthy"], health["active_sandboxes"]) == (True, 1)
        assert ask(server, "GET", "/stats")[1]["total_sandboxes"] == 1
        assert ask(server, "DELETE", f"/sandbox/{name}")[0] == 200
        assert ask(server, "POST", f"/sandbox/{name}/stop")[0] == 404
        assert ask(server, "POST", "/sandbox/tool/execute", order)[0] == 404
        for method, path, body, wanted in (
            ("GET", "/", None, 404),
            ("GET", "/sandbox/a/b/c", None, 404),
            ("POST", "/pool/initialize", {}, 404),
            ("POST", "/sandbox/create", b"{", 400),
            ("POST", "/sandbox/create", b"[" * 100_000, 400),
            ("POST", "/sandbox/create", {"memory_limit": "lots"}, 422),
            ("POST", "/sandbox/create", {"memory_limit": "1"}, 422),
            ("POST", "/sandbox/create", {"timeout": -1}, 422),
            ("POST", "/sandbox/tool/execute", [], 422),
            ("POST", "/sandbox/tool/execute", {**order, "tool_name": "shell_executor"}, 400),
            ("POST", "/sandbox/tool/execute", {**order, "parameters": {"code": 1}}, 422),
        ):
            status, reply = ask(server, method, path, body)
            assert status == wanted, path
            assert reply["detail"]


def test_who_may_ask(box: LocalBox) -> None:
    with listening(box, TOKEN) as server:
        assert ask(server, "GET", "/health")[0] == 401
        assert ask(server, "GET", "/health", X_API_Key="wrong")[0] == 401
        assert ask(server, "GET", f"/health?api_key={TOKEN}")[0] == 401
        assert ask(server, "POST", "/sandbox/create", {}, X_API_Key=f"{TOKEN}x")[0] == 401
        assert ask(server, "GET", "/health", X_API_Key=TOKEN)[0] == 200
        with pytest.raises(ConfigError, match="401"):
            Enclave(server.address, None, "any")
    with listening(box) as server:
        assert ask(server, "GET", "/health", Host="localhost:1")[0] == 200
        assert ask(server, "GET", "/health", Host="evil.example")[0] == 421
        assert ask(server, "GET", "/health", Host="[::")[0] == 421
        plain = {"Content_Type": "text/plain"}
        assert ask(server, "POST", "/sandbox/create", {}, **plain)[0] == 415


def test_how_much_may_be_asked(box: LocalBox, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(box) as server:
        huge = {"Content_Length": str(serve.LARGEST_BODY_BYTES + 1)}
        assert ask(server, "POST", "/sandbox/create", **huge)[0] == 413
        assert ask(server, "POST", "/sandbox/create", Content_Length="-1")[0] == 411
        monkeypatch.setattr(serve, "MAX_SANDBOXES", 3)
        made = [ask(server, "POST", "/sandbox/create", {})[1]["sandbox_id"] for _ in range(5)]
        assert [each["id"] for each in ask(server, "GET", "/sandboxes")[1]] == made[2:]
        config = {"timeout": 1e9, "memory_limit": "512m"}
        name = ask(server, "POST", "/sandbox/create", config)[1]["sandbox_id"]
        limits = server.sandboxes._known[name][0]
        assert (limits.wall_s, limits.memory_bytes) == (serve.LONGEST_S, 512 << 20)


def test_a_length_that_is_no_number_of_bytes(box: LocalBox) -> None:
    with listening(box) as server:
        for length in ("9" * 5000, "x", "٣", "1 2"):
            connection = socket.create_connection(server.server_address[:2], 20)
            with connection, connection.makefile("rb") as reply:
                head = (
                    f"POST /sandbox/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}"
                )
                connection.sendall(head.encode() + b"\r\n\r\n")
                assert reply.readline().split()[1] == b"411"


def test_a_request_that_trickles_in_is_given_up(
    box: LocalBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_REQUEST_S", 0.5)
    with listening(box) as server:
        assert ask(server, "GET", "/health")[0] == 200
        connection = socket.create_connection(server.server_address[:2], 20)
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        with connection, contextlib.suppress(ConnectionError):
            end = time.monotonic() + 20
            connection.settimeout(0.05)
            while time.monotonic() < end:
                connection.sendall(b"X-A: b\r\n")
                with contextlib.suppress(TimeoutError):
                    if not connection.recv(1):
                        break
        assert time.monotonic() < end


class Held:
    """A box whose programs end when they are told to."""

    name, isolation = "held", "held, none 0"

    def __init__(self) -> None:
        self.begun, self.go = threading.Semaphore(0), threading.Event()

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        self.begun.release()
        assert self.go.wait(20)
        return Ran(None, b"", b"", "sandbox_failed", "torn down")

    def close(self) -> None:
        """Nothing is held."""


def test_too_many_programs_are_refused_and_a_broken_box_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve, "MAX_WAITING", 0)
    held = Held()
    with listening(held, at_a_time=1) as server:
        name = ask(server, "POST", "/sandbox/create", {})[1]["sandbox_id"]
        order = {"sandbox_id": name, "tool_name": "python_executor", "parameters": {"code": "x"}}
        replies: list[tuple[int, Any]] = []
        first = threading.Thread(
            target=lambda: replies.append(ask(server, "POST", "/sandbox/tool/execute", order))
        )
        first.start()
        assert held.begun.acquire(timeout=20)
        assert ask(server, "POST", "/sandbox/tool/execute", order)[0] == 503
        assert ask(server, "GET", "/stats")[1]["running"] == 1
        held.go.set()
        first.join(20)
        assert replies == [(500, {"detail": "the sandbox failed: torn down"})]
        assert ask(server, "GET", "/stats")[1]["running"] == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_command(box: LocalBox, host: str) -> None:
    child = warm.Popen(
        [sys.executable, "-m", "perfbench", "sandbox", "serve", "--host", host, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    with child:
        assert child.stdout is not None
        said = child.stdout.readline().split()
        assert said[:1] == ["sandbox"]
        port = said[-1].rpartition(":")[2]
        token = child.stdout.readline().split()[1] if host == "0.0.0.0" else None
        there = Enclave(f"http://127.0.0.1:{port}", token, "any")
        assert there.once("print(6 * 7)", b"", Limits()).stdout == b"42\n"
        if token is not None:
            with pytest.raises(ConfigError, match="401"):
                Enclave(f"http://127.0.0.1:{port}", None, "any")
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 0
