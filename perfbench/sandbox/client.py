"""A small blocking HTTP client for services that run programs: JSON out, JSON in.

Owns what counts as a service that fails. A connection for each request, from any thread; no proxy
and no redirect is followed, so a key goes to the host that was named alone. Seconds and bytes.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from perfbench.config.secrets import shown_url
from perfbench.errors import ConfigError
from perfbench.targets import Policy, connected

LARGEST_REPLY_BYTES = 64 << 20
PATIENCE_S = 30.0
"""For a reply, beyond the time that the program itself may take."""


class ServiceFailed(Exception):
    """Why a service has not done what it was asked, in one line."""


class TooLong(ServiceFailed):
    """A reply of which no more is read."""


class Client:
    """One service."""

    def __init__(self, url: str, headers: Mapping[str, str], policy: Policy) -> None:
        """
        Raises:
            ConfigError: the URL is none, or one that the policy forbids.
        """
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise ConfigError(f"--sandbox-url: {url!r} has no port that can be") from None
        if not parts.hostname:
            raise ConfigError(f"--sandbox-url: {url!r} names no host")
        self._host = parts.hostname
        self._port = port or (443 if parts.scheme == "https" else 80)
        self._policy = policy
        if (why := policy.refuse_host(self._host, self._port)) is not None:
            raise ConfigError(f"--sandbox-url {shown_url(url)}: {why}")
        self._path = parts.path.rstrip("/")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._headers = {"Content-Type": "application/json", **headers}

    def ask(self, method: str, path: str, body: Any = None, timeout_s: float = 0.0) -> Any:
        """What the service replies.

        Args:
            timeout_s: how long what is asked for may take.

        Raises:
            TooLong: it replies more than is read.
            ServiceFailed: it cannot be reached, refuses, fails, or replies something else.
        """
        data = None if body is None else json.dumps(body).encode()
        connection = self._connection(timeout_s + PATIENCE_S)
        try:
            connection.sock = self._connected(timeout_s + PATIENCE_S)
            connection.request(method, self._path + path, data, dict(self._headers))
            response = connection.getresponse()
            raw = response.read(LARGEST_REPLY_BYTES + 1)
        except TimeoutError:
            raise ServiceFailed(f"no reply within {timeout_s + PATIENCE_S:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise ServiceFailed(f"the service cannot be reached: {said}") from None
        finally:
            connection.close()
        if len(raw) > LARGEST_REPLY_BYTES:
            raise TooLong("the service's reply is too long")
        try:
            reply = json.loads(raw) if raw else None
        except (ValueError, RecursionError):
            reply = None
        if response.status != 200:
            detail = reply.get("detail") if isinstance(reply, dict) else None
            said = f": {detail}" if isinstance(detail, str) else ""
            raise ServiceFailed(f"the service replied {response.status}{said}")
        if reply is None:
            raise ServiceFailed("the service's reply is no JSON")
        return reply

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=timeout_s, context=self._tls
        )

    def _connected(self, timeout_s: float) -> socket.socket:
        def refuse(address: Any) -> str | None:
            return self._policy.refuse(self._host, str(address[0]), self._port)

        sock = connected(self._host, self._port, timeout_s, refuse)
        return (
            sock if self._tls is None else self._tls.wrap_socket(sock, server_hostname=self._host)
        )


def field(reply: Any, name: str) -> Any:
    """A field of a reply.

    Raises:
        ServiceFailed: the reply has none.
    """
    if not isinstance(reply, dict) or name not in reply:
        raise ServiceFailed(f"the service's reply has no {name!r}")
    return reply[name]


def text(value: Any) -> bytes:
    """Output as a service tells it: text, or nothing."""
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else b""
