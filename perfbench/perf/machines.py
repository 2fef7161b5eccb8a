"""Whom a load test sends with: processes of this machine, or workers on others, by its settings.

Refuses what other machines cannot have: all that is asked crosses as data, so nothing may be a
path of this one.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from perfbench.config import PerfConfig, flag_of
from perfbench.config.machines import host_parts
from perfbench.driver.crew import Crew
from perfbench.driver.machines.hosts import Hosts, Where
from perfbench.driver.schedule import default_workers
from perfbench.errors import ConfigError
from perfbench.targets import ANYBODY
from perfbench.types import Point

_OF_THIS_MACHINE = ("unix_socket", "ca_file", "client_cert", "client_key")
"""Settings whose files workers open themselves."""


class Staff(NamedTuple):
    """Whom a run sends with."""

    crew: Crew
    team: Callable[[Point], int]
    """How many workers of the crew a point has."""


def open_crew(config: PerfConfig, heaviest: Sequence[Point], cleanup: ExitStack) -> Staff:
    """The crew of a run, and how many of it each point has.

    Args:
        heaviest: points of which none will be outdone.

    Raises:
        ConfigError: a setting means nothing on other machines.
        WorkerError: a worker cannot be started, a machine not be had.
    """
    if not config.hosts and config.ray is None:

        def own(point: Point) -> int:
            return _team(config.workers or default_workers(point), point)

        crew = Crew(max(map(own, heaviest)), replaces=config.replace_lost)
        return Staff(cleanup.enter_context(crew), own)
    _refuse_paths(config)
    hosts = _hosts(config, cleanup)

    def team(point: Point) -> int:
        return _team(hosts.team(point), point)

    crew = Crew(max(map(team, heaviest)), hosts.start, replaces=config.replace_lost)
    return Staff(cleanup.enter_context(crew), team)


def _team(workers: int, point: Point) -> int:
    return min(workers, point.parallel or workers)


def _hosts(config: PerfConfig, cleanup: ExitStack) -> Hosts:
    policy = config.policy
    if config.ray is not None:
        from perfbench.driver.machines.cluster import Cluster

        cluster = cleanup.enter_context(Cluster(config.ray))
        wheres, token = cluster.agents(config.workers), cluster.token
        policy = ANYBODY  # Which agents there are is the cluster's doing.
    else:
        if config.agent_token is None:
            raise ConfigError(
                "--hosts needs the agents' token: --agent-token or PERFBENCH_AGENT_TOKEN"
            )
        token = config.agent_token.get_secret_value()
        wheres = []
        for host in config.hosts:
            name, port, workers = host_parts(host)
            wheres.append(Where(name, port, workers or config.workers))
    if config.url is None:
        for where in wheres:
            if not is_here(where.host):
                raise ConfigError(
                    f"the built-in simulator listens on this machine alone, and {where.host} is "
                    "another: give --url"
                )
    return cleanup.enter_context(Hosts(wheres, token, policy=policy))


def _refuse_paths(config: PerfConfig) -> None:
    for key in _OF_THIS_MACHINE:
        if getattr(config, key) is not None:
            flag = flag_of(PerfConfig, key)
            raise ConfigError(
                f"{flag} is a file of this machine, and workers on others cannot open it"
            )
    if ".py" in config.api:
        raise ConfigError(
            f"--api {config.api} is a file of this machine: other machines know installed APIs only"
        )


def is_here(host: str) -> bool:
    """Whether an address is one of this machine's."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as sock:
            sock.bind(address)
    except OSError:
        return False
    return True
