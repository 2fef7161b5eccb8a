"""The ``completions`` endpoint: ``/v1/completions``."""

from __future__ import annotations

from typing import Any

from perfbench.endpoints import events
from perfbench.endpoints.body import BodyWriter, kind_of
from perfbench.errors import ConfigError
from perfbench.types import Generation, PromptForm, Sample


class OpenAICompletions:
    """Text and token ids are sent as ``prompt``, a dict as the whole body."""

    name = "completions"
    # Token ids in a data set pass too, but not every service of this API knows them.
    takes: frozenset[PromptForm] = frozenset({"text"})
    parse = staticmethod(events.parse_event)
    parse_many = staticmethod(events.parse_events)
    plain_texts = staticmethod(events.plain_completion_texts)

    def __init__(self, generation: Generation) -> None:
        self._writer = BodyWriter(generation)

    def path(self) -> str:
        """Request target below the base URL."""
        return "/v1/completions"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds chat messages, or a body of them.
        """
        content, kind = sample.input, kind_of(sample)
        if kind == "messages":
            raise ConfigError(
                f"sample {sample.id} is chat messages, which --api {self.name} cannot carry: "
                "use --api openai, or prompts of text (load tests: --apply-chat-template)"
            )
        if not isinstance(content, dict):
            return self._writer.asking(sample, self._question(sample))
        if "messages" in content and "prompt" not in content:
            raise ConfigError(
                f"sample {sample.id} is a chat body (messages), which --api {self.name} cannot "
                "carry: use --api openai"
            )
        return self._writer.whole(sample, content)

    def _question(self, sample: Sample) -> dict[str, Any]:
        return {"prompt": sample.input}
