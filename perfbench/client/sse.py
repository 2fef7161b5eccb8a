"""Server-sent events from bytes, without any input or output of its own.

Follows the WHATWG grammar: lines end in LF, CRLF or CR, ``data`` lines of one event are joined by
LF, comments and other fields are skipped. Works on bytes, so a UTF-8 character cut between two
reads is of no account. Beyond the grammar, a last event without its blank line is delivered.
"""

from __future__ import annotations

_BOM = b"\xef\xbb\xbf"
_STREAM_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")
_SNIFFED = 256
"""Bytes that show whether a body of no named type is an event stream."""


class SSEDecoder:
    """Turns chunks, split anywhere, into the data payloads of the events they complete."""

    __slots__ = ("_after_cr", "_clean", "_data", "_first", "_partial")

    def __init__(self) -> None:
        self._partial: list[bytes] = []
        self._data: list[bytes] = []
        self._after_cr = False
        self._first = True
        self._clean = True

    @staticmethod
    def named(content_type: str) -> bool | None:
        """Whether a body of this type is a stream of events; ``None`` if the type does not say."""
        if "event-stream" in content_type:
            return True
        return False if "json" in content_type else None

    @staticmethod
    def begun(start: bytes, more: bool) -> bool | None:
        """Whether a body that begins so is a stream of events: with a field or a comment; ``None``
        while too little of it has come.

        Args:
            start: what has come so far, or its first kilobytes.
            more: whether more of it is to be expected.
        """
        if start.removeprefix(_BOM).lstrip().startswith(_STREAM_STARTS):
            return True
        return None if more and len(start) < _SNIFFED else False

    def feed_whole(self, chunks: list[bytes]) -> list[bytes] | None:
        """The payload of each chunk, if every chunk is just one event of one data line.

        That is what nearly every server sends, and one look at all is cheaper than one at each.
        Otherwise returns ``None`` and has taken nothing: feed the chunks one by one.
        """
        joined = b"".join(chunks)
        if not self._clean or joined.count(b"\n") != 2 * len(chunks) or b"\r" in joined:
            return None
        payloads = [each[6:-2] for each in chunks if each[:6] == b"data: " and each[-2:] == b"\n\n"]
        if len(payloads) != len(chunks):
            return None
        self._first = self._first and not chunks
        return payloads

    def as_array(self, chunks: list[bytes]) -> bytes | None:
        """The payloads as one JSON array, under the same condition and as cheap as can be.

        That a payload is JSON is not looked at here. ``None``: nothing has been taken.
        """
        joined = b"".join(chunks)
        number = len(chunks)
        if (
            not self._clean
            or joined.count(b"\n\ndata: ") != number - 1
            or joined.count(b"\n") != 2 * number
            or b"\r" in joined
            or joined[:6] != b"data: "
        ):
            return None
        # As many blank lines as pieces, and one ends each: an event fills a piece.
        for chunk in chunks:
            if chunk[-2:] != b"\n\n":
                return None
        self._first = False
        return b"[%b]" % joined[6:-2].replace(b"\n\ndata: ", b",")

    def feed(self, chunk: bytes) -> list[bytes]:
        """The payloads of all events that end inside ``chunk``."""
        if self._clean and chunk[-2:] == b"\n\n" and b"\r" not in chunk:
            # Whole events of one data line each.
            payloads = []
            for event in chunk[:-2].split(b"\n\n"):
                if event[:6] != b"data: " or b"\n" in event:
                    break
                payloads.append(event[6:])
            else:
                self._first = False
                return payloads
        return self._feed_lines(chunk)

    def flush(self) -> list[bytes]:
        """What the end of the stream completes: a last event that lacks its blank line."""
        payloads: list[bytes] = []
        if self._partial:
            self._line(b"".join(self._partial), payloads)
            self._partial = []
        self._line(b"", payloads)
        self._after_cr, self._clean = False, True
        return payloads

    def _feed_lines(self, chunk: bytes) -> list[bytes]:
        payloads: list[bytes] = []
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk[:1] == b"\n":
                chunk = chunk[1:]
        for line in chunk.splitlines(keepends=True):
            if line == b"\n" and not (self._partial or self._data or self._first):
                continue  # Blank lines that end nothing may come by the million.
            if line[-1:] not in b"\r\n":
                self._partial.append(line)
                continue
            content = line[:-2] if line[-2:] == b"\r\n" else line[:-1]
            if self._partial:
                self._partial.append(content)
                content = b"".join(self._partial)
                self._partial = []
            self._line(content, payloads)
        self._after_cr = self._after_cr or chunk[-1:] == b"\r"
        self._clean = not (self._partial or self._data or self._after_cr)
        return payloads

    def _line(self, line: bytes, payloads: list[bytes]) -> None:
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        if not line:
            if self._data:
                payloads.append(b"\n".join(self._data))
                self._data = []
        elif line[:5] == b"data:":
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line == b"data":
            self._data.append(b"")
