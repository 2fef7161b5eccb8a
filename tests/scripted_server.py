"""A server that says exactly the bytes it is told to, when it is told to; and how to ask it.

Durations are seconds.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvloop
from acceptor import Acceptor

from perfbench import registry
from perfbench.client.target import Target, Transport
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.types import Endpoint, Generation, Record, Request

T = TypeVar("T")

FIN = "fin"
"""Close in good order."""
RST = "rst"
"""Reset the connection."""
GOODBYE = "goodbye"
"""End TLS, then close."""
Step = bytes | float | str
"""Bytes to send, seconds to wait, or an end of the connection."""


@dataclass(frozen=True)
class Reply:
    """What the server does with one request."""

    steps: Sequence[Step]
    read_body: bool = True
    """Read the whole request before the first step."""


class ScriptedServer(Acceptor):
    """Gives the first request the first reply and so on; the last reply serves all that follow."""

    def __init__(
        self,
        replies: Sequence[Reply],
        family: int = socket.AF_INET,
        address: Any = ("127.0.0.1", 0),
    ) -> None:
        super().__init__(family, address)
        self.replies = list(replies)
        self.requests: list[tuple[bytes, bytes]] = []
        """Head and body of each request, as they came."""
        self.sent_ns: list[int] = []
        """When each piece of bytes was handed to the kernel."""
        self.tls: ssl.SSLContext | None = None
        self.greeting = b""
        """Said on every connection before anything is asked."""

    def _serve(self, connection: socket.socket) -> None:
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True)
        with self._kept(connection):
            connection.sendall(self.greeting)
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                if not (data := connection.recv(65536)):
                    return
                buffer += data
            head, _, buffer = buffer.partition(b"\r\n\r\n")
            with self._lock:
                number = len(self.requests)
                self.requests.append((head, b""))
            reply = self.replies[min(number, len(self.replies) - 1)]
            if reply.read_body:
                length = _content_length(head)
                pieces = [buffer]
                while (missing := length - sum(map(len, pieces))) > 0:
                    if not (data := connection.recv(min(missing, 1 << 20))):
                        return
                    pieces.append(data)
                body = b"".join(pieces)
                body, buffer = body[:length], body[length:]
                self.requests[number] = (head, body)
            if not self._say(connection, reply.steps):
                return

    def _say(self, connection: socket.socket, steps: Sequence[Step]) -> bool:
        """Go through the steps; false if they closed the connection."""
        for step in steps:
            if isinstance(step, bytes):
                self.sent_ns.append(time.perf_counter_ns())
                connection.sendall(step)
            elif isinstance(step, float):
                time.sleep(step)
            else:
                if step == RST:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                if step == GOODBYE and isinstance(connection, ssl.SSLSocket):
                    connection.unwrap()
                connection.close()
                return False
        return True


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def target_of(server: ScriptedServer, **settings: Any) -> Target:
    settings = {"scheme": "http", "host": "127.0.0.1", "port": server.port, **settings}
    return Target(**settings)


def request(seq: int = 0, body: bytes = b"{}", **more: Any) -> Request:
    more = {"sample_id": str(seq), "phase": "measure", "path": "/v1/chat/completions", **more}
    return Request(seq=seq, body=body, **more)


def on_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """What it returns, run on a loop of its own of the kind that workers use."""
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@dataclass
class Client:
    """A transport under test on a loop of its own, the one that workers use."""

    name: str
    target: Target
    connections: int = 1
    spare: int = 0
    limit_s: float = 20.0
    endpoint: Endpoint = field(default_factory=lambda: OpenAIChat(Generation(model="m")))
    transport: Transport = field(init=False)

    def run(self, scenario: Callable[[Transport], Awaitable[Any]]) -> Any:
        """What ``scenario`` returns, given the open transport."""

        async def main() -> Any:
            transport = registry.resolve(registry.TRANSPORTS, self.name)
            self.transport = transport(self.target, self.endpoint, 3)
            try:
                await self.transport.open(self.connections, self.spare)
                return await asyncio.wait_for(scenario(self.transport), self.limit_s)
            finally:
                await self.transport.close()
                await asyncio.sleep(0)

        return on_a_loop(main())

    def ask(self, *requests: Request) -> list[Record]:
        """The records of these requests, each sent when the one before it is finished."""

        async def scenario(transport: Transport) -> list[Record]:
            return [await transport.send(each).record for each in requests]

        records: list[Record] = self.run(scenario)
        return records


def event(value: Any) -> bytes:
    """One server-sent event of JSON, or of the bytes given."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return b"data: %b\n\n" % data


def says(text: str, index: int = 0, **more: Any) -> bytes:
    """The event of one chat chunk with content."""
    choice = {"index": index, "delta": {"content": text}, "finish_reason": None}
    return event({"id": "c1", "choices": [choice], **more})


def stops(reason: str = "stop", index: int = 0, **more: Any) -> bytes:
    choice = {"index": index, "delta": {}, "finish_reason": reason}
    return event({"id": "c1", "choices": [choice], **more})


def chunk(data: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def head(status: str = "200 OK", *headers: str, kind: str | None = "text/event-stream") -> bytes:
    """A response head; chunked unless the headers say how long the body is."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    named = " ".join(headers).lower()
    if "content-length" not in named and "connection: close" not in named:
        lines.append("Transfer-Encoding: chunked")
    return "\r\n".join([*lines, "", ""]).encode()


def sized(body: bytes, status: str = "200 OK", kind: str | None = "application/json") -> bytes:
    """A whole response with its length."""
    return head(status, f"Content-Length: {len(body)}", kind=kind) + body


END = chunk(b"")
DONE = event(b"[DONE]")
