"""What somebody may try who means harm, against a real server: none of it works."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from serving import Client, served
from yarl import URL

from perfbench.server.app import tell_fault
from perfbench.server.door import Limits

SECRET = "the-content-of-a-file-beside-the-results"
JOB = json.dumps({"command": "perf", "settings": {"parallel": [1]}}).encode()
SLOW = Limits(head_s=0.4, body_s=0.4, stuck_s=0.4)
one_loop = pytest.mark.asyncio(loop_scope="module")
"""For those who ask a server of the whole module."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A server that nobody changes."""
    results = tmp_path_factory.mktemp("shared")
    async with served(results, limits=Limits(body_s=0.5)) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """One that does not wait for the slow."""
    async with served(tmp_path_factory.mktemp("hasty"), limits=SLOW) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def beside_secrets(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """One whose results folder has files beside it, within it, and behind a link, that are none of
    anybody's business."""
    folder = tmp_path_factory.mktemp("beside")
    results = folder / "results"
    results.mkdir()
    for each in (folder / "secret", folder / "etc"):
        each.mkdir()
        (each / "run.db").write_text(SECRET)
    (results / "link").symlink_to(folder / "secret")
    async with served(results) as client:
        (results / ".server/run.db").write_text(SECRET)
        yield client


async def say(client: Client, data: bytes, wait_s: float = 5.0) -> bytes:
    """All that a connection answers to these bytes until it is closed, or nothing more comes."""
    host, _, port = client.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    found = b""
    try:
        writer.write(data)
        with suppress(asyncio.TimeoutError, ConnectionError):
            while more := await asyncio.wait_for(reader.read(65536), wait_s):
                found += more
    finally:
        writer.close()
    return found


def request(method: str, path: str, *headers: str, body: bytes = b"", host: str = "") -> bytes:
    """A request as it is sent, on a connection that ends with it."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host or '127.0.0.1'}", "Connection: close"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


TRAVERSAL = (
    *("..", "../secret", "..%2fsecret", "%2e%2e%2fsecret", "%2e%2e/secret", "..%5csecret"),
    *("..%252fsecret", "....//secret", "%00", "run%00", "/etc/passwd", "%2fetc%2fpasswd"),
    *(".server", ".server%2ftoken", ".server/token", ".SERVER", "%2eserver", "link", "link%2frun"),
    *("\U0001f4a9" * 63, "%f0%9f%92%a9" * 64),
    *("..%c0%afsecret", "%ef%bc%8e%ef%bc%8e%2fsecret", "a" * 300, "%f0%9f%92%a9", "run.db", "."),
)


@one_loop
@pytest.mark.parametrize("place", TRAVERSAL)
async def test_no_path_leaves_the_results(place: str, beside_secrets: Client) -> None:
    client = beside_secrets
    for path in (
        *(f"/api/v1/runs/{place}", f"/api/v1/jobs/{place}", f"/api/v1/jobs/{place}/log"),
        *(f"/static/{place}", f"/assets/{place}", f"/static/../{place}", f"/{place}"),
    ):
        answer = await say(client, request("GET", path))
        assert 400 <= status(answer) < 500 or path in ("/..", "/."), path
        assert SECRET.encode() not in answer
    for method in ("DELETE", "PATCH"):
        answer = await say(client, request(method, f"/api/v1/runs/{place}", body=b"{}"))
        assert 400 <= status(answer) < 500
    answer = await say(client, request("POST", f"/api/v1/runs/{place}/restore"))
    assert 400 <= status(answer) < 500
    secret = client.server.config.outputs_dir.parent / "secret/run.db"
    assert secret.read_text() == SECRET


HOSTS = (
    *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:9000"),
    *("user@127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1:evil", "[::1", "::1", "127.1"),
    *("2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "localhost/", "10.0.0.1", "localhost.."),
    *("127.0.0.1 evil", "127.0.0.1,evil.example", "", "*", "[::1%lo]", "0.0.0.0"),
)


@one_loop
@pytest.mark.parametrize("host", HOSTS)
async def test_other_names_are_not_answered(host: str, shared: Client) -> None:
    data = b"GET /health HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % host.encode()
    assert status(await say(shared, data)) in (400, 421)


async def test_own_names_are_answered_however_they_are_written(tmp_path: Path) -> None:
    async with served(tmp_path, allow_host="Bench.example") as client:
        for host in (
            *(
                "127.0.0.1",
                "127.0.0.1:80",
                "LOCALHOST",
                "localhost.",
                "[::1]:9000",
                "bench.EXAMPLE",
            ),
            "[0:0:0:0:0:0:0:1]",
        ):
            assert status(await say(client, request("GET", "/health", host=host))) == 200, host


ODD_TARGETS = (
    b"GET http://evil.example/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET http://127.0.0.1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    b"GET /health HTTP/1.0\r\n\r\n",
    b"GET /health HTTP/1.1\r\n\r\n",
    b"CONNECT evil.example:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
)


@one_loop
@pytest.mark.parametrize("data", ODD_TARGETS)
async def test_odd_targets_are_refused(data: bytes, shared: Client) -> None:
    assert 400 <= status(await say(shared, data, 0.5)) < 500


FOREIGN = (
    ["Origin: http://evil.example"],
    ["Origin: null"],
    ["Origin: "],
    ["Origin: http://127.0.0.1:1"],
    ["Origin: http://127.0.0.1.evil.example"],
    ["Origin: http://localhost"],
    ["Origin: file://"],
    ["Origin: http://127.0.0.1", "Origin: http://evil.example"],
    ["Sec-Fetch-Site: cross-site"],
    ["Sec-Fetch-Site: same-site"],
    ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"],
    ["Origin: null", "Sec-Fetch-Site: same-origin"],
)


@one_loop
@pytest.mark.parametrize("headers", FOREIGN)
async def test_pages_of_other_sites_change_nothing(headers: list[str], shared: Client) -> None:
    for method, path in (
        ("POST", "/api/v1/jobs"),
        ("DELETE", "/api/v1/runs/x"),
        ("POST", "/login"),
        ("POST", "/logout"),
    ):
        answer = await say(shared, request(method, path, *headers, body=JOB))
        assert status(answer) == 403
        assert b"Access-Control" not in answer
    assert shared.server.jobs.queue.listed() == []


async def test_pages_of_other_sites_read_nothing_but_may_have_links(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for mode, expected in (("no-cors", 403), ("cors", 403), ("navigate", 200)):
            headers = ("Sec-Fetch-Site: cross-site", f"Sec-Fetch-Mode: {mode}")
            assert status(await say(client, request("GET", "/", *headers))) == expected


async def test_a_named_site_may_ask_and_no_other(tmp_path: Path) -> None:
    site = "https://board.example"
    async with served(tmp_path, allow_origin=site) as client:
        asks = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x")
        for origin in (site, "https://board.example.evil", "null", "https://evil.example"):
            preflight = await say(
                client, request("OPTIONS", "/api/v1/jobs", f"Origin: {origin}", *asks)
            )
            posted = await say(
                client, request("POST", "/api/v1/jobs", f"Origin: {origin}", body=b"{}")
            )
            allowed = f"Access-Control-Allow-Origin: {site}\r\n".encode()
            named = origin == site
            assert (status(preflight), status(posted)) == ((204, 422) if named else (405, 403))
            for answer in (preflight, posted):
                assert (allowed in answer) == named
                assert b"Vary: Origin" in answer
                assert b"Allow-Credentials" not in answer


BODIES = (
    (request("POST", "/api/v1/jobs", "Content-Length: 99999999", "Expect:"), (400, 413)),
    (request("POST", "/api/v1/jobs", body=b"x" * (3 << 20)), (413,)),
    (request("POST", "/api/v1/jobs", body=b"[" * 100_000), (400,)),
    (request("POST", "/api/v1/jobs", body=b"{" * 100_000), (400,)),
    (request("POST", "/api/v1/jobs", body=b'{"command": "perf", "settings": ' * 2), (400,)),
    (request("POST", "/api/v1/jobs", body=b"\xff\xfe"), (400,)),
    (request("POST", "/api/v1/jobs", body=b'"\\ud800"'), (400, 422)),
    (request("POST", "/api/v1/jobs", body=b"1" * 10_000), (400, 422)),
    (
        request(
            "POST",
            "/api/v1/jobs",
            body=b'{"command":"perf","settings":{"extra_args":%b1%b}}' % (b"[" * 500, b"]" * 500),
        ),
        (400, 422),
    ),
    (
        request("POST", "/login", "Content-Type: multipart/form-data; boundary=x"),
        (415,),
    ),
    (request("GET", "/" + "a" * 20_000), (400, 414)),
    (request("GET", "/?" + "a=1&" * 5000), (400, 414)),
    (request("GET", "/", "X-Long: " + "a" * 20_000), (400, 431)),
    (request("GET", "/", *(f"X-{n}: 1" for n in range(1000))), (400, 431)),
    (request("GET", "/api/v1/jobs?limit=" + "9" * 4000), (422,)),
    (request("BREW", "/api/v1/jobs"), (400,)),
)


@one_loop
@pytest.mark.parametrize(("data", "expected"), BODIES)
async def test_what_is_too_much_is_refused(
    data: bytes, expected: tuple[int, ...], shared: Client
) -> None:
    answer = await say(shared, data, 1)
    assert status(answer) in (*expected, *((408,) if b"99999999" in data else ()))
    assert b"Traceback" not in answer
    assert status(await say(shared, request("GET", "/health"))) == 200


async def test_what_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * (50 << 20), 1)
    async with served(tmp_path) as client:
        answer = await say(
            client, request("POST", "/api/v1/jobs", "Content-Encoding: gzip", body=bomb)
        )
        assert status(answer) in (400, 413)


DEEP = json.dumps(json.loads("[" * 400 + "]" * 400))
ODD_PARTS = ("x", "%00", "a" * 255, "%22%3Cscript%3Ealert(1)%3C%2Fscript%3E", "..%2F..", "%ff%fe")
ODD_BODIES = (
    b"",
    b"[]",
    b'"\\u0000"',
    b'{"command": "perf", "settings": {"judge_args": %s}}' % DEEP.encode(),
    b'{"eval_infos": [{}], "settings": {"x": 1}, "tags": ["\\u0000"], "note": 1}',
    json.dumps({"judge_args": '{"a":' * 50_000, "settings": {"extra_args": "{" * 50_000}}).encode(),
)


async def test_no_route_fails_or_answers_without_its_policy(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for number, (route, part) in enumerate(itertools.product(client.server.routes, ODD_PARTS)):
            path = re.sub(r"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", part, route.path)
            query = "&".join(f"{each.name}={part}" for each in route.query)
            url = URL(f"{client.address}{path}?{query}&sort={part}&page={part}", encoded=True)
            more: dict[str, Any] = {"headers": {"Accept": ("text/html", "*/*")[number % 2]}}
            if route.method != "GET":
                more["data"] = ODD_BODIES[number % len(ODD_BODIES)]
            async with client.session.request(
                route.method, url, allow_redirects=False, **more
            ) as got:
                text = await got.text()
                assert got.status < 500, (route.method, str(url))
                assert "Content-Security-Policy" in got.headers
                if got.content_type == "text/html":
                    assert "<script>alert" not in text
        assert client.server.jobs.queue.listed() == []


async def test_every_route_is_behind_the_token(tmp_path: Path) -> None:
    async with served(tmp_path, token="a-token-of-sixteen-or-more") as client:
        is_open = {"/health", "/login"}
        for route in client.server.routes:
            path = re.sub(r"\{[^{}]*\}", "x", route.path)
            answer = await say(client, request(route.method, path, body=b"{}"))
            assert (b"WWW-Authenticate" in answer) == (path not in is_open), route.path


SMUGGLED = (
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhelloG",
    b"Content-Length: 5, 6\r\n\r\nhelloG",
    b"Content-Length: +5\r\n\r\nhello",
    b"Content-Length: -1\r\n\r\n",
    b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
    b"X-A: b\r\n Content-Length: 3\r\n\r\nabc",
    b"X-A\x00: b\r\n\r\n",
)


@one_loop
@pytest.mark.parametrize("rest", SMUGGLED)
async def test_no_request_hides_in_another(rest: bytes, hasty: Client) -> None:
    hidden = b"DELETE /api/v1/runs/hidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    data = b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n" + rest + hidden
    answer = await say(hasty, data, 2)
    assert answer.count(b"HTTP/1.") <= 1
    assert b"hidden" not in answer


async def trickle(client: Client, head: bytes, drip: bytes, most_s: float) -> tuple[bytes, float]:
    """What is answered to a head and one drip after the other, and when the connection ended."""
    host, _, port = client.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    loop = asyncio.get_running_loop()
    start, found = loop.time(), b""
    writer.write(head)
    try:
        while loop.time() - start < most_s:
            writer.write(drip)
            with suppress(asyncio.TimeoutError):
                more = await asyncio.wait_for(reader.read(4096), 0.05)
                if not more:
                    break
                found += more
    except ConnectionError:
        pass
    finally:
        writer.close()
    return found, loop.time() - start


@one_loop
@pytest.mark.parametrize(
    ("head", "drip", "answered"),
    [
        (b"", b"", b""),
        (b"GET /health HTTP/1.1\r\n", b"X: 1\r\n", b""),
        (b"GET /", b"a", b""),
        (b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"G", b"200 OK"),
        (
            b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n{",
            b" ",
            b"408 ",
        ),
        (
            b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\n \r\n",
            b"408 ",
        ),
    ],
)
async def test_slow_clients_are_let_go(
    head: bytes, drip: bytes, answered: bytes, hasty: Client
) -> None:
    found, took_s = await trickle(hasty, head, drip, 20)
    assert answered in found
    assert took_s < 15


async def test_who_reads_nothing_is_let_go(tmp_path: Path) -> None:
    async with served(tmp_path, limits=SLOW) as client:
        host, _, port = client.address.removeprefix("http://").partition(":")
        _, writer = await asyncio.open_connection(host, int(port), limit=1)
        for _ in range(400):  # Much more than the buffers of a connection hold.
            writer.write(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        door = client.server.door
        assert door is not None
        for _ in range(1200):  # A busy machine takes its time to make the documents.
            await asyncio.sleep(0.05)
            if door.cut:
                break
        writer.close()
        assert door.cut == 1


async def test_connections_are_counted(tmp_path: Path) -> None:
    async with served(tmp_path, limits=Limits(of_address=20)) as client:
        host, _, port = client.address.removeprefix("http://").partition(":")
        held = [await asyncio.open_connection(host, int(port)) for _ in range(60)]
        door = client.server.door
        assert door is not None
        answers = [await asyncio.wait_for(reader.read(100), 5) for reader, _ in held[20:]]
        assert all(answer.startswith(b"HTTP/1.1 503") for answer in answers)
        assert (len(door), door.turned_away) == (20, 40)
        for _, writer in held:
            writer.close()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if not len(door):
                break
        assert status(await say(client, request("GET", "/health"))) == 200


async def test_a_flood_of_requests_is_answered_in_turn(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        one = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        last = request("GET", "/health")
        flood = asyncio.create_task(say(client, one * 1000 + last, 20))
        assert (await client.ask("GET", "/health"))[0] == 200
        assert (await flood).count(b"HTTP/1.1 200") == 1001


MODEL = "m<script>alert(1)</script>"
TEXT = "\x1b[31mred\x07\r\nperfbench: a line of mine <script>alert(1)</script>"


async def test_what_clients_write_acts_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with served(tmp_path, limits=Limits(streams=2, of_stream=1)) as client:
        settings = {
            "simulator": {"model": MODEL},
            "name": f"<img src=x>{TEXT}",
            "parallel": [1],
            "duration": 60,
        }
        job = await client.submit("perf", settings)
        await client.until(job["id"], "running", telling=True)
        events = f"{client.address}/api/v1/jobs/{job['id']}/events"
        async with client.session.get(events) as first:
            assert first.status == 200
            async with client.session.get(events) as second:
                assert (second.status, second.headers["Retry-After"]) == (429, "5")
        await client.ask("POST", f"/api/v1/jobs/{job['id']}/stop")
        run = (await client.until(job["id"]))["run"]
        for path in ("/", f"/runs/{run}", "/jobs", f"/jobs/{job['id']}", "/%1b[31m?a=%0d%0aX-A: b"):
            code, page, headers = await client.ask("GET", path, headers={"Accept": "text/html"})
            assert code in (200, 404)
            assert "<script>alert" not in page
            assert "<img src=x>" not in page
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert "X-A" not in headers
        for other in ({"metrics": ["/tmp/x.py"]}, {"sinks": ["wandb"]}, {"events": "/tmp/x"}):
            again = f"/api/v1/jobs/{job['id']}/resume"
            assert (await client.ask("POST", again, {"settings": other}))[0] == 422
        log = (await client.ask("GET", f"/api/v1/jobs/{job['id']}/log"))[1]
        assert "\x1b" not in log
        assert {"Content-Type", "X-Content-Type-Options"} <= set(headers)
    printed = "".join(capfd.readouterr())
    assert "\x1b" not in printed
    assert "a line of mine" not in printed


def test_faults_are_told_without_what_clients_wrote(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        json.loads(TEXT)
        raise AssertionError
    except ValueError:
        try:
            raise RuntimeError(TEXT)
        except RuntimeError as error:
            tell_fault(error)
    printed = capfd.readouterr().err
    assert "RuntimeError" in printed
    assert "test_server_attacks.py" in printed
    assert "red" not in printed.replace("test_server", "")


KEY = "sk-test-1234567890-abcdefghijkl"
LEAKS: tuple[dict[str, Any], ...] = (
    {"api_keyy": KEY},
    {"api_key": [KEY]},
    {"headers": {"X-Custom": [KEY]}},
    {"headers": KEY},
    {"url": f"ftp://user:{KEY}@host/"},
    {"url": f"http://host/?key={KEY}", "parallel": 0},
    {"extra_args": {"api_key": KEY}, "parallel": "none"},
    {"api_key": KEY, "model": 1, "dataset": KEY},
)


@one_loop
@pytest.mark.parametrize("settings", LEAKS)
async def test_no_refusal_says_a_key(settings: dict[str, Any], shared: Client) -> None:
    body = json.dumps({"command": "perf", "settings": settings}).encode()
    answer = await say(shared, request("POST", "/api/v1/jobs", body=body))
    assert status(answer) == 422
    assert KEY.encode() not in answer


async def test_a_job_asks_nobody_whom_the_server_forbids(tmp_path: Path) -> None:
    async with served(tmp_path, deny_private=True) as client:
        for settings in ({"deny_private": False}, {"allow_target": ["127.0.0.0/8"]}):
            body = {"command": "perf", "settings": {"url": "http://127.0.0.1:9", **settings}}
            assert (await client.ask("POST", "/api/v1/jobs", body))[0] == 422
        job = await client.submit("perf", {"url": client.address, "model": "m", "number": 1})
        ended = await client.until(job["id"])
        assert ended["state"] == "failed"
        assert "--deny-private" in ended["error"]
        body = {"command": "perf", "settings": {"url": client.address, "model": "m"}}
        tried = (await client.ask("POST", "/api/v1/try", body))[1]
        assert not tried["ok"]
        assert "--deny-private" in tried["detail"]
        counted = (await client.ask("GET", "/metrics"))[1]
        assert "/v1/models" not in counted
