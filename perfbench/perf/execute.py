"""Runs a load test from settings to summaries, and ends it in good order whatever happens.

What has been measured is in the store within a second, and stays there when the run is stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from perfbench.config import PerfConfig, command_of, given_settings, public, scrubber
from perfbench.config.secrets import masked_settings
from perfbench.driver.probe import probe
from perfbench.driver.rounds import Ended, Round, Rounds
from perfbench.driver.service import Service, open_service, worker_spec
from perfbench.errors import PerfbenchError, StoreError, WorkerError
from perfbench.perf.course import Course, Sweep, Watch
from perfbench.perf.doubts import cached_note, connection_note, death_note, length_note, slots_note
from perfbench.perf.gating import Gates, aborted
from perfbench.perf.machines import Staff, open_crew
from perfbench.perf.plan import Plan, repetition_note
from perfbench.perf.points import leave_something, plan_points
from perfbench.perf.server_side import ServerSide
from perfbench.perf.tokens import count_tokens
from perfbench.store import Run
from perfbench.store.about import environment
from perfbench.store.again import files_of
from perfbench.store.summaries import preload, summarise_point
from perfbench.types import (
    Note,
    Observer,
    Point,
    PointFacts,
    PointFinished,
    PointStarted,
    Progress,
    Question,
    Record,
    RunStarted,
    SearchPath,
    Summary,
    together,
)
from perfbench.workloads import LoadedWorkload, Tokenizer, load_tokenizer, load_workload

if TYPE_CHECKING:
    from perfbench.perf.resume import Resumption


class PerfRun(msgspec.Struct):
    """What a load test leaves. ``run`` is open: the caller closes it."""

    run: Run
    summaries: list[Summary] = msgspec.field(default_factory=list)
    interrupted: bool = False
    failure: PerfbenchError | None = None
    """Why the sweep ended early, when it was neither the user nor the service."""
    stopped: str | None = None
    """What the service did in every request of a point, so that the sweep ended early; ``None`` if
    no point was left out."""
    failed_gates: list[str] = msgspec.field(default_factory=list)
    """Which points did not pass which ``--abort-if`` or ``--fail-if``, a line each."""
    search: SearchPath | None = None
    """What a search found."""


def execute(config: PerfConfig, observer: Observer) -> PerfRun:
    """Run every point of a load test.

    The observer hears everything but ``RunFinished``, which is for the caller to say once reports
    are written.

    Raises:
        PerfbenchError: before anything was measured: settings, data or service are at fault.
    """
    course = _course(config)
    for point in course.planned:
        leave_something(point)
    gates = Gates.of(config)
    config = _settled(config, course.planned[0].seed)
    with ExitStack() as cleanup, ExitStack() as unless_used:
        tokenizer = load_tokenizer(config.tokenizer_path) if config.tokenizer_path else None
        resumed = None
        if config.resume is not None:
            resumed = _resumed(config, tokenizer, unless_used)
            if resumed.course.missing is None:
                unless_used.pop_all()
                return _over(resumed, gates, observer)
            course = resumed.course
        staff = open_crew(config, course.heaviest, cleanup)
        service = open_service(config, config.simulator, config.policy, cleanup)
        means = _Means(service, staff, load_workload(config, tokenizer), tokenizer)
        session = _Session(config, observer, means, resumed)
        unless_used.pop_all()
        return session.run(course, gates)


def _course(config: PerfConfig, before: SearchPath | None = None) -> Course:
    if config.search is None:
        return Sweep(plan_points(config))
    from perfbench.perf.search import Search

    return Search(config, before)


def _resumed(config: PerfConfig, tokenizer: Tokenizer | None, unless_used: ExitStack) -> Resumption:
    from perfbench.perf.resume import resume

    return resume(config, partial(_course, config), tokenizer, unless_used)


def _over(resumed: Resumption, gates: Gates, observer: Observer) -> PerfRun:
    """A run of which nothing is missing: its figures are made, and told, again."""
    run, summaries = resumed.run, [summary for _, summary in resumed.kept]
    result = PerfRun(run, summaries, search=resumed.course.path)
    try:
        run.write_summary(summaries)
        observer(
            RunStarted(
                kind="load test",
                path=str(run.path),
                simulated=bool(run.about.simulator),
                config=run.config | {"model": run.about.model},
                given=tuple(run.about.given or ()),
                points=tuple(point for point, _ in resumed.kept),
            )
        )
        observer(Note(f"nothing to do: {run.path} is complete"))
        for point, summary in resumed.kept:
            observer(PointFinished(point, summary))
        result.failed_gates += [why for each in summaries if (why := aborted(each))]
        result.failed_gates += gates.failed(run, summaries, result.search)
    except BaseException:
        run.close()
        raise
    return result


def _settled(config: PerfConfig, seed: int) -> PerfConfig:
    """The settings with the seed of the run; one that was drawn is still none that was given."""
    values = {**dict(config), "seed": seed}
    return PerfConfig.model_construct(config.model_fields_set, **values)


def _facts(config: PerfConfig, shown: Mapping[str, Any], service: Service) -> dict[str, Any]:
    return {
        "kind": "load test",
        "given": given_settings(config, shown),
        "command": command_of(config, shown, "perfbench", also={"seed": config.seed}),
        "url": service.url if config.urls else str(config.unix_socket or service.url),
        **({"urls": list(service.urls)} if len(service.urls) > 1 else {}),
        **({"proxy": service.proxy} if service.proxy is not None else {}),
        "model": service.shown_model,
        "api": config.api,
        "transport": config.transport,
        "simulator": service.simulated,
        "masked": masked_settings(config, shown),
        **({"files": files} if (files := files_of(config)) else {}),
        **({"server": service.local.facts} if service.local is not None else {}),
        **environment(),
    }


class _Means(msgspec.Struct, frozen=True):
    """What a load test is made with."""

    service: Service
    staff: Staff
    workload: LoadedWorkload
    tokenizer: Tokenizer | None


class _Session:
    """One load test under way."""

    def __init__(
        self, config: PerfConfig, observer: Observer, means: _Means, resumed: Resumption | None
    ) -> None:
        service, staff = means.service, means.staff
        self._config = config
        self._service = service
        self._staff = staff
        self._workload = means.workload
        self._tokenizer = means.tokenizer
        self._resumed = resumed
        self._noted: set[str] = set()
        self._prompts_asked = 0
        self._lengths_doubted = False
        self._server_side = ServerSide(config, service)
        self._aborted: list[str] = []
        """Of points that are kept."""
        name = config.name or service.shown_model
        self._shown = public(config)
        self._facts = _facts(config, self._shown, service)
        self._probes = probe(config, service, staff.crew) if config.probe else []
        if len(service.urls) > 1:
            self._facts["probes"] = {each.url: each.facts() for each in self._probes}
        elif self._probes:
            self._facts["probe"] = self._probes[0].facts()
        self._scrub = scrubber(config)
        if resumed is not None:
            run = resumed.run
        else:
            run = Run.create(config.outputs_dir, name, self._shown, self._facts, self._scrub)
        if service.local is not None:
            service.local.keep_log(run.path / "server.log")
        self._result = PerfRun(run)
        self._rounds = Rounds(staff.crew, run)
        self._tell = together([run.hear, observer])

    def run(self, course: Course, gates: Gates) -> PerfRun:
        try:
            self._run_points(course, gates)
        except BaseException:
            self._result.run.close()
            raise
        finally:
            self._server_side.close()
        return self._result

    def _run_points(self, course: Course, gates: Gates) -> None:
        result = self._result
        result.search = course.path
        shown = self._shown | {"model": self._service.shown_model}
        self._tell(
            RunStarted(
                kind="load test",
                path=str(result.run.path),
                simulated=self._service.simulated,
                config=shown,
                given=tuple(given_settings(self._config, shown)),
                points=tuple(course.planned),
            )
        )
        if (proxy := self._service.proxy) is not None:
            self._note(f"requests go through a proxy: {proxy} (http_proxy, https_proxy, no_proxy)")
        for each in self._probes:
            self._note(each.note)
        for text in self._server_side.open():
            self._note(text)
        if self._resumed is not None:
            self._note(self._resumed.note(self._facts))
        with self._rounds.interruptible():
            while not result.failed_gates and (point := course.next()) is not None:
                self._take_over()
                try:
                    if result.summaries:
                        self._rounds.rest(self._config.pause)
                    self._run_point(point, course.watch(), gates.watch())
                except PerfbenchError as error:
                    if not result.summaries or isinstance(error, StoreError):
                        raise
                    self._scrub.error(error)
                    result.failure = error
                    break
                except KeyboardInterrupt:
                    pass  # Only the handler of Ctrl-C raises it, and it counts.
                if self._rounds.stopped:
                    result.interrupted = True
                    break
                self._hear(course, result.summaries[-1])
        if course.path is None:
            begun = {point.index for point in result.run.points()}
            result.run.put_rest([each.name for each in course.planned if each.index not in begun])
            result.run.write_summary(result.summaries)
        if self._resumed is not None:
            self._resumed.course.keep_the_rest()
            self._take_over()
            result.run.write_summary(result.summaries)
        failed = gates.failed(result.run, result.summaries, result.search)
        result.failed_gates = [*self._aborted, *result.failed_gates, *failed]

    def _take_over(self) -> None:
        """Go on behind the points that the course has passed because they are done."""
        if self._resumed is None or not self._resumed.kept:
            return
        for point, summary in self._resumed.kept:
            self._result.summaries.append(summary)
            self._tell(PointFinished(point, summary))
            if why := aborted(summary):
                self._aborted.append(why)
        self._prompts_asked = point.first_prompt + self._plan(point).asked(
            self._result.run.last_seq(point)
        )
        self._resumed.kept.clear()

    def _plan(self, point: Point, keep: Callable[[Question], None] | None = None) -> Plan:
        service, stream = self._service, self._config.stream
        return Plan(point, self._workload, service.endpoint, service.path, stream, keep)

    def _hear(self, course: Course, summary: Summary) -> None:
        """Let the course know, and keep what it has come to."""
        result = self._result
        course.heard(summary)
        if course.path is not None:
            result.search = course.path
            result.run.put_search(course.path)
            result.run.write_summary(result.summaries)
        if course.stopped is not None:
            result.stopped = self._scrub.text(course.stopped)
            self._note(result.stopped)

    def _run_point(self, point: Point, watch: Watch | None, abort: Watch | None) -> None:
        service = self._service
        watches = [each for each in (watch, abort) if each is not None]
        point = replace(point, first_prompt=self._prompts_asked)
        asked: list[Question] = []
        plan = self._plan(point, asked.append if self._config.keep_prompts else None)
        different = 0

        def loaded(number: int) -> None:
            nonlocal different
            self._result.run.cut_points.set_aside(point)
            different = number if plan.distinct is None else plan.distinct
            for text in self._workload.notes:
                self._note(text)
            if plan.distinct is not None and plan.total is not None:
                self._note(repetition_note(plan.distinct, number))
            if asked:
                self._result.run.answers.put_questions(point, asked)
                self._result.run.samples.put(point.name, asked)

        def heard(records: list[Record]) -> None:
            for each in watches:
                each.hear(records)

        def enough() -> str | None:
            if abort is not None and (why := abort.enough()) is not None:
                self._result.failed_gates.append(f"{point.name}: {why}")
                self._note(self._result.failed_gates[-1])
                return why
            return watch.enough() if watch is not None else None

        def connecting() -> None:
            preload()  # Not while the workers measure.
            self._server_side.begin()

        def progress(progress: Progress) -> None:
            said = self._server_side.keep(self._result.run, point)
            self._tell(msgspec.structs.replace(progress, server=said))

        def ended(ended: Ended) -> None:
            self._server_side.end(self._result.run, point)
            last = self._result.run.last_seq(point)
            self._prompts_asked += plan.asked(last)
            self._note_repetition(plan, different, ended.done)
            self._note_losses(point, ended.facts)
            self._finish_point(point)

        found = self._rounds.run(
            Round(
                point,
                worker_spec(self._config, service, self._config.url_strategy),
                plan.requests(),
                self._staff.team(point),
                plan.total,
                loaded=loaded,
                connecting=connecting,
                begun=lambda: self._tell(PointStarted(point)),
                stored=heard,
                progress=progress,
                enough=enough,
                ended=ended,
            )
        )
        if found is not None and all(worker.died for worker in found.facts.workers):
            raise WorkerError(f"no worker is left: {found.facts.workers[0].why}")

    def _finish_point(self, point: Point) -> None:
        run = self._result.run
        if self._tokenizer is not None:
            count_tokens(run, point, self._tokenizer)
        summary = summarise_point(run, point)
        self._result.summaries.append(summary)
        run.write_summary(self._result.summaries)
        self._tell(PointFinished(point, summary))
        self._note_doubts(summary)

    def _note_doubts(self, summary: Summary) -> None:
        self._note(connection_note(summary))
        self._note(slots_note(summary))
        unknown = self._workload.template_unknown
        if not self._lengths_doubted:
            asked = self._config.asks_lengths or summary.input_length is not None
            note = length_note(summary, unknown, asked)
            self._lengths_doubted = note is not None
            self._note(note)
        # That a --prompt is always the same has been said; a trace says itself what it shares.
        if self._config.prompt is None and summary.trace_speed is None:
            unknown = unknown or self._lengths_doubted
            self._note(cached_note(summary, self._workload.common_start, unknown))

    def _note_repetition(self, plan: Plan, different: int, done: int) -> None:
        """What is known of repeated prompts only when a point is over."""
        distinct = self._workload.distinct
        if done > different:
            # Where the plan has a total, or all is one --prompt, it was said before.
            if plan.total is None and self._config.prompt is None:
                self._note(repetition_note(different, done))
        elif distinct is not None and self._prompts_asked > distinct:
            self._note(repetition_note(distinct))

    def _note_losses(self, point: Point, facts: PointFacts) -> None:
        for worker in facts.workers:
            if worker.died:
                self._note(f"{point.name}: {death_note(worker)}")
            elif worker.spooled_bytes:
                self._note(
                    f"{point.name}: worker {worker.worker} kept up to "
                    f"{(worker.backlog_bytes or 0) / 1e6:,.0f} MB of finished requests, partly in "
                    "a temporary file, while this process did not take them"
                )

        unsent = sum(counts.unsent for counts in facts.counts.values())
        if unsent and point.rate is not None and not (facts.interrupted or facts.ended_early):
            self._note(
                f"{point.name}: {unsent:,} planned requests had found no slot when the duration "
                "was over, and were not sent"
            )

    def _note(self, text: str | None) -> None:
        """Tell the user once, and the log; nothing if there is nothing to say."""
        if text is None or text in self._noted:
            return
        self._noted.add(text)
        self._tell(Note(text))
