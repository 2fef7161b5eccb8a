"""The ``vllm`` endpoint: completions as vLLM extends them, and its ``/tokenize``.

What it adds to ``completions``: text that a chat template has rendered is sent with
``add_special_tokens: false``, because the template wrote the special tokens already; and prompts
can be measured by the server's own tokenizer. Prompts of token ids are the normal case.
"""

from __future__ import annotations

from typing import Any

from perfbench.endpoints.body import encode, kind_of
from perfbench.endpoints.openai_completions import OpenAICompletions
from perfbench.endpoints.tolerant import load
from perfbench.errors import ConfigError
from perfbench.types import Generation, PromptForm, Sample


class VLLM(OpenAICompletions):
    """Token ids and text are sent as ``prompt``, a dict as the whole body."""

    name = "vllm"
    takes: frozenset[PromptForm] = frozenset({"text", "token_ids", "rendered"})

    def __init__(self, generation: Generation) -> None:
        super().__init__(generation)
        self._model = generation.model
        self._rendered = generation.rendered

    def tokenize_path(self) -> str:
        """Request target of the tokenizer, below the base URL."""
        return "/tokenize"

    def build_tokenize(self, sample: Sample) -> bytes:
        """A body that asks how long the sample's prompt is (text or messages).

        Raises:
            ConfigError: the sample is neither.
        """
        kind = kind_of(sample)
        if kind == "text":
            return encode(sample, {"model": self._model, **self._question(sample)})
        if kind == "messages":
            return encode(sample, {"model": self._model, "messages": sample.input})
        raise ConfigError(f"sample {sample.id} is {kind}: only text and messages can be tokenized")

    def parse_tokenize(self, data: bytes) -> int:
        """The prompt's length in tokens, from the answer of ``/tokenize``.

        Raises:
            ValueError: the answer states no length.
        """
        answer = load(data)
        count, tokens = answer.get("count"), answer.get("tokens")
        if isinstance(count, int):
            return count
        if isinstance(tokens, list):
            return len(tokens)
        raise ValueError("the answer has neither count nor tokens")

    def _question(self, sample: Sample) -> dict[str, Any]:
        if self._rendered and isinstance(sample.input, str):
            return {"prompt": sample.input, "add_special_tokens": False}
        return {"prompt": sample.input}
