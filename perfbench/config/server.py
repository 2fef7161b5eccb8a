"""Settings of the server: where it listens, who may use it, whose results it shows, how much it
does at a time. Knows nothing of runs.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import SecretStr, field_validator

from perfbench.config.base import Settings, Words
from perfbench.config.facts import setting

SHORTEST_TOKEN = 16


class ServerConfig(Settings):
    """The server of ``perfbench serve``."""

    variables: ClassVar[bool] = False

    host: str = setting(
        "127.0.0.1", "Address to listen on; any but loopback needs a token.", "Server"
    )
    port: int = setting(9000, "Its port; 0 takes a free one.", "Server", ge=0, le=65535)
    outputs_dir: Path = setting(Path("results"), "Folder of the runs that it shows.", "Server")
    data_dir: Annotated[list[Path], Words] = setting(
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
    token: SecretStr | None = setting(
        None,
        "Key that requests must carry (Authorization: Bearer). Also read from "
        "PERFBENCH_SERVER_TOKEN; by default one is made and printed once where others can "
        "connect, and none is needed on loopback.",
        "Safety",
        metavar="TOKEN",
        fallback="PERFBENCH_SERVER_TOKEN",
    )
    allow_host: Annotated[list[str], Words] = setting(
        [],
        "Names by which requests may reach it, beside its own address: those of a proxy.",
        "Safety",
        metavar="NAME",
    )
    allow_origin: Annotated[list[str], Words] = setting(
        [], "Web sites whose pages may use it (CORS), as https://name.", "Safety", metavar="ORIGIN"
    )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @field_validator("token")
    @classmethod
    def _long_enough(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"must have at least {SHORTEST_TOKEN} characters")
        return token
