r"""What a sentence says in plain words behind its last set formula, or beside what it comes to.

Owns clauses that add nothing ("no matter how many there are"), values told behind a formula ("the
maximum is at $x=2$ and equals 6.25"), one word in bold, a result behind a step to it. Knows nothing
of formulas themselves.
"""

from __future__ import annotations

import re

_WHATEVER = re.compile(
    r",\s+whose\s[^.;,=]{1,60}\s(?:is|are)\s+\S{1,30}\s*\Z"
    r"|,\s+(?:while|whereas)\s[^.;]{1,120}\bnot\s+(?:what|the\s+\w+|asked|needed)\b[^.;]*\Z"
    r"|,?\s+(?:no\s+matter|regardless\s+of|irrespective\s+of|independently?\s+of|whatever)\b[^.;=]*[.!]?\s*\Z",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"(?:(?!\b(?:when|if|where|for|since|because|as|at|with|after|than|but|not|only)\b)[^=\d])*?"
    r"(?:[:：]\s+|,\s+(?:i\.e\.|ou\s+seja|es\s+decir|soit|d\.h\.|das\s+hei(?:ß|ss)t|cioè),?\s+"
    r"|(?:\b(?:is|are|equals?|gives?)|['’]s)\s+(?:(?:equal\s+to|exactly|just|simply|then|thus|therefore)\s+)*)"
    r"(?P<value>[-−]?\d(?:[\d.,/]*\d)?(?:\s?(?:°|%|[a-z]{1,12}))?)[\s.*!。]*",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"\b(?:is|are)\s+(?:an?\s+|the\s+)?\*\*(?P<word>[A-Za-z][a-z-]{2,20})\*\*(?:\s+[a-z]+)?[\s.!]*\Z"
)
_STEP = re.compile(
    r"\b(?:radius|diameter|side(?:\s+length)?|slope|ratio|difference|height|base|center|centre)\s+is\s*\Z"
    r"|(?:\bso|,)\s*\Z",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"(?:\s*[a-z²³]+)?\s*,?\s*and\s+(?:so\s+|thus\s+|hence\s+)?(?:its|the|their)\s+(?:\w+\s+)?(?:equation|area|volume"
    r"|perimeter|circumference|sum|product|probability|limit|answer|integral|determinant)\b[^,;$]*",
    re.IGNORECASE,
)


def without_whatever(sentence: str) -> str:
    """The sentence without a last clause that says on what its result does not depend, or what is
    so of it."""
    return _WHATEVER.sub("", sentence)


def told_behind(tail: str) -> str | None:
    """The value that the plain rest of a sentence, behind its last formula, tells as another one's
    result."""
    found = _TOLD.fullmatch(tail)
    return found["value"] if found else None


def bold_word(sentence: str) -> str | None:
    """The one word in bold that a sentence ends in, as what something is."""
    found = _WORD.search(sentence)
    return found["word"] if found and sentence.count("**") == 2 else None


def goes_on(before: str, between: str) -> bool:
    """Whether the last of two formulas is a result for which the first was a step: "so $r=4$ and
    the area is"; ``before`` is what leads to the first, ``between`` what leads on."""
    return bool(_STEP.search(before) and _RESULT.fullmatch(between))
