"""What ``--dataset-args`` says of single data sets, put over what flags say of all.

Owns which of the two counts, and the prompt that a user's own template makes. Reads no data.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from perfbench.config.dataset_args import DatasetArgs, dataset_args
from perfbench.config.evaluation import EvalConfig
from perfbench.errors import ConfigError
from perfbench.evaluation.data import Places
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.catalogue import Resolved, not_comparable
from perfbench.evaluation.plan.models import repeats_of
from perfbench.evaluation.plan.selection import Selection
from perfbench.evaluation.prompts import (
    FEW_SHOT,
    Chat,
    PromptFunction,
    Template,
    filled,
    named,
    names_in,
    reply_of,
)
from perfbench.types import Subtask

_CHANGES = ("prompt_template", "examples", "few_shot_random", "shuffle_choices", "system_prompt")
"""What makes another question of one."""
_OF_PANELS = {"aggregate": "judge_aggregate", "min_valid": "min_valid_judges"}
"""What of a panel may be other when stored verdicts are scored, and the settings that say it."""
TEMPLATE = "prompt_template"
"""Kind of a prompt that the user's template makes."""
_EXAMPLE = "{question}\n{answer}\n\n"
"""One worked example at ``{fewshot}``, if nothing else is said."""


def args_of(config: EvalConfig, *names: str) -> DatasetArgs:
    """What is given for a data set by any of its names; a later one wins.

    Raises:
        ConfigError: a name or a value in it is wrong.
    """
    found: dict[str, Any] = {}
    for name in dict.fromkeys(names):
        if name in config.dataset_args:
            own = dataset_args(name, config.dataset_args[name])
            found |= {key: getattr(own, key) for key in own.model_fields_set}
    return DatasetArgs.model_validate(found)


def check_names(config: EvalConfig, data_sets: list[Resolved]) -> None:
    """See that all in ``--dataset-args`` is of a data set; one that is not asked now may be there.

    Raises:
        ConfigError: a name is no data set's.
    """
    asked = {name for each in data_sets for name in names_of(each)}
    for name, given in config.dataset_args.items():
        if name not in asked:
            try:
                catalogue.find(name)
            except ConfigError as error:
                raise ConfigError(f"--dataset-args: {error}") from None
            dataset_args(name, given)


def names_of(resolved: Resolved) -> tuple[str, str, str]:
    """The names by which a data set may be meant, the most exact one last."""
    return resolved.task.name, resolved.abbr, resolved.name


def places_of(config: EvalConfig, own: DatasetArgs | None = None) -> Places:
    """Where data sets are looked for; ``own`` is of one of them."""
    hub = None if config.dataset_hub == "none" else config.dataset_hub
    folder = own.local_path if own else None
    repository = own.dataset_id if own else None
    if folder is None and repository is not None and Path(repository).is_dir():
        folder, repository = Path(repository), None
    return Places(
        dataset_dir=config.dataset_dir,
        data_path=folder,
        hub=hub,
        hub_id=repository,
        revision=own.revision if own else None,
    )


def selection_of(config: EvalConfig, own: DatasetArgs) -> Selection:
    """Which samples of a data set are asked, and behind which examples."""

    def chosen(name: str) -> Any:
        value = getattr(own, name)
        return getattr(config, name) if value is None else value

    return Selection(
        few_shot_num=_shots(config, own),
        few_shot_random=own.few_shot_random,
        limit=chosen("limit"),
        subsets=tuple(own.subset_list),
        shuffle=chosen("shuffle"),
        seed=chosen("seed"),
        num_prompts=chosen("num_prompts"),
        merge=chosen("merge_ds"),
        system_prompt=chosen("system_prompt"),
        examples=Path(own.examples).expanduser() if isinstance(own.examples, str) else own.examples,
        shuffle_choices=own.shuffle_choices,
        days=(own.start_date, own.end_date),
    )


def _shots(config: EvalConfig, own: DatasetArgs) -> int | None:
    """Worked examples that are asked for; ``None`` leaves it to the data set, or to a file."""
    if own.few_shot_num is not None:
        return own.few_shot_num
    if isinstance(own.examples, list):
        return len(own.examples)
    return config.few_shot_num


def repeats_and_ks(config: EvalConfig, own: DatasetArgs, name: str) -> tuple[int, tuple[int, ...]]:
    """Times each question is asked, and the k of its figures (empty: 1 and all).

    Raises:
        ConfigError: a k is more than the repeats.
    """
    repeats = own.repeats or repeats_of(config)
    return repeats, _checked(own.k, repeats, name)


def _checked(ks: list[int], repeats: int, name: str) -> tuple[int, ...]:
    if ks and max(ks) > repeats:
        raise ConfigError(
            f"--dataset-args: {name}: k is {max(ks)}, and each question is asked {repeats} "
            f"time{'s' * (repeats != 1)}; repeats must be {max(ks)} or more"
        )
    return tuple(ks)


def as_given(resolved: Resolved, config: EvalConfig, own: DatasetArgs) -> Resolved:
    """A data set with the extractor, scorer and prompt that are given for it.

    Raises:
        ConfigError: the template asks nothing, or another tool's prompt takes no other examples.
    """
    named_parts = {
        name: value for name in ("extractor", "scorer") if (value := getattr(own, name)) is not None
    }
    found = replace(resolved, task=replace(resolved.task, **named_parts))
    theirs = resolved.published
    if own.prompt_template is not None:
        shots = _shots(config, own)
        prompt = _prompt(found, own, resolved.few_shot_num if shots is None else shots)
        found = replace(found, prompt=prompt, kind=TEMPLATE, published=None)
    elif own.examples is not None and theirs and theirs.shots and not theirs.shots_at:
        raise ConfigError(
            f"--dataset-args: {resolved.name} has its examples in its prompt; give prompt_template "
            f"with examples, or ask {theirs.task}"
        )
    changed = [name for name in _CHANGES if getattr(own, name)]
    if config.system_prompt and "system_prompt" not in changed:
        changed.append("system_prompt")
    if theirs is not None and changed:
        note = f"{resolved.name}: {' and '.join(changed)} changed; {not_comparable(theirs.tool)}"
        return replace(found, notes=(note,))
    return found


def _prompt(resolved: Resolved, own: DatasetArgs, shots: int) -> PromptFunction:
    template = own.prompt_template or ""
    if not names_in(template) - {FEW_SHOT, "subject", "letters"}:
        raise ConfigError(
            f"--dataset-args: {resolved.name}: prompt_template has no {{question}}: every question "
            "would be the same"
        )
    if FEW_SHOT in names_in(template):
        return Template(template, own.example_template or _EXAMPLE)
    if not shots and own.examples is None:
        return Template(template)
    return Chat(lambda sample: filled(template, named(sample)), reply_of(resolved.prompt))


def scored_by(config: EvalConfig, subtask: Subtask) -> Subtask:
    """A stored subtask with the extractor, the scorer and the k that are given for it now.

    Raises:
        ConfigError: as :func:`args_of`; a k is more than the repeats there are.
    """
    own = args_of(config, subtask.data_set, subtask.asked_as)
    if subtask.judging is not None:
        changed = {
            name: getattr(config, setting)
            for name, setting in _OF_PANELS.items()
            if setting in config.model_fields_set
        }
        judging = msgspec.structs.replace(subtask.judging, **changed)
        return msgspec.structs.replace(subtask, ks=tuple(own.k) or subtask.ks, judging=judging)
    return msgspec.structs.replace(
        subtask,
        extractor=own.extractor or subtask.extractor,
        scorer=own.scorer or subtask.scorer,
        ks=_checked(own.k, subtask.repeats, subtask.data_set) or subtask.ks,
    )
