"""What a service says of itself while it is under load, and what that comes to over a point.

Owns the names of the quantities and their units; how servers spell them is known to ``scrape``
alone. Stamps are those of records. Shares are of 1; unknown is ``None``.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Quantity(msgspec.Struct, frozen=True):
    """One thing that services tell of themselves."""

    title: str
    unit: str
    kind: Literal["gauge", "counter", "histogram"]
    fold: Literal["sum", "mean"] = "sum"
    """How the values of several engines, cards or services become one."""


QUANTITIES: dict[str, Quantity] = {
    "running": Quantity("requests running", "requests", "gauge"),
    "waiting": Quantity("requests waiting", "requests", "gauge"),
    "kv_usage": Quantity("KV cache in use", "share", "gauge", "mean"),
    "acceptance": Quantity("draft tokens accepted", "share", "gauge", "mean"),
    "gpu_utilization": Quantity("GPU utilization", "share", "gauge", "mean"),
    "power_w": Quantity("power", "W", "gauge"),
    "requests": Quantity("requests finished", "requests", "counter"),
    "prompt_tokens": Quantity("prompt tokens", "tokens", "counter"),
    "output_tokens": Quantity("output tokens", "tokens", "counter"),
    "prefix_queries": Quantity("tokens looked up in the prefix cache", "tokens", "counter"),
    "prefix_hits": Quantity("tokens found in the prefix cache", "tokens", "counter"),
    "drafted": Quantity("draft tokens", "tokens", "counter"),
    "accepted": Quantity("draft tokens accepted", "tokens", "counter"),
    "preemptions": Quantity("preemptions", "requests", "counter"),
    "energy_j": Quantity("energy", "J", "counter"),
    "ttft": Quantity("TTFT by the service", "s", "histogram"),
}
"""By name; all are 0 or more."""


class Histogram(msgspec.Struct, frozen=True):
    """A cumulative histogram at one moment, since the service began."""

    bounds: tuple[float, ...]
    """Upper ends of the buckets, ascending, without the infinite one."""
    counts: tuple[float, ...]
    """Values up to each bound."""
    total: float
    """Values in all."""
    sum: float


class Scrape(msgspec.Struct, frozen=True):
    """One look at a source."""

    source: str
    """Its URL as it may be shown, or ``nvml``."""
    kind: str
    """Whose names it speaks: ``vllm``, ``dcgm``; empty if it did not answer."""
    at_ns: int
    """The middle between asking and answer, on the clock of all stamps."""
    half_ns: int
    """Half of the time between them: the values are of some moment this near."""
    values: dict[str, float] = msgspec.field(default_factory=dict)
    """Gauges and counters by the names in :data:`QUANTITIES`, in their units."""
    histograms: dict[str, Histogram] = msgspec.field(default_factory=dict)
    problem: str | None = None
    """Why there is nothing, or what of it could not be taken."""

    @property
    def failed(self) -> bool:
        """Whether nothing came of it."""
        return not self.values and not self.histograms


class ServerSource(msgspec.Struct, frozen=True):
    """One source over a point."""

    source: str
    kind: str
    scrapes: int
    """Times that it was asked."""
    failed: int
    problem: str | None
    """The first, if any."""
    half_width_ms: float | None
    """Half of the longest time between asking and answer."""
    quantities: list[str]


class ServerGauge(msgspec.Struct, frozen=True):
    """A gauge over the measured phase."""

    mean: float
    max: float
    samples: int


class ServerTtft(msgspec.Struct, frozen=True):
    """The service's own time to the first token over the whole point, warm-up included."""

    count: float
    mean_ms: float
    quantiles_ms: dict[str, tuple[float, float | None]]
    """The bucket that holds each: its two ends, the second ``None`` where it is infinite."""


class ServerCheck(msgspec.Struct, frozen=True):
    """One total of the service held against ours, over the whole point with its warm-up."""

    what: Literal["requests", "prompt_tokens", "output_tokens", "ttft"]
    counted: float
    """By the service; TTFT is its mean in ms."""
    low: float
    """What it should be at least."""
    high: float | None
    """And at most; ``None`` where that cannot be said."""
    agrees: bool | None
    """``None``: the two are not of the same requests."""
    said: str


class ServerFigures(msgspec.Struct, frozen=True):
    """What the service said of itself over a point."""

    sources: list[ServerSource]
    gauges: dict[str, ServerGauge]
    counters: dict[str, float]
    """By how much each rose over the whole point, warm-up included."""
    prefix_hit_rate: float | None = None
    """Tokens found in the prefix cache / tokens looked up."""
    acceptance_rate: float | None = None
    """Draft tokens accepted / drafted; the mean of the gauge where there is no count."""
    energy_j: float | None = None
    """Over the measured phase; from power where the service has no count of energy."""
    energy_per_output_token_j: float | None = None
    ttft: ServerTtft | None = None
    checks: list[ServerCheck] = msgspec.field(default_factory=list)
    missing: list[str] = msgspec.field(default_factory=list)
    """What could not be read, in sentences."""
