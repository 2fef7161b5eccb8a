"""Prompts out of a data file: what a row may look like, which are kept, in which order.

The common part of the workloads that read files. Lengths are tokens where there is a tokenizer,
else characters.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, WorkloadError
from perfbench.rows import Placed
from perfbench.types import Input, Point, Sample
from perfbench.workloads.lengths import Lengths, batches, generated_range, size_of
from perfbench.workloads.tokenizer import Tokenizer


class Prompt(msgspec.Struct, frozen=True):
    """One row of a data file, understood."""

    id: str
    input: Input
    reply: str | None = None
    """The answer the data set has for it; its length in tokens is the output length to ask for."""
    max_tokens: int | None = None
    """The output length to ask for, where the data set says it."""


class PromptFile:
    """The samples of a data file. Workloads that read files build on it.

    A prompt that is shorter or longer than ``--min-prompt-length`` and ``--max-prompt-length`` (in
    the sense of ``--length-of``) is left out; where neither is set nothing is, unless a workload
    asks for the limits of generated prompts. Prompts come in the order of the file, or shuffled by
    the seed. A point goes on where the one before it stopped, and starts over at the end.
    """

    ignores = frozenset({"prefix_length", "prefixes", "prefix_choice", "input_lengths"})

    def __init__(
        self,
        prompts: Sequence[Prompt],
        config: PerfConfig,
        tokenizer: Tokenizer | None,
        *,
        shuffled: bool,
        default_limits: bool = False,
    ) -> None:
        self._prompts = prompts
        self._config = config
        self._tokenizer = tokenizer
        self._shuffled = shuffled
        self._lengths = Lengths(config, tokenizer)
        self._shortest, self._longest = config.min_prompt_length, config.max_prompt_length
        if default_limits:
            self._shortest, self._longest = generated_range(config)
        self._seen: set[int] = set()
        self._dropped: set[int] = set()
        self._distinct: int | None = None

    @property
    def distinct(self) -> int | None:
        """How many prompts are of the wanted length; known only once they have started over."""
        return self._distinct

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        found = []
        if self._dropped:
            found.append(
                f"{len(self._dropped)} of the {len(self._seen)} prompts read are left out: "
                f"not {self._limits}"
            )
        if bodies := sum(isinstance(prompt.input, dict) for prompt in self._prompts):
            found.append(
                f"{bodies} rows are whole request bodies and sent as they are: --max-tokens and "
                "the other sampling settings do not apply to them"
            )
        return found

    def samples(self, point: Point) -> Iterator[Sample]:
        """The prompts once, those of the wanted length, from the point's first one on.

        Raises:
            WorkloadError: none of them has it.
        """
        order = list(range(len(self._prompts)))
        if self._shuffled:
            random.Random(f"{point.seed}/0/order").shuffle(order)
        passed: list[Prompt] = []
        count = 0
        for batch in batches(order, lambda index: size_of(self._prompts[index].input)):
            kept = self._of_wanted_length(batch)
            count += len(kept)
            behind = max(0, point.first_prompt - len(passed))
            passed += kept[:behind]
            yield from self._as_samples(kept[behind:])
        if not count:
            raise WorkloadError(
                f"none of the {len(order)} prompts of {self._config.dataset} is {self._limits}"
            )
        if passed:
            self._distinct = count
            start = point.first_prompt % len(passed)
            yield from self._as_samples(passed[start:] + passed[:start])

    @property
    def _limits(self) -> str:
        shortest, longest, unit = self._shortest, self._longest, self._lengths.unit
        if longest is None:
            return f"{shortest} {unit} or longer (--min-prompt-length)"
        return (
            f"{shortest or 0} to {longest} {unit} long (--min-prompt-length, --max-prompt-length)"
        )

    def _of_wanted_length(self, batch: list[int]) -> list[Prompt]:
        if self._shortest is None and self._longest is None:
            return [self._prompts[index] for index in batch]
        lengths = self._lengths.asked([self._prompts[index].input for index in batch])
        self._seen.update(batch)
        kept = []
        for index, length in zip(batch, lengths, strict=True):
            if (self._shortest or 0) <= length and (
                self._longest is None or length <= self._longest
            ):
                kept.append(self._prompts[index])
            else:
                self._dropped.add(index)
        return kept

    def _as_samples(self, prompts: Sequence[Prompt]) -> Iterator[Sample]:
        wanted: Sequence[int | None] = [None] * len(prompts)
        if self._tokenizer is not None and self._config.asked_max_tokens is None:
            replies = iter(self._tokenizer.count([p.reply for p in prompts if p.reply is not None]))
            wanted = [None if p.reply is None else max(1, next(replies)) for p in prompts]
        for prompt, of_reply in zip(prompts, wanted, strict=True):
            yield Sample(prompt.id, prompt.input, max_tokens=prompt.max_tokens or of_reply)


def required_path(config: PerfConfig, holds: str) -> Path:
    """The file of a workload that has none of its own.

    Raises:
        ConfigError: none was given.
    """
    if config.dataset_path is None:
        raise ConfigError(f"--dataset {config.dataset} needs --dataset-path, {holds}")
    return config.dataset_path


def read_prompts(
    rows: Iterable[Placed], config: PerfConfig, *, bodies: bool, lines: bool = False
) -> list[Prompt]:
    """The prompts of a data set: rows that are lines of text (``lines``), what ``--prompt-column``
    names, or else see :func:`parse_prompt`; with the output lengths that
    ``--output-length-column`` names.

    Raises:
        WorkloadError: a row is malformed, or there is none.
    """
    prompts = []
    for place, row in rows:
        try:
            asked = row if lines else _asked(row, config.prompt_column, bodies)
            prompts.append(Prompt(place.short, asked, max_tokens=_output_length(row, config)))
        except ValueError as error:
            raise WorkloadError(f"{place}: {error}") from None
    return prompts


def _asked(row: Any, column: str | None, bodies: bool) -> Input:
    if column is None:
        return parse_prompt(row, bodies=bodies)
    value = _cell(row, column, "--prompt-column")
    return check_messages(value) if _chats(value) else _check_prompt(value, column)


def _chats(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _output_length(row: Any, config: PerfConfig) -> int | None:
    if config.output_length_column is None:
        return None
    value = _cell(row, config.output_length_column, "--output-length-column")
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.0
    if not 1 <= number < 1 << 31 or number != int(number):
        raise ValueError(
            f"{config.output_length_column!r} is {value!r}; it holds a number of tokens, 1 or more"
        )
    return int(number)


def _cell(row: Any, column: str, flag: str) -> Any:
    if not isinstance(row, dict):
        raise ValueError(f"{flag} {column}: the rows have no columns")
    if column not in row:
        raise ValueError(f"{flag}: no {column!r} in it; it has {', '.join(row)}")
    return row[column]


def _asks_of_others(row: dict[str, Any]) -> bool:
    """Whether a row is the body of an API that has neither prompts nor messages: inputs of
    embeddings, a query with its documents, contents. A mere text may be a column of anything."""
    if any(isinstance(row.get(name), list) for name in ("input", "contents", "input_ids")):
        return True
    return "query" in row and isinstance(row.get("documents"), list)


def parse_prompt(value: Any, *, bodies: bool) -> Input:
    """A JSON row as an input.

    Text in ``prompt`` or ``question``, token ids in ``prompt``, chat messages as they are or in
    ``messages``. With ``bodies`` an object that has other fields beside ``prompt`` or ``messages``
    is a whole request body, as is one that asks in the words of another API (``input``); else those
    fields are ignored.

    Raises:
        ValueError: it is none of these; the text says what is wrong and what would be right.
    """
    if isinstance(value, list):
        return check_messages(value)
    if not isinstance(value, dict):
        raise ValueError(f"a row is an object or a list of messages, not {json_name(value)}")
    if "messages" in value:
        messages = check_messages(value["messages"])
        return value if bodies and len(value) > 1 else messages
    if "prompt" in value:
        prompt = _check_prompt(value["prompt"], "prompt")
        return value if bodies and len(value) > 1 else prompt
    if "question" in value:
        return check_text("question", value["question"])
    if bodies and _asks_of_others(value):
        return value
    raise ValueError(
        'no prompt in it; a row has "prompt", "question" or "messages", or '
        "--prompt-column names another"
    )


def check_messages(value: Any) -> list[dict[str, Any]]:
    """Chat messages, if that is what they are.

    Raises:
        ValueError: they are not; the text says why.
    """
    example = 'messages are a list of {"role": "user", "content": "..."}'
    if not isinstance(value, list) or not value:
        raise ValueError(f"messages are {'empty' if value == [] else json_name(value)}; {example}")
    for place, message in enumerate(value, 1):
        if not isinstance(message, dict):
            raise ValueError(f"message {place} is {json_name(message)}; {example}")
        if not isinstance(message.get("role"), str):
            raise ValueError(f'message {place} has no "role"; {example}')
        if message.get("content") is None and "tool_calls" not in message:
            raise ValueError(f'message {place} has no "content"; {example}')
    return value


def json_name(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    words = {bool: "a boolean", str: "a text", list: "a list", dict: "an object"}
    return words.get(type(value), "a number")


def _check_prompt(value: Any, field: str) -> str | list[int]:
    if isinstance(value, list) and value and all(type(item) is int for item in value):
        return value
    return check_text(field, value)


def check_text(field: str, value: Any) -> str:
    """A text to send, if that is what it is.

    Raises:
        ValueError: it is not, or is empty.
    """
    if not isinstance(value, str):
        raise ValueError(f'"{field}" is {json_name(value)}; it holds the text to send')
    if not value.strip():
        raise ValueError(f'"{field}" is empty; it holds the text to send')
    return value
