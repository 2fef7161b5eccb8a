"""What an answer is made of, whatever API it is in: a script of writes, and heads of responses.

Owns status lines and headers. Knows no events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from perfbench.simulator.api import PHRASES


class Script(msgspec.Struct, frozen=True):
    """Everything that one answer sends, in order."""

    head: bytes
    """Sent as soon as the request is taken on; empty if the answer is not a stream."""
    steps: list[bytes]
    """One write each; ``width`` of them make one decode step. Empty ones send nothing."""
    width: int
    tokens_per_step: int
    tokens: int
    closing: Callable[[int | None], bytes]
    """The last bytes, given the prompt tokens found in the prefix cache (``None``: no cache)."""
    closing_ns: int | None = None
    """Pause before the closing part; ``None`` sends it together with the last step."""
    ending: Literal["keep", "close", "reset"] = "keep"
    """What becomes of the connection."""
    stall_at: int | None = None
    """Position in ``steps`` before which the stream stalls."""
    stall_s: float = 0.0
    split: bool = False
    """Send every write in two parts, inside a character if it has one of several bytes."""
    status: str = "ok"
    """For the ground-truth log: ok, error (in band), cut or empty."""
    finish: str = "stop"

    @property
    def half(self) -> int:
        """Position after half of the steps, at least one."""
        return max(1, len(self.steps) // self.width // 2) * self.width


def plain_response(
    status: int,
    body: bytes,
    keep_alive: bool,
    content_type: str = "application/json",
    extra: str = "",
) -> bytes:
    """A whole response with its length; ``extra`` are header lines ending in CRLF."""
    return (
        f"HTTP/1.1 {status} {PHRASES.get(status, 'Error')}\r\ncontent-type: {content_type}\r\n"
        f"content-length: {len(body)}\r\n{extra}{'' if keep_alive else _CLOSE}\r\n"
    ).encode() + body


def stream_head(content_type: str, chunked: bool, keep_alive: bool) -> bytes:
    """The head of a response whose length is not known."""
    return (
        f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncache-control: no-cache\r\n"
        f"{_CHUNKED if chunked else ''}{'' if keep_alive else _CLOSE}\r\n"
    ).encode()


_CLOSE = "connection: close\r\n"
_CHUNKED = "transfer-encoding: chunked\r\n"
