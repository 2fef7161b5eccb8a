"""The run on disk. The only package that knows the results folder and SQLite.

Importing it costs no numpy: that is loaded when columns are read.
"""

from perfbench.store.about import About
from perfbench.store.database import is_written
from perfbench.store.run import Run, open_run
from perfbench.store.runs import LATEST, find, listed

__all__ = ["LATEST", "About", "Run", "find", "is_written", "listed", "open_run"]
