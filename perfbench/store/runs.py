"""Which run is meant: folders of runs found by path, name, beginning of a name, or as latest.

Knows how results folders are named and ordered (the time stands first); reads of a run no more than
its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from perfbench.errors import StoreError
from perfbench.store import database
from perfbench.store.folder import is_called
from perfbench.store.run import open_run
from perfbench.types import RunKind

LATEST = "latest"


class Listed(msgspec.Struct, frozen=True):
    """One results folder. What it holds is read from the store, so that nothing is guessed."""

    path: Path
    kind: RunKind
    started_s: float
    """Unix time of the start of the run."""


def listed(outputs_dir: Path, kind: RunKind | None = None) -> Iterator[Listed]:
    """The runs in ``outputs_dir``, the newest first.

    Raises:
        StoreError: the next one cannot be read.
    """
    for path in reversed(_folders(outputs_dir)):
        with open_run(path) as run:
            found = Listed(path, run.kind, run.started_s)
        if kind in (None, found.kind):
            yield found


def find(outputs_dir: Path, name: str, kind: RunKind | None = None) -> Path:
    """The results folder that a person means by ``name``.

    Args:
        name: a folder (or the ``run.db`` in one), the name of a run's folder in ``outputs_dir``,
            what no other begins with, the name that one run was given, or ``latest``.
        kind: what it must be; ``latest`` is then the newest of that kind.

    Raises:
        StoreError: there is none, there are several, it is of another kind, or cannot be read.
    """
    if name == LATEST:
        newest = next(listed(outputs_dir, kind), None)
        if newest is None:
            raise StoreError(f"no {kind or 'run'} is in {outputs_dir}")
        return newest.path
    path = _named(outputs_dir, name)
    if kind is not None:
        with open_run(path) as run:
            if run.kind != kind:
                raise StoreError(f"{path} is {_a(run.kind)}, not {_a(kind)}")
    return path


def _named(outputs_dir: Path, name: str) -> Path:
    for path in (Path(name), outputs_dir / name):
        if path.name == database.FILE_NAME:
            path = path.parent
        if path.is_dir():
            return path
    found = [path for path in _folders(outputs_dir) if path.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise StoreError(f"{len(found)} runs in {outputs_dir} begin with {name!r}")
    called = [path for path in _folders(outputs_dir) if is_called(path.name, name)]
    if len(called) == 1:
        return called[0]
    if called:
        newest = called[-1].name
        raise StoreError(
            f"{len(called)} runs in {outputs_dir} are called {name!r}; the newest is {newest}"
        )
    raise StoreError(f"there is no run {name!r}: no folder, and no name of one in {outputs_dir}")


def _folders(outputs_dir: Path) -> list[Path]:
    """Those that hold a run, the oldest first."""
    with database.errors_in_words(f"cannot read {outputs_dir}"):
        files = outputs_dir.glob(f"*/{database.FILE_NAME}")
        return sorted((file.parent for file in files), key=lambda path: path.name)


def _a(kind: RunKind) -> str:
    return f"a {kind}" if kind == "load test" else f"an {kind}"
