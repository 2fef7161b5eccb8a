"""EvalScope's documented API: an evaluation or a load test in its parameters, answered when done.

What goes on without its client: the job is in the queue like any other. Knows no other of its
paths; those are in ``evalscope_tasks`` and ``evalscope_runs``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from perfbench.errors import ConfigError
from perfbench.server.api.jobs import ShownJob, accepted
from perfbench.server.evalscope import asking, telling
from perfbench.server.jobs import Asked
from perfbench.server.queue import Job
from perfbench.server.refusal import CODES, Problem, Refusal
from perfbench.server.routes import Answer, Call, Other, Parameter, Reply, Route

FAILED, BAD_INPUT = 1, 2
"""Exit statuses of commands: results that are worth nothing or not whole; and what whoever asked
can mend."""


class EvalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What an evaluation found."""

    status: str
    """``success``; ``error`` if answers or scores are missing; ``stopped`` by somebody."""
    message: str
    result: dict[str, Any]
    """By data set: ``score``, ``metrics`` by category and subset, as EvalScope reports them."""
    output_dir: str | None
    """The folder of the run."""


class PerfAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a load test found."""

    status: str
    """``success``; ``error`` if no request succeeded or a limit was passed; ``stopped``."""
    message: str
    output_dir: str | None
    """The folder of the run."""
    results: dict[str, Any]
    """By load, ``parallel_10_number_100``: ``metrics`` and ``percentiles``, as EvalScope has them.
    """


class Failed(msgspec.Struct, frozen=True):
    """A run that did not take place, or of which nothing is known."""

    status: str
    message: str
    error: Problem


class Parameters(msgspec.Struct, frozen=True):
    """What may be given, by name."""

    required: dict[str, Any]
    optional: dict[str, Any]


@contextmanager
def documented() -> Iterator[None]:
    """What is wrong with parameters is a 400 here, as EvalScope says."""
    try:
        yield
    except ConfigError as error:
        raise Refusal(400, str(error), error.setting) from None
    except RecursionError:
        raise Refusal(400, "the parameters are too deep in each other") from None
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        raise Refusal(400, str(refusal), refusal.field) from None


def submitted(call: Call, kind: asking.Kind, batch: str | None = None) -> Job:
    """The job that a request asks for.

    Raises:
        Refusal: a parameter is wrong, or too many jobs wait.
    """
    with documented():
        settings = asked_settings(call, kind)
        return call.server.jobs.submit(Asked(command=kind, settings=settings, batch=batch))


def asked_settings(call: Call, kind: asking.Kind) -> Mapping[str, Any]:
    """Our settings for the body of a request.

    Raises:
        ConfigError: a parameter is unknown or wrong.
    """
    return asking.settings_of(kind, call.plain, call.server.config.outputs_dir)


def waits(call: Call) -> bool:
    """Whether the answer is wanted when the job has ended, or at once.

    Raises:
        Refusal: ``wait`` is neither true nor false.
    """
    text = call.request.query.get("wait", "true")
    if text not in ("true", "false"):
        raise Refusal(400, "wait must be true or false", "wait")
    preferred = ",".join(call.request.headers.getall("Prefer", ()))
    return text == "true" and "respond-async" not in map(str.strip, preferred.lower().split(","))


def at_once(job: Job) -> Answer:
    """A job that is not waited for."""
    answer = accepted(job)
    return Answer(
        answer.body, answer.status, {**answer.headers, "Preference-Applied": "respond-async"}
    )


def folder_of(call: Call, job: Job) -> Path | None:
    """The folder of the run of a job; ``None`` if it has none."""
    return None if job.run is None else call.server.config.outputs_dir.absolute() / job.run


def lost(job: Job) -> Answer | None:
    """The answer for a job that has no run to tell of, or of whose end nothing is known."""
    if job.state == "interrupted":
        return _failed(500, job)
    refused = job.state == "failed" and (job.run is None or job.exit_status == BAD_INPUT)
    return _failed(400, job) if refused else None


def _failed(status: int, job: Job) -> Answer:
    text = job.error or "it did not say why"
    return Answer(Failed("error", text, Problem(CODES[status], text)), status)


def _carry_out(kind: asking.Kind) -> Callable[[Call], Awaitable[Reply]]:
    async def carry_out(call: Call) -> Reply:
        blocks = waits(call)
        job = submitted(call, kind)
        if not blocks:
            return at_once(job)
        job = await call.server.jobs.end_of(job)
        if (answer := lost(job)) is not None:
            return answer
        folder, found = folder_of(call, job), {}
        if folder is not None:
            found = await asyncio.to_thread(_TOLD[kind], folder)
        status, message = _status(job), message_of(job)
        place = None if folder is None else str(folder)
        if kind == "eval":
            return EvalAnswer(status=status, message=message, result=found, output_dir=place)
        return PerfAnswer(status=status, message=message, output_dir=place, results=found)

    return carry_out


_TOLD: Mapping[asking.Kind, Callable[[Path], dict[str, Any]]] = {
    "eval": telling.evaluation,
    "perf": telling.load_test,
}


def _status(job: Job) -> str:
    return {"done": "success", "failed": "error"}.get(job.state, job.state)


def message_of(job: Job) -> str:
    """What is said of a job that has ended, in a line."""
    what = "Performance test" if job.command == "perf" else "Evaluation"
    if job.state == "done":
        return f"{what} completed"
    if job.state == "failed" and job.exit_status == FAILED:
        lacks = "no request succeeded" if job.command == "perf" else "not all of it has a score"
        return f"{what} completed, but {lacks}: the log of job {job.id} says more"
    return job.error or f"{what} was {job.state}"


async def _eval_parameters(call: Call) -> Reply:
    return Parameters(**asking.parameters("eval"))


async def _perf_parameters(call: Call) -> Reply:
    return Parameters(**asking.parameters("perf"))


WAIT = (
    Parameter(
        "wait",
        "false: answer 202 and the job at once.",
        {"type": "string", "enum": ["true", "false"], "default": "true"},
    ),
)
PREFER = (Parameter("Prefer", "respond-async: as wait=false."),)
ACCEPTED = (Other(202, "It is not waited for: the job.", ShownJob),)
BLOCKS = (
    "The answer comes when the run has ended, and nothing is sent before: give clients and proxies "
    "time. A client that goes away leaves the job as it is."
)
_TAG = "EvalScope"
ROUTES = (
    Route(
        "POST",
        "/api/v1/eval",
        _carry_out("eval"),
        "Evaluate a model.",
        _TAG,
        body=asking.EvalBody,
        invalid=400,
        answers=EvalAnswer,
        others=(*ACCEPTED, Other(500, "Nothing is known of the end of the run.", Failed)),
        query=WAIT,
        headers=PREFER,
        more=BLOCKS,
        refuses=(429,),
    ),
    Route(
        "POST",
        "/api/v1/perf",
        _carry_out("perf"),
        "Load-test a service.",
        _TAG,
        body=asking.PerfBody,
        invalid=400,
        answers=PerfAnswer,
        others=(*ACCEPTED, Other(500, "Nothing is known of the end of the run.", Failed)),
        query=WAIT,
        headers=PREFER,
        more=BLOCKS,
        refuses=(429,),
    ),
    Route(
        "GET",
        "/api/v1/eval/params",
        _eval_parameters,
        "Parameters of an evaluation.",
        _TAG,
        answers=Parameters,
    ),
    Route(
        "GET",
        "/api/v1/perf/params",
        _perf_parameters,
        "Parameters of a load test.",
        _TAG,
        answers=Parameters,
    ),
)
