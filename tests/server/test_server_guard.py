"""Who may use a server: its token, its sessions, and how often one may guess."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import warm
from serving import Client, served

from perfbench.config import validated
from perfbench.config.server import ServerConfig
from perfbench.errors import ConfigError
from perfbench.server.guard import local
from perfbench.server.guesses import OVER_ALL, PER_ADDRESS, WINDOW_S, Guesses
from perfbench.server.tokens import Tokens, hashed

TOKEN = "a-token-of-sixteen-or-more"
HTML = {"Accept": "text/html"}


async def get(client: Client, path: str, **headers: str) -> tuple[int, Any]:
    """Status and headers, redirects not followed, no cookie kept."""
    async with client.session.get(
        client.address + path, headers=headers, allow_redirects=False
    ) as got:
        return got.status, got.headers


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def cookie_of(headers: Any) -> str:
    return str(headers["Set-Cookie"]).partition(";")[0]


async def test_programs_carry_the_token(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as client:
        code, headers = await get(client, "/api/v1/jobs")
        assert (code, headers["WWW-Authenticate"]) == (401, 'Bearer realm="perfbench"')
        for name, value, expected in (
            ("Authorization", f"Bearer {TOKEN}", 200),
            ("Authorization", f"bearer  {TOKEN} ", 200),
            ("X-API-Key", TOKEN, 200),
            ("Authorization", f"Basic {TOKEN}", 401),
            ("Authorization", f"Bearer {hashed(TOKEN)}", 401),
            ("Authorization", "Bearer", 401),
            ("Cookie", f"perfbench-0={TOKEN}", 401),
        ):
            assert (await get(client, "/api/v1/jobs", **{name: value}))[0] == expected, value
        assert (await get(client, f"/api/v1/jobs?token={TOKEN}"))[0] == 401


async def test_what_needs_no_token(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as client:
        for path, expected in (
            *(("/health", 200), ("/login", 200), ("/static/server.css", 200)),
            *(("/metrics", 401), ("/healthy", 401), ("/health/", 401), ("/static", 401)),
            *(("/api/v1/openapi.json", 401), ("/login/../api/v1/jobs", 401)),
        ):
            assert (await get(client, path))[0] == expected, path


async def test_a_browser_logs_in_and_out(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as client:
        code, headers = await get(client, "/jobs?state=done", **HTML)
        assert (code, headers["Location"]) == (303, "/login?next=/jobs%3Fstate%3Ddone")
        form = {"token": TOKEN, "next": "/jobs?state=done"}
        url, post = client.address, client.session.post
        async with post(f"{url}/login", data={"token": "wrong"}, headers=HTML) as got:
            assert (got.status, "not the token" in await got.text()) == (401, True)
        async with post(f"{url}/login", data=form, allow_redirects=False) as got:
            assert (got.status, got.headers["Location"]) == (303, "/jobs?state=done")
            given = got.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="):
            assert part in given
        assert "Secure" not in given
        session = {"Cookie": given.partition(";")[0]}
        assert (await get(client, "/api/v1/jobs", **session))[0] == 200
        kept = b"".join(path.read_bytes() for path in files_of(tmp_path))
        assert session["Cookie"].partition("=")[2].encode() not in kept
        assert TOKEN.encode() not in kept
        async with post(f"{url}/logout", headers=session, allow_redirects=False) as got:
            assert got.status == 303
        assert (await get(client, "/api/v1/jobs", **session))[0] == 401


async def test_a_link_opens_one_session(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as client:
        code, headers = await get(client, f"/jobs?a=1&token={TOKEN}", **HTML)
        assert (code, headers["Location"]) == (303, "/jobs?a=1")
        assert (await get(client, "/", Cookie=cookie_of(headers)))[0] == 200
        link = client.server.guard.tokens.link()
        assert "Set-Cookie" in (await get(client, f"/?token={link}", **HTML))[1]
        code, headers = await get(client, f"/?token={link}", **HTML)
        assert (code, headers["Location"]) == (303, "/login?next=/")
        assert "Set-Cookie" not in headers
        code, headers = await get(client, f"//evil.example/?token={TOKEN}", **HTML)
        assert headers["Location"].startswith("/")
        assert not headers["Location"].startswith("//")


async def test_a_proxy_is_believed_if_it_is_named(tmp_path: Path) -> None:
    https = {"X-Forwarded-Proto": "https", **HTML}
    async with served(tmp_path / "a", token=TOKEN, proxy="127.0.0.1") as client:
        assert "Secure" in (await get(client, f"/?token={TOKEN}", **https))[1]["Set-Cookie"]
    async with served(tmp_path / "b", token=TOKEN) as client:
        assert "Secure" not in (await get(client, f"/?token={TOKEN}", **https))[1]["Set-Cookie"]


async def test_what_a_proxy_says_stands_behind_what_the_client_says(tmp_path: Path) -> None:
    """Whether the proxy adds to the client's line or a line of its own."""
    async with served(tmp_path, token=TOKEN, proxy="127.0.0.1, 10.0.0.9") as client:

        async def asked(path: str, lines: list[tuple[str, str]]) -> tuple[int, Any]:
            url = client.address + path
            async with client.session.get(url, headers=lines, allow_redirects=False) as got:
                return got.status, got.headers

        codes = []
        for n in range(PER_ADDRESS + 1):
            lines = [("X-API-Key", "guess"), ("X-Forwarded-For", f"10.3.0.{n}")]
            lines += [("X-Forwarded-For", "10.0.0.2"), ("X-Forwarded-For", "10.0.0.9")]
            codes.append((await asked("/api/v1/jobs", lines))[0])
        assert codes == [401] * PER_ADDRESS + [429]
        for first, last, secure in (("https", "http", False), ("http", "https", True)):
            lines = [("Accept", "text/html"), ("X-Forwarded-For", "10.4.0.1")]
            lines += [("X-Forwarded-Proto", first), ("X-Forwarded-Proto", last)]
            _, headers = await asked(f"/?token={TOKEN}", lines)
            assert ("Secure" in headers["Set-Cookie"]) is secure


async def test_guessing_is_slow_and_keeps_nobody_out(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN, proxy="127.0.0.1") as client:

        async def tried(token: str, address: str) -> tuple[int, Any]:
            headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": f"1.1.1.1, {address}"}
            return await get(client, "/api/v1/jobs", **headers)

        assert (await tried(TOKEN, "10.0.0.1"))[0] == 200
        codes = [(await tried(f"guess-{n}", "10.0.0.2"))[0] for n in range(PER_ADDRESS + 5)]
        assert codes == [401] * PER_ADDRESS + [429] * 5
        code, headers = await tried(TOKEN, "10.0.0.2")
        assert (code, 0 < int(headers["Retry-After"]) <= WINDOW_S) == (429, True)
        for n in range(OVER_ALL):
            await tried("guess", f"10.1.0.{n}")
        assert (await tried(TOKEN, "10.2.0.1"))[0] == 429
        assert (await tried(TOKEN, "10.0.0.1"))[0] == 200
        url = f"{client.address}/login"
        headers = {"X-Forwarded-For": "10.2.0.2", **HTML}
        async with client.session.post(url, data={"token": TOKEN}, headers=headers) as got:
            assert got.status == 429


def test_tries_are_forgotten_with_time() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    for n in range(PER_ADDRESS):
        now[0] = float(n)
        assert guesses.wait_s("2001:db8::1") == 0
        guesses.wrong(f"2001:db8::{n}")  # One network is one who guesses.
    assert guesses.wait_s("2001:db8::ffff") == WINDOW_S - now[0]
    assert guesses.wait_s("2001:db9::1") == 0
    now[0] = WINDOW_S
    assert guesses.wait_s("2001:db8::1") == 0


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Tokens]]:
    """The tokens of one server after the other in a folder, by their settings."""

    def begin(**settings: Any) -> Tokens:
        config = validated(ServerConfig, {"outputs_dir": str(tmp_path), **settings})
        return Tokens(config, tmp_path / "token", db)

    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as db:
        yield begin


def test_a_token_is_made_once_and_kept_as_a_hash(
    tmp_path: Path, made: Callable[..., Tokens]
) -> None:
    assert not made().needed
    first = made(host="0.0.0.0")
    token = first.made or ""
    assert len(token) >= 40
    file = tmp_path / "token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == hashed(token)
    session = first.begin()
    again = made(host="0.0.0.0")
    assert (again.made, again.is_token(token), again.is_session(session)) == (None, True, True)
    other = made(host="0.0.0.0", new_token=True)
    assert other.made not in (None, token)
    assert not other.is_token(token)
    assert not other.is_session(session)
    file.write_text("")  # A disk was full.
    assert made(host="::").made is not None
    own = made(token=TOKEN)
    assert (own.made, own.is_token(TOKEN), own.is_session(session)) == (None, True, False)


def test_tokens_that_are_easily_guessed_are_refused() -> None:
    for settings in ({"token": "short"}, {"token": TOKEN, "new_token": True}):
        with pytest.raises(ConfigError):
            validated(ServerConfig, settings)
    for name, value in (("allow_origin", "*"), ("allow_host", "http://a"), ("proxy", "a.example")):
        with pytest.raises(ConfigError, match=name):
            validated(ServerConfig, {name: value})


@pytest.mark.parametrize(
    "place",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\r\nb", "/\tb"],
)
def test_no_link_leads_elsewhere(place: str) -> None:
    assert local(place) == "/"
    assert local("/runs/a?b=c#d") == "/runs/a?b=c#d"


async def test_forms_of_own_pages_name_their_origin(tmp_path: Path) -> None:
    """With no-referrer browsers would send null, which is refused."""
    async with served(tmp_path) as client:
        assert (await get(client, "/"))[1]["Referrer-Policy"] == "same-origin"


async def test_one_server_shows_a_folder_and_says_where(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        with pytest.raises(ConfigError, match=re.escape(client.address)):
            async with served(tmp_path):
                pass


async def test_what_anybody_may_send_is_short(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as client:
        for data in (b"token=" + b"x" * 9000, chunks()):
            async with client.session.post(f"{client.address}/login", data=data) as got:
                assert got.status == 413


async def chunks() -> AsyncIterator[bytes]:
    yield b"token="


async def test_the_servers_own_figures(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await get(client, "/a/strange/path")
        await get(client, "/api/v1/jobs/one")
        await get(client, "/health", Host="evil.example")
        text = (await client.ask("GET", "/metrics"))[1]
    line = re.compile(r'[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? [0-9.e+-]+|# (HELP|TYPE) [a-z_]+ .+')
    assert all(line.fullmatch(each) for each in text.splitlines())
    for series in (
        'perfbench_server_requests_total{route="/api/v1/jobs/{job}",method="GET",status="404"} 1',
        'perfbench_server_requests_total{route="none",method="GET",status="404"} 1',
        'perfbench_server_refused_total{reason="misdirected"} 1',
        'perfbench_server_jobs{state="queued"} 0',
        "perfbench_server_connections 1",
    ):
        assert series in text
    assert "strange" not in text


def test_the_command_prints_a_new_token_and_opens_the_page_with_a_link(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\nprintf %s "$1" > page\nkill -INT $PPID\n')
    browser.chmod(0o700)
    line = [sys.executable, "-m", "perfbench", "app", "--host", "0.0.0.0", "--port", "0"]
    env = {**os.environ, "BROWSER": f"{browser} %s"}
    done = warm.run(line, cwd=tmp_path, env=env, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"listening on http://0\.0\.0\.0:\d+\n.*token.*: [\w-]{40,}\n", done.stdout)
    page = (tmp_path / "page").read_text()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{30,}", page)
    assert page.partition("=")[2] not in done.stdout
