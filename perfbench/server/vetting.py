"""Which settings a client of the server may give, and whether they are right.

Settings say which files are read, which code runs and where results go; that is for whoever starts
the server to say. Knows no job.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfbench.config import PerfConfig, RunConfig, validated
from perfbench.config.server import ServerConfig
from perfbench.errors import ConfigError
from perfbench.server.queue import Command
from perfbench.server.refusal import Refusal

OURS = {
    "outputs_dir": "the server says where results go",
    "events": "the server reads them",
    "json_output": "the server shows the figures",
    "resume": "ask for the job to be resumed",
    "dry_run": "ask /api/v1/check",
}
"""Settings that mean nothing to a job, and what does instead."""


def model_of(command: Command) -> type[RunConfig]:
    """The settings of a command."""
    if command == "perf":
        return PerfConfig
    if command == "eval":
        from perfbench.config.evaluation import EvalConfig

        return EvalConfig
    from perfbench.config.arena import ArenaConfig

    return ArenaConfig


def vetted(
    command: Command, given: Mapping[str, Any], config: ServerConfig, resumes: str | None
) -> dict[str, Any]:
    """Settings as a job may be given them.

    Args:
        resumes: the results folder that it continues, with the settings of that run.

    Raises:
        Refusal: one is wrong, or may not be given.
    """
    for name in given:
        if name in OURS:
            raise Refusal(422, f"{name} cannot be given: {OURS[name]}", name)
    if resumes is None:
        try:
            validated(model_of(command), given)
        except ConfigError as error:
            raise Refusal(422, str(error), error.setting) from None
    return dict(given)
