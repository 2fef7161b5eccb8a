"""A judge on a real socket that decides by a script, from what its prompt shows it alone."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from scripted_llm import Said, ScriptedLLM, item_of, number_of

Judge = Callable[[str, int, int], Said]
"""From the prompt, its item, and how often the same was asked before, to what the judge says."""


class ScriptedJudge(ScriptedLLM):
    """Answers by ``judge``; ``asked`` counts its prompts."""

    def __init__(self, judge: Judge, delay_s: float = 0.0) -> None:
        super().__init__(delay_s=delay_s)
        self.judge = judge
        self.asked: Counter[str] = Counter()

    def answer(self, body: dict[str, Any]) -> Said:
        prompt: str = body["messages"][-1]["content"]
        with self._lock:
            before = self.asked[prompt]
            self.asked[prompt] += 1
            self.bodies.append(body)
        if self.delay_s:
            time.sleep(self.delay_s)
        return self.judge(prompt, item_of(body), before)


def answer_in(prompt: str) -> str:
    """The candidate's answer, as the shipped right-or-wrong prompt shows it."""
    return re.findall(r"<Predicted Answer Begin (\w+)>: \n(.*)\n<Predicted End \1>", prompt, re.S)[
        0
    ][1]


def is_right(prompt: str, item: int) -> bool:
    """Whether the answer that is shown is the right one of the item."""
    return re.search(rf"(?<!\d){number_of(item)}(?!\d)", answer_in(prompt)) is not None


def exact(prompt: str, item: int, before: int) -> Said:
    """A judge that is always right, in the manner it was asked for."""
    return Said("A" if is_right(prompt, item) else "B")
