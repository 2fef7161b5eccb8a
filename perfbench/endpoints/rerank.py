"""The ``rerank`` endpoint: ``/v1/rerank`` as Jina, Cohere, vLLM and others speak it.

A request is a query and documents, the answer their scores, in one piece and without tokens. Its
latency is that of the whole response.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfbench.endpoints.body import SETTINGS, PlacedWriter, kind_of
from perfbench.endpoints.fields import distinct, error_text, mapping, read, rows, text, tokens
from perfbench.endpoints.messages import cannot_carry
from perfbench.types import Delta, Generation, PromptForm, Sample, Usage

_SCORES = ("relevance_score", "score")


class Rerank:
    """A dict with ``query`` and ``documents`` is the body; a text is the query and its only
    document."""

    name = "rerank"
    takes: frozenset[PromptForm] = frozenset({"text"})
    ignores = SETTINGS | {"stream"}
    generates = False

    def __init__(self, generation: Generation) -> None:
        self._writer = PlacedWriter(generation, {}, {"model": generation.model})

    def path(self) -> str:
        """Request target below the base URL."""
        return "/v1/rerank"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds something else than text or a body of this API.
        """
        content = sample.input
        if isinstance(content, str):
            return self._writer.asking(sample, {"query": content, "documents": [content]})
        if kind_of(sample) == "body" and isinstance(content, dict) and "query" in content:
            return self._writer.whole(sample, content)
        raise cannot_carry(sample, self.name, 'it wants {"query": "...", "documents": ["..."]}')

    def asks(self, body: bytes) -> int:
        """Scores that a body asks for: of its documents, or of the best of them."""
        asked = read(body)
        documents = asked.get("documents")
        most = asked.get("top_n")
        count = len(documents) if isinstance(documents, list) else 0
        return min(count, most) if isinstance(most, int) and most > 0 else count

    def parse(self, data: bytes) -> Delta:
        """Read an answer.

        Raises:
            ValueError: it is not JSON, or no answer.
        """
        answer = read(data)
        if isinstance(answer, list):
            answer = {"results": answer}
        if not isinstance(answer, dict):
            raise ValueError(f"expected a JSON object, got {type(answer).__name__}")
        output = mapping(answer.get("output")) or answer
        found = rows(output.get("results")) or rows(output.get("data"))
        scored = [any(each.get(name) is not None for name in _SCORES) for each in found]
        return Delta(
            usage=_usage(answer),
            response_id=text(answer.get("id")) or text(answer.get("request_id")),
            result=bool(scored) and all(scored),
            results=distinct([each.get("index") for each in found]),
            error=None if scored else error_text(answer),
            done=True,
        )


def _usage(answer: Mapping[str, Any]) -> Usage | None:
    """Tokens that were read, wherever they are counted; searches that are billed are none."""
    meta = mapping(answer.get("meta"))
    for counts in (answer.get("usage"), answer.get("tokens"), meta.get("tokens"), meta):
        for name in ("prompt_tokens", "input_tokens", "total_tokens"):
            known = tokens(mapping(counts).get(name))
            if known is not None:
                return Usage(known)
    return None
