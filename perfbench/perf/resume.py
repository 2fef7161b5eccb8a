"""A stopped load test, opened to be continued: what of it is done, what is to be run again, and
what is no longer as it was.

A point is done if its whole plan was carried out: the driver's facts of it are stored, and neither
Ctrl-C nor the death of a worker cut it. All others are run again whole, and what was measured of
them is set aside in the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from perfbench.config import PerfConfig, scrubber
from perfbench.errors import StoreError
from perfbench.perf.course import Course, Resumed
from perfbench.perf.tokens import count_tokens
from perfbench.store import Run, open_run
from perfbench.store.about import Continuation
from perfbench.store.again import refuse_other_work
from perfbench.store.summaries import summarise_point
from perfbench.types import Point, SearchPath, Summary
from perfbench.workloads import Tokenizer

_MAY_DIFFER = ("model", "host", "platform", "python", "perfbench", "server")
"""Facts of a run that no setting fixes."""


class Resumption(msgspec.Struct, frozen=True):
    """A run that is continued. ``run`` is open, and locked for others."""

    run: Run
    course: Resumed
    kept: list[tuple[Point, Summary]]
    """Points that the course has passed because they are done, with their figures, in its order;
    for the caller to take over and out."""
    done: int
    """How many points need not be run again."""
    again: Mapping[str, int]
    """Points that had begun and are run again, with the requests that are stored of them."""

    def note(self, facts: Mapping[str, Any]) -> str:
        """Store that the run is continued, with what is no longer as it was, and say so.

        Args:
            facts: of a run that begins now.
        """
        before = self.run.about.facts()
        differs = {
            name: (before.get(name), facts.get(name))
            for name in _MAY_DIFFER
            if before.get(name) != facts.get(name)
        }
        continued = Continuation(
            time=datetime.now().astimezone().isoformat(timespec="seconds"),
            kept=self.done,
            again=self.again,
            differs=differs,
        )
        self.run.put_continuation(continued)
        return f"continued: {continued.words}"


def resume(
    config: PerfConfig,
    course_of: Callable[[SearchPath | None], Course],
    tokenizer: Tokenizer | None,
    unless_used: ExitStack,
) -> Resumption:
    """Open the run that ``config.resume`` names.

    Args:
        course_of: the course of the settings, by how far the search of the run had come.
        unless_used: closes the run.

    Raises:
        PerfbenchError: there is no such run, it is being written, or it was made otherwise.
    """
    assert config.resume is not None
    run = unless_used.enter_context(open_run(config.resume, scrubber(config)))
    if run.kind != "load test":
        raise StoreError(f"{run.path} is an {run.kind}: perfbench eval --resume continues it")
    run.claim()
    refuse_other_work(run, config, f"--resume {config.resume}")
    begun = {point.index: point for point in run.points()}
    path, done = run.search(), dict[int, Summary]()
    heard = {trial.point for trial in path.trials} if path is not None else set()
    for index, point in begun.items():
        facts = run.facts(point)
        # What a search has drawn its conclusion from is not drawn again.
        if facts is not None and (not facts.interrupted or point.name in heard):
            if tokenizer is not None:
                count_tokens(run, point, tokenizer)
            done[index] = summarise_point(run, point)
    kept: list[tuple[Point, Summary]] = []

    def keep(planned: Point, summary: Summary) -> None:
        stored = begun[planned.index]
        if replace(stored, first_prompt=planned.first_prompt) != planned:
            raise StoreError(
                f"{run.path}: {stored.name} was planned otherwise: perfbench {run.version} "
                "made it, and can continue it"
            )
        kept.append((stored, summary))

    course = Resumed(course_of(path), done, keep)
    if course.missing is not None:
        done.pop(course.missing.index, None)
    again = {
        point.name: sum(run.count(point).values())
        for index, point in begun.items()
        if index not in done
    }
    return Resumption(run, course, kept, len(done), again)
