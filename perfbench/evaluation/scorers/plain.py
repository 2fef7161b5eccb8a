r"""Formulas written for a keyboard or a computer, as LaTeX.

Owns what code, calculators and plain text write otherwise: ``x**2``, ``2^10``, ``x⁻¹``, ``a₁₀``,
sets in bare braces, matrices as rows in brackets. A formula in LaTeX stays as it is. Decides
nothing.
"""

from __future__ import annotations

import re

_RAISED = re.compile(r"[⁻⁺]?[⁰¹²³⁴-⁹]+|[⁻⁺]?ⁿ")
_DIGITS_OF = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ", "-+0123456789n")
_LOWERED = re.compile(r"[₀-₉]+|ₙ")
_DIGITS_UNDER = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₙ", "0123456789n")
_POWER = re.compile(r"(?<=[\w)}\]])\s?\*\*\s?(?=[\w({-])")
_DIGITS = re.compile(r"\^\s*([-−]\s?\d+|\d{2,})(?![\d.^])")
"""A raised number; TeX would raise its first digit only, which nobody who writes it means."""
_IN_BRACKETS = re.compile(r"\^\s*\((-?[^(){}^]{1,60})\)")
_PLUS_MINUS = re.compile(r"\+\s?/\s?[-−–]|\bplus\s+or\s+minus\b")
_SET = re.compile(
    r"(?P<name>(?:[A-Za-z]\w*|[^{}=,]{1,60}(?==))\s*(?:=|\\in(?![A-Za-z]))\s*)?"
    r"\{(?P<items>[^{}\\]*,[^{}]*)\}\Z"
)
_CELL = r"[^\[\],;]{1,80}"
_ROW = rf"\[{_CELL}(?:,{_CELL}){{0,11}}\]"
_ROWS = re.compile(
    rf"(?:Matrix|(?:np|numpy)\.array|array)?\(?(?<!\\)\[\s*(?P<rows>{_ROW}(?:\s*,\s*{_ROW}){{0,11}})\s*\]\)?"
)
_SPACED_ROW = r"[^\s\[\],;]{1,80}(?:\s*,\s*|[ ]+)[^\[\];]{1,300}"
_SPACED_ROWS = re.compile(rf"(?<!\\)\[\s*(?P<rows>{_SPACED_ROW}(?:;\s*{_SPACED_ROW}){{1,11}})\]")


def from_plain(formula: str) -> str:
    """A formula with what is no LaTeX put into LaTeX."""
    formula = _RAISED.sub(lambda found: f"^{{{found.group().translate(_DIGITS_OF)}}}", formula)
    formula = _LOWERED.sub(lambda found: f"_{{{found.group().translate(_DIGITS_UNDER)}}}", formula)
    formula = _PLUS_MINUS.sub(r"\\pm ", formula)
    if "^" in formula or "**" in formula:
        formula = _DIGITS.sub(r"^{\1}", _POWER.sub("^", formula))
        formula = _IN_BRACKETS.sub(r"^{\1}", formula)
    if "{" in formula and (found := _SET.match(formula)):
        return f"{found['name'] or ''}\\{{{found['items']}\\}}"
    if "[" in formula:
        formula = _SPACED_ROWS.sub(_from_spaced_rows, _ROWS.sub(_from_rows, formula))
    return formula


def _from_rows(found: re.Match[str]) -> str:
    rows = re.split(r"\]\s*,\s*\[", found["rows"][1:-1])
    return _matrix([row.split(",") for row in rows]) or found.group()


def _from_spaced_rows(found: re.Match[str]) -> str:
    rows = [each.strip() for each in found["rows"].split(";")]
    return _matrix([re.split(r"\s*,\s*|\s+", row) for row in rows]) or found.group()


def _matrix(rows: list[list[str]]) -> str | None:
    """Rows as a matrix, if all are equally long."""
    if len({len(row) for row in rows}) != 1:
        return None
    cells = r" \\ ".join(" & ".join(cell.strip() for cell in row) for row in rows)
    return rf"\begin{{pmatrix}}{cells}\end{{pmatrix}}"
