"""Where the rows of a data set are looked for: folders, hubs, what comes with perfbench.

Owns the search order (see ``locate``). Opens no file (``rows`` does) and knows nothing of what rows
mean. Whoever gets the rows that come with perfbench is told: they are never the real set.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation.task import Task
from perfbench.rows import Folder, LocalFiles, OneFile, hub, shipped

Origin = Literal["folder", "shipped", "huggingface", "modelscope", "file"]


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look for data sets beyond the usual places."""

    dataset_dir: Path | None = None
    """Folder with a folder for each data set; no other folder is looked in, if given."""
    data_path: Path | None = None
    """Folder that holds the files of this data set itself; wins over all else."""
    hub: str | None = None
    """``huggingface`` or ``modelscope``: fetch from there what is in no folder."""
    hub_id: str | None = None
    """Repository on the hub, in place of the task's own."""
    revision: str | None = None
    """Branch, tag or commit on the hub; its main branch otherwise."""
    shipped_only: bool = False
    """The rows that come with perfbench and nothing else (names that begin with ``demo_``)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A data set's rows, and where they are from."""

    folder: Folder
    where: str
    """Path of the folder, or the address on the hub."""
    origin: Origin

    @property
    def note(self) -> str:
        """Which data is used, in a sentence."""
        if self.origin == "shipped":
            return (
                f"a handful of rows written for perfbench, not the real data set ({self.where}); "
                "name the folder of the real one with --dataset-dir or PERFBENCH_DATASETS, or a "
                "hub with --dataset-hub"
            )
        return f"data from {self.where}"


def locate(task: Task, places: Places, environment: Mapping[str, str] = os.environ) -> Found:
    """Find a task's data.

    It is looked for in ``--dataset-dir``, or else in the folders of ``PERFBENCH_DATASETS`` (several
    with ``:``), ``./datasets`` and ``PERFBENCH_DATA``; then on the hub, if one is named; at last,
    if neither hub nor ``--dataset-dir`` is named, among the rows that come with perfbench.

    Raises:
        WorkloadError: it is nowhere, or the hub does not have it; says where was looked.
        ConfigError: the hub's name is wrong.
    """
    if places.shipped_only:
        return _shipped(task)
    if places.data_path is not None:
        found = _at(task, places.data_path.expanduser())
        if found is None:
            raise WorkloadError(f"{places.data_path} has no {task.name}: no {_wanted(task)}")
        return found
    for folder in _folders(places, environment):
        found = _in_folder(task, folder)
        if found:
            return found
    if places.hub is not None:
        return _on_hub(task, places)
    if places.dataset_dir is not None:
        raise WorkloadError(
            f"{places.dataset_dir} has no {task.name}: looked for a folder "
            f"{' or '.join((task.name, *task.folders))} with {_wanted(task)}; name a hub with "
            "--dataset-hub, or leave --dataset-dir out to use the rows that come with perfbench"
        )
    return _shipped(task)


def _folders(places: Places, environment: Mapping[str, str]) -> list[Path]:
    if places.dataset_dir is not None:
        return [places.dataset_dir.expanduser()]
    usual = [
        *environment.get("PERFBENCH_DATASETS", "").split(os.pathsep),
        "datasets",
        *environment.get("PERFBENCH_DATA", "").split(os.pathsep),
    ]
    folders = [Path(folder).expanduser() for folder in usual if folder]
    last = [folder.resolve() for folder in shipped.FOLDERS]
    # In a checkout ./datasets is what comes with perfbench: that is the last resort.
    return [folder for folder in folders if folder.resolve() not in last]


def one_file(path: Path, columns: Sequence[str] = ()) -> Found:
    """A file of the user's own as a data set of one split, ``test``."""
    files = OneFile(path)
    folder = Folder(files, {"test": files.name}, columns, str(path))
    return Found(folder, str(path), "file")


def _in_folder(task: Task, base: Path) -> Found | None:
    names = (task.name, *task.folders)
    candidates = [base / name for name in names]
    if any(base.resolve().as_posix().endswith(f"/{name}") for name in names):
        candidates.append(base)
    return next((found for path in candidates if (found := _at(task, path))), None)


def _at(task: Task, path: Path) -> Found | None:
    if path.is_dir():
        folder = Folder(LocalFiles(path), task.files, task.columns, str(path))
        if has_any(folder, task):
            return Found(folder, str(path), "folder")
    return None


def has_any(folder: Folder, task: Task) -> bool:
    """Whether a folder has rows of any subset to ask."""
    if not task.subsets:
        return bool(folder.subsets(task.split))
    return any(folder.has(task.split, subset) for subset in task.subsets)


def _shipped(task: Task) -> Found:
    for base in shipped.FOLDERS:
        found = _in_folder(task, base)
        if found:
            return Found(found.folder, found.where, "shipped")
    raise WorkloadError(
        f"{task.name}: no rows come with perfbench; name the folder with --dataset-dir or "
        "PERFBENCH_DATASETS, or a hub with --dataset-hub"
    )


def _on_hub(task: Task, places: Places) -> Found:
    if places.hub is None or places.hub not in hub.HUBS:
        raise ConfigError(f"no hub is called {places.hub!r}; there are {', '.join(hub.HUBS)}")
    connect = hub.HUBS[places.hub]
    own = (task.modelscope or task.hub) if places.hub == "modelscope" else task.hub
    repository = places.hub_id or own
    if repository is None:
        raise WorkloadError(f"{task.name} is on no hub; name its folder with --dataset-dir")
    files = connect(repository, places.revision)
    folder = Folder(files, task.files, task.columns, files.where)
    if not has_any(folder, task):
        raise WorkloadError(
            f"{files.where} has no {task.name} data: looked for {_wanted(task)}; it has "
            f"{', '.join(files.names()[:8])}"
        )
    origin: Origin = "modelscope" if places.hub == "modelscope" else "huggingface"
    return Found(folder, files.where, origin)


def _wanted(task: Task) -> str:
    return " or ".join(task.files.get(task.split, "").split("|"))
