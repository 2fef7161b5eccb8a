"""How long prompts are: tokens as a server counts them, or characters without a tokenizer.

Owns the difference between the length of a prompt's content and of the whole prompt (content,
chat template, special tokens), the rendering of chats as text, and encoding in batches. Knows no
files and no generators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Input, Message, PromptForm
from perfbench.workloads.tokenizer import Tokenizer

SHORTEST, LONGEST = 1, 1024
"""Lengths of generated prompts where the settings leave them open."""

_SMALLEST_BATCH = 1 << 14
_LARGEST_BATCH = 1 << 19
_Item = TypeVar("_Item")
_CONTENT = "perfbench"
"""Stands for any content where a template is looked at."""


def taken_by(api: str) -> frozenset[PromptForm]:
    """The forms of prompts that an endpoint takes.

    Raises:
        ConfigError: there is no such endpoint, or it does not say.
    """
    endpoint = registry.resolve(registry.ENDPOINTS, api)
    if not hasattr(endpoint, "takes"):
        raise ConfigError(f"--api {api}: the endpoint does not say what it takes (attribute takes)")
    takes: frozenset[PromptForm] = endpoint.takes
    return takes


def generated_range(config: PerfConfig) -> tuple[int, int]:
    """Shortest and longest prompt to generate; a limit alone moves the other's default along."""
    shortest, longest = config.min_prompt_length, config.max_prompt_length
    if shortest is None:
        shortest = SHORTEST
    return shortest, max(shortest, LONGEST) if longest is None else longest


class Lengths:
    """Measures prompts for one endpoint, with one tokenizer or none.

    Raises:
        ConfigError: ``--length-of request`` was asked for, and the template is not known.
    """

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        self._tokenizer = tokenizer
        self.unit = "tokens" if tokenizer else "characters"
        """Unit of :meth:`content`."""
        self.takes = taken_by(config.api)
        plain = "text" in self.takes
        self.renders = config.apply_chat_template
        """Whether chats are sent as text, with the template around them."""
        templated = tokenizer is not None and tokenizer.has_chat_template
        self._templated = not plain and templated
        self.template_unknown = not plain and not templated
        """Whether the service puts a chat template around prompts that is not known here."""
        self.of_request = (
            config.length_of == "request" and templated and (self.renders or not plain)
        )
        """Whether lengths that are asked for include a chat template."""
        asked_for = config.length_of == "request" and "length_of" in config.model_fields_set
        if asked_for and self.template_unknown:
            raise ConfigError(
                "--length-of request needs the --tokenizer-path of a tokenizer with a chat "
                "template: without it only the content's length is known"
            )
        spelled_out = "rendered" in self.takes and self.renders
        self._added = tokenizer.special_tokens if plain and tokenizer and not spelled_out else 0

    @property
    def head(self) -> int:
        """Tokens that stand before the content of every prompt: the start of the chat template,
        BOS. 0 where that is unknown."""
        if self._tokenizer is None:
            return 0
        try:
            text = self._counted_text(self.as_sent(_CONTENT))
        except WorkloadError:
            return 0
        before, found, _ = (text or "").partition(_CONTENT)
        return self._tokenizer.count([before])[0] + self._added if found else 0

    def as_sent(self, item: Input) -> Input:
        """A prompt as the text of its chat, where it is sent so; else as it is.

        Raises:
            WorkloadError: the template refuses the messages.
        """
        if not self.renders or self._tokenizer is None or isinstance(item, dict) or _ids(item):
            return item
        messages = _messages(item)
        if messages is None:
            messages = [{"role": "user", "content": content_text(item)}]
        if "rendered" in self.takes:
            return self._tokenizer.render(messages)
        return self._tokenizer.apply_chat_template(messages)

    def asked(self, inputs: Sequence[Input]) -> list[int]:
        """Length of each prompt in the sense of ``--length-of``; where that of the request cannot
        be known, of its content."""
        contents = self.content(inputs)
        if not self.of_request:
            return contents
        whole = self.prompt([self.as_sent(item) for item in inputs])
        return [
            content if tokens is None else tokens
            for content, tokens in zip(contents, whole, strict=True)
        ]

    def content(self, inputs: Sequence[Input]) -> list[int]:
        """Length of what was written (text, message contents), without any template."""
        sizes = [len(_ids(item)) or None for item in inputs]
        texts = [content_text(item) for item, size in zip(inputs, sizes, strict=True) if not size]
        counted = iter(self._tokenizer.count(texts) if self._tokenizer else map(len, texts))
        return [next(counted) if size is None else size for size in sizes]

    def prompt(self, inputs: Sequence[Input]) -> list[int | None]:
        """Tokens the server will count for each whole prompt; ``None`` where that is unknown.

        For chats this is the length after the tokenizer's chat template, or that of the content
        when the tokenizer has none.
        """
        if self._tokenizer is None:
            return [None] * len(inputs)
        texts = [self._counted_text(item) for item in inputs]
        counted = iter(self._tokenizer.count([text for text in texts if text is not None]))
        return [
            (len(_ids(item)) or None) if text is None else next(counted) + self._added
            for item, text in zip(inputs, texts, strict=True)
        ]

    def _counted_text(self, item: Input) -> str | None:
        """The text whose tokens the server counts, if it can be known."""
        if _ids(item) or (isinstance(item, dict) and "tools" in item):
            return None
        messages = _messages(item)
        if isinstance(item, dict) and messages is None and not isinstance(item.get("prompt"), str):
            return None
        if messages is None:
            text = content_text(item)
            if not self._templated:
                return text
            messages = [{"role": "user", "content": text}]
        if not all(isinstance(message.get("content"), str) for message in messages):
            return None
        if not self._templated or self._tokenizer is None:
            return content_text(messages)
        try:
            return self._tokenizer.render(messages)
        except WorkloadError:
            return None


def content_text(item: Input) -> str:
    """What a prompt says: its text, or the texts of its messages joined by line ends."""
    messages = _messages(item)
    if messages is not None:
        return "\n".join(_message_text(message.get("content")) for message in messages)
    prompt = item.get("prompt") if isinstance(item, dict) else item
    return prompt if isinstance(prompt, str) else ""


def size_of(item: Input) -> int:
    """Roughly how long a prompt is, in characters."""
    return 6 * len(_ids(item)) or len(content_text(item))


def batches(items: Iterable[_Item], size: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    """Group items by their total size in characters.

    Batches start small, so that the first item comes soon, and grow, so that encoding is fast.
    """
    limit, held, batch = _SMALLEST_BATCH, 0, []
    for item in items:
        batch.append(item)
        held += 64 + size(item)
        if held >= limit:
            yield batch
            limit, held, batch = min(2 * limit, _LARGEST_BATCH), 0, []
    if batch:
        yield batch


def _messages(item: Input) -> list[Message] | None:
    messages: Any = item.get("messages") if isinstance(item, dict) else item
    if isinstance(messages, list) and messages and isinstance(messages[0], dict):
        found: list[Message] = messages
        return found
    return None


def _message_text(content: Any) -> str:
    """The text of a message: a string, or the text parts of a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


def _ids(item: Input) -> list[int]:
    """The token ids a prompt consists of; empty if it is none."""
    ids: Any = item.get("prompt") if isinstance(item, dict) else item
    if isinstance(ids, list) and ids and isinstance(ids[0], int):
        found: list[int] = ids
        return found
    return []
