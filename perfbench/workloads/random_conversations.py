"""The ``random_multi_turn`` workload: generated conversations.

The first turn is a prompt of the ``random`` workload, ``--prefix-length`` and all. Each later one
says ``--later-prompt-length`` words (tokens with a tokenizer: words are single tokens then), by
default as many as the first. Their number is drawn from ``--min-turns`` to ``--max-turns``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from perfbench.config import PerfConfig
from perfbench.errors import WorkloadError
from perfbench.types import Message, Point, Sample
from perfbench.workloads.conversations import Part, check_api, turns_after_first
from perfbench.workloads.lengths import generated_range
from perfbench.workloads.random import Random
from perfbench.workloads.tokenizer import Tokenizer

_MOST = 5
"""Turns of a conversation where the settings leave it open."""


class RandomConversations:
    """Conversations without end, none of which occurs in another point.

    Raises:
        ConfigError: as of ``random``; or the API carries no conversations, or recorded answers were
            asked for.
    """

    conversations = True
    ignores = frozenset({"dataset_path", "tool_time", "replies"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        check_api(config)
        self._config = config
        self._openings = Random(config, tokenizer)
        least = config.min_turns or 1
        self._turns = least, config.max_turns or max(least, _MOST)
        lengths = config.later_prompt_length or [max(1, each) for each in generated_range(config)]
        self._later = lengths[0], lengths[-1]

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        return self._openings.notes

    def samples(self, point: Point) -> Iterator[Sample]:
        """The conversations of the point."""
        for place, sample in enumerate(self._openings.samples(point)):
            chance = random.Random(f"{point.seed}/{point.index}/turns/{place}")
            if not isinstance(sample.input, str):
                raise WorkloadError("a generated prompt is token ids, which no chat can carry")
            opening = Part([_said(sample.input)])
            later = [
                Part([_said(self._openings.text(chance, chance.randint(*self._later)))])
                for _ in range(chance.randint(*self._turns) - 1)
            ]
            yield replace(
                sample,
                input=opening.messages,
                group=sample.id,
                later=turns_after_first([opening, *later], self._config, chance),
            )


def _said(text: str) -> Message:
    return {"role": "user", "content": text}
