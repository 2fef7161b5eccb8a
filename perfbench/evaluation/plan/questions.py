"""All that is to be asked of one model on one data set, before anything is sent.

Owns how settings become samples with their final prompts, and the hash by which a stored answer is
known again. Data only: opens no service and no store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from perfbench import registry
from perfbench.config import Scrubber, scrubber
from perfbench.config.evaluation import EvalConfig
from perfbench.config.secrets import masked
from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation import revision
from perfbench.evaluation.plan import catalogue, overrides, selection, version
from perfbench.evaluation.plan.catalogue import Resolved
from perfbench.evaluation.plan.models import Model
from perfbench.types import Generation, Question, Sample, Subtask


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
    scrub = scrubber(config)
    found = [catalogue.find(name) for name in dict.fromkeys(config.datasets)]
    data_sets = _distinct([replace(each, abbr=scrub(each.abbr)) for each in found])
    overrides.check_names(config, data_sets)
    planned = [
        _questions(config, model, resolved, scrub) for model in models for resolved in data_sets
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


def _questions(config: EvalConfig, model: Model, resolved: Resolved, scrub: Scrubber) -> Questions:
    own = overrides.args_of(config, *overrides.names_of(resolved))
    resolved = overrides.as_given(resolved, config, own)
    repeats, ks = overrides.repeats_and_ks(config, own, resolved.name)
    choice = overrides.selection_of(config, own)
    shown = without_secrets(model.generation, scrub)
    subtask = _subtask(model, resolved, shown, repeats, ks)
    try:
        found = catalogue.find_data(resolved, overrides.places_of(config, own))
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


def _subtask(
    model: Model, resolved: Resolved, shown: Generation, repeats: int, ks: tuple[int, ...]
) -> Subtask:
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
        prompt=catalogue.prompt_shown(resolved),
        samples=0,
        repeats=repeats,
        ks=ks,
        api=model.api,
        generation=shown,
        url=model.url,
        simulated=model.simulated,
        parallel=model.parallel,
    )


def without_secrets(generation: Generation, scrub: Scrubber) -> Generation:
    """As it may be stored and shown; who changes a key asks the same."""
    plain = msgspec.to_builtins(generation, enc_hook=str)
    hidden = {"extra": masked(plain["extra"])}
    if (template := plain["template"]) is not None:
        secret = {name: template[name] for name in ("headers", "body") if name in template}
        hidden["template"] = {**template, **masked(secret)}
    return msgspec.convert(scrub({**plain, **hidden}), Generation)


def _asked(
    pairs: Sequence[tuple[Sample, str]], model: Model, resolved: Resolved, scrub: Scrubber
) -> Iterable[Question]:
    endpoint = registry.resolve(registry.ENDPOINTS, model.api)(model.generation)
    if not getattr(endpoint, "generates", True):
        raise ConfigError(f"--api {model.api} gives no text, which evaluations are of")
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
    """How the same data set is asked with text, as a hint; empty if it cannot be."""
    if resolved.kind == overrides.TEMPLATE:
        return "; {fewshot} in prompt_template makes the examples text"
    likely = (resolved.kind.replace("chat_prompt", "str"), "cot_str", "str")
    kind = next((kind for kind in likely if kind in resolved.task.variants), None)
    if kind is None or resolved.kind.endswith("str"):
        return ""
    name = resolved.name.partition("_gen")[0]
    return f"; {name}_gen_{resolved.few_shot_num}_shot_{kind} asks with text"
