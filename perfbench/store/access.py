"""How the parts of a run reach its database: one connection, one way to write, one to read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple


class Access(NamedTuple):
    """What ``Run`` lends to its parts."""

    db: sqlite3.Connection
    transaction: Callable[[], AbstractContextManager[None]]
    """All that is written in it, or nothing."""
    reading: Callable[[], AbstractContextManager[None]]
    """Turns what a damaged file makes of reading into a ``StoreError``."""
    scrub: Callable[[Any], Any]
    """Cuts secrets out of what is stored."""
