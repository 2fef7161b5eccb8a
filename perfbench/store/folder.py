"""How a results folder begins: its name, its settings for people, the first row and the clock.

Knows nothing of what is measured.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from perfbench import __version__
from perfbench.errors import StoreError
from perfbench.foreign import short_name
from perfbench.store import database

_MADE = re.compile(r"\d{8}_\d{6}_(?P<name>.+)")
_NUMBER = re.compile(r"-\d{1,3}\Z")
"""Of a folder whose run began within the same second as another of its name."""


def make_folder(outputs_dir: Path, name: str) -> Path:
    """A new folder for a run that begins now.

    Raises:
        StoreError: it cannot be made.
    """
    base = f"{datetime.now():%Y%m%d_%H%M%S}_{safe_name(name)}"
    with database.errors_in_words(f"cannot make a results folder in {outputs_dir}"):
        outputs_dir.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            path = outputs_dir / (base if number == 1 else f"{base}-{number}")
            with suppress(FileExistsError):
                path.mkdir()
                return path
    raise StoreError(f"cannot make a results folder in {outputs_dir}: {base} exists 999 times")


def safe_name(name: str) -> str:
    """The name of a run as the end of its folder's."""
    return re.sub(r"[^\w.+-]+", "_", short_name(name)).strip("._-")[:60] or "run"


def is_called(folder: str, name: str) -> bool:
    """Whether a folder's name is that of a run with this name (``--name``), whenever it began."""
    found = _MADE.fullmatch(folder)
    return found is not None and safe_name(name) in (found["name"], _NUMBER.sub("", found["name"]))


def write_config(path: Path, config: Mapping[str, Any]) -> None:
    """Write the settings for people.

    Raises:
        StoreError: the file cannot be written.
    """
    import yaml

    data = msgspec.json.encode(config)
    # libyaml is ten times as fast, but escapes some characters so that people cannot read them.
    plain_text = data.isascii()
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if plain_text else yaml.SafeDumper
    text = yaml.dump(msgspec.json.decode(data), Dumper=dumper, sort_keys=False, allow_unicode=True)
    with database.errors_in_words(f"cannot write {path / 'config.yaml'}"):
        (path / "config.yaml").write_text(text, encoding="utf-8")


def describe(
    path: Path, db: sqlite3.Connection, config: Mapping[str, Any], facts: Mapping[str, Any]
) -> None:
    """Write what holds for the whole run into its database; its clock begins now.

    Raises:
        StoreError: it cannot be written.
    """
    origin_ns, origin_wall_ns = clock_pair()
    row = (
        path.name,
        __version__,
        origin_wall_ns,
        origin_ns,
        msgspec.json.encode(config).decode(),
        msgspec.json.encode(facts).decode(),
    )
    with database.errors_in_words(f"cannot write {path / database.FILE_NAME}"):
        db.execute(
            "INSERT INTO run (name, version, origin_wall_ns, origin_ns, config, about) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )


def clock_pair() -> tuple[int, int]:
    """The same instant on the monotonic and the wall clock, within a microsecond or so: of several
    tries the one that took the least time.
    """
    tries = []
    for _ in range(5):
        before = time.perf_counter_ns()
        wall = time.time_ns()
        after = time.perf_counter_ns()
        tries.append((after - before, (before + after) // 2, wall))
    _, monotonic, wall = min(tries)
    return monotonic, wall
