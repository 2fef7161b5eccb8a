"""Reads ``/v1/models``: which models a service offers."""

from __future__ import annotations

import json


def parse_models(body: bytes) -> list[str]:
    """Model names in the server's order, from OpenAI's shape or one of its relatives.

    Understood are ``{"data": [{"id": ...}]}`` (OpenAI, vLLM, SGLang, TGI, llama.cpp),
    ``{"models": [{"name": ...}]}`` (Ollama, llama.cpp), a bare list of either or of names
    (Together), and TGI's ``{"model_id": ...}``.

    Raises:
        ValueError: it is not JSON, or none of these shapes.
    """
    try:
        answer = json.loads(body)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    rows = answer
    if isinstance(answer, dict):
        rows = answer.get("data")
        if not isinstance(rows, list):
            rows = answer.get("models")
        if not isinstance(rows, list) and _name(answer):
            rows = [answer]
    if not isinstance(rows, list):
        raise ValueError("expected a list of models")
    names = [name for row in rows if (name := _name(row))]
    if rows and not names:
        raise ValueError("the list of models names none")
    return list(dict.fromkeys(names))


def _name(row: object) -> str | None:
    if isinstance(row, str):
        return row
    if not isinstance(row, dict):
        return None
    for key in ("id", "name", "model", "model_id"):
        if isinstance(row.get(key), str) and row[key]:
            return str(row[key])
    return None
