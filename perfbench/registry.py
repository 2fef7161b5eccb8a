"""Names of the exchangeable parts, as literal tables ``name -> "module:attr"``.

Listing a table imports nothing; a part is imported when it is chosen. Third parties add theirs
through the entry-point group named beside each table. Owns no behaviour of its own.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from perfbench import userclass
from perfbench.errors import ConfigError

ENDPOINTS = {
    "openai": "perfbench.endpoints.openai_chat:OpenAIChat",
    "openai_chat": "perfbench.endpoints.openai_chat:OpenAIChat",
    "completions": "perfbench.endpoints.openai_completions:OpenAICompletions",
    "openai_completions": "perfbench.endpoints.openai_completions:OpenAICompletions",
    "vllm": "perfbench.endpoints.vllm:VLLM",
    "local": "perfbench.endpoints.openai_chat:OpenAIChat",
    "local_vllm": "perfbench.endpoints.openai_chat:OpenAIChat",
    "responses": "perfbench.endpoints.responses:Responses",
    "anthropic": "perfbench.endpoints.anthropic:Anthropic",
    "gemini": "perfbench.endpoints.gemini:Gemini",
    "dashscope": "perfbench.endpoints.dashscope:DashScope",
    "ollama": "perfbench.endpoints.ollama:Ollama",
    "ollama_generate": "perfbench.endpoints.ollama:OllamaGenerate",
    "tgi": "perfbench.endpoints.tgi:TGI",
    "sglang": "perfbench.endpoints.sglang:SGLang",
    "triton": "perfbench.endpoints.triton:Triton",
    "embeddings": "perfbench.endpoints.embeddings:Embeddings",
    "embedding": "perfbench.endpoints.embeddings:Embeddings",
    "rerank": "perfbench.endpoints.rerank:Rerank",
    "template": "perfbench.endpoints.template:Template",
}
"""``(generation: Generation) -> Endpoint``. Entry points: ``perfbench.endpoints``; a class of the
user's is named by its file, ``FILE.py:CLASS``."""

LOCAL = {
    "local": "perfbench.local.llama:launch",
    "local_vllm": "perfbench.local.vllm:launch",
}
"""Endpoints whose server a run starts for itself: ``(config: ServiceConfig, port: int) -> Launch``.
"""

WORKLOADS = {
    "random": "perfbench.workloads.random:Random",
    "openqa": "perfbench.workloads.openqa:OpenQA",
    "line_by_line": "perfbench.workloads.line_by_line:LineByLine",
    "sharegpt": "perfbench.workloads.sharegpt:ShareGPT",
    "custom": "perfbench.workloads.custom:load",
    "speed_benchmark": "perfbench.workloads.speed_benchmark:SpeedBenchmark",
    "mooncake": "perfbench.workloads.traces:Mooncake",
    "azure_llm": "perfbench.workloads.traces:AzureLLM",
    "burstgpt": "perfbench.workloads.traces:BurstGPT",
    "trace": "perfbench.workloads.traces:Trace",
    "workload_trace": "perfbench.workloads.traces:Trace",
    "hf": "perfbench.workloads.hub:HuggingFaceData",
    "modelscope": "perfbench.workloads.hub:ModelScopeData",
    "longalpaca": "perfbench.workloads.known:LongAlpaca",
    "share_gpt_zh": "perfbench.workloads.known:ShareGPTChinese",
    "share_gpt_en": "perfbench.workloads.known:ShareGPTEnglish",
    "swe_smith": "perfbench.workloads.known:SWESmith",
    "random_vl": "perfbench.workloads.pictures:RandomVL",
    "images": "perfbench.workloads.pictures:Images",
    "flickr8k": "perfbench.workloads.pictures:Flickr8k",
    "kontext_bench": "perfbench.workloads.pictures:KontextBench",
    "random_audio": "perfbench.workloads.audio:RandomAudio",
    "embedding": "perfbench.workloads.embeddings:Embedding",
    "embed": "perfbench.workloads.embeddings:Embedding",
    "embedding_batch": "perfbench.workloads.embeddings:EmbeddingBatch",
    "random_embedding": "perfbench.workloads.embeddings:RandomEmbedding",
    "random_embedding_batch": "perfbench.workloads.embeddings:RandomEmbeddingBatch",
    "rerank": "perfbench.workloads.rerank:Rerank",
    "random_rerank": "perfbench.workloads.rerank:RandomRerank",
    "random_multi_turn": "perfbench.workloads.random_conversations:RandomConversations",
    "custom_multi_turn": "perfbench.workloads.conversation_files:ConversationFile",
    "sharegpt_multi_turn": "perfbench.workloads.conversation_files:ShareGPTConversations",
    "share_gpt_en_multi_turn": "perfbench.workloads.conversation_files:ShareGPTConversations",
    "share_gpt_zh_multi_turn": "perfbench.workloads.conversation_files:ShareGPTConversations",
}
"""``(config: PerfConfig, tokenizer: Tokenizer | None) -> Workload``. Entry points:
``perfbench.workloads``."""

TRANSPORTS = {
    "wire": "perfbench.client.wire:Wire",
    "aiohttp": "perfbench.client.aiohttp:AiohttpTransport",
}
"""``(target: Target, endpoint: Endpoint, worker: int) -> Transport``. Entry points:
``perfbench.transports``."""

TASKS = {
    "gsm8k": "perfbench.evaluation.tasks.gsm8k:TASK",
    "math500": "perfbench.evaluation.tasks.math500:TASK",
    "aime2024": "perfbench.evaluation.tasks.aime2024:TASK",
    "aime2025": "perfbench.evaluation.tasks.aime2025:TASK",
    "mmlu": "perfbench.evaluation.tasks.mmlu:TASK",
    "cmmlu": "perfbench.evaluation.tasks.cmmlu:TASK",
    "ceval": "perfbench.evaluation.tasks.ceval:TASK",
    "arc": "perfbench.evaluation.tasks.arc:TASK",
    "bbh": "perfbench.evaluation.tasks.bbh:TASK",
    "truthfulqa": "perfbench.evaluation.tasks.truthfulqa:TASK",
    "mgsm": "perfbench.evaluation.tasks.mgsm:TASK",
    "hellaswag": "perfbench.evaluation.tasks.hellaswag:TASK",
    "winogrande": "perfbench.evaluation.tasks.winogrande:TASK",
    "commonsense_qa": "perfbench.evaluation.tasks.commonsense_qa:TASK",
    "iquiz": "perfbench.evaluation.tasks.iquiz:TASK",
    "ifeval": "perfbench.evaluation.tasks.ifeval:TASK",
    "general_qa": "perfbench.evaluation.tasks.general_qa:TASK",
    "general_mcq": "perfbench.evaluation.tasks.general_mcq:TASK",
    "humaneval": "perfbench.evaluation.tasks.humaneval:TASK",
    "humaneval_plus": "perfbench.evaluation.tasks.humaneval_plus:TASK",
    "mbpp": "perfbench.evaluation.tasks.mbpp:TASK",
    "mbpp_plus": "perfbench.evaluation.tasks.mbpp_plus:TASK",
    "live_code_bench": "perfbench.evaluation.tasks.live_code_bench:TASK",
    "bigcodebench": "perfbench.evaluation.tasks.bigcodebench:TASK",
    "general_code": "perfbench.evaluation.tasks.general_code:TASK",
}
"""Data sets: ``evaluation.task.Task``. Entry points: ``perfbench.tasks``."""

EXTRACTORS = {
    "number": "perfbench.evaluation.extraction.number:number",
    "choice": "perfbench.evaluation.extraction.choice:choice",
    "math": "perfbench.evaluation.extraction.math:math",
    "bbh": "perfbench.evaluation.extraction.text:bbh",
    "true_false": "perfbench.evaluation.extraction.text:true_false",
    "yes_no": "perfbench.evaluation.extraction.text:yes_no",
    "phrase": "perfbench.evaluation.extraction.text:phrase",
    "first_line": "perfbench.evaluation.extraction.text:first_line",
    "verbatim": "perfbench.evaluation.extraction.text:verbatim",
    "code": "perfbench.evaluation.extraction.code:code",
    "verdict": "perfbench.evaluation.judging.contracts:verdict",
}
"""``(text: str, sample: Sample) -> Extraction``. Entry points: ``perfbench.extractors``."""

SCORERS = {
    "number": "perfbench.evaluation.scorers.number:number",
    "choice": "perfbench.evaluation.scorers.choice:choice",
    "math": "perfbench.evaluation.scorers.math:math",
    "exact": "perfbench.evaluation.scorers.exact:exact",
    "ifeval": "perfbench.evaluation.scorers.ifeval:ifeval",
    "rouge_bleu": "perfbench.evaluation.scorers.rouge_bleu:rouge_bleu",
    "judgement": "perfbench.evaluation.judging.contracts:judgement",
    "human_label": "perfbench.evaluation.judging.contracts:human_label",
}
"""``(answer: str, sample: Sample) -> Score``. Entry points: ``perfbench.scorers``."""

RUNNERS = {
    "program": "perfbench.evaluation.programs:job_of",
}
"""Scorers that run an answer in a sandbox: ``(answer: str, sample: Sample) -> sandbox.jobs.Job``.
Entry points: ``perfbench.runners``."""

SINKS = {
    "wandb": "perfbench.reports.sinks.wandb:WandbSink",
    "swanlab": "perfbench.reports.sinks.swanlab:SwanLabSink",
    "mlflow": "perfbench.reports.sinks.mlflow:MLflowSink",
    "clearml": "perfbench.reports.sinks.clearml:ClearMLSink",
    "tensorboard": "perfbench.reports.sinks.tensorboard:TensorBoardSink",
    "otel": "perfbench.reports.sinks.otel:OpenTelemetrySink",
    "prometheus": "perfbench.reports.sinks.prometheus:PrometheusSink",
}
"""``(config: RunConfig) -> Observer``. Entry points: ``perfbench.sinks``; a class of the user's is
named by its file, ``FILE.py:CLASS``."""

WORDS = {
    "vllm": "perfbench.reports.words.vllm:TOOL",
    "sglang": "perfbench.reports.words.sglang:TOOL",
    "guidellm": "perfbench.reports.words.guidellm:TOOL",
    "aiperf": "perfbench.reports.words.aiperf:TOOL",
    "genai-perf": "perfbench.reports.words.genai_perf:TOOL",
    "evalscope": "perfbench.reports.words.evalscope:TOOL",
    "aisbench": "perfbench.reports.words.aisbench:TOOL",
}
"""Other tools in whose words a load test can be told: ``reports.words.term.Tool``. Entry points:
``perfbench.words``."""

EXTRAS = {
    "wandb": "wandb",
    "swanlab": "swanlab",
    "mlflow": "mlflow",
    "clearml": "clearml",
    "tensorboardX": "tensorboard",
    "opentelemetry": "otel",
    "prometheus_client": "prometheus",
    "ray": "ray",
    "nvidia-ml-py": "gpu",
    "pyarrow": "parquet",
    "xllamacpp": "local",
    "huggingface_hub": "eval",
    "langdetect": "eval",
    "math-verify": "eval",
    "latex2sympy2-extended": "eval",
    "sympy": "eval",
    "rouge-score": "eval",
    "sacrebleu": "eval",
}
"""Package -> the extra of perfbench that installs it."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "endpoints": ENDPOINTS,
    "workloads": WORKLOADS,
    "tasks": TASKS,
    "extractors": EXTRACTORS,
    "scorers": SCORERS,
    "runners": RUNNERS,
    "sinks": SINKS,
    "words": WORDS,
    "transports": TRANSPORTS,
}
"""Every table by its kind; a kind's entry-point group is ``perfbench.<kind>``."""

_OF_USERS: Mapping[str, userclass.Needs] = {
    "endpoints": userclass.Needs({"path": str, "build": bytes}, {"parse": "Delta"}),
    "sinks": userclass.Needs(free=("__call__",)),
}
"""Kinds whose part may be a class in a file of the user's, and the methods it must have; see
``userclass.load``."""


def names(table: Mapping[str, str]) -> list[str]:
    """Every name in a table: built in, then installed."""
    return [*table, *(name for name in _installed(table) if name not in table)]


def resolve(table: Mapping[str, str], name: str) -> Any:
    """Import and return the part called ``name``.

    Raises:
        ConfigError: there is no such part, an optional dependency of it is not installed, or the
            user's file of that name fails.
    """
    where = find(table, name)
    if where == name:
        return userclass.load(name, _OF_USERS[kind_of(table)])
    return load(name, where)


def is_users(table: Mapping[str, str], name: str) -> bool:
    """Whether ``name`` is that of a file of the user's, where the part may be one."""
    return kind_of(table) in _OF_USERS and userclass.is_file(name)


def kind_of(table: Mapping[str, str]) -> str:
    """What a table holds; empty if it is none of :data:`TABLES`."""
    return next((kind for kind, known in TABLES.items() if known is table), "")


def find(table: Mapping[str, str], name: str) -> str:
    """``module:attr`` of the part called ``name``, or its name if that is a file's. What follows
    a colon is the part's own business (``hf:openai/gsm8k``).

    Raises:
        ConfigError: there is no such part.
    """
    if is_users(table, name):
        return name
    part = name.partition(":")[0]
    where = table.get(part) or _installed(table).get(part)
    if where is None:
        raise ConfigError(f"nothing is called {name!r}{did_you_mean(name, table)}")
    return where


def load(name: str, where: str) -> Any:
    """Import the part ``module:attr``; ``name`` is what messages call it.

    Raises:
        ConfigError: it is not there, or an optional dependency of it is not installed.
    """
    module, _, attribute = where.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        package = error.name or module
        raise ConfigError(f"{name} needs the package {package}{installation(package)}") from None
    except AttributeError:
        raise ConfigError(f"{name}: the module {module} has no {attribute!r}") from None


def installation(package: str) -> str:
    """How to install a package that is not there, as the end of a message; empty if no extra of
    ours has it."""
    extra = EXTRAS.get(package) or EXTRAS.get(package.partition(".")[0])
    return f": pip install 'perfbench[{extra}]'" if extra else ""


def did_you_mean(name: str, table: Mapping[str, str]) -> str:
    """A hint for a wrong name: the right one that it is a slip of, or all there are."""
    known = names(table)
    near = nearest(name, known)
    if near is not None:
        return f"; did you mean {near}?"
    return f"; there are: {', '.join(known)}" if len(known) <= 12 else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` is a slip of: one letter is other than there, or it is the
    beginning of one name only, or two letters are other. Dashes in front do not count."""
    bare = name.strip("-")
    if len(bare) < 3:
        return None
    others = [(other.strip("-"), other) for other in known]
    distances = [(_distance(bare, spelled), other) for spelled, other in others]
    distance, best = min(distances, default=(3, ""))
    longer = [other for spelled, other in others if spelled.startswith(bare)]
    if distance > 1 and len(longer) == 1:
        return longer[0]
    return best if distance < min(3, len(bare) - 1) else None


def _distance(one: str, other: str) -> int:
    """Letters to add, drop or change until two words are equal (Levenshtein); 3 or more is far."""
    if abs(len(one) - len(other)) > 2:
        return 3
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row = row, [place]
        for index, its in enumerate(other):
            row.append(min(before[index + 1] + 1, row[-1] + 1, before[index] + (letter != its)))
    return row[-1]


def _installed(table: Mapping[str, str]) -> Mapping[str, str]:
    kind = kind_of(table)
    return _advertised(f"perfbench.{kind}", tuple(sys.path)) if kind else {}


@functools.cache
def _advertised(group: str, path: tuple[str, ...]) -> Mapping[str, str]:
    """Entry points of a group, by name: what there is along ``path`` is read once, for it takes as
    long as scoring a hundred answers."""
    # Takes as long to import as all that a worker needs of us, which never asks for it.
    from importlib.metadata import entry_points

    return {entry.name: entry.value for entry in entry_points(group=group)}
