"""The ``embeddings`` endpoint: ``/v1/embeddings``, of one text or several.

The answer comes in one piece and has no tokens: it is there when every vector is. Its latency is
that of the whole response.
"""

from __future__ import annotations

from typing import Any

import msgspec

from perfbench.endpoints.body import SETTINGS, PlacedWriter, kind_of
from perfbench.endpoints.fields import distinct, error_text, mapping, read, text, tokens
from perfbench.endpoints.messages import cannot_carry, chat, text_of
from perfbench.types import Delta, Generation, PromptForm, Sample, Usage

_EMPTY = (b"[]", b'""', b"null", b"{}")


class _Vector(msgspec.Struct, gc=False):
    embedding: msgspec.Raw
    index: int | None = None

    @property
    def is_there(self) -> bool:
        """Whether it has numbers, and nothing but numbers."""
        vector = bytes(self.embedding).strip()
        return vector not in _EMPTY and b"null" not in vector


class _Answer(msgspec.Struct, gc=False):
    """The usual answer; what a vector holds is passed over."""

    data: list[_Vector]
    usage: dict[str, Any] | None = None
    id: str | None = None
    error: None = None


class _Body(msgspec.Struct, gc=False):
    input: Any = None


_decode = msgspec.json.Decoder(_Answer).decode
_decode_body = msgspec.json.Decoder(_Body).decode


class Embeddings:
    """A text or token ids are sent as the input, messages as their texts, a dict as the body."""

    name = "embeddings"
    takes: frozenset[PromptForm] = frozenset({"text", "token_ids"})
    ignores = SETTINGS | {"stream"}
    generates = False

    def __init__(self, generation: Generation) -> None:
        self._writer = PlacedWriter(generation, {}, {"model": generation.model})

    def path(self) -> str:
        """Request target below the base URL."""
        return "/v1/embeddings"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds another API's body.
        """
        content, kind = sample.input, kind_of(sample)
        if kind == "messages":
            texts = [text_of(each) for each in chat(sample, self.name)]
            return self._writer.asking(sample, {"input": "\n".join(texts)})
        if not isinstance(content, dict):
            return self._writer.asking(sample, {"input": content})
        if "input" not in content:
            raise cannot_carry(sample, self.name, "it wants an input")
        return self._writer.whole(sample, content)

    def asks(self, body: bytes) -> int:
        """Vectors that a body asks for; 0 where its input has a form of its own."""
        try:
            content = _decode_body(body).input
        except (msgspec.DecodeError, UnicodeDecodeError):
            return 0
        if isinstance(content, str):
            return 1
        if not isinstance(content, list) or not content:
            return 0
        if isinstance(content[0], int):  # The tokens of one text.
            return 1
        return len(content) if isinstance(content[0], (str, list)) else 0

    def parse(self, data: bytes) -> Delta:
        """Read an answer: that of OpenAI's API, or of one of its relatives.

        Raises:
            ValueError: it is not JSON, or no answer.
        """
        try:
            answer = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _other(read(data))
        return Delta(
            usage=_usage(answer.usage or {}),
            response_id=answer.id,
            result=bool(answer.data) and all(each.is_there for each in answer.data),
            results=distinct([each.index for each in answer.data]),
            done=True,
        )


def _other(answer: Any) -> Delta:
    """Vectors under other names: a bare list, ``embeddings``, ``embedding``."""
    if isinstance(answer, list):
        return Delta(result=bool(answer) and all(answer), results=_told(answer), done=True)
    if not isinstance(answer, dict):
        raise ValueError(f"expected a JSON object, got {type(answer).__name__}")
    error = error_text(answer)
    found = answer.get("data") or answer.get("embeddings") or answer.get("embedding")
    if isinstance(found, dict):
        # By type ({"float": [...]}), or the vector of one text ({"values": [...]}).
        found = next(iter(found.values()), None)
    vectors = [
        each.get("embedding") if isinstance(each, dict) else each
        for each in (found if isinstance(found, list) else [])
    ]
    return Delta(
        usage=_usage({**mapping(answer.get("usage")), **_counts(answer)}),
        response_id=text(answer.get("id")),
        result=not error
        and bool(vectors)
        and all(each not in (None, "", [], {}) for each in vectors),
        results=_told(vectors),
        error=error,
        done=True,
    )


def _told(vectors: list[Any]) -> int:
    """How many vectors there are; 0 where numbers stand in their place, which are those of one."""
    return len(vectors) if all(isinstance(each, (list, dict, str)) for each in vectors) else 0


def _counts(answer: dict[str, Any]) -> dict[str, Any]:
    """Where Ollama and Cohere count."""
    if "prompt_eval_count" in answer:
        return {"prompt_tokens": answer["prompt_eval_count"]}
    billed = mapping(mapping(answer.get("meta")).get("billed_units"))
    return {"prompt_tokens": billed["input_tokens"]} if "input_tokens" in billed else {}


def _usage(counts: dict[str, Any]) -> Usage | None:
    """Prompt tokens; there are no others, so that their sum is the same."""
    for name in ("prompt_tokens", "input_tokens", "total_tokens"):
        if (known := tokens(counts.get(name))) is not None:
            return Usage(known)
    return None
