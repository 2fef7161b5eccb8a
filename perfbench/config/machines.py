"""Settings of load tests that several machines make together, and of the agent on each of them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import SecretStr, field_validator, model_validator

from perfbench.config.base import Settings, Words
from perfbench.config.facts import setting

PORT = 7433
"""Of agents, where none is named."""
SHORTEST_TOKEN = 16
_HOST = re.compile(r"(\[[^\]\s]+\]|[^\s:\[\]*]+)(?::(\d{1,5}))?(?:\*(\d{1,4}))?")


def host_parts(text: str) -> tuple[str, int, int | None]:
    """Host, port and number of workers (``None``: not said) of ``HOST[:PORT][*WORKERS]``.

    Raises:
        ValueError: it is none.
    """
    found = _HOST.fullmatch(text)
    port = int(found[2] or PORT) if found else 0
    workers = int(found[3]) if found and found[3] else None
    if found is None or port > 65535 or workers == 0:
        raise ValueError(f"{text!r} is no HOST[:PORT][*WORKERS]")
    return found[1].strip("[]"), port, workers


def _long_enough(token: SecretStr | None) -> SecretStr | None:
    if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
        raise ValueError(f"a token has {SHORTEST_TOKEN} characters or more: others can be guessed")
    return token


class MachinesConfig(Settings):
    """Which machines send the load."""

    hosts: Annotated[list[str], Words] = setting(
        [],
        "Send from these machines instead of this one: agents (perfbench agent) as "
        f"HOST[:PORT][*WORKERS], port {PORT} where none is named. --workers is for each of them.",
        "Machines",
        metavar="HOST",
    )
    agent_token: SecretStr | None = setting(
        None,
        "The token that all agents of --hosts have.",
        "Machines",
        metavar="TOKEN",
        figures=False,
    )
    ray: str | None = setting(
        None,
        "Send from the nodes of a Ray cluster: its address, auto (the one that this machine is "
        "part of) or local (one of its own, to try). Needs perfbench[ray] on all nodes.",
        "Machines",
        metavar="ADDRESS",
        alone="auto",
    )
    replace_lost: bool = setting(
        False,
        "When a worker or its machine is lost, start another for what it had not sent.",
        "Machines",
    )

    @field_validator("hosts")
    @classmethod
    def _addresses(cls, hosts: list[str]) -> list[str]:
        places = [host_parts(host)[:2] for host in hosts]
        if len({*places}) < len(places):
            raise ValueError("one of them stands there twice: HOST:PORT*2 has two workers")
        return hosts

    @field_validator("agent_token")
    @classmethod
    def _guessable(cls, token: SecretStr | None) -> SecretStr | None:
        return _long_enough(token)

    @model_validator(mode="after")
    def _one_way(self) -> MachinesConfig:
        if self.hosts and self.ray is not None:
            raise ValueError("--hosts and --ray both say where to send from: leave one out")
        return self


class AgentConfig(Settings):
    """The agent of a machine (``perfbench agent``)."""

    listen: str = setting(
        f"127.0.0.1:{PORT}",
        "Address to listen on, HOST:PORT; port 0 takes a free one.",
        "Agent",
        metavar="HOST:PORT",
    )
    token: SecretStr | None = setting(
        None,
        "Who knows it may start workers here. Also read from PERFBENCH_AGENT_TOKEN; one is made "
        "and printed by default.",
        "Agent",
        metavar="TOKEN",
        fallback="PERFBENCH_AGENT_TOKEN",
    )

    @field_validator("listen")
    @classmethod
    def _address(cls, listen: str) -> str:
        if host_parts(listen)[2] is not None:
            raise ValueError(f"{listen!r} is no HOST:PORT")
        return listen

    @field_validator("token")
    @classmethod
    def _guessable(cls, token: SecretStr | None) -> SecretStr | None:
        return _long_enough(token)
