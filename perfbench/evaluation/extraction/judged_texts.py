r"""Options that a sentence judges right by their text, wherever in an answer it stands.

"'Rome' is the right choice", "the ECG makes acute pericarditis the diagnosis", "only x = 2 works".
Knows nothing of letters, nor of what such a judgement weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import Candidate
from perfbench.evaluation.extraction.mentions import DENIED, only_mention
from perfbench.evaluation.extraction.options import Options, normalised

_FITTING = (
    r"(?:(?:most\s+)?(?:likely|probable|plausible|appropriate|suitable|accurate|logical|fitting)"
    r"|correct|right|best|only\s+(?:correct|possible|plausible|right))"
)
_THING = (
    r"(?:answer|choice|option|one|diagnosis|explanation|completion|ending|continuation|cause|fit"
    r"|match|response|solution|conclusion|pick)"
)
_IS_RIGHT = re.compile(
    rf"[\"'”’»“*_`)]*\s+(?:is|are|was|would\s+be|must\s+be)\s+(?:therefore\s+|thus\s+|clearly\s+)?"
    rf"(?:the|our|my)\s+{_FITTING}\s+(?:\w+\s+)?{_THING}\b"
    r"(?!\s+(?:if|when|only|unless|but|for\s+an?other)\b)(?![^.!\n]{0,80}\?)"
)
_MAKES = re.compile(
    rf"\bmak(?:es?|ing)\s+(?P<text>[^.;:!?\n]{{2,160}}?)\s+(?:the|our|my)\s+(?:{_FITTING}\s+)?"
    rf"(?:leading\s+|clear\s+|obvious\s+)?(?:{_THING}|winner)\b(?![^.!\n]{{0,80}}\?)",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\bonly\s+(?P<text>[^.;:!?\n]{1,120}?)[*_\"'”’]*\s+(?:works|fits|satisfies|holds|qualifies|matches"
    r"|survives|remains|is\s+(?:correct|right|possible|true|consistent|left))\b(?![^.!\n]{0,80}\?)"
    r"(?!\s+(?:if|when|for|in)\b)",
    re.IGNORECASE,
)
_OTHERS_FAIL = re.compile(
    r"(?<=[.!])\s+(?:However,\s+|But\s+)?(?:the|all)\s+(?:the\s+)?(?:other|remaining)\s+(?:\w+\s+)?"
    r"(?:choices|options|answers|ones|alternatives)\s+(?:(?:do|are|would|can)(?:\s+not|n['’]t)\b"
    r"|(?:are|make|seem|can\s+be)\s+(?:all\s+|clearly\s+|either\s+)?"
    r"(?:incorrect|wrong|less|no|unrelated|irrelevant|false|ruled|eliminated|excluded))",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;:!?\n]\s|\n|[,;]\s+(?:so|thus|hence|therefore|but|and)\s")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_DOUBT_ALLOWED = re.compile(r"\b(?:if|might|may|could)\b", re.IGNORECASE)
"""Words that leave open what the next sentence settles."""
_LONGEST = 400
_MOST = 200
"""Of more than a model that is not in a loop says, the last ones are read."""


def judged_by_text(text: str, options: Options) -> Iterator[Candidate]:
    """Every option whose text a sentence calls the right one, and does not doubt."""
    for found in [*_IS_RIGHT.finditer(text)][-_MOST:]:
        before = text[max(0, found.start() - _LONGEST) : found.start()]
        clause = _CLAUSE.split(before)[-1]
        letter = _ends_with(clause, options) or _ends_with(before, options)
        if letter is not None and not DENIED.search(_without(clause, letter, options)):
            yield Candidate(found.start(), 2, letter, "option's text judged")
    for found in [*_MAKES.finditer(text), *_ONLY.finditer(text)][-_MOST:]:
        letter = options.named(found["text"])
        before = text[max(0, found.start() - _LONGEST) : found.start()]
        if letter is not None and not DENIED.search(_CLAUSE.split(before)[-1]):
            yield Candidate(found.start(), 2, letter, "option's text judged")

    for found in _OTHERS_FAIL.finditer(text):
        before = _SENTENCE.split(text[max(0, found.start() - _LONGEST) : found.start()])[-1]
        letter = only_mention(before, options)
        if letter is not None and not DENIED.search(_DOUBT_ALLOWED.sub("", before)):
            yield Candidate(found.start(), 2, letter, "others called wrong")


def _ends_with(passage: str, options: Options) -> str | None:
    """The option whose text a passage ends with; the longest one that does."""
    plain = normalised(passage)
    fitting = [
        option
        for option, letter in options.texts.items()
        if letter and (plain == option or re.search(rf"\W{re.escape(option)}\Z", plain))
    ]
    return options.texts[max(fitting, key=len)] if fitting else None


def _without(clause: str, letter: str, options: Options) -> str:
    plain = normalised(clause)
    for option, named_by in options.texts.items():
        if named_by == letter:
            plain = plain.removesuffix(option)
    return plain
