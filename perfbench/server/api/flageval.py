"""FlagEval's Auto-Evaluation API: batches of evaluations, their results, progress and differences.

Its answers are FlagEval's: status 200 and ``err_code`` 0 or 1, also where something is refused.
Knows the six routes; what they mean is in ``server.flageval``.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from perfbench.errors import PerfbenchError
from perfbench.server import jobs
from perfbench.server.flageval import rules
from perfbench.server.flageval.answers import (
    Begun,
    Diffs,
    EvalDiff,
    Lead,
    Progress,
    Result,
    Results,
    Said,
    Task,
)
from perfbench.server.flageval.asked import (
    NO_KEY,
    NewBatch,
    data_sets_of,
    settings_of,
    without_secrets,
)
from perfbench.server.flageval.desk import Desk
from perfbench.server.flageval.progress import Steps, seen_steps, stored_steps, texts
from perfbench.server.flageval.register import Batch, Evaluation
from perfbench.server.jobs import Asked
from perfbench.server.queue import ALIVE, ENDED, Job, new_id
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Call, Handler, Other, Parameter, Reply, Route

_THEIR_NAMES = {"url": "eval_url", "retries": "num_retry", "parallel": "num_concurrent"}
"""Settings whose names in a request are others."""


class _Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch."""

    request_id: str


class _Resumed(_Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch to go on with."""

    api_key: str | None = None
    """Of its models, where the server has been started anew since it was given."""


class _Looked(_Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch, and its domain."""

    domain: str


class _Several(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Batches."""

    request_ids: list[str] | str


async def _evaluate(call: Call) -> Reply:
    new: NewBatch = call.body
    desk = Desk(call.server)
    data_sets = data_sets_of(new.domain, new.mode)
    given = msgspec.structs.asdict(new)
    del given["eval_infos"]
    batch = Batch(request_id=new_id(), created_s=time.time(), **given)
    plain = [
        Evaluation(
            request_id=batch.request_id,
            domain=new.domain,
            data_sets=data_sets,
            info=without_secrets(info),
            has_key=info.api_key != NO_KEY,
        )
        for info in new.eval_infos
    ]
    _refuse_known_names(plain, desk.known)
    desk.known += plain
    evaluations, asked = [], []
    for place, evaluation in enumerate(plain):
        source = desk.source(evaluation)
        info, run = new.eval_infos[place], None
        if source is not None:
            evaluation = msgspec.structs.replace(evaluation, reuses=source[0].name)
            run = source[1].name
        evaluations.append(evaluation)
        try:
            settings = settings_of(info, data_sets, desk.config.data_dir, run)
            asked.append(
                Asked(
                    command="eval", settings=settings, batch=batch.request_id, label=info.eval_model
                )
            )
            jobs.check(asked[-1], desk.config)
        except Refusal as refusal:
            theirs = _THEIR_NAMES.get(refusal.field or "")
            text = f"{theirs}: {refusal}" if theirs else str(refusal)
            raise Refusal(422, f"eval_infos[{place}] ({info.eval_model}): {text}") from None
    _refuse_beyond_queue(desk, len(asked))
    desk.register.put(batch, evaluations)
    begun = [desk.jobs.submit(each) for each in asked]
    tasks = [_task(desk, *pair) for pair in zip(evaluations, begun, strict=True)]
    return Begun(request_id=batch.request_id, eval_tasks=tasks)


def _task(desk: Desk, evaluation: Evaluation, job: Job) -> Task:
    baseline = rules.baseline_of(evaluation, desk.known)
    return Task(
        eval_model=evaluation.name,
        task_id=job.id,
        model=evaluation.info.model,
        chip=evaluation.info.chip,
        datasets=evaluation.data_sets,
        status="R",
        baseline=None if baseline is None else baseline.name,
        reuses=evaluation.reuses,
    )


def _refuse_known_names(new: Sequence[Evaluation], known: Sequence[Evaluation]) -> None:
    names = [each.name for each in new]
    before = {each.name: each.request_id for each in known}
    for name in names:
        if names.count(name) > 1:
            raise Refusal(409, f"eval_model: {name!r} stands twice in eval_infos")
        if name in before:
            raise Refusal(
                409, f"eval_model: {name!r} is an evaluation of {before[name]}: give another name"
            )


def _refuse_beyond_queue(desk: Desk, number: int) -> None:
    """A batch is taken whole or not at all."""
    waiting = desk.jobs.queue.count(("queued",), ("perf", "eval", "arena"))
    if waiting + number > desk.config.queue:
        raise Refusal(429, f"{waiting} jobs wait, and {desk.config.queue} may: ask again later")


async def _results(call: Call) -> Reply:
    desk = Desk(call.server)
    batch, evaluations = desk.batch(call.body.request_id)
    found = {}
    for evaluation in evaluations:
        view = await desk.view(evaluation)
        held = await desk.held(view)
        notes = [note for each in view.found.values() for note in each.notes]
        found[evaluation.name] = [
            Result(
                status=view.status,
                details=held.details,
                release=held.release,
                model=evaluation.info.model,
                tokenizer=evaluation.info.tokenizer,
                chip=evaluation.info.chip,
                baseline=held.baseline,
                reuses=evaluation.reuses,
                run=None if view.path is None else view.path.name,
                error=view.error,
                notes=list(dict.fromkeys(notes)),
            )
        ]
    return Results(eval_results=found, batch=batch)


async def _diffs(call: Call) -> Reply:
    desk = Desk(call.server)
    given = call.body.request_ids
    names = [name.strip() for name in given.split(",")] if isinstance(given, str) else given
    batches = {name: desk.batch(name)[1] for name in names}
    found = []
    for name, evaluations in batches.items():
        measured = [each for each in evaluations if not rules.is_baseline(each)]
        for evaluation in measured or evaluations:
            held = await desk.held(await desk.view(evaluation), names)
            found.append(
                EvalDiff(
                    request_id=name,
                    eval_model=evaluation.name,
                    baseline=held.baseline,
                    details=held.details,
                    release=held.release,
                )
            )
    return Diffs(eval_diffs=found)


async def _stop(call: Call) -> Reply:
    desk = Desk(call.server)
    _, evaluations = desk.batch(call.body.request_id)
    going = [job for each in evaluations if (job := desk.job(each)) and job.state not in ENDED]
    if not going:
        raise Refusal(409, "nothing of it runs or waits")
    # Those that wait first, so that none of them takes the place of one that ends.
    for job in sorted(going, key=lambda job: job.state != "queued"):
        if job.state != "stopping":
            desk.jobs.stop(job.id)
    return Said()


async def _resume(call: Call) -> Reply:
    desk = Desk(call.server)
    _, evaluations = desk.batch(call.body.request_id)
    views = [await desk.view(each) for each in evaluations]
    again = [view for view in views if view.status not in ("S", "R")]
    if not again:
        runs = any(view.status == "R" for view in views)
        raise Refusal(409, "it still runs: stop it first" if runs else "nothing of it is missing")
    if gone := [view.evaluation.name for view in again if view.job is None]:
        raise Refusal(409, f"the job of {gone[0]} was deleted: ask for another evaluation")
    _refuse_beyond_queue(desk, len(again))
    key = call.body.api_key
    # Those with a key first: where the server lacks one, nothing has been begun.
    for view in sorted(again, key=lambda view: not view.evaluation.has_key):
        secrets = {"api_key": key} if view.evaluation.has_key and key is not None else {}
        if view.job is not None:
            desk.jobs.resume(view.job.id, secrets)
    return Said()


async def _progress(call: Call) -> Reply:
    desk = Desk(call.server)
    batch, evaluations = desk.batch(call.body.request_id)
    if call.body.domain != batch.domain:
        raise Refusal(422, f"domain: {batch.request_id} was asked for in {batch.domain}")
    leads: list[Lead] = []
    steps: list[Steps] = []
    for evaluation in evaluations:
        view = await desk.view(evaluation)
        number = len(evaluation.data_sets)
        if view.job is not None and view.job.state in ALIVE:
            steps.append(seen_steps(number, (await desk.jobs.feed(view.job)).seen))
        else:
            steps.append(stored_steps(number, view.found))
        lead = texts(steps[-1:])
        leads.append(Lead(eval_model=evaluation.name, status=view.status, **lead))
    status = rules.worst(lead.status for lead in leads)
    told: Mapping[str, Any] = texts(steps)
    return Progress(finished=status != "R", status=status, eval_tasks=leads, **told)


def _answered(route: Route) -> Route:
    """The same, with every refusal in FlagEval's words: status 200, and what is wrong in the
    answer. The fields of a body may stand in the query instead."""
    decoder = dataclasses.replace(route, checked=True)

    async def answer(call: Call) -> Reply:
        try:
            content = _with_query(await call.request.read(), call)
            body = decoder.decode(content)
            return await route.handler(dataclasses.replace(call, body=body))
        except Refusal as refusal:
            text = str(refusal)
        except PerfbenchError as error:
            text = str(error)
        return Said(err_code=1, err_msg=text, err_message=text)

    return dataclasses.replace(route, handler=answer)


def _with_query(content: bytes, call: Call) -> bytes:
    query = call.request.query
    given = {name: query.getall(name) for name in query}
    plain = {name: each if len(each) > 1 else each[0] for name, each in given.items()}
    if not plain:
        return content
    if not content:
        return msgspec.json.encode(plain)
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return content
    return msgspec.json.encode({**plain, **body}) if isinstance(body, dict) else content


_REFUSED = Other(200, "Or it was refused: err_code is 1, and err_msg says why.", Said)


def _route(method: str, path: str, handler: Handler, body: Any, answers: Any) -> Route:
    words = {
        "/evaluation": "Begin a batch of evaluations.",
        "/evaldiffs": "What came of a batch.",
        "/stop_evaluation": "Stop a batch: what was answered is kept.",
        "/resume_evaluation": "Go on with a batch: only what is missing is asked.",
        "/evaluation_progress": "How far a batch is.",
        "/evaluation_diffs": "Batches against their baselines.",
    }
    names = () if body is NewBatch else body.__struct_fields__
    query = tuple(Parameter(name, "As in the body.") for name in names if name != "api_key")
    summary = words[path]
    return _answered(
        Route(
            method,
            path,
            handler,
            summary,
            "FlagEval",
            body=body,
            lax=True,
            checked=False,
            answers=answers,
            others=() if answers is Said else (_REFUSED,),
            query=query,
        )
    )


ROUTES = (
    _route("POST", "/evaluation", _evaluate, NewBatch, Begun),
    _route("GET", "/evaldiffs", _results, _Named, Results),
    _route("POST", "/evaldiffs", _results, _Named, Results),
    _route("POST", "/stop_evaluation", _stop, _Named, Said),
    _route("POST", "/resume_evaluation", _resume, _Resumed, Said),
    _route("GET", "/evaluation_progress", _progress, _Looked, Progress),
    _route("POST", "/evaluation_progress", _progress, _Looked, Progress),
    _route("GET", "/evaluation_diffs", _diffs, _Several, Diffs),
    _route("POST", "/evaluation_diffs", _diffs, _Several, Diffs),
)
