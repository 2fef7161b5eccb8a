"""The ``random_audio`` workload: generated text with generated sound, for chats that take it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from perfbench.config import PerfConfig
from perfbench.types import Point, Sample
from perfbench.workloads import media
from perfbench.workloads.drawing import InputLengths
from perfbench.workloads.generator import PromptGenerator
from perfbench.workloads.tokenizer import Tokenizer


class RandomAudio:
    """Generated text with a generated sound (``input_audio``, WAV), no two alike.

    Raises:
        ConfigError, WorkloadError: as ``random``.
    """

    ignores = frozenset({"dataset_path"})
    uses = frozenset({"audio_s"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        of_content = config.model_copy(update={"length_of": "content"})
        self._generator = PromptGenerator("random-audio", of_content, tokenizer)
        self._lengths = InputLengths(config, self._generator.least)
        self._seconds = config.audio_s

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        unknown = "what sound costs in tokens only the service knows: input lengths are its own"
        return [*self._lengths.notes, *self._generator.notes, unknown]

    def samples(self, point: Point) -> Iterator[Sample]:
        """Chats of the point, none of which occurs in another point."""
        chance = random.Random(f"{point.seed}/{point.index}/sound")
        for sample in self._generator.samples(point, self._lengths.of(point)):
            sound = media.audio_part(media.wav(chance, self._seconds))
            yield Sample(sample.id, media.message(str(sample.input), [sound]))
