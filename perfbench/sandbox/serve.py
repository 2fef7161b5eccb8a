"""Our own boxes over ms-enclave's HTTP API, for machines that have none.

Owns who may ask and how much: a token, bodies, connections and waiting programs are bounded. A
"sandbox" of that API is a name here, with limits: every program has a box to itself anyway. Where
there is no token, only this machine is listened to, and pages in its browsers are not: requests
must name a loopback host and carry JSON. Seconds and bytes.
"""

from __future__ import annotations

import hmac
import io
import json
import re
import secrets
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from perfbench import __version__
from perfbench.errors import ConfigError
from perfbench.sandbox.enclave import TOOL
from perfbench.sandbox.jobs import Box, Limits, Ran

LARGEST_BODY_BYTES = 16 << 20
LARGEST_OUTPUT_BYTES = 16 << 20
"""Of each stream; whoever asks may want less."""
MAX_SANDBOXES = 1024
"""Of which the oldest is forgotten."""
MAX_WAITING = 128
"""Programs that wait for their turn; one more is refused."""
MAX_CONNECTIONS = 256
LONGEST_S = 300.0
LARGEST_MEMORY_BYTES = 8 << 30
_IDLE_S = 30.0
"""Between two bytes of a request, and between two requests of a connection."""
_REQUEST_S = 60.0
"""For all of a request to arrive, however slowly its bytes do."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LENGTH = re.compile("[0-9]{1,18}")
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class Refused(Exception):
    """A request that is not done."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Sandboxes:
    """The API without HTTP: what each request does. Usable from any thread."""

    def __init__(self, box: Box, at_a_time: int) -> None:
        self._box = box
        self._free = threading.Semaphore(at_a_time)
        self._lock = threading.Lock()
        self._busy = 0
        self._limit = at_a_time + MAX_WAITING
        self._begun = time.monotonic()
        self._known: OrderedDict[str, tuple[Limits, dict[str, Any]]] = OrderedDict()

    def do(self, method: str, path: str, body: Any) -> Any:
        """The reply to a request.

        Raises:
            Refused: there is none.
        """
        words = tuple(path.strip("/").split("/"))
        fixed: dict[tuple[str, tuple[str, ...]], Callable[[], Any]] = {
            ("GET", ("health",)): self._health,
            ("GET", ("stats",)): self._stats,
            ("GET", ("sandboxes",)): self._listed,
            ("POST", ("sandbox", "create")): lambda: self._create(body),
            ("POST", ("sandbox", "tool", "execute")): lambda: self._execute(body),
        }
        if (found := fixed.get((method, words))) is not None:
            return found()
        if len(words) in (2, 3) and words[0] == "sandbox":
            return self._of_one(method, words[1], *words[2:])
        raise Refused(404, "Not Found")

    def _health(self) -> Any:
        return {
            "healthy": True,
            "version": f"perfbench {__version__}",
            "uptime": time.monotonic() - self._begun,
            "active_sandboxes": len(self._known),
            "system_info": {"sandbox": self._box.name, "isolation": self._box.isolation},
        }

    def _stats(self) -> Any:
        return {"total_sandboxes": len(self._known), "running": self._busy}

    def _listed(self) -> Any:
        with self._lock:
            return [self._info(name) for name in self._known]

    def _create(self, body: Any) -> Any:
        config = body if isinstance(body, dict) else {}
        limits = Limits(
            wall_s=_number(config.get("timeout"), LONGEST_S),
            cpu_s=_number(config.get("timeout"), LONGEST_S),
            memory_bytes=_memory(config.get("memory_limit")),
            output_bytes=LARGEST_OUTPUT_BYTES,
        )
        name = secrets.token_hex(16)
        with self._lock:
            self._known[name] = limits, {"created_at": _now()}
            while len(self._known) > MAX_SANDBOXES:
                self._known.popitem(last=False)
        return {"sandbox_id": name}

    def _info(self, name: str) -> Any:
        return {
            "id": name,
            "status": "running",
            "type": "docker",
            "config": {},
            "metadata": {},
            "available_tools": [TOOL],
            **self._known[name][1],
        }

    def _of_one(self, method: str, name: str, what: str = "") -> Any:
        with self._lock:
            if name not in self._known:
                raise Refused(404, f"Sandbox {name[:40]} not found")
            if (method, what) == ("GET", ""):
                return self._info(name)
            if (method, what) == ("GET", "tools"):
                return {TOOL: {"parameters": {"code": "string", "timeout": "number"}}}
            if (method, what) in (("DELETE", ""), ("POST", "stop")):
                del self._known[name]
                return {"message": "Sandbox deleted successfully"}
        raise Refused(404, "Not Found")

    def _execute(self, body: Any) -> Any:
        if not isinstance(body, dict) or not isinstance(body.get("parameters"), dict):
            raise Refused(422, "the body must be an object with sandbox_id, tool_name, parameters")
        if body.get("tool_name") != TOOL:
            raise Refused(400, f"the only tool here is {TOOL}")
        code = body["parameters"].get("code")
        if not isinstance(code, str):
            raise Refused(422, "parameters.code must be text")
        with self._lock:
            if (known := self._known.get(str(body.get("sandbox_id")))) is None:
                raise Refused(404, "Sandbox not found")
            if self._busy >= self._limit:
                raise Refused(503, "too many programs wait")
            self._busy += 1
        try:
            with self._free:
                wanted = _number(body["parameters"].get("timeout"), known[0].wall_s)
                seconds = min(wanted, known[0].wall_s)
                limits = replace(known[0], wall_s=seconds, cpu_s=seconds)
                return _result(self._box.once(code, b"", limits))
        finally:
            with self._lock:
                self._busy -= 1


def _result(ran: Ran) -> Any:
    ended = ran.ended
    status = "success" if ran.exit == 0 else "timeout" if ended == "timeout" else "error"
    if ended == "sandbox_failed":
        raise Refused(500, f"the sandbox failed: {ran.why}")
    said = ran.stderr.decode("utf-8", "surrogateescape")
    return {
        "tool_name": TOOL,
        "status": status,
        "output": ran.stdout.decode("utf-8", "surrogateescape"),
        "error": said or ran.why or None,
        "execution_time": ran.seconds,
        "timestamp": _now(),
        "metadata": {"exit_code": ran.exit, "ended": ended, "why": ran.why},
    }


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()


def _number(value: Any, most: float) -> float:
    """A number of seconds, at most so many; these where none is given."""
    if value is None:
        return most
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise Refused(422, "a timeout must be a number above 0")
    return float(min(value, most))


def _memory(value: Any) -> int:
    """Bytes, from a number or as Docker has it: ``512m``."""
    if value is None:
        return Limits().memory_bytes
    text = str(value).strip().lower()
    number = text.rstrip("bkmg")
    try:
        size = int(float(number) * _UNITS[text[len(number) :][:1]])
    except (ValueError, KeyError, OverflowError):
        raise Refused(422, "memory_limit must be like 512m") from None
    if not 1 << 24 <= size <= LARGEST_MEMORY_BYTES:
        raise Refused(422, "memory_limit must be 16m to 8g")
    return size


class Server(ThreadingHTTPServer):
    """Listens, and hands requests to ``Sandboxes``."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, token: str | None, sandboxes: Sandboxes) -> None:
        """
        Raises:
            ConfigError: the address cannot be listened on.
        """
        self.token = token
        self.sandboxes = sandboxes
        self._connections = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise ConfigError(f"cannot listen on {host}:{port}: {why}") from None

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self.server_address[:2]
        name = host.decode() if isinstance(host, bytes) else str(host)
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._connections.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


class _Arriving(io.RawIOBase):
    """What comes of a connection; each request of it has a time by which it must have arrived."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until_s = 0.0

    def expect(self) -> None:
        """The next request begins."""
        self._until_s = time.monotonic() + _REQUEST_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """
        Raises:
            TimeoutError: the time is over, or nothing comes.
        """
        left_s = min(_IDLE_S, self._until_s - time.monotonic())
        if left_s <= 0:
            raise TimeoutError
        self._connection.settimeout(left_s)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(_IDLE_S)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "perfbench"
    sys_version = ""
    timeout = _IDLE_S
    server: Server

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._arriving = _Arriving(self.connection)
        self.rfile = io.BufferedReader(self._arriving)

    def handle_one_request(self) -> None:
        self._arriving.expect()
        super().handle_one_request()

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def do_DELETE(self) -> None:
        self._reply()

    def _reply(self) -> None:
        try:
            self._admit()
            path = urlsplit(self.path).path
            status, reply = 200, self.server.sandboxes.do(self.command, path, self._body())
        except Refused as refusal:
            status, reply = refusal.status, {"detail": str(refusal)}
            self.close_connection = True  # its body may not have been read
        data = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def _admit(self) -> None:
        """See that this one may ask."""
        token = self.server.token
        if token is not None:
            given = self.headers.get("X-API-Key") or ""
            if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
                raise Refused(401, "X-API-Key is missing or wrong")
        elif self._host() not in _LOOPBACK:
            raise Refused(421, "without a token only loopback names are answered to")

    def _host(self) -> str:
        try:
            return urlsplit(f"//{self.headers.get('Host') or ''}").hostname or ""
        except ValueError:
            return ""

    def _body(self) -> Any:
        if self.command != "POST":
            return None
        length = self.headers.get("Content-Length") or "0"
        if not _LENGTH.fullmatch(length) or self.headers.get("Transfer-Encoding"):
            raise Refused(411, "a body needs its Content-Length")
        if int(length) > LARGEST_BODY_BYTES:
            raise Refused(413, f"a body has at most {LARGEST_BODY_BYTES >> 20} MiB")
        if int(length) == 0:
            return None
        if self.headers.get_content_type() != "application/json":
            raise Refused(415, "the body must be application/json")
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise Refused(400, "the body is no JSON") from None

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""
