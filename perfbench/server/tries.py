"""One small request to a service before there is a job, and what an evaluation would ask.

Each is a process like a job's, in a folder of its own that is gone afterwards; a few at a time, for
a limited time. Secrets are in what is given, and in nothing that comes back.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from perfbench import registry
from perfbench.config import PerfConfig, Scrubber, scrubber, validated
from perfbench.config.evaluation import EvalConfig
from perfbench.config.facts import facts_of
from perfbench.config.generation import generation_of
from perfbench.config.secrets import MASK, shown_url
from perfbench.config.server import ServerConfig
from perfbench.config.service import ServiceConfig
from perfbench.endpoints.url import resolve_url
from perfbench.errors import PerfbenchError
from perfbench.foreign import one_line
from perfbench.server import process
from perfbench.server.checked import plain_settings
from perfbench.server.jobs import log_tail
from perfbench.server.queue import Command
from perfbench.server.refusal import Refusal
from perfbench.server.vetting import forced, model_of, vetted
from perfbench.store import Run, open_run
from perfbench.types import Outcome, Record, Sample

AT_ONCE = 3
LONGEST_S = 50.0
"""For a try, its process's start and end included."""
MOST_TOKENS = 64
"""That an answer may have."""
_PATIENCE_S = 30.0
"""For the request itself: the process then has the time to say what happened."""
_TICK_S = 0.05
_LOG_BYTES = 64 << 10

_SPARED = frozenset(("Load", "Objectives", "Machines", "Output", "Service's side", "Run"))
"""Groups of settings that one request has no use for."""
_SPARED_TOO = frozenset(
    (
        *("conversations", "same_prompts", "trace_speed", "trace_start", "trace_duration"),
        *("output_lengths", "output_length_column", "min_tokens", "url_strategy"),
        *("models", "model_choice"),
    )
)
_WORDS: Mapping[Outcome, str] = {
    "ok": "The service answered.",
    "connect": "No connection: is the address right, and does the service run?",
    "timeout": "No answer came in time.",
    "http_4xx": "The service refuses the request: check key, model and sampling settings.",
    "http_5xx": "The service failed.",
    "in_band_error": "The service sent an error in the middle of its answer.",
    "truncated": "The connection ended in the middle of the answer.",
    "empty": "The answer is empty.",
    "protocol": "This is no answer of this API: check the address and the API.",
    "cancelled": "The request was given up.",
    "abandoned": "The request was given up.",
}
_KEYS = {401: "The service wants a valid key.", 403: "The service wants a valid key."} | {
    404: "There is no such page or model: check address, API and model.",
    429: "The service is asked too much at the moment.",
}
"""What statuses mean that say more than their kind."""


class Sent(msgspec.Struct, frozen=True):
    """A request as it was sent; keys masked."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one request. What is not known is ``None``; latencies are ms."""

    ok: bool
    words: str
    """What happened, for people."""
    outcome: Outcome | None = None
    """``None`` if nothing could be sent."""
    detail: str = ""
    """The words of the service, or of what failed."""
    status: int | None = None
    url: str | None = None
    model: str | None = None
    simulated: bool = False
    ttft_ms: float | None = None
    latency_ms: float | None = None
    text: str = ""
    reasoning: str = ""
    finish: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    request: Sent | None = None


class Plan(msgspec.Struct, frozen=True):
    """What an evaluation would ask, as ``--dry-run`` says it."""

    ok: bool
    text: str


class Tries:
    """The tries of a server.

    Args:
        folder: where each has a folder while it runs.
    """

    def __init__(self, config: ServerConfig, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._running = 0
        shutil.rmtree(folder, ignore_errors=True)

    async def request(self, command: Command, values: Mapping[str, Any]) -> Tried:
        """Send one request to the service that settings name.

        Raises:
            Refusal: a setting is wrong or may not be given, or too many are tried already.
        """
        given = vetted(command, values, self._config, None)
        asked = _one_request(command, given)
        async with self._ran("perf", asked) as (folder, ended):
            return await asyncio.to_thread(_read, folder, asked, ended)

    async def plan(self, command: Command, values: Mapping[str, Any]) -> Plan:
        """Say what an evaluation or an arena would ask.

        Raises:
            Refusal: a setting is wrong or may not be given, or too many are tried already.
        """
        if command == "perf":
            raise Refusal(422, "a load test has no plan but its settings", "command")
        given = vetted(command, values, self._config, None)
        async with self._ran(command, {**given, "dry_run": True}) as (folder, ended):
            text = scrubber(given).text(_log(folder))
        if ended is None:
            return Plan(False, f"it takes longer than {LONGEST_S:g} s")
        return Plan(ended == 0, text.removeprefix("perfbench: ").strip())

    @asynccontextmanager
    async def _ran(
        self, command: Command, given: Mapping[str, Any]
    ) -> AsyncIterator[tuple[Path, int | None]]:
        """The folder of a process that has ended, and its exit status; ``None``: out of time."""
        if self._running >= AT_ONCE:
            raise Refusal(429, f"{AT_ONCE} are tried already: try again in a moment")
        folder = self._folder / secrets.token_hex(8)
        self._running += 1
        try:
            try:
                folder.mkdir(mode=0o700, parents=True)
                words = ["--outputs-dir", str(folder), *forced(self._config)]
                child = await asyncio.to_thread(process.start, command, given, words, folder)
            except OSError as error:
                raise Refusal(507, f"cannot try it: {error.strerror or error}") from None
            try:
                child.give()
                await _end_of(child)
                status = None if child.alive else child.exit_status
            finally:
                child.kill()
            yield folder, status
        finally:
            self._running -= 1
            await asyncio.to_thread(shutil.rmtree, folder, True)


async def _end_of(child: process.Child) -> None:
    """Wait until it has ended, but not for ever."""
    for _ in range(round(LONGEST_S / _TICK_S)):
        if not child.alive:
            return
        await asyncio.sleep(_TICK_S)


def _one_request(command: Command, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a load test of one small request to the same service in the same way."""
    if command != "perf":
        given = _service_of(validated(model_of(command), given), given)
    left = {}
    for key, value in given.items():
        info = PerfConfig.model_fields.get(key)
        facts = facts_of(info) if info is not None else None
        if key not in _SPARED_TOO and (facts is None or facts.group not in _SPARED):
            left[key] = value
    config = validated(PerfConfig, left)
    most = min(MOST_TOKENS, *(config.max_tokens or [MOST_TOKENS]))
    several = validated(PerfConfig, given).weighed_models if given.get("models") else {}
    model = config.model or next(iter(several), None)
    return left | {
        **({"model": model} if model else {}),
        **({} if "max_tokens" in _ignored(config.api) else {"max_tokens": most}),
        "number": 1,
        "parallel": 1,
        "probe": False,
        "report": False,
        "keep_prompts": True,
        "server_metrics": False,
        "name": "try",
        "total_timeout": min(config.total_timeout or _PATIENCE_S, _PATIENCE_S),
        "connect_timeout": min(config.connect_timeout, _PATIENCE_S),
    }


def _ignored(api: str) -> Collection[str]:
    """Settings that mean nothing to an API."""
    if registry.is_users(registry.ENDPOINTS, api):
        return ()
    found: Collection[str] = getattr(registry.resolve(registry.ENDPOINTS, api), "ignores", ())
    return found


def _service_of(config: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Whom an evaluation or an arena asks: its first named model, else its service."""
    assert isinstance(config, EvalConfig)
    named = next((config.model_configs[name] for name in config.models), None)
    if named is None:
        return {key: given[key] for key in ServiceConfig.model_fields if key in given}
    return {key: value for key, value in plain_settings(named).items() if key != "parallel"}


def _read(folder: Path, asked: Mapping[str, Any], ended: int | None) -> Tried:
    """What a process left in its folder."""
    scrub = scrubber(asked)
    found = next(folder.glob("*/run.db"), None)
    if found is not None:
        with suppress(PerfbenchError), open_run(found, read_only=True) as run:
            for point in run.points():
                for record in run.records(point):
                    sample = run.samples.asked(point).get(record.seq)
                    return _told(run, record, _sent(asked, run, sample, scrub), scrub)
    if ended is None:
        return Tried(ok=False, words=f"It took longer than {LONGEST_S:g} s, and was ended.")
    said = [line for line in _log(folder).splitlines() if line.startswith("perfbench: ")]
    why = said[-1].removeprefix("perfbench: ") if said else _log(folder).strip()[-400:]
    why = scrub.text(one_line(why, None))
    return Tried(ok=False, words="No request could be sent.", detail=why)


def _log(folder: Path) -> str:
    with suppress(OSError):
        return log_tail(folder / process.LOG, _LOG_BYTES)
    return ""


def _told(run: Run, record: Record, sent: Sent | None, scrub: Scrubber) -> Tried:
    usage = record.usage
    known = record.outcome.startswith("http_") and _KEYS.get(record.status or 0)
    return Tried(
        ok=record.outcome == "ok",
        words=known or _WORDS[record.outcome],
        outcome=record.outcome,
        detail=scrub.text(record.detail),
        status=record.status,
        url=run.about.url,
        model=record.model or run.about.model,
        simulated=bool(run.about.simulator),
        ttft_ms=_ms(record.sent_ns, record.first_ns),
        latency_ms=_ms(record.sent_ns, record.end_ns),
        text=scrub.text(record.text),
        reasoning=scrub.text(record.reasoning),
        finish=record.finish,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        request=sent,
    )


def _ms(start_ns: int | None, end_ns: int | None) -> float | None:
    return None if start_ns is None or end_ns is None else (end_ns - start_ns) / 1e6


def _sent(
    asked: Mapping[str, Any], run: Run, sample: Sample | None, scrub: Scrubber
) -> Sent | None:
    """The request that was sent, made again; ``None`` where code of a user's makes it."""
    config = validated(PerfConfig, asked)
    if sample is None or registry.is_users(registry.ENDPOINTS, config.api):
        return None
    make = registry.resolve(registry.ENDPOINTS, config.api)
    generation = generation_of(config, config.model or run.about.model or "")
    if not getattr(make(generation), "generates", True):
        generation = msgspec.structs.replace(generation, stream=False)
    endpoint = make(generation)
    base = config.urls[0] if config.urls else "http://localhost"
    body = endpoint.build(sample)
    with suppress(msgspec.DecodeError):
        body = msgspec.json.format(body)
    headers = {name: MASK for name in config.headers} | dict(getattr(endpoint, "headers", ()))
    if config.api_key is not None:
        name, form = getattr(endpoint, "key_header", ("Authorization", "Bearer {}"))
        headers[name] = form.replace("{}", MASK)
    path = shown_url("http://h" + resolve_url(base, endpoint.path()).path).removeprefix("http://h")
    return Sent("POST", scrub.text(path), headers, scrub.text(body.decode("utf-8", "replace")))
