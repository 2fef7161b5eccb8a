r"""What a program that a text shows is said to print: a block of code, and the block after it.

Owns which of a text's blocks is a program, and which its output. Runs nothing.
"""

from __future__ import annotations

import re

from perfbench.evaluation.extraction.fences import blocks

_LANGUAGES = frozenset(["", "text", "txt", "output", "console", "plaintext", "bash", "sh", "shell"])
_AGREES = re.compile(
    r"[\s*_#>-]*(?:(?:which|this|that|it|the\s+(?:output|result|program))\s+(?:\w+\s+)?"
    r"(?:agrees?|matches|confirms?|coincides)\b|(?:as|which\s+is\s+what)\s+(?:we\s+)?expected)[^\n]*\s*\Z",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(?:>>>\s*)?(?P<value>[^\n]{1,200})\s*\Z")
_LIST = re.compile(r"\[(?P<items>[^\[\]]*)\]\Z")


def printed(text: str) -> str | None:
    """The one line that the last block of a text holds as the output of the block before it."""
    if "```" not in text:
        return None
    found = blocks(text)
    if len(found) < 2 or not found[-1].complete or not found[-2].language:
        return None
    if found[-1].language not in _LANGUAGES or found[-2].language in _LANGUAGES:
        return None
    after = text[text.rfind("```") + 3 :]
    if after.strip() and not _AGREES.match(after):
        return None
    line = _VALUE.match(found[-1].text.strip())
    return without_list(line["value"].strip()) if line else None


def before_program(text: str) -> str:
    """The text before the program that it ends in, whose output nobody has seen."""
    if not text.rstrip().endswith("```"):
        return text
    last = blocks(text)[-1:]
    if not last or not last[0].complete or last[0].language in _LANGUAGES:
        return text
    return text[: text.rfind("```", 0, len(text.rstrip()) - 3)]


def without_list(value: str) -> str:
    """The items of a list as code writes it: no interval."""
    listed = _LIST.match(value)
    return listed["items"].strip() if listed and listed["items"].strip() else value
