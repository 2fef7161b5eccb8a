"""Where requests go and how long they may take. Plain data that crosses to worker processes."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import Protocol

import msgspec

from perfbench.client.exchange import ANSWER_LIMIT, Exchange
from perfbench.errors import ConfigError
from perfbench.types import Request

QUIET_S = 1.0
"""Silence after ``[DONE]`` that ends a stream whose connection stays open."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One service. Timeouts in seconds, ``None`` means no limit."""

    scheme: str
    host: str
    port: int
    unix_socket: str | None = None
    verify_tls: bool = True
    ca_file: str | None = None
    """Certificates to trust in place of the system's, a PEM file."""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request (authorization, user's own)."""
    connect_timeout_s: float = 30.0
    read_timeout_s: float = 600.0
    total_timeout_s: float | None = 21_600.0
    max_answer_bytes: int = ANSWER_LIMIT
    """Unpacked; a longer answer is given up."""

    @property
    def authority(self) -> str:
        """Host and, if it is not the scheme's default, port: the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return host if self.port == default else f"{host}:{self.port}"

    @property
    def quiet_s(self) -> float:
        """Silence after which a running exchange is looked at: has it said ``[DONE]``?"""
        return min(QUIET_S, self.read_timeout_s / 2)

    def tls_context(self) -> ssl.SSLContext | None:
        """The TLS settings, or ``None`` for plain HTTP.

        Raises:
            ConfigError: the file of certificates cannot be read, or holds none.
        """
        if self.scheme != "https":
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except ssl.SSLError:
            raise ConfigError(f"--ca-file: {self.ca_file} holds no certificate in PEM") from None
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise ConfigError(f"--ca-file: cannot read {self.ca_file}: {why}") from None
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
