"""The ``vllm`` endpoint: completions as vLLM extends them.

What it adds to ``completions``: text that a chat template has rendered is sent with
``add_special_tokens: false``, because the template wrote the special tokens already. Prompts of
token ids are the normal case.
"""

from __future__ import annotations

from typing import Any

from perfbench.endpoints.openai_completions import OpenAICompletions
from perfbench.types import Generation, PromptForm, Sample


class VLLM(OpenAICompletions):
    """Token ids and text are sent as ``prompt``, a dict as the whole body."""

    name = "vllm"
    takes: frozenset[PromptForm] = frozenset({"text", "token_ids", "rendered"})

    def __init__(self, generation: Generation) -> None:
        super().__init__(generation)
        self._rendered = generation.rendered

    def _question(self, sample: Sample) -> dict[str, Any]:
        if self._rendered and isinstance(sample.input, str):
            return {"prompt": sample.input, "add_special_tokens": False}
        return {"prompt": sample.input}
