"""How servers spell the quantities: a line for each metric, and what a page comes to by them.

The names are those of each server's own documentation and sources. A further server is a further
entry of :data:`DIALECTS`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from perfbench.scrape.exposition import Labels, Page, Series, labels_of
from perfbench.types import QUANTITIES, Histogram


class Row(NamedTuple):
    """Where a quantity stands. Rows of one quantity in a dialect are added up, and all must be
    there."""

    quantity: str
    names: Sequence[str]
    """Of a series, newest first: the first that is there counts. A name may choose by labels:
    ``name{label="value"}``. A histogram has the name before ``_bucket``."""
    scale: float = 1.0
    """From the server's unit to ours."""


DIALECTS: dict[str, tuple[Row, ...]] = {
    "vllm": (
        Row("running", ["vllm:num_requests_running"]),
        Row("waiting", ["vllm:num_requests_waiting"]),
        Row("kv_usage", ["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"]),
        Row("requests", ["vllm:request_success_total"]),
        Row("prompt_tokens", ["vllm:prompt_tokens_total"]),
        Row("output_tokens", ["vllm:generation_tokens_total"]),
        Row(
            "prefix_queries",
            ["vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"],
        ),
        Row("prefix_hits", ["vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"]),
        Row("drafted", ["vllm:spec_decode_num_draft_tokens_total"]),
        Row("accepted", ["vllm:spec_decode_num_accepted_tokens_total"]),
        Row("preemptions", ["vllm:num_preemptions_total"]),
        Row("ttft", ["vllm:time_to_first_token_seconds"]),
    ),
    "sglang": (
        Row("running", ["sglang:num_running_reqs"]),
        Row("waiting", ["sglang:num_queue_reqs"]),
        Row("kv_usage", ["sglang:token_usage"]),
        Row("acceptance", ["sglang:spec_accept_rate"]),
        Row("requests", ["sglang:num_requests_total"]),
        Row("prompt_tokens", ["sglang:prompt_tokens_total"]),
        Row("output_tokens", ["sglang:generation_tokens_total"]),
        Row("prefix_queries", ["sglang:prompt_tokens_total"]),
        Row("prefix_hits", ["sglang:cached_tokens_total"]),
        Row("preemptions", ["sglang:num_retracted_requests_total"]),
        Row("ttft", ["sglang:time_to_first_token_seconds"]),
    ),
    "tgi": (
        Row("running", ["tgi_batch_current_size"]),
        Row("waiting", ["tgi_queue_size"]),
        Row("requests", ["tgi_request_success"]),
        Row("prompt_tokens", ["tgi_request_input_length_sum"]),
        Row("output_tokens", ["tgi_request_generated_tokens_sum"]),
    ),
    "llama.cpp": (
        Row("running", ["llamacpp:requests_processing"]),
        Row("waiting", ["llamacpp:requests_deferred"]),
        Row("kv_usage", ["llamacpp:kv_cache_usage_ratio"]),
        # It counts the tokens that it read, and apart from them those that it still knew.
        Row("prompt_tokens", ["llamacpp:prompt_tokens_total"]),
        Row("prompt_tokens", ["llamacpp:prompt_tokens_cached_total"]),
        Row("output_tokens", ["llamacpp:tokens_predicted_total"]),
        Row("prefix_queries", ["llamacpp:prompt_tokens_total"]),
        Row("prefix_queries", ["llamacpp:prompt_tokens_cached_total"]),
        Row("prefix_hits", ["llamacpp:prompt_tokens_cached_total"]),
        Row("drafted", ["llamacpp:spec_decode_num_draft_tokens_total"]),
        Row("accepted", ["llamacpp:spec_decode_num_accepted_tokens_total"]),
    ),
    "triton": (
        Row("running", ['nv_trt_llm_request_metrics{request_type="scheduled"}']),
        Row(
            "waiting",
            [
                'nv_trt_llm_request_metrics{request_type="waiting"}',
                "nv_inference_pending_request_count",
            ],
        ),
        Row("kv_usage", ['nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction"}']),
        Row("requests", ["nv_inference_request_success"]),
        Row("gpu_utilization", ["nv_gpu_utilization"]),
        Row("power_w", ["nv_gpu_power_usage"]),
        Row("energy_j", ["nv_energy_consumption"]),
        Row("ttft", ["nv_inference_first_response_histogram_ms"], 0.001),
    ),
    "dcgm": (
        Row("gpu_utilization", ["DCGM_FI_DEV_GPU_UTIL"], 0.01),
        Row("power_w", ["DCGM_FI_DEV_POWER_USAGE"]),
        Row("energy_j", ["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"], 0.001),
    ),
}
"""By server. Where two tell of the same thing (a server and its cards' exporter), the first counts.
"""

USER = "user"
"""The dialect of ``--metrics-map``. A quantity that it names is read in no other: where the user's
series is not there, another would pass for it."""

_COPIES = frozenset(("tp_rank", "pp_rank", "moe_ep_rank", "GPU_I_ID", "GPU_I_PROFILE"))
"""Labels of series that tell the same again: ranks of one engine, parts of one card."""
_MODELS = ("model_name", "model")
"""Labels that say whose a series is, where a server has several models."""
_SPELLED = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})?", re.ASCII)
_SCALED = re.compile(r"(?P<name>.*?)(?:\*(?P<scale>[\d.]+(?:[eE][+-]?\d+)?))?", re.DOTALL)


def user_rows(mapping: Mapping[str, str]) -> tuple[Row, ...]:
    """The rows of a user's ``QUANTITY=NAME`` or ``QUANTITY=NAME*SCALE``."""
    rows = []
    for quantity, text in mapping.items():
        found = _SCALED.fullmatch(text)
        assert found is not None
        rows.append(Row(quantity, [found["name"]], float(found["scale"] or 1)))
    return tuple(rows)


class Told(msgspec.Struct, frozen=True):
    """What a page comes to."""

    kind: str
    """The dialect that most of it is in; empty if it has nothing that is known."""
    values: dict[str, float]
    histograms: dict[str, Histogram]


class Reading:
    """Reads pages by the rows of all dialects.

    Args:
        mapping: the user's own rows.
        models: names that the run asks for: of a server with several models only theirs count.
    """

    def __init__(self, mapping: Mapping[str, str], models: Iterable[str]) -> None:
        known = {
            dialect: tuple(row for row in rows if row.quantity not in mapping)
            for dialect, rows in DIALECTS.items()
        }
        self._dialects = {USER: user_rows(mapping), **known}
        self._models = frozenset(models)
        rows = [row for rows in self._dialects.values() for row in rows]
        self.names = frozenset(
            plain + end
            for row in rows
            for plain in (_spelled(name)[0] for name in row.names)
            for end in _ends(row)
        )
        """Of the series that matter."""

    def told(self, page: Page) -> Told:
        """The quantities of a page: each from the first dialect that has it."""
        values: dict[str, float] = {}
        histograms: dict[str, Histogram] = {}
        kind, most = "", 0
        for dialect, rows in self._dialects.items():
            own, own_histograms = self._of(rows, page)
            if len(own) + len(own_histograms) > most:
                kind, most = dialect, len(own) + len(own_histograms)
            values = own | values
            histograms = own_histograms | histograms
        return Told(kind, values, histograms)

    def _of(self, rows: Iterable[Row], page: Page) -> tuple[dict[str, float], dict[str, Histogram]]:
        values: dict[str, float | None] = {}
        histograms: dict[str, Histogram] = {}
        for row in rows:
            if QUANTITIES[row.quantity].kind == "histogram":
                found = self._histogram(row, page)
                if found is not None:
                    histograms[row.quantity] = found
                continue
            value = self._value(row, page)
            before = values.get(row.quantity, 0.0)
            values[row.quantity] = None if value is None or before is None else before + value
        return {name: v for name, v in values.items() if v is not None}, histograms

    def _value(self, row: Row, page: Page) -> float | None:
        mean = QUANTITIES[row.quantity].fold == "mean"
        for name in row.names:
            if series := self._chosen(name, page):
                folded = _once(series)
                total = sum(folded) * row.scale
                return total / len(folded) if mean else total
        return None

    def _histogram(self, row: Row, page: Page) -> Histogram | None:
        for name in row.names:
            total, added = (self._chosen(f"{name}_{end}", page) for end in ("count", "sum"))
            if not total or not added:
                continue
            buckets: dict[float, float] = {}
            for labels, count in self._chosen(f"{name}_bucket", page):
                try:
                    bound = float(labels["le"]) * row.scale
                except (KeyError, ValueError):
                    continue
                if bound < float("inf"):
                    buckets[bound] = buckets.get(bound, 0.0) + count
            bounds = tuple(sorted(buckets))
            return Histogram(
                bounds,
                tuple(buckets[bound] for bound in bounds),
                sum(value for _, value in total),
                sum(value for _, value in added) * row.scale,
            )
        return None

    def _chosen(self, name: str, page: Page) -> list[Series]:
        """The series of a name, with its labels, and of the models that are asked."""
        plain, wanted = _spelled(name)
        series = [each for each in page.series.get(plain, ()) if wanted.items() <= each[0].items()]
        ours = [each for each in series if any(each[0].get(m) in self._models for m in _MODELS)]
        return ours or series


def _spelled(name: str) -> tuple[str, Labels]:
    found = _SPELLED.fullmatch(name)
    assert found is not None, name
    return found["name"], labels_of(found["labels"] or "") or {}


def _ends(row: Row) -> tuple[str, ...]:
    if QUANTITIES[row.quantity].kind == "histogram":
        return ("_bucket", "_sum", "_count")
    return ("",)


def _once(series: Iterable[Series]) -> list[float]:
    """A value for each thing: the largest of those that tell of the same."""
    things: dict[frozenset[tuple[str, str]], float] = {}
    for labels, value in series:
        key = frozenset(each for each in labels.items() if each[0] not in _COPIES)
        things[key] = max(value, things.get(key, 0.0))
    return [*things.values()]
