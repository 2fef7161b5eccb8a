"""Where requests go and how long they may take. Plain data that crosses to worker processes."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import Any, Protocol, runtime_checkable

import msgspec

from perfbench.client.exchange import ANSWER_LIMIT, Exchange
from perfbench.client.proxy import Proxy
from perfbench.client.tls import tls_failure
from perfbench.errors import ConfigError
from perfbench.targets import ANYBODY, Policy
from perfbench.types import Request

QUIET_S = 1.0
"""Silence after ``[DONE]`` that ends a stream whose connection stays open."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One service at one address. Timeouts in seconds, ``None`` means no limit."""

    scheme: str
    host: str
    port: int
    path: str | None = None
    """Request target of every request, where it is not that which the request has."""
    unix_socket: str | None = None
    proxy: Proxy | None = None
    verify_tls: bool = True
    ca_file: str | None = None
    """Certificates to trust in place of the system's, a PEM file."""
    client_cert: str | None = None
    """Certificate to show to the service, with those that vouch for it, a PEM file."""
    client_key: str | None = None
    """Its private key, a PEM file; ``None``: in the same file."""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request (authorization, user's own)."""
    connect_timeout_s: float = 30.0
    read_timeout_s: float = 600.0
    total_timeout_s: float | None = 21_600.0
    max_answer_bytes: int = ANSWER_LIMIT
    """Unpacked; a longer answer is given up."""
    policy: Policy = ANYBODY
    """Whom the run may ask: whether this, wherever its name leads."""

    @property
    def authority(self) -> str:
        """Host and, if it is not the scheme's default, port: the Host header."""
        default = 443 if self.scheme == "https" else 80
        return self.bracketed if self.port == default else f"{self.bracketed}:{self.port}"

    @property
    def bracketed(self) -> str:
        """The host as it stands before a port."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def where(self) -> str:
        """The place to connect to, for people."""
        place = self.unix_socket or f"{self.bracketed}:{self.port}"
        return place if self.proxy is None else f"{place} through the proxy {self.proxy.address}"

    @property
    def nested_tls(self) -> str | None:
        """That TLS to the service would have to run within TLS to a proxy, which not everything
        here speaks, as words of an error; ``None`` where it would not."""
        if self.proxy is None or not self.proxy.tls or self.scheme != "https":
            return None
        return (
            "a proxy that is spoken to over TLS, before a service over TLS, is not supported: "
            f"https://{self.proxy.address}"
        )

    @property
    def quiet_s(self) -> float:
        """Silence after which a running exchange is looked at: has it said ``[DONE]``?"""
        return min(QUIET_S, self.read_timeout_s / 2)

    def refuse(self, address: Any = None) -> str | None:
        """Why the policy forbids to connect for this service; ``None`` if it does not.

        Args:
            address: to connect to, as ``socket.connect`` takes it; ``None``: all to which the name
                leads at this moment.
        """
        policy = self.policy
        if not policy.binds:
            return None
        if self.unix_socket is not None:
            return policy.refuse_socket(self.unix_socket)
        if self.proxy is not None:
            return policy.refuse_behind(self.proxy.address, self.host, self.port)
        if address is None:
            return policy.refuse_host(self.host, self.port)
        return policy.refuse(self.host, str(address[0]), self.port)

    def tls_context(self) -> ssl.SSLContext | None:
        """The TLS settings, or ``None`` for plain HTTP.

        Raises:
            ConfigError: a file cannot be read, or does not hold what it should.
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
        if self.client_cert is not None:
            _show(context, self.client_cert, self.client_key)
        context.set_alpn_protocols(["http/1.1"])
        if not self.verify_tls:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class Transport(Protocol):
    """What moves a request to the service and its answer back. It connects to no address that the
    target's :meth:`Target.refuse` has a word against."""

    @property
    def kernel_stamps(self) -> bool:
        """Whether arrival times come from the kernel."""
        ...

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


@runtime_checkable
class Punctual(Transport, Protocol):
    """A transport that makes requests ready before they are due, and holds them until then."""

    def lead_ns(self, requests: int, size: int) -> int:
        """How long before their instant so many requests, whose bodies have ``size`` bytes
        together, may be handed over; 0: none is held."""
        ...

    def hold(self, due_ns: int) -> None:
        """The request that is sent next is made ready for ``due_ns``, and waits for
        :meth:`release`, which is called before the event loop has its next turn."""
        ...

    def release(self) -> None:
        """Each request that was held leaves at its instant, or at once if that has passed."""
        ...


def _show(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    """Let the context show a client's certificate to whoever asks for one."""
    held = "--client-cert" if key is None else "--client-key"
    if b"-----BEGIN CERTIFICATE" not in _content("--client-cert", cert):
        raise ConfigError(f"--client-cert: {cert} holds no certificate in PEM")
    if b"PRIVATE KEY-----" not in _content(held, key or cert):
        advice = "" if key else ": give --client-key"
        raise ConfigError(f"{held}: {key or cert} holds no private key in PEM{advice}")

    def refuse() -> str:
        raise ConfigError(f"{held}: the key in {key or cert} is encrypted: give it decrypted")

    try:
        context.load_cert_chain(cert, key, password=refuse)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            wrong = f"{held}: the key in {key or cert} is not that of the certificate in {cert}"
        else:
            why = "something in them is damaged" if error.reason is None else error.reason
            wrong = f"--client-cert: {cert} and its key in {key or cert} cannot be used: {why}"
        raise ConfigError(wrong) from None


def _content(flag: str, file: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigError(f"{flag}: cannot read {file}: {why}") from None


def connect_failure(error: BaseException) -> str:
    """Why a connection could not be made, in a few words."""
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return "timed out"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS certificate not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return tls_failure(error)
    if isinstance(error, socket.gaierror):
        return f"no such host ({error.strerror})"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
