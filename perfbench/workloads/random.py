"""The ``random`` workload: generated prompts of exact lengths.

Lengths are drawn by ``--input-lengths``, or uniformly from ``--min-prompt-length`` to
``--max-prompt-length``: tokens with a tokenizer, words without. For chats the length is that of the
whole request, template included, where the tokenizer has one (``--length-of content``: the template
comes on top). ``--prefix-length`` puts one of ``--prefixes`` sequences of words in front of every
prompt of the run, on top of its length.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from perfbench.config import PerfConfig
from perfbench.types import Point, Sample
from perfbench.workloads.drawing import InputLengths
from perfbench.workloads.generator import PromptGenerator
from perfbench.workloads.tokenizer import Tokenizer


class Random:
    """Prompts without end; see ``generator`` for how seeds and points make them.

    Raises:
        ConfigError: the tokenizer has no words that are single tokens, or no prompt can be as short
            as is asked.
    """

    ignores = frozenset({"dataset_path"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        self._generator = PromptGenerator("random", config, tokenizer)
        self._lengths = InputLengths(config, self._generator.least)

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        return [*self._lengths.notes, *self._generator.notes]

    def samples(self, point: Point) -> Iterator[Sample]:
        """Prompts of the point, none of which occurs in another point."""
        return self._generator.samples(point, self._lengths.of(point))

    def text(self, chance: random.Random, length: int) -> str:
        """A text of ``length`` words as prompts are made of: each is one token, where there is a
        tokenizer."""
        return self._generator.text(chance, length)
