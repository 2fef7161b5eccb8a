"""The pages on which runs are asked for, over real sockets: as browsers without script and with."""

from __future__ import annotations

import asyncio
import json
from html import unescape
from pathlib import Path
from typing import Any

from serving import Client, served

KEY = "sk-a-key-that-nobody-must-see-1234567890"
SCRIPT = {"HX-Request": "true"}


async def send(client: Client, path: str, form: dict[str, str], **headers: str) -> tuple[Any, ...]:
    """Send a form; the answer's status, text and headers."""
    return await asked(client, "POST", path, data=form, headers=headers)


async def asked(client: Client, method: str, path: str, **more: Any) -> tuple[Any, ...]:
    more.setdefault("headers", {})
    async with client.session.request(
        method, client.address + path, allow_redirects=False, **more
    ) as got:
        return got.status, unescape(await got.text()), got.headers


async def test_a_form_of_every_command(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for command, words in (
            (
                "perf",
                ("Requests in flight at a time", 'placeholder="openqa"', "Built-in simulator"),
            ),
            ("eval", ("GSM8K: grade-school maths", "needed")),
            ("arena", ("The model that has 1000 points", "Named models")),
        ):
            status, page, _ = await asked(client, "GET", f"/new/{command}")
            assert status == 200
            assert all(word in page for word in words)
            assert "json_output" not in page
            assert 'name="outputs_dir"' not in page
        assert (await asked(client, "GET", "/new/nothing"))[0] == 404
        assert (await asked(client, "GET", "/new"))[2]["Location"] == "/new/perf"


async def test_links_fill_the_form_in(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        link = f"/new/perf?parallel=1+8&number=3&stream=off&api=vllm&api_key={KEY}"
        _, page, _ = await asked(client, "GET", link)
        assert "perfbench --api vllm --no-stream --parallel 1 8 --number 3" in page
        assert '<option value="vllm" selected>' in page
        assert "<b>6</b> requests" in page
        assert KEY not in page
        _, page, _ = await asked(client, "GET", '/new/perf?prompt="><script>alert(1)</script>')
        assert "<script>alert" not in await raw(client, '/new/perf?prompt="><script>alert(1)')


async def raw(client: Client, path: str) -> str:
    async with client.session.get(client.address + path) as got:
        return await got.text()


async def test_errors_stand_at_their_fields_and_secrets_nowhere(tmp_path: Path) -> None:
    form = {"parallel": "two", "api_key": KEY, "headers": f"X-Key={KEY}", "burstiness": "2"}
    async with served(tmp_path) as client:
        status, page, _ = await send(client, "/new/perf", form)
        assert status == 422
        assert "expected a whole number" in field(page, "parallel")
        assert 'aria-invalid="true"' in field(page, "parallel")
        assert 'value="two"' in field(page, "parallel")
        assert "give it again" in field(page, "api_key")
        assert "give it again" in field(page, "headers")
        assert KEY not in page
        status, part, _ = await send(client, "/new/perf/look", form, **SCRIPT)
        assert (status, "<html" in part, KEY in part) == (200, False, False)
        assert 'data-field="parallel"' in part
        between = {"drop_late": "3"}
        _, page, _ = await send(client, "/new/perf/look", between)
        assert "without it answers decide" in field(page, "drop_late")
        _, page, _ = await send(client, "/new/eval/look", {"limit": "3"})
        assert "name at least one data set" in field(page, "datasets")
        status, _, _ = await asked(client, "POST", "/new/perf", json={"parallel": 1})
        assert status == 415
        assert (await client.ask("GET", "/api/v1/jobs"))[1] == {"jobs": []}


def field(page: str, name: str) -> str:
    """The part of a page that is about a setting."""
    return page.partition(f'data-name="{name}"')[2].partition("data-name=")[0]


async def test_a_form_sent_twice_is_one_job_and_fills_the_next(tmp_path: Path) -> None:
    form = {"parallel": "2", "number": "10", "api_key": KEY, "once": "abc", "stream": "on"}
    form |= {"report": "off"}
    async with served(tmp_path) as client:
        answers = [await send(client, "/new/perf", form) for _ in range(2)]
        assert [answer[0] for answer in answers] == [303, 303]
        places = {answer[2]["Location"] for answer in answers}
        assert len(places) == 1
        name = places.pop().rpartition("/")[2]
        _, job, _ = await client.ask("GET", f"/api/v1/jobs/{name}")
        given = {"parallel": [2], "number": [10], "report": False}
        assert job["settings"] == {"api_key": "***", **given}
        ended = await client.until(name)
        assert ended["state"] == "done"
        for link in (f"/new/perf?job={name}", f"/new/perf?from={ended['run']}&number=20"):
            _, page, _ = await asked(client, "GET", link)
            assert 'value="2"' in field(page, "parallel")
            assert "give it again" in field(page, "api_key")
        assert 'value="20"' in field(page, "number")
        changed = {**form, "number": "11"}
        status, _, headers = await send(client, "/new/perf", changed, **SCRIPT)
        assert (status, headers["HX-Redirect"].startswith("/jobs/")) == (200, True)
        assert name not in headers["HX-Redirect"]


async def test_one_request_is_tried(tmp_path: Path) -> None:
    asking = {
        "command": "perf",
        "settings": {"rate": [100], "number": 5000, "api_key": KEY, "max_tokens": 7},
    }
    async with served(tmp_path) as client:
        _, tried, _ = await client.ask("POST", "/api/v1/try", asking)
        assert (tried["ok"], tried["status"], tried["simulated"]) == (True, 200, True)
        assert (tried["model"], tried["output_tokens"]) == ("simulated", 7)
        assert 0 < tried["ttft_ms"] <= tried["latency_ms"]
        request = tried["request"]
        assert (request["method"], request["path"]) == ("POST", "/v1/chat/completions")
        assert request["headers"] == {"Authorization": "Bearer ***"}
        body = json.loads(request["body"])
        assert (body["max_tokens"], body["stream"], body["model"]) == (7, True, "simulated")
        assert [*(tmp_path / ".server" / "tries").iterdir()] == []
        assert (await client.ask("GET", "/api/v1/runs"))[1]["runs"] == []


async def test_a_try_says_what_is_wrong(tmp_path: Path) -> None:
    broken = {"simulator.error_rate": "1", "simulator.error_status": "401", "api_key": KEY}
    nobody = {"url": "http://127.0.0.1:9", "datasets": "gsm8k", "model": "m"}
    async with served(tmp_path) as client:
        (_, refused, _), (_, unreached, _) = await asyncio.gather(
            send(client, "/new/perf/try", broken, **SCRIPT),
            send(client, "/new/eval/try", nobody, **SCRIPT),
        )
        assert "The service wants a valid key." in refused
        assert "Bearer ***" in refused
        assert "No request could be sent." in unreached
        assert "connection refused" in unreached.lower()
        _, unfinished, _ = await send(client, "/new/perf/try", {"parallel": "x"}, **SCRIPT)
        assert "First mend what is wrong" in unfinished
        client.server.tries._running = 3  # As many as may be.
        asking = {"command": "perf", "settings": {}}
        assert (await client.ask("POST", "/api/v1/try", asking))[0] == 429


async def test_what_an_evaluation_would_ask(tmp_path: Path) -> None:
    form = {"datasets": "gsm8k", "limit": "3"}
    async with served(tmp_path) as client:
        _, planned, _ = await send(client, "/new/eval/plan", form, **SCRIPT)
        assert "1 subtask, 3 requests: a dry run, nothing was sent" in planned
        wrong = {"command": "eval", "settings": {"datasets": ["nothing_such"]}}
        _, plan, _ = await client.ask("POST", "/api/v1/plan", wrong)
        assert not plan["ok"]
        assert "nothing_such" in plan["text"]
        asking = {"command": "perf", "settings": {}}
        assert (await client.ask("POST", "/api/v1/plan", asking))[0] == 422


async def test_settings_for_programs(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        _, tree, _ = await client.ask("GET", "/api/v1/settings/perf")
        known = {each["name"]: each for each in tree["settings"]}
        assert known["read_timeout"]["unit"] == "s"
        assert known["read_timeout"]["limits"] == "above 0"
        assert known["outputs_dir"]["refused"]
        assert known["parallel"]["refused"] is None
        assert known["arrival"]["choices"][0] == {"value": "constant", "text": ""}
        asking = {"command": "perf", "settings": {"parallel": "1 4", "api_key": KEY}}
        _, found, _ = await client.ask("POST", "/api/v1/check", asking)
        assert (found["valid"], found["given"]["parallel"]) == (True, [1, 4])
        assert found["settings"]["read_timeout"] == 600
        assert found["command_line"] == 'perfbench --api-key "$OPENAI_API_KEY" --parallel 1 4'
        assert KEY not in json.dumps(found)
        asking["settings"] = {"parallel": "x"}
        _, found, _ = await client.ask("POST", "/api/v1/check", asking)
        assert [error["field"] for error in found["errors"]] == ["parallel"]
