"""SGLang's words: ``sglang.bench_serving``. Read from SGLang 0.5.23.

Definitions are those of ``calculate_metrics``, ``benchmark`` and the request functions in
``sglang/benchmark/serving.py`` (called ``bench_serving.py`` before).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from perfbench.reports.words.material import (
    Material,
    counted_total,
    file_part,
    output_total,
    per,
)
from perfbench.reports.words.serving import Requests, by_key, clock, peaks, spreads
from perfbench.reports.words.term import Clock, Rate, Sheet, Step, Term, Tool

_SERVING = "sglang/benchmark/serving.py"
_CALCULATE = f"{_SERVING}: calculate_metrics"
_NAMES = {"latency": "e2e_latency", "ttft": "ttft", "tpot": "tpot", "itl": "itl"}
_STATISTICS = {
    **{"mean": "mean", "median": "p50", "std": "std"},
    **{"p90": "p90", "p95": "p95", "p99": "p99"},
}
_BACKENDS = {"completions": "sglang-oai", "openai_completions": "sglang-oai", "sglang": "sglang"}


def read(material: Material) -> Sheet:
    """A point as ``bench_serving`` would report it."""
    done = material.done
    requests = Requests(
        done,
        done.end_ns - done.sent_ns,
        ends_later="its latency ends with the last line, [DONE] and usage included; ours with the "
        "last token",
    )
    time = clock(material)
    counts = _counts(material, requests, time)
    rates = _rates(material, requests, time)
    of = spreads(requests, material, _CALCULATE)
    terms = [
        term
        for name, spoken in _NAMES.items()
        for term in of[name].terms({f"{s}_{spoken}_ms": key for s, key in _STATISTICS.items()})
    ]
    more = _more(material, requests, time)
    document = {
        **_setup(material),
        **by_key(counts),
        **by_key(rates),
        **by_key(terms),
        **dict.fromkeys(("total_input_text_tokens", "total_input_vision_tokens", "accept_length")),
        **by_key(more),
    }
    shown = [*counts, *rates, *terms, *more]
    return Sheet(
        *(material.point, material.label, shown, document, _name(material, document)),
        notes=_unknown(document),
    )


def _setup(material: Material) -> dict[str, Any]:
    point, config = material.point, material.config
    return {
        "tag": None,
        "backend": _BACKENDS.get(material.api, "sglang-oai-chat"),
        "dataset_name": config.get("dataset"),
        "request_rate": "trace" if point.trace_speed else point.rate or "inf",
        "max_concurrency": point.parallel,
        "sharegpt_output_len": None,
        "random_input_len": None,
        "random_output_len": None,
        "random_range_ratio": None,
        "server_info": None,
    }


def _counts(material: Material, requests: Requests, time: Clock) -> list[Term]:
    summary, done = material.summary, requests.columns
    by_tokenizer = counted_total(done.input_tokens)
    written = output_total(done)
    return [
        Term(
            "duration",
            time.duration_s,
            "s",
            "start of the load until all requests are over",
            f"{_SERVING}: benchmark",
            "duration_s",
            summary.duration_s,
            (Step(time.because, time.duration_s),),
        ),
        Term(
            "completed",
            len(done),
            "",
            "requests that ended without an error",
            _CALCULATE,
            "completed",
            summary.completed,
        ),
        Term(
            "total_input_tokens",
            by_tokenizer,
            "tokens",
            "lengths that the data set counted with the tokenizer; usage is not asked",
            _CALCULATE,
            "tokens.input_tokens",
            summary.tokens.input_tokens,
            (Step("the tokenizer's count, where ours is the service's", by_tokenizer),),
        ),
        Term(
            "total_output_tokens",
            written,
            "tokens",
            "completion_tokens of usage where the stream has it, else the length that was asked "
            "for, whether or not it was reached",
            f"{_SERVING}: async_request_openai_chat_completions",
            "tokens.output_tokens",
            summary.tokens.output_tokens,
            (Step("", written),),
        ),
        Term(
            "total_output_tokens_retokenized",
            counted_total(done.counted_output_tokens),
            "tokens",
            "the texts, counted again with the tokenizer",
            _CALCULATE,
            "tokens.output_tokens",
            summary.tokens.output_tokens,
            (
                Step(
                    "the tokenizer's count of the text, where ours is the service's: text that is "
                    "cut into tokens anew, without end marks",
                    counted_total(done.counted_output_tokens),
                ),
            ),
        ),
    ]


def _rates(material: Material, requests: Requests, time: Clock) -> list[Term]:
    done = requests.columns
    read_tokens, written = counted_total(done.input_tokens), output_total(done)
    together = None if read_tokens is None or written is None else read_tokens + written
    recounted = "input is the tokenizer's count, where ours is the service's"
    rates = [
        Rate(
            "request_throughput",
            "req/s",
            "completed / duration",
            _CALCULATE,
            "request_throughput_rps",
            len(done),
        ),
        Rate(
            "output_throughput",
            "tok/s",
            "total_output_tokens / duration",
            _CALCULATE,
            "output_throughput_tok_s",
            written,
        ),
        Rate(
            "total_throughput",
            "tok/s",
            "(total_input_tokens + total_output_tokens) / duration",
            _CALCULATE,
            "total_throughput_tok_s",
            together,
            recounted,
        ),
    ]
    throughput, *others = [rate.term(material, time) for rate in rates]
    value = per(read_tokens, time.duration_s)
    inputs = Term("input_throughput", value, "tok/s", "total_input_tokens / duration", _CALCULATE)
    return [throughput, inputs, *others]


def _more(material: Material, requests: Requests, time: Clock) -> list[Term]:
    done = requests.columns
    total_s = float(requests.latency_ns.sum()) / 1e9
    summary = material.summary
    concurrency = per(total_s, time.duration_s)
    return [
        Term(
            "concurrency",
            concurrency,
            "",
            "sum of latencies of successes / duration",
            _CALCULATE,
            "mean_in_flight",
            summary.mean_in_flight,
            (
                Step("requests that failed are left out", per(total_s, summary.duration_s or 0.0)),
                Step(time.because, concurrency),
            ),
        ),
        *peaks(done, done.end_ns, _CALCULATE),
    ]


def _unknown(document: Mapping[str, Any]) -> list[str]:
    said = []
    if document["total_input_tokens"] is None:
        said.append(
            "total_input_tokens and what follows from it are null: SGLang counts prompts with the "
            "tokenizer, and this run had none (--tokenizer-path)."
        )
    if document["total_output_tokens"] is None:
        said.append(
            "total_output_tokens and what follows from it are null: the service stated no usage, "
            "and what was asked for is not in the records."
        )
    if document["total_output_tokens_retokenized"] is None:
        said.append(
            "total_output_tokens_retokenized is null: the answers were not counted with a "
            "tokenizer (--tokenizer-path)."
        )
    return said


def files(sheets: Sequence[Sheet]) -> Mapping[str, Any]:
    """One JSON line for each point in one file, as ``benchmark`` appends them."""
    lines = (msgspec.json.encode(sheet.document).decode() + "\n" for sheet in sheets)
    return {sheets[0].name: "".join(lines)} if sheets else {}


def _name(material: Material, document: Mapping[str, Any]) -> str:
    day, number = material.started.strftime("%m%d"), len(material.asked)
    data = file_part(str(document["dataset_name"] or "custom"))
    return f"{document['backend']}_{day}_{number}_{data}.jsonl"


TOOL = Tool(
    "SGLang 0.5.23 (sglang.bench_serving)",
    read,
    files,
    (
        "bench_serving does not ask a service for usage unless turns are several; where a stream "
        "says nothing it takes the length that was asked for. Our records hold what was stated.",
        "server_info and accept_length are asked of the server there, and null here; so are the "
        "settings of its own data sets, and what of a prompt is text and what images.",
    ),
)
