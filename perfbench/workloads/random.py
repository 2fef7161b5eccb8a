"""The ``random`` workload: generated prompts of exact lengths.

Lengths are drawn uniformly from ``--min-prompt-length`` to ``--max-prompt-length``: tokens with a
tokenizer, words without. ``--prefix-length`` puts the same words in front of every prompt of the
run. For chat the length is that of the content; the template comes on top.
"""

from __future__ import annotations

from collections.abc import Iterator

from perfbench.config import PerfConfig
from perfbench.types import Point, Sample
from perfbench.workloads.generator import PromptGenerator
from perfbench.workloads.lengths import generated_range
from perfbench.workloads.tokenizer import Tokenizer


class Random:
    """Prompts without end; see ``generator`` for how seeds and points make them.

    Raises:
        ConfigError: the tokenizer has no words that are single tokens.
    """

    ignores = frozenset({"dataset_path"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        self._generator = PromptGenerator("random", config, tokenizer)
        self._shortest, self._longest = generated_range(config)

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        return self._generator.notes

    def samples(self, point: Point) -> Iterator[Sample]:
        """Prompts of the point, none of which occurs in another point."""
        return self._generator.samples(point, self._shortest, self._longest)
