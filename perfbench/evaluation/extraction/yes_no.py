r"""A yes or a no, a true or a false, where these are options.

Owns how a text begins with one, and how its last sentence denies. Knows nothing of other options.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import Candidate
from perfbench.evaluation.extraction.options import Options

_YES = ("yes", "true", "ja", "oui", "si", "sim", "да", "是", "对", "はい", "예", "네")
_NO = ("no", "false", "nein", "non", "nao", "нет", "否", "不是", "错", "いいえ", "아니오")
_INTERJECTION = re.compile(
    r"[\s*_\"'“(]*(?P<said>[^\W\d_]{1,8})[*_\"'”)]*(?:[,，.。!:;]|\s+[-–—])"
    r"(?!\s*(?:but|wait|however|and|or|aber|mais|pero|但)\b)(?=\s*\S)"
)
_NOT_TRUE = re.compile(
    r"[\s*_>#-]*(?:(?:so|thus|therefore|hence),?\s+)?(?:it|this|that|the\s+(?:statement|claim|sentence))"
    r"(?:['’]s|\s+is)(?:\s+(?:\w+ly\s+)?not|n['’]t)\s+(?:\w+ly\s+)?(?:true|correct|so)[\s.!*_]*",
    re.IGNORECASE,
)


def yes_or_no(text: str, last: str, options: Options) -> Iterator[Candidate]:
    """What a text begins with, or its ``last`` sentence comes to."""
    yield from _interjected(text, options)
    if {"true", "false"} <= options.texts.keys() and _NOT_TRUE.fullmatch(last):
        letter = options.texts["false"]
        if letter:
            yield Candidate(len(text) - len(last), 2, letter, "not true")


def _interjected(text: str, options: Options) -> Iterator[Candidate]:
    """The "Yes" or "No" that a text begins with, where both are options."""
    yes = {options.texts.get(each) for each in _YES} - {None}
    no = {options.texts.get(each) for each in _NO} - {None}
    said = _INTERJECTION.match(text)
    letter = options.named(said["said"]) if said and yes and no else None
    if letter is not None and letter in yes | no:
        yield Candidate(0, 2, letter, "yes or no")
