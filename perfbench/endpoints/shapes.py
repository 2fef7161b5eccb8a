"""The JSON shapes of OpenAI-style answers, as far as a measurement needs them.

Owns field names and types, and nothing of what they mean (see ``events``). One set of shapes
covers chat and completions, streamed events and whole bodies; fields that are not listed are
skipped by the decoder, which is what makes it fast. Counts are tokens.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Message(msgspec.Struct, gc=False):
    """``delta`` of a streamed chat choice, or ``message`` of a whole one."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    """The same as ``reasoning_content`` in another spelling; servers that send both repeat it."""
    tool_calls: list[dict[str, Any]] | None = None
    function_call: dict[str, Any] | None = None
    """The legacy form of a single tool call."""
    refusal: str | None = None


class Logprobs(msgspec.Struct, gc=False):
    """Only the lengths matter: one entry for each token."""

    content: list[msgspec.Raw] | None = None
    """Chat."""
    tokens: list[msgspec.Raw] | None = None
    """Completions."""


class Details(msgspec.Struct, gc=False):
    """``prompt_tokens_details`` and ``completion_tokens_details``."""

    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Counts(msgspec.Struct, gc=False):
    """``usage``, with the fields that servers put beside OpenAI's."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: Details | None = None
    completion_tokens_details: Details | None = None
    reasoning_tokens: int | None = None
    """SGLang."""
    cached_tokens: int | None = None
    """Moonshot."""
    prompt_cache_hit_tokens: int | None = None
    """DeepSeek."""
    input_tokens: int | None = None
    """Gateways that speak the names of the Responses API."""
    output_tokens: int | None = None


class Choice(msgspec.Struct, gc=False):
    """One element of ``choices``."""

    index: int | None = None
    delta: Message | None = None
    finish_reason: str | None = None
    text: str | None = None
    """Completions."""
    message: Message | None = None
    logprobs: Logprobs | None = None
    token_ids: list[int] | None = None
    """vLLM with ``return_token_ids``."""
    usage: Counts | None = None
    """Moonshot."""
    error: Any = None
    """OpenRouter."""


class Timings(msgspec.Struct, gc=False):
    """What llama.cpp counts, in every event with ``timings_per_token``."""

    cache_n: int | None = None
    prompt_n: int | None = None
    """Prompt tokens that were processed: those of ``cache_n`` are not among them."""
    predicted_n: int | None = None


class Groq(msgspec.Struct, gc=False):
    """Groq's own object in a stream's first and last event."""

    usage: Counts | None = None


class Event(msgspec.Struct, gc=False):
    """One streamed event, or a whole body."""

    id: str | None = None
    choices: list[Choice] | None = None
    usage: Counts | None = None
    error: Any = None
    timings: Timings | None = None
    x_groq: Groq | None = None


decode_event = msgspec.json.Decoder(Event).decode
decode_events = msgspec.json.Decoder(list[Event]).decode


class PlainDelta(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A ``delta`` that is text and nothing else."""

    content: str
    role: str | None = None
    reasoning_content: None = None
    reasoning: None = None
    tool_calls: None = None
    function_call: None = None
    refusal: None = None


class PlainChatChoice(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A chat choice that goes on: no finish, no counts, no error."""

    delta: PlainDelta
    index: Literal[0] = 0
    finish_reason: None = None
    logprobs: None = None
    stop_reason: Any = None
    token_ids: None = None


class PlainCompletionChoice(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The same of a completion."""

    text: str
    index: Literal[0] = 0
    finish_reason: None = None
    logprobs: None = None
    stop_reason: Any = None
    token_ids: None = None
    prompt_token_ids: None = None
    prompt_logprobs: None = None


class _PlainEvent(msgspec.Struct, gc=False):
    """What must not be beside the choice of a plain event; other fields mean nothing here."""

    usage: None = None
    error: None = None
    timings: None = None
    x_groq: None = None


class PlainChatEvent(_PlainEvent, gc=False, kw_only=True):
    """A chat event that is text of choice 0 and nothing else. Anything more fails to decode."""

    choices: tuple[PlainChatChoice]


class PlainCompletionEvent(_PlainEvent, gc=False, kw_only=True):
    """The same of completions."""

    choices: tuple[PlainCompletionChoice]


decode_plain_chat = msgspec.json.Decoder(list[PlainChatEvent]).decode
decode_plain_completions = msgspec.json.Decoder(list[PlainCompletionEvent]).decode
