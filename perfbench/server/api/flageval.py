"""FlagEval's Auto-Evaluation API: batches of evaluations, their results, progress and differences.

Its answers are FlagEval's: status 200 and ``err_code`` 0 or 1, also where something is refused.
Knows the six routes; what they mean is in ``server.flageval``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from perfbench.server import jobs
from perfbench.server.flageval import rules
from perfbench.server.flageval.asked import NO_KEY, NewBatch, data_sets_of, settings_of
from perfbench.server.flageval.register import Batch, Evaluation, Register
from perfbench.server.flageval.results import comparison, standings
from perfbench.server.flageval.rules import Standing, Status, Verdict
from perfbench.server.jobs import Asked
from perfbench.server.queue import ALIVE, ENDED, Job, new_id
from perfbench.server.refusal import Refusal
from perfbench.server.routes import Answer, Call, Parameter, Reply, Route

_THEIR_NAMES = {"url": "eval_url", "retries": "num_retry", "parallel": "num_concurrent"}
"""Settings whose names in a request are others; where there is none, they come of gen_kwargs."""


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


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it was done."""

    err_code: int = 0
    err_msg: str = "success"
    err_message: str = "success"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation that was begun."""

    eval_model: str
    task_id: str
    """Its job."""
    model: str
    chip: str
    datasets: tuple[str, ...]
    status: Status
    baseline: str | None
    """What it is measured by, as far as that is known now."""
    reuses: str | None
    """The evaluation whose answers count where the same would be asked."""


class Begun(Said, frozen=True, kw_only=True):
    """A batch that was begun."""

    request_id: str
    eval_tasks: list[Task]


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a data set. Shares of 1; unknown is null."""

    dataset: str
    status: Status
    accuracy: float | None
    base_acc: float | None
    diff: float | None
    interval: tuple[float, float] | None = None
    """95 % interval of the difference over the questions scored in both."""
    tolerance: float
    reason: str
    """Why it does or does not stand in the way of a release."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a model."""

    status: Status
    details: list[Detail]
    release: bool | None
    model: str
    chip: str
    baseline: str | None
    reuses: str | None
    run: str | None
    """Its results folder."""
    error: str | None
    notes: list[str]


class Results(Said, frozen=True, kw_only=True):
    """What came of a batch, by ``eval_model``."""

    eval_results: dict[str, list[Result]]
    batch: Batch


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """How far an evaluation is."""

    eval_model: str
    status: Status
    datasets_progress: str
    running_dataset: str
    running_progress: str


class Progress(Said, frozen=True, kw_only=True):
    """How far a batch is."""

    finished: bool
    status: Status
    datasets_progress: str
    running_dataset: str
    running_progress: str
    eval_tasks: list[Lead]


class EvalDiff(msgspec.Struct, frozen=True, kw_only=True):
    """A model against its baseline."""

    request_id: str
    eval_model: str
    baseline: str | None
    details: list[Detail]
    release: bool | None


class Diffs(Said, frozen=True, kw_only=True):
    """Models against their baselines."""

    eval_diffs: list[EvalDiff]


@dataclass(frozen=True, slots=True)
class _View:
    """An evaluation as it is now."""

    evaluation: Evaluation
    job: Job | None
    path: Path | None
    """Of its run, once the job has ended."""
    found: Mapping[str, Standing]

    def status(self, data_set: str) -> Status:
        state = None if self.job is None else self.job.state
        return rules.status_of_data_set(state, self.found.get(data_set))

    @property
    def overall(self) -> Status:
        statuses = [self.status(name) for name in self.evaluation.data_sets]
        return rules.status_of_model(None if self.job is None else self.job.state, statuses)


class _Desk:
    """One request's view of batches, jobs and runs."""

    def __init__(self, call: Call) -> None:
        self.server = call.server
        self.jobs = call.server.jobs
        self.register = Register(self.jobs.queue.db)
        self.known = self.register.evaluations()

    def batch(self, request_id: str) -> tuple[Batch, list[Evaluation]]:
        """A batch and its evaluations.

        Raises:
            Refusal: there is none.
        """
        batch = self.register.batch(request_id)
        if batch is None:
            raise Refusal(404, f"request_id: there is no evaluation {request_id[:60]!r}")
        return batch, [each for each in self.known if each.request_id == request_id]

    def job(self, evaluation: Evaluation) -> Job | None:
        """The latest job of an evaluation; ``None`` if it was deleted."""
        found = self.jobs.queue.batch(evaluation.request_id)
        return next((job for job in reversed(found) if job.label == evaluation.name), None)

    def run(self, job: Job | None) -> Path | None:
        """The results of a job that has ended."""
        name = None if job is None or job.state not in ENDED else job.run or job.resumes
        try:
            return None if name is None else self.server.library.path(name)
        except Refusal:
            return None

    async def view(self, evaluation: Evaluation) -> _View:
        """An evaluation as it is now."""
        job = self.job(evaluation)
        path = self.run(job)
        found = {} if path is None else await asyncio.to_thread(standings, path)
        return _View(evaluation, job, path, found)

    async def details(
        self, view: _View, beside: Sequence[str] = ()
    ) -> tuple[list[Detail], bool | None, Evaluation | None]:
        """The data sets of an evaluation against its baseline, whether it may be released, and that
        baseline."""
        baseline = rules.baseline_of(view.evaluation, self.known, beside)
        if baseline is None or baseline.name == view.evaluation.name:
            base: _View | None = None if baseline is None else view
        else:
            base = await self.view(baseline)
        compared: Mapping[str, Any] = {}
        if base is not None and base is not view and base.path and view.path:
            compared = await asyncio.to_thread(comparison, base.path, view.path)
        details, verdicts = [], []
        for name in view.evaluation.data_sets:
            verdict = self._verdict(name, view, base, compared)
            verdicts.append(verdict)
            details.append(_detail(name, view, base, verdict, self._tolerance(name), compared))
        return details, rules.release_of(view.overall, verdicts), baseline

    def _verdict(
        self, name: str, view: _View, base: _View | None, compared: Mapping[str, Any]
    ) -> Verdict:
        if base is None:
            return Verdict(None, "it has no baseline")
        if (status := view.status(name)) != "S":
            return Verdict(None if status == "R" else False, f"its status is {status}")
        if base is view:
            return Verdict(True, "it is the baseline")
        if (status := base.status(name)) != "S":
            return Verdict(None, f"the status of the baseline is {status}")
        if rules.shares_answers(view.evaluation, base.evaluation, self.known):
            return Verdict(None, "it and the baseline rest on the same answers")
        if name not in compared:
            return Verdict(None, "it cannot be compared with the baseline")
        found = base.found[name], view.found[name]
        return rules.verdict_on(compared[name], self._tolerance(name), *found)

    def _tolerance(self, data_set: str) -> float:
        return self.server.config.tolerance_of(data_set)


def _detail(
    name: str,
    view: _View,
    base: _View | None,
    verdict: Verdict,
    tolerance: float,
    compared: Mapping[str, Any],
) -> Detail:
    own = view.found.get(name)
    other = None if base is None else base.found.get(name)
    accuracy = None if own is None else own.accuracy
    base_acc = None if other is None else other.accuracy
    both = base is not None and view.status(name) == base.status(name) == "S"
    known = both and accuracy is not None and base_acc is not None
    scored = compared[name].scored if both and name in compared else None
    return Detail(
        dataset=name,
        status=view.status(name),
        accuracy=accuracy,
        base_acc=base_acc,
        diff=accuracy - base_acc
        if known and accuracy is not None and base_acc is not None
        else None,
        interval=None if scored is None or scored.low is None else (scored.low, scored.high),
        tolerance=tolerance,
        reason=verdict.reason,
    )


async def _evaluate(call: Call) -> Reply:
    new: NewBatch = call.body
    desk = _Desk(call)
    data_sets = data_sets_of(new.domain, new.mode)
    given = msgspec.structs.asdict(new)
    del given["eval_infos"]
    batch = Batch(request_id=new_id(), created_s=time.time(), **given)
    plain = [
        Evaluation(
            request_id=batch.request_id,
            domain=new.domain,
            data_sets=data_sets,
            info=msgspec.structs.replace(info, api_key=NO_KEY),
            has_key=info.api_key != NO_KEY,
        )
        for info in new.eval_infos
    ]
    _refuse_known_names(plain, desk.known)
    desk.known += plain
    evaluations, asked = [], []
    for place, (info, each) in enumerate(zip(new.eval_infos, plain, strict=True)):
        source = _source(desk, each)
        evaluations.append(
            msgspec.structs.replace(each, reuses=None if source is None else source[0].name)
        )
        try:
            run = None if source is None else source[1].name
            settings = settings_of(info, data_sets, desk.server.config.data_dir, run)
            one = Asked(
                command="eval", settings=settings, batch=batch.request_id, label=info.eval_model
            )
            jobs.check(one, desk.server.config)
        except Refusal as refusal:
            where = f"eval_infos[{place}] ({info.eval_model})"
            field = _THEIR_NAMES.get(refusal.field or "", "")
            raise Refusal(422, f"{where}: {field}{': ' if field else ''}{refusal}") from None
        asked.append(one)
    _refuse_beyond_queue(desk, len(asked))
    desk.register.put(batch, evaluations)
    try:
        begun = [desk.jobs.submit(one) for one in asked]
    except Refusal:
        if not desk.jobs.queue.batch(batch.request_id):
            desk.register.forget(batch.request_id)
        raise
    desk.known = desk.register.evaluations()
    pairs = zip(evaluations, begun, strict=True)
    return Begun(
        request_id=batch.request_id,
        eval_tasks=[_task(desk, evaluation, job) for evaluation, job in pairs],
    )


def _task(desk: _Desk, evaluation: Evaluation, job: Job) -> Task:
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


def _refuse_beyond_queue(desk: _Desk, number: int) -> None:
    """A batch is taken whole or not at all."""
    waiting = desk.jobs.queue.count(("queued",), ("perf", "eval", "arena"))
    if waiting + number > desk.server.config.queue:
        raise Refusal(
            429, f"{waiting} jobs wait, and {desk.server.config.queue} may: ask again later"
        )


def _source(desk: _Desk, evaluation: Evaluation) -> tuple[Evaluation, Path] | None:
    """The latest evaluation that has ended and whose answers may count for this one, with its
    run."""
    for each in rules.sources_of(evaluation, desk.known):
        run = desk.run(desk.job(each))
        if run is not None:
            return each, run
    return None


async def _results(call: Call) -> Reply:
    desk = _Desk(call)
    batch, evaluations = desk.batch(call.body.request_id)
    found = {}
    for evaluation in evaluations:
        view = await desk.view(evaluation)
        details, release, baseline = await desk.details(view)
        standing = view.found.values()
        found[evaluation.name] = [
            Result(
                status=view.overall,
                details=details,
                release=release,
                model=evaluation.info.model,
                chip=evaluation.info.chip,
                baseline=None if baseline is None else baseline.name,
                reuses=evaluation.reuses,
                run=None if view.path is None else view.path.name,
                error=None if view.job is None else view.job.error,
                notes=list(dict.fromkeys(note for each in standing for note in each.notes)),
            )
        ]
    return Results(eval_results=found, batch=batch)


async def _diffs(call: Call) -> Reply:
    desk = _Desk(call)
    given = call.body.request_ids
    names = [name.strip() for name in given.split(",")] if isinstance(given, str) else given
    batches = [(name, desk.batch(name)[1]) for name in dict.fromkeys(names)]
    found = []
    for name, evaluations in batches:
        measured = [each for each in evaluations if not rules.is_baseline(each)]
        for evaluation in measured or evaluations:
            view = await desk.view(evaluation)
            details, release, baseline = await desk.details(view, names)
            found.append(
                EvalDiff(
                    request_id=name,
                    eval_model=evaluation.name,
                    baseline=None if baseline is None else baseline.name,
                    details=details,
                    release=release,
                )
            )
    return Diffs(eval_diffs=found)


async def _stop(call: Call) -> Reply:
    desk = _Desk(call)
    _, evaluations = desk.batch(call.body.request_id)
    going = [job for each in evaluations if (job := desk.job(each)) and job.state not in ENDED]
    if not going:
        raise Refusal(409, "nothing of it runs or waits")
    for job in reversed(going):  # Those that wait first, so that none of them takes a free place.
        if job.state != "stopping":
            desk.jobs.stop(job.id)
    return Said()


async def _resume(call: Call) -> Reply:
    desk = _Desk(call)
    _, evaluations = desk.batch(call.body.request_id)
    views = [await desk.view(each) for each in evaluations]
    if any(view.overall == "R" for view in views):
        raise Refusal(409, "it still runs: stop it first, or wait")
    again = [view for view in views if view.overall != "S"]
    if not again:
        raise Refusal(409, "nothing of it is missing")
    if gone := [view.evaluation.name for view in again if view.job is None]:
        raise Refusal(409, f"the job of {gone[0]} was deleted: ask for another evaluation")
    _refuse_beyond_queue(desk, len(again))
    key = call.body.api_key
    for view in again:
        assert view.job is not None
        wants = view.evaluation.has_key and key is not None
        desk.jobs.resume(view.job.id, {"api_key": key} if wants else {})
    return Said()


async def _progress(call: Call) -> Reply:
    desk = _Desk(call)
    batch, evaluations = desk.batch(call.body.request_id)
    if call.body.domain != batch.domain:
        raise Refusal(422, f"domain: {batch.request_id} was asked for in {batch.domain}")
    views = [await desk.view(each) for each in evaluations]
    steps = [_steps(desk, view) for view in views]
    leads = [
        Lead(eval_model=view.evaluation.name, status=view.overall, **_shown([each]))
        for view, each in zip(views, steps, strict=True)
    ]
    status = rules.worst(lead.status for lead in leads)
    return Progress(finished=status != "R", status=status, eval_tasks=leads, **_shown(steps))


@dataclass(frozen=True, slots=True)
class _Steps:
    """How far the data sets of an evaluation are."""

    data_sets: int
    over: int
    """Of them: those that have been asked to the end."""
    running: str | None
    """The one that is being asked."""
    done: int
    """Answers of that one, or of all where none is being asked."""
    wanted: int | None
    """``None`` if that is not known yet."""


def _steps(desk: _Desk, view: _View) -> _Steps:
    number = len(view.evaluation.data_sets)
    if view.job is None or view.job.state not in ALIVE:
        found = view.found.values()
        over = sum(bool(each.wanted) and each.ended >= each.wanted for each in found)
        done, wanted = sum(each.ended for each in found), sum(each.wanted for each in found)
        return _Steps(number, over, None, done, wanted or None)
    seen = desk.jobs.feed(view.job).seen
    running = next((name for name in seen.begun if name not in seen.ended), None)
    if running is None:
        return _Steps(number, len(seen.ended), None, len(seen.ended), number)
    subtasks = [] if seen.started is None else seen.started["subtasks"]
    name = next((each["dataset"] for each in subtasks if each["name"] == running), running)
    now = seen.progress.get(running, {})
    return _Steps(number, len(seen.ended), name, now.get("done") or 0, now.get("planned"))


def _shown(steps: Sequence[_Steps]) -> dict[str, str]:
    """The three texts of progress, of several evaluations together."""
    running = [each for each in steps if each.running is not None]
    counted = running or steps
    done = sum(each.done for each in counted)
    known = all(each.wanted is not None for each in counted)
    wanted = sum(each.wanted or 0 for each in counted)
    share = 100 * done / wanted if known and wanted else 0.0
    return {
        "datasets_progress": f"{sum(e.over for e in steps)}/{sum(e.data_sets for e in steps)}",
        "running_dataset": ", ".join(dict.fromkeys(e.running for e in running if e.running)),
        "running_progress": f"{round(share, 1):g}%",
    }


def _refused(refusal: Refusal) -> Answer:
    """Status 200: FlagEval's clients look at ``err_code``."""
    return Answer(Said(err_code=1, err_msg=str(refusal), err_message=str(refusal)))


def _routes() -> tuple[Route, ...]:
    one = (Parameter("request_id", "The batch, where there is no body."),)
    several = (Parameter("request_ids", "The batches, where there is no body."),)
    looked = (*one, Parameter("domain", "Its domain, where there is no body."))
    table = (
        ("POST", "/evaluation", _evaluate, "Begin a batch of evaluations.", NewBatch, Begun, ()),
        ("GET", "/evaldiffs", _results, "What came of a batch.", _Named, Results, one),
        ("POST", "/evaldiffs", _results, "What came of a batch.", _Named, Results, one),
        ("POST", "/stop_evaluation", _stop, "Stop a batch.", _Named, Said, one),
        ("POST", "/resume_evaluation", _resume, "Go on with a batch.", _Resumed, Said, one),
        ("GET", "/evaluation_progress", _progress, "How far it is.", _Looked, Progress, looked),
        ("POST", "/evaluation_progress", _progress, "How far it is.", _Looked, Progress, looked),
        ("GET", "/evaluation_diffs", _diffs, "Against baselines.", _Several, Diffs, several),
        ("POST", "/evaluation_diffs", _diffs, "Against baselines.", _Several, Diffs, several),
    )
    return tuple(
        Route(
            method,
            path,
            handler,
            text,
            "FlagEval",
            body=body,
            lax=True,
            in_query=True,
            refusal=_refused,
            answers=answers,
            query=query,
        )
        for method, path, handler, text, body, answers, query in table
    )


ROUTES = _routes()
