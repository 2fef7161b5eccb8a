"""Where a page of a list stands among its pages. Pure; offsets count rows from 0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paging:
    """One page of a list, and its neighbours."""

    offset: int
    """Of its first row."""
    before: int | None
    """Of the first row of the page before; ``None`` if this is the first."""
    after: int | None


def paging(offset: int, size: int, total: int) -> Paging:
    """The page that begins at an offset, or the last one if the list has become shorter than that.

    Args:
        size: rows of a page.
        total: rows of the list.
    """
    if offset >= total:
        offset = (total - 1) // size * size if total else 0
    before = max(offset - size, 0) if offset else None
    return Paging(offset, before, offset + size if offset + size < total else None)
