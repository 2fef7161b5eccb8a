"""What GuideLLM makes of single requests: ``GenerativeRequestStats``, as arrays over many.

Formulas are those of ``guidellm/schemas/base/request_stats.py``. Seconds after the start of the run
unless a name says milliseconds; NaN where there is none.
"""

from __future__ import annotations

import numpy as np

from perfbench.metrics.columns import Columns, Floats

_MS = 1e3


class Requests:
    """What GuideLLM makes of each request of a status. Seconds after the start of the run; NaN
    where there is none."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.start_s = columns.sent_ns / 1e9
        self.end_s = columns.end_ns / 1e9
        self.due_s = columns.due_ns / 1e9
        streamed = columns.stream
        self.first_s = np.where(streamed, columns.first_ns, np.nan) / 1e9
        self.first_output_s = np.where(streamed, columns.first_content_ns, np.nan) / 1e9
        self.last_s = np.where(streamed, columns.last_ns, np.nan) / 1e9
        self.iterations = np.where(streamed, columns.events, 0)
        self.read_stated = _stated(columns.usage_input_tokens, columns.input_tokens)
        self.read = np.nan_to_num(self.read_stated)
        events = np.where(self.iterations > 0, self.iterations, np.nan)
        self.written = _stated(columns.usage_output_tokens, events.astype(np.float64))

    @property
    def latency_s(self) -> Floats:
        """``request_end - request_start``."""
        return self.end_s - self.start_s

    @property
    def ttft_ms(self) -> Floats:
        """Of those that have a first token."""
        return known_of((self.first_s - self.start_s) * _MS)

    @property
    def ttfo_ms(self) -> Floats:
        """Of those that have a first token that is not reasoning."""
        return known_of((self.first_output_s - self.start_s) * _MS)

    @property
    def tpot_ms(self) -> tuple[Floats, Floats]:
        """``(last token - start) / output tokens``, TTFT included; weights are the tokens."""
        weights = np.nan_to_num(self.written)
        last_s = np.where(np.isnan(self.last_s), self.end_s, self.last_s)
        values = np.zeros(len(weights))
        np.divide((last_s - self.start_s) * _MS, weights, out=values, where=weights > 0)
        return values, weights

    @property
    def itl_ms(self) -> tuple[Floats, Floats]:
        """``(last - first token) / (output tokens - 1)``; weights are those tokens."""
        begun = ~np.isnan(self.first_s)
        weights = np.where(np.isnan(self.written), 1.0, self.written)[begun] - 1
        values = np.zeros(len(weights))
        span_ms = (self.last_s - self.first_s)[begun] * _MS
        np.divide(span_ms, weights, out=values, where=weights > 0)
        return values, np.maximum(weights, 0)

    @property
    def written_at(self) -> tuple[Floats, Floats]:
        """When tokens came (``output_tokens_timings``): one with the first chunk, the rest evenly
        between the first and the last, whenever the chunks between them came."""
        spread = (self.iterations > 1) & ~np.isnan(self.first_s)
        written = np.nan_to_num(self.written)
        at_once = np.where(np.isnan(self.last_s), self.end_s, self.last_s)[~spread]
        later_s, later = self.later_at
        times = np.concatenate((at_once, self.first_s[spread], later_s))
        first = (written[spread] > 0).astype(np.float64)
        return times, np.concatenate((written[~spread], first, later))

    @property
    def later_at(self) -> tuple[Floats, Floats]:
        """Tokens after the first chunk (``iter_tokens_timings``)."""
        spread = (self.iterations > 1) & (self.written > 1)
        steps = (self.iterations[spread] - 1).astype(np.int64)
        first_s, last_s = self.first_s[spread], self.last_s[spread]
        place = np.arange(steps.sum()) - np.repeat(np.cumsum(steps) - steps, steps) + 1
        times = np.repeat(first_s, steps) + place * np.repeat((last_s - first_s) / steps, steps)
        return times, np.repeat((self.written[spread] - 1) / steps, steps)

    @property
    def read_at(self) -> tuple[Floats, Floats]:
        """When prompts were read: all with the first token, else at the end."""
        return np.where(np.isnan(self.first_s), self.end_s, self.first_s), self.read


def _stated(preferred: Floats, other: Floats) -> Floats:
    return np.where(np.isnan(preferred), other, preferred)


def known_of(values: Floats) -> Floats:
    known: Floats = values[~np.isnan(values)]
    return known
