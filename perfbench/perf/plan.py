"""A point's requests, made before its clock starts: samples from the workload, bodies from the
endpoint, due times from the schedule."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from perfbench.driver.schedule import planned_arrivals
from perfbench.errors import WorkloadError
from perfbench.types import Endpoint, Point, Question, Request, Sample, Workload

POOL = 1000
"""Different requests prepared for a closed loop that only time bounds; then they start over."""


class Plan:
    """The requests of one point, built as they are iterated.

    ``keep`` is given every request's sample, for those who want to store what was asked.
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
        self.distinct: int | None = None
        """Samples the workload had, if it had fewer than were needed."""

    @property
    def total(self) -> int | None:
        """Requests planned, warm-up included; ``None`` if only time bounds the point."""
        if self._offsets is not None:
            return len(self._offsets)
        return None if self._point.number is None else self._point.warmup + self._point.number

    @property
    def prepared(self) -> int:
        """Requests made: all that are planned, or a pool to start over with."""
        if self.total is not None:
            return self.total
        return self._point.warmup + max(POOL, 2 * (self._point.parallel or 1))

    def requests(self) -> Iterator[Request]:
        """Every request, in order of ``seq``.

        Raises:
            WorkloadError: the data set fails or holds nothing.
        """
        for seq, (repeat, sample) in enumerate(self._samples(self.prepared)):
            body = self._endpoint.build(sample)
            if self._keep is not None:
                digest = hashlib.sha256(body).hexdigest()
                self._keep(Question(seq, sample, digest[:32]))
            yield Request(
                seq=seq,
                sample_id=sample.id,
                repeat=repeat,
                phase="warmup" if seq < self._point.warmup else "measure",
                body=body,
                path=self._path,
                stream=self._stream,
                offset_ns=self._offset_ns(seq, sample),
                input_tokens=sample.input_tokens,
                conversation=sample.group,
                turn=sample.turn,
                model=sample.model,
            )

    def _offset_ns(self, seq: int, sample: Sample) -> int | None:
        if self._offsets is not None:
            return self._offsets[seq]
        if self._point.trace_speed is None:
            return None
        assert sample.offset_s is not None, "the samples of a trace have their arrival"
        return round(sample.offset_s * 1e9)

    def _samples(self, count: int) -> Iterator[tuple[int, Sample]]:
        """``count`` samples, starting over when the workload ends."""
        given = repeat = 0
        while given < count:
            before = given
            for sample in self._workload.samples(self._point):
                yield repeat, sample
                given += 1
                if given == count:
                    return
            if given == before:
                raise WorkloadError("the workload has no samples, so there is nothing to send")
            if self.distinct is None:
                self.distinct = given
            repeat += 1


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
