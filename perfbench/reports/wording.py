"""How figures, loads and metrics are written for people: one spelling for every report.

Owns rounding and the sign for the unknown (names and units of metrics stand at the metrics). Knows
no display library.
Times arrive in milliseconds or seconds as the names say; the unknown is ``None`` and is written
as an en dash, never as 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from perfbench.foreign import one_line as one_line
from perfbench.types import (
    Distribution,
    Machine,
    Repeated,
    RequestLedger,
    Summary,
    TokenLedger,
)

UNKNOWN = "–"
UNSUPPORTED = "†"
"""Put behind a percentile that the sample is too small to support."""
_AGAIN = re.compile(r"_x(\d+)\Z")
"""How the name of a load ends that a sweep has before already."""
UNSUPPORTED_NOTE = "too few requests to support this percentile"


class Load(Protocol):
    """What ``Point`` and ``Summary`` share: the load and its name."""

    @property
    def name(self) -> str: ...
    @property
    def parallel(self) -> int | None: ...
    @property
    def rate(self) -> float | None: ...
    @property
    def input_length(self) -> int | None: ...
    @property
    def shape(self) -> str | None: ...
    @property
    def trace_speed(self) -> float | None: ...


def number(value: float | None) -> str:
    """A figure with about four significant digits; counts (``int``) are written in full."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    if isinstance(value, int) or value == 0:
        return f"{value:,.0f}"
    decimals = next((d for limit, d in ((1, 3), (100, 2), (1000, 1)) if size < limit), 0)
    return f"{value:,.{decimals}f}"


def compact(value: float | None) -> str:
    """A figure in at most five characters, for narrow live columns: ``12.3k``."""
    if value is None:
        return UNKNOWN
    for limit, scale, unit in ((1e4, 1.0, ""), (1e7, 1e3, "k"), (float("inf"), 1e6, "M")):
        if abs(value) < limit:
            scaled = value / scale
            decimals = 0 if abs(scaled) >= 1000 or (isinstance(value, int) and not unit) else 1
            return f"{scaled:.{decimals}f}{unit}"
    return UNKNOWN


def span(seconds: float | None) -> str:
    """A duration as people say it: ``340ms``, ``8.2s``, ``4m05s``, ``1h02m``."""
    if seconds is None:
        return UNKNOWN
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def share(value: float | None) -> str:
    """A share of 1 as per cent."""
    return UNKNOWN if value is None else f"{value * 100:.1f}%"


def precision(lag_ms: Distribution) -> str:
    """How closely arrivals kept to their plan: the time from planned to sent."""
    if not lag_ms.get("count"):
        return UNKNOWN
    figures = (f"{name} {number(lag_ms.get(name))}" for name in ("p50", "p99", "max"))
    return ", ".join(figures) + " ms"


def chance(p: float | None) -> str:
    """A p value."""
    if p is None:
        return UNKNOWN
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def spread(found: Repeated | None) -> str:
    """A figure over repeats and its spread between runs: ``40.5 ±0.8%``; the spread alone is
    missing where one repeat knows the figure."""
    if found is None:
        return UNKNOWN
    if found.std is None or not found.mean:
        return number(found.mean)
    return f"{number(found.mean)} ±{found.std / abs(found.mean) * 100:.1f}%"


def change(relative: float | None) -> str:
    """A relative difference as per cent with its sign; tenfold and more is only that."""
    if relative is None:
        return UNKNOWN
    return f"{relative * 100:+.1f}%" if relative < 10 else ">1000%"


def load_label(load: Load) -> str:
    """The load of one point: ``parallel 10``, ``rate 5/s``, ``rate 5/s, cap 64``; of one that
    changes its stages: ``rate 30s@10, 60s@10..50``."""
    if load.rate is not None:
        label = f"rate {load.rate:g}/s" if load.shape is None else f"rate {load.shape}"
        if load.trace_speed is not None:
            label = f"trace ×{load.trace_speed:g}"
        if load.parallel is not None:
            label += f", cap {load.parallel}"
    elif load.parallel is not None:
        label = f"parallel {load.parallel if load.shape is None else load.shape}"
    else:
        label = load.name
    return label if load.input_length is None else f"{label}, input {load.input_length}"


def load_labels(loads: Sequence[Load]) -> list[str]:
    """One label each; loads that would read the same are called by their full names, and one that
    is given again (``parallel_4_number_20_x2``) by its place among its like: ``parallel 4 (2)``."""
    labels = [load_label(load) for load in loads]
    names = [_AGAIN.sub("", load.name) for load in loads]
    alike = Counter(zip(labels, names, strict=True))
    times = Counter(labels)
    found = []
    for load, label, name in zip(loads, labels, names, strict=True):
        again = _AGAIN.search(load.name)
        if times[label] > alike[label, name]:
            found.append(load.name)
        else:
            found.append(f"{label} ({again[1]})" if again else label)
    return found


def load_span(loads: Sequence[Load]) -> str:
    """All loads of a run in a few words: ``parallel 1, 4, 16``, ``rate 2, 5/s · cap 64``."""
    if any(load.shape is not None for load in loads):
        return "; ".join(load_label(load) for load in loads)
    capped = any(load.rate is not None for load in loads)
    parts = (
        ("trace speed", "", [load.trace_speed for load in loads]),
        ("rate", "/s", [load.rate if load.trace_speed is None else None for load in loads]),
        ("cap" if capped else "parallel", "", [load.parallel for load in loads]),
        ("input", "", [load.input_length for load in loads]),
    )
    said = [f"{name} {_listed(values)}{unit}" for name, unit, values in parts if any(values)]
    return " · ".join(said) or ", ".join(dict.fromkeys(load.name for load in loads)) or "no load"


def _listed(values: Sequence[float | None], most: int = 8) -> str:
    known = [f"{value:g}" for value in dict.fromkeys(values) if value is not None]
    return ", ".join(known) if len(known) <= most else f"{known[0]} to {known[-1]}"


def load_axis(loads: Sequence[Load]) -> tuple[str, list[float]]:
    """Title and places of a sweep's points on a load axis: whatever the sweep varies.

    Falls back to the position in the sweep (from 1) when nothing else is known of every point.
    """
    choices = (
        ("arrivals (requests/s)", [load.rate for load in loads]),
        ("requests in flight", [load.parallel for load in loads]),
        ("input length (tokens)", [load.input_length for load in loads]),
    )
    known = [
        (title, [float(v) for v in values if v is not None])
        for title, values in choices
        if values and all(v is not None for v in values)
    ]
    for title, values in known:
        if len(set(values)) == len(values):
            return title, values
    return "point of the sweep", [float(i + 1) for i in range(len(loads))]


def percentile(distribution: Distribution, name: str, unsupported: Sequence[str] = ()) -> str:
    """One figure of a distribution, with a dagger when the sample cannot support it."""
    value = distribution.get(name)
    return number(value) + (UNSUPPORTED if value is not None and name in unsupported else "")


def token_sentence(tokens: TokenLedger) -> str:
    """Where the output token counts of a point come from, whether sources disagree, and how much
    input the service's prefix cache held."""
    sources = (
        ("the server's usage", tokens.from_usage),
        ("the tokenizer", tokens.from_tokenizer),
        ("unknown", tokens.unknown),
    )
    parts = [f"{name} for {count:,} requests" for name, count in sources if count]
    sentence = ", ".join(parts) or "unknown"
    if tokens.unknown and not tokens.from_tokenizer:
        sentence += " (the service did not say; --tokenizer-path counts them here)"
    differ = [
        f"{count:,} {what}" + (f" (median ratio {number(ratio)})" if count and ratio else "")
        for count, what, ratio in (
            (tokens.input_mismatched, "inputs", tokens.input_ratio),
            (tokens.mismatched, "outputs", tokens.output_ratio),
        )
        if count is not None
    ]
    if differ:
        sentence += f"; usage and tokenizer differ in {' and '.join(differ)}"
    if tokens.cached_share is not None:
        sentence += f"; {share(tokens.cached_share)} of the input was cached"
    return sentence


def steady_sentence(summary: Summary) -> str:
    """The plateau of a point and its rates, or why there is none."""
    steady = summary.steady_state
    if steady.get("start_s") is None:
        return summary.steady.reason if summary.steady and summary.steady.reason else UNKNOWN
    rates = (
        f"{number(steady.get('request_throughput_rps'))} req/s, "
        f"{number(steady.get('output_throughput_tok_s'))} tok/s"
    )
    window = f"{number(steady['start_s'])} s to {number(steady.get('end_s'))} s"
    return f"{rates} (from {window} after the point's first send)"


def ledger_sums(ledger: RequestLedger | None) -> str:
    """Where the planned requests of a point went: the two sums that must hold, a line each."""
    if ledger is None or ledger.sent is None:
        return UNKNOWN
    parts = [f"{number(ledger.sent)} sent", f"{number(ledger.unsent)} unsent"]
    if ledger.late:
        parts[0] += f" ({number(ledger.late)} late)"
    if ledger.dropped:
        parts.append(f"{number(ledger.dropped)} dropped")
    failed = sum(ledger.failed.values())
    left = {"abandoned": ledger.abandoned} if ledger.abandoned else {}
    ends = {"ok": ledger.ok, "failed": failed, **left, "cut": ledger.cut, "lost": ledger.lost}
    ended = " + ".join(f"{number(count)} {name}" for name, count in ends.items())
    again = f" ({number(ledger.resends)} sent again)" if ledger.resends else ""
    return (
        f"{number(ledger.planned)} planned = {' + '.join(parts)}\n"
        f"{number(ledger.sent)} sent = {ended}{again}"
    )


def machine(found: Machine) -> str:
    """Workers and clock of one of several machines."""
    workers = "1 worker" if found.workers == 1 else f"{found.workers} workers"
    words = f"{workers}, clock known to {number(found.clock_error_ms)} ms"
    if found.clock_offset_ms is not None:
        words += f" ({found.clock_offset_ms / 1000:+,.6f} s to ours"
        if found.clock_drift_ppm is not None:
            words += f", drift {found.clock_drift_ppm:+.1f} ppm"
        words += ")"
    return words + (f"; a worker died: {found.lost}" if found.lost else "")


def lost(ledger: RequestLedger | None) -> int:
    """Requests that were sent and left no record, warm-up included; 0 if nobody knows."""
    return 0 if ledger is None else (ledger.lost or 0) + (ledger.warmup_lost or 0)


def failed(summary: Summary) -> int:
    """Requests that failed, without those that perfbench itself cut."""
    return summary.failed - summary.errors.get("cancelled", 0)


def error_rate(summaries: Sequence[Summary]) -> float | None:
    """Share of the requests that ended by themselves which failed; ``None`` if none ended."""
    failures = sum(map(failed, summaries))
    ended = failures + sum(s.completed for s in summaries)
    return failures / ended if ended else None
