"""EvalScope's ``--query-template``: the body of a request with a place for the prompt.

What it says beside the prompt are settings, or fields of the body. Knows no endpoint.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from perfbench.config.habits.line import Line
from perfbench.errors import ConfigError

_PROMPTS = ([{"role": "user", "content": "%p"}], "%p")
"""What may stand where the prompt goes: as messages, or as text."""
_SETTINGS = (
    *("stream", "temperature", "top_p", "top_k", "max_tokens", "min_tokens", "stop", "n"),
    *("frequency_penalty", "repetition_penalty", "ignore_eos"),
)


def read_template(line: Line) -> None:
    """Read ``query_template``.

    Raises:
        ConfigError: it is no JSON object, holds more than the prompt where that goes, or is a file
            and files are not read. One line.
    """
    if (given := line.take("query_template")) is None:
        return
    flag, text = given
    says = _object(text, flag, line.reads_files)
    says.pop("model", None)
    for name in ("messages", "prompt"):
        if says.pop(name, _PROMPTS[0]) not in _PROMPTS:
            raise ConfigError(
                f"{flag}: {name} is more than the prompt (%p): whole messages are rows of a JSONL "
                "file (--dataset line_by_line)"
            )
    for name in _SETTINGS:
        if name in says:
            value = says.pop(name)
            line.set(name, value if isinstance(value, (list, bool)) else str(value), flag)
    if says:
        line.set("extra_args", says, flag)


def _object(text: Any, flag: str, reads_files: bool) -> dict[str, Any]:
    """The template as it is given, or as it is in the file that is named."""
    if isinstance(text, str) and text.startswith("@"):
        if not reads_files:
            raise ConfigError(f"{flag}: files are not read here: give the template itself")
        try:
            text = Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise ConfigError(f"{flag}: cannot read {text[1:]}: {reason}") from None
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError as error:
        raise ConfigError(f"{flag}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{flag}: expected a JSON object, the body of a request")
    return dict(found)
