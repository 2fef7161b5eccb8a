r"""Other writings of the same answer, for where two formulas do not compare as they stand.

A vector in angle brackets, symbols under arrows, a point with its name, values parted by
semicolons, letters listed one by one, a power of ten as a computer prints it, a function of another
variable, a time in another unit. Owns what may be written otherwise; whether the writings are equal
is for ``math``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from perfbench.evaluation.extraction.latex import without_text_commands

_ANGLES = re.compile(r"\\(?:left\s*)?langle\s*(.+?)\s*\\(?:right\s*)?rangle", re.DOTALL)
_COLUMN = re.compile(
    r"\\begin\{[pb]matrix\}\s*(?P<rows>[^&{}]*(?:\{[^{}]*\}[^&{}]*)*)\\end\{[pb]matrix\}"
)
_ARROWED = re.compile(
    r"\\(?:vec|overrightarrow|mathbf|boldsymbol|bm)(?:\s*\{\s*([A-Za-z])\s*\}|\s+([A-Za-z]))"
)
_MEMBER = re.compile(r"\A\$?\s*[A-Za-z]\s*\\in(?![A-Za-z])\s*")
_PARTING = re.compile(r"(?<!\\);")
_DECIMALS = re.compile(r"(?<=\d)(?:,|\{,\})(?=\d)")
_COMMA = re.compile(r"(?<!\\),")
_POINT = re.compile(
    r"\s*[A-Z](?:'|_\{?\w\}?)?\s*(?:\\left\s*)?(?P<place>\(.*,.*\))\s*\Z", re.DOTALL
)
_LETTERS = re.compile(r"[A-F](?:\s*(?:[,，、;；]|\\,|and|和|与)\s*[A-F])+\Z")
_E_NOTATION = re.compile(r"(?P<value>-?\d+(?:\.\d+)?)[eE](?P<power>[+-]?\d{1,3})\Z")
_UNIT_BEHIND = re.compile(
    r"(?<=[\d}])\s*(?:\\[,;: ]|~|\s)*\\(?:mathrm|text|rm)\s*\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
    r"(?:\^\{?-?\d\}?)?\s*\Z"
)
_FUNCTION = re.compile(r"\s*(?P<name>[a-zA-Z])\(\s*(?P<variable>[a-z])\s*\)\s*=(?P<value>[^=]+)\Z")
_INFINITE = re.compile(r"(?:infinite|infinitely\s+many|infinity)(?:\s+solutions)?", re.IGNORECASE)
_NOWHERE = re.compile(
    r"(?:the\s+)?(?:limit|sum|integral|inverse)?\s*(?:does\s+not|doesn['’]t)\s+exist|DNE",
    re.IGNORECASE,
)
_SPACED_FRACTION = re.compile(r"(?<![\w.)}/^])(\d+)\s?/\s?(\d+)\s+(?=[a-z√π\\(])")
"""A fraction before a blank and a factor, which is no part of its denominator: ``3/4 x``."""
_LESS_A_POINT = re.compile(
    r"(?P<open>[(\[])(?P<low>[^()\[\],;]{1,40}),(?P<high>[^()\[\],;]{1,40})(?P<close>[)\]])"
    r"\s*\\(?:setminus|backslash)\s*\\?\{(?P<point>[^{},;]{1,20}?)\\?\}"
)
"""An interval without one point of it."""
_QUANTITY = re.compile(r"\s*(?P<value>-?\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+?)s?\.?\s*\Z")
_UNITS = {
    **{name: ("time", Fraction(seconds)) for name, seconds in (
        ("second", 1), ("sec", 1), ("minute", 60), ("min", 60), ("hour", 3600), ("hr", 3600),
        ("day", 86400), ("week", 604800),
    )},
    **{name: ("length", Fraction(size)) for name, size in (
        ("mm", "1/1000"), ("cm", "1/100"), ("meter", 1), ("metre", 1), ("km", 1000),
        ("kilometer", 1000), ("kilometre", 1000), ("centimeter", "1/100"),
    )},
}  # fmt: skip
"""By name without its plural: what it measures, and how much of that."""


def same_quantity(target: str, answer: str) -> bool | None:
    """Whether two amounts of one kind in different units are equal; ``None`` if they are no such
    amounts."""
    one, other = _quantity(target), _quantity(answer)
    if one is None or other is None or one[0] != other[0] or one[2] == other[2]:
        return None
    return one[1] * one[2] == other[1] * other[2]


def rewritten(target: str, answer: str) -> Iterator[tuple[str, str]]:
    """Both in other writings, as many as say something new."""
    last = target, answer
    # A matrix of one column is no row; what stands in angle brackets may be either.
    vectors = (_as_tuples,) if "langle" in target + answer else ()
    for write in (*vectors, *_WRITINGS):
        both = write(target), write(answer)
        if both != (target, answer):
            yield both
        last = write(last[0]), write(last[1])
    if last != (target, answer):
        yield last
    renamed = _in_its_variable(target, answer)
    if renamed is not None:
        yield target, renamed
    points = _POINT.match(target), _POINT.match(answer)
    if not points[0] and points[1]:
        yield target, points[1]["place"].replace("\\right", "")


def _quantity(text: str) -> tuple[str, Fraction, Fraction] | None:
    found = _QUANTITY.match(without_text_commands(text).replace("\\", " ").replace("~", " "))
    kind = None if found is None else _UNITS.get(found["unit"].lower())
    return None if found is None or kind is None else (kind[0], Fraction(found["value"]), kind[1])


def _as_tuples(text: str) -> str:
    def column(found: re.Match[str]) -> str:
        rows = re.split(r"\\\\", found["rows"])
        return f"({','.join(map(str.strip, rows))})"

    return _COLUMN.sub(column, _ANGLES.sub(r"(\1)", text))


def _without_arrows(text: str) -> str:
    return _ARROWED.sub(lambda found: f" {found[1] or found[2]} ", text)


def _as_interval(text: str) -> str:
    return _MEMBER.sub("", text)


def _as_parted_by_commas(text: str) -> str:
    """``\\{0,5;\\,1\\}`` as ``\\{0.5,1\\}``: where commas are decimal signs, semicolons part."""
    if not _PARTING.search(text) or _COMMA.search(_DECIMALS.sub("", text)):
        return text
    return _PARTING.sub(",", _DECIMALS.sub(".", text))


def _as_letters(text: str) -> str:
    plain = without_text_commands(text).strip()
    return "".join(re.findall(r"[A-F]", plain)) if _LETTERS.match(plain) else text


def _as_power(text: str) -> str:
    found = _E_NOTATION.match(text.strip())
    if found is not None:
        return f"{found['value']} \\times 10^{{{int(found['power'])}}}"
    return _UNIT_BEHIND.sub("", text) if "10^" in text else text


def _as_infinity(text: str) -> str:
    return "\\infty" if _INFINITE.fullmatch(without_text_commands(text).strip()) else text


def _as_nonexistent(text: str) -> str:
    plain = without_text_commands(text).strip(" .")
    return "\\text{does not exist}" if _NOWHERE.fullmatch(plain) else text


def _as_factor(text: str) -> str:
    return _SPACED_FRACTION.sub(r"\\frac{\1}{\2} ", text)


def _as_union(text: str) -> str:
    return _LESS_A_POINT.sub(r"\g<open>\g<low>,\g<point>)\\cup(\g<point>,\g<high>\g<close>", text)


_WRITINGS: tuple[Callable[[str], str], ...] = (
    _without_arrows,
    _as_interval,
    _as_parted_by_commas,
    _as_letters,
    _as_power,
    _as_infinity,
    _as_union,
    _as_nonexistent,
    _as_factor,
)


def _in_its_variable(target: str, answer: str) -> str | None:
    """A function of another variable in that of the target's: ``f(t)=2t`` for ``f(x)=2x``."""
    ours, theirs = _FUNCTION.match(target), _FUNCTION.match(answer)
    if ours is None or theirs is None or ours["name"] != theirs["name"]:
        return None
    name, other = ours["variable"], theirs["variable"]
    if name == other or re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", theirs["value"]):
        return None
    value = re.sub(
        rf"(\\[A-Za-z]+ ?)|(?<![A-Za-z]){other}(?![A-Za-z])",
        lambda found: found[1] or name,
        theirs["value"],
    )
    return f"{ours['name']}({name})={value}"
