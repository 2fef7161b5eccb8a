"""What the simulated model says: deterministic words, one for each token.

Owns lengths, texts, stop strings and tool-call arguments. Knows nothing of JSON events, timing or
sockets.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

WORDS = (
    *(" the", " of", " and", " to", " in", " café", " that", " for"),
    *(" it", " as", " was", " with", " be", " über", " on", " not"),
)
"""The vocabulary. Two words are not ASCII, so that every stream exercises UTF-8."""

_PIECE = 4
"""Characters of a token of a given text."""
_MASK = (1 << 64) - 1


class Output(msgspec.Struct, frozen=True):
    """The tokens of one choice, as pieces of text."""

    reasoning: list[str]
    content: list[str]
    """Answer text, or the arguments of a tool call: the first piece then stands for its name."""
    tokens: int
    """Tokens generated, those of a stop string included."""
    finish: str
    """``stop``, ``length`` or ``tool_calls``."""


def draw(seed: int, number: int, position: int = 0) -> float:
    """A number in [0, 1) that depends on the arguments alone (splitmix64)."""
    z = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03 + position + 1) & _MASK
    z = (z * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return float((z ^ (z >> 31)) >> 11) / (1 << 53)


def open_length(mean: int, seed: int, number: int) -> int:
    """Output length of request ``number`` where it leaves it open: uniform in mean/2..3*mean/2."""
    low, high = (mean + 1) // 2, mean + mean // 2
    return low + int(draw(seed, number) * (high - low + 1))


def speak(start: int, tokens: int, reasoning: int, stops: Sequence[str], finish: str) -> Output:
    """Text of ``tokens`` words from the vocabulary's position ``start`` on.

    The first ``reasoning`` of them are reasoning. The rest ends before the first of ``stops``.
    """
    words = _words(start, tokens)
    thoughts, content = words[:reasoning], words[reasoning:]
    generated, stopped = len(content), False
    if stops:
        content, generated, stopped = _cut(content, stops)
    return Output(thoughts, content, len(thoughts) + generated, "stop" if stopped else finish)


def recite(text: str, limit: int | None) -> Output:
    """A given text, cut at ``limit`` tokens."""
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    said = pieces[:limit]
    return Output([], said, len(said), "stop" if len(said) == len(pieces) else "length")


def grouped(pieces: list[str], size: int) -> list[str]:
    """The pieces joined ``size`` at a time."""
    if size == 1:
        return pieces
    return ["".join(pieces[i : i + size]) for i in range(0, len(pieces), size)]


def call_tool(start: int, tokens: int) -> Output:
    """A tool call of ``tokens`` pieces: its name, then arguments that are JSON when joined."""
    if tokens < 3:
        pieces = ["", "{}"][-tokens:]
    else:
        pieces = ["", '{"text":"', *_words(start, tokens - 3), '"}']
    return Output([], pieces, tokens, "tool_calls")


def _words(start: int, number: int) -> list[str]:
    turn = start % len(WORDS)
    once = [*WORDS[turn:], *WORDS[:turn]]
    return (once * (number // len(once) + 1))[:number]


def _cut(pieces: list[str], stops: Sequence[str]) -> tuple[list[str], int, bool]:
    """The pieces before the first stop string, the tokens up to its end, whether there was one."""
    text = "".join(pieces)
    found = [(text.find(stop), len(stop)) for stop in stops if stop and stop in text]
    if not found:
        return pieces, len(pieces), False
    begin, size = min(found)
    kept: list[str] = []
    length = generated = 0
    for piece in pieces:
        if length >= begin + size:
            break
        if length < begin:
            kept.append(piece[: begin - length])
        length += len(piece)
        generated += 1
    return kept, generated, True
