"""The machines of a run: an agent on each, the workers that it has started, and its clock.

A worker's messages have a TCP connection of their own, which the worker process itself reads and
writes; beside them each agent has one for questions. An agent that does not answer in time is
lost, and its workers with it. Knows no point and no message of workers. Durations are seconds
unless named otherwise.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import msgspec

from perfbench.client.clock import now_ns
from perfbench.driver.crew import Clock
from perfbench.driver.machines.agent import steady
from perfbench.driver.machines.handshake import (
    TIMEOUT_S,
    Ask,
    Claim,
    Purpose,
    Stranger,
    Told,
    Welcome,
    hear,
    introduce,
    say,
)
from perfbench.driver.machines.offset import CLOSE, GLANCE, Line, Look, Trip, look
from perfbench.driver.schedule import default_workers
from perfbench.errors import WorkerError
from perfbench.targets import ANYBODY, Policy, connected
from perfbench.types import Point

PATIENCE_S = 30.0
"""Silence after which a worker is lost. It speaks four times a second while a point runs."""
_GLANCE_S = 2.0
"""How often a clock is looked at while a point runs."""
_HEAD_START_NS = 1_000_000_000
_CONNECT_S = 10.0


class Where(msgspec.Struct, frozen=True):
    """An agent's address, and how many workers it is to start."""

    host: str
    port: int
    workers: int | None = None

    @property
    def name(self) -> str:
        """``host:port``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Host:
    """One machine, by its agent."""

    def __init__(
        self,
        where: Where,
        token: str,
        patience_s: float = PATIENCE_S,
        policy: Policy = ANYBODY,
    ) -> None:
        """Reach the agent.

        Raises:
            WorkerError: it is forbidden, is not there, is no agent, or refuses.
        """
        self.name = where.name
        self.workers = where.workers
        self.patience_s = patience_s
        self.lost: str | None = None
        """Why nothing can be had of it any more."""
        self.members: list[Remote] = []
        self._where = where
        self._token = token
        self._policy = policy
        self._session = secrets.token_hex(8)
        self._started = 0
        self._asking = threading.Lock()
        self._clock = threading.Lock()
        self._line = Line()
        self._slowest_ns = 0
        self._following = 0
        self._followed = threading.Event()
        self._follower: threading.Thread | None = None
        self._control, welcome = self._connect("control", 0)
        self.cores = welcome.cores

    def start(self) -> Remote:
        """Have it start a worker.

        Raises:
            WorkerError: it cannot.
        """
        sock, _ = self._connect("worker", self._started)
        self.members.append(Remote(self, self._started, sock))
        self._started += 1
        return self.members[-1]

    def ask(self, ask: Ask) -> Told | None:
        """Its answer; ``None`` if it is lost."""
        with self._asking:
            try:
                return self._asked(ask) if self.lost is None else None
            except (OSError, Stranger) as error:
                self.lose(_in_words(error))
                return None

    def clock(self) -> Clock:
        """Its clock at this moment."""
        return self._line.clock(now_ns())

    @property
    def head_start_ns(self) -> int:
        """What it needs at least from the order to go to the start."""
        return max(_HEAD_START_NS, 4 * self._slowest_ns)

    def follow_clock(self) -> None:
        """Look closely, and follow until as many have settled as have asked for this."""
        with self._clock:
            self._following += 1
            if self._following > 1:
                return
            if (first := self._look(CLOSE)) is None:
                return
            self._slowest_ns = first.slowest_ns
            self._line.begin(first)
            self._followed.clear()
            self._follower = threading.Thread(target=self._follow, name="clock", daemon=True)
            self._follower.start()

    def settle_clock(self) -> None:
        """Look closely once more, and follow no longer."""
        with self._clock:
            self._following -= 1
            if self._following or self._follower is None:
                return
            self._followed.set()
            self._follower.join()
            self._follower = None
            if (last := self._look(CLOSE)) is not None:
                self._line.end(last)

    def lose(self, why: str) -> None:
        """Expect nothing of it any more."""
        if self.lost is not None:
            return
        self.lost = why
        self._followed.set()
        self._control.close()
        for member in self.members:
            with contextlib.suppress(OSError):
                member.sock.shutdown(socket.SHUT_RDWR)

    def _follow(self) -> None:
        while not self._followed.wait(_GLANCE_S):
            if (glance := self._look(GLANCE)) is not None:
                self._line.follow(glance)

    def _look(self, times: int) -> Look | None:
        """``None`` if it is lost. No other question comes between."""
        with self._asking:
            try:
                return look(self._trip, times) if self.lost is None else None
            except (OSError, Stranger) as error:
                self.lose(_in_words(error))
                return None

    def _trip(self) -> Trip:
        said_ns = now_ns()
        told = self._asked(Ask("time"))
        return Trip(said_ns, told.heard_ns, told.said_ns, now_ns())

    def _asked(self, ask: Ask) -> Told:
        say(self._control, ask)
        return hear(self._control, Told)

    def _connect(self, purpose: Purpose, number: int) -> tuple[socket.socket, Welcome]:
        where = self._where
        with ExitStack() as cleanup:
            try:
                sock = connected(where.host, where.port, _CONNECT_S, self._refuse)
                cleanup.enter_context(sock)
                steady(sock)
                claim = Claim(b"", purpose, self._session, number)
                welcome = introduce(sock, self._token, claim)
            except (OSError, UnicodeError, WorkerError) as error:
                raise WorkerError(f"the agent at {self.name}: {_in_words(error)}") from None
            cleanup.pop_all()
        return sock, welcome

    def _refuse(self, address: Any) -> str | None:
        where = self._where
        return self._policy.refuse(where.host, str(address[0]), where.port)


class Remote:
    """A worker on another machine; see :class:`~perfbench.driver.crew.Member`."""

    def __init__(self, host: Host, number: int, sock: socket.socket) -> None:
        self.sock = sock
        self._host = host
        self._number = number

    @property
    def place(self) -> str:
        """See :class:`~perfbench.driver.crew.Member`."""
        return self._host.name

    @property
    def clock(self) -> Clock:
        """See :class:`~perfbench.driver.crew.Member`."""
        return self._host.clock()

    @property
    def patience_s(self) -> float:
        """See :class:`~perfbench.driver.crew.Member`."""
        return self._host.patience_s

    @property
    def head_start_ns(self) -> int:
        """See :class:`~perfbench.driver.crew.Member`."""
        return self._host.head_start_ns

    def follow_clock(self) -> None:
        """See :class:`~perfbench.driver.crew.Member`."""
        self._host.follow_clock()

    def settle_clock(self) -> None:
        """See :class:`~perfbench.driver.crew.Member`."""
        self._host.settle_clock()

    def sent(self) -> list[int] | None:
        """See :class:`~perfbench.driver.crew.Member`."""
        told = self._host.ask(Ask("sent", self._number))
        return told.sent if told else None

    def clear(self) -> None:
        """See :class:`~perfbench.driver.crew.Member`."""
        self._host.ask(Ask("clear", self._number))

    def why(self) -> str:
        """See :class:`~perfbench.driver.crew.Member`."""
        told = self._host.ask(Ask("why", self._number))
        return f"the machine was lost: {self._host.lost}" if told is None else told.why or "unknown"

    def end(self) -> None:
        """See :class:`~perfbench.driver.crew.Member`."""
        self.sock.close()
        self._host.ask(Ask("end", self._number))
        self._host.members.remove(self)


class Hosts:
    """All machines of a run. Use as a context manager."""

    def __init__(
        self,
        wheres: Sequence[Where],
        token: str,
        patience_s: float = PATIENCE_S,
        policy: Policy = ANYBODY,
    ) -> None:
        """Reach every agent.

        Args:
            policy: whom the run may ask.

        Raises:
            WorkerError: one cannot be had.
        """
        self._hosts: list[Host] = []
        try:
            for where in wheres:
                self._hosts.append(Host(where, token, patience_s, policy))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Hosts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def team(self, point: Point) -> int:
        """How many workers a point has on all machines: where an address does not say, by cores
        and load."""
        n = len(self._hosts)
        return sum(host.workers or default_workers(point, host.cores, n) for host in self._hosts)

    def start(self) -> Remote:
        """A worker on the machine that has the fewest, by what each is to have.

        Raises:
            WorkerError: no machine is left.
        """
        while hosts := [host for host in self._hosts if host.lost is None]:
            host = min(hosts, key=lambda each: (len(each.members) + 1) / (each.workers or 1))
            try:
                return host.start()
            except WorkerError as error:
                host.lose(str(error))
        raise WorkerError("; ".join(f"{host.name}: {host.lost}" for host in self._hosts))

    def close(self) -> None:
        """Let the agents go; they end their workers."""
        for host in self._hosts:
            host.lose("the run is over")


def _in_words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"it does not answer within {TIMEOUT_S:g} s"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
