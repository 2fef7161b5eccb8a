"""Settings of the built-in LLM service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, SecretStr, model_validator

from perfbench.config.base import Settings, Words
from perfbench.config.facts import setting

SIMULATED = "simulated"
"""What the built-in simulator calls its model, unless told otherwise."""


class SimulatorConfig(Settings):
    """The built-in LLM service (``perfbench simulate``, and the default when no URL is given)."""

    everyday: ClassVar[tuple[str, ...]] = (
        *("port", "model", "ttft_ms", "itl_ms", "output_tokens", "error_rate"),
    )

    host: str = setting("127.0.0.1", "Address to listen on.", "Service")
    port: int = setting(8000, "Port to listen on; 0 takes a free one.", "Service", ge=0, le=65535)
    model: str = setting(SIMULATED, "Model name it serves.", "Service")
    adapters: Annotated[list[str], Words] = setting(
        [], "Names of LoRA adapters that it serves beside the model.", "Service", metavar="NAME"
    )
    api_key: SecretStr | None = setting(
        None, "Key it demands; others get 401.", "Service", metavar="KEY"
    )
    log: Path | None = setting(
        None, "Ground-truth log: a tab-separated line for each request.", "Service"
    )
    seed: int = setting(0, "Seed of output lengths and jitter.", "Service")

    ttft_ms: float | None = setting(
        None, "Exact schedule: time to the first token.", "Exact schedule", "ms", ge=0
    )
    itl_ms: float | None = setting(
        None, "Exact schedule: time between tokens.", "Exact schedule", "ms", ge=0
    )
    jitter: float = setting(
        0.0, "Every gap is drawn from gap*(1-J)..gap*(1+J).", "Exact schedule", ge=0, le=1
    )

    prefill_rate: float = setting(
        200_000.0, "Prompt tokens prefilled per second.", "Batching", "tokens/s", gt=0
    )
    max_batched_tokens: int = setting(
        8192,
        "Tokens in one step; longer prompts are prefilled in parts.",
        "Batching",
        "tokens",
        ge=1,
    )
    step_ms: float = setting(0.5, "Decode step with an empty batch.", "Batching", "ms", ge=0)
    step_ms_per_sequence: float = setting(
        0.03, "What each running sequence adds to a decode step.", "Batching", "ms", ge=0
    )
    max_batch: int = setting(256, "Sequences that decode at once.", "Batching", ge=1)
    kv_blocks: int = setting(65_536, "Blocks in the KV cache.", "Batching", ge=1)
    block_size: int = setting(16, "Tokens in a KV block.", "Batching", "tokens", ge=1)
    prefix_cache: bool = setting(True, "Reuse the blocks of equal prefixes.", "Batching")

    output_tokens: int = setting(
        24,
        "Mean output length where the request leaves it open: without a limit, or with one of 2048 "
        "tokens or more and no ignore_eos.",
        "Output",
        "tokens",
        ge=1,
    )
    tokens_per_event: int = setting(
        1, "Tokens in one event (speculative decoding).", "Output", "tokens", ge=1
    )
    reasoning_tokens: int = setting(
        0, "Tokens sent as reasoning before the answer.", "Output", "tokens", ge=0
    )
    reasoning_field: Literal["reasoning_content", "reasoning"] = setting(
        "reasoning_content", "Field that carries reasoning.", "Output"
    )
    usage: Literal["own", "own-with-choices", "finish", "late", "missing"] = setting(
        "own",
        "Where the usage of a stream is: a chunk of its own (late: 200 ms after the finish chunk), "
        "the finish chunk, or missing.",
        "Output",
    )
    framing: Literal["lf", "crlf", "cr", "odd"] = setting(
        "lf", "SSE line ends; odd mixes comments, multi-line data and split writes.", "Output"
    )
    done: bool = setting(True, "End streams with [DONE].", "Output")
    role_early: bool = setting(False, "Send the role chunk at once, before prefill.", "Output")

    error_rate: float = setting(
        0.0, "Share of requests answered with --error-status.", "Faults", ge=0, le=1
    )
    error_status: int = setting(500, "Status of injected errors.", "Faults", ge=400, le=599)
    in_band_error_rate: float = setting(
        0.0, "Share of streams that end in an error object.", "Faults", ge=0, le=1
    )
    cut_rate: float = setting(
        0.0, "Share of streams cut after half of their tokens.", "Faults", ge=0, le=1
    )
    stall_rate: float = setting(
        0.0, "Share of streams that stop for --stall-s half way.", "Faults", ge=0, le=1
    )
    stall_s: float = setting(1.0, "Length of a stall.", "Faults", "s", ge=0)
    slow_headers_s: float = setting(0.0, "Delay before the response headers.", "Faults", "s", ge=0)
    empty_rate: float = setting(
        0.0, "Share of streams that finish without a token.", "Faults", ge=0, le=1
    )

    metrics_page: Literal["true", "off", "hang", "nan", "negative", "restart", "strangers"] = (
        setting(
            "true",
            "What /metrics says: the truth (vLLM's names), nothing, no number, counts that begin "
            "anew, or 12 requests of strangers.",
            "Faults",
        )
    )

    @model_validator(mode="after")
    def _one_fault_each(self) -> SimulatorConfig:
        rates = (self.error_rate, self.in_band_error_rate, self.cut_rate)
        if sum((*rates, self.stall_rate, self.empty_rate)) > 1 + 1e-9:
            raise ValueError("the fault rates add up to more than 1")
        return self


def _on_a_free_port(simulator: SimulatorConfig) -> SimulatorConfig:
    if "port" in simulator.model_fields_set:
        return simulator
    return simulator.model_copy(update={"port": 0})


EmbeddedSimulator = Annotated[SimulatorConfig, AfterValidator(_on_a_free_port)]
"""The simulator that a run starts for itself: on a free port, unless one is named."""
