"""Newline-delimited JSON from bytes, without any input or output of its own.

A payload is what stands on a line. Beyond the format, lines that are empty, comments or fields of
server-sent events are taken as those mean them, for some gateways frame a stream twice, and a last
line needs no end.
"""

from __future__ import annotations

_OF_LINES = ("ndjson", "jsonl", "json-seq", "stream")
_NO_DATA = (b":", b"event:", b"id:", b"retry:")


class LineDecoder:
    """Turns chunks, split anywhere, into the payloads of the lines they complete."""

    __slots__ = ("_partial",)

    def __init__(self) -> None:
        self._partial: list[bytes] = []

    @staticmethod
    def named(content_type: str) -> bool | None:
        """Whether a body of this type is a stream of lines; ``None`` if the type does not say."""
        plain = "json" in content_type and not any(kind in content_type for kind in _OF_LINES)
        return None if plain else True

    @staticmethod
    def begun(start: bytes, more: bool) -> bool | None:
        """Whether a body of JSON that begins so is a stream of lines: with an object, and another;
        ``None`` while too little of it has come.

        Args:
            start: what has come so far, or its first kilobytes.
            more: whether more of it is to be expected.
        """
        first, end, rest = start.lstrip().partition(b"\n")
        if not end or not rest.strip():
            return None if more else False
        return first.rstrip()[-1:] == b"}" and first[:1] == b"{"

    def feed_whole(self, chunks: list[bytes]) -> list[bytes] | None:
        """The payload of each chunk, if every chunk is just one line that holds an object.

        Otherwise returns ``None`` and has taken nothing: feed the chunks one by one.
        """
        if self._partial or b"".join(chunks).count(b"\n") != len(chunks):
            return None
        payloads = [each[:-1] for each in chunks if each[:1] == b"{" and each[-1:] == b"\n"]
        return payloads if len(payloads) == len(chunks) else None

    def as_array(self, chunks: list[bytes]) -> bytes | None:
        """The payloads as one JSON array, under the same condition."""
        payloads = self.feed_whole(chunks)
        return None if payloads is None else b"[%b]" % b",".join(payloads)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The payloads of all lines that end inside ``chunk``."""
        *ended, begun = chunk.split(b"\n")
        if ended:
            ended[0] = b"".join([*self._partial, ended[0]])
            self._partial = []
        if begun:
            self._partial.append(begun)
        return [payload for line in ended if (payload := _payload(line))]

    def flush(self) -> list[bytes]:
        """What the end of the stream completes: a last line without its end."""
        payload = _payload(b"".join(self._partial))
        self._partial = []
        return [payload] if payload else []


def _payload(line: bytes) -> bytes:
    line = line.strip(b"\r\n\t \x1e\xef\xbb\xbf")
    if line[:5] == b"data:":
        return line[5:].strip()
    return b"" if line.startswith(_NO_DATA) else line
