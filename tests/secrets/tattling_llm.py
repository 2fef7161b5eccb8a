"""A chat service that quotes what it must not: every secret it was told of, in every field of its
answers and errors, in every spelling."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, quote_plus


def spellings(secret: str) -> list[str]:
    """The secret as services write it."""
    return [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        html.escape(secret),
        base64.b64encode(secret.encode()).decode(),
    ]


@contextlib.contextmanager
def tattling(secrets: Sequence[str]) -> Iterator[str]:
    """The service's URL. Every third request fails, as if it were busy; the others are answered."""
    said = " and ".join(form for secret in secrets for form in spellings(secret))
    count = 0
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(200, "application/json", json.dumps({"data": [{"id": "m"}]}).encode())

        def do_POST(self) -> None:
            nonlocal count
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            with lock:
                count += 1
                number = count
            told = f"{said}; {self.path}; {dict(self.headers)}; {body}"
            if number % 3 == 1:
                # What is kept of an error is cut off at a length: here, within each secret.
                secret = secrets[number // 3 % len(secrets)]
                pad = "x" * (2048 - len(secret) + 3) if number % 2 else told
                text = json.dumps({"error": {"message": pad + secret + told}})
                self._send(503, "application/json", text.encode())
            else:
                self._send(200, "text/event-stream", _events(told))

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("X-Your-Key", quote(said))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _events(told: str) -> bytes:
    call = {"index": 0, "id": told, "function": {"name": told, "arguments": json.dumps([told])}}
    deltas: list[dict[str, Any]] = [
        {"reasoning_content": told},
        *({"content": told[at : at + 7]} for at in range(0, len(told), 7)),
        {"content": " #### 4"},
        {"tool_calls": [call]},
    ]
    events: list[dict[str, Any]] = [
        {"id": told, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    events.append({"id": told, "choices": [{"index": 0, "delta": {}, "finish_reason": told}]})
    lines = [b"data: %b\n\n" % json.dumps(event).encode() for event in events]
    return b"".join(lines) + b"data: [DONE]\n\n"
