"""Secrets that the server remembers: whoever repeats or resumes a job never learns them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Reply, ScriptedServer, sized
from serving import SMALL, served

from perfbench.server import reach
from perfbench.server.queue import Job
from perfbench.server.refusal import Refusal
from perfbench.server.secrets import Secrets

KEY = "sk-a-key-that-nobody-must-see-1234567890"
SETTINGS = {"url": "http://a.example/v1", "api_key": "***", "parallel": [1]}
ANSWER = b'{"choices": [{"index": 0, "message": {"content": "4"}, "finish_reason": "stop"}]}'


async def test_a_remembered_key_goes_only_where_it_went(tmp_path: Path) -> None:
    answer = Reply([sized(ANSWER)])
    async with AsyncExitStack() as stack:
        first, second = [stack.enter_context(ScriptedServer([answer]).running()) for _ in range(2)]
        client = await stack.enter_async_context(served(tmp_path))
        headers = {"X-Team-Token": KEY[::-1]}
        given = {**SMALL, "number": 4, "url": f"http://127.0.0.1:{first.port}/v1", "api_key": KEY}
        given |= {"headers": headers, "stream": False, "model": "m"}
        job = (await client.submit("perf", given))["id"]
        ended = await client.until(job)
        assert ended["run"] is not None, ended["error"]
        assert any(KEY.encode() in head for head, _ in first.requests)
        elsewhere = f"http://127.0.0.1:{second.port}/v1"
        for word in ("repeat", "resume"):
            for change in (
                {"url": elsewhere},
                {"url": [given["url"], elsewhere]},
                {"url": elsewhere, "api_key": "mine"},
                {"metrics_url": elsewhere},
                {"api_template": str(tmp_path / "mine.toml")},
                {"extra_args": {"api_base": elsewhere}},
            ):
                status, said, _ = await client.ask(
                    "POST", f"/api/v1/jobs/{job}/{word}", {"settings": change}
                )
                assert (status, said["error"]["field"] in ("api_key", "headers")) == (422, True)
                assert KEY not in str(said)
        path = f"/api/v1/jobs/{job}/repeat"
        mine = {"url": elsewhere, "api_key": "mine-0123456789", "headers": {}}
        again = [
            await client.ask("POST", path, {"settings": change})
            for change in ({"number": 2, "url": given["url"], "headers": headers}, mine)
        ]
        assert [status for status, *_ in again] == [202, 202]
        await asyncio.gather(*(client.until(new["id"]) for _, new, _ in again))
        assert second.requests
        assert not any(
            KEY.encode() in head or b"x-team-token" in head.lower() for head, _ in second.requests
        )


@pytest.mark.parametrize("name", sorted(reach.ADDRESSES | reach.NESTED | {"api", "base_url", "?"}))
def test_what_may_say_who_is_asked_takes_nothing_from_memory(name: str) -> None:
    job = Job(id="j", command="perf", settings=SETTINGS, withheld=("api_key",), created_s=0.0)
    secrets = Secrets()
    secrets.keep("j", {"api_key": KEY})
    with pytest.raises(Refusal, match="api_key") as caught:
        secrets.with_known(job, {name: "other"})
    assert (caught.value.status, caught.value.field) == (422, "api_key")
    with_key: dict[str, Any] = {name: "other", "api_key": None}
    assert secrets.with_known(job, with_key) == with_key


@pytest.mark.parametrize("change", [{}, {"parallel": [9]}, {"url": SETTINGS["url"]}, {"api": None}])
def test_what_changes_nothing_of_that_keeps_them(change: dict[str, Any]) -> None:
    job = Job(id="j", command="perf", settings=SETTINGS, withheld=("api_key",), created_s=0.0)
    secrets = Secrets()
    secrets.keep("j", {"api_key": KEY})
    assert secrets.with_known(job, change) == {"api_key": KEY, **change}
