"""Unpacks gzip and deflate bodies a slice at a time, so that a bomb goes off in small steps.

Holds no body: what a slice has no room for is given back to be fed again. Sizes are bytes.
"""

from __future__ import annotations

import zlib

ENCODINGS = ("gzip", "x-gzip", "deflate")


class Inflater:
    """The state of one packed body. Members that follow each other (RFC 1952) are one body; other
    bytes behind the last one are ignored, as browsers do."""

    __slots__ = ("_inflate", "ended")

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        self.ended = False
        """The body was complete where the bytes so far end."""

    def feed(self, data: bytes, most: int) -> tuple[bytes, bytes | None]:
        """At most ``most`` plain bytes, and what of ``data`` must be fed again (``None``: nothing;
        it may be empty while there is more to be had).

        Raises:
            zlib.error: the data is damaged.
        """
        if self.ended:
            if data[:2] != b"\x1f\x8b":
                return b"", None
            self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        plain = self._inflate.decompress(data, most)
        self.ended = self._inflate.eof
        if self.ended:
            return plain, self._inflate.unused_data or None
        return plain, self._inflate.unconsumed_tail if len(plain) == most else None
