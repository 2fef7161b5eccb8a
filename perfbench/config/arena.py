"""Settings of an arena: who meets whom, who judges, and how battles become ratings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import model_validator

from perfbench.config.base import Paths
from perfbench.config.evaluation import EvalConfig
from perfbench.config.facts import setting
from perfbench.config.judging import SELF
from perfbench.config.loading import validated
from perfbench.config.sandbox import SandboxSettings
from perfbench.errors import ConfigError
from perfbench.types import RunKind

FEWEST_DRAWS = 1000
GENERAL_ARENA = "general_arena"
"""What EvalScope calls an arena, which it takes for a data set."""


class ArenaConfig(EvalConfig):
    """Settings of an arena: models that answer data sets or have answered them, and battles."""

    run_kind: ClassVar[RunKind] = "arena"
    everyday: ClassVar[tuple[str, ...]] = (
        *("models", "datasets", "runs", "judge", "pairs", "baseline"),
        *("limit", "dataset_dir", "parallel", "reuse", "name"),
    )

    runs: Annotated[list[str], Paths] = setting(
        [],
        "Let models meet with the answers they gave in these evaluations; NAME=RUN calls the model "
        "of a run so.",
        "Arena",
        metavar="RUN",
    )
    judge_prompt: str = setting(
        "arena_hard",
        "What judges are asked: a prompt that ships (arena_hard, mt_bench_pair, "
        "mt_bench_pair_reference, alpaca_eval) or a file of your own, FILE.j2.",
        "Arena",
    )
    pairs: Literal["baseline", "round_robin", "adaptive"] | None = setting(
        None,
        "Who meets whom: each the baseline, all each other, or next where the ranking is least "
        "certain. Default is baseline with --baseline, else round_robin.",
        "Arena",
    )
    baseline: str | None = setting(
        None, "The model that has 1000 points and that win rates are against.", "Arena"
    )
    ci_width: float = setting(
        50.0,
        "With --pairs adaptive: stop once every rating's 95 % interval is this narrow.",
        "Arena",
        "Elo points",
        gt=0,
    )
    batch: int = setting(
        200, "With --pairs adaptive: battles that are judged before looking again.", "Arena", ge=1
    )
    ties: Literal["half", "davidson"] = setting(
        "half", "Ties are half a win for each, or a kind of their own (Davidson).", "Arena"
    )
    strong_weight: float = setting(
        1.0, "How often a verdict 'much better' counts; Arena-Hard has 3.", "Arena", gt=0
    )
    draws: int = setting(2000, "Resamples of an interval.", "Arena", ge=FEWEST_DRAWS)
    online_elo: bool = setting(
        False, "Also rate by Elo's running update, averaged over shuffled orders.", "Arena"
    )

    @model_validator(mode="after")
    def _arena_makes_sense(self) -> ArenaConfig:
        if self.models and not self.datasets:
            raise ValueError("--models answer data sets: name them with --datasets")
        if SELF in self.judge:
            raise ValueError(f"--judge {SELF}: no model judges its own battles")
        for name in ("judge_strategy", "judge_aggregate"):
            if self.asks(name):
                flag = name.replace("_", "-")
                raise ValueError(f"--{flag} is of no use in an arena, where judges compare")
        # EvalScope's judge_worker_num says how many at a time of whatever judges.
        for name in SandboxSettings.model_fields.keys() - {"sandbox_workers"}:
            if self.asks(name):
                flag = name.replace("_", "-")
                raise ValueError(f"--{flag} is of no use in an arena, which runs no programs")
        if self.pairs == "baseline" and self.baseline is None:
            raise ValueError("--pairs baseline needs --baseline NAME")
        for name in ("ci_width", "batch"):
            if self.asks(name) and self.pairs != "adaptive":
                flag = name.replace("_", "-")
                raise ValueError(f"--{flag} needs --pairs adaptive")
        if self.fork:
            raise ValueError("--fork is of perfbench eval: an arena is continued where it is")
        if self.repeats != 1:
            raise ValueError("--repeats: an arena has one answer of each model to a question")
        return self

    @property
    def pairing(self) -> Literal["baseline", "round_robin", "adaptive"]:
        """Who meets whom, default filled in."""
        return self.pairs or ("baseline" if self.baseline is not None else "round_robin")


def arena_of(config: EvalConfig) -> ArenaConfig | None:
    """The arena that an evaluation of ``general_arena`` means, as EvalScope's users write it;
    ``None`` if it is none.

    Raises:
        ConfigError: its settings make no arena. One line.
    """
    if GENERAL_ARENA not in config.datasets:
        return None
    if len(config.datasets) > 1:
        raise ConfigError(f"{GENERAL_ARENA} is no data set beside others: give it alone")
    own = config.dataset_args.get(GENERAL_ARENA) or {}
    where = f"dataset_args.{GENERAL_ARENA}"
    if unknown := sorted(set(own) - {"extra_params"}):
        hint = "; prompts of judges are files: --judge-prompt FILE.j2"
        prompts = {"system_prompt", "prompt_template"}
        raise ConfigError(
            f"{where}: {unknown[0]} is not understood{hint if unknown[0] in prompts else ''}"
        )
    extra = own.get("extra_params") or {}
    values = {
        name: getattr(config, name)
        for name in config.model_fields_set & set(ArenaConfig.model_fields)
        if name not in ("datasets", "dataset_args", "model", "url", *SandboxSettings.model_fields)
    }
    values |= {"runs": _reports(extra.get("models"), where), "baseline": extra.get("baseline")}
    return validated(ArenaConfig, values)


def _reports(models: Any, where: str) -> list[str]:
    """``[{name, report_path}]`` as ``--runs`` has it."""
    fits = isinstance(models, list) and all(
        isinstance(each, Mapping) and {"name", "report_path"} <= set(each) for each in models
    )
    if not fits:
        raise ConfigError(f"{where}: extra_params.models is a list of {{name, report_path}}")
    return [f"{each['name']}={each['report_path']}" for each in models]
