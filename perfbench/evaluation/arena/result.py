"""What an arena leaves, from its store alone: no settings, no service and no data are needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from perfbench.config.arena import ArenaConfig
from perfbench.errors import ConfigError, PerfbenchError
from perfbench.evaluation.arena.contenders import Roster, kept
from perfbench.evaluation.arena.judges import Docket, stored_dockets
from perfbench.evaluation.arena.outcome import Counting
from perfbench.evaluation.arena.standing import Arena, Rules, stand
from perfbench.store import Run
from perfbench.store.summaries import summarise_point
from perfbench.types import Subtask, Summary


@dataclass(slots=True)
class ArenaRun:
    """What an arena leaves. ``run`` is open: the caller closes it."""

    run: Run
    roster: Roster
    arena: Arena | None
    """``None`` if there is no battle to rate."""
    judges: list[Subtask] = field(default_factory=list)
    performance: dict[str, list[Summary]] = field(default_factory=dict)
    """By subtask: the load figures of each time it asked."""
    failures: dict[str, PerfbenchError] = field(default_factory=dict)
    """By subtask: why it could not ask all."""
    interrupted: bool = False


def rated(run: Run, rules: Rules) -> ArenaRun:
    """A stored arena with its figures, from its store alone; the run stays open.

    Raises:
        ConfigError: it holds no battles.
    """
    try:
        dockets = stored_dockets(run)
        for each in dockets:
            each.grade(run)
        found = kept(run)
        if not dockets:
            raise ConfigError(f"{run.path} was left before anything was judged")
        judges = [each.subtask for each in dockets]
        result = ArenaRun(run, found, figures_of(found, dockets, rules), judges)
        summarise(result)
        return result
    except BaseException:
        run.close()
        raise


def refuse_unknown(baseline: str | None, names: Collection[str]) -> None:
    """Raises ``ConfigError`` if the baseline is none of the models of that name."""
    if baseline is not None and baseline not in names:
        raise ConfigError(
            f"--baseline: {baseline!r} is none of the models: {', '.join(sorted(names))}"
        )


def rules_of(config: ArenaConfig, run: Run | None = None) -> Rules:
    """How battles count: by what is given, else as the stored run has it."""
    stored = run.config if run is not None else {}

    def of(name: str) -> Any:
        given = name in config.model_fields_set or name not in stored
        return getattr(config, name) if given else stored[name]

    return Rules(
        baseline=of("baseline"),
        ties=of("ties"),
        draws=of("draws"),
        online_elo=of("online_elo"),
        counting=Counting(of("strong_weight"), of("min_valid_judges")),
    )


def figures_of(roster: Roster, dockets: Sequence[Docket], rules: Rules) -> Arena:
    """All figures of an arena, from what its judges have said."""
    games = [game for each in dockets for game in each.games()]
    served = {each.subtask.model: each.subtask.served_model for each in dockets}
    return stand(roster, games, rules, served)


def summarise(result: ArenaRun) -> None:
    """The load figures of every time that somebody was asked."""
    for point in result.run.points():
        summary = summarise_point(result.run, point)
        result.performance.setdefault(point.name, []).append(summary)
