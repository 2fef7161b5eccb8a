"""EvalScope's API: its documented calls as they are documented, and its newer forms.

The calls are those of "EvalScope Service Deployment"; only the addresses are others.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from serving import Client, served

from perfbench.errors import ConfigError
from perfbench.server.evalscope.asking import parameters, settings_of

SERVER = "http://localhost:9000"
SERVICE = "https://dashscope.aliyuncs.com/compatible-mode"

CURL_EVAL = """\
curl -X POST http://localhost:9000/api/v1/eval \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "qwen-plus",
    "api_url": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "api_key": "your-api-key",
    "datasets": ["gsm8k"],
    "limit": 5
  }'
"""
CURL_PERF = """\
curl -X POST http://localhost:9000/api/v1/perf \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "qwen-plus",
    "url": "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
    "api": "openai",
    "number": 50,
    "parallel": 5
  }'
"""
REQUESTS = """\
import requests

# Evaluation request
eval_response = requests.post(
    'http://localhost:9000/api/v1/eval',
    json={
        'model': 'qwen-plus',
        'api_url': 'https://dashscope.aliyuncs.com/compatible-mode/v1',
        'api_key': 'your-api-key',
        'datasets': ['gsm8k', 'iquiz'],
        'limit': 10,
        'generation_config': {
            'temperature': 0.0,
            'max_tokens': 2048
        }
    }
)
print(eval_response.json())

# Performance test request
perf_response = requests.post(
    'http://localhost:9000/api/v1/perf',
    json={
        'model': 'qwen-plus',
        'url': 'https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
        'api': 'openai',
        'number': 100,
        'parallel': 10,
        'dataset': 'openqa'
    }
)
print(perf_response.json())
"""
CHUNKS = [
    {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    for text in ("ANSWER: B\n", "The answer is 96.")
] + [
    {
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
    }
]


class Service:
    """A chat service that says the same to everybody, and keeps what it was asked."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.keys.add(request.headers.get("Authorization"))
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS]
        text = "".join([*lines, "data: [DONE]\n\n"])
        return web.Response(text=text, content_type="text/event-stream")


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, Service]]:
    found = Service()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", found.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", found
    finally:
        await runner.cleanup()


async def printed(*command: str) -> list[str]:
    """The lines that a program prints, which must end well."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return out.decode().splitlines()


async def test_the_documented_calls_give_the_documented_fields(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    async with served(tmp_path) as client, service() as (url, asked):

        def here(text: str) -> str:
            return text.replace(SERVER, client.address).replace(SERVICE, url)

        script = tmp_path / "calls.py"
        script.write_text(here(REQUESTS))
        by_curl = [printed("sh", "-c", here(call)) for call in (CURL_EVAL, CURL_PERF)]
        (evaluated,), (measured,), both = await asyncio.gather(
            *by_curl, printed(sys.executable, str(script))
        )
        jobs = client.server.jobs.queue.listed()
    answers: list[dict[str, Any]] = [json.loads(evaluated), json.loads(measured)]
    answers += [eval(line, {}) for line in both]  # How requests' example prints them.
    for answer, result in zip(answers, ("result", "results") * 2, strict=True):
        assert set(answer) == {"status", "message", "output_dir", result}
        assert answer["status"] == "success", answer
        assert Path(answer["output_dir"]).parent == tmp_path
    assert answers[0]["message"] == "Evaluation completed"
    assert answers[1]["message"] == "Performance test completed"
    report = answers[2]["result"]
    assert set(report) == {"gsm8k", "iquiz"}
    # Of the eight answers one is 96; of the six letters, two are B.
    assert report["gsm8k"]["score"] == 1 / 8
    assert report["gsm8k"]["metrics"][0]["num"] == 8
    (category,) = report["iquiz"]["metrics"][0]["categories"]
    assert {each["name"]: each["num"] for each in category["subsets"]} == {"IQ": 3, "EQ": 3}
    assert category["score"] == pytest.approx(2 / 6, abs=1e-4)
    for answer, name, number in (
        (answers[1], "parallel_5_number_50", 50),
        (answers[3], "parallel_10_number_100", 100),
    ):
        (found,) = answer["results"].items()
        assert found[0] == name
        assert set(found[1]) == {"metrics", "percentiles"}
        assert found[1]["metrics"]["Success Requests"] == number
        assert len(found[1]["percentiles"]["TTFT (ms)"]) == len(
            found[1]["percentiles"]["Percentiles"]
        )
    # What EvalScope asks for where nothing is given.
    sampled = {(body["temperature"], body["max_tokens"]) for body in asked.bodies}
    assert sampled - {(0.0, 8)} == {(0.0, 2048)}  # Probes ask for few tokens.
    assert "Bearer your-api-key" in asked.keys
    assert all("your-api-key" not in str(job) for job in jobs)


async def ask(client: Client, path: str, body: Any, **headers: str) -> tuple[int, Any, Any]:
    return await client.ask("POST", path, body, headers=headers)


async def beside(client: Client, method: str, path: str) -> tuple[int, Any, Any]:
    """What is answered by a thread beside the loop, which waits for its turn with the library."""
    with client.server.library._turn:  # Of this thread, which is the loop's.
        asked = asyncio.create_task(client.ask(method, path))
        done, _ = await asyncio.wait({asked}, timeout=0.2)
        assert not done
    return await asked


async def test_a_task_has_a_name(tmp_path: Path) -> None:
    async with served(tmp_path) as client, service() as (url, _):
        body = {"model": "m", "url": f"{url}/v1/chat/completions", "number": 20, "parallel": 2}
        at = "/api/v1/perf"
        status, reply, _ = await ask(client, f"{at}/invoke", body, **{"EvalScope-Task-Id": "a.1"})
        assert (status, reply["status"], reply["task_id"]) == (200, "completed", "a.1")
        assert set(reply["result"]) == {"parallel_2_number_20"}
        assert reply["table"].startswith("| Concurrency |")
        _, progress, _ = await client.ask("GET", f"{at}/progress?task_id=a.1")
        assert progress["percent"] == 100
        assert progress["processed_count"] == progress["total_count"] == 20
        _, log, _ = await client.ask("GET", f"{at}/log?task_id=a.1&start_line=1&page=2")
        assert (log["head_line"], log["tail_line"]) == (1, 3)
        assert len(log["text"].splitlines()) == 2 < log["total_lines"]
        status, page, headers = await client.ask("GET", f"{at}/report?task_id=a.1")
        assert status == 200
        assert page.startswith("<!doctype html>")
        assert headers["Content-Security-Policy"].startswith("sandbox allow-scripts;")
        _, history, _ = await beside(client, "GET", f"{at}/list")
        (run,) = history["runs"]
        assert (run["total_requests"], run["success_rate"], run["num_runs"]) == (20, 100, 1)
        status, _, _ = await client.ask("POST", f"{at}/stop?task_id=a.1")
        assert status == 404
        assert (await client.ask("GET", "/api/v1/eval/progress?task_id=a.1"))[0] == 404
        _, deleted, _ = await beside(client, "DELETE", f"{at}/run?path={run['path']}")
        assert deleted == {"success": True, "path": run["path"]}
        assert (await client.ask("GET", f"{at}/list"))[1]["total"] == 0


async def test_a_client_that_goes_away_leaves_its_task(tmp_path: Path) -> None:
    async with served(tmp_path) as client, service() as (url, _):
        body = {"model": "m", "url": f"{url}/v1", "duration": 60}
        at, named = "/api/v1/perf/invoke", {"EvalScope-Task-Id": "b"}
        with pytest.raises(asyncio.TimeoutError):
            await client.ask(
                "POST", at, body, headers=named, timeout=aiohttp.ClientTimeout(total=0.5)
            )
        _, active, _ = await client.ask("GET", "/api/v1/tasks/active")
        assert [(each["task_id"], each["status"]) for each in active["tasks"]] == [("b", "running")]
        assert (await ask(client, at, body, **named))[0] == 409
        # Not waited for, in both ways; they wait for the first.
        for path, headers in (("", {"Prefer": "respond-async"}), ("?wait=false", {})):
            status, job, told = await ask(client, f"/api/v1/perf{path}", body, **headers)
            assert (status, told["Location"]) == (202, f"/api/v1/jobs/{job['id']}")
            assert (await client.ask("POST", f"/api/v1/perf/stop?task_id={job['id']}"))[0] == 200
        (job,) = client.server.jobs.queue.batch("evalscope/b")
        await client.until(job.id, "running", telling=True)
        assert (await client.ask("POST", "/api/v1/perf/stop?task_id=b"))[1]["status"] == "stopped"
        assert (await client.until(job.id))["state"] == "stopped"


MINE = {"model": "m", "url": "http://h"}
ASKED = {"model": "m", "datasets": ["gsm8k"], "api_url": "http://h"}
INVALID: list[tuple[str, dict[str, Any], str]] = [
    ("eval", {"model": "m", "datasets": ["gsm8k"]}, "api_url"),
    ("eval", ASKED | {"datasets": "gsm8k"}, "datasets"),
    ("eval/invoke", ASKED | {"work_dir": "/etc"}, "work_dir"),
    ("perf", {"url": "http://h"}, "model"),
    ("perf", MINE | {"url": "ftp://h"}, "url"),
    ("perf", MINE | {"numbers": 5}, "numbers"),
    ("perf", MINE | {"number": 0}, "number"),
    ("perf", MINE | {"dataset": "nothing"}, "dataset"),
    ("perf/invoke", MINE | {"work_dir": "../x"}, "work_dir"),
]


async def test_invalid_parameters_are_400(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for path, body, field in INVALID:
            status, answer, _ = await ask(client, f"/api/v1/{path}", body)
            assert (status, answer["error"]["field"]) == (400, field)
        for name in ("../x", "", "a b", "x" * 129, ".hidden"):
            status, answer, _ = await ask(
                client, "/api/v1/perf/invoke", MINE, **{"EvalScope-Task-Id": name}
            )
            assert (status, answer["error"]["field"]) == (400, "EvalScope-Task-Id")
            for what in ("progress", "log", "report"):
                address = f"{client.address}/api/v1/perf/{what}"
                async with client.session.get(address, params={"task_id": name}) as asked:
                    assert asked.status == 400
        assert client.server.jobs.queue.listed() == []


async def test_what_went_wrong_in_the_run_is_told(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        body = {"model": "m", "url": "http://127.0.0.1:1/v1/chat/completions", "number": 1}
        status, answer, _ = await ask(client, "/api/v1/perf", body)
        assert (status, answer["status"]) == (400, "error")
        assert "127.0.0.1:1" in answer["message"]
        assert answer["error"]["message"] == answer["message"]


async def test_parameters_are_listed(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        _, listed, _ = await client.ask("GET", "/api/v1/perf/params")
        assert set(listed["required"]) == {"model", "url"}
        defaults = {name: each.get("default") for name, each in listed["optional"].items()}
        assert (defaults["number"], defaults["parallel"], defaults["rate"]) == (1000, 1, -1)
        assert (defaults["dataset"], defaults["api"], defaults["stream"]) == (
            "openqa",
            "openai",
            True,
        )
        assert all(each["description"] for each in listed["optional"].values())
        _, listed, _ = await client.ask("GET", "/api/v1/eval/params")
        assert set(listed["required"]) == {"model", "datasets", "api_url"}
        assert listed["optional"]["seed"]["default"] == 42
        _, found, _ = await client.ask("GET", "/api/v1/eval/benchmarks?type=text")
        assert {"gsm8k", "iquiz", "ceval"} <= {each["name"] for each in found["text"]}


PERF = {"model": "m", "url": "http://h/v1/chat/completions"}
EVAL = {"model": "m", "api_url": "http://h/v1", "datasets": ["gsm8k"]}


def test_names_are_read_as_on_the_command_line(tmp_path: Path) -> None:
    found = settings_of("perf", {**PERF, "rate": -1, "n_choices": 2, "warmup_num": 3}, tmp_path)
    assert "rate" not in found
    assert (found["n"], found["warmup"], found["api"]) == (2, 3, "openai")
    assert (found["number"], found["max_tokens"]) == (1000, 2048)
    completions = {**PERF, "api": "openai", "url": "http://h/v1/completions"}
    assert settings_of("perf", completions, tmp_path)["api"] == "completions"
    assert "number" not in settings_of("perf", {**PERF, "duration": 5}, tmp_path)
    sampled = {**EVAL, "generation_config": {"temperature": 0.7}, "eval_batch_size": 4}
    found = settings_of("eval", sampled, tmp_path)
    assert found["generation_config"] == {"temperature": 0.7, "max_tokens": 2048}
    assert (found["parallel"], found["seed"], found["url"]) == (4, 42, "http://h/v1")
    inside = settings_of("eval", {**EVAL, "work_dir": str(tmp_path / "outputs")}, tmp_path)
    assert "outputs_dir" not in inside


def test_no_key_of_a_tracker_is_taken(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trackers"):
        settings_of("perf", {**PERF, "wandb_api_key": "k"}, tmp_path)
    assert "optional" in parameters("perf")
