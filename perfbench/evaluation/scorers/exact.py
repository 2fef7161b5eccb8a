"""Words: right if equal once case, spacing and the punctuation around them are set aside.

Nothing inside the answer is changed: "red, blue" is not "red blue". An option's brackets count as
punctuation, so ``(B)`` equals ``B``; an answer that is all punctuation is compared as it stands,
without its spaces.
"""

from __future__ import annotations

import unicodedata

from perfbench.evaluation.scorers.targets import targets
from perfbench.types import Sample, Score

_EDGES = " .,;:!?\"'`*_$()[]{}<>“”‘’«»。，；：！？（）【】「」"


def exact(answer: str, sample: Sample) -> Score:
    """1 if the answer reads like one of the targets."""
    given = _plain(answer)
    right = targets(sample)
    for target in right:
        if given == _plain(target):
            return Score(1.0, answer, why=f"reads {target!r}", scorer="exact")
    wanted = " or ".join(repr(target) for target in right)
    return Score(0.0, answer, why=f"{answer!r} is not {wanted}", scorer="exact")


def _plain(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    bare = text.strip(_EDGES)
    return bare or text.replace(" ", "")
