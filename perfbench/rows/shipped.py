"""The data files that come with perfbench.

Those of data sets are a handful of rows written for it, never the real set. In a checkout they are
in ``datasets``, in an installed wheel in ``perfbench/data``.
"""

from __future__ import annotations

from pathlib import Path

from perfbench.errors import WorkloadError

_PACKAGE = Path(__file__).resolve().parents[1]

FOLDERS = (_PACKAGE / "data", _PACKAGE.parent / "datasets")
"""Where they may be; the first that has a file wins."""


def shipped(name: str) -> Path:
    """A file that comes with perfbench.

    Raises:
        WorkloadError: the installation lacks it.
    """
    for folder in FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise WorkloadError(f"this installation lacks {name}; install perfbench again")
