"""The part of a text that extractors read: all of it, unless a model fell into a loop.

A run of spaces, marks or digits says nothing more after some characters, and how a text of novel
length ends (or begins) says what it answers. Bounding both here is what keeps every pattern of the
extractors linear: an unbounded quantifier over blanks or marks never meets more than a short run.
Knows nothing of answers. Characters.
"""

from __future__ import annotations

import re

_LONGEST_RUN = 40
_LONGEST_NUMBER = 500
_HEAD = 8_000
_TAIL = 32_000
_RUN = re.compile(rf"[\W_]{{{_LONGEST_RUN + 1},}}|\d{{{_LONGEST_NUMBER + 1},}}")


def condensed(text: str) -> str:
    """The text with long runs shortened, and without the middle if it is very long.

    A run of what is neither letter nor digit keeps its two ends, and a blank line between them if
    it held a line break.
    """
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]}\n\n{text[-_TAIL:]}"
    return _RUN.sub(_shortened, text)


def _shortened(run: re.Match[str]) -> str:
    found = run.group()
    if found[0].isdecimal():
        return found[:_LONGEST_NUMBER]
    half = _LONGEST_RUN // 2
    gap = "\n\n" if "\n" in found[half:-half] else ""
    return found[:half] + gap + found[-half:]
