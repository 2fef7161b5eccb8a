"""Metrics pages as servers write them, and what each says.

``llama.cpp`` is the answer of its server, as it came. The others have the names, labels and forms
of their servers' own documentation and sources, with figures of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Page:
    """A page and what it comes to."""

    text: str
    values: dict[str, float]
    ttft: tuple[float, float] | None = None
    """Count and sum in seconds."""
    bounds: tuple[float, ...] = field(default=())


def _buckets(name: str, labels: str, counts: dict[str, int]) -> str:
    return "".join(f'{name}_bucket{{le="{le}",{labels}}} {n}\n' for le, n in counts.items())


_VLLM = 'engine="0",model_name="Qwen/Qwen3-8B"'
_SECOND = 'engine="1",model_name="Qwen/Qwen3-8B"'

VLLM = Page(
    f"""# HELP python_gc_objects_collected_total Objects collected during gc
# TYPE python_gc_objects_collected_total counter
python_gc_objects_collected_total{{generation="0"}} 9867.0
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{{{_VLLM}}} 5.0
vllm:num_requests_running{{{_SECOND}}} 3.0
# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{{{_VLLM}}} 2.0
vllm:num_requests_waiting{{{_SECOND}}} 0.0
# HELP vllm:kv_cache_usage_perc KV-cache usage. 1 means 100 percent usage.
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{{{_VLLM}}} 0.5
vllm:kv_cache_usage_perc{{{_SECOND}}} 0.25
# HELP vllm:gpu_cache_usage_perc DEPRECATED: Use vllm:kv_cache_usage_perc instead.
# TYPE vllm:gpu_cache_usage_perc gauge
vllm:gpu_cache_usage_perc{{{_VLLM}}} 0.5
vllm:gpu_cache_usage_perc{{{_SECOND}}} 0.25
# TYPE vllm:prefix_cache_queries_total counter
vllm:prefix_cache_queries_total{{{_VLLM}}} 1.2e+04
vllm:prefix_cache_queries_created{{{_VLLM}}} 1.7578961e+09
# TYPE vllm:prefix_cache_hits_total counter
vllm:prefix_cache_hits_total{{{_VLLM}}} 3000.0
# TYPE vllm:num_preemptions_total counter
vllm:num_preemptions_total{{{_VLLM}}} 4.0
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{{{_VLLM}}} 12000.0
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{{{_VLLM}}} 6400.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{{{_VLLM},finished_reason="stop"}} 40.0
vllm:request_success_total{{{_VLLM},finished_reason="length"}} 9.0
vllm:request_success_total{{{_VLLM},finished_reason="abort"}} 1.0
# TYPE vllm:spec_decode_num_draft_tokens_total counter
vllm:spec_decode_num_draft_tokens_total{{{_VLLM}}} 1000.0
# TYPE vllm:spec_decode_num_accepted_tokens_total counter
vllm:spec_decode_num_accepted_tokens_total{{{_VLLM}}} 700.0
vllm:spec_decode_num_accepted_tokens_per_pos_total{{{_VLLM},position="0"}} 450.0
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_sum{{{_VLLM}}} 2.5
"""
    + _buckets(
        "vllm:time_to_first_token_seconds", _VLLM, {"0.02": 10, "0.04": 30, "0.06": 50, "+Inf": 50}
    )
    + f"vllm:time_to_first_token_seconds_count{{{_VLLM}}} 50.0\n",
    {
        "running": 8,
        "waiting": 2,
        "kv_usage": 0.375,
        "prefix_queries": 12000,
        "prefix_hits": 3000,
        "preemptions": 4,
        "prompt_tokens": 12000,
        "output_tokens": 6400,
        "requests": 50,
        "drafted": 1000,
        "accepted": 700,
    },
    (50, 2.5),
    (0.02, 0.04, 0.06),
)

_SGLANG = 'engine_type="unified",model_name="meta-llama/Llama-3.1-8B-Instruct"'

SGLANG = Page(
    f"""# HELP sglang:num_running_reqs The number of running requests.
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{{{_SGLANG},pp_rank="0",tp_rank="0"}} 162.0
sglang:num_running_reqs{{{_SGLANG},pp_rank="0",tp_rank="1"}} 162.0
# TYPE sglang:num_queue_reqs gauge
sglang:num_queue_reqs{{{_SGLANG},pp_rank="0",tp_rank="0"}} 2826.0
sglang:num_queue_reqs{{{_SGLANG},pp_rank="0",tp_rank="1"}} 2826.0
# TYPE sglang:token_usage gauge
sglang:token_usage{{{_SGLANG},pp_rank="0",tp_rank="0"}} 0.28
# TYPE sglang:spec_accept_rate gauge
sglang:spec_accept_rate{{{_SGLANG},pp_rank="0",tp_rank="0"}} 0.6
# TYPE sglang:cache_hit_rate gauge
sglang:cache_hit_rate{{{_SGLANG},pp_rank="0",tp_rank="0"}} 0.0075
# TYPE sglang:num_retracted_requests_total counter
sglang:num_retracted_requests_total{{{_SGLANG},pp_rank="0",tp_rank="0"}} 7.0
# TYPE sglang:prompt_tokens_total counter
sglang:prompt_tokens_total{{{_SGLANG}}} 8.128902e+06
# TYPE sglang:generation_tokens_total counter
sglang:generation_tokens_total{{{_SGLANG}}} 7.557572e+06
# TYPE sglang:cached_tokens_total counter
sglang:cached_tokens_total{{{_SGLANG},cache_source="device"}} 50000.0
sglang:cached_tokens_total{{{_SGLANG},cache_source="host"}} 11000.0
# TYPE sglang:num_requests_total counter
sglang:num_requests_total{{{_SGLANG}}} 11008.0
# TYPE sglang:time_to_first_token_seconds histogram
sglang:time_to_first_token_seconds_sum{{{_SGLANG}}} 22016.5
"""
    + _buckets(
        "sglang:time_to_first_token_seconds",
        _SGLANG,
        {"0.1": 6, "1.0": 27, "10.0": 11000, "+Inf": 11008},
    )
    + f"sglang:time_to_first_token_seconds_count{{{_SGLANG}}} 11008.0\n",
    {
        "running": 162,
        "waiting": 2826,
        "kv_usage": 0.28,
        "acceptance": 0.6,
        "preemptions": 7,
        "prompt_tokens": 8128902,
        "output_tokens": 7557572,
        "prefix_queries": 8128902,
        "prefix_hits": 61000,
        "requests": 11008,
    },
    (11008, 22016.5),
    (0.1, 1.0, 10.0),
)

TGI = Page(
    """# TYPE tgi_request_count counter
tgi_request_count 42

# TYPE tgi_request_success counter
tgi_request_success{method="generate"} 12
tgi_request_success{method="generate_stream"} 28

# TYPE tgi_queue_size gauge
tgi_queue_size 3

# TYPE tgi_batch_current_size gauge
tgi_batch_current_size 5

# TYPE tgi_request_input_length histogram
tgi_request_input_length_bucket{le="10.0"} 3
tgi_request_input_length_bucket{le="+Inf"} 40
tgi_request_input_length_sum 8000
tgi_request_input_length_count 40

# TYPE tgi_request_generated_tokens histogram
tgi_request_generated_tokens_bucket{le="+Inf"} 40
tgi_request_generated_tokens_sum 5120
tgi_request_generated_tokens_count 40
""",
    {
        "running": 5,
        "waiting": 3,
        "requests": 40,
        "prompt_tokens": 8000,
        "output_tokens": 5120,
    },
)

LLAMA_CPP = Page(
    (Path(__file__).parent / "llama_cpp.txt").read_text(),
    {
        "running": 0,
        "waiting": 0,
        "prompt_tokens": 391,
        "output_tokens": 112,
        "prefix_queries": 391,
        "prefix_hits": 145,
        "drafted": 0,
        "accepted": 0,
    },
)

_TRT = 'model="tensorrt_llm",version="1"'

TRITON = Page(
    f"""# HELP nv_inference_request_success Number of successful inference requests, all batch sizes
# TYPE nv_inference_request_success counter
nv_inference_request_success{{model="preprocessing",version="1"}} 37
nv_inference_request_success{{model="tensorrt_llm",version="1"}} 37
nv_inference_request_success{{model="ensemble",version="1"}} 36
# TYPE nv_inference_pending_request_count gauge
nv_inference_pending_request_count{{model="ensemble",version="1"}} 9
# TYPE nv_trt_llm_request_metrics gauge
nv_trt_llm_request_metrics{{{_TRT},request_type="context"}} 1
nv_trt_llm_request_metrics{{{_TRT},request_type="scheduled"}} 4
nv_trt_llm_request_metrics{{{_TRT},request_type="waiting"}} 3
nv_trt_llm_request_metrics{{{_TRT},request_type="max"}} 512
# TYPE nv_trt_llm_kv_cache_block_metrics gauge
nv_trt_llm_kv_cache_block_metrics{{kv_cache_block_type="fraction",{_TRT}}} 0.6
nv_trt_llm_kv_cache_block_metrics{{kv_cache_block_type="max",{_TRT}}} 6239
# TYPE nv_gpu_utilization gauge
nv_gpu_utilization{{gpu_uuid="GPU-71ce41fd"}} 0.9
nv_gpu_utilization{{gpu_uuid="GPU-8674351b"}} 0.7
# TYPE nv_gpu_power_usage gauge
nv_gpu_power_usage{{gpu_uuid="GPU-71ce41fd"}} 58.954000
nv_gpu_power_usage{{gpu_uuid="GPU-8674351b"}} 59.046000
# TYPE nv_energy_consumption counter
nv_energy_consumption{{gpu_uuid="GPU-71ce41fd"}} 205620.500000
nv_energy_consumption{{gpu_uuid="GPU-8674351b"}} 203679.500000
# TYPE nv_inference_first_response_histogram_ms histogram
nv_inference_first_response_histogram_ms_count{{model="ensemble",version="1"}} 36
nv_inference_first_response_histogram_ms_sum{{model="ensemble",version="1"}} 10771
nv_inference_first_response_histogram_ms_bucket{{model="ensemble",version="1",le="100"}} 8
nv_inference_first_response_histogram_ms_bucket{{model="ensemble",version="1",le="500"}} 30
nv_inference_first_response_histogram_ms_bucket{{model="ensemble",version="1",le="+Inf"}} 36
""",
    {
        "running": 4,
        "waiting": 3,
        "kv_usage": 0.6,
        "requests": 36,
        "gpu_utilization": 0.8,
        "power_w": 118,
        "energy_j": 409300,
    },
    (36, 10.771),
    (0.1, 0.5),
)

_CARD = 'device="nvidia0",modelName="NVIDIA A100-SXM4-80GB",Hostname="h",DCGM_FI_DRIVER_VERSION="5"'

DCGM = Page(
    f"""# HELP DCGM_FI_DEV_GPU_TEMP GPU temperature (in C).
# TYPE DCGM_FI_DEV_GPU_TEMP gauge
DCGM_FI_DEV_GPU_TEMP{{gpu="0",UUID="GPU-1f",{_CARD}}} 74
# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).
# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{{gpu="0",UUID="GPU-1f",{_CARD},GPU_I_PROFILE="2g.20gb",GPU_I_ID="3"}} 58.5
DCGM_FI_DEV_POWER_USAGE{{gpu="0",UUID="GPU-1f",{_CARD},GPU_I_PROFILE="2g.20gb",GPU_I_ID="5"}} 58.5
DCGM_FI_DEV_POWER_USAGE{{gpu="1",UUID="GPU-9e",{_CARD}}} 55.5
# HELP DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION Total energy consumption since boot (in mJ).
# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{{gpu="0",UUID="GPU-1f",{_CARD}}} 32972735665
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{{gpu="1",UUID="GPU-9e",{_CARD}}} 264335
# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{{gpu="0",UUID="GPU-1f",{_CARD}}} 90
DCGM_FI_DEV_GPU_UTIL{{gpu="1",UUID="GPU-9e",{_CARD}}} 55
""",
    {"gpu_utilization": 0.725, "power_w": 114.0, "energy_j": 32973000.0},
)

PAGES = {
    "vllm": VLLM,
    "sglang": SGLANG,
    "tgi": TGI,
    "llama.cpp": LLAMA_CPP,
    "triton": TRITON,
    "dcgm": DCGM,
}
