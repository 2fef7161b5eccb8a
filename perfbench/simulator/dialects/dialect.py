"""What a dialect tells: what a request asks in terms of a chat or completion, and what the events
of its answer hold. Counts are tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from perfbench.simulator.output import Output

if TYPE_CHECKING:
    from perfbench.simulator.api import Call

Payload = dict[str, Any]


class Dialect(Protocol):
    """How one API is spoken."""

    chat: bool
    """Whether a chat template is put around what is asked."""
    form: str
    """``sse``, ``sse with names`` (each event's type before it), or ``lines``."""

    def asks(self, body: Payload, path: str, headers: Mapping[str, str]) -> Payload:
        """The same request as the body of a chat or completion of OpenAI's."""
        ...

    def begins(self, call: Call) -> list[Payload]:
        """The events before the first token."""
        ...

    def says(self, call: Call, reasoning: list[str], content: list[str]) -> list[Payload]:
        """An event for each text."""
        ...

    def ends(self, call: Call, output: Output, usage: Payload) -> list[Payload]:
        """The events after the last token; ``usage`` is OpenAI's, empty if it is not to be told."""
        ...

    def whole(self, call: Call, output: Output, usage: Payload) -> Payload:
        """The answer in one piece."""
        ...

    def fails(self, message: str) -> Payload:
        """An error inside an answer."""
        ...


def group(body: Payload, name: str) -> Payload:
    """The fields of a group of them; none if it is no group."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def cached(usage: Payload) -> int:
    """Prompt tokens that were in the cache, by OpenAI's usage."""
    return int(usage.get("prompt_tokens_details", {}).get("cached_tokens", 0))
