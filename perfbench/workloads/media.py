"""Images and sound made of nothing, and files as what chat messages carry.

Writes PNG and WAV with the standard library alone. Pure. Sizes are pixels, lengths seconds.
"""

from __future__ import annotations

import array
import base64
import math
import random
import struct
import sys
import zlib
from typing import Any

SAMPLE_RATE = 16_000
"""Of generated sound, per second: what speech models take."""

_MARKS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"BM": "bmp"}


def png(chance: random.Random, width: int, height: int) -> bytes:
    """An image of coloured rectangles on a ground, as a PNG file; no two are alike."""
    ground = chance.randbytes(3) * width
    rows = [bytearray(ground) for _ in range(height)]
    for _ in range(8):
        left, right = sorted((chance.randrange(width), chance.randrange(width)))
        top, bottom = sorted((chance.randrange(height), chance.randrange(height)))
        colour = chance.randbytes(3) * (right + 1 - left)
        for row in rows[top : bottom + 1]:
            row[3 * left : 3 * right + 3] = colour
    # Each row is after a byte that names its filter: none.
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def wav(chance: random.Random, seconds: float) -> bytes:
    """Two tones of random height as a WAV file: 16 bits, one channel."""
    count = max(1, round(seconds * SAMPLE_RATE))
    low, high = chance.uniform(100, 400), chance.uniform(400, 1600)
    # A second of it is repeated: whole heights come out even, and an hour is made at once.
    period = array.array(
        "h",
        (
            round(9000 * (math.sin(at * round(low)) + math.sin(at * round(high))) / 2)
            for at in (2 * math.pi * i / SAMPLE_RATE for i in range(SAMPLE_RATE))
        ),
    )
    if sys.byteorder == "big":
        period.byteswap()
    samples = (period.tobytes() * (count // SAMPLE_RATE + 1))[: 2 * count]
    form = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body = head + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def image_part(data: bytes) -> dict[str, Any]:
    """An image file as a part of a chat message.

    Raises:
        ValueError: it is no image that services take.
    """
    return {
        "type": "image_url",
        "image_url": {
            "url": f"data:image/{kind_of(data)};base64," + base64.b64encode(data).decode()
        },
    }


def kind_of(data: bytes) -> str:
    """The kind of image that a file is, by its first bytes.

    Raises:
        ValueError: it is no image that services take.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    for mark, kind in _MARKS.items():
        if data.startswith(mark):
            return kind
    raise ValueError("not an image: PNG, JPEG, WebP, GIF and BMP are known")


def audio_part(data: bytes) -> dict[str, Any]:
    """A WAV file as a part of a chat message."""
    return {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(data).decode(), "format": "wav"},
    }


def message(text: str, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One user message of a text and what stands beside it."""
    return [{"role": "user", "content": [{"type": "text", "text": text}, *parts]}]
