"""All that is to be asked of one model on one data set, before anything is sent.

Owns how settings become samples with their final prompts, and the hash by which a stored answer is
known again. Data only: opens no service and no store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from perfbench import registry
from perfbench.config import Scrubber, scrubber
from perfbench.config.evaluation import EvalConfig
from perfbench.config.secrets import masked
from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation import revision
from perfbench.evaluation.data import Places
from perfbench.evaluation.plan import catalogue, selection, version
from perfbench.evaluation.plan.catalogue import Resolved
from perfbench.evaluation.plan.models import Model, repeats_of
from perfbench.types import Generation, Question, Sample, Subtask

_PLACE_NAMES = ("local_path", "dataset_id", "revision")
"""Names in ``--dataset-args`` that say where a data set is."""
_PART_NAMES = ("extractor", "scorer")
"""Names in ``--dataset-args`` that put another registered part in the place of the task's own."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What is to be asked of one model on one data set."""

    subtask: Subtask
    asked: Sequence[Question]
    """Once each; ``subtask.repeats`` says how often."""
    absent: WorkloadError | None = None
    """Why the data set cannot be asked: its rows are not there, or malformed."""


def plan(config: EvalConfig, models: Sequence[Model]) -> list[Questions]:
    """Every model with every data set, in the order given. Data sets whose rows are not there, or
    malformed, are marked as absent.

    Raises:
        ConfigError: a data set is unknown, or settings make no sense for it.
        WorkloadError: all data sets are absent.
    """
    if not config.datasets:
        raise ConfigError("--datasets: name at least one data set (perfbench eval --search)")
    repeats = repeats_of(config)
    scrub = scrubber(config)
    found = [catalogue.find(name) for name in dict.fromkeys(config.datasets)]
    data_sets = _distinct([replace(each, abbr=scrub(each.abbr)) for each in found])
    planned = [
        _questions(config, model, resolved, repeats, scrub)
        for model in models
        for resolved in data_sets
    ]
    absent = [each.absent for each in planned if each.absent is not None]
    if absent and len(absent) == len(planned):
        raise absent[0]
    return planned


def _distinct(data_sets: Sequence[Resolved]) -> list[Resolved]:
    """The same, with whole names where two go by the same short one."""
    short = [each.abbr for each in data_sets]
    found = [
        replace(each, abbr=each.name) if short.count(each.abbr) > 1 else each for each in data_sets
    ]
    for each in found:
        if short.count(each.abbr) > 1 and "/" in each.name:
            raise ConfigError(f"--datasets: two data sets are called {Path(each.name).name!r}")
    return found


def places_of(config: EvalConfig, own: Mapping[str, Any] | None = None) -> Places:
    """Where data sets are looked for; ``own`` are the ``--dataset-args`` of one of them."""
    hub = None if config.dataset_hub == "none" else config.dataset_hub
    given = {key: str(value) for key, value in (own or {}).items() if key in _PLACE_NAMES}
    folder = given.get("local_path")
    repository = given.get("dataset_id")
    if folder is None and repository is not None and Path(repository).is_dir():
        folder, repository = repository, None
    return Places(
        dataset_dir=config.dataset_dir,
        data_path=Path(folder) if folder else None,
        hub=hub,
        hub_id=repository,
        revision=given.get("revision"),
    )


def _own_args(config: EvalConfig, resolved: Resolved) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for name in (resolved.task.name, resolved.abbr, resolved.name):
        own |= dict(config.dataset_args.get(name) or {})
    return own


def _questions(
    config: EvalConfig, model: Model, resolved: Resolved, repeats: int, scrub: Scrubber
) -> Questions:
    own = _own_args(config, resolved)
    named: dict[str, Any] = {name: str(own[name]) for name in _PART_NAMES if name in own}
    resolved = replace(resolved, task=replace(resolved.task, **named))
    choice = selection_of(config, resolved)
    shown = _without_secrets(model.generation, scrub)
    subtask = _subtask(model, resolved, shown, repeats)
    try:
        found = catalogue.find_data(resolved, places_of(config, own))
        pairs = list(selection.samples(resolved, found, choice))
    except WorkloadError as error:
        return Questions(subtask, [], error)
    asked = list(_asked(pairs, model, resolved, scrub))
    spoken = registry.resolve(registry.ENDPOINTS, model.api).name
    parts = version.parts(resolved, version.fingerprint(pairs), spoken, shown, repeats)
    return Questions(
        msgspec.structs.replace(
            subtask,
            version=revision.version(parts),
            parts=parts,
            samples=len(asked),
            notes=tuple(selection.notes(resolved, found, choice.subsets)),
        ),
        asked,
    )


def _subtask(model: Model, resolved: Resolved, shown: Generation, repeats: int) -> Subtask:
    """What is known of a subtask before its data is found."""
    task = resolved.task
    return Subtask(
        model=model.label,
        served_model=shown.model,
        data_set=resolved.abbr,
        asked_as=resolved.name,
        version="",
        parts={},
        metric=task.metric,
        weights=dict(task.metric_weights),
        mode=resolved.mode,
        extractor=task.extractor,
        scorer=task.scorer,
        prompt=resolved.kind,
        samples=0,
        repeats=repeats,
        api=model.api,
        generation=shown,
        url=model.url,
        simulated=model.simulated,
        parallel=model.parallel,
    )


def _without_secrets(generation: Generation, scrub: Scrubber) -> Generation:
    """As it may be stored and shown; who changes a key asks the same."""
    plain = msgspec.to_builtins(generation, enc_hook=str)
    return msgspec.convert(scrub({**plain, "extra": masked(plain["extra"])}), Generation)


def _asked(
    pairs: Sequence[tuple[Sample, str]], model: Model, resolved: Resolved, scrub: Scrubber
) -> Iterable[Question]:
    endpoint = registry.resolve(registry.ENDPOINTS, model.api)(model.generation)
    limits = model.generation.max_tokens
    for seq, (sample, subset) in enumerate(pairs):
        ready = sample if limits is None else replace(sample, max_tokens=limits[1])
        try:
            body = endpoint.build(ready)
        except ConfigError as error:
            raise ConfigError(f"{error}{_text_variant(resolved)}") from None
        # Without secrets: who changes a key asks the same, and the hash gives none away.
        plain = scrub.text(body.decode("utf-8", "surrogateescape"))
        # By the endpoint's own name: an API that has two is asked the same by either.
        known = f"{subset}\0{sample.id}\0{endpoint.name}\0{plain}"
        digest = hashlib.sha256(known.encode("utf-8", "surrogateescape"))
        category = resolved.task.categories.get(subset)
        yield Question(seq, ready, digest.hexdigest()[:32], subset, category)


def _text_variant(resolved: Resolved) -> str:
    """The name by which the same data set is asked with text, as a hint; empty if there is none."""
    kind = next((kind for kind in ("cot_str", "str") if kind in resolved.task.variants), None)
    if kind is None or resolved.kind.endswith("str"):
        return ""
    name = resolved.name.partition("_gen")[0]
    return f"; {name}_gen_{resolved.few_shot_num}_shot_{kind} asks with text"


def selection_of(config: EvalConfig, resolved: Resolved) -> selection.Selection:
    """Which samples of a data set are asked: the flags, with ``--dataset-args`` over them.

    Raises:
        ConfigError: ``--dataset-args`` has a name that means nothing.
    """
    values: dict[str, Any] = {
        "few_shot_num": config.few_shot_num,
        "limit": config.limit,
        "num_prompts": config.num_prompts,
        "merge": config.merge_ds,
        "shuffle": config.shuffle,
        "seed": config.seed,
        "system_prompt": config.system_prompt,
    }
    names = {"subset_list": "subsets", "merge_ds": "merge"}
    for given, value in _own_args(config, resolved).items():
        name = names.get(given, given)
        if name in (*_PLACE_NAMES, *_PART_NAMES):
            continue
        fields = selection.Selection.__dataclass_fields__
        if name not in fields:
            known = ", ".join([*fields, *names, *_PLACE_NAMES, *_PART_NAMES])
            raise ConfigError(
                f"--dataset-args: {resolved.name} has no setting {given!r}; there are: {known}"
            )
        values[name] = tuple(value) if name == "subsets" else value
    return selection.Selection(**values)
