"""Runs a load test from settings to summaries, and ends it in good order whatever happens.

What has been measured is in the store within a second, and stays there when the run is stopped.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from perfbench.config import PerfConfig, command_of, given_settings, public, scrubber
from perfbench.driver.probe import probe
from perfbench.driver.rounds import Ended, Round, Rounds
from perfbench.driver.schedule import planned_arrivals
from perfbench.driver.service import Service, open_service, worker_spec
from perfbench.errors import ConfigError, PerfbenchError, StoreError, WorkerError
from perfbench.perf.course import Course, Sweep, Watch
from perfbench.perf.doubts import cached_note, connection_note, length_note
from perfbench.perf.machines import Staff, open_crew
from perfbench.perf.plan import Plan, repetition_note
from perfbench.perf.points import plan_points
from perfbench.perf.server_side import ServerSide
from perfbench.store import Run
from perfbench.store.about import environment
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
    WorkerFacts,
    together,
)
from perfbench.workloads import LoadedWorkload, Tokenizer, load_tokenizer, load_workload

if TYPE_CHECKING:
    from perfbench.config.expressions import Expression
    from perfbench.metrics.objectives import Aims
    from perfbench.perf.gates import Baselines


@dataclass(slots=True)
class PerfRun:
    """What a load test leaves. ``run`` is open: the caller closes it."""

    run: Run
    summaries: list[Summary] = field(default_factory=list)
    interrupted: bool = False
    failure: PerfbenchError | None = None
    """Why the sweep ended early, when it was neither the user nor the service."""
    stopped: str | None = None
    """What the service did in every request of a point, so that the sweep ended early; ``None`` if
    no point was left out."""
    failed_gates: list[str] = field(default_factory=list)
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
        _leave_something(point)
    gates = _Gates.of(config)
    config = _settled(config, course.planned[0].seed)
    with ExitStack() as cleanup:
        staff = open_crew(config, course.heaviest, cleanup)
        service = open_service(config, config.simulator, cleanup)
        tokenizer = load_tokenizer(config.tokenizer_path) if config.tokenizer_path else None
        workload = load_workload(config, tokenizer)
        session = _Session(config, observer, service, staff, workload, tokenizer)
        return session.run(course, gates)


def _course(config: PerfConfig) -> Course:
    if config.search is None:
        return Sweep(plan_points(config))
    from perfbench.perf.search import Search

    return Search(config)


@dataclass(frozen=True, slots=True)
class _Gates:
    """What a run may fail by; all names in it are known."""

    abort_if: tuple[Expression, ...] = ()
    fail_if: tuple[Expression, ...] = ()
    aims: Aims | None = None
    baselines: Baselines | None = None

    @classmethod
    def of(cls, config: PerfConfig) -> _Gates:
        if not (config.slo or config.goodput or config.abort_if or config.fail_if):
            return cls()  # Spares the start of the run the import of what figures are made with.
        from perfbench.metrics.objectives import aims_of, known_expressions
        from perfbench.perf.gates import Baselines, abort_expressions

        aims = aims_of({"slo": config.slo, "goodput": config.goodput})
        fail_if = known_expressions(config.fail_if, "--fail-if")
        baselines = Baselines(fail_if, config.outputs_dir)
        return cls(abort_expressions(config.abort_if), fail_if, aims, baselines)

    def watch(self) -> Watch | None:
        if not self.abort_if or self.aims is None:
            return None
        from perfbench.perf.gates import Abort

        return Abort(self.abort_if, self.aims)

    def failed(self, result: PerfRun) -> list[str]:
        if not self.fail_if or self.baselines is None:
            return []
        from perfbench.perf.gates import failed_gates

        judged = self.baselines.judged(self.fail_if, result.run)
        return failed_gates(self.fail_if, result.summaries, result.search, judged)


def _leave_something(point: Point) -> None:
    """Refuse a warm-up and a cool-down that take every arrival there is time for."""
    apart = point.warmup + point.cooldown
    if not apart or point.rate is None or point.duration_s is None:
        return
    if point.trace_speed is not None:
        return  # What a trace leaves was looked at when it was planned.
    if (arrivals := len(planned_arrivals(point))) <= apart:
        given = [f"--{key} {getattr(point, key)}" for key in ("warmup", "cooldown")]
        asked = " and ".join(text for text in given if not text.endswith(" 0"))
        raise ConfigError(
            f"{asked} leaves nothing to measure: at {point.rate:g} requests/s there are {arrivals} "
            f"arrivals in {point.duration_s:g} s"
        )


def _settled(config: PerfConfig, seed: int) -> PerfConfig:
    """The settings with the seed of the run; one that was drawn is still none that was given."""
    values = {**dict(config), "seed": seed}
    return PerfConfig.model_construct(config.model_fields_set, **values)


def _facts(config: PerfConfig, service: Service) -> dict[str, Any]:
    shown = public(config)
    return {
        "kind": "load test",
        "given": given_settings(config, shown),
        "command": command_of(config, shown, "perfbench", also={"seed": config.seed}),
        "url": shown["url"] or service.target.unix_socket or service.url,
        "model": service.shown_model,
        "api": config.api,
        "transport": config.transport,
        "simulator": service.simulated,
        **({"server": service.local.facts} if service.local is not None else {}),
        **environment(),
    }


class _Session:
    """One load test under way."""

    def __init__(
        self,
        config: PerfConfig,
        observer: Observer,
        service: Service,
        staff: Staff,
        workload: LoadedWorkload,
        tokenizer: Tokenizer | None,
    ) -> None:
        self._config = config
        self._service = service
        self._staff = staff
        self._workload = workload
        self._tokenizer = tokenizer
        self._noted: set[str] = set()
        self._prompts_asked = 0
        self._lengths_doubted = False
        self._server_side = ServerSide(config, service)
        name = config.name or service.shown_model
        facts = _facts(config, service)
        self._probe = probe(config, service, staff.crew) if config.probe else None
        if self._probe is not None:
            facts["probe"] = self._probe.facts()
        self._scrub = scrubber(config)
        run = Run.create(config.outputs_dir, name, public(config), facts, self._scrub)
        if service.local is not None:
            service.local.keep_log(run.path / "server.log")
        self._result = PerfRun(run)
        self._rounds = Rounds(staff.crew, run)
        self._tell = together([run.hear, observer])

    def run(self, course: Course, gates: _Gates) -> PerfRun:
        try:
            self._run_points(course, gates)
        except BaseException:
            self._result.run.close()
            raise
        finally:
            self._server_side.close()
        return self._result

    def _run_points(self, course: Course, gates: _Gates) -> None:
        result = self._result
        result.search = course.path
        shown = public(self._config) | {"model": self._service.shown_model}
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
        if self._probe is not None and self._probe.note:
            self._note(self._probe.note)
        for text in self._server_side.open():
            self._note(text)
        with self._rounds.interruptible():
            while not result.failed_gates and (point := course.next()) is not None:
                try:
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
        result.failed_gates += gates.failed(result)

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
        plan = Plan(
            point,
            self._workload,
            service.endpoint,
            service.path,
            self._config.stream,
            asked.append if self._config.keep_prompts else None,
        )
        different = 0

        def loaded(number: int) -> None:
            nonlocal different
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
                worker_spec(self._config, service),
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
            _count_tokens(run, point, self._tokenizer)
        summary = summarise_point(run, point)
        self._result.summaries.append(summary)
        run.write_summary(self._result.summaries)
        self._tell(PointFinished(point, summary))
        self._note_doubts(summary)

    def _note_doubts(self, summary: Summary) -> None:
        self._note(connection_note(summary))
        unknown = self._workload.template_unknown
        if not self._lengths_doubted:
            note = length_note(summary, unknown)
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
                self._note(f"{point.name}: {_death(worker)}")
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


def _death(worker: WorkerFacts) -> str:
    """That a worker died, of what, and what became of what it had to do."""
    parts = [f"worker {worker.label} died ({worker.why}): its finished requests are kept"]
    if worker.replaced_by is not None:
        parts.append(f"worker {worker.replaced_by} was given the rest of its plan")
    if worker.sent_unknown:
        parts.append("what it sent after its last word is not known and counts as unsent")
    return "; ".join(parts)


def _count_tokens(run: Run, point: Point, tokenizer: Tokenizer, batch: int = 512) -> None:
    """Count the output of every request with the tokenizer, after the clock has stopped."""
    keys: list[tuple[int, int]] = []
    texts: list[str] = []
    counts: list[tuple[int, int, int]] = []

    def flush() -> None:
        for key, count in zip(keys, tokenizer.count(texts), strict=True):
            counts.append((*key, count))
        keys.clear()
        texts.clear()

    for seq, repeat, text in run.texts(point):
        keys.append((seq, repeat))
        texts.append(text)
        if len(keys) == batch:
            flush()
    if keys:
        flush()
    run.update_output_tokens(point, counts)
