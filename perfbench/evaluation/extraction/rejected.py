r"""The root that is left where a text rejects another: "$x=4$ or $x=-3$. Reject the negative one."

Owns how a text says which of the values it found does not count. Knows nothing of how values are
found in what stands before that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORMULA = r"(?:\$[^$\n]{1,40}\$|\\\([^\n]{1,40}?\\\)|[a-z]\s?=\s?[^\s,;.]{1,20}|[-−]?\d[\d./]*)"
_NEGATIVE = (
    r"(?P<negative>(?:a\s+|its\s+)?negative\s+(?:roots?|solutions?|values?|answers?|ones?|numbers?|lengths?"
    r"|options?|\w+))"
)
_WHICH = (
    rf"(?:the\s+)?(?:{_NEGATIVE}|(?P<last>latter|second)(?:\s+\w+)?|(?P<first>former|first)(?:\s+\w+)?"
    rf"|(?P<value>(?:root|solution|value)?\s*{_FORMULA}))"
)
_AGAIN = _WHICH
for _name in ("negative", "last", "first", "value"):
    _AGAIN = _AGAIN.replace(f"(?P<{_name}>", f"(?P<{_name}_>")
_NOT = (
    r"(?:is|are|was|would\s+be|gets?|can\s+be|must\s+be|should\s+be|has\s+to\s+be)\s+(?:therefore\s+|thus\s+|then\s+|clearly\s+)?"
    r"(?:rejected|discarded|extraneous|dismissed|ruled\s+out|excluded|not\s+(?:valid|possible|allowed|admissible|feasible"
    r"|physical|meaningful|acceptable)|invalid|impossible|inadmissible|meaningless|spurious|an\s+extraneous\s+\w+)"
    r"|(?:can\s?not|can['’]t)\s+be\b|makes\s+no\s+sense|does(?:\s+not|n['’]t)\s+(?:make\s+sense|apply|satisfy|work|count)"
    r"|has\s+no\s+meaning"
)
_REJECTS = re.compile(
    rf"(?:[.;,]\s+|\n+|\s)(?:(?:but|and|however|here|then|so|as|since|because|where|we|must|can|should|of\s+which"
    rf"|(?:since|because|as)\s[^.;\n]{{1,80}}),?\s+){{0,4}}"
    rf"(?:{_WHICH}\s+(?:{_NOT})|(?:discard|reject|dismiss|exclude|ignor|drop|disregard|rul)(?:e|es|ing|ping)?(?:\s+out)?\s+{_AGAIN})"
    r"(?![^.\n]*(?:=|\bso\b))[^.\n]{0,160}[.!]?\s*\Z",
    re.IGNORECASE,
)
_KEEPS = re.compile(
    rf"\b(?:keep|retain|take|choose|select|accept)s?\s+(?:only\s+)?(?P<kept>{_FORMULA})\s*,?\s*(?:and|but|\()\s*(?:we\s+)?"
    r"(?:reject|discard|dismiss|exclude|ignor|drop|disregard)(?:e|ing)?s?\b[^.\n]*[.!]?\s*\Z"
    rf"|[;,.]\s+(?:but\s+|and\s+)?only\s+(?P<only>{_FORMULA})\s+(?:works|is\s+(?:valid|admissible|possible|acceptable|a\s+solution)"
    r"|satisfies|fits|remains|counts)\b[^.;\n=]{0,60}[.!]?\s*\Z",
    re.IGNORECASE,
)
_STRUCK = re.compile(
    r"[（(]\s*(?:不合题意|负值|不符合?(?:题意|条件)?)?[，,]?\s*(?:应)?(?:舍去?|舍弃|不合题意|不符合题意|rejected|discarded|reject"
    r"|extraneous|不適|verworfen|rejetée?|se\s+descarta|descartad[ao])\s*[)）]\s*[.。]?\s*\Z",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s*(?:,|;|\\text\s*\{\s*or\s*\}|\bor\b|\band\b|\\lor|\\vee|或)\s*")
_MOST = 600


@dataclass(frozen=True, slots=True)
class Rejection:
    """That one of the values is rejected which a text finds in ``before``."""

    before: str
    which: str
    """``negative``, ``first``, ``last``, or the value itself."""

    def left_of(self, values: str) -> str | None:
        """The value of a list that is left; ``None`` unless exactly one of several is."""
        parts = [each for each in _JOINT.split(values) if each.strip()]
        left = [part for place, part in enumerate(parts) if not self._is_meant(part, place, parts)]
        return left[0].strip() if len(left) == 1 < len(parts) else None

    def _is_meant(self, part: str, place: int, parts: list[str]) -> bool:
        if self.which == "negative":
            return _worth(part).startswith("-")
        if self.which in ("first", "last"):
            return place == (0 if self.which == "first" else len(parts) - 1)
        return _worth(part) == _worth(self.which)


def rejected(text: str) -> Rejection | None:
    """What a text ends in that rejects one of the values it has found."""
    struck = _STRUCK.search(text, max(0, len(text) - _MOST))
    if struck is not None:
        return Rejection(text[: struck.start()].rstrip(), "last")
    for begin in _begins(text):
        found = _REJECTS.match(text, begin)
        if found is not None:
            said = {name.rstrip("_"): each for name, each in found.groupdict().items() if each}
            which = said.get("value") or next(iter(said), None)
            return Rejection(text[: found.start()], which) if which else None
    return None


def _begins(text: str) -> list[int]:
    """Where a clause begins in the last part of a text."""
    found = re.finditer(r"[.;,]\s|\n+|\s(?=(?:discard|reject)ing)", text[-_MOST:])
    return [len(text) - len(text[-_MOST:]) + each.start() for each in found][-8:]


def _worth(value: str) -> str:
    """A value without its name, its signs and blanks."""
    plain = re.sub(r"^(?:root|solution|value)\s+", "", value.strip())
    return re.sub(r"[\s$\\()]|\.$", "", plain.rpartition("=")[2]).replace("−", "-")


def kept(text: str) -> str | None:
    """The value that a text ends in keeping, with the other one rejected beside it."""
    found = _KEEPS.search(text, max(0, len(text) - _MOST))
    return (found["kept"] or found["only"]).strip(" $\\()") if found else None
