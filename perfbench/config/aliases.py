"""The everyday flags of other load testers and evaluators, and what each is here: one table.

A flag is a setting of ours under another name, is read together with others (``habits`` does that),
or has no effect, and then a note says what is done instead. The command line takes the flags from
here, the help does not show them, and ``docs/coming-from.md`` lists them. Holds data only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

EVALSCOPE, VLLM, SGLANG, GUIDELLM, AIPERF = "EvalScope", "vLLM", "SGLang", "GuideLLM", "AIPerf"
WEB = "k6, Locust, hey and wrk"
AISBENCH = "AISBench"
TOOLS = (EVALSCOPE, VLLM, SGLANG, GUIDELLM, AIPERF, WEB, AISBENCH)

PROGRAMS: dict[tuple[str, ...], tuple[str, str]] = {
    ("evalscope", "perf"): ("perf", EVALSCOPE),
    ("evalscope", "eval"): ("eval", EVALSCOPE),
    ("ais_bench",): ("eval", AISBENCH),
    ("vllm", "bench", "serve"): ("perf", VLLM),
    ("bench", "serve"): ("perf", VLLM),
    ("python", "-m", "sglang.bench_serving"): ("perf", SGLANG),
    ("python3", "-m", "sglang.bench_serving"): ("perf", SGLANG),
    ("sglang.bench_serving",): ("perf", SGLANG),
    ("guidellm", "benchmark", "run"): ("perf", GUIDELLM),
    ("guidellm", "benchmark"): ("perf", GUIDELLM),
    ("benchmark", "run"): ("perf", GUIDELLM),
    ("benchmark",): ("perf", GUIDELLM),
    ("aiperf", "profile"): ("perf", AIPERF),
    ("profile",): ("perf", AIPERF),
    ("k6", "run"): ("perf", WEB),
    ("locust",): ("perf", WEB),
}
"""The words before a tool's flags, as they may be pasted too: our command, and the tool."""

Takes = Literal["value", "values", "nothing", "perhaps"]


@dataclass(frozen=True, slots=True)
class Alias:
    """Flags of other tools that mean one thing."""

    flags: tuple[str, ...]
    tools: tuple[str, ...]
    takes: Takes = "value"
    key: str | None = None
    """The setting that takes the value as it is."""
    constant: Any = None
    """The value of ``key``, for flags that take none."""
    field: str | None = None
    """The field of the request body that takes the value."""
    part: str | None = None
    """Under which name ``habits`` reads it together with others."""
    means: str = ""
    """What it is here, where the setting does not say it."""
    note: str | None = None
    """What the user is told who gives it: why it has no effect, or what is done instead."""


def _same(key: str, flags: str, *tools: str, takes: Takes = "value", means: str = "") -> Alias:
    return Alias(tuple(flags.split()), tools, takes, key=key, means=means)


def _set(key: str, constant: Any, flags: str, *tools: str) -> Alias:
    return Alias(tuple(flags.split()), tools, "nothing", key=key, constant=constant)


def _body(field: str, flags: str, *tools: str, takes: Takes = "value") -> Alias:
    return Alias(tuple(flags.split()), tools, takes, field=field)


def _read(part: str, flags: str, *tools: str, means: str, takes: Takes = "value") -> Alias:
    return Alias(tuple(flags.split()), tools, takes, part=part, means=means)


def _none(flags: str, *tools: str, note: str, takes: Takes = "value") -> Alias:
    return Alias(tuple(flags.split()), tools, takes, note=note)


_LATENCIES = "every latency is kept, with its percentiles from p10 to p99"
_STORED = "every run is stored whole, in a folder of its own below --outputs-dir"
_LIVE = "figures are shown live; --events FILE writes what happens"
_INPUT = (
    "length of generated prompts (`--dataset random`, `--min-prompt-length`, `--max-prompt-length`)"
)
_OUTPUT = "length of the answers: `--max-tokens` and `--ignore-eos`"

_SERVICE = (
    _same("url", "--base-url", VLLM, SGLANG, means="`--url`"),
    _same("url", "--target", GUIDELLM),
    _same("url", "-u", AIPERF),
    _read("host", "--host", VLLM, SGLANG, WEB, means="`--url`, with `--port`; a whole URL too"),
    _read("port", "--port", VLLM, SGLANG, means="`--url`, with `--host`"),
    _read(
        "endpoint",
        "--endpoint",
        *(VLLM, AIPERF),
        means="the path of `--url`; one that ends in `/completions` also chooses `--api`",
    ),
    _read("endpoint", "--custom-endpoint", AIPERF, means="as `--endpoint`"),
    _read(
        "api",
        "--backend",
        *(VLLM, SGLANG),
        means="`--api`: `openai-chat`, `vllm-chat`, … are `openai`; `openai`, `sglang-oai`, … "
        "are `completions`; `vllm` is `vllm`",
    ),
    _read("api", "--endpoint-type", VLLM, AIPERF, means="`--api`: `chat` is `openai`"),
    _read(
        "api",
        "--request-type --request-format",
        GUIDELLM,
        means="`--api`: `chat_completions` is `openai`, `text_completions` is `completions`",
    ),
    _none(
        "--backend-type", GUIDELLM, note="services are spoken to as --api says, over HTTP, always"
    ),
    _same("model", "-m --model-names", AIPERF),
    _read(
        "served_model",
        "--served-model-name",
        *(VLLM, SGLANG),
        means="`--model`; what `--model` says is then the tokenizer, if it is a folder",
    ),
    _same("headers", "--header", VLLM, SGLANG, AIPERF, takes="values"),
    _same("headers", "-H", AIPERF, WEB, takes="values"),
    _same("total_timeout", "--request-timeout-seconds", AIPERF),
    _same("total_timeout", "--timeout", EVALSCOPE, WEB),
    _none(
        "--ready-check-timeout-sec",
        *(VLLM, SGLANG),
        note="perfbench does not wait for a service to come up",
    ),
    _none("--attn-implementation", EVALSCOPE, note="models are measured behind a service only"),
    _same("tokenizer_path", "--tokenizer", VLLM, SGLANG, AIPERF),
    _same("tokenizer_path", "--processor", GUIDELLM),
    _none("--tokenizer-mode", VLLM, note="tokenizers are those of transformers"),
    _none(
        "--trust-remote-code --tokenizer-trust-remote-code",
        *(VLLM, SGLANG, AIPERF),
        takes="nothing",
        note="no code of a tokenizer's repository is run",
    ),
    _read(
        "token_ids",
        "--tokenize-prompt",
        *(EVALSCOPE, SGLANG),
        takes="nothing",
        means="`--api vllm`, which sends token ids",
    ),
)

_LOAD = (
    _same("number", "-n", EVALSCOPE, WEB, takes="values"),
    _read(
        "num_prompts",
        "--num-prompts --num-prompt",
        *(VLLM, SGLANG),
        means="`--number`; without a rate and `--max-concurrency` all are sent at once, "
        "as there: `--parallel` is the same number",
    ),
    _same("number", "--request-count --num-requests", AIPERF),
    _same("number", "--max-requests", GUIDELLM),
    _same("number", "--requests --iterations", WEB),
    _same("parallel", "--max-concurrency", VLLM, SGLANG),
    _same("parallel", "--concurrency", AIPERF, takes="values"),
    _same("parallel", "--users --vus --connections -c", WEB, takes="values"),
    _read(
        "request_rate",
        "--request-rate",
        *(VLLM, SGLANG, AIPERF),
        takes="values",
        means="`--rate`; `inf` is none: a closed loop of `--max-concurrency`",
    ),
    _read(
        "profile",
        "--profile --rate-type",
        GUIDELLM,
        takes="perhaps",
        means="which load `--rate` is: of `constant` and `poisson` it is `--rate`, of `concurrent` "
        "and `throughput` (512 where it is left out) `--parallel`; `synchronous` is `--parallel "
        "1`; `sweep` goes through as many loads, doubling from 1 in flight",
    ),
    _none("--open-loop", EVALSCOPE, takes="nothing", note="--rate is always an open loop here"),
    _same("arrival", "--arrival-pattern --request-rate-mode", AIPERF),
    _same("burstiness", "--arrival-smoothness --vllm-burstiness", AIPERF),
    _same("duration", "--benchmark-duration", AIPERF),
    _same("duration", "--max-seconds", GUIDELLM),
    _same("duration", "--run-time -z -d", WEB),
    _same("grace", "--benchmark-grace-period", AIPERF),
    _same("warmup", "--warmup-num", EVALSCOPE),
    _same("warmup", "--num-warmups", VLLM),
    _same("warmup", "--warmup-requests", SGLANG),
    _same("warmup", "--warmup-request-count --num-warmup-requests", AIPERF),
    _same("warmup", "--warmup-percent", GUIDELLM),
    _same("seed", "--random-seed", GUIDELLM, AIPERF),
    _same("workers", "--workers-max --max-workers", AIPERF),
    _none(
        "--spawn-rate --threads",
        WEB,
        note="requests in flight all start at once; --workers are the processes",
    ),
)

_OBJECTIVES = (
    _same(
        "goodput",
        "--goodput",
        *(VLLM, AIPERF),
        takes="values",
        means="`--goodput`; AIPerf's `time_to_first_token`, `inter_token_latency` and "
        "`request_latency` are `ttft`, `tpot` and `e2e`",
    ),
    _read(
        "sla_auto_tune",
        "--sla-auto-tune",
        EVALSCOPE,
        takes="perhaps",
        means="`--search`, of what `--sla-variable` says (`parallel`)",
    ),
    _read("sla_variable", "--sla-variable", EVALSCOPE, means="the value of `--search`"),
    _read(
        "sla_params",
        "--sla-params",
        EVALSCOPE,
        means="`--slo`: `p99_ttft: <=2` (seconds) is `ttft_ms.p99<=2000`",
    ),
    _read("sla_lower", "--sla-lower-bound", EVALSCOPE, means="`--search-min`"),
    _read("sla_upper", "--sla-upper-bound", EVALSCOPE, means="`--search-max`"),
    _read("sla_parallel", "--sla-fixed-parallel", EVALSCOPE, means="`--parallel`, a cap"),
    _none(
        "--sla-num-runs --sla-number-multiplier",
        EVALSCOPE,
        note="a trial is as long as its certainty takes (--search-confidence); none is repeated",
    ),
    _read(
        "max_error_rate",
        "--max-error-rate",
        GUIDELLM,
        means='`--abort-if "error_rate>X"`',
    ),
    _read("max_errors", "--max-errors", GUIDELLM, means='`--abort-if "failed>N"`'),
)

_PROMPTS = (
    _read(
        "dataset",
        "--dataset-name",
        *(VLLM, SGLANG),
        means="`--dataset`: `random`, `random-ids`, `sharegpt`; `custom` is `openqa` with "
        "`--dataset-path`",
    ),
    _read("dataset", "--public-dataset", AIPERF, means="`--dataset`"),
    _read("file", "--input-file", AIPERF, means="`--dataset-path`, read as `--dataset openqa`"),
    _none("--custom-dataset-type", AIPERF, note="the file itself says what its rows are"),
    _read(
        "data",
        "--data",
        GUIDELLM,
        means="`prompt_tokens=256,output_tokens=128` is `--dataset random` of these lengths; "
        "a file is `--dataset-path`",
    ),
    _read("input", "--random-input-len --random-input --input-len", VLLM, SGLANG, means=_INPUT),
    _read(
        "output",
        "--random-output-len --random-output --output-len",
        *(VLLM, SGLANG),
        means=_OUTPUT,
    ),
    _read(
        "ratio",
        "--random-range-ratio",
        *(VLLM, SGLANG),
        means="spreads both lengths: vLLM's L·(1±r), or SGLang's L·r to L, with `--backend sglang` "
        "or from 1 on",
    ),
    _same("prefix_length", "--random-prefix-len", VLLM),
    _same("max_tokens", "--sharegpt-output-len --custom-output-len", VLLM, SGLANG),
    _read(
        "isl",
        "--isl --synthetic-input-tokens-mean --prompt-input-tokens-mean",
        AIPERF,
        means=_INPUT,
    ),
    _read(
        "isl_stddev",
        "--isl-stddev --synthetic-input-tokens-stddev --prompt-input-tokens-stddev",
        AIPERF,
        means="spreads the lengths evenly with that standard deviation",
    ),
    _read(
        "osl",
        "--osl --output-tokens-mean --prompt-output-tokens-mean",
        AIPERF,
        means="`--max-tokens`",
    ),
    _read(
        "osl_stddev",
        "--osl-stddev --output-tokens-stddev --prompt-output-tokens-stddev",
        AIPERF,
        means="spreads `--max-tokens` evenly with that standard deviation",
    ),
    _none(
        "--num-dataset-entries --data-samples",
        *(AIPERF, GUIDELLM),
        note="every generated prompt is another",
    ),
    _none(
        "--skip-chat-template",
        VLLM,
        takes="nothing",
        note="prompts are sent as they are, unless --apply-chat-template is given",
    ),
    _none(
        "--disable-shuffle",
        VLLM,
        takes="nothing",
        note="the order is drawn by --seed; --dataset line_by_line keeps that of the file",
    ),
    _none(
        "--query-template",
        EVALSCOPE,
        note="not read: more body fields are --extra-args, whole bodies are rows of a JSONL file "
        "(--dataset line_by_line)",
    ),
)

_SAMPLING = (
    _same("n", "--n-choices", EVALSCOPE),
    _set("stream", True, "--streaming", AIPERF),
    _set("stream", False, "--disable-stream", SGLANG),
    _set("ignore_eos", False, "--disable-ignore-eos", SGLANG),
    _body("presence_penalty", "--presence-penalty", VLLM, EVALSCOPE),
    _body("min_p", "--min-p", VLLM),
    _body("logprobs", "--logprobs", EVALSCOPE, VLLM, takes="perhaps"),
    _body("stop_token_ids", "--stop-token-ids", EVALSCOPE, takes="values"),
    _same("extra_args", "--extra-body", VLLM),
    _same("extra_args", "--extra-request-body", SGLANG),
    _same("extra_args", "--extra-inputs", AIPERF, takes="values"),
    _none(
        "--use-server-token-count --use-legacy-max-tokens",
        AIPERF,
        takes="nothing",
        note="so it is done anyway",
    ),
)

_OUTPUT_FILES = (
    _same("outputs_dir", "--result-dir", VLLM),
    _same("outputs_dir", "--output-dir", GUIDELLM),
    _same("outputs_dir", "--artifact-dir --output-artifact-dir", AIPERF),
    _read(
        "output_path",
        "--output-path",
        GUIDELLM,
        means="`--outputs-dir`: the folder, or that of the file",
    ),
    _same("name", "--label", VLLM),
    _same("sinks", "--visualizer", EVALSCOPE, takes="values"),
    _read(
        "wandb_key",
        "--wandb-api-key",
        EVALSCOPE,
        means="`--sinks wandb`, with this key, which is stored nowhere",
    ),
    _read(
        "swanlab_key",
        "--swanlab-api-key",
        EVALSCOPE,
        means="`--sinks swanlab`, with this key, which is stored nowhere",
    ),
    _none("--log-every-n-query", EVALSCOPE, note=_LIVE),
    _none("--db-commit-interval --queue-size-multiplier", EVALSCOPE, note=_STORED),
    _none("--no-timestamp", EVALSCOPE, takes="nothing", note=_STORED),
    _set("probe", False, "--no-test-connection", EVALSCOPE),
    _none("--debug", EVALSCOPE, takes="nothing", note=_LIVE),
    _none("--disable-tqdm", VLLM, SGLANG, takes="nothing", note=_LIVE),
    _none("--disable-progress --disable-console", GUIDELLM, takes="nothing", note=_LIVE),
    _none("--display-scheduler-stats", GUIDELLM, takes="nothing", note="every run is audited so"),
    _none("--ui --ui-type --log-level", AIPERF, note=_LIVE),
    _none("--headless --latency", WEB, takes="nothing", note=_LIVE),
    _none("--percentile-metrics --metric-percentiles", VLLM, note=_LATENCIES),
    _none("--save-result --save-detailed --append-result", VLLM, takes="nothing", note=_STORED),
    _none("--output-details", SGLANG, takes="nothing", note=_STORED),
    _none("--result-filename", VLLM, note="the figures are summary.json in the run's folder"),
    _none("--output-file", SGLANG, note="the figures are summary.json in the run's folder"),
    _none("--profile-export-file", AIPERF, note="the figures are summary.json in the run's folder"),
    _none("--outputs", GUIDELLM, takes="values", note=_STORED),
    _none("--export-level --sample-requests", AIPERF, GUIDELLM, note=_STORED),
    _none("--metadata", VLLM, takes="values", note="not stored; --name names the run"),
)

PERF: tuple[Alias, ...] = (
    *(*_SERVICE, *_LOAD, *_OBJECTIVES),
    *(*_PROMPTS, *_SAMPLING, *_OUTPUT_FILES),
)
"""The flags of load testers."""

EVAL: tuple[Alias, ...] = (
    _same("url", "--api-url", EVALSCOPE),
    _same("parallel", "--eval-batch-size", EVALSCOPE),
    _same("outputs_dir", "--work-dir", EVALSCOPE, AISBENCH),
    _same("repeats", "--num-return-sequences", EVALSCOPE, AISBENCH),
    _same("reuse", "--use-cache", EVALSCOPE),
    _none("--eval-type", EVALSCOPE, note="models are asked behind a service, always"),
    _none(
        "--eval-backend --model-args --judge-strategy --judge-worker-num",
        EVALSCOPE,
        note="not here: answers are scored by rules, and models are asked behind a service",
    ),
    _none("--summarizer", AISBENCH, note="tables are written as always"),
)
"""The flags of evaluators."""


def settings_of(aliases: tuple[Alias, ...]) -> dict[str, str]:
    """The aliases that are another name of a setting, as settings are written: name and ours."""
    return {
        flag.removeprefix("--").replace("-", "_"): alias.key
        for alias in aliases
        for flag in alias.flags
        if alias.key is not None and alias.constant is None
    }
