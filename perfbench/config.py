"""The one settings tree: flags, YAML/TOML files, ``PERFBENCH_*`` variables, the Python API and
the reference documentation all come from the models here.

Owns names, types, defaults, help texts and the rules between settings. Knows no command line
library and reads no file but a settings file. Durations are seconds, rates per second, lengths
tokens unless a name says otherwise.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from perfbench import registry
from perfbench.errors import ConfigError
from perfbench.types import Arrival

ENV_PREFIX = "PERFBENCH_"
MASK = "***"
_SECRET_HEADERS = {"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie"}


def _as_list(value: Any) -> Any:
    return value if value is None or isinstance(value, (list, tuple)) else [value]


def _as_words(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [word for item in value for word in _as_words(item)]
    return value


def _as_mapping(value: Any) -> Any:
    """Accept a mapping, JSON text, or a list of ``key=value`` / ``key: value`` strings."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"not valid JSON: {error}") from None
    if isinstance(value, str):
        value = [value]
    if isinstance(value, (list, tuple)):
        if len(value) == 1 and str(value[0]).lstrip().startswith("{"):
            return _as_mapping(value[0])
        pairs: dict[str, str] = {}
        for item in value:
            cuts = [i for i in (str(item).find("="), str(item).find(":")) if i > 0]
            if not cuts:
                raise ValueError("expected key=value or a JSON object")
            pairs[item[: min(cuts)].strip()] = item[min(cuts) + 1 :].strip()
        return pairs
    return value


Many = BeforeValidator(_as_list)
Words = BeforeValidator(_as_words)
Pairs = BeforeValidator(_as_mapping)


def setting(default: Any, text: str, group: str, unit: str | None = None, **limits: Any) -> Any:
    """A pydantic field with its help text, the group it is listed under, and its unit."""
    extra: dict[str, Any] = {"group": group}
    if unit:
        extra["unit"] = unit
    if isinstance(default, (list, dict)):
        value = default
        return Field(
            default_factory=lambda: type(value)(value),
            description=text,
            json_schema_extra=extra,
            **limits,
        )
    return Field(default, description=text, json_schema_extra=extra, **limits)


class Settings(BaseModel):
    """What all settings models share: unknown names are errors, defaults are validated."""

    model_config = ConfigDict(extra="forbid", validate_default=True, validate_assignment=True)


class SimulatorConfig(Settings):
    """The built-in LLM service (``perfbench simulate``, and the default when no URL is given)."""

    host: str = setting("127.0.0.1", "Address to listen on.", "Service")
    port: int = setting(8000, "Port to listen on; 0 takes a free one.", "Service", ge=0, le=65535)
    model: str = setting("simulated", "Model name it serves.", "Service")
    api_key: SecretStr | None = setting(None, "Key it demands; others get 401.", "Service")
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
        24, "Mean output length where the request leaves it open.", "Output", "tokens", ge=1
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

    @model_validator(mode="after")
    def _one_fault_each(self) -> SimulatorConfig:
        rates = (self.error_rate, self.in_band_error_rate, self.cut_rate)
        if sum((*rates, self.stall_rate, self.empty_rate)) > 1 + 1e-9:
            raise ValueError("the fault rates add up to more than 1")
        return self


class PerfConfig(Settings):
    """Settings of a load test: what to send where, how hard, and what to write."""

    url: str | None = setting(
        None,
        "Service to measure: http(s)://host[:port], with or without /v1 or the full path. "
        "Without it the built-in simulator is started and measured.",
        "Target",
    )
    model: str | None = setting(
        None, "Model name to send; default is the first that /v1/models lists.", "Target"
    )
    api: str = setting("openai", "How the service is spoken to: an endpoint's name.", "Target")
    api_key: SecretStr | None = setting(
        None, "Key sent as a bearer token. Also read from OPENAI_API_KEY.", "Target"
    )
    headers: Annotated[dict[str, SecretStr], Pairs] = setting(
        {}, "Extra request headers, as KEY=VALUE.", "Target"
    )
    transport: Literal["wire", "aiohttp"] = setting(
        "wire", "Client that moves the bytes: wire measures best, aiohttp knows proxies.", "Target"
    )
    unix_socket: Path | None = setting(None, "Connect through this unix socket.", "Target")
    insecure: bool = setting(False, "Do not verify TLS certificates.", "Target")
    connect_timeout: float = setting(30.0, "Longest wait for a connection.", "Target", "s", gt=0)
    read_timeout: float = setting(600.0, "Longest silence inside a response.", "Target", "s", gt=0)
    total_timeout: float | None = setting(
        None, "Longest time a request may take in all.", "Target", "s", gt=0
    )

    parallel: Annotated[list[int] | None, Many] = setting(
        None,
        "Requests in flight; a list sweeps. With --rate: the cap on requests in flight. "
        "Default 1 when there is no --rate.",
        "Load",
    )
    rate: Annotated[list[float] | None, Many] = setting(
        None, "Arrivals per second (open loop); a list sweeps.", "Load", "requests/s"
    )
    number: Annotated[list[int] | None, Many] = setting(
        None,
        "Requests of a point: one for all, or one each. Default 1000 unless --duration is given.",
        "Load",
    )
    duration: float | None = setting(
        None, "End a point after this long, or at --number, whichever is first.", "Load", "s", gt=0
    )
    arrival: Arrival = setting("poisson", "Arrival law of --rate.", "Load")
    burstiness: float = setting(
        1.0, "Shape of gamma arrivals: 1 is Poisson, below 1 burstier.", "Load", gt=0
    )
    warmup: float = setting(
        0.0,
        "Requests sent first and left out of the figures: a count, or a ratio of --number "
        "when below 1.",
        "Load",
        ge=0,
    )
    grace: float | None = setting(
        None,
        "After --duration, cancel what is still streaming after this long; default lets it finish.",
        "Load",
        "s",
        ge=0,
    )
    workers: int | None = setting(
        None, "Processes that send; default from cores and load.", "Load", ge=1
    )
    seed: int = setting(0, "Seed of prompts and arrivals (not sent to the service).", "Load", ge=0)

    dataset: str = setting("openqa", "Workload: where the prompts come from.", "Workload")
    dataset_path: Path | None = setting(
        None, "File of the workload, or FILE.py[:CLASS] of a custom one.", "Workload"
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
    prefix_length: int = setting(
        0, "Shared prefix of generated prompts, added to their length.", "Workload", "tokens", ge=0
    )
    apply_chat_template: bool = setting(
        False,
        "Render chat prompts with the tokenizer's own template and send text (completions, vllm).",
        "Workload",
    )

    max_tokens: Annotated[list[int] | None, Many] = setting(
        None,
        "Longest output; two values MIN MAX draw one uniformly for each request. "
        "Default is the server's own.",
        "Sampling",
        "tokens",
    )
    min_tokens: int | None = setting(
        None, "Shortest output, where the service supports it.", "Sampling", "tokens", ge=0
    )
    ignore_eos: bool = setting(
        False, "Go on to --max-tokens, where the service supports it.", "Sampling"
    )
    stream: bool = setting(
        True, "Ask for a stream; without it only e2e latency exists.", "Sampling"
    )
    temperature: float | None = setting(None, "Sampling temperature.", "Sampling", ge=0)
    top_p: float | None = setting(None, "Nucleus sampling.", "Sampling", gt=0, le=1)
    top_k: int | None = setting(None, "Top-k sampling, where supported.", "Sampling")
    frequency_penalty: float | None = setting(None, "Frequency penalty.", "Sampling")
    repetition_penalty: float | None = setting(
        None, "Repetition penalty, where supported.", "Sampling", gt=0
    )
    stop: Annotated[list[str] | None, Many] = setting(None, "Stop strings.", "Sampling")
    n: int | None = setting(None, "Choices per request.", "Sampling", ge=1)
    extra_args: Annotated[dict[str, Any], Pairs] = setting(
        {}, "More body fields, as a JSON object; they win over the others.", "Sampling"
    )

    outputs_dir: Path = setting(Path("results"), "Folder of the runs.", "Output")
    name: str | None = setting(None, "Name of the run; default is the model's.", "Output")
    report: bool = setting(
        True,
        "Write report.html and plots; --no-report leaves the store and summary.json.",
        "Output",
    )
    json_output: bool = setting(
        False,
        "Print the summary as JSON on standard output, all else on standard error.",
        "Output",
    )
    sinks: Annotated[list[str], Words] = setting(
        [], "Also send results to these: wandb, swanlab.", "Output"
    )
    sink_project: str = setting("perfbench", "Project of the sinks.", "Output")
    sink_mode: Literal["online", "offline"] = setting(
        "online", "offline keeps the sinks' data on disk for a later sync.", "Output"
    )
    sink_args: Annotated[dict[str, Any], Pairs] = setting(
        {}, "More settings of the sinks' init, as a JSON object.", "Output"
    )

    simulator: SimulatorConfig = Field(
        default_factory=lambda: SimulatorConfig(port=0),
        description="The built-in simulator, when there is no URL (settings file and API only).",
    )

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if "://" not in url:
            url = f"http://{url}"
        scheme, _, rest = url.partition("://")
        if scheme not in ("http", "https") or not rest.strip("/"):
            raise ValueError(f"{url!r} is not an http:// or https:// address")
        return url

    @field_validator("api")
    @classmethod
    def _known_api(cls, name: str) -> str:
        return _known(name, "endpoint", registry.ENDPOINTS)

    @field_validator("dataset")
    @classmethod
    def _known_dataset(cls, name: str) -> str:
        return _known(name, "workload", registry.WORKLOADS)

    @field_validator("sinks")
    @classmethod
    def _known_sinks(cls, names: list[str]) -> list[str]:
        return [_known(name, "sink", registry.SINKS) for name in names]

    @field_validator("parallel", "number", "max_tokens")
    @classmethod
    def _at_least_one(cls, values: list[int] | None) -> list[int] | None:
        if values is not None and (not values or min(values) < 1):
            raise ValueError("must be 1 or more")
        return values

    @field_validator("rate")
    @classmethod
    def _positive(cls, values: list[float] | None) -> list[float] | None:
        if values is not None and not all(0 < value < float("inf") for value in values or [0]):
            raise ValueError("must be above 0")
        return values

    @model_validator(mode="after")
    def _rules(self) -> PerfConfig:
        sweep = self.rate if self.rate is not None else (self.parallel or [1])
        swept = "rate" if self.rate is not None else "parallel"
        if self.rate is not None and self.parallel and len(self.parallel) not in (1, len(sweep)):
            raise ValueError(
                f"--parallel has {len(self.parallel)} values and --rate {len(sweep)}: "
                "give one for all, or one each"
            )
        if self.number and len(self.number) not in (1, len(sweep)):
            raise ValueError(
                f"--number has {len(self.number)} values and --{swept} {len(sweep)}: "
                "give one for all, or one each"
            )
        shortest, longest = self.min_prompt_length, self.max_prompt_length
        if shortest is not None and longest is not None and shortest > longest:
            raise ValueError("--min-prompt-length is above --max-prompt-length")
        if self.max_tokens and (
            len(self.max_tokens) > 2 or self.max_tokens != sorted(self.max_tokens)
        ):
            raise ValueError("--max-tokens takes one value, or MIN MAX")
        if self.min_tokens and self.max_tokens and self.min_tokens > self.max_tokens[-1]:
            raise ValueError("--min-tokens is above --max-tokens")
        if self.grace is not None and self.duration is None:
            raise ValueError("--grace needs --duration")
        return self


def _known(name: str, what: str, table: Mapping[str, str]) -> str:
    if name in registry.names(table):
        return name
    raise ValueError(f"no {what} is called {name!r}" + registry.did_you_mean(name, table))


def load_config(
    flags: Mapping[str, Any],
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> PerfConfig:
    """Resolve settings: flags win over ``PERFBENCH_*`` variables, those over the file.

    Raises:
        ConfigError: a value is wrong, a name unknown, or the file unreadable. One line.
    """
    layers: dict[str, tuple[Any, str]] = {}
    if file is not None:
        layers |= {key: (value, str(file)) for key, value in read_settings(file).items()}
    variables = os.environ if environment is None else environment
    for key in PerfConfig.model_fields:
        if (variable := ENV_PREFIX + key.upper()) in variables:
            layers[key] = (_from_variable(key, variables[variable]), variable)
    if "api_key" not in layers and (key_value := variables.get("OPENAI_API_KEY")):
        layers["api_key"] = (key_value, "OPENAI_API_KEY")
    layers |= {key: (value, flag_of(key)) for key, value in flags.items()}
    try:
        return PerfConfig.model_validate({key: value for key, (value, _) in layers.items()})
    except ValidationError as error:
        origin = {key: source for key, (_, source) in layers.items()}
        raise ConfigError(explain(error, origin)) from None


def _from_variable(key: str, text: str) -> Any:
    """Variables hold lists as words: ``PERFBENCH_PARALLEL="1 10 50"``."""
    if "list" in str(PerfConfig.model_fields[key].annotation) and key != "stop":
        return text.replace(",", " ").split()
    return text


def flag_of(key: str) -> str:
    """The command line flag of a setting."""
    return {"json_output": "--json"}.get(key, "--" + key.replace("_", "-"))


def read_settings(file: Path) -> dict[str, Any]:
    """Read a YAML or TOML settings file; keys may be written with dashes.

    Raises:
        ConfigError: it cannot be read, is not a mapping, or is malformed (with the line).
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(f"cannot read settings file {file}: {reason}") from None
    try:
        data = _parse_toml(text) if file.suffix == ".toml" else _parse_yaml(text)
    except ValueError as error:
        raise ConfigError(f"{file}: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{file}: expected settings as 'name: value'")
    return {str(key).replace("-", "_"): value for key, value in data.items()}


def _parse_toml(text: str) -> Any:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _parse_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def explain(error: ValidationError, origin: Mapping[str, str] | None = None) -> str:
    """The first problem of a pydantic error as one line: where, what, and what would be right."""
    problem = error.errors(include_url=False)[0]
    path = [str(part) for part in problem["loc"]]
    message = problem["msg"].removeprefix("Value error, ")
    if not path:
        return message
    key = path[0]
    where = (origin or {}).get(key, key)
    if problem["type"] == "extra_forbidden":
        known = {name: "" for name in PerfConfig.model_fields}
        return f"{where}: no setting is called {'.'.join(path)!r}" + registry.did_you_mean(
            key, known
        )
    if key in ("api_key", "headers"):
        return f"{where}: {message} (got {MASK})"
    value = problem.get("input")
    shown = " ".join(map(repr, value)) if isinstance(value, list) else repr(value)
    return f"{where}: {message}" + ("" if shown in message else f" (got {shown})")


def public(config: Settings) -> dict[str, Any]:
    """The settings as plain data that may be stored and shown: every secret is ``***``."""
    data: dict[str, Any] = config.model_dump(mode="json")
    for key, value in data.items():
        field_value = getattr(config, key, None)
        if isinstance(field_value, SecretStr):
            data[key] = MASK
        elif isinstance(field_value, Settings):
            data[key] = public(field_value)
        elif key == "headers":
            data[key] = {
                name: MASK if _is_secret(name) else secret.get_secret_value()
                for name, secret in field_value.items()  # type: ignore[union-attr]
            }
        elif isinstance(value, dict):
            data[key] = {k: MASK if _is_secret(k) else v for k, v in value.items()}
    if data.get("url") and "@" in data["url"]:
        scheme, _, rest = data["url"].partition("://")
        data["url"] = f"{scheme}://{MASK}@{rest.rpartition('@')[2]}"
    return data


def _is_secret(name: str) -> bool:
    low = name.lower()
    return low in _SECRET_HEADERS or any(w in low for w in ("key", "token", "secret", "password"))
