"""Verdicts in the texts of judges, read strictly as the prompt asked for them, and their worth.

A text that states no verdict, or two different ones, has none: nothing is guessed, and no verdict
is the default. What stands in quotes, or in a line or block that is quoted, is not stated; neither
is reasoning, which was set aside before. Reading is linear in the length of the text. Knows no
prompt and no judge: a question brings its contract along.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import msgspec

from perfbench.errors import ConfigError
from perfbench.evaluation.judging import letters
from perfbench.evaluation.judging.quoting import (
    DECORATION,
    is_negated,
    plain,
    unquoted,
    unquoted_lines,
)
from perfbench.types import Extraction, Sample, Score

Form = Literal["letter", "json", "scale", "brackets"]

FIVE = ("A>>B", "A>B", "A=B", "B>A", "B>>A")
"""Labels of a comparison: A is much better, better, as good, worse, much worse."""

_OBJECTS = 64
"""So many beginnings of JSON objects are tried that turn out to be none."""


@dataclass(frozen=True, slots=True)
class Contract:
    """How a judge was asked to state its verdict.

    ``letter``: a label by itself, as a line of its own, or named as the verdict. ``brackets``:
    ``[[LABEL]]``. ``scale``: ``[[NUMBER]]``, or a line ``Rating: NUMBER``. ``json``: an object with
    a ``verdict``, which is a label or a number.
    """

    form: Form
    labels: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    """Other spellings: word to label (``CORRECT`` to ``A``)."""
    low: float | None = None
    """Least number on the scale."""
    high: float | None = None

    def __post_init__(self) -> None:
        """Raises ``ConfigError`` if nothing could be read by it."""
        numbers = self.low is not None and self.high is not None
        if self.form == "scale" and not numbers:
            raise ConfigError("a contract of the form scale needs a range")
        if self.form in ("letter", "brackets") and not self.labels:
            raise ConfigError(f"a contract of the form {self.form} needs labels")
        if self.form == "json" and numbers == bool(self.labels):
            raise ConfigError("a contract of the form json needs labels or a range, one of them")
        if numbers and not float(self.low or 0) < float(self.high or 0):
            raise ConfigError("the range of a contract goes from its least to its greatest number")
        if unknown := [label for label in self.words.values() if label not in self.labels]:
            raise ConfigError(f"words of a contract stand for labels, and {unknown[0]!r} is none")

    @property
    def is_scale(self) -> bool:
        """Whether verdicts are numbers."""
        return self.low is not None

    def read(self, text: str) -> Extraction:
        """The verdict of a judge's text: a label, or a number as text. ``how`` says why there is
        none."""
        said = plain(text)
        stated = list(dict.fromkeys(_READERS[self.form](said, self)))
        if len(stated) == 1 and not stated[0].startswith(_OFF):
            return Extraction(stated[0], marked=not _at_the_end(said, self), how=self.form)
        if not stated:
            return Extraction(None, how="states no verdict")
        if len(stated) == 1:
            return Extraction(None, how=f"states a verdict {stated[0]}")
        return Extraction(None, how=f"states different verdicts: {', '.join(stated[:5])}")

    def label(self, text: str) -> str | None:
        """The label that a text is, in whatever spelling; ``None`` if it is none."""
        return _label(plain(text), self)

    def schema(self) -> dict[str, Any] | None:
        """JSON schema of the reply, for services that hold a model to one; ``None`` if the reply
        is no JSON."""
        if self.form != "json":
            return None
        verdict: dict[str, Any] = {"type": "string", "enum": list(self.labels)}
        if self.is_scale:
            verdict = {"type": "number", "minimum": self.low, "maximum": self.high}
        return {
            "type": "object",
            "properties": {"reasoning": {"type": "string"}, "verdict": verdict},
            "required": ["reasoning", "verdict"],
            "additionalProperties": False,
        }


def verdict(text: str, sample: Sample) -> Extraction:
    """The verdict that a judge states as it was asked to: by the ``contract`` of the question."""
    return contract_of(sample).read(text)


def judgement(answer: str, sample: Sample) -> Score:
    """What a verdict is worth, 0 to 1: by its label, or by its place in the range (``values`` and
    ``contract`` of the question). A number is a metric of its own, ``rating``."""
    contract = contract_of(sample)
    if contract.low is not None and contract.high is not None:
        number = float(answer)
        value = (number - contract.low) / (contract.high - contract.low)
        return Score(value, answer, metrics={"rating": number}, scorer="judgement")
    shares = {name: float(answer in of) for name, of in sample.meta.get("shares", {}).items()}
    value = float(sample.meta["values"][answer])
    return Score(value, answer, metrics=shares, scorer="judgement")


def human_label(answer: str, sample: Sample) -> Score:
    """The share of people (``humans`` of the question) who say the same as a verdict; what it is
    worth is a metric of its own, ``judged``."""
    judged = judgement(answer, sample).value
    assert judged is not None
    same = [abs(judged - float(human)) < 1e-9 for human in sample.meta["humans"]]
    share = sum(same) / len(same)
    return Score(share, answer, metrics={"judged": judged}, scorer="human_label")


def contract_of(sample: Sample) -> Contract:
    """The contract that travels with a judge's question.

    Raises:
        ConfigError: it has none.
    """
    try:
        return msgspec.convert(sample.meta["contract"], Contract)
    except (KeyError, msgspec.ValidationError):
        raise ConfigError(f"{sample.id} is no question to a judge: it has no contract") from None


def _at_the_end(text: str, contract: Contract) -> bool:
    """Whether a single letter is the last thing said, though not the only one: in a text that was
    cut off it may have been the beginning of a word."""
    said = text.rsplit(maxsplit=1)
    return contract.form == "letter" and len(said) > 1 and len(said[-1]) == 1


@lru_cache(maxsize=64)
def _spellings(labels: tuple[str, ...], words: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Every spelling of every label; in any case, unless that would make two of them one."""
    exact = {**{_squeezed(label): label for label in labels}, **dict(words)}
    exact |= {word.replace("_", " "): label for word, label in words if "_" in word}
    exact |= {label.replace("_", " "): label for label in labels if "_" in label}
    folded: dict[str, set[str]] = {}
    for spelled, label in exact.items():
        folded.setdefault(spelled.casefold(), set()).add(label)
    loose = {fold: next(iter(found)) for fold, found in folded.items() if len(found) == 1}
    return {**loose, **exact}


def _label(text: str, contract: Contract) -> str | None:
    """The label that a text is, if it is nothing else."""
    known = _spellings(contract.labels, tuple(contract.words.items()))
    bare = text.strip(" \t\r\n*_")
    for spelled in (bare, bare.casefold(), _squeezed(bare), _squeezed(bare).casefold()):
        if spelled in known:
            return known[spelled]
    return None


def _squeezed(label: str) -> str:
    """Without the spaces that some put around ``>`` and ``=``."""
    return re.sub(r"\s*([<>=])\s*", r"\1", label)


_BRACKETS = re.compile(r"\[\[([^\[\]\n]{1,60})\]\]")


def _in_brackets(text: str, contract: Contract) -> Iterator[str]:
    said = unquoted(text)
    for found in _BRACKETS.finditer(said):
        label = _label(found[1], contract)
        if label is not None:
            yield label
            if is_negated(said, found.start()):
                yield f"not {label}"


def _by_letter(text: str, contract: Contract) -> Iterator[str]:
    def labelled(part: str) -> str | None:
        return _label(part, contract)

    yield from letters.stated(unquoted(text), labelled, contract.labels, tuple(contract.words))


_OFF = "off the scale: "
_NUMBER = r"[+-]?\d{1,9}(?:\.\d{1,9})?"
_IN_BRACKETS = re.compile(
    rf"\[\[[ \t*]*(?:rating[ \t]*[:=][ \t]*)?({_NUMBER})[ \t]*(?:/[ \t]*(\d{{1,6}}))?[ \t*]*\]\]",
    re.IGNORECASE,
)
_RATED = re.compile(
    r"(?:(?:final|overall|my)[ \t]+)*(?:rating|score|grade|verdict|评分|得分|分数)"
    r"[ \t]*(?:is|[:=是为])"
    rf"[ \t]*({_NUMBER})(?:[ \t]*(?:/|out of)[ \t]*(\d{{1,6}}))?[ \t]*分?[.。]?",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"({_NUMBER})(?:[ \t]*(?:/|out of)[ \t]*(\d{{1,6}}))?[.。]?")


def _on_a_scale(text: str, contract: Contract) -> Iterator[str]:
    stated = unquoted(text)
    found: list[re.Match[str]] = [*_IN_BRACKETS.finditer(stated)]
    if not found:
        bare = DECORATION.sub("", stated).strip()
        lines = [_RATED.fullmatch(line.strip()) for line in bare.splitlines()]
        found = [line for line in [*lines, _ALONE.fullmatch(bare)] if line is not None]
    for each in found:
        yield _rated(float(each[1]), contract, each[2])


def _rated(number: float, contract: Contract, of: str | None = None) -> str:
    """A number as the verdict that it is. One on another scale is marked so: it is none, and
    contradicts every other."""
    assert contract.low is not None
    assert contract.high is not None
    fits = contract.low <= number <= contract.high and of in (None, f"{contract.high:g}")
    return f"{number:.9g}" if fits else f"{_OFF}{number:.9g}"


_OBJECT = re.compile(r"\{\s*(?:\"(?:[^\"\\]|\\.){1,60}\"\s*:)")


class _Twice(ValueError):
    """An object that says one thing twice."""


def _in_json(text: str, contract: Contract) -> Iterator[str]:
    """The verdict of every object that has one; objects within others are part of them."""
    # Models break the lines of what they explain, which JSON forbids and nobody can mistake.
    decoder = json.JSONDecoder(object_pairs_hook=_once, strict=False)
    text, place, failed = unquoted_lines(text), 0, 0
    while failed < _OBJECTS and (start := _OBJECT.search(text, place)):
        place = start.start()
        try:
            found, place = decoder.raw_decode(text, place)
        except _Twice:
            yield from ("one", "another")
            return
        except (ValueError, RecursionError):
            failed, place = failed + 1, start.end()
            continue
        if "verdict" in found:
            yield from _from_json(found["verdict"], contract)


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name == "verdict" and name in found and found[name] != value:
            raise _Twice
        found[name] = value
    return found


def _from_json(value: object, contract: Contract) -> Iterator[str]:
    if contract.is_scale:
        if isinstance(value, str) and re.fullmatch(_NUMBER, value.strip()):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield _rated(float(value), contract)
    elif isinstance(value, str):
        inside = _BRACKETS.fullmatch(value.strip())
        label = _label(inside[1] if inside else value, contract)
        if label is not None:
            yield label


_READERS = {
    "letter": _by_letter,
    "brackets": _in_brackets,
    "scale": _on_a_scale,
    "json": _in_json,
}
