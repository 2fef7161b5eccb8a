"""Settings of jobs that hold secrets: in memory only, and of jobs that have ended not for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perfbench.server import reach
from perfbench.server.queue import Job
from perfbench.server.refusal import Refusal

KEPT = 100
"""Jobs that have ended whose secrets are kept, to resume and repeat them: the latest."""


class Secrets:
    """The secrets of all jobs of a server."""

    def __init__(self) -> None:
        self._alive: dict[str, Mapping[str, Any]] = {}
        self._ended: dict[str, Mapping[str, Any]] = {}

    def keep(self, name: str, settings: Mapping[str, Any]) -> None:
        """Keep those of a job that was asked for."""
        if settings:
            self._alive[name] = settings

    def of(self, job: Job) -> Mapping[str, Any]:
        """What is known of those of a job, by setting."""
        return self._alive.get(job.id) or self._ended.get(job.id, {})

    def end(self, name: str) -> None:
        """A job has ended."""
        if (settings := self._alive.pop(name, None)) is not None:
            self._ended[name] = settings
            if len(self._ended) > KEPT:
                del self._ended[next(iter(self._ended))]

    def forget(self, name: str) -> None:
        """Keep nothing of a job that has ended."""
        self._ended.pop(name, None)

    def lacking(self, job: Job) -> tuple[str, ...]:
        """Settings that must be given again, as nobody knows them any more."""
        known = self.of(job)
        return tuple(key for key in job.withheld if key not in known)

    def with_known(self, job: Job, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is known and what is given, which counts.

        Nobody is sent a secret who was not to have it: where ``given`` changes a setting that may
        say who is asked, nothing known is told, and whoever changes it gives the secrets too.

        Raises:
            Refusal: something is lacking still.
        """
        if lacking := [key for key in self.lacking(job) if key not in given]:
            raise Refusal(422, gone(lacking), lacking[0])
        known = self.of(job)
        if not (left := [key for key in job.withheld if key not in given]):
            return dict(given)
        before = {**job.settings, **known}
        for name in given.keys() - reach.BESIDE:
            if given[name] != before.get(name):
                said = f"{name[:60]} may say where {', '.join(left)} would go: give that again too"
                raise Refusal(422, said, left[0])
        return {**known, **given}


def gone(names: Sequence[str]) -> str:
    """That secrets must be given again."""
    return (
        f"{', '.join(names)} {'was' if len(names) == 1 else 'were'} kept in memory only: "
        "give what it was again"
    )
