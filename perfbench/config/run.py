"""Settings that load tests and evaluations share beyond the service: what a run leaves, and who
hears of it while it goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import model_validator

from perfbench import registry
from perfbench.config.base import JsonPairs, Words
from perfbench.config.facts import setting
from perfbench.config.service import ServiceConfig
from perfbench.config.targets import TargetSettings
from perfbench.types import RunKind

STDOUT = "-"
"""Name of standard output, for ``events``."""


class RunConfig(TargetSettings, ServiceConfig):
    """What a run asks, what it leaves, and where its results are sent."""

    run_kind: ClassVar[RunKind] = "load test"
    """Of the runs that have such settings."""

    resume: str | None = setting(
        None,
        "Continue this run with the settings it was begun with, and ask only what is missing: a "
        "folder, its name or the beginning of it; alone: the latest.",
        "Run",
        metavar="[RUN]",
        alone="latest",
        variable=False,
        figures=False,
    )
    outputs_dir: Path = setting(Path("results"), "Folder of the runs.", "Output", figures=False)
    name: str | None = setting(
        None, "Name of the run; default is the model's.", "Output", figures=False
    )
    report: bool = setting(
        True,
        "Write report.html and plots; --no-report writes the figures and the records only.",
        "Output",
        figures=False,
    )
    json_output: bool = setting(
        False,
        "Print the figures as JSON on standard output, all else on standard error.",
        "Output",
        flag="--json",
        figures=False,
    )
    events: str | None = setting(
        None,
        "Write what happens to this file while it happens, as JSON lines; - is standard output, "
        "and all else goes to standard error.",
        "Output",
        metavar="FILE",
        figures=False,
    )
    probe: bool = setting(
        True,
        "Send one small request first, which no figure holds (up to twice more where the service "
        "says 429 or 5xx): what it refuses (key, model, URL) ends the run before there is any "
        "load.",
        "Target",
        figures=False,
    )
    metrics: Annotated[list[str], Words] = setting(
        [],
        "Also measure what these files define, each FILE.py or FILE.py:NAME.",
        "Output",
        metavar="FILE.py",
        figures=False,
    )
    sinks: Annotated[list[str], Words] = setting(
        [], "Also send results to these trackers.", "Output", table="sinks", figures=False
    )
    sink_project: str = setting(
        "perfbench", "Project of --sinks that results go to.", "Output", figures=False
    )
    sink_mode: Literal["online", "offline"] = setting(
        "online",
        "offline keeps what goes to --sinks on disk, for a later sync.",
        "Output",
        figures=False,
    )
    sink_args: Annotated[dict[str, Any], JsonPairs] = setting(
        {},
        "More settings of how --sinks are opened, as a JSON object.",
        "Output",
        metavar="JSON",
        figures=False,
    )

    @property
    def for_programs(self) -> bool:
        """Whether standard output is for programs, and people read standard error."""
        return self.json_output or self.events == STDOUT

    @model_validator(mode="after")
    def _one_on_standard_output(self) -> RunConfig:
        if self.json_output and self.events == STDOUT:
            raise ValueError("--json and --events - both want standard output: give --events FILE")
        return self

    @model_validator(mode="after")
    def _trackers_of_the_policy(self) -> RunConfig:
        """A tracker's library connects by itself, so nobody but the environment may say whereto."""
        places = (self.sink_args, *self.sink_args.values())
        named = any(isinstance(each, Mapping) and "settings" in each for each in places)
        if self.policy.binds and named:
            raise ValueError(
                "--sink-args: settings say where a tracker is, and its library cannot be held to "
                f"{self.policy.flags}: leave them to the environment"
            )
        return self

    @model_validator(mode="after")
    def _sinks_to_set(self) -> RunConfig:
        for key in ("sink_project", "sink_mode", "sink_args"):
            if self.asks(key) and not self.sinks:
                raise ValueError(f"--{key.replace('_', '-')} needs --sinks")
        sinks = registry.names(registry.SINKS) if self.sink_args else []
        for name in sorted({*self.sink_args}.intersection(sinks)):
            if name not in self.sinks:
                raise ValueError(f"--sink-args is for {name}, which --sinks does not name")
            if not isinstance(self.sink_args[name], Mapping):
                raise ValueError(f"--sink-args: {name} takes a JSON object")
        return self
