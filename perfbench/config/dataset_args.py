"""What ``--dataset-args`` may say of one data set: how it is asked and judged, in the place of what
flags say of all. Names follow EvalScope's where the meaning is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import field_validator, model_validator

from perfbench import registry
from perfbench.config.base import Many, Settings
from perfbench.config.facts import setting
from perfbench.config.loading import validated
from perfbench.errors import ConfigError

ALIASES: Mapping[str, str] = {
    "subsets": "subset_list",
    "merge": "merge_ds",
    "few_shot_examples": "examples",
    "num_return_sequences": "repeats",
    "ks": "k",
}
"""Other names, and ours for the same."""

FOREIGN: Mapping[str, str] = {
    "few_shot_prompt_template": "put {fewshot} into prompt_template, where the examples are to "
    "stand, and the form of one of them into example_template",
    "query_template": "it is prompt_template here",
    "metric_list": "scorer names what judges an answer",
    "filters": "reasoning is set aside anyway; extractor names what reads the rest of an answer",
    "aggregation": "repeats and k say which of pass@k, cons@k, ... are shown",
}
"""EvalScope's names that mean nothing here, and what does the same."""


class DatasetArgs(Settings):
    """Settings of one data set; what is not given is the flag's, else the data set's own."""

    local_path: Path | None = setting(None, "Folder that holds the files of this data set.", "Rows")
    dataset_id: str | None = setting(
        None, "Repository on the hub, or a folder, in place of its own.", "Rows"
    )
    revision: str | None = setting(None, "Branch, tag or commit on the hub.", "Rows")
    subset_list: Annotated[list[str], Many] = setting([], "Only these subsets.", "Rows")
    limit: float | None = setting(
        None, "Samples of each subset: a count, or a fraction below 1.", "Rows", gt=0
    )
    num_prompts: int | None = setting(None, "Samples of the data set in all.", "Rows", ge=1)
    start_date: str | None = setting(
        None, "Only samples of this day and later (YYYY-MM-DD), where they have dates.", "Rows"
    )
    end_date: str | None = setting(None, "Only samples of this day and before.", "Rows")
    merge_ds: bool | None = setting(None, "Take its subsets as one.", "Rows")
    shuffle: bool | None = setting(None, "Draw the samples of limit by the seed.", "Rows")
    seed: int | None = setting(None, "Seed of all that is drawn for it.", "Rows", ge=0)

    prompt_template: str | None = setting(
        None,
        "What is asked, with {question}, {choices}, {letters}, {A}, {subject}, ... filled in; "
        "worked examples stand at {fewshot}, or else are turns before it.",
        "Prompt",
    )
    example_template: str | None = setting(
        None,
        "One worked example at {fewshot}: {question}, {answer}, {solution}, ...; default is the "
        "question, the answer and an empty line.",
        "Prompt",
    )
    few_shot_num: int | None = setting(
        None, "Worked examples; default is all of examples, else the data set's.", "Prompt", ge=0
    )
    few_shot_random: bool = setting(
        False, "Examples drawn by the seed, not the first of their file.", "Prompt"
    )
    examples: str | list[dict[str, Any]] | None = setting(
        None,
        "Worked examples in place of the data set's: a list of rows with its columns, or a file.",
        "Prompt",
    )
    system_prompt: str | None = setting(None, "System message.", "Prompt")
    shuffle_choices: bool = setting(
        False,
        "Options of each question in an order drawn from the seed; the right letter moves along.",
        "Prompt",
    )

    extractor: str | None = setting(
        None, "What reads the answer out of a text.", "Score", table="extractors"
    )
    scorer: str | None = setting(None, "What judges an answer.", "Score", table="scorers")
    repeats: int | None = setting(None, "Times each question is asked.", "Score", ge=1)
    k: Annotated[list[int], Many] = setting(
        [], "The k of pass@k and the like; default is 1 and repeats.", "Score"
    )

    @field_validator("limit")
    @classmethod
    def _count_or_fraction(cls, limit: float | None) -> float | None:
        if limit is not None and limit >= 1 and not limit.is_integer():
            raise ValueError("must be a whole count, or a fraction below 1")
        return limit

    @field_validator("start_date", "end_date")
    @classmethod
    def _days(cls, day: str | None) -> str | None:
        if day is not None:
            try:
                date.fromisoformat(day)
            except ValueError:
                raise ValueError(f"{day!r} is no day; it is written YYYY-MM-DD") from None
        return day

    @field_validator("examples", mode="before")
    @classmethod
    def _rows_or_file(cls, examples: Any) -> Any:
        rows = isinstance(examples, list) and all(isinstance(row, Mapping) for row in examples)
        if examples is not None and not rows and not isinstance(examples, str):
            raise ValueError("must be a list of rows, or the name of a file with rows")
        return examples

    @field_validator("k")
    @classmethod
    def _counts(cls, ks: list[int]) -> list[int]:
        if any(k < 1 for k in ks):
            raise ValueError("must be counts of 1 or more")
        return ks

    @model_validator(mode="after")
    def _consistent(self) -> DatasetArgs:
        if self.example_template is not None and "{fewshot}" not in (self.prompt_template or ""):
            raise ValueError("example_template needs {fewshot} in prompt_template")
        return self


def dataset_args(name: str, given: Any) -> DatasetArgs:
    """What is given for the data set called ``name``.

    Raises:
        ConfigError: a name or a value is wrong; one line that says what would be right.
    """
    where = f"--dataset-args: {name}"
    if not isinstance(given, Mapping):
        raise ConfigError(f'{where}: expected settings as {{"few_shot_num": 0}}, got {given!r}')
    values: dict[str, Any] = {}
    for key, value in _flat(where, given):
        ours = ALIASES.get(key, key)
        if ours in FOREIGN:
            raise ConfigError(f"{where}: perfbench has no {key}: {FOREIGN[ours]}")
        if ours not in DatasetArgs.model_fields:
            near = registry.did_you_mean(ours, dict.fromkeys(DatasetArgs.model_fields, ""))
            known = near or f"; there are: {', '.join(DatasetArgs.model_fields)}"
            raise ConfigError(f"{where} has no setting {key!r}{known}")
        if ours in values:
            raise ConfigError(f"{where}: {ours} is given by two of its names: give one")
        values[ours] = value
    try:
        return validated(DatasetArgs, values, {key: f"{where}: {key}" for key in values})
    except ConfigError as error:
        text = str(error)
        raise ConfigError(text if text.startswith(where) else f"{where}: {text}") from None


def _flat(where: str, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values; those under EvalScope's ``extra_params`` stand among the others."""
    for key, value in given.items():
        if key != "extra_params":
            yield key, value
        elif isinstance(value, Mapping):
            yield from value.items()
        else:
            raise ConfigError(f"{where}: extra_params must be an object, got {value!r}")
