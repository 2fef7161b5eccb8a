"""The nodes of a Ray cluster as machines of a run: Ray starts an agent on each, and no more.

What is measured does not go through Ray: the agents listen on their nodes' addresses, and the run
reaches them as it does any other, with a token made for it. Nodes are those that have a CPU to
give; each agent holds one. Durations are seconds.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import threading
from typing import Any

from perfbench import __version__
from perfbench.driver.machines.agent import Agent
from perfbench.driver.machines.hosts import Where
from perfbench.errors import ConfigError, WorkerError
from perfbench.foreign import one_line
from perfbench.registry import installation

_JOIN_S = 10.0
"""How long a head may take to answer: Ray itself tries again for ever."""
_HEAD = re.compile(r"(?P<host>\[[^\]]+\]|[^\[\]/:]+):(?P<port>\d{1,5})")
_START_S = 60.0
"""How long all agents together may take to start: nodes may be busy with others' work."""


class Node:
    """The agent of one node, inside an actor of Ray."""

    def listen(self, version: str, host: str, token: str) -> int:
        """Start the agent; returns its port.

        Raises:
            RuntimeError: another version is installed here.
        """
        if version != __version__:
            raise RuntimeError(f"perfbench {__version__} is installed there and {version} here")
        self._agent = Agent(host, 0, token, print)
        threading.Thread(target=self._agent.serve, name="agent", daemon=True).start()
        return int(self._agent.port)


class Cluster:
    """A connection to a cluster, and the agents on it. Use as a context manager."""

    def __init__(self, address: str) -> None:
        """Join the cluster.

        Args:
            address: of its head, ``auto``, or ``local`` for one that is started and ended here.

        Raises:
            ConfigError: Ray is not installed, or this is no address.
            WorkerError: the cluster cannot be joined.
        """
        try:
            import ray
        except ModuleNotFoundError:
            raise ConfigError(f"--ray needs the package ray{installation('ray')}") from None
        self._ray = ray
        self._actors: list[Any] = []
        self._joined = not ray.is_initialized()
        self.token = secrets.token_urlsafe(24)
        """Of the agents here."""
        # Else Ray hides all GPUs from processes that ask for none, and says so in a warning.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        if self._joined:
            _find_head(address)
            try:
                ray.init(address=address, log_to_driver=False, logging_level="error")
            except Exception as error:
                raise WorkerError(f"--ray {address}: {_in_a_line(error)}") from None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        for actor in self._actors:
            self._ray.kill(actor)
        if self._joined:
            self._ray.shutdown()

    def agents(self, workers: int | None) -> list[Where]:
        """Start an agent on every node that has a CPU.

        Args:
            workers: that each is to start.

        Raises:
            WorkerError: one did not start.
        """
        ray = self._ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        if not nodes:
            raise WorkerError("no node of the Ray cluster has a CPU")
        ports = []
        for node in nodes:
            strategy = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            actor = ray.remote(Node).options(num_cpus=1, scheduling_strategy=strategy).remote()
            self._actors.append(actor)
            address = node["NodeManagerAddress"]
            ports.append(actor.listen.remote(__version__, address, self.token))
        try:
            found = ray.get(ports, timeout=_START_S)
        except Exception as error:
            raise WorkerError(
                f"an agent did not start on the cluster: {_in_a_line(error)}"
            ) from None
        return [
            Where(node["NodeManagerAddress"], port, workers)
            for node, port in zip(nodes, found, strict=True)
        ]


def _in_a_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return one_line(lines[-1] if lines else "") or type(error).__name__


def _find_head(address: str) -> None:
    """See that something listens at the address of a head, if it is a host and a port."""
    if address in ("auto", "local") or address.startswith("ray://"):
        return
    head = _HEAD.fullmatch(address)
    if head is None or not 0 < int(head["port"]) < 65536:
        raise ConfigError(f"--ray {address} is no address of a head: HOST:PORT, auto or local")
    try:
        socket.create_connection((head["host"].strip("[]"), int(head["port"])), _JOIN_S).close()
    except OSError as error:
        raise WorkerError(
            f"--ray {address}: no head answers there: {error.strerror or error}"
        ) from None
