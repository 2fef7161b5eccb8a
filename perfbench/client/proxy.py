"""The proxy in front of a service: which one the environment names, and a tunnel through it.

Knows no pool, no TLS and no exchange. What a proxy says against us is told in its words.
"""

from __future__ import annotations

import asyncio
import re
import socket
from base64 import b64encode
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from perfbench.errors import ConfigError
from perfbench.foreign import one_line

_PORTS = {"http": 80, "https": 443}
_HEAD_LIMIT = 1 << 16
_WORDS_LIMIT = 2048
"""Bytes of a refusal's body that are read."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?\r?\n")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_MARKUP = re.compile(rb"<(?:!doctype|html)|\ncontent-type:[ \t]*text/html", re.IGNORECASE)


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP proxy."""

    host: str
    port: int
    tls: bool = False
    """Whether it is itself spoken to over TLS."""
    authorization: str | None = None
    """Value of the ``Proxy-Authorization`` header."""

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class ProxyError(Exception):
    """The proxy refuses, or does not speak HTTP; the text says which, in its words."""


def environment_proxy(scheme: str, host: str, port: int) -> Proxy | None:
    """The proxy that the environment (``https_proxy``, ``no_proxy``) names for this service, if
    any. A service of this machine is asked directly: nobody means to measure a detour to it.

    Raises:
        ConfigError: it is of a kind that is not spoken here (SOCKS), or no address.
    """
    # With http.client and email it takes a seventh of a worker's start, and no worker asks.
    from urllib.request import getproxies, proxy_bypass

    named = getproxies().get(scheme)
    if not named or _is_loopback(host) or proxy_bypass(f"{host}:{port}"):
        return None
    variable = f"{scheme}_proxy"
    try:
        parts = urlsplit(named if "://" in named else f"http://{named}")
        number = parts.port
        (parts.hostname or "").encode("idna")
    except ValueError:
        raise ConfigError(f"the proxy that {variable} names is not a valid address") from None
    if not parts.hostname or number == 0:
        raise ConfigError(f"the proxy that {variable} names is not a valid address")
    if parts.scheme not in _PORTS:
        where = parts.hostname if number is None else f"{parts.hostname}:{number}"
        raise ConfigError(
            f"a {parts.scheme} proxy is not supported: {parts.scheme}://{where} ({variable})"
        )
    return Proxy(
        host=parts.hostname,
        port=number or _PORTS[parts.scheme],
        tls=parts.scheme == "https",
        authorization=_authorization(parts),
    )


async def open_tunnel(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, proxy: Proxy, authority: str
) -> None:
    """Let the proxy at the other end of ``sock`` connect us to ``authority`` (``host:port``).

    Raises:
        ProxyError: it does not.
        OSError: the connection failed.
    """
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", "User-Agent: perfbench"]
    if proxy.authorization is not None:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    await loop.sock_sendall(sock, "\r\n".join([*lines, "", ""]).encode("latin-1"))
    rest = b""
    while True:
        head, rest = await _read_head(loop, sock, rest)
        found = _STATUS.match(head)
        assert found is not None
        if not 100 <= int(found[1]) < 200:
            break
    if not 200 <= int(found[1]) < 300:
        body = await _read_body(loop, sock, head, rest)
        raise ProxyError(refusal(int(found[1]), found[2] or b"", body))
    if rest:
        raise ProxyError("the proxy sent more than its answer before there was a tunnel")


def refusal(status: int, reason: bytes, body: bytes = b"") -> str:
    """That a proxy refused, in its words."""
    words = one_line(reason.decode("latin-1"))
    said = one_line(body.decode("utf-8", "replace"))
    return f"the proxy answered {status}" + (words and f" {words}") + (said and f": {said}")


async def _read_head(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, buffer: bytes
) -> tuple[bytes, bytes]:
    """The next head, and what came behind it."""
    while b"\r\n\r\n" not in buffer:
        if buffer and not b"HTTP/1.".startswith(buffer[:7]):
            raise ProxyError("the proxy does not answer in HTTP/1.1")
        if len(buffer) > _HEAD_LIMIT:
            raise ProxyError("the head of the proxy's answer does not end")
        data = await loop.sock_recv(sock, 4096)
        if not data:
            raise ProxyError("the proxy closed the connection and gave no answer")
        buffer += data
    head, _, rest = buffer.partition(b"\r\n\r\n")
    head += b"\r\n"
    if _STATUS.match(head) is None:
        raise ProxyError("the proxy does not answer in HTTP/1.1")
    return head, rest


async def _read_body(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, head: bytes, body: bytes
) -> bytes:
    """What a refusal says beside its status; nothing where that is a page for a browser."""
    length = _LENGTH.search(head)
    wanted = min(int(length[1]), _WORDS_LIMIT) if length else 0
    while len(body) < wanted and (data := await loop.sock_recv(sock, wanted - len(body))):
        body += data
    return b"" if _MARKUP.search(head + body) else body[:wanted]


def _authorization(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + b64encode(pair.encode()).decode()


def _is_loopback(host: str) -> bool:
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
