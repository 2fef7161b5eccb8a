"""Files of rows by name: one, those of a folder, those in an archive.

Owns reading from disk, the matching of file patterns and the hash of what was read. Knows nothing
of what rows mean, nor where a data set is to be looked for.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from perfbench.errors import WorkloadError
from perfbench.rows import tables
from perfbench.rows.tables import Form, Place, Placed, Row


class DataFile:
    """One file of any format, read whole; its rows are decoded as they are taken.

    Raises:
        WorkloadError: on construction, if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = tables.unpacked(str(path), _read(path))
        self.form: Form = tables.form_of(path.name) or tables.guess(self._data)
        """By its name, else by its first line."""

    def rows(self) -> Iterator[Placed]:
        """Its rows; see ``tables.rows``, also for errors."""
        return tables.rows(self.form, str(self.path), self._data)


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        WorkloadError: it cannot be read, or is not UTF-8.
    """
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WorkloadError(f"{path}: not UTF-8 text; save the file as UTF-8") from None


def read_object(path: Path) -> dict[str, Any]:
    """The one JSON object that a file holds.

    Raises:
        WorkloadError: it cannot be read, or holds something else.
    """
    try:
        return msgspec.json.decode(_read(path), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WorkloadError(f"{path}: {error}; it is one JSON object") from None


def archived(shown: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in a tar archive, plain or compressed: names and contents.

    Raises:
        WorkloadError: it is none; ``shown`` is what errors call it.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield member.name, file.read()
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise WorkloadError(f"{shown}: not a whole tar file ({error})") from None


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
    """The rows of one data set, from files that patterns name.

    Args:
        patterns: split to file pattern, ``{subset}`` filled in, ``*`` for shards and
            ``archive.zip!member`` for a file in an archive; the first existing one of several
            separated by ``|``. Compressed files (``.gz``) stand for their plain ones.
        columns: names of the columns of CSV and TSV files that have no header.
        where: what errors call the whole.
    """

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
        """The rows of one split of one subset, in the order of the file; see :meth:`placed`."""
        for _, row in self.placed(split, subset):
            yield row

    def placed(self, split: str, subset: str) -> Iterator[tuple[Place, Row]]:
        """The rows of one split of one subset, each with its place.

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
            for place, row in tables.read(shown, contents, self._columns):
                yield place, _by_name(place, row)

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
        """Hash of the bytes that have been read so far; the order of reading does not matter."""
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


def _by_name(place: Place, row: Any) -> Row:
    if not isinstance(row, dict):
        raise WorkloadError(f"{place}: not a JSON object; a row has its fields by name")
    return row


def _expression(pattern: str) -> re.Pattern[str]:
    """A file pattern as a regular expression; a compressed file stands for its plain one."""
    escaped = re.escape(pattern).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    escaped = escaped.replace(re.escape("{subset}"), "(?P<subset>[^/]+?)")
    return re.compile(rf"{escaped}(\.gz)?")


def _read(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except OSError as error:
        raise WorkloadError(f"cannot read {path}: {error.strerror or error}") from None
