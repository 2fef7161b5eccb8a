"""Settings of an accuracy evaluation. Lengths are tokens."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from perfbench.config.aliases import EVAL, settings_of
from perfbench.config.base import JsonPairs, Words
from perfbench.config.facts import setting
from perfbench.config.judging import INLINE, SELF, JudgeSettings, Prices
from perfbench.config.run import RunConfig
from perfbench.config.sandbox import SandboxSettings
from perfbench.config.service import ServiceConfig
from perfbench.types import RunKind

ALIASES: Mapping[str, str] = settings_of(EVAL)
"""Names that EvalScope's and AISBench's users know, and ours for the same."""


_WITHOUT_EFFECT: Mapping[str, str] = {
    flag.lstrip("-").replace("-", "_"): alias.note
    for alias in EVAL
    if alias.note is not None
    for flag in alias.flags
}
"""Names that those users give, too, and why they have no effect here."""
_ALWAYS_SO = ("use_sandbox", "ignore_errors")
"""Those of them that, when true, ask for what is done anyway."""
MODES_THAT_ASK = ("all", "infer", "infer_judge")
"""Modes that ask the models under evaluation."""


class ModelConfig(ServiceConfig, Prices):
    """A named model of a settings file: a service, its sampling, its own concurrency, its price."""

    parallel: int | None = setting(
        None, "Requests in flight for this model; default is the evaluation's.", "Run", ge=1
    )


class EvalConfig(RunConfig, JudgeSettings, SandboxSettings):
    """Settings of an evaluation: which models answer which data sets, and how answers count."""

    run_kind: ClassVar[RunKind] = "evaluation"
    also_called: ClassVar[Mapping[str, str]] = ALIASES
    everyday: ClassVar[tuple[str, ...]] = (
        *("url", "model", "api_key", "datasets", "limit", "dataset_dir", "dataset_hub"),
        *("parallel", "max_tokens", "temperature", "few_shot_num", "repeats"),
        *("reuse", "dry_run", "name"),
    )

    datasets: Annotated[list[str], Words] = setting(
        [],
        "What to ask: names of data sets (perfbench list tasks), AISBench's names for them, or "
        "files of your own.",
        "Data",
        metavar="NAME",
        # PERFBENCH_DATASETS is the folder of the data sets, and read where they are looked for.
        variable=False,
    )
    dataset_dir: Path | None = setting(
        None,
        "Folder with a folder for each data set; else PERFBENCH_DATASETS, ./datasets, the rows "
        "that ship with perfbench.",
        "Data",
        # What is in there can: that goes into the version of each data set.
        figures=False,
    )
    dataset_hub: Literal["none", "huggingface", "modelscope"] = setting(
        "none", "Hub to fetch data sets from that are in no folder.", "Data"
    )
    dataset_args: Annotated[dict[str, Any], JsonPairs] = setting(
        {},
        "Settings of single data sets, as JSON: prompt_template, examples, extractor, scorer, "
        'repeats, k, shuffle_choices, ...: {"mmlu": {"few_shot_num": 0}}.',
        "Data",
        metavar="JSON",
    )
    few_shot_num: int | None = setting(
        None, "Examples in front of each question; default is the data set's.", "Data", ge=0
    )
    system_prompt: str | None = setting(None, "System message of every question.", "Data")
    limit: float | None = setting(
        None,
        "Ask only so many questions of each subset: a count, or a fraction below 1.",
        "Data",
        gt=0,
    )
    num_prompts: int | None = setting(
        None, "Samples of each data set in all, spread over its subsets.", "Data", ge=1
    )
    merge_ds: bool = setting(False, "Take the subsets of a data set as one.", "Data")
    shuffle: bool = setting(False, "Draw the samples of --limit by the seed.", "Data")
    seed: int = setting(0, "Seed of few-shot choice and shuffling (not sent).", "Data", ge=0)

    models: Annotated[list[str], Words] = setting(
        [],
        "Named models of the settings file's model_configs; each answers every data set.",
        "Run",
        metavar="NAME",
    )
    model_configs: dict[str, ModelConfig] = Field(
        default_factory=dict,
        description="Models by name: url, model, api_key, sampling, parallel "
        "(settings file and API only).",
    )
    parallel: int = setting(8, "Requests in flight at a time.", "Run", ge=1)
    max_num_workers: int = setting(
        1, "Subtasks (model and data set) at a time.", "Run", ge=1, figures=False
    )
    repeats: int = setting(1, "Times each question is asked: avg@k, pass@k, cons@k.", "Run", ge=1)
    retries: int = setting(
        2, "Times a failed request is asked again, after a pause; 4xx mostly is not.", "Run", ge=0
    )
    generation_config: Annotated[dict[str, Any], JsonPairs] = setting(
        {},
        "Sampling as JSON, over the flags: temperature, max_tokens, ...; num_return_sequences is "
        "--repeats.",
        "Run",
        metavar="JSON",
    )
    mode: Literal["all", "infer", "judge", "infer_judge", "eval", "viz"] = setting(
        "all",
        "all; infer asks only; judge has stored answers judged; infer_judge is both; eval scores "
        "what is stored; viz writes the tables.",
        "Run",
        figures=False,
    )
    reuse: str | None = setting(
        None,
        "Continue this run: a folder, its name or the beginning of it; alone: the newest that "
        "matches.",
        "Run",
        metavar="[RUN]",
        alone="latest",
        figures=False,
    )
    fork: bool = setting(
        False,
        "Leave the run of --reuse as it is, and go on in a copy of it.",
        "Run",
        figures=False,
    )
    dry_run: bool = setting(
        False, "Show what would be asked and send nothing.", "Run", figures=False
    )
    debug: bool = setting(False, "Print the log instead of the board.", "Run", figures=False)

    @model_validator(mode="before")
    @classmethod
    def _our_names(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        ours = dict(values)
        for alias in ALIASES.keys() & ours.keys():
            if ALIASES[alias] in ours:
                raise ValueError(f"{alias} and {ALIASES[alias]} are the same setting: give one")
            ours[ALIASES[alias]] = ours.pop(alias)
        for name in _WITHOUT_EFFECT.keys() & ours.keys():
            if not (ours.pop(name) is True and name in _ALWAYS_SO):
                warnings.warn(f"{name}: {_WITHOUT_EFFECT[name]}", stacklevel=2)
        return ours

    @model_validator(mode="after")
    def _judges_known(self) -> EvalConfig:
        known = {*self.model_configs, SELF, *([INLINE] if self.judge_args else [])}
        if missing := [name for name in self.judge if name not in known]:
            raise ValueError(
                f"--judge: {missing[0]!r} is not under model_configs in the settings file; there "
                f"are: {', '.join([*self.model_configs, SELF])}"
            )
        if self.judge_args and INLINE in self.model_configs:
            raise ValueError(f"--judge-args describes {INLINE!r}, which model_configs has, too")
        if self.judge_args and self.judge and INLINE not in self.judge:
            raise ValueError(f"--judge-args describes a judge that --judge leaves out: {INLINE}")
        return self

    @field_validator("limit")
    @classmethod
    def _count_or_fraction(cls, limit: float | None) -> float | None:
        if limit is not None and limit >= 1 and not limit.is_integer():
            raise ValueError("must be a whole count, or a fraction below 1")
        return limit

    @model_validator(mode="after")
    def _continued_one_way(self) -> EvalConfig:
        if self.resume is not None and self.reuse not in (None, self.resume):
            raise ValueError(
                "--resume continues a run as it was begun, --reuse takes what of its answers still "
                "counts: give one"
            )
        return self

    @model_validator(mode="after")
    def _consistent(self) -> EvalConfig:
        if missing := [name for name in self.models if name not in self.model_configs]:
            raise ValueError(
                f"--models: {missing[0]!r} is not under model_configs in the settings file; "
                f"there are: {', '.join(self.model_configs) or 'none'}"
            )
        if self.models:
            self._only_named_services()
        if self.mode in ("judge", "eval", "viz") and self.reuse is None:
            raise ValueError(f"--mode {self.mode} needs --reuse RUN")
        if self.fork and (self.reuse is None or self.resume is not None):
            raise ValueError("--fork goes on in a copy of the run of --reuse RUN: give that")
        if self.fork and self.mode not in MODES_THAT_ASK:
            raise ValueError(f"--fork is for modes that ask: {', '.join(MODES_THAT_ASK)}")
        return self

    def _only_named_services(self) -> None:
        for key in ServiceConfig.model_fields:
            # A key may be in the environment for every program.
            if key != "api_key" and self.asks(key):
                raise ValueError(
                    f"--{key.replace('_', '-')} is of no use with --models, whose services and "
                    f"sampling are under model_configs in the settings file: set {key} there"
                )


TaskConfig = EvalConfig
"""The name EvalScope's users know."""
