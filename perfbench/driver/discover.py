"""Asks a service, once and before any measuring, which models it serves.

Whatever answers costs at most ``connect_timeout_s`` in all and a few megabytes, and one line.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from perfbench.client.inflate import ENCODINGS, Inflater
from perfbench.client.proxy import Proxy
from perfbench.client.target import Target, connect_failure
from perfbench.config.secrets import shown_url
from perfbench.endpoints.models import parse_models
from perfbench.errors import TargetError

_LIMIT = 4 << 20
"""Bytes that a list of models may have, unpacked."""
_LONGEST_NAME = 512
_SHOWN = 200
"""Characters of what a service said that a message repeats."""
_REFUSED = "Tunnel connection failed:"
"""How ``http.client`` begins to say that a proxy has refused."""


class _Answer(msgspec.Struct, frozen=True):
    status: int
    location: str
    body: bytes


def first_model(target: Target, path: str) -> str:
    """The first model that ``path`` (``/v1/models``) lists.

    Raises:
        TargetError: the service cannot be reached, refuses, or lists nothing. One line.
    """
    where = target.unix_socket or target.authority
    shown = where + path.partition("?")[0]
    advice = "give --model, or check --url"
    try:
        answer = _ask(target, path)
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
        via = "" if target.proxy is None else f" through the proxy {target.proxy.address}"
        why = _shown(connect_failure(error)).replace(_REFUSED, "the proxy answered")
        raise TargetError(f"cannot reach {where}{via}: {why}") from None
    status = answer.status
    if status in (401, 403):
        raise TargetError(f"{shown} answered {status}: the service wants a valid --api-key")
    if status == 407:
        raise TargetError(f"{shown} answered 407: the proxy on the way wants credentials")
    if status != 200:
        to = f" to {_shown(shown_url(answer.location))}" if 300 <= status < 400 else ""
        raise TargetError(f"{shown} answered {status}{to}, so no model is known: {advice}")
    if len(answer.body) > _LIMIT:
        raise TargetError(f"{shown} answered more than {_LIMIT} bytes: {advice}")
    try:
        models = parse_models(answer.body)
    except ValueError:
        models = []
    if not models:
        raise TargetError(f"{shown} lists no model: {advice}")
    usable = [name for name in models if name.isprintable() and len(name) <= _LONGEST_NAME]
    if not usable:
        raise TargetError(f"{shown} lists no model whose name can be one: {advice}")
    return usable[0]


def _ask(target: Target, path: str) -> _Answer:
    connection = connect_to(target)
    with hung_up_after(connection, target.connect_timeout_s), contextlib.closing(connection):
        ask_for(connection, target, path)
        response = connection.getresponse()
        body = response.read(_LIMIT + 1)
        if response.getheader("Content-Encoding", "").lower() in ENCODINGS:
            body, _ = Inflater().feed(body, _LIMIT + 1)
        return _Answer(response.status, response.getheader("Location", ""), body)


@contextlib.contextmanager
def hung_up_after(connection: http.client.HTTPConnection, limit_s: float) -> Iterator[None]:
    """End the connection when the time is up: a socket's own timeout starts anew with each byte."""
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(limit_s, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError):
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError


def _shown(words: str) -> str:
    """A service's words fit for one line of a terminal."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def connect_to(target: Target) -> http.client.HTTPConnection:
    """A connection for single requests beside the load; it connects when it is first used."""
    timeout = target.connect_timeout_s
    context = target.tls_context()
    if target.unix_socket is not None:
        connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(timeout)
        connection.sock.connect(target.unix_socket)
        return connection
    proxy, host, port = target.proxy, target.host, target.port
    if proxy is not None:
        host, port = proxy.host, proxy.port
        if proxy.tls:
            context = ssl.create_default_context()
    if context is None:
        return http.client.HTTPConnection(host, port, timeout=timeout)
    connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    if proxy is not None and not proxy.tls:
        connection.set_tunnel(target.host, target.port, _proxy_headers(proxy))
    return connection


def ask_for(
    connection: http.client.HTTPConnection,
    target: Target,
    path: str,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Ask for a page of the target, over a connection to it or to the proxy before it."""
    said = {**dict(target.headers), **headers}
    if target.proxy is not None and target.scheme == "http":
        path = f"http://{target.authority}{path}"
        said |= _proxy_headers(target.proxy)
    connection.request("GET", path, headers=said)


def _proxy_headers(proxy: Proxy) -> dict[str, str]:
    asks = proxy.authorization
    return {} if asks is None else {"Proxy-Authorization": asks}
