"""Data sets known by name, as EvalScope asks with them: from ModelScope, or a copy of the file.

Each is where its file lies and which part of a row is asked. A conversation is one request, with
its recorded history; the order is shuffled by the seed.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from perfbench.config import PerfConfig
from perfbench.errors import WorkloadError
from perfbench.rows import Placed
from perfbench.types import Input
from perfbench.workloads.hub import Named, rows_of
from perfbench.workloads.prompts import Prompt, PromptFile, check_messages, check_text, json_name
from perfbench.workloads.tokenizer import Tokenizer


class _Known(PromptFile, ABC):
    """A data set whose rows are read by :meth:`asked`.

    Raises:
        WorkloadError: it cannot be had, a row is malformed, or none can be asked.
    """

    named: ClassVar[Named]

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        prompts = self._prompts_of(rows_of(config, self.named))
        super().__init__(prompts, config, tokenizer, shuffled=True)

    @staticmethod
    @abstractmethod
    def asked(row: dict[str, Any]) -> Input | None:
        """What a row asks; ``None`` if nothing. Raises ``ValueError`` that says what is wrong."""

    def _prompts_of(self, rows: Iterable[Placed]) -> list[Prompt]:
        prompts = []
        for place, row in rows:
            try:
                if not isinstance(row, dict):
                    raise ValueError(f"a row has its fields by name, it is not {json_name(row)}")
                asked = self.asked(row)
            except ValueError as error:
                raise WorkloadError(f"{place}: {error}") from None
            if asked is not None:
                prompts.append(Prompt(place.short, asked))
        if not prompts:
            raise WorkloadError("no row of the data set asks anything")
        return prompts


class LongAlpaca(_Known):
    """LongAlpaca-12k: the instruction of each row, many of them of 10,000 tokens and more."""

    named = Named("modelscope", "AI-ModelScope/LongAlpaca-12k")

    @staticmethod
    def asked(row: dict[str, Any]) -> Input | None:
        if "instruction" not in row:
            raise ValueError(f'no "instruction" in it; it has {", ".join(row)}')
        return check_text("instruction", row["instruction"]).strip()


class _ShareGPT(_Known):
    """Conversations of ``swift/sharegpt``, each one request that ends with a human turn."""

    @staticmethod
    def asked(row: dict[str, Any]) -> Input | None:
        turns = row.get("conversation")
        if not isinstance(turns, list):
            raise ValueError(
                'no list "conversation" in it, of {"human": "...", "assistant": "..."}'
            )
        messages: list[dict[str, Any]] = []
        for turn in turns:
            if not isinstance(turn, dict):
                raise ValueError(f"a turn is an object, not {json_name(turn)}")
            human, reply = str(turn.get("human") or ""), str(turn.get("assistant") or "")
            if human.strip():
                messages.append({"role": "user", "content": human.strip()})
                if reply.strip():
                    messages.append({"role": "assistant", "content": reply.strip()})
        return _to_last_question(messages)


class ShareGPTChinese(_ShareGPT):
    """70,000 Chinese conversations, each one request with its history."""

    named = Named("modelscope", "swift/sharegpt", file="common_zh_70k.jsonl")


class ShareGPTEnglish(_ShareGPT):
    """70,000 English conversations, each one request with its history."""

    named = Named("modelscope", "swift/sharegpt", file="common_en_70k.jsonl")


class SWESmith(_Known):
    """SWE-smith's trajectories of agents, each one request with its recorded history."""

    named = Named("modelscope", "SWE-bench/SWE-smith-trajectories", split="tool")

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        return [
            *super().notes,
            "a trajectory is one request, with the answers that were recorded; EvalScope asks it "
            "turn by turn with the service's own answers",
        ]

    @staticmethod
    def asked(row: dict[str, Any]) -> Input | None:
        value = row.get("messages")
        try:
            value = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError('"messages" is a text that is not JSON') from None
        messages = []
        for message in check_messages(value):
            text = _text_of(message.get("content"))
            # Results of tools are told as a user's: not every template knows their role.
            role = "user" if message["role"] == "tool" else message["role"]
            if text and role in ("system", "user", "assistant"):
                messages.append({"role": role, "content": text})
        return _to_last_question(messages)


def _to_last_question(messages: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    while messages and messages[-1]["role"] != "user":
        messages.pop()
    return messages or None


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        return "\n".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""
