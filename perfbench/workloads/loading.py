"""Opens the workload that the settings name, and completes its samples.

What holds for every workload is done here and nowhere else: ``--prompt``, ``--max-tokens``,
``--apply-chat-template``, and the length of prompts in tokens.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from perfbench import registry
from perfbench.config import PerfConfig, refuse_ignored
from perfbench.config.conversations import OF_CONVERSATIONS
from perfbench.config.laws import drawn
from perfbench.config.loading import flag_of
from perfbench.config.media import MediaSettings
from perfbench.config.retrieval import RetrievalSettings
from perfbench.config.trace import TraceSettings
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Input, Point, Sample, Workload
from perfbench.workloads.drawing import law_of
from perfbench.workloads.fixed import FixedPrompt
from perfbench.workloads.lengths import Lengths, batches, size_of, taken_by
from perfbench.workloads.tokenizer import Tokenizer

_OF_FEW = (
    *TraceSettings.model_fields,
    *MediaSettings.model_fields,
    *RetrievalSettings.model_fields,
    *("prompt_column", "output_length_column"),
)
"""Settings that mean something to workloads that say so (``uses``), and to no other."""


def load_workload(config: PerfConfig, tokenizer: Tokenizer | None) -> LoadedWorkload:
    """Open the workload of a run.

    Raises:
        ConfigError: settings do not fit together.
        WorkloadError: its data cannot be read, or a row is malformed.
    """
    if config.apply_chat_template:
        _check_template(config, tokenizer)
    if config.prompt is not None:
        _refuse_turns(config, "--prompt")
        return LoadedWorkload(FixedPrompt(config.prompt), config, tokenizer)
    part = registry.resolve(registry.WORKLOADS, config.dataset)
    refuse_ignored(config, "dataset", part)
    _refuse_unused(config, part)
    loaded = LoadedWorkload(part(config, tokenizer), config, tokenizer)
    if not loaded.conversations:
        _refuse_turns(config, f"--dataset {config.dataset}")
    return loaded


class _Draws(msgspec.Struct, frozen=True):
    """What requests are drawn from, each apart: that some are abandoned changes no length."""

    lengths: random.Random
    patience: random.Random


class LoadedWorkload:
    """A workload whose samples are complete: rendered, measured, with their output length.

    The output length of a sample, and of each later turn of it, is drawn by ``--output-lengths`` or
    is ``--max-tokens`` where one was given (of MIN MAX one drawn uniformly; none below
    ``--min-tokens``), else what the workload wants for it, else the default. Draws depend on the
    seed and the point only. With ``--same-prompts`` a workload is asked for those of the first
    point again.
    """

    def __init__(
        self,
        workload: Workload,
        config: PerfConfig,
        tokenizer: Tokenizer | None,
    ) -> None:
        self._workload = workload
        self._config = config
        self._tokenizer = tokenizer
        self._lengths = Lengths(config, tokenizer)
        rates = config.rate or config.trace_speed or ()
        self._loads = max(len(rates), len(config.parallel or [1]))
        self._models = config.weighed_models
        self._output_length = law_of(config.output_lengths) if config.output_lengths else None

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        found = [*getattr(self._workload, "notes", ())]
        if self._config.same_prompts and self._loads > 1:
            found.append(
                "every point asks the same prompts (--same-prompts): a service with a prefix cache "
                "answers them faster after the first point"
            )
        return found

    @property
    def common_start(self) -> int:
        """Tokens with which all prompts begin alike, by intention: the chat template's, where it is
        known, and those of ``--prefix-length``."""
        return self._lengths.head + self._config.prefix_length

    @property
    def template_unknown(self) -> bool:
        """Whether the service puts a chat template around prompts that is not known here."""
        return self._lengths.template_unknown

    @property
    def distinct(self) -> int | None:
        """How many prompts the workload has; known only once it has started over."""
        found: int | None = getattr(self._workload, "distinct", None)
        return found

    @property
    def conversations(self) -> bool:
        """Whether each sample opens a conversation, of which all turns are planned."""
        return bool(getattr(self._workload, "conversations", False))

    def samples(self, point: Point) -> Iterator[Sample]:
        """The samples of a point, in order, the same ones for the same seed.

        Raises:
            WorkloadError: the workload fails or is left with nothing.
        """
        if self._config.same_prompts:
            # Of the same input length, where the workload sweeps those.
            first = point.index - point.index % self._loads
            point = msgspec.structs.replace(point, index=first, first_prompt=0)
        draws = _Draws(
            random.Random(f"{point.seed}/{point.index}/max_tokens"),
            random.Random(f"{point.seed}/{point.index}/patience"),
        )
        found = self._addressed(self._workload.samples(point), point)
        if self._tokenizer is None:
            yield from (self._completed(sample, draws) for sample in found)
            return
        for batch in batches(found, lambda sample: size_of(sample.input)):
            for sample in self._measured([self._rendered(sample) for sample in batch]):
                yield self._completed(sample, draws)

    def _addressed(self, samples: Iterator[Sample], point: Point) -> Iterator[Sample]:
        """Each sample with the model that it asks, where the run asks several."""
        if not self._models:
            return samples
        names = list(self._models)
        chance = random.Random(f"{point.seed}/{point.index}/models")
        places = drawn(chance, list(self._models.values()))
        return (
            replace(sample, model=_own_model(sample) or names[place])
            for sample, place in zip(samples, places, strict=False)
        )

    def _completed(self, sample: Sample, draws: _Draws) -> Sample:
        """The sample with what is drawn for each of its requests."""
        max_tokens = self._max_tokens(sample.max_tokens, draws.lengths)
        if not (sample.later or self._config.cancel_rate):
            # As a rule: a plan may have a million of them.
            return sample if max_tokens is None else replace(sample, max_tokens=max_tokens)
        patience = self._config.patience(draws.patience)
        sample = replace(sample, max_tokens=max_tokens, patience=patience)
        later = [
            msgspec.structs.replace(
                turn,
                max_tokens=self._max_tokens(turn.max_tokens, draws.lengths),
                patience=self._config.patience(draws.patience),
            )
            for turn in sample.later
        ]
        return replace(sample, later=tuple(later))

    def _max_tokens(self, wanted: int | None, chance: random.Random) -> int | None:
        if self._output_length is not None:
            return max(self._output_length(chance), self._config.min_tokens or 1)
        limits = self._config.asked_max_tokens
        if limits is None and wanted is None:
            limits = self._config.max_tokens
        if limits is None:
            return wanted
        longest = limits[-1]
        shortest = min(longest, max(limits[0], self._config.min_tokens or 0))
        return chance.randint(shortest, longest)

    def _rendered(self, sample: Sample) -> Sample:
        """The sample as the text of its chat, where that was asked for."""
        try:
            text = self._lengths.as_sent(sample.input)
        except WorkloadError as error:
            raise WorkloadError(f"{sample.id}: {error}") from None
        return sample if text is sample.input else replace(sample, input=text, input_tokens=None)

    def _measured(self, batch: Sequence[Sample]) -> Iterator[Sample]:
        unknown: list[Input] = [sample.input for sample in batch if sample.input_tokens is None]
        lengths = iter(self._lengths.prompt(unknown))
        for sample in batch:
            if sample.input_tokens is not None:
                yield sample
            else:
                yield replace(sample, input_tokens=next(lengths))


def _own_model(sample: Sample) -> str | None:
    """The model that a whole body names, which is sent as it is."""
    named = sample.input.get("model") if isinstance(sample.input, dict) else None
    return named if isinstance(named, str) else None


def _refuse_unused(config: PerfConfig, part: Any) -> None:
    """Refuse settings of few workloads that were given to another."""
    for key in _OF_FEW:
        if key not in getattr(part, "uses", ()) and config.asks(key):
            flag = flag_of(PerfConfig, key)
            raise ConfigError(f"{flag} means nothing to --dataset {config.dataset}: leave it out")


def _check_template(config: PerfConfig, tokenizer: Tokenizer | None) -> None:
    if "text" not in taken_by(config.api):
        raise ConfigError(
            "--apply-chat-template is for endpoints that take text, such as --api completions or "
            f"vllm: behind --api {config.api} the server applies the template itself"
        )
    if tokenizer is None:
        raise ConfigError("--apply-chat-template needs --tokenizer-path")
    if not tokenizer.has_chat_template:
        raise ConfigError(
            f"the tokenizer {tokenizer.name} has no chat template for --apply-chat-template"
        )


def _refuse_turns(config: PerfConfig, asked: str) -> None:
    """Refuse settings of conversations where there are none.

    Raises:
        ConfigError: one was given.
    """
    for key in OF_CONVERSATIONS:
        if config.asks(key):
            flag = flag_of(type(config), key)
            raise ConfigError(
                f"{flag} is for conversations (--dataset random_multi_turn, custom_multi_turn, "
                f"sharegpt_multi_turn), and {asked} is single requests"
            )
