"""Both clients behind a proxy that the environment names: requests as they are, and tunnels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from certificates import Authority
from relays import TunnelProxy
from scripted_server import FIN, RST, Client, Reply, ScriptedServer, head, request, sized
from transcripts import SAME_STREAM

from perfbench.client.proxy import Proxy, environment_proxy
from perfbench.client.target import Target
from perfbench.driver.discover import first_model
from perfbench.errors import ConfigError, TargetError

pytestmark = pytest.mark.usefixtures("no_proxies")

BOTH = ["wire", "aiohttp"]
HTTP = Target(
    scheme="http", host="llm.invalid", port=8000, headers=(("Authorization", "Bearer k"),)
)
HTTPS = Target(scheme="https", host="llm.invalid", port=8443, connect_timeout_s=5)
PASSWORD = "Basic bWU6c2VjcmV0"


@pytest.fixture
def tunnelled(authority: Authority) -> Iterator[tuple[ScriptedServer, TunnelProxy, Target]]:
    """A service over TLS, the proxy before it, and how it is spoken to."""
    server = ScriptedServer([Reply([head(), *SAME_STREAM[1:]])])
    server.tls = authority.server("llm.invalid")
    proxy = TunnelProxy(server.port, PASSWORD)
    with server.running(), proxy.running():
        yield server, proxy, through(proxy.port, HTTPS, ca_file=str(authority.file))


def through(port: int, target: Target, password: str | None = PASSWORD, **more: object) -> Target:
    proxy = Proxy(host="127.0.0.1", port=port, authorization=password)
    return msgspec.structs.replace(target, proxy=proxy, **more)


@pytest.mark.parametrize("transport", BOTH)
def test_requests_without_tls_are_read_by_the_proxy(transport: str) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    with server.running():
        records = Client(transport, through(server.port, HTTP)).ask(request(0), request(1))
    assert [(record.outcome, record.text, record.reused) for record in records] == [
        ("ok", "ab", False),
        ("ok", "ab", True),
    ]
    asked = server.requests[0][0].decode()
    assert asked.startswith("POST http://llm.invalid:8000/v1/chat/completions HTTP/1.1\r\n")
    assert "\r\nHost: llm.invalid:8000\r\n" in asked
    assert "\r\nAuthorization: Bearer k\r\n" in asked
    assert f"\r\nProxy-Authorization: {PASSWORD}" in asked


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad Gateway"])
def test_what_the_proxy_says_of_such_a_request_is_its_answer(transport: str, status: str) -> None:
    server = ScriptedServer([Reply([sized(b"no way through", status)])])
    with server.running():
        (record,) = Client(transport, through(server.port, HTTP)).ask(request())
    assert (record.status, record.detail) == (int(status[:3]), "no way through")
    assert record.outcome == ("http_4xx" if status.startswith("4") else "http_5xx")


@pytest.mark.parametrize("transport", BOTH)
def test_tls_goes_through_a_tunnel(
    transport: str, tunnelled: tuple[ScriptedServer, TunnelProxy, Target]
) -> None:
    server, proxy, target = tunnelled
    client = Client(transport, target)
    records = client.ask(*map(request, range(3)))
    assert [record.outcome for record in records] == ["ok"] * 3
    assert [record.reused for record in records] == [False, True, True]
    first = next(each for each in proxy.heads if each)
    assert first.startswith("CONNECT llm.invalid:8443 HTTP/1.1\r\nHost: llm.invalid:8443\r\n")
    assert f"\r\nProxy-Authorization: {PASSWORD}" in first
    # The service learns nothing of the proxy, and is asked as if there were none.
    asked = server.requests[0][0].decode()
    assert asked.startswith("POST /v1/chat/completions HTTP/1.1\r\n")
    assert "roxy" not in asked
    # The tunnel and TLS are in the time to connect, and in no other.
    assert records[0].connect_ns is not None
    assert records[0].connect_ns > 300_000
    if transport == "wire":
        assert client.transport.kernel_stamps


@pytest.mark.parametrize("transport", BOTH)
def test_a_tunnel_is_refused_without_the_password(
    transport: str, tunnelled: tuple[ScriptedServer, TunnelProxy, Target]
) -> None:
    server, proxy, target = tunnelled
    target = through(proxy.port, target, password="Basic d3Jvbmc=")
    (record,) = Client(transport, target, connections=0).ask(request())
    assert (record.outcome, record.sent_ns) == ("connect", None)
    assert record.detail.startswith("the proxy answered 407 Proxy Authentication Required")
    if transport == "wire":
        assert record.detail.endswith(": who are you?")
    assert server.requests == []


def test_what_a_certificate_says_is_told_through_a_tunnel_too(
    tunnelled: tuple[ScriptedServer, TunnelProxy, Target],
) -> None:
    _, proxy, _ = tunnelled
    with pytest.raises(TargetError) as error:
        Client("wire", through(proxy.port, HTTPS)).ask()
    where = f"llm.invalid:8443 through the proxy 127.0.0.1:{proxy.port}"
    assert str(error.value).startswith(f"cannot connect to {where}: TLS certificate not accepted")


LIES = {
    "closes": ([FIN], "the proxy closed the connection and gave no answer"),
    "resets": ([RST], "connection reset by peer"),
    "is no HTTP": ([b"SSH-2.0-OpenSSH_9.6\r\n"], "the proxy does not answer in HTTP/1.1"),
    "is slow to be none": ([b"HT", 0.02, b"ML\r\n\r\n"], "the proxy does not answer in HTTP/1.1"),
    "has no status": ([b"HTTP/1.1 fine\r\n\r\n"], "the proxy does not answer in HTTP/1.1"),
    "does not end": ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000], "the head of the proxy's answer"),
    "says too much": (
        [b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n"],
        "the proxy sent more than its answer before there was a tunnel",
    ),
    "leads nowhere": ([b"HTTP/1.1 200 OK\r\n\r\n", 0.05, FIN], "connection reset by peer"),
    "answers itself": ([b"HTTP/1.1 200 OK\r\n\r\n", 0.05, b"hello\r\n" * 9, FIN], "TLS failed: "),
    "hangs": ([30.0], "timed out"),
    "hangs amid its words": (
        [b"HTTP/1.1 502 Bad\r\nContent-Length: 9\r\n\r\nbut", 30.0],
        "timed out",
    ),
    "answers for a browser": (
        [sized(b"<html><body>An error</body></html>", "504 Gateway Timeout", "text/html")],
        "the proxy answered 504 Gateway Timeout",
    ),
    "answers with colours": (
        [sized(b"\x1b[31mno\x00\nway", "502 Bad \x1b[0mGateway", "text/plain")],
        "the proxy answered 502 Bad [0mGateway: [31mno way",
    ),
    "redirects": ([sized(b"", "302 Found")], "the proxy answered 302 Found"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_proxy_that_makes_no_tunnel_is_data(lie: str) -> None:
    steps, said = LIES[lie]
    server = ScriptedServer([Reply(steps)])
    target = through(server.port, HTTPS, connect_timeout_s=0.5 if "hangs" in lie else 5)
    with server.running():
        (record,) = Client("wire", target, connections=0).ask(request())
        server.drop_connections()
    assert (record.outcome, record.sent_ns) == ("connect", None)
    assert record.detail.startswith(said)
    assert record.detail.isprintable()


def test_interim_words_of_a_proxy_are_passed_over(authority: Authority) -> None:
    class Eager(TunnelProxy):
        def _greet(self, client: object) -> bytes | None:
            client.sendall(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n")  # type: ignore[attr-defined]
            return super()._greet(client)  # type: ignore[arg-type]

    server = ScriptedServer([Reply(SAME_STREAM)])
    server.tls = authority.server("llm.invalid")
    proxy = Eager(server.port)
    with server.running(), proxy.running():
        target = through(proxy.port, HTTPS, None, ca_file=str(authority.file))
        (record,) = Client("wire", target).ask(request())
    assert record.outcome == "ok"


@pytest.mark.parametrize("transport", BOTH)
def test_an_unreachable_proxy_is_named_without_its_password(transport: str) -> None:
    proxy = Proxy(host="proxy.invalid", port=3128, authorization=PASSWORD)
    target = msgspec.structs.replace(HTTP, proxy=proxy)
    where = r"llm\.invalid:8000 through the proxy proxy\.invalid:3128: no such host"
    with pytest.raises(TargetError, match=where) as error:
        Client(transport, target).ask()
    assert PASSWORD not in str(error.value)


def test_a_proxy_that_is_spoken_to_over_tls(authority: Authority, tmp_path: Path) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    server.tls = authority.server("127.0.0.1")
    proxy = Proxy(host="127.0.0.1", port=server.port, tls=True)
    with server.running(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority.file))
        (record,) = Client("wire", msgspec.structs.replace(HTTP, proxy=proxy)).ask(request())
    assert record.outcome == "ok"
    assert server.requests[0][0].startswith(b"POST http://llm.invalid:8000/v1/chat/completions ")
    with pytest.raises(ConfigError, match="over TLS, before a service over TLS, is not supported"):
        Client("wire", msgspec.structs.replace(HTTPS, proxy=proxy)).ask()


def test_models_are_asked_for_on_the_same_way(authority: Authority) -> None:
    server = ScriptedServer([Reply([sized(b'{"data":[{"id":"m"}]}')])])
    with server.running():
        assert first_model(through(server.port, HTTP), "/v1/models") == "m"
    asked = server.requests[0][0].decode()
    assert asked.startswith("GET http://llm.invalid:8000/v1/models HTTP/1.1\r\n")
    assert f"\r\nProxy-Authorization: {PASSWORD}" in asked

    server = ScriptedServer([Reply([sized(b'{"data":[{"id":"s"}]}')])])
    server.tls = authority.server("llm.invalid")
    proxy = TunnelProxy(server.port, PASSWORD)
    with ExitStack() as stack:
        stack.enter_context(server.running())
        stack.enter_context(proxy.running())
        target = through(proxy.port, HTTPS, ca_file=str(authority.file))
        assert first_model(target, "/v1/models") == "s"
        where = f"llm.invalid:8443 through the proxy 127.0.0.1:{proxy.port}"
        with pytest.raises(TargetError, match=f"cannot reach {where}: the proxy answered 407 "):
            first_model(through(proxy.port, target, None), "/v1/models")


@pytest.mark.parametrize(
    ("variables", "scheme", "proxy"),
    [
        ({}, "http", None),
        ({"http_proxy": "http://p:3128"}, "http", Proxy(host="p", port=3128)),
        ({"HTTPS_PROXY": "p:3128"}, "https", Proxy(host="p", port=3128)),
        ({"http_proxy": "http://p"}, "http", Proxy(host="p", port=80)),
        ({"http_proxy": "https://p"}, "http", Proxy(host="p", port=443, tls=True)),
        ({"http_proxy": "http://p:1"}, "https", None),
        ({"http_proxy": "http://p:1", "no_proxy": "llm.invalid"}, "http", None),
        ({"http_proxy": "http://p:1", "no_proxy": ".invalid"}, "http", None),
        ({"http_proxy": "http://p:1", "no_proxy": "llm.invalid:8000"}, "http", None),
        ({"http_proxy": "http://p:1", "no_proxy": "*"}, "http", None),
        (
            {"http_proxy": "http://p:1", "no_proxy": "other.invalid, llm.invalid:9"},
            "http",
            Proxy(host="p", port=1),
        ),
        (
            {"https_proxy": "http://me:sec%72et@[::1]:1"},
            "https",
            Proxy(host="::1", port=1, authorization=PASSWORD),
        ),
    ],
)
def test_the_environment_names_the_proxy(
    variables: dict[str, str],
    scheme: str,
    proxy: Proxy | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy(scheme, "llm.invalid", 8000) == proxy
    for here in ("localhost", "127.0.0.1", "127.9.9.9", "::1"):
        assert environment_proxy(scheme, here, 8000) is None


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("socks5://me:secret@10.0.0.1:1080", "a socks5 proxy is not supported: socks5://10.0.0.1"),
        ("http://me:secret@", "http_proxy names is not a valid address"),
        ("http://me:secret@p:99999", "http_proxy names is not a valid address"),
        ("http://me:secret@[::1:80", "http_proxy names is not a valid address"),
        (f"http://{'x' * 80}.example", "http_proxy names is not a valid address"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_line(
    named: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", named)
    with pytest.raises(ConfigError) as error:
        environment_proxy("http", "llm.invalid", 8000)
    assert said in str(error.value)
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
