"""The ``openai`` endpoint: ``/v1/chat/completions``, as OpenAI and everyone else speaks it."""

from __future__ import annotations

from perfbench.endpoints import events
from perfbench.endpoints.body import BodyWriter, kind_of
from perfbench.errors import ConfigError
from perfbench.types import Generation, PromptForm, Sample


class OpenAIChat:
    """Text is sent as one user message, messages as they are, a dict as the whole body."""

    name = "openai"
    takes: frozenset[PromptForm] = frozenset({"messages"})
    carries_messages = True
    parse = staticmethod(events.parse_event)
    parse_many = staticmethod(events.parse_events)
    plain_texts = staticmethod(events.plain_chat_texts)

    def __init__(self, generation: Generation) -> None:
        self._writer = BodyWriter(generation)

    def path(self) -> str:
        """Request target below the base URL."""
        return "/v1/chat/completions"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds what chat cannot carry (token ids, a completions body).
        """
        content, kind = sample.input, kind_of(sample)
        if isinstance(content, str):
            return self._writer.asking(sample, {"messages": [{"role": "user", "content": content}]})
        if kind == "messages":
            return self._writer.asking(sample, {"messages": content})
        if isinstance(content, dict) and ("messages" in content or "prompt" not in content):
            return self._writer.whole(sample, content)
        what = kind if kind == "token ids" else "a completions body (prompt)"
        raise ConfigError(
            f"sample {sample.id} is {what}, which --api openai (chat) cannot carry: "
            "use --api completions or --api vllm"
        )
