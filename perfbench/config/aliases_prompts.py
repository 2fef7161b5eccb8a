"""Flags of other load testers about what is asked; see ``aliases``."""

from __future__ import annotations

from perfbench.config.alias import (
    AIPERF,
    EVALSCOPE,
    GUIDELLM,
    SGLANG,
    VLLM,
    none,
    read,
    same,
)

_INPUT = (
    "length of generated prompts (`--dataset random`, `--min-prompt-length`, `--max-prompt-length`)"
)
_OUTPUT = "length of the answers: `--max-tokens` and `--ignore-eos`"

PROMPTS = (
    read(
        "dataset",
        "--dataset-name",
        *(VLLM, SGLANG),
        means="`--dataset`: `random`, `random-ids`, `sharegpt`, `mooncake`; `random-mm` is "
        "`random_vl`, `custom` is `openqa` with `--dataset-path`, `hf` is `hf:OWNER/NAME` with "
        "the name from `--dataset-path`; `prefix_repetition` and `generated-shared-prefix` are "
        "`random` with `--prefixes`",
    ),
    read("dataset", "--public-dataset", AIPERF, means="`--dataset`"),
    read("file", "--input-file", AIPERF, means="`--dataset-path`, read as `--dataset openqa`"),
    read(
        "file_type",
        "--custom-dataset-type",
        AIPERF,
        means="`mooncake_trace` is `--dataset mooncake`; else the file itself says what it is",
    ),
    read(
        "data",
        "--data",
        GUIDELLM,
        means="`prompt_tokens=256,output_tokens=128` is `--dataset random` of these lengths; "
        "a file is `--dataset-path`",
    ),
    read("input", "--random-input-len --random-input --input-len", VLLM, SGLANG, means=_INPUT),
    read(
        "output",
        "--random-output-len --random-output --output-len",
        *(VLLM, SGLANG),
        means=_OUTPUT,
    ),
    read(
        "ratio",
        "--random-range-ratio",
        *(VLLM, SGLANG),
        means="spreads both lengths: vLLM's L·(1±r), or SGLang's L·r to L, with `--backend sglang` "
        "or from 1 on",
    ),
    same("prefix_length", "--random-prefix-len --prefix-repetition-prefix-len", VLLM),
    same("prefixes", "--prefix-repetition-num-prefixes", VLLM),
    same("input_lengths", "--prefix-repetition-suffix-len", VLLM),
    same("max_tokens", "--prefix-repetition-output-len", VLLM),
    same("prefixes", "--gsp-num-groups", SGLANG),
    same("prefix_length", "--gsp-system-prompt-len", SGLANG),
    same("input_lengths", "--gsp-question-len", SGLANG),
    same("max_tokens", "--gsp-output-len", SGLANG),
    read(
        "per_prefix",
        "--gsp-prompts-per-group",
        SGLANG,
        means="`--number`: as many for each of `--prefixes`, in an order drawn",
    ),
    read(
        "slowdown",
        "--mooncake-slowdown-factor",
        SGLANG,
        means="`--trace-speed`, one over it",
    ),
    same("trace_speed", "--synthesis-speedup-ratio", AIPERF),
    none(
        "--use-trace-timestamps --fixed-schedule --fixed-schedule-auto-offset --self-timed",
        *(SGLANG, AIPERF, VLLM),
        takes="perhaps",
        note="a trace is always replayed on its own times",
    ),
    read("hub_config", "--hf-subset --hf-name", VLLM, means="the configuration in `--dataset hf:`"),
    read("hub_split", "--hf-split", VLLM, means="the split in `--dataset hf:`"),
    same("max_tokens", "--hf-output-len", VLLM),
    same("images", "--image-num", EVALSCOPE),
    read("image_width", "--image-width", EVALSCOPE, means="`--image-size`, with `--image-height`"),
    read("image_height", "--image-height", EVALSCOPE, means="`--image-size`"),
    none("--image-format", EVALSCOPE, AIPERF, note="generated images are RGB, as PNG"),
    none("--image-patch-size", EVALSCOPE, note="the service counts the tokens of an image"),
    same("images", "--image-batch-size --batch-size-image", AIPERF),
    read("image_width", "--image-width-mean", AIPERF, means="as `--image-width`"),
    read("image_height", "--image-height-mean", AIPERF, means="as `--image-height`"),
    none(
        "--image-width-stddev --image-height-stddev",
        AIPERF,
        note="all images are of one size, --image-size",
    ),
    same("images", "--image-count --random-image-num-images", SGLANG),
    same("images", "--images-per-request", GUIDELLM),
    read(
        "image_resolution",
        "--image-resolution --random-image-resolution",
        SGLANG,
        means="`--image-size`, width first: `720p` is `1280x720`, `512x768` there is `768x512`",
    ),
    none("--image-content", SGLANG, note="generated images differ from one another"),
    none(
        "--flush-cache",
        SGLANG,
        takes="nothing",
        note="the service's caches stay; prompts are new in every run",
    ),
    none(
        "--mooncake-num-rounds --mooncake-workload",
        SGLANG,
        note="a trace is replayed as its file has it",
    ),
    same("audio_s", "--audio-length-mean", AIPERF),
    none(
        "--audio-format --audio-sample-rates --audio-depths --audio-num-channels",
        AIPERF,
        takes="values",
        note="generated sound is WAV: one channel, 16 bits, 16 kHz",
    ),
    same("batch_size", "--prompt-batch-size --batch-size-text -b", AIPERF),
    same("batch_size", "--random-batch-size", VLLM),
    same(
        "prefix_length",
        "--shared-system-prompt-length",
        AIPERF,
        means="`--prefix-length`: the beginning of every prompt, not a message of its own",
    ),
    none(
        "--no-oversample",
        VLLM,
        takes="nothing",
        note="prompts repeat where the data set is shorter than the load, and a note says so",
    ),
    same("prefixes", "--num-prefix-prompts --prompt-prefix-pool-size", AIPERF),
    same("prefix_length", "--prefix-prompt-length --prompt-prefix-length", AIPERF),
    same("max_tokens", "--sharegpt-output-len --custom-output-len", VLLM, SGLANG),
    read(
        "isl",
        "--isl --synthetic-input-tokens-mean --prompt-input-tokens-mean",
        AIPERF,
        means=_INPUT,
    ),
    read(
        "isl_stddev",
        "--isl-stddev --synthetic-input-tokens-stddev --prompt-input-tokens-stddev",
        AIPERF,
        means="`--input-lengths normal:mean=…,std=…`",
    ),
    read(
        "osl",
        "--osl --output-tokens-mean --prompt-output-tokens-mean",
        AIPERF,
        means="`--max-tokens`",
    ),
    read(
        "osl_stddev",
        "--osl-stddev --output-tokens-stddev --prompt-output-tokens-stddev",
        AIPERF,
        means="`--output-lengths normal:mean=…,std=…`",
    ),
    none(
        "--num-dataset-entries --data-samples",
        *(AIPERF, GUIDELLM),
        note="every generated prompt is another; a load that only time ends has two for each"
        " stream and second of it (1,000 at least, 10,000 at most), then they repeat and a note"
        " says so",
    ),
    none(
        "--skip-chat-template",
        VLLM,
        takes="nothing",
        note="prompts are sent as they are, unless --apply-chat-template is given",
    ),
    none(
        "--disable-shuffle",
        VLLM,
        takes="nothing",
        note="the order is drawn by --seed; --dataset line_by_line keeps that of the file",
    ),
    read(
        "query_template",
        "--query-template",
        EVALSCOPE,
        means="its fields: those of sampling are settings, others `--extra-args`; messages other "
        "than the prompt are rows of a JSONL file (`--dataset line_by_line`)",
    ),
)

CONVERSATIONS = (
    none(
        "--multi-turn",
        EVALSCOPE,
        takes="perhaps",
        note="the data set says so: random_multi_turn, custom_multi_turn, sharegpt_multi_turn",
    ),
    same("conversations", "--conversation-num --num-conversations --num-sessions", AIPERF),
    read(
        "turns",
        "--conversation-turn-mean --session-turns-mean",
        AIPERF,
        means="`--min-turns` and `--max-turns` of `--dataset random_multi_turn`",
    ),
    read(
        "turns_stddev",
        "--conversation-turn-stddev --session-turns-stddev",
        AIPERF,
        means="spreads the turns evenly with that standard deviation",
    ),
    read(
        "delay",
        "--conversation-turn-delay-mean --session-turn-delay-mean",
        AIPERF,
        means="`--think-time`; milliseconds there",
    ),
    read(
        "delay_stddev",
        "--conversation-turn-delay-stddev --session-turn-delay-stddev",
        AIPERF,
        means="`--think-time lognormal:…` of that standard deviation",
    ),
    same("parallel", "--max-active-conversations", VLLM),
    same("number", "--max-num-requests", VLLM),
    none(
        "--num-clients",
        VLLM,
        note="--parallel is the conversations that go on at a time, over all --workers",
    ),
    same("max_tokens", "--limit-max-tokens", VLLM),
    same("min_tokens", "--limit-min-tokens", VLLM),
    read(
        "cancel_percent",
        "--request-cancellation-rate",
        AIPERF,
        means="`--cancel-rate`; percent there",
    ),
    read(
        "cancel_delay",
        "--request-cancellation-delay",
        AIPERF,
        means="`--cancel-after`, from the send",
    ),
)
