"""The options of a question: their texts in one writing, and what each may be called for short.

Owns when two writings are the same option ("60 °C" and "60°C", "50%" and "50 per cent"). Knows
nothing of answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from perfbench.evaluation.extraction import numbered
from perfbench.evaluation.extraction.latex import without_text_commands

_WIDE = {0xFF21 + i: ord("A") + i for i in range(26)} | {
    0xFF41 + i: ord("a") + i for i in range(26)
}
_CIRCLED = {0x24B6 + i: ord("A") + i for i in range(26)} | {
    0x24D0 + i: ord("a") + i for i in range(26)
}
_SQUARED = {base + i: ord("A") + i for base in (0x1F130, 0x1F170) for i in range(26)}
_MATH = {base + i: ord("A") + i for base in (0x1D400, 0x1D5D4, 0x1D63C) for i in range(26)}
_PLAIN = (
    _WIDE
    | _CIRCLED
    | _SQUARED
    | _MATH
    | {ord(wide): ord(plain) for wide, plain in zip("（）．：；！", "().:;!", strict=True)}
    | {
        ord(old): ord(new)
        for old, new in zip(
            "為選項確對應題參錯誤則該擇綜據", "为选项确对应题参错误则该择综据", strict=True
        )
    }
    | dict.fromkeys((0x2010, 0x2011, 0x2212), ord("-"))
    | dict.fromkeys((0xFE0F, 0x200B, 0xFEFF, 0x2060))
    | {0x00A0: 32, 0x2019: 39}
)
_SPACING = re.compile(
    r"\\[,;:! ]|\\q?quad(?![A-Za-z])|(?<!~)~(?=[A-Za-z(])|\\(?:left|right)(?![A-Za-z])"
)
_EDGES = re.compile(
    r"^[\s$*_`\"'“”‘’.,;:!?。，；：！？()\[\]{}]+|[\s$*_`\"'“”‘’.,;:!?。，；：！？]+$"
)
_QUOTES = re.compile(r"[\"“”„«»](?!\d)(?<!\d\")")
_FRACTION = re.compile(r"\\frac\{([\w\\.^]{1,20})\}\{([\w\\.^]{1,20})\}")
_RAISED = re.compile(r"[⁻⁺]?[⁰¹²³⁴-⁹]+")
_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)
_NAMED_VALUE = re.compile(r"[a-z]\s?=\s?(-?\d.*)\Z")
_COMPARES = re.compile(r"[≥≤]|\\[gl]eq?(?![A-Za-z])")
_TIMES = re.compile(r"\s*(?:\\times(?![A-Za-z])|×)\s*")
_BRACED = re.compile(r"(?<=\^)\{\s*([-+]?\w{1,12})\s*\}")
_FULL_NAME = re.compile(r"[A-Z][\w.'’-]+(?:\s[A-Z][\w.'’-]*){0,2}\s[A-Z][\w'’-]{2,}\Z")
_ALL = re.compile(
    r"(all|none) of (?:the (?:above|options|choices)|these|them)(?: options| choices)?"
)
_BOTH = re.compile(r"(both|neither) (?:statements? )?(?:i|1) (?:and|nor) (?:statement )?(?:ii|2)")
_REASON = re.compile(r",?\s+(?:because|since)\s")
_YES_BECAUSE = re.compile(
    r"(?:yes|no)\b[,.;:]?\s+(?:because|since|as)\s+(?P<reason>.{4,})", re.IGNORECASE
)
_IT_IS = re.compile(r"(?:it|this|that|there|they|he|she)\s+(?:is|was|are|were)\s+")
_GROWTHS = {
    "o(1)": ("constant",),
    "o(n)": ("linear",),
    "o(n^2)": ("quadratic",),
    "o(n^3)": ("cubic",),
    "o(logn)": ("logarithmic",),
    "o(nlogn)": ("linearithmic", "log linear"),
    "o(2^n)": ("exponential",),
}
_HEAD = re.compile(r"\s*([^\W\d_][^:：.,;!?\n]{2,60})[:：]\s+\S")
_CHINESE_WORD = re.compile(r"[一-鿿]{2}")
_PROPORTION = re.compile(r"(?<=\d)\s*:\s*(?=\d)")
_QUANTITY = re.compile(
    r"[$€£¥]?(?P<number>[-−]?\d+(?:[.,/]\d+)*)\s?(?P<unit>%|°|[^\W\d_]{0,12}(?:\s[^\W\d_]{2,8})?)\Z"
)
_SCIENTIFIC = re.compile(r"(?P<factor>-?\d+(?:\.\d+)?)×10\^(?P<power>-?\d{1,2})(?!\d)")
_PERCENT = re.compile(r"(\d)\s*(?:\\?([%°])|per\s?cent\b)")
_FUNCTION = re.compile(r"\\(log|ln|sin|cos|tan|max|min)(?![A-Za-z])|(?<=[A-Za-z])_\{?(\d)\}?")
_ABOUT = re.compile(r"(?:[~≈]|about|approximately|roughly)\s*(?=[$€£]?\d)")
_COMMA = re.compile(r",(?=\s(?:because|since|as|but|so|which|while|when|if)\b)")
_AROUND_SIGNS = re.compile(r"\s*([+*/=^<>])\s*")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)(?:,?\s+and|,)\s+(?=\d)")
_ZEROS = re.compile(r"(?<=\d)(?:(\.\d*[1-9])0+|\.0+)(?![\d.])")
_DIGIT = re.compile(r"\d")
_HYPHEN = re.compile(r"(?<=[^\W\d_]{2})-(?=[^\W\d_]{2})")
_LATIN_ACCENT = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_ARTICLE = re.compile(r"(?:the|an?)\s+(?=\S)")


def tidy(text: str) -> str:
    r"""The text with plain letters and brackets, and without ``\text{}`` and LaTeX spacing."""
    if not text.isascii():
        text = text.translate(_PLAIN)
    if "\\" in text:
        text = _SPACING.sub(" ", without_text_commands(text))
    return text


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one question."""

    letters: str
    """``ABCD``, as many as there are options."""
    texts: dict[str, str | None]
    """Normalised text to letter; ``None`` where two options read the same."""
    cased: dict[str, str]
    """Text to letter of options that differ in case only, as genotypes do."""
    numbers: dict[str, tuple[str, str]]
    """Number to letter and unit, where all options are numbers, with or without one unit."""
    sets: list[frozenset[int]] | None = None
    """The numbered statements that each option says are true, where all do."""

    def named(self, text: str) -> str | None:
        """The option whose whole text this is."""
        plain = normalised(text)
        if plain in self.texts:
            return self.texts[plain] or self.cased.get(normalised(text, fold=False))
        said = _QUANTITY.match(plain)
        letter, unit = self.numbers.get(said["number"], (None, "")) if said else (None, "")
        return letter if said and "" in (said["unit"], unit) else None


def options_of(choices: tuple[str, ...], question: str = "") -> Options:
    """The options of a sample; ten letters without texts where the sample lists none."""
    if not choices:
        return Options("ABCDEFGHIJ", {}, {}, {})
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(choices)]
    texts: dict[str, str | None] = {}
    for letter, choice in zip(letters, choices, strict=False):
        read = normalised(choice)
        texts[read] = None if read in texts else letter
    texts.pop("", None)
    for letter, short in _shorts(letters, choices):
        texts.setdefault(short, letter)
    written = [normalised(choice, fold=False) for choice in choices]
    cased = {
        each: letter
        for letter, each in zip(letters, written, strict=False)
        if written.count(each) == 1
    }
    sets = numbered.told_by(choices, question)
    return Options(letters, texts, cased, _numbers(letters, choices), sets)


def _shorts(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What the options of a question may be called for short, where that tells them apart."""
    yield from _without_shared_words(letters, choices)
    yield from _surnames(letters, choices)
    yield from _heads(letters, choices)
    yield from _without_shared_signs(letters, choices)
    yield from _all_or_none(letters, choices)
    yield from _without_reasons(letters, choices)
    yield from _reasons(letters, choices)
    yield from _growths(letters, choices)
    yield from _both_or_neither(letters, choices)
    yield from _without_names(letters, choices)
    for place, short in numbered.shorts(choices):
        yield letters[place], normalised(short)


def _both_or_neither(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What "Both I and II" and "Neither I nor II" are in words."""
    for letter, choice in zip(letters, choices, strict=False):
        found = _BOTH.fullmatch(normalised(choice))
        if found:
            which, verb = found[1], "are" if found[1] == "both" else "is"
            yield letter, which
            for subject in (which, f"{which} statement{'s' if verb == 'are' else ''}"):
                for word in ("true", "correct"):
                    yield letter, f"{subject} {verb} {word}"


def _without_names(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The values of options that name what is solved for: "x = 1, 4"."""
    found = [_NAMED_VALUE.match(normalised(choice)) for choice in choices]
    values = [each[1] if each else None for each in found]
    for letter, value in zip(letters, values, strict=False):
        if value is not None and len(value) > 1 and values.count(value) == 1:
            yield letter, value


def _without_reasons(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What options say before they say why, where no other one says the same."""
    claims = [normalised(_REASON.split(choice, maxsplit=1)[0]) for choice in choices]
    for letter, choice, claim in zip(letters, choices, claims, strict=False):
        if claims.count(claim) == 1 and len(claim.split()) > 2 and _REASON.search(choice):
            yield letter, claim


def _reasons(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Why each option says yes or no, where all say why, and each something else."""
    said = [_YES_BECAUSE.match(choice.strip()) for choice in choices]
    reasons = [normalised(each["reason"]) for each in said if each is not None]
    if len({*reasons}) == len(choices) > 2:
        for letter, reason in zip(letters, reasons, strict=True):
            yield letter, reason
            yield letter, normalised(_IT_IS.sub("", reason))


def _growths(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What is said of a running time for its order: "linear" for O(n)."""
    orders = [normalised(choice).replace(" ", "") for choice in choices]
    for letter, order in zip(letters, orders, strict=False):
        for said in _GROWTHS.get(order, ()):
            yield letter, said
            yield letter, f"{said} time"


def _all_or_none(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Other words for "all of the above"."""
    for letter, choice in zip(letters, choices, strict=False):
        found = _ALL.fullmatch(normalised(choice))
        for rest in ("the above", "these", "them", "the options", "the choices") if found else ():
            yield letter, f"{found[1] if found else ''} of {rest}"


def _heads(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The names of options that all are names with an explanation: "Range search: Given ..."."""
    found = [_HEAD.match(choice) for choice in choices]
    heads = [normalised(each[1]) for each in found if each is not None]
    if len(choices) > 2 and len({*heads}) == len(choices):
        yield from zip(letters, heads, strict=False)


def _without_shared_signs(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What Chinese options that all begin alike go on with, as that writing sets no blanks."""
    written = [normalised(choice) for choice in choices]
    shared = _shared(written)
    rests = [each[shared:] for each in written]
    if len(choices) > 2 and shared > 1 and all(_CHINESE_WORD.match(each) for each in rests):
        yield from zip(letters, rests, strict=False)


def _without_shared_words(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What tells the options apart where all begin or all end with the same words."""
    rows = [normalised(choice).split() for choice in choices]
    if len(rows) < 2:
        return
    first, last = _shared(rows), _shared([row[::-1] for row in rows])
    shorts = [" ".join(row[first : len(row) - last]) for row in rows]
    if first + last == 0 or len({*shorts}) < len(shorts):
        return
    if len(rows) == 2 and (first + last < 2 or any(" " in short for short in shorts)):
        return
    for letter, short in zip(letters, shorts, strict=False):
        if re.match(r"[^\W\d_]{3}|\d+(?:,\d+)+\Z", short):
            yield letter, short


def _shared(rows: Sequence[Sequence[str]]) -> int:
    """How many words (or signs) all begin with."""
    columns = zip(*rows, strict=False)
    return next((n for n, column in enumerate(columns) if len({*column}) > 1), min(map(len, rows)))


def _numbers(letters: str, choices: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    words = [normalised(choice) for choice in choices]
    if {*words} <= {*_WORDS}:
        return {
            str(_WORDS.index(each)): (letter, "")
            for letter, each in zip(letters, words, strict=False)
        }
    read = [_QUANTITY.match(_SCIENTIFIC.sub(_in_full, each)) for each in words]
    found = {
        each["number"]: (letter, each["unit"])
        for letter, each in zip(letters, read, strict=False)
        if each is not None
    }
    one_unit = len({unit for _, unit in found.values()}) == 1
    return found if one_unit and len(found) == len(choices) else {}


def _in_full(found: re.Match[str]) -> str:
    """``5.2×10^3`` as ``5200``."""
    value = Decimal(found["factor"]).scaleb(int(found["power"]))
    return f"{value.normalize():f}"


def _surnames(letters: str, choices: tuple[str, ...]) -> list[tuple[str, str]]:
    """The last names, where all options are people's (or so written) and these differ."""
    if not all(_FULL_NAME.match(choice.strip()) for choice in choices):
        return []
    last = [normalised(choice).split()[-1] for choice in choices]
    return [*zip(letters, last, strict=False)] if len({*last}) == len(last) else []


@lru_cache(maxsize=4096)
def normalised(text: str, *, fold: bool = True) -> str:
    """What two writings of an option's text have in common."""
    text = unicodedata.normalize("NFKC", _RAISED.sub(_as_power, tidy(text)))
    text = _BRACED.sub(r"\1", text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac"))
    text = _TIMES.sub("×", text)
    text = _COMPARES.sub(lambda found: ">=" if found[0] in ("≥", "\\geq", "\\ge") else "<=", text)
    text = _without_accents(text.casefold()) if fold else text
    text = " ".join(_QUOTES.sub("", text.replace("$", "").replace("**", "")).split())
    if text.startswith("(") and text.endswith(")") and "(" not in text[1:]:
        text = text[1:-1]
    if not text.replace(" ", "").isalpha():
        text = _one_writing(text)
    bare = _EDGES.sub("", text)
    if bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1]
    bare = bare if bare else text
    return _ARTICLE.sub("", bare, count=1) if _ARTICLE.match(bare) else bare


def _one_writing(text: str) -> str:
    """A text with numbers, formulas and hyphens written in one way."""
    if "\\" in text or "_" in text:
        text = _FRACTION.sub(r"\1/\2", _FUNCTION.sub(r"\1\2", text))
    if _DIGIT.search(text):
        text = _PERCENT.sub(lambda found: found[1] + (found[2] or "%"), text)
        text = _ZEROS.sub(r"\1", _BETWEEN_NUMBERS.sub(",", _PROPORTION.sub(":", text)))
    text = _COMMA.sub("", _ABOUT.sub("", text))
    return _HYPHEN.sub(" ", _AROUND_SIGNS.sub(r"\1", text))


def _as_power(raised: re.Match[str]) -> str:
    return "^" + unicodedata.normalize("NFKC", raised.group()).replace("−", "-")


def _without_accents(text: str) -> str:
    """Latin letters without their marks, as who lacks a key for them writes them."""
    if text.isascii():
        return text
    parted = _LATIN_ACCENT.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", parted)
