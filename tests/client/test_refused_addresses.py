"""Both clients connect to no address that the policy refuses, whatever leads there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from scripted_server import END, Client, Reply, ScriptedServer, head, request, sized, target_of
from transcripts import SAME_STREAM

from perfbench.client.proxy import Proxy
from perfbench.client.target import Target, Transport
from perfbench.errors import TargetError
from perfbench.targets import Policy, allowed
from perfbench.types import Record

BOTH = ["wire", "aiohttp"]
PRIVATE = Policy(deny_private=True)
ANSWER = Reply(SAME_STREAM)
NAME = "llm.invalid"
OTHER = "127.0.0.2"
"""An address of this machine where nobody may be asked."""


def only(*targets: str) -> Policy:
    return Policy(deny_private=True, allowed=tuple(map(allowed, targets)))


def asked(
    transport: str,
    target: Target,
    leads_to: Callable[[], Sequence[str]] | None = None,
    times: int = 1,
    between: Callable[[], None] = lambda: None,
) -> list[Record]:
    """The records of requests to a target whose name leads to these addresses, looked up anew each
    time; nothing is connected ahead."""

    async def scenario(client: Transport) -> list[Record]:
        loop = asyncio.get_running_loop()
        if leads_to is not None:

            async def resolved(host: Any, port: int, **_: Any) -> list[Any]:
                name = host.decode() if isinstance(host, bytes) else host
                # What is to be connected to comes by as an address.
                found = leads_to() if name == target.host == NAME else [name]
                return [_resolved(each, port) for each in found]

            vars(loop)["getaddrinfo"] = resolved
        records = []
        for number in range(times):
            records.append(await client.send(request(number)).record)
            between()
        return records

    records: list[Record] = Client(transport, target, connections=0).run(scenario)
    return records


def _resolved(address: str, port: int) -> Any:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


def refused(record: Record) -> str:
    """Why it was, where no connection was made for it."""
    assert (record.outcome, record.sent_ns, record.status) == ("connect", None, None)
    return record.detail


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "0", "localhost"),
        *("::ffff:127.0.0.1", "::1", "::"),
    ],
)
def test_no_spelling_of_loopback_is_connected_to(transport: str, host: str) -> None:
    with ScriptedServer([ANSWER]).running() as server:
        (record,) = asked(transport, target_of(server, host=host, policy=PRIVATE))
        # aiohttp itself takes addresses of IPv4 in one spelling alone.
        assert any(each in refused(record) for each in ("--deny-private", "not a canonical"))
        with pytest.raises(TargetError, match=r"^cannot connect to .* --deny-private forbids it"):
            Client(transport, target_of(server, host=host, policy=PRIVATE)).ask()
    assert server.connections == 0


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "fd00::1"])
def test_a_name_that_leads_to_a_refused_address_fails_to_connect(
    transport: str, address: str
) -> None:
    with ScriptedServer([ANSWER]).running() as server:
        target = target_of(server, host=NAME, policy=PRIVATE)
        records = asked(transport, target, lambda: [address], times=2)
    for record in records:
        assert refused(record).startswith(f"{NAME} is at {address}, which is ")
    assert server.connections == 0


@pytest.mark.parametrize("transport", BOTH)
def test_what_is_allowed_is_asked_as_ever(transport: str) -> None:
    with ScriptedServer([ANSWER]).running() as server:
        for host in ("127.0.0.1", NAME):
            target = target_of(server, host=host, policy=only(f"127.0.0.1:{server.port}"))
            records = asked(transport, target, lambda: ["127.0.0.1"], times=2)
            assert [each.outcome for each in records] == ["ok", "ok"]
            (record,) = Client(transport, replace(target, host="127.0.0.1")).ask(request())
            assert record.outcome == "ok"


@pytest.mark.parametrize("transport", BOTH)
def test_of_several_addresses_only_those_are_tried_that_are_allowed(transport: str) -> None:
    with ScriptedServer([ANSWER]).running() as server:
        other = ScriptedServer([ANSWER], address=(OTHER, server.port))
        with other.running():
            target = target_of(server, host=NAME, policy=only("127.0.0.1"))
            for addresses in ([OTHER, "127.0.0.1"], ["127.0.0.1", OTHER]):
                (record,) = asked(transport, target, lambda led=addresses: led)
                assert record.outcome == "ok"
            (record,) = asked(transport, target, lambda: [OTHER, "::1"])
            assert OTHER in refused(record) or "::1" in refused(record)
    assert other.connections == 0


@pytest.mark.parametrize("transport", BOTH)
def test_a_name_that_leads_elsewhere_later_is_not_followed(transport: str) -> None:
    """The address that was judged is the one that is connected to: there is no second look-up
    between them, and a later one is judged again."""
    with ScriptedServer([ANSWER]).running() as server:
        other = ScriptedServer([ANSWER], address=(OTHER, server.port))
        answers = iter([["127.0.0.1"]])
        with other.running():
            target = target_of(server, host=NAME, policy=only("127.0.0.1"))
            records = asked(
                transport,
                target,
                lambda: next(answers, [OTHER]),
                times=3,
                between=server.drop_connections,
            )
    assert records[0].outcome == "ok"
    for record in records[1:]:
        assert record.outcome == "ok" or OTHER in refused(record)
    assert server.connections >= 1
    assert other.connections == 0


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Elsewhere", "308 Elsewhere"])
def test_a_redirect_is_an_answer_and_leads_nowhere(transport: str, status: str) -> None:
    other = ScriptedServer([ANSWER], address=(OTHER, 0))
    place = f"http://{OTHER}:{other.port}/v1/chat/completions"
    reply = sized(b"", f"{status}\r\nLocation: {place}")
    with ScriptedServer([Reply([reply])]).running() as server, other.running():
        for policy in (only("127.0.0.1"), Policy()):
            (record,) = asked(transport, target_of(server, policy=policy))
            assert record.status == int(status[:3])
            assert record.outcome != "ok"
    assert other.connections == 0


@pytest.mark.parametrize("transport", BOTH)
def test_a_unix_socket_is_refused(transport: str, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    server = ScriptedServer([Reply([head(), *SAME_STREAM[1:], END])], socket.AF_UNIX, path)
    with server.running():
        target = target_of(server, host="localhost", unix_socket=path, policy=PRIVATE)
        (record,) = asked(transport, target)
        assert refused(record) == f"{path} is a unix socket, and --deny-private forbids it"
        with pytest.raises(TargetError, match="is a unix socket, and --deny-private forbids it"):
            Client(transport, target).ask()
    assert server.connections == 0


@pytest.mark.parametrize("transport", BOTH)
def test_a_proxy_is_not_asked_to_look_names_up(transport: str) -> None:
    with ScriptedServer([ANSWER]).running() as server:
        proxy = Proxy(host="127.0.0.1", port=server.port)
        target = target_of(server, host=NAME, proxy=proxy, policy=PRIVATE)
        (record,) = asked(transport, target)
        assert refused(record).startswith(f"the proxy {proxy.address} would look {NAME} up")
        assert server.connections == 0
        # The proxy itself is the environment's, and an address leaves it nothing to look up.
        (record,) = asked(transport, replace(target, host="8.8.8.8"))
        assert record.outcome == "ok"
