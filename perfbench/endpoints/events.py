"""What a server's answer says: one event's data, or a whole body, to a ``Delta``.

Stateless, so an event means the same wherever it stands; cumulative counts (``usage`` in every
event) stay cumulative. ``parse_event`` is called for every event of every stream: a typed decode
and one construction in the usual case. Whatever does not fit the usual shapes takes the slow way
through ``tolerant``, and only what is not a JSON object at all is refused.

How the fields are read:

- ``text`` is ``content``, else ``text`` (completions), else ``refusal``, which is what the model
  says in place of content. ``reasoning`` is ``reasoning_content``, else ``reasoning``.
- A tool-call fragment that names nothing and adds no argument text is dropped: it is no token.
- ``tokens`` is known from ``token_ids`` or ``logprobs`` and is ``None`` otherwise, also where they
  are empty.
- An event with several choices (a whole body with ``n`` > 1) is the Delta of the first, with the
  others in ``more``; ``usage``, ``error`` and ``tokens`` are of all of them. Servers stream the
  choices of ``n`` > 1 in events of their own, which ``choice`` tells apart.
- llama.cpp puts the answers of ``n`` > 1 into one body with the counts of the first answer alone:
  there the output tokens are unknown. Its ``timings`` give it away.
- A choice that finished with reason ``error`` is an error, with or without an error object.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from perfbench.endpoints import fields, tolerant
from perfbench.endpoints.shapes import (
    Choice,
    Counts,
    Details,
    Event,
    Message,
    decode_event,
    decode_events,
    decode_plain_chat,
    decode_plain_completions,
)
from perfbench.types import Delta, Usage

_NO_REASON = ("", "null")
"""How some servers spell a finish reason that is not there."""

_UNDECODED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises when an event is not of the usual shapes."""

_MOST_CALLS = 1 << 12
"""Tool calls of one event that are read: far more than anybody keeps of an answer."""

_NO_MESSAGE = Message()
_NO_DETAILS = Details()
_NO_USAGE = Usage()


def parse_event(data: bytes) -> Delta:
    """Read one event's data (without ``data:``; never ``[DONE]``), or a whole body.

    Raises:
        ValueError: it is not JSON, or not an object.
    """
    try:
        event = decode_event(data)
    except _UNDECODED:
        return _tolerant(data)
    return _usual(event) or _unusual(event, data)


def parse_events(events: Sequence[bytes]) -> list[Delta]:
    """``[parse_event(data) for data in events]``, faster: one decode for all of them.

    Raises:
        ValueError: at least one of them is not a JSON object. Nothing is returned then; read
            them one by one to learn which.
    """
    try:
        decoded = decode_events(b"[" + b",".join(events) + b"]")
    except _UNDECODED:
        decoded = []
    if len(decoded) != len(events):
        return [parse_event(data) for data in events]
    return [
        _usual(event) or _unusual(event, data) for event, data in zip(decoded, events, strict=True)
    ]


def plain_chat_texts(array: bytes) -> list[str] | None:
    """The texts of chat events that carry text of choice 0 and nothing else, given as one JSON
    array; ``None`` if any is otherwise. Then :func:`parse_events` says what they are.
    """
    try:
        texts = [event.choices[0].delta.content for event in decode_plain_chat(array)]
    except _UNDECODED:
        return None
    return texts if all(texts) else None


def plain_completion_texts(array: bytes) -> list[str] | None:
    """The same for completions."""
    try:
        texts = [event.choices[0].text for event in decode_plain_completions(array)]
    except _UNDECODED:
        return None
    return texts if all(texts) else None


def _usual(event: Event) -> Delta | None:
    """The Delta of an event that carries text or reasoning of one choice and nothing else."""
    choices = event.choices
    if not choices or len(choices) > 1 or event.usage or event.error or event.timings:
        return None
    choice = choices[0]
    if choice.finish_reason or choice.logprobs or choice.token_ids:
        return None
    if choice.usage or choice.error or event.x_groq:
        return None
    message = choice.delta
    if message is None:
        if choice.message is not None or choice.text is None:
            return None
        return Delta(choice.text, "", None, None, None, None, event.id, None, choice.index or 0)
    if message.tool_calls or message.function_call or message.refusal:
        return None
    return Delta(
        message.content or choice.text or "",
        message.reasoning_content or message.reasoning or "",
        None,
        None,
        None,
        None,
        event.id,
        None,
        choice.index or 0,
    )


def _unusual(event: Event, data: bytes) -> Delta:
    if event.error or not (event.choices or event.usage or event.timings):
        return _tolerant(data)
    return _delta(event)


def _tolerant(data: bytes) -> Delta:
    answer = fields.load(data)
    try:
        delta = _delta(tolerant.regular(answer))
        delta.error = fields.error_text(answer) or delta.error
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    return delta


def _delta(event: Event) -> Delta:
    choices = event.choices or []
    if not choices:
        delta = Delta()
    else:
        each = [_of_choice(choice, position) for position, choice in enumerate(choices)]
        delta = each[0]
        if len(each) > 1:
            counted = all(one.tokens or not one.token_bearing for one in each)
            delta.tokens = sum(one.tokens or 0 for one in each) or None if counted else None
            delta.error = next((one.error for one in each if one.error), None)
            delta.more = each[1:]
    delta.response_id = event.id
    delta.usage = _usage(event, choices)
    delta.usage_apart = delta.usage is not None and len(choices) != 1
    return delta


def _of_choice(choice: Choice, position: int) -> Delta:
    message = choice.delta or choice.message or _NO_MESSAGE
    delta = Delta(
        text=message.content or choice.text or message.refusal or "",
        reasoning=message.reasoning_content or message.reasoning or "",
        choice=position if choice.index is None else choice.index,
        tokens=_token_count(choice),
    )
    if message.tool_calls or message.function_call:
        delta.tool_calls = _tool_calls(message) or None
    if choice.finish_reason and choice.finish_reason not in _NO_REASON:
        delta.finish = choice.finish_reason
    if choice.error or choice.finish_reason == "error":
        delta.error = _choice_error(choice)
    return delta


def _choice_error(choice: Choice) -> str:
    return fields.error_text({"error": choice.error}) or 'finish_reason "error"'


def _token_count(choice: Choice) -> int | None:
    """Tokens the choice says it carries."""
    if choice.token_ids:
        return len(choice.token_ids)
    if choice.logprobs:
        return len(choice.logprobs.content or choice.logprobs.tokens or ()) or None
    return None


def _tool_calls(message: Message) -> list[dict[str, Any]]:
    """Fragments in the OpenAI shape. Those of whole bodies have no index: they are numbered."""
    calls = message.tool_calls or []
    if message.function_call:
        calls = [*calls, {"function": message.function_call}]
    fragments = []
    for position, call in enumerate(calls[:_MOST_CALLS]):
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = function.get("name"), function.get("arguments")
        if arguments is not None and not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
        if not (name or arguments or call.get("id")):
            continue
        index = call.get("index")
        fragment: dict[str, Any] = {"index": index if isinstance(index, int) else position}
        if call.get("id"):
            fragment["id"] = call["id"]
        parts = {"name": name, "arguments": arguments}
        fragment["function"] = {key: value for key, value in parts.items() if value is not None}
        fragments.append(fragment)
    return fragments


def _usage(event: Event, choices: Sequence[Choice]) -> Usage | None:
    """Counts from wherever the event has them; ``None`` if it states none."""
    if event.usage is not None and (usage := _from_counts(event.usage)):
        if event.timings is not None and len(choices) > 1:
            return Usage(usage.input_tokens, None, usage.cached_tokens)
        return usage
    elsewhere = [choice.usage for choice in choices]
    if event.x_groq is not None:
        elsewhere.append(event.x_groq.usage)
    for counts in elsewhere:
        if counts is not None and (usage := _from_counts(counts)):
            return usage
    timings = event.timings
    if timings is None or timings.predicted_n is None or len(choices) > 1:
        return None
    prompt = None
    if timings.prompt_n is not None and timings.cache_n is not None:
        prompt = timings.prompt_n + timings.cache_n
    return Usage(prompt, timings.predicted_n, timings.cache_n)


def _from_counts(counts: Counts) -> Usage | None:
    prompt = counts.prompt_tokens_details or _NO_DETAILS
    completion = counts.completion_tokens_details or _NO_DETAILS
    usage = Usage(
        _first(counts.prompt_tokens, counts.input_tokens),
        _first(counts.completion_tokens, counts.output_tokens),
        _first(prompt.cached_tokens, counts.cached_tokens, counts.prompt_cache_hit_tokens),
        _first(completion.reasoning_tokens, counts.reasoning_tokens),
    )
    return None if usage == _NO_USAGE else usage


def _first(*counts: int | None) -> int | None:
    """The first count that is one: servers write -1 or null for what they do not know."""
    for count in counts:
        if count is not None and count >= 0:
            return count
    return None
