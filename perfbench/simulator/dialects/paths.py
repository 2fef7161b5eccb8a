"""Which dialect is spoken at which path."""

from __future__ import annotations

import re

from perfbench.simulator.dialects.chats import Anthropic, DashScope, Gemini, Ollama, Responses
from perfbench.simulator.dialects.dialect import Dialect
from perfbench.simulator.dialects.texts import TGI, SGLang, Triton

_DIALECTS: tuple[tuple[re.Pattern[str], Dialect], ...] = tuple(
    (re.compile(path), dialect)
    for path, dialect in (
        (r"/v1/responses", Responses()),
        (r"/v1/messages", Anthropic()),
        (r"/v1(beta)?/models/[^/:]+:(stream)?[gG]enerateContent", Gemini()),
        (r"/api/v1/services/aigc/text-generation/generation", DashScope()),
        (r"/api/chat", Ollama()),
        (r"/api/generate", Ollama(generate=True)),
        (r"/v2/models/[^/]+/generate(_stream)?", Triton()),
        (r"/generate_stream", TGI()),
    )
)
_TGI, _SGLANG = TGI(), SGLang()


def dialect_of(path: str, body: bytes) -> Dialect | None:
    """The dialect that is spoken at ``path``; ``/generate`` is two servers', told by the body."""
    if path == "/generate":
        return _TGI if b'"inputs"' in body else _SGLANG
    return next((dialect for pattern, dialect in _DIALECTS if pattern.fullmatch(path)), None)
