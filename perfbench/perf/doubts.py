"""What the figures of a finished point say against it: prompts that the service had met, lengths
that it counts otherwise, connections that it does not keep, workers that died.

Owns the limit and the words. Pure: from a summary and what is known of the prompts.
"""

from __future__ import annotations

import math

from perfbench.metrics.filling import fills
from perfbench.types import Summary, WorkerFacts

LIMIT = 0.05
"""What may be off: a share of the input that is cached without explanation, a share of requests
whose length is another, or a length itself."""

_FEW = 10
"""Fewer requests say nothing of how connections are kept."""
_TOKENS = 1.5
"""Tokens by which answers may differ: servers count the one that ends an answer, or do not."""


def cached_note(summary: Summary, common_start: int, template_unknown: bool) -> str | None:
    """What to say if more of the input was cached than prompts have in common by intention.

    Args:
        common_start: tokens with which all prompts begin alike (chat template, --prefix-length).
        template_unknown: whether a chat template stands before them whose length is not known.
    """
    share, inputs = summary.tokens.cached_share, summary.metrics["input_tokens"]
    if summary.conversations is not None:
        # What later turns have in common with the turns before them is meant to be cached.
        first = summary.conversations.first
        share, inputs = first.cached_share, first.metrics["input_tokens"]
    mean = inputs["mean"]
    if share is None or not mean:
        return None
    explained = min(1.0, common_start / mean)
    if share - explained <= LIMIT:
        return None
    found = f"{summary.name}: {share:.0%} of the input came from the service's prefix cache"
    if template_unknown:
        return (
            f"{found}; what is known to be common to all prompts explains {explained:.0%}. The "
            "rest is the start of the service's chat template, or words that are several tokens "
            "each (the model's --tokenizer-path tells both), or prompts that it had met before, "
            "for which TTFT is shorter"
        )
    return (
        f"{found}; what all prompts have in common explains {explained:.0%}: the service had met "
        "them before, and TTFT is shorter than for new ones"
    )


def slots_note(summary: Summary) -> str | None:
    """What to say if there were fewer requests than a closed loop has slots."""
    if summary.interrupted or fills(summary, times=1):
        return None
    sent = 0 if summary.ledger is None else summary.ledger.sent
    return (
        f"{summary.name}: {sent:,} requests cannot fill {summary.parallel:,} slots, so it is not "
        "known what that many in flight do: a larger --number tells"
    )


def connection_note(summary: Summary) -> str | None:
    """What to say if requests had to connect one by one, though there were more than streams."""
    connects = summary.metrics["connect_ms"]
    streams = summary.parallel or max(_FEW, math.ceil(2 * (summary.mean_in_flight or 0)))
    if summary.completed < max(_FEW, 2 * streams) or connects["count"] != summary.completed:
        return None
    return (
        f"{summary.name}: every request had a connection of its own, as the service closes them "
        f"after each answer; connecting took {connects['p50']:.3g} ms (p50) and is no part of TTFT"
    )


def length_note(summary: Summary, template_unknown: bool, lengths_asked: bool = True) -> str | None:
    """What to say if the service counts other lengths than the tokenizer.

    Args:
        template_unknown: whether the service puts a chat template around prompts that the tokenizer
            does not have.
        lengths_asked: whether prompts were to have certain lengths.
    """
    tokens, inputs = summary.tokens, summary.tokens.input_ratio
    off = inputs is not None and abs(inputs - 1) > LIMIT
    if off or (tokens.input_mismatched or 0) > LIMIT * summary.completed:
        if template_unknown:
            why = "it has no chat template, so its lengths are those of the contents"
        elif off:
            why = "it is not the model's, or its chat template is not the one in use"
        else:
            why = "its chat template or special tokens are not quite those in use"
        ratio = "" if inputs is None else f"; median ratio {inputs:.2f}"
        return (
            f"{summary.name}: the service counts other prompt lengths than the tokenizer in "
            f"{tokens.input_mismatched:,} of {summary.completed:,} requests{ratio}: {why}"
            + (". Prompts are not of the lengths asked for" if lengths_asked else "")
        )
    outputs, middle = tokens.output_ratio, summary.metrics["output_tokens"]["p50"]
    if outputs is None or middle is None or abs(outputs - 1) <= LIMIT:
        return None
    if abs(outputs - 1) * middle <= _TOKENS:
        return None
    return (
        f"{summary.name}: the service counts {outputs:.2f} times the output tokens that the "
        "tokenizer counts (median): it is not the model's (--tokenizer-path), or the service does "
        "not show all that it writes"
    )


def death_note(worker: WorkerFacts) -> str:
    """That a worker died, of what, and what became of what it had to do."""
    parts = [f"worker {worker.label} died ({worker.why}): its finished requests are kept"]
    if worker.replaced_by is not None:
        parts.append(f"worker {worker.replaced_by} was given the rest of its plan")
    if worker.sent_unknown:
        parts.append("what it sent after its last word is not known and counts as unsent")
    return "; ".join(parts)
