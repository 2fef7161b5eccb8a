"""A run in the words of another tool: its names, its definitions, its files, and why they differ.

Each module but the first four is one tool: it reads :class:`~perfbench.reports.words.material.
Material` and knows that tool's formulas, each with the place in its source that it was read from.
No tool's code is here. Figures that a tool has and our records cannot tell are left out or null, as
the tool's own readers take it, and are named as such.
"""

from perfbench.reports.words.show import print_words
from perfbench.reports.words.write import load_tools, write_words

__all__ = ["load_tools", "print_words", "write_words"]
