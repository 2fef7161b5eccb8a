"""AISBench's names for models: files of its own, which say an API and whether answers stream."""

from __future__ import annotations

from perfbench.config.alias import AISBENCH
from perfbench.config.habits.line import Line, words
from perfbench.config.service import ServiceConfig

_KNOWN = {
    "vllm_api_general": ("completions", False),
    "vllm_api_general_chat": ("openai", False),
    "vllm_api_general_stream": ("completions", True),
    "vllm_api_stream_chat": ("openai", True),
    "tgi_api_general": ("tgi", False),
    "tgi_stream_api_general": ("tgi", True),
    "triton_api_general": ("triton", False),
    "triton_stream_api_general": ("triton", True),
}
"""API and streaming, by the name of the file."""
_URL = "http://127.0.0.1:8080"
"""What its files have until they are edited."""


def read_models(line: Line) -> None:
    """Read ``models`` of a command line of AISBench: every name becomes a model's settings."""
    names = words(line.settings.get("models", []), "models") if line.tool == AISBENCH else []
    if not names or not {*names} <= {*_KNOWN}:
        return
    moved = {
        key: line.settings.pop(key)
        for key in [*line.settings]
        if key in ServiceConfig.model_fields and key != "api_key"
    }
    url = moved.setdefault("url", _URL)
    line.implied.pop("url", None)
    line.implied["model_configs"] = {
        name: {**moved, "api": _KNOWN[name][0], "stream": _KNOWN[name][1]} for name in names
    }
    line.notes = [note for note in line.notes if not note.startswith("without --url")]
    line.notes.append(
        f"--models: the API and the streaming of AISBench's files, asked at {url} "
        "(--url and --model say otherwise)"
    )
