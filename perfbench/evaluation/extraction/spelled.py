r"""Numbers in words: "forty-two", "two and a half", "十八", and the small ones of other languages.

Owns the words. Knows nothing of where in a text a number in words may count: a sentence that has
digits means them, and "one" or "second" mostly count nothing (``Numeral.label``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from perfbench.evaluation.extraction.numerals import Numeral

_ONES = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "dozen": 12}
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4,
    "fourths": 4, "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7,
    "eighth": 8, "eighths": 8, "ninth": 9, "ninths": 9, "tenth": 10, "tenths": 10,
}  # fmt: skip
_ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        start=1,
    )
}
_OTHER = {
    word: value
    for value, words in enumerate(
        (
            "null cero zéro ноль", "eins uno una un une um uma один", "zwei dos deux due dois два",
            "drei tres trois tre três три", "vier cuatro quatre quattro quatro четыре",
            "fünf cinco cinq cinque пять", "sechs seis sei шесть",
            "sieben siete sept sette sete семь", "acht ocho huit otto oito восемь",
            "neun nueve neuf nove девять", "zehn diez dix dieci dez десять",
            "elf once onze undici одиннадцать", "zwölf doce douze dodici doze двенадцать",
            "dreizehn trece treize tredici treze тринадцать",
            "vierzehn catorce quatorze quattordici catorze четырнадцать",
            "fünfzehn quince quinze quindici пятнадцать",
            "sechzehn dieciséis seize sedici dezesseis шестнадцать",
            "siebzehn diecisiete dix-sept diciassette dezessete семнадцать",
            "achtzehn dieciocho dix-huit diciotto dezoito восемнадцать",
            "neunzehn diecinueve dix-neuf diciannove dezenove девятнадцать",
            "zwanzig veinte vingt venti vinte двадцать",
        )
    )
    for word in words.split()
}  # fmt: skip
_WORD = "|".join(sorted((*_ONES, *_TENS, *_SCALES, *_PARTS), key=len, reverse=True))
_ENGLISH = re.compile(
    rf"(?<![A-Za-z-])(?:half\s+an?\s(?:hundred|thousand|million|billion|dozen)|(?:an?\s)?(?:{_WORD})|an?\s(?:hundred|thousand|million|billion|dozen|half"
    rf"|third|quarter))(?:(?:\s?-\s?|\s|\sand\s|\sand\sa\s|,\s)(?:{_WORD})){{0,12}}(?![A-Za-z-])",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"\s+per\s?cent\b", re.IGNORECASE)
_ORDINAL = re.compile(
    r"(?<![A-Za-z-])(?:first|second|eleventh|twelfth)(?![A-Za-z-])", re.IGNORECASE
)
_FOREIGN = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(_OTHER, key=len, reverse=True))})(?!\w)", re.I)
_DIGITS = {each: value for value, each in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_CHINESE = re.compile(
    r"(?P<percent>百分之)?(?<![第])[零〇一二两三四五六七八九十百千万亿]{1,20}"
    r"(?![分成]之|共|样|定|些|直|般|起|旦|致|切|角形|边形|次方)"
)
_HAS_CHINESE = re.compile(r"[零〇一二两三四五六七八九十]")


def spelled(text: str, begin: int, end: int, foreign: bool = False) -> Iterator[Numeral]:
    """Every number in words of ``text[begin:end]``, in the order of the text.

    ``foreign``: also those of European languages other than English, whose words English has, too.
    """
    found = [*_in_english(text, begin, end)]
    if foreign:
        for match in _FOREIGN.finditer(text, begin, end):
            value = Fraction(_OTHER[match.group().lower()])
            found.append(Numeral(*match.span(), value, label=value == 1))
    if _HAS_CHINESE.search(text, begin, end):
        found.extend(_in_chinese(text, begin, end))
    return iter(sorted(found, key=lambda each: each.start))


def _in_english(text: str, begin: int, end: int) -> Iterator[Numeral]:
    for match in _ENGLISH.finditer(text, begin, end):
        words = match.group().lower()
        value = _english(words)
        if value is not None:
            percent = _PERCENT.match(text, match.end(), end)
            until = percent.end() if percent else match.end()
            alone = words in ("one", "half") and percent is None
            start = match.start()
            if text[max(begin, start - 9) : start].lower() == "negative ":
                start, value = start - 9, -value
            yield Numeral(start, until, value, percent is not None, label=alone)
        elif words in _ORDINALS:
            yield Numeral(*match.span(), Fraction(_ORDINALS[words]), label=True)
    for match in _ORDINAL.finditer(text, begin, end):
        yield Numeral(*match.span(), Fraction(_ORDINALS[match.group().lower()]), label=True)


def _in_chinese(text: str, begin: int, end: int) -> Iterator[Numeral]:
    for match in _CHINESE.finditer(text, begin, end):
        percent = match["percent"] is not None
        value = _chinese(match.group()[3 if percent else 0 :])
        if value is not None:
            yield Numeral(*match.span(), value, percent, label=match.group() == "一")


def _english(words: str) -> Fraction | None:
    """The value of English number words; ``None`` if they are no one number."""
    tokens = re.findall(r"[a-z]+", words)
    if tokens[:1] == ["half"] and len(tokens) == 3 and tokens[1] in ("a", "an"):
        return Fraction(_SCALES[tokens[2]], 2)
    half = re.search(
        r"\sand\s(?:a|one)\s?-?(half|third|quarter)\Z|\sand\s(three)\squarters\Z", words
    )
    extra = Fraction(0)
    if half:
        extra = Fraction(3, 4) if half[2] else Fraction(1, _PARTS[half[1]])
        tokens = re.findall(r"[a-z]+", words[: half.start()])
    if tokens and tokens[-1] in _PARTS:
        above = _cardinal(tokens[:-1]) if tokens[:-1] not in ([], ["a"], ["an"]) else 1
        plural = tokens[-1].endswith(("s", "half", "quarter"))
        fits = above is not None and (plural or above == 1) and len(tokens) > (not plural)
        return Fraction(above or 0, _PARTS[tokens[-1]]) if fits else None
    value = _cardinal(tokens)
    return None if value is None else value + extra


def _cardinal(tokens: list[str]) -> int | None:
    total = part = 0
    last = 10**12
    for place, token in enumerate(tokens):
        if token in ("a", "an") and place == 0 and len(tokens) > 1:
            part, last = 1, 1
        elif token == "and" and place:
            continue
        elif token in _ONES or token in _TENS:
            value = _ONES.get(token, _TENS.get(token, 0))
            if last < (10 if token in _ONES and value < 10 else 100) or (
                value >= 10 and last == 20
            ):
                return None
            part += value
            last = 1 if token in _ONES else 20
        elif token in ("hundred", "dozen"):
            if part >= 100 or (place and not part):
                return None
            part, last = (part or 1) * _SCALES[token], 100
        elif token in _SCALES:
            total, part, last = total + (part or 1) * _SCALES[token], 0, 1000
        else:
            return None
    return total + part


def _chinese(signs: str) -> Fraction | None:
    """The value of Chinese numerals; ``None`` for digits one after another that are no number."""
    total = part = digit = 0
    pending = False
    for sign in signs:
        if sign in _DIGITS:
            if pending and digit:
                return None
            digit, pending = _DIGITS[sign], True
        elif sign in _PLACES:
            part += (digit if pending else 1) * _PLACES[sign]
            digit, pending = 0, False
        else:
            if not part and not pending:
                return None
            total = (total + part + digit) * _MYRIADS[sign]
            part, digit, pending = 0, 0, False
    return Fraction(total + part + digit)
