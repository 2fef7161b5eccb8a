"""How the models stand: overall, in each data set and in each of its subsets.

Every standing is fitted on its own battles; the overall one on all of them, never as a mean of
others. Pure: battles and answers in, figures out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from perfbench.evaluation.arena.contenders import Roster
from perfbench.evaluation.arena.games import Game
from perfbench.evaluation.arena.outcome import (
    Counting,
    Judged,
    JudgeFigures,
    Panel,
    judge_figures,
    judged,
    panel,
)
from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.figures.battles import Battle
from perfbench.evaluation.figures.ratings import Table, Ties, online_elo, rate
from perfbench.evaluation.figures.resampling import DRAWS
from perfbench.evaluation.figures.style import (
    Controlled,
    Style,
    controlled,
    differences,
    length_controlled,
    style_of,
)
from perfbench.evaluation.figures.winrates import WinRate, against, implied, matrix


@dataclass(frozen=True, slots=True)
class Rules:
    """How battles become figures; nothing of it says what is asked."""

    baseline: str | None = None
    ties: Ties = "half"
    draws: int = DRAWS
    online_elo: bool = False
    counting: Counting = field(default_factory=Counting)


@dataclass(frozen=True, slots=True)
class Standing:
    """Figures from some of the battles."""

    data_set: str | None
    """``None``: all."""
    subset: str | None
    """``None``: all of the data set."""
    models: tuple[str, ...]
    """Who fought in it."""
    battles: int
    win_rates: Mapping[str, WinRate]
    """Against the baseline, which is not in it, nor is who did not meet it; without one against all
    others."""
    table: Table

    @property
    def title(self) -> str:
        """What it is of, as EvalScope's leaderboards say it."""
        if self.data_set is None:
            return "OVERALL LEADERBOARD"
        if self.subset is None:
            return f"DATASET LEADERBOARD: {self.data_set}"
        return f"SUBSET LEADERBOARD: {self.data_set} - {self.subset}"


@dataclass(frozen=True, slots=True)
class Arena:
    """All that is known of an arena."""

    models: tuple[str, ...]
    rules: Rules
    standings: tuple[Standing, ...]
    """Overall first, then each data set with its subsets."""
    matrix: Mapping[tuple[str, str], WinRate]
    implied: Mapping[tuple[str, str], float]
    """Win rates by the ratings."""
    style: Controlled | None
    length_controlled: Mapping[str, float]
    """Win rates against the baseline at equal length; empty without a baseline."""
    online: Mapping[str, float]
    judges: tuple[JudgeFigures, ...]
    panel: Panel | None
    bouts: tuple[Judged, ...]
    left_out: Mapping[str, Mapping[str, int]]
    """By model: answers that were not judged, by reason; ``alone``: nobody whom it met answered."""
    notes: tuple[str, ...] = ()

    @property
    def overall(self) -> Standing:
        """The standing of all battles."""
        return self.standings[0]

    @property
    def unsettled(self) -> int:
        """Bouts without an outcome."""
        return sum(each.outcome is None for each in self.bouts)


def stand(
    roster: Roster, games: Sequence[Game], rules: Rules, served: Mapping[str, str] = {}
) -> Arena:
    """All figures of an arena.

    Args:
        served: by judge, its name at its service.
    """
    bouts = judged(games, rules.counting)
    battles = [each.battle for each in bouts if each.battle is not None]
    standings = [_standing(None, None, battles, rules)]
    for data_set, subsets in _parts(roster, bouts).items():
        own = [each for each in battles if roster.questions[each.question].data_set == data_set]
        standings.append(_standing(data_set, None, own, rules))
        for subset in subsets:
            part = [each for each in own if roster.questions[each.question].subset == subset]
            standings.append(_standing(data_set, subset, part, rules))
    styles = _styles(roster, battles)
    return Arena(
        models=tuple(roster.contenders),
        rules=rules,
        standings=tuple(standings),
        matrix=matrix(battles),
        implied=implied(standings[0].table),
        style=controlled(battles, differences(styles), rules.baseline, rules.draws),
        length_controlled={}
        if rules.baseline is None
        else length_controlled(battles, styles, rules.baseline),
        online=online_elo(battles) if rules.online_elo else {},
        judges=tuple(judge_figures(games)),
        panel=panel(bouts),
        bouts=tuple(bouts),
        left_out=_left_out(roster, bouts),
        notes=tuple(_notes(roster, served, standings[0].table)),
    )


def _parts(roster: Roster, bouts: Sequence[Judged]) -> dict[str, list[str]]:
    """The subsets of each data set in which there were bouts, in the order of the questions."""
    fought = {each.question for each in bouts}
    found: dict[str, list[str]] = {}
    for key, asked in roster.questions.items():
        if key in fought and asked.subset not in found.setdefault(asked.data_set, []):
            found[asked.data_set].append(asked.subset)
    return found


def _standing(
    data_set: str | None, subset: str | None, battles: Sequence[Battle], rules: Rules
) -> Standing:
    return Standing(
        data_set,
        subset,
        tuple(dict.fromkeys(name for each in battles for name in (each.first, each.second))),
        len(battles),
        against(battles, rules.baseline),
        rate(battles, rules.baseline, rules.ties, rules.draws),
    )


def _styles(roster: Roster, battles: Sequence[Battle]) -> list[tuple[Style, Style]]:
    known: dict[tuple[str, str], Style] = {}

    def of(model: str, question: str) -> Style:
        if (model, question) not in known:
            answer = roster.contenders[model].answers[question]
            known[model, question] = style_of(split_reasoning(answer.text)[0], answer.tokens)
        return known[model, question]

    return [(of(each.first, each.question), of(each.second, each.question)) for each in battles]


def _left_out(roster: Roster, bouts: Sequence[Judged]) -> dict[str, dict[str, int]]:
    alone = roster.alone({(each.first, each.second) for each in bouts})
    found = {}
    for name, each in roster.contenders.items():
        counts = Counter(each.left_out)
        if name in alone:
            counts["alone"] = alone[name]
        if counts:
            found[name] = {reason: count for reason, count in counts.items() if count}
    return found


def _notes(roster: Roster, served: Mapping[str, str], table: Table) -> list[str]:
    """What a user should know before trusting the figures."""
    found = []
    for judge, name in served.items():
        for own in roster.contenders.values():
            if judge == own.name or name == own.served_model:
                found.append(f"{judge} judges battles of {own.name}, which is the same model")
    if table.groups:
        groups = "; ".join(", ".join(each) for each in table.groups)
        found.append(f"no common ratings: these met among themselves only: {groups}")
    for each in table.ratings:
        if each.sweep == "won_all":
            found.append(f"{each.model} never lost: its rating is bounded from below only")
        elif each.sweep == "lost_all":
            found.append(f"{each.model} never won: its rating is bounded from above only")
    return found
