"""The simulator's tokenizer: four bytes of UTF-8 are one token.

A token's id is its four bytes as a little-endian number (the last token is padded with zeros), so
that text and token ids share one form: *prompt data*, four bytes for each token. Knows nothing of
requests or HTTP.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import Any

BYTES_PER_TOKEN = 4
_ID = next(code for code in "IL" if array(code).itemsize == BYTES_PER_TOKEN)


def encode_text(text: str) -> bytes:
    """Prompt data of a text."""
    data = text.encode("utf-8", "replace")
    return data + bytes(-len(data) % BYTES_PER_TOKEN)


def encode_ids(ids: Sequence[int]) -> bytes:
    """Prompt data of token ids.

    Raises:
        ValueError: an id is not an integer from 0 to 2**32 - 1.
    """
    try:
        return _little_endian(array(_ID, ids)).tobytes()
    except (OverflowError, TypeError):
        raise ValueError("token ids are integers from 0 to 4294967295") from None


def decode_ids(data: bytes) -> list[int]:
    """The token ids of prompt data."""
    return _little_endian(array(_ID, data)).tolist()


def count(data: bytes) -> int:
    """Number of tokens in prompt data."""
    return len(data) // BYTES_PER_TOKEN


def render_chat(messages: Sequence[dict[str, Any]]) -> str:
    """Chat messages as one text, by the simulator's chat template.

    Parts that are not text (images, audio) count as the name of their type.
    """
    turns = [
        f"<|{turn.get('role', 'user')}|>\n{_content(turn.get('content'))}" for turn in messages
    ]
    return "\n".join(turns) + "\n<|assistant|>\n"


def block_keys(data: bytes, block_size: int) -> list[int]:
    """A key for each full block of ``block_size`` tokens that stands for all tokens up to its end.

    Equal keys mean equal prefixes, within one process.
    """
    width = block_size * BYTES_PER_TOKEN
    keys: list[int] = []
    key = 0
    for end in range(width, len(data) + 1, width):
        key = hash((key, data[end - width : end]))
        keys.append(key)
    return keys


def _content(content: Any) -> str:
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        return "".join(str(part.get("text", f"<|{part.get('type')}|>")) for part in parts)
    return "" if content is None else str(content)


def _little_endian(ids: array[int]) -> array[int]:
    if sys.byteorder == "big":
        ids.byteswap()
    return ids
