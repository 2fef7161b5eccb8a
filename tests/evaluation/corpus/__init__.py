"""Answers with what a careful reader takes from each, by kind of answer.

One case a line, written before it was tried. A module belongs to the kind its name begins with.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any


def cases(kind: str, collection: str) -> Iterator[Any]:
    """Every case of a collection (``CLOSINGS``, ``SOLUTIONS``) of all modules of a kind."""
    for path in sorted(Path(__file__).parent.glob(f"{kind}_*.py")):
        yield from getattr(import_module(f"{__name__}.{path.stem}"), collection, ())
