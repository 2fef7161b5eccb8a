"""TLS with a certificate of our own, over both transports."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import re
import socket
import ssl
import threading
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted_server import (
    FIN,
    GOODBYE,
    Client,
    Reply,
    ScriptedServer,
    chunk,
    head,
    request,
    sized,
    target_of,
)
from transcripts import CLOSE, SAME_STREAM, STREAM, says

from perfbench.client.target import Target, Transport
from perfbench.driver.discover import first_model
from perfbench.errors import ConfigError, TargetError
from perfbench.types import Record

BOTH = ["wire", "aiohttp"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scripted server")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


def secure(server: ScriptedServer, certificate: Path, verify: bool = False) -> Target:
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(certificate)
    return target_of(server, scheme="https", verify_tls=verify)


@pytest.mark.parametrize("transport", BOTH)
def test_requests_share_a_warm_connection(transport: str, certificate: Path) -> None:
    server = ScriptedServer(
        [Reply([head(), *(step for e in SAME_STREAM[1:] for step in (0.02, e))])]
    )
    target = secure(server, certificate)
    with server.running():
        records = Client(transport, target).ask(*map(request, range(3)))
    assert [record.outcome for record in records] == ["ok"] * 3
    assert [record.reused for record in records] == [False, True, True]
    for record in records:
        assert record.text == "ab"
        assert 1_000_000 < record.event_ns[1] - record.event_ns[0] < 200_000_000
    # TLS alone takes longer than this; it is in connect_ns and not in the time to the headers.
    assert records[0].connect_ns is not None
    assert records[0].connect_ns > 300_000


def test_session_tickets_do_not_cost_the_idle_connection(certificate: Path) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    target = secure(server, certificate)

    async def scenario(opened: Transport) -> Record:
        await asyncio.sleep(0.1)
        return await opened.send(request()).record

    with server.running():
        record = Client("wire", target, connections=4).run(scenario)
        assert server.connections == 4
    assert record.outcome == "ok"


def test_encrypted_reads_carry_the_kernels_stamps(certificate: Path) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    client = Client("wire", secure(server, certificate))
    with server.running():
        (record,) = client.ask(request())
    assert client.transport.kernel_stamps
    assert record.read_delay_ns is not None
    assert record.read_delay_ns >= 0


@pytest.mark.parametrize("transport", BOTH)
def test_a_certificate_that_nobody_vouches_for(transport: str, certificate: Path) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    target = secure(server, certificate, verify=True)
    with server.running():
        with pytest.raises(TargetError, match="TLS certificate not accepted: self-signed cert"):
            Client(transport, target).ask()
        (record,) = Client(transport, target, connections=0).ask(request())
    assert (record.outcome, record.sent_ns) == ("connect", None)
    assert record.detail == "TLS certificate not accepted: self-signed certificate"
    assert server.requests == []


@pytest.mark.parametrize("transport", BOTH)
def test_a_certificate_that_the_environment_vouches_for(
    transport: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = ScriptedServer([Reply(SAME_STREAM)])
    target = secure(server, certificate, verify=True)
    with server.running():
        (record,) = Client(transport, target).ask(request())
    assert record.outcome == "ok"


@pytest.mark.parametrize("transport", BOTH)
def test_tls_to_a_plain_server(transport: str) -> None:
    server = ScriptedServer([Reply([b"HTTP/1.1 400 Bad Request\r\n\r\n", FIN])])
    server.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    target = target_of(server, scheme="https", verify_tls=False)
    with server.running():
        (record,) = Client(transport, target, connections=0).ask(request())
    assert record.outcome == "connect"
    assert record.detail.startswith("TLS failed: ")


@pytest.mark.parametrize("transport", BOTH)
def test_bodies_of_megabytes_go_out_and_come_in(transport: str, certificate: Path) -> None:
    text = "y" * 700_000
    server = ScriptedServer([Reply([head(), chunk(says(text)), *SAME_STREAM[1:]])])
    target = secure(server, certificate)
    body = b"x" * 3_000_000
    with server.running():
        (record,) = Client(transport, target).ask(request(body=body))
    assert (record.outcome, record.text) == ("ok", text + "ab")
    assert server.requests[0][1] == body


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize(
    ("steps", "outcome"),
    [([CLOSE + STREAM, FIN], "ok"), ([head(), chunk(says("a")), 0.02, FIN], "truncated")],
)
def test_a_connection_closed_without_a_word(
    transport: str, certificate: Path, steps: list[bytes], outcome: str
) -> None:
    server = ScriptedServer([Reply(steps)])
    target = secure(server, certificate)
    with server.running():
        (record,) = Client(transport, target).ask(request())
    assert record.outcome == outcome


def test_a_close_in_good_order_while_idle(certificate: Path) -> None:
    server = ScriptedServer([Reply([*SAME_STREAM, GOODBYE])])
    target = secure(server, certificate)
    with server.running():
        records = Client("wire", target).ask(*map(request, range(3)))
    assert [record.outcome for record in records] == ["ok"] * 3


class NeverSaysGoodbye(ScriptedServer):
    """Reads nothing, and keeps every connection as it is until it stops."""

    def __init__(self) -> None:
        super().__init__([])
        self.stopped = threading.Event()

    def _converse(self, connection: socket.socket) -> None:
        self.stopped.wait(10)


@pytest.mark.parametrize("transport", BOTH)
def test_a_service_that_owes_its_goodbye_keeps_nobody(transport: str, certificate: Path) -> None:
    server = NeverSaysGoodbye()
    target = secure(server, certificate)

    async def scenario(_: Transport) -> None:
        await asyncio.sleep(0.05)

    with server.running():
        Client(transport, target, connections=3).run(scenario)
        server.stopped.set()
    assert server.connections == (3 if transport == "wire" else 1)


@pytest.mark.parametrize("transport", BOTH)
def test_a_file_of_certificates_is_trusted(transport: str, certificate: Path) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    target = msgspec.structs.replace(
        secure(server, certificate, verify=True), ca_file=str(certificate)
    )
    with server.running():
        (record,) = Client(transport, target).ask(request())
    assert record.outcome == "ok"


def test_models_are_asked_for_with_the_same_certificates(certificate: Path) -> None:
    server = ScriptedServer([Reply([sized(b'{"data":[{"id":"m"}]}')])])
    target = secure(server, certificate, verify=True)
    trusting = msgspec.structs.replace(target, ca_file=str(certificate))
    with server.running():
        assert first_model(trusting, "/v1/models") == "m"
        with pytest.raises(TargetError, match="TLS certificate not accepted"):
            first_model(target, "/v1/models")


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bad_file_of_certificates_is_one_line(
    transport: str, content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    target = Target(scheme="https", host="127.0.0.1", port=1, ca_file=str(file))
    with pytest.raises(ConfigError, match=rf"^--ca-file: .*{re.escape(str(file))}"):
        Client(transport, target).ask()
