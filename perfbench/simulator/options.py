"""The simulator's settings as plain data: what crosses the pipe to its process.

``perfbench.config.SimulatorConfig`` owns names, defaults, help and validation; this is its
validated dump. It exists because importing and building the settings tree takes longer than
everything else the process does before it listens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from perfbench.config import SimulatorConfig


class Options(msgspec.Struct, frozen=True):
    """The fields of ``SimulatorConfig``, one for one; paths and secrets are text."""

    host: str
    port: int
    model: str
    adapters: list[str]
    """Other names that requests may ask for."""
    api_key: str | None
    log: str | None
    seed: int
    ttft_ms: float | None
    itl_ms: float | None
    jitter: float
    prefill_rate: float
    max_batched_tokens: int
    step_ms: float
    step_ms_per_sequence: float
    max_batch: int
    kv_blocks: int
    block_size: int
    prefix_cache: bool
    output_tokens: int
    tokens_per_event: int
    reasoning_tokens: int
    reasoning_field: str
    usage: str
    framing: str
    done: bool
    role_early: bool
    error_rate: float
    error_status: int
    in_band_error_rate: float
    cut_rate: float
    stall_rate: float
    stall_s: float
    slow_headers_s: float
    empty_rate: float
    metrics_page: str

    @property
    def exact(self) -> bool:
        """Whether tokens follow an exact schedule instead of continuous batching."""
        return self.ttft_ms is not None or self.itl_ms is not None

    @property
    def max_model_len(self) -> int:
        """Longest prompt and output together: what the KV cache holds."""
        return self.kv_blocks * self.block_size


def options_of(config: SimulatorConfig) -> Options:
    """The plain form of validated settings. It holds the API key in clear: never print it."""
    data = config.model_dump(mode="json")
    if config.api_key is not None:
        data["api_key"] = config.api_key.get_secret_value()
    return Options(**{name: data[name] for name in Options.__struct_fields__})
