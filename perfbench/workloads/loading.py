"""Opens the workload that the settings name, and completes its samples.

What holds for every workload is done here and nowhere else: ``--prompt``, ``--max-tokens``,
``--apply-chat-template``, and the length of prompts in tokens.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from perfbench import registry
from perfbench.config import PerfConfig, refuse_ignored
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Input, Message, Point, Sample, Workload
from perfbench.workloads.fixed import FixedPrompt
from perfbench.workloads.lengths import Lengths, batches, size_of, taken_by
from perfbench.workloads.tokenizer import Tokenizer


def load_workload(config: PerfConfig, tokenizer: Tokenizer | None) -> LoadedWorkload:
    """Open the workload of a run.

    Raises:
        ConfigError: settings do not fit together.
        WorkloadError: its data cannot be read, or a row is malformed.
    """
    if config.apply_chat_template:
        _check_template(config, tokenizer)
    if config.prompt is not None:
        return LoadedWorkload(FixedPrompt(config.prompt), config, tokenizer)
    part = registry.resolve(registry.WORKLOADS, config.dataset)
    refuse_ignored(config, "dataset", part)
    return LoadedWorkload(part(config, tokenizer), config, tokenizer)


class LoadedWorkload:
    """A workload whose samples are complete: rendered, measured, with their output length.

    The output length of a sample is ``--max-tokens`` (of MIN MAX one drawn uniformly, not below
    ``--min-tokens``), else what the workload wants for it, else open. Draws depend on the seed and
    the point only.
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

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        return list(getattr(self._workload, "notes", ()))

    def samples(self, point: Point) -> Iterator[Sample]:
        """The samples of a point, in order, the same ones for the same seed.

        Raises:
            WorkloadError: the workload fails or is left with nothing.
        """
        chance = random.Random(f"{self._config.seed}/{point.index}/max_tokens")
        found = self._workload.samples(point)
        if self._tokenizer is None:
            yield from (self._limited(sample, chance) for sample in found)
            return
        for batch in batches(found, lambda sample: size_of(sample.input)):
            for sample in self._measured([self._rendered(sample) for sample in batch]):
                yield self._limited(sample, chance)

    def _limited(self, sample: Sample, chance: random.Random) -> Sample:
        limits = self._config.max_tokens
        if limits is None:
            return sample
        longest = limits[-1]
        shortest = min(longest, max(limits[0], self._config.min_tokens or 0))
        return replace(sample, max_tokens=chance.randint(shortest, longest))

    def _rendered(self, sample: Sample) -> Sample:
        """The sample as the text of its chat, where that was asked for."""
        content = sample.input
        if not self._config.apply_chat_template or isinstance(content, dict):
            return sample
        if isinstance(content, str):
            messages: list[Message] = [{"role": "user", "content": content}]
        elif content and isinstance(content[0], dict):
            messages = [message for message in content if isinstance(message, dict)]
        else:
            return sample
        try:
            text = self._text_of(messages)
        except WorkloadError as error:
            raise WorkloadError(f"{sample.id}: {error}") from None
        return replace(sample, input=text, input_tokens=None)

    def _text_of(self, messages: list[Message]) -> str:
        assert self._tokenizer is not None
        if "rendered" in self._lengths.takes:
            return self._tokenizer.render(messages)
        return self._tokenizer.apply_chat_template(messages)

    def _measured(self, batch: Sequence[Sample]) -> Iterator[Sample]:
        unknown: list[Input] = [sample.input for sample in batch if sample.input_tokens is None]
        lengths = iter(self._lengths.prompt(unknown))
        for sample in batch:
            if sample.input_tokens is not None:
                yield sample
            else:
                yield replace(sample, input_tokens=next(lengths))


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
