"""Settings of where programs run that models wrote. Seconds; memory in MiB."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import SecretStr, field_validator, model_validator

from perfbench.config.base import Settings, json_pairs
from perfbench.config.facts import setting
from perfbench.config.listening import is_loopback, long_enough

Kind = Literal[
    "auto", "ns", "landlock", "bwrap", "docker", "podman", "remote", "sandboxfusion", "none"
]
REMOTE = ("remote", "sandboxfusion")
"""Those behind a URL."""
CONTAINERS = ("docker", "podman")
SHORTEST_TOKEN = 8
_THEIRS = ("use_sandbox", "sandbox_type", "sandbox_manager_config", "judge_worker_num")
"""EvalScope's names: the first three say together which sandbox is meant, the last is how many
answers are judged at a time, by whatever judges them."""


class SandboxSettings(Settings):
    """Where programs run, how many at a time, and what each may use."""

    sandbox: Kind = setting(
        "auto",
        "Where programs run that models wrote: auto (the first of ns and landlock that the kernel "
        "allows), bwrap, docker, podman, remote (ms-enclave's API, also perfbench sandbox serve), "
        "sandboxfusion; none only with --i-accept-running-untrusted-code.",
        "Sandbox",
        figures=False,
    )
    sandbox_url: str | None = setting(
        None,
        "Service of --sandbox remote or sandboxfusion.",
        "Sandbox",
        metavar="URL",
        figures=False,
    )
    sandbox_key: SecretStr | None = setting(
        None, "Its key or token.", "Sandbox", metavar="KEY", figures=False
    )
    sandbox_image: str = setting(
        "python:3.11-slim",
        "Image of --sandbox docker, podman and remote.",
        "Sandbox",
        metavar="IMAGE",
    )
    sandbox_workers: int | None = setting(
        None, "Programs at a time; default is one for each core.", "Sandbox", ge=1, figures=False
    )
    sandbox_timeout: float = setting(
        10.0, "Time that a program has, or each case of one.", "Sandbox", "s", gt=0, le=3600
    )
    sandbox_memory: int = setting(
        1024, "Memory that a program has.", "Sandbox", "MiB", ge=64, le=1 << 20
    )
    i_accept_running_untrusted_code: bool = setting(
        False,
        "Let --sandbox none run programs that models wrote as this user, with all that it may do.",
        "Sandbox",
        figures=False,
    )

    @property
    def programs_at_a_time(self) -> int:
        """``sandbox_workers``, or the cores this process may use."""
        return self.sandbox_workers or len(os.sched_getaffinity(0))

    @model_validator(mode="before")
    @classmethod
    def _their_names(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or not set(_THEIRS) & set(values):
            return values
        ours = {key: value for key, value in values.items() if key not in _THEIRS}
        for key, value in translated({key: values.get(key) for key in _THEIRS}).items():
            if key in ours and ours[key] != value:
                raise ValueError(f"{key} and EvalScope's names say two things of it: give one")
            ours[key] = value
        return ours

    @field_validator("sandbox_url")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must be a URL: http(s)://host[:port]")
        return url

    @model_validator(mode="after")
    def _sandbox_that_can_be(self) -> SandboxSettings:
        if self.sandbox in REMOTE and self.sandbox_url is None:
            raise ValueError(f"--sandbox {self.sandbox} needs --sandbox-url")
        # A key may be in the environment for every program.
        if self.sandbox not in REMOTE and self.asks("sandbox_url"):
            raise ValueError("--sandbox-url is for --sandbox remote and sandboxfusion")
        if self.sandbox == "none" and not self.i_accept_running_untrusted_code:
            raise ValueError(
                "--sandbox none runs programs that nobody has read with all that you may do: it "
                "needs --i-accept-running-untrusted-code"
            )
        return self


class ServeConfig(Settings):
    """The service of ``perfbench sandbox serve``."""

    host: str = setting(
        "127.0.0.1", "Address to listen on; any but loopback needs a token.", "Sandbox"
    )
    port: int = setting(8765, "Its port; 0 takes a free one.", "Sandbox", ge=0, le=65535)
    token: SecretStr | None = setting(
        None,
        "Key that requests must carry as X-API-Key. Also read from PERFBENCH_SANDBOX_TOKEN; by "
        "default one is made and printed where others can connect, and none is needed on loopback.",
        "Sandbox",
        metavar="TOKEN",
        fallback="PERFBENCH_SANDBOX_TOKEN",
    )
    sandbox: Literal["auto", "ns", "landlock", "bwrap"] = setting(
        "auto", "How programs are kept apart.", "Sandbox"
    )
    sandbox_workers: int | None = setting(
        None, "Programs at a time; default is one for each core.", "Sandbox", ge=1
    )

    @property
    def programs_at_a_time(self) -> int:
        """``sandbox_workers``, or the cores this process may use."""
        return self.sandbox_workers or len(os.sched_getaffinity(0))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(self.host)

    @field_validator("token")
    @classmethod
    def _hard_to_guess(cls, token: SecretStr | None) -> SecretStr | None:
        return long_enough(token, SHORTEST_TOKEN)


def translated(theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Our settings for EvalScope's ``use_sandbox``, ``sandbox_type``, ``sandbox_manager_config``
    and ``judge_worker_num``; what is ``None`` was not given.

    Raises:
        ValueError: a value is not known here.
    """
    found: dict[str, Any] = {}
    if (workers := theirs.get("judge_worker_num")) is not None:
        found |= dict.fromkeys(("judge_parallel", "sandbox_workers"), workers)
    kind = theirs.get("sandbox_type")
    if kind is not None:
        if kind not in get_args(Kind):
            known = ", ".join(get_args(Kind))
            raise ValueError(f"sandbox_type {kind!r} is not known here; there are {known}")
        found["sandbox"] = kind
    manager = json_pairs(theirs.get("sandbox_manager_config") or {})
    if not isinstance(manager, Mapping):
        raise ValueError("sandbox_manager_config must be an object with base_url")
    names = {"base_url": "sandbox_url", "api_key": "sandbox_key"}
    if unknown := [key for key in manager if key not in names]:
        raise ValueError(f"sandbox_manager_config has {unknown[0]!r}; known are {', '.join(names)}")
    found |= {names[key]: value for key, value in manager.items()}
    if "sandbox_url" in found and found.get("sandbox") not in REMOTE:
        found["sandbox"] = "remote"
    return found
