"""vLLM's words: ``vllm bench serve --save-result``. Read from vLLM 0.33.0.

Definitions are those of ``calculate_metrics`` and ``benchmark`` in ``vllm/benchmarks/serve.py`` and
of the request functions in ``vllm/benchmarks/lib/endpoint_request_func.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from perfbench.metrics.columns import OUTCOMES
from perfbench.metrics.definitions import METRICS
from perfbench.reports.words.material import (
    Material,
    file_part,
    input_total,
    output_total,
    per,
)
from perfbench.reports.words.serving import Requests, by_key, clock, peaks, spreads
from perfbench.reports.words.term import Clock, Rate, Sheet, Step, Term, Tool

_SERVE = "vllm/benchmarks/serve.py"
_CALCULATE = f"{_SERVE}: calculate_metrics"
_TOOK = "vllm/benchmarks/lib/endpoint_request_func.py"
_NAMES = {"ttft": "ttft", "tpot": "tpot", "itl": "itl", "latency": "e2el"}
_BACKENDS = {"completions": "openai", "openai_completions": "openai", "vllm": "vllm"}
_LIMITS = {"ttft_ms": "ttft", "tpot_ms": "tpot", "e2e_ms": "e2el"}


def read(material: Material) -> Sheet:
    """A point as ``vllm bench serve`` would report it."""
    requests = _requests(material)
    time = clock(material)
    counts = _counts(material, requests, time)
    rates = _rates(material, requests, time)
    terms = [
        term
        for name, spread in spreads(requests, material, _CALCULATE).items()
        for term in spread.terms(
            {
                f"mean_{_NAMES[name]}_ms": "mean",
                f"median_{_NAMES[name]}_ms": "p50",
                f"std_{_NAMES[name]}_ms": "std",
                f"p99_{_NAMES[name]}_ms": "p99",
            }
        )
    ]
    done = requests.columns
    most = peaks(done, done.sent_ns + requests.latency_ns, _CALCULATE)
    document = {
        **_setup(material),
        **by_key(counts),
        **by_key(rates),
        **by_key(most),
        "rtfx": None,
        **by_key(terms),
    }
    shown = [*counts, *rates, *terms, *most]
    return Sheet(
        *(material.point, material.label, shown, document, _name(document)),
        notes=_unknown(document),
    )


def _unknown(document: Mapping[str, Any]) -> list[str]:
    missing = [
        name for name in ("total_input_tokens", "total_output_tokens") if document[name] is None
    ]
    if not missing:
        return []
    return [
        f"{' and '.join(missing)}, and the throughputs of them, are null: vLLM counts with its "
        "tokenizer what the service does not state, and some of these requests have neither."
    ]


def _requests(material: Material) -> Requests:
    """vLLM's ``success`` is status 200 and one chunk with output, so an error event in the stream
    does not undo it (``async_request_openai_chat_completions``). Latency ends at the last chunk
    with output, as ours does."""
    asked = material.asked
    broken = asked.outcome == OUTCOMES.index("in_band_error")
    mask = asked.ok | (broken & (asked.status == 200) & ~np.isnan(asked.first_ns))
    extra = int(mask.sum()) - int(asked.ok.sum())
    columns = asked.select(mask)
    return Requests(
        columns,
        METRICS["e2e_ms"].values(columns),
        ends_later="",
        counted=f"{extra} requests count as successful whose stream ended with an error event"
        if extra
        else "",
    )


def _setup(material: Material) -> dict[str, Any]:
    point, config = material.point, material.config
    backend = _BACKENDS.get(material.api, "openai-chat")
    return {
        "date": material.started.strftime("%Y%m%d-%H%M%S"),
        "endpoint_type": backend,
        "backend": backend,
        "label": None,
        "model_id": material.model,
        "tokenizer_id": config.get("tokenizer_path") or material.model,
        "num_prompts": len(material.asked),
        "request_rate": "inf" if point.rate is None else point.rate,
        "burstiness": point.burstiness,
        "max_concurrency": point.parallel,
    }


def _counts(material: Material, requests: Requests, time: Clock) -> list[Term]:
    summary, done = material.summary, requests.columns
    completed = len(done)
    failed = len(material.asked) - completed
    abandoned = f"{summary.abandoned} abandoned as planned; {requests.counted}"
    tokens = summary.tokens
    return [
        Term(
            "duration",
            time.duration_s,
            "s",
            "start of the load until all requests are over, failed ones too",
            f"{_SERVE}: benchmark",
            "duration_s",
            summary.duration_s,
            (Step(time.because, time.duration_s),),
        ),
        Term(
            "completed",
            completed,
            "",
            "requests with status 200 and a chunk with output",
            f"{_TOOK}: async_request_openai_chat_completions",
            "completed",
            summary.completed,
            (Step(requests.counted, completed),),
        ),
        Term(
            "failed",
            failed,
            "",
            "all others",
            _CALCULATE,
            "failed",
            summary.failed,
            (Step(abandoned, failed),),
        ),
        Term(
            "total_input_tokens",
            input_total(done),
            "tokens",
            "prompt_tokens of usage, else the length that the data set counted",
            _CALCULATE,
            "tokens.input_tokens",
            tokens.input_tokens,
            (Step(requests.counted, input_total(done)),),
        ),
        Term(
            "total_output_tokens",
            output_total(done),
            "tokens",
            "completion_tokens of usage, else the text counted by the tokenizer",
            _CALCULATE,
            "tokens.output_tokens",
            tokens.output_tokens,
            (Step(requests.counted, output_total(done)),),
        ),
    ]


def _rates(material: Material, requests: Requests, time: Clock) -> list[Term]:
    done = requests.columns
    read_tokens, written = input_total(done), output_total(done)
    together = None if read_tokens is None or written is None else read_tokens + written
    rates = [
        Rate(
            "request_throughput",
            "req/s",
            "completed / duration",
            _CALCULATE,
            "request_throughput_rps",
            len(done),
            requests.counted,
        ),
        Rate(
            "output_throughput",
            "tok/s",
            "total_output_tokens / duration",
            _CALCULATE,
            "output_throughput_tok_s",
            written,
            requests.counted,
        ),
        Rate(
            "total_token_throughput",
            "tok/s",
            "(total_input_tokens + total_output_tokens) / duration",
            _CALCULATE,
            "total_throughput_tok_s",
            together,
            requests.counted,
        ),
    ]
    throughput, *others = [rate.term(material, time) for rate in rates]
    return [throughput, _goodput(material, requests, time), *others]


def _goodput(material: Material, requests: Requests, time: Clock) -> Term:
    """Requests within every limit / duration; null without ``--goodput``. A limit of a metric that
    vLLM has no word for leaves it unknown."""
    good = material.summary.goodput
    value = found = None
    if good is not None and set(good.limits_ms) <= set(_LIMITS):
        values = {
            "ttft_ms": requests.ttft_ms,
            "tpot_ms": np.nan_to_num(requests.tpot_ms),
            "e2e_ms": requests.latency_ns * METRICS["e2e_ms"].scale,
        }
        kept = [values[name] <= limit for name, limit in good.limits_ms.items()]
        found = int(np.logical_and.reduce(kept).sum())
        value = per(found, time.duration_s)
    return Term(
        "request_goodput",
        value,
        "req/s",
        "requests with every --goodput limit kept / duration; a TPOT that is not defined is 0",
        f"{_SERVE}: calculate_metrics, check_goodput_args",
        "goodput.request_goodput_rps",
        None if good is None else good.request_goodput_rps,
        (
            Step(
                "a TPOT that we do not know keeps its limit there; an in-band error may too",
                None if found is None else per(found, material.summary.duration_s or 0.0),
            ),
            Step(time.because, value),
        ),
    )


def files(sheets: Sequence[Sheet]) -> Mapping[str, Any]:
    """One file for each point, named as ``compute_result_filename`` in ``serve.py`` does."""
    return {f"{sheet.point.name}/{sheet.name}": sheet.document for sheet in sheets}


def _name(document: Mapping[str, Any]) -> str:
    backend, rate, date = (document[key] for key in ("backend", "request_rate", "date"))
    parallel = document["max_concurrency"]
    limit = "" if parallel is None else f"-concurrency{parallel}"
    model = file_part(str(document["model_id"]).rsplit("/", 1)[-1])
    return f"{backend}-{rate}qps{limit}-{model}-{date}.json"


TOOL = Tool(
    "vLLM 0.33.0 (vllm bench serve)",
    read,
    files,
    (
        "vLLM stamps a chunk after its JSON is parsed for completions, and before for chat; our "
        "stamps are the kernel's, before any parsing. Its own client's delay is not in our "
        "records.",
        "A chunk whose text is empty but has content counts there (an empty special token, the "
        "last chunk of completions); our records hold chunks with text only.",
        "rtfx (seconds of input audio / duration) is null: records do not hold the length of "
        "sounds. Per-request lists (--save-detailed) are in perfbench export.",
    ),
)
