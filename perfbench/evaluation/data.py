"""Where a data set's rows are, and reading them: folders, single files, archives, hubs.

Owns the search order (see ``locate``) and the matching of a task's file patterns. Knows nothing of
what rows mean. Rows that come with perfbench are a handful written for it, never the real set, and
whoever gets them is told.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation import hub, tables
from perfbench.evaluation.tables import Placed, Row
from perfbench.evaluation.task import Task

Origin = Literal["folder", "shipped", "huggingface", "modelscope", "file"]

_PACKAGE = Path(__file__).resolve().parents[1]
_SHIPPED = (_PACKAGE / "data", _PACKAGE.parent / "datasets")
"""Where the rows of perfbench are when installed as a wheel, and in a checkout."""


class Files(Protocol):
    """Files by name: a folder's, or those of a repository on a hub."""

    def names(self) -> Sequence[str]:
        """Paths below the top, with ``/``, sorted."""
        ...

    def read(self, name: str) -> tuple[str, bytes]:
        """What to call the file in errors, and its contents. Raises ``WorkloadError``."""
        ...


class LocalFiles:
    """The files of a folder and of the folders in it."""

    def __init__(self, top: Path) -> None:
        self._top = top

    def names(self) -> Sequence[str]:
        found = []
        for folder, inner, files in os.walk(self._top):
            inner[:] = [name for name in inner if not name.startswith(".")]
            found += [Path(folder, name).relative_to(self._top).as_posix() for name in files]
        return sorted(found)

    def read(self, name: str) -> tuple[str, bytes]:
        path = self._top / name
        return str(path), _read(path)


class OneFile:
    """A single file; its name among ``Files`` is ``data`` with the file's own suffixes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
        self.name = f"data{suffix}"

    def names(self) -> Sequence[str]:
        return [self.name]

    def read(self, name: str) -> tuple[str, bytes]:
        return str(self._path), _read(self._path)


class Folder:
    """The rows of one data set: ``task.Source``, and where each row stands."""

    def __init__(
        self,
        files: Files,
        patterns: Mapping[str, str],
        columns: Sequence[str] = (),
        where: str = "",
    ) -> None:
        self._files = files
        self._patterns = patterns
        self._columns = columns
        self._where = where
        self._names: Sequence[str] | None = None
        self._archives: dict[str, zipfile.ZipFile] = {}
        self._digests: dict[str, str] = {}

    def rows(self, split: str, subset: str) -> Iterator[Row]:
        """See ``task.Source``."""
        for _, row in self.placed(split, subset):
            yield row

    def placed(self, split: str, subset: str) -> Iterator[Placed]:
        """The rows of one split of one subset, each with ``FILE:LINE``.

        Raises:
            WorkloadError: a file is missing, unreadable or malformed; names file and line.
        """
        names = self._matching(split, subset)
        if not names:
            looked = ", ".join(self._filled(split, subset)) or "none, the task has no such split"
            raise WorkloadError(
                f"{self._where} has no file for {split!r} of {subset!r}; looked for {looked}"
            )
        for name in names:
            shown, contents = self._read(name)
            self._digests[name] = hashlib.sha256(contents).hexdigest()
            yield from tables.read(shown, contents, self._columns)

    def has(self, split: str, subset: str) -> bool:
        """Whether there is a file for a split of a subset."""
        return bool(self._matching(split, subset))

    def subsets(self, split: str) -> tuple[str, ...]:
        """The subsets that the names of the files tell of."""
        found: dict[str, None] = {}
        for pattern in self._filled(split, None):
            expression = _expression(pattern)
            for name in self._listing():
                match = expression.fullmatch(name)
                if match and not name.endswith(".meta.json"):
                    found[match["subset"]] = None
        return tuple(sorted(found))

    @property
    def fingerprint(self) -> str:
        """See ``task.Source``; the order of reading does not matter."""
        lines = "\n".join(f"{name} {digest}" for name, digest in sorted(self._digests.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def _matching(self, split: str, subset: str) -> list[str]:
        for pattern in self._filled(split, subset):
            archive, mark, _ = pattern.partition("!")
            if mark:
                if archive not in self._listing():
                    continue
                names = [f"{archive}!{name}" for name in self._open(archive).namelist()]
            else:
                names = list(self._listing())
            expression = _expression(pattern)
            found = sorted(name for name in names if expression.fullmatch(name))
            if found:
                return found
        return []

    def _filled(self, split: str, subset: str | None) -> list[str]:
        patterns = self._patterns.get(split, "")
        if subset is not None:
            patterns = patterns.replace("{subset}", subset)
        return [pattern for pattern in patterns.split("|") if pattern]

    def _listing(self) -> Sequence[str]:
        if self._names is None:
            self._names = self._files.names()
        return self._names

    def _open(self, archive: str) -> zipfile.ZipFile:
        if archive not in self._archives:
            shown, contents = self._files.read(archive)
            try:
                self._archives[archive] = zipfile.ZipFile(io.BytesIO(contents))
            except zipfile.BadZipFile as error:
                raise WorkloadError(f"{shown}: not a zip archive ({error})") from None
        return self._archives[archive]

    def _read(self, name: str) -> tuple[str, bytes]:
        archive, mark, member = name.partition("!")
        if not mark:
            return self._files.read(name)
        return f"{self._where}/{name}", self._open(archive).read(member)


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
    shipped = [folder.resolve() for folder in _SHIPPED]
    # In a checkout ./datasets is what comes with perfbench: that is the last resort.
    return [folder for folder in folders if folder.resolve() not in shipped]


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
    for base in _SHIPPED:
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


def _expression(pattern: str) -> re.Pattern[str]:
    """A file pattern as a regular expression; a compressed file stands for its plain one."""
    escaped = re.escape(pattern).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    escaped = escaped.replace(re.escape("{subset}"), "(?P<subset>[^/]+?)")
    return re.compile(rf"{escaped}(\.gz)?")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WorkloadError(f"cannot read {path}: {error.strerror or error}") from None
