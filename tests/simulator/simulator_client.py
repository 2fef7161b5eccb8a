"""A plain client for the tests: raw sockets, whole responses, the SSE standard to the letter."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    """Without transfer encoding; what came of it if the connection broke."""
    complete: bool
    """Whether the body ended as HTTP/1.1 says it does."""
    reset: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def payloads(self) -> list[str]:
        return sse_payloads(self.body)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.payloads if payload != "[DONE]"]

    @property
    def usage(self) -> dict[str, Any] | None:
        found = [event["usage"] for event in self.events if event.get("usage")]
        return found[-1] if found else None

    def text(self, choice: int = 0, field: str = "content") -> str:
        """The text of a streamed choice: of the chat delta's ``field``, or of a completion."""
        parts = []
        for event in self.events:
            for item in event.get("choices", []):
                if item["index"] == choice:
                    parts.append(
                        item["delta"].get(field) or "" if "delta" in item else item["text"]
                    )
        return "".join(parts)

    def finish(self, choice: int = 0) -> str | None:
        reasons = [
            item["finish_reason"]
            for event in self.events
            for item in event.get("choices", [])
            if item["index"] == choice and item["finish_reason"]
        ]
        return reasons[0] if len(reasons) == 1 else None


class Client:
    """One keep-alive connection."""

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        parts = urlsplit(url)
        self.sock = socket.create_connection((parts.hostname, parts.port), timeout)
        self._buffer = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.sock.close()

    def ask(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        """POST ``body`` (as JSON unless it is bytes), or GET without one; the whole response."""
        self.send(path, body, headers)
        return self.receive()

    def send(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> None:
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        method = "GET" if body is None else "POST"
        lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(raw)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode() + raw)

    def receive(self) -> Reply:
        head = self._until(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (r.partition(":") for r in rest)
        }
        body, complete, reset = b"", True, False
        try:
            if first.split()[1] == "100":
                pass
            elif headers.get("transfer-encoding") == "chunked":
                while size := int(self._until(b"\r\n"), 16):
                    body += self._exactly(size + 2)[:-2]
                self._until(b"\r\n")
            elif "content-length" in headers:
                body = self._exactly(int(headers["content-length"]))
            else:
                body = self._all()
        except (EOFError, ConnectionResetError) as error:
            complete, reset = False, isinstance(error, ConnectionResetError)
            body += self._buffer
        return Reply(int(first.split()[1]), headers, body, complete, reset)

    def _more(self) -> None:
        data = self.sock.recv(1 << 16)
        if not data:
            raise EOFError
        self._buffer += data

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._more()
        part, _, self._buffer = self._buffer.partition(end)
        return part

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        part, self._buffer = self._buffer[:size], self._buffer[size:]
        return part

    def _all(self) -> bytes:
        while True:
            try:
                self._more()
            except EOFError:
                part, self._buffer = self._buffer, b""
                return part


def ask(url: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
    """One request on a connection of its own."""
    with Client(url) as client:
        return client.ask(path, body, headers)


def chat(url: str, fault: str | None = None, **fields: Any) -> Reply:
    """A streamed chat request."""
    body = {
        "messages": [{"role": "user", "content": "Say something."}],
        "stream": True,
        "stream_options": {"include_usage": True},
        **fields,
    }
    headers = {} if fault is None else {"X-Sim-Fault": fault}
    return ask(url, "/v1/chat/completions", body, headers)


def sse_payloads(body: bytes) -> list[str]:
    """The ``data`` of every event, by the WHATWG standard; data left at the end counts too."""
    payloads: list[str] = []
    data: list[str] = []
    for line in [*re.split(r"\r\n|\n|\r", body.decode()), ""]:
        if not line:
            if data:
                payloads.append("\n".join(data))
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
    return payloads
