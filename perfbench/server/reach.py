"""How far each setting reaches: which are harmless in anybody's hands, which name files or runs,
which run code. One table of all settings of runs; it holds data only.

A setting that is in no set of these is refused, so that a new one must be thought about first.
"""

from __future__ import annotations

ADDRESSES = frozenset(
    [
        *("url", "url_strategy", "headers", "transport", "insecure", "models", "model_choice"),
        *("metrics_url", "metrics_map", "server_metrics", "sandbox_url", "judge"),
        # A gateway may be told in a request whom to ask.
        *("extra_args", "generation_config", "sink_project", "sink_mode"),
    ]
)
"""Harmless settings that say who is asked and how, and so where secrets go. Whom, the server's
``--deny-private`` and ``--allow-target`` limit."""

_ELSEWISE = frozenset(
    [
        *("model", "api_key", "sandbox_key", "connect_timeout", "read_timeout", "total_timeout"),
        *("max_answer_bytes", "metrics_interval", "probe", "cancel_rate", "cancel_after"),
        # Sampling, which the service is sent.
        *("max_tokens", "min_tokens", "ignore_eos", "stream", "temperature", "top_p", "top_k"),
        *("frequency_penalty", "repetition_penalty", "stop", "n", "system_prompt", "retries"),
        # How hard, how long, how often.
        *("parallel", "rate", "number", "duration", "arrival", "burstiness", "warmup", "cooldown"),
        "pause",
        *("grace", "workers", "seed", "stages", "stages_of", "ramp", "ramp_from", "ramp_law"),
        *("drop_late", "repeat", "intervals", "conversations", "min_turns", "max_turns"),
        *("later_prompt_length", "think_time", "tool_time", "replies", "replace_lost"),
        *("search", "search_min", "search_max", "search_tolerance", "search_confidence"),
        *("search_share", "goodput", "max_num_workers", "repeats"),
        # What is asked.
        *("batch_size", "documents", "images", "image_size", "audio_s", "trace_speed"),
        *("trace_start", "trace_duration", "prefix_length", "prefixes", "prefix_choice"),
        *("prompt_column", "output_length_column", "same_prompts", "min_prompt_length"),
        *("max_prompt_length", "length_of", "apply_chat_template", "keep_prompts"),
        *("dataset_hub", "few_shot_num", "limit", "num_prompts", "merge_ds", "shuffle"),
        # How it is judged and told.
        *("judge_strategy", "judge_retries", "rejudge", "judge_repeats", "judge_swap"),
        *("judge_aggregate", "min_valid_judges", "judge_parallel", "judge_structured"),
        *("price_input", "price_output", "sandbox_workers", "sandbox_timeout", "sandbox_memory"),
        *("sandbox_image", "pairs", "baseline", "ci_width", "batch", "ties", "strong_weight"),
        *(
            "draws",
            "online_elo",
            "mode",
            "fork",
            "name",
            "report",
            "verbose",
            "debug",
            "metrics_as",
        ),
        # Of single data sets.
        *("revision", "subset_list", "start_date", "end_date", "prompt_template"),
        *("example_template", "few_shot_random", "shuffle_choices", "extractor", "scorer", "k"),
        # Of the built-in simulator.
        *("port", "adapters", "ttft_ms", "itl_ms", "jitter", "prefill_rate", "max_batched_tokens"),
        *("step_ms", "step_ms_per_sequence", "max_batch", "kv_blocks", "block_size"),
        *("prefix_cache", "output_tokens", "tokens_per_event", "reasoning_tokens"),
        *("reasoning_field", "usage", "framing", "done", "role_early", "error_rate"),
        *("error_status", "in_band_error_rate", "cut_rate", "stall_rate", "stall_s"),
        *("slow_headers_s", "empty_rate", "metrics_page"),
    ]
)
"""Harmless settings that decide nothing of where secrets go."""

HARMLESS = ADDRESSES | _ELSEWISE
"""Settings whose every value may come from a client."""

_CHOSEN = ("dataset", "prompt", "input_lengths", "output_lengths", "document_lengths", "datasets")
_HELD = ("tokenizer_path", "dataset_id", "examples", "judge_prompt", "slo", "fail_if", "abort_if")
_READ = ("rate_file", "dataset_path", "dataset_dir", "local_path")
BESIDE = _ELSEWISE.union(_CHOSEN, _HELD, _READ)
"""Settings that can be other ones while secrets go where they went: what is asked of the same
services, how hard, and how it is judged. Of all others it is not known."""

FILES = frozenset(
    [
        *("api_template", "unix_socket", "ca_file", "client_cert", "client_key", "rate_file"),
        *("dataset_path", "dataset_dir", "local_path"),
    ]
)
"""Settings that are the place of a file, a folder or a socket."""

RUNS = frozenset(("reuse", "runs"))
"""Settings that name runs: those in the results folder, by name."""

MIXED = frozenset(
    [
        *("api", "dataset", "prompt", "input_lengths", "output_lengths", "document_lengths"),
        *("tokenizer_path", "dataset_id", "datasets", "examples", "judge_prompt", "sandbox"),
        *("slo", "fail_if", "abort_if", "deny_private", "allow_target"),
    ]
)
"""Settings of which some values are harmless: ``vetting`` tells which."""

NESTED = frozenset(("model_configs", "judge_args", "dataset_args", "simulator"))
"""Settings that hold others."""

CODE = frozenset(
    [
        *("local_args", "metrics", "sink_args", "i_accept_running_untrusted_code"),
        *("hosts", "agent_token", "ray"),
        # Of the simulator: a file that is written, an address that is listened on.
        *("log", "host"),
    ]
)
"""Settings that run programs here or elsewhere, or make files and ports: for ``--allow-code``."""

SINKS = frozenset(("sinks",))
"""Settings that use the accounts of whoever started the server: for ``--allow-sinks``."""

OURS = {
    "outputs_dir": "the server says where results go",
    "events": "the server reads them",
    "json_output": "the server shows the figures",
    "resume": "ask for the job to be resumed",
    "dry_run": "ask /api/v1/check",
}
"""Settings that mean nothing to a job, and what does instead."""

THEIRS = frozenset(("use_sandbox", "sandbox_type", "sandbox_manager_config", "judge_worker_num"))
"""EvalScope's names, which say together where programs run."""
