"""An evaluation from settings to figures: plan, ask, have judged, score. Each step leaves all that
the next one needs in the store, so it can be done again by itself (``--mode``), and continued
(``--reuse``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from perfbench.config import command_of, flag_of, given_settings, public, scrubber
from perfbench.config.evaluation import MODES_THAT_ASK, EvalConfig
from perfbench.config.facts import facts_of
from perfbench.config.judging import SELF
from perfbench.config.secrets import masked_settings
from perfbench.config.simulator import SIMULATED
from perfbench.errors import ConfigError
from perfbench.evaluation import demonstration, reuse, telling
from perfbench.evaluation.asking import (
    Asking,
    Probe,
    Served,
    keep_server_logs,
    missing,
    open_judges,
    open_models,
    probe_models,
    tell_simulator,
)
from perfbench.evaluation.judging.jury import Judge, Jury, jury_of, to_be_judged
from perfbench.evaluation.judging.stage import Bench, judge_all
from perfbench.evaluation.outcome import EvalRun
from perfbench.evaluation.plan.models import prices_of, unasked
from perfbench.evaluation.plan.questions import Questions, without_secrets
from perfbench.evaluation.plan.questions import plan as plan_questions
from perfbench.evaluation.running import Programs, is_run
from perfbench.evaluation.scoring import score_all, summarise
from perfbench.evaluation.turns import ask_all
from perfbench.store import Run
from perfbench.store.again import files_of, refuse_other_work
from perfbench.types import Asked, Note, Observer, RunStarted, Subtask, together

_ASKING = ("model", "api", "repeats", "generation_config")
"""Settings that say what is asked, beside those of data and sampling."""
_GROUPS_THAT_ASK = ("Data", "Sampling", "Judging")
_ALSO_LATER = ("datasets", "dataset_args", "judge_aggregate", "min_valid_judges", "rejudge")
"""Settings of these groups that are used where stored answers are scored."""


def execute(config: EvalConfig, observer: Observer) -> EvalRun:
    """Run an evaluation in ``config.mode``.

    The observer hears everything but ``RunFinished``, which is for the caller to say once reports
    are written.

    Raises:
        PerfbenchError: settings, data, service or store are at fault before anything was asked.
    """
    run = reuse.named(config)
    if run is None or config.mode in MODES_THAT_ASK:
        return _ask_and_score(config, run, observer)
    try:
        chosen = reuse.chosen(config, run)
        if config.mode == "judge":
            return _judge_stored(config, run, chosen, observer)
        result = EvalRun(run, chosen)
        tell = _begun(config, result, observer)
        if names := _not_used(config, run):
            tell(Note(f"{names} not used: stored questions are scored as they were asked"))
        with Programs(config, config.policy) as programs:
            score_all(config.mode, result, tell, programs)
    except BaseException:
        run.close()
        raise
    return result


def plan(config: EvalConfig) -> list[Questions]:
    """What would be asked, without asking anything (``--dry-run``): a model that is not named is
    not known. What judges are asked is made of answers.

    Raises:
        PerfbenchError: see :func:`execute`.
    """
    jury_of(config)
    return plan_questions(config, unasked(config))


def _ask_and_score(config: EvalConfig, run: Run | None, observer: Observer) -> EvalRun:
    with ExitStack() as cleanup:
        try:
            jury = None if config.mode == "infer" else jury_of(config)
            served = open_models(config, cleanup)
            planned = plan_questions(config, [each.model for each in served])
            present = [each for each in planned if each.absent is None]
            programs = cleanup.enter_context(Programs(config, config.policy))
            if config.mode == "all":
                _try_targets(present, programs)
            bench = None if jury is None else _bench(config, jury, served, programs, cleanup)
            if run is None and config.reuse is not None:
                run = reuse.newest(config, present)
            if run is not None and not config.fork:
                run.claim()
                if config.resume is not None:
                    refuse_other_work(run, config, f"--resume {config.resume}")
            probes = _probed(config, served, present, run)
            if run is None or config.fork:
                probes |= probe_models(_only_judges(bench, served) if config.probe else [])
                name = config.name or "_".join(each.model.label for each in served)
                facts = _facts(config, planned)
                if probes:
                    facts["probes"] = {label: probe.facts() for label, probe in probes.items()}
                run = _begin(config, name, facts, run)
            else:
                run.change_config(public(config))
            keep_server_logs([*served, *_only_judges(bench, served)], run)
            result = _planned(run, planned, bench)
            tell = _begun(config, result, observer)
            for label, probe in probes.items():
                if probe.note:
                    tell(Note(f"{label}: {probe.note}"))
            for name, error in result.failures.items():
                tell(Asked(name, str(error)))
            tell_simulator(served, present)
            with _asking(config, run, served, bench, tell) as asking:
                work = [(each.subtask, missing(each.subtask, each.asked, run)) for each in present]
                ask_all(work, asking, config.max_num_workers, result, tell)
                if bench is not None and not asking.stopped:
                    judge_all(bench, asking, result, tell)
            if config.mode == "all":
                score_all(config.mode, result, tell, programs)
            else:
                summarise(result)
        except BaseException:
            if run is not None:
                run.close()
            raise
        return result


def _begin(config: EvalConfig, name: str, facts: Mapping[str, Any], known: Run | None) -> Run:
    """The run in a folder of its own: empty, or a copy of one with answers, which is closed."""
    if known is None:
        return Run.create(config.outputs_dir, name, public(config), facts, scrubber(config))
    with known:
        return known.fork(config.outputs_dir, name, public(config), facts)


def _try_targets(present: Sequence[Questions], programs: Programs) -> None:
    """Refuse data sets whose own solutions do not pass their tests here, before anything is asked.

    Raises:
        PerfbenchError: there is no sandbox, or a solution fails.
    """
    for each in {e.subtask.data_set: e for e in present if is_run(e.subtask.scorer)}.values():
        programs.box()
        rows = (question.sample for question in each.asked)
        programs.refuse_wrong_targets(each.subtask.scorer, rows)


def _planned(run: Run, planned: Sequence[Questions], bench: Bench | None) -> EvalRun:
    """The evaluation before it begins, its questions stored; what cannot be asked has failed."""
    present = [each for each in planned if each.absent is None]
    for each in present:
        run.answers.put_subtask(each.subtask)
        run.samples.put(each.subtask.name, each.asked)
    judged = _judging(bench, [each.subtask for each in present])
    result = EvalRun(run, [*(each.subtask for each in planned), *judged])
    for each in planned:
        if each.absent is not None:
            result.absent.add(each.subtask.name)
            result.failures[each.subtask.name] = result.shown(each.absent)
    return result


def _judge_stored(
    config: EvalConfig, run: Run, chosen: Sequence[Subtask], observer: Observer
) -> EvalRun:
    """Have stored answers judged; nobody else is asked, and no figure is made."""
    jury = jury_of(config)
    if jury is None:
        raise ConfigError("--mode judge needs a judge: --judge NAME, or --judge-args")
    answered = to_be_judged(chosen, config)
    if not answered:
        raise ConfigError(
            "--judge-strategy auto judges data sets called ..._llmjudge, and none of the run is"
        )
    with ExitStack() as cleanup:
        served = open_models(config, cleanup) if SELF in jury.names else []
        programs = cleanup.enter_context(Programs(config, config.policy))
        bench = _bench(config, jury, served, programs, cleanup)
        run.claim()
        keep_server_logs(list(bench.served.values()), run)
        result = EvalRun(run, [*answered, *_judging(bench, answered)])
        tell = _begun(config, result, observer)
        with _asking(config, run, served, bench, tell) as asking:
            judge_all(bench, asking, result, tell)
        summarise(result)
    return result


def _bench(
    config: EvalConfig,
    jury: Jury,
    served: Sequence[Served],
    programs: Programs,
    cleanup: ExitStack,
) -> Bench:
    schema = jury.rubric.contract.schema() if config.judge_structured else None
    found = open_judges(config, served, schema, cleanup)
    scrub = scrubber(config)
    known = {
        name: Judge(
            name,
            replace(each.model, generation=without_secrets(each.model.generation, scrub)),
            prices_of(config, name),
        )
        for name, each in found.items()
    }
    return Bench(jury, known, found, programs)


def _judging(bench: Bench | None, subtasks: Sequence[Subtask]) -> list[Subtask]:
    """The subtasks of judges, as far as they are known before there are answers."""
    if bench is None:
        return []
    judged = to_be_judged(subtasks, bench.jury.config)
    return [found for each in judged for found in bench.jury.subtasks(each, bench.known)]


def _asking(
    config: EvalConfig, run: Run, served: Sequence[Served], bench: Bench | None, tell: Observer
) -> Asking:
    judges = {} if bench is None else bench.served
    return Asking(run, served, lambda _, progress: tell(progress), config.retries, judges)


def _only_judges(bench: Bench | None, served: Sequence[Served]) -> list[Served]:
    """The judges that are none of the models under evaluation."""
    models = {each.model.label for each in served}
    return [] if bench is None else [e for name, e in bench.served.items() if name not in models]


def _probed(
    config: EvalConfig, served: Sequence[Served], planned: Sequence[Questions], run: Run | None
) -> dict[str, Probe]:
    """A probe of each model that is going to be asked something."""
    if not config.probe:
        return {}
    lacking = {
        each.subtask.model
        for each in planned
        if run is None or missing(each.subtask, each.asked, run).requests
    }
    return probe_models([each for each in served if each.model.label in lacking])


def _begun(config: EvalConfig, result: EvalRun, observer: Observer) -> Observer:
    """Tell of the beginning and what is to be known of the data; returns whom to tell the rest."""
    tell = together([result.run.hear, observer])
    tell(
        RunStarted(
            kind="evaluation",
            path=str(result.run.path),
            simulated=any(subtask.simulated for subtask in result.subtasks),
            config=public(config),
            subtasks=tuple(map(telling.facts, result.subtasks)),
        )
    )
    if any(subtask.simulated for subtask in result.subtasks):
        tell(Note(demonstration.NOTE))
    elif any(_asks(each, SIMULATED) for each in result.subtasks):
        tell(Note(demonstration.KNOWS_NOTHING))
    for note in dict.fromkeys(note for subtask in result.subtasks for note in subtask.notes):
        tell(Note(note))
    return tell


def _asks(subtask: Subtask, model: str) -> bool:
    return subtask.generation is not None and subtask.generation.model == model


def _not_used(config: EvalConfig, run: Run) -> str:
    """Flags that say what is asked, where they are other than when it was asked."""
    given = public(config)
    names = []
    for name, setting in type(config).model_fields.items():
        facts = facts_of(setting)
        asks = name in _ASKING or (facts is not None and facts.group in _GROUPS_THAT_ASK)
        asks = asks and name not in _ALSO_LATER
        if asks and name in config.model_fields_set and given[name] != run.config.get(name):
            names.append(flag_of(EvalConfig, name))
    return ", ".join(names)


def _facts(config: EvalConfig, planned: Sequence[Questions]) -> dict[str, Any]:
    subtasks = [each.subtask for each in planned]
    shown = public(config)
    return {
        "kind": "evaluation",
        "given": given_settings(config, shown),
        "command": command_of(config, shown, "perfbench eval"),
        "url": shown["url"] or ", ".join(dict.fromkeys(each.url for each in subtasks)),
        "model": ", ".join(dict.fromkeys(each.model for each in subtasks)),
        "api": config.api,
        "simulator": any(each.simulated for each in subtasks),
        "datasets": list(dict.fromkeys(each.data_set for each in subtasks)),
        "masked": masked_settings(config, shown),
        **({"files": files} if (files := files_of(config)) else {}),
    }
