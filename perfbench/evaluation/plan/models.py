"""Which models the settings name, and how each of them generates its answers.

Owns the rules of ``--models``, ``--generation-config`` and labels. Opens no service: what only a
service can tell (its name for the model) is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perfbench.config import ServiceConfig, public, scrubber, validated
from perfbench.config.evaluation import EvalConfig, ModelConfig
from perfbench.config.generation import generation_of
from perfbench.config.judging import INLINE, inline_judge
from perfbench.errors import ConfigError
from perfbench.types import Generation

_GENERATION_NAMES = {"max_new_tokens": "max_tokens", "max_out_len": "max_tokens"}
_REPEAT_NAMES = ("num_return_sequences", "n")
_NOT_SENT = ("do_sample", "batch_size")
UNKNOWN = "–"
"""Name of a model that nobody has been asked for."""


@dataclass(frozen=True, slots=True)
class Configured:
    """A model as the settings have it."""

    name: str | None
    """In the settings file; ``None`` for the one of the flags."""
    service: ServiceConfig
    parallel: int


@dataclass(frozen=True, slots=True)
class Model:
    """A model under evaluation, as far as a plan must know it."""

    label: str
    """Its name in results: the one in the settings file, else the one the service knows."""
    api: str
    generation: Generation
    parallel: int
    url: str
    """Of its service, as it may be shown."""
    simulated: bool = False


def configured(config: EvalConfig) -> list[Configured]:
    """The models to evaluate, in order.

    Raises:
        ConfigError: ``--generation-config`` is malformed.
    """
    named: list[tuple[str | None, ServiceConfig, int]] = [
        (name, config.model_configs[name], config.model_configs[name].parallel or config.parallel)
        for name in config.models
    ] or [(None, config, config.parallel)]
    return [
        Configured(name, with_generation(service, config.generation_config), parallel)
        for name, service, parallel in named
    ]


def judges(config: EvalConfig) -> dict[str, ModelConfig | None]:
    """Who judges, in order; ``None`` is each model for itself.

    Raises:
        ConfigError: ``--judge-args`` describes no model.
    """
    if config.judge_strategy == "rule":
        return {}
    names = config.judge or ([INLINE] if config.judge_args else [])
    return {name: _judge(config, name) for name in names}


def prices_of(config: EvalConfig, name: str) -> tuple[float | None, float | None]:
    """What a million tokens cost that a model reads, and writes."""
    model = judges(config).get(name) or config.model_configs.get(name) or config
    return model.price_input, model.price_output


def _judge(config: EvalConfig, name: str) -> ModelConfig | None:
    if name in config.model_configs or name != INLINE or not config.judge_args:
        return config.model_configs.get(name)
    given = inline_judge(config.judge_args, ModelConfig.model_fields)
    try:
        return validated(ModelConfig, given)
    except ConfigError as error:
        raise ConfigError(f"--judge-args: {error}") from None


def model_of(given: Configured, served: str, url: str, simulated: bool) -> Model:
    """The model that a service calls ``served``."""
    service = given.service
    scrub = scrubber(service)
    return Model(
        label=scrub.text(given.name) if given.name else _label(scrub.text(served)),
        api=service.api,
        generation=generation_of(service, served),
        parallel=given.parallel,
        url=public(service)["url"] or url,
        simulated=simulated,
    )


def unasked(config: EvalConfig) -> list[Model]:
    """The models as far as the settings alone tell: one that they do not name is not known.

    Raises:
        ConfigError: as :func:`configured` and :func:`distinct`.
    """
    return distinct(
        [
            model_of(
                each,
                each.service.model or UNKNOWN,
                str(each.service.unix_socket or ""),
                each.service.url is None and each.service.unix_socket is None,
            )
            for each in configured(config)
        ]
    )


def distinct(models: Sequence[Model]) -> list[Model]:
    """The same models.

    Raises:
        ConfigError: two have one name in results.
    """
    labels = [model.label for model in models]
    if len(set(labels)) != len(labels):
        raise ConfigError(f"two models are called {max(labels, key=labels.count)!r}")
    return list(models)


def _label(served: str) -> str:
    """The last part of a path or hub id, fit for a file name."""
    if served == UNKNOWN:
        return served
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
    flags = [] if isinstance(config, ModelConfig) else [*update]
    try:
        wanted = validated(type(config), values | update | {"extra_args": extra})
        for name in flags:
            if config.asks(name) and getattr(config, name) != getattr(wanted, name):
                flag = "--" + name.replace("_", "-")
                raise ConfigError(f"{name!r} is not what {flag} says: give one")
        return wanted
    except ConfigError as error:
        raise ConfigError(f"--generation-config: {error}") from None


def repeats_of(config: EvalConfig) -> int:
    """``--repeats``, or its other names in ``--generation-config``.

    Raises:
        ConfigError: it is no count.
    """
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
