"""Labels that a judge states in a line of their own.

Sentences state nothing, as they negate, doubt, suppose and quote in more ways than can be listed:
what they say can only contradict a line. Knows labels by a function that tells whether a text is
one; reading is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from perfbench.evaluation.judging.quoting import DECORATION, LONGEST_LINE, QUOTATION, is_negated

Labelled = Callable[[str], str | None]
"""The label that a text is; ``None`` if it is none."""

_NAMES = (
    r"verdict|judge?ment|grade|grading|decision|conclusion|evaluation result|判断|判定|结论|裁决"
)
_OWN = r"(?:[-•][ \t]+)?(?:(?:so|therefore|thus|hence),?[ \t]+)?"
_NAMED = re.compile(
    rf"{_OWN}(?:(?:the|my|final|overall|最终)[ \t]*)*(?:{_NAMES})(?:结果)?[ \t]*"
    r"(?:is[ \t]*:?|[:=是为][ \t]*:?)",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(?:(?:my|final|overall)[ \t]+)*(?:answer|答案)[ \t]*[:=]", re.IGNORECASE)
"""May name the verdict, or one of the answers that are judged."""
_HEADING = re.compile(
    rf"(?:(?:so|therefore|thus|hence|here is),?[ \t]+)?(?:(?:the|my|final|overall)[ \t]+)*"
    rf"(?:{_NAMES}|answer)(?:[ \t]+is)?[ \t]*:?",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"candidate|reference|standard|gold|target|predict|student|assistant|response|submission"
    r"|\bkey\b|\bmodel answer|标准|参考|候选|考生",
    re.IGNORECASE,
)
_ENDED = re.compile(rf"[.!。！{QUOTATION})\]}}$\\|\d]\Z")
"""How a line ends that does not go on in the next."""
_TAKEN_BACK = re.compile(
    r"\b(?:wait|actually|on second thoughts?|scratch that|never ?mind|disregard|reconsider\w*"
    r"|retract\w*|take (?:that|it|this) back|correction|kidding|sorry|nope|oops|apologi\w*"
    r"|unsure|uncertain|not (?:\w+ )?(?:sure|certain|confident)|guess\w*|perhaps|maybe|might be"
    r"|ignore (?:that|this|the above)|i was wrong|or rather|my mistake|is what|only if"
    r"|unless|provided that|assuming)\b"
    r"|^\W*(?:no|not|only if|if|unless|provided|assuming|but|or|however|though|although|except)\b"
    r"|等等|不对|不是|不确定|更正|撤回|如果|但是|可能"
    r"|\b(?:espera|perdón|aber|warte|doch nicht|attende[zr]|mais|peut-être|vielleicht|quizás)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""Behind a verdict: that it was none, or only under a condition."""
_BOXED = re.compile(
    r"(?:\$\$?|\\?[(\[])?[ \t]*\\boxed\{[ \t]*(?:\\text(?:bf)?\{)?([^{}\n]{1,40})\}{1,2}"
    r"[ \t]*(?:\$\$?|\\?[)\]])?"
)
_PAIRED = re.compile(r"(.+?)[ \t]*(?:[:.)\-–—][ \t]*|\()([^()]+)\)?")
_AFTER = r"(?=[ \t]*(?:[.,;:!)\]。，；！\n]|[–—-]|because\b|since\b|\Z))"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is a label, or two."""

    labels: tuple[str, ...]
    place: int
    name: str
    """``verdict``, ``answer``, or nothing."""


def stated(text: str, labelled: Labelled, labels: Sequence[str], words: Sequence[str]) -> list[str]:
    """The labels that an unquoted text states, and what contradicts them.

    Args:
        labels: all that there are.
        words: their other spellings.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [line for place in range(len(lines)) if (line := _line(lines, place, labelled))]
    said = [each for each in found if _is_said(each, lines, labels)]
    if not said or _TAKEN_BACK.search("\n".join(lines[said[-1].place + 1 :])):
        return []
    verdicts = [label for each in [*said, *found] for label in each.labels]
    for pattern in _patterns(tuple(labels), tuple(words)):
        verdicts += _in_sentences(pattern, text, labelled, verdicts[0])
    return verdicts


def _line(lines: Sequence[str], place: int, labelled: Labelled) -> _Line | None:
    """The label that a line is: bare, marked, with its other spelling, under a name."""
    if len(lines[place]) > LONGEST_LINE:
        return None
    bare, name = DECORATION.sub("", lines[place]).strip(), ""
    for what, pattern in (("verdict", _NAMED), ("answer", _ANSWER)):
        if named := pattern.match(bare):
            bare, name = bare[named.end() :].strip(), what
            break
    bare = re.sub(r"(?<![.])[.。!]\Z", "", bare).strip()
    if boxed := _BOXED.fullmatch(bare):
        bare = boxed[1]
    bare = bare.lstrip("([").rstrip(" )]")
    if (label := labelled(bare)) is not None:
        return _Line((label,), place, name)
    pair = _PAIRED.fullmatch(bare)
    parts = tuple(labelled(part) for part in pair.groups()) if pair else (None,)
    known = tuple(part for part in parts if part is not None)
    return _Line(known, place, name) if len(known) == len(parts) else None


def _is_said(line: _Line, lines: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether a line is said as the verdict: it is part of no sentence, follows nothing that calls
    it something else, and, if no name calls it the verdict, begins or ends the text."""
    first, last = line.place == 0, line.place == len(lines) - 1
    if not last and lines[line.place + 1][0].islower():
        return False
    if not first and _leads(lines, line.place):
        return False
    if line.name == "answer":
        others = re.compile("|".join(rf"(?<!\w){re.escape(label)}(?!\w)" for label in labels))
        return last and not any(others.search(each) for each in lines[:-1])
    return first or last or line.name == "verdict"


def _leads(lines: Sequence[str], place: int) -> bool:
    """Whether the line before leads on to this one, and not as to a verdict."""
    before = DECORATION.sub("", lines[place - 1]).strip()
    if before.endswith("?"):
        return _JUDGED.search(before) is not None
    return not _ENDED.search(before) and not _HEADING.fullmatch(before)


@lru_cache(maxsize=64)
def _patterns(labels: tuple[str, ...], words: tuple[str, ...]) -> list[re.Pattern[str]]:
    """How a label is marked in a sentence: under the name of a verdict, in marks, in capitals."""
    spelled = sorted({*labels, *words}, key=len, reverse=True)
    some = rf"(?<![A-Za-z0-9_])({'|'.join(map(re.escape, spelled))})(?![A-Za-z0-9_])"
    found = [
        re.compile(rf"(?i:\b(?:{_NAMES}))[^\n:.]{{0,40}}?(?i:\bis|[:=是为])[ \t]*{some}{_AFTER}"),
        re.compile(rf"\\boxed\{{[ \t]*(?:\\text(?:bf)?\{{)?[ \t]*{some}"),
        re.compile(rf"\[\[[ \t]*{some}[ \t]*\]\]"),
        re.compile(rf"\*\*[ \t]*\(?{some}[):.]?[ \t]*\*\*"),
    ]
    if capitals := [each for each in spelled if len(each) > 2 and each.isupper()]:
        loud = "|".join(re.escape(each).replace("_", "[_ ]") for each in capitals)
        found.append(re.compile(rf"(?<![A-Za-z0-9_])({loud})(?![A-Za-z0-9_])"))
    return found


def _in_sentences(
    pattern: re.Pattern[str], text: str, labelled: Labelled, verdict: str
) -> Iterator[str]:
    """What sentences say: another label, or that it is not this one."""
    for each in pattern.finditer(text):
        label = labelled(each[1])
        negated = is_negated(text, each.start())
        if label is not None and not negated:
            yield label
        elif label == verdict:
            yield f"not {label}"
