"""The slow, forgiving way to read an answer: any JSON object, into the regular shapes.

Takes what servers really send where OpenAI's shapes say otherwise (content as a list of parts,
nulls and wrong types, NaN, lone surrogates). A field of the wrong type is treated as absent;
nothing is guessed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Raw

from perfbench.endpoints.fields import count, text
from perfbench.endpoints.shapes import (
    Choice,
    Counts,
    Details,
    Event,
    Groq,
    Logprobs,
    Message,
    Timings,
)


def regular(answer: Mapping[str, Any]) -> Event:
    """The regular event that says the same."""
    choices = answer.get("choices")
    if isinstance(choices, list):
        regular_choices = [_choice(choice) for choice in choices if isinstance(choice, dict)]
    elif isinstance(answer.get("token"), dict):
        regular_choices = [_tgi_choice(answer)]
    else:
        regular_choices = None
    groq = answer.get("x_groq")
    timings = answer.get("timings")
    return Event(
        id=text(answer.get("id")),
        choices=regular_choices,
        usage=_counts(answer.get("usage")) or _tgi_counts(answer.get("details")),
        timings=_timings(timings) if isinstance(timings, dict) else None,
        x_groq=Groq(_counts(groq.get("usage"))) if isinstance(groq, dict) else None,
    )


def _choice(choice: Mapping[str, Any]) -> Choice:
    delta, message = choice.get("delta"), choice.get("message")
    token_ids, logprobs = choice.get("token_ids"), choice.get("logprobs")
    return Choice(
        index=count(choice.get("index")),
        delta=_message(delta) if isinstance(delta, dict) else None,
        finish_reason=text(choice.get("finish_reason")),
        text=text(choice.get("text")),
        message=_message(message) if isinstance(message, dict) else None,
        logprobs=_logprobs(logprobs) if isinstance(logprobs, dict) else None,
        token_ids=[0] * len(token_ids) if isinstance(token_ids, list) else None,
        usage=_counts(choice.get("usage")),
        error=choice.get("error"),
    )


def _message(message: Mapping[str, Any]) -> Message:
    content, thinking = _parts(message.get("content"))
    calls = message.get("tool_calls")
    call = message.get("function_call")
    return Message(
        content=content,
        reasoning_content=_parts(message.get("reasoning_content"))[0] or thinking,
        reasoning=_parts(message.get("reasoning"))[0],
        tool_calls=[c for c in calls if isinstance(c, dict)] if isinstance(calls, list) else None,
        function_call=call if isinstance(call, dict) else None,
        refusal=text(message.get("refusal")),
    )


def _parts(content: object) -> tuple[str | None, str | None]:
    """Text and reasoning of a content that is a string or a list of parts."""
    if not isinstance(content, list):
        return text(content), None
    texts, thoughts = [], []
    for part in content:
        if isinstance(part, dict):
            thoughts.append(_joined(part.get("thinking")))
            texts.append(_joined(part.get("text")))
        else:
            texts.append(text(part) or "")
    return "".join(texts), "".join(thoughts)


def _joined(value: object) -> str:
    """A string, or the texts of a list of parts (Mistral's thinking)."""
    if not isinstance(value, list):
        return text(value) or ""
    return "".join(text(part.get("text")) or "" for part in value if isinstance(part, dict))


def _logprobs(logprobs: Mapping[str, Any]) -> Logprobs:
    content, tokens = logprobs.get("content"), logprobs.get("tokens")
    return Logprobs(
        content=[Raw()] * len(content) if isinstance(content, list) else None,
        tokens=[Raw()] * len(tokens) if isinstance(tokens, list) else None,
    )


def _counts(usage: object) -> Counts | None:
    if not isinstance(usage, dict):
        return None
    numbers = {
        name: count(usage.get(name))
        for name in Counts.__struct_fields__
        if not name.endswith("_details")
    }
    return Counts(
        prompt_tokens_details=_details(usage.get("prompt_tokens_details")),
        completion_tokens_details=_details(usage.get("completion_tokens_details")),
        **numbers,
    )


def _details(details: object) -> Details | None:
    if not isinstance(details, dict):
        return None
    return Details(count(details.get("cached_tokens")), count(details.get("reasoning_tokens")))


def _timings(timings: Mapping[str, Any]) -> Timings:
    return Timings(*(count(timings.get(name)) for name in Timings.__struct_fields__))


def _tgi_choice(answer: Mapping[str, Any]) -> Choice:
    """An event of TGI's own ``generate_stream``: one token, with ``details`` on the last."""
    token, details = answer["token"], answer.get("details")
    return Choice(
        text=None if token.get("special") else text(token.get("text")),
        token_ids=[0],
        finish_reason=text(details.get("finish_reason")) if isinstance(details, dict) else None,
    )


def _tgi_counts(details: object) -> Counts | None:
    if not isinstance(details, dict):
        return None
    return Counts(
        prompt_tokens=count(details.get("input_length")),
        completion_tokens=count(details.get("generated_tokens")),
    )
