"""A client that shows a certificate, to a service that wants one from our own authority."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from certificates import Authority
from relays import Relay
from scripted_server import Client, Reply, ScriptedServer, request, sized
from transcripts import SAME_STREAM

from perfbench.client.target import Target
from perfbench.driver.discover import first_model
from perfbench.errors import ConfigError, TargetError

BOTH = ["wire", "aiohttp"]


@contextmanager
def asking(server: ScriptedServer, authority: Authority, **files: Path | None) -> Iterator[Target]:
    """How to speak to the server, which now wants a certificate."""
    named = {key: str(file) for key, file in files.items() if file is not None}
    end = Relay(server.port, authority.server("127.0.0.1", wants_client=True))
    with server.running(), end.running():
        yield Target(
            scheme="https", host="127.0.0.1", port=end.port, ca_file=str(authority.file), **named
        )


@pytest.mark.parametrize("transport", BOTH)
@pytest.mark.parametrize("together", [False, True])
def test_it_is_shown_to_who_asks(
    transport: str, together: bool, authority: Authority, tmp_path: Path
) -> None:
    cert, key = authority.issue("a client")
    shown: dict[str, Path | None] = {"client_cert": cert, "client_key": key}
    if together:
        both = tmp_path / "both.pem"
        both.write_bytes(key.read_bytes() + cert.read_bytes())
        shown = {"client_cert": both}
    server = ScriptedServer([Reply(SAME_STREAM)])
    with asking(server, authority, **shown) as target:
        records = Client(transport, target).ask(request(0), request(1))
    assert [record.outcome for record in records] == ["ok", "ok"]


@pytest.mark.parametrize("transport", BOTH)
def test_without_one_every_request_fails_and_says_why(transport: str, authority: Authority) -> None:
    server = ScriptedServer([Reply(SAME_STREAM)])
    with asking(server, authority) as target:
        (record,) = Client(transport, target, connections=0).ask(request())
    assert record.outcome in ("protocol", "truncated", "connect")
    if transport == "wire":
        assert record.detail == "TLS failed: the service wants a certificate: give --client-cert"
    assert server.requests == []


def test_one_of_a_stranger_is_refused(authority: Authority, tmp_path: Path) -> None:
    cert, key = Authority(tmp_path).issue("a stranger")
    server = ScriptedServer([Reply(SAME_STREAM)])
    with asking(server, authority, client_cert=cert, client_key=key) as target:
        (record,) = Client("wire", target, connections=0).ask(request())
    assert record.outcome == "protocol"
    assert record.detail.startswith("TLS failed: ")
    assert "ALERT" in record.detail


def test_models_are_asked_for_with_it(authority: Authority) -> None:
    cert, key = authority.issue("a client")
    server = ScriptedServer([Reply([sized(b'{"data":[{"id":"m"}]}')])])
    with asking(server, authority, client_cert=cert, client_key=key) as target:
        assert first_model(target, "/v1/models") == "m"
        bare = msgspec.structs.replace(target, client_cert=None, client_key=None)
        with pytest.raises(
            TargetError, match="the service wants a certificate: give --client-cert"
        ):
            first_model(bare, "/v1/models")


def wrong(case: str, authority: Authority, folder: Path) -> tuple[Path, Path | None, str]:
    """Files that cannot be used, and what is said of them."""
    cert, key = authority.issue("a client")
    missing, empty = folder / "missing.pem", folder / "empty.pem"
    empty.write_bytes(b"")
    damaged = folder / "damaged.pem"
    damaged.write_bytes(cert.read_bytes().replace(b"M", b"!", 3))
    cases: dict[str, tuple[Path, Path | None, str]] = {
        "no file": (missing, key, f"--client-cert: cannot read {missing}: no such file"),
        "no key file": (cert, missing, f"--client-key: cannot read {missing}: no such file"),
        "a folder": (folder, key, f"--client-cert: cannot read {folder}: is a directory"),
        "empty": (empty, key, f"--client-cert: {empty} holds no certificate in PEM"),
        "key first": (key, cert, f"--client-cert: {key} holds no certificate in PEM"),
        "cert twice": (cert, cert, f"--client-key: {cert} holds no private key in PEM"),
        "no key": (cert, None, f"--client-cert: {cert} holds no private key in PEM: give --client"),
        "another's": (
            cert,
            Authority(folder).issue("another")[1],
            f"--client-key: the key in {folder / 'another.key'} is not that of the certificate in",
        ),
        "encrypted": (
            cert,
            Authority(folder).issue("locked", b"pass")[1],
            f"--client-key: the key in {folder / 'locked.key'} is encrypted: give it decrypted",
        ),
        "damaged": (
            damaged,
            key,
            f"--client-cert: {damaged} and its key in {key} cannot be used: ",
        ),
    }
    return cases[case]


@pytest.mark.parametrize(
    "case",
    [
        *("no file", "no key file", "a folder", "empty", "key first", "cert twice", "no key"),
        *("another's", "encrypted", "damaged"),
    ],
)
def test_files_that_cannot_be_used_are_one_line(
    case: str, authority: Authority, tmp_path: Path
) -> None:
    cert, key, said = wrong(case, authority, tmp_path)
    target = Target(
        scheme="https",
        host="127.0.0.1",
        port=1,
        client_cert=str(cert),
        client_key=None if key is None else str(key),
    )
    with pytest.raises(ConfigError) as error:
        target.tls_context()
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)
    assert "PRIVATE" not in str(error.value)
