"""Contenders of known strength and judges of known habits, behind one scripted service.

What a model answers holds how good it is ("worth 1.25"); a judge reads that from both answers and
decides by chance, with known odds, a known liking for the first place, and a known share of texts
that hold no verdict. Chance is a hash of what is asked, so every run meets the same.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripted_llm import Said, ScriptedLLM

GARBLED = (
    "I cannot decide between these two.",
    "[[A>B]] at first sight, but then again [[B>A]].",
    "Assistant A wrote more than assistant B.",
    "My final verdict is: [[ ]]",
    "",
)


@dataclass(frozen=True)
class Judge:
    """How a judge decides."""

    bias: float = 0.0
    """What standing first is worth, natural logarithm of odds."""
    sharpness: float = 1.0
    """Of a difference in worth; infinite: never errs."""
    garbled: float = 0.0
    """Share of the texts that hold no verdict, at each time of asking."""
    ties: float = 0.0
    always_first: bool = False
    fails: float = 0.0
    """Share of the questions that are always answered by an error."""


class ArenaService(ScriptedLLM):
    """Answers as the model that is asked: contenders by their worth, judges by their habits."""

    def __init__(
        self, worth: Mapping[str, float], judges: Mapping[str, Judge], delay_s: float = 0.0
    ) -> None:
        super().__init__(delay_s=delay_s)
        self._worth, self.judges = worth, dict(judges)
        self._asked: Counter[str] = Counter()
        self.judged: Counter[str] = Counter()
        """How often each question was put to a judge."""

    def answer(self, body: dict[str, Any]) -> Said:
        model, prompt = body["model"], body["messages"][-1]["content"]
        with self._lock:
            self.bodies.append(body)
            before = self._asked[f"{model}\0{prompt}"]
            self._asked[f"{model}\0{prompt}"] += 1
            if model in self.judges:
                self.judged[f"{model}\0{prompt}"] += 1
        if self.delay_s:
            time.sleep(self.delay_s)
        if model in self.judges:
            return _judged(self.judges[model], model, prompt, before)
        return _answered(model, self._worth[model], prompt)


def _answered(model: str, worth: float, prompt: str) -> Said:
    """An answer whose worth varies about its model's with the question."""
    lucky = _chance(model, prompt, "luck")
    if "cut off" in prompt:
        return Said("This is", finish="length")
    value = worth + 0.8 * (lucky - 0.5)
    words = "word " * (5 + int(20 * _chance(model, prompt, "length")))
    return Said(f"My answer is worth {value:.4f}. <script>alert(1)</script> {words}")


def _judged(judge: Judge, name: str, prompt: str, before: int) -> Said:
    # The answers hide their author: only order and worth decide.
    shown = re.sub(r"\b[0-9a-f]{8}\b", "", prompt)
    if _chance(name, shown, "fails") < judge.fails:
        return Said(status=500)
    if _chance(name, shown, f"garbled {before}") < judge.garbled:
        return Said(GARBLED[int(5 * _chance(name, shown, "which"))])
    first, second = (float(each) for each in re.findall(r"worth (-?\d+\.\d+)", prompt))
    one, other, tie = _labels(prompt)
    if judge.always_first:
        return Said(one)
    if _chance(name, shown, "tie") < judge.ties:
        return Said(f"Both are fine. {tie}")
    if math.isinf(judge.sharpness):
        chance = float(first > second)
    else:
        chance = 1 / (1 + math.exp(-(judge.sharpness * (first - second) + judge.bias)))
    won = _chance(name, shown, "won") < chance
    if one == "m":
        return Said(one if won else other)
    return Said(f"After some thought.\nMy final verdict is: {one if won else other}")


def _labels(prompt: str) -> tuple[str, str, str]:
    """How a prompt wants the first, the second, a tie to be stated."""
    if "<|The Start of Assistant A" in prompt:
        return "[[A>B]]", "[[B>A]]", "[[A=B]]"
    if "[The Start of Assistant A" in prompt:
        return "[[A]]", "[[B]]", "[[C]]"
    return "m", "M", ""


def _chance(*words: str) -> float:
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def write_questions(folder: Path, **subsets: int) -> Path:
    """``general_qa`` with so many questions in each subset; the folder for ``--dataset-dir``."""
    for subset, count in subsets.items():
        file = folder / "general_qa" / f"{subset}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = [{"query": f"Item {i}: how is {subset} & what of <b>{i}</b>?"} for i in range(count)]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def write_settings(file: Path, url: str, names: list[str], judges: list[str], **more: Any) -> Path:
    """A settings file with models and judges of the service."""
    configs = {name: {"url": url, "model": name, **more} for name in [*names, *judges]}
    file.write_text(json.dumps({"model_configs": configs}), encoding="utf-8")
    return file
