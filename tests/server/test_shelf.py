"""What is kept of opened runs: once for all who ask, until files change, and not for ever."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from perfbench.errors import StoreError
from perfbench.server.shelf import Shelf


class Maker:
    """Counts how often something was made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


def run_at(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    (path / "run.db").write_bytes(b"x")
    return path


async def test_many_who_ask_at_once_wait_for_one(tmp_path: Path) -> None:
    shelf, make, path = Shelf(), Maker(), run_at(tmp_path, "a")
    assert await asyncio.gather(*(shelf.take("x", (path,), make) for _ in range(9))) == [1] * 9
    os.utime(path / "run.db", ns=(1, 1))
    assert await shelf.take("x", (path,), make) == 2
    assert await shelf.take("y", (path,), make) == 3


async def test_large_things_are_kept_a_few_at_a_time(tmp_path: Path) -> None:
    shelf, make = Shelf(), Maker()
    paths = [run_at(tmp_path, str(number)) for number in range(5)]
    for path in paths:
        await shelf.take("report", (path,), make)
        await shelf.take("facts", (path,), make)
    before = make.made
    for path in paths:
        await shelf.take("facts", (path,), make)
    await shelf.take("report", (paths[-1],), make)
    assert make.made == before
    await shelf.take("report", (paths[0],), make)
    assert make.made == before + 1


async def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    shelf, path = Shelf(), run_at(tmp_path, "a")

    def fail() -> int:
        raise StoreError("no")

    for _ in range(2):
        with pytest.raises(StoreError):
            await shelf.take("x", (path,), fail)
    assert await shelf.take("x", (path,), Maker()) == 1
