"""Settings of the images and the sound that requests carry."""

from __future__ import annotations

import re

from pydantic import field_validator

from perfbench.config.base import Settings
from perfbench.config.facts import setting

_LARGEST = 1 << 14


class MediaSettings(Settings):
    """What stands beside the text of a request."""

    images: int = setting(1, "Images of a request.", "Workload", ge=1)
    image_size: str = setting(
        "512x512", "Width and height of generated images.", "Workload", "pixels", metavar="WxH"
    )
    audio_s: float = setting(5.0, "Length of generated sound.", "Workload", "s", gt=0, le=3600)

    @field_validator("image_size")
    @classmethod
    def _two_numbers(cls, text: str) -> str:
        size_of(text)
        return text


def size_of(text: str) -> tuple[int, int]:
    """Width and height out of ``512x512``.

    Raises:
        ValueError: it is none, or larger than any service takes.
    """
    found = re.fullmatch(r"(\d+)[x×](\d+)", text.strip().lower())
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (1 <= width <= _LARGEST and 1 <= height <= _LARGEST):
        raise ValueError(f"an image is WIDTHxHEIGHT, such as 512x512, up to {_LARGEST} each")
    return width, height
