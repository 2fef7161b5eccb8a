"""Settings of a load test: its sections together, and what is its own.

A section (``load``, ``workload``, ``objectives``) holds the settings of one topic and the rules
between them; what holds between sections is a rule here.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from perfbench.config.facts import setting
from perfbench.config.load import LoadSettings
from perfbench.config.objectives import ObjectiveSettings
from perfbench.config.run import RunConfig
from perfbench.config.simulator import EmbeddedSimulator, SimulatorConfig
from perfbench.config.statistics import StatisticsSettings
from perfbench.config.workload import WorkloadSettings


class PerfConfig(ObjectiveSettings, WorkloadSettings, LoadSettings, StatisticsSettings, RunConfig):
    """Settings of a load test: what to send where, how hard, and what to write."""

    everyday: ClassVar[tuple[str, ...]] = (
        *("url", "model", "api_key", "parallel", "rate", "number", "duration"),
        *("max_tokens", "dataset", "dataset_path", "prompt"),
        *("min_prompt_length", "max_prompt_length", "tokenizer_path", "name", "verbose"),
    )

    verbose: bool = setting(
        False, "Print the distributions of each point at the end, not only the overview.", "Output"
    )
    keep_prompts: bool = setting(
        False, "Store every prompt with the run; export --format jsonl shows them.", "Output"
    )

    simulator: EmbeddedSimulator = Field(
        default_factory=lambda: SimulatorConfig(port=0),
        description="The built-in simulator, when there is no URL (settings file and API only).",
    )

    @property
    def open_loop(self) -> bool:
        """Whether requests are sent at a rate: one that is given, or searched for."""
        return self.search == "rate" or self.rate is not None

    @model_validator(mode="after")
    def _searched_load(self) -> PerfConfig:
        """A search says itself what the load is."""
        if self.search == "parallel" and (self.parallel or self.rate):
            flag = "--parallel" if self.parallel else "--rate"
            raise ValueError(
                f"--search parallel chooses the loads: give --search-min and --search-max, "
                f"not {flag}"
            )
        if self.search == "rate" and self.rate:
            raise ValueError(
                "--search rate chooses the loads: give --search-min and --search-max, not --rate"
            )
        if self.search and any(len(each or ()) > 1 for each in (self.number, self.parallel)):
            raise ValueError("--search takes one --number, and one --parallel as a cap of --rate")
        return self
