"""Settings of what a load test asks: where prompts come from and how long they and their answers
are. Lengths are tokens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import model_validator

from perfbench.config.base import Numbers
from perfbench.config.facts import setting
from perfbench.config.lengths import LengthSettings
from perfbench.config.media import MediaSettings
from perfbench.config.retrieval import RetrievalSettings
from perfbench.config.trace import TraceSettings

_OF_DATA_SETS = (
    "dataset",
    "dataset_path",
    "min_prompt_length",
    "max_prompt_length",
    *("input_lengths", "prefix_length", "prefixes", "prefix_choice"),
    *("prompt_column", "output_length_column"),
    *("images", "image_size", "audio_s", "batch_size", "documents", "document_lengths"),
    *("trace_speed", "trace_start", "trace_duration"),
)
"""Settings of workloads, which a ``--prompt`` is none of."""


class WorkloadSettings(LengthSettings, TraceSettings, MediaSettings, RetrievalSettings):
    """What is asked."""

    max_tokens: Annotated[list[int] | None, Numbers] = setting(
        [2048],
        "Longest output; two values MIN MAX draw one uniformly for each request. Output lengths "
        "that a data set asks for win over the default; null in a file leaves all to the server.",
        "Sampling",
        "tokens",
    )

    dataset: str = setting("openqa", "Where the prompts come from.", "Workload", table="workloads")
    dataset_path: Path | None = setting(
        None,
        "File with the prompts (text, JSONL, JSON, CSV, TSV, parquet, also .gz), or "
        "FILE.py[:CLASS] of --dataset custom; a folder of images.",
        "Workload",
    )
    prompt_column: str | None = setting(
        None,
        "Column (field) of a data set that is the prompt: a text or chat messages. Default: "
        "messages, prompt or question, whichever is there.",
        "Workload",
    )
    output_length_column: str | None = setting(
        None, "Column (field) of a data set that is the output limit in tokens.", "Workload"
    )
    same_prompts: bool = setting(
        False,
        "Send every point of a sweep the same prompts; default is others for each.",
        "Workload",
    )
    tokenizer_path: str | None = setting(
        None, "Tokenizer folder or hub id: exact prompt lengths, and token counts.", "Workload"
    )
    prompt: str | None = setting(
        None, "Send this text (or @FILE) every time instead of a data set.", "Workload"
    )
    min_prompt_length: int | None = setting(
        None,
        "Shortest prompt: generated so (default 1), or rows of a file below it are left out.",
        "Workload",
        "tokens",
        ge=0,
    )
    max_prompt_length: int | None = setting(
        None,
        "Longest prompt: generated so (default 1024), or rows of a file above it are left out.",
        "Workload",
        "tokens",
        ge=1,
    )
    length_of: Literal["request", "content"] = setting(
        "request",
        "What these lengths are of, in chats with a tokenizer that has a chat template: the whole "
        "request, template included, or its content.",
        "Workload",
    )
    apply_chat_template: bool = setting(
        False,
        "Render chat prompts with the tokenizer's own template and send text (completions, vllm).",
        "Workload",
    )

    @property
    def asks_lengths(self) -> bool:
        """Whether prompts are to have certain lengths."""
        given = ("min_prompt_length", "max_prompt_length", "input_lengths")
        return self.dataset.startswith("random") or any(map(self.asks, given))

    @property
    def asked_max_tokens(self) -> list[int] | None:
        """``max_tokens`` if it was given: the default gives way to what a data set asks for."""
        return self.max_tokens if "max_tokens" in self.model_fields_set else None

    @model_validator(mode="after")
    def _prompts(self) -> WorkloadSettings:
        shortest, longest = self.min_prompt_length, self.max_prompt_length
        if shortest is not None and longest is not None and shortest > longest:
            raise ValueError("--min-prompt-length is above --max-prompt-length")
        if self.input_lengths is not None:
            for key in ("min_prompt_length", "max_prompt_length"):
                if self.asks(key):
                    flag = "--" + key.replace("_", "-")
                    raise ValueError(f"--input-lengths and {flag} both say how long prompts are")
        if self.output_lengths is not None and self.asked_max_tokens is not None:
            raise ValueError("--output-lengths and --max-tokens both limit answers: give one")
        if self.asks("length_of") and not self.asks_lengths:
            raise ValueError(
                "--length-of says what lengths are of: give --input-lengths, --min-prompt-length "
                "or --max-prompt-length"
            )
        if self.prompt is not None:
            for key in _OF_DATA_SETS:
                if self.asks(key):
                    flag = "--" + key.replace("_", "-")
                    raise ValueError(f"--prompt is sent in place of a data set: leave {flag} out")
        return self
