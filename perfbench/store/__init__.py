"""The run on disk. The only package that knows the results folder and SQLite.

Importing it costs no numpy: that is loaded when columns are read.
"""

from perfbench.store.about import About, Kind
from perfbench.store.run import Run, open_run
from perfbench.store.runs import find, listed

__all__ = ["About", "Kind", "Run", "find", "listed", "open_run"]
