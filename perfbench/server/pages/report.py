"""A run's own report, in a frame that can reach nothing of this server, and its files.

A report is a file in a folder that anybody may have written: it is served into a sandbox, where its
scripts run without an origin, and its own policy keeps it off the network.
"""

from __future__ import annotations

import asyncio
import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from perfbench.reports.export import Format, export
from perfbench.server.guard import SANDBOX
from perfbench.server.pages.run import Head, files_of, head_of, page_of
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Reply, Route
from perfbench.server.shelf import Shelf
from perfbench.store import open_run

_CHUNK_BYTES = 256 << 10
_WRITE_S = 60.0


async def _page(call: Call) -> Reply:
    head = await head_of(call)
    there = (head.path / "report.html").is_file()
    return page_of(head, "run_report.html.j2", "Report", there=there)


async def _report(call: Call) -> Reply:
    head = await head_of(call)
    file = head.path / "report.html"
    if file.is_file() and not file.is_symlink():
        return web.FileResponse(file, headers={**SANDBOX, "Content-Type": "text/html"})
    if head.run.state == "being written":
        raise Refusal(409, "the report is made when the run has ended")
    make = await _maker(call.server.shelf, head)
    body = await call.server.shelf.take("report", (head.path,), make)
    return web.Response(body=body, headers=SANDBOX, content_type="text/html", charset="utf-8")


async def _maker(shelf: Shelf, head: Head) -> Callable[[], bytes]:
    """What makes the report of a run that has none; it is kept with the run, not in its folder."""
    if head.run.kind == "evaluation":
        from perfbench.reports.evaluation.page import render

        return functools.partial(render, await shelf.evaluation(head.path))
    if head.run.kind == "arena":
        from perfbench.reports.arena.page import render as render_arena

        return functools.partial(render_arena, (await shelf.arena(head.path)).found)
    return functools.partial(_load_test, head.path)


def _load_test(path: Path) -> bytes:
    from perfbench.reports.write import report_page

    with open_run(path, read_only=True) as run:
        return report_page(run).encode("utf-8", "replace")


async def _file(call: Call) -> Reply:
    head = await head_of(call)
    name = call.path["file"]
    if name not in await asyncio.to_thread(files_of, head):
        raise Refusal(404, f"the run has no file {name[:80]!r} to be had")
    return web.FileResponse(head.path / name, headers=_attached(Path(name).name))


async def _export(call: Call) -> Reply:
    form: Format = "csv" if call.path["form"] == "csv" else "jsonl"
    head = await head_of(call)
    response = web.StreamResponse(headers=_attached(f"{head.run.name}.{form}"))
    response.content_type = "text/csv" if form == "csv" else "application/jsonl"
    response.charset = "utf-8"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(call.request)
    loop = asyncio.get_running_loop()

    def send(text: str) -> None:
        """Of the thread that reads: wait until the client has taken it."""
        sent = asyncio.run_coroutine_threadsafe(response.write(text.encode()), loop)
        sent.result(_WRITE_S)

    await asyncio.to_thread(_write_rows, head.path, form, send)
    await response.write_eof()
    return response


def _write_rows(path: Path, form: Format, send: Callable[[str], Any]) -> None:
    out = _Sent(send)
    with open_run(path, read_only=True) as run:
        export(run, form, out)
    out.flush()


class _Sent(io.StringIO):
    """A text file whose contents are sent on when there is a chunk of them."""

    def __init__(self, send: Callable[[str], Any]) -> None:
        super().__init__()
        self._send = send

    def write(self, text: str) -> int:
        """Keep the text, or send what was kept."""
        written = super().write(text)
        if self.tell() >= _CHUNK_BYTES:
            self.flush()
        return written

    def flush(self) -> None:
        """Send what was kept."""
        if text := self.getvalue():
            self.seek(0)
            self.truncate()
            self._send(text)


def _attached(name: str) -> dict[str, str]:
    """Headers that let a browser store an answer under a name, and show it nowhere."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return {"Content-Disposition": f'attachment; filename="{plain}"'}


ROUTES = tuple(
    Route("GET", path, handler, hidden=True)
    for path, handler in (
        ("/runs/{run}/report", _page),
        ("/runs/{run}/report.html", _report),
        ("/runs/{run}/files/{file:.+}", _file),
        ("/runs/{run}/export.{form:csv|jsonl}", _export),
    )
)
