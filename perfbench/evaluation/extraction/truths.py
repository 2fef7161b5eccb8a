r"""Options that are the truths of two statements ("True, False"), where a text tells them apart.

"Statement 1 is true. Statement 2 is false." names the option by what it says, not by its text.
Knows nothing of other options, nor of what this weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import Candidate
from perfbench.evaluation.extraction.options import Options

_TRUTHS = re.compile(
    r"(?P<first>true|false|wrong|not wrong), (?P<second>true|false|wrong|not wrong)"
)
_SAYS = (
    r"[^.!?\n]{0,160}?(?:\b(?:is|are|be|was)\b|[:：—–|-])[\s*_]*(?:also\s+|clearly\s+|therefore\s+)?"
    r"(?P<truth>(?:not\s+)?(?:true|false|correct|incorrect|wrong))\b"
)
_STATEMENT = re.compile(
    rf"\b(?:(?:statement|scenario)\s+(?P<number>[12]|I{{1,2}}|one|two)"
    rf"|(?:the\s+)?(?P<ordinal>first|second)(?:\s+(?:statement|scenario|one))?)\b{_SAYS}",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\b(?P<which>both|neither)(?:\s+of\s+the)?(?:\s+\w+)?\s+(?:is|are|were)\s+"
    r"(?P<truth>true|false|correct|incorrect|wrong|not\s+(?:true|correct|wrong))\b",
    re.IGNORECASE,
)
_SECOND = ("2", "ii", "two", "second")


def truths(text: str, options: Options) -> Iterator[Candidate]:
    """The option that says of both statements what the text says of them last."""
    pairs = {
        option: letter for option, letter in options.texts.items() if _TRUTHS.fullmatch(option)
    }
    if len(pairs) < len(options.letters):
        return
    wrong_is_asked = any(option.startswith("wrong") for option in pairs)
    told: dict[bool, tuple[int, bool]] = {}
    for found in _STATEMENT.finditer(text):
        which = (found["number"] or found["ordinal"]).lower() in _SECOND
        told[which] = found.start(), _holds(found["truth"])
    for found in _BOTH.finditer(text):
        holds = _holds(found["truth"]) is (found["which"].lower() == "both")
        told = dict.fromkeys((False, True), (found.start(), holds))
    if len(told) < 2:
        return
    words = ("not wrong", "wrong") if wrong_is_asked else ("true", "false")
    said = ", ".join(words[0] if told[which][1] else words[1] for which in (False, True))
    letter = pairs.get(said)
    if letter:
        yield Candidate(max(start for start, _ in told.values()), 2, letter, "each statement")


def _holds(truth: str) -> bool:
    """Whether a statement of which this is said is true."""
    negated, _, word = " ".join(truth.lower().split()).rpartition("not ")
    return (word in ("true", "correct")) is not bool(negated or truth.lower().startswith("not"))
