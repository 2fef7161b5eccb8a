"""What each exchangeable part is for, said to who chooses it; see ``registry``.

A part's own words are for who changes it, and are shown of parts that others have installed.
Imports a part only to read its words.
"""

from __future__ import annotations

import inspect
from typing import Any

from perfbench import registry
from perfbench.errors import ConfigError

WORDS: dict[str, dict[str, str]] = {
    "endpoints": {
        "openai": "chat completions, /v1/chat/completions: most services",
        "openai_chat": "the same as openai",
        "completions": "text completions, /v1/completions: prompts without a chat template",
        "openai_completions": "the same as completions",
        "vllm": "text completions with prompts as token ids, exactly as long as asked for",
        "local": "chat completions of llama.cpp, started here with a GGUF file",
        "local_vllm": "chat completions of an installed vLLM, started here",
        "responses": "OpenAI's Responses, /v1/responses",
        "anthropic": "Anthropic's Messages, /v1/messages",
        "gemini": "Google's generateContent and streamGenerateContent",
        "dashscope": "DashScope's own text generation",
        "ollama": "Ollama's chat, /api/chat",
        "ollama_generate": "Ollama's completions, /api/generate",
        "tgi": "Text Generation Inference's own /generate_stream and /generate",
        "sglang": "SGLang's own /generate: text or token ids",
        "triton": "Triton's generate extension, /v2/models/MODEL/generate_stream",
        "embeddings": "vectors of texts, /v1/embeddings",
        "embedding": "the same as embeddings",
        "rerank": "scores of documents for a query, /v1/rerank",
        "template": "any other that --api-template describes",
    },
    "workloads": {
        "random": "made-up prompts between --min-prompt-length and --max-prompt-length; with "
        "--prefix-length they share a beginning",
        "openqa": "short questions that ship with perfbench, or your own in --dataset-path",
        "line_by_line": "every line or row of --dataset-path is a prompt, in order",
        "sharegpt": "first turns of the conversations of a ShareGPT file (--dataset-path)",
        "custom": "a class of your own: --dataset-path FILE.py[:CLASS]",
        "speed_benchmark": "made-up prompts of 1, 6144, 14336 and 30720 tokens, a point each",
        "mooncake": "a Mooncake trace on its own times, with its shared prefixes (--dataset-path)",
        "azure_llm": "an Azure LLM inference trace on its own times (--dataset-path)",
        "burstgpt": "a BurstGPT trace on its own times, without its failures (--dataset-path)",
        "trace": "a trace of your own (JSONL): arrivals, with lengths, prompts or whole bodies",
        "workload_trace": "the same as trace",
        "hf": "a data set of the Hugging Face hub: hf:OWNER/NAME[:CONFIG][:SPLIT]",
        "modelscope": "a data set of ModelScope: modelscope:OWNER/NAME[:CONFIG][:SPLIT]",
        "longalpaca": "LongAlpaca-12k: instructions, many of them long",
        "share_gpt_zh": "70,000 Chinese conversations, each one request with its history",
        "share_gpt_en": "70,000 English conversations, each one request with its history",
        "swe_smith": "SWE-smith: trajectories of agents, each one request with its history",
        "random_vl": "made-up text with made-up images (--images, --image-size)",
        "images": "the images of --dataset-path: a folder, a tar file, or rows that hold them",
        "flickr8k": "Flickr8k: photographs to be described",
        "kontext_bench": "KontextBench: images with instructions",
        "random_audio": "made-up text with made-up sound (--audio-s)",
        "embedding": "the texts of --dataset-path, one a request",
        "embed": "the same as embedding",
        "embedding_batch": "the texts of --dataset-path, --batch-size a request",
        "random_embedding": "made-up texts to embed, one a request",
        "random_embedding_batch": "made-up texts to embed, --batch-size a request",
        "rerank": "rows of --dataset-path: a query and documents",
        "random_rerank": "made-up queries, each with --documents made-up documents",
        "random_multi_turn": "made-up conversations of --min-turns to --max-turns turns",
        "custom_multi_turn": "conversations of your file, in its order (--dataset-path)",
        "sharegpt_multi_turn": "real conversations, turn by turn, from a ShareGPT file "
        "(--dataset-path)",
        "share_gpt_en_multi_turn": "the same as sharegpt_multi_turn",
        "share_gpt_zh_multi_turn": "the same as sharegpt_multi_turn",
    },
    "sinks": {
        "wandb": "Weights & Biases (install perfbench[wandb])",
        "swanlab": "SwanLab (install perfbench[swanlab])",
        "mlflow": "MLflow (install perfbench[mlflow])",
        "clearml": "ClearML (install perfbench[clearml])",
        "tensorboard": "TensorBoard's event files (install perfbench[tensorboard])",
        "otel": "OpenTelemetry: metrics, and a span for each request, by OTLP (install "
        "perfbench[otel])",
        "prometheus": "an exposition to scrape while the run goes on (install "
        "perfbench[prometheus])",
    },
    "words": {
        "vllm": "vLLM: vllm bench serve --save-result",
        "sglang": "SGLang: bench_serving's JSON lines",
        "guidellm": "GuideLLM: benchmarks.json",
        "aiperf": "AIPerf: profile_export_aiperf.json",
        "genai-perf": "GenAI-Perf: profile_export_genai_perf.json",
        "evalscope": "EvalScope: benchmark_summary.json and benchmark_percentile.json",
        "aisbench": "AISBench: the JSON and CSV of performances",
    },
    "extractors": {
        "number": "the number that is given as the answer",
        "choice": "the letter of the option that is chosen",
        "math": "the formula that is given as the answer, \\boxed or stated",
        "bbh": "what follows 'So the answer is'",
        "true_false": "True or False",
        "yes_no": "Yes or No",
        "phrase": "what is stated as the answer, or all of a short text",
        "first_line": "the first line that is not blank",
        "verbatim": "the whole text as it stands",
        "code": "the program that is given: the last block that defines what is asked",
        "verdict": "a judge's verdict, as its prompt asked for it; of questions to judges only",
    },
    "scorers": {
        "number": "right if it is the same number",
        "choice": "right if the letters are the right ones",
        "math": "right if the formulas are equal, however they are written",
        "exact": "right if it reads like a reference, but for case, spaces and punctuation",
        "ifeval": "which of the instructions of IFEval were followed",
        "rouge_bleu": "how many words and phrases it shares with a reference: ROUGE and BLEU",
        "judgement": "what a judge's verdict is worth by its prompt; of questions to judges only",
        "human_label": "whether a judge says the same as a person; of perfbench judge-check only",
    },
    "runners": {
        "program": "right if the program passes its tests",
    },
    "transports": {
        "wire": "our own HTTP/1.1 client, with the kernel's time stamps: measures best",
        "aiohttp": "aiohttp's client: for services behind a proxy",
    },
}
"""What each built-in part is for, by kind; tasks have titles of their own."""


def described(kind: str) -> list[tuple[str, str]]:
    """Every part of a table of the registry with what it is for, or why it cannot be used here."""
    table = registry.TABLES[kind]
    words = WORDS.get(kind, {})
    found = []
    for name in registry.names(table):
        try:
            said = words.get(name) or _first_line(registry.resolve(table, name))
        except ConfigError as error:
            said = f"({error})"
        found.append((name, said))
    return found


def _first_line(part: Any) -> str:
    said: str = getattr(part, "title", None) or inspect.getdoc(part) or ""
    return said.partition("\n")[0]
