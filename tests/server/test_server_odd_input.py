"""Numbers, keys and forms that are none: each is refused in a line, and nothing fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import SMALL, served
from test_server_attacks import request, say, status

FORM = "application/x-www-form-urlencoded"
TOKEN = "a-token-of-sixteen-or-more"


@pytest.mark.parametrize(
    ("path", "name"), [("jobs", "offset"), ("jobs", "limit"), ("jobs/none/stop", "cut")]
)
async def test_zeros_in_front_hide_no_number(path: str, name: str, tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        method = "POST" if path.endswith("stop") else "GET"
        for text in ("0" * 12 + "9" * 21, "0" * 12 + "1", "9" * 12):
            code, answer, _ = await client.ask(method, f"/api/v1/{path}?{name}={text}")
            assert (code, answer["error"]["field"]) == (422, name)
    async with served(tmp_path) as client:
        assert (await client.ask("GET", "/api/v1/jobs?limit=000000000001"))[0] == 200


async def test_a_key_is_ascii(tmp_path: Path) -> None:
    new = b'{"command": "perf", "settings": {"parallel": [1]}}'
    async with served(tmp_path) as client:
        for key in (b"\xff", "\N{EURO SIGN}".encode(), b"a\tb", b"a" * 201, b""):
            data = request("POST", "/api/v1/jobs", "Idempotency-Key: KEY", body=new)
            assert status(await say(client, data.replace(b"KEY", key))) == 400, key
        assert client.server.jobs.queue.listed() == []


@pytest.mark.parametrize(
    "data",
    [
        *(b"GET /X\xff", b"GET /api/v1/jobs/X\xff", b"GET /api/v1/tasks/X\xff", b"GET /runs/X\xff"),
        *(b"GET /jobs/X\xff", b"GET /api/v1/runs?model=X\xff", b"GET /api/v1/jobs?state=X\xff"),
        *(b"GET /api/v1/perf/history/report?path=X\xff", b"DELETE /api/v1/perf/run?path=X\xff"),
        *(b"GET /api/v1/perf/log?task_id=X\xff", b"POST /api/v1/jobs/X\xff/stop"),
    ],
)
async def test_an_address_that_is_no_text_is_refused(data: bytes, tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        whole = data + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        assert status(await say(client, whole)) < 500


FORMS = (
    (FORM, b"token=\xff", 400),
    (f"{FORM}; charset=foo", b"token=a", 400),
    (f"{FORM}; charset=unicode_escape", b"token=\\ud800", 400),
    (f"{FORM}; charset=utf-16", b"token=a", 400),
    ("text/plain", b"token=a", 415),
    (f"{FORM}; charset=UTF-8", b"token=a", 0),
    (FORM, b"", 0),
)


@pytest.mark.parametrize(("kind", "body", "expected"), FORMS)
async def test_a_form_that_is_none_is_refused(
    kind: str, body: bytes, expected: int, tmp_path: Path
) -> None:
    async with served(tmp_path, token=TOKEN) as client:
        post, head = client.session.post, {"Content-Type": kind}
        async with post(f"{client.address}/login", data=body, headers=head) as got:
            assert got.status == (expected or 401)
        head["Authorization"] = f"Bearer {TOKEN}"
        async with post(f"{client.address}/jobs/none/stop", data=body, headers=head) as got:
            assert got.status == (expected or 404)


async def test_who_waits_for_what_has_ended_leaves_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        jobs = client.server.jobs
        job = await client.submit("perf", SMALL)
        known = jobs.kill(job["id"])
        assert (await jobs.end_of(known)).state == "stopped"
        assert (await jobs.end_of(known)).state == "stopped"
        assert not jobs._ends
