"""The everyday flags of other load testers and evaluators, and what each is here: one table.

A flag is a setting of ours under another name, is read together with others (``habits`` does that),
or has no effect, and then a note says what is done instead. The command line takes the flags from
here, the help does not show them, and ``docs/coming-from.md`` lists them. Holds data only.
"""

from __future__ import annotations

from perfbench.config.alias import (
    AIPERF,
    AISBENCH,
    EVALSCOPE,
    GUIDELLM,
    SGLANG,
    VLLM,
    WEB,
    Alias,
    body,
    fixed,
    none,
    read,
    same,
)
from perfbench.config.aliases_load import LOAD, OBJECTIVES
from perfbench.config.aliases_prompts import CONVERSATIONS, PROMPTS

_LATENCIES = "every latency is kept, with its percentiles from p10 to p99"
_STORED = "every run is stored whole, in a folder of its own below --outputs-dir"
_LIVE = "figures are shown live; --events FILE writes what happens"

_SERVICE = (
    same("url", "--base-url", VLLM, SGLANG, means="`--url`"),
    same("url", "--target", GUIDELLM),
    same("url", "-u", AIPERF, takes="values"),
    read("host", "--host", VLLM, SGLANG, WEB, means="`--url`, with `--port`; a whole URL too"),
    read("port", "--port", VLLM, SGLANG, means="`--url`, with `--host`"),
    read(
        "endpoint",
        "--endpoint",
        *(VLLM, AIPERF),
        means="the path of `--url`; that of a known API also chooses `--api`",
    ),
    read("endpoint", "--custom-endpoint", AIPERF, means="as `--endpoint`"),
    read(
        "api",
        "--backend",
        *(VLLM, SGLANG),
        means="`--api`: `openai-chat`, `vllm-chat`, … are `openai`; `openai`, `sglang-oai`, … "
        "are `completions`; `vllm` is `vllm`, `sglang` is `sglang`",
    ),
    read("api", "--endpoint-type", VLLM, AIPERF, means="`--api`: `chat` is `openai`"),
    read(
        "api",
        "--request-type --request-format",
        GUIDELLM,
        means="`--api`: `chat_completions` is `openai`, `text_completions` is `completions`",
    ),
    none(
        "--backend-type", GUIDELLM, note="services are spoken to as --api says, over HTTP, always"
    ),
    same("model", "-m --model-names", AIPERF),
    read(
        "served_model",
        "--served-model-name",
        *(VLLM, SGLANG),
        means="`--model`; what `--model` says is then the tokenizer, if it is a folder",
    ),
    same("headers", "--header", VLLM, SGLANG, AIPERF, takes="values"),
    same("headers", "-H", AIPERF, WEB, takes="values"),
    same("total_timeout", "--request-timeout-seconds", AIPERF),
    same("total_timeout", "--timeout", EVALSCOPE, WEB),
    none(
        "--ready-check-timeout-sec",
        *(VLLM, SGLANG),
        note="perfbench does not wait for a service to come up",
    ),
    none("--attn-implementation", EVALSCOPE, note="models are measured behind a service only"),
    same("tokenizer_path", "--tokenizer", VLLM, SGLANG, AIPERF),
    same("tokenizer_path", "--processor", GUIDELLM),
    none("--tokenizer-mode", VLLM, note="tokenizers are those of transformers"),
    none(
        "--skip-tokenizer-init",
        VLLM,
        takes="nothing",
        note="a tokenizer is loaded where --tokenizer-path names one",
    ),
    same("models", "--lora-modules --lora-name", VLLM, SGLANG, takes="values"),
    none(
        "--trust-remote-code --tokenizer-trust-remote-code",
        *(VLLM, SGLANG, AIPERF),
        takes="nothing",
        note="no code of a tokenizer's repository is run",
    ),
    read(
        "token_ids",
        "--tokenize-prompt",
        *(EVALSCOPE, SGLANG),
        takes="nothing",
        means="`--api vllm`, which sends token ids, as `--api sglang` does",
    ),
)

_SAMPLING = (
    same("n", "--n-choices", EVALSCOPE),
    fixed("stream", True, "--streaming", AIPERF),
    fixed("stream", False, "--disable-stream", SGLANG),
    fixed("ignore_eos", False, "--disable-ignore-eos", SGLANG),
    body("presence_penalty", "--presence-penalty", VLLM, EVALSCOPE),
    body("min_p", "--min-p", VLLM),
    body("logprobs", "--logprobs", EVALSCOPE, VLLM, takes="perhaps"),
    body("stop_token_ids", "--stop-token-ids", EVALSCOPE, takes="values"),
    same("extra_args", "--extra-body", VLLM),
    same("extra_args", "--extra-request-body", SGLANG),
    same("extra_args", "--extra-inputs", AIPERF, takes="values"),
    none(
        "--use-server-token-count --use-legacy-max-tokens",
        AIPERF,
        takes="nothing",
        note="so it is done anyway",
    ),
)

_OUTPUT_FILES = (
    same("outputs_dir", "--result-dir", VLLM),
    same("outputs_dir", "--output-dir", GUIDELLM),
    same("outputs_dir", "--artifact-dir --output-artifact-dir", AIPERF),
    read(
        "output_path",
        "--output-path",
        GUIDELLM,
        means="`--outputs-dir`: the folder, or that of the file",
    ),
    same("name", "--label", VLLM),
    same("sinks", "--visualizer", EVALSCOPE, takes="values"),
    read(
        "wandb_key",
        "--wandb-api-key",
        EVALSCOPE,
        means="`--sinks wandb`, with this key, which is stored nowhere",
    ),
    read(
        "swanlab_key",
        "--swanlab-api-key",
        EVALSCOPE,
        means="`--sinks swanlab`, with this key, which is stored nowhere",
    ),
    read(
        "dataset_args",
        "--dataset-args",
        EVALSCOPE,
        means="of a load test `speed`, which is `--trace-speed`; the rest has no effect",
    ),
    read(
        "backend_args",
        "--backend-kwargs --backend-args",
        GUIDELLM,
        means="`--api-key` of its `api_key`; the rest has no effect",
    ),
    none(
        "--plot-timeline --plot-dataset-stats",
        VLLM,
        takes="nothing",
        note="the report has the time line, and charts of every load",
    ),
    none("--timeline-itl-thresholds", VLLM, note="the report has the time line"),
    none("--slice-duration", AIPERF, note="the time line has bins of a second or more"),
    fixed("verbose", True, "-v --extra-verbose", AIPERF),
    none("--no-gpu-telemetry", AIPERF, takes="nothing", note="GPUs are not asked"),
    none(
        "--gpu-telemetry",
        AIPERF,
        takes="values",
        note="GPUs are not asked; --metrics-url reads pages of figures, such as DCGM's",
    ),
    none("--export-http-trace --show-trace-timing", AIPERF, takes="nothing", note=_STORED),
    none("--log-every-n-query", EVALSCOPE, note=_LIVE),
    none("--db-commit-interval --queue-size-multiplier", EVALSCOPE, note=_STORED),
    none("--no-timestamp", EVALSCOPE, takes="nothing", note=_STORED),
    none("--enable-progress-tracker", EVALSCOPE, takes="nothing", note=_LIVE),
    none("--in-flight-task-multiplier", EVALSCOPE, note="--parallel and --rate bound what is made"),
    fixed("probe", False, "--no-test-connection", EVALSCOPE),
    none("--debug", EVALSCOPE, takes="nothing", note=_LIVE),
    none("--disable-tqdm", VLLM, SGLANG, takes="nothing", note=_LIVE),
    none(
        "--disable-progress --disable-console --disable-console-outputs",
        GUIDELLM,
        takes="nothing",
        note=_LIVE,
    ),
    none("--display-scheduler-stats", GUIDELLM, takes="nothing", note="every run is audited so"),
    none("--ui --ui-type --log-level", AIPERF, note=_LIVE),
    none("--headless --latency", WEB, takes="nothing", note=_LIVE),
    none("--out --summary-export", WEB, note=_STORED),
    none("--env --tag", WEB, takes="values", note="is of scripts, which are not run"),
    none("--percentile-metrics --metric-percentiles", VLLM, note=_LATENCIES),
    none("--save-result --save-detailed --append-result", VLLM, takes="nothing", note=_STORED),
    none("--output-details", SGLANG, takes="nothing", note=_STORED),
    none("--result-filename", VLLM, note="the figures are summary.json in the run's folder"),
    none("--output-file", SGLANG, note="the figures are summary.json in the run's folder"),
    none(
        "--profile-export-file --profile-export-prefix",
        AIPERF,
        note="the figures are summary.json in the run's folder",
    ),
    none("--outputs", GUIDELLM, takes="values", note=_STORED),
    none("--export-level --sample-requests", AIPERF, GUIDELLM, note=_STORED),
    none("--metadata", VLLM, takes="values", note="not stored; --name names the run"),
)

PERF: tuple[Alias, ...] = (
    *(*_SERVICE, *LOAD, *OBJECTIVES),
    *(*PROMPTS, *CONVERSATIONS, *_SAMPLING, *_OUTPUT_FILES),
)
"""The flags of load testers."""

EVAL: tuple[Alias, ...] = (
    same("url", "--api-url", EVALSCOPE),
    same("parallel", "--eval-batch-size", EVALSCOPE),
    same("outputs_dir", "--work-dir", EVALSCOPE, AISBENCH),
    same("repeats", "--num-return-sequences", EVALSCOPE, AISBENCH),
    same("reuse", "--use-cache", EVALSCOPE),
    none("--eval-type", EVALSCOPE, note="models are asked behind a service, always"),
    read(
        "judge_worker_num",
        "--judge-worker-num",
        EVALSCOPE,
        means="`--judge-parallel` and `--sandbox-workers`",
    ),
    same("judge_args", "--judge-model-args", EVALSCOPE),
    read(
        "sandbox_type",
        "--sandbox-type",
        EVALSCOPE,
        means="`--sandbox`; with a `base_url` it is `remote`",
    ),
    read(
        "sandbox_manager_config",
        "--sandbox-manager-config",
        EVALSCOPE,
        means="`--sandbox remote`, with `base_url` as `--sandbox-url` and `api_key` as "
        "`--sandbox-key`",
    ),
    none(
        "--use-sandbox",
        EVALSCOPE,
        takes="nothing",
        note="programs run in a sandbox always; --sandbox says in which",
    ),
    none(
        "--eval-backend --model-args",
        EVALSCOPE,
        note="not here: models are asked behind a service",
    ),
    same("total_timeout", "--timeout", EVALSCOPE),
    none(
        "--ignore-errors",
        EVALSCOPE,
        takes="nothing",
        note="a request that fails ends no evaluation; what failed is told",
    ),
    none("--chat-template", EVALSCOPE, note="the service renders messages with its own"),
    none("--model-id", EVALSCOPE, note="results name the model as the service does"),
    none("--analysis-report", EVALSCOPE, takes="nothing", note="no model writes about results"),
    none("--no-timestamp", EVALSCOPE, takes="nothing", note=_STORED),
    none("--summarizer", AISBENCH, note="tables are written as always"),
)
"""The flags of evaluators."""

SERVE: tuple[Alias, ...] = (
    same("outputs_dir", "--outputs", EVALSCOPE),
    none(
        "--debug",
        EVALSCOPE,
        takes="nothing",
        note="what goes wrong is in the server's own output, and never in an answer",
    ),
    same("port", "--server-port", EVALSCOPE),
    same("host", "--server-name", EVALSCOPE),
    none("--lang", EVALSCOPE, note="the pages are in English"),
    none("--share", EVALSCOPE, takes="nothing", note="pages are served here only"),
)
"""The flags of servers."""


def settings_of(aliases: tuple[Alias, ...]) -> dict[str, str]:
    """The aliases that are another name of a setting, as settings are written: name and ours."""
    return {
        flag.removeprefix("--").replace("-", "_"): alias.key
        for alias in aliases
        for flag in alias.flags
        if alias.key is not None and alias.constant is None
    }
