"""A point's requests, made before its clock starts: samples from the workload, bodies from the
endpoint, due times from the schedule."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil
from typing import NamedTuple

from perfbench.driver.schedule import planned_arrivals, planned_openings
from perfbench.errors import WorkloadError
from perfbench.types import (
    Endpoint,
    Phase,
    Point,
    Question,
    Request,
    Sample,
    Sequel,
    Workload,
)

POOL = 1000
"""Different requests, or conversations, prepared at least for a closed loop that only time bounds;
when they have been asked they start over."""
_MOST_POOLED = 10_000
"""No more are prepared than this unless more are in flight: with a tokenizer and 1,000 tokens each
they take some ten seconds."""
_A_SECOND = 2
"""Requests that a stream is prepared to ask for in a second; few models answer faster."""


class Plan:
    """The requests of one point, built as they are iterated.

    ``keep`` is given the sample of every request that is built here, for those who want to store
    what was asked. Later turns of a conversation are planned, and built where the answers are.
    """

    def __init__(
        self,
        point: Point,
        workload: Workload,
        endpoint: Endpoint,
        path: str,
        stream: bool,
        keep: Callable[[Question], None] | None = None,
    ) -> None:
        self._point = point
        self._workload = workload
        self._endpoint = endpoint
        self._path = path
        self._stream = stream
        self._keep = keep
        timed = point.rate is not None and point.trace_speed is None
        self._offsets = planned_arrivals(point) if timed else None
        self._talks = bool(getattr(workload, "conversations", False))
        self._drawn: list[_Chosen] | None = None
        self._first_seqs: list[int] = []
        """Of each conversation."""
        self.distinct: int | None = None
        """Samples the workload had, if it had fewer than were needed."""

    @property
    def total(self) -> int | None:
        """Requests planned, of all phases; ``None`` if only time bounds the point.

        Where conversations are counted this draws them all, as each has turns of its own.

        Raises:
            WorkloadError: the data set fails or holds nothing.
        """
        point = self._point
        if self._talks and (self._offsets is not None or point.conversations is not None):
            if self._drawn is None:
                self._drawn = list(self._chosen())
            return sum(1 + len(chosen.sample.later) for chosen in self._drawn)
        return planned_openings(point) if self._offsets is None else len(self._offsets)

    def asked(self, last_seq: int | None) -> int:
        """How many of the workload's samples the requests up to this one have taken, at most as
        many as were prepared."""
        if last_seq is None:
            return 0
        if self._talks:
            if not self._first_seqs:
                for _ in self.requests():  # Of a point that another process has run.
                    pass
            return bisect_right(self._first_seqs, last_seq)
        return min(last_seq + 1, sum(self._amounts.values()))

    def requests(self) -> Iterator[Request]:
        """Every request, in order of ``seq``; a conversation as its first one.

        Raises:
            WorkloadError: the data set fails or holds nothing.
        """
        seq = 0
        for place, chosen in enumerate(self._drawn or self._chosen()):
            sample = chosen.sample
            body = self._endpoint.build(sample)
            if self._keep is not None:
                digest = hashlib.sha256(body).hexdigest()
                self._keep(Question(seq, sample, digest[:32]))
            again = f" ({chosen.repeat})" if chosen.repeat else ""
            if self._talks:
                self._first_seqs.append(seq)
            yield Request(
                seq=seq,
                sample_id=sample.id,
                repeat=chosen.repeat,
                phase=chosen.phase,
                body=body,
                path=self._path,
                stream=self._stream,
                offset_ns=self._offset_ns(place, sample),
                input_tokens=sample.input_tokens,
                conversation=sample.group and f"{sample.group}{again}",
                turn=sample.turn,
                model=sample.model,
                turns=1 + len(sample.later) if self._talks else 0,
                sequel=_sequel(sample),
                patience=sample.patience,
            )
            seq += 1 + len(sample.later)

    def _offset_ns(self, place: int, sample: Sample) -> int | None:
        if self._offsets is not None:
            return self._offsets[place]
        if self._point.trace_speed is None:
            return None
        assert sample.offset_s is not None, "the samples of a trace have their arrival"
        return round(sample.offset_s * 1e9)

    @property
    def _amounts(self) -> dict[Phase, int]:
        """How much of each phase is prepared: conversations where they are counted, else requests;
        a pool to start over with where only time bounds the point."""
        point = self._point
        if self._offsets is not None and not (self._talks and point.number is not None):
            measured = len(self._offsets) - point.warmup - point.cooldown
        elif point.conversations is not None:
            measured = point.conversations
        elif point.number is not None:
            measured = point.number
        else:
            measured = _pooled(point, self._talks)
        return {"warmup": point.warmup, "measure": measured, "cooldown": point.cooldown}

    def _chosen(self) -> Iterator[_Chosen]:
        """What is asked, by phase. Where requests are counted, the last conversation of a phase
        ends when there are as many as are wanted."""
        counts_talks = self._point.number is None
        room = None if self._offsets is None else len(self._offsets)
        drawn = self._samples()
        for phase, left in self._amounts.items():
            while left > 0 and room != 0:
                repeat, sample = next(drawn)
                if not counts_talks and len(sample.later) >= left:
                    sample = replace(sample, later=sample.later[: left - 1])
                yield _Chosen(phase, repeat, sample)
                left -= 1 if counts_talks else 1 + len(sample.later)
                room = None if room is None else room - 1

    def _samples(self) -> Iterator[tuple[int, Sample]]:
        """Samples without end, starting over when the workload ends."""
        given = repeat = 0
        while True:
            before = given
            for sample in self._workload.samples(self._point):
                if repeat and self.distinct is None:
                    self.distinct = before
                yield repeat, sample
                given += 1
            if given == before:
                raise WorkloadError("the workload has no samples, so there is nothing to send")
            repeat += 1


def _pooled(point: Point, talks: bool) -> int:
    """How many different requests a load that only time ends is prepared to ask."""
    streams = point.parallel or 1
    lasts = 0.0 if talks or point.duration_s is None else point.duration_s
    return max(2 * streams, POOL, min(_MOST_POOLED, ceil(_A_SECOND * streams * lasts)))


class _Chosen(NamedTuple):
    """What is asked, and as what."""

    phase: Phase
    repeat: int
    sample: Sample


def _sequel(sample: Sample) -> Sequel | None:
    if not sample.later:
        return None
    if not isinstance(sample.input, list) or not isinstance(sample.input[0], dict):
        raise WorkloadError(f"{sample.id}: a conversation opens with messages")
    return Sequel(sample.input, sample.later)


def repetition_note(distinct: int, sent: int | None = None) -> str:
    """What to tell the user when prompts were used more than once.

    Args:
        sent: requests of one point; ``None`` if only those of all points are more than prompts.
    """
    prompts = "1 prompt" if distinct == 1 else f"{distinct:,} different prompts"
    requests = "all points of the sweep" if sent is None else f"{sent:,} requests"
    return (
        f"{prompts} for {requests}, so they repeat; "
        "a service with prefix caching answers repeated prompts faster"
    )
