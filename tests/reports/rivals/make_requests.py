"""Writes ``requests.json``: the requests that every rival's own functions are run on, and that the
tests of our words are run on. Plain facts in whole nanoseconds; ``null`` is unknown.

    python tests/reports/rivals/make_requests.py

Among them are what the tools disagree on: answers in a single event, answers of one token, an
error event amid a stream, a failure, an empty answer, lengths that the service and the tokenizer
count differently, prompts with cached tokens. Gaps are multiples of 1024 ns, which a float32 holds
exactly, so that nothing is lost before the formulas.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

_STEP_NS = 1024
_WHOLE_NS = 1_000_000_000


def requests() -> list[dict[str, Any]]:
    """Sixty requests, eight in flight at a time."""
    chance = random.Random(11)
    free = [10 * _WHOLE_NS + chance.randrange(3_000_000) for _ in range(8)]
    return [_request(seq, free, chance) for seq in range(60)]


def _request(seq: int, free: list[int], chance: random.Random) -> dict[str, Any]:
    lane = min(range(len(free)), key=free.__getitem__)
    sent = free[lane]
    first = sent + chance.randrange(20_000_000, 120_000_000)
    tokens = chance.choice([1, 4, 20, 60, 90])
    per_event = chance.choice([1, 1, 1, 3, tokens])
    events = max(1, tokens // per_event)
    gaps = [_STEP_NS * chance.randrange(3_000, 22_000) for _ in range(events - 1)]
    end = first + sum(gaps) + chance.randrange(200_000, 4_000_000)
    outcome = {7: "http_5xx", 19: "in_band_error", 31: "empty"}.get(seq, "ok")
    if outcome in ("http_5xx", "empty"):
        first, gaps, end = None, [], sent + chance.randrange(5_000_000, 30_000_000)
    free[lane] = end + chance.randrange(100_000, 900_000)
    known = outcome == "ok"
    return {
        "seq": seq,
        "sent_ns": sent,
        "first_ns": first,
        "gaps_ns": gaps,
        "end_ns": end,
        "outcome": outcome,
        "status": 500 if outcome == "http_5xx" else 200,
        "usage_input": 40 + seq if known else None,
        "usage_output": tokens if known else None,
        "usage_cached": 8 * (seq % 3) if known else None,
        "counted_input": 36 + seq,
        "counted_output": max(1, tokens - seq % 2) if known else (2 if first else None),
    }


if __name__ == "__main__":
    path = Path(__file__).with_name("requests.json")
    lines = ",\n".join(json.dumps(each) for each in requests())
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
