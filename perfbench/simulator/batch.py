"""Continuous batching, as vLLM does it: one step at a time, prefill and decode together.

Owns who runs, who waits and how long a step takes. Knows nothing of clocks, sockets or bytes:
``begin`` plans a step and says how long it lasts, ``end`` says who got a token. Durations are ns.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from perfbench.simulator import tokens
from perfbench.simulator.blocks import BlockPool, Lease
from perfbench.simulator.options import Options


@dataclass(slots=True, eq=False)
class Sequence:
    """One request in the batch. Its choices share the prompt and decode side by side."""

    prompt: bytes
    choices: int
    output_tokens: int
    """Longest output of a choice: room for it is reserved, so nothing is ever preempted."""
    owner: Any = None
    lease: Lease | None = None
    cached: int | None = None
    """Prompt tokens found in the prefix cache, once admitted; ``None`` without a cache."""
    to_prefill: int = 0
    keys: list[int] = field(default_factory=list)
    """Keys of its full prompt blocks, when there is a prefix cache."""


class Batch:
    """The state of the engine between two steps."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.pool = BlockPool(options.kv_blocks)
        self.waiting: deque[Sequence] = deque()
        self._prefilling: dict[Sequence, None] = {}
        self._decoding: dict[Sequence, None] = {}
        self._suspended: dict[Sequence, None] = {}
        self._size = 0
        self.cache_queries = 0
        """Prompt tokens looked up in the prefix cache."""
        self.cache_hits = 0
        """Prompt tokens found there."""

    @property
    def running(self) -> list[Sequence]:
        """The admitted sequences."""
        return [*self._prefilling, *self._decoding, *self._suspended]

    def blocks_for(self, prompt_tokens: int, output_tokens: int, choices: int) -> int:
        """KV blocks that a request holds: its prompt once, its output for each choice."""
        size = self._options.block_size
        return -(-(prompt_tokens + output_tokens) // size) + (choices - 1) * -(
            -output_tokens // size
        )

    def add(self, sequence: Sequence) -> None:
        """Queue a sequence; it is admitted in the order of arrival."""
        if self._options.prefix_cache:
            sequence.keys = tokens.block_keys(sequence.prompt, self._options.block_size)
        self.waiting.append(sequence)

    def begin(self) -> int | None:
        """Plan the next step: admit what fits, allot prefill. Its length; ``None`` if idle."""
        budget = max(self._options.max_batched_tokens - len(self._decoding), 1)
        self._admit(budget)
        if not self._prefilling and not self._decoding:
            return None
        prefilled = 0
        for sequence in self._prefilling:
            part = min(budget - prefilled, sequence.to_prefill)
            sequence.to_prefill -= part
            prefilled += part
            if prefilled >= budget:
                break
        step_ms = self._options.step_ms + self._options.step_ms_per_sequence * self._size
        return int(step_ms * 1e6 + prefilled * 1e9 / self._options.prefill_rate)

    def end(self) -> list[Sequence]:
        """The sequences that got a token in this step, in the order of admission."""
        for sequence in [s for s in self._prefilling if not s.to_prefill]:
            del self._prefilling[sequence]
            self._decoding[sequence] = None
        return list(self._decoding)

    def suspend(self, sequence: Sequence) -> None:
        """Let a decoding sequence stand still; it keeps its place and its blocks."""
        del self._decoding[sequence]
        self._suspended[sequence] = None

    def resume(self, sequence: Sequence) -> None:
        """Let it decode again, if it has not left meanwhile."""
        if sequence in self._suspended:
            del self._suspended[sequence]
            self._decoding[sequence] = None

    def remove(self, sequence: Sequence) -> None:
        """Take out a sequence that is done or whose client is gone."""
        if sequence.lease is None:
            self.waiting.remove(sequence)
            return
        for group in (self._prefilling, self._decoding, self._suspended):
            group.pop(sequence, None)
        self._size -= sequence.choices
        self.pool.release(sequence.lease)

    def _admit(self, budget: int) -> None:
        open_budget = budget - sum(sequence.to_prefill for sequence in self._prefilling)
        while self.waiting and open_budget > 0:
            sequence = self.waiting[0]
            # A request with more choices than the batch has places runs when it is alone.
            if self._size and self._size + sequence.choices > self._options.max_batch:
                return
            if not self._take_blocks(sequence):
                return
            self.waiting.popleft()
            self._prefilling[sequence] = None
            self._size += sequence.choices
            open_budget -= sequence.to_prefill

    def _take_blocks(self, sequence: Sequence) -> bool:
        size = self._options.block_size
        length = tokens.count(sequence.prompt)
        blocks = self.blocks_for(length, sequence.output_tokens, sequence.choices)
        lease = self.pool.lease(sequence.keys, blocks)
        if lease is None:
            return False
        sequence.lease = lease
        sequence.to_prefill = length
        if self._options.prefix_cache:
            # The last prompt token is always computed: its result is the first output token.
            sequence.cached = min(lease.hits, max(length - 1, 0) // size) * size
            sequence.to_prefill -= sequence.cached
            self.cache_queries += length
            self.cache_hits += sequence.cached
        return True
