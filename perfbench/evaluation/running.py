"""Scores of answers that are programs: each is run in a sandbox, several at a time.

Owns the sandbox of an evaluation, opened when it is first needed, and what a verdict is as a score.
Knows no store and no figures. A sandbox that fails makes no answer wrong.
"""

from __future__ import annotations

import functools
import importlib.util
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import get_args

from perfbench import registry
from perfbench.config.sandbox import CONTAINERS, REMOTE, SandboxSettings
from perfbench.errors import WorkloadError
from perfbench.foreign import one_line
from perfbench.sandbox.jobs import Box, Job, Limits, Script, Status, Verdict, forgeable
from perfbench.sandbox.opening import open_sandbox
from perfbench.sandbox.verdicts import judge
from perfbench.targets import ANYBODY, Policy
from perfbench.types import Sample, Score, ScoredAnswer

TRIES = 3
"""Times a program is judged in all, where its sandbox fails."""
_PAUSE_S = 0.5
"""Before it is judged again; twice as long each time."""
_SCRATCH_BYTES = 32 << 20
_WITH_FILES = ("ns", *CONTAINERS)
_LONGEST_WHY = 300
_LONGEST_PRINTED = 500
_AHEAD = 4
"""Programs that are ready for each that runs."""


@functools.cache
def is_run(scorer: str) -> bool:
    """Whether a scorer runs the answers."""
    return scorer in registry.names(registry.RUNNERS)


class Programs:
    """Runs the programs of an evaluation. For one thread; to be closed."""

    def __init__(self, settings: SandboxSettings, policy: Policy = ANYBODY) -> None:
        """``policy``: whom the run may ask."""
        self._settings = settings
        self._policy = policy
        self._box: Box | None = None
        self._forgeable = False
        self._stopped = False

    def box(self) -> Box:
        """The sandbox.

        Raises:
            ConfigError: none can be had; one line says what helps.
        """
        if self._box is None:
            self._box = open_sandbox(self._settings, self._policy)
        return self._box

    def close(self) -> None:
        """End the sandbox and all that runs in it."""
        if self._box is not None:
            self._box.close()
            self._box = None

    def __enter__(self) -> Programs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scores(self, runner: str, found: Iterable[tuple[str | Score, Sample]]) -> Iterator[Score]:
        """The score of each answer, in order; those that have one already stay as they are.

        Args:
            runner: name in ``registry.RUNNERS``.

        Raises:
            ConfigError: there is no such runner, or no sandbox.
            WorkloadError: a sample does not say how its answers are judged.
        """
        job_of = registry.resolve(registry.RUNNERS, runner)
        box, at_a_time = self.box(), self._settings.programs_at_a_time
        self._forgeable = self._stopped = False
        waiting: deque[Score | Future[Score]] = deque()
        with ThreadPoolExecutor(at_a_time, thread_name_prefix="program") as pool:
            try:
                for answer, sample in found:
                    if isinstance(answer, Score):
                        waiting.append(answer)
                    else:
                        job = job_of(answer, sample)
                        self._forgeable = self._forgeable or forgeable(job)
                        lacking = self._lacking(sample)
                        waiting.append(
                            _not_there(lacking, answer, runner)
                            if lacking
                            else pool.submit(self._score, job, box, answer, runner)
                        )
                    if len(waiting) > _AHEAD * at_a_time:
                        yield _done(waiting.popleft())
                while waiting:
                    yield _done(waiting.popleft())
            except BaseException:
                # What runs would be waited for, and none of it counts any more.
                self._stopped = True
                pool.shutdown(wait=False, cancel_futures=True)
                self.close()
                raise

    def refuse_wrong_targets(self, runner: str, samples: Iterable[Sample]) -> None:
        """Judge the right programs of samples that are to be held to them (``check_target``): tests
        that these do not pass judge no answer.

        Raises:
            ConfigError: there is no such runner, or no sandbox.
            WorkloadError: one of them does not pass, or it is not said how it is judged.
        """
        checked = [sample for sample in samples if sample.meta.get("check_target")]
        scores = list(self.scores(runner, ((str(each.target), each) for each in checked)))
        wrong = [pair for pair in zip(checked, scores, strict=True) if pair[1].value == 0]
        for sample, score in wrong[:1]:
            others = f" (so it is with {len(wrong)} rows)" if len(wrong) > 1 else ""
            raise WorkloadError(f"{sample.id}: its own solution does not pass{others}: {score.why}")

    def parts(self) -> dict[str, str]:
        """What decided the latest verdicts beside the programs and their tests, by name; see
        ``plan.version``."""
        limits = self._limits()
        said = (
            f"{limits.wall_s:g} s, {limits.memory_bytes >> 20} MiB, "
            f"{limits.output_bytes >> 10} KiB of output"
        )
        # Which sandbox it is decides nothing, and its interpreter's place neither.
        interpreter = self.box().isolation.partition(", ")[2].split()[:2]
        found = {"limits": said, "interpreter": " ".join(interpreter)}
        return {**found, "verdicts": "can be forged"} if self._forgeable else found

    def _limits(self) -> Limits:
        seconds = self._settings.sandbox_timeout
        return Limits(seconds, seconds, self._settings.sandbox_memory << 20)

    def _limits_of(self, job: Job, box: Box) -> Limits:
        """Those of a job: unit tests may write files, where a box can bound them."""
        writes = isinstance(job, Script) and box.name in _WITH_FILES
        return replace(self._limits(), scratch_bytes=_SCRATCH_BYTES if writes else 0)

    def _lacking(self, sample: Sample) -> list[str]:
        """The libraries of a sample that programs here cannot import; those elsewhere are not
        known."""
        if self._settings.sandbox in (*REMOTE, *CONTAINERS):
            return []
        names = [str(name).partition(".")[0] for name in sample.meta.get("libraries") or ()]
        return [name for name in names if importlib.util.find_spec(name) is None]

    def _score(self, job: Job, box: Box, answer: str, runner: str) -> Score:
        for attempt in range(TRIES):
            verdict = judge(job, box, self._limits_of(job, box))
            if verdict.status != "sandbox_failed" or self._stopped:
                break
            if attempt + 1 < TRIES:
                time.sleep(_PAUSE_S * 2**attempt)
        return _score(verdict, answer, runner)


def _done(waiting: Score | Future[Score]) -> Score:
    return waiting if isinstance(waiting, Score) else waiting.result()


def _not_there(lacking: Sequence[str], answer: str, runner: str) -> Score:
    why = f"needs {', '.join(lacking)}, which programs cannot import here"
    return Score(None, answer, "sandbox_failed", why, runner)


def _score(verdict: Verdict, answer: str, runner: str) -> Score:
    """A verdict as a score; ``why`` begins with its status, for :func:`kind_of`."""
    if verdict.status == "passed":
        return Score(1.0, answer, why="passed", scorer=runner)
    said: list[str] = [verdict.status]
    if verdict.case is not None:
        said.append(f"case {verdict.case + 1}")
    if verdict.why:
        said.append(one_line(verdict.why, _LONGEST_WHY))
    why = ": ".join(said)
    if verdict.printed.strip():
        why += f" (printed: {one_line(verdict.printed, _LONGEST_PRINTED)})"
    if verdict.status == "sandbox_failed":
        return Score(None, answer, "sandbox_failed", why, runner)
    return Score(0.0, answer, why=why, scorer=runner)


def kind_of(score: Score) -> str | None:
    """The status of the verdict that a score was made of; ``None`` for others."""
    if score.value is None or not is_run(score.scorer):
        return None
    word = score.why.partition(":")[0].partition(" ")[0]
    return word if word in get_args(Status) else None


def verdict_counts(answers: Iterable[ScoredAnswer]) -> dict[str, int]:
    """How many programs ended how, in the order of ``Status``; empty where none was run."""
    counted = Counter(kind_of(each.score) for each in answers)
    return {kind: counted[kind] for kind in get_args(Status) if counted[kind]}
