"""Settings of the server: where it listens, who may use it, whose results it shows, how much it
does at a time. Knows nothing of runs.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, SecretStr, field_validator, model_validator

from perfbench import registry
from perfbench.config.base import Paths, Words
from perfbench.config.facts import setting
from perfbench.config.listening import is_loopback, long_enough
from perfbench.config.targets import TargetSettings

SHORTEST_TOKEN = 16
STATE_DIR = ".server"
"""In the folder of the runs: what is the server's own."""
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?")
DEFAULT_TOLERANCE = 0.02
ALL = "all"
"""In place of a data set's name."""


def _tolerances(value: Any) -> Any:
    """``0.01 gsm8k=0.02`` by data set; what names none is of all."""
    if isinstance(value, Mapping):
        return value
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)):
        return {ALL: value}
    pairs = [str(word).rpartition("=") for word in words]
    return {name.strip() or ALL: share for name, _, share in pairs}


class ServerConfig(TargetSettings):
    """The server of ``perfbench serve``. Whom its jobs may ask is forced on each of them."""

    variables: ClassVar[bool] = False

    host: str = setting(
        "127.0.0.1", "Address to listen on; any but loopback needs a token.", "Server"
    )
    port: int = setting(9000, "Its port; 0 takes a free one.", "Server", ge=0, le=65535)
    outputs_dir: Path = setting(Path("results"), "Folder of the runs that it shows.", "Server")
    data_dir: Annotated[list[Path], Paths] = setting(
        [],
        "Folders whose files settings may name (data sets, tokenizers); no others can be read.",
        "Server",
        metavar="PATH",
    )
    load_tests: int = setting(
        1, "Load tests at a time: two disturb each other.", "Server", ge=1, le=64
    )
    evaluations: int = setting(2, "Evaluations and arenas at a time.", "Server", ge=1, le=64)
    queue: int = setting(64, "Jobs that may wait; one more is refused.", "Server", ge=1, le=10_000)
    tolerance: Annotated[dict[str, float], BeforeValidator(_tolerances)] = setting(
        {},
        "How much worse than its baseline a model that is released may be (FlagEval's API): a "
        f"share, of all data sets or of one (NAME=SHARE). {DEFAULT_TOLERANCE} unless said.",
        "Server",
        metavar="[NAME=]SHARE",
    )
    token: SecretStr | None = setting(
        None,
        "Key that requests must carry (Authorization: Bearer). Also read from "
        "PERFBENCH_SERVER_TOKEN; by default one is made and printed once where others can "
        "connect, and none is needed on loopback.",
        "Safety",
        metavar="TOKEN",
        fallback="PERFBENCH_SERVER_TOKEN",
    )
    new_token: bool = setting(
        False, "Make another token in place of the one that was made before.", "Safety"
    )
    allow_host: Annotated[list[str], Words] = setting(
        [],
        "Names by which requests may reach it, beside its own address: those of a proxy.",
        "Safety",
        metavar="NAME",
    )
    allow_origin: Annotated[list[str], Words] = setting(
        [],
        "Web sites whose pages may use it (CORS), as https://name; they must carry the token.",
        "Safety",
        metavar="ORIGIN",
    )
    proxy: Annotated[list[str], Words] = setting(
        [],
        "Addresses of proxies in front of it, whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed.",
        "Safety",
        metavar="ADDRESS",
    )
    allow_code: bool = setting(
        False,
        "Clients may run code here: Python files in --data-dir, local models, containers, agents.",
        "Safety",
    )
    allow_sinks: bool = setting(
        False, "Clients may send results with the accounts of this machine (--sinks).", "Safety"
    )

    def tolerance_of(self, data_set: str) -> float:
        """How much worse than its baseline a model may be on a data set; share of 1."""
        return self.tolerance.get(data_set, self.tolerance.get(ALL, DEFAULT_TOLERANCE))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(self.host)

    @field_validator("tolerance")
    @classmethod
    def _shares(cls, tolerance: dict[str, float]) -> dict[str, float]:
        for name, share in tolerance.items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name}: a share from 0 to 1, as 0.02 for 2 points")
            if name != ALL and name not in registry.names(registry.TASKS):
                hint = registry.did_you_mean(name, registry.TASKS)
                raise ValueError(f"no data set is called {name!r}{hint}")
        return tolerance

    @field_validator("token")
    @classmethod
    def _long_enough(cls, token: SecretStr | None) -> SecretStr | None:
        return long_enough(token, SHORTEST_TOKEN)

    @field_validator("allow_origin")
    @classmethod
    def _origins(cls, origins: list[str]) -> list[str]:
        found = [origin.lower().rstrip("/") for origin in origins]
        for origin in found:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin: it is https://name or http://name:port")
        return found

    @field_validator("allow_host")
    @classmethod
    def _host_names(cls, names: list[str]) -> list[str]:
        for name in names:
            if not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", name):
                raise ValueError(f"{name!r} is no name of a host: no scheme, no port, no pattern")
        return names

    @field_validator("proxy")
    @classmethod
    def _proxy_addresses(cls, addresses: list[str]) -> list[str]:
        for address in addresses:
            ipaddress.ip_address(address)
        return addresses

    @model_validator(mode="after")
    def _one_token(self) -> ServerConfig:
        if self.token is not None and self.new_token:
            raise ValueError("--token and --new-token both say what the token is: give one")
        return self
