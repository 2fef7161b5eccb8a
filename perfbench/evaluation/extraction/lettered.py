r"""The option that a mathematical solution names in the end: "which is choice **D**", "故选：B".

Owns the forms in which it is named, with its value or without. The question's options are not
known here: what is no statement of a letter is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from perfbench.evaluation.extraction.set_formulas import trimmed

_LETTER = (
    r"(?:\$?\\(?:text|textbf|textrm|mathrm|mathbf)\s*\{)?[\s*_(（$]*(?P<letter>[A-F])(?![A-Za-z'’])"
    r"(?P<rest>[\s*_)）}.:：。．$]*(?:(?<=[).:*}：]\s)[^\s.;=][^\n;]{0,60})?)\Z"
)
_WHICH_IS = re.compile(
    r"\s*[,;(—–-]?\s*(?:\b(?:which|this|that|it|and\s+th(?:is|at))\s+(?:is|matches|corresponds\s+to"
    r"|equals|gives|agrees\s+with|appears\s+as)|\bcorresponding\s+to|\bmatching|\bi\.e\.,?)\s+(?:the\s+)?"
    r"(?:answer\s+)?(?:choice|option|answer)\s+" + _LETTER,
    re.IGNORECASE,
)
_STATES = re.compile(
    r"(?:\b(?:correct|right|best|matching|appropriate|corresponding)\s+(?:answer\s+)?(?:option|choice"
    r"|alternative|letter)\s*[*_]*\s*(?:is\b(?:\s+(?:therefore|thus|then|hence|clearly))?\s*:?|would\s+be|must\s+be|[:：=])"
    r"|\b(?:choose|select|pick|mark)\s+(?:(?:option|choice|answer)\s+)?(?=[\s*_(]*[A-F][\s*_).]*\Z)"
    r"|\b(?:option|choice)\s+(?=[\s*_(]*[A-F][\s*_)]*\s+is\s+(?:correct|right)[*_.]*\Z)"
    r"|(?:故|应|应当|所以|因此|可|答案)?选(?:择|项)?(?:是|为)?\s*[:：]?)\s*" + _LETTER,
    re.IGNORECASE,
)
_IS_CORRECT = re.compile(
    r".{0,200}\b(?:option|choice|answer)\s+[*_(]*(?P<letter>[A-F])[*_)]*\s+is\s+(?:the\s+)?"
    r"(?:correct|right)(?:\s+(?:one|option|choice|answer))?[*_.!\s]*\Z"
)
_LINE = re.compile(
    r"[\s>#-]*(?:\*\*\s*\(?(?P<bold>[A-F])[).:]\s*\**|\((?P<bare>[A-F])\))(?P<rest>[^\n]{0,60}?)[\s*_.]*\Z"
)
_ANOTHER = re.compile(r"(?:^|\s)[*_]*\(?[A-F][).]\s")
_TRIED = re.compile(r"[\s>*_#-]*\(?(?P<letter>[B-F])[).:]\*{0,2}\s")
_CORRECT = re.compile(r"\b(?:correct|right|best)\b|正确", re.IGNORECASE)
_FITS = re.compile(
    r"\b(?:correct|right|yes|true|works?|fits?|match(?:es)?|satisf\w+|answer|agrees?|equals?|holds?)\b|[✓✔✅]",
    re.IGNORECASE,
)
_LONGEST_LINE = 2000
_NEGATED = re.compile(r"\b(?:not|isn['’]t|never|cannot|if)\b|不|非", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Option:
    """An option, and what a sentence gives as its value."""

    letter: str
    value: str
    before: str
    """What stands before "which is choice B": a sentence that tells the value."""

    def with_value(self, value: str) -> str:
        """``(B) 12``, or the letter alone."""
        return f"({self.letter}) {value}" if value else self.letter


def lettered(sentence: str, before: str) -> Option | None:
    """The option that a closing sentence names as the answer of the text ``before`` it."""
    line = _LINE.match(sentence)
    listed = _ANOTHER.search(before[before.rstrip().rfind("\n") + 1 :][:_LONGEST_LINE])
    listed = listed or (line and _ANOTHER.search(line["rest"]))
    if line and not listed and len(line["rest"].split()) < 6 and (before.strip() or line["bold"]):
        return Option((line["bold"] or line["bare"]), line["rest"].strip(" *_.:"), "")
    which = _WHICH_IS.search(sentence)
    if which and which["letter"].isupper() and not _NEGATED.search(which.group()):
        return Option(which["letter"], "", sentence[: which.start()])
    states = _STATES.search(sentence) or _IS_CORRECT.match(sentence)
    if states is None or states["letter"].islower():
        return None
    reasons = before + sentence[: states.start()]
    if not re.search(r"[,，;；.。\n]", reasons) and not _CORRECT.search(sentence):
        return None
    if _NEGATED.search(sentence[max(0, states.start() - 12) : states.start("letter")]):
        return None
    rest = states.groupdict().get("rest") or ""
    value = trimmed(rest.lstrip(" *_)）.:：。．}").rstrip(" *_。．")).strip("$")
    return Option(states["letter"], value, "")


def tries_options(sentence: str, before: str) -> bool:
    """Whether a closing sentence tries one more option, after those ``before`` it, and finds none
    right: ``(C) 14: the other would be 42 and the total``.
    """
    tried = _TRIED.match(sentence)
    if tried is None or _FITS.search(sentence):
        return False
    earlier = chr(ord(tried["letter"]) - 1)
    return re.search(rf"^[\s>*_#-]*\(?{earlier}[).:]\*{{0,2}}\s", before, re.MULTILINE) is not None
