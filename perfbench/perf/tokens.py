"""Counts the output of stored requests with the tokenizer, after the clock has stopped."""

from __future__ import annotations

from perfbench.store import Run
from perfbench.types import Point
from perfbench.workloads import Tokenizer

_BATCH = 512


def count_tokens(run: Run, point: Point, tokenizer: Tokenizer) -> None:
    """Count the output of every request of a point that has not been counted, and store it.

    Raises:
        StoreError: the run cannot be read or written.
    """
    keys: list[tuple[int, int]] = []
    texts: list[str] = []
    counts: list[tuple[int, int, int]] = []

    def flush() -> None:
        for key, count in zip(keys, tokenizer.count(texts), strict=True):
            counts.append((*key, count))
        keys.clear()
        texts.clear()

    for seq, repeat, text in run.texts(point):
        keys.append((seq, repeat))
        texts.append(text)
        if len(keys) == _BATCH:
            flush()
    if keys:
        flush()
    run.update_output_tokens(point, counts)
