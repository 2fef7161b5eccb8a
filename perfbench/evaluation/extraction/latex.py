r"""The little LaTeX that answers come dressed in: ``\boxed{}`` and text commands.

Owns brace matching. Knows nothing of what stands inside the braces, but repeating decimals and
the letter of an option before its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

_BOX = re.compile(
    r"\\boxed\s*(?=[{\w])|(?<![A-Za-z\\])boxed(?=\{)|\x08oxed\s*(?=\{)|\\fbox\s*(?=\{)"
)
_TEXT = re.compile(
    r"\\(?:text|textbf|textit|textrm|texttt|textsf|mathrm|mathbf|mathit|mathsf|mathtt|mbox|hbox"
    r"|bf|rm|bm|boldsymbol|operatorname|emph|underline|overline)\s*(?=\{)"
)
_REPEATING = re.compile(
    r"(?P<whole>\d{1,20})?\.(?P<fixed>\d{0,20})"
    r"(?:\\(?:overline|bar|dot)\s*(?:\{(?P<run>\d{1,20})\}|(?P<one>\d))"
    r"|\((?P<round>\d{1,20})\)(?!\s*\d))"
)
_CONTINUED = re.compile(
    r"(?P<whole>\d{1,20})?\.(?P<digits>\d{2,40})\s*(?:\\?\.{3}|…|\\[lc]?dots(?![A-Za-z]))"
)
_OPTION = re.compile(
    r"\s*(?:\\(?:text|textbf|textrm|mathrm|mathbf|bf"
    r"|rm)\s*\{\s*\(?(?P<letter>[A-F])[).][.:]?[\s~\\]*\}"
    r"|\(?(?P<bare>[A-F])\))(?:\\?\s|~|\\[,;:]|\\q?quad|:)*(?P<value>[^\s~].*)\Z",
    re.DOTALL,
)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_LINE_REST = re.compile(r"(?:(?!\$|\\\)|\\\]|[.。]?\s*\n)[^\n]){0,2000}")
_MOST_BOXES = 200


@dataclass(frozen=True, slots=True)
class Box:
    r"""One ``\boxed{content}``."""

    start: int
    begin: int
    end: int
    """``text[begin:end]`` is the content."""
    closed: bool
    """``False``: the text ends, or the line does, before the brace is closed."""


def matching_braces(text: str) -> dict[int, int]:
    r"""Index of each brace that opens to that of the one that closes it.

    Braces that nothing closes are not there; ``\{`` and ``\}`` do not count.
    """
    found: dict[int, int] = {}
    opened: list[int] = []
    for each in _BRACE.finditer(text):
        if each.group() == "{":
            opened.append(each.start())
        elif each.group() == "}" and opened:
            found[opened.pop()] = each.start()
    return found


def boxes(text: str) -> Iterator[Box]:
    r"""The ``\boxed{}`` and ``\fbox{}`` of a text, in order; a box within a box comes after it.

    Of more than a model that is not in a loop writes, the last ones.
    """
    if "oxed" not in text and "\\fbox" not in text:
        return
    closing = matching_braces(text)
    for match in [*_BOX.finditer(text)][-_MOST_BOXES:]:
        yield _box_at(text, match, closing)


def _box_at(text: str, match: re.Match[str], closing: Mapping[int, int]) -> Box:
    start, brace = match.span()
    if text[brace] != "{":
        return Box(start, brace, brace + 1, True)
    if brace in closing:
        return Box(start, brace + 1, closing[brace], True)
    end = _LINE_REST.match(text, brace + 1)
    assert end is not None  # it may be empty
    return Box(start, brace + 1, end.end(), False)


def with_fractions(text: str) -> str:
    r"""Repeating decimals as the fractions they are.

    ``0.1\overline{6}`` and ``0.1666...`` become ``\frac{1}{6}``; ``1.414...`` repeats nothing.
    """
    return _CONTINUED.sub(_as_continued_fraction, _REPEATING.sub(_as_fraction, text))


def _as_fraction(found: re.Match[str]) -> str:
    return _fraction(
        found["whole"] or "0", found["fixed"], found["run"] or found["one"] or found["round"]
    )


def _as_continued_fraction(found: re.Match[str]) -> str:
    digits = found["digits"]
    for end in range(1, len(digits)):
        for length in range(end, 0, -1):
            fixed, run = digits[: end - length], digits[end - length : end]
            repeated = digits[end - length :]
            if len(repeated) >= 2 * length and (run * len(repeated)).startswith(repeated):
                return _fraction(found["whole"] or "0", fixed, run)
    return found.group()


def _fraction(whole: str, fixed: str, run: str) -> str:
    value = Fraction(
        int(whole + fixed + run) - int(whole + fixed), (10 ** len(run) - 1) * 10 ** len(fixed)
    )
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


def option_and_value(formula: str) -> tuple[str, str] | None:
    r"""The letter and the value of ``\textbf{(B)}\ 12``; ``None`` without both."""
    found = _OPTION.match(formula) or _OPTION.match(without_text_commands(formula))
    return (found["letter"] or found["bare"], found["value"].strip()) if found else None


def without_text_commands(text: str) -> str:
    r"""``\text{ cm}`` becomes `` cm``, nested ones too."""
    commands = [*_TEXT.finditer(text)] if "\\" in text else []
    if not commands:
        return text
    closing = matching_braces(text)
    left_out: list[tuple[int, int]] = []
    for command in commands:
        brace = command.end()
        left_out.append((command.start(), brace + 1))
        if brace not in closing:  # to the end of a text that was cut off
            break
        left_out.append((closing[brace], closing[brace] + 1))
    parts = []
    position = 0
    for begin, end in sorted(left_out):
        parts.append(text[position:begin])
        position = end
    return "".join(parts) + text[position:]
