"""The workloads that replay a recorded trace: its arrivals, its lengths, its shared prefixes.

A trace says when requests came, not what was in them. Prompts are generated of exactly the
recorded lengths; where the trace tells which blocks of a prompt were equal (Mooncake's
``hash_ids``), equal blocks are of equal tokens, so that a prefix cache sees what the recorded
service's saw. A row with a whole body is sent as it is. Knows the formats by name only
(``trace_rows``). Instants are seconds after the beginning of what is replayed, on the trace's own
clock; lengths tokens.
"""

from __future__ import annotations

import functools
import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import gcd
from pathlib import Path

import msgspec

from perfbench.config import PerfConfig
from perfbench.errors import WorkloadError
from perfbench.rows import DataFile
from perfbench.types import Point, Sample
from perfbench.workloads import trace_rows
from perfbench.workloads.generator import PromptGenerator, Wanted
from perfbench.workloads.prompts import required_path
from perfbench.workloads.tokenizer import Tokenizer
from perfbench.workloads.trace_rows import Format, Row, Rows

BLOCK = 512
"""Tokens of a block that ``hash_ids`` name."""
_CORPUS = 1 << 20
"""Least words that the blocks of a trace are cut from."""


class Trace:
    """The requests of a trace, in the order of their arrival.

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: it cannot be read, a row is malformed, or no row is left to be sent.
    """

    ignores = frozenset({"prefix_length", "prefixes", "prefix_choice", "input_lengths"})
    uses = frozenset({"trace_speed", "trace_start", "trace_duration"})
    form: Format = staticmethod(trace_rows.generic)

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        self._config = config
        # A trace's prompts are of whole lengths: what generated ones put in front does not hold.
        self._generator = PromptGenerator(config.dataset, config, tokenizer)
        self._rows, self._notes = _chosen(config, self.form)
        self._cut = 0

    @classmethod
    def arrivals(cls, config: PerfConfig) -> list[float]:
        """When the requests arrive, ascending."""
        return [row.at_s for row in _chosen(config, cls.form)[0]]

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        found = [*self._notes, *self._generator.notes]
        if self._cut:
            found.append(
                f"{self._cut} prompts of the trace are shorter than what stands around any prompt "
                "(chat template, BOS); they are as short as can be"
            )
        forced = self._config.ignore_eos or "ignore_eos" in self._config.extra_args
        if not forced and any(row.output_tokens for row in self._rows):
            found.append(
                "answers are limited to the trace's output lengths, and may end before; "
                "--ignore-eos makes them reach it where the service knows it"
            )
        return found

    def samples(self, point: Point) -> Iterator[Sample]:
        """Every request of the trace, each with its arrival at the point's speed. No two points
        share prompts."""
        blocks = _Blocks(self._rows, point, self._generator.words)
        wanted = (self._wanted(row, blocks) for row in self._rows if row.input is None)
        generated = self._generator.made(point, wanted)
        speed = point.trace_speed or 1.0
        for row in self._rows:
            sample = next(generated) if row.input is None else Sample(row.id, row.input)
            limit = row.output_tokens
            yield replace(
                sample,
                id=row.id,
                max_tokens=None if limit is None else max(1, limit),
                offset_s=row.at_s / speed,
            )

    def _wanted(self, row: Row, blocks: _Blocks) -> Wanted:
        assert row.input_tokens is not None
        length = max(row.input_tokens, self._generator.least)
        self._cut += length > max(1, row.input_tokens)
        return Wanted(length, blocks.words(row))


class Mooncake(Trace):
    """Mooncake's traces (JSONL): equal ``hash_ids`` are equal blocks of 512 tokens."""

    form = staticmethod(trace_rows.mooncake)


class AzureLLM(Trace):
    """The Azure LLM inference traces (CSV)."""

    form = staticmethod(trace_rows.azure_llm)


class BurstGPT(Trace):
    """BurstGPT's traces (CSV), without the requests that failed."""

    form = staticmethod(trace_rows.burstgpt)


class _Blocks:
    """The words of the blocks of a trace: equal numbers, equal words.

    Blocks are cut from one sequence of random words, each at a place of its own, so that a hundred
    million tokens cost no more than their copying.
    """

    def __init__(self, rows: Sequence[Row], point: Point, words: Sequence[str]) -> None:
        numbers = dict.fromkeys(block for row in rows for block in row.blocks)
        self._rank = {number: rank for rank, number in enumerate(numbers)}
        self._size = max(_CORPUS, 4 * len(numbers)) if numbers else 0
        self._step = next(
            step for step in range(2 * BLOCK + 1, 1 << 20, 2) if gcd(step, max(1, self._size)) == 1
        )
        # Few blocks do not reach its end: what they are not cut from is not drawn.
        reached = min(self._size, self._step * len(numbers))
        chance = random.Random(f"{point.seed}/{point.index}/blocks")
        self._corpus = chance.choices(words, k=reached + BLOCK) if numbers else []

    def words(self, row: Row) -> list[str]:
        """The words of a row's blocks, one a token; none where it has no blocks."""
        found: list[str] = []
        for block in row.blocks:
            place = self._rank[block] * self._step % self._size
            found += self._corpus[place : place + BLOCK]
        return found


def _chosen(config: PerfConfig, form: Format) -> tuple[list[Row], list[str]]:
    """The rows that the settings leave of the trace, their instants from its new beginning, and
    what to say of it."""
    path = required_path(config, "the trace's file").expanduser()
    try:
        state = path.stat()
    except OSError as error:
        raise WorkloadError(f"cannot read {path}: {error.strerror or error}") from None
    found = _read(path, form, (state.st_mtime_ns, state.st_size))
    origin = found.rows[0].at_s
    times = [row.at_s - origin for row in found.rows]
    start, end = config.trace_start, None
    if config.trace_duration is not None:
        end = bisect_left(times, start + config.trace_duration)
    kept = [
        msgspec.structs.replace(row, at_s=at_s - start)
        for row, at_s in zip(found.rows[:end], times, strict=False)
        if at_s >= start
    ]
    if not kept:
        raise WorkloadError(
            f"{path}: no request in the part that --trace-start and --trace-duration leave; the "
            f"trace lasts {times[-1]:,.1f} s"
        )
    notes = [f"{path.name}: {len(times):,} requests over {times[-1]:,.1f} s on the trace's clock"]
    if found.failed:
        notes.append(f"{found.failed:,} rows of the trace are left out: they had no answer there")
    if found.sorted:
        notes.append("the rows of the trace are not in the order of time; they are sent in it")
    fitting = [row for row in kept if _fits(row, config)]
    if not fitting:
        raise WorkloadError(f"{path}: no request is as long as --min- and --max-prompt-length say")
    if len(fitting) < len(kept):
        notes.append(
            f"{len(kept) - len(fitting):,} of {len(kept):,} requests of the trace are left out: "
            "their prompts are not of the lengths asked for (--min- and --max-prompt-length)"
        )
    return fitting, notes


@functools.lru_cache(maxsize=1)
def _read(path: Path, form: Format, state: tuple[int, int]) -> Rows:
    """The trace, kept for the second who asks: who plans the arrivals, and who makes prompts.

    ``state`` tells one state of the file from another.
    """
    return trace_rows.read_rows(DataFile(path), form)


def _fits(row: Row, config: PerfConfig) -> bool:
    length, shortest, longest = row.input_tokens, config.min_prompt_length, config.max_prompt_length
    if length is None:
        return True
    return (shortest or 0) <= length and (longest is None or length <= longest)
