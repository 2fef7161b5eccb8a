"""A service that answers questions for programs by what is found in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripted_llm import Said, ScriptedLLM

from perfbench.evaluation.data import Places
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.selection import Selection, samples
from perfbench.types import Sample


class CodeLLM(ScriptedLLM):
    """Knows the questions of data sets; ``says`` makes an answer of the sample that is asked."""

    def __init__(
        self, names: list[str], says: Callable[[Sample], Said], places: Places | None = None
    ) -> None:
        super().__init__()
        self._says = says
        self._known: list[tuple[str, Sample]] = []
        for name in names:
            resolved = catalogue.find(name)
            found = catalogue.find_data(resolved, places or Places())
            for sample, _ in samples(resolved, found, Selection()):
                assert isinstance(sample.input, list)
                self._known.append((str(sample.input[-1]["content"]), sample))  # type: ignore[index, call-overload]

    def answer(self, body: dict[str, Any]) -> Said:
        asked = body["messages"][-1]["content"]
        self.bodies.append(body)
        return self._says(next(sample for known, sample in self._known if known == asked))


def right(sample: Sample) -> Said:
    """Its own right program, with an example of how to use it."""
    return Said(f"So:\n\n```python\n{sample.target}\n```\n\nTry it:\n\n```python\nprint(1)\n```\n")


def idle(sample: Sample) -> Said:
    """A function that does nothing."""
    name = sample.meta["entry_point"]
    return Said(f"```python\ndef {name}(*arguments, **named):\n    return None\n```")
