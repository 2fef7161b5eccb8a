"""Which addresses a run may ask, and connections to no others.

What counts is the address that is connected to: a name may lead elsewhere each time it is looked
up. So whoever connects looks a name up once, has the policy judge each address that was found, and
connects to that very address. Plain data that crosses to worker processes; knows no settings and no
HTTP.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import re
import socket
from collections.abc import Callable
from typing import Any

import msgspec

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_KINDS: dict[str, tuple[str, ...]] = {
    "a cloud's metadata service": (
        *("169.254.169.254", "169.254.170.2", "169.254.170.23", "168.63.129.16"),
        *("100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"),
    ),
    "unspecified": ("0.0.0.0/8", "::"),
    "loopback": ("127.0.0.0/8", "::1"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    "shared (carrier-grade NAT)": ("100.64.0.0/10",),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "reserved": (
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20"),
    ),
}
"""Addresses that are not of the internet at large (IANA's registries of special purposes, RFC
6890), by what they are: the first that holds one counts. Of IPv6, too, all that is
not in ``_GLOBAL``."""
_SPECIAL = tuple((kind, ipaddress.ip_network(net)) for kind in _KINDS for net in _KINDS[kind])
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PLACE = re.compile(r"\[(?P<v6>[^\[\]]+)\](:(?P<p6>\d+))?|(?P<host>[^:\[\]]+)(:(?P<port>\d+))?")
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")


class Forbidden(OSError):
    """A policy refuses an address, which was not connected to; the text says why."""


class Allowed(msgspec.Struct, frozen=True):
    """Whom a run may ask: the addresses of a network, or a host by its name."""

    network: str = ""
    """``10.0.0.0/8``; an address is ``10.0.0.1/32``. Empty where a name is meant."""
    host: str = ""
    """Lower case, in ASCII, without a dot at its end."""
    port: int | None = None
    """``None``: every port."""

    def names(self, host: str, port: int) -> bool:
        """Whether it is by this name that a run may ask."""
        return bool(self.host) and self.host == _plain_name(host) and self.port in (None, port)

    def holds(self, address: _Address, port: int) -> bool:
        """Whether it is a network with this address."""
        return (
            bool(self.network) and address in _network(self.network) and self.port in (None, port)
        )


def allowed(text: str) -> Allowed:
    """What ``10.0.0.0/8``, ``10.0.0.1``, ``10.0.0.1:8000``, ``::1``, ``[::1]:8000``,
    ``llm.example.com`` or ``llm.example.com:8000`` lets a run ask.

    Raises:
        ValueError: it is none of these.
    """
    if "://" in text:
        raise ValueError(f"{text!r} is a URL: give its host, or HOST:PORT")
    if "/" in text:
        try:
            return Allowed(network=str(ipaddress.ip_network(text)))
        except ValueError as error:
            raise ValueError(f"{text!r} is no network: {error}") from None
    found = _PLACE.fullmatch(f"[{text}]" if text.count(":") > 1 and text[0] != "[" else text)
    host = found["v6"] or found["host"] if found else ""
    port = int(found["p6"] or found["port"] or 0) or None if found else None
    if text.endswith(":0") or (port or 0) > 65535:
        raise ValueError(f"{text!r} has a bad port: expected 1 to 65535")
    if (address := _numeric(host)) is not None:
        return Allowed(network=str(ipaddress.ip_network(address)), port=port)
    name = _plain_name(host)
    if not _HOST.fullmatch(name):
        raise ValueError(f"{text!r} is no network, address, HOST or HOST:PORT")
    return Allowed(host=name, port=port)


class Policy(msgspec.Struct, frozen=True):
    """Whom a run may ask. By itself everybody."""

    deny_private: bool = False
    """Nobody who is not at a public address, unless ``allowed`` has that address."""
    allowed: tuple[Allowed, ...] = ()
    """Nobody else, where there are any."""

    @property
    def binds(self) -> bool:
        """Whether it refuses anybody."""
        return self.deny_private or bool(self.allowed)

    @property
    def flags(self) -> str:
        """The settings that it is made of, for people."""
        given = (("--deny-private", self.deny_private), ("--allow-target", bool(self.allowed)))
        return " and ".join(flag for flag, there in given if there)

    def refuse(self, host: str, address: str, port: int) -> str | None:
        """Why ``address``, to which ``host`` has led, is not to be connected to; ``None`` if it
        may be.

        Args:
            address: as the system's resolver gives it, IPv6 with or without a zone.
        """
        if not self.binds:
            return None
        place = _address(address)
        if any(each.holds(place, port) for each in self.allowed):
            return None
        led = address if host == address else f"{host} is at {address}, which"
        if self.allowed and not any(each.names(host, port) for each in self.allowed):
            return f"{led} is none of --allow-target"
        if self.deny_private and (kind := kind_of(place)) is not None:
            through = f"--allow-target {address} would let it through"
            return f"{led} is {kind}, and --deny-private forbids it; {through}"
        return None

    def refuse_host(self, host: str, port: int) -> str | None:
        """Why nobody at ``host`` may be asked, as it leads at this moment; ``None`` if somebody
        may be, or nobody is there."""
        if not self.binds:
            return None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return None
        refusals = [self.refuse(host, str(info[4][0]), port) for info in found]
        return None if None in refusals else refusals[0]

    def refuse_behind(self, proxy: str, host: str, port: int) -> str | None:
        """Why ``host`` may not be asked through a proxy, which looks names up itself; ``None`` if
        it may be: by an address, or by a name where names alone decide."""
        if not self.binds:
            return None
        address = _numeric(host)
        # In any other spelling it may be another address to the proxy.
        if address is not None and str(address) == host:
            return self.refuse(host, host, port)
        if not self.deny_private and any(each.names(host, port) for each in self.allowed):
            return None
        return (
            f"the proxy {proxy} would look {host} up, so {self.flags} cannot be held to: name the "
            "host in no_proxy"
        )

    def refuse_socket(self, path: str) -> str | None:
        """Why a unix socket may not be connected to; ``None`` if it may be."""
        return f"{path} is a unix socket, and {self.flags} forbids it" if self.binds else None


ANYBODY = Policy()


def kind_of(address: _Address) -> str | None:
    """What an address is that is not public; ``None`` of one that is. An address of IPv6 that leads
    to one of IPv4 (NAT64, 6to4) is what that is."""
    if (inner := _inside(address)) is not None:
        kind = kind_of(inner)
        return kind and f"{kind} ({inner})"
    for kind, network in _SPECIAL:
        if address in network:
            return kind
    return None if address.version == 4 or address in _GLOBAL else "reserved"


def connected(
    host: str, port: int, timeout_s: float | None, refuse: Callable[[Any], str | None]
) -> socket.socket:
    """A connection to the first address of ``host`` that can be had and that is not refused.

    Args:
        refuse: why an address, as ``socket.connect`` takes it, is not to be connected to; ``None``
            where it is.

    Raises:
        Forbidden: none but refused ones were left.
        OSError: it cannot be connected to.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(f"{host} is no name of a host") from None
    failure = OSError(f"{host} has no address")
    for family, kind, protocol, _, place in found:
        if (why := refuse(place)) is not None:
            failure = Forbidden(why)
            continue
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(timeout_s)
            sock.connect(place)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _address(text: str) -> _Address:
    """As it is connected to: without a zone, and IPv4 within IPv6 as IPv4."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _inside(address: _Address) -> _Address | None:
    if address.version == 4:
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


def _numeric(host: str) -> _Address | None:
    """The address that a text is without being looked up, in any spelling that the system takes
    (``127.1``, ``0x7f.1``, ``2130706433``); ``None`` of names."""
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return _address(str(found[0][4][0]))


def _plain_name(host: str) -> str:
    with contextlib.suppress(UnicodeError):
        host = host.encode("idna").decode()
    return host.rstrip(".").lower()


@functools.lru_cache
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text)
