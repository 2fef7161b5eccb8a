"""Who judges whose answers: from settings to the judges of a run, and what they are asked.

Owns which data sets are judged, how subtasks of judges are called, and their part of the version.
Opens no service and no store.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

import msgspec

from perfbench.config.evaluation import EvalConfig
from perfbench.config.judging import SELF
from perfbench.errors import ConfigError
from perfbench.evaluation import revision
from perfbench.evaluation.judging import rubrics
from perfbench.evaluation.judging.judged import panel_told
from perfbench.evaluation.judging.rubrics import Rubric
from perfbench.evaluation.plan import catalogue, version
from perfbench.evaluation.plan.models import Model, judges
from perfbench.types import Judging, Strategy, Subtask

SUFFIX = "-judge"
"""Behind a data set's name: its answers, judged."""
_DECIDING = ("data", "generation", "repeats")
"""Parts of the version of what is judged that decide how it was asked."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A model that judges."""

    name: str
    model: Model
    prices: tuple[float | None, float | None] = (None, None)
    """Of a million tokens that it reads, and writes."""


@dataclass(frozen=True, slots=True)
class Jury:
    """All that is to be known to have answers judged."""

    names: tuple[str, ...]
    """Of the judges, in order; ``self`` is the model that is judged."""
    rubric: Rubric
    strategy: Strategy
    config: EvalConfig

    @property
    def swaps(self) -> bool:
        """Whether two answers are compared in both orders."""
        return self.rubric.is_pairwise and self.config.judge_swap

    def subtasks(self, judged: Subtask, known: Mapping[str, Judge]) -> list[Subtask]:
        """The subtasks in which the answers of another are judged, one for each judge; the first
        has the panel's score."""
        judges = list(self.judges_of(judged, known))
        names = [f"{judged.data_set}{SUFFIX}"]
        names += [f"{judged.data_set}{SUFFIX}-{each.name}" for each in judges[1:]]
        panel = tuple(f"{judged.model}/{name}" for name in names)
        return [
            self._subtask(judged, judges[place:] if place else judges, name, panel)
            for place, name in enumerate(names)
        ]

    def judges_of(self, judged: Subtask, known: Mapping[str, Judge]) -> Iterator[Judge]:
        """Who judges the answers of a subtask.

        Raises:
            ConfigError: the model is to judge itself, and the settings do not name it.
        """
        names = (judged.model if name == SELF else name for name in self.names)
        for name in dict.fromkeys(names):
            if name not in known:
                raise ConfigError(
                    f"--judge {SELF}: {name}, which gave the answers, is none of the models that "
                    f"the settings name: {', '.join(known)}"
                )
            yield known[name]

    def _subtask(
        self, judged: Subtask, judges: Sequence[Judge], name: str, panel: tuple[str, ...]
    ) -> Subtask:
        """The subtask of the first of ``judges``."""
        judge, config, rubric = judges[0], self.config, self.rubric
        first = f"{judged.model}/{name}" == panel[0]
        judging = Judging(
            of=judged.name,
            rubric=rubric.name,
            pairwise=rubric.is_pairwise,
            needs_reference=rubric.needs_reference or rubric.is_pairwise,
            strategy=self.strategy,
            panel=panel if first else (),
            aggregate=config.judge_aggregate,
            min_valid=min(config.min_valid_judges, len(panel)),
            prices=judge.prices,
        )
        deciding = judges if first else judges[:1]
        parts = {key: judged.parts[key] for key in _DECIDING if key in judged.parts}
        if self.strategy == "recall":
            parts["rule"] = f"{judged.extractor}, {judged.scorer}"
        parts |= {
            "rubric": f"{rubric.name} {rubric.digest}",
            "judges": json.dumps([_told(each.model) for each in deciding], sort_keys=True),
            "judged": f"{config.judge_repeats} times{' in both orders' if self.swaps else ''}",
            "panel": panel_told(judging),
            **revision.scoring("verdict", "judgement"),
        }
        generation = judge.model.generation
        return msgspec.structs.replace(
            judged,
            data_set=name,
            served_model=generation.model,
            version=revision.version(parts),
            parts=parts,
            metric=rubric.head.metric,
            weights={},
            extractor="verdict",
            scorer="judgement",
            prompt=rubric.name,
            samples=judged.samples * judged.repeats * (1 + self.swaps),
            repeats=config.judge_repeats,
            api=judge.model.api,
            generation=generation,
            url=judge.model.url,
            simulated=judge.model.simulated,
            parallel=judge.model.parallel,
            notes=(),
            judge=judge.name,
            judging=judging,
        )


def jury_of(config: EvalConfig) -> Jury | None:
    """Who judges, as the settings say; ``None`` if nobody does.

    Raises:
        ConfigError: the prompt is malformed, or a data set is to be judged and nobody is named.
    """
    names = tuple(judges(config))
    wanted = [name for name in config.datasets if catalogue.is_judged(name)]
    if not names:
        if wanted and config.judge_strategy != "rule" and config.mode != "infer":
            raise ConfigError(
                f"{wanted[0]} is judged by a model: name one with --judge (a name of "
                f"model_configs, or {SELF}) or --judge-args"
            )
        return None
    assert config.judge_strategy != "rule"
    strategy = "judge" if config.judge_strategy == "auto" else config.judge_strategy
    return Jury(names, rubrics.find(config.judge_prompt), strategy, config)


def to_be_judged(subtasks: Sequence[Subtask], config: EvalConfig) -> list[Subtask]:
    """Those whose answers are judged: of data sets called ``..._llmjudge``; where none is, all,
    unless judges are only for where they are needed."""
    answered = [each for each in subtasks if each.judge is None]
    named = [each for each in answered if catalogue.is_judged(each.asked_as)]
    return named if named or config.judge_strategy == "auto" else answered


def moved(stored: Sequence[Subtask], planned: Sequence[Subtask]) -> dict[str, Subtask]:
    """What judges said before, where a panel now calls them otherwise: the subtasks that are to
    have other names, by those that they have. A judge is known by its name and its model.

    Args:
        stored: all subtasks of the run.
        planned: those in which the answers of another are judged now.
    """
    places = {_who(each): each.name for each in planned}
    names = {*places.values()}
    of = {each.judging.of for each in planned if each.judging is not None}
    before = [each for each in stored if each.judging is not None and each.judging.of in of]
    taken = names | {each.name for each in before}
    found = {}
    for each in before:
        name = places.pop(_who(each), None)
        if name is None and each.name in names:
            name = _free(each, taken)
            taken.add(name)
        if name is not None and name != each.name:
            found[each.name] = _renamed(each, name)
    return found


def _who(subtask: Subtask) -> tuple[str, str | None, str]:
    """Whose answers are judged, and by whom."""
    assert subtask.judging is not None
    return subtask.judging.of, subtask.judge, subtask.served_model


def _free(subtask: Subtask, taken: Collection[str]) -> str:
    """A name for what a judge said that is asked no more, or has become another model."""
    assert subtask.judging is not None
    name = f"{subtask.judging.of}{SUFFIX}-{subtask.judge}"
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in taken)


def _renamed(subtask: Subtask, name: str) -> Subtask:
    """A subtask by another name, in which no panel has its score."""
    assert subtask.judging is not None
    return msgspec.structs.replace(
        subtask,
        data_set=name.removeprefix(f"{subtask.model}/"),
        judging=msgspec.structs.replace(subtask.judging, panel=()),
    )


def _told(model: Model) -> list[object]:
    """A judge, as far as it decides a verdict."""
    return [model.generation.model, model.api, version.plain(model.generation)]
