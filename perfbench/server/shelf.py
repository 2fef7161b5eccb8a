"""What stored runs hold, opened to be read page by page: a few at a time are kept.

Opens runs in threads, changes nothing in their folders, and opens one again when its files have
changed. Knows no page.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from perfbench.config.arena import ArenaConfig
from perfbench.errors import ConfigError, StoreError
from perfbench.evaluation.arena.result import ArenaRun, rated, rules_of
from perfbench.evaluation.outcome import EvalRun
from perfbench.evaluation.scoring import stored_scores
from perfbench.reports.frame import About, describe
from perfbench.store import open_run
from perfbench.types import SearchPath, Summary

_LARGE = ("evaluation", "arena", "report")
_KEPT_LARGE, _KEPT = 3, 100
"""How many of a kind are kept: an evaluation of 10,000 answers takes about 100 MB."""

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Facts:
    """What any run says of itself, and a load test's figures."""

    about: About
    command: str | None
    masked: Sequence[str]
    """Names of the settings that hold secrets: they must be given again to continue it."""
    summaries: Sequence[Summary]
    search: SearchPath | None


@dataclass(frozen=True, slots=True)
class OpenedArena:
    """An arena, and what its judges wrote, by the hash of what they were asked."""

    found: ArenaRun
    words: Mapping[str, str]


class Shelf:
    """What was opened last. Of the event loop's thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, tuple[Any, asyncio.Future[Any]]] = OrderedDict()

    async def facts(self, path: Path) -> Facts:
        """What a run says of itself.

        Raises:
            StoreError: it cannot be read.
        """
        return await self.take("facts", (path,), lambda: _facts(path))

    async def evaluation(self, path: Path) -> EvalRun:
        """An evaluation with its scores as they were stored last; its store is closed.

        Raises:
            PerfbenchError: it cannot be read.
        """
        return await self.take("evaluation", (path,), lambda: _evaluation(path))

    async def arena(self, path: Path) -> OpenedArena:
        """An arena with its figures; its store is closed.

        Raises:
            PerfbenchError: it cannot be read, or nothing was judged.
        """
        return await self.take("arena", (path,), lambda: _arena(path))

    async def take(self, what: str, paths: Sequence[Path], make: Callable[[], _Made]) -> _Made:
        """What is made of runs: once, until one of them changes. Who asks meanwhile waits too."""
        key, mark = (what, *paths), [_changed(path) for path in paths]
        known = self._kept.get(key)
        if known is None or known[0] != mark:
            known = (mark, asyncio.ensure_future(asyncio.to_thread(make)))
            self._kept[key] = known
        self._kept.move_to_end(key)
        alike = [each for each in self._kept if each[0] == what]
        for oldest in alike[: -(_KEPT_LARGE if what in _LARGE else _KEPT)]:
            del self._kept[oldest]
        try:
            found: _Made = await asyncio.shield(known[1])
        except Exception:
            if self._kept.get(key) is known:
                del self._kept[key]
            raise
        return found


def _changed(path: Path) -> list[tuple[int, int] | None]:
    found: list[tuple[int, int] | None] = []
    for name in ("run.db", "run.db-wal", "summary.json"):
        try:
            about = (path / name).stat()
        except OSError:
            found.append(None)
        else:
            found.append((about.st_mtime_ns, about.st_size))
    return found


def _facts(path: Path) -> Facts:
    with open_run(path, read_only=True) as run:
        is_load_test = run.kind == "load test"
        masked = run.about.extra.get("masked") or ()
        return Facts(
            about=describe(run),
            command=run.about.command,
            masked=tuple(name for name in masked if isinstance(name, str)),
            summaries=run.summaries() if is_load_test else (),
            search=run.search() if is_load_test else None,
        )


def _evaluation(path: Path) -> EvalRun:
    with open_run(path, read_only=True) as run:
        if run.kind != "evaluation":
            raise ConfigError(f"{path.name} is a {run.kind}, not an evaluation")
        return stored_scores(run)


def _arena(path: Path) -> OpenedArena:
    run = open_run(path, read_only=True)
    try:
        found = rated(run, rules_of(ArenaConfig(), run))
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path.name} is damaged: what it keeps lacks {error}") from error
    with run:
        words: dict[str, str] = {}
        for subtask in found.judges:
            records = sorted(run.answers.records(subtask.name), key=lambda each: each[0][1])
            words |= {key: record.text or record.detail for (key, _), record in records}
        return OpenedArena(found, words)
