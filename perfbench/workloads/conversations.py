"""What workloads of conversations share: turns out of messages, waits between them, their limits.

Knows no file and no generator. A conversation is a :class:`~perfbench.types.Sample` that asks its
first turn and holds the later ones. Durations are seconds.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.types import Message, Turn
from perfbench.workloads.lengths import taken_by

_OWN = ("wait_s", "max_tokens")
"""What a message of a file may say beside what is sent."""


class Part(msgspec.Struct):
    """A turn as a conversation has it: what is said, and the answer it had."""

    messages: list[Message] = msgspec.field(default_factory=list)
    recorded: Message | None = None
    wait_s: float | None = None
    """From the end of the answer before, where the file says so."""
    max_tokens: int | None = None

    @property
    def of_tool(self) -> bool:
        """Whether it is a tool's result that is said, and no user's word."""
        return self.messages[0].get("role") == "tool"


def check_api(config: PerfConfig) -> None:
    """Refuse what cannot carry a conversation.

    Raises:
        ConfigError: the API takes no messages, or they were to be rendered here.
    """
    if config.apply_chat_template:
        raise ConfigError(
            "--apply-chat-template makes one text of a chat, to which no answer can be added: "
            "conversations are sent as messages"
        )
    if "messages" not in taken_by(config.api):
        raise ConfigError(
            f"--dataset {config.dataset} is conversations, which --api {config.api} cannot carry: "
            "use --api openai"
        )


def parts_of(messages: Sequence[Message]) -> list[Part]:
    """Messages cut into turns: each ends with the answer to it, the last may have none.

    What stands before the first word of a user (a system prompt, an answer) belongs to the first
    turn. Two answers in a row end the conversation: nothing was asked between them.

    Raises:
        ValueError: a message's ``wait_s`` or ``max_tokens`` is none.
    """
    parts = [Part()]
    for place, message in enumerate(messages, 1):
        part = parts[-1]
        asked = any(said.get("role") in ("user", "tool") for said in part.messages)
        if message["role"] == "assistant" and asked:
            part.recorded = _sent(message)
            parts.append(Part())
        elif message["role"] == "assistant" and len(parts) > 1:
            break
        else:
            _take_own(part, message, place)
            part.messages.append(_sent(message))
    return [
        part
        for part in parts
        if any(said.get("role") in ("user", "tool") for said in part.messages)
    ]


def turns_after_first(
    parts: Sequence[Part], config: PerfConfig, chance: random.Random
) -> tuple[Turn, ...]:
    """The later turns of a conversation, with their waits drawn."""
    found = []
    for before, part in pairwise(parts):
        drawn = config.tool_working if part.of_tool else config.thinking
        wait_s = part.wait_s
        if drawn is not None and (wait_s is None or not part.of_tool):
            wait_s = drawn.draw(chance)
        found.append(
            Turn(
                messages=part.messages,
                wait_s=wait_s or 0.0,
                max_tokens=part.max_tokens,
                recorded=before.recorded,
                stands_in=config.replies == "recorded",
            )
        )
    return tuple(found)


def _sent(message: Message) -> Message:
    return {key: value for key, value in message.items() if key not in _OWN}


def _take_own(part: Part, message: Message, place: int) -> None:
    wait, limit = message.get("wait_s"), message.get("max_tokens")
    if wait is not None:
        if not _is_number(wait) or not 0 <= wait < float("inf"):
            raise ValueError(f'"wait_s" of message {place} is {wait!r}; it is seconds, 0 or more')
        part.wait_s = float(wait)
    if limit is not None:
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise ValueError(f'"max_tokens" of message {place} is {limit!r}; it is 1 or more')
        part.max_tokens = limit


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
