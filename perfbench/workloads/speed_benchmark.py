"""The ``speed_benchmark`` workload: Qwen's official speed test, as EvalScope runs it too.

Prompts of fixed lengths, each length a point of its own, and 2048 output tokens. Lengths are tokens
with a tokenizer, words without, and always those of the content: a chat template comes on top, as
there. Unlike there, every prompt is new (the originals repeat one token),
so that a prefix cache does not answer in the model's place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

from perfbench.config import PerfConfig
from perfbench.types import Point, Sample
from perfbench.workloads.generator import PromptGenerator
from perfbench.workloads.tokenizer import Tokenizer

OUTPUT_TOKENS = 2048
"""Output asked for, unless ``--max-tokens`` is given."""


class SpeedBenchmark:
    """Prompts without end, of the point's ``input_length``.

    Raises:
        ConfigError: the tokenizer has no words that are single tokens.
    """

    ignores = frozenset({"dataset_path", "min_prompt_length", "max_prompt_length", "input_lengths"})
    input_lengths = (1, 6144, 14336, 30720)

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        of_content = config.model_copy(update={"length_of": "content"})
        self._generator = PromptGenerator("speed", of_content, tokenizer)
        self._ends_early = not config.ignore_eos

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        found = list(self._generator.notes)
        if self._ends_early:
            found.append(
                "answers may end before the output length is reached, which makes speeds hard to "
                "compare; --ignore-eos prevents it where the service knows it"
            )
        return found

    def samples(self, point: Point) -> Iterator[Sample]:
        """Prompts of the point, none of which occurs in another point.

        Raises:
            ValueError: the point has no ``input_length``.
        """
        if point.input_length is None:
            raise ValueError("a point of speed_benchmark needs its input_length")
        for sample in self._generator.samples(point, repeat(point.input_length)):
            yield replace(sample, max_tokens=OUTPUT_TOKENS)
