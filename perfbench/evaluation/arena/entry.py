"""Whose answers meet in an arena: what stored evaluations hold, under which names.

A run is named as everywhere (folder, name, beginning of a name), and also by any path inside of its
folder, as EvalScope's ``report_path`` is; the last part of such a path says which of its models is
meant. Reads stores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfbench.config import scrubber
from perfbench.config.arena import ArenaConfig
from perfbench.errors import ConfigError, StoreError
from perfbench.evaluation.arena.contenders import Asked, Contender, collected
from perfbench.store import Run, find, open_run
from perfbench.types import Subtask

_STORE = "run.db"


@dataclass(frozen=True, slots=True)
class Entry:
    """One of ``--runs``."""

    spelled: str
    path: Path
    name: str | None
    """What its model is to be called."""
    model: str | None
    """Which of the run's models; ``None``: all."""


def entry_of(spelled: str, outputs_dir: Path) -> Entry:
    """What ``[NAME=]RUN`` means.

    Raises:
        StoreError: there is no such run, or it is no evaluation.
    """
    name, equals, place = spelled.partition("=")
    if not equals or (Path(spelled).exists() and not Path(place).exists()):
        name, place = "", spelled
    inside = _enclosing(Path(place))
    try:
        if inside is not None:
            return Entry(spelled, inside[0], name or None, inside[1])
        return Entry(spelled, find(outputs_dir, place), name or None, None)
    except StoreError as error:
        raise StoreError(f"--runs: {error}") from error


def answers_of(
    entries: Sequence[Entry], config: ArenaConfig
) -> Iterator[tuple[Contender, dict[str, Asked]]]:
    """What the models of stored runs answered, by model and data set.

    Raises:
        ConfigError: a run holds none of what is named, or two models are called the same.
        StoreError: a run cannot be read.
    """
    whose: dict[str, Entry] = {}
    for entry in entries:
        with open_run(entry.path, scrubber(config)) as run:
            for subtask in _chosen(run, entry, config):
                name = entry.name or subtask.model
                if whose.setdefault(name, entry) != entry:
                    raise ConfigError(
                        f"--runs: two models are called {name!r}: write NAME={entry.spelled}"
                    )
                yield collected(run, subtask, name)


def _chosen(run: Run, entry: Entry, config: ArenaConfig) -> list[Subtask]:
    if run.kind == "load test":
        raise ConfigError(f"--runs: {run.path} is a load test; answers are in evaluations")
    known = [each for each in run.answers.subtasks() if each.judge is None]
    models = list(dict.fromkeys(each.model for each in known))
    wanted = entry.model if entry.model in models else None
    if wanted is None and entry.name in models:
        wanted = entry.name
    if wanted is None and entry.name is not None and len(models) > 1:
        raise ConfigError(
            f"--runs: {run.path} has several models ({', '.join(models)}); "
            f"which one is {entry.name}? Write {entry.name}={run.path}/MODEL"
        )
    names = set(config.datasets)
    found = [
        each
        for each in known
        if wanted in (None, each.model) and (not names or {each.data_set, each.asked_as} & names)
    ]
    if not found:
        there = ", ".join(dict.fromkeys(each.data_set for each in known)) or "nothing"
        raise ConfigError(f"--runs: {run.path} has no answers to what is named; it has: {there}")
    return found


def _enclosing(path: Path) -> tuple[Path, str | None] | None:
    """The run's folder that a path lies in, and the path's last part if it is not the folder;
    ``None`` if it lies in none."""
    if path.name == _STORE:
        path = path.parent
    for folder in (path, *path.parents):
        if (folder / _STORE).is_file():
            return folder, None if folder == path else path.name
    return None
