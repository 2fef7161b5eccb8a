"""When each step of each answer is due: an exact schedule, or continuous batching.

Owns due times. Knows nothing of bytes or sockets. Instants are ``perf_counter_ns``.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Protocol

from perfbench.simulator.batch import Batch, Sequence
from perfbench.simulator.book import Book
from perfbench.simulator.generation import Generation
from perfbench.simulator.loop import Loop
from perfbench.simulator.options import Options
from perfbench.simulator.output import draw


class Pacing(Protocol):
    """Drives answers from their start to their last token."""

    def start(self, generation: Generation, start_ns: int) -> None:
        """Take on an answer whose request counts as arrived at ``start_ns``."""

    def gauges(self) -> dict[str, float]:
        """Running, waiting, cache usage and cache counters, by vLLM's names."""


class ExactPacing:
    """Token i is due at arrival + ttft + i * itl, whatever else goes on."""

    def __init__(self, options: Options, loop: Loop, book: Book) -> None:
        self._loop = loop
        self._book = book
        self._ttft_ns = (options.ttft_ms or 0.0) * 1e6
        self._itl_ns = (options.itl_ms or 0.0) * 1e6
        self._jitter = options.jitter
        self._seed = options.seed
        self._running = 0

    def start(self, generation: Generation, start_ns: int) -> None:
        self._running += 1
        generation.on_end = self._left
        self._loop.at(start_ns + self._jittered(self._ttft_ns, generation), self._due, generation)

    def gauges(self) -> dict[str, float]:
        return _gauges(self._running, 0, 0.0, (0, 0))

    def _due(self, due: int, generation: Generation) -> None:
        if generation.ended:
            return
        if generation.position == generation.stall_at:
            generation.stall_at = None
            pause = int(generation.script.stall_s * 1e9)
            self._loop.at(due + pause, self._due, generation)
            return
        before = generation.last
        more = generation.emit(due, self._loop)
        if before:
            self._book.gaps.observe(generation.last - before)
        if more:
            # Without a gap the next token follows this one at once, after everybody else's.
            base = due if self._itl_ns else perf_counter_ns()
            gap = self._itl_ns * generation.call.options.tokens_per_event
            self._loop.at(base + self._jittered(gap, generation), self._due, generation)

    def _left(self, generation: Generation) -> None:
        self._running -= 1

    def _jittered(self, gap_ns: float, generation: Generation) -> int:
        if self._jitter:
            luck = draw(self._seed, generation.call.number, 1 + generation.position)
            gap_ns *= 1 + self._jitter * (2 * luck - 1)
        return int(gap_ns)


class BatchPacing:
    """Tokens come at the ends of the steps of one batch."""

    def __init__(self, options: Options, loop: Loop, book: Book) -> None:
        self._loop = loop
        self._book = book
        self._batch = Batch(options)
        self._sequences: dict[Generation, Sequence] = {}
        self._stepping = False
        self._step_ns = 0
        self._last_end = 0

    def start(self, generation: Generation, start_ns: int) -> None:
        call = generation.call
        sequence = Sequence(call.prompt, call.choices, call.tokens, owner=generation)
        self._sequences[generation] = sequence
        generation.on_end = self._left
        self._batch.add(sequence)
        self._wake()

    def gauges(self) -> dict[str, float]:
        batch = self._batch
        usage = batch.pool.used / batch.pool.total
        counters = (batch.cache_queries, batch.cache_hits)
        return _gauges(len(batch.running), len(batch.waiting), usage, counters)

    def _wake(self) -> None:
        if not self._stepping:
            self._stepping = True
            # As a timer, so that requests that arrived together are admitted together.
            self._loop.at(perf_counter_ns(), self._begin)

    def _begin(self, due: int, argument: None) -> None:
        duration = self._batch.begin()
        if duration is None:
            self._stepping = False
            return
        self._step_ns = duration
        self._loop.at(due + duration, self._end)

    def _end(self, due: int, argument: None) -> None:
        now = perf_counter_ns()
        repeated = 0
        for sequence in self._batch.end():
            generation: Generation = sequence.owner
            if generation.ended:
                continue
            if generation.position == generation.stall_at:
                generation.stall_at = None
                self._batch.suspend(sequence)
                until = due + int(generation.script.stall_s * 1e9)
                self._loop.at(until, self._resume, sequence)
                continue
            generation.cached = sequence.cached
            repeated += generation.position > 0
            if not generation.emit(due, self._loop):
                self._release(generation)
        if repeated:
            self._book.gaps.observe(now - self._last_end, repeated)
        self._last_end = now
        # An engine that is behind does not hurry: its next step begins when this one is over.
        self._begin(due if perf_counter_ns() - due < self._step_ns else perf_counter_ns(), None)

    def _resume(self, due: int, sequence: Sequence) -> None:
        self._batch.resume(sequence)
        self._wake()

    def _left(self, generation: Generation) -> None:
        self._release(generation)

    def _release(self, generation: Generation) -> None:
        sequence = self._sequences.pop(generation, None)
        if sequence is not None:
            self._batch.remove(sequence)


def _gauges(running: int, waiting: int, usage: float, cache: tuple[int, int]) -> dict[str, float]:
    return {
        "vllm:num_requests_running": running,
        "vllm:num_requests_waiting": waiting,
        "vllm:kv_cache_usage_perc": usage,
        "vllm:prefix_cache_queries_total": cache[0],
        "vllm:prefix_cache_hits_total": cache[1],
    }
