"""Sets a model's reasoning aside, so that nothing in it is taken for the answer.

Owns the marks that models put around their reasoning. Knows nothing of answers.
"""

from __future__ import annotations

import re

_NAMES = r"think|thinking|thought|thoughts|reasoning|reason|scratchpad|seed:think"
_OPEN = re.compile(
    rf"(?<!`)(?:<\s*({_NAMES})\s*>|◁think▷|\[THINK\]|<\|begin_of_thought\|>)", re.IGNORECASE
)
_CLOSE = re.compile(
    rf"(?<!`)(?:<\s*/\s*(?:{_NAMES})\s*>|◁/think▷|\[/THINK\]|<\|end_of_thought\|>)", re.IGNORECASE
)
_LEFTOVER = re.compile(r"<\|(?:begin|end)_of_solution\|>")

_CHANNEL = re.compile(
    r"(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*(?P<channel>[a-z]{1,40})(?![a-z])[^<]*<\|message\|>"
    r"(?P<body>.*?)(?:<\|(?:end|return|call)\|>|(?=<\|start\|>|<\|channel\|>)|\Z)",
    re.DOTALL,
)
_BARE_CHANNELS = re.compile(r"\A\s*analysis(?P<reasoning>.*?)assistantfinal(?P<answer>.*)\Z", re.S)


def split_reasoning(text: str) -> tuple[str, str]:
    """``(answer_text, reasoning_text)``: the text without its reasoning, and the reasoning.

    A block that is never closed is reasoning to the end: such a text holds no answer. A closing
    mark with no opening one ends reasoning that the chat template had opened.
    """
    if "<|channel|>" in text:
        return _split_channels(text)
    bare = _BARE_CHANNELS.match(text) if "assistantfinal" in text else None
    if bare:
        return bare["answer"].strip(), bare["reasoning"].strip()
    if not any(mark in text for mark in "<◁[") or not (_OPEN.search(text) or _CLOSE.search(text)):
        return text, ""
    return _split_blocks(text)


def _split_blocks(text: str) -> tuple[str, str]:
    kept: list[str] = []
    reasoning: list[str] = []
    position = 0
    while opening := _OPEN.search(text, position):
        kept.append(text[position : opening.start()])
        closing = _CLOSE.search(text, opening.end())
        reasoning.append(text[opening.end() : closing.start() if closing else len(text)])
        position = closing.end() if closing else len(text)
    kept.append(text[position:])
    answer = "".join(kept)
    lone = [*_CLOSE.finditer(answer)]
    if lone:
        reasoning.append(answer[: lone[-1].start()])
        answer = answer[lone[-1].end() :]
    return _LEFTOVER.sub("", answer).strip(), "\n".join(part.strip() for part in reasoning).strip()


def _split_channels(text: str) -> tuple[str, str]:
    answer: list[str] = []
    reasoning: list[str] = []
    for part in _CHANNEL.finditer(text):
        (answer if part["channel"] == "final" else reasoning).append(part["body"].strip())
    return "\n".join(answer), "\n".join(reasoning)
