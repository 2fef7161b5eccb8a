"""Where requests go and how long they may take. Plain data that crosses to worker processes."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import Protocol

import msgspec

from perfbench.client.exchange import Exchange
from perfbench.types import Request

STALE_NS = 250_000_000
"""A reused connection that dies this soon, unanswered, had been closed by an idle timeout: the
request goes out again on another one, and is stamped anew."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One service. Timeouts in seconds; ``total_timeout_s`` ``None`` means no limit."""

    scheme: str
    host: str
    port: int
    unix_socket: str | None = None
    verify_tls: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request (authorization, user's own)."""
    connect_timeout_s: float = 30.0
    read_timeout_s: float = 600.0
    total_timeout_s: float | None = None

    @property
    def authority(self) -> str:
        """Host and, if it is not the scheme's default, port: the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return host if self.port == default else f"{host}:{self.port}"

    def tls_context(self) -> ssl.SSLContext | None:
        """The TLS settings, or ``None`` for plain HTTP."""
        if self.scheme != "https":
            return None
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        if not self.verify_tls:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class Transport(Protocol):
    """What moves a request to the service and its answer back."""

    kernel_stamps: bool
    """Whether arrival times come from the kernel."""

    async def open(self, connections: int, spare: int = 0) -> None:
        """Connect ahead of time; afterwards try to keep ``spare`` idle connections.

        Raises:
            TargetError: not one connection could be made.
        """
        ...

    def send(self, request: Request) -> Exchange:
        """Send now (or as soon as there is a connection) and return the running exchange."""
        ...

    def cancel_all(self, reason: str) -> None:
        """End every running exchange as ``cancelled``, keeping what it has received."""
        ...

    async def close(self) -> None: ...


def connect_failure(error: BaseException) -> str:
    """Why a connection could not be made, in a few words."""
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return "timed out"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS certificate not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, socket.gaierror):
        return f"no such host ({error.strerror})"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error) or type(error).__name__
