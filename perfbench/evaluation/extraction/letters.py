"""Option letters and option texts at one place of a text: which of the options stands there.

Owns how an option is written ("(B)", "b.", "B and C", its text) and what only looks like a letter
(the article "A", the pronoun "I", "C++"). Knows nothing of where in an answer to look.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from perfbench.evaluation.extraction.latex import without_text_commands

Undecided = Literal["undecided"]
UNDECIDED: Final = "undecided"
"""More than one option is offered, or a letter that no option has."""

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
    | dict.fromkeys((0xFE0F, 0x200B, 0xFEFF, 0x2060))
    | {0x00A0: 32, 0x2019: 39}
)
_SPACING = re.compile(
    r"\\[,;:! ]|\\q?quad(?![A-Za-z])|(?<!~)~(?=[A-Za-z(])|\\(?:left|right)(?![A-Za-z])"
)

_DRESS = r"[\s:*_`\"'“”‘’「『《【\[({<$\\|→⇒➡✅☑✓✔👉>#=]"
_LEAD = re.compile(
    rf"(?:{_DRESS}|[-–—](?=\s)"
    r"|\b(?:is|are|be|option|options|choice|choices|answer|answers|letter|the|indeed|definitely"
    r"|clearly|likely|most\s+likely|probably|therefore|thus|then|simply|number|given\s+by"
    r"|as\s+follows"
    r"|correct|right|best|one|statement|response|ending|completion|continuation|sentence|alternative|boxed|actually|should|would)\b(?!['’])"
    r"|\b(?:la|le|les|die|der|das|el|il|al|opción|opcion|opção|opzione|alternativa|letra|lettre"
    r"|lettera|Buchstabe"
    r"|réponse|proposition|donc|respuesta|risposta|resposta|Antwort|это|вариант|буква|Opción|Opção|Alternativa"
    r"|Вариант)\b|\ba(?=\s+(?:[B-Z]\b|letra|alternativa|opção))|l['’](?=option|opzione)"
    r"|選択肢|正确|选项|选择|选|应为|应该|应当|是|为|即|就|第|\b(?:Option|Choice|Answer|The|Letter)\b)*"
)
_LONGEST_LEAD = 160
_LETTER = re.compile(r"([A-Za-z])(?![A-Za-z0-9+#]|_[A-Za-z0-9]|['’][A-Za-z]|-[A-Za-z])")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_ORDINAL = re.compile(
    rf"(?P<ordinal>{'|'.join(_ORDINALS)}|last)\s+(?:option|choice|one|statement|answer|sentence"
    r"|ending|solution|completion|pair|alternative|possibility|candidate)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b(?:option|choice)\s+(?:number\s+)?#?\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[1-9]\d?(?![\w%]|[.,:/]\d)")
_LETTERS = re.compile(r"[A-Z]{2,10}(?![A-Za-z0-9'’+#-])")
_CLOSING = r"[)\]}】」』》*_`\"'“”‘’>$.\\]*"
_OR = re.compile(
    rf"{_CLOSING}\s*\(?(?:\bor\b|或者?|还是|\bvs\.?|/|\|)\s*(?:option\s+|maybe\s+|possibly\s+"
    rf"|perhaps\s+)*"
    r"[(\[*_\"'\\{]*(?:text)?[({]*([A-Z])(?![A-Za-z'’])"
)
_AND = re.compile(
    rf"{_CLOSING}\s*(?:,\s*and\b|,|，|、|;|&|\+|\band\b|和|与|及)\s*(?:option\s+)?[(\[*_\"'{{\\]*"
    r"([A-Z])(?![A-Za-z0-9'’])(?=[)\]}*_\"'’”】]*\s*(?:$|[.,;:，。、；)\]}\n$&+*\\】]|\band\b|\bor\b|和|与"
    r"|及"
    r"|\bare\b|[(]|\bonly\b|都|均|[一-鿿]))"
)
_ABBREVIATION = re.compile(r"\.[A-Z]\.")
_AFTER_WORD = re.compile(
    r"\s+(?:because|since|as|which|is|for|due|based|according|given|here|with|in|on|by|and|but|so"
    r"|after|from|that|while|instead|not|only|over|rather|above|option|choice|richtig|korrekt|therefore|[-–—&]+|\(|[^\x00-\x7f])",
    re.IGNORECASE,
)
_AFTER_LOWER = re.compile(r"\s+(?:because|since|as\b|which|[-–—]+|\()", re.IGNORECASE)
_STATEMENT_END = re.compile(
    r"[.;,:。；，!！?？(（*\n]|['’]s(?!\w)|[\"”](?=\s*[,}])|\s[-–—]\s|\s(?:because|since|as|which|who|so|for|due)\b"
    r"|</|<\||(?:です|でした|である|だ(?=。)|了(?=[。.!]|\Z)|입니다|이다|이에요|예요)"
)
_EDGES = re.compile(
    r"^[\s$*_`\"'“”‘’.,;:!?。，；：！？()\[\]{}]+|[\s$*_`\"'“”‘’.,;:!?。，；：！？]+$"
)
_FRACTION = re.compile(r"\\frac\{([\w\\.^]{1,20})\}\{([\w\\.^]{1,20})\}")
_FULL_NAME = re.compile(r"[A-Z][\w.'’-]+(?:\s[A-Z][\w.'’-]*){0,2}\s[A-Z][\w'’-]{2,}\Z")
_HEAD = re.compile(r"\s*([^\W\d_][^:：.,;!?\n]{2,60})[:：]\s+\S")
_CHINESE_WORD = re.compile(r"[一-鿿]{2}")
_PROPORTION = re.compile(r"(?<=\d)\s*:\s*(?=\d)")
_QUANTITY = re.compile(
    r"[$€£¥]?(?P<number>[-−]?\d+(?:[.,/]\d+)*)\s?(?P<unit>%|°|[^\W\d_]{0,12}(?:\s[^\W\d_]{2,8})?)\Z"
)
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

    def named(self, text: str) -> str | None:
        """The option whose whole text this is."""
        plain = normalised(text)
        if plain in self.texts:
            return self.texts[plain] or self.cased.get(normalised(text, fold=False))
        said = _QUANTITY.match(plain)
        letter, unit = self.numbers.get(said["number"], (None, "")) if said else (None, "")
        return letter if said and "" in (said["unit"], unit) else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An option that some passage of a text may mean."""

    start: int
    rank: int
    """0 for an answer in so many words, 1 for a judgement, 2 for what just stands there, 3 for a
    mention."""
    letters: str | Undecided
    how: str


def line_end(text: str, position: int) -> int:
    """Where the line of a position ends."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def options_of(choices: tuple[str, ...]) -> Options:
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
    return Options(letters, texts, cased, _numbers(letters, choices))


def _shorts(letters: str, choices: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What the options of a question may be called for short, where that tells them apart."""
    yield from _without_shared_words(letters, choices)
    yield from _surnames(letters, choices)
    yield from _heads(letters, choices)
    yield from _without_shared_signs(letters, choices)


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
    if len(rows) < 3:
        return
    first, last = _shared(rows), _shared([row[::-1] for row in rows])
    shorts = [" ".join(row[first : len(row) - last]) for row in rows]
    if first + last == 0 or len({*shorts}) < len(shorts):
        return
    for letter, short in zip(letters, shorts, strict=False):
        if re.match(r"[^\W\d_]{3}", short):
            yield letter, short


def _shared(rows: Sequence[Sequence[str]]) -> int:
    """How many words (or signs) all begin with."""
    columns = zip(*rows, strict=False)
    return next((n for n, column in enumerate(columns) if len({*column}) > 1), min(map(len, rows)))


def _numbers(letters: str, choices: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    read = [_QUANTITY.match(normalised(choice)) for choice in choices]
    found = {
        each["number"]: (letter, each["unit"])
        for letter, each in zip(letters, read, strict=False)
        if each is not None
    }
    one_unit = len({unit for _, unit in found.values()}) == 1
    return found if one_unit and len(found) == len(choices) else {}


def _surnames(letters: str, choices: tuple[str, ...]) -> list[tuple[str, str]]:
    """The last names, where all options are people's (or so written) and these differ."""
    if not all(_FULL_NAME.match(choice.strip()) for choice in choices):
        return []
    last = [normalised(choice).split()[-1] for choice in choices]
    return [*zip(letters, last, strict=False)] if len({*last}) == len(last) else []


@lru_cache(maxsize=4096)
def normalised(text: str, *, fold: bool = True) -> str:
    """What two writings of an option's text have in common."""
    text = unicodedata.normalize("NFKC", tidy(text)).replace("\\dfrac", "\\frac")
    text = _without_accents(text.casefold()) if fold else text
    text = " ".join(text.replace("$", "").replace("**", "").split())
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


def _without_accents(text: str) -> str:
    """Latin letters without their marks, as who lacks a key for them writes them."""
    if text.isascii():
        return text
    parted = _LATIN_ACCENT.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", parted)


def read(text: str, begin: int, end: int, options: Options) -> str | Undecided | None:
    """The option (or the options, ``AC``) that ``text[begin:end]`` begins with.

    ``None`` if it begins with no option.
    """
    lead = _LEAD.match(text, begin, min(end, begin + _LONGEST_LEAD))
    start = lead.end() if lead else begin
    several = _LETTERS.match(text, start, end)
    if several and several.group() == "".join(sorted(set(several.group()))):
        if by_text := options.named(several.group()):
            return by_text
        if _OR.match(text, several.end(), end):
            return UNDECIDED
        return several.group() if set(several.group()) <= set(options.letters) else None
    position = _position(text, begin, start, end, options)
    if position is not None:
        return position
    match = _LETTER.match(text, start, end)
    if match is None or not _is_option_letter(text, match, end):
        return read_text(text, begin, end, options) or read_text(text, start, end, options)
    if match[1].upper() not in options.letters:
        return read_text(text, start, end, options) or UNDECIDED
    return _with_others(text, match, end, options)


def _position(text: str, begin: int, start: int, end: int, options: Options) -> str | None:
    """The option that a statement names by its place: "the second one", "option 2"."""
    ordinal = _ORDINAL.match(text, start, end)
    if ordinal is not None:
        said = ordinal["ordinal"].lower()
        place = -1 if said == "last" else _ORDINALS.index(said)
        return options.letters[place:][:1] or None
    number = _NUMBER.match(text, start, end)
    if number is None or number.group() in options.texts:
        return None
    if not _NUMBERED.search(text[begin:start]):
        return None
    return options.letters[int(number.group()) - 1 :][:1] or None


def _is_option_letter(text: str, match: re.Match[str], end: int) -> bool:
    """Whether a single letter names an option and is no article, pronoun or abbreviation."""
    letter, after = match[1], match.end()
    following = text[after : after + 1] if after < end else ""
    if following == "?" or _ABBREVIATION.match(text, after, end):
        return False
    if following in ("", "\n") or not (following.isspace() or following.isalnum()):
        return True
    if following.isalnum():  # no ASCII letter or digit, by the pattern: Chinese goes on
        return letter.isupper()
    if letter.islower():
        return letter not in "ai" and bool(_AFTER_LOWER.match(text, after, end))
    return (
        letter not in "AI"
        or bool(_AFTER_WORD.match(text, after, end))
        or not text[after:end].strip()
    )


def _with_others(
    text: str, match: re.Match[str], end: int, options: Options
) -> str | Undecided | None:
    found = [match[1].upper()]
    position = match.end()
    if match[1].isupper():
        while True:
            alternative = _OR.match(text, position, end)
            if alternative and alternative[1] in options.letters:
                return UNDECIDED
            further = _AND.match(text, position, end)
            if further is None or further[1] not in options.letters:
                break
            found.append(further[1])
            position = further.end()
    return "".join(sorted(set(found)))


def read_text(text: str, begin: int, end: int, options: Options) -> str | None:
    """The option whose whole text ``text[begin:end]`` begins with; the longest one that fits."""
    if not options.texts:
        return None
    best = None
    end = min(end, begin + 40 + 2 * max(map(len, options.texts)))
    ends = [each.start() for each in _STATEMENT_END.finditer(text, begin + 1, end)][:24]
    for stop in [*ends, end]:
        best = options.named(text[begin:stop]) or best
    return best
