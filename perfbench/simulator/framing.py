"""Events on the wire: server-sent events in every legal form, lines of JSON, HTTP chunks.

Owns line ends, comments and chunk sizes. Knows nothing of what an event says.
"""

from __future__ import annotations

DONE = b"[DONE]"
LAST_CHUNK = b"0\r\n\r\n"


class Framer:
    """Frames the events of one stream."""

    __slots__ = ("_chunked", "_form", "_made")

    def __init__(self, form: str, chunked: bool) -> None:
        """``form``: ``lf``, ``crlf``, ``cr`` or ``odd`` server-sent events, or ``lines``.
        ``chunked``: each event is a chunk of its own."""
        self._form = form
        self._chunked = chunked
        self._made = 0

    @property
    def each_differs(self) -> bool:
        """Whether equal payloads are framed in different ways."""
        return self._form == "odd"

    def frame(self, payload: bytes, name: str = "") -> bytes:
        """One event; ``name`` is its type, if it is sent."""
        event = self._event(payload)
        if name:
            end = {"crlf": b"\r\n", "cr": b"\r"}.get(self._form, b"\n")
            event = b"event: %b%b%b" % (name.encode(), end, event)
        return b"%x\r\n%b\r\n" % (len(event), event) if self._chunked else event

    def end(self) -> bytes:
        """The end of the body."""
        return LAST_CHUNK if self._chunked else b""

    def _event(self, payload: bytes) -> bytes:
        if self._form == "lf":
            return b"data: %b\n\n" % payload
        if self._form == "lines":
            return b"%b\n" % payload
        if self._form == "odd":
            self._made += 1
            return _odd(payload, self._made - 1)
        end = b"\r\n" if self._form == "crlf" else b"\r"
        return b"data: %b%b%b" % (payload, end, end)


def _odd(payload: bytes, number: int) -> bytes:
    """Legal SSE that simple parsers get wrong; five kinds in turn.

    ``[DONE]`` ends the stream without the blank line that the standard asks for.
    """
    if payload == DONE:
        return b"data: [DONE]\n"
    kinds = (
        b": keep-alive\n\ndata: %b\n\n",
        b"event: message\r\ndata:%b\r\n\r\n",
        b"data: %b\r\r",
        b"id: 7\nretry: 3000\ndata: %b\r\n\n",
    )
    kind = number % (len(kinds) + 1)
    if kind < len(kinds):
        return kinds[kind] % payload
    # A line feed between two JSON tokens is white space: the joined lines are the same object.
    first, _, second = payload.partition(b'"choices":')
    return (
        b'data: %b"choices":\ndata: %b\n\n' % (first, second)
        if second
        else b"data: %b\n\n" % payload
    )
