"""A subtask: one model, one data set, and every request it takes, before anything is sent.

Owns how settings become samples, bodies and the hash by which a stored answer is known again.
Opens the service only to learn the model's name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from perfbench.config import Scrubber, ServiceConfig, SimulatorConfig, scrubber, validated
from perfbench.config.evaluation import EvalConfig
from perfbench.driver.service import Service, open_service
from perfbench.errors import ConfigError
from perfbench.evaluation import catalogue, revision, selection, version
from perfbench.evaluation.catalogue import Resolved
from perfbench.evaluation.data import Places
from perfbench.types import Sample

_GENERATION_NAMES = {"max_new_tokens": "max_tokens", "max_out_len": "max_tokens"}
_REPEAT_NAMES = ("num_return_sequences", "n")
_PLACE_NAMES = ("local_path", "dataset_id", "revision")
"""Names in ``--dataset-args`` that say where a data set is."""
_PART_NAMES = ("extractor", "scorer")
"""Names in ``--dataset-args`` that put another registered part in the place of the task's own."""
_NOT_SENT = ("do_sample", "batch_size")
UNKNOWN = "–"
"""Name of a model that nobody has been asked for."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model under evaluation."""

    label: str
    """Its name in results: the one in the settings file, else the one the service knows."""
    config: ServiceConfig
    parallel: int
    service: Service


@dataclass(frozen=True, slots=True)
class Asked:
    """One sample of a subtask, ready to send."""

    seq: int
    sample: Sample
    """With the final prompt as its input."""
    subset: str
    category: str | None
    body: bytes
    hash: str
    """Of sample, prompt, model and sampling: where it is equal, the same would be asked."""


@dataclass(frozen=True, slots=True)
class Subtask:
    """All of one model and one data set."""

    name: str
    """``model/data set``."""
    model: Model
    resolved: Resolved
    asked: Sequence[Asked]
    repeats: int
    version: str
    parts: Mapping[str, str]
    """What the version is made of, to say why two differ."""
    sampling: Mapping[str, Any]
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def data_set(self) -> str:
        """Short name of the data set."""
        return self.resolved.abbr

    def spec(self) -> dict[str, Any]:
        """What is stored of it: enough to read its answers without settings or data."""
        task = self.resolved.task
        return {
            "model": self.model.label,
            "served_model": self.model.service.model,
            "dataset": self.data_set,
            "name": self.resolved.name,
            "version": self.version,
            "parts": dict(self.parts),
            "metric": task.metric,
            "mode": self.resolved.mode,
            "extractor": task.extractor,
            "scorer": task.scorer,
            "prompt": self.resolved.kind,
            "samples": len(self.asked),
            "repeats": self.repeats,
            "sampling": dict(self.sampling),
        }


def open_models(
    config: EvalConfig, cleanup: ExitStack, known: Mapping[str, str] | None = None
) -> list[Model]:
    """The models to evaluate, in order.

    Args:
        known: served name of each model by its label, as far as it is known from earlier. If this
            is given no service is started or asked: there need not be one.

    Raises:
        ConfigError, TargetError: see ``driver.service.open_service``.
    """
    simulator, scrub = SimulatorConfig(port=0), scrubber(config)
    named: list[tuple[str | None, ServiceConfig, int]] = [
        (name, config.model_configs[name], config.model_configs[name].parallel or config.parallel)
        for name in config.models
    ] or [(None, config, config.parallel)]
    models: list[Model] = []
    for name, given, parallel in named:
        service_config = with_generation(given, config.generation_config)
        if known is None:
            service = open_service(service_config, simulator, cleanup)
        else:
            simulated = service_config.url is None and service_config.unix_socket is None
            service_config = _closed(service_config, name, known)
            service = open_service(service_config, simulator, cleanup)
            service = replace(service, simulated=simulated)
        label = scrub(name or _label(service.shown_model))
        models.append(Model(label, service_config, parallel, service))
    labels = [model.label for model in models]
    if len(set(labels)) != len(labels):
        raise ConfigError(f"two models are called {max(labels, key=labels.count)!r}")
    return models


def _closed(config: ServiceConfig, name: str | None, known: Mapping[str, str]) -> ServiceConfig:
    """``config`` with all that is otherwise asked of the service."""
    served = config.model
    if served is None and name is None and len(known) > 1:
        raise ConfigError(f"--model: the run has answers of several: {', '.join(known.values())}")
    if served is None:
        served = known.get(name, UNKNOWN) if name else next(iter(known.values()), UNKNOWN)
    return config.model_copy(update={"model": served, "url": config.url or "http://localhost"})


def _label(served: str) -> str:
    """The last part of a path or hub id, fit for a file name."""
    last = served.rstrip("/").rpartition("/")[2] or served
    return re.sub(r"[^\w.+-]+", "_", last)


def with_generation(config: ServiceConfig, generation: Mapping[str, Any]) -> ServiceConfig:
    """``config`` with EvalScope's ``--generation-config`` over it; unknown names are sent as is.

    Raises:
        ConfigError: a value is not what its name needs.
    """
    update: dict[str, Any] = {}
    extra = dict(config.extra_args)
    for given, value in generation.items():
        name = _GENERATION_NAMES.get(given, given)
        if name in _REPEAT_NAMES or name in _NOT_SENT:
            continue
        if name in ServiceConfig.model_fields:
            update[name] = value
        else:
            extra[name] = value
    values = {name: getattr(config, name) for name in config.model_fields_set}
    try:
        return validated(type(config), values | update | {"extra_args": extra})
    except ConfigError as error:
        raise ConfigError(f"--generation-config: {error}") from None


def repeats_of(config: EvalConfig) -> int:
    """``--repeats``, or its other names in ``--generation-config``."""
    for name in _REPEAT_NAMES:
        if name in config.generation_config:
            try:
                count = int(config.generation_config[name])
            except (TypeError, ValueError):
                count = 0
            if count < 1:
                raise ConfigError(f"--generation-config: {name} must be a count of 1 or more")
            return count
    return config.repeats


def plan_subtasks(config: EvalConfig, models: Sequence[Model]) -> list[Subtask]:
    """Every model with every data set, in the order given.

    Raises:
        ConfigError, WorkloadError: a data set is unknown, not found, or malformed.
    """
    if not config.datasets:
        raise ConfigError("--datasets: name at least one data set (perfbench eval --search)")
    repeats = repeats_of(config)
    scrub = scrubber(config)
    found = [catalogue.find(name) for name in dict.fromkeys(config.datasets)]
    data_sets = _distinct([replace(each, abbr=scrub(each.abbr)) for each in found])
    return [
        _subtask(config, model, resolved, repeats, scrub)
        for model in models
        for resolved in data_sets
    ]


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


def _subtask(
    config: EvalConfig, model: Model, resolved: Resolved, repeats: int, scrub: Scrubber
) -> Subtask:
    own = _own_args(config, resolved)
    parts_named: dict[str, Any] = {name: str(own[name]) for name in _PART_NAMES if name in own}
    resolved = replace(resolved, task=replace(resolved.task, **parts_named))
    found = catalogue.find_data(resolved, places_of(config, own))
    choice = selection_of(config, resolved)
    pairs = list(selection.samples(resolved, found, choice))
    generation = model.service.generation
    asked = [
        _asked(seq, sample, subset, resolved, model, scrub)
        for seq, (sample, subset) in enumerate(pairs)
    ]
    data = version.fingerprint(pairs)
    parts = version.parts(resolved, data, model.config.api, generation, repeats)
    return Subtask(
        name=f"{model.label}/{resolved.abbr}",
        model=model,
        resolved=resolved,
        asked=asked,
        repeats=repeats,
        version=revision.version(parts),
        parts=parts,
        sampling=version.plain(generation),
        notes=selection.notes(resolved, found, choice.subsets),
    )


def _asked(
    seq: int,
    sample: Sample,
    subset: str,
    resolved: Resolved,
    model: Model,
    scrub: Scrubber,
) -> Asked:
    limits = model.service.generation.max_tokens
    ready = sample if limits is None else replace(sample, max_tokens=limits[1])
    try:
        body = model.service.endpoint.build(ready)
    except ConfigError as error:
        raise ConfigError(f"{error}{_text_variant(resolved)}") from None
    # Without secrets: who changes a key asks the same, and the hash gives none away.
    plain = scrub.text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    digest = hashlib.sha256(f"{subset}\0{sample.id}\0{model.config.api}\0".encode() + plain)
    category = resolved.task.categories.get(subset)
    return Asked(seq, ready, subset, category, body, digest.hexdigest()[:32])


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


def questions(subtask: Subtask) -> Iterator[tuple[Asked, int]]:
    """Every request of a subtask: sample by sample, each with its repeats."""
    for asked in subtask.asked:
        for repeat in range(subtask.repeats):
            yield asked, repeat
