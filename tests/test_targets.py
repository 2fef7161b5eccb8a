"""Whom a policy refuses: every kind of address, every spelling, names by where they lead."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.targets import ANYBODY, Allowed, Forbidden, Policy, allowed, connected, kind_of

PRIVATE = Policy(deny_private=True)
STRICTER = [
    ipaddress.ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
]
"""What Python takes for global, in one version or another, and is not for us: protocol assignments,
relays of 6to4, the metadata service of Azure."""

V4 = st.integers(0, 2**32 - 1) | st.builds(
    lambda network, offset: (int(ipaddress.IPv4Address(network)) + offset) % 2**32,
    st.sampled_from(
        [
            *("0.0.0.0", "1.0.0.0", "10.0.0.0", "11.0.0.0", "100.64.0.0", "100.128.0.0"),
            *("127.0.0.0", "128.0.0.0", "169.254.0.0", "169.255.0.0", "172.16.0.0", "172.32.0.0"),
            *("192.0.0.0", "192.0.1.0", "192.0.2.0", "192.0.3.0", "192.168.0.0", "192.169.0.0"),
            *("198.18.0.0", "198.20.0.0", "198.51.100.0", "198.51.101.0", "203.0.113.0"),
            *("203.0.114.0", "224.0.0.0", "240.0.0.0", "168.63.129.16"),
        ]
    ),
    st.integers(-2, 2),
)


@given(V4)
def test_public_is_what_python_calls_global_and_no_group(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    public = address.is_global and not address.is_multicast
    if any(address in network for network in STRICTER):
        public = False
    assert (kind_of(address) is None) == public
    assert (PRIVATE.refuse(str(address), str(address), 80) is None) == public


@given(V4)
def test_ipv4_within_ipv6_is_what_it_leads_to(number: int) -> None:
    public = kind_of(ipaddress.IPv4Address(number)) is None
    low = struct.pack(">I", number)
    within = {
        "mapped": bytes(10) + b"\xff\xff" + low,
        "NAT64": bytes.fromhex("0064ff9b") + bytes(8) + low,
        "6to4": b"\x20\x02" + low + bytes(9) + b"\x01",
    }
    for packed in within.values():
        address = str(ipaddress.IPv6Address(packed))
        assert (PRIVATE.refuse("h", address, 80) is None) == public
    # Teredo, NAT64 of a network's own, IPv4-compatible: never.
    hidden = bytes(byte ^ 0xFF for byte in low)
    for packed in (
        bytes.fromhex("20010000") + bytes(8) + hidden,
        bytes.fromhex("0064ff9b0001") + bytes(6) + low,
        bytes(12) + low,
    ):
        assert PRIVATE.refuse("h", str(ipaddress.IPv6Address(packed)), 80) is not None


@given(st.integers(0, 2**128 - 1) | st.integers(0x2000 << 112, (0x4000 << 112) - 1))
def test_public_ipv6_is_global_unicast(number: int) -> None:
    address = ipaddress.IPv6Address(number)
    if kind_of(address) is None:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_link_local
        assert address in ipaddress.ip_network("2000::/3")


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("169.254.169.254", "a cloud's metadata service"),
        ("168.63.129.16", "a cloud's metadata service"),
        ("100.100.100.200", "a cloud's metadata service"),
        ("fd00:ec2::254", "a cloud's metadata service"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("10.0.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("fd12::1", "private"),
        ("fec0::1", "private"),
        ("100.64.0.1", "shared (carrier-grade NAT)"),
        ("239.255.255.250", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("2001:db8::1", "reserved"),
        ("2001::1", "reserved"),
        ("::2", "reserved"),
        ("64:ff9b::a9fe:a9fe", "a cloud's metadata service (169.254.169.254)"),
        ("2002:7f00:1::", "loopback (127.0.0.1)"),
        ("8.8.8.8", None),
        ("2606:4700:4700::1111", None),
        ("64:ff9b::808:808", None),
        ("2002:808:808::1", None),
    ],
)
def test_an_address_is_called_what_it_is(address: str, kind: str | None) -> None:
    assert kind_of(ipaddress.ip_address(address)) == kind


LOOPBACK = [
    *("127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001"),
    *("0177.0.0.1", "0", "0x0", "127.255.255.254", "①②⑦.0.0.1", "１２７.0.0.1", "127。0。0。1"),
    *("::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:0:0:1", "::", "::ffff:0:0"),
    *("64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "localhost", "LOCALHOST", "localhost."),
    *("::1%lo", "fe80::1%lo"),
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    try:
        socket.getaddrinfo(host, 80)
    except OSError:
        pytest.skip(f"the resolver here knows no {host}")
    why = PRIVATE.refuse_host(host, 80)
    assert why is not None
    assert "--deny-private" in why
    assert "--allow-target" in why
    assert ANYBODY.refuse_host(host, 80) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10.0.0.0/8", Allowed(network="10.0.0.0/8")),
        ("fd00::/8", Allowed(network="fd00::/8")),
        ("10.0.0.1", Allowed(network="10.0.0.1/32")),
        ("10.0.0.1:8000", Allowed(network="10.0.0.1/32", port=8000)),
        ("0x7f.1", Allowed(network="127.0.0.1/32")),
        ("::1", Allowed(network="::1/128")),
        ("[::1]", Allowed(network="::1/128")),
        ("[::1]:8000", Allowed(network="::1/128", port=8000)),
        ("::ffff:10.0.0.1", Allowed(network="10.0.0.1/32")),
        ("LLM.Example.com.", Allowed(host="llm.example.com")),
        ("llm.example.com:443", Allowed(host="llm.example.com", port=443)),
        ("bücher.example", Allowed(host="xn--bcher-kva.example")),
        ("my_host", Allowed(host="my_host")),
    ],
)
def test_what_is_allowed_is_read(text: str, meant: Allowed) -> None:
    assert allowed(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "a b", "http://h", "h:port", "h:0", "h:65536", "10.0.0.1:0", "10.0.0.1/8"),
        *("10.0.0.0/33", "h/8", "[::1", "::1]", "[::1]x", "a..b", ".", "*.example.com", "u@h"),
        *("1:2:3", "[]", ":80"),
    ],
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^'"):
        allowed(text)


@given(st.text(max_size=40))
def test_whatever_is_given_is_read_or_refused(text: str) -> None:
    try:
        found = allowed(text)
    except ValueError:
        return
    assert bool(found.network) != bool(found.host)


def policy(*targets: str, deny_private: bool = False) -> Policy:
    return Policy(deny_private, tuple(map(allowed, targets)))


@pytest.mark.parametrize(
    ("targets", "host", "address", "open_to", "private_too"),
    [
        # Whom it lets through as it is, and with --deny-private.
        (["10.0.0.0/8"], "h", "10.1.2.3", True, True),
        (["10.0.0.0/8"], "h", "::ffff:10.1.2.3", True, True),
        (["10.0.0.0/8"], "h", "64:ff9b::a01:203", False, False),
        (["10.0.0.0/8"], "h", "11.0.0.1", False, False),
        (["10.0.0.1:80"], "h", "10.0.0.1", True, True),
        (["10.0.0.1:81"], "h", "10.0.0.1", False, False),
        (["fe80::1"], "fe80::1%lo", "fe80::1%lo", True, True),
        (["h"], "h", "8.8.8.8", True, True),
        (["h"], "H.", "8.8.8.8", True, True),
        (["h:80"], "h", "8.8.8.8", True, True),
        (["h:443"], "h", "8.8.8.8", False, False),
        (["h"], "g", "8.8.8.8", False, False),
        # A name may lead anywhere, so it alone lets nothing private through.
        (["h"], "h", "10.0.0.1", True, False),
        (["h", "10.0.0.0/8"], "h", "10.0.0.1", True, True),
        (["0.0.0.0/0", "::/0"], "h", "169.254.169.254", True, True),
    ],
)
def test_allowed_targets_and_private_addresses(
    targets: list[str], host: str, address: str, open_to: bool, private_too: bool
) -> None:
    assert (policy(*targets).refuse(host, address, 80) is None) == open_to
    both = policy(*targets, deny_private=True)
    assert (both.refuse(host, address, 80) is None) == private_too


def test_a_name_is_refused_where_all_it_leads_to_is(monkeypatch: pytest.MonkeyPatch) -> None:
    led, other = ["10.0.0.1", "127.0.0.1"], policy("g")

    def resolved(host: str, port: Any, *given: Any, **named: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in led]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    why = PRIVATE.refuse_host("h", 80)
    assert why == (
        "h is at 10.0.0.1, which is private, and --deny-private forbids it; "
        "--allow-target 10.0.0.1 would let it through"
    )
    assert other.refuse_host("h", 80) == "h is at 10.0.0.1, which is none of --allow-target"
    led[:] = ["10.0.0.1", "8.8.8.8"]
    assert PRIVATE.refuse_host("h", 80) is None


def test_who_is_not_known_yet_is_left_to_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*given: Any, **named: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert PRIVATE.refuse_host("h", 80) is None


@pytest.mark.parametrize(
    ("held", "host", "through"),
    [
        (PRIVATE, "8.8.8.8", True),
        (PRIVATE, "2606:4700::1", True),
        (PRIVATE, "10.0.0.1", False),
        # To another reader of numbers it is 10.0.0.1.
        (PRIVATE, "010.0.0.1", False),
        (PRIVATE, "134744072", False),
        (PRIVATE, "llm.example.com", False),
        (policy("llm.example.com"), "llm.example.com", True),
        (policy("llm.example.com", deny_private=True), "llm.example.com", False),
        (policy("10.0.0.0/8", deny_private=True), "10.0.0.1", True),
        (policy("10.0.0.0/8"), "llm.example.com", False),
        (ANYBODY, "llm.example.com", True),
    ],
)
def test_behind_a_proxy_only_what_needs_no_lookup_is_let_through(
    held: Policy, host: str, through: bool
) -> None:
    why = held.refuse_behind("proxy:3128", host, 80)
    assert (why is None) == through
    if why is not None and not host.startswith("10."):
        assert why.startswith(f"the proxy proxy:3128 would look {host} up")
        assert why.endswith("name the host in no_proxy")


def test_a_blocking_connection_goes_to_the_address_that_was_judged() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen: list[Any] = []
        with connected("localhost", port, 5, lambda place: seen.append(place)) as sock:
            assert sock.getpeername() in seen
        with pytest.raises(Forbidden, match=r"^not there$"):
            connected("127.0.0.1", port, 5, lambda place: "not there")
    with pytest.raises(ConnectionRefusedError):
        connected("127.0.0.1", port, 5, lambda place: None)
    with pytest.raises(OSError, match="no name of a host"):
        connected("a..b", 80, 5, lambda place: None)
