"""The ``gemini`` endpoint: Google's ``generateContent``, and its stream by ``alt=sse``.

The model is in the path. Every event is a whole response of what is new, with running counts.
Tokens of thoughts are counted there beside those of the answer; here the output is both. A stream
without ``alt=sse`` is a JSON list of the same events, which is read as one answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from perfbench.endpoints.body import PlacedWriter, kind_of, refused
from perfbench.endpoints.fields import (
    error_text,
    mapping,
    read,
    rows,
    text,
    tokens,
    tool_call,
    total,
)
from perfbench.endpoints.messages import Image, Part, cannot_carry, chat, parts, system_apart
from perfbench.types import Delta, Generation, PromptForm, Sample, Usage

_PLACES = {
    "max_tokens": "generationConfig.maxOutputTokens",
    "temperature": "generationConfig.temperature",
    "top_p": "generationConfig.topP",
    "top_k": "generationConfig.topK",
    "stop": "generationConfig.stopSequences",
    "frequency_penalty": "generationConfig.frequencyPenalty",
    "n": "generationConfig.candidateCount",
}
_ROLES = {"assistant": "model"}
_UNSAID = (None, "", "FINISH_REASON_UNSPECIFIED")
_FINISHES = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(
        ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"), "content_filter"
    ),
}


class Gemini:
    """Text is sent as one turn of the user, messages as turns, a dict as the whole body."""

    name = "gemini"
    takes: frozenset[PromptForm] = frozenset({"messages"})
    ignores = refused(_PLACES)
    key_header = ("x-goog-api-key", "{}")

    def __init__(self, generation: Generation) -> None:
        self._writer = PlacedWriter(generation, _PLACES, {})
        self._model = quote(generation.model.removeprefix("models/"), safe="")
        self._streams = generation.stream

    def path(self) -> str:
        """Request target below the base URL."""
        verb = "streamGenerateContent?alt=sse" if self._streams else "generateContent"
        return f"/v1beta/models/{self._model}:{verb}"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds what chat cannot carry (token ids, another API's body).
        """
        content = sample.input
        if kind_of(sample) == "body" and isinstance(content, dict):
            if "contents" not in content:
                raise cannot_carry(sample, self.name, "it wants contents")
            return self._writer.whole(sample, content)
        system, turns = system_apart(chat(sample, self.name))
        question: dict[str, Any] = {
            "contents": [
                {
                    "role": _ROLES.get(str(turn.get("role")), "user"),
                    "parts": [_part(each) for each in parts(turn)],
                }
                for turn in turns
            ]
        }
        if system:
            question["systemInstruction"] = {"parts": [{"text": system}]}
        return self._writer.asking(sample, question)

    def parse(self, data: bytes) -> Delta:
        """Read one event's data, a whole response, or a list of events.

        Raises:
            ValueError: it is not JSON, or neither.
        """
        answer = read(data)
        if isinstance(answer, list):
            return _joined([_delta(each) for each in rows(answer)])
        if not isinstance(answer, dict):
            raise ValueError(f"expected a JSON object, got {type(answer).__name__}")
        return _delta(answer)


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, str):
        return {"text": part}
    if not isinstance(part, Image):
        return part
    if not part.data:
        return {"fileData": {"fileUri": part.url}}
    return {"inlineData": {"mimeType": part.media_type, "data": part.data}}


def _delta(answer: Mapping[str, Any]) -> Delta:
    candidates = rows(answer.get("candidates"))
    each = [_candidate(candidate, place) for place, candidate in enumerate(candidates)]
    delta = each[0] if each else Delta()
    delta.more = each[1:] or None
    delta.response_id = text(answer.get("responseId"))
    delta.usage = _usage(mapping(answer.get("usageMetadata")))
    delta.usage_apart = delta.usage is not None and len(each) != 1
    if not each:
        delta.error = error_text(answer)
        if mapping(answer.get("promptFeedback")).get("blockReason"):
            delta.finish = "content_filter"
    return delta


def _candidate(candidate: Mapping[str, Any], place: int) -> Delta:
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[dict[str, Any]] = []
    for part in rows(mapping(candidate.get("content")).get("parts")):
        said = text(part.get("text")) or ""
        (thoughts if part.get("thought") is True else texts).append(said)
        if call := mapping(part.get("functionCall")):
            calls += tool_call(None, call.get("id"), call.get("name"), call.get("args")) or []
    reason = candidate.get("finishReason")
    said_reason = None if reason in _UNSAID else text(reason)
    index = tokens(candidate.get("index"))
    return Delta(
        text="".join(texts),
        reasoning="".join(thoughts),
        tool_calls=calls or None,
        finish=_FINISHES.get(said_reason, said_reason) if said_reason else None,
        choice=place if index is None else index,
    )


def _usage(counts: Mapping[str, Any]) -> Usage | None:
    asked = tokens(counts.get("promptTokenCount"))
    answered = tokens(counts.get("candidatesTokenCount"))
    thought = tokens(counts.get("thoughtsTokenCount"))
    output = total(answered, thought)
    if asked is not None and asked + (answered or 0) == tokens(counts.get("totalTokenCount")):
        # The sum says that thoughts are among the answer's.
        output = answered if answered is not None else output
    if asked is None and output is None:
        return None
    return Usage(asked, output, tokens(counts.get("cachedContentTokenCount")), thought)


def _joined(deltas: list[Delta]) -> Delta:
    """What the events of one answer say together; of several candidates, the first."""
    joined = Delta()
    for delta in deltas:
        joined.text += delta.text
        joined.reasoning += delta.reasoning
        if delta.tool_calls:
            joined.tool_calls = [*(joined.tool_calls or ()), *delta.tool_calls]
        joined.finish = delta.finish or joined.finish
        joined.usage = delta.usage or joined.usage
        joined.error = joined.error or delta.error
        joined.response_id = joined.response_id or delta.response_id
    return joined
