"""EvalScope's newer API: the load tests that are kept, and which data sets there are.

What its replies hold is in ``evalscope.history`` and ``evalscope.catalogue``.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from perfbench.server.evalscope import catalogue, history
from perfbench.server.guard import SANDBOX
from perfbench.server.library import Library
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Parameter, Reply, Route


def page_of_report(call: Call, run: str) -> web.StreamResponse:
    """The report of a run as a page that can reach nothing.

    Raises:
        Refusal: there is no such run, or it has none.
    """
    file = call.server.library.path(run) / "report.html"
    if not file.is_file() or file.is_symlink():
        raise Refusal(404, f"run {run} has no report")
    return web.FileResponse(file, headers={**SANDBOX, "Content-Type": "text/html; charset=utf-8"})


async def _benchmarks(call: Call) -> Reply:
    wanted = call.request.query.get("type", "")
    if wanted not in ("", "text", "multimodal"):
        raise Refusal(400, "type must be text or multimodal", "type")
    found = await asyncio.to_thread(catalogue.benchmarks)
    return catalogue.Benchmarks(**{wanted: getattr(found, wanted)}) if wanted else found


async def _history(call: Call) -> Reply:
    return await asyncio.to_thread(_load_tests, call.server.library, call.server.config.outputs_dir)


def _load_tests(library: Library, results: Path) -> history.LoadTests:
    runs = [run for run in library.listed() if run.kind == "load test"]
    return history.load_tests(results, runs)


async def _delete_run(call: Call) -> Reply:
    path = call.request.query.get("path", "")
    await asyncio.to_thread(_delete_load_test, call.server.library, path)
    return history.DeletedLoadTest(True, path)


def _delete_load_test(library: Library, name: str) -> None:
    if library.look(name).kind != "load test":
        raise Refusal(404, f"{name} is no load test")
    library.delete(name)


async def _history_report(call: Call) -> Reply:
    return page_of_report(call, call.request.query.get("path", ""))


_TAG = "EvalScope tasks"
_PATH = (Parameter("path", "Name of the run.", {"type": "string"}, required=True),)
ROUTES = (
    Route(
        "GET",
        "/api/v1/eval/benchmarks",
        _benchmarks,
        "Data sets that can be asked.",
        _TAG,
        answers=catalogue.Benchmarks,
        query=(
            Parameter("type", "Only these.", {"type": "string", "enum": ["text", "multimodal"]}),
        ),
    ),
    Route(
        "GET",
        "/api/v1/perf/list",
        _history,
        "Load tests in the results folder, the newest first.",
        _TAG,
        answers=history.LoadTests,
    ),
    Route(
        "GET",
        "/api/v1/perf/history/report",
        _history_report,
        "The report of a load test, a page.",
        _TAG,
        media="text/html",
        query=_PATH,
        refuses=(404,),
    ),
    Route(
        "DELETE",
        "/api/v1/perf/run",
        _delete_run,
        "Delete a load test; it can be brought back.",
        _TAG,
        answers=history.DeletedLoadTest,
        query=_PATH,
        refuses=(404, 409, 422),
    ),
)
