"""Chat messages as APIs other than OpenAI's have them: the system's words apart, parts by kind.

What comes is OpenAI's shape, which data sets are written in; what goes out is each endpoint's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from perfbench.endpoints.body import kind_of
from perfbench.errors import ConfigError
from perfbench.types import Message, Sample

_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[^,]*)?,(?P<data>.*)", re.DOTALL)


class Image(msgspec.Struct, frozen=True):
    """An image of a message."""

    url: str
    """As it was given; ``data:`` holds it."""
    media_type: str = ""
    data: str = ""
    """Base64 of its bytes, where the URL holds them."""


Part = str | Image | dict[str, Any]
"""A text, an image, or whatever else a message holds, as it is."""


def chat(sample: Sample, api: str) -> list[Message]:
    """The sample as chat messages: a text is what the user says.

    Raises:
        ConfigError: it is neither.
    """
    content = sample.input
    if isinstance(content, str):
        return [{"role": "user", "content": content}]
    if kind_of(sample) == "messages":
        found: Any = content
        return list(found)
    raise cannot_carry(sample, api, "use --api vllm or sglang")


def system_apart(messages: list[Message]) -> tuple[str, list[Message]]:
    """What the system says, and the turns of the others."""
    said = [text_of(each) for each in messages if each.get("role") in ("system", "developer")]
    turns = [each for each in messages if each.get("role") not in ("system", "developer")]
    return "\n\n".join(said), turns


def parts(message: Message) -> Iterator[Part]:
    """The parts of a message."""
    content = message.get("content")
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and part.get("type") == "text":
            yield str(part.get("text") or "")
        elif isinstance(part, dict) and part.get("type") == "image_url":
            named = part.get("image_url")
            yield _image(str(named.get("url") if isinstance(named, dict) else named))
        elif isinstance(part, dict):
            yield part


def text_of(message: Message) -> str:
    """The texts of a message."""
    return "".join(part for part in parts(message) if isinstance(part, str))


def cannot_carry(sample: Sample, api: str, instead: str) -> ConfigError:
    """What to raise for a sample of a kind that an API has no place for."""
    kind = kind_of(sample)
    what = "a request body of another API" if kind == "body" else kind
    what = "chat messages" if kind == "messages" else what
    return ConfigError(f"sample {sample.id} is {what}, which --api {api} cannot carry: {instead}")


def _image(url: str) -> Image:
    held = _DATA_URL.fullmatch(url)
    return Image(url, held["type"] or "image/png", held["data"]) if held else Image(url)
