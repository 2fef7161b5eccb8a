"""``summary.json``: the figures of a run for other programs. Stable and versioned.

Unknown is ``null``; there is no NaN. Everything in it can be made again from ``run.db``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from perfbench.errors import StoreError
from perfbench.metrics.repeats import repeated_loads
from perfbench.store.database import errors_in_words
from perfbench.types import SearchPath, Summary

FILE_NAME = "summary.json"
SCHEMA = "perfbench.summary/1"


def write(
    folder: Path,
    run: Mapping[str, Any],
    config: Mapping[str, Any],
    summaries: Sequence[Summary],
    search: SearchPath | None = None,
) -> Path:
    """Write the file whole or not at all, and return its path.

    Raises:
        StoreError: it cannot be written.
    """
    data: dict[str, Any] = {"schema": SCHEMA, "run": run, "config": config, "points": summaries}
    if repeated := repeated_loads(summaries):
        data["repeats"] = repeated
    if search is not None:
        data["search"] = search
    text = msgspec.json.format(msgspec.json.encode(data), indent=2)
    path = folder / FILE_NAME
    unfinished = path.with_suffix(".json.part")
    with errors_in_words(f"cannot write {path}"):
        try:
            unfinished.write_bytes(text + b"\n")
            os.replace(unfinished, path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
    return path


def read(folder: Path) -> list[Summary]:
    """The summaries in the file; none if there is no file.

    Raises:
        StoreError: it is damaged or of another version.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return []
    with errors_in_words(f"cannot read {path}"):
        content = path.read_bytes()
    try:
        data = msgspec.json.decode(content)
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise StoreError(f"{path} is not a {SCHEMA} file")
        return msgspec.convert(data.get("points"), list[Summary])
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path} is damaged: {error}") from None
