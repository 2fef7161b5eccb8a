r"""Formulas that a text sets between TeX's signs (``$...$``, ``\(...\)``), and what they hold.

Owns where a set formula begins and ends, which of them stand side by side, and the last line of a
derivation set as one. Knows nothing of answers.
"""

from __future__ import annotations

import re
from fractions import Fraction

from perfbench.evaluation.extraction.numerals import exact

FORMULA = re.compile(
    r"\$\$(?P<display>.+?)\$\$|(?<![\\$])\$(?!\s*\d[\d,.]*\s+[a-z])(?P<inline>(?:\\\$"
    r"|[^$\n])+?)(?<!\\)\$"
    r"|\\\((?P<round>(?:[^\\]|\\[^()])+?)\\\)|\\\[(?P<square>(?:[^\\]|\\[^\[\]])+?)\\\]",
    re.DOTALL,
)
BETWEEN = re.compile(r"\s*(?:,|，|;|and|or|y|et|und|e|и|和|或|、|,\s*and|,\s*or)\s*\Z")
PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
CHINESE = re.compile(r"[一-鿿]")
FOREIGN = re.compile(r"[一-鿿぀-ヿ가-힣]|[а-яё]{3}", re.IGNORECASE)
"""Words in other writings than ours and Greek, which formulas hold."""
_RADIANS = re.compile(r"\\[dt]?frac\{(?P<times>\d*)\s*\\pi\}\{(?P<parts>[1-9]\d*)\}")
_DEGREES = re.compile(r"\s*(?:\^\s*\{?\s*\\circ\s*\}?|°)\s*\Z")
_UNITS_AFTER = re.compile(r"\s*(?:\\?%|°|degrees?\b|percent\b)")
_UNWORKED = re.compile(
    r"(?=.*(?:\\cdot|\\times|\\binom|!))(?:[\d\s^{}!+()-]|\\(?:cdot|times|binom))+"
)
_STARS = re.compile(r"(?<=[^\s*])\*\*(?![\w(*\\])|(?<![\w)*}])\*\*(?=[^\s*])")
_SIGNS = re.compile(
    r"\A\s*\\therefore(?![A-Za-z])|\\?\s*\\(?:blacksquare|square|qed|Box)(?![A-Za-z])\s*\Z"
)
"""Signs that are no part of a formula: of a conclusion, and of the end of a proof."""
DERIVATION = re.compile(
    r"\\begin\{(?P<kind>align|aligned|gather|gathered|split|eqnarray"
    r"|equation)\*?\}(?P<rows>.*)\\end\{(?P=kind)\*?\}[\s.]*\Z",
    re.DOTALL,
)


def listed_from(text: str, begin: int) -> str | None:
    """The formula at ``begin``, and those that are listed right after it."""
    found = FORMULA.match(text, begin)
    if found is None:
        return None
    parts = [content_of(found)]
    while further := FORMULA.search(text, found.end()):
        if not BETWEEN.match(text[found.end() : further.start()]):
            break
        parts.append(content_of(further))
        found = further
    suffix = _UNITS_AFTER.match(text, found.end())
    if suffix and "%" in suffix.group() and len(parts) == 1:
        return parts[0] + "\\%"
    values = [_worth(each.rpartition("=")[2]) for each in parts]
    if len(parts) == 2 and values[0] is not None and values[0] == values[1]:
        return parts[0]
    if len(parts) == 2 and values[1] is not None and _UNWORKED.fullmatch(parts[0]):
        return parts[1]
    return ", ".join(parts)


def content_of(found: re.Match[str]) -> str:
    """The content of a set formula; the last line of a derivation."""
    return last_row(trimmed(next(each for each in found.groups() if each is not None)))


def last_row(formula: str) -> str:
    """The last line of a derivation that is set as one formula."""
    derivation = DERIVATION.match(formula)
    if derivation is None:
        return formula
    rows = [
        each
        for each in re.split(r"\\\\(?:\[[^\]]{0,20}\])?", derivation["rows"])
        if each.strip(" &\n")
    ]
    return trimmed(rows[-1].replace("&", "")) if rows else formula


def unbold(text: str) -> str:
    """A text without the stars of bold type; those of a power (``2**3``) stay."""
    return _STARS.sub("", text)


def trimmed(formula: str) -> str:
    """A formula without the signs and marks around it."""
    formula = _SIGNS.sub("", formula).strip().strip('`"“”').strip()
    while formula[:2] in ("**", "__"):
        formula = formula[2:].strip()
    while formula[-2:] in ("**", "__"):
        formula = formula[:-2].strip()
    for left, right in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        inner = formula[len(left) : -len(right)]
        if formula.startswith(left) and formula.endswith(right) and inner and left not in inner:
            formula = inner.strip()
    if formula.endswith((".", "。", ",", ";")) and not formula.endswith(("\\,", "\\;", "...")):
        formula = formula[:-1].rstrip()
    return formula


def _worth(value: str) -> Fraction | None:
    r"""What a number, a percentage or an angle is worth: the same for ``\frac{3}{8}`` and
    ``37.5\%``, for ``\frac{\pi}{3}`` and ``60°``."""
    radians = _RADIANS.fullmatch(value.strip())
    if radians is not None:
        return Fraction(int(radians["times"] or 1) * 180, int(radians["parts"] or 1))
    degrees = _DEGREES.sub("", value)
    found = exact(degrees) or exact(degrees.replace("\\%", "%"))
    return None if found is None else found[0] / 100 if found[1] else found[0]
