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
from perfbench.targets import Forbidden, connected

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
    if target.nested_tls is not None:
        raise TargetError(f"{target.nested_tls}, so {where} is not asked for a model: give --model")
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
    connection = Connection(target)
    with hung_up_after(connection, target.connect_timeout_s), contextlib.closing(connection):
        ask_for(connection, target, path)
        response = connection.getresponse()
        body = response.read(_LIMIT + 1)
        if response.getheader("Content-Encoding", "").lower() in ENCODINGS:
            body, _ = Inflater().feed(body, _LIMIT + 1)
        return _Answer(response.status, response.getheader("Location", ""), body)


class Connection(http.client.HTTPConnection):
    """One for single requests beside the load; it connects when it is first used, and anew when it
    was closed. Another thread may hang it up at any time.

    Raises:
        OSError: on creation: a way to the target is not spoken here. Nothing was sent.
        ConfigError: on creation: a file of certificates cannot be read.
    """

    def __init__(self, target: Target) -> None:
        if target.nested_tls is not None:
            raise OSError(target.nested_tls)
        proxy = target.proxy
        first = target if proxy is None else proxy
        super().__init__(first.host, first.port, timeout=target.connect_timeout_s)
        self._target = target
        self._tls, self._tls_name = target.tls_context(), target.host
        if proxy is not None and self._tls is not None:
            self.set_tunnel(target.host, target.port, _proxy_headers(proxy))
        elif proxy is not None and proxy.tls:
            self._tls, self._tls_name = ssl.create_default_context(), proxy.host
        self._held: socket.socket | None = None
        """The socket of the last exchange: ``http.client`` lets go of its own before it reads an
        answer that ends with the connection."""
        self.hung_up = False

    def connect(self) -> None:
        """Connect, with the tunnel and the TLS that belong to it.

        Raises:
            Forbidden: the policy refuses it.
            OSError: it cannot, or was hung up.
        """
        target = self._target
        if target.unix_socket is None and target.proxy is None:
            self.sock = connected(target.host, target.port, self.timeout, target.refuse)
        elif (why := target.refuse()) is not None:
            raise Forbidden(why)
        elif target.unix_socket is None:
            super().connect()
        else:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(target.unix_socket)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(
                self.sock, server_hostname=self._tls_name, do_handshake_on_connect=False
            )
        self._held = self.sock
        if self.hung_up:
            raise TimeoutError
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()

    def hang_up(self) -> None:
        """End it for good, from any thread: who reads or writes finds it ended. Whoever uses it
        closes it."""
        self.hung_up = True
        for each in (self._held, self.sock):
            if each is not None:
                # That of an SSLSocket would also take its TLS away from the thread that reads.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(each, socket.SHUT_RDWR)


@contextlib.contextmanager
def hung_up_after(connection: Connection, limit_s: float) -> Iterator[None]:
    """End the connection when the time is up: a socket's own timeout starts anew with each byte.

    Raises:
        TimeoutError: it was hung up, for this reason or another.
    """
    timer = threading.Timer(limit_s, connection.hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError):
        if connection.hung_up:
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
    if connection.hung_up:
        raise TimeoutError


def _shown(words: str) -> str:
    """A service's words fit for one line of a terminal."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def ask_for(
    connection: Connection,
    target: Target,
    path: str,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Ask for a page of the target, over a connection to it or to the proxy before it."""
    said = {**dict(target.headers), **headers}
    if "host" not in map(str.lower, said):
        said["Host"] = target.authority
    if target.proxy is not None and target.scheme == "http":
        path = f"http://{target.authority}{path}"
        said |= _proxy_headers(target.proxy)
    connection.request("GET", path, headers=said)


def _proxy_headers(proxy: Proxy) -> dict[str, str]:
    asks = proxy.authorization
    return {} if asks is None else {"Proxy-Authorization": asks}
