"""The ``sharegpt`` workload: the first question of real conversations.

Reads the ShareGPT form, JSON, JSONL or parquet: ``{"conversations": [{"from": "human", "value":
"..."}, {"from": "gpt", "value": "..."}, ...]}``. As in the serving benchmarks of vLLM and SGLang, a
conversation gives one request: its first human turn is the prompt, and with a tokenizer the length
of the reply to it is the output length asked for, unless ``--max-tokens`` is given.

With a tokenizer, prompts outside ``--min-prompt-length`` and ``--max-prompt-length`` are left out
also at their defaults (1 to 1024 tokens; vLLM's benchmark cuts at 1024 too). Without one, only
limits that were given apply, in characters. The order is shuffled by the seed; the points of a
sweep go on through it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from perfbench.config import PerfConfig
from perfbench.errors import WorkloadError
from perfbench.rows import DataFile
from perfbench.workloads.prompts import Prompt, PromptFile, json_name, required_path
from perfbench.workloads.tokenizer import Tokenizer

_HUMAN = ("human", "user")
_EXAMPLE = 'a turn is {"from": "human", "value": "..."}'


class ShareGPT(PromptFile):
    """Each conversation once: its first human turn, in an order drawn from the seed.

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: the file cannot be read, a row is malformed, or none has a question and a
            reply.
    """

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        file = DataFile(required_path(config, "a ShareGPT file (JSON, JSONL or parquet)"))
        prompts: list[Prompt] = []
        self._conversations = 0
        for place, row in file.rows():
            self._conversations += 1
            try:
                exchange = _first_exchange(row)
            except ValueError as error:
                raise WorkloadError(f"{place}: {error}") from None
            if exchange is not None:
                prompts.append(Prompt(place.short, *exchange))
        if not prompts:
            raise WorkloadError(f"{file.path}: no conversation has a human turn and a reply to it")
        self._usable = len(prompts)
        super().__init__(
            prompts, config, tokenizer, shuffled=True, default_limits=tokenizer is not None
        )

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        found = super().notes
        if unusable := self._conversations - self._usable:
            found.append(
                f"{unusable} of {self._conversations} conversations are left out: "
                "no human turn with a reply"
            )
        if self._tokenizer is None and self._config.asked_max_tokens is None:
            found.append(
                "without --tokenizer-path or --max-tokens the server decides how long answers "
                "are, up to the default limit; vLLM's and SGLang's benchmarks ask for the length "
                "of the data set's reply"
            )
        return found


def _first_exchange(row: Any) -> tuple[str, str] | None:
    """The first human turn and the turn after it; ``None`` if there is no such pair of texts."""
    if not isinstance(row, dict):
        raise ValueError(f'a row is {{"conversations": [...]}}, not {json_name(row)}')
    turns = row.get("conversations", row.get("conversation"))
    if not isinstance(turns, list):
        raise ValueError(f'no list "conversations" in it; {_EXAMPLE}')
    texts = [_text(place, turn) for place, turn in enumerate(turns, 1)]
    for (speaker, question), (replier, reply) in pairwise(texts):
        if speaker in _HUMAN:
            spoken = question.strip() and reply.strip() and replier not in _HUMAN
            return (question, reply) if spoken else None
    return None


def _text(place: int, turn: Any) -> tuple[str, str]:
    if not isinstance(turn, dict):
        raise ValueError(f"turn {place} is {json_name(turn)}; {_EXAMPLE}")
    speaker = turn.get("from", turn.get("role"))
    text = turn.get("value", turn.get("content"))
    if not isinstance(speaker, str):
        raise ValueError(f'turn {place} has no "from"; {_EXAMPLE}')
    if not isinstance(text, str):
        raise ValueError(f'turn {place} has no text "value"; {_EXAMPLE}')
    return speaker, text
