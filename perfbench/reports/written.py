"""What the files of evaluations and arenas share: how they are written, what they say of the run,
and figures as JSON types. Unknown is null, nothing is NaN.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from perfbench.errors import StoreError
from perfbench.store import Run


def write_whole(path: Path, parts: Iterable[bytes]) -> Path:
    """Write a file whole or not at all, in a folder that is made if need be.

    Raises:
        StoreError: it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(unfinished, "wb") as file:
            file.writelines(parts)
        os.replace(unfinished, path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return path


def as_json(value: Any) -> Any:
    """The value as JSON types."""
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=str))


def identity(run: Run) -> dict[str, Any]:
    """Which run a file is of, and how that came about."""
    return {
        "id": run.path.name,
        "path": str(run.path.absolute()),
        "started": datetime.fromtimestamp(run.started_s).astimezone().isoformat(),
        "perfbench_version": run.version,
        **as_json(run.about.facts()),
    }
