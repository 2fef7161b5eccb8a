"""The token ledger: how many tokens each request read and wrote, and who says so.

Output tokens come from the server's ``usage``, else from the tokenizer, else they are unknown;
input tokens from ``usage``, else from the tokenizer that built the prompt. Nothing is guessed from
the number of events or characters. Where both the server and the tokenizer know a length they are
held against each other. Counts are float64, NaN where unknown.
"""

from __future__ import annotations

import numpy as np

from perfbench.metrics.columns import Columns, Floats
from perfbench.types import TokenLedger, TokenSource


def output_tokens(columns: Columns) -> Floats:
    """Tokens each request wrote."""
    return _first_known(columns.usage_output_tokens, columns.counted_output_tokens)


def input_tokens(columns: Columns) -> Floats:
    """Tokens each request read."""
    return _first_known(columns.usage_input_tokens, columns.input_tokens)


def cached_tokens(columns: Columns) -> Floats:
    """Input tokens the server did not compute, as its prefix cache held them."""
    return columns.usage_cached_tokens


def token_ledger(columns: Columns) -> TokenLedger:
    """Account for the tokens of these requests. Totals are over the requests where they are known;
    ``unknown`` says how many are missing from the total of output tokens.
    """
    stated = ~np.isnan(columns.usage_output_tokens)
    counted = ~np.isnan(columns.counted_output_tokens)
    from_usage = int(stated.sum())
    from_tokenizer = int((counted & ~stated).sum())
    mismatched, ratio = _against(columns.usage_output_tokens, columns.counted_output_tokens)
    input_mismatched, input_ratio = _against(columns.usage_input_tokens, columns.input_tokens)
    return TokenLedger(
        source=_source(from_usage, from_tokenizer),
        from_usage=from_usage,
        from_tokenizer=from_tokenizer,
        unknown=len(columns) - from_usage - from_tokenizer,
        mismatched=mismatched,
        input_tokens=_total(input_tokens(columns)),
        output_tokens=_total(output_tokens(columns)),
        cached_tokens=_total(columns.usage_cached_tokens),
        reasoning_tokens=_total(columns.usage_reasoning_tokens),
        cached_share=_share(columns.usage_cached_tokens, columns.usage_input_tokens),
        input_mismatched=input_mismatched,
        input_ratio=input_ratio,
        output_ratio=ratio,
    )


def _against(stated: Floats, counted: Floats) -> tuple[int | None, float | None]:
    """In how many requests the server and the tokenizer differ, and the median of their ratios."""
    both = ~np.isnan(stated) & ~np.isnan(counted)
    if not both.any():
        return None, None
    differ = int((stated[both] != counted[both]).sum())
    some = both & (counted > 0)
    return differ, float(np.median(stated[some] / counted[some])) if some.any() else None


def _share(part: Floats, whole: Floats) -> float | None:
    """Of the totals, over the requests where both are known."""
    both = ~np.isnan(part) & ~np.isnan(whole)
    total = whole[both].sum()
    return float(part[both].sum() / total) if total else None


def _first_known(preferred: Floats, other: Floats) -> Floats:
    return np.where(np.isnan(preferred), other, preferred)


def _source(from_usage: int, from_tokenizer: int) -> TokenSource:
    if from_usage and from_tokenizer:
        return "mixed"
    if from_usage:
        return "usage"
    return "tokenizer" if from_tokenizer else "unknown"


def _total(tokens: Floats) -> int | None:
    known = tokens[~np.isnan(tokens)]
    return int(known.sum()) if len(known) else None
