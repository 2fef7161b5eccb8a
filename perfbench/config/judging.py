"""Settings of judges: models that judge the answers of models. Prices are of a million tokens, in
whatever currency they are given.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import field_validator, model_validator

from perfbench import registry
from perfbench.config.base import JsonPairs, Settings, Words
from perfbench.config.facts import setting
from perfbench.errors import ConfigError

SELF = "self"
"""As a judge: each model judges its own answers."""
INLINE = "judge"
"""Name of the judge of ``judge_args``."""

_STRATEGIES = {"llm": "judge", "llm_recall": "recall"}
"""EvalScope's words, and ours for the same."""
_MODEL_WORDS = {"model_id": "model", "api_url": "url", "parallel": "parallel"}
_PROMPT_WORDS = ("prompt_template", "score_mapping", "score_pattern", "score_type", "system_prompt")
_GENERATION_WORDS = {"max_new_tokens": "max_tokens", "max_out_len": "max_tokens"}


class Prices(Settings):
    """What a model costs."""

    price_input: float | None = setting(
        None,
        "Price of a million tokens that the model reads, where what a judge costs is to be shown.",
        "Judging",
        ge=0,
        figures=False,
    )
    price_output: float | None = setting(
        None, "Price of a million tokens that the model writes.", "Judging", ge=0, figures=False
    )


class JudgeSettings(Prices):
    """Who judges answers, by which prompt, and how several verdicts on one answer become one."""

    judge: Annotated[list[str], Words] = setting(
        [],
        "Have answers judged by these named models of model_configs; self is the model that gave "
        "them. Several are a panel.",
        "Judging",
        metavar="NAME",
    )
    judge_args: Annotated[dict[str, Any], JsonPairs] = setting(
        {},
        "A judge that no settings file names, as JSON: url, model, api_key, temperature, "
        "max_tokens, ...",
        "Judging",
        metavar="JSON",
    )
    judge_prompt: str = setting(
        "aisbench",
        "What judges are asked: the name of a prompt (aisbench, mt_bench_single, arena_hard, "
        "simpleqa, ...), or a file of your own, FILE.j2.",
        "Judging",
        metavar="NAME",
    )
    judge_strategy: Literal["judge", "auto", "recall", "both", "rule"] = setting(
        "judge",
        "judge: judges alone decide; auto: so for data sets called ..._llmjudge, by rules for "
        "all others; recall: rules first, judges where these found nothing or said wrong; "
        "both: each for itself, with their agreement; rule: no judge is asked.",
        "Judging",
    )
    judge_retries: int = setting(
        1, "Times a judge is asked again whose text holds no verdict.", "Judging", ge=0
    )
    rejudge: bool = setting(
        False, "Ask judges again, also where verdicts are stored.", "Judging", figures=False
    )
    judge_repeats: int = setting(1, "Times each judge is asked the same.", "Judging", ge=1)
    judge_swap: bool = setting(
        True, "Show the two answers of a comparison in both orders.", "Judging"
    )
    judge_aggregate: Literal["mean", "median", "majority"] = setting(
        "mean", "How the verdicts of several judges on one answer become its score.", "Judging"
    )
    min_valid_judges: int = setting(
        1, "Judges with a verdict below which an answer has no score.", "Judging", ge=1
    )
    judge_parallel: int | None = setting(
        None,
        "Requests in flight for each judge; default is its own, else --parallel.",
        "Judging",
        ge=1,
    )
    judge_structured: bool = setting(
        True,
        "Hold judges to the JSON schema of a prompt that asks for JSON (response_format).",
        "Judging",
    )

    @field_validator("judge_strategy", mode="before")
    @classmethod
    def _strategy_of_others(cls, strategy: Any) -> Any:
        return _STRATEGIES.get(strategy, strategy) if isinstance(strategy, str) else strategy

    @field_validator("judge")
    @classmethod
    def _judges_differ(cls, judges: list[str]) -> list[str]:
        if len(set(judges)) < len(judges):
            raise ValueError("each judge once; --judge-repeats asks one several times")
        return judges

    @model_validator(mode="after")
    def _enough_judges(self) -> JudgeSettings:
        there = len(self.judge) or bool(self.judge_args)
        if there and self.min_valid_judges > there:
            raise ValueError(
                f"--min-valid-judges {self.min_valid_judges} is more than there are judges"
            )
        return self


def inline_judge(given: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The settings of the model that ``judge_args`` describes, EvalScope's names as ours.

    Args:
        known: names of settings of a model. Others are sent if ``extra_args`` or
            ``generation_config`` holds them.

    Raises:
        ConfigError: another name is given.
    """
    found: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in given.items():
        if name == "generation_config" and isinstance(value, Mapping):
            for word, each in value.items():
                ours = _GENERATION_WORDS.get(str(word), str(word))
                (found if ours in known else extra)[ours] = each
        elif (ours := _MODEL_WORDS.get(name, name)) in known:
            found[ours] = value
        else:
            raise ConfigError(f"--judge-args: {_no_setting(name, known)}")
    extra.pop("do_sample", None)
    if extra and isinstance(there := found.get("extra_args", {}), Mapping):
        found["extra_args"] = {**extra, **there}
    return found


def _no_setting(name: str, known: Collection[str]) -> str:
    """Why a name describes no model."""
    if name in _PROMPT_WORDS:
        return f"{name} is of the prompt, not of the model: write it with --judge-prompt FILE.j2"
    words = dict.fromkeys([*known, *_MODEL_WORDS, "generation_config"], "")
    near = registry.did_you_mean(name, words)
    return f"no setting of a model is called {name!r}{near}; extra_args are sent as they are"
