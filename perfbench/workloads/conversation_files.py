"""Workloads of conversations out of a file: ``custom_multi_turn``, ``sharegpt_multi_turn``.

A row is chat messages (a list, or ``{"messages": [...]}``) or ShareGPT's ``{"conversations":
[{"from": "human", "value": "..."}, ...]}``, in JSONL, JSON or parquet. What the file says of the
user is asked turn by turn; its answers stand in for the service's only with ``--replies recorded``.
A message may say how long its author takes before it (``"wait_s": 1.5``: a user's thinking, a
tool's work; ``--think-time`` wins for users, ``--tool-time`` fills in for tools) and how long the
answer to it may be (``"max_tokens": 64``).

With a tokenizer the length of the recorded answer is the output length asked for, unless
``--max-tokens`` is given. ``--min-prompt-length`` and ``--max-prompt-length`` are of the first
turn. ``custom_multi_turn`` keeps the order of the file, the others draw one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from perfbench.config import PerfConfig
from perfbench.errors import WorkloadError
from perfbench.rows import DataFile
from perfbench.types import Message, Point, Sample
from perfbench.workloads.conversations import Part, check_api, parts_of, turns_after_first
from perfbench.workloads.lengths import content_text
from perfbench.workloads.prompts import (
    Prompt,
    PromptFile,
    check_messages,
    json_name,
    required_path,
)
from perfbench.workloads.tokenizer import Tokenizer

_ROLES = {"human": "user", "gpt": "assistant", "chatgpt": "assistant", "bing": "assistant"}
_EXAMPLE = 'a turn is {"from": "human", "value": "..."}'


class ConversationFile(PromptFile):
    """The conversations of ``--dataset-path``, each once.

    Raises:
        ConfigError: there is no file, or the API carries no conversations.
        WorkloadError: the file cannot be read, a row is malformed, or no conversation is left.
    """

    conversations = True
    ignores = PromptFile.ignores | {"later_prompt_length"}

    def __init__(
        self, config: PerfConfig, tokenizer: Tokenizer | None, shuffled: bool = False
    ) -> None:
        check_api(config)
        file = DataFile(required_path(config, "a file of conversations (JSONL, JSON or parquet)"))
        self._parts: dict[str, list[Part]] = {}
        self._read = 0
        prompts = []
        for place, row in file.rows():
            self._read += 1
            try:
                parts = parts_of(_messages(row))[: config.max_turns]
            except ValueError as error:
                raise WorkloadError(f"{place}: {error}") from None
            if len(parts) >= (config.min_turns or 1):
                self._parts[place.short] = parts
                prompts.append(Prompt(place.short, parts[0].messages))
        if not prompts:
            raise WorkloadError(
                f"{file.path}: no conversation has {config.min_turns or 1} or more turns of a user"
            )
        super().__init__(prompts, config, tokenizer, shuffled=shuffled)

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        found = super().notes
        if short := self._read - len(self._parts):
            found.append(
                f"{short} of {self._read} conversations are left out: they have fewer turns than "
                f"{self._config.min_turns or 1}"
            )
        return found

    def samples(self, point: Point) -> Iterator[Sample]:
        """The conversations, from the point's first one on.

        Raises:
            WorkloadError: none of them has the wanted length.
        """
        chance = random.Random(f"{point.seed}/{point.index}/waits")
        for sample in super().samples(point):
            parts = self._limited(self._parts[sample.id])
            yield replace(
                sample,
                max_tokens=parts[0].max_tokens,
                group=sample.id,
                later=turns_after_first(parts, self._config, chance),
            )

    def _limited(self, parts: list[Part]) -> list[Part]:
        """The turns with the lengths of their recorded answers as output limits, where nothing
        else says one and they can be counted."""
        if self._tokenizer is None or self._config.asked_max_tokens is not None:
            return parts
        texts = [content_text([part.recorded]) if part.recorded else "" for part in parts]
        return [
            msgspec.structs.replace(part, max_tokens=part.max_tokens or tokens or None)
            for part, tokens in zip(parts, self._tokenizer.count(texts), strict=True)
        ]


class ShareGPTConversations(ConversationFile):
    """The same in an order drawn from the seed."""

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        super().__init__(config, tokenizer, shuffled=True)


def _messages(row: Any) -> list[Message]:
    """A row as chat messages.

    Raises:
        ValueError: it is no conversation.
    """
    if isinstance(row, dict) and "messages" not in row:
        turns = row.get("conversations", row.get("conversation"))
        if not isinstance(turns, list):
            raise ValueError(
                'a row has "messages" or "conversations", or is itself a list of messages'
            )
        return [_message(place, turn) for place, turn in enumerate(turns, 1)]
    return check_messages(row["messages"] if isinstance(row, dict) else row)


def _message(place: int, turn: Any) -> Message:
    if not isinstance(turn, dict):
        raise ValueError(f"turn {place} is {json_name(turn)}; {_EXAMPLE}")
    speaker = turn.get("from", turn.get("role"))
    text = turn.get("value", turn.get("content"))
    if not isinstance(speaker, str):
        raise ValueError(f'turn {place} has no "from"; {_EXAMPLE}')
    if not isinstance(text, str):
        raise ValueError(f'turn {place} has no text "value"; {_EXAMPLE}')
    return {"role": _ROLES.get(speaker, speaker), "content": text}
