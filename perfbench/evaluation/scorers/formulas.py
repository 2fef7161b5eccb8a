r"""LaTeX formulas brought to one writing, and taken apart where order or brackets matter.

Owns what two writings of the same answer may differ in without being different: spacing, ``\left``,
``\dfrac``, braces, units, ``x =``, degree and percent signs, plain ``sqrt(2)``, ``p.m.``.
Decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from perfbench.evaluation.extraction.latex import (
    matching_braces,
    with_fractions,
    without_text_commands,
)
from perfbench.evaluation.extraction.spelled import spelled
from perfbench.evaluation.scorers.plain import from_plain

_UNICODE = str.maketrans(
    {
        "−": "-", "–": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "÷": "/",
        "π": r"\pi ", "∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "∪": r"\cup ",
        "∩": r"\cap ", "∈": r"\in ", "±": r"\pm ", "°": r"^\circ ", "√": r"\sqrt ", "²": "^2",
        "³": "^3", "⁴": "^4", "½": r"\frac{1}{2}", "θ": r"\theta ", "∅": r"\emptyset ",
        "∠": r"\angle ",
        "，": ",", "（": "(", "）": ")", "。": "", "\u00a0": " ", "％": "%", "¢": "",
    }
)  # fmt: skip
_SAME = (
    (re.compile(r"\\(?:left|right|bigl?|bigr?|Bigl?|Bigr?|displaystyle|limits)(?![A-Za-z])"), ""),
    (re.compile(r"\\[dtc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\(?:leq|leqslant|le)(?![A-Za-z])"), r"\\le "),
    (re.compile(r"\\(?:geq|geqslant|ge)(?![A-Za-z])"), r"\\ge "),
    (re.compile(r"\\neq?(?![A-Za-z])"), r"\\ne "),
    (re.compile(r"\\(?:varnothing|emptyset)(?![A-Za-z])"), r"\\emptyset "),
    (re.compile(r"\\\\\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm)\s*\]"), r"\\\\\\\\"),
    (re.compile(r"\\cr(?![A-Za-z])"), r"\\\\\\\\"),
    (re.compile(r"\{([^{}\\]+)\\choose\s*([^{}\\]+)\}"), r"\\binom{\1}{\2}"),
    (re.compile(r"(?<![A-Za-z\\])C\((\d+),\s*(\d+)\)"), r"\\binom{\1}{\2}"),
    (re.compile(r"\((\d+)\)(?=_)"), r"\1"),
    (re.compile(r"\\(?:bf|rm|it|sf)(?![A-Za-z])(?!\s*\{)"), ""),
    (re.compile(r"\\langle(?![A-Za-z])|⟨"), "("),
    (re.compile(r"\\rangle(?![A-Za-z])|⟩"), ")"),
    (re.compile(r"\+\s*\\infty"), r"\\infty"),
    (re.compile(r"(?<![A-Za-z\\])sqrt\s*(\d+)"), r"\\sqrt{\1}"),
    (re.compile(r"\\(?:lbrace)(?![A-Za-z])"), r"\\{"),
    (re.compile(r"\\(?:rbrace)(?![A-Za-z])"), r"\\}"),
    (re.compile(r"\\[bBvVp]?matrix"), "pmatrix"),
    (re.compile(r"\{(?:[bBvVp]|small)?matrix\}|\{array\}(?:\{[lcr|]+\})?"), "{pmatrix}"),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?(?:\s*[CF](?![A-Za-z]))?|\\degree(?![A-Za-z])"), ""),
    (re.compile(r"\\(?=[$%#&])"), ""),
    (re.compile(r"\$|\\\(|\\\)|\\\[(?!\d+\w*\])|(?<!\\)\\\]"), ""),
    (re.compile(r"\\[!,;:]|(?<!\\)\\ (?=\S|$)|\\q?quad(?![A-Za-z])|~"), " "),
    (
        re.compile(r"(?<![\d.,}])(?:(0)|(\d+)(?=\{,\}(?:\d\d?|\d{4,})(?![\d{])))\{,\}(?=\d)"),
        r"\1\2.",
    ),
    (re.compile(r"\{([,:])\}"), r"\1"),
    (re.compile(r"[(\[]\s*(\\begin\{pmatrix\}(?:(?!\\begin).)*\\end\{pmatrix\})\s*[)\]]"), r"\1"),
)
_UNIT_TEXT = re.compile(
    r"(?:\\[ ,;:!]|~|\s)*\\(?:text|textrm|mbox|mathrm"
    r"|hbox)\s*\{(?!\s*[万亿])[^{}$\\A-Za-z一-鿿]*[A-Za-z一-鿿][^{}$\\]*\}(?!\s*_)(?:\s*\^\s*(?:\{\d\}|\d)|\s*)"
)
_UNIT_WORDS = (
    r"degrees?|dollars?|cents?|inch(?:es)?|feet|foot|ft|yards?|miles?|meters?|metres?|cm|mm|km|m|kg"
    r"|grams?|g|liters?|hours?|minutes?|seconds?|days?|weeks?|months?|years?|units?|square|cubic|sq"
    r"|pounds?|ounces?|points?|people|ways|percent|mph|per|hour|radians?|students?|apples?|eggs?"
)
_PLAIN_UNITS = re.compile(
    rf"(?:(?<=[\d}})])|(?<=\\pi)"
    rf"|(?<=\\pi ))\s*(?:\b(?:{_UNIT_WORDS})\b(?:\s*\^\s*\{{?\d\}}?)?(?:\s*\.)?\s*)+\Z"
)
_CHINESE_UNITS = re.compile(r"(?<=[\d})])\s*(?![万亿百十]|千(?![米克瓦卡])|分之)[一-鿿]{1,6}\s*\Z")
_BASE_NAME = (
    r"(?:base[\s~}}-]*)?(?P<{}>\d{{1,2}}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|thirteen|fourteen|fifteen|sixteen)"
)
_BASE = re.compile(
    r"(?<=[\dA-F])\s*(?:_\s*\{?\s*(?:\\(?:text|textrm|mathrm|mbox)\s*\{\s*)?\(?\s*"
    + _BASE_NAME.format("below")
    + r"(?![A-Za-z])\s*\)?(?P<braces>[\s}]*)"
    r"|(?:\\[ ,;:]|\s|~)*\(?(?:\\(?:text|textrm|mathrm|mbox)\s*\{)?\s*\(?\s*(?:in\s+)?(?=base)"
    + _BASE_NAME.format("after")
    + r"(?![A-Za-z])[\s})]*\Z)"
)
_TRIGONOMETRIC = r"\\(?P<name>sin|cos|tan|cot|sec|csc)(?P<power>\s*\^\s*(?:\d|\{\d\}))?"
_OF_DEGREES = re.compile(
    _TRIGONOMETRIC + r"\s*(?:\\left)?[({]?\s*(?P<degrees>-?\d+(?:\.\d+)?)\s*"
    r"(?:\^\s*\{?\s*\\circ(?![A-Za-z])\s*\}?|\\degree(?![A-Za-z]))\s*(?:\\right)?[)}]?"
)
_INVERSE = re.compile(r"\\(sin|cos|tan)\s*\^\s*\{\s*-\s*1\s*\}")
_UPRIGHT = re.compile(r"\\(?:mathrm|textrm|text|rm)\s*\{\s*([ie])\s*\}")
"""The imaginary unit and Euler's number as some printers set them."""
_NOTHING = re.compile(
    r"(?:there\s+(?:is|are)\s+)?no\s+(?:(?:real|such|possible|valid|integer)\s+)?"
    r"(?:solutions?|roots?|values?)(?:\s+exists?)?|(?:the\s+)?empty\s+set|\\\{\s*\\\}",
    re.IGNORECASE,
)
_REALS = re.compile(
    r"(?:[a-z]\s*\\in\s*)?(?:\\mathbb\s*(?:\{\s*R\s*\}|R)|ℝ)"
    r"|(?:\\text\s*\{)?\s*all\s+real(?:\s+numbers|s)?\s*\}?",
    re.IGNORECASE,
)
_RATIO = re.compile(r"(?<=[\d}])\s*(?:\\text\s*\{\s*to\s*\}|\bto\b)\s*(?=[\d\\])")
_REALS_WITHOUT = re.compile(
    r"\Aall\s+real(?:\s+numbers|s)?,?\s+(?:(?:[a-z]\s+)?(?:except|excluding|other\s+than)(?:\s+for)?)"
    r"\s+(?:[a-z]\s*=\s*)?(?P<points>.+)\Z"
)
_AND = re.compile(
    r"\s*,?\s*(?:\\text\s*\{\s*(?:and|or|ou|oder|o|和|或)\s*\}|(?<![A-Za-z\\])(?:and|or|ou|oder)(?![A-Za-z])|和|或)\s*"
)
_PLAIN_MIXED = re.compile(r"(?<![\d./^_{])(\d+)\s+(\d+)/(\d+)(?![\d/])")
_CLOCK = re.compile(
    r"(?<![\d:.])(?:\\text\s*\{\s*)?(\d{1,2})(?::|\{:\})(\d\d)(?:\s|~|\\[ ,;:])*"
    r"(?:\\(?:text|mathrm|textrm|mbox)\s*\{)?\s*(?:([ap])\.?\s?m(?![A-Za-z])\.?)\s*\}?\Z",
    re.IGNORECASE,
)
_LONGEST = 4000
_ANGLE = r"m?\\(?:measured)?angle\s?(?:[A-Z]{1,3}|\{[A-Z]{1,3}\})"
_LETTER = r"\\(?:bar|hat|overline)\s*[A-Za-z]|[A-Za-z][\u0300-\u036f]?"
_NAME = rf"(?:{_ANGLE}|{_LETTER}|\\[a-z]+)(?:_\{{?\w+\}}?|'+)?"
_LEFT_SIDE = re.compile(
    rf"\s*(?:{_NAME}(?:\^\{{-1\}})?(?:\([A-Za-z](?:,[A-Za-z])*\))?"
    rf"|\({_NAME}(?:,{_NAME})+\)|[A-Za-z]{{3,}})?"
    r"\s*(?:=|\\in(?![A-Za-z])|\\approx(?![A-Za-z])|≈)\s*(?=\S)"
)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\s?\d{3})+(?![\d,])")
_SHORT_FRACTION = re.compile(r"\\frac\s*(?:\{([^{}]*)\}|(\d|[a-z]))\s*(?:\{([^{}]*)\}|(\d|[a-z]))")
_SHORT_ROOT = re.compile(r"\\sqrt\s*(\d|[a-z])")
_PLAIN_ROOT = re.compile(r"(?<![A-Za-z\\])sqrt\s*\(([^()]*)\)|(?<![A-Za-z\\])sqrt\s*\{([^{}]*)\}")
_SIGN_ROOT = re.compile(
    r"(?P<sign>[√∛∜])\s*(?:(?P<number>\d+(?:\.\d+)?)|\((?P<inside>[^()√∛∜]*)\))"
)
_DEGREE_OF_ROOT = {"√": "", "∛": "[3]", "∜": "[4]"}
_DECIMAL_ROOT = re.compile(r"\\sqrt\{(\d{1,9}\.\d{1,9})\}")
_BAR = re.compile(r"\(\s*([-−]?[\d./]{1,12})\s*\|\s*([-−]?[\d./]{1,12})\s*\)")
"""A point as German schools write it: ``(3|-2)``."""
_PLAIN_FUNCTION = re.compile(
    r"(?<![A-Za-z\\{])(arc(?:sin|cos|tan)|sin|cos|tan|cot|sec|csc|log|ln)(?=\s*[(\d])"
)
_ANGLES = re.compile(r"\A<\s*([^<>=]*,[^<>=]*)>\Z")
_PLAIN_PI = re.compile(r"(?<![A-Za-z\\])(?:pi|Pi|PI)(?![A-Za-z])")
_PLAIN_INFINITY = re.compile(r"(?<![A-Za-z\\])(?:inf|infinity|oo)(?![A-Za-z])(?=\s*[,)\]])")
_SCRIPT = re.compile(r"([\^_])\s*([A-Za-z0-9])")
_COMMAND_GAP = re.compile(r"(\\[A-Za-z]+)\s+(?=[^A-Za-z])")
_MATRIX = re.compile(
    r"\\begin\{pmatrix\}(?P<cells>(?:(?!\\begin).)*)\\end\{pmatrix\}"
    r"(?P<transposed>\^\{?(?:T|\\top|\\intercal)\}?)?",
    re.DOTALL,
)
_GAP = re.compile(r"(?<!\\)\s+|\s+(?![A-Za-z])")
_COMMAND_THEN_LETTER = re.compile(r"(\\[A-Za-z]+)\s+(?=[A-Za-z])")


@lru_cache(maxsize=4096)
def canonical_formula(latex: str) -> str:
    """One writing for what is plainly the same formula, to compare and to count votes by.

    What is longer than any formula is compared as it stands, but for its spaces.
    """
    text = " ".join(latex.split())
    if len(text) > _LONGEST:
        return text
    text = _BAR.sub(r"(\1,\2)", text)
    text = _CLOCK.sub(lambda found: f"{found[1]}:{found[2]}{found[3].lower()}m", text)
    text = _SIGN_ROOT.sub(_root, text)
    text = with_fractions(from_plain(text).translate(_UNICODE))
    text = _BASE.sub(_with_base, _RATIO.sub(":", text))
    text = _OF_DEGREES.sub(_of_radians, _INVERSE.sub(r"\\arc\1 ", text))
    text = _without_units(_UPRIGHT.sub(r" \1", text))
    for pattern, same in _SAME:
        text = pattern.sub(same, text)
    text = " ".join(without_text_commands(text).split())
    text = _CHINESE_UNITS.sub("", _PLAIN_UNITS.sub("", text)).strip()
    if _REALS.fullmatch(text):
        return r"(-\infty,\infty)"
    text = _REALS_WITHOUT.sub(r"(-\\infty,\\infty)\\setminus\\{\g<points>\\}", text)
    if _NOTHING.fullmatch(text):
        return r"\emptyset"
    text = text.rstrip(".").strip() if not text.endswith("...") else text
    text = _PLAIN_MIXED.sub(r"\1\\frac{\2}{\3}", text)
    text = _PLAIN_ROOT.sub(lambda found: rf"\sqrt{{{found[1] or found[2]}}}", text)
    text = _PLAIN_FUNCTION.sub(r"\\\1 ", _ANGLES.sub(r"(\1)", text))
    text = _PLAIN_PI.sub(r"\\pi ", text)
    text = _PLAIN_INFINITY.sub(r"\\infty ", text)
    text = re.sub(r"(?<=[)\]])\s*U\s*(?=[(\[])", r"\\cup ", text)
    text = _SHORT_ROOT.sub(r"\\sqrt{\1}", text)
    text = _SHORT_FRACTION.sub(
        lambda found: rf"\frac{{{found[1] or found[2] or ''}}}{{{found[3] or found[4] or ''}}}",
        text,
    )
    text = _DECIMAL_ROOT.sub(_exact_root, text)
    text = _SCRIPT.sub(r"\1{\2}", text)
    text = _AND.sub(", ", text)
    text = _THOUSANDS.sub(lambda found: re.sub(r"[,\s]", "", found.group()), text)
    return _spaced(text)


def _root(found: re.Match[str]) -> str:
    degree = _DEGREE_OF_ROOT[found["sign"]]
    return rf"\sqrt{degree}{{{found['number'] or found['inside']}}}"


def _exact_root(found: re.Match[str]) -> str:
    value = Fraction(found[1])
    return rf"\sqrt{{\frac{{{value.numerator}}}{{{value.denominator}}}}}"


def _with_base(found: re.Match[str]) -> str:
    """``4210_{\\text{five}}`` and ``4210 (base 5)`` as ``4210_{5}``."""
    name = found["below"] or found["after"]
    value = next(spelled(name, 0, len(name)), None)
    return f"_{{{value.value if value else name}}}"


def _of_radians(found: re.Match[str]) -> str:
    return rf"\{found['name']}{found['power'] or ''}(\frac{{{found['degrees']}\pi}}{{180}})"


def _without_units(text: str) -> str:
    stripped = _UNIT_TEXT.sub(" ", text).strip()
    has_value = re.search(r"[\d}]|\\pi|\\sqrt", re.sub(r"\$|\\[a-z]+\{\s*\}", "", stripped))
    joins = re.search(r"\\text\s*\{\s*(?:and|or|ou|oder|或|和|[^{}]*\bexcept[^{}]*)\s*\}", text)
    return stripped if has_value and not joins else text


def _spaced(text: str) -> str:
    """No spaces but those that part words or end a command."""
    if re.search(r"(?:[A-Za-z]{2,}|\Aan?) [A-Za-z]{2,}", text) and "\\" not in text:
        return " ".join(text.split())
    text = _COMMAND_THEN_LETTER.sub("\\1\0", text)
    return re.sub(r"\s+", "", text).replace("\0", " ")


def without_left_side(formula: str) -> str:
    """``x=5`` and ``x\\in[1,2]`` without what stands before the value."""
    while found := _LEFT_SIDE.match(formula):
        formula = formula[found.end() :]
    return formula


@dataclass(frozen=True, slots=True)
class Group:
    """A bracketed or bare list of formulas."""

    kind: str
    """``list``, ``set``, ``matrix``, or the two brackets: ``()``, ``[)``."""
    items: tuple[str, ...]

    @property
    def ordered(self) -> bool:
        """Whether the order of the items matters."""
        return self.kind not in ("list", "set", "union")

    @property
    def vector(self) -> bool:
        """Whether it may be a vector: one column or row, or a tuple."""
        return self.kind in ("()", "matrix 1", f"matrix {len(self.items)}")


def group_of(formula: str) -> Group | None:
    """The list, set, tuple, interval, union or matrix that a canonical formula is, if it is one."""
    matrix = _MATRIX.fullmatch(formula)
    if matrix:
        rows = [row.split("&") for row in re.split(r"\\\\", matrix["cells"]) if row]
        if matrix["transposed"] and len({len(row) for row in rows}) == 1:
            rows = [[*column] for column in zip(*rows, strict=True)]
        kind = f"matrix {len(rows)}"
        return Group(kind, tuple(without_left_side(cell) for row in rows for cell in row))
    bare = top_level(formula, ",")
    if len(bare) > 1:
        return Group("list", tuple(bare))
    union = top_level(formula, "\\cup")
    if len(union) > 1:
        return Group("union", tuple(union))
    if formula.startswith("\\{") and formula.endswith("\\}"):
        return Group("set", tuple(top_level(formula[2:-2], ",")))
    if formula[:1] in ("(", "[") and formula[-1:] in (")", "]"):
        items = top_level(formula[1:-1], ",")
        if len(items) > 1:
            return Group(formula[0] + formula[-1], tuple(items))
    return None


def top_level(formula: str, separator: str) -> list[str]:
    """The parts between separators that stand in no bracket; the whole if brackets do not match."""
    parts: list[str] = []
    depth = start = position = 0
    braces = matching_braces(formula)
    while position < len(formula):
        if depth == 0 and formula.startswith(separator, position):
            parts.append(formula[start:position].strip())
            position += len(separator)
            start = position
            continue
        if formula.startswith(("\\{", "\\}"), position):
            depth += 1 if formula[position + 1] == "{" else -1
            position += 2
            continue
        if formula[position] == "{":
            position = braces.get(position, position)
        elif formula[position] in "([":
            depth += 1
        elif formula[position] in ")]":
            depth -= 1
        position += 1
    parts.append(formula[start:].strip())
    return parts if depth == 0 and all(parts) else [formula]


def plus_minus(formula: str) -> tuple[str, str] | None:
    r"""Both values of ``a \pm b``; ``None`` without exactly one sign."""
    if formula.count("\\pm") != 1:
        return None
    return formula.replace("\\pm", "+"), formula.replace("\\pm", "-")
