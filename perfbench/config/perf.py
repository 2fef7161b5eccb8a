"""Settings of a load test: its sections together, and what is its own.

A section (``load``, ``workload``, ``objectives``) holds the settings of one topic and the rules
between them; what holds between sections is a rule here.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from perfbench.config.base import Words
from perfbench.config.cancelling import CancelSettings
from perfbench.config.conversations import ConversationSettings
from perfbench.config.facts import setting
from perfbench.config.load import LoadSettings
from perfbench.config.machines import MachinesConfig
from perfbench.config.models import ModelSettings
from perfbench.config.objectives import ObjectiveSettings
from perfbench.config.run import RunConfig
from perfbench.config.scraping import ScrapingSettings
from perfbench.config.simulator import EmbeddedSimulator, SimulatorConfig
from perfbench.config.statistics import StatisticsSettings
from perfbench.config.urls import UrlSettings
from perfbench.config.workload import WorkloadSettings

_STREAMED = frozenset(("ttft_ms", "ttfo_ms", "tpot_ms", "itl_ms", "schedule_ttft_ms"))
"""Metrics that only streamed answers have."""


class PerfConfig(
    ObjectiveSettings,
    WorkloadSettings,
    ConversationSettings,
    ModelSettings,
    LoadSettings,
    UrlSettings,
    CancelSettings,
    StatisticsSettings,
    ScrapingSettings,
    RunConfig,
    MachinesConfig,
):
    """Settings of a load test: what to send where, how hard, and what to write."""

    several_urls: ClassVar[bool] = True
    everyday: ClassVar[tuple[str, ...]] = (
        *("url", "model", "api_key", "parallel", "rate", "number", "duration"),
        *("max_tokens", "dataset", "dataset_path", "prompt"),
        *("min_prompt_length", "max_prompt_length", "tokenizer_path", "name", "verbose"),
    )

    verbose: bool = setting(
        False,
        "Print the distributions of each point at the end, and what is as it should be, not only "
        "the overview.",
        "Output",
        figures=False,
    )
    keep_prompts: bool = setting(
        False,
        "Store every prompt with the run; export --format jsonl shows them.",
        "Output",
        figures=False,
    )

    metrics_as: Annotated[list[str], Words] = setting(
        [],
        "Also write the results in the words of these tools, with a page that says why their "
        "figures are not ours.",
        "Output",
        table="words",
        figures=False,
    )

    simulator: EmbeddedSimulator = Field(
        default_factory=lambda: SimulatorConfig(port=0),
        description="The built-in simulator, when there is no URL (settings file and API only).",
    )

    @model_validator(mode="after")
    def _of_a_sweep(self) -> PerfConfig:
        if self.same_prompts and len(self.rate or self.parallel or []) < 2:
            raise ValueError(
                "--same-prompts is of a sweep: give several values of --parallel or --rate"
            )
        return self

    @model_validator(mode="after")
    def _counted_one_way(self) -> PerfConfig:
        counts, loads = self.conversations, self.rate or self.parallel or [1]
        if counts is not None and self.number is not None:
            raise ValueError("--conversations and --number count the same load: give one")
        if counts is not None and len(counts) not in (1, len(loads)):
            raise ValueError(
                f"--conversations has {len(counts)} values for {len(loads)} loads: give one for "
                "all, or one each"
            )
        untold = sorted(self.judged_metrics & _STREAMED) if not self.stream else []
        if untold:
            raise ValueError(
                f"--no-stream leaves nothing to hold {untold[0]} against: an answer that is not "
                "streamed has no first token and no gaps, but e2e_ms"
            )
        if self.cancels_at_tokens and not self.stream:
            raise ValueError("--cancel-after tokens needs answers that are streamed: give a time")
        return self

    @model_validator(mode="after")
    def _first_of_several(self) -> PerfConfig:
        """The probe and the run's name need one model: the first."""
        if self.models is not None:
            first = next(iter(self.weighed_models))
            if self.model is None:
                self.model = first
            elif self.model not in self.weighed_models:
                raise ValueError(f"--model {self.model} is none of --models: give one of the two")
        return self

    @model_validator(mode="after")
    def _shared(self) -> PerfConfig:
        if self.asks("url_strategy") and len(self.urls) < 2:
            raise ValueError("--url-strategy is for several URLs: give --url A B")
        return self

    @model_validator(mode="after")
    def _cluster_of_the_policy(self) -> PerfConfig:
        """Ray connects by itself, so nobody but the environment may say whereto."""
        if self.policy.binds and self.ray not in (None, "auto", "local"):
            raise ValueError(
                f"--ray {self.ray}: Ray cannot be held to {self.policy.flags}: give auto, with "
                "RAY_ADDRESS in the environment"
            )
        return self

    @property
    def open_loop(self) -> bool:
        """Whether requests are sent at a rate: one that is given, or searched for."""
        return self.search == "rate" or super().open_loop

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
        for key in ("stages", "rate_file"):
            if self.search and getattr(self, key) is not None:
                raise ValueError(
                    f"--search chooses the loads: give --search-min and --search-max, not "
                    f"--{key.replace('_', '-')}"
                )
        if self.search and self.repeat > 1:
            raise ValueError(
                "--search repeats a load by itself, as often as its certainty takes "
                "(--search-confidence): leave --repeat out"
            )
        if self.search and any(len(each or ()) > 1 for each in (self.number, self.parallel)):
            raise ValueError("--search takes one --number, and one --parallel as a cap of --rate")
        return self
