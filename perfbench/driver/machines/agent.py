"""The agent: starts workers on its machine for runs that know its token.

A thread for each connection: the first of a run asks the time and after workers, each further one
becomes a worker's own, which reads and writes it from then on. Workers end with the run that they
are for, and with the agent. Knows no point, no plan and no record.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from perfbench.client.clock import now_ns
from perfbench.driver.machines.handshake import (
    Ask,
    Claim,
    Stranger,
    Told,
    Welcome,
    admit,
    hear,
    refuse,
    say,
)
from perfbench.driver.process import WorkerProcess
from perfbench.driver.schedule import usable_cores
from perfbench.errors import WorkerError

_STRANGERS = 32
"""Connections that may be without proof at a time; more are hung up on."""
_ABANDONED_S = 30
"""How long the other machine may say nothing at all, not even that it is there."""


class Agent:
    """Listens from its start until :meth:`close`."""

    def __init__(self, host: str, port: int, token: str, tell: Callable[[str], None]) -> None:
        """
        Args:
            port: 0 takes a free one.
            tell: is told in a line of whoever is refused, and why.

        Raises:
            WorkerError: it cannot listen there.
        """
        self._token = token
        self._tell = tell
        self._lock = threading.Lock()
        self._strangers = threading.BoundedSemaphore(_STRANGERS)
        self._workers: dict[tuple[str, int], WorkerProcess] = {}
        self._sessions: set[str] = set()
        self._listener = _listen(host, port)
        self.host, self.port = self._listener.getsockname()[:2]

    def serve(self) -> None:
        """Take connections until :meth:`close`."""
        while True:
            try:
                sock, address = self._listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._meet, args=(sock, str(address[0])), name="agent", daemon=True
            ).start()

    def close(self) -> None:
        """Take no more connections, and end the workers."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for session in [*self._sessions]:
            self._end(session)

    def _meet(self, sock: socket.socket, address: str) -> None:
        with sock:
            if not self._strangers.acquire(blocking=False):
                return
            try:
                steady(sock)
                claim, proof = admit(sock, self._token)
            except Stranger as error:
                self._tell(f"refused {address}: {error}")
                return
            except OSError:
                return
            finally:
                self._strangers.release()
            with contextlib.suppress(OSError, Stranger):
                if claim.purpose == "control":
                    self._control(sock, claim, proof)
                else:
                    self._employ(sock, claim, proof)

    def _control(self, sock: socket.socket, claim: Claim, proof: bytes) -> None:
        impatient(sock)
        with self._lock:
            self._sessions.add(claim.session)
        try:
            say(sock, Welcome(proof, cores=usable_cores()))
            while True:
                ask = hear(sock, Ask, whenever=True)
                heard_ns = now_ns()
                told = Told() if ask.what == "time" else self._answer(claim.session, ask)
                told.heard_ns, told.said_ns = heard_ns, now_ns()
                say(sock, told)
        finally:
            self._end(claim.session)

    def _answer(self, session: str, ask: Ask) -> Told:
        with self._lock:
            worker = self._workers.get((session, ask.number))
            if worker is None:
                return Told(why="there is no such worker")
            if ask.what == "end":
                del self._workers[session, ask.number]
        if ask.what == "sent":
            return Told(sent=worker.sent())
        if ask.what == "why":
            return Told(why=worker.why())
        if ask.what == "clear":
            worker.clear()
        else:
            worker.end()
        return Told()

    def _employ(self, sock: socket.socket, claim: Claim, proof: bytes) -> None:
        """Start a worker that has this connection from now on."""
        # The agent's timeouts are not the worker's.
        sock.setblocking(True)
        with self._lock:
            if claim.session not in self._sessions:
                refuse(sock, "the run has no control connection")
                return
            try:
                worker = WorkerProcess(sock, bound=True)
            except OSError as error:
                refuse(sock, f"a worker cannot be started: {error.strerror or error}")
                return
            self._workers[claim.session, claim.number] = worker
        say(sock, Welcome(proof, cores=usable_cores()))

    def _end(self, session: str) -> None:
        """End a run's workers, side by side."""
        with self._lock:
            self._sessions.discard(session)
            keys = [key for key in self._workers if key[0] == session]
            workers = [self._workers.pop(key) for key in keys]
        ending = [threading.Thread(target=worker.end) for worker in workers]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()


def steady(sock: socket.socket) -> None:
    """Set a connection between machines: small messages leave at once, and a machine that is gone
    without a word is noticed."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", _ABANDONED_S // 3),
        ("TCP_KEEPINTVL", _ABANDONED_S // 6),
        ("TCP_KEEPCNT", 4),
    ):
        if (option := getattr(socket, name, None)) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def impatient(sock: socket.socket) -> None:
    """Notice also that what was said is not received. Not for workers, whose run may be stopped for
    a while and read nothing."""
    if (option := getattr(socket, "TCP_USER_TIMEOUT", None)) is not None:
        sock.setsockopt(socket.IPPROTO_TCP, option, _ABANDONED_S * 1000)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except UnicodeError:
        why = "not a valid host name"
    except OSError as error:
        why = (error.strerror or str(error)).lower()
    raise WorkerError(f"the agent cannot listen on {host}:{port}: {why}")
