r"""Numerals in running text: where they are, what they are worth, and which are no quantities.

Owns the ways people and models write numbers (separators, signs, fractions, powers of ten, LaTeX,
percent, "million", 万). Knows nothing of answers. Values are exact: ``Fraction``, never a float.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from perfbench.evaluation.extraction.latex import with_fractions, without_text_commands

_UNIT = re.compile(r"(?:[A-Za-z°€£¥￥₹元个美人天]+[A-Za-z ./]*(?:\^?\{?[23²³]\}?)?)?\Z")
_MOST_DIGITS = 400
"""Longer runs of digits and larger exponents are noise, not answers."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number in a text."""

    start: int
    """Where it begins, sign and currency included."""
    end: int
    value: Fraction | None
    """``None``: digits that are no readable number (a date, a clock time, ``1.2.3``)."""
    percent: bool = False
    label: bool = False
    """Counts nothing: "step 3", "2nd", the number of a list item."""
    formula: bool = False
    r"""Part of a formula that is no number by itself: ``2x``, ``2\sqrt{3}``, an index."""


_FOLD = str.maketrans(
    {
        "−": "-", "﹣": "-", "－": "-", "＋": "+", "＄": "$", "﹩": "$", "％": "%", "﹪": "%",
        "／": "/", "⁄": "/", "∕": "/", "．": ".", "＝": "=", "：": ":", "（": "(", "）": ")",
        "\u00a0": "\u202f", "\u2009": "\u202f", "\u2007": "\u202f", "\u2008": "\u202f",
        "✕": "×", "∗": "*", "⋅": "·", "∙": "·", "’": "'", "＃": "#",
        "\u200b": "", "\ufeff": "", "\u2060": "", "\u200e": "", "\u200f": "",
    }
)  # fmt: skip
_VULGAR = re.compile(r"[¼½¾⅐-⅞]")
_RAISED = re.compile(r"(?<=\d)[⁻⁺]?[⁰¹²³⁴-⁹]+")
_ODD = re.compile(r"[^\x00-\x7f×÷·°–—…“”\u4e00-\u9fa5、。「」《》【】]")
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
_WIDE_COMMA = re.compile(r"(?<=[０-９])，(?=[０-９]{3})")
_LATEX = re.compile(
    r"\\[dtc]frac(?![A-Za-z])|\\(?:left|right|displaystyle|bigl?|bigr)(?![A-Za-z])|\\!|\{,\}"
    r"|\\times(?![A-Za-z])|\\cdot(?![A-Za-z])|\\div(?![A-Za-z])|\\approx(?![A-Za-z])|\\[%$#&]"
    r"|\\(?:,|;|:|\s|quad|qquad)|\^\s*(?:\{\s*\\circ\s*\}|\\circ)|\\degree|\\(?:pounds|pound|euro"
    r"|yen)\b"
    r"|(?<=\d)\s*\\(?=[,;: ])"
)
_LATEX_PLAIN = {
    "\\!": "", "{,}": ",", "\\times": "×", "\\cdot": "·", "\\div": "÷", "\\approx": "≈",
    "\\%": "%", "\\$": "$", "\\#": "#", "\\&": "&", "\\degree": "°", "\\quad": " ", "\\qquad": " ",
    "\\left": "", "\\right": "", "\\displaystyle": "", "\\big": "", "\\bigl": "", "\\bigr": "",
    "\\pounds": "£", "\\pound": "£", "\\euro": "€", "\\yen": "¥",
}  # fmt: skip

_CURRENCY = r"(?:US|HK|NT|AU|CA|A|C|R|S)?[$€£¥￥₹₽₩฿]|(?:USD|RMB|CNY|EUR|GBP|JPY|INR|Rs\.?)"
_RUN = (
    r"(?:(?<!\d)(?<!\d[ ])(?:\d{1,2}(?:[ ]\d{3})+|\d{3}(?:[ ]\d{3})*[ ]000)(?![\d-])(?:[.,]\d+)?"
    r"|\d(?:[\d.,_'\u202f]*\d)?)"
)
_PIECE = re.compile(
    rf"""
    (?= [\d\\.] )
    (?:
    (?P<skip>
        (?<!\d) \d{{4}} (?P<sep>[-/.]) \d{{1,2}} (?P=sep) \d{{1,2}} (?![\d])
      | (?<!\d) \d{{1,2}} (?P<sep2>[-/.]) \d{{1,2}} (?P=sep2) \d{{4}} (?!\d)
      | \d+ (?: : \d+ | [ ]:[ ] \d+ )+
      | \d{{4}}\s*年\s*\d{{1,2}}\s*月 (?: \s*\d{{1,2}}\s*日 )?
    )
  | (?P<ordinal> \d[\d,]* (?:st|nd|rd|th)\b )
  | (?: (?P<whole> \d+ ) \s* )?
    \\frac \s* (?: \{{ \s* (?P<top>-?\s*{_RUN}|-?\.\d+) \s* \}} | (?P<top1>\d) )
           \s* (?: \{{ \s* (?P<bottom>-?\s*{_RUN}|\.\d+) \s* \}} | (?P<bottom1>\d) )
  | (?P<mixed> \d+ ) (?: [ \u202f]+ (?:and[ ])? )
      (?P<mtop> \d+ ) \s? / \s? (?P<mbottom> \d+ ) (?![\d/]|\.\d)
  | (?P<ftop> {_RUN} ) [ ]? / [ ]? (?P<fbottom> {_RUN} ) (?![\d/]|\.\d)
  | (?P<run> {_RUN} | (?<![A-Za-z\d.])\.\d+ )
    (?: (?P<exponent> [eE][+-]?\d+ (?![A-Za-z\d]) )
      | \s* (?: × | · | \* | x ) \s* 10 \s* \^ \s* (?: \{{ \s* (?P<ten>[+-]?\d+) \s* \}}
                                                   | \(? (?P<ten1>[+-]?\d+) \)? )
      | \s* \^ \s* (?: \{{ \s* (?P<power>[+-]?\d+) \s* \}} | (?P<power1>\d+) )
    )?
    )
    """,
    re.VERBOSE,
)
_SCALES = {
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "millones": 6, "millions": 6,
    "万": 4, "萬": 4, "亿": 8, "億": 8, "千": 3, "百万": 6, "千万": 7, "万亿": 12, "十万": 5,
}  # fmt: skip
_SCALE = re.compile(
    r"[ \u202f-]?(thousand|million|billion|trillion|millones)s?(?![A-Za-z])"
    r"|[ \u202f]?(百万|千万|十万|万亿|万|萬|亿|億|千(?![克米瓦卡帕字]))"
)
_AND_A_PART = re.compile(
    r"\s+and\s+(a\s+half|a\s+quarter|three\s+quarters)(?!\s+(?:of|as|times)\b)(?!\w)"
)
_PARTS = {"a half": Fraction(1, 2), "a quarter": Fraction(1, 4), "three quarters": Fraction(3, 4)}
_SUFFIX = re.compile(r"([kKmMbB])(?![A-Za-z\d])")
_SUFFIXES = {"k": 3, "m": 6, "b": 9}
_HAS_CURRENCY = re.compile(_CURRENCY)
_ENDS_NUMERAL = ("", ".", ",", ";", ":", ")", "}", "\n", "=", "*", "+")
_PERCENT = re.compile(r"\s?%|\s+per\s?cent(?:age\s+points?)?\b|\s+por\s+ciento\b|\s+Prozent\b")
_BEFORE = re.compile(
    rf"(?P<loose>[-–][ ](?:{_CURRENCY})?)$|(?P<outer>[-–])?(?:{_CURRENCY})[ ]?(?P<inner>[-–])?$"
    r"|(?P<bare>[-–])$"
)
_NEGATIVE_WORD = re.compile(r"(?:\b[Nn]egative\s+|(?:^|is |[:=] ?)minus\s+|负)\s*\$?$")
_OPERAND_BEFORE = re.compile(r"(?:[\d)\]}%°]|(?<![A-Za-z])[A-Za-z])\s*$|[A-Za-z]$")
_LABEL = re.compile(
    r"(?:\b(?:step|question|problem|example|part|equations?|eq\.?|case|figure|fig\.?|table|section"
    r"|chapter|note|method|approach|exercise|phase|stage|scenario|option|choice|version|no\.|nr\.?"
    r"|grade|level|lines?|rule|statement|condition|formula|reference|footnote"
    r"|day|week|year|month|round|trial|person|friend|house|room|bus|team|player|page|item|game|quiz|lap|match|lesson)"
    r"[ \u202f]*[#(\[]?|步骤|步驟|问题|例题|例|方法|情况|公式|选项|图|表|条件|第|(?<!#)#$"
    r"|(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|(?-i:May)|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?[ ]"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,?[ ])?)[ ]*$",
    re.IGNORECASE,
)
_NOT_AFTER_LABEL = frozenset("0123456789$=+*/×·÷\n€£¥")
_COMPOUND_NAME = re.compile(r"[A-Za-z]-$")
_FORMULA_AFTER = re.compile(
    r"\s*(?:\\(?:sqrt|pi|sin|cos|tan|cot|sec|csc|log|ln|alpha|beta|gamma|delta|theta|phi|varphi"
    r"|lambda|mu|omega|infty|binom|frac|pm|cdots|ldots|dots)(?![A-Za-z])|√|π|±)"
    r"|\s?(?:[xyzn]|pi)(?![\w\s])|[xyzn](?!\w)"
    r"|[a-zA-Z](?=\s*(?:[-+=^²³*/)}]|$))|!(?=[\s}]*[+*/=-])|\((?=-?\d+\)\s*\Z)"
)
_UNIT_LETTER = re.compile(r"[mgLlKkhsdtCFWVANJ€£]")
_FORMULA_BEFORE = re.compile(r"(?:\\sqrt|√)\s*[({]?\s*[-+]?$|\\sqrt\s*\[$|±\s*$|\\pm\s*$")
_INDEX_BEFORE = re.compile(r"(?:\^|(?<=[^\s_])_|_(?=\{))\s*[({]?\s*[-+]?$")
_LIST_AFTER = re.compile(
    r"(?:\s?[.)、:：]|\uff0e)(?:\s*[*_]+)?(?:[ \t]+[^\s*_]|(?<=、)\S|\s*[*_]+\s*\S|[^\d\s.*_])"
)
_LIST_NUMBER = re.compile(r"(?:^|\n|:)[ \t>#*_\-•]*\(?(0|[1-9]\d{0,2})(?=\s?[.)、:：])")


def fold(text: str) -> str:
    r"""The text with one character for one thing: ASCII digits and signs, plain LaTeX spacing.

    ``10,\!000`` becomes ``10,000``, ``\dfrac`` ``\frac``, ``½`` `` 1/2``, ``10³`` ``10^3``.
    """
    if not text.isascii() and _ODD.search(text):
        text = _WIDE_COMMA.sub(",", text).translate(_FOLD)
        text = _RAISED.sub(lambda found: "^" + _lowered(found.group()), text)
        text = _VULGAR.sub(_vulgar, text)
        text = _FOREIGN_DIGIT.sub(lambda found: str(unicodedata.decimal(found.group())), text)
    if "\\" in text or "{,}" in text:
        text = _LATEX.sub(_plain_latex, without_text_commands(with_fractions(text)))
    return text


def _plain_latex(found: re.Match[str]) -> str:
    command = found.group()
    if command.endswith("frac"):
        return "\\frac"
    if "circ" in command:
        return "°"
    return _LATEX_PLAIN.get(command, "\u202f")


def _lowered(raised: str) -> str:
    return "".join(
        {"⁻": "-", "⁺": ""}.get(each, unicodedata.normalize("NFKC", each)) for each in raised
    )


def _vulgar(found: re.Match[str]) -> str:
    return " " + unicodedata.normalize("NFKC", found.group()).replace("⁄", "/")


def numerals(text: str, begin: int = 0, end: int | None = None) -> Iterator[Numeral]:
    """Every numeral of a folded text (or of ``text[begin:end]``), in order."""
    position = begin
    end = len(text) if end is None else end
    while piece := _PIECE.search(text, position, end):
        position = piece.end()
        start = piece.start()
        if start and _INDEX_BEFORE.search(text[max(0, start - 4) : start]):
            continue
        if (
            start
            and (text[start - 1].isascii() and text[start - 1].isalpha())
            and not re.search(rf"(?:{_CURRENCY})$", text[max(0, start - 4) : start])
        ):
            continue
        numeral = _read(text, piece)
        position = max(position, numeral.end)
        yield numeral


def _read(text: str, piece: re.Match[str]) -> Numeral:
    start, end = piece.span()
    if piece["skip"] or piece["ordinal"]:
        value = None
        if piece["ordinal"]:
            value = _decimal(re.sub(r"[^\d,]", "", piece["ordinal"]))
        return Numeral(start, end, value, label=True)
    value = _value(piece)
    start, sign = _sign(text, start)
    percent = False
    if text[end : end + 1] not in _ENDS_NUMERAL:
        priced = bool(_HAS_CURRENCY.search(text, start, piece.start()))
        end, power_of_ten, percent = _suffix(text, end, priced)
        value = value * 10**power_of_ten if value is not None else None
        part = _AND_A_PART.match(text, end) if value is not None and not percent else None
        if part and value is not None and value.denominator == 1:
            value, end = value + _PARTS[" ".join(part[1].split())], part.end()
    return Numeral(
        start,
        end,
        None if value is None else sign * value,
        percent=percent,
        label=_is_label(text, start, piece),
        formula=_is_formula(text, start, end),
    )


def _suffix(text: str, end: int, priced: bool) -> tuple[int, int, bool]:
    """Where a numeral ends with its "million" or percent sign, the power of ten, the percent."""
    power_of_ten = 0
    scale = _SCALE.match(text, end)
    if scale:
        power_of_ten, end = _SCALES[scale[1] or scale[2]], scale.end()
    elif (suffix := _SUFFIX.match(text, end)) and (priced or suffix[1] in "kK"):
        power_of_ten, end = _SUFFIXES[suffix[1].lower()], suffix.end()
    percent = _PERCENT.match(text, end)
    return percent.end() if percent else end, power_of_ten, percent is not None


def _sign(text: str, start: int) -> tuple[int, int]:
    """Where the numeral begins with its sign and currency, and the sign."""
    before = text[max(0, start - 16) : start]
    if not before or before[-1] not in "-– $€£¥￥₹₽₩฿.DBYPRCNUEts负":
        return start, 1
    found = _BEFORE.search(before)
    if found is None:
        word = _NEGATIVE_WORD.search(before)
        return (start - len(before) + word.start(), -1) if word else (start, 1)
    lead = start - len(before) + found.start()
    left = text[max(0, lead - 12) : lead]
    if found["loose"]:
        # "= - 5" is signed; "10 - 5" is a difference and "- 5 eggs" an item of a list
        return (lead, -1) if re.search(r"[=:({][ ]?$", left) else (start, 1)
    if found["inner"]:
        return lead, -1
    if not (found["outer"] or found["bare"]):
        return lead, -1 if _NEGATIVE_WORD.search(left) else 1
    return (start, 1) if _OPERAND_BEFORE.search(left) else (lead, -1)


def _value(piece: re.Match[str]) -> Fraction | None:
    groups = piece.groupdict()
    if groups["top"] or groups["top1"]:
        fraction = _ratio(groups["top"] or groups["top1"], groups["bottom"] or groups["bottom1"])
        whole = groups["whole"]
        if not whole or fraction is None:
            return fraction
        return int(whole) + fraction if 0 < fraction < 1 else None
    if groups["mixed"]:
        fraction = _ratio(groups["mtop"], groups["mbottom"])
        if fraction is None or fraction >= 1:
            return None
        return int(groups["mixed"]) + fraction
    if groups["ftop"]:
        return _ratio(groups["ftop"], groups["fbottom"])
    value = _decimal(groups["run"])
    if value is None:
        return None
    power = groups["power"] or groups["power1"]
    if power:
        exponent = int(power) if len(power) < 4 else _MOST_DIGITS
        short = value.denominator <= 10**12 and abs(value) <= 10**4
        readable = value != 0 and abs(exponent) <= 100 and short
        return value**exponent if readable else None
    ten = groups["exponent"] or groups["ten"] or groups["ten1"]
    if ten:
        exponent = int(ten.lstrip("eE")) if len(ten) < 8 else _MOST_DIGITS + 1
        return value * Fraction(10) ** exponent if abs(exponent) <= _MOST_DIGITS else None
    return value


def _ratio(top: str, bottom: str) -> Fraction | None:
    above, below = _signed(top), _signed(bottom)
    return above / below if above is not None and below else None


def _signed(run: str) -> Fraction | None:
    value = _decimal(run.lstrip("- "))
    return -value if value is not None and run.startswith("-") else value


_PLAIN = re.compile(r"\d*\.?\d+\Z")
_GROUPED = (
    (re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z"), ","),
    (re.compile(r"\d{1,3}(?:,\d{2})+,\d{3}(?:\.\d+)?\Z"), ","),
    (re.compile(r"\d{1,3}(?:[ \u202f]\d{3})+(?:\.\d+)?\Z"), " \u202f"),
    (re.compile(r"\d{1,3}(?:_\d{3})+(?:\.\d+)?\Z"), "_"),
    (re.compile(r"\d{1,3}(?:'\d{3})+(?:\.\d+)?\Z"), "'"),
)
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+\Z|\d{1,3}(?:\.\d{3}){2,}\Z")
_SPACED_COMMA = re.compile(r"\d{1,3}(?:[ \u202f]\d{3})+,\d{1,2}\Z")
_COMMA_GAP = re.compile(r"\d{1,3}(?:,\u202f\d{3})+(?:\.\d+)?\Z")


def _decimal(run: str) -> Fraction | None:
    """The value of a run of digits and separators; ``None`` unless it can be read in one way."""
    if len(run) > _MOST_DIGITS:
        return None
    if _PLAIN.match(run):
        return Fraction(run)
    for pattern, separators in _GROUPED:
        if pattern.match(run):
            return Fraction(run.translate({ord(each): None for each in separators}))
    if _EUROPEAN.match(run):
        return Fraction(run.replace(".", "").replace(",", "."))
    if _SPACED_COMMA.match(run):
        return Fraction(re.sub(r"[ \u202f]", "", run).replace(",", "."))
    if _COMMA_GAP.match(run):
        return Fraction(re.sub(r"[,\u202f]", "", run))
    return None


def _is_label(text: str, start: int, piece: re.Match[str]) -> bool:
    before = text[max(0, start - 24) : start].rstrip(" ")
    if before and before[-1] not in _NOT_AFTER_LABEL:
        spaced = text[max(0, start - 24) : start]
        if _LABEL.search(spaced) or _COMPOUND_NAME.search(spaced):
            return True
    run = piece["run"]
    if not run or len(run) > 2 or not run.isdigit():
        return False
    return _is_list_number(text, start, piece.end(), int(run))


def _is_list_number(text: str, start: int, end: int, number: int) -> bool:
    """Whether this begins an item of a list: its neighbour in the count begins a line, too."""
    before = text[text.rfind("\n", 0, start) + 1 : start].rstrip(" \t>#*_-•(")
    if before and not before.endswith((":", "：")):
        return False
    if not _LIST_AFTER.match(text, end):
        return False
    return not _list_numbers(text).isdisjoint((number - 1, number + 1))


@lru_cache(maxsize=4)
def _list_numbers(text: str) -> frozenset[int]:
    """Every number that stands where an item of a list begins."""
    return frozenset(int(found) for found in _LIST_NUMBER.findall(text))


def _is_formula(text: str, start: int, end: int) -> bool:
    if start and _FORMULA_BEFORE.search(text[max(0, start - 10) : start]):
        return True
    after = _FORMULA_AFTER.match(text, end)
    if after is None:
        return False
    return not _UNIT_LETTER.match(after.group())


def canonical(value: Fraction, percent: bool = False) -> str:
    """The one way an answer is written: ``18``, ``-0.75``, ``1/3``; a percentage keeps its sign."""
    mark = "%" if percent else ""
    twos, fives, rest = 0, 0, value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > 40:
        return f"{value.numerator}/{value.denominator}{mark}"
    if places == 0:
        return f"{value.numerator}{mark}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}{mark}"


def exact(text: str) -> tuple[Fraction, bool] | None:
    """Value and whether it is a percentage, if the whole text is one number (and a unit)."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) <= _MOST_DIGITS:
        return Fraction(int(stripped)), False
    folded = fold(stripped)
    found = [*numerals(folded)]
    if len(found) != 1:
        return None
    numeral = found[0]
    before = folded[: numeral.start].strip(" \u202f$\\(){}*")
    after = folded[numeral.end :].strip(" \u202f$\\(){}*.")
    if numeral.value is None or numeral.formula or before or not _UNIT.match(after):
        return None
    return numeral.value, numeral.percent
