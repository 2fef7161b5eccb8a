"""Fields of a JSON answer, whatever it turns out to hold; and errors that travel inside a 200.

A field of the wrong type is treated as absent; nothing is guessed from it. Knows no API's shapes
but those of errors, which are much alike everywhere. Counts are tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

ERROR_LIMIT = 2048
"""Bytes of a server's error that are kept."""

_WORDS = ("message", "msg", "error_msg", "error_message", "detail", "status_msg", "error")
"""Where servers put what went wrong."""

_CODES = ("code", "error_code", "error_type", "status_code")
"""What makes an error of a bare ``message``, unless the code is one of a success."""

_SUCCESS = (None, 0, 200, "", "0", "200", "ok", "OK", "success")

_NO_OBJECT: dict[str, Any] = {}


def read(data: bytes) -> Any:
    """Decode any JSON; NaN, infinities and broken UTF-8 are let pass.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(bytes(data).decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def load(data: bytes) -> dict[str, Any]:
    """Decode one JSON object; NaN, infinities and broken UTF-8 are let pass.

    Raises:
        ValueError: it is not JSON, or not an object.
    """
    answer = read(data)
    if not isinstance(answer, dict):
        raise ValueError(f"expected a JSON object, got {type(answer).__name__}")
    return answer


def mapping(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one, which nobody may change."""
    return value if isinstance(value, dict) else _NO_OBJECT


def rows(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none if it is no list."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """The value if it is a string. A surrogate in it may have its other half in the next event."""
    return value if isinstance(value, str) else None


def count(value: object) -> int | None:
    """The value if it is a whole number, also one written as 3.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def tokens(value: object) -> int | None:
    """A count of tokens: servers write -1 or null for what they do not know."""
    known = count(value)
    return None if known is None or known < 0 else known


def total(*counts: int | None) -> int | None:
    """The sum of those that are known; ``None`` if none is."""
    known = [each for each in counts if each is not None]
    return sum(known) if known else None


def arguments(value: object) -> str | None:
    """Arguments of a tool call as text, as OpenAI has them: JSON that others send as it is."""
    if value is None or isinstance(value, str):
        return text(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def tool_call(
    index: int | None, identity: object, name: object, given: object = None
) -> list[dict[str, Any]] | None:
    """A fragment of a tool call in the OpenAI shape, without ``index`` a whole one; ``None`` if it
    says nothing."""
    function = {"name": text(name), "arguments": arguments(given)}
    said = {key: value for key, value in function.items() if value}
    known = text(identity)
    if not (said or known):
        return None
    numbered: dict[str, Any] = {} if index is None else {"index": index}
    return [{**numbered, **({"id": known} if known else {}), "function": said}]


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
    """What a service says went wrong, out of the error object if ``detail`` is one; else all of
    it."""
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


def distinct(places: Sequence[Any]) -> int:
    """How many of several things are there, by the places that each says it has; those that do not
    say are all."""
    if any(not isinstance(place, int) for place in places):
        return len(places)
    return len({*places})
