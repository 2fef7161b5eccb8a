"""Settings of a load test. Durations are seconds, rates per second, lengths tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from perfbench.config.base import Numbers
from perfbench.config.facts import setting
from perfbench.config.machines import MachinesConfig
from perfbench.config.run import RunConfig
from perfbench.config.simulator import EmbeddedSimulator, SimulatorConfig
from perfbench.types import Arrival

_OF_DATA_SETS = (
    "dataset",
    "dataset_path",
    "min_prompt_length",
    "max_prompt_length",
    "prefix_length",
)
"""Settings of workloads, which a ``--prompt`` is none of."""


class PerfConfig(RunConfig, MachinesConfig):
    """Settings of a load test: what to send where, how hard, and what to write."""

    everyday: ClassVar[tuple[str, ...]] = (
        *("url", "model", "api_key", "parallel", "rate", "number", "duration"),
        *("max_tokens", "dataset", "dataset_path", "prompt"),
        *("min_prompt_length", "max_prompt_length", "tokenizer_path", "name", "verbose"),
    )

    parallel: Annotated[list[int] | None, Numbers] = setting(
        None,
        "Requests in flight at a time: each answer is followed by the next request. Several "
        "values make a sweep. With --rate: no more than so many. Default 1 when there is no "
        "--rate.",
        "Load",
    )
    rate: Annotated[list[float] | None, Numbers] = setting(
        None,
        "Requests sent per second, whether answers come or not. Several values make a sweep.",
        "Load",
        "requests/s",
    )
    number: Annotated[list[int] | None, Numbers] = setting(
        None,
        "Requests to send: one count for every point of a sweep, or one each. Default 1000 "
        "unless --duration is given.",
        "Load",
    )
    duration: float | None = setting(
        None, "End a point after this long, or at --number, whichever is first.", "Load", "s", gt=0
    )
    arrival: Arrival = setting("poisson", "How the requests of --rate are spaced.", "Load")
    burstiness: float = setting(
        1.0,
        "Shape of gamma arrivals: 1 is Poisson, below 1 burstier. Implies --arrival gamma.",
        "Load",
        gt=0,
    )
    warmup: float = setting(
        0.0,
        "Requests sent first and left out of the figures: a count, or a ratio of --number "
        "when below 1.",
        "Load",
        ge=0,
    )
    grace: float | None = setting(
        None,
        "After --duration, cancel what is still streaming after this long; default lets it finish.",
        "Load",
        "s",
        ge=0,
    )
    workers: int | None = setting(
        None, "Processes that send; default from cores and load.", "Load", ge=1
    )
    seed: int | None = setting(
        None,
        "Seed of prompts and arrivals (not sent to the service), to repeat a run. Default: drawn "
        "for each run, and stored with it.",
        "Load",
        ge=0,
    )

    max_tokens: Annotated[list[int] | None, Numbers] = setting(
        [2048],
        "Longest output; two values MIN MAX draw one uniformly for each request. Output lengths "
        "that a data set asks for win over the default; null in a file leaves all to the server.",
        "Sampling",
        "tokens",
    )

    dataset: str = setting("openqa", "Where the prompts come from.", "Workload", table="workloads")
    dataset_path: Path | None = setting(
        None,
        "File with the prompts (text, JSONL, JSON, CSV, TSV, parquet, also .gz), or "
        "FILE.py[:CLASS] of --dataset custom.",
        "Workload",
    )
    same_prompts: bool = setting(
        False,
        "Send every point of a sweep the same prompts; default is others for each.",
        "Workload",
    )
    tokenizer_path: str | None = setting(
        None, "Tokenizer folder or hub id: exact prompt lengths, and token counts.", "Workload"
    )
    prompt: str | None = setting(
        None, "Send this text (or @FILE) every time instead of a data set.", "Workload"
    )
    min_prompt_length: int | None = setting(
        None,
        "Shortest prompt: generated so (default 1), or rows of a file below it are left out.",
        "Workload",
        "tokens",
        ge=0,
    )
    max_prompt_length: int | None = setting(
        None,
        "Longest prompt: generated so (default 1024), or rows of a file above it are left out.",
        "Workload",
        "tokens",
        ge=1,
    )
    length_of: Literal["request", "content"] = setting(
        "request",
        "What these lengths are of, in chats with a tokenizer that has a chat template: the whole "
        "request, template included, or its content.",
        "Workload",
    )
    prefix_length: int = setting(
        0, "Shared prefix of generated prompts, added to their length.", "Workload", "tokens", ge=0
    )
    apply_chat_template: bool = setting(
        False,
        "Render chat prompts with the tokenizer's own template and send text (completions, vllm).",
        "Workload",
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
    def asked_max_tokens(self) -> list[int] | None:
        """``max_tokens`` if it was given: the default gives way to what a data set asks for."""
        return self.max_tokens if "max_tokens" in self.model_fields_set else None

    @field_validator("parallel", "number")
    @classmethod
    def _at_least_one(cls, values: list[int] | None) -> list[int] | None:
        if values is not None and (not values or min(values) < 1):
            raise ValueError("must be 1 or more")
        return values

    @field_validator("rate")
    @classmethod
    def _positive(cls, values: list[float] | None) -> list[float] | None:
        if values is not None and not all(0 < value < float("inf") for value in values or [0]):
            raise ValueError("must be above 0")
        return values

    @model_validator(mode="after")
    def _sweep(self) -> PerfConfig:
        sweep = self.rate if self.rate is not None else (self.parallel or [1])
        swept = "rate" if self.rate is not None else "parallel"
        if self.rate is not None and self.parallel and len(self.parallel) not in (1, len(sweep)):
            raise ValueError(
                f"--parallel has {len(self.parallel)} values and --rate {len(sweep)}: "
                "give one for all, or one each"
            )
        if self.number and len(self.number) not in (1, len(sweep)):
            raise ValueError(
                f"--number has {len(self.number)} values and --{swept} {len(sweep)}: "
                "give one for all, or one each"
            )
        if self.grace is not None and self.duration is None:
            raise ValueError("--grace needs --duration")
        return self

    @model_validator(mode="after")
    def _arrivals(self) -> PerfConfig:
        for key in ("arrival", "burstiness"):
            if self.asks(key) and self.rate is None:
                raise ValueError(f"--{key} needs --rate: without it answers decide what is sent")
        if self.asks("burstiness") and self.arrival != "gamma":
            if "arrival" in self.model_fields_set:
                raise ValueError(
                    f"--burstiness is of gamma arrivals: give --arrival gamma, not {self.arrival}"
                )
            self.arrival = "gamma"
        return self

    @model_validator(mode="after")
    def _prompts(self) -> PerfConfig:
        shortest, longest = self.min_prompt_length, self.max_prompt_length
        if shortest is not None and longest is not None and shortest > longest:
            raise ValueError("--min-prompt-length is above --max-prompt-length")
        if self.prompt is not None:
            for key in _OF_DATA_SETS:
                if self.asks(key):
                    flag = "--" + key.replace("_", "-")
                    raise ValueError(f"--prompt is sent in place of a data set: leave {flag} out")
        return self
