"""The prompt of ``--prompt``: one text, sent every time instead of a data set."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from perfbench.errors import WorkloadError
from perfbench.rows import read_text
from perfbench.types import Point, Sample


class FixedPrompt:
    """The same sample without end. ``@FILE`` reads the text from a file.

    Raises:
        WorkloadError: the text is empty, or the file cannot be read.
    """

    notes = ("every request sends the same prompt: a server with a prefix cache reads it once",)

    def __init__(self, prompt: str) -> None:
        text, origin = prompt, "--prompt"
        if prompt.startswith("@"):
            origin = prompt[1:]
            text = read_text(Path(origin)).rstrip("\r\n")
        if not text.strip():
            raise WorkloadError(f"{origin} is empty; it holds the text to send")
        self._sample = Sample("prompt", text)

    def samples(self, point: Point) -> Iterator[Sample]:
        """The sample, again and again."""
        return repeat(self._sample)
