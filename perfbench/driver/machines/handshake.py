"""How a run and an agent come to trust each other, and the few words they say before and beside
the messages of workers.

Each side proves that it has the token by answering the other's challenge (HMAC-SHA256), so that
the token itself never crosses; then both are of the same version, or neither goes on. Messages are
framed as those of workers are, and short. Nothing is encrypted: that is for a tunnel to do.
Instants are monotonic ns of whoever says them, timeouts seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
import time
from typing import Literal, TypeVar

import msgspec

from perfbench import __version__
from perfbench.driver.protocol import LENGTH, frame
from perfbench.errors import WorkerError

LONGEST = 16 << 10
"""Bytes of the longest message here: a stranger makes nobody hold more."""
TIMEOUT_S = 10.0
"""How long the other side may take for a message."""
_WORD = "perfbench agent"

Purpose = Literal["control", "worker"]
_Heard = TypeVar("_Heard", bound=msgspec.Struct)


class Hail(msgspec.Struct, forbid_unknown_fields=True):
    """Either side, first the run: who I am, and a challenge for you."""

    word: str
    version: str
    nonce: bytes


class Claim(msgspec.Struct, forbid_unknown_fields=True):
    """The run: my proof, and what this connection is for."""

    proof: bytes
    purpose: Purpose
    session: str
    """Names the run: its workers end when its control connection does."""
    number: int = 0
    """Of the worker, in its session."""


class Welcome(msgspec.Struct, forbid_unknown_fields=True):
    """The agent: its own proof; or why it will not have you."""

    proof: bytes = b""
    refusal: str | None = None
    cores: int = 1


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """The run, on a control connection: a question about a worker, or of the time."""

    what: Literal["time", "sent", "clear", "why", "end"]
    number: int = 0


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """The agent: the answer."""

    heard_ns: int = 0
    """When the question was read."""
    said_ns: int = 0
    """When this was written."""
    sent: list[int] | None = None
    why: str | None = None


class Stranger(Exception):
    """The other side is not what it should be; the text says in what."""


def say(sock: socket.socket, message: msgspec.Struct) -> None:
    """Write a message.

    Raises:
        OSError: the other side has gone, or does not read.
    """
    sock.settimeout(TIMEOUT_S)
    sock.sendall(frame(message))


def hear(sock: socket.socket, kind: type[_Heard], whenever: bool = False) -> _Heard:
    """Read a message, and not a byte more: what follows may be for somebody else.

    Args:
        whenever: wait for its beginning as long as it takes.

    Raises:
        Stranger: what came is no such message.
        OSError: the other side has gone, or says nothing in time.
    """
    head = _exactly(sock, LENGTH.size, None if whenever else TIMEOUT_S)
    size = LENGTH.unpack(head)[0]
    if size > LONGEST:
        raise Stranger("what it says is no message of perfbench")
    body = _exactly(sock, size, TIMEOUT_S)
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.MsgspecError:
        raise Stranger("what it says is no message of perfbench") from None


def _exactly(sock: socket.socket, size: int, timeout_s: float | None) -> bytes:
    sock.settimeout(timeout_s)
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    data = b""
    while len(data) < size:
        if deadline is not None:
            if (left_s := deadline - time.monotonic()) <= 0:
                raise TimeoutError
            sock.settimeout(left_s)
        piece = sock.recv(size - len(data))
        if not piece:
            raise ConnectionResetError("it hung up")
        data += piece
    return data


def introduce(sock: socket.socket, token: str, claim: Claim) -> Welcome:
    """The run's side, from the first byte on.

    Raises:
        WorkerError: the agent refuses, in its words, or is none.
        OSError: it has gone, or says nothing in time.
    """
    hail = Hail(_WORD, __version__, secrets.token_bytes(16))
    say(sock, hail)
    try:
        other = _hailed(hear(sock, Hail))
        claim.proof = _proof(token, "run", hail, other, claim)
        say(sock, claim)
        welcome = hear(sock, Welcome)
    except Stranger as error:
        raise WorkerError(str(error)) from None
    if welcome.refusal is not None:
        raise WorkerError(f"it refuses: {welcome.refusal[:300]}")
    if not hmac.compare_digest(welcome.proof, _proof(token, "agent", hail, other, claim)):
        raise WorkerError("it does not know the token that it asks for")
    return welcome


def admit(sock: socket.socket, token: str) -> tuple[Claim, bytes]:
    """The agent's side: what a run wants that has proved itself, and the agent's own proof.

    Raises:
        Stranger: it has not. It has been told why.
        OSError: it has gone, or says nothing in time.
    """
    other = hear(sock, Hail)
    hail = Hail(_WORD, __version__, secrets.token_bytes(16))
    # Said in any case: whoever is of another version is to be able to say so.
    say(sock, hail)
    _hailed(other)
    claim = hear(sock, Claim)
    if not hmac.compare_digest(claim.proof, _proof(token, "run", other, hail, claim)):
        refuse(sock, "the token is another (--agent-token, PERFBENCH_AGENT_TOKEN)")
        raise Stranger("its token is another")
    return claim, _proof(token, "agent", other, hail, claim)


def refuse(sock: socket.socket, why: str) -> None:
    """Say why not.

    Raises:
        OSError: as :func:`say`.
    """
    say(sock, Welcome(refusal=why))


def _hailed(other: Hail) -> Hail:
    if other.word != _WORD or len(other.nonce) != 16:
        raise Stranger("what it says is no message of perfbench")
    if other.version != __version__:
        raise Stranger(
            f"it is perfbench {other.version[:40]} and this is {__version__}: "
            "install the same version on both"
        )
    return other


def _proof(token: str, side: str, run: Hail, agent: Hail, claim: Claim) -> bytes:
    words = (side, run.version, run.nonce, agent.nonce, claim.purpose, claim.session, claim.number)
    return hmac.digest(token.encode(), msgspec.msgpack.encode(words), hashlib.sha256)
