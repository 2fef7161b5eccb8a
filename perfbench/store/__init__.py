"""The run on disk. The only package that knows the results folder and SQLite.

Importing it costs no numpy: that is loaded when columns are read.
"""

from perfbench.store.run import Run, open_run

__all__ = ["Run", "open_run"]
