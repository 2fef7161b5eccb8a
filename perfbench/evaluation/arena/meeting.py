"""An arena from settings to figures: answers, battles before judges, ratings.

What models have not answered yet is asked first; then each judge is asked about each bout, in both
orders. Every answer is stored in the arena's own run and known again by its content, so an arena
can be continued (``--reuse``), extended by a model for no more than its own battles, and rated
again from the store alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import msgspec

from perfbench.config import command_of, flag_of, given_settings, public, scrubber
from perfbench.config.arena import ArenaConfig
from perfbench.config.secrets import masked_settings
from perfbench.errors import ConfigError
from perfbench.evaluation import demonstration, telling
from perfbench.evaluation.arena.contenders import Roster, as_asked, collected, keep, kept, merged
from perfbench.evaluation.arena.entry import answers_of, entry_of
from perfbench.evaluation.arena.games import Asker
from perfbench.evaluation.arena.judges import docket_of, keep_jury
from perfbench.evaluation.arena.outcome import judged
from perfbench.evaluation.arena.pairing import Adaptive, Bout, all_bouts, pairs_of
from perfbench.evaluation.arena.result import (
    ArenaRun,
    figures_of,
    rated,
    refuse_unknown,
    rules_of,
    summarise,
)
from perfbench.evaluation.asking import (
    Asking,
    Missing,
    Probe,
    keep_server_logs,
    missing,
    open_judges,
    open_models,
    probe_models,
    tell_simulator,
)
from perfbench.evaluation.figures.ratings import Table, rate
from perfbench.evaluation.judging import rubrics
from perfbench.evaluation.outcome import EvalRun
from perfbench.evaluation.plan.models import judges, unasked
from perfbench.evaluation.plan.questions import Questions
from perfbench.evaluation.plan.questions import plan as plan_questions
from perfbench.evaluation.turns import ask_all
from perfbench.store import Run, find, open_run
from perfbench.store.again import files_of
from perfbench.types import Note, Observer, RunStarted, Subtask, together

_ASKING = (
    *("models", "datasets", "runs", "pairs", "ci_width", "batch"),
    *("judge", "judge_args", "judge_prompt", "judge_structured", "judge_repeats", "judge_swap"),
    *("judge_retries", "rejudge"),
)
"""Settings that say who meets and what judges are asked."""
_LOOK_DRAWS = 400
"""Resamples of the intervals that only say where to go on."""


def execute(config: ArenaConfig, observer: Observer) -> ArenaRun:
    """Hold an arena in ``config.mode``.

    The observer hears everything but ``RunFinished``.

    Raises:
        PerfbenchError: settings, data, services or stores are at fault before anything was asked.
    """
    _check(config)
    run = None
    if config.reuse is not None:
        run = open_run(find(config.outputs_dir, config.reuse, "arena"), scrubber(config))
    if run is not None and config.mode in ("eval", "viz"):
        return _rated_again(config, run, observer)
    with ExitStack() as cleanup:
        try:
            if run is not None:
                run.claim()
            meeting = _Meeting(config, observer, run, cleanup)
            run = meeting.run
            return meeting.held()
        except BaseException:
            if run is not None:
                run.close()
            raise


def _rated_again(config: ArenaConfig, run: Run, observer: Observer) -> ArenaRun:
    """The stored battles by the rules of now; what was asked stays as it was."""
    try:
        refuse_unknown(config.baseline, kept(run).contenders)
    except BaseException:
        run.close()
        raise
    given = public(config)
    other = [name for name in _ASKING if name in config.model_fields_set]
    other = [name for name in other if given[name] != run.config.get(name)]
    if other:
        flags = ", ".join(flag_of(ArenaConfig, name) for name in other)
        observer(Note(f"{flags} not used: stored battles are rated as they were judged"))
    return rated(run, rules_of(config, run))


def preview(config: ArenaConfig) -> tuple[list[Questions], int]:
    """What would be asked of the models, and how much of each judge at most, without asking.

    Raises:
        PerfbenchError: see :func:`execute`.
    """
    _check(config)
    planned = plan_questions(config, unasked(config)) if config.models else []
    entries = [entry_of(each, config.outputs_dir) for each in config.runs]
    brought = merged(answers_of(entries, config))
    return planned, _expected_games(config, planned, brought, Roster({}, {}))


def _check(config: ArenaConfig) -> None:
    if config.reuse is None and not config.runs and not config.models:
        raise ConfigError("an arena needs --models with --datasets, or --runs, or --reuse RUN")
    if config.mode in ("all", "judge", "infer_judge") and not judges(config):
        raise ConfigError("--judge: name at least one model of model_configs that judges")


class _Meeting:
    """One arena that asks: its run, its models, its judges."""

    def __init__(
        self, config: ArenaConfig, observer: Observer, run: Run | None, cleanup: ExitStack
    ) -> None:
        self._config = config
        rubric = rubrics.find(config.judge_prompt)
        scrub = scrubber(config)
        self._models = open_models(config, cleanup) if config.models else []
        schema = rubric.contract.schema() if config.judge_structured else None
        self._judges = open_judges(config, self._models, schema, cleanup)
        self._askers = [Asker(each.model, rubric, scrub) for each in self._judges.values()]
        planned = plan_questions(config, [m.model for m in self._models]) if self._models else []
        self._planned = [each for each in planned if each.absent is None]
        entries = [entry_of(each, config.outputs_dir) for each in config.runs]
        self._brought = merged(answers_of(entries, config))
        self._refuse_lonely(run)
        probes = self._probed() if run is None and config.probe else {}
        if run is None:
            facts = self._facts()
            if probes:
                facts["probes"] = {label: probe.facts() for label, probe in probes.items()}
            name = config.name or "arena"
            run = Run.create(config.outputs_dir, name, public(config), facts, scrub)
        else:
            run.change_config(public(config))
        self.run = run
        self._dockets = [
            docket_of(name, each.model, rubric, config.judge_repeats)
            for name, each in self._judges.items()
        ]
        subtasks = [each.subtask for each in self._planned]
        self._asked = EvalRun(run, subtasks + [each.subtask for each in self._dockets])
        self._tell = self._begun(observer)
        for label, probe in probes.items():
            if probe.note:
                self._tell(Note(f"{label}: {probe.note}"))
        for each in planned:
            if each.absent is not None:
                error = self._asked.failures[each.subtask.name] = self._asked.shown(each.absent)
                self._tell(Note(f"{each.subtask.name}: {error}"))

    def held(self) -> ArenaRun:
        """Ask what is missing, judge, rate."""
        arena = None
        asking = Asking(
            self.run,
            self._models,
            lambda _, progress: self._tell(progress),
            self._config.retries,
            self._judges,
        )
        with asking:
            self._ask_models(asking)
            roster = self._everybody()
            keep(self.run, roster)
            if not asking.stopped and self._config.mode != "infer":
                self._judge(roster, asking)
                if any(each.asked for each in self._dockets):
                    arena = figures_of(roster, self._dockets, rules_of(self._config))
        result = ArenaRun(
            self.run,
            roster,
            arena,
            [each.subtask for each in self._dockets],
            failures=self._asked.failures,
            interrupted=self._asked.interrupted,
        )
        summarise(result)
        return result

    def _probed(self) -> dict[str, Probe]:
        models = {each.model.label for each in self._models}
        judges = [each for name, each in self._judges.items() if name not in models]
        return probe_models([*self._models, *judges])

    def _refuse_lonely(self, run: Run | None) -> None:
        """One model meets nobody; and a baseline must be one that meets the others."""
        names = {each.model.label for each in self._models} | set(self._brought.contenders)
        if run is not None:
            names |= set(kept(run).contenders)
        if len(names) < 2:
            only = ", ".join(names) or "none"
            raise ConfigError(f"an arena needs two models or more, and there is: {only}")
        refuse_unknown(self._config.baseline, names)

    def _begun(self, observer: Observer) -> Observer:
        tell = together([self.run.hear, observer])
        games = _expected_games(self._config, self._planned, self._brought, kept(self.run))
        subtasks = [each.subtask for each in self._planned]
        subtasks += [msgspec.structs.replace(each.subtask, samples=games) for each in self._dockets]
        tell(
            RunStarted(
                kind="arena",
                path=str(self.run.path),
                simulated=any(each.simulated for each in subtasks),
                config=public(self._config),
                subtasks=tuple(map(telling.facts, subtasks)),
            )
        )
        if any(each.simulated for each in subtasks):
            tell(Note(demonstration.NOTE))
        for note in dict.fromkeys(note for each in subtasks for note in each.notes):
            tell(Note(note))
        return tell

    def _ask_models(self, asking: Asking) -> None:
        """Have the models answer what they have not answered yet."""
        for each in self._planned:
            self.run.answers.put_subtask(each.subtask)
            self.run.samples.put(each.subtask.name, each.asked)
        keep_server_logs([*self._models, *self._judges.values()], self.run)
        tell_simulator(self._models, self._planned)
        if self._config.mode != "judge":
            work = [
                (each.subtask, missing(each.subtask, each.asked, self.run))
                for each in self._planned
            ]
            self._ask(work, asking)

    def _everybody(self) -> Roster:
        """All answers there are: kept from before, brought along, and just asked."""
        before, now = kept(self.run), dict[str, set[str]]()
        fresh = [collected(self.run, each.subtask, each.subtask.model) for each in self._planned]
        asked = {each.name for each, _ in fresh}
        brought = self._brought.contenders
        if clash := sorted(asked & set(brought)):
            self._tell(Note(f"{', '.join(clash)}: answers of --runs and of --models together"))
        parts = [*((each, self._brought.questions) for each in brought.values()), *fresh]
        for each, _ in parts:
            now.setdefault(each.name, set()).update(each.answers, each.unfit)
        older = [each.without(now.get(each.name, ())) for each in before.contenders.values()]
        for each in older:
            if each.name in now and each.answers:
                count = f"{len(each.answers):,} earlier answers"
                self._tell(Note(f"{each.name}: {count} to other questions are kept"))
        found = merged([*((each, before.questions) for each in older), *parts])
        # Worded as it was when judges were asked, so that no battle is asked again.
        return Roster(found.contenders, {**found.questions, **before.questions})

    def _judge(self, roster: Roster, asking: Asking) -> None:
        config = self._config
        baseline = config.baseline if config.pairing == "baseline" else None
        pairs = pairs_of(list(roster.contenders), baseline)
        keep_jury(self.run, self._dockets)
        if config.pairing != "adaptive":
            self._put(roster, list(all_bouts(roster, pairs)), asking)
            return
        draw, table = Adaptive(roster, pairs, config.seed), None
        while bouts := draw.next(table, config.batch):
            self._put(roster, bouts, asking)
            if asking.stopped or any(d.subtask.name in self._asked.failures for d in self._dockets):
                return
            table = self._table()
            if table.widest is not None and table.widest <= config.ci_width:
                return
        self._tell(Note(f"every bout was judged and --ci-width {config.ci_width:g} not reached"))

    def _put(self, roster: Roster, bouts: Sequence[Bout], asking: Asking) -> None:
        """Put bouts before all judges, until they have stated verdicts or had their chances."""
        config, fresh = self._config, []
        start = len(self._dockets[0].asked)  # Every judge is asked the same.
        retries = None if config.rejudge else config.judge_retries
        for docket, asker in zip(self._dockets, self._askers, strict=True):
            docket.asked += asker.questions(roster, bouts, config.judge_swap, start)
            docket.store(self.run)
            docket.grade(self.run)
            new = docket.asked[start:]
            tell_simulator(list(self._judges.values()), [Questions(docket.subtask, new)])
            again = docket.missing(config.rejudge, start)
            fresh.append((docket.subtask, docket.lacking(again)))
            if config.rejudge:
                docket.forget(again)
        self._ask(fresh, asking)
        for _ in range(config.judge_retries):
            work = []
            for docket in self._dockets:
                docket.grade(self.run)
                silent = docket.silent(self.run, start, retries)
                if silent:
                    work.append((docket.subtask, docket.lacking(silent)))
            if not work or asking.stopped:
                break
            self._ask(work, asking)
        for docket in self._dockets:
            docket.grade(self.run)
            docket.store_scores(self.run)

    def _table(self) -> Table:
        games = [game for each in self._dockets for game in each.games()]
        rules = rules_of(self._config)
        bouts = judged(games, rules.counting)
        battles = [each.battle for each in bouts if each.battle is not None]
        return rate(battles, rules.baseline, rules.ties, _LOOK_DRAWS)

    def _ask(self, work: Iterable[tuple[Subtask, Missing]], asking: Asking) -> None:
        at_a_time = max(self._config.max_num_workers, len(self._dockets))
        ask_all(work, asking, at_a_time, self._asked, self._tell)

    def _facts(self) -> dict[str, Any]:
        config, shown = self._config, public(self._config)
        names = [each.model.label for each in self._models]
        names += [each for each in self._brought.contenders if each not in names]
        jury = self._judges.values()
        return {
            "kind": "arena",
            "given": given_settings(config, shown),
            "command": command_of(config, shown, "perfbench arena"),
            "url": ", ".join(dict.fromkeys(each.model.url for each in jury)),
            "model": ", ".join(names),
            "api": config.api,
            "simulator": any(each.service.simulated for each in [*self._models, *jury]),
            "datasets": list(
                dict.fromkeys(
                    [each.subtask.data_set for each in self._planned]
                    + [each.data_set for each in self._brought.questions.values()]
                )
            ),
            "masked": masked_settings(config, shown),
            **({"files": files} if (files := files_of(config)) else {}),
        }


def _expected_games(
    config: ArenaConfig, planned: Sequence[Questions], brought: Roster, before: Roster
) -> int:
    """What each judge is asked, if every model answers everything."""
    keys = {name: set(each.answers) for name, each in brought.contenders.items()}
    for name, each in before.contenders.items():
        keys.setdefault(name, set()).update(each.answers)
    for part in planned:
        own = keys.setdefault(part.subtask.model, set())
        own |= {as_asked(part.subtask.data_set, question).key for question in part.asked}
    baseline = config.baseline if config.pairing == "baseline" else None
    bouts = sum(len(keys[a] & keys[b]) for a, b in pairs_of(list(keys), baseline))
    return bouts * (2 if config.judge_swap else 1)
