"""Which run ``--reuse`` continues, and which of its subtasks are meant.

Reads stores; asks and scores nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perfbench import registry
from perfbench.config import scrubber
from perfbench.config.evaluation import MODES_THAT_ASK, EvalConfig
from perfbench.errors import ConfigError, StoreError
from perfbench.evaluation.plan.overrides import scored_by
from perfbench.evaluation.plan.questions import Questions
from perfbench.store import LATEST, Run, find, listed, open_run
from perfbench.types import Subtask

_ASKED = ("data", "generation")
"""Parts of a version that say what is asked."""


def named(config: EvalConfig) -> Run | None:
    """The run that ``--reuse RUN`` names; of ``--reuse`` alone, where it says nothing of what to
    ask (``--mode eval`` and ``viz``), the newest that has the data sets and models named.

    ``None`` if nothing is reused, or :func:`newest` is to find it.

    Raises:
        StoreError: there is no such run, or it cannot be read.
        ConfigError: no run has what is named.
    """
    if config.reuse is None:
        return None
    if config.reuse != LATEST:
        try:
            found = find(config.outputs_dir, config.reuse, "evaluation")
        except StoreError as error:
            raise StoreError(f"--reuse: {error}") from error
        return open_run(found, scrubber(config))
    return None if config.mode in MODES_THAT_ASK else _newest_that_has(config)


def newest(config: EvalConfig, planned: Sequence[Questions]) -> Run:
    """The newest run with answers to what is asked: to all subtasks if one has them, else to most.
    Where none has any, the newest in which the same was to be asked.

    Raises:
        StoreError: there is none, or one cannot be read.
    """
    best, rank = None, (0, 0)
    for run in _evaluations(config):
        if (found := _matches(run, planned)) > rank:
            if best is not None:
                best.close()
            best, rank = run, found
        else:
            run.close()
        if rank[0] == len(planned):
            break
    if best is None:
        asked = ", ".join(each.subtask.name for each in planned)
        raise StoreError(
            f"--reuse: no evaluation in {config.outputs_dir} asked {asked} of this "
            "service with these settings; leave --reuse out to begin one"
        )
    return best


def chosen(config: EvalConfig, run: Run) -> list[Subtask]:
    """The subtasks of a run that ``--datasets`` and ``--models`` name; all if they name none.

    Raises:
        ConfigError: the run has none of that name, or none at all.
    """
    known = run.answers.subtasks()
    if not known:
        raise ConfigError(f"{run.path} was left before anything was asked")
    for flag, wanted, has in (
        ("--datasets", config.datasets, [name for each in known for name in _names(each)]),
        ("--models", config.models, [subtask.model for subtask in known]),
    ):
        for name in wanted:
            if name not in has:
                there = ", ".join(dict.fromkeys(has))
                raise ConfigError(f"{flag}: {run.path} has no {name!r}; it has: {there}")
    return [
        scored_by(config, each)
        for each in known
        if (not config.datasets or {*_names(each)} & set(config.datasets))
        and (not config.models or each.model in config.models)
    ]


def _names(subtask: Subtask) -> tuple[str, ...]:
    """What ``--datasets`` may call it; what is judged and the judging of it go together."""
    names = (subtask.data_set, subtask.asked_as)
    if subtask.judging is None:
        return names
    return (subtask.judging.of.removeprefix(f"{subtask.model}/"), *names)


def _newest_that_has(config: EvalConfig) -> Run:
    refusal: ConfigError | None = None
    for run in _evaluations(config):
        try:
            chosen(config, run)
        except ConfigError as error:
            refusal = refusal or error  # what the newest lacks
            run.close()
        else:
            return run
    if refusal is not None:
        raise ConfigError(f"--reuse: {refusal}; nor has any other run in {config.outputs_dir}")
    raise StoreError(f"--reuse: no evaluation is in {config.outputs_dir}")


def _evaluations(config: EvalConfig) -> Iterator[Run]:
    """Every evaluation in the folder of results, opened, the newest first."""
    for each in listed(config.outputs_dir, "evaluation"):
        yield open_run(each.path, scrubber(config))


def _matches(run: Run, planned: Sequence[Questions]) -> tuple[int, int]:
    """Of how many subtasks a run has answers that count, and of how many it was to ask the same
    questions with the same sampling, answered or not."""
    stored = {subtask.name: subtask for subtask in run.answers.subtasks()}
    known = [each for each in planned if each.subtask.name in stored]
    known = [each for each in known if _same_service(stored[each.subtask.name], each.subtask)]
    answered = sum(
        not {key for key, _ in run.answers.answered(each.subtask.name)}.isdisjoint(
            question.hash for question in each.asked
        )
        for each in known
    )
    same = sum(
        all(stored[each.subtask.name].parts.get(p) == each.subtask.parts[p] for p in _ASKED)
        for each in known
    )
    return answered, same


def _same_service(stored: Subtask, planned: Subtask) -> bool:
    """Whether both are asked at one place; a service that the run starts is the same anywhere."""
    started = planned.api in registry.LOCAL and stored.api == planned.api
    return stored.url == planned.url or (stored.simulated and planned.simulated) or started
