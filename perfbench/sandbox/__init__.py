"""Running programs that nobody has read, and saying what came of them.

``jobs`` has the words: what is to be run, within which limits, and what a verdict is. ``verdicts``
judges a job in a box, ``local`` opens the boxes of this machine. Knows no data set, no store and no
model.
"""
