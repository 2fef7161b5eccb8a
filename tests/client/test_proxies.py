"""The aiohttp transport behind a proxy that the environment names."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted_server import Client, Reply, ScriptedServer, request, sized
from transcripts import SAME_STREAM

from perfbench.client.target import Target
from perfbench.errors import ConfigError, TargetError

SERVICE = Target(
    scheme="http", host="llm.invalid", port=8000, headers=(("Authorization", "Bearer k"),)
)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_requests_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{server.port}")
    with server.running():
        records = Client("aiohttp", SERVICE).ask(request(0), request(1))
    assert [(record.outcome, record.text, record.reused) for record in records] == [
        ("ok", "ab", False),
        ("ok", "ab", True),
    ]
    head = server.requests[0][0].decode()
    assert head.startswith("POST http://llm.invalid:8000/v1/chat/completions HTTP/1.1\r\n")
    assert "\r\nHost: llm.invalid:8000\r\n" in head
    assert "\r\nAuthorization: Bearer k\r\n" in head
    assert "\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n" in head


def test_a_proxy_that_refuses_to_connect_to_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = sized(b"", "407 Proxy Authentication Required")
    server = ScriptedServer([Reply([refusal])])
    monkeypatch.setenv("https_proxy", f"me:secret@127.0.0.1:{server.port}")
    target = Target(scheme="https", host="llm.invalid", port=443)
    with server.running():
        (record,) = Client("aiohttp", target).ask(request())
    assert (record.outcome, record.sent_ns) == ("connect", None)
    assert record.detail == "the proxy answered 407 Proxy Authentication Required"
    head = server.requests[0][0]
    assert head.startswith(b"CONNECT llm.invalid:443 HTTP/1.1\r\n")
    assert b"\r\nProxy-Authorization: Basic bWU6c2VjcmV0" in head


def test_no_proxy_names_hosts_that_are_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    target = Target(scheme="http", host="127.0.0.1", port=server.port)
    with server.running():
        (record,) = Client("aiohttp", target).ask(request())
    assert record.outcome == "ok"
    assert server.requests[0][0].startswith(b"POST /v1/chat/completions ")


def test_the_measuring_client_knows_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    target = Target(scheme="http", host="127.0.0.1", port=server.port)
    with server.running():
        (record,) = Client("wire", target).ask(request())
    assert record.outcome == "ok"


def test_an_unreachable_proxy_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://me:secret@proxy.invalid:3128")
    with pytest.raises(TargetError, match=r"the proxy proxy\.invalid:3128: no such host") as error:
        Client("aiohttp", SERVICE).ask()
    assert "secret" not in str(error.value)


def test_a_socks_proxy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://me:secret@127.0.0.1:1080")
    with pytest.raises(ConfigError, match="a socks5 proxy is not supported") as error:
        Client("aiohttp", SERVICE).ask()
    assert "secret" not in str(error.value)


def test_passwords_of_netrc_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = ScriptedServer([Reply(SAME_STREAM)])
    target = Target(scheme="http", host="127.0.0.1", port=server.port)
    with server.running():
        (record,) = Client("aiohttp", target).ask(request())
    assert record.outcome == "ok"
    assert b"uthorization" not in server.requests[0][0]
