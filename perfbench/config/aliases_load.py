"""Flags of other load testers about the load and its limits; see ``aliases``."""

from __future__ import annotations

from perfbench.config.alias import (
    AIPERF,
    EVALSCOPE,
    GUIDELLM,
    SGLANG,
    VLLM,
    WEB,
    none,
    read,
    same,
)

LOAD = (
    same("number", "-n", EVALSCOPE, WEB, takes="values"),
    read(
        "num_prompts",
        "--num-prompts --num-prompt",
        *(VLLM, SGLANG),
        means="`--number`; without a rate and `--max-concurrency` all are sent at once, "
        "as there: `--parallel` is the same number",
    ),
    same("number", "--request-count --num-requests", AIPERF),
    same("number", "--max-requests", GUIDELLM),
    same("number", "--requests --iterations", WEB),
    same("parallel", "--max-concurrency", VLLM, SGLANG),
    same("parallel", "--concurrency", AIPERF, takes="values"),
    same("parallel", "--users --vus --connections -c", WEB, takes="values"),
    read(
        "request_rate",
        "--request-rate",
        *(VLLM, SGLANG, AIPERF),
        takes="values",
        means="`--rate`; `inf` is none: a closed loop of `--max-concurrency`",
    ),
    read(
        "profile",
        "--profile --rate-type",
        GUIDELLM,
        takes="perhaps",
        means="which load `--rate` is: of `constant` and `poisson` it is `--rate`, of `concurrent` "
        "and `throughput` (512 where it is left out) `--parallel`; `synchronous` is `--parallel "
        "1`; `sweep` goes through as many loads, doubling from 1 in flight",
    ),
    none("--open-loop", EVALSCOPE, takes="nothing", note="--rate is always an open loop here"),
    same("arrival", "--arrival-pattern --request-rate-mode", AIPERF),
    same("burstiness", "--arrival-smoothness --vllm-burstiness", AIPERF),
    same("duration", "--benchmark-duration", AIPERF),
    same("duration", "--max-seconds", GUIDELLM),
    same("duration", "--run-time -z -d", WEB),
    same("grace", "--benchmark-grace-period", AIPERF),
    same("warmup", "--warmup-num", EVALSCOPE),
    same("warmup", "--num-warmups", VLLM),
    same("warmup", "--warmup-requests", SGLANG),
    same("warmup", "--warmup-request-count --num-warmup-requests", AIPERF),
    same("warmup", "--warmup-percent", GUIDELLM),
    same("seed", "--random-seed", GUIDELLM, AIPERF),
    same("workers", "--workers-max --max-workers", AIPERF),
    read(
        "ramp_strategy",
        "--ramp-up-strategy",
        VLLM,
        means="with `--ramp-up-start-rps` and `--ramp-up-end-rps`: there the rate climbs with each "
        "request, which over time is `--ramp-law exponential` for `linear`, and `--stages` for "
        "`exponential`",
    ),
    read("ramp_start", "--ramp-up-start-rps", VLLM, means="see `--ramp-up-strategy`"),
    read("ramp_end", "--ramp-up-end-rps", VLLM, means="see `--ramp-up-strategy`"),
    same("ramp", "--concurrency-ramp-duration --request-rate-ramp-duration", AIPERF),
    same("ramp", "--rampup", GUIDELLM),
    same("cooldown", "--cooldown-percent", GUIDELLM),
    same("pause", "--sleep-interval", EVALSCOPE),
    same("pause", "--profile-run-cooldown-seconds", AIPERF),
    same("repeat", "--num-profile-runs", AIPERF),
    read(
        "vus_stages",
        "--stage",
        WEB,
        takes="values",
        means="`--stages-of parallel --stages`: `30s:10` climbs to 10 users within 30 s, from what "
        "was before it (`--vus`, or 1)",
    ),
    read(
        "spawn_rate",
        "--spawn-rate",
        WEB,
        means="`--ramp`: as long as it takes to start all `--users`",
    ),
    none(
        "--http-method --http-body --http-type",
        WEB,
        note="requests are those of --api, made of --dataset or --prompt",
    ),
    none("--threads -t", WEB, note="--workers are the processes"),
    none(
        "--script --locustfile -s -f",
        WEB,
        note="scripts are not run: --dataset or --prompt says what is sent, --vus, "
        "--duration and --stage how much",
    ),
)

OBJECTIVES = (
    same(
        "goodput",
        "--goodput",
        *(VLLM, AIPERF),
        takes="values",
        means="`--goodput`; AIPerf's `time_to_first_token`, `inter_token_latency` and "
        "`request_latency` are `ttft`, `tpot` and `e2e`",
    ),
    read(
        "sla_auto_tune",
        "--sla-auto-tune",
        EVALSCOPE,
        takes="perhaps",
        means="`--search`, of what `--sla-variable` says (`parallel`)",
    ),
    read("sla_variable", "--sla-variable", EVALSCOPE, means="the value of `--search`"),
    read(
        "sla_params",
        "--sla-params",
        EVALSCOPE,
        means="`--slo`: `p99_ttft: <=2` (seconds) is `ttft_ms.p99<=2000`",
    ),
    read("sla_lower", "--sla-lower-bound", EVALSCOPE, means="`--search-min`"),
    read("sla_upper", "--sla-upper-bound", EVALSCOPE, means="`--search-max`"),
    read("sla_parallel", "--sla-fixed-parallel", EVALSCOPE, means="`--parallel`, a cap"),
    none(
        "--sla-num-runs --sla-number-multiplier",
        EVALSCOPE,
        note="a trial is as long as its certainty takes (--search-confidence); none is repeated",
    ),
    read(
        "max_error_rate",
        "--max-error-rate --max-global-error-rate",
        GUIDELLM,
        means='`--abort-if "error_rate>X"`',
    ),
    read("max_errors", "--max-errors", GUIDELLM, means='`--abort-if "failed>N"`'),
)
