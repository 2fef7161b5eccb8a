"""The prompts of another tool, by the names it gives them: its words and its worked examples.

Owns the form of ``datasets/prompts/*.json``, which say where each text is from. Knows no rows: what
an example is made of, the data set's own split tells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from perfbench.evaluation.prompts import PromptFunction, Template, Turns
from perfbench.rows import read_object
from perfbench.rows.shipped import shipped
from perfbench.types import Input, Sample


@dataclass(frozen=True, slots=True)
class Published:
    """A prompt as another tool sends it."""

    name: str
    tool: str
    """With its version: ``AISBench 3.1.20260630``."""
    task: str
    """The task, or a name that stands for a part of one (``ARC_c``)."""
    kind: str
    """``cot_chat_prompt``, ``chat_prompt``, ``cot_str``, ``str``, ..."""
    prompt: PromptFunction
    shots: int
    """Worked examples before the question."""
    shots_at: tuple[int, ...]
    """Places of the examples in their split, from 0; empty if they are in the prompt."""
    shots_in: str | None = None
    """Split of the examples; ``None`` = the task's few-shot split."""
    options: int | None = None
    """Only questions with so many options are asked, or taken for examples."""


@dataclass(frozen=True, slots=True)
class ByLanguage:
    """One template for each language of a data set."""

    templates: Mapping[str, Template]

    def __call__(self, sample: Sample, shots: Sequence[Sample]) -> Input:
        return self.templates[str(sample.meta["language"])](sample, shots)


def find(name: str) -> Published | None:
    """The prompt of that name, if it is another tool's.

    Raises:
        WorkloadError: this installation is not whole.
    """
    return _all().get(name)


def names(tasks: Collection[str]) -> list[str]:
    """The names of other tools for a task, which is given by all of its own."""
    return [name for name, each in _all().items() if each.task in tasks]


@cache
def _all() -> dict[str, Published]:
    stored = read_object(shipped("prompts/aisbench.json"))
    found = {
        name: _published(name, stored["tool"], entry) for name, entry in stored["names"].items()
    }
    return found | {name: found[meant] for name, meant in stored["defaults"].items()}


def _published(name: str, tool: str, entry: Mapping[str, Any]) -> Published:
    places = tuple(entry.get("shots_at", ()))
    each = entry.get("by_language")
    return Published(
        name=name,
        tool=tool,
        task=entry["task"],
        kind=entry["kind"],
        prompt=ByLanguage({key: _template(one) for key, one in each.items()})
        if each
        else _template(entry),
        shots=entry.get("shots", len(places)),
        shots_at=places,
        shots_in=entry.get("shots_in"),
        options=entry.get("options"),
    )


def _template(entry: Mapping[str, Any]) -> Template:
    example = entry.get("example", ())
    return Template(
        ask=entry["text"] if "text" in entry else _turns(entry["turns"]),
        example=example if isinstance(example, str) else _turns(example),
    )


def _turns(stored: Sequence[Sequence[str]]) -> Turns:
    return tuple((role, text) for role, text in stored)
