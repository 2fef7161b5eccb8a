"""Reading the fields of a data set's rows, with errors that say what a right row has.

Every function raises ``ValueError`` on a malformed row; whoever reads the file adds its name and
line. Knows no data set and no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def text(row: Row, *names: str) -> str:
    """The first of these fields that the row has, as text without surrounding white space."""
    value = _present(row, names)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"{names[0]!r} is {_kind(value)}; it must be text")
    stripped = str(value).strip()
    if not stripped:
        raise ValueError(f"{names[0]!r} is empty")
    return stripped


def optional(row: Row, *names: str) -> str | None:
    """The same, or ``None`` where no such field holds anything."""
    for name in names:
        value = row.get(name)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            stripped = str(value).strip()
            if stripped:
                return stripped
    return None


def texts(row: Row, *names: str) -> list[str]:
    """A field that is a list of texts."""
    value = _present(row, names)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{names[0]!r} is {_kind(value)}; it must be a list of texts")
    return [item.strip() for item in value]


def mapping(row: Row, name: str) -> Row:
    """A field that is an object."""
    value = _present(row, (name,))
    if not isinstance(value, Mapping):
        raise ValueError(f"{name!r} is {_kind(value)}; it must be an object")
    return value


def integer(row: Row, *names: str) -> int:
    """A field that is a whole number, as number or as text."""
    value = text(row, *names)
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{names[0]!r} is {value!r}; it must be a whole number") from None


def lettered(row: Row) -> tuple[str, ...]:
    """The options in the columns ``A``, ``B``, ``C``, ...: as many as follow each other."""
    found: list[str] = []
    for letter in LETTERS:
        value = optional(row, letter)
        if value is None:
            break
        found.append(value)
    if len(found) < 2:
        raise ValueError("needs the options as columns A, B, ...: at least two")
    return tuple(found)


def letter_at(index: int, choices: Sequence[str]) -> str:
    """The letter of the option at a place that counts from 0."""
    if not 0 <= index < len(choices):
        raise ValueError(f"the right answer is option {index} of {len(choices)} (from 0)")
    return LETTERS[index]


def letter_of(answer: str, labels: Sequence[str]) -> str:
    """The letter (A, B, ...) of the option with this label, whatever the labels are."""
    if answer not in labels:
        raise ValueError(f"the right answer {answer!r} is none of the options {', '.join(labels)}")
    return LETTERS[labels.index(answer)]


def labelled(choices: Any) -> tuple[list[str], list[str]]:
    """Labels and texts of options, given as ``{"label": [...], "text": [...]}`` or as a list of
    ``{"label", "text"}``."""
    if isinstance(choices, Mapping):
        labels, found = texts(choices, "label"), texts(choices, "text")
    elif isinstance(choices, list) and all(isinstance(item, Mapping) for item in choices):
        labels = [text(item, "label") for item in choices]
        found = [text(item, "text") for item in choices]
    else:
        raise ValueError(f"'choices' is {_kind(choices)}; it must hold labels and texts")
    if len(labels) != len(found) or len(found) < 2:
        raise ValueError(f"'choices' has {len(labels)} labels and {len(found)} texts")
    return labels, found


def sample_id(task: str, subset: str, index: int) -> str:
    """Name of a sample, the same in every run: ``mmlu/astronomy/17``, rows counted from 0."""
    return f"{task}/{index}" if subset == "default" else f"{task}/{subset}/{index}"


def _present(row: Row, names: Sequence[str]) -> Any:
    for name in names:
        if row.get(name) is not None:
            return row[name]
    wanted = " or ".join(repr(name) for name in names)
    raise ValueError(f"has no {wanted}; its fields are {', '.join(map(repr, row))}")


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text"}
    return kinds.get(type(value), "a list" if isinstance(value, list) else "an object")
