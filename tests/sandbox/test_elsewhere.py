"""Boxes elsewhere: what is sent, what is made of the replies, and that failures are nobody's fault.

Services are stand-ins on loopback sockets; the container command is a script that runs its program
here. No real daemon is asked.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from perfbench.config.sandbox import SandboxSettings
from perfbench.errors import ConfigError
from perfbench.sandbox import client
from perfbench.sandbox.bootstrap import one_line
from perfbench.sandbox.containers import Containers
from perfbench.sandbox.enclave import Enclave
from perfbench.sandbox.fusion import Fusion
from perfbench.sandbox.jobs import Box, CallCases, Calls, Job, Limits, Script, Status, StdIn
from perfbench.sandbox.opening import open_sandbox
from perfbench.sandbox.verdicts import judge

ADD = "def add(a, b):\n    return a + b\n"
JOBS: list[tuple[Job, Status]] = [
    (Calls(ADD, "add", "assert add(1, 2) == 3\nassert add([1], []) == [1]", "", ADD), "passed"),
    (Calls("def add(a, b):\n    return 4\n", "add", "assert add(1, 2) == 3"), "failed"),
    (Calls("def add(a, b):\n    return 1 / 0\n", "add", "assert add(1, 2) == 3"), "error"),
    (Calls("def add(a, b) return", "add", "assert add(1, 2) == 3"), "compile_error"),
    (Calls("import os\nos._exit(0)", "add", "assert add(1, 2) == 3", "", ADD), "error"),
    (CallCases(ADD, "add", (((1, 2), 3), (("x", "é"), "xé"))), "passed"),
    (CallCases(ADD, "add", (((1, 2), 4),)), "failed"),
    (StdIn("print(int(input()) * 2)", (("21\n", "42\n"), ("0", "0"))), "passed"),
    (StdIn("print(input())", (("é\n" * 3, "é\n"), ("a" * 100_000, "b"))), "failed"),
    (Script("x = 1", "assert x == 1"), "passed"),
    (Script("x = 2", "assert x == 1"), "failed"),
]


class Service(ThreadingHTTPServer):
    """Replies to each request by a function of its path and body."""

    daemon_threads = True

    def __init__(self, reply: Callable[[str, Any], tuple[int, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply = reply
        self.heard: list[tuple[str, str, Any, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.heard.append((self.command, self.path, body, dict(self.headers)))
        status, reply = self.server.reply(self.path, body)
        data = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_DELETE = do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@contextlib.contextmanager
def served(reply: Callable[[str, Any], tuple[int, Any]]) -> Iterator[Service]:
    service = Service(reply)
    thread = threading.Thread(target=service.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join(5)


def python(code: str, seconds: float) -> subprocess.CompletedProcess[bytes]:
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(code)
        file.flush()
        return subprocess.run(
            [sys.executable, "-IS", file.name],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
        )


def enclave(path: str, body: Any) -> tuple[int, Any]:
    """What ms-enclave replies."""
    if path.startswith("/sandbox/create"):
        return 200, {"sandbox_id": "s-1"}
    if path != "/sandbox/tool/execute":
        return 200, {"message": "Sandbox deleted successfully"}
    given = body["parameters"]
    found = {"tool_name": body["tool_name"], "execution_time": 0.1, "metadata": {}}
    try:
        ran = python(given["code"], given["timeout"])
    except subprocess.TimeoutExpired:
        return 200, {**found, "status": "timeout", "output": "", "error": "timed out"}
    status = "error" if ran.returncode else "success"
    killed = "Killed\n" if ran.returncode == -9 else ""
    output, error = ran.stdout.decode(), ran.stderr.decode() + killed or None
    return 200, {**found, "status": status, "output": output, "error": error}


def fusion(path: str, body: Any) -> tuple[int, Any]:
    """What SandboxFusion replies."""
    assert path == "/run_code"
    result: dict[str, Any] = {"status": "TimeLimitExceeded", "stdout": "", "stderr": ""}
    with contextlib.suppress(subprocess.TimeoutExpired):
        ran = python(body["code"], body["run_timeout"])
        kept = [stream[: 1 << 20].decode() for stream in (ran.stdout, ran.stderr)]
        output = dict(zip(("stdout", "stderr"), kept, strict=True))
        result = {"status": "Finished", "return_code": ran.returncode, **output}
    status = "Success" if result.get("return_code") == 0 else "Failed"
    return 200, {"status": status, "message": "", "run_result": result, "files": {}}


@pytest.mark.parametrize(("job", "status"), JOBS)
def test_verdicts_are_those_of_the_local_box(job: Job, status: Status, docker: Path) -> None:
    with served(enclave) as one, served(fusion) as other:
        for box in (
            Enclave(one.url, None, "python:3.11-slim"),
            Fusion(f"{other.url}/", None),
            Containers("docker", "python:3.11-slim"),
        ):
            assert judge(job, box).status == status, box.name


def test_what_is_sent_to_ms_enclave() -> None:
    with served(enclave) as service:
        box = Enclave(service.url, "key-1", "python:3.12")
        service.heard.clear()
        ran = box.once("print('hi')", b"", Limits(wall_s=3.2, memory_bytes=512 << 20))
        assert (ran.exit, ran.stdout, ran.ended) == (0, b"hi\n", "exited")
        create, execute, remove = service.heard
    assert create[:2] == ("POST", "/sandbox/create?sandbox_type=docker")
    assert create[2] == {
        "image": "python:3.12",
        "command": ["sh", "-c", "trap 'exit 0' TERM; sleep infinity & wait"],
        "timeout": 9,
        "tools_config": {"python_executor": {}},
        "network_enabled": False,
        "memory_limit": "512m",
    }
    assert execute[2]["sandbox_id"] == "s-1"
    assert execute[2]["parameters"]["timeout"] == 4
    assert remove[:2] == ("DELETE", "/sandbox/s-1")
    assert {headers["X-API-Key"] for *_, headers in service.heard} == {"key-1"}


def test_what_is_sent_to_sandbox_fusion() -> None:
    with served(fusion) as service:
        box = Fusion(service.url, "key-2")
        ran = box.once("import sys; sys.exit(3)", b"", Limits(wall_s=2))
        assert (ran.exit, ran.ended) == (3, "exited")
        *_, body, headers = service.heard[-1]
    assert (body["language"], body["run_timeout"], body["memory_limit_MB"]) == ("python", 2, 1024)
    assert headers["Authorization"] == "Bearer key-2"
    assert box.isolation.startswith("sandboxfusion, cpython 3.")


@pytest.mark.parametrize("make", [enclave, fusion])
def test_endings_of_services(make: Callable[[str, Any], tuple[int, Any]]) -> None:
    with served(make) as service:
        box: Box = Enclave(service.url, None, "i") if make is enclave else Fusion(service.url, None)
        assert box.once("import time; time.sleep(9)", b"", Limits(wall_s=1)).ended == "timeout"
        assert box.once("print('x' * 300)", b"", Limits(output_bytes=100)).ended == "output"
        assert box.once("1 / 0", b"", Limits()).exit == 1
        said = "import os; os.write(2, b'Killed'); os._exit(1)"
        assert box.once(said, b"", Limits()).exit in (1, None)
        killed = box.once("import os; os.kill(os.getpid(), 9)", b"", Limits())
        assert killed.ended == ("memory" if make is enclave else "exited")
        assert box.once("print(input())", "é".encode(), Limits()).stdout == "é\n".encode()


REPLIES: list[tuple[int, Any, str]] = [
    (500, {"detail": "docker is gone"}, "the service replied 500: docker is gone"),
    (503, b"busy", "the service replied 503"),
    (401, {"detail": "wrong key"}, "the service replied 401: wrong key"),
    (200, b"", "the service's reply is no JSON"),
    (200, b"<html>", "the service's reply is no JSON"),
    (200, [1], "the service's reply has no 'status'"),
    (302, {}, "the service replied 302"),
]


@pytest.mark.parametrize(("status", "reply", "why"), REPLIES)
def test_a_service_that_fails_judges_nothing(status: int, reply: Any, why: str) -> None:
    broken = False

    def either(path: str, body: Any) -> tuple[int, Any]:
        good = enclave if "sandbox" in path else fusion
        executes = path in ("/sandbox/tool/execute", "/run_code")
        return (status, reply) if broken and executes else good(path, body)

    with served(either) as service:
        boxes: list[Box] = [Enclave(service.url, None, "i"), Fusion(service.url, None)]
        broken = True
        for box in boxes:
            verdict = judge(JOBS[0][0], box)
            assert verdict.status == "sandbox_failed"
            assert why in verdict.why


UNSCORED_AT_WILL = [
    *(f"import os; os._exit({status})" for status in (125, 126, 127)),
    "import os; os.write(2, b'Execution failed: so'); os._exit(1)",
    "import os\nfor _ in range(3): os.write(1, bytes(1 << 20))",
]


@pytest.mark.parametrize("code", UNSCORED_AT_WILL)
def test_no_program_makes_itself_unscored(
    code: str, docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Less than three mebibytes of NUL are in JSON.
    monkeypatch.setattr(client, "LARGEST_REPLY_BYTES", 16 << 20)
    with served(enclave) as one, served(fusion) as other:
        for box in (
            Enclave(one.url, None, "i"),
            Fusion(other.url, None),
            Containers("docker", "i"),
        ):
            ended = "output" if "bytes(" in code else "exited"
            assert box.once(code, b"", Limits()).ended == ended, box.name
            verdict = judge(Calls(code, "add", "assert add(1, 2) == 3"), box)
            assert verdict.status in ("error", "output"), box.name


def test_what_sandbox_fusion_cuts_is_too_much_output_and_no_error_of_the_program() -> None:
    long = "def add(a, b):\n    return 'x' * 2_000_000\n"
    with served(fusion) as service:
        verdict = judge(
            Calls(long, "add", "assert len(add(1, 2)) == 2_000_000"), Fusion(service.url, None)
        )
    assert verdict.status == "output"


def test_a_service_s_own_failures_in_its_replies() -> None:
    said: dict[str, Any] = {}
    with served(lambda path, body: (200, said) if said else enclave(path, body)) as service:
        box = Enclave(service.url, None, "i")
        for reply in (
            {"sandbox_id": "s", "status": "error", "error": "Execution failed: no container"},
            {"sandbox_id": "s", "status": "cancelled"},
            {"sandbox_id": "s", "status": "who knows"},
        ):
            said.update(reply)
            assert box.once("pass", b"", Limits()).ended == "sandbox_failed"
            said.clear()
    with served(lambda path, body: (200, said) if said else fusion(path, body)) as service:
        other = Fusion(service.url, None)
        for reply in (
            {"status": "SandboxError", "message": "no slots", "run_result": None},
            {"status": "Failed", "run_result": {"status": "Lost"}},
        ):
            said.clear()
            said.update(reply)
            assert other.once("pass", b"", Limits()).ended == "sandbox_failed"


def test_a_connection_that_is_lost() -> None:
    """The service goes away in the middle of its reply, and then altogether."""
    with served(enclave) as service:
        box = Enclave(service.url, None, "i")
    with socket.create_server(("127.0.0.1", service.server_address[1])) as listener:

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    link, _ = listener.accept()
                    with link:
                        link.recv(65536)
                        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        verdict = judge(JOBS[0][0], box)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    assert verdict.status == "sandbox_failed"
    assert judge(JOBS[0][0], box).status == "sandbox_failed"


FAKE = """#!{python} -IS
import json, os, subprocess, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "run" and os.path.exists({broken!r}):
    sys.exit(125)
if sys.argv[1] == "run":
    words = sys.argv[sys.argv.index("timeout"):]
    words[words.index("python3")] = sys.executable
    status = subprocess.run(words).returncode
    sys.exit(status if status >= 0 else 128 - status)
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command ``docker`` that runs programs here; returns the log of what it was told."""
    folder, log = tmp_path / "bin", tmp_path / "log"
    folder.mkdir()
    script = FAKE.format(python=sys.executable, log=str(log), broken=str(tmp_path / "broken"))
    for name in ("docker", "podman"):
        file = folder / name
        file.write_text(script, encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return log


def test_how_containers_are_run(docker: Path) -> None:
    box = Containers("podman", "python:3.13-slim")
    assert box.isolation.startswith("podman, cpython 3.")
    limits = Limits(wall_s=2.5, memory_bytes=256 << 20)
    ran = box.once("import sys\nprint(sys.stdin.read(), end='')", b"in\n" * 100_000, limits)
    assert (ran.exit, ran.stdout, ran.ended) == (0, b"in\n" * 100_000, "exited")
    words = json.loads(docker.read_text(encoding="utf-8").splitlines()[-1])
    text = " ".join(words)
    for option in (
        *("run --rm --interactive", "--network none", "--read-only", "--cap-drop ALL"),
        *("--security-opt no-new-privileges", "--user 65534:65534", "--pids-limit 64"),
        *("--memory 268435456b", "--memory-swap 268435456b"),
        "python:3.13-slim timeout --signal KILL 2.5 python3 -I -c",
    ):
        assert option in text
    assert "-v" not in words
    assert "--volume" not in words


def test_endings_of_containers(docker: Path) -> None:
    box = Containers("docker", "i")
    begun = time.monotonic()
    ran = box.once("import time; time.sleep(60)", b"", Limits(wall_s=1))
    assert ran.ended == "timeout"
    assert time.monotonic() - begun < 30
    assert box.once("while True: print('x' * 99)", b"", Limits(output_bytes=9999)).ended == "output"
    words = [json.loads(line) for line in docker.read_text(encoding="utf-8").splitlines()]
    name = words[-2][words[-2].index("--name") + 1]
    assert words[-1] == ["rm", "--force", name]
    assert box.once("import os; os.kill(os.getpid(), 9)", b"", Limits()).ended == "memory"
    assert box.once("import os; os.kill(os.getpid(), 11)", b"", Limits()).exit == -11
    (docker.parent / "broken").touch()
    verdict = judge(JOBS[0][0], box)
    assert verdict.status == "sandbox_failed"
    assert "docker cannot run it: status 125" in verdict.why


def test_a_container_that_runs_is_ended_with_its_box(docker: Path) -> None:
    box = Containers("docker", "i")
    found: list[Any] = []
    job = threading.Thread(
        target=lambda: found.append(box.once("import time; time.sleep(60)", b"", Limits(wall_s=60)))
    )
    job.start()
    end = time.monotonic() + 20
    while not box._running:
        assert time.monotonic() < end
        time.sleep(0.01)
    box.close()
    job.join(20)
    assert found[0].ended == "sandbox_failed"
    words = [json.loads(line) for line in docker.read_text(encoding="utf-8").splitlines()]
    assert words[-1][:2] == ["rm", "--force"]


def test_what_is_not_there_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker: Path
) -> None:
    (docker.parent / "broken").touch()
    nowhere = "http://127.0.0.1:1"
    for settings, said in (
        ({"sandbox": "docker"}, "--sandbox docker runs no programs: docker cannot run it"),
        ({"sandbox": "remote", "sandbox_url": nowhere}, "--sandbox remote runs no programs"),
        ({"sandbox": "sandboxfusion", "sandbox_url": nowhere}, "Connection refused"),
        ({"sandbox": "remote", "sandbox_url": "http://"}, "names no host"),
        ({"sandbox": "remote", "sandbox_url": "http://h:x"}, "no port"),
    ):
        with pytest.raises(ConfigError, match=said) as error:
            open_sandbox(SandboxSettings.model_validate(settings))
        assert "\n" not in str(error.value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="--sandbox podman needs the command podman: install it"):
        open_sandbox(SandboxSettings(sandbox="podman"))


def test_a_program_as_one_line_of_plain_letters() -> None:
    source = 'print("""é\\n\'\'\' {x} %""".encode()[:2])\n'
    line = one_line(source)
    assert line.isascii()
    assert "\n" not in line
    assert not {'"', "\\", "{x}"} & set(line)
    assert python(line, 20).stdout == b"b'\\xc3\\xa9'\n"
    exec(f'exec("""\n{line}\n""")')  # as ms-enclave's older versions run it
    assert python(one_line("'\ud800'"), 20).returncode == 1
    fed = python(one_line("import sys; print(sys.stdin.buffer.read())", b"\x00\xff"), 20)
    assert fed.stdout == b"b'\\x00\\xff'\n"
