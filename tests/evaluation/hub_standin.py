"""Stand-ins for the HTTP protocols of the Hugging Face and ModelScope hubs, on loopback."""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the stand-in serves, and what it was asked."""

    files: dict[str, bytes]
    repository: str = "someone/set"
    token: str | None = None
    """Asked for where not ``None``."""
    cut_once: set[str] = field(default_factory=set)
    """Files whose first transfer breaks off half-way."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and ``Range`` of each request."""
    silent: str | None = None
    """What stands in the paths that are never answered."""
    over: threading.Event = field(default_factory=threading.Event)
    """Nobody waits any more."""
    refusal: str | None = None
    """ModelScope's own way to refuse: HTTP 200, and this message."""
    url: str = ""


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """Serve ``hub`` under both protocols until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, body: bool) -> None:
            url = urllib.parse.urlsplit(self.path)
            path = urllib.parse.unquote(url.path)
            query = dict(urllib.parse.parse_qsl(url.query))
            hub.asked.append((self.path, self.headers.get("Range")))
            if hub.silent is not None and hub.silent in self.path:
                hub.over.wait(30)
                return
            sent = f"{self.headers.get('Authorization')} {self.headers.get('Cookie')}"
            if hub.token is not None and hub.token not in sent:
                self.reply(401, b'{"error": "Invalid username or password."}', {}, body)
            elif path == f"/api/datasets/{hub.repository}/revision/main":
                listing = {"sha": COMMIT, "siblings": [{"rfilename": n} for n in hub.files]}
                self.reply(200, json.dumps(listing).encode(), {}, body)
            elif path.startswith(f"/datasets/{hub.repository}/resolve/{COMMIT}/"):
                name = path.partition(f"/{COMMIT}/")[2]
                digest = hashlib.sha256(hub.files[name]).hexdigest()
                self.file(name, {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT}, body)
            elif path == f"/api/v1/datasets/{hub.repository}/repo/tree":
                self.reply(200, json.dumps(self.tree(query)).encode(), {}, body)
            elif path == f"/api/v1/datasets/{hub.repository}/repo":
                self.file(query["FilePath"], {}, body)
            else:
                self.reply(404, b'{"error": "Repository not found"}', {}, body)

        def tree(self, query: Mapping[str, str]) -> dict[str, object]:
            if hub.refusal is not None:
                return {"Code": 10010205001, "Success": False, "Message": hub.refusal}
            size, page = int(query["PageSize"]), int(query["PageNumber"])
            entries: list[dict[str, object]] = [{"Path": "folder", "Type": "tree"}]
            for name, data in hub.files.items():
                digest = hashlib.sha256(data).hexdigest()
                entries.append({"Path": name, "Type": "blob", "Size": len(data), "Sha256": digest})
            return {"Code": 200, "Data": {"Files": entries[size * (page - 1) : size * page]}}

        def file(self, name: str, headers: Mapping[str, str], body: bool) -> None:
            data = hub.files[name]
            start = int((self.headers.get("Range") or "bytes=0-")[6:].partition("-")[0])
            status = 206 if start else 200
            extra = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
            if body and name in hub.cut_once:
                hub.cut_once.discard(name)
                self.reply(status, data[start:], {**headers, **extra}, body, len(data) // 2)
                return
            self.reply(status, data[start:], {**headers, **extra}, body)

        def reply(
            self,
            status: int,
            data: bytes,
            headers: Mapping[str, str],
            body: bool,
            cut: int | None = None,
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            if body:
                self.wfile.write(data if cut is None else data[:cut])

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        hub.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
