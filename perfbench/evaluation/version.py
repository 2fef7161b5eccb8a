"""The version of an evaluation: six hex digits of all that decides its score.

Knows no disk but the source of extractors and scorers, and no model.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from perfbench import registry
from perfbench.evaluation.catalogue import Resolved
from perfbench.types import Sample


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
            sample.meta,
        )
        digest.update(encode(content))
    return digest.hexdigest()


def parts(
    resolved: Resolved, data: str, sampling: Mapping[str, Any], repeats: int = 1
) -> dict[str, str]:
    """All that decides a score, by name; where two versions differ, these say why.

    Args:
        data: ``fingerprint`` of the samples: data, prompt text, few-shot examples, selection.
        sampling: the sampling parameters sent (temperature, max_tokens, ...).
        repeats: answers asked for each sample.
    """
    task = resolved.task
    return {
        "data": data,
        "extractor": f"{task.extractor} {revision(registry.EXTRACTORS, task.extractor)}",
        "scorer": f"{task.scorer} {revision(registry.SCORERS, task.scorer)}",
        "sampling": json.dumps(sampling, sort_keys=True, ensure_ascii=False, default=str),
        "repeats": str(repeats),
    }


def version(deciding: Mapping[str, str]) -> str:
    """Six hex digits of :func:`parts`; where they are equal, scores can be compared."""
    text = json.dumps(deciding, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def revision(table: Mapping[str, str], name: str) -> str:
    """What an extractor or scorer does, as text: ``REVISION`` of its module, or else a hash of the
    module's source and of its siblings, which it may lean on.

    Raises:
        ConfigError: there is no such part.
    """
    part = registry.resolve(table, name)
    module = importlib.import_module(part.__module__)
    declared = getattr(module, "REVISION", None)
    if declared is not None:
        return str(declared)
    source = Path(inspect.getfile(module))
    digest = hashlib.sha256()
    within_perfbench = part.__module__.startswith("perfbench.")
    for file in sorted(source.parent.glob("*.py")) if within_perfbench else [source]:
        digest.update(file.read_bytes())
    return digest.hexdigest()
