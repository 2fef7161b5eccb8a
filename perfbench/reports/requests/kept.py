"""Columns of requests kept in a file beside the run, so that they are read from the store but once.

The file may be lost, and is made again: it says of which rows of which run it is, and whoever finds
that those have changed since, or that a column in it is damaged, reads the store. It is replaced as
a whole, so that those who have it open go on reading theirs. Layout: the arrays one after the
other, little-endian; what they are (JSON); and the length of that (8 bytes).
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from perfbench import __version__
from perfbench.reports.requests.held import Numbers, Texts
from perfbench.store import Run

FILE_NAME = ".requests.cache"
_MAKER = f"perfbench {__version__}, layout 1"
"""Its number goes up with every change of what a column means."""
_MOST_CONTENTS = 1 << 20
_DTYPES = {"places": "<i4", "numbers": "<f8", "letters": "|u1", "ends": "<i8"}


class _Piece(msgspec.Struct, frozen=True):
    column: str
    what: str
    """One of ``_DTYPES``."""
    bytes: int
    crc: int


class _Contents(msgspec.Struct, frozen=True):
    maker: str
    run: tuple[str, int, int]
    """Name, and the instant it began on both clocks."""
    length: int
    """Rows."""
    revision: dict[int, bool | None]
    """As the store has it, see ``Requests.revision``."""
    pieces: list[_Piece]


class Kept:
    """The file of a run, open."""

    def __init__(self, file: BinaryIO, contents: _Contents) -> None:
        self._file = file
        self._pieces: dict[tuple[str, str], tuple[int, _Piece]] = {}
        start = 0
        for piece in contents.pieces:
            self._pieces[piece.column, piece.what] = (start, piece)
            start += piece.bytes
        self.length = contents.length
        self.revision = contents.revision

    def column(self, name: str) -> Numbers | Texts | None:
        """A column; ``None`` if it is not there, or damaged."""
        numbers = self._read(name, "numbers")
        if numbers is not None:
            return Numbers(word=False, values=numbers)
        places = self._read(name, "places")
        if places is None:
            return None
        letters, ends = self._read(name, "letters"), self._read(name, "ends")
        if letters is None or ends is None:
            return Numbers(word=True, values=places)
        if places.max(initial=-1) >= len(ends):
            return None
        whole, stops = letters.tobytes(), ends.tolist()
        spans = zip([0, *stops], stops, strict=False)
        return Texts([whole[start:stop].decode() for start, stop in spans], places)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _read(self, column: str, what: str) -> NDArray[Any] | None:
        if (column, what) not in self._pieces:
            return None
        start, piece = self._pieces[column, what]
        try:
            self._file.seek(start)
            data = self._file.read(piece.bytes)
        except OSError:
            return None
        if len(data) != piece.bytes or zlib.crc32(data) != piece.crc:
            return None
        found = np.frombuffer(data, dtype=_DTYPES[what])
        of_rows = what in ("numbers", "places")
        return None if of_rows and len(found) != self.length else found


def find(run: Run) -> Kept | None:
    """What is kept of this run; ``None`` if nothing is, or not in today's form."""
    try:
        file = open(run.path / FILE_NAME, "rb")  # noqa: SIM115
    except OSError:
        return None
    try:
        end = file.seek(-8, os.SEEK_END)
        file.seek(end - int.from_bytes(file.read(8), "little"))
        contents = msgspec.json.decode(file.read(_MOST_CONTENTS)[:-8], type=_Contents)
        if (contents.maker, contents.run) == (_MAKER, _named(run)):
            return Kept(file, contents)
    except (OSError, ValueError):
        pass  # Damaged: as good as none.
    file.close()
    return None


def keep(
    run: Run,
    columns: Mapping[str, Numbers | Texts],
    length: int,
    revision: dict[int, bool | None],
) -> None:
    """Keep the first rows of these columns. Does nothing where that cannot be written, or while
    another process does it."""
    target = run.path / FILE_NAME
    part = target.with_name(f"{FILE_NAME}.part")
    try:
        # One name, so that writers that were killed leave no more than one file behind.
        with open(part, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not part.exists() or part.stat().st_ino != os.fstat(file.fileno()).st_ino:
                return  # Another has just made it what is kept.
            try:
                file.truncate(0)
                pieces = [*_write(file, columns, length)]
                contents = _Contents(_MAKER, _named(run), length, revision, pieces)
                text = msgspec.json.encode(contents)
                file.write(text + len(text).to_bytes(8, "little"))
                file.flush()
                os.replace(part, target)
            except OSError:
                part.unlink()
    except OSError:
        return


def _write(file: BinaryIO, columns: Mapping[str, Numbers | Texts], length: int) -> Iterator[_Piece]:
    for name, column in columns.items():
        for what, array in column.pieces(length):
            data = array.astype(_DTYPES[what], copy=False).tobytes()
            file.write(data)
            yield _Piece(name, what, len(data), zlib.crc32(data))


def _named(run: Run) -> tuple[str, int, int]:
    return run.path.name, run.origin_ns, run.origin_wall_ns
