"""Settings of whom a run may ask, for whoever runs what others have asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import field_validator

from perfbench.config.base import Settings, Words
from perfbench.config.facts import setting
from perfbench.targets import Policy, allowed


class TargetSettings(Settings):
    """Which addresses are asked, and which are refused."""

    deny_private: bool = setting(
        False,
        "Ask nobody at a loopback, link-local, private, metadata or reserved address, nor at a "
        "unix socket; checked at each connection (docs/targets.md).",
        "Target",
        figures=False,
    )
    allow_target: Annotated[list[str], Words] = setting(
        [],
        "Ask these alone: networks (CIDR), addresses, hosts, each but a network also with :PORT; "
        "with --deny-private, networks and addresses may be private.",
        "Target",
        metavar="TARGET",
        figures=False,
    )

    @field_validator("allow_target")
    @classmethod
    def _targets(cls, targets: list[str]) -> list[str]:
        for each in targets:
            allowed(each)
        return targets

    @property
    def policy(self) -> Policy:
        """Both together."""
        return Policy(self.deny_private, tuple(map(allowed, self.allow_target)))
