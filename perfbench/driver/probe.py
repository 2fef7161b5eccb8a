"""One small request before a load: what a service refuses ends a run before it has begun.

It goes the way of all others (a worker of the crew, the transport, the endpoint), so that what it
meets is what they would meet, but is in no plan, no store and no figure. Owns its prompt and the
judgement of what comes of it. Durations are seconds, latencies milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from perfbench import registry
from perfbench.client.target import Target
from perfbench.config import Scrubber, ServiceConfig, scrubber
from perfbench.driver.crew import Crew
from perfbench.driver.protocol import WorkerSpec
from perfbench.driver.rounds import Round, Rounds
from perfbench.driver.service import Service
from perfbench.endpoints.fields import said
from perfbench.errors import ConfigError, TargetError
from perfbench.foreign import one_line
from perfbench.types import (
    Generation,
    Outcome,
    Phase,
    Point,
    PointFacts,
    Record,
    Request,
    Sample,
)

PROMPT = "Say hello."
MAX_TOKENS = 8
LONGEST_S = 30.0
"""How long its answer may take; the load is not kept waiting longer by a service that is slow."""
PAUSES_S = (0.5, 2.0)
"""Before each further try where a failure may pass."""

_PASSING = frozenset((408, 425, 429))
"""Statuses below 500 that may be others in a moment."""
_LENGTH_FIELDS = ("min_tokens", "ignore_eos", "max_completion_tokens", "min_new_tokens")
"""Body fields that ask for long answers, or would contradict a short limit."""
_OFF = "(--no-probe sends the load all the same)"


class Probe(msgspec.Struct, frozen=True):
    """What came of it, as it is stored beside a run."""

    outcome: Outcome
    detail: str = ""
    """Why it failed, in the service's words; secrets masked."""
    ttft_ms: float | None = None
    e2e_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    url: str | None = None
    """Which of the service's URLs, where it has several."""

    def facts(self) -> dict[str, Any]:
        """As plain data; without the URL, where it says nothing."""
        facts = asdict(self)
        if self.url is None:
            del facts["url"]
        return facts

    @property
    def note(self) -> str | None:
        """What the user should know, if it failed."""
        if self.outcome == "ok":
            return None
        to = "" if self.url is None else f" to {self.url}"
        return (
            f"the probe request{to} failed ({self.outcome}): {self.detail}; the load begins anyway"
        )


def probe(config: ServiceConfig, service: Service, crew: Crew) -> list[Probe]:
    """Send one request to each URL of the service; again after a moment if its failure may pass.

    Returns what came of them: nothing where the endpoint cannot carry a plain question, or where
    the worker died of it.

    Raises:
        TargetError: a URL cannot be reached, refuses, or sends what is no answer. One line, in
            which no secret is shown.
    """
    generation = _short(service.generation)
    endpoint = registry.resolve(registry.ENDPOINTS, config.api)(generation)
    try:
        body = endpoint.build(Sample("probe", PROMPT, max_tokens=MAX_TOKENS))
    except ConfigError:
        return []
    request = Request(0, "probe", "measure", body, service.path, generation.stream)
    scrub = scrubber(config)
    found = []
    for target, url in zip(service.targets, service.urls, strict=True):
        spec = WorkerSpec((_in_time(target),), config.transport, config.api, generation)
        record = _settled(spec, request, crew)
        if record is None:
            continue
        if record.outcome == "connect":
            raise TargetError(f"cannot connect to {target.where}: {_words(record, scrub)} {_OFF}")
        if _is_refusal(record):
            raise TargetError(_refused(record, target, service.path, scrub))
        told = _told(record, _words(record, scrub))
        found.append(told if len(service.urls) == 1 else replace(told, url=url))
    return found


def _settled(spec: WorkerSpec, request: Request, crew: Crew) -> Record | None:
    """The record of the first try that another would not better, or of the last."""
    record = _sent(spec, request, crew)
    for pause_s in PAUSES_S:
        if record is None or not _may_pass(record):
            break
        time.sleep(pause_s)
        record = _sent(spec, request, crew)
    return record


def _short(generation: Generation) -> Generation:
    def without_lengths(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if name not in _LENGTH_FIELDS}

    return replace(
        generation,
        sampling=without_lengths(generation.sampling),
        extra=without_lengths(generation.extra),
        max_tokens=(MAX_TOKENS, MAX_TOKENS),
    )


class _Kept:
    """Keeps the records of a round in memory; see ``driver.rounds.Keeper``."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def begin_point(self, point: Point) -> None:
        pass

    def append(self, point: Point, records: list[Record]) -> None:
        self.records += records

    def count(self, point: Point) -> dict[Phase, int]:
        return {"measure": len(self.records)}

    def end_point(self, point: Point, facts: PointFacts) -> None:
        pass


def _in_time(target: Target) -> Target:
    return replace(
        target,
        read_timeout_s=min(target.read_timeout_s, LONGEST_S),
        total_timeout_s=min(target.total_timeout_s or LONGEST_S, LONGEST_S),
    )


def _sent(spec: WorkerSpec, request: Request, crew: Crew) -> Record | None:
    """The record of one try; ``None`` if the worker died before there was one."""
    kept = _Kept()
    point = Point(0, "probe", parallel=1, rate=None, number=1)
    Rounds(crew, kept).run(Round(point, spec, [request], workers=1, total=1))
    return kept.records[0] if kept.records else None


def _may_pass(record: Record) -> bool:
    """Whether another try may fare better; one that took too long has had its time."""
    return record.outcome not in ("ok", "timeout") and not _is_refusal(record)


def _is_refusal(record: Record) -> bool:
    """Whether every other request would end in the same way."""
    if record.outcome == "http_4xx":
        return record.status not in _PASSING
    return record.outcome == "protocol"


def _refused(record: Record, target: Target, path: str, scrub: Scrubber) -> str:
    where = (target.unix_socket or target.authority) + (target.path or path).partition("?")[0]
    words = _words(record, scrub).rstrip(".") or "nothing"
    if words.startswith("TLS failed"):
        return f"{where}: {words} {_OFF}"
    if record.outcome == "protocol":
        return f"{where} sent no answer of this API: {words}: check --url and --api {_OFF}"
    advice = _ADVICE.get(record.status or 0, _ADVICE[400])
    return f"{where} answered {record.status} to a probe request: {words}: {advice} {_OFF}"


def _words(record: Record, scrub: Scrubber) -> str:
    return one_line(scrub.text(said(record.detail)))


_ADVICE = {
    400: "check --model and the sampling settings",
    401: "the service wants a valid --api-key",
    403: "the service wants a valid --api-key",
    404: "check --model and --url",
    405: "check --url",
    407: "the proxy on the way wants credentials",
}
"""What to look at, by status; of others what 400 says."""


def _told(record: Record, detail: str) -> Probe:
    usage = record.usage
    last_ns = record.event_ns[-1] if record.first_ns is not None else record.end_ns
    return Probe(
        outcome=record.outcome,
        detail=detail,
        ttft_ms=_ms(record.sent_ns, record.first_ns),
        e2e_ms=_ms(record.sent_ns, last_ns) if record.outcome == "ok" else None,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
    )


def _ms(start_ns: int | None, end_ns: int | None) -> float | None:
    return None if start_ns is None or end_ns is None else (end_ns - start_ns) / 1e6
