"""Command lines of other tools, pasted after perfbench: what their authors meant."""

from __future__ import annotations

import json
import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench import cli
from perfbench.commands.command import TOOL, said
from perfbench.config import PerfConfig, load_config, load_settings, public
from perfbench.config.alias import PROGRAMS, TOOLS, Alias
from perfbench.config.aliases import EVAL, PERF, SERVE
from perfbench.config.evaluation import EvalConfig
from perfbench.config.habits import Translation, translated
from perfbench.config.server import ServerConfig
from perfbench.errors import ConfigError
from perfbench.options import PASTED
from perfbench.perf.points import plan_points

LENGTHS_512 = {
    "dataset": "random",
    "length_of": "content",
    "min_prompt_length": 512,
    "max_prompt_length": 512,
}

LINES: list[tuple[str, dict[str, Any]]] = [
    # EvalScope: docs/en/user_guides/stress_test/multi_turn.md.
    (
        "evalscope perf --model M --url http://h:1/v1/chat/completions --api openai --number 20 "
        "--dataset random_multi_turn --multi-turn --min-turns 2 --max-turns 5 --parallel 10 "
        "--max-tokens 256",
        {
            "url": "http://h:1/v1/chat/completions",
            "api": "openai",
            "model": "M",
            "dataset": "random_multi_turn",
            "conversations": [20],
            "parallel": [10],
            "min_turns": 2,
            "max_turns": 5,
            "max_tokens": [256],
        },
    ),
    # AIPerf: docs/tutorials/multi-turn.md, request-cancellation.md.
    (
        "aiperf profile -m M --url http://h:1 --endpoint-type chat --streaming "
        "--conversation-num 50 --conversation-turn-mean 5 --conversation-turn-delay-mean 1500 "
        "--conversation-turn-delay-stddev 1500 --isl 100 --osl 50 --concurrency 4 "
        "--request-cancellation-rate 10 --request-cancellation-delay 0.5",
        {
            "url": "http://h:1",
            "api": "openai",
            "model": "M",
            "stream": True,
            "dataset": "random_multi_turn",
            "length_of": "content",
            "min_prompt_length": 100,
            "max_prompt_length": 100,
            "max_tokens": [50],
            "conversations": [50],
            "parallel": [4],
            "min_turns": 5,
            "max_turns": 5,
            "think_time": "lognormal:1.5:0.8326",
            "cancel_rate": 0.1,
            "cancel_after": "0.5",
        },
    ),
    # vLLM: docs/benchmarking/cli.md and its neighbours.
    (
        "vllm bench serve --backend vllm --model M --endpoint /v1/completions "
        "--dataset-name sharegpt --dataset-path F.json --num-prompts 10",
        {
            "url": "http://127.0.0.1:8000",
            "api": "vllm",
            "model": "M",
            "dataset": "sharegpt",
            "dataset_path": "F.json",
            "number": [10],
            "parallel": [10],
        },
    ),
    (
        "vllm bench serve --port 9001 --save-result --save-detailed --backend vllm --model M "
        "--endpoint /v1/completions --dataset-name custom --dataset-path D.jsonl "
        "--skip-chat-template --num-prompts 80 --max-concurrency 1 --temperature=0.3 --top-p=0.75 "
        "--result-dir ./log/",
        {
            "url": "http://127.0.0.1:9001",
            "api": "vllm",
            "model": "M",
            "dataset": "openqa",
            "dataset_path": "D.jsonl",
            "number": [80],
            "parallel": [1],
            "temperature": 0.3,
            "top_p": 0.75,
            "outputs_dir": "log",
        },
    ),
    (
        "bench serve --backend openai-chat --endpoint /v1/chat/completions --host H --port 81 "
        "--dataset-name random --random-input-len 512 --random-output-len 128 --num-prompts 200 "
        "--max-concurrency 16 --request-rate inf --burstiness 1",
        {
            "url": "http://H:81",
            "api": "openai",
            **LENGTHS_512,
            "max_tokens": [128],
            "ignore_eos": True,
            "number": [200],
            "parallel": [16],
        },
    ),
    (
        "--backend openai --base-url http://h:1 --random-input-len 512 --random-output-len 100 "
        "--random-range-ratio 0.25 --num_prompts 2k --request-rate 5 --min-p 0.1 --presence-penalty"
        " 1 --percentile-metrics ttft,tpot --metric-percentiles 50,99 --goodput ttft:200 tpot:50",
        {
            "url": "http://h:1",
            "api": "completions",
            "dataset": "random",
            "length_of": "content",
            "min_prompt_length": 384,
            "max_prompt_length": 640,
            "max_tokens": [75, 125],
            "ignore_eos": True,
            "number": [2000],
            "rate": [5.0],
            "extra_args": {"min_p": 0.1, "presence_penalty": 1},
            "goodput": {"ttft": 200.0, "tpot": 50.0},
        },
    ),
    (
        "vllm bench serve",
        {
            "url": "http://127.0.0.1:8000",
            "api": "completions",
            "dataset": "random",
            "length_of": "content",
            "min_prompt_length": 1024,
            "max_prompt_length": 1024,
            "max_tokens": [128],
            "ignore_eos": True,
            "number": [1000],
            "parallel": [1000],
        },
    ),
    # EvalScope: docs/en/user_guides/stress_test/sla_auto_tune.md; its limits are seconds.
    (
        "evalscope perf --url http://h:1/v1/chat/completions --sla-auto-tune --sla-variable rate "
        """--sla-params '[{"p99_ttft": "<=0.05", "avg_tpot": "<0.01"}]' --sla-fixed-parallel 64 """
        "--sla-lower-bound 2 --sla-upper-bound 90",
        {
            "url": "http://h:1/v1/chat/completions",
            "api": "openai",
            "search": "rate",
            "slo": ["ttft_ms.p99<=50 and tpot_ms.mean<10"],
            "search_min": 2.0,
            "search_max": 90.0,
            "parallel": [64],
        },
    ),
    (
        "-c 4 --goodput 'time_to_first_token:100 inter_token_latency:3.40'",
        {"parallel": [4], "goodput": {"ttft": 100.0, "tpot": 3.4}},
    ),
    (
        "guidellm benchmark --target http://h:1 --rate-type concurrent --rate 4 "
        "--max-error-rate 0.1",
        {"url": "http://h:1", "parallel": [4], "abort_if": ["error_rate>0.1"]},
    ),
    # SGLang: docs/developer_guide/bench_serving.md.
    (
        "python3 -m sglang.bench_serving --backend sglang --dataset-name random --num-prompts 3000 "
        "--random-input 1024 --random-output 1024 --random-range-ratio 0.5",
        {
            "url": "http://127.0.0.1:30000",
            "api": "sglang",
            "dataset": "random",
            "length_of": "content",
            "min_prompt_length": 512,
            "max_prompt_length": 1024,
            "max_tokens": [512, 1024],
            "ignore_eos": True,
            "number": [3000],
            "parallel": [3000],
        },
    ),
    (
        "--backend vllm-chat --base-url http://127.0.0.1:8000 --dataset-name random "
        "--random-range-ratio 1.0 --num-prompts 500 --max-concurrency 64 --apply-chat-template "
        "--warmup-requests 1 --output-file out.jsonl --output-details",
        {
            "url": "http://127.0.0.1:8000",
            "api": "openai",
            "dataset": "random",
            "length_of": "content",
            "min_prompt_length": 1024,
            "max_prompt_length": 1024,
            "max_tokens": [128],
            "ignore_eos": True,
            "number": [500],
            "parallel": [64],
            "warmup": 1.0,
        },
    ),
    # GuideLLM: README and docs/getting-started/benchmark.md.
    (
        'guidellm benchmark --target "http://localhost:8000" --profile sweep --max-seconds 30 '
        '--data "prompt_tokens=256,output_tokens=128"',
        {
            "url": "http://localhost:8000",
            "dataset": "random",
            "length_of": "content",
            "min_prompt_length": 256,
            "max_prompt_length": 256,
            "max_tokens": [128],
            "ignore_eos": True,
            "parallel": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
            "duration": 30.0,
        },
    ),
    (
        '--target http://localhost:8000 --data "prompt_tokens=256,output_tokens=128" '
        "--rate-type constant --rate 10 --max-seconds 20s --output-path out/b.json",
        {
            "url": "http://localhost:8000",
            "dataset": "random",
            "length_of": "content",
            "min_prompt_length": 256,
            "max_prompt_length": 256,
            "max_tokens": [128],
            "ignore_eos": True,
            "rate": [10.0],
            "arrival": "constant",
            "duration": 20.0,
            "outputs_dir": "out",
        },
    ),
    (
        "benchmark run --target http://localhost:8000 --profile concurrent --rate 10,20 "
        "--max-requests 1000 --request-type text_completions --processor T --data "
        '\'{"prompt_tokens": 100, "prompt_tokens_stdev": 10, "output_tokens": 50}\'',
        {
            "url": "http://localhost:8000",
            "api": "completions",
            "tokenizer_path": "T",
            "dataset": "random",
            "length_of": "content",
            "input_lengths": "normal:mean=100,std=10",
            "max_tokens": [50],
            "ignore_eos": True,
            "parallel": [10, 20],
            "number": [1000],
        },
    ),
    (
        "--target h:1 --data rows.jsonl --profile poisson --rate 5 --max-seconds 1m "
        "--random-seed 4",
        {
            "url": "http://h:1",
            "dataset": "openqa",
            "dataset_path": "rows.jsonl",
            "rate": [5.0],
            "arrival": "poisson",
            "duration": 60.0,
            "seed": 4,
        },
    ),
    ("--target h:1 --profile synchronous", {"url": "http://h:1", "parallel": [1]}),
    ("--target h:1 --profile throughput", {"url": "http://h:1", "parallel": [512]}),
    # AIPerf: aiperf profile --help, and TensorRT-LLM's script.
    (
        "aiperf profile --model Qwen/Qwen3-0.6B --url localhost:8000 --endpoint-type chat "
        "--streaming",
        {
            "url": "http://localhost:8000",
            "model": "Qwen/Qwen3-0.6B",
            "api": "openai",
            "stream": True,
            "dataset": "random",
            "length_of": "content",
            "min_prompt_length": 550,
            "max_prompt_length": 550,
            "number": [10],
        },
    ),
    (
        "--endpoint-type chat -u a -u b --url-strategy round_robin",
        {"url": ["http://a", "http://b"], "api": "openai", "url_strategy": "round_robin"},
    ),
    (
        "profile -m M --tokenizer T --endpoint-type chat --random-seed 123 "
        "--synthetic-input-tokens-mean 128 --synthetic-input-tokens-stddev 0 "
        "--output-tokens-mean 128 --output-tokens-stddev 0 --request-count 100 --request-rate 10 "
        "--profile-export-file my_profile_export.json --url localhost:8000 --streaming",
        {
            "url": "http://localhost:8000",
            "model": "M",
            "api": "openai",
            "tokenizer_path": "T",
            "seed": 123,
            "stream": True,
            "dataset": "random",
            "length_of": "content",
            "min_prompt_length": 128,
            "max_prompt_length": 128,
            "max_tokens": [128],
            "number": [100],
            "rate": [10.0],
        },
    ),
    (
        "--model M -u localhost:8000 --concurrency 10 --warmup-request-count 5 --isl 100 "
        "--isl-stddev 10 --extra-inputs ignore_eos:true min_tokens:12 --benchmark-duration 300 "
        "--benchmark-grace-period 30 --request-timeout-seconds 60 -H X-A:1",
        {
            "url": "http://localhost:8000",
            "model": "M",
            "parallel": [10],
            "warmup": 5.0,
            "dataset": "random",
            "length_of": "content",
            "input_lengths": "normal:mean=100,std=10",
            "extra_args": {"ignore_eos": True, "min_tokens": 12},
            "duration": 300.0,
            "grace": 30.0,
            "total_timeout": 60.0,
            "headers": {"X-A": "***"},
        },
    ),
    (
        "vllm bench serve --dataset-name prefix_repetition --prefix-repetition-prefix-len 512 "
        "--prefix-repetition-suffix-len 128 --prefix-repetition-num-prefixes 5 "
        "--prefix-repetition-output-len 64 --num-prompts 100 --request-rate 5",
        {
            "url": "http://127.0.0.1:8000",
            "api": "completions",
            "dataset": "random",
            "length_of": "content",
            "prefix_length": 512,
            "input_lengths": "128",
            "prefixes": 5,
            "max_tokens": [64],
            "ignore_eos": True,
            "number": [100],
            "rate": [5.0],
        },
    ),
    (
        "vllm bench serve --backend openai-chat --dataset-name hf --dataset-path openai/gsm8k "
        "--hf-subset main --hf-split test --num-prompts 10 --request-rate 5",
        {
            "url": "http://127.0.0.1:8000",
            "api": "openai",
            "dataset": "hf:openai/gsm8k:main:test",
            "number": [10],
            "rate": [5.0],
        },
    ),
    # EvalScope: docs/en/user_guides/stress_test.
    (
        "evalscope perf --parallel 2 --number 4 --url http://h:1/v1/chat/completions "
        "--dataset random_vl --image-width 320 --image-height 240 --image-num 2 "
        "--min-prompt-length 10 --max-prompt-length 10",
        {
            "url": "http://h:1/v1/chat/completions",
            "api": "openai",
            "parallel": [2],
            "number": [4],
            "dataset": "random_vl",
            "image_size": "320x240",
            "images": 2,
            "min_prompt_length": 10,
            "max_prompt_length": 10,
        },
    ),
    (
        "evalscope perf --url http://127.0.0.1:8801/v1/chat/completions --parallel 1 10 50 "
        "--model qwen2.5 --number 10 20 50 --api openai --dataset openqa --stream --rate -1 "
        "--log-every-n-query 10 --connect-timeout 120 --read-timeout 120 --debug --no-timestamp",
        {
            "url": "http://127.0.0.1:8801/v1/chat/completions",
            "parallel": [1, 10, 50],
            "number": [10, 20, 50],
            "model": "qwen2.5",
            "api": "openai",
            "dataset": "openqa",
            "stream": True,
            "connect_timeout": 120.0,
            "read_timeout": 120.0,
        },
    ),
    (
        "--url http://127.0.0.1:8801/v1/completions -n 20 --rate 5 --open-loop --n-choices 2 "
        "--warmup-num 0.1 --logprobs --stop-token-ids 1 2 --attn-implementation eager "
        "--tokenizer-path T --tokenize-prompt --dataset random --min-prompt-length 1k "
        "--max-prompt-length 1k --extra-args '{\"ignore_eos\": true}'",
        {
            "url": "http://127.0.0.1:8801/v1/completions",
            "api": "vllm",
            "number": [20],
            "rate": [5.0],
            "n": 2,
            "warmup": 0.1,
            "tokenizer_path": "T",
            "dataset": "random",
            "min_prompt_length": 1000,
            "max_prompt_length": 1000,
            "extra_args": {"ignore_eos": True, "logprobs": True, "stop_token_ids": [1, 2]},
        },
    ),
    (
        "--url http://127.0.0.1:8801/v1/completions --visualizer swanlab",
        {
            "url": "http://127.0.0.1:8801/v1/completions",
            "api": "completions",
            "sinks": ["swanlab"],
        },
    ),
    (
        "evalscope perf --url http://h --model qwen2.5 --number 20 --parallel 2 --dataset openqa "
        '--query-template \'{"model": "%m", "messages": [{"role": "user", "content": "%p"}], '
        '"stream": true, "skip_special_tokens": false, "stop": ["<|im_end|>"], "temperature": 0.7, '
        '"max_tokens": 1024}\'',
        {
            **{"url": "http://h", "model": "qwen2.5", "number": [20], "parallel": [2]},
            **{"dataset": "openqa", "stream": True, "stop": ["<|im_end|>"], "temperature": 0.7},
            **{"max_tokens": [1024], "extra_args": {"skip_special_tokens": False}},
        },
    ),
    (
        "guidellm benchmark --target http://h --images-per-request 3 --profile constant --rate 5",
        {
            **{"url": "http://h", "images": 3, "dataset": "random_vl"},
            **{"rate": [5.0], "arrival": "constant"},
        },
    ),
    (
        "aiperf profile --model m --url h:1 --endpoint-type chat --image-batch-size 2 "
        "--image-width-mean 512 --image-height-mean 256 --isl 20 --concurrency 4 --request-count 9",
        {
            **{"url": "http://h:1", "model": "m", "api": "openai", "dataset": "random_vl"},
            **{"images": 2, "image_size": "512x256", "min_prompt_length": 20},
            **{"max_prompt_length": 20, "length_of": "content", "parallel": [4], "number": [9]},
        },
    ),
    (
        "python3 -m sglang.bench_serving --backend sglang-oai-chat --dataset-name image "
        "--num-prompts 500 --image-count 3 --image-resolution 512x768 --image-content blank "
        "--random-input-len 512 --random-output-len 512 --max-concurrency 8 --base-url http://h",
        {
            **{"url": "http://h", "api": "openai", "dataset": "random_vl", "images": 3},
            **{"image_size": "768x512", "number": [500], "parallel": [8], "ignore_eos": True},
            **{"min_prompt_length": 1, "max_prompt_length": 512, "max_tokens": [1, 512]},
            **{"length_of": "content"},
        },
    ),
    (
        "python3 -m sglang.bench_serving --backend sglang --base-url http://h --num-prompts 9 "
        "--max-concurrency 3 --model m --dataset-name random --tokenize-prompt --flush-cache",
        {
            **{"url": "http://h", "api": "sglang", "model": "m", "number": [9], "parallel": [3]},
            **{"dataset": "random", "ignore_eos": True, "max_tokens": [1, 128]},
            **{"length_of": "content", "min_prompt_length": 1, "max_prompt_length": 1024},
        },
    ),
    # Web load testers.
    ("k6 run --vus 10 --duration 30s", {"parallel": [10], "duration": 30.0}),
    ("k6 run --vus 10 --duration 30s script.js", {"parallel": [10], "duration": 30.0}),
    ("run script.js --vus 10 --iterations 30", {"parallel": [10], "number": [30]}),
    (
        "hey -n 200 -c 50 http://h:8000",
        {"number": [200], "parallel": [50], "url": "http://h:8000"},
    ),
    (
        "wrk -t2 -c10 -d30s -s post.lua --latency http://h:8000",
        {"parallel": [10], "duration": 30.0, "url": "http://h:8000"},
    ),
    (
        "locust -f locustfile.py --headless -u 10 --host https://h",
        {"url": "https://h", "parallel": [10]},
    ),
    ("-n 200 -c 50", {"number": [200], "parallel": [50]}),
    ("-c 400 -d 30s --latency", {"parallel": [400], "duration": 30.0}),
    (
        "locust --headless --users 10 --spawn-rate 1 --run-time 1m30s --host https://h",
        {"url": "https://h", "parallel": [10], "duration": 90.0, "ramp": 10.0},
    ),
    (
        "k6 run --stage 30s:10,1m:50 --stage 10s:0",
        {"stages": ["30s@1..10", "1m@10..50", "10s@50..0"], "stages_of": "parallel"},
    ),
    (
        "-u h --request-rate 50 --request-rate-ramp-duration 30 --request-count 9",
        {"url": "http://h", "rate": [50.0], "ramp": 30.0, "number": [9]},
    ),
    (
        "guidellm benchmark --target http://h --rate-type constant --rate 5 --max-seconds 60 "
        "--rampup 10",
        {
            "url": "http://h",
            "rate": [5.0],
            "arrival": "constant",
            "duration": 60.0,
            "ramp": 10.0,
        },
    ),
]
"""Command lines as the tools' documentation has them, and the settings that they mean."""


def read(line: str) -> tuple[str, Translation]:
    """Our command, and what the command line says."""
    name, rest, tool = cli._command(shlex.split(line))
    flags = cli.COMMANDS[name].parser().flags(rest)
    return name, said({**flags, TOOL: tool} if tool else flags)


def settings(line: str) -> PerfConfig:
    name, found = read(line)
    assert name == "perf"
    return load_config(found.settings, None, {}, found.implied, found.flags)


@pytest.mark.parametrize(
    ("line", "api"),
    [
        ("--url http://h/v1/messages", "anthropic"),
        ("--url http://h/v1/chat/completions", "openai"),
        ("--url http://h/v1/completions", "completions"),
        ("--url http://h/v1/embeddings --api openai", "openai"),
        ("--url http://h", "openai"),
        ("--backend openai-embeddings --base-url http://h --endpoint /v1/embeddings", "embeddings"),
        ("--backend vllm-rerank --base-url http://h --endpoint /v1/rerank", "rerank"),
        ("aiperf profile --url h --endpoint-type responses -m M", "responses"),
    ],
)
def test_a_full_path_or_a_kind_of_endpoint_says_the_api(line: str, api: str) -> None:
    assert settings(line).api == api


def test_vectors_are_not_asked_to_be_of_a_length() -> None:
    line = "--backend openai-embeddings --model M --dataset-name random --random-input-len 9"
    config = settings(line)
    assert not config.asks("max_tokens")
    assert not config.asks("ignore_eos")
    assert config.max_prompt_length == 9


def refusal(line: str) -> str:
    with pytest.raises(cli.PerfbenchError) as caught:
        settings(line)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("line", "wanted"), LINES, ids=[line[:70] for line, _ in LINES])
def test_a_pasted_command_line_does_what_its_author_meant(
    line: str, wanted: dict[str, Any]
) -> None:
    config = settings(line)
    shown = public(config)
    assert {key: shown[key] for key in config.model_fields_set} == wanted
    assert plan_points(config)


VLLM_RAMP = "vllm bench serve --num-prompts 600 --ramp-up-start-rps 2 --ramp-up-end-rps 20 "


@pytest.mark.parametrize("strategy", ["linear", "exponential"])
def test_a_ramp_of_vllm_has_its_rate_at_each_request(strategy: str) -> None:
    """There request i of n has the rate at i/n of the way from the first to the last."""
    config = settings(f"{VLLM_RAMP} --ramp-up-strategy {strategy}")
    assert config.parallel is None
    (point,) = plan_points(config)
    assert point.number == 600
    profile = point.profile
    assert profile.amount(profile.begins[-1]) == pytest.approx(600, rel=1e-6)
    for share in (0.05, 0.1, 0.5, 0.83, 0.99):
        level = profile.level(profile.when(share * 600) or 0.0)
        wanted = 2 + 18 * share if strategy == "linear" else 2 * 10**share
        assert level == pytest.approx(wanted, rel=1e-6 if strategy == "linear" else 0.01)


def test_the_words_of_a_tool_may_be_left_out() -> None:
    """Then only its defaults are missing, where nothing else says them."""
    with_words = LINES[0][0]
    assert settings(with_words.removeprefix("vllm bench serve ")) == settings(with_words)


def test_pasted_lines_with_endless_prompts_say_lengths_of_their_own(tmp_path: Path) -> None:
    """A model that is a folder with a tokenizer brings it along, as in vLLM."""
    (tmp_path / "tokenizer_config.json").write_text("{}")
    line = f"--backend vllm --model {tmp_path} --random-input-len 5 --num-prompts 3"
    assert settings(line).tokenizer_path == str(tmp_path)
    served = settings(f"{line} --served-model-name m")
    assert (served.model, served.tokenizer_path) == ("m", str(tmp_path))
    assert settings(f"{line} --tokenizer other").tokenizer_path == "other"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--log-every-n-query 10 --debug", "--log-every-n-query, --debug: figures are shown live"),
        (
            '--sla-auto-tune --sla-params \'[{"p99_ttft":"<=2"}]\' --parallel 2 --number 9',
            "--parallel, --number: the search says itself how much load there is",
        ),
        ("--sla-upper-bound 7", "--sla-upper-bound has no effect"),
        ("--sla-num-runs 3", "a trial is as long as its certainty takes"),
        ("--host h --num-prompts 7", "all 7 requests are in flight at once"),
        ("--backend vllm", "without --url the service at http://127.0.0.1:8000 is measured"),
        ("--profile", "the service's profiler is not started"),
        ("--dataset-name sharegpt --random-range-ratio 0.5", "--random-range-ratio has no effect"),
        ("--data prompt_tokens=5,samples=9", "--data: samples has no effect here"),
        ("--rate -1 --arrival gamma", "--arrival: without a rate"),
        ("aiperf profile --url h", "answers are streamed"),
    ],
)
def test_what_is_not_quite_the_same_is_told(
    line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(line)
    told = capsys.readouterr().err
    assert words in told
    assert all(note.startswith("note: ") for note in told.splitlines())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--num-prompts 5 --number 6", "--number and --num-prompts are the same setting"),
        ("--parallel 5 --concurrency 6", "--parallel and --concurrency are the same setting"),
        ("--host a --base-url http://b", "--base-url and --host are the same setting"),
        ("--isl 5 --max-prompt-length 6", "--max-prompt-length and --isl are the same setting"),
        ("--backend tgi", "--backend tgi is not known here; known: "),
        ("--endpoint /generate", "--endpoint /generate: perfbench asks /v1/chat/completions, "),
        ("--backend vllm --endpoint /v1/chat/completions", "is not where --backend (vllm) goes"),
        ("--dataset-name sonnet", "--dataset-name sonnet: known are random, sharegpt, mooncake"),
        ("--profile constant --target h", "--profile constant needs --rate"),
        ("--profile quick --target h", "--profile quick: known are constant, poisson"),
        ("--profile sweep --rate 1.5", "--profile sweep: --rate is the number of loads, 1 to 20"),
        ("--random-input-len many", "--random-input-len: 'many' is not a number"),
        ("--random-input-len 9 --random-range-ratio 5", "5: a share of the length, from 0 to 1"),
        ("--random-input-len -5", "--random-input-len: must be 0 or more (got '-5')"),
        ("--data prompt_tokens", "--data: expected key=value or a JSON object"),
        ("--extra-body {", "--extra-body: not valid JSON"),
        ("--visualizer aim", "--visualizer: no sink is called 'aim'"),
        ("--request-count 0", "--request-count: must be 1 or more"),
        ("--ramp-up-strategy linear --ramp-up-end-rps 5", "give all three"),
        (
            "--ramp-up-strategy linear --ramp-up-start-rps 0 --ramp-up-end-rps 5",
            "--ramp-up-start-rps must be above 0",
        ),
        (
            "--ramp-up-strategy cubic --ramp-up-start-rps 1 --ramp-up-end-rps 5",
            "known are linear and exponential",
        ),
        ("--ramp-up-strategy linear --ramp-up-start-rps a --ramp-up-end-rps 5", "a: not a number"),
        ("--stage :5", "--stage: '@1..5' is no stage"),
        ("--users 5 --spawn-rate 0", "--spawn-rate 0: users per second, above 0"),
    ],
)
def test_what_cannot_be_meant_is_one_line(line: str, words: str) -> None:
    assert words in refusal(line)


def test_two_names_with_one_value_agree() -> None:
    assert settings("--num-prompts 5 --number 5 --parallel 1,2 --concurrency 1 2").number == [5]


def test_a_pasted_trace_keeps_its_own_times() -> None:
    config = settings(
        "python3 -m sglang.bench_serving --backend sglang-oai-chat --dataset-name mooncake "
        "--dataset-path T.jsonl --mooncake-slowdown-factor 0.5 --num-prompts 50"
    )
    assert (config.dataset, config.trace_speed, config.number) == ("mooncake", [2.0], [50])
    assert config.parallel is None


def test_shared_prefixes_of_sglang_are_prefixes() -> None:
    config = settings(
        "python3 -m sglang.bench_serving --dataset-name generated-shared-prefix "
        "--gsp-num-groups 4 --gsp-prompts-per-group 16 --gsp-system-prompt-len 2048 "
        "--gsp-question-len 128 --gsp-output-len 256"
    )
    assert (config.dataset, config.number, config.prefixes) == ("random", [64], 4)
    assert (config.prefix_length, config.input_lengths) == (2048, "128")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("k6 run -u 5 -s 1s:5 x.js --url U", {"stages": ["1s@5..5"], "stages_of": "parallel"}),
        (
            "k6 run -u 0 -s 1s:5 -s 2s -s 1s:0 --url U",
            {"stages": ["1s@0..5", "2s@5..5", "1s@5..0"]},
        ),
        ("run -u 5 -s 1s:7 x.js --url U", {"stages": ["1s@5..7"], "stages_of": "parallel"}),
        ("k6 run -u 5 -i 10 x.js --url U", {"parallel": [5], "number": [10]}),
        ("k6 run -u 5 -d 3s x.js --url U", {"parallel": [5], "duration": 3}),
        ("locust -u 5 -t 2s --host http://h", {"parallel": [5], "duration": 2}),
        ("locust -f x.py -u 6 -r 3 -t 9s -H http://h", {"parallel": [6], "ramp": 2}),
        ("wrk -t 2 -c 5 -d 3s http://h", {"parallel": [5], "duration": 3}),
        ("evalscope perf --url http://h/v1/completions --api openai", {"api": "completions"}),
        ("evalscope perf --url http://h --api openai", {"api": "openai"}),
        ("--url http://h --api openai_embedding", {"api": "embeddings"}),
        ("evalscope perf --url http://h --api openai_rerank", {"api": "rerank"}),
        (
            """evalscope perf --dataset mooncake --dataset-path f --dataset-args '{"speed": 2}'""",
            {"trace_speed": [2.0]},
        ),
        (
            "guidellm benchmark --target http://h --data own-er/Na-me",
            {"dataset": "hf:own-er/Na-me"},
        ),
        ("guidellm benchmark --target http://h --data own/file.jsonl", {"dataset": "openqa"}),
        (
            """guidellm benchmark --target http://h --backend-kwargs '{"api_key": "k"}'""",
            {"target_key": "k"},
        ),
        ("vllm bench serve --dataset-name burstgpt --dataset-path f", {"dataset": "burstgpt"}),
        ("aiperf profile --url U -v", {"verbose": True}),
    ],
)
def test_short_flags_and_values_of_a_tool_are_its_own(line: str, wanted: dict[str, Any]) -> None:
    config = settings(line.replace(" U", " http://h"))
    key = config.api_key.get_secret_value() if config.api_key else None
    assert {
        each: key if each == "target_key" else getattr(config, each) for each in wanted
    } == wanted


def test_swanlab_without_an_account_is_offline() -> None:
    found = read("evalscope perf --url http://h --visualizer swanlab --swanlab-api-key local")[1]
    assert (found.settings["sink_mode"], found.environment) == ("offline", {})


def test_lengths_of_prompts_by_our_own_flag_imply_nothing() -> None:
    config = settings("--dataset random --input-lengths 120 --tokenizer-path t")
    assert (config.length_of, config.ignore_eos) == ("request", False)


@pytest.mark.parametrize("flag", ["--rate inf", "--request-rate inf", "--rate -1"])
def test_no_rate_and_nothing_in_flight_is_told(flag: str) -> None:
    told = f"{flag.split()[0]}: no rate is a closed loop, here of one request at a time"
    assert any(note.startswith(told) for note in read(flag)[1].notes)
    for bounded in ("--parallel 3", "--max-concurrency 3", "--backend vllm --num-prompts 3"):
        assert not any("one request" in note for note in read(f"{flag} {bounded}")[1].notes)


def test_what_a_tool_implies_gives_way_to_all_that_is_given(tmp_path: Path) -> None:
    found = read("--backend vllm --random-input-len 5 --num-prompts 3")[1]
    assert load_config(found.settings, None, {}, found.implied).url == "http://127.0.0.1:8000"
    file = tmp_path / "s.yaml"
    file.write_text("url: http://filed\nparallel: 2\n")
    variables = {"PERFBENCH_IGNORE_EOS": "false", "PERFBENCH_PARALLEL": "4"}
    config = load_config(found.settings, file, variables, found.implied)
    assert (config.url, config.parallel, config.ignore_eos) == ("http://filed", [4], False)


def test_keys_of_trackers_are_for_the_trackers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("WANDB_API_KEY", "SWANLAB_API_KEY"):
        monkeypatch.setenv(name, "before")
    keys = ("wandb-key-0123456789", "swan-key-9876543210")
    config = settings(f"--wandb-api-key {keys[0]} --swanlab-api-key {keys[1]}")
    assert config.sinks == ["wandb", "swanlab"]
    assert (os.environ["WANDB_API_KEY"], os.environ["SWANLAB_API_KEY"]) == keys
    assert config.api_key is None
    shown = json.dumps(public(config)) + capsys.readouterr().err
    assert not any(key in shown for key in keys)
    assert settings(f"--visualizer wandb --wandb-api-key {keys[0]}").sinks == ["wandb"]


def test_evaluations_know_the_flags_of_evaluators(capsys: pytest.CaptureFixture[str]) -> None:
    name, found = read(
        "evalscope eval --model qwen2.5 --eval-type openai_api --api-url http://127.0.0.1:8801/v1 "
        "--api-key EMPTY --datasets gsm8k --limit 10"
    )
    config = load_settings(EvalConfig, found.settings, None, {}, found.implied)
    assert name == "eval"
    assert (config.url, config.datasets, config.limit) == (
        "http://127.0.0.1:8801/v1",
        ["gsm8k"],
        10,
    )
    assert "--eval-type: models are asked behind a service" in capsys.readouterr().err


def test_names_of_aisbench_for_models_say_an_api_and_whether_answers_stream() -> None:
    line = "ais_bench --models vllm_api_general vllm_api_stream_chat --datasets gsm8k --limit 2"
    for url in ("", " --url http://h:1"):
        found = read(line + url)[1]
        config = load_settings(EvalConfig, found.settings, None, {}, found.implied)
        asked = {name: (each.api, each.stream) for name, each in config.model_configs.items()}
        assert asked == {
            "vllm_api_general": ("completions", False),
            "vllm_api_stream_chat": ("openai", True),
        }
        urls = {each.url for each in config.model_configs.values()}
        assert urls == {url.removeprefix(" --url ") or "http://127.0.0.1:8080"}
    own = read("ais_bench --models mine --datasets gsm8k")[1]
    assert own.settings["models"] == ["mine"]
    assert "model_configs" not in own.implied


PARTS = {
    alias.flags[0]: alias.takes for alias in PERF if alias.part is not None or alias.key is not None
} | {"--model": "value", "--rate": "values", "--extra-args": "value", "--url": "value"}
WORDS = (
    "vllm openai-chat sglang random sharegpt sweep constant inf -1 0 5 1,2 0.5 1k { h:1 "
    "prompt_tokens=8,output_tokens=4"
)
VALUES = st.one_of(
    st.sampled_from([*WORDS.split(), "x" * 300]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
PARSER = cli.COMMANDS["perf"].parser()


@given(st.lists(st.tuples(st.sampled_from(sorted(PARTS)), VALUES), max_size=5), st.booleans())
def test_whatever_is_pasted_is_understood_or_refused(
    given_flags: list[tuple[str, str]], named: bool
) -> None:
    words = [flag if PARTS[flag] == "nothing" else f"{flag}={value}" for flag, value in given_flags]
    flags = PARSER.flags(words)
    pasted = flags.pop(PASTED, ())
    for tool in TOOLS if named else [None]:
        with suppress(cli.PerfbenchError):
            found = translated(flags, pasted, tool)
            assert all(found.notes)
            load_config(found.settings, None, {}, found.implied, found.flags)


@pytest.mark.parametrize("alias", [*PERF, *EVAL, *SERVE], ids=lambda alias: alias.flags[0])
def test_every_alias_does_something_or_says_why_not(alias: Alias) -> None:
    ways = [alias.key, alias.field, alias.part, alias.note]
    assert sum(way is not None for way in ways) == 1
    assert set(alias.tools) <= set(TOOLS)
    tables = {
        PERF: ("perf", PerfConfig),
        EVAL: ("eval", EvalConfig),
        SERVE: ("serve", ServerConfig),
    }
    command, model = next(each for table, each in tables.items() if alias in table)
    assert alias.key is None or alias.key in model.model_fields
    assert alias.part is None or alias.means
    parser = cli.COMMANDS[command].parser()
    assert set(alias.flags) <= set(parser._option_string_actions)


def test_no_flag_is_in_the_table_twice() -> None:
    """Rows of several tools may share a flag only if it means the same."""
    for table in (PERF, EVAL, SERVE):
        meaning: dict[str, Any] = {}
        for alias in table:
            for flag in alias.flags:
                does = (alias.key, alias.field, alias.part, alias.note, alias.takes)
                assert meaning.setdefault(flag, does) == does


def test_programs_are_of_tools_in_the_table() -> None:
    assert {tool for _, tool in PROGRAMS.values()} == set(TOOLS)
    assert {name for name, _ in PROGRAMS.values()} <= set(cli.COMMANDS)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ("[]", "expected a list of limits"),
        ("nonsense", "not valid JSON"),
        ('[{"tps": "max"}]', "asks for the best load"),
        ('[{"p99_luck": "<=2"}]', "no limit that is known here"),
        ('[{"p99_ttft": "about 2"}]', "no limit that is known here"),
        ('["p99_ttft"]', "no limit that is known here"),
        ('[{"p99_ttft": "<=2"}, {"avg_tpot": "<=1"}]', "is a search of its own"),
    ],
)
def test_limits_of_a_search_that_mean_nothing_here_are_told(params: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings(f"--sla-auto-tune --sla-params '{params}'")
