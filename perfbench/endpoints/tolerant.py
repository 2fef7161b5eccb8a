"""The slow, forgiving way to read an answer: any JSON object, into the regular shapes.

Takes what servers really send where OpenAI's shapes say otherwise (content as a list of parts,
nulls and wrong types, NaN, lone surrogates, TGI's own events) and finds errors that travel inside
a 200. A field of the wrong type is treated as absent; nothing is guessed from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Raw

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

ERROR_LIMIT = 2048
"""Bytes of a server's error that are kept."""

_WORDS = ("message", "msg", "error_msg", "error_message", "detail", "status_msg", "error")
"""Where servers put what went wrong."""

_CODES = ("code", "error_code", "error_type", "status_code")
"""What makes an error of a bare ``message``, unless the code is one of a success."""

_SUCCESS = (None, 0, 200, "", "0", "200", "ok", "OK", "success")


def load(data: bytes) -> dict[str, Any]:
    """Decode one JSON object; NaN, infinities and broken UTF-8 are let pass.

    Raises:
        ValueError: it is not JSON, or not an object.
    """
    try:
        answer = json.loads(bytes(data).decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if not isinstance(answer, dict):
        raise ValueError(f"expected a JSON object, got {type(answer).__name__}")
    return answer


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
        id=_text(answer.get("id")),
        choices=regular_choices,
        usage=_counts(answer.get("usage")) or _tgi_counts(answer.get("details")),
        timings=_timings(timings) if isinstance(timings, dict) else None,
        x_groq=Groq(_counts(groq.get("usage"))) if isinstance(groq, dict) else None,
    )


def error_text(answer: Mapping[str, Any]) -> str | None:
    """The server's own words if the object reports an error, at most 2 kB; else ``None``.

    An error is an ``error`` or ``errors`` field that is not empty. Where there are neither choices
    nor usage it is also: an object or type called an error, a ``detail``, MiniMax's ``base_resp``
    with a code, and a ``message`` that stands alone or beside the code of a failure.
    """
    error = answer.get("error") or answer.get("errors")
    if error:
        words = _words(error) or _words(answer) or _json(error)
    elif answer.get("choices") or answer.get("usage") or not _is_error(answer):
        return None
    else:
        words = _words(answer.get("base_resp")) or _words(answer) or _json(answer)
    return words.encode(errors="replace")[:ERROR_LIMIT].decode(errors="ignore")


def said(detail: str) -> str:
    """What a service says went wrong, out of the error object if ``detail`` is one, whole or
    inside other JSON; else all of it."""
    try:
        return error_text(load(detail.encode(errors="replace"))) or detail
    except ValueError:
        return detail


def _is_error(answer: Mapping[str, Any]) -> bool:
    named = f"{answer.get('object')} {answer.get('type')} {answer.get('status')}".lower()
    if "error" in named or answer.get("detail"):
        return True
    if isinstance(reply := answer.get("base_resp"), dict):
        return reply.get("status_code") not in _SUCCESS
    coded = any(answer.get(key) not in _SUCCESS for key in _CODES)
    return bool(_words(answer)) and (coded or len(answer) == 1)


def _words(error: object) -> str | None:
    """The message of an error, if it has one."""
    if isinstance(error, list) and len(error) == 1:
        error = error[0]
    if isinstance(error, dict):
        messages = (error.get(key) for key in _WORDS)
        return next((text for text in messages if isinstance(text, str) and text.strip()), None)
    return error if isinstance(error, str) else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _choice(choice: Mapping[str, Any]) -> Choice:
    delta, message = choice.get("delta"), choice.get("message")
    token_ids, logprobs = choice.get("token_ids"), choice.get("logprobs")
    return Choice(
        index=_count(choice.get("index")),
        delta=_message(delta) if isinstance(delta, dict) else None,
        finish_reason=_text(choice.get("finish_reason")),
        text=_text(choice.get("text")),
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
        refusal=_text(message.get("refusal")),
    )


def _parts(content: object) -> tuple[str | None, str | None]:
    """Text and reasoning of a content that is a string or a list of parts."""
    if not isinstance(content, list):
        return _text(content), None
    texts, thoughts = [], []
    for part in content:
        if isinstance(part, dict):
            thoughts.append(_joined(part.get("thinking")))
            texts.append(_joined(part.get("text")))
        else:
            texts.append(_text(part) or "")
    return "".join(texts), "".join(thoughts)


def _joined(value: object) -> str:
    """A string, or the texts of a list of parts (Mistral's thinking)."""
    if not isinstance(value, list):
        return _text(value) or ""
    return "".join(_text(part.get("text")) or "" for part in value if isinstance(part, dict))


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
        name: _count(usage.get(name))
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
    return Details(_count(details.get("cached_tokens")), _count(details.get("reasoning_tokens")))


def _timings(timings: Mapping[str, Any]) -> Timings:
    return Timings(*(_count(timings.get(name)) for name in Timings.__struct_fields__))


def _tgi_choice(answer: Mapping[str, Any]) -> Choice:
    """An event of TGI's own ``generate_stream``: one token, with ``details`` on the last."""
    token, details = answer["token"], answer.get("details")
    return Choice(
        text=None if token.get("special") else _text(token.get("text")),
        token_ids=[0],
        finish_reason=_text(details.get("finish_reason")) if isinstance(details, dict) else None,
    )


def _tgi_counts(details: object) -> Counts | None:
    if not isinstance(details, dict):
        return None
    return Counts(
        prompt_tokens=_count(details.get("input_length")),
        completion_tokens=_count(details.get("generated_tokens")),
    )


def _text(value: object) -> str | None:
    """The value if it is a string, fit to be stored: a surrogate without its other half is not."""
    if not isinstance(value, str):
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _count(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
