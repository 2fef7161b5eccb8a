"""What the version of an evaluation is made of: what is asked, how, and how answers are scored.

Knows no disk and no service.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import msgspec

from perfbench.config.secrets import masked
from perfbench.evaluation.plan.catalogue import Resolved
from perfbench.evaluation.plan.selection import BARE_QUESTION
from perfbench.evaluation.revision import scoring
from perfbench.types import Generation, Sample


def fingerprint(asked: Iterable[tuple[Sample, str]]) -> str:
    """Hash of the samples themselves: questions as sent, right answers, options, subsets, order."""
    digest = hashlib.sha256()
    encode = msgspec.json.Encoder(order="sorted", enc_hook=str).encode
    for sample, subset in asked:
        content = (
            sample.id,
            subset,
            sample.input,
            sample.target,
            sample.choices,
            sample.max_tokens,
            # What judges are shown is of their versions.
            {name: value for name, value in sample.meta.items() if name != BARE_QUESTION},
        )
        digest.update(encode(content))
    return digest.hexdigest()


def parts(
    resolved: Resolved, data: str, api: str, generation: Generation, repeats: int = 1
) -> dict[str, str]:
    """All that decides a score, by name; where two versions differ, these say why.

    Args:
        data: ``fingerprint`` of the samples: data, prompt text, few-shot examples, selection.
        api: the endpoint: whether the service renders messages or continues a text.
        generation: everything that is sent beside the question. The model is left out of it: a
            version is what models are compared by.
        repeats: answers asked for each sample.
    """
    sent = json.dumps(plain(generation), sort_keys=True, ensure_ascii=False, default=str)
    return {
        "data": data,
        "generation": f"{api} {sent}",
        "repeats": str(repeats),
        **scoring(resolved.task.extractor, resolved.task.scorer),
    }


def plain(generation: Generation) -> dict[str, Any]:
    """What is sent beside model and question, as JSON types: only what was set."""
    given: dict[str, Any] = msgspec.to_builtins(generation)
    del given["model"]
    given["extra"] = masked(generation.extra)
    return {name: value for name, value in given.items() if value not in (None, {}, False)} | {
        "stream": generation.stream
    }
